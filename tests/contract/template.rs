//! `template.yaml` deploys what the code is: the same routes, tables, indexes and variables, and rights no wider than needed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use store::{KeyType, TABLES};

use crate::{file, routes};

/// The template as JSON: `!Ref x` becomes `{"Ref": "x"}`.
fn template() -> Value {
    let text = std::fs::read_to_string(file("template.yaml")).expect("template.yaml");
    plain(serde_yaml_ng::from_str(&text).expect("YAML"))
}

fn plain(value: serde_yaml_ng::Value) -> Value {
    match value {
        serde_yaml_ng::Value::Tagged(tagged) => json!({ tagged.tag.to_string().trim_start_matches('!'): plain(tagged.value) }),
        serde_yaml_ng::Value::Mapping(map) => {
            let text = |key: serde_yaml_ng::Value| key.as_str().map(str::to_owned).expect("a text key");
            Value::Object(map.into_iter().map(|(key, value)| (text(key), plain(value))).collect())
        }
        serde_yaml_ng::Value::Sequence(list) => Value::Array(list.into_iter().map(plain).collect()),
        other => serde_json::to_value(other).expect("a plain value"),
    }
}

fn resources(template: &Value, kind: &str) -> BTreeMap<String, Value> {
    let all = template["Resources"].as_object().unwrap();
    all.iter()
        .filter(|(_, resource)| resource["Type"] == kind)
        .map(|(name, resource)| (name.clone(), resource["Properties"].clone()))
        .collect()
}

fn functions(template: &Value) -> BTreeMap<String, Value> {
    resources(template, "AWS::Serverless::Function")
}

#[test]
fn it_has_the_routes_of_the_api_and_one_default() {
    let template = template();
    let (mut listed, mut defaults) = (Vec::new(), Vec::new());
    for (function, properties) in functions(&template) {
        for (name, event) in properties["Events"].as_object().into_iter().flatten() {
            if event["Type"] != "HttpApi" {
                continue;
            }
            assert_eq!(event["Properties"]["PayloadFormatVersion"], "2.0", "{function}/{name}");
            match (event["Properties"]["Method"].as_str(), event["Properties"]["Path"].as_str()) {
                (Some(method), Some(path)) => {
                    let scope = if path.starts_with("/admin/") { "AdminFunction" } else { "StoreFunction" };
                    assert_eq!(function, scope, "{path}");
                    listed.push(format!("{method} {path}"));
                }
                _ => defaults.push(function.clone()),
            }
        }
    }
    listed.sort();
    assert_eq!(listed, routes());
    assert_eq!(defaults, ["StoreFunction"], "unknown paths and OPTIONS go to one function");
    assert!(template["Resources"]["HttpApi"]["Properties"]["CorsConfiguration"].is_null(), "the functions answer CORS");
}

