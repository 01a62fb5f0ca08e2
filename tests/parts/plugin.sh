#!/usr/bin/env bash
# what: the plugin for Medusa: types, tests, build
source "$(dirname "$0")/common.bash"

need_node
npm_tools integrations/medusa
npm run --silent --prefix integrations/medusa check
MEDUSA_DISABLE_TELEMETRY=1 NODE_ENV=production npm run --silent --prefix integrations/medusa build </dev/null
