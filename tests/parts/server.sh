#!/usr/bin/env bash
# what: builds the local server, which other parts start
source "$(dirname "$0")/common.bash"

need_rust
# With the features of the whole workspace, as the tests build it: another choice would build the SDK again.
cargo build --workspace --locked --bin local
