#!/usr/bin/env bash
# what: the running API matches its OpenAPI document and passes the doctor
# needs: server
source "$(dirname "$0")/common.bash"

python_tools api schemathesis==4.32.5
start_server
JWT_SECRET=supersecret target/debug/local doctor --url "$url" --origin http://localhost:8000
for who in CUSTOMER:/store STAFF:/admin; do
  token=$(sed -n "s/^ *${who%%:*}=//p" "$server_log")
  [ -n "$token" ] || fail "the server printed no token for ${who%%:*}"
  schemathesis run "$url/openapi.json" --include-path-regex "^${who##*:}" -H "Authorization: Bearer $token" \
    --generation-deterministic --max-examples 40 \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance
done
