#!/usr/bin/env bash
# what: widget and inbox in a real Chromium
# needs: server
source "$(dirname "$0")/common.bash"

need_node
npm_tools tests/browser
need chromium chromium
CHROMIUM=${CHROMIUM:-$(command -v chromium)}
export CHROMIUM
start_server
# One file at a time: the stories share one shop.
CHAT_URL="$url" CHAT_BIN="$PWD/target/debug/local" node --experimental-websocket \
  --test --test-concurrency=1 tests/browser/*.test.js
