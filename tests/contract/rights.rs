//! Each function's role allows exactly the calls that the function makes to AWS. Local stand-ins
//! never return `AccessDenied`, so the test plays a scenario function by function, records every
//! request to AWS at the wire, and evaluates the roles of `template.yaml` as IAM does.
//!
//! A right that no recorded call needs fails the test, too. So the scenario must use every right.

use std::collections::{BTreeMap, BTreeSet};

use app::{App, TokenKey};
use harness::{Client, Fault, PNG, Reply, Sent, Shop, Socket};
use http::AppState;
use local::{Gateway, SocketEvent};
use realtime::Realtime;
use serde_json::{Value, json};

use crate::template::{functions, logical_name, statements, template};
use crate::{file, routes};

/// The local system's values for the names in policies.
const NAMES: [(&str, &str); 14] = [
    ("AWS::Partition", "aws"),
    ("AWS::Region", "local-1"),
    ("AWS::AccountId", "000000000000"),
    ("AWS::StackName", "live-chat"),
    ("ChatTable.Arn", "arn:aws:dynamodb:local-1:000000000000:table/chat"),
    ("EphemeralTable.Arn", "arn:aws:dynamodb:local-1:000000000000:table/ephemeral"),
    ("FilesBucket.Arn", "arn:aws:s3:::live-chat-files"),
    ("MailBucket.Arn", "arn:aws:s3:::live-chat-files"),
    ("SocketApi", "sockets"),
    ("EventBus.Arn", "arn:aws:events:local-1:000000000000:event-bus/live-chat"),
    ("EventQueue.Arn", "arn:aws:sqs:local-1:000000000000:events"),
    ("ScheduleRole.Arn", "arn:aws:iam::000000000000:role/local"),
    ("MailConfiguration", "mails"),
    ("MailFrom", "chat@shop.example"),
];

/// Rights that Lambda itself uses in the function's role: no call of our code needs them.
const OF_LAMBDA: [&str; 5] =
    ["Log.Arn", "ChatTable.StreamArn", "/stream/*", "Failures.Arn", "logs:"];

/// An action on a resource that a call needs, with the keys that policy conditions test.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Need {
    action: String,
    resource: String,
    context: Vec<(&'static str, String)>,
}

impl Need {
    fn new(action: &str, resource: impl Into<String>) -> Self {
        Self { action: action.to_owned(), resource: resource.into(), context: Vec::new() }
    }

    fn with(self, key: &'static str, value: &str) -> Self {
        Self { context: vec![(key, value.to_owned())], ..self }
    }
}

/// The rights that IAM requires for this request.
fn needs(sent: &Sent) -> Vec<Need> {
    let body: Value = serde_json::from_slice(&sent.body).unwrap_or_default();
    let text =
        |value: &Value| value.as_str().unwrap_or_else(|| panic!("no text in {body}")).to_owned();
    let here = |service: &str, rest: &str| format!("arn:aws:{service}:local-1:000000000000:{rest}");
    let (service, operation) = sent.target.split_once('.').unwrap_or_default();
    match service {
        "DynamoDB_20120810" => database_needs(operation, &body),
        "AmazonSSM" => vec![Need::new(
            &format!("ssm:{operation}"),
            here("ssm", &format!("parameter{}", text(&body["Name"]))),
        )],
        "AWSEvents" => {
            let buses = body["Entries"]
                .as_array()
                .unwrap()
                .iter()
                .map(|entry| text(&entry["EventBusName"]));
            buses
                .map(|bus| {
                    Need::new(
                        &format!("events:{operation}"),
                        here("events", &format!("event-bus/{bus}")),
                    )
                })
                .collect()
        }
        "AmazonSQS" => {
            let url = text(&body["QueueUrl"]);
            // A batch needs the right of the single call.
            let action = format!("sqs:{}", operation.trim_end_matches("Batch"));
            vec![Need::new(&action, here("sqs", url.rsplit('/').next().unwrap()))]
        }
        _ if sent.path.contains("connections/") => {
            let resource =
                here("execute-api", &format!("sockets/live/{}/@connections/one", sent.method));
            vec![Need::new("execute-api:ManageConnections", resource)]
        }
        _ if sent.path.starts_with("/dev/aws/scheduler") && sent.method == "POST" => vec![
            Need::new(
                "scheduler:CreateSchedule",
                here("scheduler", &format!("schedule/{}/one", text(&body["GroupName"]))),
            ),
            Need::new("iam:PassRole", text(&body["Target"]["RoleArn"]))
                .with("iam:PassedToService", "scheduler.amazonaws.com"),
        ],
        _ if sent.path.starts_with("/dev/s3/") => {
            bucket_needs(&sent.method, &sent.path, &sent.query)
        }
        _ => mail_needs(sent),
    }
}

/// The rights for a presigned request to S3, ours or a browser's.
fn bucket_needs(method: &str, path: &str, query: &str) -> Vec<Need> {
    let name = path.strip_prefix("/dev/s3/").expect("a path of S3");
    let object = format!("arn:aws:s3:::{name}");
    let (bucket, _) = object.split_once('/').expect("a key");
    let need = |action: &str| Need::new(&format!("s3:{action}"), &object);
    // Without it S3 responds 403, not 404, for an object that does not exist.
    let list = Need::new("s3:ListBucket", bucket);
    match method {
        "GET" => vec![need("GetObject"), list],
        "DELETE" if query.contains("tagging=") => vec![need("DeleteObjectTagging"), list],
        "DELETE" => vec![need("DeleteObject")],
        "PUT" if query.contains("x-amz-tagging") => {
            vec![need("PutObject"), need("PutObjectTagging")]
        }
        _ => panic!("an unknown request: {method} {path}?{query}"),
    }
}

/// The rights for a call of DynamoDB. A transaction needs the rights of its parts, a query of an
/// index a right on the index.
fn database_needs(operation: &str, body: &Value) -> Vec<Need> {
    let need = |operation: &str, table: &Value, index: &Value| {
        let table = table.as_str().unwrap_or_else(|| panic!("{operation} of no table: {body}"));
        let index = index.as_str().map(|index| format!("/index/{index}")).unwrap_or_default();
        Need::new(
            &format!("dynamodb:{operation}"),
            format!("arn:aws:dynamodb:local-1:000000000000:table/{table}{index}"),
        )
    };
    match operation {
        "TransactWriteItems" | "TransactGetItems" => {
            let parts = body["TransactItems"]
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|part| part.as_object().unwrap());
            parts
                .map(|(kind, part)| need(&format!("{kind}Item"), &part["TableName"], &Value::Null))
                .collect()
        }
        "BatchGetItem" | "BatchWriteItem" => body["RequestItems"]
            .as_object()
            .unwrap()
            .keys()
            .map(|table| need(operation, &json!(table), &Value::Null))
            .collect(),
        _ => vec![need(operation, &body["TableName"], &body["IndexName"])],
    }
}

