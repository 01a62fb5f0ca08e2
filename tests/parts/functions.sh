#!/usr/bin/env bash
# what: builds the functions for deployment (release, sam build), and checks the glibc they need
source "$(dirname "$0")/common.bash"

need_rust
need objdump binutils
sam_tools
# cargo-lambda builds for the runtime's C library (docs/deploy.md), on any machine.
unset CARGO_LAMBDA_COMPILER
mapfile -t bins < <(for folder in functions/*/; do printf -- '--bin\n%s\n' "$(basename "$folder")"; done)
# One call for all, so that both cores link. SAM then finds them built.
cargo lambda build --release --locked "${bins[@]}"
sam build
python3 tests/gates/binaries.py
