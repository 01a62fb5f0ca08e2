#!/usr/bin/env bash
# what: builds the functions as they are deployed (release, sam build), and checks the glibc that they need
source "$(dirname "$0")/common.bash"

need_rust
need objdump binutils
sam_tools
# cargo-lambda builds for the runtime's C library, as docs/deploy.md has it, whatever this machine has.
unset CARGO_LAMBDA_COMPILER
mapfile -t bins < <(for folder in functions/*/; do printf -- '--bin\n%s\n' "$(basename "$folder")"; done)
# All in one call, so that both cores link; SAM then finds them made.
cargo lambda build --release --locked "${bins[@]}"
sam build
python3 tests/gates/binaries.py
