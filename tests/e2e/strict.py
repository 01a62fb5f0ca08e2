"""Shows that the emulator refuses what AWS refuses in a new account, and that the template passes.
Needs no build.

    python tests/e2e/strict.py

Each function is replaced by a probe: a program that makes a given call of AWS in the function's own
role. Each refusal is shown with the template as it is, and with the planted defect.
"""

import contextlib
import io
import json
import os
import signal
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import boto3
from botocore.exceptions import ClientError
from stack import CUSTOMER, PATIENCE, REGION, SENDER, SHOP, Failed, Socket, check, emulator, environment, free_port, until

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "gates"))
from test_binaries import program  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = (ROOT / "template.yaml").read_text()
BUCKET = "probes"
TAG = {"Key": "app", "Value": "live-chat"}
PROBE = f"#!{sys.executable}\n" + r'''
import json, os, urllib.request
import boto3

runtime = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(runtime + "next") as answer:
        event, id = json.load(answer), answer.headers["Lambda-Runtime-Aws-Request-Id"]
    if "service" in event:
        try:
            result = getattr(boto3.client(event["service"]), event["call"])(**event["arguments"])
            result = {"ok": result["ResponseMetadata"]["HTTPStatusCode"]}
        except Exception as error:
            result = {"error": getattr(error, "response", {}).get("Error", {}).get("Code", type(error).__name__), "message": str(error)}
    else:
        result = {"statusCode": 200, "body": event.get("requestContext", {}).get("routeKey", "")}
    urllib.request.urlopen(runtime + f"{id}/response", json.dumps(result).encode())
'''
# A route of a later version of the template.
LATER = """  LaterRoute:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref SocketApi
      RouteKey: later
      Target: !Sub integrations/${SocketIntegration}

"""


def planted(template, *changes):
    """The template with these defects; each must change something."""
    for there, instead in changes:
        if there not in template:
            raise Failed(f"The template has {there!r}")
        template = template.replace(there, instead)
    return template


def with_later_route(template):
    return planted(template, ("  SocketStage:\n", LATER + "  SocketStage:\n"))


class Account:
    """The account, with and without stacks."""

    def __init__(self, endpoint):
        self.endpoint, self.clients = endpoint, {}
        self("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            file = zipfile.ZipInfo("bootstrap")
            file.external_attr = 0o755 << 16
            archive.writestr(file, PROBE)
        self("s3").put_object(Bucket=BUCKET, Key="probe.zip", Body=packed.getvalue())

    def __call__(self, service, region=REGION):
        key = (service, region)
        if key not in self.clients:
            self.clients[key] = boto3.client(service, endpoint_url=self.endpoint, region_name=region)
        return self.clients[key]

    def request(self, template, parameters):
        body = template.replace("    CodeUri: .\n", f"    CodeUri: s3://{BUCKET}/probe.zip\n")
        self("s3").put_object(Bucket=BUCKET, Key="template.yaml", Body=body.encode())
        given = {"AllowedOrigins": SHOP, **parameters}
        return {
            "TemplateURL": f"{self.endpoint}/{BUCKET}/template.yaml", "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
        }  # fmt: skip

    def create(self, name, template=TEMPLATE, **parameters):
        """Creates a stack. Returns its final status, and that of each resource."""
        self("cloudformation").create_stack(StackName=name, Tags=[TAG], **self.request(template, parameters))
        return self.ended(name)

    def update(self, name, template=TEMPLATE, **parameters):
        self("cloudformation").update_stack(StackName=name, Tags=[TAG], **self.request(template, parameters))
        return self.ended(name)

    def ended(self, name):
        ends = time.monotonic() + PATIENCE
        while (stack := self("cloudformation").describe_stacks(StackName=name)["Stacks"][0])["StackStatus"].endswith("_IN_PROGRESS"):
            if time.monotonic() > ends:
                raise Failed(f"The stack {name} comes to rest")
            time.sleep(0.1)
        pages = self("cloudformation").get_paginator("describe_stack_events").paginate(StackName=stack["StackId"])
        events = [event for page in pages for event in page["StackEvents"]]
        return stack["StackStatus"], events

    def delete(self, name):
        self("cloudformation").delete_stack(StackName=name)
        self("cloudformation").get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE})

    def id(self, stack, resource):
        return self("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=resource)["StackResourceDetail"][
            "PhysicalResourceId"
        ]

    def tables(self):
        return self("dynamodb").list_tables()["TableNames"]

    def drop_tables(self):
        for name in self.tables():
            self("dynamodb").update_table(TableName=name, DeletionProtectionEnabled=False)
            self("dynamodb").delete_table(TableName=name)

    def probe(self, stack, function, service, name, **arguments):
        """The result of this call, made by this function."""
        event = json.dumps({"service": service, "call": name, "arguments": arguments}).encode()
        answer = self("lambda").invoke(FunctionName=self.id(stack, function), Payload=event)["Payload"].read()
        return json.loads(answer)


