"""Starts the AWS emulator ministack with those gaps filled in that the stack of template.yaml meets.

Each gap says what AWS does and what ministack lacks. This stands on ministack's internals: another version than the pinned one, or an
internal name that is gone, ends it at once. It takes ministack's variables and ends when its standard input does, so that it never outlives
whoever started it.
"""

import inspect
import json
import os
import re
import signal
import socketserver
import sys
import threading
import uuid
from contextvars import ContextVar
from importlib.metadata import version

PINNED = "1.5.33"
if version("ministack") != PINNED:
    sys.exit(f"ministack is {version('ministack')}, and the gaps are known of {PINNED} only: look at each of them, then move the pin.")

from ministack import app  # noqa: E402
from ministack.core import iam_actions, lambda_runtime  # noqa: E402
from ministack.core.responses import request_scope  # noqa: E402
from ministack.services import apigateway, lambda_svc  # noqa: E402
from ministack.services.cloudformation import provisioners  # noqa: E402

HANDLERS = provisioners._RESOURCE_HANDLERS


def has(owner, name, *parameters):
    """The internal `name` of `owner`, if it still takes these parameters in this order."""
    found = getattr(owner, name, None)
    if found is None or list(inspect.signature(found).parameters)[: len(parameters)] != list(parameters):
        sys.exit(f"ministack: {owner.__name__}.{name}({', '.join(parameters)}) is not what it was.")
    return found


# ----------------------------------------------------------------------------------------------------------------------
# AWS::ApiGatewayV2::Api: its Body
# ----------------------------------------------------------------------------------------------------------------------
# AWS makes routes and integrations of an HTTP API's `Body`, the OpenAPI document that SAM writes for AWS::Serverless::HttpApi.
# ministack stores no word of it, so every route answers 404.

route_props = has(provisioners, "_apigw_v2_route_props", "props")
integration_props = has(provisioners, "_apigw_v2_integration_props", "props")
create_api = has(provisioners, "_apigw_v2_api_create", "logical_id", "props", "stack_name")
update_api = has(provisioners, "_apigw_v2_api_update", "physical_id", "old_props", "new_props", "stack_name", "logical_id")


def import_body(api_id, body):
    """Makes the routes of an OpenAPI document, instead of those that are there. Only what our template needs: no authorizers, no CORS."""
    if body.get("x-amazon-apigateway-cors") or body.get("components") or body.get("security"):
        raise ValueError("This template's OpenAPI document has CORS or authorizers, which tests/e2e/ministack_sam.py does not know.")
    routes, integrations, ids = {}, {}, {}
    for path, operations in body["paths"].items():
        for method, operation in operations.items():
            integration = operation["x-amazon-apigateway-integration"]
            known = {"type", "httpMethod", "uri", "payloadFormatVersion"}
            if integration["type"] != "aws_proxy" or set(integration) - known:
                raise ValueError(f"An integration that tests/e2e/ministack_sam.py does not know: {integration}")
            uri = integration["uri"]
            if uri not in ids:
                ids[uri] = uuid.uuid4().hex[:8]
                made = {"IntegrationUri": uri, "PayloadFormatVersion": integration["payloadFormatVersion"]}
                integrations[ids[uri]] = {"integrationId": ids[uri], **integration_props(made)}
            verb = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
            key = "$default" if path.lstrip("/") == "$default" else f"{verb} {path}"
            route_id = uuid.uuid4().hex[:8]
            routes[route_id] = {"routeId": route_id, **route_props({"RouteKey": key, "Target": f"integrations/{ids[uri]}"})}
    apigateway._routes[api_id], apigateway._integrations[api_id] = routes, integrations


def create_api_with_body(logical_id, props, stack_name):
    api_id, attributes = create_api(logical_id, props, stack_name)
    if props.get("Body"):
        import_body(api_id, props["Body"])
    return api_id, attributes


def update_api_with_body(physical_id, old_props, new_props, stack_name, logical_id=None):
    updated = update_api(physical_id, old_props, new_props, stack_name, logical_id)
    if new_props.get("Body"):
        import_body(updated[0], new_props["Body"])
    return updated


HANDLERS["AWS::ApiGatewayV2::Api"].update(create=create_api_with_body, update=update_api_with_body)

