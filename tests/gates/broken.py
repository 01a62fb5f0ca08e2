"""Tests the gates: each must refuse a template with a defect of its kind.

    python tests/gates/broken.py        with the tools of ./test on the PATH
"""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

GATES = {
    "sam": ["sam", "validate", "--lint", "--template", "{template}"],
    "cfn-lint": ["cfn-lint", "--template", "{template}"],
    "serverless": [
        "cfn-lint", "--template", "{template}", "--append-rules", "cfn_lint_serverless.rules", "--ignore-checks", "WS1000", "WS1004", "ES6000",
    ],
    "checkov": ["checkov", "--config-file", ".checkov.yaml", "-f", "{template}"],
    "contract": ["cargo", "test", "--quiet", "--workspace", "--locked", "--test", "contract", "template"],
    "rights": ["cargo", "test", "--quiet", "--workspace", "--locked", "--test", "contract", "rights"],
}

# Gate, the defect, the text of the template, its replacement.
BROKEN = [
    ("sam", "a billing mode that does not exist", "BillingMode: PAY_PER_REQUEST", "BillingMode: PAY_PER_REQEST"),
    ("sam", "a reference to nothing", "Resource: !GetAtt StoreLog.Arn", "Resource: !GetAtt NoLog.Arn"),
    ("cfn-lint", "a property that does not exist", "      TopicARN: !Ref MailFeedback", "      TopicArm: !Ref MailFeedback"),
    ("cfn-lint", "a runtime that is no more", "Runtime: provided.al2023", "Runtime: nodejs10.x"),
    ("cfn-lint", "a queue whose dead go nowhere", "        deadLetterTargetArn: !GetAtt EventFailures.Arn\n", "        deadLetterTargetArn: !GetAtt NoFailures.Arn\n"),
    ("serverless", "an API without access logs", "      AccessLogSettings:", "      Tags: { was: logged }\n      Ignored:"),
    ("checkov", "a table without backups", "PointInTimeRecoveryEnabled: true", "PointInTimeRecoveryEnabled: false"),
    ("checkov", "a queue that is not encrypted, unexplained", "    # checkov:skip=CKV_AWS_27", "    # no skip=CKV_AWS_27"),
    ("contract", "a group of paths that leads nowhere", 'Path: "/chat/assets/{proxy+}"', 'Path: "/chat/asset/{proxy+}"'),
    ("contract", "a group that is not greedy", 'Path: "/admin/chat/{proxy+}"', 'Path: "/admin/chat/{proxy}"'),
    ("contract", "a route that takes another function's paths", 'Path: "/health"', 'Path: "/chat/widget.js"'),
    ("contract", "a route that takes no preflights", 'Method: ANY, Path: "/admin/chat', 'Method: GET, Path: "/admin/chat'),
    ("contract", "a log of sockets, which needs a role of the account", "      AutoDeploy: true\n", "      AutoDeploy: true\n      AccessLogSettings: { DestinationArn: x, Format: '{}' }\n"),
    ("contract", "routes of sockets that reach no stage", "      AutoDeploy: true\n", "      AutoDeploy: false\n"),
    ("contract", "a stage that is made before its routes", "    DependsOn: [ConnectRoute, DisconnectRoute, DefaultRoute]\n", ""),
    ("contract", "mail that the sandbox refuses", "identity/*\n", "identity/${MailFrom}\n"),
    ("contract", "mail without a condition on its sender", "                  Condition:\n                    StringEquals:\n                      ses:FromAddress: !Ref MailFrom\n", ""),
    ("contract", "an identity that goes with a parameter", "    Condition: RegistersMailFrom\n    DeletionPolicy: RetainExceptOnCreate\n", "    Condition: RegistersMailFrom\n    DeletionPolicy: Delete\n"),
    ("contract", "a table that no rollback can delete", "DeletionProtectionEnabled: !If [ProtectsTable, true, false]", "DeletionProtectionEnabled: true"),
    ("contract", "a table that a failed start leaves", "    DeletionPolicy: RetainExceptOnCreate\n    UpdateReplacePolicy: Retain\n    Properties:\n      BillingMode", "    DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain\n    Properties:\n      BillingMode"),
    ("contract", "tables that do not wait for the check of names", "    DependsOn: [StackNameCheck, Schedules]\n", ""),
    ("contract", "mail in a region without SES", "ap-southeast-4, ", ""),
    ("contract", "a digest that is missed at once", "IF(FILL(used, 0) > 0, FILL(runs, 0), 1)", "FILL(runs, 0)"),
    ("contract", "an alarm that stays", 'SUM(FILL(METRICS("m"), 0))', 'SUM(METRICS("m"))'),
    ("contract", "another threshold of SES", "FILL(complaints, 0) / 0.001", "FILL(complaints, 0) / 0.01"),
    ("contract", "an alarm over a metric that the code does not have", "MetricName: NoticesFailed", "MetricName: NoticeFailed"),
    ("contract", "calls of schedules that are lost", "        SCHEDULE_FAILURES: !GetAtt MailFailures.Arn\n", ""),
    ("contract", "a queue that Scheduler may not fill", "              # Calls that Lambda refused at every attempt.\n              - Effect: Allow\n                Action: sqs:SendMessage\n                Resource: !GetAtt MailFailures.Arn\n", ""),
    ("contract", "functions without a tag", "    Tags: { app: live-chat }\n", ""),
    ("contract", "an index that the code does not read", "IndexName: waiting", "IndexName: waits"),
    ("contract", "another attribute that expires", "AttributeName: expires_at\n", "AttributeName: expires\n"),
    ("contract", "every right on a table", "Action: dynamodb:Query\n", 'Action: "dynamodb:*"\n'),
    ("contract", "a right to scan", "Action: [dynamodb:GetItem, dynamodb:Query,", "Action: [dynamodb:Scan, dynamodb:Query,"),
    ("contract", "every connection of every API", "${SocketApi}/live/*/@connections/*", "*/*/*/@connections/*"),
    ("contract", "mails from any address", "ses:FromAddress: !Ref MailFrom", 'ses:FromAddress: "*"'),
    ("contract", "every secret of the account", "parameter/${AWS::StackName}/jwt-secret", "parameter/*"),
    ("contract", "a secret among the variables", "        CHAT_TABLE: !Ref ChatTable\n", "        CHAT_TABLE: !Ref ChatTable\n        JWT_SECRET: x\n"),
    ("contract", "a variable that nobody reads", "METRICS_NAMESPACE:", "METRIC_NAMESPACE:"),
    ("contract", "a role that SAM makes", "      Role: !GetAtt AdminRole.Arn\n", ""),
    ("contract", "AWS's own policy", "        - PolicyName: web\n", "        - PolicyName: web\n      ManagedPolicyArns: [x]\n      Other:\n        - PolicyName: web\n"),
    ("contract", "CORS by the gateway", "      StageName: $default\n", '      StageName: $default\n      CorsConfiguration: { AllowOrigins: ["*"] }\n'),
    ("contract", "pages of any origin", "    AllowedPattern: ^[^*].*$\n", "    AllowedPattern: ^[^*].*$\n    Default: https://any.example\n"),
    ("contract", "sockets that nobody guards", "RouteKey: $connect", "RouteKey: $connected"),
    ("contract", "a table that goes with the stack", "    DeletionPolicy: RetainExceptOnCreate\n    UpdateReplacePolicy: Retain\n", "    DeletionPolicy: Delete\n    UpdateReplacePolicy: Delete\n"),
    ("contract", "a call that is tried for ever", "        MaximumEventAgeInSeconds: 3600\n", ""),
    ("contract", "records that are lost", "              OnFailure:\n", "              OnSuccess:\n"),
    ("contract", "a third follower of the stream", "      Events:\n        Told:\n", "      Events:\n        Third: { Type: DynamoDB, Properties: { Stream: !GetAtt ChatTable.StreamArn, StartingPosition: LATEST } }\n        Told:\n"),
    ("contract", "a follower that gives up before an outage ends", "            MaximumRetryAttempts: -1\n", "            MaximumRetryAttempts: 10\n"),
    ("contract", "records that the stream drops unseen", "MaximumRecordAgeInSeconds: 82800", "MaximumRecordAgeInSeconds: 86400"),
    ("contract", "records of relay among those of activity", "                Destination: !GetAtt RelayFailures.Arn\n", "                Destination: !GetAtt ActivityFailures.Arn\n"),
    ("contract", "totals that wait for the bus", "                Resource: !GetAtt ActivityFailures.Arn\n", "                Resource: !GetAtt ActivityFailures.Arn\n              - { Effect: Allow, Action: events:PutEvents, Resource: !GetAtt EventBus.Arn }\n"),
    ("contract", "a queue that is polled", "      Events:\n        # The second follower", "      Events:\n        Polled: { Type: SQS, Properties: { Queue: !GetAtt EventQueue.Arn } }\n        # The second follower"),
    ("contract", "events that have no queue", '          EVENT_QUEUE: !If [PublishesEvents, !Ref EventQueue, ""]\n', ""),
    ("contract", "a queue of events that is not there", "      RedrivePolicy:\n        deadLetterTargetArn: !GetAtt EventFailures.Arn\n        maxReceiveCount: 144\n", ""),
    ("contract", "events that are given up within the hour", "maxReceiveCount: 144", "maxReceiveCount: 3"),
    ("contract", "an event in two calls at once", "      VisibilityTimeout: 300\n", ""),
    ("contract", "events that the next call does not see", "VisibilityTimeout: 300", "VisibilityTimeout: 900"),
    ("contract", "what is set aside for four days only", "      MessageRetentionPeriod: 1209600\n", ""),
    ("contract", "a queue that relay cannot empty", "sqs:ReceiveMessage, sqs:DeleteMessage]", "sqs:ReceiveMessage]"),
    ("contract", "every queue of the account", "                  Resource: !GetAtt EventQueue.Arn\n", '                  Resource: "*"\n'),
    ("contract", "a schedule that may not call relay", "                  - !Sub arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}-relay\n", ""),
    ("contract", "schedules that call a name that there is not", "      FunctionName: !Sub ${AWS::StackName}-relay\n", "      FunctionName: !Sub ${AWS::StackName}-events\n"),
    ("contract", "a daily call that relay does not know", """Input: '{"retry":"events"}'""", """Input: '{"again":"events"}'"""),
    ("contract", "a daily call where nothing is published", "            State: !If [PublishesEvents, ENABLED, DISABLED]\n", ""),
    ("contract", "a lag that nobody watches", "Dimensions: [{ Name: FunctionName, Value: !Ref RelayFunction }]", "Dimensions: [{ Name: FunctionName, Value: !Ref ActivityFunction }]"),
    ("contract", "dead events that nobody hears of", "!GetAtt EventFailures.QueueName }]", "!GetAtt EventQueue.QueueName }]"),
    ("contract", "queries in the access log", '"status":"$context.status",\n', '"status":"$context.status","path":"$context.path",\n'),
    ("contract", "an alarm that always costs", "  ApiFails:\n    Type: AWS::CloudWatch::Alarm\n    Condition: HasAlarms\n", "  ApiFails:\n    Type: AWS::CloudWatch::Alarm\n"),
    ("contract", "no ceiling", "        ThrottlingRateLimit: 500\n", ""),
    ("checkov", "a bucket that may become public", "        BlockPublicPolicy: true\n", ""),
    ("contract", "files over an open line", '              Bool: { aws:SecureTransport: "false" }\n', '              Bool: { aws:SecureTransport: "true" }\n'),
    ("contract", "files that everybody may read", "        RestrictPublicBuckets: true\n", "        RestrictPublicBuckets: false\n"),
    ("contract", "files that uploaders own", "ObjectOwnership: BucketOwnerEnforced", "ObjectOwnership: ObjectWriter"),
    ("contract", "all files expire", "            TagFilters: [{ Key: state, Value: new }]\n", ""),
    ("contract", "unused files that stay", "            ExpirationInDays: 7\n", "            ExpirationInDays: 30\n"),
    ("contract", "an upload that no browser may make", "AllowedMethods: [GET, PUT]", "AllowedMethods: [GET]"),
    ("contract", "an upload whose headers no browser may send", ", if-none-match, x-amz-tagging]", ", if-none-match]"),
    ("contract", "a bucket's name that a stack's name may break", "      PublicAccessBlockConfiguration:\n", "      BucketName: !Sub ${AWS::StackName}-files\n      PublicAccessBlockConfiguration:\n"),
    ("contract", "every object of every bucket", "                Resource: !Sub ${FilesBucket.Arn}/files/*\n", '                Resource: "*"\n'),
    ("contract", "mails that nobody scans", "        ScanEnabled: true\n", "        ScanEnabled: false\n"),
    ("contract", "mails that anybody stores", "            Principal: { Service: ses.amazonaws.com }\n            Action: s3:PutObject\n", '            Principal: "*"\n            Action: s3:PutObject\n'),
    ("rights", "an upload whose tag is refused", "s3:PutObject, s3:PutObjectTagging, ", "s3:PutObject, "),
    ("rights", "a missing file that looks forbidden", "                Action: s3:ListBucket\n", "                Action: s3:GetBucketLocation\n"),
    ("rights", "a search by name that finds no channels", "/index/channel_hash\n                  - !Sub ${ChatTable.Arn}/index/member\n", "/index/channel_hash\n"),
    ("rights", "tickets of unknown guests that cannot be counted", "Action: [dynamodb:GetItem, dynamodb:Query, dynamodb:PutItem, dynamodb:UpdateItem, dynamodb:DeleteItem]", "Action: [dynamodb:Query, dynamodb:PutItem, dynamodb:UpdateItem, dynamodb:DeleteItem]"),
    ("rights", "a digest that cannot find who waits", "                  - !Sub ${ChatTable.Arn}/index/waiting\n", ""),
    ("rights", "mails in a configuration set that is not allowed", "configuration-set/${MailConfiguration}", "configuration-set/${OtherConfiguration}"),
    ("rights", "schedules whose role cannot be passed", "Action: iam:PassRole", "Action: iam:GetRole"),
    ("rights", "a relay that may delete messages", "                  - dynamodb:UpdateItem\n                Resource: !GetAtt ChatTable.Arn\n", "                  - dynamodb:UpdateItem\n                  - dynamodb:DeleteItem\n                Resource: !GetAtt ChatTable.Arn\n"),
    ("rights", "a relay that cannot note what it learned", "                  - dynamodb:UpdateItem\n                Resource: !GetAtt ChatTable.Arn\n", "                Resource: !GetAtt ChatTable.Arn\n"),
    ("rights", "a connection that realtime cannot find", "                  - dynamodb:GetItem\n                  - dynamodb:Query\n                  - dynamodb:PutItem\n                  - dynamodb:UpdateItem\n                  - dynamodb:DeleteItem\n", "                  - dynamodb:Query\n                  - dynamodb:PutItem\n                  - dynamodb:UpdateItem\n                  - dynamodb:DeleteItem\n"),
    ("rights", "a master key that store cannot read", "              - Effect: Allow\n                Action: ssm:GetParameter\n                Resource: !Sub arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${AWS::StackName}/master-key\n", ""),
    ("rights", "a right that nothing needs", "Action: [dynamodb:Query, dynamodb:PutItem, dynamodb:DeleteItem]", "Action: [dynamodb:Query, dynamodb:PutItem, dynamodb:UpdateItem, dynamodb:DeleteItem]"),
    ("contract", "a network of its own", "      Timeout: 60\n", "      Timeout: 60\n      VpcConfig: { SubnetIds: [] }\n"),
]


def refuses(gate: str, template: pathlib.Path) -> bool:
    command = [part.format(template=template) for part in GATES[gate]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, env={**os.environ, "TEMPLATE": str(template)}, check=False)
    return done.returncode != 0


def main() -> int:
    text = (ROOT / "template.yaml").read_text()
    passed = True
    with tempfile.TemporaryDirectory() as folder:
        template = pathlib.Path(folder) / "template.yaml"
        template.write_text(text)
        for gate in GATES:
            if refuses(gate, template):
                print(f"FAILED: {gate} refuses the template as it is")
                passed = False
        for gate, what, there, instead in BROKEN:
            if there not in text:
                print(f"FAILED: {gate}, {what}: the template has no {there!r} any more")
                passed = False
                continue
            template.write_text(text.replace(there, instead))
            if refuses(gate, template):
                print(f"ok: {gate} refuses {what}")
            else:
                print(f"FAILED: {gate} lets through {what}")
                passed = False
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
