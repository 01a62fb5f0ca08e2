//! `template.yaml` agrees with the code: the same routes, tables, indexes and variables, and rights
//! no wider than needed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use axum::http::{HeaderName, HeaderValue, Method};
use local::HttpFunction;
use serde_json::{Map, Value, json};
use store::{KeyType, TABLES};

use crate::file;

/// The template as JSON: `!Ref x` becomes `{"Ref": "x"}`.
pub(crate) fn template() -> Value {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests/gates/broken.py proves that these tests find what is broken"
    )]
    read(&std::env::var("TEMPLATE").unwrap_or_else(|_| "template.yaml".to_owned()))
}

fn read(name: &str) -> Value {
    let text = std::fs::read_to_string(file(name)).expect(name);
    plain(serde_yaml_ng::from_str(&text).expect("YAML"))
}

fn plain(value: serde_yaml_ng::Value) -> Value {
    match value {
        serde_yaml_ng::Value::Tagged(tagged) => {
            json!({ tagged.tag.to_string().trim_start_matches('!'): plain(tagged.value) })
        }
        serde_yaml_ng::Value::Mapping(map) => {
            let text =
                |key: serde_yaml_ng::Value| key.as_str().map(str::to_owned).expect("a text key");
            Value::Object(map.into_iter().map(|(key, value)| (text(key), plain(value))).collect())
        }
        serde_yaml_ng::Value::Sequence(list) => Value::Array(list.into_iter().map(plain).collect()),
        other => serde_json::to_value(other).expect("a plain value"),
    }
}

pub(crate) fn resources(template: &Value, kind: &str) -> BTreeMap<String, Value> {
    let all = template["Resources"].as_object().unwrap();
    all.iter()
        .filter(|(_, resource)| resource["Type"] == kind)
        .map(|(name, resource)| (name.clone(), resource["Properties"].clone()))
        .collect()
}

pub(crate) fn functions(template: &Value) -> BTreeMap<String, Value> {
    resources(template, "AWS::Serverless::Function")
}

/// The statements of a function's role, conditional ones included. Fails unless the function uses
/// its own role, and the role has exactly one policy.
pub(crate) fn statements(template: &Value, function: &str) -> Vec<Value> {
    let name = function.replace("Function", "Role");
    let properties = &template["Resources"][function]["Properties"];
    assert_eq!(properties["Role"], json!({ "GetAtt": format!("{name}.Arn") }), "{function}");
    assert!(properties["Policies"].is_null(), "{function}: SAM would make a role of its own");
    let role = &template["Resources"][&name]["Properties"];
    let trust = json!([{
        "Effect": "Allow",
        "Principal": { "Service": "lambda.amazonaws.com" },
        "Action": "sts:AssumeRole",
    }]);
    assert_eq!(role["AssumeRolePolicyDocument"]["Statement"], trust, "{name}");
    assert!(
        role["ManagedPolicyArns"].is_null(),
        "{name}: AWS's own policies are wider than needed"
    );
    let [policy] = role["Policies"].as_array().unwrap().as_slice() else {
        panic!("{name}: one policy")
    };
    // A policy of its own, where the role's would be a circle, comes first.
    let apart = resources(template, "AWS::IAM::Policy");
    let apart = apart.values().filter(|policy| policy["Roles"] == json!([{ "Ref": name }]));
    let nothing = json!({ "Ref": "AWS::NoValue" });
    let each = |statement: &Value| match statement["If"].as_array() {
        Some(parts) => parts.iter().skip(1).filter(|branch| **branch != nothing).cloned().collect(),
        None => vec![statement.clone()],
    };
    let documents = apart.chain([policy]).map(|policy| &policy["PolicyDocument"]["Statement"]);
    documents.flat_map(|list| list.as_array().unwrap()).flat_map(each).collect()
}

/// The template's routes of the HTTP API, each with its function's logical name, and the functions
/// of `$default`.
fn http_routes(template: &Value) -> (Vec<(String, String)>, Vec<String>) {
    let (mut routes, mut defaults) = (Vec::new(), Vec::new());
    for (function, properties) in functions(template) {
        for (name, event) in properties["Events"].as_object().into_iter().flatten() {
            if event["Type"] != "HttpApi" {
                continue;
            }
            assert_eq!(event["Properties"]["PayloadFormatVersion"], "2.0", "{function}/{name}");
            match (event["Properties"]["Method"].as_str(), event["Properties"]["Path"].as_str()) {
                (Some("ANY"), Some(path)) => routes.push((path.to_owned(), function.clone())),
                (None, None) => defaults.push(function.clone()),
                (method, path) => panic!(
                    "{function}/{name}: {method:?} {path:?}; functions answer OPTIONS and \
                     HEAD of their paths, too"
                ),
            }
        }
    }
    routes.sort();
    (routes, defaults)
}

pub(crate) fn logical_name(function: HttpFunction) -> String {
    format!("{function:?}Function")
}

#[test]
fn its_routes_equal_those_of_the_local_gateway() {
    let template = template();
    let (routes, defaults) = http_routes(&template);
    let mut expected: Vec<_> = local::ROUTES
        .iter()
        .map(|(path, function)| ((*path).to_owned(), logical_name(*function)))
        .collect();
    expected.sort();
    assert_eq!(routes, expected);
    assert_eq!(defaults, [logical_name(local::DEFAULT)], "unknown paths go to one function");
    assert!(
        template["Resources"]["HttpApi"]["Properties"]["CorsConfiguration"].is_null(),
        "the functions handle CORS"
    );
}

