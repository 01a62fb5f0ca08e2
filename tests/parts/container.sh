#!/usr/bin/env bash
# what: 'sam local invoke' in a container of this machine's files; skipped without a Docker daemon
# needs: functions
source "$(dirname "$0")/common.bash"

sam_tools
command -v dockerd >/dev/null || alone apt_packages docker.io || skip "sam local invoke: Docker cannot be installed"
[ -e /bin/busybox ] || alone apt_packages busybox-static || skip "sam local invoke: busybox cannot be installed"
tests/e2e/sam-local.sh
