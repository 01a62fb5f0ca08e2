"""Starts the AWS emulator ministack and fills the gaps that the stack of template.yaml meets.

Each section says what AWS does and what ministack lacks. Where AWS refuses a call that ministack
accepts, this refuses it too, and strict.py shows the refusal. This depends on ministack's
internals: it exits at once with another version than the pinned one, or without an internal name.
It takes ministack's variables and exits at the end of its standard input, so it never outlives its
parent. An input line `open link <address>` opens the link of SES's mail to that address.
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
from email.utils import parseaddr
from importlib.metadata import version
from pathlib import Path

PINNED = "1.5.33"
if version("ministack") != PINNED:
    sys.exit(f"ministack is {version('ministack')}, and the gaps are known of {PINNED} only: look at each of them, then move the pin.")

from ministack import app  # noqa: E402
from ministack.core import iam_actions, iam_evaluator, lambda_runtime  # noqa: E402
from ministack.core.responses import request_scope  # noqa: E402
from ministack.services import apigateway, apigateway_v1, dynamodb, lambda_svc, ses, ses_v2  # noqa: E402
from ministack.services.cloudformation import provisioners  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "gates"))
import binaries  # noqa: E402

HANDLERS = provisioners._RESOURCE_HANDLERS


def has(owner, name, *parameters):
    """The internal `name` of `owner`, if it still has these parameters in this order."""
    found = getattr(owner, name, None)
    if found is None or list(inspect.signature(found).parameters)[: len(parameters)] != list(parameters):
        sys.exit(f"ministack: {owner.__name__}.{name}({', '.join(parameters)}) is not what it was.")
    return found


# --------------------------------------------------------------------------------------------------
# AWS::ApiGatewayV2::Api: its Body
# --------------------------------------------------------------------------------------------------
# AWS creates routes and integrations from an HTTP API's `Body`, the OpenAPI document that SAM
# writes for AWS::Serverless::HttpApi. ministack ignores it, so every route returns 404.

route_props = has(provisioners, "_apigw_v2_route_props", "props")
integration_props = has(provisioners, "_apigw_v2_integration_props", "props")
create_api = has(provisioners, "_apigw_v2_api_create", "logical_id", "props", "stack_name")
update_api = has(provisioners, "_apigw_v2_api_update", "physical_id", "old_props", "new_props", "stack_name", "logical_id")


def import_body(api_id, body):
    """Replaces the routes by those of an OpenAPI document. No authorizers and no CORS: our template
    has none."""
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

# --------------------------------------------------------------------------------------------------
# Routes of a WebSocket API's stage
# --------------------------------------------------------------------------------------------------
# In AWS a deployment is a snapshot of routes. A stage serves the routes of its deployment, or with
# AutoDeploy the present ones. ministack always serves the present routes, and lacks this type of
# resource.

if "AWS::ApiGatewayV2::Deployment" in HANDLERS:
    sys.exit("ministack: it knows AWS::ApiGatewayV2::Deployment by now. Remove it here.")
# The routes of each deployment, by API and deployment.
snapshots = {}
# The stage of the present socket.
socket_stage = ContextVar("socket_stage")
create_deployment = has(apigateway, "_create_deployment", "api_id", "data")
has(apigateway, "_match_ws_route", "api_id", "route_key")


def is_socket_api(api_id):
    return apigateway._apis.get(api_id, {}).get("protocolType") == "WEBSOCKET"


def take_snapshot(api_id, deployment_id):
    routes = apigateway._routes.get(api_id, {})
    if not routes:
        raise ValueError("At least one route is required before deploying the Api (Service: AmazonApiGatewayV2; Status Code: 400)")
    snapshots[api_id, deployment_id] = [dict(route) for route in routes.values()]


def create_deployment_resource(logical_id, props, stack_name):
    deployment_id = uuid.uuid4().hex[:6]
    take_snapshot(props["ApiId"], deployment_id)
    return deployment_id, {"DeploymentId": deployment_id}


def create_deployment_with_snapshot(api_id, data):
    answer = create_deployment(api_id, data)
    if answer[0] == 201:
        try:
            take_snapshot(api_id, json.loads(answer[2])["deploymentId"])
        except ValueError as error:
            return apigateway._apigw_error("BadRequestException", str(error), 400)
    return answer


HANDLERS["AWS::ApiGatewayV2::Deployment"] = {
    "create": create_deployment_resource,
    # Only its description can change: later changes of the API do not reach it.
    "update": lambda physical_id, old_props, new_props, stack_name: (physical_id, {"DeploymentId": physical_id}),
    "delete": lambda physical_id, props: None,
}
apigateway._create_deployment = create_deployment_with_snapshot


def served(api_id, stage):
    if stage is None:
        return []
    if stage.get("autoDeploy"):
        return list(apigateway._routes.get(api_id, {}).values())
    return snapshots.get((api_id, stage.get("deploymentId")), [])


def match_served_route(api_id, route_key):
    """The present stage's route for this key, else its $default."""
    routes = served(api_id, apigateway._stages.get(api_id, {}).get(socket_stage.get()))
    by_key = {route["routeKey"]: route for route in routes}
    return by_key.get(route_key) or by_key.get("$default")