# ----------------------------------------------------------------------------------------------------------------------
# AWS::ApiGatewayV2::Deployment
# ----------------------------------------------------------------------------------------------------------------------
# In AWS a deployment is a snapshot of routes that a stage serves. ministack serves routes as they are now, and knows no such type of
# resource: the whole template would be refused.

if "AWS::ApiGatewayV2::Deployment" in HANDLERS:
    sys.exit("ministack: it knows AWS::ApiGatewayV2::Deployment by now. Remove it here.")
HANDLERS["AWS::ApiGatewayV2::Deployment"] = {
    "create": lambda logical_id, props, stack_name: (uuid.uuid4().hex[:6], {}),
    "update": lambda physical_id, old_props, new_props, stack_name: (physical_id, {}),
    "delete": lambda physical_id, props: None,
}

# ----------------------------------------------------------------------------------------------------------------------
# AWS::CloudWatch::Alarm: its Metrics
# ----------------------------------------------------------------------------------------------------------------------
# In AWS an alarm may watch an expression over several metrics. ministack refuses the template for that. Such an alarm is made here, and
# listed and deleted, but it watches a metric that there never is. (What it says is read by cfn-lint only.)

alarm_record = has(provisioners, "_cw_metric_alarm_record", "name", "props")


def alarm_record_of_expressions_too(name, props):
    if props.get("Metrics"):
        props = {**props, "Metrics": None, "Namespace": "an expression", "MetricName": name}
    return alarm_record(name, props)


provisioners._cw_metric_alarm_record = alarm_record_of_expressions_too

# ----------------------------------------------------------------------------------------------------------------------
# OPTIONS of an HTTP API without CorsConfiguration
# ----------------------------------------------------------------------------------------------------------------------
# AWS answers a preflight itself only where the API has a CorsConfiguration; else OPTIONS finds its route like every method, and ours
# is $default. ministack answers it with 403 in any case.

handle_execute = has(
    apigateway, "handle_execute", "api_id", "stage", "path", "method", "headers", "body", "query_params", "raw_query_string"
)
match_route = has(apigateway, "_match_route", "api_id", "method", "path")
invoke_proxy = has(
    apigateway, "_invoke_lambda_proxy",
    "integration", "api_id", "stage", "path", "method", "headers", "body", "query_params", "route_key",
)  # fmt: skip


async def execute_options_too(api_id, stage, path, method, headers, body, query_params, raw_query_string=None):
    scope = apigateway.find_api_scope(api_id)
    if method == "OPTIONS" and scope:
        with request_scope(*scope):
            route = match_route(api_id, method, path)
            if route and not apigateway._apis[api_id].get("corsConfiguration"):
                integration = apigateway._integrations[api_id][route["target"].removeprefix("integrations/")]
                return await invoke_proxy(
                    integration, api_id, stage, path, method, headers, body, query_params, route["routeKey"],
                    owner_account_id=scope[0], owner_region=scope[1], raw_query_string=raw_query_string,
                )  # fmt: skip
    return await handle_execute(api_id, stage, path, method, headers, body, query_params, raw_query_string)


apigateway.handle_execute = execute_options_too

# ----------------------------------------------------------------------------------------------------------------------
# WebSocket: what $connect answers
# ----------------------------------------------------------------------------------------------------------------------
# AWS hands the Sec-WebSocket-Protocol of $connect's answer to the client, and a refusal's status. ministack chooses no sub-protocol, with
# which browsers close the socket, and refuses with 403 whatever the function says.

handle_websocket = has(apigateway, "handle_websocket", "scope", "receive", "send", "api_id", "path_override")
invoke_ws = has(
    apigateway, "_invoke_ws_lambda", "api_id", "account_id", "region", "route", "stage", "connection_id", "event_type"
)
connect_answer = ContextVar("connect_answer")


async def invoke_ws_and_remember(api_id, account_id, region, route, stage, connection_id, event_type, *rest, **named):
    answer = await invoke_ws(api_id, account_id, region, route, stage, connection_id, event_type, *rest, **named)
    if event_type == "CONNECT":
        connect_answer.set(answer or {})
    return answer


