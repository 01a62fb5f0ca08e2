#!/usr/bin/env bash
# what: widget and inbox in a real Chromium
# needs: server
source "$(dirname "$0")/common.bash"

need_node
npm_tools tests/browser
need chromium chromium
CHROMIUM=${CHROMIUM:-$(command -v chromium)}
export CHROMIUM

# Each file has a shop of its own, so that no story meets what those of another file left.
run() (
  start_server
  CHAT_URL="$url" CHAT_BIN="$PWD/target/debug/local" node --experimental-websocket --test "$1"
)
failed=""
for file in tests/browser/*.test.js; do
  printf -- '-- %s\n' "$file"
  run "$file" || failed+=" $file"
done
[ -z "$failed" ] || fail "these files:$failed"