apigateway._match_ws_route = match_served_route

# --------------------------------------------------------------------------------------------------
# Logs of a stage of a WebSocket API
# --------------------------------------------------------------------------------------------------
# AWS writes them with the role of the account's settings (AWS::ApiGateway::Account). Without that
# role, as in a new account, it creates no stage with logs. (HTTP APIs need no role.) ministack
# accepts any stage.

create_stage_resource = has(provisioners, "_apigw_v2_stage_create", "logical_id", "props", "stack_name")
create_stage = has(apigateway, "_create_stage", "api_id", "data")
update_stage = has(apigateway, "_update_stage", "api_id", "stage_name", "data")
if not hasattr(apigateway_v1, "_account_settings"):
    sys.exit("ministack: apigateway_v1._account_settings is not what it was.")
NO_LOG_ROLE = "CloudWatch Logs role ARN must be set in account settings to enable logging"


def lacks_log_role(api_id, stage):
    """Whether this stage should log and cannot. Field names are CloudFormation's or the API's."""
    if not is_socket_api(api_id) or (apigateway_v1._account_settings.get("settings") or {}).get("cloudwatchRoleArn"):
        return False
    return bool(
        stage.get("AccessLogSettings") or stage.get("accessLogSettings")
        or re.search(r'"[lL]oggingLevel": "(INFO|ERROR)"|"[dD]ataTraceEnabled": true', json.dumps(stage, default=str))
    )  # fmt: skip


def create_stage_resource_as_aws(logical_id, props, stack_name):
    api_id = props.get("ApiId", "")
    if lacks_log_role(api_id, props):
        raise ValueError(f"{NO_LOG_ROLE} (Service: AmazonApiGatewayV2; Status Code: 400; Error Code: BadRequestException)")
    if props.get("AutoDeploy") and is_socket_api(api_id) and not apigateway._routes.get(api_id):
        raise ValueError("At least one route is required before deploying the Api (Service: AmazonApiGatewayV2; Status Code: 400)")
    if props.get("AutoDeploy") and props.get("DeploymentId"):
        raise ValueError("Deployment ID cannot be set for a stage with AutoDeploy (Service: AmazonApiGatewayV2; Status Code: 400)")
    return create_stage_resource(logical_id, props, stack_name)


def create_stage_as_aws(api_id, data):
    if lacks_log_role(api_id, data):
        return apigateway._apigw_error("BadRequestException", NO_LOG_ROLE, 400)
    return create_stage(api_id, data)


def update_stage_as_aws(api_id, stage_name, data):
    if lacks_log_role(api_id, data):
        return apigateway._apigw_error("BadRequestException", NO_LOG_ROLE, 400)
    return update_stage(api_id, stage_name, data)


HANDLERS["AWS::ApiGatewayV2::Stage"]["create"] = create_stage_resource_as_aws
apigateway._create_stage, apigateway._update_stage = create_stage_as_aws, update_stage_as_aws

