//! The whole success response of every route, compared with `snapshots/`: a new, renamed or missing
//! field or header shows up in a diff.
//!
//! `INSTA_UPDATE=always cargo test -p tests --test api snapshots` renews the snapshots. Without it
//! nothing is written where `CI` is set, and elsewhere only `*.snap.new` files, which git ignores.

use std::collections::{BTreeMap, BTreeSet};

use domain::{ActorId, EmailAddress, Timestamp};
use harness::{Client, PNG, Reply, Shop, put, reads_beyond, routes};
use serde_json::{Value, json};

/// The ids that change from run to run, by their prefixes.
const RANDOM_IDS: [&str; 5] = ["chatch_", "chatmsg_", "chatfile_", "evt_", "guest_"];
/// The fields whose values change from run to run and are neither ids nor times.
const RANDOM_FIELDS: [&str; 5] = ["guest_id", "next_cursor", "prev_cursor", "ticket", "url"];

/// The responses so far, by route.
struct Responses<'a> {
    shop: &'a Shop,
    by_route: BTreeMap<String, String>,
}

impl Responses<'_> {
    /// Calls a route; `parameter` fills its path, from the first to the last brace. Returns the
    /// body.
    async fn call(&mut self, client: &Client, route: &str, parameter: &str, body: Value) -> Value {
        let (method, pattern) = route.split_once(' ').expect("a method and a path");
        let path = match (pattern.find('{'), pattern.rfind('}')) {
            (Some(from), Some(to)) => {
                format!("{}{parameter}{}", &pattern[..from], &pattern[to + 1..])
            }
            _ => pattern.to_owned(),
        };
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let reply = client.send_raw(method, &path, body).await;
        assert!(matches!(reply.status, 200 | 302), "{route}: {}", reply.text);
        // What the stream updates is in the next response.
        self.shop.settle().await;
        // Pictures of the demo shop are at this server's address.
        let text = text(&reply).replace(&self.shop.running.url, "http://chat.test");
        let is_new = self.by_route.insert(route.to_owned(), text).is_none();
        assert!(is_new, "{route} is called twice");
        reply.body
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a list that reads top down")]
async fn every_route_responds_as_its_snapshot_says() {
    let shop = Shop::with_stopped_clock(&[]).await;
    let (ada, mia) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let (nobody, guest) = (shop.nobody(), shop.guest());
    let mut responses = Responses { shop: &shop, by_route: BTreeMap::new() };
    let mut call = async |client: &Client, route: &str, parameter: &str, body: Value| {
        responses.call(client, route, parameter, body).await
    };
    let none = || Value::Null;
    let id = |response: &Value| response["message"]["id"].as_str().expect("an id").to_owned();

    call(&nobody, "GET /health", "", none()).await;
    let profile = json!({ "first_name": "Mia", "last_name": "Berg", "email": "mia@shop.example" });
    call(&mia, "PUT /admin/chat/profile", "", profile).await;
    call(&mia, "GET /admin/chat/profile", "", none()).await;
    call(&mia, "GET /admin/chat/staff", "", none()).await;
    let canned = json!({ "canned": [{ "shortcut": "hi", "text": "Hello! How can we help?" }] });
    call(&mia, "PUT /admin/chat/canned", "", canned).await;
    call(&mia, "GET /admin/chat/canned", "", none()).await;
    let endpoint = json!({ "endpoint": "https://fcm.googleapis.com/fcm/send/example" });
    let keys = &shop.running.dev.push_service.subscribe(None)["keys"];
    let browser = json!({ "endpoint": endpoint["endpoint"], "keys": keys });
    call(&mia, "PUT /admin/chat/push/subscriptions", "", browser).await;
    call(&mia, "DELETE /admin/chat/push/subscriptions", "", endpoint).await;

    // A conversation with an edited and a deleted message of each side.
    let opened = call(&ada, "POST /store/chat/channels", "", json!({})).await;
    let hash = opened["channel"]["channel_hash"].as_str().expect("a hash");
    let question = json!({ "body": "Is it in stock?", "client_message_id": "question-1" });
    let question_sent =
        call(&ada, "POST /store/chat/messages/{channel_hash}", hash, question).await;
    let edit = json!({ "body": "Is the teapot in stock?" });
    call(&ada, "PUT /store/chat/messages/id/{message_id}", &id(&question_sent), edit).await;
    let deleted = json!({ "message": ada.say(hash, "oops").await });
    call(&ada, "DELETE /store/chat/messages/id/{message_id}", &id(&deleted), none()).await;
    let answer = json!({ "body": "It is." });
    let answered = call(&mia, "POST /admin/chat/messages/{channel_hash}", hash, answer).await;
    let edit = json!({ "body": "It is in stock." });
    call(&mia, "PUT /admin/chat/messages/id/{message_id}", &id(&answered), edit).await;
    let deleted = json!({ "message": mia.answer(hash, "oops").await });
    call(&mia, "DELETE /admin/chat/messages/id/{message_id}", &id(&deleted), none()).await;

    // The staff's work.
    let label = json!({ "slug": "stock", "name": "Stock", "color": "#0f766e" });
    let labels = json!({ "labels": [label], "version": 0 });
    call(&mia, "PUT /admin/chat/labels", "", labels).await;
    let settings = json!({ "settings": {
        "hours": {
            "time_zone": "Europe/Berlin",
            "week": { "mon": [{ "from": "09:00", "to": "17:30" }] },
            "exceptions": [{ "date": "2126-12-24", "spans": [] }],
        },
        "away_message": { "en": "We are closed." },
        "greeting": { "en": "Hello!" },
        "quick_replies": { "en": ["Where is my order?"] },
        "close_after_days": 30,
    }, "version": 0 });
    call(&mia, "PUT /admin/chat/settings", "", settings).await;
    let no_hours = json!({ "settings": {}, "version": 1 });
    mia.put("/admin/chat/settings", no_hours).await.ok();
    let work = json!({ "assignee_id": "user_mia", "labels": ["stock"] });
    call(&mia, "PUT /admin/chat/channels/{channel_hash}", hash, work).await;
    let question_to_tom = json!({ "body": "Tom, is the lid in stock?", "mentions": ["user_mia"] });
    let added =
        call(&mia, "POST /admin/chat/channels/{channel_hash}/notes", hash, question_to_tom).await;
    let note_id = added["note"]["id"].as_str().expect("an id").to_owned();
    let edit = json!({ "body": "Tom, are the lids in stock?" });
    call(&mia, "PUT /admin/chat/notes/id/{note_id}", &note_id, edit).await;
    call(&mia, "DELETE /admin/chat/notes/id/{note_id}", &note_id, none()).await;
    call(&mia, "PUT /admin/chat/channels/{channel_hash}/unread", hash, json!({})).await;

    let rating = json!({ "score": 5, "comment": "Quick" });
    call(&ada, "PUT /store/chat/channels/{channel_hash}/rating", hash, rating).await;

    // Ada sends a picture, Mia a text.
    for (client, scope) in [(&ada, "store"), (&mia, "admin")] {
        let (kind, bytes) =
            if scope == "store" { ("image/png", PNG) } else { ("text/plain", b"2 l".as_slice()) };
        let file = json!({ "channel_hash": hash, "name": "Größe", "content_type": kind,
                           "size": bytes.len(), "alt": "The size" });
        let announced = call(client, &format!("POST /{scope}/chat/files"), "", file).await;
        assert_eq!(put(&announced["upload"], bytes).await, 200);
        let file_id = announced["file"]["id"].as_str().expect("an id").to_owned();
        let complete = format!("POST /{scope}/chat/files/{{file_id}}");
        let completed = call(client, &complete, &file_id, json!({})).await;
        client.send_files(hash, &[&file_id]).await.ok();
        if scope == "store" {
            let url = completed["file"]["url"].as_str().expect("a link");
            let (_, link) = url.split_once("/chat/files/").expect("a path");
            call(&nobody, "GET /chat/files/{file_id}/{signature}/{name}", link, none()).await;
        }
    }

    // Ada gets a notice; then each side has one unread message.
    shop.advance(61).await;
    let mail = shop.mails().pop().expect("a notice");
    let link = mail.headers["List-Unsubscribe"].trim_matches(['<', '>']);
    let token = link.rsplit('/').next().expect("a token");
    for (client, scope) in [(&ada, "store"), (&mia, "admin")] {
        let route = format!("POST /{scope}/chat/channels/{{channel_hash}}/transcript");
        call(client, &route, hash, none()).await;
    }
    call(&nobody, "GET /chat/unsubscribe/{token}", token, none()).await;
    let button = nobody.with("content-type", "application/x-www-form-urlencoded");
    call(&button, "POST /chat/unsubscribe/{token}", token, none()).await;
    call(&mia, "PUT /admin/chat/channels/{channel_hash}/read", hash, json!({})).await;
    call(&ada, "PUT /store/chat/channels/{channel_hash}/read", hash, json!({})).await;
    ada.say(hash, "And the lid?").await;
    mia.answer(hash, "The lid too.").await;
    shop.settle().await;
    for (client, scope) in [(&ada, "store"), (&mia, "admin")] {
        let mut get = async |path: &str| {
            call(client, &format!("GET /{scope}/chat/{path}"), hash, none()).await;
        };
        get("channels").await;
        get("channels/{channel_hash}").await;
        get("channels/{channel_hash}/events").await;
        get("messages/{channel_hash}").await;
        get("messages/unread-count").await;
    }
    call(&ada, "POST /store/chat/realtime/ticket", "", json!({})).await;
    call(&mia, "POST /admin/chat/realtime/ticket", "", json!({})).await;
    let customer = json!({ "customer_id": "cus_ben" });
    call(&mia, "POST /admin/chat/channels", "", customer).await;

    // A guest asks and becomes a customer.
    call(&nobody, "POST /store/chat/guest", "", json!({})).await;
    let asked_by_guest = guest.open().await;
    guest.say(&asked_by_guest, "Do you ship to Norway?").await;
    let profile = json!({ "first_name": "Eve", "email": "eve@guests.example" });
    call(&guest, "PUT /store/chat/profile", "", profile).await;
    let eve = EmailAddress::parse("eve@guests.example").expect("an address");
    let id = ActorId::parse(asked_by_guest.strip_prefix("direct:admin:").expect("a guest's"));
    let link = shop.running.app.guest_url(&id.expect("an id"), &eve).await.expect("a link");
    let token = link.rsplit('=').next().expect("a token");
    call(&nobody, "POST /store/chat/guest/resume", "", json!({ "token": token })).await;
    let claimant =
        guest.with_token(&local::customer_token("cus_eve", shop.running.app.clock.now()));
    call(&claimant, "POST /store/chat/guest/claim", "", json!({})).await;

    // Five measured answers, so that there is a median.
    for n in 0..5 {
        let customer = shop.customer(&format!("cus_{n}"));
        let hash = customer.open().await;
        customer.say(&hash, "Hello?").await;
        shop.advance(60).await;
        mia.answer(&hash, "Hello!").await;
    }
    shop.settle().await;
    call(&nobody, "GET /store/chat/reply-time", "", none()).await;

    // Routes that only read need no line of their own here.
    let called = responses.by_route.keys().cloned().collect();
    for (route, ..) in reads_beyond(&called, hash) {
        let client = if route.starts_with("GET /admin/") { &mia } else { &ada };
        let parameter = if route.ends_with("{customer_id}") { "cus_ben" } else { hash };
        responses.call(client, &route, parameter, none()).await;
    }
    compare(&responses.by_route);
}

/// Compares each response with its snapshot. Every route of the OpenAPI document needs one, and
/// every snapshot needs a route.
fn compare(responses: &BTreeMap<String, String>) {
    let called: BTreeSet<&str> = responses.keys().map(String::as_str).collect();
    let routes = routes();
    let missing: Vec<_> = routes.iter().filter(|route| !called.contains(route.as_str())).collect();
    assert!(missing.is_empty(), "no snapshot of {missing:?}: call them in tests/api/snapshots.rs");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (route, response) in responses {
            insta::assert_snapshot!(file_name(route), response);
        }
    });
    let expected: BTreeSet<_> =
        routes.iter().map(|route| format!("{}.snap", file_name(route))).collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/api/snapshots");
    for file in std::fs::read_dir(folder).expect("the snapshots") {
        let name = file.expect("a file").file_name().into_string().expect("a name");
        let is_new = name.ends_with(".snap.new");
        assert!(is_new || expected.contains(&name), "{folder}/{name} has no route: remove it");
    }
}

