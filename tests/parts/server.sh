#!/usr/bin/env bash
# what: builds the local server, which other parts start
source "$(dirname "$0")/common.bash"

need_rust
# With the features of the whole workspace, like the tests: others would rebuild the SDK.
cargo build --workspace --locked --bin local