# --------------------------------------------------------------------------------------------------
# AWS::CloudWatch::Alarm: its Metrics
# --------------------------------------------------------------------------------------------------
# In AWS an alarm may watch an expression over several metrics. ministack refuses such a template.
# This creates, lists and deletes the alarm, but lets it watch a metric that never exists. (Only
# cfn-lint reads its expression.)

alarm_record = has(provisioners, "_cw_metric_alarm_record", "name", "props")


def alarm_record_of_expressions_too(name, props):
    if props.get("Metrics"):
        props = {**props, "Metrics": None, "Namespace": "an expression", "MetricName": name}
    return alarm_record(name, props)


provisioners._cw_metric_alarm_record = alarm_record_of_expressions_too

# --------------------------------------------------------------------------------------------------
# OPTIONS of an HTTP API without CorsConfiguration
# --------------------------------------------------------------------------------------------------
# AWS answers a preflight itself only if the API has a CorsConfiguration. Otherwise OPTIONS finds
# its route like every method; ours is $default. ministack always returns 403.

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

# --------------------------------------------------------------------------------------------------
# WebSocket: the response of $connect
# --------------------------------------------------------------------------------------------------
# AWS passes on the Sec-WebSocket-Protocol of $connect's response, and a refusal's status. ministack
# selects no sub-protocol, so browsers close the socket, and refuses with 403 whatever the function
# returns.

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
    path = path_override if path_override is not None else scope.get("path", "")
    socket_stage.set(path.lstrip("/").split("/", 1)[0] or "$default")
    owner = apigateway._api_owner(api_id)
    stages = apigateway._stages.get_scoped(owner[1], owner[2], api_id, {}) if owner else {}
    if owner and not stages.get(socket_stage.get()):
        # The stage does not exist.
        await receive()
        await send({"type": "websocket.http.response.start", "status": 403, "headers": []})
        return await send({"type": "websocket.http.response.body", "body": b""})
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

# --------------------------------------------------------------------------------------------------
# Host names of APIs
# --------------------------------------------------------------------------------------------------
# In AWS a function reaches https://<api>.execute-api.<region>.amazonaws.com by DNS. Here that name
# leads nowhere, or out of this machine. So a function's variables name the emulator's own URL of
# the API.

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
EXECUTE_API = re.compile(r"\b(https|wss)://([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?=/|$)")
worker_env = has(lambda_svc, "_provided_worker_env", "config", "code_dir", "port")


def worker_env_without_dns(config, code_dir, port):
    # In AWS a program fails at its start if the runtime lacks its libraries. Here it would find
    # this machine's.
    program = Path(code_dir, "bootstrap").read_bytes()
    if not program.startswith(b"#!") and (why := binaries.why_not(program, (config.get("Architectures") or ["x86_64"])[0])):
        raise lambda_runtime.ProvidedRuntimeError(f"The function does not start: {why}", "Runtime.ExitError")

    def here(found):
        scheme = "ws" if found[1] == "wss" else "http"
        return f"{scheme}://{ENDPOINT.removeprefix('http://')}/_aws/execute-api/{found[2]}"

    return {name: EXECUTE_API.sub(here, value) for name, value in worker_env(config, code_dir, port).items()}


lambda_svc._provided_worker_env = worker_env_without_dns

# --------------------------------------------------------------------------------------------------
# Rights
# --------------------------------------------------------------------------------------------------
# With AUTH=true functions act in their own roles, and ministack refuses what a role does not allow,
# as AWS does. Three checks differ. AWS names a schedule with its group; ministack says `default`.
# For a batch SQS checks the right for one message; ministack checks an action that IAM does not
# have. For a mail SES checks the sender's identity, the configuration set and, in the sandbox, each
# recipient's identity, with the sender's address as a condition; ministack checks none of these.

iam_action_of = has(iam_actions, "extract_iam_action", "service", "method", "path", "headers", "body", "query_params")
resource_arn = has(
    iam_actions, "extract_resource_arn", "service", "method", "path", "headers", "body", "query_params", "region", "account_id"
)
condition_keys = has(iam_actions, "request_tag_context", "service", "iam_action", "body", "params")


def only(query_params, name):
    value = query_params.get(name)
    return value[0] if isinstance(value, list) else value