#[test]
fn each_path_of_the_code_leads_to_the_function_that_serves_it() {
    let template = template();
    let (routes, _) = http_routes(&template);
    let mut used = BTreeSet::new();
    for (function, path) in local::paths() {
        // A request may have any value for a variable, even a literal segment of another path.
        for value in ["x", "unread-count", "assets", "unsubscribe", "chat", "health"] {
            let asked: Vec<_> = path
                .split('/')
                .map(|segment| if segment.starts_with('{') { value } else { segment })
                .collect();
            let asked = asked.join("/");
            let route =
                local::most_specific(routes.iter().map(|(route, _)| route.as_str()), &asked);
            let (route, leads_to) = routes
                .iter()
                .find(|(found, _)| Some(found.as_str()) == route)
                .unwrap_or_else(|| panic!("{asked}: no route"));
            assert_eq!(*leads_to, logical_name(function), "{asked} takes the route {route}");
            used.insert(route.as_str());
        }
    }
    let routes = routes.iter().map(|(route, _)| route.as_str());
    let unused: Vec<_> = routes.filter(|route| !used.contains(route)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[tokio::test]
async fn every_function_handles_preflights_of_its_own_paths() {
    let shop = harness::Shop::open().await;
    let page = "http://localhost:8000";
    for (path, function) in local::ROUTES {
        let headers = [("origin", page), ("access-control-request-method", "GET")];
        let headers = headers
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let asked = path.replace("{proxy+}", "any/path").replace("{file}", "any");
        let event = shop.running.gateway.event(
            &Method::OPTIONS,
            &asked,
            &headers.into_iter().collect(),
            b"",
            "192.0.2.1",
            shop.running.app.clock.now(),
        );
        assert_eq!(event["routeKey"], format!("ANY {path}"), "the route of {function:?}");
        let called = shop.running.gateway.call(event).await.expect("an answer");
        assert_eq!(
            (called.status, called.payload["headers"]["access-control-allow-origin"].as_str()),
            (204, Some(page)),
            "{asked}"
        );
    }
    // Each function has the same list of origins: Globals sets it, and no function overrides it.
    let template = template();
    assert_eq!(
        template["Globals"]["Function"]["Environment"]["Variables"]["ALLOWED_ORIGINS"],
        json!({ "Ref": "AllowedOrigins" })
    );
    for (name, properties) in functions(&template) {
        assert!(properties["Environment"]["Variables"]["ALLOWED_ORIGINS"].is_null(), "{name}");
    }
}

#[test]
fn its_tables_equal_those_of_the_store() {
    let template = template();
    let tables = resources(&template, "AWS::DynamoDB::Table");
    assert_eq!(tables.len(), TABLES.len());
    for schema in TABLES {
        let table = &tables[schema.logical_name];
        let letter = |kind| if kind == KeyType::Text { "S" } else { "N" };
        let keys = schema.key_attributes().into_iter();
        let attributes: BTreeMap<_, _> = keys.map(|(name, kind)| (name, letter(kind))).collect();
        let mut indexes = Vec::new();
        for index in schema.indexes {
            let mut keys = vec![json!({ "AttributeName": index.hash.0, "KeyType": "HASH" })];
            keys.extend(
                index.range.map(|(name, _)| json!({ "AttributeName": name, "KeyType": "RANGE" })),
            );
            let projection = if index.included.is_empty() {
                json!({ "ProjectionType": "KEYS_ONLY" })
            } else {
                json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": index.included })
            };
            indexes.push(
                json!({ "IndexName": index.name, "KeySchema": keys, "Projection": projection }),
            );
        }
        let found =
            table["AttributeDefinitions"].as_array().unwrap().iter().map(|a| {
                (a["AttributeName"].as_str().unwrap(), a["AttributeType"].as_str().unwrap())
            });
        assert_eq!(found.collect::<BTreeMap<_, _>>(), attributes);
        assert_eq!(
            table["GlobalSecondaryIndexes"].as_array().cloned().unwrap_or_default(),
            indexes
        );
        assert_eq!(
            table["KeySchema"],
            json!([
                { "AttributeName": "pk", "KeyType": "HASH" },
                { "AttributeName": "sk", "KeyType": "RANGE" },
            ])
        );
        assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
        assert_eq!(table["TimeToLiveSpecification"]["AttributeName"].as_str(), schema.ttl);
        assert_eq!(
            table["StreamSpecification"]["StreamViewType"].as_str(),
            schema.stream.then_some("NEW_AND_OLD_IMAGES")
        );
    }
    let kept = &template["Resources"]["ChatTable"];
    assert_eq!(
        kept["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"],
        true
    );
}

#[test]
fn lasting_resources_outlive_the_stack_but_not_a_failed_first_deployment() {
    let template = template();
    let mut stays = BTreeSet::new();
    for (name, resource) in template["Resources"].as_object().unwrap() {
        let policies = (&resource["DeletionPolicy"], &resource["UpdateReplacePolicy"]);
        if policies == (&json!("RetainExceptOnCreate"), &json!("Retain")) {
            stays.insert(name.as_str());
        } else {
            assert!(
                policies == (&json!("Delete"), &json!("Delete"))
                    || policies == (&json!(null), &json!(null)),
                "{name}: {policies:?}"
            );
        }
    }
    // If a change of parameters deleted the identity, SES would reject every mail.
    assert_eq!(stays, BTreeSet::from(["ChatTable", "FilesBucket", "MailBucket", "MailSender"]));
    // A roll-back could not delete a protected table.
    let protected = &template["Resources"]["ChatTable"]["Properties"]["DeletionProtectionEnabled"];
    assert_eq!(*protected, json!({ "If": ["ProtectsTable", true, false] }));
    assert_eq!(
        template["Conditions"]["ProtectsTable"],
        json!({ "Equals": [{ "Ref": "ProtectTable" }, "true"] })
    );
    assert_eq!(template["Parameters"]["ProtectTable"]["Default"], "false");
    let guide = std::fs::read_to_string(file("docs/deploy.md")).expect("docs/deploy.md");
    assert!(guide.contains("ProtectTable=true"), "the guide must end with a protected table");
    // The stack does not create an identity that exists in SES.
    let registers = json!({
        "And": [{ "Condition": "HasMail" }, { "Equals": [{ "Ref": "MailIdentity" }, ""] }],
    });
    assert_eq!(template["Conditions"]["RegistersMailFrom"], registers);
    assert_eq!(template["Resources"]["MailSender"]["Condition"], "RegistersMailFrom");
}

#[test]
fn the_buckets_are_private_encrypted_and_reached_by_tls_only() {
    let template = template();
    let buckets = resources(&template, "AWS::S3::Bucket");
    assert_eq!(buckets.keys().collect::<Vec<_>>(), ["FilesBucket", "MailBucket"]);
    for (name, bucket) in &buckets {
        check_bucket(&template, name, bucket);
    }
}

/// What holds for each bucket.
fn check_bucket(template: &Value, name: &str, bucket: &Value) {
    let blocked = json!({
        "BlockPublicAcls": true,
        "BlockPublicPolicy": true,
        "IgnorePublicAcls": true,
        "RestrictPublicBuckets": true,
    });
    assert_eq!(bucket["PublicAccessBlockConfiguration"], blocked);
    let owned = json!({ "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] });
    assert_eq!(bucket["OwnershipControls"], owned, "access control lists count for nothing");
    assert_eq!(
        bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"],
        json!([{ "ServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" } }])
    );
    for absent in ["AccessControl", "WebsiteConfiguration", "VersioningConfiguration"] {
        assert!(bucket[absent].is_null(), "{absent}: files are private, and gone once deleted");
    }
    // A stack's name may have capitals and 128 characters, a bucket's may not. And a fixed name
    // would still be taken when a stack is created again, since the bucket outlives it.
    assert!(bucket["BucketName"].is_null());
    let policies = resources(template, "AWS::S3::BucketPolicy");
    let policy = &policies[&format!("{name}Policy")];
    assert_eq!(policy["Bucket"], json!({ "Ref": name }));
    assert_eq!(
        policy["PolicyDocument"]["Statement"][0],
        json!({
            "Sid": "OnlyTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [
                { "GetAtt": format!("{name}.Arn") },
                { "Sub": format!("${{{name}.Arn}}/*") },
            ],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        })
    );
}

#[test]
fn only_ses_stores_mails_and_they_go_after_a_week() {
    let template = template();
    let bucket = &resources(&template, "AWS::S3::Bucket")["MailBucket"];
    let rule = &bucket["LifecycleConfiguration"]["Rules"][0];
    assert_eq!((&rule["Prefix"], &rule["ExpirationInDays"]), (&json!(inbound::FOLDER), &json!(7)));
    let policies = resources(&template, "AWS::S3::BucketPolicy");
    let account = json!({ "StringEquals": { "aws:SourceAccount": { "Ref": "AWS::AccountId" } } });
    let statements = policies["MailBucketPolicy"]["PolicyDocument"]["Statement"].as_array();
    let [_, receive] = statements.unwrap().as_slice() else { panic!("two statements") };
    assert_eq!(receive["Principal"], json!({ "Service": "ses.amazonaws.com" }));
    assert_eq!(receive["Action"], "s3:PutObject");
    assert_eq!(receive["Resource"], json!({ "Sub": "${MailBucket.Arn}/in/*" }));
    assert_eq!(receive["Condition"]["StringEquals"], account["StringEquals"]);
    // One action, and the owner activates the rule's set.
    let rule = &resources(&template, "AWS::SES::ReceiptRule")["ReplyRule"]["Rule"];
    let into = json!({ "BucketName": { "Ref": "MailBucket" }, "ObjectKeyPrefix": inbound::FOLDER });
    assert_eq!(rule["Actions"], json!([{ "S3Action": into }]));
    assert_eq!((&rule["ScanEnabled"], &rule["Enabled"]), (&json!(true), &json!(true)));
    assert_eq!(rule["Recipients"], json!([{ "Ref": "InboundDomain" }]));
    // Without a domain none of it exists.
    let all = template["Resources"].as_object().unwrap();
    for name in [
        "InboundFunction",
        "InboundLog",
        "InboundMailPolicy",
        "InboundRole",
        "MailBucket",
        "MailBucketPolicy",
        "ReplyRule",
    ] {
        assert_eq!(all[name]["Condition"], "HasReplies", "{name}");
    }
    assert_eq!(all["RuleSet"]["Condition"], "MakesRuleSet");
    assert_eq!(template["Parameters"]["InboundDomain"]["Default"], "");
    let guide = std::fs::read_to_string(file("docs/deploy.md")).expect("docs/deploy.md");
    assert!(guide.contains("set-active-receipt-rule-set"), "the owner activates the rule set");
}

#[test]
fn unused_files_expire_as_they_do_locally() {
    let template = template();
    let bucket = &resources(&template, "AWS::S3::Bucket")["FilesBucket"];
    let (name, value) = blobs::NEW_TAG.split_once('=').expect("a tag");
    assert_eq!(
        bucket["LifecycleConfiguration"]["Rules"],
        json!([
            {
                "Id": "unused",
                "Status": "Enabled",
                "TagFilters": [{ "Key": name, "Value": value }],
                "ExpirationInDays": blobs::NEW_DAYS,
            },
            {
                "Id": "unfinished",
                "Status": "Enabled",
                "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": 1 },
            },
        ])
    );
    // At the midnight after these days, and within eight: docs/api.md.
    assert_eq!(blobs::NEW_DAYS, 7);
}

#[test]
fn the_buckets_cors_is_for_the_allowed_origins_and_as_locally() {
    let template = template();
    let bucket = &resources(&template, "AWS::S3::Bucket")["FilesBucket"];
    let rules = bucket["CorsConfiguration"]["CorsRules"].as_array().expect("rules");
    let [rule] = rules.as_slice() else { panic!("one rule") };
    let local = local::dev::s3::CORS;
    assert_eq!(rule["AllowedMethods"], json!(local.methods));
    assert_eq!(rule["AllowedHeaders"], json!(local.headers));
    assert_eq!(rule["MaxAge"], json!(local.max_age_s));
    let listed = &rule["AllowedOrigins"]["Split"];
    let cleaned = &listed[1]["Join"][1]["Split"];
    assert_eq!((&listed[0], &cleaned[0]), (&json!(","), &json!(" ")));
    let chosen = &cleaned[1]["If"];
    assert_eq!(chosen[0], "HasFilesOrigins");
    assert_eq!(chosen[1], json!({ "Ref": "FilesOrigins" }));
    assert_eq!(chosen[2]["Join"][1][0], json!({ "Ref": "AllowedOrigins" }));
    assert_eq!(template["Parameters"]["FilesOrigins"]["Default"], "");
    let guide = std::fs::read_to_string(file("docs/deploy.md")).expect("docs/deploy.md");
    assert!(guide.contains("FilesOrigins=*"), "the guide says what to do about patterns");
}

#[test]
fn unusable_parameters_fail_before_any_resource_is_created() {
    let template = template();
    // SSM and Scheduler reject their reserved names. All other resources refer to the tables.
    let check = &template["Resources"]["StackNameCheck"];
    assert_eq!(
        (&check["Type"], &check["Properties"]["Name"]),
        (&json!("AWS::SSM::Parameter"), &json!({ "Sub": "/${AWS::StackName}/stack" }))
    );
    let tables = resources(&template, "AWS::DynamoDB::Table");
    for name in tables.keys().map(String::as_str).chain(["FilesBucket"]) {
        assert_eq!(
            template["Resources"][name]["DependsOn"],
            json!(["StackNameCheck", "Schedules"]),
            "{name}"
        );
    }
    // The regions without AWS::SES::EmailIdentity in cfn-lint.
    let rule = &template["Rules"]["MailNeedsSes"];
    assert_eq!(
        rule["RuleCondition"],
        json!({ "Fn::Not": [{ "Fn::Equals": [{ "Ref": "MailFrom" }, ""] }] })
    );
    let without_ses = &rule["Assertions"][0]["Assert"]["Fn::Not"][0]["Fn::Contains"];
    assert_eq!(without_ses[1], json!({ "Ref": "AWS::Region" }));
    let regions: Vec<&str> =
        without_ses[0].as_array().unwrap().iter().map(|region| region.as_str().unwrap()).collect();
    assert!(
        regions.contains(&"ap-southeast-4")
            && regions.contains(&"cn-north-1")
            && !regions.contains(&"eu-west-1"),
        "{regions:?}"
    );
    assert!(
        rule["Assertions"][0]["AssertDescription"]
            .as_str()
            .unwrap()
            .starts_with("SES does not exist in this region.")
    );
}

#[test]
fn the_guide_prevents_the_failures_of_a_new_account() {
    let guide = std::fs::read_to_string(file("docs/deploy.md")).expect("docs/deploy.md");
    // In this order: the binaries are checked before the deployment, and the sender before the
    // shop relies on mail.
    let steps = [
        "\nunset CARGO_LAMBDA_COMPILER\n",
        "aws lambda get-account-settings",
        "aws budgets create-budget",
        "\nsam build",
        "\npython3 tests/gates/binaries.py\n",
        "\nsam deploy",
        "ProtectTable=true",
        "MailFrom=",
        "24 hours",
        "aws ses get-identity-verification-attributes",
        "## Taking it down",
        "aws cloudformation delete-stack",
        "aws apigatewayv2 delete-api-mapping",
        "sam delete",
        "aws dynamodb delete-table",
        "aws ssm delete-parameters",
    ];
    let mut from = 0;
    for step in steps {
        from += guide
            .get(from..)
            .and_then(|rest| rest.find(step))
            .unwrap_or_else(|| panic!("{step:?} is missing, or too early"))
            + step.len();
    }
    let template = template();
    let without_ses =
        template["Rules"]["MailNeedsSes"]["Assertions"][0]["Assert"]["Fn::Not"][0]["Fn::Contains"]
            [0]
        .as_array()
        .unwrap();
    for region in without_ses {
        assert!(guide.contains(&format!("`{}`", region.as_str().unwrap())), "{region}");
    }
}

#[test]
fn every_deployment_tags_its_resources_and_cleans_up_a_failed_start() {
    let text = std::fs::read_to_string(file("samconfig.toml")).expect("samconfig.toml");
    let sections: Vec<&str> = text.split("\n[").collect();
    let named = |suffix: &str| {
        sections
            .iter()
            .filter(|section| section.lines().next().is_some_and(|head| head.ends_with(suffix)))
            .collect::<Vec<_>>()
    };
    let (deploys, builds) = (named(".deploy.parameters]"), named(".build.parameters]"));
    assert_eq!((deploys.len(), builds.len()), (2, 2));
    for section in deploys {
        assert!(
            section.contains("tags = [\"app=live-chat\"]")
                && section.contains("on_failure = \"DELETE\""),
            "{section}"
        );
    }
    // The owner changes the architecture here, so that the build uses it too.
    for section in builds {
        assert!(section.contains("parameter_overrides = [\"Architecture=x86_64\"]"), "{section}");
    }
    assert_eq!(template()["Globals"]["Function"]["Tags"], json!({ "app": "live-chat" }));
}

#[test]
fn its_variables_equal_those_that_the_code_reads() {
    let template = template();
    let mut set: BTreeSet<&str> = BTreeSet::new();
    let all = functions(&template);
    let own = all.values().map(|properties| &properties["Environment"]["Variables"]);
    for variables in own.chain([&template["Globals"]["Function"]["Environment"]["Variables"]]) {
        set.extend(variables.as_object().into_iter().flatten().map(|(name, _)| name.as_str()));
    }
    let asked = RefCell::new(BTreeSet::new());
    // Every optional part has a value, so that the code reads all variables.
    let answer = |name: &str| match name {
        "JWT_PUBLIC_KEY" | "ALLOW_INSECURE_JWT_SECRET" => None,
        "ALLOWED_ORIGINS" | "PUBLIC_URL" | "EMBED_ORIGINS" | "MEDUSA_URL" => {
            Some("https://shop.example".to_owned())
        }
        "MAIL_FROM" | "INBOX_ADDRESS" => Some("chat@shop.example".to_owned()),
        "MAIL_LANGUAGE" => Some("en".to_owned()),
        "FILE_TYPES" => Some("image/png".to_owned()),
        _ => Some("7".to_owned()),
    };
    app::Config::read(|name| {
        asked.borrow_mut().insert(name.to_owned());
        answer(name)
    })
    .expect("a configuration");
    // Lambda or an emulator sets the first. The others are for the local server, and stay unset.
    let is_elsewhere = |name: &str| {
        name.starts_with("AWS_")
            || ["ALLOW_INSECURE_JWT_SECRET", "ALLOW_LOCAL_PUSH_SERVICES"].contains(&name)
    };
    let asked = asked.into_inner();
    let asked: BTreeSet<&str> =
        asked.iter().map(String::as_str).filter(|name| !is_elsewhere(name)).collect();
    assert_eq!(set, asked);
    assert!(
        template["Parameters"]["AllowedOrigins"]["Default"].is_null(),
        "the owner must decide which pages may read the chat"
    );
    // A function that sends mails needs a complete unsubscribe link, with or without PublicUrl. A
    // function has the name of a secret only if it may read it.
    let url = json!({
        "If": ["HasPublicUrl", { "Sub": "${PublicUrl}" }, { "GetAtt": "HttpApi.ApiEndpoint" }],
    });
    let jwt = json!({ "If": ["ChecksBySecret", { "Sub": "/${AWS::StackName}/jwt-secret" }, ""] });
    let master = json!({ "Sub": "/${AWS::StackName}/master-key" });
    let medusa =
        json!({ "If": ["AsksMedusa", { "Sub": "/${AWS::StackName}/medusa-api-key" }, ""] });
    let [jwt, master, medusa] = [
        ("JWT_SECRET_PARAMETER", jwt),
        ("MASTER_KEY_PARAMETER", master),
        ("MEDUSA_API_KEY_PARAMETER", medusa),
    ];
    let sends = vec![master.clone(), medusa.clone(), ("PUBLIC_URL", url)];
    let queue = json!({ "If": ["PublishesEvents", { "Ref": "EventQueue" }, ""] });
    let bucket = ("FILES_BUCKET", json!({ "Ref": "FilesBucket" }));
    let files = ("FILES_ORIGIN", json!({ "Sub": "https://${FilesBucket.RegionalDomainName}" }));
    let parameters = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter";
    for (name, properties) in &all {
        let own = match name.as_str() {
            "StoreFunction" | "AdminFunction" => vec![jwt.clone(), master.clone()],
            "RealtimeFunction" => vec![jwt.clone()],
            "FilesFunction" => vec![jwt.clone(), master.clone(), bucket.clone()],
            "ShopFunction" => vec![jwt.clone(), medusa.clone()],
            "RelayFunction" => {
                let queue = ("EVENT_QUEUE", queue.clone());
                vec![master.clone(), medusa.clone(), queue, bucket.clone()]
            }
            "WebFunction" => vec![files.clone()],
            "InboundFunction" => vec![master.clone(), medusa.clone(), bucket.clone()],
            "NoticeFunction" | "DigestFunction" => sends.clone(),
            _ => Vec::new(),
        };
        let own: Map<String, Value> =
            own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let variables =
            properties["Environment"]["Variables"].as_object().cloned().unwrap_or_default();
        assert_eq!(variables, own, "{name}");
        let rights = statements(&template, name)
            .into_iter()
            .filter(|statement| statement["Action"] == "ssm:GetParameter");
        let rights: BTreeSet<String> = rights
            .map(|statement| statement["Resource"]["Sub"].as_str().unwrap().to_owned())
            .collect();
        let named = variables.iter().filter(|(name, _)| name.ends_with("_PARAMETER"));
        let named: BTreeSet<String> = named
            .map(|(_, value)| value["Sub"].as_str().or(value["If"][1]["Sub"].as_str()).unwrap())
            .map(|parameter| format!("{parameters}{parameter}"))
            .collect();
        assert_eq!(rights, named, "{name} may read the parameters that its variables name");
    }
    let parameters = template["Parameters"].as_object().unwrap();
    assert!(
        parameters.values().all(|parameter| parameter["NoEcho"].is_null()),
        "no parameter is a secret"
    );
}

#[test]
fn every_function_has_its_own_rights_and_log() {
    let template = template();
    let logs = resources(&template, "AWS::Logs::LogGroup");
    let mut groups = BTreeSet::new();
    for (name, properties) in functions(&template) {
        let group = properties["LoggingConfig"]["LogGroup"]["Ref"]
            .as_str()
            .unwrap_or_else(|| panic!("{name} has no log group"));
        assert_eq!(group, name.replace("Function", "Log"));
        assert!(logs[group]["RetentionInDays"].is_object(), "{group} is never deleted");
        assert!(groups.insert(group.to_owned()), "{group} is shared");
        let mut statements = statements(&template, &name);
        let log = json!({
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": { "GetAtt": format!("{group}.Arn") },
        });
        assert_eq!(statements.pop(), Some(log), "{name}");
        assert_eq!(
            statements.is_empty(),
            name == "WebFunction",
            "{name}: only the function that serves files needs no right"
        );
        for statement in statements {
            assert_eq!(too_wide(&statement), None, "{name}: {statement}");
        }
    }
    assert_eq!(groups.len(), 12);
}

#[test]
fn only_functions_that_need_a_right_beyond_the_tables_have_it() {
    let template = template();
    let all = functions(&template);
    let who = |action: &str| -> Vec<&str> {
        let has = |function: &str| {
            statements(&template, function).iter().any(|statement| statement["Action"] == action)
        };
        all.keys().map(String::as_str).filter(|function| has(function)).collect()
    };
    assert_eq!(who("ses:SendRawEmail"), ["DigestFunction", "NoticeFunction"]);
    assert_eq!(who("scheduler:CreateSchedule"), ["NoticeFunction", "RelayFunction"]);
    assert_eq!(who("iam:PassRole"), ["NoticeFunction", "RelayFunction"]);
    assert_eq!(who("events:PutEvents"), ["RelayFunction"]);
    assert_eq!(
        who("execute-api:ManageConnections"),
        [
            "AdminFunction",
            "DigestFunction",
            "InboundFunction",
            "NoticeFunction",
            "RealtimeFunction",
            "RelayFunction",
            "StoreFunction",
        ]
    );
    // These store their failed calls in a queue. (Scheduler stores its failed calls with a role of
    // its own.)
    let set_aside = [
        "ActivityFunction",
        "DigestFunction",
        "FeedbackFunction",
        "InboundFunction",
        "NoticeFunction",
        "RelayFunction",
    ];
    assert_eq!(who("sqs:SendMessage"), set_aside);
    assert_eq!(who("dynamodb:ListStreams"), FOLLOWERS);
    assert_eq!(who("s3:ListBucket"), ["FilesFunction", "InboundFunction", "RelayFunction"]);
    let with_bucket = all
        .iter()
        .filter(|(_, function)| !function["Environment"]["Variables"]["FILES_BUCKET"].is_null());
    let with_bucket: Vec<_> = with_bucket.map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        with_bucket,
        ["FilesFunction", "InboundFunction", "RelayFunction"],
        "no other function calls S3"
    );
    assert_eq!(
        statements(&template, "FeedbackFunction").len(),
        3,
        "feedback only records addresses"
    );
}