def reasons(events):
    return " | ".join(event["ResourceStatusReason"] for event in events if event.get("ResourceStatusReason"))


def made(events, resource):
    return any(event["LogicalResourceId"] == resource and event["ResourceStatus"] == "CREATE_COMPLETE" for event in events)


def names_that_aws_reserves(account):
    for name in ("aws-chat", "AWSchat", "ssm-chat", "SSM", "default"):
        status, events = account.create(name)
        early = status == "ROLLBACK_COMPLETE" and not made(events, "ChatTable") and not made(events, "StoreRole")
        check(early, f"A stack called {name} is refused before anything is made", (status, reasons(events)))
    status, events = account.create("aws-other", planted(TEMPLATE, ("    DependsOn: [StackNameCheck, Schedules]\n", "")))
    check(made(events, "ChatTable"), "Planted: without their order the table is made first", reasons(events))


def regions_without_ses(account):
    cloudformation = account("cloudformation", "ap-southeast-4")
    try:
        cloudformation.create_stack(StackName="far", **account.request(TEMPLATE, {"MailFrom": SENDER}))
        refused = "it is created"
    except ClientError as error:
        refused = str(error)
    check("SES does not exist in this region" in refused, "MailFrom where there is no SES is refused at once, and says why", refused)


def a_first_deployment_that_fails(account):
    """A first deployment with an address that SES already knows. It fails late here; in AWS the
    moment is random."""
    late = ("    Condition: RegistersMailFrom\n", "    Condition: RegistersMailFrom\n    DependsOn: StoreFunction\n")
    account("ses").verify_email_identity(EmailAddress=SENDER)
    status, events = account.create("failed", planted(TEMPLATE, late), MailFrom=SENDER)
    why = reasons(events)
    check(status == "ROLLBACK_COMPLETE" and "already exist" in why, "An address that SES knows is not made once more", (status, why))
    check(made(events, "ChatTable") and account.tables() == [], "A first deployment that fails leaves no table", account.tables())
    account.delete("failed")
    left = account("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/failed")["logGroups"]
    check(not left, "It leaves no logs", left)

    for what, changes, parameters in (
        ("a table that is always kept", [("    DeletionPolicy: RetainExceptOnCreate\n", "    DeletionPolicy: Retain\n")], {}),
        ("a table that is protected from the start", [], {"ProtectTable": "true"}),
    ):
        status, _ = account.create("kept", planted(TEMPLATE, late, *changes), MailFrom=SENDER, **parameters)
        check(len(account.tables()) == 1, f"Planted: {what} is left over ({status})", account.tables())
        account.drop_tables()
        account.delete("kept")


def logs_of_sockets(account):
    log = """      AutoDeploy: true
      AccessLogSettings:
        DestinationArn: !GetAtt ApiLog.Arn
        Format: '{"requestId":"$context.requestId"}'
"""
    level = "      AutoDeploy: true\n      RouteSettings: { $connect: { LoggingLevel: ERROR } }\n"
    for what, settings in (("access log", log), ("execution log", level)):
        status, events = account.create("logged", planted(TEMPLATE, ("      AutoDeploy: true\n", settings)))
        refused = status == "ROLLBACK_COMPLETE" and "CloudWatch Logs role ARN must be set" in reasons(events)
        check(refused, f"Planted: an {what} of the WebSocket stage needs a role that a new account lacks", (status, reasons(events)))
        account.delete("logged")


