#!/usr/bin/env bash
# what: a function builds for arm64; skipped where the compiler's target cannot be installed
source "$(dirname "$0")/common.bash"

need_rust
target=aarch64-unknown-linux-gnu
rustup target add $target >/dev/null 2>&1 || skip "the compiler's target $target cannot be installed here"
need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross
need readelf binutils
# Only checks that it builds, so without optimisation: that takes a third of the time.
CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc cargo build --locked --target $target --bin web
readelf -h target/$target/debug/web | grep -q AArch64 || fail "the binary for arm64 is none"