#[test]
fn the_check_of_rights_finds_rights_that_are_too_wide() {
    let table = json!({ "GetAtt": "ChatTable.Arn" });
    for (action, resource) in [
        (json!("*"), table.clone()),
        (json!("dynamodb:*"), table.clone()),
        (json!(["dynamodb:GetItem", "dynamodb:Scan"]), table.clone()),
        (json!("dynamodb:GetItem"), json!("*")),
        (json!("dynamodb:GetItem"), json!([{ "Sub": "${ChatTable.Arn}/index/*" }])),
        (json!("dynamodb:DeleteTable"), table.clone()),
        (json!("dynamodb:DeleteItem"), table.clone()),
        (
            json!("execute-api:ManageConnections"),
            json!({
                "Sub": concat!(
                    "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:",
                    "*/@connections/*",
                ),
            }),
        ),
        (json!("execute-api:Invoke"), json!({ "Sub": CONNECTIONS })),
        (json!("dynamodb:GetItem"), json!({ "GetAtt": "OtherTable.Arn" })),
    ] {
        let mut statement = Map::new();
        statement.insert("Action".to_owned(), action);
        statement.insert("Resource".to_owned(), resource);
        assert!(too_wide(&Value::Object(statement.clone())).is_some(), "{statement:?}");
    }
}

