# Shared by the parts: installing tools in pinned versions, and starting a server. Parts run
# concurrently, so installing takes a lock.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mkdir -p .tools

fail() { printf '\nFAILED: %s\n' "$*" >&2; exit 1; }
# Ends a part that this machine cannot run. ./test reports it, and fails if the part was named.
skip() { printf 'SKIPPED: %s\n' "$*"; exit 77; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
# One installation at a time, by any installer. Child processes do not inherit the lock.
alone() { (flock 9; "$@" 9>&-) 9>.tools/lock; }

apt_packages() {
  as_root apt-get update -q >/dev/null || return
  as_root apt-get install -qy --no-install-recommends "$@" >/dev/null
}
install() { alone apt_packages "$@" || fail "$* cannot be installed"; }
# Installs Debian's package unless the command is there.
need() { command -v "$1" >/dev/null || install "${@:2}"; }

need_rust() {
  command -v cargo >/dev/null || fail "Rust is not installed: https://rustup.rs"
  cargo --version >/dev/null || fail "the toolchain of rust-toolchain.toml is not installed: rustup toolchain install"
  need cc gcc libc6-dev
}

# A Python environment in .tools/NAME with these packages. The sets conflict, so each has its own
# environment.
python_tools() {
  local folder=".tools/$1"
  python3 -c 'import ensurepip, venv' 2>/dev/null || install python3 python3-venv
  alone make_python_tools "$folder" "${@:2}" || fail "${*:2} cannot be installed"
  export PATH="$PWD/$folder/bin:$PATH"
}
make_python_tools() {
  local folder=$1 wanted
  shift
  wanted=$(printf '%s\n' "$@"; for word in "$@"; do [ ! -f "$word" ] || cat "$word"; done)
  [ "$(cat "$folder/installed" 2>/dev/null)" != "$wanted" ] || return 0
  [ -x "$folder/bin/pip" ] || python3 -m venv "$folder" || return
  "$folder/bin/pip" install -q --disable-pip-version-check "$@" || return
  printf '%s\n' "$wanted" >"$folder/installed"
}
sam_tools() {
  python_tools sam aws-sam-cli==1.170.0 cargo-lambda==1.9.2 cfn-lint==1.58.0 cfn-lint-serverless==0.3.6
  export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-west-1
}

# A Node with WebSocket, which the client's live tests need, and at least 20.19, which Medusa needs.
# Debian 12 has 18.
need_node() {
  has_websocket || need node nodejs npm
  need npm npm
  has_websocket || {
    npm_tools .tools/node node@22
    export PATH="$PWD/.tools/node/node_modules/node/bin:$PATH"
  }
}
has_websocket() { node --experimental-websocket -e 'process.exit(typeof WebSocket === "function" ? 0 : 1)' 2>/dev/null; }
# npm_tools FOLDER [PACKAGE…]: what FOLDER/package.json names, or these packages.
npm_tools() {
  alone npm install --silent --no-audit --no-fund --no-package-lock --no-save --prefix "$@" || fail "npm cannot install $*"
}

# Starts the local server in memory, with limits that no test reaches. Sets `url` and `server_log`.
# The server ends with the part.
start_server() {
  server_log=$(mktemp)
  STORE_SENDS_PER_MINUTE=1000000 STORE_SEND_BURST=1000000 STORE_CHANNELS_MAX=1000000 CUSTOMER_OPENS_PER_HOUR=1000000 \
    GUEST_OPENS_PER_HOUR=1000000 GUESTS_PER_HOUR=1000000 \
    target/debug/local --port 0 --memory --demo >"$server_log" &
  server=$!
  trap 'kill "$server" 2>/dev/null || true; rm -f "$server_log"' EXIT
  for _ in $(seq 600); do
    grep -q "Live chat runs at" "$server_log" && break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  url=$(sed -n 's/.*Live chat runs at \([^ ]*\).*/\1/p' "$server_log")
  [ -n "$url" ] || fail "the local server does not start"
}
