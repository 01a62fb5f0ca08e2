"""Tests the whole stack, deployed by `sam deploy`: a conversation and its effects, a second deployment,
and taking it down.

    sam build && python tests/e2e/stack.py --build .aws-sam/build

AWS is the emulator ministack (see ministack_sam.py), on loopback only. `sam` is the one on PATH;
Python needs requirements.txt. The account is new and in SES's sandbox; strict.py shows what it
refuses. Nothing is timed: the test waits for conditions, up to a limit that only a hung run reaches.
"""

import argparse
import base64
import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.request
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "gates"))
import binaries  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-west-1"
STACK = "live-chat-e2e"
RECEIVING = "reply.shop.example"
SHOP = "https://shop.example"
SENDER, INBOX, OWNER, CUSTOMER = "chat@shop.example", "inbox@shop.example", "owner@shop.example", "ada@customer.example"
# Verified recipients: the only ones in the sandbox.
VERIFIED = (INBOX, CUSTOMER)
# Most seconds to wait for a condition. The longest waits are the schedules' minute and the
# emulator's ten seconds.
PATIENCE = 180
JWT_SECRET = secrets.token_urlsafe(48)
# The SSM parameters with the functions' secrets.
SECRETS = {f"/{STACK}/jwt-secret": JWT_SECRET, f"/{STACK}/master-key": secrets.token_urlsafe(48)}


class Failed(Exception):
    """An expectation is not met."""


def check(fact, claim, seen=None):
    if not fact:
        raise Failed(claim if seen is None else f"{claim}\n  but: {seen}")
    print(f"ok    {claim}", flush=True)


def skip(claim, why):
    print(f"skip  {claim}: {why}", flush=True)


def until(claim, look):
    """Polls until there is a result, and returns it."""
    ends = time.monotonic() + PATIENCE
    while not (found := look()):
        if time.monotonic() > ends:
            raise Failed(f"{claim}\n  but: not within {PATIENCE} s")
        time.sleep(0.25)
    print(f"ok    {claim}", flush=True)
    return found


# --------------------------------------------------------------------------------------------------
# The emulator and the deployment
# --------------------------------------------------------------------------------------------------


