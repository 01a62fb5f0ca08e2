//! The captured events in `events/`, for `sam local invoke`: one per route and one per other
//! trigger. Each is replayed, in the order of a small story, through the entry point that Lambda
//! calls.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use harness::{Fault, Shop, reads_beyond};
use serde_json::{Value, json};

use crate::{file, read_event, routes, update};

/// The tokens in the events are valid until 2100, signed with Medusa's public default secret.
const LONG_AFTER: i64 = 4_102_444_800;
/// 2026-03-26T12:00:00Z.
const CAPTURED_AT: domain::Timestamp = domain::Timestamp::from_millis(1_774_526_400_000);
/// An unsubscribe token as in links.
const UNSUBSCRIBE: &str = "kzg4flb2hrhxaowqk33swb5rfwnyfovmovpvwpusgn6baoljmpc2";
/// A signature as in links to files.
const SIGNATURE: &str = "1774533600-kzg4flb2hrhxaowqk33swb5rfw";
const GUEST: &str = "an-example-guest-secret-0123456789";

/// Files for browsers: event, path, content type. The asset is the one whose name never changes.
pub(crate) const LOADED: [(&str, &str, &str); 4] = [
    ("web-inbox", "/app/chat", "text/html; charset=utf-8"),
    ("web-installed", "/app/chat/sw.js", "text/javascript; charset=utf-8"),
    ("web-widget", "/chat/widget.js", "text/javascript; charset=utf-8"),
    ("web-asset", "/chat/assets/entry/reload.js", "text/javascript; charset=utf-8"),
];

/// File, caller, method, path, body.
pub(crate) type Step = (&'static str, Caller, &'static str, String, Option<Value>);

#[derive(Clone, Copy)]
pub(crate) enum Caller {
    Nobody,
    Customer,
    Guest,
    CustomerAndGuest,
    Admin,
}

/// The channel of the story.
const HASH: &str = "direct:admin:cus_example";

/// Every route once, in an order in which each finds the data that it needs.
pub(crate) fn story() -> Vec<Step> {
    let mut steps = written_story();
    let called = steps.iter().map(|(_, _, method, path, _)| route_of(method, path)).collect();
    for (route, name, path) in reads_beyond(&called, HASH) {
        let is_admins = route.starts_with("GET /admin/");
        let who = if is_admins { Caller::Admin } else { Caller::Customer };
        steps.push((name.leak(), who, "GET", path, None));
    }
    steps
}

/// The route of a call, as `METHOD /path`: the one that both the function's router and the gateway
/// choose.
fn route_of(method: &str, path: &str) -> String {
    let routes = routes();
    let web = web::PATHS.map(|path| format!("GET {path}"));
    let of_method =
        routes.iter().chain(&web).filter_map(|route| route.strip_prefix(method)?.strip_prefix(' '));
    let path = path.split('?').next().unwrap_or(path);
    let known = local::most_specific(of_method, path);
    format!("{method} {}", known.unwrap_or_else(|| panic!("{method} {path}: no such route")))
}

