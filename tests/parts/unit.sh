#!/usr/bin/env bash
# what: the Rust tests: units, API, promises, contract (the same as 'cargo test --workspace')
source "$(dirname "$0")/common.bash"

need_rust
cargo test --workspace --locked