async def handle_websocket_as_connect_says(scope, receive, send, api_id, path_override=None):
    connect_answer.set({})
    accepted = False

    async def send_as_connect_says(message):
        nonlocal accepted
        answer = connect_answer.get()
        if message["type"] == "websocket.accept":
            accepted = True
            protocols = [value for name, value in (answer.get("headers") or {}).items() if name.lower() == "sec-websocket-protocol"]
            message = {**message, "subprotocol": protocols[0] if protocols else None}
        elif message["type"] == "websocket.close" and not accepted and answer.get("statusCode"):
            await send({"type": "websocket.http.response.start", "status": int(answer["statusCode"]), "headers": []})
            message = {"type": "websocket.http.response.body", "body": b""}
        await send(message)

    await handle_websocket(scope, receive, send_as_connect_says, api_id, path_override)


apigateway._invoke_ws_lambda = invoke_ws_and_remember
apigateway.handle_websocket = handle_websocket_as_connect_says

# ----------------------------------------------------------------------------------------------------------------------
# The host names of APIs
# ----------------------------------------------------------------------------------------------------------------------
# In AWS a function reaches https://<api>.execute-api.<region>.amazonaws.com through the DNS. Here that name leads nowhere, or out of
# this machine, so a function's variables name the emulator's own place for the same API.

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
EXECUTE_API = re.compile(r"\b(https|wss)://([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?=/|$)")
worker_env = has(lambda_svc, "_provided_worker_env", "config", "code_dir", "port")


def worker_env_without_dns(config, code_dir, port):
    def here(found):
        scheme = "ws" if found[1] == "wss" else "http"
        return f"{scheme}://{ENDPOINT.removeprefix('http://')}/_aws/execute-api/{found[2]}"

    return {name: EXECUTE_API.sub(here, value) for name, value in worker_env(config, code_dir, port).items()}


lambda_svc._provided_worker_env = worker_env_without_dns

# ----------------------------------------------------------------------------------------------------------------------
# What rights are checked against
# ----------------------------------------------------------------------------------------------------------------------
# With AUTH=true functions act in their own roles, and what a role does not allow is refused, as in AWS. But AWS names a schedule with its
# group, where ministack says `default`; and for SendRawEmail AWS looks at the sender's identity and address, where ministack knows of
# neither. (AWS also looks at the configuration set; that stays unchecked.)

resource_arn = has(
    iam_actions, "extract_resource_arn", "service", "method", "path", "headers", "body", "query_params", "region", "account_id"
)
condition_keys = has(iam_actions, "request_tag_context", "service", "iam_action", "body", "params")


def only(query_params, name):
    value = query_params.get(name)
    return value[0] if isinstance(value, list) else value


def resource_arn_as_in_aws(service, method, path, headers, body, query_params, region, account_id):
    found = resource_arn(service, method, path, headers, body, query_params, region, account_id)
    if service == "scheduler" and ":schedule/default/" in found:
        group = json.loads(body).get("GroupName") if body else only(query_params, "groupName")
        return found.replace(":schedule/default/", f":schedule/{group or 'default'}/")
    if service == "ses" and only(query_params, "Action") == "SendRawEmail":
        return f"arn:aws:ses:{region}:{account_id}:identity/{only(query_params, 'Source')}"
    return found


def condition_keys_as_in_aws(service, action, body, query_params):
    keys = condition_keys(service, action, body, query_params)
    return {**keys, "ses:fromaddress": only(query_params, "Source")} if action == "ses:SendRawEmail" else keys


iam_actions.extract_resource_arn = resource_arn_as_in_aws
iam_actions.request_tag_context = condition_keys_as_in_aws

# ----------------------------------------------------------------------------------------------------------------------
# No gap, but time: the emulator's Runtime API answers in two writes. Without this every call of a warm function waits twice for a delayed
# acknowledgement.
# ----------------------------------------------------------------------------------------------------------------------

socketserver.StreamRequestHandler.disable_nagle_algorithm = True


def end_with_whoever_started():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    has(lambda_runtime, "ProvidedWorker", "func_name", "config", "code_zip")
    threading.Thread(target=end_with_whoever_started, daemon=True).start()
    app.main()