#[test]
fn the_check_of_rights_finds_each_widened_right_beyond_the_tables() {
    let with = |statement: &Value, field: &str, value: Value| {
        let mut changed = statement.clone();
        changed[field] = value;
        changed
    };
    for good in rights_beyond_tables() {
        assert_eq!(too_wide(&good), None, "{good}");
        assert_eq!(too_wide(&with(&good, "Effect", json!("Allow"))), None, "{good}");
        let first = good["Action"].as_str().or(good["Action"][0].as_str());
        let service = first.and_then(|action| action.split(':').next()).unwrap();
        let mut wider = vec![
            with(&good, "Action", json!(format!("{service}:*"))),
            with(&good, "Action", json!([good["Action"], "dynamodb:GetItem"])),
            with(&good, "Resource", json!("*")),
            with(&good, "Resource", json!([good["Resource"], "*"])),
            with(&good, "Resource", json!({ "GetAtt": "ChatTable.Arn" })),
        ];
        let mut always = good.clone();
        if always.as_object_mut().unwrap().remove("Condition").is_some() {
            wider.push(always);
        }
        for statement in wider {
            assert!(too_wide(&statement).is_some(), "{statement}");
        }
    }
    // Mistakes that are easily made.
    let [_, schedule, pass, publish, parameter, mail, ..] = rights_beyond_tables();
    let arn = |rest: &str| json!({ "Sub": format!("arn:${{AWS::Partition}}:{rest}") });
    let here = "${AWS::Region}:${AWS::AccountId}";
    for statement in [
        with(&schedule, "Resource", arn(&format!("scheduler:{here}:schedule/*/*"))),
        with(&schedule, "Resource", arn(&format!("scheduler:{here}:schedule/default/*"))),
        with(&schedule, "Action", json!("scheduler:DeleteSchedule")),
        with(&pass, "Resource", arn("iam::${AWS::AccountId}:role/*")),
        with(&pass, "Resource", json!({ "GetAtt": "OtherRole.Arn" })),
        with(
            &pass,
            "Condition",
            json!({ "StringEquals": { "iam:PassedToService": "lambda.amazonaws.com" } }),
        ),
        with(&pass, "Condition", json!({ "StringLike": { "iam:PassedToService": "*" } })),
        with(&publish, "Resource", arn(&format!("events:{here}:event-bus/default"))),
        with(&parameter, "Resource", arn(&format!("ssm:{here}:parameter/*"))),
        with(&parameter, "Action", json!(["ssm:GetParameter", "ssm:GetParametersByPath"])),
        // Any identity is allowed, but none of another account, and always with the sender's
        // address in the condition.
        with(
            &mail,
            "Resource",
            json!([arn("ses:${AWS::Region}:*:identity/*"), mail["Resource"][1]]),
        ),
        with(&mail, "Resource", json!([arn(&format!("ses:{here}:*")), mail["Resource"][1]])),
        with(
            &mail,
            "Resource",
            json!([mail["Resource"][0], arn(&format!("ses:{here}:configuration-set/*"))]),
        ),
        with(
            &mail,
            "Condition",
            json!({ "StringEqualsIfExists": { "ses:FromAddress": { "Ref": "MailFrom" } } }),
        ),
        with(
            &mail,
            "Condition",
            json!({ "StringEquals": { "ses:FromAddress": [{ "Ref": "MailFrom" }, "*"] } }),
        ),
        with(
            &mail,
            "Condition",
            json!({ "StringEquals": { "ses:FromDisplayName": { "Ref": "MailFrom" } } }),
        ),
        with(&mail, "Action", json!(["ses:SendRawEmail", "ses:SendEmail"])),
        with(&mail, "Condition", json!({ "StringLike": { "ses:FromAddress": "*" } })),
        with(
            &mail,
            "Condition",
            json!({ "StringEquals": { "ses:FromAddress": { "Ref": "InboxAddress" } } }),
        ),
    ] {
        assert!(too_wide(&statement).is_some(), "{statement}");
    }
}

/// All connections of our own WebSocket API's stage.
const CONNECTIONS: &str = concat!(
    "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:",
    "${SocketApi}/live/*/@connections/*",
);