/// `PUT /store/chat/channels/{channel_hash}/read` is in
/// `store.chat.channels.channel_hash.read.PUT`.
fn file_name(route: &str) -> String {
    let (method, path) = route.split_once(' ').expect("a method and a path");
    format!("{}.{method}", path.trim_start_matches('/').replace('/', ".").replace(['{', '}'], ""))
}

/// A response as text: status, headers and body, without what changes from run to run.
fn text(reply: &Reply) -> String {
    let header = |(name, value): (&axum::http::HeaderName, &harness::HeaderValue)| {
        let value = value.to_str().expect("text");
        let value = match name.as_str() {
            "x-request-id" => "[request]",
            "location" => "[location]",
            _ => value,
        };
        format!("{name}: {value}\n")
    };
    let headers: BTreeSet<String> = reply.headers.iter().map(header).collect();
    let headers = headers.into_iter().filter(|line| !line.starts_with("content-length"));
    let body = if reply.body.is_null() {
        reply.text.clone()
    } else {
        let mut seen = Vec::new();
        format!("{:#}\n", redacted(&reply.body, "", &mut seen))
    };
    format!("{}\n{}\n{body}", reply.status, headers.collect::<String>())
}

/// A value with placeholders for ids, times, cursors, secrets and addresses of the server. The same
/// id has the same placeholder: `seen` has the ids so far.
fn redacted(value: &Value, field: &str, seen: &mut Vec<String>) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), redacted(value, name, seen)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(all) => all.iter().map(|value| redacted(value, field, seen)).collect(),
        Value::String(_) if RANDOM_FIELDS.contains(&field) => json!(format!("[{field}]")),
        Value::String(text) if Timestamp::parse(text).is_some() => json!("[time]"),
        Value::String(text) => json!(redacted_ids(text, seen)),
        other => other.clone(),
    }
}

/// A text such as `direct:admin:guest_…` with placeholders for its random ids.
fn redacted_ids(text: &str, seen: &mut Vec<String>) -> String {
    let mut placeholder = |part: &str| {
        let prefix = RANDOM_IDS.iter().find(|prefix| part.starts_with(*prefix))?;
        let number = seen.iter().position(|id| id == part).unwrap_or_else(|| {
            seen.push(part.to_owned());
            seen.len() - 1
        });
        Some(format!("[{prefix}{number}]"))
    };
    let parts = text.split(':').map(|part| placeholder(part).unwrap_or_else(|| part.to_owned()));
    parts.collect::<Vec<_>>().join(":")
}