class Arns(str):
    """The first of several resources. A right is needed on each of them."""

    every = ()


def identity_of(address):
    """The identity that SES uses for an address: its own, else that of its domain or of a parent
    domain."""
    known = {name for name in ses._identities} | {name for name in ses_v2._identities}
    domain = address.rpartition("@")[2]
    return next((name for name in (address, *ses._domain_and_parents(domain)) if name in known), address)


def arns_of_mail(query_params, region, account_id):
    message = ses._parse_raw_mime(only(query_params, "RawMessage.Data") or "")
    named = [address for header in ("To", "Cc", "Bcc") for address in message.get(header, "").split(",")]
    given = [only(query_params, name) for name in query_params if name.startswith("Destinations.member.")]
    source = parseaddr(only(query_params, "Source") or message.get("From", ""))[1]
    people = [source] if ses._production_access_enabled() else [source, *(parseaddr(one)[1] for one in given or named)]
    here = f"arn:aws:ses:{region}:{account_id}"
    every = [f"{here}:identity/{identity_of(person)}" for person in people if person]
    if name := only(query_params, "ConfigurationSetName"):
        every.append(f"{here}:configuration-set/{name}")
    arns = Arns(every[0])
    arns.every = every
    return arns


def iam_action_as_in_aws(service, method, path, headers, body, query_params):
    action = iam_action_of(service, method, path, headers, body, query_params)
    return action.removesuffix("Batch") if action and service == "sqs" else action


def resource_arn_as_in_aws(service, method, path, headers, body, query_params, region, account_id):
    found = resource_arn(service, method, path, headers, body, query_params, region, account_id)
    if service == "scheduler" and ":schedule/default/" in found:
        group = json.loads(body).get("GroupName") if body else only(query_params, "groupName")
        return found.replace(":schedule/default/", f":schedule/{group or 'default'}/")
    if service == "ses" and only(query_params, "Action") == "SendRawEmail":
        return arns_of_mail(query_params, region, account_id)
    return found


def condition_keys_as_in_aws(service, action, body, query_params):
    keys = condition_keys(service, action, body, query_params)
    return {**keys, "ses:fromaddress": only(query_params, "Source")} if action == "ses:SendRawEmail" else keys