/// Every right beyond those on tables, exactly as in a policy: a thief could use each.
fn rights_beyond_tables() -> [Value; 20] {
    let account = "${AWS::Region}:${AWS::AccountId}";
    let here = |service: &str, rest: &str| {
        let arn = format!("arn:${{AWS::Partition}}:{service}:{account}:{rest}");
        json!({ "Sub": arn })
    };
    let parameter = |name: &str| {
        let name = format!("parameter/${{AWS::StackName}}/{name}");
        json!({ "Action": "ssm:GetParameter", "Resource": here("ssm", &name) })
    };
    [
        json!({ "Action": "execute-api:ManageConnections", "Resource": { "Sub": CONNECTIONS } }),
        json!({
            "Action": "scheduler:CreateSchedule",
            "Resource": here("scheduler", "schedule/${AWS::StackName}/*"),
        }),
        json!({
            "Action": "iam:PassRole",
            "Resource": { "GetAtt": "ScheduleRole.Arn" },
            "Condition": { "StringEquals": { "iam:PassedToService": "scheduler.amazonaws.com" } },
        }),
        json!({ "Action": "events:PutEvents", "Resource": { "GetAtt": "EventBus.Arn" } }),
        parameter("medusa-api-key"),
        json!({
            "Action": "ses:SendRawEmail",
            // In the sandbox SES requires a right on the recipient's identity, too. The condition
            // limits it.
            "Resource": [
                here("ses", "identity/*"),
                here("ses", "configuration-set/${MailConfiguration}"),
            ],
            "Condition": { "StringEquals": { "ses:FromAddress": { "Ref": "MailFrom" } } },
        }),
        parameter("jwt-secret"),
        parameter("master-key"),
        json!({ "Action": "sqs:SendMessage", "Resource": { "GetAtt": "MailFailures.Arn" } }),
        json!({ "Action": "sqs:SendMessage", "Resource": { "GetAtt": "ActivityFailures.Arn" } }),
        json!({ "Action": "sqs:SendMessage", "Resource": { "GetAtt": "RelayFailures.Arn" } }),
        json!({
            "Action": ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"],
            "Resource": { "GetAtt": "EventQueue.Arn" },
        }),
        json!({
            "Action": [
                "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator",
            ],
            "Resource": { "GetAtt": "ChatTable.StreamArn" },
        }),
        // Of `files`, whose presigned URLs browsers use, and of `relay`.
        json!({
            "Action": ["s3:PutObject", "s3:PutObjectTagging", "s3:GetObject", "s3:DeleteObject"],
            "Resource": { "Sub": "${FilesBucket.Arn}/files/*" },
        }),
        json!({
            "Action": ["s3:DeleteObjectTagging", "s3:DeleteObject"],
            "Resource": { "Sub": "${FilesBucket.Arn}/files/*" },
        }),
        json!({ "Action": "s3:ListBucket", "Resource": { "GetAtt": "FilesBucket.Arn" } }),
        // Of `inbound`: it stores the files of mails, and reads and deletes mails.
        json!({
            "Action": ["s3:PutObject", "s3:PutObjectTagging"],
            "Resource": { "Sub": "${FilesBucket.Arn}/files/*" },
        }),
        json!({
            "Action": ["s3:GetObject", "s3:DeleteObject"],
            "Resource": { "Sub": "${MailBucket.Arn}/in/*" },
        }),
        json!({ "Action": "s3:ListBucket", "Resource": { "GetAtt": "MailBucket.Arn" } }),
        // A stream's name ends with the time of its creation, which Lambda looks up.
        json!({
            "Action": "dynamodb:ListStreams",
            "Resource": { "Sub": "${ChatTable.Arn}/stream/*" },
        }),
    ]
}

/// The part of a statement that allows more than a function needs.
fn too_wide(statement: &Value) -> Option<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    let needed = ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "BatchWriteItem"];
    let mut needed: Vec<String> =
        needed.iter().map(|action| format!("dynamodb:{action}")).collect();
    let mut right = statement.clone();
    right.as_object_mut().unwrap().remove("Effect");
    if rights_beyond_tables().contains(&right) {
        return None;
    }
    // Functions delete only ephemeral items.
    if statement["Resource"] == json!({ "GetAtt": "EphemeralTable.Arn" }) {
        needed.push("dynamodb:DeleteItem".to_owned());
    }
    let actions = list(&statement["Action"])
        .into_iter()
        .map(|action| action.as_str().unwrap_or("?").to_owned());
    let resources = list(&statement["Resource"]).into_iter().map(|resource| resource.to_string());
    let ours = |resource: &str| {
        (resource.contains("ChatTable.Arn") || resource.contains("EphemeralTable.Arn"))
            && !resource.contains('*')
    };
    actions
        .into_iter()
        .find(|action| !needed.contains(action))
        .or_else(|| resources.into_iter().find(|resource| !ours(resource)))
}

#[test]
fn sockets_have_three_routes_to_one_function_that_decides_who_connects() {
    let template = template();
    let mut keys: Vec<String> = Vec::new();
    for (name, route) in resources(&template, "AWS::ApiGatewayV2::Route") {
        assert_eq!(
            route["Target"],
            json!({ "Sub": "integrations/${SocketIntegration}" }),
            "{name}"
        );
        keys.push(route["RouteKey"].as_str().unwrap().to_owned());
    }
    keys.sort();
    assert_eq!(keys, ["$connect", "$default", "$disconnect"]);
    let integration =
        template["Resources"]["SocketIntegration"]["Properties"]["IntegrationUri"]["Sub"]
            .as_str()
            .unwrap();
    assert!(integration.contains("${RealtimeFunction.Arn}"));
    let stage = &template["Resources"]["SocketStage"]["Properties"];
    let name = stage["StageName"].as_str().unwrap();
    for variable in ["SOCKETS_URL", "SOCKETS_ENDPOINT"] {
        let url = template["Globals"]["Function"]["Environment"]["Variables"][variable]["Sub"]
            .as_str()
            .unwrap();
        assert!(url.ends_with(&format!("/{name}")) && url.contains("${SocketApi}"), "{url}");
    }
    let format = template["Resources"]["HttpApi"]["Properties"]["AccessLogSettings"]["Format"]
        .as_str()
        .unwrap()
        .to_lowercase();
    for private in ["path", "query", "header", "authorizer", "identity"] {
        assert!(!format.contains(private), "{private} is logged: {format}");
    }
}