def mails(account, stack, open_link):
    def send(function, sender=SENDER, to=CUSTOMER):
        message = f"From: {sender}\r\nTo: {to}\r\nSubject: Hello\r\n\r\nHello.\r\n".encode()
        return account.probe(
            stack, function, "ses", "send_raw_email",
            Source=sender, Destinations=[to], RawMessage={"Data": message.decode()}, ConfigurationSetName=stack,
        )  # fmt: skip

    def status(address):
        found = account("ses").get_identity_verification_attributes(Identities=[address])
        return found["VerificationAttributes"][address]["VerificationStatus"]

    check(status(SENDER) == "Pending", "The sender is not verified until somebody opens SES's link")
    answer = send("NoticeFunction")
    unverified = answer.get("error") == "MessageRejected" and "not verified" in answer["message"] and SENDER in answer["message"]
    check(unverified, "Mail from an unverified sender is refused", answer)
    open_link(SENDER)
    until("The sender is verified", lambda: status(SENDER) == "Success")
    answer = send("NoticeFunction")
    unverified = answer.get("error") == "MessageRejected" and CUSTOMER in answer["message"] and SENDER not in answer["message"]
    check(unverified, "In the sandbox mail to an unverified recipient is refused", answer)
    account("ses").verify_email_identity(EmailAddress=CUSTOMER)
    open_link(CUSTOMER)
    until("The recipient is verified", lambda: status(CUSTOMER) == "Success")
    for function in ("NoticeFunction", "DigestFunction"):
        answer = send(function)
        check(answer.get("ok") == 200, f"{function} sends to a verified recipient in the sandbox", answer)
        answer = send(function, sender=CUSTOMER)
        check(answer.get("error") == "AccessDenied", f"{function} sends from no other address, verified or not", answer)
    answer = send("AdminFunction")
    check(answer.get("error") == "AccessDenied", "A function that sends no mails may not", answer)

    narrow = planted(TEMPLATE, ("identity/*\n", "identity/${MailFrom}\n"))
    account.update(stack, narrow, MailFrom=SENDER)
    answer = send("NoticeFunction")
    check(answer.get("error") == "AccessDenied", "Planted: a right on the sender's identity alone does not do in the sandbox", answer)
    account("sesv2").put_account_details(
        ProductionAccessEnabled=True, MailType="TRANSACTIONAL", WebsiteURL=SHOP, UseCaseDescription="Answers in a conversation"
    )
    answer = send("NoticeFunction")
    check(answer.get("ok") == 200, "Out of the sandbox it would", answer)
    account.update(stack, MailFrom=SENDER)


def followers_of_the_stream(account, stack):
    """`relay` may use its queue with its own batch calls, and `activity` reaches no other system.
    """
    def ask(function, service, name, **arguments):
        return account.probe(stack, function, service, name, **arguments)

    url, one = account.id(stack, "EventQueue"), [{"Id": "0", "MessageBody": "{}"}]
    answer = ask("RelayFunction", "sqs", "send_message_batch", QueueUrl=url, Entries=one)
    check(answer.get("ok") == 200, "relay queues events", answer)
    answer = ask("RelayFunction", "sqs", "receive_message", QueueUrl=url)
    check(answer.get("ok") == 200, "relay receives queued events", answer)
    gone = [{"Id": "0", "ReceiptHandle": "unknown"}]
    answer = ask("RelayFunction", "sqs", "delete_message_batch", QueueUrl=url, Entries=gone)
    check("AccessDenied" not in answer.get("error", ""), "relay may delete queued events", answer)
    for queue in ("EventFailures", "ActivityFailures"):
        answer = ask("RelayFunction", "sqs", "send_message_batch", QueueUrl=account.id(stack, queue), Entries=one)
        check("AccessDenied" in answer.get("error", ""), f"relay puts nothing into {queue}", answer)
    answer = ask("ActivityFunction", "sqs", "receive_message", QueueUrl=url)
    check("AccessDenied" in answer.get("error", ""), "activity cannot reach that queue", answer)
    entry = {"Source": "live-chat", "DetailType": "x", "Detail": "{}", "EventBusName": stack}
    for function, may in (("RelayFunction", True), ("ActivityFunction", False)):
        answer = ask(function, "events", "put_events", Entries=[entry])
        check(("ok" in answer) == may, f"{function} {'publishes' if may else 'does not publish'} events", answer)