/// The rights for a call of SES: on the sender's identity, and on the configuration set if named.
fn mail_needs(sent: &Sent) -> Vec<Need> {
    let form = String::from_utf8_lossy(&sent.body).into_owned();
    let field = |name: &str| {
        form.split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
            .map(|value| value.replace("%40", "@"))
    };
    let action = field("Action").unwrap_or_else(|| {
        panic!("an unknown call: {} {} {}", sent.method, sent.path, sent.target)
    });
    let from = field("Source").expect("a sender");
    let configuration = field("ConfigurationSetName").expect("a configuration set");
    [format!("identity/{from}"), format!("configuration-set/{configuration}")]
        .map(|resource| {
            Need::new(
                &format!("ses:{action}"),
                format!("arn:aws:ses:local-1:000000000000:{resource}"),
            )
            .with("ses:FromAddress", &from)
        })
        .into()
}

/// One action on one resource that a role allows.
#[derive(Clone, Debug)]
struct Right {
    action: String,
    resource: String,
    condition: Value,
}

/// A value of the template as text. A name that the scenario does not use stays unresolved, and
/// matches no resource.
fn resolved(value: &Value) -> String {
    let named = |name: &str| {
        let known = NAMES.iter().find(|(known, _)| *known == name);
        known.map_or_else(|| format!("<{name}>"), |(_, value)| (*value).to_owned())
    };
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    if let Some(name) = value["Ref"].as_str().or(value["GetAtt"].as_str()) {
        return named(name);
    }
    let text = value["Sub"].as_str().unwrap_or_else(|| panic!("a value of another form: {value}"));
    let mut parts = text.split("${");
    let mut all = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').unwrap();
        all += &(named(name) + rest);
    }
    all
}

/// Whether a text matches a pattern of IAM, in which `*` matches any text.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.into_iter().any(|at| matches(rest, &text[at..]))
        }),
    }
}

impl Right {
    /// The rights of a function's role, conditional statements included.
    fn of(template: &Value, function: &str) -> Vec<Self> {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        let mut rights = Vec::new();
        for statement in statements(template, function) {
            assert_eq!(statement["Effect"], "Allow", "{function}");
            for action in list(&statement["Action"]) {
                for resource in list(&statement["Resource"]) {
                    let (action, resource) = (resolved(&action), resolved(&resource));
                    rights.push(Self {
                        action,
                        resource,
                        condition: statement["Condition"].clone(),
                    });
                }
            }
        }
        rights
    }

    fn allows(&self, need: &Need) -> bool {
        let holds = |(operator, wanted): (&String, &Value)| {
            let is = |(key, value): (&String, &Value)| {
                need.context.iter().any(|(name, is)| name == key && *is == resolved(value))
            };
            operator == "StringEquals" && wanted.as_object().unwrap().iter().all(is)
        };
        matches(&self.action, &need.action)
            && matches(&self.resource, &need.resource)
            && self.condition.as_object().is_none_or(|conditions| conditions.iter().all(holds))
    }

    fn is_of_lambda(&self) -> bool {
        OF_LAMBDA.iter().any(|part| self.action.starts_with(part) || self.resource.contains(part))
    }
}

/// A shop that records every request to AWS with the function that makes it.
struct Play {
    shop: Shop,
    /// Each function's application, with the secrets and the queue that its variables name.
    apps: BTreeMap<String, App>,
    /// A gateway for each HTTP function, in front of that function's application.
    gateways: BTreeMap<String, Gateway>,
    realtime: Option<Realtime>,
    /// The position up to which the stream was delivered.
    position: Option<String>,
    /// What each function needs, and the operation that needed it.
    needed: BTreeMap<(String, Need), String>,
    /// The routes that returned 200.
    answered: BTreeSet<String>,
    /// The outcomes of notices.
    outcomes: BTreeSet<String>,
    routes: Vec<String>,
}

impl Play {
    /// Starts every function as its `main` does, with all optional features enabled, or with all
    /// disabled.
    async fn begin(is_whole: bool) -> Self {
        let shop =
            Shop::by_hand(&[("INBOX_MAILS_PER_HOUR", "1"), ("SES_CONFIGURATION_SET", "mails")])
                .await;
        shop.running.app.clock.stop();
        let template = template();
        let mut routes = routes();
        routes.extend(web::PATHS.map(|path| format!("GET {path}")));
        let (apps, gateways) = (BTreeMap::new(), BTreeMap::new());
        let (answered, outcomes) = (BTreeSet::new(), BTreeSet::new());
        let mut play = Self {
            shop,
            apps,
            gateways,
            realtime: None,
            position: None,
            needed: BTreeMap::new(),
            answered,
            outcomes,
            routes,
        };
        for name in functions(&template).into_keys() {
            let app = application(&play.shop, &template, &name, is_whole);
            let binary = name.trim_end_matches("Function").to_lowercase();
            let main =
                std::fs::read_to_string(file(&format!("functions/{binary}/src/main.rs"))).unwrap();
            if main.contains("http::serve") {
                let state = AppState::new(app.clone()).expect("a state");
                state.read_secrets().await;
                if main.contains("http::serve(") {
                    play.gateways.insert(name.clone(), Gateway::new(&state));
                } else {
                    play.realtime = Some(Realtime::new(&state));
                }
            } else {
                app.read_secrets().await;
            }
            if main.contains("Ahead::ConnectDatabase") {
                app.store.connect().await;
            } else if main.contains("Ahead::Connect") {
                app.connect().await;
            }
            play.book(&name, "the start");
            play.apps.insert(name, app);
        }
        play
    }

    /// Records the requests since the last call as this function's.
    fn book(&mut self, function: &str, what: &str) {
        for need in self.shop.wire.take_sent().iter().flat_map(needs) {
            self.needed.entry((function.to_owned(), need)).or_insert_with(|| what.to_owned());
        }
    }

    /// Records a request that a browser makes with a presigned URL: it needs the rights of the
    /// function that signed it.
    fn book_browser(&mut self, method: &str, url: &str) {
        let uri: axum::http::Uri = url.parse().expect("a URL");
        for need in bucket_needs(method, uri.path(), uri.query().expect("a signature")) {
            let what = format!("{method} by a browser");
            self.needed.entry(("FilesFunction".to_owned(), need)).or_insert(what);
        }
    }

