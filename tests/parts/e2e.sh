#!/usr/bin/env bash
# what: the whole stack, deployed to an emulator of AWS
# needs: functions
source "$(dirname "$0")/common.bash"

sam_tools
python_tools e2e -r tests/e2e/requirements.txt
# sam comes from its own environment, Python from that of the emulator.
export PATH="$PWD/.tools/sam/bin:$PATH"
.tools/e2e/bin/python tests/e2e/stack.py --build .aws-sam/build
