#!/usr/bin/env bash
# what: the functions' binaries under Lambda's runtime interface emulator, and their cold start
# needs: functions
source "$(dirname "$0")/common.bash"

need_rust
need valgrind valgrind
sam_tools
BINARIES="$PWD/.aws-sam/build" RIE="$PWD/$(find .tools/sam -name aws-lambda-rie-x86_64)" \
  cargo test --workspace --locked --test contract -- --ignored --nocapture --test-threads 1