/// The routes that need a body or a place in the story. Other routes that only read need no line
/// here.
#[expect(clippy::too_many_lines, reason = "a table of requests")]
fn written_story() -> Vec<Step> {
    let hash = HASH;
    let key = domain::ChannelHash::parse(hash).unwrap().key();
    let message = |seq: u64| domain::MessageId { channel: key.clone(), seq }.to_string();
    // The answer before has assigned its sender: that entry is the first.
    let note = domain::NoteId { channel: key.clone(), staff_seq: 2 };
    let note = format!("/admin/chat/notes/id/{note}");
    // An announced file has a random id, so these requests find none.
    let made_up = domain::FileId::from_random(key.clone(), [0; 16]);
    let file = Some(json!({
        "channel_hash": hash, "name": "teapot.jpg", "content_type": "image/jpeg",
        "size": 431_207, "width": 2_048, "height": 1_536, "alt": "A green teapot without a lid",
    }));
    let text = |body: &str| Some(json!({ "body": body }));
    let with_id = |body: &str| Some(json!({ "body": body, "client_message_id": "example-0001" }));
    let (customer, guest, both, admin) =
        (Caller::Customer, Caller::Guest, Caller::CustomerAndGuest, Caller::Admin);
    vec![
        ("health", Caller::Nobody, "GET", "/health".to_owned(), None),
        ("store-create-guest", Caller::Nobody, "POST", "/store/chat/guest".to_owned(), None),
        (
            "store-open-channel",
            customer,
            "POST",
            "/store/chat/channels".to_owned(),
            Some(json!({})),
        ),
        (
            "store-send-message",
            customer,
            "POST",
            format!("/store/chat/messages/{hash}"),
            Some(json!({
                "body": "Is the green teapot in stock?",
                "client_message_id": "example-0001",
                "page": { "title": "Teapots", "url": "http://localhost:8000/teapots" },
            })),
        ),
        (
            "admin-open-channel",
            admin,
            "POST",
            "/admin/chat/channels".to_owned(),
            Some(json!({ "customer_id": "cus_example", "admin_id": "admin" })),
        ),
        (
            "admin-put-push-subscription",
            admin,
            "PUT",
            "/admin/chat/push/subscriptions".to_owned(),
            Some(json!({
                "endpoint": "https://fcm.googleapis.com/fcm/send/example",
                "keys": {
                    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
                    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7\
                               Vd8pZGH6SRpkNtoIAiw4",
                },
                "with_text": true,
            })),
        ),
        (
            "admin-delete-push-subscription",
            admin,
            "DELETE",
            "/admin/chat/push/subscriptions".to_owned(),
            Some(json!({ "endpoint": "https://fcm.googleapis.com/fcm/send/example" })),
        ),
        (
            "admin-send-message",
            admin,
            "POST",
            format!("/admin/chat/messages/{hash}"),
            Some(json!({
                "body": "It is, forty of them.",
                "card": {
                    "kind": "product",
                    "price": { "amount": 24.5, "currency_code": "eur" },
                    "title": "Green teapot",
                },
                "client_message_id": "example-0001",
            })),
        ),
        (
            "admin-edit-message",
            admin,
            "PUT",
            format!("/admin/chat/messages/id/{}", message(2)),
            text("It is: forty of them."),
        ),
        (
            "store-edit-message",
            customer,
            "PUT",
            format!("/store/chat/messages/id/{}", message(1)),
            text("Is the green teapot back in stock?"),
        ),
        ("admin-list-channels", admin, "GET", "/admin/chat/channels?limit=20".to_owned(), None),
        (
            "admin-list-messages",
            admin,
            "GET",
            format!("/admin/chat/messages/{hash}?limit=50"),
            None,
        ),
        (
            "admin-list-events",
            admin,
            "GET",
            format!("/admin/chat/channels/{hash}/events?after=0"),
            None,
        ),
        (
            "admin-mark-read",
            admin,
            "PUT",
            format!("/admin/chat/channels/{hash}/read"),
            Some(json!({})),
        ),
        ("admin-unread-count", admin, "GET", "/admin/chat/messages/unread-count".to_owned(), None),
        ("store-list-channels", customer, "GET", "/store/chat/channels?limit=20".to_owned(), None),
        (
            "store-list-messages",
            customer,
            "GET",
            format!("/store/chat/messages/{}?limit=50", hash.replace(':', "%3A")),
            None,
        ),
        (
            "store-list-events",
            customer,
            "GET",
            format!("/store/chat/channels/{hash}/events?after=0"),
            None,
        ),
        (
            "store-mark-read",
            customer,
            "PUT",
            format!("/store/chat/channels/{hash}/read"),
            Some(json!({ "seq": 2 })),
        ),
        ("store-unread-count", guest, "GET", "/store/chat/messages/unread-count".to_owned(), None),
        ("store-create-ticket", customer, "POST", "/store/chat/realtime/ticket".to_owned(), None),
        ("admin-create-ticket", admin, "POST", "/admin/chat/realtime/ticket".to_owned(), None),
        (
            "store-delete-message",
            customer,
            "DELETE",
            format!("/store/chat/messages/id/{}", message(1)),
            None,
        ),
        (
            "admin-delete-message",
            admin,
            "DELETE",
            format!("/admin/chat/messages/id/{}", message(2)),
            None,
        ),
        (
            "admin-put-profile",
            admin,
            "PUT",
            "/admin/chat/profile".to_owned(),
            Some(json!({ "first_name": "Mia", "digest": true })),
        ),
        ("admin-get-profile", admin, "GET", "/admin/chat/profile".to_owned(), None),
        (
            "store-put-profile",
            guest,
            "PUT",
            "/store/chat/profile".to_owned(),
            Some(json!({ "first_name": "Eve" })),
        ),
        (
            "show-unsubscribe",
            Caller::Nobody,
            "GET",
            format!("/chat/unsubscribe/{UNSUBSCRIBE}"),
            None,
        ),
        ("unsubscribe", Caller::Nobody, "POST", format!("/chat/unsubscribe/{UNSUBSCRIBE}"), None),
        ("store-claim-guest", both, "POST", "/store/chat/guest/claim".to_owned(), None),
        (
            "admin-put-canned",
            admin,
            "PUT",
            "/admin/chat/canned".to_owned(),
            Some(
                json!({ "canned": [{ "shortcut": "hours", "text": "We are here from 9 to 5." }] }),
            ),
        ),
        ("admin-get-canned", admin, "GET", "/admin/chat/canned".to_owned(), None),
        ("admin-list-staff", admin, "GET", "/admin/chat/staff".to_owned(), None),
        ("store-get-reply-time", Caller::Nobody, "GET", "/store/chat/reply-time".to_owned(), None),
        (
            "store-get-availability",
            Caller::Nobody,
            "GET",
            "/store/chat/availability".to_owned(),
            None,
        ),
        ("admin-get-settings", admin, "GET", "/admin/chat/settings".to_owned(), None),
        (
            "admin-put-settings",
            admin,
            "PUT",
            "/admin/chat/settings".to_owned(),
            Some(json!({
                "settings": {
                    "hours": {
                        "time_zone": "Europe/Berlin",
                        "week": { "mon": [{ "from": "09:00", "to": "17:30" }] },
                    },
                    "away_message": { "en": "We are closed, and answer tomorrow." },
                },
                "version": 0,
            })),
        ),
        ("admin-get-channel", admin, "GET", format!("/admin/chat/channels/{hash}"), None),
        (
            "admin-put-labels",
            admin,
            "PUT",
            "/admin/chat/labels".to_owned(),
            Some(json!({
                "labels": [{ "slug": "return", "name": "Return", "color": "#b45309" }],
                "version": 0,
            })),
        ),
        (
            "admin-add-note",
            admin,
            "POST",
            format!("/admin/chat/channels/{hash}/notes"),
            with_id("Ask Tom"),
        ),
        ("admin-edit-note", admin, "PUT", note.clone(), text("Ask Tom today")),
        ("admin-delete-note", admin, "DELETE", note, None),
        (
            "admin-change-channel",
            admin,
            "PUT",
            format!("/admin/chat/channels/{hash}"),
            Some(json!({ "status": "closed", "labels": ["return"] })),
        ),
        (
            "store-rate-case",
            customer,
            "PUT",
            format!("/store/chat/channels/{hash}/rating"),
            Some(json!({ "score": 5, "comment": "Quick and kind" })),
        ),
        (
            "admin-mark-unread",
            admin,
            "PUT",
            format!("/admin/chat/channels/{hash}/unread"),
            Some(json!({})),
        ),
        (
            "store-get-channel",
            customer,
            "GET",
            format!("/store/chat/channels/{}", hash.replace(':', "%3A")),
            None,
        ),
        ("store-announce-file", customer, "POST", "/store/chat/files".to_owned(), file.clone()),
        ("admin-announce-file", admin, "POST", "/admin/chat/files".to_owned(), file),
        (
            "store-complete-file",
            customer,
            "POST",
            format!("/store/chat/files/{made_up}"),
            Some(json!({})),
        ),
        ("admin-complete-file", admin, "POST", format!("/admin/chat/files/{made_up}"), None),
        (
            "follow-file-link",
            Caller::Nobody,
            "GET",
            format!("/chat/files/{made_up}/{SIGNATURE}/teapot.jpg"),
            None,
        ),
        (
            "store-resume-guest",
            Caller::Nobody,
            "POST",
            "/store/chat/guest/resume".to_owned(),
            Some(json!({ "token": format!("{UNSUBSCRIBE}1774533600{}", &UNSUBSCRIBE[26..]) })),
        ),
        (
            "store-request-transcript",
            customer,
            "POST",
            format!("/store/chat/channels/{hash}/transcript"),
            None,
        ),
        (
            "admin-request-transcript",
            admin,
            "POST",
            format!("/admin/chat/channels/{hash}/transcript"),
            None,
        ),
    ]
}