    fn app(&self, function: &str) -> App {
        self.apps[function].clone()
    }

    /// Sends a request to the function that its path leads to.
    async fn ask(&mut self, who: &Client, call: &str, body: Value) -> Reply {
        let (method, path) = call.split_once(' ').unwrap();
        let bare = path.split('?').next().unwrap();
        let group = local::most_specific(local::ROUTES.map(|(route, _)| route), bare);
        let route = local::ROUTES.iter().find(|(route, _)| Some(*route) == group);
        let function = logical_name(route.map_or(local::DEFAULT, |(_, function)| *function));
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let reply =
            Box::pin(who.through(&self.gateways[&function]).send_raw(method, path, text)).await;
        self.book(&function, call);
        let known =
            self.routes.iter().filter_map(|route| route.strip_prefix(method)?.strip_prefix(' '));
        if let Some(known) =
            local::most_specific(known, bare).filter(|_| matches!(reply.status, 200 | 302))
        {
            self.answered.insert(format!("{method} {known}"));
        }
        reply
    }

    /// The same for a request that succeeds.
    async fn ok(&mut self, who: &Client, call: &str, body: Value) -> Value {
        self.ask(who, call, body).await.ok()
    }

    /// Opens a channel; returns its hash.
    async fn open(&mut self, who: &Client, body: Value) -> String {
        self.ok(who, "POST /store/chat/channels", body).await["channel"]["channel_hash"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Sends a message; returns its id.
    async fn send(&mut self, who: &Client, scope: &str, hash: &str, body: &str) -> String {
        let sent = self
            .ok(who, &format!("POST /{scope}/chat/messages/{hash}"), json!({ "body": body }))
            .await;
        sent["message"]["id"].as_str().unwrap().to_owned()
    }

    /// Delivers what was written to the functions that follow the stream.
    async fn follow(&mut self) {
        let stream = self.shop.running.stream.clone();
        while let (batch, Some(last)) =
            stream.batch_after(self.position.clone(), 100).await.unwrap()
        {
            self.position = Some(last);
            let activity = activity::Activity::new(&self.app("ActivityFunction"));
            Box::pin(activity::handle(activity, serde_json::from_value(batch.clone()).unwrap()))
                .await
                .expect("handled");
            self.book("ActivityFunction", "a batch of the stream");
            let relay = relay::Relay::new(&self.app("RelayFunction"));
            Box::pin(relay::handle(relay, serde_json::from_value(batch).unwrap()))
                .await
                .expect("handled");
            self.book("RelayFunction", "a batch of the stream");
        }
    }

    /// Advances the clock and runs due schedules. The next wait retries a notice that failed.
    async fn wait(&mut self, seconds: i64) {
        Box::pin(self.follow()).await;
        self.shop.running.app.clock.advance(seconds * 1_000);
        let now = self.shop.running.app.clock.now();
        for due in self.shop.running.dev.scheduler.take_due(now) {
            let input = due.input.clone();
            if due.target.ends_with(":relay") {
                let relay = relay::Relay::new(&self.app("RelayFunction"));
                Box::pin(relay::handle(relay, serde_json::from_value(input).unwrap()))
                    .await
                    .expect("handled");
                self.book("RelayFunction", "a retry");
                continue;
            }
            let notices = notice::Notices::new(&self.app("NoticeFunction"));
            let handled = notice::handle(notices, serde_json::from_value(input).unwrap());
            let outcome = if let Ok(outcome) = Box::pin(handled).await {
                format!("{outcome:?}")
            } else {
                self.shop.running.dev.scheduler.retry_at(due, now);
                "Error".to_owned()
            };
            self.book("NoticeFunction", &format!("a notice: {outcome}"));
            self.outcomes.insert(outcome);
        }
        Box::pin(self.follow()).await;
    }

    /// Runs the digest.
    async fn digest(&mut self) -> Result<u64, app::Error> {
        let digest = digest::Digest::new(&self.app("DigestFunction"));
        let summary = Box::pin(digest::handle(digest, Value::Null)).await;
        self.book("DigestFunction", "a digest");
        summary.map(|summary| summary.sent)
    }

    /// Hands an event of the WebSocket API to its function; returns the status.
    async fn socket(&mut self, kind: &'static str, id: &str, rest: Value) -> u64 {
        let route = match kind {
            "CONNECT" => "$connect",
            "DISCONNECT" => "$disconnect",
            _ => "$default",
        };
        let now = self.shop.running.app.clock.now();
        let reported =
            SocketEvent { kind, route, connection: id, connected_at: now, peer: "192.0.2.1" };
        let event = serde_json::from_value(reported.event(&rest, "example", now)).unwrap();
        let (answer, later) =
            Box::pin(realtime::handle(self.realtime.clone().expect("sockets"), event))
                .await
                .expect("an answer");
        // The guests' connections cause no other calls, and each waits for its socket to open.
        if !id.starts_with("guest-") {
            later.run().await;
        }
        self.book("RealtimeFunction", &format!("{kind} {}", rest["body"]));
        serde_json::to_value(answer).unwrap()["statusCode"].as_u64().unwrap()
    }

    /// The headers with which `$connect` accepts this caller.
    async fn ticket(&mut self, who: &Client, scope: &str) -> Value {
        let ticket = self.ok(who, &format!("POST /{scope}/chat/realtime/ticket"), json!({})).await;
        let protocols = format!("chat.v1, t.{}", ticket["ticket"].as_str().unwrap());
        json!({ "headers": { "Sec-WebSocket-Protocol": protocols } })
    }

    /// Connects. No socket is open at this id, so the gateway returns 410 for every push.
    async fn connect(&mut self, who: &Client, scope: &str, id: &str) {
        let ticket = self.ticket(who, scope).await;
        assert_eq!(self.socket("CONNECT", id, ticket).await, 200);
    }

    async fn frame(&mut self, id: &str, action: &str, hash: &str) {
        let body = json!({ "action": action, "channel_hash": hash }).to_string();
        assert_eq!(self.socket("MESSAGE", id, json!({ "body": body })).await, 200);
    }

    /// Breaks every call of this operation, until [`Play::calm`].
    fn disturb(&self, operation: &'static str, fault: Fault) {
        self.shop.wire.disturb(move |_, called| (called == operation).then_some(fault));
    }

    fn calm(&self) {
        self.shop.wire.disturb(|_, _| None);
    }

    /// What a function needs, and the operation that needed it.
    fn needs_of(&self, function: &str) -> Vec<(&Need, &String)> {
        let needed = self.needed.iter().filter(|((name, _), _)| name == function);
        needed.map(|((_, need), what)| (need, what)).collect()
    }

    /// The needs that no right of the function's role covers.
    fn missing(&self, template: &Value) -> Vec<String> {
        let mut missing = Vec::new();
        for function in functions(template).keys() {
            let rights = Right::of(template, function);
            for (Need { action, resource, .. }, what) in self
                .needs_of(function)
                .into_iter()
                .filter(|(need, _)| !rights.iter().any(|right| right.allows(need)))
            {
                missing.push(format!("{function} lacks {action} on {resource}: {what}"));
            }
        }
        missing
    }

    /// The rights without which every need would still be covered.
    fn needless(&self, template: &Value) -> Vec<String> {
        let mut needless = Vec::new();
        for function in functions(template).keys() {
            let (rights, needed) = (Right::of(template, function), self.needs_of(function));
            for (n, right) in rights.iter().enumerate().filter(|(_, right)| !right.is_of_lambda()) {
                let others = || rights.iter().enumerate().filter(|(other, _)| *other != n);
                let is_only = |need: &Need| {
                    right.allows(need) && !others().any(|(_, other)| other.allows(need))
                };
                if !needed.iter().any(|(need, _)| is_only(need)) {
                    needless.push(format!(
                        "{function} does not need {} on {}",
                        right.action, right.resource
                    ));
                }
            }
        }
        needless
    }
}

/// A function's application, with the secrets and the queue that its variables name. Without
/// optional features it has no bus, no Medusa and no mail.
fn application(shop: &Shop, template: &Value, function: &str, is_whole: bool) -> App {
    let variables = &template["Resources"][function]["Properties"]["Environment"]["Variables"];
    let has = |name: &str| !variables[name].is_null();
    let mut config = shop.running.app.config.clone();
    if let TokenKey::Secret { parameter, .. } = &mut config.token_key {
        *parameter = parameter.take().filter(|_| has("JWT_SECRET_PARAMETER"));
    }
    config.master_key_parameter =
        config.master_key_parameter.filter(|_| has("MASTER_KEY_PARAMETER"));
    let outside = &mut config.outside;
    outside.medusa_key_parameter =
        outside.medusa_key_parameter.take().filter(|_| has("MEDUSA_API_KEY_PARAMETER"));
    outside.event_queue = outside.event_queue.take().filter(|_| has("EVENT_QUEUE"));
    if !is_whole {
        (outside.bus, outside.event_queue, outside.medusa_url, outside.medusa_key_parameter) =
            (None, None, None, None);
        config.mail.from = None;
    }
    App::new(config, shop.running.app.clock.clone())
}

/// Customers and guests open, write, read and claim. Returns a channel's hash.
async fn store(play: &mut Play) -> String {
    let nobody = play.shop.nobody();
    play.ok(&nobody, "GET /health", Value::Null).await;
    play.ask(&nobody, "GET /nothing", Value::Null).await.refused(404, "not_found");
    play.ok(&nobody, "GET /store/chat/reply-time", Value::Null).await;
    play.ok(&nobody, "GET /store/chat/availability", Value::Null).await;
    play.ok(&nobody, "POST /store/chat/guest", json!({})).await;
    let (ada, guest, named) = (play.shop.customer("cus_ada"), play.shop.guest(), play.shop.guest());
    // A guest without stored data, and one with only a name.
    play.ticket(&guest, "store").await;
    play.ok(&named, "PUT /store/chat/profile", json!({ "first_name": "Eve" })).await;
    play.ticket(&named, "store").await;
    let theirs = play.open(&guest, json!({})).await;
    play.ok(&guest, "PUT /store/chat/profile", json!({ "first_name": "Gwen" })).await;
    let hash = play.open(&ada, json!({})).await;
    let named_admin = play.open(&ada, json!({ "admin_id": "user_mia" })).await;
    play.open(&ada, json!({})).await;
    for (who, hash) in [(&ada, &hash), (&guest, &theirs), (&ada, &named_admin)] {
        let id = play.send(who, "store", hash, "Is it in stock?").await;
        play.send(who, "store", hash, &"long ".repeat(300)).await;
        for _ in 0..2 {
            let body = json!({ "body": "Once", "client_message_id": "client-id-0001" });
            play.ok(who, &format!("POST /store/chat/messages/{hash}"), body).await;
        }
        play.ok(
            who,
            &format!("PUT /store/chat/messages/id/{id}"),
            json!({ "body": "Is the teapot in stock?" }),
        )
        .await;
        play.ok(who, &format!("DELETE /store/chat/messages/id/{id}"), Value::Null).await;
        for path in [
            "messages/HASH?limit=1",
            "messages/HASH?limit=50",
            "channels/HASH",
            "channels/HASH/events?after=0",
        ] {
            play.ok(who, &format!("GET /store/chat/{}", path.replace("HASH", hash)), Value::Null)
                .await;
        }
        for path in ["messages/unread-count", "channels", "channels?limit=1", "channels?search=ada"]
        {
            play.ok(who, &format!("GET /store/chat/{path}"), Value::Null).await;
        }
    }
    for score in [4, 5, 5] {
        let rating = json!({ "score": score, "comment": "Quick" });
        play.ok(&ada, &format!("PUT /store/chat/channels/{hash}/rating"), rating).await;
    }
    // The first response is lost: the store looks up whether the write was executed.
    play.disturb("TransactWriteItems", Fault::LostAnswer);
    play.ask(&ada, &format!("POST /store/chat/messages/{hash}"), json!({ "body": "Lost" })).await;
    play.calm();
    hash
}

/// Staff: every route, and every kind of search.
async fn admin(play: &mut Play, hash: &str) {
    let mia = play.shop.admin("user_mia");
    play.ok(&mia, "PUT /admin/chat/profile", json!({ "first_name": "Mimi", "digest": true })).await;
    play.ok(&mia, "GET /admin/chat/profile", Value::Null).await;
    play.ok(
        &mia,
        "PUT /admin/chat/canned",
        json!({ "canned": [{ "shortcut": "hours", "text": "We open at 9." }] }),
    )
    .await;
    play.ok(&mia, "GET /admin/chat/canned", Value::Null).await;
    let browsers = [(); 2].map(|()| play.shop.running.dev.push_service.subscribe(None));
    for mut browser in browsers {
        browser["test"] = json!(true);
        play.ok(&mia, &format!("PUT {SUBSCRIPTIONS}"), browser.clone()).await;
    }
    let label = json!({ "slug": "vip", "name": "VIP", "color": "#b45309" });
    play.ok(&mia, "PUT /admin/chat/labels", json!({ "labels": [label], "version": 0 })).await;
    play.ok(&mia, "GET /admin/chat/settings", Value::Null).await;
    let settings = json!({ "settings": { "close_after_days": 30 }, "version": 0 });
    play.ok(&mia, "PUT /admin/chat/settings", settings).await;
    let channel = format!("/admin/chat/channels/{hash}");
    let work = json!({ "status": "closed", "assignee_id": "user_mia", "labels": ["vip"] });
    play.ok(&mia, &format!("PUT {channel}"), work).await;
    let note = play.ok(&mia, &format!("POST {channel}/notes"), json!({ "body": "Ask" })).await;
    let note = format!("/admin/chat/notes/id/{}", note["note"]["id"].as_str().unwrap());
    play.ok(&mia, &format!("PUT {note}"), json!({ "body": "Ask Tom" })).await;
    play.ok(&mia, &format!("DELETE {note}"), Value::Null).await;
    play.ok(&mia, &format!("PUT {channel}/unread"), json!({})).await;
    play.follow().await;
    play.ok(&mia, "GET /admin/chat/staff", Value::Null).await;
    play.open_as_staff(&mia).await;
    let id = play.send(&mia, "admin", hash, "It is.").await;
    play.send(&mia, "admin", hash, &"long ".repeat(300)).await;
    play.disturb("TransactWriteItems", Fault::LostAnswer);
    play.ask(&mia, &format!("POST /admin/chat/messages/{hash}"), json!({ "body": "Lost" })).await;
    play.calm();
    play.ok(
        &mia,
        &format!("PUT /admin/chat/messages/id/{id}"),
        json!({ "body": "It is, forty of them." }),
    )
    .await;
    play.ok(&mia, &format!("DELETE /admin/chat/messages/id/{id}"), Value::Null).await;
    play.follow().await;
    let found = play.ok(&mia, "GET /admin/chat/channels?search=ada", Value::Null).await;
    assert!(found["count"].as_u64().unwrap() > 1, "by name: {found}");
    for path in [
        "channels",
        "channels?limit=1",
        "channels?limit=1&offset=1",
        "channels?search=cus_ada",
        "channels?search=gwen",
        "channels?search=direct:admin",
        "channels?search=customers.example",
        "channels/HASH",
        "channels/HASH/events?after=0",
        "messages/HASH?limit=1",
        "messages/HASH?limit=50",
        "messages/unread-count",
    ] {
        play.ok(&mia, &format!("GET /admin/chat/{}", path.replace("HASH", hash)), Value::Null)
            .await;
    }
    // Reads by time, by place, of everything, and a repeated one.
    let at = play.shop.running.app.clock.now().to_string();
    for body in [json!({ "at": at }), json!({ "seq": 1 }), json!({}), json!({})] {
        for (who, scope) in [(mia.clone(), "admin"), (play.shop.customer("cus_ada"), "store")] {
            play.ok(&who, &format!("PUT /{scope}/chat/channels/{hash}/read"), body.clone()).await;
        }
    }
    play.follow().await;
}

impl Play {
    /// Staff opens channels: with a customer, with a guest, with an unknown guest.
    async fn open_as_staff(&mut self, who: &Client) {
        let guest = self.shop.guest();
        let hash = self.open(&guest, json!({})).await;
        let id = hash.rsplit(':').next().unwrap().to_owned();
        for customer in ["cus_ada", "cus_new", &id] {
            self.ok(
                who,
                "POST /admin/chat/channels",
                json!({ "customer_id": customer, "admin_id": "user_mia" }),
            )
            .await;
        }
    }
}

/// The route of browsers with web push.
const SUBSCRIPTIONS: &str = "/admin/chat/push/subscriptions";

/// Sockets of customers, guests and staff, and a claim that closes some.
async fn sockets(play: &mut Play, hash: &str) {
    let (ada, mia, guest) =
        (play.shop.customer("cus_ada"), play.shop.admin("user_mia"), play.shop.guest());
    let theirs = play.open(&guest, json!({})).await;
    play.connect(&ada, "store", "ada=").await;
    play.connect(&mia, "admin", "mia=").await;
    let token = local::customer_token("cus_ada", play.shop.running.app.clock.now());
    let by_token = json!({ "headers": { "Authorization": format!("Bearer {token}") } });
    assert_eq!(play.socket("CONNECT", "token=", by_token).await, 200);
    for n in 0..7 {
        play.connect(&guest, "store", &format!("guest-{n}=")).await;
    }
    let late = play.ticket(&guest, "store").await;
    play.frame("ada=", "ping", hash).await;
    play.frame("ada=", "typing", hash).await;
    play.frame("mia=", "looking", hash).await;
    play.frame("mia=", "typing", &theirs).await;
    play.frame("ada=", "away", hash).await;
    play.frame("ada=", "back", hash).await;
    play.frame("nobody=", "ping", hash).await;
    // The sockets are now old enough to count as gone when a push does not reach them.
    play.wait(20).await;
    play.frame("ada=", "typing", hash).await;
    play.frame("mia=", "ping", hash).await;
    play.send(&ada, "store", hash, "Hello?").await;
    play.send(&mia, "admin", hash, "Hello").await;
    // A push to staff, whose connection is old enough to count as gone; one browser is gone, too.
    play.connect(&mia, "admin", "late-mia=").await;
    play.send(&ada, "store", hash, "Is anybody there?").await;
    play.shop.running.app.clock.advance(20_000);
    play.follow().await;
    let pushes = play.shop.running.dev.push_service.pushes();
    let endpoint = pushes.last().expect("a push")["endpoint"].clone();
    play.shop.running.dev.push_service.answer(endpoint.as_str().unwrap(), 410, None);
    play.send(&ada, "store", hash, "Hello?").await;
    play.follow().await;
    play.ok(&mia, &format!("DELETE {SUBSCRIPTIONS}"), json!({ "endpoint": endpoint })).await;
    assert_eq!(play.socket("DISCONNECT", "token=", json!({})).await, 200);
    // A claim hands over the channels and closes the guest's sockets, and ends earlier tickets.
    let both = ada.with("guest_id_for_live_chat", "guest-secret-0003-abcdefghijklm");
    for n in 0..4 {
        let one = ada.with("guest_id_for_live_chat", &format!("guest-secret-{n:04}-abcdefghijklm"));
        play.ok(&one, "POST /store/chat/guest/claim", json!({})).await;
    }
    play.ok(&both, "POST /store/chat/guest/claim", json!({})).await;
    assert_eq!(play.socket("CONNECT", "late=", late).await, 401);
    play.follow().await;
    // A customer is renamed: their search words and channels are looked up again.
    play.shop.running.dev.medusa.rename(
        "cus_ada",
        "Grace",
        "Hopper",
        Some("grace@customers.example"),
    );
    play.shop.running.app.clock.advance(3_600_000);
    play.ok(&mia, "GET /admin/chat/channels", Value::Null).await;
    play.ok(&ada, &format!("GET /store/chat/channels/{hash}"), Value::Null).await;
    play.follow().await;
    // Both tokens are old now.
    play.frame("mia=", "ping", hash).await;
}

/// Staff's work: every route that changes it, notices of mentions, and snoozes that end by their
/// schedule and, with the schedule late, by the digest.
async fn work(play: &mut Play, hash: &str) {
    let (mia, tom) = (play.shop.admin("user_mia"), play.shop.admin("user_tom"));
    play.ok(&tom, "PUT /admin/chat/profile", json!({ "first_name": "Tom" })).await;
    play.follow().await;
    let version = play.ok(&mia, "GET /admin/chat/labels", Value::Null).await["version"].take();
    let labels = json!([{ "slug": "vip", "name": "VIP", "color": "#336699" }]);
    let labels = json!({ "labels": labels, "version": version });
    play.ok(&mia, "PUT /admin/chat/labels", labels).await;
    let channel = format!("PUT /admin/chat/channels/{hash}");
    let changed = json!({ "assignee_id": "user_tom", "labels": ["vip"] });
    play.ok(&mia, &channel, changed).await;
    play.ok(&mia, &format!("{channel}/unread"), json!({ "seq": 1 })).await;
    let notes = format!("POST /admin/chat/channels/{hash}/notes");
    let note =
        json!({ "body": "Look", "mentions": ["user_tom"], "client_message_id": "note-0001" });
    for _ in 0..2 {
        play.ok(&mia, &notes, note.clone()).await;
    }
    let note = play.ok(&mia, &notes, json!({ "body": "Once" })).await["note"]["id"].take();
    let path = format!("/admin/chat/notes/id/{}", note.as_str().unwrap());
    play.ok(&mia, &format!("PUT {path}"), json!({ "body": "Look", "mentions": ["user_tom"] }))
        .await;
    play.wait(61).await;
    play.ok(&mia, &format!("DELETE {path}"), Value::Null).await;
    // Staff's tab is gone: the push of the snooze's end removes its connection.
    for ends_by_digest in [false, true] {
        play.connect(&mia, "admin", "snoozed=").await;
        let until = play.shop.running.app.clock.now().plus_millis(1_800_000).to_string();
        let snooze = json!({ "status": "snoozed", "snoozed_until": until });
        play.ok(&mia, &channel, snooze).await;
        play.follow().await;
        if ends_by_digest {
            play.shop.running.app.clock.advance(3_600_000);
            play.digest().await.expect("a digest");
        }
        play.wait(3_600).await;
    }
}

/// Files: uploaded by both sides, loaded, sent, deleted; and one that is not what it says.
async fn files(play: &mut Play, hash: &str) {
    for (who, scope) in
        [(play.shop.customer("cus_ada"), "store"), (play.shop.admin("user_mia"), "admin")]
    {
        for (content, is_picture) in [(PNG, true), (&b"<html>"[..], false)] {
            let file = json!({
                "channel_hash": hash, "name": "teapot.png", "content_type": "image/png",
                "size": content.len(),
            });
            let announced = play.ok(&who, &format!("POST /{scope}/chat/files"), file).await;
            let (upload, id) = (&announced["upload"], announced["file"]["id"].as_str().unwrap());
            let complete = format!("POST /{scope}/chat/files/{id}");
            play.ask(&who, &complete, json!({})).await.refused(400, "invalid_data");
            play.book_browser("PUT", upload["url"].as_str().unwrap());
            assert_eq!(harness::put(upload, content).await, 200);
            let completed = play.ask(&who, &complete, json!({})).await;
            if !is_picture {
                completed.refused(400, "invalid_data");
                continue;
            }
            let link = completed.ok()["file"]["url"].as_str().unwrap().to_owned();
            let path = link.strip_prefix(&play.shop.running.url).unwrap();
            let nobody = play.shop.nobody();
            let found = play.ask(&nobody, &format!("GET {path}"), Value::Null).await;
            play.book_browser("GET", found.headers["location"].to_str().unwrap());
            let sent = json!({ "attachments": [id] });
            let sent = play.ok(&who, &format!("POST /{scope}/chat/messages/{hash}"), sent).await;
            play.follow().await;
            let id = sent["message"]["id"].as_str().unwrap();
            play.ok(&who, &format!("DELETE /{scope}/chat/messages/id/{id}"), Value::Null).await;
            play.follow().await;
        }
    }
}

/// Mails: notices with every outcome that makes other calls.
async fn mails(play: &mut Play) {
    let (ben, mia) = (play.shop.customer("cus_ben"), play.shop.admin("user_mia"));
    let hash = play.open(&ben, json!({})).await;
    // Ben's tab is gone, the second message is within the hour, the third is read.
    play.connect(&ben, "store", "ben=").await;
    play.shop.running.app.clock.advance(20_000);
    play.send(&mia, "admin", &hash, "Hello Ben").await;
    play.connect(&ben, "store", "ben-2=").await;
    play.wait(61).await;
    let mails = play.shop.running.dev.outbox.mails();
    assert!(
        mails.iter().any(|mail| mail.to == ["cus_ben@customers.example"]),
        "{:?}",
        play.outcomes
    );
    play.ok(&ben, &format!("PUT /store/chat/channels/{hash}/read"), json!({})).await;
    play.send(&mia, "admin", &hash, "Another").await;
    play.wait(61).await;
    play.ok(&ben, &format!("PUT /store/chat/channels/{hash}/read"), json!({})).await;
    play.wait(7_200).await;
    // A guest who left an address comes back by the mail, and asks for the conversation.
    let eve = play.shop.guest();
    let theirs = play.open(&eve, json!({})).await;
    let address = "eve@guests.example";
    play.ok(&eve, "PUT /store/chat/profile", json!({ "email": address })).await;
    play.send(&mia, "admin", &theirs, "Hello Eve").await;
    play.wait(61).await;
    let mail = play.shop.mails_to(address).pop().expect("a mail");
    let token = mail.text.split("#live-chat=").nth(1).and_then(|it| it.split_whitespace().next());
    let nobody = play.shop.nobody();
    play.ok(&nobody, "POST /store/chat/guest/resume", json!({ "token": token })).await;
    for (who, scope) in [(&eve, "store"), (&mia, "admin")] {
        let call = format!("POST /{scope}/chat/channels/{theirs}/transcript");
        play.ok(who, &call, json!({})).await;
    }
    play.follow().await;
    play.wait(61).await;
    // A customer with an open socket.
    let cleo = play.shop.customer("cus_cleo");
    let theirs = play.open(&cleo, json!({})).await;
    let there: Socket = play.shop.socket(&cleo, "store").await;
    play.shop.wire.take_sent();
    play.send(&mia, "admin", &theirs, "Hello Cleo").await;
    play.wait(61).await;
    drop(there);
    // SES throttles, or is not reachable.
    for (id, fault) in [
        ("cus_dan", Fault::Throttle),
        ("cus_eli", Fault::LostRequest),
        ("cus_flo", Fault::LostAnswer),
    ] {
        let one = play.shop.customer(id);
        let hash = play.open(&one, json!({})).await;
        play.send(&mia, "admin", &hash, "Hello").await;
        play.follow().await;
        play.disturb("SendRawEmail", fault);
        play.wait(61).await;
        let _ = play.digest().await;
        play.calm();
    }
    // The inbox address: one mail an hour, then one for the rest.
    for n in 0..4 {
        let one = play.shop.customer(&format!("cus_{n}"));
        let hash = play.open(&one, json!({})).await;
        play.send(&one, "store", &hash, "Is it in stock?").await;
        play.wait(61).await;
    }
    for _ in 0..3 {
        play.wait(3_600).await;
    }
}

/// Replies by mail, with a photo: of a customer, and of staff.
async fn replies(play: &mut Play, hash: &str) {
    let mia = play.shop.admin("user_mia");
    // Her tab is gone: the push of the reply removes its connection.
    play.connect(&mia, "admin", "mia-reply=").await;
    play.shop.running.app.clock.advance(20_000);
    let key = domain::ChannelHash::parse(hash).expect("a hash").key();
    for (side, from) in [
        (domain::Side::Member, "cus_ada@customers.example"),
        (domain::Side::Staff, "user_mia@staff.example"),
    ] {
        let mailed = domain::EmailAddress::parse(from).expect("an address");
        let app = &play.shop.running.app;
        let to = app.reply_address(&key, side, &mailed).await.expect("a key").expect("a domain");
        let domain = from.rsplit('@').next().expect("a domain");
        let raw = format!(
            "X-SES-Spam-Verdict: PASS\r\nX-SES-Virus-Verdict: PASS\r\n\
             Authentication-Results: amazonses.com; dmarc=pass header.from={domain}\r\n\
             X-SES-RECEIPT: A\r\nFrom: {from}\r\nTo: {}\r\nMessage-ID: <{domain}>\r\n\
             Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee this.\r\n--b\r\n\
             Content-Type: image/gif\r\n\r\nGIF89a\r\n--b--\r\n",
            to.as_str()
        );
        play.shop.running.dev.files.store_mail(domain, raw.into()).expect("stored");
        play.shop.wire.take_sent();
        let inbound = inbound::Inbound::new(&play.app("InboundFunction"));
        let event = inbound::Event::of(local::dev::s3::BUCKET, domain);
        let outcomes = Box::pin(inbound::handle(inbound, event)).await.expect("handled");
        assert_eq!(outcomes[0].reason, "sent");
        play.book("InboundFunction", "a reply by mail");
        play.follow().await;
    }
}

/// The digest, the link in mails, bounces, and an outage of the bus.
async fn digests(play: &mut Play) {
    let mia = play.shop.admin("user_mia");
    let (gil, hal) = (play.shop.customer("cus_gil"), play.shop.customer("cus_hal"));
    for one in [&gil, &hal] {
        let hash = play.open(one, json!({})).await;
        play.send(one, "store", &hash, "Is it in stock?").await;
        play.send(&mia, "admin", &hash, "It is.").await;
    }
    let bounce = json!({
        "eventType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bouncedRecipients": [{ "emailAddress": "cus_hal@customers.example" }],
        },
    });
    let mut event = crate::read_event("feedback-bounce");
    event["Records"][0]["Sns"]["Message"] = json!(bounce.to_string());
    feedback::handle(play.app("FeedbackFunction"), serde_json::from_value(event).unwrap())
        .await
        .expect("handled");
    play.book("FeedbackFunction", "a bounce");
    play.follow().await;
    play.shop.running.dev.outbox.clear();
    play.shop.running.app.clock.advance(86_400_000);
    play.digest().await.expect("a digest");
    let mails = play.shop.running.dev.outbox.mails();
    let link = mails.iter().find_map(|mail| mail.headers.get("List-Unsubscribe")).expect("a link");
    let link = link.split_once("/chat/").unwrap().1.trim_end_matches('>').to_owned();
    let nobody = play.shop.nobody();
    play.unsubscribe(&nobody, "GET", &link).await;
    play.unsubscribe(&nobody, "POST", &link).await;
    play.follow().await;
    // During an outage of the bus events are queued. A schedule calls to publish them.
    play.disturb("PutEvents", Fault::ServerError);
    let gil = play.shop.customer("cus_gil");
    let hash = play.open(&gil, json!({ "admin_id": "user_tom" })).await;
    play.send(&gil, "store", &hash, "Another thing").await;
    play.follow().await;
    play.calm();
    play.wait(1_200).await;
    assert!(play.shop.running.dev.queue.waiting().is_empty(), "the queue is emptied");
}

/// A closed shop: automatic replies, one of them beside a socket that is gone, and idle channels.
async fn closed(play: &mut Play) {
    let (mia, ivy) = (play.shop.admin("user_mia"), play.shop.customer("cus_ivy"));
    let version = play.ok(&mia, "GET /admin/chat/settings", Value::Null).await["version"].take();
    let settings = json!({
        "hours": { "time_zone": "UTC", "week": {} },
        "away_message": { "en": "We are closed." },
        "close_after_days": 1,
    });
    let settings = json!({ "settings": settings, "version": version });
    play.ok(&mia, "PUT /admin/chat/settings", settings).await;
    let hash = play.open(&ivy, json!({})).await;
    play.send(&mia, "admin", &hash, "Hello Ivy").await;
    play.follow().await;
    play.connect(&mia, "admin", "closed=").await;
    play.shop.running.app.clock.advance(900_000);
    play.connect(&ivy, "store", "ivy=").await;
    play.shop.running.app.clock.advance(20_000);
    play.send(&ivy, "store", &hash, "Hello?").await;
    play.connect(&ivy, "store", "ivy-2=").await;
    play.shop.running.app.clock.advance(20_000);
    play.follow().await;
    let page = play.ok(&ivy, &format!("GET /store/chat/messages/{hash}"), Value::Null).await;
    assert_eq!(page["messages"][2]["body"], "We are closed.", "{page}");
    play.shop.running.app.clock.advance(2 * 86_400_000);
    let _ = play.digest().await;
    let ivy = play.shop.customer("cus_ivy");
    let channel = play.ok(&ivy, &format!("GET /store/chat/channels/{hash}"), Value::Null).await;
    assert_eq!(channel["channel"]["status"], "closed");
}

impl Play {
    /// Follows the link in a mail, which returns a page.
    async fn unsubscribe(&mut self, who: &Client, method: &str, link: &str) {
        assert_eq!(self.ask(who, &format!("{method} /chat/{link}"), Value::Null).await.status, 200);
    }