#[test]
fn the_sockets_stage_needs_no_account_settings_and_deploys_its_routes() {
    let template = template();
    let stage = &template["Resources"]["SocketStage"];
    // Logs of a WebSocket API need a role for the whole account and region, which a new account
    // lacks.
    assert!(
        stage["Properties"]["AccessLogSettings"].is_null(),
        "CreateStage fails in a new account"
    );
    assert!(
        stage["Properties"]["DefaultRouteSettings"]["LoggingLevel"].is_null(),
        "CreateStage fails with execution logs, too"
    );
    assert_eq!(stage["Properties"]["AutoDeploy"], true, "a later route reaches the stage");
    assert!(
        stage["Properties"]["DeploymentId"].is_null()
            && resources(&template, "AWS::ApiGatewayV2::Deployment").is_empty()
    );
    let mut after: Vec<&str> =
        stage["DependsOn"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    after.sort_unstable();
    assert_eq!(
        after,
        resources(&template, "AWS::ApiGatewayV2::Route").keys().collect::<Vec<_>>(),
        "the stage is deployed after all routes"
    );
    assert!(
        resources(&template, "AWS::ApiGateway::Account").is_empty(),
        "it would change the logs of other stacks in the account"
    );
}

/// The functions that follow the stream. DynamoDB serves two followers of a shard, and
/// rejects reads of a third.
const FOLLOWERS: [&str; 2] = ["ActivityFunction", "RelayFunction"];

#[test]
fn the_stream_has_two_followers_with_a_limit_and_a_place_for_failures() {
    let template = template();
    let mut followers = Vec::new();
    for (name, properties) in functions(&template) {
        let events = properties["Events"].as_object().into_iter().flatten();
        let streams: Vec<_> = events.filter(|(_, event)| event["Type"] == "DynamoDB").collect();
        let [(event, stream)] = streams.as_slice() else {
            assert!(streams.is_empty(), "{name} follows twice");
            continue;
        };
        // Another name would create a second mapping of the same function.
        assert!(name != "ActivityFunction" || *event == "HeadWritten", "{event}");
        check_follower(&name, &stream["Properties"]);
        followers.push(name);
    }
    assert_eq!(followers, FOLLOWERS);
    let mappings = resources(&template, "AWS::Lambda::EventSourceMapping");
    assert!(
        mappings.is_empty() && resources(&template, "AWS::Pipes::Pipe").is_empty(),
        "another follower"
    );
}

/// One follower: it gets all its records, no others, and retries as long as the stream has them.
fn check_follower(name: &str, stream: &Value) {
    assert_eq!(stream["Stream"], json!({ "GetAtt": "ChatTable.StreamArn" }), "{name}");
    assert_eq!(
        stream["StartingPosition"], "TRIM_HORIZON",
        "{name}: it also needs the records before its creation"
    );
    assert_eq!(stream["BisectBatchOnFunctionError"], true, "{name}");
    // An outage may outlast any number of tries. After 24 hours the stream silently drops a record.
    assert_eq!(stream["MaximumRetryAttempts"], -1, "{name}");
    let age = stream["MaximumRecordAgeInSeconds"].as_u64().unwrap();
    assert!((80_000..86_400).contains(&age), "{name}: set aside before the stream drops it");
    let failures = format!("{}.Arn", name.replace("Function", "Failures"));
    let aside = json!({ "Type": "SQS", "Destination": { "GetAtt": failures } });
    assert_eq!(stream["DestinationConfig"]["OnFailure"], aside, "{name}");
    let filters = stream["FilterCriteria"]["Filters"].as_array().unwrap().iter();
    let patterns: Vec<Value> = filters
        .map(|filter| serde_json::from_str(filter["Pattern"].as_str().unwrap()).unwrap())
        .collect();
    let exists = json!([{ "exists": true }]);
    let heads = json!({ "dynamodb": { "NewImage": { "channel_hash": { "S": exists } } } });
    let new_entries = json!({
        "eventName": ["INSERT"],
        "dynamodb": { "NewImage": { "event_id": { "S": exists } } },
    });
    let people = json!({ "dynamodb": { "NewImage": { "profile_at": { "N": exists } } } });
    let mut expected = vec![heads, new_entries, people];
    if name == "RelayFunction" {
        expected.push(json!({
            "eventName": ["MODIFY"],
            "dynamodb": { "NewImage": { "taken_by": { "N": exists } } },
        }));
        expected.push(json!({
            "eventName": ["REMOVE"],
            "dynamodb": { "OldImage": { "content_type": { "S": exists } } },
        }));
    }
    assert_eq!(patterns, expected, "{name}: no other record invokes it");
}

#[test]
fn each_follower_of_the_stream_has_the_rights_of_its_own_calls() {
    let template = template();
    let on_table = |function: &str| -> Vec<Value> {
        let table = json!({ "GetAtt": "ChatTable.Arn" });
        let all = statements(&template, function)
            .into_iter()
            .filter(|statement| statement["Resource"] == table);
        all.map(|statement| statement["Action"].clone()).collect()
    };
    let named = |names: &[&str]| {
        json!(names.iter().map(|name| format!("dynamodb:{name}")).collect::<Vec<_>>())
    };
    let folds = named(&["GetItem", "BatchGetItem", "BatchWriteItem", "PutItem", "UpdateItem"]);
    assert_eq!(on_table("ActivityFunction"), [folds]);
    // It records profiles and notices in items of people, and appends automatic replies.
    let replies = named(&["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem"]);
    assert_eq!(on_table("RelayFunction"), [replies]);
    for service in ["scheduler:", "iam:", "events:", "ssm:", "ses:", "execute-api:"] {
        let calls = |statement: &Value| {
            statement["Action"].as_str().is_some_and(|action| action.starts_with(service))
        };
        let other = statements(&template, "ActivityFunction").into_iter().find(calls);
        assert_eq!(other, None, "activity calls DynamoDB only: no other outage delays it");
    }
}

#[test]
fn events_that_the_bus_rejects_are_queued_retried_for_a_day_and_kept_for_two_weeks() {
    let template = template();
    let queues = resources(&template, "AWS::SQS::Queue");
    let names: Vec<&str> = queues.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["ActivityFailures", "EventFailures", "EventQueue", "MailFailures", "RelayFailures"]
    );
    for (name, queue) in &queues {
        assert_eq!(queue["SqsManagedSseEnabled"], true, "{name}");
        assert_eq!(queue["MessageRetentionPeriod"], 1_209_600, "{name}: as long as SQS allows");
    }
    let published = under(&template, "PublishesEvents");
    assert_eq!(
        published.keys().copied().collect::<Vec<_>>(),
        ["EventBus", "EventFailures", "EventQueue"]
    );
    let (queue, relay) = (&queues["EventQueue"], functions(&template)["RelayFunction"].clone());
    let redrive = &queue["RedrivePolicy"];
    assert_eq!(redrive["deadLetterTargetArn"], json!({ "GetAtt": "EventFailures.Arn" }));
    // `relay` schedules its next call at the next full ten minutes.
    let calls_every = 600;
    assert_eq!(
        calls_every * redrive["maxReceiveCount"].as_u64().unwrap(),
        86_400,
        "a day of retries"
    );
    let hidden = queue["VisibilityTimeout"].as_u64().unwrap();
    assert!(hidden >= 5 * relay["Timeout"].as_u64().unwrap(), "no event is in two calls at once");
    assert!(hidden < calls_every, "the next call gets the events that the last one received");
    // Polling a queue costs money even without messages. A schedule calls instead.
    for (name, properties) in functions(&template) {
        let polls = properties["Events"]
            .as_object()
            .into_iter()
            .flatten()
            .any(|(_, event)| event["Type"] == "SQS");
        assert!(!polls, "{name} polls a queue");
    }
    let daily = &relay["Events"]["Daily"];
    assert_eq!(daily["Type"], "ScheduleV2");
    let daily = &daily["Properties"];
    assert_eq!(daily["ScheduleExpression"], "rate(1 day)");
    let input: Value = serde_json::from_str(daily["Input"].as_str().unwrap()).unwrap();
    assert_eq!(input, crate::read_event("relay-retry"));
    assert_eq!(daily["State"], json!({ "If": ["PublishesEvents", "ENABLED", "DISABLED"] }));
    assert_eq!(daily["GroupName"], json!({ "Ref": "Schedules" }));
    assert_eq!(daily["RoleArn"], json!({ "GetAtt": "ScheduleRole.Arn" }));
    assert_eq!(daily["DeadLetterConfig"]["Arn"], json!({ "GetAtt": "MailFailures.Arn" }));
}

#[test]
fn asynchronous_calls_are_retried_within_limits_and_then_queued_as_failures() {
    let functions = functions(&template());
    for (name, queue) in [
        ("NoticeFunction", "MailFailures"),
        ("DigestFunction", "MailFailures"),
        ("FeedbackFunction", "MailFailures"),
        ("InboundFunction", "MailFailures"),
        ("RelayFunction", "RelayFailures"),
    ] {
        let (function, invoke) = (&functions[name], &functions[name]["EventInvokeConfig"]);
        let (tries, age) = (
            invoke["MaximumRetryAttempts"].as_u64().unwrap() + 1,
            invoke["MaximumEventAgeInSeconds"].as_u64().unwrap(),
        );
        // Lambda waits one minute, then two.
        let longest = tries * function["Timeout"].as_u64().unwrap_or(10) + 180;
        assert!((2..=3).contains(&tries) && age >= longest, "{name}");
        let aside = json!({ "Type": "SQS", "Destination": { "GetAtt": format!("{queue}.Arn") } });
        assert_eq!(invoke["DestinationConfig"]["OnFailure"], aside, "{name}");
    }
    assert_eq!(functions["NoticeFunction"]["Timeout"], 30, "its claims rely on it");
    assert_eq!(functions["DigestFunction"]["Timeout"], 900, "its time limit relies on it");
    let stored = json!({
        "Bucket": { "Ref": "MailBucket" },
        "Events": "s3:ObjectCreated:*",
        "Filter": { "S3Key": { "Rules": [{ "Name": "prefix", "Value": inbound::FOLDER }] } },
    });
    assert_eq!(functions["InboundFunction"]["Events"]["Stored"]["Properties"], stored);
    let feedback = &functions["FeedbackFunction"]["Events"]["Told"]["Properties"];
    assert_eq!(feedback["Topic"], json!({ "Ref": "MailFeedback" }));
    assert_eq!(
        feedback["RedrivePolicy"]["deadLetterTargetArn"],
        json!({ "GetAtt": "MailFailures.Arn" })
    );
}

#[test]
fn the_digest_runs_at_the_time_that_the_owner_sets() {
    let template = template();
    let events = functions(&template)["DigestFunction"]["Events"].clone();
    let daily = &events["Daily"]["Properties"];
    assert_eq!(events["Daily"]["Type"], "ScheduleV2");
    assert_eq!(daily["ScheduleExpression"], json!({ "Ref": "DigestSchedule" }));
    assert_eq!(daily["ScheduleExpressionTimezone"], json!({ "Ref": "DigestTimezone" }));
    assert_eq!(daily["GroupName"], json!({ "Ref": "Schedules" }), "each stack has its own group");
    assert!(
        daily["RetryPolicy"]["MaximumRetryAttempts"].is_u64()
            && daily["RetryPolicy"]["MaximumEventAgeInSeconds"].is_u64()
    );
    assert_eq!(daily["DeadLetterConfig"]["Arn"], json!({ "GetAtt": "MailFailures.Arn" }));
    let default = |name: &str| template["Parameters"][name]["Default"].clone();
    assert_eq!(
        (default("DigestSchedule"), default("DigestTimezone")),
        (json!("cron(0 8 * * ? *)"), json!("UTC"))
    );
}

