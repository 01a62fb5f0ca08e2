#!/usr/bin/env bash
# Runs the output of `sam build` with `sam local invoke`, in a container made of this machine's own
# files: nothing is pulled. If no Docker daemon starts, it prints SKIPPED with the reason and exits
# with 77.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() { printf 'SKIPPED: sam local invoke: %s. The runtime interface emulator has run every function.\n' "$*"; exit 77; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

work=$(mktemp -d)
daemon=""
finish() {
  if [ -n "$daemon" ]; then as_root kill "$daemon" 2>/dev/null || true; wait "$daemon" 2>/dev/null || true; fi
  as_root rm -rf "$work" 2>/dev/null || true
}
trap finish EXIT

if ! docker info >/dev/null 2>&1; then
  if ! command -v dockerd >/dev/null || ! command -v docker >/dev/null; then
    { as_root apt-get update -q && as_root apt-get install -qy --no-install-recommends docker.io; } >"$work/apt.log" 2>&1 || skip "Docker cannot be installed"
  fi
  export DOCKER_HOST="unix://$work/docker.sock"
  as_root dockerd --data-root="$work/data" --exec-root="$work/exec" --pidfile="$work/dockerd.pid" -H "$DOCKER_HOST" >"$work/dockerd.log" 2>&1 &
  daemon=$!
  for _ in $(seq 60); do docker info >/dev/null 2>&1 && break; sleep 0.5; done
  docker info >/dev/null 2>&1 || skip "dockerd does not come up: $(tail -n 1 "$work/dockerd.log")"
fi
[ -e /bin/busybox ] || as_root apt-get install -qy --no-install-recommends busybox-static >"$work/apt.log" 2>&1 || skip "busybox cannot be installed"

# The image has the name that SAM looks for. It holds a shell and the binaries' libraries.
python=$(sed -n '1s/^#!//p' "$(command -v sam)")
image=$("$python" -c 'from samcli.local.docker.lambda_image import LambdaImage, Runtime
print(LambdaImage._INVOKE_REPO_PREFIX + "/" + Runtime.get_image_name_tag("provided.al2023", "x86_64"))')
root="$work/root"
mkdir -p "$root"/{bin,etc,tmp,opt} "$root"/var/{task,runtime,rapid}
chmod 1777 "$root/tmp"
cp "$(command -v busybox)" "$root/bin/busybox"
for name in sh mv chmod cp rm ls cat env; do ln -s busybox "$root/bin/$name"; done
for binary in .aws-sam/build/*/bootstrap; do ldd "$binary"; done | grep -o '/[^ ]*' | sort -u | xargs -I{} cp -L --parents {} "$root"
echo 'root:x:0:0:root:/:/bin/sh' >"$root/etc/passwd"
echo 'hosts: files' >"$root/etc/nsswitch.conf"
tar -C "$root" -c . | docker import -c 'WORKDIR /var/task' - "$image" >/dev/null

# Calls of AWS go to a port without a listener.
echo '{"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}' >"$work/environment.json"
export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=eu-west-1 SAM_CLI_TELEMETRY=0
invoke() {
  answer=$(sam local invoke "$1" --event "events/$2.json" --skip-pull-image --container-env-vars "$work/environment.json" \
    --parameter-overrides AllowedOrigins=http://localhost:8000 2>"$work/sam.log") || { cat "$work/sam.log" >&2; exit 1; }
  echo "$answer" | "$python" -c 'import json, sys; sys.exit(json.loads(sys.stdin.read().strip().splitlines()[-1])["statusCode"] != 200)' \
    || { echo "FAILED: $1 answers $2 with $answer" >&2; cat "$work/sam.log" >&2; exit 1; }
  echo "ok    sam local invoke $1 --event events/$2.json"
}
invoke StoreFunction health
invoke WebFunction web-widget
invoke WebFunction web-inbox