def environment(home, port):
    """The environment of the emulator, the functions, sam and this test: no account of this
    machine, and no way out of it."""
    nowhere = "http://127.0.0.1:9"
    return {
        "PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home / "tmp"), "LANG": "C.UTF-8",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true",
        "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0",
        # Functions act in their own roles, and the emulator refuses what a role does not allow.
        "AUTH": "true", "SAM_CLI_TELEMETRY": "0",
        "HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere, "NO_PROXY": "127.0.0.1,localhost",
    }  # fmt: skip


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextlib.contextmanager
def emulator(home, port):
    """Runs the emulator with its functions, and ends all of them. Yields a way to open the link
    that SES sent to an address."""
    with open(home / "ministack.log", "w") as log:
        server = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("ministack_sam.py")],
            cwd=home, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        ends = time.monotonic() + PATIENCE
        while call(f"http://127.0.0.1:{port}/_ministack/health").status != 200:
            if server.poll() is not None or time.monotonic() > ends:
                raise Failed("The emulator starts")
            time.sleep(0.2)
        yield lambda address: server.stdin.write(f"open link {address}\n".encode()) and server.stdin.flush()
    finally:
        server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(10)
        # Functions that the emulator left running.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def sam(home, *words):
    """Runs sam, and returns its output."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    run = subprocess.run(["sam", *words], cwd=home, text=True, timeout=900, **pipes)
    if run.returncode:
        raise Failed(f"sam {words[0]} succeeds\n{run.stdout}")
    return run.stdout


def deploy(home, build, **more):
    """Runs `sam deploy` as docs/deploy.md says, without the questions."""
    parameters = more or {
        "AllowedOrigins": SHOP, "MailFrom": SENDER, "InboxAddress": INBOX, "ShopName": "The Teapot Shop",
        "StorefrontUrl": f"{SHOP}/chat", "MailsPerSecond": "100", "DigestSchedule": "rate(1 minute)",
        "AlarmEmail": OWNER, "Dashboard": "true", "InboundDomain": RECEIVING,
    }  # fmt: skip
    overrides = [f"ParameterKey={name},ParameterValue='{value}'" for name, value in parameters.items()]
    return sam(
        home, "deploy", "--config-file", str(ROOT / "samconfig.toml"), "--config-env", "prod", "--template-file", str(build / "template.yaml"),
        "--stack-name", STACK, "--region", REGION, "--no-confirm-changeset", "--no-progressbar", "--parameter-overrides", *overrides,
    )  # fmt: skip


# --------------------------------------------------------------------------------------------------
# People
# --------------------------------------------------------------------------------------------------


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def __str__(self):
        return f"{self.status} {self.body[:500]!r}"


def call(url, method="GET", body=None, headers=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json", **(headers or {})}, method=method)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return Answer(answer.status, answer.headers, answer.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read().decode())
    except (urllib.error.URLError, ConnectionError) as error:
        return Answer(0, {}, str(error))


def token(person, kind, secret=JWT_SECRET, **more):
    """A token as Medusa signs it."""
    def part(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    now = int(time.time())
    claims = {"actor_id": person, "actor_type": kind, "auth_identity_id": f"authid_{person}", "iat": now, "exp": now + 86400, **more}
    signed = b".".join(part(json.dumps(words).encode()) for words in ({"alg": "HS256", "typ": "JWT"}, claims))
    return (signed + b"." + part(hmac.new(secret.encode(), signed, hashlib.sha256).digest())).decode()


class Person:
    """A caller of the API: /store or /admin."""

    def __init__(self, api, side, headers):
        self.api, self.side, self.headers = api, side, {"origin": SHOP, **headers}

    def ask(self, method, path, body=None):
        answer = call(f"{self.api}/{self.side}/chat{path}", method, body, self.headers)
        if answer.status != 200:
            raise Failed(f"{method} /{self.side}/chat{path} answers 200\n  but: {answer}")
        return answer.json()

    def send(self, channel, text):
        return self.ask("POST", f"/messages/{channel}", {"body": text, "client_message_id": secrets.token_hex(8)})["message"]

    def ticket(self):
        ticket = self.ask("POST", "/realtime/ticket")
        return ticket["url"], ["chat.v1", f"t.{ticket['ticket']}"]

    def socket(self):
        url, protocols = self.ticket()
        return Socket(url, protocols)


class Socket:
    def __init__(self, url, protocols):
        self.ending = contextlib.ExitStack()
        self.stream = self.ending.enter_context(connect(url, subprotocols=protocols, origin=SHOP, proxy=None, open_timeout=60))

    def close(self):
        self.ending.close()

    def say(self, **frame):
        self.stream.send(json.dumps(frame))

    def hears(self, name, claim):
        """The next event of this name; others before it are dropped."""
        ends = time.monotonic() + PATIENCE
        while True:
            try:
                event = json.loads(self.stream.recv(timeout=max(0, ends - time.monotonic())))
            except TimeoutError:
                raise Failed(f"{claim}\n  but: nothing comes") from None
            if event["event"] == name:
                print(f"ok    {claim}", flush=True)
                return event


# --------------------------------------------------------------------------------------------------
# Assertions
# --------------------------------------------------------------------------------------------------


class Stack:
    """The stack as boto3 sees it."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.clients = {}
        described = self("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
        pages = self("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
        self.ids = {one["LogicalResourceId"]: one["PhysicalResourceId"] for page in pages for one in page["StackResourceSummaries"]}

    def __call__(self, service):
        if service not in self.clients:
            self.clients[service] = boto3.client(service, endpoint_url=self.endpoint, region_name=REGION)
        return self.clients[service]

    def rows(self, table, prefix):
        """The items of a table with this prefix of the partition key."""
        pages = self("dynamodb").get_paginator("scan").paginate(TableName=self.ids[table])
        return [item for page in pages for item in page["Items"] if item["pk"]["S"].startswith(prefix)]

    def mails(self, to):
        messages = call(f"{self.endpoint}/_ministack/ses/messages").json()["messages"]
        return [mail for account in messages.values() for mail in account if mail["To"] == [to]]

    def logs(self):
        """Each function's log, line by line."""
        logs, lines = self("logs"), []
        for group in logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{STACK}-")["logGroups"]:
            name = group["logGroupName"]
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=name):
                lines += [(event["timestamp"], name.rsplit("-", 1)[-1], event["message"].rstrip()) for event in page["events"]]
        return [(function, line) for _, function, line in sorted(lines, key=lambda line: line[0])]

    def events(self, queue):
        """The messages of a queue."""
        answer = self("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


def a_first_try_that_fails(home, build):
    """Deploys with a sender that SES already knows, without MailIdentity: the error of an
    operator who skips that command of docs/deploy.md."""
    try:
        said = deploy(home, build, AllowedOrigins=SHOP, MailFrom=CUSTOMER)
    except Failed as error:
        said = str(error)
    check("already exist" in said, "A first deployment fails, and sam says why", said)
    try:
        left = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        left = error.response["Error"]["Code"]
    tables = boto3.client("dynamodb").list_tables()["TableNames"]
    check(left == "ValidationError" and not tables, "It leaves neither a stack nor a table", (left, tables))


def put_secrets(endpoint):
    """Stores the secrets, as an operator does before the first deployment."""
    ssm = boto3.client("ssm", endpoint_url=endpoint, region_name=REGION)
    for name, value in SECRETS.items():
        ssm.put_parameter(Name=name, Value=value, Type="SecureString")
    found = ssm.get_parameters(Names=list(SECRETS), WithDecryption=True)["Parameters"]
    check({one["Name"]: one["Value"] for one in found} == SECRETS, "SSM gives both secrets back, decrypted")


def verify(open_link, addresses):
    """Opens the links in SES's mails, as a person does."""
    ses = boto3.client("ses")
    for address in addresses:
        open_link(address)

    def verified():
        found = ses.get_identity_verification_attributes(Identities=list(addresses))["VerificationAttributes"]
        return all(found[address]["VerificationStatus"] == "Success" for address in addresses)

    until(f"The links to {', '.join(addresses)} are opened", verified)


def listen(stack):
    """Adds another system to the event bus, as integrations/ does: a rule and a queue."""
    queue = stack("sqs").create_queue(QueueName="other-system")["QueueUrl"]
    arn = stack("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    bus = stack.outputs["EventBusName"]
    stack("events").put_rule(Name="other-system", EventBusName=bus, EventPattern=json.dumps({"source": ["live-chat"]}))
    stack("events").put_targets(Rule="other-system", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    return queue


def stop_listening(stack, queue):
    """Removes the rule: AWS does not delete a bus that has one."""
    stack("events").remove_targets(Rule="other-system", EventBusName=stack.outputs["EventBusName"], Ids=["queue"])
    stack("events").delete_rule(Name="other-system", EventBusName=stack.outputs["EventBusName"])
    stack("sqs").delete_queue(QueueUrl=queue)


def rights(stack):
    """Checks that the emulator checks rights. Below, functions act in their own roles, and none of
    their calls may be refused."""
    iam = stack("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    nobody = boto3.client(
        "dynamodb", endpoint_url=stack.endpoint, region_name=REGION,
        aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"],
    )  # fmt: skip
    try:
        refused = nobody.scan(TableName=stack.ids["ChatTable"]) and "it is read"
    except ClientError as error:
        refused = error.response["Error"]["Code"]
    check(refused == "AccessDeniedException", "Who has no right to the table cannot read it", refused)
    iam.delete_access_key(UserName="nobody", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="nobody")


def outputs_and_edge(stack, api):
    queues = {"EventQueueUrl", "EventFailuresUrl", "RelayFailuresUrl", "MailFailuresUrl"}
    expected = {"ApiUrl", "SocketUrl", "ChatTableName", "FilesBucketName", "FilesOrigin", "EventBusName", *queues}
    check(expected <= set(stack.outputs), "The outputs are there", stack.outputs)
    answer = call(f"{api}/health")
    check((answer.status, answer.body) == (200, '{"status":"ok"}'), "GET /health answers", answer)
    answer = call(f"{api}/no/such/route")
    check(answer.status == 404 and answer.json()["type"] == "not_found", "A route that there is not is answered by our function", answer)
    preflight = {"origin": SHOP, "access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    answer = call(f"{api}/store/chat/channels", "OPTIONS", headers=preflight)
    allowed = answer.headers.get("access-control-allow-origin")
    check(answer.status == 204 and allowed == SHOP and "x-request-id" in answer.headers, "Our function answers a preflight", answer)
    answer = call(f"{api}/store/chat/channels", "OPTIONS", headers={**preflight, "origin": "https://evil.example"})
    check("access-control-allow-origin" not in answer.headers, "A strange page's preflight is allowed nothing", answer)
    forged = {"authorization": f"Bearer {token('cus_eve', 'customer', 'x' * 64)}"}
    for what, headers in (("no token", {}), ("a token that another secret signed", forged)):
        answer = call(f"{api}/store/chat/channels", headers=headers)
        check(answer.status == 401, f"Nobody gets in with {what}", answer)
    for path in ("/admin/chat/channels", "/admin/chat/shop/products", "/app/chat", "/chat/widget.js", "/chat/assets/any/panel.js", "/chat/unsubscribe/any", "/health"):
        answer = call(f"{api}{path}", "OPTIONS", headers=preflight)
        allowed = answer.headers.get("access-control-allow-origin")
        check(answer.status == 204 and allowed == SHOP, f"So does the function of {path}", answer)
    staff = {"authorization": f"Bearer {token('user_grace', 'user')}"}
    answer = call(f"{api}/admin/chat/shop/customers", headers=staff)
    check(answer.status == 400 and answer.json()["type"] == "not_allowed", "Without a Medusa no shop is connected", answer)
    answer = call(f"{api}/admin/chat/no/such/route")
    check(answer.status == 404 and answer.json()["type"] == "not_found", "A path below a route that no function knows is answered", answer)
    for path, kind in {"/app/chat": "text/html", "/chat/widget.js": "text/javascript"}.items():
        answer = call(f"{api}{path}")
        check(answer.status == 200 and kind in answer.headers["content-type"], f"{path} is served", answer)


def conversation(stack, customer, admin):
    """A customer asks and an admin answers. Returns the customer's socket, still open."""
    channel = customer.ask("POST", "/channels")["channel"]["channel_hash"]
    url, protocols = customer.ticket()
    ours = Socket(url, protocols)
    check(ours.stream.subprotocol == "chat.v1", "A ticket opens a WebSocket, and the sub-protocol is chosen")
    try:
        refused = Socket(url, protocols) and "it opens"
    except InvalidStatus as error:
        refused = error.response.status_code
    check(refused == 401, "A ticket that was used opens none", refused)
    theirs = admin.socket()

    question = customer.send(channel, "Is the blue teapot still there?")
    event = theirs.hears("chat.message.created", "The admin's socket hears of the customer's message")
    check(event["payload"]["message"]["id"] == question["id"] and event["channel_hash"] == channel, "It is that message", event)
    until(
        "The stream feeds the admin's total: one message is unread",
        lambda: admin.ask("GET", "/messages/unread-count") == {"unread_count": 1},
    )
    ours.hears("chat.message.created", "The customer's own socket hears of it too")
    admin.send(channel, "It is: the last one.")
    event = ours.hears("chat.message.created", "The customer's socket hears of the answer")
    check(event["payload"]["message"]["body"] == "It is: the last one.", "It is that answer", event)
    ours.say(action="ping")
    ours.hears("pong", "A ping is answered over the socket")
    gone(stack, channel, theirs, ours)
    return ours


def gone(stack, channel, theirs, ours):
    """A closed socket is removed: when the gateway reports it, or else at the first push to it."""
    rows = [row for prefix in ("R#staff", "X#") for row in stack.rows("EphemeralTable", prefix) if row["role"]["S"] == "admin"]
    check(len(rows) == 2, "The admin's connection stands in the table, in its room and with its way back", rows)
    theirs.close()
    until("A socket that is closed is forgotten", lambda: not stack.rows("EphemeralTable", "R#staff"))
    # As after a lost $disconnect, which AWS does not guarantee: both rows exist, and no client.
    for row in rows:
        stack("dynamodb").put_item(TableName=stack.ids["EphemeralTable"], Item=row)

    def push():
        ours.say(action="typing", channel_hash=channel)
        time.sleep(0.75)
        return not stack.rows("EphemeralTable", "R#staff")

    until("One whose closing nobody told of is forgotten once a push finds it gone (410)", push)


def mails(stack, api, queue):
    """A customer gets an answer in the daily digest; the shop's inbox gets a guest's question as a
    notice, a minute later."""
    guest_id = Person(api, "store", {}).ask("POST", "/guest")["guest_id"]
    guest = Person(api, "store", {"x-guest-id-for-live-chat": guest_id})
    message = guest.send(guest.ask("POST", "/channels")["channel"]["channel_hash"], "Do you ship to Iceland?")
    of_channel = f"{message['id'].split('_')[1]}-s-"

    def scheduled():
        schedules = stack("scheduler").list_schedules(GroupName=STACK)["Schedules"]
        return [one["Name"] for one in schedules if one["Name"].startswith(of_channel)]

    name = until("A one-time schedule is set for the guest's message, in the stack's group", scheduled)[0]
    target = stack("scheduler").get_schedule(GroupName=STACK, Name=name)["Target"]
    aside = stack("sqs").get_queue_attributes(QueueUrl=stack.ids["MailFailures"], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    check(target.get("DeadLetterConfig") == {"Arn": aside}, "A call that cannot be delivered goes to the queue MailFailures", target)
    skip("It lies there then", "ministack: its Scheduler drops what fails; checked in tests/api/schedules.rs")
    # The customer's socket is still open. So they get no notice, but the digest.
    mail = until("The schedule calls the digest, and it mails the customer", lambda: stack.mails(CUSTOMER))[0]
    check(mail["Source"] == SENDER, "It comes from the sender", mail)
    check("The Teapot Shop" in mail["Subject"], f"Its subject names the shop: {mail['Subject']}", mail)
    check("It is: the last one." in mail["BodyText"], "It shows the answer", mail)
    link = re.search(r"https?://\S+/chat/unsubscribe/([^\s>\"]+)", mail["BodyText"])
    own = link and link[0].startswith(f"{stack.outputs['ApiUrl']}/")
    check(own, "It has a link that ends it, at the API's own address", mail["BodyText"])
    skip("The same link stands in its headers", "ministack: its mailbox keeps no headers; checked in tests/api/mail/")
    run = json.loads(stack("lambda").invoke(FunctionName=stack.ids["DigestFunction"], Payload=b"{}")["Payload"].read())
    check(run.get("sent") == 0 and len(stack.mails(CUSTOMER)) == 1, "Another run sends no second one", run)

    mail = until("The one-time schedule calls the notice, and it mails the shop's inbox", lambda: stack.mails(INBOX))[0]
    check("Do you ship to Iceland?" in mail["BodyText"], "It shows the question", mail)
    until("The schedule is gone when it has called", lambda: not scheduled())
    check(len(stack.mails(INBOX)) == 1, "The inbox got one mail")

    page = call(f"{api}/chat/unsubscribe/{link[1]}")
    check(page.status == 200 and "<form" in page.body, "The link shows a page with a button", page)
    check(not stack.rows("ChatTable", "O#"), "Looking at it ends nothing")
    answer = call(f"{api}/chat/unsubscribe/{link[1]}", "POST", headers={"content-type": "application/x-www-form-urlencoded"})
    check(answer.status == 200 and len(stack.rows("ChatTable", "O#")) == 1, "Its button ends the mails", answer)

    bounce = {"eventType": "Bounce", "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": CUSTOMER}]}}
    stack("sns").publish(TopicArn=stack.ids["MailFeedback"], Message=json.dumps(bounce))
    until("An address that bounces is noted", lambda: stack.rows("ChatTable", "B#"))
    why = "ministack: it bounces nothing; the way to the topic is checked statically in tests/contract/template.rs"
    skip("SES itself tells of a bounce", why)

    heard = {}

    def told():
        for event in stack.events(queue):
            heard.setdefault(event["detail-type"], []).append(event["detail"])
        return len(heard.get("chat.message.created", [])) >= 3 and len(heard.get("chat.notification", [])) >= 2

    until("Other systems hear of every message and mail on the bus", told)
    check(all(detail["event_id"] for detail in heard["chat.message.created"]), "Each message has its event id", heard)
    check({detail["to"] for detail in heard["chat.notification"]} == {CUSTOMER, INBOX}, "Each mail is told of with whom it went to", heard)


def events_outlast_the_bus(stack, customer, admin, queue):
    """Takes away relay's right to publish for a while, so that the bus refuses everything."""
    iam, role = stack("iam"), stack.ids["RelayRole"]
    policy = iam.get_role_policy(RoleName=role, PolicyName="relay")["PolicyDocument"]
    without = [one for one in policy["Statement"] if one["Action"] != "events:PutEvents"]
    check(len(without) == len(policy["Statement"]) - 1, "relay has one right to publish", policy)
    iam.put_role_policy(RoleName=role, PolicyName="relay", PolicyDocument=json.dumps({**policy, "Statement": without}))
    channel = customer.ask("POST", "/channels")["channel"]["channel_hash"]
    unread = admin.ask("GET", "/messages/unread-count")["unread_count"]
    said = customer.send(channel, "Does the blue teapot pour well?")

    def queued():
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts = stack("sqs").get_queue_attributes(QueueUrl=stack.ids["EventQueue"], AttributeNames=names)["Attributes"]
        return sum(int(count) for count in counts.values())

    def again():
        names = [one["Name"] for one in stack("scheduler").list_schedules(GroupName=STACK)["Schedules"]]
        return any(name.startswith("retry-") for name in names)

    until("Events that the bus does not take are queued", queued)
    until("relay has itself called again by a one-time schedule", again)
    until(
        "The totals do not wait for the bus",
        lambda: admin.ask("GET", "/messages/unread-count") == {"unread_count": unread + 1},
    )
    iam.put_role_policy(RoleName=role, PolicyName="relay", PolicyDocument=json.dumps(policy))

    def tried_again():
        answer = stack("lambda").invoke(FunctionName=stack.ids["RelayFunction"], Payload=b'{"retry":"events"}')
        if "FunctionError" in answer:
            raise Failed(f"relay fails when it is called to try again: {answer['Payload'].read()}")
        return not queued()

    until("relay is called to try again, and the queue is empty", tried_again)

    def told():
        return any(event["detail"].get("payload", {}).get("message", {}).get("id") == said["id"] for event in stack.events(queue))

    until("Other systems hear of the message once the bus is back", told)


def put(upload, content):
    """Uploads as a browser does; returns the status."""
    request = urllib.request.Request(upload["url"], content, {**upload["headers"], "origin": SHOP}, method=upload["method"])
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def files(stack, api, customer):
    """A customer sends a file and deletes its message. The bytes go to S3 and come from there."""
    def stored():
        return [one["Key"] for one in stack("s3").list_objects_v2(Bucket=stack.ids["FilesBucket"]).get("Contents", [])]

    channel = customer.ask("POST", "/channels")["channel"]["channel_hash"]
    content = b"The lid broke on the way.\n"
    file = {"channel_hash": channel, "name": "lid.txt", "content_type": "text/plain", "size": len(content)}
    announced = customer.ask("POST", "/files", file)
    id, upload = announced["file"]["id"], announced["upload"]
    check(put(upload, content + b"!") == 403 and not stored(), "S3 takes no other length than the announced one")
    check(put(upload, content) == 200 and stored() == [f"files/{id}"], "It takes the file")
    check(put(upload, content) == 412, "It takes it once")
    customer.ask("POST", f"/files/{id}")
    sent = customer.ask("POST", f"/messages/{channel}", {"attachments": [id], "client_message_id": secrets.token_hex(8)})["message"]
    key = {"Bucket": stack.ids["FilesBucket"], "Key": f"files/{id}"}
    until("relay removes the tag by which it would expire", lambda: not stack("s3").get_object_tagging(**key)["TagSet"])
    link = sent["attachments"][0]["url"]
    link = f"{api}{link[link.index('/chat/files/'):]}"
    answer = call(link)
    served = answer.headers.get("content-disposition", ""), answer.headers.get("content-type")
    expected = ("attachment; filename*=UTF-8''lid.txt", "text/plain; charset=utf-8")
    check((answer.status, answer.body, served) == (200, content.decode(), expected), "Its link leads to the bytes", (answer, served))
    customer.ask("DELETE", f"/messages/id/{sent['id']}")
    check(call(link).status == 404, "The link ends with the message")
    until("relay deletes the bytes", lambda: not stored())


def reply_address(channel, side, mailed):
    """Where answers to a mail go: made as shared/app/src/reply_address.rs has it, apart from it."""
    def digest(key, text):
        return hmac.new(key, text, hashlib.sha256).digest()

    def short(hashed):
        return base64.b32encode(hashed).decode().lower()[:26]

    key = digest(SECRETS[f"/{STACK}/master-key"].encode(), b"replies")
    tag = short(digest(key, f"address\n{channel}\n{mailed}".encode()))[:8]
    signed = f"{channel}{side}{tag}"
    mac = short(digest(key, f"token\n{signed}".encode()))
    return f"r+{signed}{mac}@{RECEIVING}"


def replies(stack, customer):
    """A customer answers a mail. SES puts the answer into the bucket, whose event calls `inbound`."""
    channel = customer.ask("POST", "/channels")["channel"]
    to = reply_address(channel["id"].removeprefix("chatch_"), "m", CUSTOMER)
    domain = CUSTOMER.partition("@")[2]
    mail = f"""Return-Path: <{CUSTOMER}>
Received: from mail.{domain} (mail.{domain} [192.0.2.7])
 by inbound-smtp.{REGION}.amazonaws.com with SMTP id abc
 for {to};
 Fri, 27 Nov 2026 10:00:00 +0000 (UTC)
X-SES-Spam-Verdict: PASS
X-SES-Virus-Verdict: PASS
Authentication-Results: amazonses.com;
 spf=pass; dkim=pass header.i=@{domain};
 dmarc=pass header.from={domain};
X-SES-RECEIPT: AEFBQUFBQUFBQUFF
From: Ada <{CUSTOMER}>
To: {to}
Message-ID: <reply-1@{domain}>
Content-Type: text/plain; charset=utf-8

I take the blue teapot by mail.

On Fri, Nov 27, 2026 at 9:00, The Teapot Shop <{SENDER}> wrote:

> It is: the last one.
"""
    bucket, raw = stack.ids["MailBucket"], mail.replace("\n", "\r\n").encode()
    path = f"/messages/{channel['channel_hash']}"
    answers = lambda: [one for one in customer.ask("GET", path)["messages"] if "by mail" in one["body"]]  # noqa: E731
    stack("s3").put_object(Bucket=bucket, Key="in/abc", Body=raw)
    found = until("An answer by mail is a message of its sender", answers)
    check(found[0]["body"] == "I take the blue teapot by mail.", "It has no quote", found)
    left = lambda: stack("s3").list_objects_v2(Bucket=bucket).get("KeyCount", 0)  # noqa: E731
    until("The mail is deleted", lambda: left() == 0)
    stack("s3").put_object(Bucket=bucket, Key="in/again", Body=raw)
    until("A second delivery is deleted, too", lambda: left() == 0)
    check(len(answers()) == 1, "It is the same message", answers())
    stack("s3").put_object(Bucket=bucket, Key="in/forged", Body=raw.replace(b"dmarc=pass", b"dmarc=fail"))
    aside = lambda: [line for function, line in stack.logs() if function == "inbound" and "not_authentic" in line]  # noqa: E731
    until("A forged one is set aside, and stays in the bucket", lambda: aside() and left() == 1)
    stack("s3").delete_object(Bucket=bucket, Key="in/forged")
    skip("SES itself stores a mail", "ministack: it receives none; the rule is checked statically in tests/contract/template.rs")


def watched(stack):
    """Alarms and dashboard exist. Only cfn-lint and AWS can check their content."""
    alarms = stack("cloudwatch").describe_alarms()["MetricAlarms"]
    strays = [one["AlarmName"] for one in alarms if one["AlarmActions"] != [stack.ids["Alarms"]]]
    check(alarms and not strays, f"There are {len(alarms)} alarms, and each tells the owner's topic", strays)
    told = stack("sns").list_subscriptions_by_topic(TopicArn=stack.ids["Alarms"])["Subscriptions"]
    check([(one["Protocol"], one["Endpoint"]) for one in told] == [("email", OWNER)], "The topic tells the owner by mail", told)
    board = stack("cloudwatch").get_dashboard(DashboardName=stack.ids["Board"])["DashboardBody"]
    check(json.loads(board)["widgets"] and "${" not in board, "The dashboard is whole JSON", board)
    skip("Alarms go off", "ministack: it makes no metrics of what functions do, and knows no alarms over expressions")


def nothing_failed(stack):
    for queue in ("MailFailures", "ActivityFailures", "RelayFailures", "EventFailures", "EventQueue"):
        count = stack("sqs").get_queue_attributes(QueueUrl=stack.ids[queue], AttributeNames=["ApproximateNumberOfMessages"])
        check(count["Attributes"]["ApproximateNumberOfMessages"] == "0", f"Nothing is left in {queue}", count["Attributes"])
    logs = stack.logs()
    errors = [line for line in logs if '"level":"ERROR"' in line[1] or "panicked" in line[1]]
    called = {function for function, _ in logs}
    every = {
        "store", "admin", "files", "shop", "web", "realtime", "activity", "relay", "notice", "digest",
        "feedback", "inbound",
    }
    check(called == every, "Every function was called, and logs to its own group", called)
    check(not errors, "No function logged an error", errors)
    variables = json.dumps([one["Environment"] for one in stack("lambda").list_functions()["Functions"]])
    check(not any(secret in variables for secret in SECRETS.values()), "No function's variables hold a secret")
    private = (*SECRETS.values(), CUSTOMER, INBOX, "blue teapot", "Iceland")
    told = [line for line in logs if any(secret in line[1] for secret in private)]
    check(not told, "No log has a secret, an address or a message", told)


def what_stays(stack, endpoint):
    """What stays after the stack is deleted."""
    def names(service, call, key, name=None):
        pages = stack(service).get_paginator(call).paginate() if stack(service).can_paginate(call) else [getattr(stack(service), call)()]
        return [one if name is None else one[name] for page in pages for one in page.get(key, [])]

    tables = names("dynamodb", "list_tables", "TableNames")
    check(tables == [stack.outputs["ChatTableName"]], "Only the table of what lasts is left", tables)
    table = stack("dynamodb").describe_table(TableName=tables[0])["Table"]
    check(table["ItemCount"] > 0 and table["DeletionProtectionEnabled"], "It has its items, and is protected from deletion", table)
    buckets = names("s3", "list_buckets", "Buckets", "Name")
    check(stack.outputs["FilesBucketName"] in buckets, "The bucket of files is left", buckets)
    identities = set(names("ses", "list_identities", "Identities"))
    check(identities == {SENDER, *VERIFIED}, "The sender's identity is left, for a next stack", identities)
    left = {
        "functions": names("lambda", "list_functions", "Functions", "FunctionName"),
        "stream mappings": names("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
        "APIs": names("apigatewayv2", "get_apis", "Items", "Name"),
        "queues": names("sqs", "list_queues", "QueueUrls"),
        "topics": names("sns", "list_topics", "Topics", "TopicArn"),
        "log groups": names("logs", "describe_log_groups", "logGroups", "logGroupName"),
        "schedules": names("scheduler", "list_schedules", "Schedules", "Name"),
        "schedule groups": [one for one in names("scheduler", "list_schedule_groups", "ScheduleGroups", "Name") if one != "default"],
        "event buses": [one for one in names("events", "list_event_buses", "EventBuses", "Name") if one != "default"],
        "rules": names("events", "list_rules", "Rules", "Name"),
        "SES configuration sets": names("ses", "list_configuration_sets", "ConfigurationSets", "Name"),
        "roles": [one for one in names("iam", "list_roles", "Roles", "RoleName") if one.startswith(STACK)],
        "alarms": names("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
        "dashboards": names("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    }
    check(not any(left.values()), f"No {', '.join(left)} are left", {what: found for what, found in left.items() if found})
    found = boto3.client("ssm", endpoint_url=endpoint, region_name=REGION).get_parameters(Names=list(SECRETS))["Parameters"]
    check(len(found) == len(SECRETS), "The secrets, which are not the stack's, are left")


# --------------------------------------------------------------------------------------------------


def run(home, build, endpoint, open_link):
    put_secrets(endpoint)
    for address in VERIFIED:
        boto3.client("ses").verify_email_identity(EmailAddress=address)
    a_first_try_that_fails(home, build)
    deploy(home, build)
    check(True, "The stack is deployed")
    stack = Stack(endpoint)
    verify(open_link, (SENDER, *VERIFIED))
    try:
        api = f"{endpoint}/_aws/execute-api/{stack.ids['HttpApi']}"
        queue = listen(stack)
        rights(stack)
        outputs_and_edge(stack, api)
        customer = Person(api, "store", {"authorization": f"Bearer {token('cus_ada', 'customer', email=CUSTOMER, first_name='Ada')}"})
        # Without an address: an admin with one would get a digest too.
        admin = Person(api, "admin", {"authorization": f"Bearer {token('user_grace', 'user', first_name='Grace')}"})
        ours = conversation(stack, customer, admin)
        mails(stack, api, queue)
        events_outlast_the_bus(stack, customer, admin, queue)
        files(stack, api, customer)
        replies(stack, customer)
        ours.close()
        until("The customer's socket is forgotten too", lambda: not stack.rows("EphemeralTable", "R#"))
        nothing_failed(stack)
        watched(stack)
        why = "ministack: it applies no TimeToLive, backup or encryption of a template; checked statically in tests/contract/template.rs"
        skip("What expires is deleted, what lasts is backed up", why)
        deploy(home, build, ProtectTable="true")
        protected = stack("dynamodb").describe_table(TableName=stack.ids["ChatTable"])["Table"]["DeletionProtectionEnabled"]
        check(protected, "A second deployment protects the table, and keeps every other parameter")
        tags = stack("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]["Tags"]
        check(tags == [{"Key": "app", "Value": "live-chat"}], "The stack has its tag", tags)
        said = deploy(home, build, ProtectTable="true")
        check("No changes to deploy" in said, "A third one of the same changes nothing", said)
        stop_listening(stack, queue)
        sam(home, "delete", "--stack-name", STACK, "--region", REGION, "--no-prompts")
        what_stays(stack, endpoint)
    except Exception:
        with contextlib.suppress(ClientError, BotoCoreError):
            for function, line in stack.logs():
                if not line.startswith(("START ", "END ", "REPORT ")):
                    print(f"log   {function}: {line}")
        raise


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--build", type=Path, default=Path(".aws-sam/build"), help="what `sam build` made")
    build = arguments.parse_args().build.resolve()
    if not (build / "template.yaml").is_file() or not shutil.which("sam"):
        sys.exit(f"FAILED: there is no {build}/template.yaml, or no sam on PATH")
    if wrong := binaries.problems(build, "x86_64", binaries.functions()):
        sys.exit("FAILED: " + "\n".join(wrong))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="live-chat-e2e-", ignore_cleanup_errors=True) as home:
        home = Path(home)
        (home / "tmp").mkdir()
        # sam checks PyPI for a newer version once a week. This says that it did so today.
        (home / ".aws-sam").mkdir()
        (home / ".aws-sam" / "metadata.json").write_text(json.dumps({"lastVersionCheck": time.time()}))
        kept = environment(home, port)
        os.environ.clear()
        os.environ.update(kept)
        began = time.monotonic()
        try:
            with emulator(home, port) as open_link:
                run(home, build, kept["AWS_ENDPOINT_URL"], open_link)
        except Exception as error:
            print(f"log   emulator:\n{(home / 'ministack.log').read_text()[-8000:]}", flush=True)
            if not isinstance(error, Failed):
                traceback.print_exc()
            sys.exit(f"FAILED: {error}")
        print(f"The whole stack works ({time.monotonic() - began:.0f} s).")


if __name__ == "__main__":
    main()