    /// Loads the files for browsers.
    async fn load(&mut self) {
        let nobody = self.shop.nobody();
        for (_, path, _) in crate::events::LOADED {
            assert_eq!(
                self.ask(&nobody, &format!("GET {path}"), Value::Null).await.status,
                200,
                "{path}"
            );
        }
    }
}

/// The routes that only read and have no call above, as a new one.
async fn reads(play: &mut Play, hash: &str) {
    let (ada, mia) = (play.shop.customer("cus_ada"), play.shop.admin("user_mia"));
    for (route, _, path) in harness::reads_beyond(&play.answered, hash) {
        let caller = if route.starts_with("GET /admin/") { &mia } else { &ada };
        play.ok(caller, &format!("GET {path}"), Value::Null).await;
    }
}

#[tokio::test]
async fn each_role_allows_exactly_the_calls_of_its_function() {
    let mut play = Play::begin(true).await;
    play.load().await;
    let hash = Box::pin(store(&mut play)).await;
    Box::pin(admin(&mut play, &hash)).await;
    Box::pin(sockets(&mut play, &hash)).await;
    Box::pin(work(&mut play, &hash)).await;
    Box::pin(files(&mut play, &hash)).await;
    Box::pin(replies(&mut play, &hash)).await;
    Box::pin(mails(&mut play)).await;
    Box::pin(digests(&mut play)).await;
    Box::pin(closed(&mut play)).await;
    Box::pin(reads(&mut play, &hash)).await;

    let unplayed: Vec<_> =
        play.routes.iter().filter(|route| !play.answered.contains(*route)).collect();
    let outcomes = [
        "Sent",
        "Read",
        "Notified",
        "Online",
        "Postponed",
        "Deferred",
        "Failed",
        "Reopened",
        "Unchanged",
        "Error",
    ];
    let unmet: Vec<_> =
        outcomes.into_iter().filter(|outcome| !play.outcomes.contains(*outcome)).collect();
    assert!(
        unplayed.is_empty() && unmet.is_empty(),
        "the scenario is incomplete: {unplayed:?}, {unmet:?}"
    );
    let template = template();
    let missing = play.missing(&template);
    assert!(missing.is_empty(), "AWS would return AccessDenied:\n{}", missing.join("\n"));
    let needless = play.needless(&template);
    assert!(
        needless.is_empty(),
        "rights that no call of the scenario needs:\n{}",
        needless.join("\n")
    );
}

#[tokio::test]
async fn disabled_features_need_none_of_their_rights() {
    let mut play = Play::begin(false).await;
    let hash = Box::pin(store(&mut play)).await;
    Box::pin(admin(&mut play, &hash)).await;
    Box::pin(sockets(&mut play, &hash)).await;
    play.wait(3_600).await;
    play.digest().await.expect("a digest that sends nothing");
    let mut template = template();
    let mut removed = 0;
    for (_, resource) in template["Resources"].as_object_mut().unwrap() {
        let statements = resource.pointer_mut("/Properties/Policies/0/PolicyDocument/Statement");
        if let Some(statements) = statements.and_then(Value::as_array_mut) {
            let before = statements.len();
            statements.retain(|statement| {
                !matches!(
                    statement["If"][0].as_str(),
                    Some("PublishesEvents" | "AsksMedusa" | "HasMail")
                )
            });
            removed += before - statements.len();
        }
    }
    assert!(removed > 0, "the conditions have other names");
    let missing = play.missing(&template);
    assert!(missing.is_empty(), "AWS would return AccessDenied:\n{}", missing.join("\n"));
}

#[test]
fn patterns_match_as_in_iam() {
    for (pattern, text, holds) in [
        ("dynamodb:Query", "dynamodb:Query", true),
        ("dynamodb:Query", "dynamodb:QueryX", false),
        ("arn:a/*", "arn:a/", true),
        ("arn:a/*/c/*", "arn:a/b/x/c/d", true),
        ("arn:a/*/c", "arn:a/b/d", false),
        ("*", "", true),
    ] {
        assert_eq!(matches(pattern, text), holds, "{pattern} {text}");
    }
}

#[test]
fn conditions_and_names_are_read_as_in_iam() {
    let right = |condition: Value| Right {
        action: "ses:SendRawEmail".to_owned(),
        resource: "*".to_owned(),
        condition,
    };
    let need = Need::new("ses:SendRawEmail", "arn:x").with("ses:FromAddress", "chat@shop.example");
    assert!(right(Value::Null).allows(&need));
    assert!(
        right(json!({ "StringEquals": { "ses:FromAddress": { "Ref": "MailFrom" } } }))
            .allows(&need)
    );
    assert!(
        !right(json!({ "StringEquals": { "ses:FromAddress": { "Ref": "InboxAddress" } } }))
            .allows(&need)
    );
    assert!(
        !right(json!({ "StringLike": { "ses:FromAddress": { "Ref": "MailFrom" } } })).allows(&need)
    );
    assert_eq!(
        resolved(&json!({ "Sub": "${ChatTable.Arn}/index/member" })),
        "arn:aws:dynamodb:local-1:000000000000:table/chat/index/member"
    );
    assert_eq!(resolved(&json!({ "GetAtt": "OtherTable.Arn" })), "<OtherTable.Arn>");
}