def enforce_on_each(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
    every = resource_arn.every if isinstance(resource_arn, Arns) else [resource_arn]
    answers = (enforce(access_key_id, iam_action, service, region, resource_arn=arn, service_context=service_context) for arn in every)
    return next((denied for denied in answers if denied), None)


enforce = has(iam_evaluator, "enforce", "access_key_id", "iam_action", "service", "region", "resource_arn", "service_context")
iam_evaluator.enforce = enforce_on_each
iam_actions.extract_iam_action = iam_action_as_in_aws
iam_actions.extract_resource_arn = resource_arn_as_in_aws
iam_actions.request_tag_context = condition_keys_as_in_aws

# --------------------------------------------------------------------------------------------------
# TLS
# --------------------------------------------------------------------------------------------------
# Clients reach AWS by TLS. The emulator has none, so a policy that demands TLS would refuse all.

condition_key = has(iam_evaluator, "_resolve_condition_key", "key", "ctx")
iam_evaluator._resolve_condition_key = lambda key, ctx: "true" if key.lower() == "aws:securetransport" else condition_key(key, ctx)

# --------------------------------------------------------------------------------------------------
# SES in a new account
# --------------------------------------------------------------------------------------------------
# AWS sends nothing from an address until its owner has opened the link that SES sends there. A new
# account is in the sandbox: its recipients must be verified too. An identity can be created once.
# In ministack each identity is verified at once and can be created again, and no account is in the
# sandbox.

make_identity = has(ses, "_make_identity", "identity", "identity_type")
create_identity = has(provisioners, "_ses_email_identity_create", "logical_id", "props", "stack_name")
has(ses, "_production_access_enabled")
has(ses, "_domain_and_parents", "domain")
has(ses, "_parse_raw_mime", "raw_b64")


def create_identity_as_aws(logical_id, props, stack_name):
    name = props["EmailIdentity"]
    if name in ses._identities or name in ses_v2._identities:
        raise ValueError(f"Email identity {name} already exist. (Service: AmazonSimpleEmailService; Error Code: AlreadyExistsException)")
    answer = create_identity(logical_id, props, stack_name)
    ses_v2._identities[name]["VerifiedForSendingStatus"] = False
    return answer


def open_link(address):
    """Opens the link in the mailbox, as a person would."""
    for (_, _, name), identity in list(ses._identities.all_items()):
        if name == address:
            identity["VerificationStatus"] = "Success"
    for (_, _, name), identity in list(ses_v2._identities.all_items()):
        if name == address:
            identity["VerifiedForSendingStatus"] = True


ses._make_identity = lambda identity, identity_type: {**make_identity(identity, identity_type), "VerificationStatus": "Pending"}
ses._production_access_enabled = lambda: (ses._account_details.get("account") or {}).get("ProductionAccessEnabled", False)
HANDLERS["AWS::SES::EmailIdentity"]["create"] = create_identity_as_aws

# --------------------------------------------------------------------------------------------------
# SES's receiving
# --------------------------------------------------------------------------------------------------
# SES stores a mail as the rules of the account's active set say. ministack receives no mail and
# lacks these types of resources. A test puts a mail into the bucket, as SES does.

for kind in ("AWS::SES::ReceiptRuleSet", "AWS::SES::ReceiptRule"):
    if kind in HANDLERS:
        sys.exit(f"ministack: it knows {kind} by now. Remove it here.")


def receipt(name_of):
    return {
        "create": lambda logical_id, props, stack_name: (name_of(props), {}),
        "update": lambda physical_id, old_props, new_props, stack_name: (physical_id, {}),
        "delete": lambda physical_id, props: None,
    }


HANDLERS["AWS::SES::ReceiptRuleSet"] = receipt(lambda props: props["RuleSetName"])
HANDLERS["AWS::SES::ReceiptRule"] = receipt(lambda props: props["Rule"]["Name"])

# --------------------------------------------------------------------------------------------------
# Speed only: the emulator's Runtime API responds in two writes. Without this every call of a warm
# function waits twice for a delayed acknowledgement.
# --------------------------------------------------------------------------------------------------

socketserver.StreamRequestHandler.disable_nagle_algorithm = True


# --------------------------------------------------------------------------------------------------
# Protected tables
# --------------------------------------------------------------------------------------------------
# CloudFormation deletes a table through DynamoDB, which refuses to delete a protected one.
# ministack's CloudFormation bypasses DynamoDB.

delete_table = HANDLERS["AWS::DynamoDB::Table"]["delete"]


def delete_table_unless_protected(physical_id, props, *rest):
    if dynamodb._tables.get(physical_id, {}).get("DeletionProtectionEnabled"):
        raise ValueError(f"Resource cannot be deleted as it is currently protected against deletion: table {physical_id}")
    return delete_table(physical_id, props, *rest)


HANDLERS["AWS::DynamoDB::Table"]["delete"] = delete_table_unless_protected

# --------------------------------------------------------------------------------------------------
# Reserved names
# --------------------------------------------------------------------------------------------------
# Every account has a schedule group and an event bus called `default`, and neither can be created
# again. ministack creates them.


def not_default(create):
    def create_unless_default(logical_id, props, stack_name, *rest):
        if props.get("Name") == "default":
            raise ValueError("Resource of this type with identifier 'default' already exists. (Error Code: ConflictException)")
        return create(logical_id, props, stack_name, *rest)

    return create_unless_default


for kind in ("AWS::Scheduler::ScheduleGroup", "AWS::Events::EventBus"):
    HANDLERS[kind]["create"] = not_default(HANDLERS[kind]["create"])


def follow_parent():
    """Handles the parent's lines, and exits at their end."""
    for line in sys.stdin:
        if line.startswith("open link "):
            open_link(line.removeprefix("open link ").strip())
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    has(lambda_runtime, "ProvidedWorker", "func_name", "config", "code_zip")
    threading.Thread(target=follow_parent, daemon=True).start()
    app.main()
