#!/usr/bin/env bash
# what: the Rust tests: units, API, promises, contract (the same as 'cargo test --workspace')
source "$(dirname "$0")/common.bash"

need_rust
# A snapshot that differs fails and is not written.
INSTA_UPDATE=no cargo test --workspace --locked
