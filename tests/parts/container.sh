#!/usr/bin/env bash
# what: 'sam local invoke' in a container made of this machine's files; skipped where no Docker daemon starts
# needs: functions
source "$(dirname "$0")/common.bash"

sam_tools
tests/e2e/sam-local.sh