fn headers(caller: Caller) -> HeaderMap {
    let token = |id: &str, kind: &str| {
        let claims = json!({ "actor_id": id, "actor_type": kind, "iat": 0, "exp": LONG_AFTER });
        ("authorization", format!("Bearer {}", local::sign(&claims, local::JWT_SECRET)))
    };
    let guest = ("guest_id_for_live_chat", GUEST.to_owned());
    let credentials = match caller {
        Caller::Nobody => vec![],
        Caller::Customer => vec![token("cus_example", "customer")],
        Caller::Guest => vec![guest],
        Caller::CustomerAndGuest => vec![token("cus_example", "customer"), guest],
        Caller::Admin => vec![token("user_example", "user")],
    };
    let common = [
        ("host", "chat.example"),
        ("content-type", "application/json"),
        ("origin", "http://localhost:8000"),
        ("user-agent", "example"),
    ];
    let all = common.map(|(name, value)| (name, value.to_owned())).into_iter().chain(credentials);
    all.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap()))
        .collect()
}

fn pretty(value: &Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(value).unwrap())
}

/// Checks an event against its file in `events/`, which `UPDATE=1` writes; returns the file's.
fn captured(name: &str, event: &Value) -> Value {
    let path = file(&format!("events/{name}.json"));
    if update() {
        std::fs::write(&path, pretty(event)).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == pretty(event), "events/{name}.json is missing or stale: run with UPDATE=1");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn each_captured_request_equals_the_gateways_event_and_gets_a_response() {
    let shop = Shop::open().await;
    for (name, caller, method, path, body) in story() {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let event = shop.running.gateway.event(
            &method,
            &path,
            &headers(caller),
            body.as_bytes(),
            "192.0.2.1",
            CAPTURED_AT,
        );
        let event = captured(name, &event);
        let response = shop.running.gateway.call(event).await.expect("a response");
        let status = match path.as_str() {
            // A link is valid in one shop only: the captured one in none.
            path if path.starts_with("/chat/unsubscribe/") => 400,
            "/store/chat/guest/resume" => 400,
            path if path.contains("/chat/files/") => 404,
            _ => 200,
        };
        assert_eq!(response.status, status, "{name}: {}", response.payload);
        assert_eq!(
            response.payload["headers"]["access-control-allow-origin"], "http://localhost:8000",
            "{name}"
        );
        serde_json::from_str::<Value>(response.payload["body"].as_str().unwrap())
            .expect("a JSON body");
    }
}

#[tokio::test]
async fn captured_requests_of_browsers_get_their_files() {
    let shop = Shop::open().await;
    for (name, path, kind) in LOADED {
        let asks =
            [("host", "chat.example"), ("accept-encoding", "gzip, br"), ("user-agent", "example")];
        let asks = asks
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let event = shop.running.gateway.event(
            &Method::GET,
            path,
            &asks.into_iter().collect(),
            b"",
            "192.0.2.1",
            CAPTURED_AT,
        );
        let event = captured(name, &event);
        let response = shop.running.gateway.call(event).await.expect("a response");
        assert_eq!(
            (response.status, response.payload["headers"]["content-type"].as_str()),
            (200, Some(kind)),
            "{name}"
        );
    }
}

#[tokio::test]
async fn the_captured_stream_event_is_handled() {
    let captured = file("events/stream-written.json");
    let shop = Shop::with_idle_stream().await;
    let customer = shop.customer("cus_example");
    let hash = customer.open().await;
    customer.say(&hash, "Is the green teapot in stock?").await;
    if update() {
        let (mut batch, _) = shop.running.stream.batch_after(None, 100).await.unwrap();
        // The filter of template.yaml: heads, new entries of the log, people.
        batch["Records"].as_array_mut().unwrap().retain(|record| {
            let image = &record["dynamodb"]["NewImage"];
            let is_entry = image["event_id"].is_object() && record["eventName"] == "INSERT";
            image["channel_hash"].is_object() || is_entry || image["profile_at"].is_object()
        });
        std::fs::write(&captured, pretty(&batch)).unwrap();
    }
    let event: Value = serde_json::from_str(
        &std::fs::read_to_string(&captured).expect("events/stream-written.json"),
    )
    .unwrap();
    assert_eq!(shop.admin("user_1").unread("admin").await, 0);
    for _ in 0..2 {
        shop.running.stream.deliver(event.clone()).await.expect("handled");
        assert!(
            shop.running
                .dev
                .bus
                .events()
                .iter()
                .any(|event| event["detail-type"] == "chat.message.created")
        );
        assert_eq!(shop.running.dev.scheduler.pending(), 1);
        assert_eq!(shop.admin("user_1").unread("admin").await, 1);
        assert_eq!(shop.admin("user_1").get("/admin/chat/channels").await.ok()["count"], 1);
    }
}

#[tokio::test]
async fn the_captured_calls_of_schedules_are_handled() {
    let shop = Shop::by_hand(&[]).await;
    let hash = shop.customer("cus_example").open().await;
    shop.admin("user_example").answer(&hash, "It is, forty of them.").await;
    shop.deliver_all().await;
    let key = domain::ChannelHash::parse(&hash).unwrap().key();
    let event =
        captured("notice", &json!({ "channel": key.as_str(), "side": "member", "episode": "0.0" }));
    shop.running.app.clock.advance(61_000);
    let notices = notice::Notices::new(&shop.running.app);
    let outcome =
        notice::handle(notices, serde_json::from_value(event).unwrap()).await.expect("handled");
    assert_eq!(outcome, notice::Outcome::Sent);

    shop.admin("user_example").answer(&hash, "It has arrived.").await;
    let event = captured("digest", &json!({}));
    let summary =
        digest::handle(digest::Digest::new(&shop.running.app), event).await.expect("handled");
    assert_eq!(summary.sent, 1);
    assert_eq!(shop.running.dev.outbox.mails().len(), 2);

    let note = json!({ "body": "Is the lid in stock?", "mentions": ["user_other"] });
    let profile = json!({ "first_name": "Tom", "email": "tom@shop.example" });
    shop.admin("user_other").put("/admin/chat/profile", profile).await.ok();
    let path = format!("/admin/chat/channels/{hash}/notes");
    let noted = shop.admin("user_example").post(&path, note).await.ok();
    let mention = json!({ "admin": "user_other", "note": noted["note"]["id"] });
    // A snooze that somebody ended before its time.
    let snooze_end = json!({ "channel": key.as_str(), "snoozed_until": 1_796_284_800_000_u64 });
    let starts_at = domain::Timestamp::parse("2100-01-01T10:00:00Z").unwrap();
    let meeting = json!({ "starts_at": "2100-01-01T10:00:00Z", "ends_at": "2100-01-01T10:30:00Z" });
    let body = json!({ "body": "Shall we talk?", "type": "meeting", "meeting": meeting });
    let path = format!("/admin/chat/messages/{hash}");
    let proposed = shop.admin("user_example").post(&path, body).await.ok();
    let id = &proposed["message"]["id"];
    let reminder = json!({ "message": id, "side": "member", "starts_at": starts_at.millis() });
    let transcript = json!({
        "transcript": "kzg4flb2hrhxaowqk33swb5rfw", "channel": key.as_str(),
        "person": "cus_example", "side": "member",
    });
    for (name, event, expected) in [
        ("notice-transcript", transcript, notice::Outcome::Sent),
        ("notice-reminder", reminder, notice::Outcome::Sent),
        ("notice-mention", mention, notice::Outcome::Sent),
        ("notice-snooze-end", snooze_end, notice::Outcome::Unchanged),
    ] {
        let call = serde_json::from_value(captured(name, &event)).unwrap();
        let notices = notice::Notices::new(&shop.running.app);
        assert_eq!(notice::handle(notices, call).await.expect("handled"), expected, "{name}");
    }
}

#[tokio::test]
async fn the_captured_retry_publishes_the_queued_events() {
    let shop = Shop::by_hand(&[]).await;
    let customer = shop.customer("cus_example");
    let hash = customer.open().await;
    customer.say(&hash, "Is the green teapot in stock?").await;
    shop.wire.disturb(|_, operation| (operation == "PutEvents").then_some(Fault::ServerError));
    shop.deliver_all().await;
    assert!(shop.running.dev.bus.events().is_empty());
    let queued = shop.running.dev.queue.waiting().len();
    assert!(queued > 0, "the events are queued");
    shop.wire.reset();
    let event = captured("relay-retry", &json!({ "retry": "events" }));
    let relay = relay::Relay::new(&shop.running.app);
    relay::handle(relay, serde_json::from_value(event.clone()).unwrap()).await.expect("handled");
    let published = shop.running.dev.bus.events();
    assert_eq!(published.len(), queued);
    assert!(published.iter().any(|event| event["detail-type"] == "chat.message.created"));
    assert!(shop.running.dev.queue.waiting().is_empty());
}

#[tokio::test]
async fn the_captured_feedback_ends_the_mails_to_an_address() {
    let shop = Shop::open().await;
    let bounce = json!({
        "eventType": "Bounce",
        "bounce": {
            "bounceType": "Permanent", "bounceSubType": "General",
            "bouncedRecipients": [{ "emailAddress": "cus_bounces@customers.example" }],
        },
        "mail": { "timestamp": "2026-03-26T12:00:00.000Z", "messageId": "example" },
    });
    let complaint = json!({
        "eventType": "Complaint",
        "complaint": {
            "complainedRecipients": [{ "emailAddress": "cus_complains@customers.example" }],
        },
        "mail": { "timestamp": "2026-03-26T12:00:00.000Z", "messageId": "example" },
    });
    for (name, message) in [("feedback-bounce", bounce), ("feedback-complaint", complaint)] {
        let event = captured(
            name,
            &json!({ "Records": [{
                "EventVersion": "1.0", "EventSource": "aws:sns",
                "EventSubscriptionArn": concat!(
                    "arn:aws:sns:eu-west-1:123456789012:live-chat:",
                    "00000000-0000-0000-0000-000000000000",
                ),
                "Sns": {
                    "Type": "Notification", "MessageId": "00000000-0000-0000-0000-000000000000",
                    "TopicArn": "arn:aws:sns:eu-west-1:123456789012:live-chat",
                    "Subject": "Amazon SES Email Event Notification",
                    "Message": message.to_string(), "Timestamp": "2026-03-26T12:00:00.000Z",
                    "SignatureVersion": "1",
                    "Signature": "example", "SigningCertUrl": "https://sns.example/cert.pem",
                    "UnsubscribeUrl": "https://sns.example/unsubscribe", "MessageAttributes": {},
                },
            }] }),
        );
        feedback::handle(shop.running.app.clone(), serde_json::from_value(event).unwrap())
            .await
            .expect("handled");
    }
    for id in ["cus_bounces", "cus_complains", "cus_example"] {
        let hash = shop.customer(id).open().await;
        shop.admin("user_example").answer(&hash, "It is, forty of them.").await;
    }
    shop.running.background.advance(61).await;
    let to: Vec<_> = shop.running.dev.outbox.mails().into_iter().flat_map(|mail| mail.to).collect();
    assert_eq!(to, ["cus_example@customers.example"]);
}

#[tokio::test]
async fn each_captured_event_of_a_socket_is_handled() {
    let shop = Shop::open().await;
    let state = http::AppState::new(shop.running.app.clone()).unwrap();
    let realtime = realtime::Realtime::new(&state);
    let token = headers(Caller::Customer)["authorization"].to_str().unwrap().to_owned();
    let connect = json!({ "headers": { "Authorization": token, "Origin": "http://localhost:8000",
        "Sec-WebSocket-Protocol": "chat.v1" } });
    let frame = json!({ "body": "{\"action\":\"ping\"}" });
    let story = [
        ("realtime-connect", "CONNECT", "$connect", connect),
        ("realtime-frame", "MESSAGE", "$default", frame),
        ("realtime-disconnect", "DISCONNECT", "$disconnect", json!({})),
    ];
    for (name, kind, route, rest) in story {
        let reported = local::SocketEvent {
            kind,
            route,
            connection: "L0SM9cOFvHcCIhw=",
            connected_at: CAPTURED_AT,
            peer: "192.0.2.1",
        };
        let event = reported.event(&rest, "example", CAPTURED_AT);
        let event = serde_json::from_value(captured(name, &event)).unwrap();
        let (response, rest) = realtime::handle(realtime.clone(), event).await.expect("a response");
        rest.run().await;
        let response = serde_json::to_value(response).unwrap();
        assert_eq!(response["statusCode"], 200, "{name}");
        if kind == "CONNECT" {
            assert_eq!(response["headers"]["Sec-WebSocket-Protocol"], "chat.v1");
        }
    }
    let person = domain::Principal::Customer(domain::ActorId::parse("cus_example").unwrap());
    assert!(
        shop.running
            .app
            .store
            .connections_of(&person, shop.running.app.clock.now())
            .await
            .unwrap()
            .is_empty()
    );
}

#[test]
fn every_route_has_its_event_and_every_event_its_route() {
    let names: Vec<&str> = story()
        .iter()
        .map(|(name, ..)| *name)
        .chain(LOADED.iter().map(|(name, ..)| *name))
        .collect();
    let mut expected = routes();
    expected.extend(web::PATHS.map(|path| format!("GET {path}")));
    let mut covered: Vec<String> = names
        .iter()
        .map(|name| {
            let event = read_event(name);
            let (method, path) = (
                event["requestContext"]["http"]["method"].as_str().unwrap(),
                event["rawPath"].as_str().unwrap(),
            );
            let group = local::most_specific(local::ROUTES.map(|(route, _)| route), path)
                .unwrap_or_else(|| panic!("{name}: no route"));
            assert_eq!(event["routeKey"], format!("ANY {group}"), "events/{name}.json");
            assert_eq!(
                event["requestContext"]["routeKey"], event["routeKey"],
                "events/{name}.json"
            );
            route_of(method, path)
        })
        .collect();
    covered.sort();
    expected.sort();
    assert_eq!(
        covered, expected,
        "add the missing call to tests/contract/events.rs, `written_story`"
    );
    let known: Vec<String> = names.iter().map(|name| format!("{name}.json")).collect();
    let others = [
        "stream-written.json",
        "realtime-connect.json",
        "realtime-frame.json",
        "realtime-disconnect.json",
        "relay-retry.json",
        "notice.json",
        "notice-mention.json",
        "notice-reminder.json",
        "notice-snooze-end.json",
        "notice-transcript.json",
        "digest.json",
        "feedback-bounce.json",
        "feedback-complaint.json",
        "inbound-stored.json",
    ];
    for entry in std::fs::read_dir(file("events")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            known.contains(&name) || others.contains(&name.as_str()),
            "events/{name} belongs to no route"
        );
    }
}