#[test]
fn its_tables_are_those_of_the_store() {
    let template = template();
    let tables = resources(&template, "AWS::DynamoDB::Table");
    assert_eq!(tables.len(), TABLES.len());
    for schema in TABLES {
        let table = &tables[schema.logical_name];
        let mut attributes = BTreeMap::from([("pk", "S"), ("sk", "S")]);
        let mut indexes = Vec::new();
        for index in schema.indexes {
            let mut keys = vec![json!({ "AttributeName": index.hash.0, "KeyType": "HASH" })];
            keys.extend(index.range.map(|(name, _)| json!({ "AttributeName": name, "KeyType": "RANGE" })));
            for (name, kind) in [Some(index.hash), index.range].into_iter().flatten() {
                attributes.insert(name, if kind == KeyType::Text { "S" } else { "N" });
            }
            indexes.push(json!({ "IndexName": index.name, "KeySchema": keys, "Projection": { "ProjectionType": "KEYS_ONLY" } }));
        }
        let found = table["AttributeDefinitions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|a| (a["AttributeName"].as_str().unwrap(), a["AttributeType"].as_str().unwrap()));
        assert_eq!(found.collect::<BTreeMap<_, _>>(), attributes);
        assert_eq!(table["GlobalSecondaryIndexes"].as_array().cloned().unwrap_or_default(), indexes);
        assert_eq!(
            table["KeySchema"],
            json!([{ "AttributeName": "pk", "KeyType": "HASH" }, { "AttributeName": "sk", "KeyType": "RANGE" }])
        );
        assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
        assert_eq!(table["TimeToLiveSpecification"]["AttributeName"].as_str(), schema.ttl);
        assert_eq!(table["StreamSpecification"]["StreamViewType"].as_str(), schema.stream.then_some("NEW_AND_OLD_IMAGES"));
    }
    let kept = &template["Resources"]["ChatTable"];
    assert_eq!((&kept["DeletionPolicy"], &kept["UpdateReplacePolicy"]), (&json!("Retain"), &json!("Retain")));
    assert_eq!(kept["Properties"]["DeletionProtectionEnabled"], true);
    assert_eq!(kept["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
}

#[test]
fn its_variables_are_those_that_the_code_reads() {
    let template = template();
    let set = template["Globals"]["Function"]["Environment"]["Variables"].as_object().unwrap();
    let set: BTreeSet<&str> = set.keys().map(String::as_str).collect();
    let asked = RefCell::new(BTreeSet::new());
    // An answer to everything, so that everything is asked for.
    let answer = |name: &str| match name {
        "JWT_SECRET" | "JWT_SECRET_PREVIOUS" => Some("0123456789abcdef0123456789abcdef".to_owned()),
        "JWT_PUBLIC_KEY" | "ALLOW_INSECURE_JWT_SECRET" => None,
        "ALLOWED_ORIGINS" | "PUBLIC_URL" => Some("https://shop.example".to_owned()),
        _ => Some("7".to_owned()),
    };
    runtime::Config::read(|name| {
        asked.borrow_mut().insert(name.to_owned());
        answer(name)
    })
    .expect("a configuration");
    // Lambda sets these; this one must be set by nobody.
    let elsewhere = [
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "AWS_ENDPOINT_URL",
        "ALLOW_INSECURE_JWT_SECRET",
    ];
    let asked = asked.into_inner();
    let asked: BTreeSet<&str> = asked.iter().map(String::as_str).filter(|name| !elsewhere.contains(name)).collect();
    assert_eq!(set, asked);
    assert!(template["Parameters"]["AllowedOrigins"]["Default"].is_null(), "whose pages may read the chat is a decision");
}

#[test]
fn every_function_has_its_own_rights_and_log() {
    let template = template();
    let logs = resources(&template, "AWS::Logs::LogGroup");
    let mut groups = BTreeSet::new();
    for (name, properties) in functions(&template) {
        let group = properties["LoggingConfig"]["LogGroup"]["Ref"].as_str().unwrap_or_else(|| panic!("{name} has no log group"));
        assert!(logs[group]["RetentionInDays"].is_object(), "{group} is kept for ever");
        assert!(groups.insert(group.to_owned()), "{group} is shared");
        let statements: Vec<&Value> =
            properties["Policies"].as_array().unwrap().iter().flat_map(|policy| policy["Statement"].as_array().unwrap()).collect();
        assert!(!statements.is_empty());
        for statement in statements {
            assert_eq!(too_wide(statement), None, "{name}: {statement}");
        }
    }
    assert_eq!(groups.len(), 4);
}

#[test]
fn the_check_of_rights_finds_what_is_too_wide() {
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
            json!({ "Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:*/@connections/*" }),
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

/// All connections of our own WebSocket API's stage.
const CONNECTIONS: &str = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${SocketApi}/live/*/@connections/*";

/// What of a statement allows more than a function needs.
fn too_wide(statement: &Value) -> Option<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    let needed = ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "BatchWriteItem"];
    let mut needed: Vec<String> = needed.iter().map(|action| format!("dynamodb:{action}")).collect();
    if statement["Resource"] == json!({ "Sub": CONNECTIONS }) {
        return (statement["Action"] != "execute-api:ManageConnections").then(|| statement["Action"].to_string());
    }
    // What lasts is never deleted by a function.
    if statement["Resource"] == json!({ "GetAtt": "EphemeralTable.Arn" }) {
        needed.push("dynamodb:DeleteItem".to_owned());
    }
    let actions = list(&statement["Action"]).into_iter().map(|action| action.as_str().unwrap_or("?").to_owned());
    let resources = list(&statement["Resource"]).into_iter().map(|resource| resource.to_string());
    let ours = |resource: &str| (resource.contains("ChatTable.Arn") || resource.contains("EphemeralTable.Arn")) && !resource.contains('*');
    actions.into_iter().find(|action| !needed.contains(action)).or_else(|| resources.into_iter().find(|resource| !ours(resource)))
}

#[test]
fn sockets_have_three_routes_to_one_function_that_decides_who_connects() {
    let template = template();
    let mut keys: Vec<String> = Vec::new();
    for (name, route) in resources(&template, "AWS::ApiGatewayV2::Route") {
        assert_eq!(route["Target"], json!({ "Sub": "integrations/${SocketIntegration}" }), "{name}");
        keys.push(route["RouteKey"].as_str().unwrap().to_owned());
    }
    keys.sort();
    assert_eq!(keys, ["$connect", "$default", "$disconnect"]);
    let integration = template["Resources"]["SocketIntegration"]["Properties"]["IntegrationUri"]["Sub"].as_str().unwrap();
    assert!(integration.contains("${RealtimeFunction.Arn}"));
    let stage = &template["Resources"]["SocketStage"]["Properties"];
    let name = stage["StageName"].as_str().unwrap();
    for variable in ["SOCKETS_URL", "SOCKETS_ENDPOINT"] {
        let url = template["Globals"]["Function"]["Environment"]["Variables"][variable]["Sub"].as_str().unwrap();
        assert!(url.ends_with(&format!("/{name}")) && url.contains("${SocketApi}"), "{url}");
    }
    for log in [&stage["AccessLogSettings"]["Format"], &template["Resources"]["HttpApi"]["Properties"]["AccessLogSettings"]["Format"]] {
        let format = log.as_str().unwrap().to_lowercase();
        for private in ["path", "query", "header", "authorizer", "identity"] {
            assert!(!format.contains(private), "{private} is logged: {format}");
        }
    }
}

#[test]
fn the_stream_is_followed_with_limits_and_a_place_for_failures() {
    let template = template();
    let events = functions(&template)["ActivityFunction"]["Events"].clone();
    let stream = &events.as_object().unwrap().values().next().unwrap()["Properties"];
    assert_eq!(stream["Stream"], json!({ "GetAtt": "ChatTable.StreamArn" }));
    assert_eq!(stream["StartingPosition"], "TRIM_HORIZON", "what was written before the first deploy is folded too");
    assert!(
        stream["MaximumRetryAttempts"].is_u64()
            && stream["MaximumRecordAgeInSeconds"].is_u64()
            && stream["BisectBatchOnFunctionError"] == true
    );
    assert!(stream["DestinationConfig"]["OnFailure"]["Destination"].is_object());
    let filter: Value = serde_json::from_str(stream["FilterCriteria"]["Filters"][0]["Pattern"].as_str().unwrap()).unwrap();
    assert_eq!(filter["dynamodb"]["NewImage"]["channel_hash"]["S"], json!([{ "exists": true }]), "only heads wake it");
}
