#!/usr/bin/env bash
# what: the browser's client, against simulated and real servers
# needs: server
source "$(dirname "$0")/common.bash"

need_node
start_server
CHAT_URL="$url" CHAT_REQUIRE_LIVE=1 node --experimental-websocket --test tests/client/*.test.js