#[test]
fn one_time_schedules_call_only_notice_and_relay() {
    let template = template();
    let set = &template["Globals"]["Function"]["Environment"]["Variables"];
    let called = |name: &str, variable: &str, suffix: &str| {
        let function = format!("${{AWS::StackName}}-{suffix}");
        let here = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:";
        let arn = json!({ "Sub": format!("{here}{function}") });
        let known = json!({ "Sub": function });
        assert_eq!(functions(&template)[name]["FunctionName"], known);
        assert_eq!(set[variable], arn);
        arn
    };
    let notice = called("NoticeFunction", "NOTICE_FUNCTION", "notice");
    let relay = called("RelayFunction", "RELAY_FUNCTION", "relay");
    assert_eq!(set["SCHEDULE_ROLE"], json!({ "GetAtt": "ScheduleRole.Arn" }));
    assert_eq!(set["SCHEDULE_GROUP"], json!({ "Ref": "Schedules" }));
    assert_eq!(set["SCHEDULE_FAILURES"], json!({ "GetAtt": "MailFailures.Arn" }));
    assert_eq!(
        template["Resources"]["Schedules"]["Properties"]["Name"],
        json!({ "Ref": "AWS::StackName" })
    );
    let role = &template["Resources"]["ScheduleRole"]["Properties"];
    let ours = json!({
        "aws:SourceAccount": { "Ref": "AWS::AccountId" },
        "aws:SourceArn": { "GetAtt": "Schedules.Arn" },
    });
    let trust = json!([{
        "Effect": "Allow",
        "Principal": { "Service": "scheduler.amazonaws.com" },
        "Action": "sts:AssumeRole",
        "Condition": { "StringEquals": ours },
    }]);
    assert_eq!(role["AssumeRolePolicyDocument"]["Statement"], trust);
    assert_eq!(role["Policies"].as_array().map(Vec::len), Some(1));
    let rights = json!([
        { "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": [notice, relay] },
        {
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": { "GetAtt": "MailFailures.Arn" },
        },
    ]);
    assert_eq!(role["Policies"][0]["PolicyDocument"]["Statement"], rights);
}

#[test]
fn bounces_and_complaints_come_from_our_own_mails() {
    let template = template();
    let properties = |name: &str| template["Resources"][name]["Properties"].clone();
    let destination = properties("MailFeedbackDestination")["EventDestination"].clone();
    assert_eq!(destination["MatchingEventTypes"], json!(["BOUNCE", "COMPLAINT"]));
    assert_eq!(destination["SnsDestination"]["TopicARN"], json!({ "Ref": "MailFeedback" }));
    let set = &template["Globals"]["Function"]["Environment"]["Variables"]["SES_CONFIGURATION_SET"];
    assert_eq!(*set, json!({ "If": ["HasMail", { "Ref": "MailConfiguration" }, ""] }));
    let configuration = concat!(
        "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:",
        "configuration-set/${MailConfiguration}",
    );
    let from_ses = json!([{
        "Effect": "Allow",
        "Principal": { "Service": "ses.amazonaws.com" },
        "Action": "sns:Publish",
        "Resource": { "Ref": "MailFeedback" },
        "Condition": { "StringEquals": {
            "aws:SourceAccount": { "Ref": "AWS::AccountId" },
            "aws:SourceArn": { "Sub": configuration },
        } },
    }]);
    assert_eq!(properties("MailFeedbackPolicy")["PolicyDocument"]["Statement"], from_ses);
    let from_topic = json!([{
        "Effect": "Allow",
        "Principal": { "Service": "sns.amazonaws.com" },
        "Action": "sqs:SendMessage",
        "Resource": { "GetAtt": "MailFailures.Arn" },
        "Condition": { "ArnEquals": { "aws:SourceArn": { "Ref": "MailFeedback" } } },
    }]);
    assert_eq!(properties("MailFailuresPolicy")["PolicyDocument"]["Statement"], from_topic);
}

#[test]
fn parameters_in_policies_cannot_contain_wildcards() {
    let template = template();
    for name in ["MailFrom", "MailIdentity"] {
        let pattern = template["Parameters"][name]["AllowedPattern"].as_str().unwrap();
        let (mut inside, mut outside) = (String::new(), String::new());
        for part in pattern.split('[') {
            let (class, rest) = part.split_once(']').unwrap_or(("", part));
            inside.push_str(class);
            outside.push_str(rest);
        }
        assert!(!inside.contains(['*', '?', '$', '{', '^']), "{name}: a wildcard or a variable");
        assert!(!outside.contains(['.', '\\']), "{name}: any character at all");
    }
}

#[test]
fn the_example_for_medusa_forwards_each_mail_unchanged() {
    let example = read("integrations/medusa-notifications/template.yaml");
    let rule = &example["Resources"]["Rule"]["Properties"];
    assert_eq!(
        rule["EventPattern"],
        json!({ "source": ["live-chat"], "detail-type": ["chat.notification"] })
    );
    let [target] = rule["Targets"].as_array().unwrap().as_slice() else { panic!("one target") };
    assert_eq!(target["InputPath"], "$.detail");
    assert_eq!(target["DeadLetterConfig"]["Arn"], json!({ "GetAtt": "Failures.Arn" }));
    assert_eq!(example["Resources"]["Hook"]["Properties"]["HttpMethod"], "POST");
    let key =
        &example["Resources"]["Connection"]["Properties"]["AuthParameters"]["ApiKeyAuthParameters"];
    assert_eq!(
        *key,
        json!({ "ApiKeyName": "x-chat-token", "ApiKeyValue": { "Ref": "MedusaHookToken" } })
    );
    assert_eq!(example["Parameters"]["MedusaHookToken"]["NoEcho"], true);
}

/// The resources of one condition.
fn under<'a>(template: &'a Value, condition: &str) -> BTreeMap<&'a str, &'a Value> {
    let all = template["Resources"].as_object().unwrap().iter();
    all.filter(|(_, resource)| resource["Condition"] == condition)
        .map(|(name, resource)| (name.as_str(), resource))
        .collect()
}

/// An alarm over an expression ends when its figures end: a metric that is published only while
/// something is wrong is filled with 0 wherever it is used. (Alarms over `AWS/DynamoDB` ignore
/// missing data, whatever `TreatMissingData` says.)
fn every_metric_is_filled(name: &str, alarm: &Value) {
    let Some(metrics) = alarm["Metrics"].as_array() else {
        return assert_ne!(alarm["Namespace"], "AWS/DynamoDB", "{name} would stay in alarm");
    };
    let expressions: Vec<&str> =
        metrics.iter().filter_map(|metric| metric["Expression"].as_str()).collect();
    for metric in metrics.iter().filter(|metric| metric["MetricStat"].is_object()) {
        let id = metric["Id"].as_str().unwrap();
        let is_filled = |expression: &&str| {
            expression.contains(&format!("FILL({id}, 0)"))
                || (expression.contains("FILL(METRICS(\"m\"), 0)") && id.starts_with('m'))
        };
        assert!(expressions.iter().any(is_filled), "{name}: {id} is not filled in {expressions:?}");
    }
}

#[test]
fn the_alarm_of_the_digest_waits_for_the_first_run() {
    let template = template();
    let alarm = &template["Resources"]["DigestMissing"]["Properties"];
    let days = alarm["EvaluationPeriods"].as_u64().unwrap();
    // A day without use, such as one before the deployment, counts as a run.
    let runs_of = |used: f64, runs: f64| if used > 0.0 { runs } else { 1.0 };
    assert_eq!(alarm["Metrics"][0]["Expression"], "IF(FILL(used, 0) > 0, FILL(runs, 0), 1)");
    assert_eq!(
        (&alarm["ComparisonOperator"], &alarm["Threshold"]),
        (&json!("LessThanThreshold"), &json!(1))
    );
    let goes_off = |of_days: &[(f64, f64)]| {
        let last = of_days.iter().rev().take(usize::try_from(days).unwrap());
        last.map(|(used, runs)| runs_of(*used, *runs)).filter(|runs| *runs < 1.0).count() as u64
            == days
    };
    let (none, used, ran) = ((0.0, 0.0), (5.0, 0.0), (5.0, 1.0));
    assert!(!goes_off(&[none, none, used]), "right after the deployment");
    assert!(!goes_off(&[none, used, used]), "the day after, before the first run");
    assert!(!goes_off(&[none, none, none, none]), "in a shop without visits");
    assert!(!goes_off(&[ran, used, ran, used]));
    assert!(goes_off(&[ran, used, used, used]), "after the digest stopped");
}