def files(account, stack):
    """The bucket is as the template says, and only two functions reach it."""
    s3, bucket = account("s3"), account.id(stack, "FilesBucket")
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    check(len(blocked) == 4 and all(blocked.values()), "The bucket is closed to the public in all four ways", blocked)
    owner = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    check(owner == [{"ObjectOwnership": "BucketOwnerEnforced"}], "Its owner owns every object", owner)
    key = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    check(key["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256", "Objects are encrypted", key)
    cors = s3.get_bucket_cors(Bucket=bucket)["CORSRules"][0]["AllowedOrigins"]
    check(cors == [SHOP, f"https://*.execute-api.{REGION}.amazonaws.com"], "Pages of the shop and of the API may upload", cors)

    def ask(function, name, **arguments):
        return account.probe(stack, function, "s3", name, Bucket=bucket, **arguments)

    once = {"Body": "x", "Tagging": "state=new", "IfNoneMatch": "*"}
    for key, may in (("files/f1", True), ("other/f1", False)):
        answer = ask("FilesFunction", "put_object", Key=key, **once)
        check(("ok" in answer) == may, f"files {'may' if may else 'may not'} upload {key}", answer)
    answer = ask("FilesFunction", "get_object", Key="files/f2")
    check(answer.get("error") == "NoSuchKey", "To files a missing file is missing, not forbidden", answer)
    answer = ask("FilesFunction", "put_object_acl", Key="files/f1", ACL="public-read")
    check(answer.get("error") == "AccessDenied", "files may not publish a file", answer)
    for function, call, may in (
        ("RelayFunction", "get_object", False), ("RelayFunction", "delete_object_tagging", True), ("RelayFunction", "delete_object", True),
        ("StoreFunction", "get_object", False), ("AdminFunction", "delete_object", False),
    ):  # fmt: skip
        answer = ask(function, call, Key="files/f1")
        check(("ok" in answer) == may, f"{function} {'may' if may else 'may not'} {call}", answer)
    status, events = account.update(stack, MailFrom=SENDER, FilesOrigins="*", PublicUrl="https://chat.shop.example/v1")
    cors = s3.get_bucket_cors(Bucket=bucket)["CORSRules"][0]["AllowedOrigins"]
    check(cors == ["*"], "FilesOrigins takes the place of the origins", (status, reasons(events), cors))
    account.update(stack, MailFrom=SENDER, AllowedOrigins=f"{SHOP}, https://b.example", PublicUrl="https://chat.shop.example/v1")
    cors = s3.get_bucket_cors(Bucket=bucket)["CORSRules"][0]["AllowedOrigins"]
    check(cors == [SHOP, "https://b.example", "https://chat.shop.example"], "Without a path and blanks they are origins", cors)
    account.update(stack, MailFrom=SENDER)


def identities_stay(account, stack):
    def known():
        return SENDER in account("ses").list_identities()["Identities"]

    status, events = account.update(stack, MailFrom=SENDER, MailIdentity=SENDER)
    check(status == "UPDATE_COMPLETE" and known(), "A change to MailIdentity leaves the identity", (status, reasons(events)))
    deleted = planted(TEMPLATE, (
        "    Condition: RegistersMailFrom\n    DeletionPolicy: RetainExceptOnCreate\n    UpdateReplacePolicy: Retain\n",
        "    Condition: RegistersMailFrom\n",
    ))  # fmt: skip
    # ministack stores it twice, for both versions of SES's API.
    account("ses").delete_identity(Identity=SENDER)
    account("sesv2").delete_email_identity(EmailIdentity=SENDER)
    status, events = account.update(stack, deleted, MailFrom=SENDER)
    check(status == "UPDATE_COMPLETE" and known(), "It is made where no other is named", (status, reasons(events)))
    account.update(stack, deleted, MailFrom=SENDER, MailIdentity="shop.example")
    check(not known(), "Planted: without a policy it is deleted, and every mail is refused")
    account.update(stack, MailFrom=SENDER, MailIdentity="shop.example")


def later_routes(account, stack, before, says):
    """Whether a route that comes with an update is served."""
    url = f"ws://{account.endpoint.removeprefix('http://')}/_aws/execute-api/{account.id(stack, 'SocketApi')}/live"

    def asked():
        with contextlib.closing(Socket(url, None)) as socket:
            socket.say(action="later")
            return socket.stream.recv(timeout=PATIENCE)

    check(asked() == "$default", "A frame goes to $default before there is a route for it")
    status, events = account.update(stack, with_later_route(before), MailFrom=SENDER, MailIdentity="shop.example")
    check(status == "UPDATE_COMPLETE", "A later version has one more route", (status, reasons(events)))
    return check(asked() == ("later" if before is TEMPLATE else "$default"), says)


def tags(account, stack):
    function = account("lambda").get_function(FunctionName=account.id(stack, "NoticeFunction"))["Tags"]
    table = account("dynamodb").describe_table(TableName=account.id(stack, "ChatTable"))["Table"]["TableArn"]
    table = account("dynamodb").list_tags_of_resource(ResourceArn=table)["Tags"]
    queue = account("sqs").list_queue_tags(QueueUrl=account.id(stack, "MailFailures")).get("Tags", {})
    check(TAG in table and function["app"] == queue["app"] == "live-chat", "The stack's tag is on what it made", (function, table, queue))


def programs(account):
    """A program that needs what provided.al2023 lacks."""
    role = account("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    for name, code in {
        "GLIBC_2.38": program(versions=("GLIBC_2.17", "GLIBC_2.38")),
        "arm64": program(183, "/lib/ld-linux-aarch64.so.1"),
    }.items():
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            file = zipfile.ZipInfo("bootstrap")
            file.external_attr = 0o755 << 16
            archive.writestr(file, code)
        function = name.replace(".", "_")
        account("lambda").create_function(
            FunctionName=function, Runtime="provided.al2023", Handler="bootstrap", Role=role, Code={"ZipFile": packed.getvalue()}
        )
        answer = account("lambda").invoke(FunctionName=function, Payload=b"{}")
        said = answer["Payload"].read().decode()
        check(answer.get("FunctionError") and name in said, f"A program that needs {name} does not start", said)


def run(endpoint, open_link):
    account = Account(endpoint)
    programs(account)
    names_that_aws_reserves(account)
    regions_without_ses(account)
    a_first_deployment_that_fails(account)
    logs_of_sockets(account)
    account("ses").delete_identity(Identity=SENDER)
    status, events = account.create("chat", MailFrom=SENDER)
    check(status == "CREATE_COMPLETE", "The template is deployed in a new account", (status, reasons(events)))
    tags(account, "chat")
    mails(account, "chat", open_link)
    followers_of_the_stream(account, "chat")
    files(account, "chat")
    identities_stay(account, "chat")
    later_routes(account, "chat", TEMPLATE, "It is served: the stage deploys by itself")
    snapshot = planted(
        TEMPLATE,
        ("  SocketStage:\n", "  SocketDeployment:\n    Type: AWS::ApiGatewayV2::Deployment\n    DependsOn: [ConnectRoute, DisconnectRoute, "
         "DefaultRoute]\n    Properties: { ApiId: !Ref SocketApi }\n\n  SocketStage:\n"),
        ("      AutoDeploy: true\n", "      DeploymentId: !Ref SocketDeployment\n"),
    )  # fmt: skip
    account.create("snapshot", snapshot, MailFrom=SENDER, MailIdentity="shop.example")
    later_routes(account, "snapshot", snapshot, "Planted: a deployment that is not renewed never serves it")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="live-chat-strict-", ignore_cleanup_errors=True) as home:
        home = Path(home)
        (home / "tmp").mkdir()
        kept = environment(home, port)
        os.environ.clear()
        os.environ.update(kept)
        began = time.monotonic()
        try:
            with emulator(home, port) as open_link:
                run(kept["AWS_ENDPOINT_URL"], open_link)
        except Exception as error:
            print(f"log   emulator:\n{(home / 'ministack.log').read_text()[-6000:]}", flush=True)
            if not isinstance(error, Failed):
                raise
            sys.exit(f"FAILED: {error}")
        print(f"The emulator is as strict as AWS, and the template passes ({time.monotonic() - began:.0f} s).")


if __name__ == "__main__":
    main()
