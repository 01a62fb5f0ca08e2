#!/usr/bin/env bash
# what: builds the functions as they are deployed (release, sam build), and checks the glibc that they need
source "$(dirname "$0")/common.bash"

need_rust
need objdump binutils
sam_tools
# With the host's compiler instead of Zig's: the check below proves that the result runs on Lambda.
export CARGO_LAMBDA_COMPILER=cargo
mapfile -t bins < <(for folder in functions/*/; do printf -- '--bin\n%s\n' "$(basename "$folder")"; done)
# All in one call, so that both cores link; SAM then finds them made.
cargo lambda build --release --locked "${bins[@]}"
sam build
for binary in .aws-sam/build/*/bootstrap; do
  newest=$(objdump -T "$binary" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1)
  [ "$(printf '%s\nGLIBC_2.34\n' "$newest" | sort -V | tail -n 1)" = GLIBC_2.34 ] || fail "$binary needs $newest; provided.al2023 has 2.34"
done