#[test]
fn alarms_use_the_limits_of_ses_and_the_flood_parameter() {
    let template = template();
    let alarm = |name: &str| template["Resources"][name]["Properties"].clone();
    let worst = alarm("MailReputation")["Metrics"][0]["Expression"].clone();
    assert_eq!(
        worst, "MAX([FILL(bounces, 0) / 0.05, FILL(complaints, 0) / 0.001])",
        "SES reviews at 5 % and 0.1 %"
    );
    let named = |alarm: &Value| -> Vec<String> {
        let all = alarm["Metrics"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|metric| metric["MetricStat"]["Metric"]["MetricName"].as_str());
        all.map(str::to_owned).collect()
    };
    // The code counts failures under these names.
    let refused = named(&alarm("MailsRefused"));
    assert_eq!(refused, ["NoticesFailed", "DigestsFailed"]);
    for (metric, code) in
        refused.iter().zip(["functions/notice/src/lib.rs", "functions/digest/src/lib.rs"])
    {
        assert!(
            std::fs::read_to_string(file(code)).unwrap().contains(&format!("(\"{metric}\", ")),
            "{code} counts no {metric}"
        );
    }
    let board = template["Resources"]["Board"].to_string();
    for (metric, code) in [
        ("NoticesGivenUp", "functions/relay/src/schedules.rs"),
        ("FilesGivenUp", "functions/relay/src/objects.rs"),
        ("EventsQueued", "functions/relay/src/retry_queue.rs"),
    ] {
        assert!(
            std::fs::read_to_string(file(code)).unwrap().contains(&format!("(\"{metric}\", ")),
            "{code} counts no {metric}"
        );
        assert!(board.contains(metric), "{metric} is on no board");
    }
    assert_eq!(named(&alarm("Flooded")), ["Count", "MessageCount"]);
    assert_eq!(alarm("Flooded")["Threshold"], json!({ "Ref": "FloodRequests" }));
}

/// An alarm watches the lag of each follower and the messages in each queue.
fn alarms_watch_their_followers_and_queues(alarms: &BTreeMap<String, Value>) {
    for function in FOLLOWERS {
        let alarm = &alarms[&function.replace("Function", "Lags")];
        assert_eq!(alarm["MetricName"], "IteratorAge", "{function}");
        assert_eq!(
            alarm["Dimensions"],
            json!([{ "Name": "FunctionName", "Value": { "Ref": function } }])
        );
    }
    let lies_in = |queue: &str| {
        let name = format!("{queue}.QueueName");
        json!([{ "Name": "QueueName", "Value": { "GetAtt": name } }])
    };
    for (alarm, queue) in [
        ("ActivityFailed", "ActivityFailures"),
        ("RelayFailed", "RelayFailures"),
        ("MailFailed", "MailFailures"),
        ("EventsFailed", "EventFailures"),
    ] {
        assert_eq!(alarms[alarm]["MetricName"], "ApproximateNumberOfMessagesVisible", "{alarm}");
        assert_eq!(alarms[alarm]["Dimensions"], lies_in(queue), "{alarm}");
    }
    // A received event is invisible for a while, but still waits.
    let waits = &alarms["EventsWait"];
    let metric = |number: usize| &waits["Metrics"][number]["MetricStat"]["Metric"];
    assert_eq!(metric(1)["MetricName"], "ApproximateNumberOfMessagesVisible");
    assert_eq!(metric(2)["MetricName"], "ApproximateNumberOfMessagesNotVisible");
    assert_eq!(
        (&metric(1)["Dimensions"], &metric(2)["Dimensions"]),
        (&lies_in("EventQueue"), &lies_in("EventQueue"))
    );
    assert_eq!(
        waits["EvaluationPeriods"], 12,
        "an hour: an outage of the bus for minutes needs no action"
    );
}

#[test]
fn alarms_and_dashboard_cost_nothing_unless_enabled() {
    let template = template();
    let default = |name: &str| template["Parameters"][name]["Default"].clone();
    assert_eq!(
        (default("AlarmEmail"), default("Dashboard"), default("StoreConcurrency")),
        (json!(""), json!("false"), json!(0))
    );
    let mut watched = under(&template, "HasAlarms");
    let both = json!({ "And": [{ "Condition": "HasAlarms" }, { "Condition": "PublishesEvents" }] });
    assert_eq!(template["Conditions"]["WatchesEvents"], both);
    watched.extend(under(&template, "WatchesEvents"));
    let alarms = resources(&template, "AWS::CloudWatch::Alarm");
    let names: Vec<&str> = alarms.keys().map(String::as_str).collect();
    let expected = [
        "ActivityFailed",
        "ActivityLags",
        "ApiFails",
        "DigestMissing",
        "EventsFailed",
        "EventsWait",
        "Flooded",
        "MailBounces",
        "MailFailed",
        "MailReputation",
        "MailsRefused",
        "PushesMiss",
        "RelayFailed",
        "RelayLags",
        "SocketsFail",
        "Throttled",
    ];
    assert_eq!(names, expected);
    let guide = std::fs::read_to_string(file("docs/operations.md")).expect("docs/operations.md");
    for (name, alarm) in &alarms {
        assert!(watched.contains_key(name.as_str()), "{name} exists without a recipient");
        assert_eq!(alarm["AlarmActions"], json!([{ "Ref": "Alarms" }]), "{name}");
        // A shop without traffic is healthy, and so is a new one.
        assert_eq!(alarm["TreatMissingData"], "notBreaching", "{name}");
        every_metric_is_filled(name, alarm);
        assert!(
            alarm["AlarmDescription"].is_string() && guide.contains(&format!("`{name}`")),
            "{name}: the guide does not describe it"
        );
    }
    let metrics = &template["Globals"]["Function"]["Environment"]["Variables"]["METRICS_NAMESPACE"];
    assert_eq!(
        *metrics,
        json!({ "If": ["HasAlarms", { "Sub": "LiveChat/${AWS::StackName}" }, ""] }),
        "custom metrics cost money, too"
    );
    let boards = resources(&template, "AWS::CloudWatch::Dashboard");
    assert_eq!((boards.len(), under(&template, "HasDashboard").len()), (1, 1));
    let body = &boards["Board"]["DashboardBody"]["Sub"];
    let parts = body[1].as_object().unwrap();
    let conditions: Vec<_> =
        parts.iter().map(|(name, part)| (name.as_str(), &part["If"][0])).collect();
    let (events, replies) = (json!("PublishesEvents"), json!("HasReplies"));
    assert_eq!(
        conditions,
        [("EventQueues", &events), ("Inbound", &replies), ("Mails", &replies)],
        "without these the resources do not exist"
    );
    for is_on in [true, false] {
        let mut all = body[0].as_str().unwrap().to_owned();
        for (name, part) in parts {
            let part = if is_on { &part["If"][1]["Sub"] } else { &part["If"][2] };
            all = all.replace(&format!("${{{name}}}"), part.as_str().unwrap());
        }
        let all: Value = serde_json::from_str(&all).expect("JSON");
        assert!(all["widgets"].as_array().is_some_and(|widgets| widgets.len() > 5));
    }
    alarms_watch_their_followers_and_queues(&alarms);
    assert_eq!(
        template["Resources"]["StoreFunction"]["Properties"]["ReservedConcurrentExecutions"],
        json!({ "If": ["LimitsStore", { "Ref": "StoreConcurrency" }, { "Ref": "AWS::NoValue" }] })
    );
}

#[test]
fn no_resource_is_provisioned_or_in_a_private_network() {
    let template = template();
    for (name, resource) in template["Resources"].as_object().unwrap() {
        let kind = resource["Type"].as_str().unwrap();
        let costs_by_the_hour = [
            "AWS::EC2::",
            "AWS::ElasticLoadBalancingV2::",
            "AWS::KMS::Key",
            "AWS::SecretsManager::",
            "AWS::ApplicationAutoScaling::",
        ];
        assert!(
            !costs_by_the_hour.iter().any(|prefix| kind.starts_with(prefix)),
            "{name} costs money without traffic"
        );
        let text = resource.to_string();
        for word in
            ["VpcConfig", "ProvisionedConcurrency", "ProvisionedThroughput", "\"PROVISIONED\""]
        {
            assert!(!text.contains(word), "{name}: {word}");
        }
    }
    for (name, table) in resources(&template, "AWS::DynamoDB::Table") {
        assert_eq!(table["BillingMode"], "PAY_PER_REQUEST", "{name}");
    }
}

#[test]
fn the_gateways_have_rate_limits_and_leave_cors_to_the_functions() {
    let template = template();
    let http = &template["Resources"]["HttpApi"]["Properties"];
    assert!(
        http["CorsConfiguration"].is_null(),
        "the functions handle CORS: the gateway supports no regular expressions"
    );
    for stage in [http, &template["Resources"]["SocketStage"]["Properties"]] {
        let limits = &stage["DefaultRouteSettings"];
        assert!(limits["ThrottlingRateLimit"].is_u64() && limits["ThrottlingBurstLimit"].is_u64());
    }
    assert!(http["AccessLogSettings"]["DestinationArn"].is_object());
    // The client's timeout is the longest, then the function's, then that of one SDK attempt.
    let seconds = |name: &str| {
        functions(&template)[name]["Timeout"]
            .as_u64()
            .or(template["Globals"]["Function"]["Timeout"].as_u64())
    };
    for name in ["StoreFunction", "AdminFunction", "RealtimeFunction", "WebFunction"] {
        assert_eq!(seconds(name), Some(10), "{name}");
    }
    let limits = app::aws::SERVICE;
    assert!(
        limits.attempt.as_secs() == 2 && limits.attempt < limits.call && limits.call.as_secs() < 9
    );
    let client = std::fs::read_to_string(file("web/client/http.js")).unwrap();
    assert!(
        client.contains("TIMEOUT_MS = 12_000"),
        "the client's timeout must be longer than the function's"
    );
}
