//! No input causes a 5xx or a panic: random requests on every route, with and without valid
//! credentials.

use harness::{Client, Shop};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

/// A request of valid, almost valid and random parts.
#[derive(Clone, Debug)]
struct Request {
    caller: usize,
    method: &'static str,
    path: String,
    body: Vec<u8>,
    header: Option<(&'static str, String)>,
}

fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(vec!["store", "admin", "chat", "channels", "messages", "id",
            "files", "read", "events", "unread-count", "guest", "claim"]).prop_map(str::to_owned),
        4 => prop::sample::select(vec!["direct:admin:cus_1", "direct%3Aadmin%3Acus_1",
            "direct:admin:cus_9", "chatmsg_aaaaaaaaaaaaaaaaaaaaaaaaaa_1",
            "chatfile_aaaaaaaaaaaaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaa"])
            .prop_map(str::to_owned),
        1 => "[a-zA-Z0-9:._~-]{0,40}",
        1 => "(%[0-9a-f]{2}){1,12}",
    ]
}

fn path() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "/store/chat/channels",
        "/admin/chat/channels",
        "/store/chat/channels/direct:admin:cus_1/read",
        "/admin/chat/channels/direct:admin:cus_1/read",
        "/store/chat/channels/direct:admin:cus_1/events",
        "/store/chat/messages/direct:admin:cus_1",
        "/admin/chat/messages/direct:admin:cus_1",
        "/store/chat/messages/unread-count",
        "/store/chat/guest",
        "/store/chat/guest/claim",
        "/store/chat/guest/resume",
        "/store/chat/channels/direct:admin:cus_1/transcript",
        "/admin/chat/profile",
        "/admin/chat/canned",
        "/admin/chat/push/subscriptions",
        "/admin/chat/staff",
        "/store/chat/profile",
        "/store/chat/reply-time",
        "/store/chat/availability",
        "/admin/chat/settings",
        "/store/chat/files",
        "/admin/chat/files",
        "/store/chat/files/chatfile_aaaaaaaaaaaaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "/chat/files/chatfile_aaaaaaaaaaaaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaa/1-a/a.png",
        "/chat/unsubscribe/kzg4flb2hrhxaowqk33swb5rfwnyfovmovpvwpusgn6baoljmpc2",
    ]);
    let made_up =
        prop::collection::vec(part(), 1..7).prop_map(|parts| format!("/{}", parts.join("/")));
    let query = prop_oneof![
        2 => Just(String::new()),
        2 => (prop::sample::select(vec!["limit", "offset", "cursor", "search", "q", "direction",
            "after", "with_deleted"]), "[a-zA-Z0-9%+=.:_-]{0,30}")
            .prop_map(|(name, value)| format!("?{name}={value}")),
        1 => (prop::sample::select(vec!["limit", "offset", "after", "cursor"]), any::<i64>())
            .prop_map(|(name, value)| format!("?{name}={value}")),
        1 => "\\?[a-z0-9%&=+;,]{0,40}",
    ];
    (prop_oneof![2 => known.prop_map(str::to_owned), 1 => made_up], query)
        .prop_map(|(path, query)| format!("{path}{query}"))
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_filter_map("finite", |n| n.is_finite().then(|| n.to_string())),
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        prop::sample::select(vec![
            "null",
            "true",
            "[]",
            "{}",
            "1e999",
            "-0",
            "\"\\ud800\"",
            "\"text\"",
            "\"2026-01-01T00:00:00Z\"",
            "\"-009999-01-01T00:00:00Z\"",
            "\"user_1\"",
            "\"direct:admin:cus_1\"",
            "\"image/png\"",
            "[\"chatfile_aaaaaaaaaaaaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaa\"]",
            "[{\"shortcut\":\"a\",\"text\":\"b\"}]",
            "\"meeting\"",
            "[\"chatfile_x\"]",
            "\"https://fcm.googleapis.com/\"",
            "{\"p256dh\":\"B\",\"auth\":\"\"}",
            concat!(
                r#"{"kind":"product","title":"t","#,
                r#""price":{"amount":1e-320,"currency_code":"eur"}}"#
            ),
            "{\"starts_at\":\"-009999-01-01T00:00:00Z\",\"ends_at\":\"+009999-12-31T23:59:60Z\"}",
            "{\"url\":\"https://[::1]:x/%\",\"title\":7}",
        ])
        .prop_map(str::to_owned),
    ];
    let field = prop::sample::select(vec![
        "body",
        "endpoint",
        "keys",
        "type",
        "client_message_id",
        "attachments",
        "channel_hash",
        "name",
        "content_type",
        "size",
        "at",
        "seq",
        "admin_id",
        "customer_id",
        "first_name",
        "email",
        "avatar_url",
        "digest",
        "canned",
        "attachments",
        "card",
        "meeting",
        "page",
    ]);
    let object = prop::collection::vec((field, value), 0..4).prop_map(|fields| {
        format!(
            "{{{}}}",
            fields
                .iter()
                .map(|(name, value)| format!("\"{name}\":{value}"))
                .collect::<Vec<_>>()
                .join(",")
        )
        .into_bytes()
    });
    prop_oneof![5 => object, 1 => prop::collection::vec(any::<u8>(), 0..80), 1 => Just(Vec::new())]
}

fn request() -> impl Strategy<Value = Request> {
    let header = prop::option::weighted(
        0.3,
        (
            prop::sample::select(vec![
                "idempotency-key",
                "content-type",
                "guest_id_for_live_chat",
                "authorization",
                "origin",
                "cookie",
            ]),
            "[ -~]{0,60}",
        ),
    );
    let method = prop::sample::select(vec![
        "GET", "GET", "POST", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD",
    ]);
    (0..4_usize, method, path(), body(), header).prop_map(|(caller, method, path, body, header)| {
        Request { caller, method, path, body, header }
    })
}

#[tokio::test]
async fn no_request_breaks_a_handler() {
    let shop = Shop::with_idle_stream().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    customer.say(&hash, "hello").await;
    let callers: [Client; 4] = [customer, shop.guest(), shop.admin("user_1"), shop.nobody()];
    let mut runner = TestRunner::default();
    let mut answered = 0;
    for _ in 0..3_000 {
        let request = request().new_tree(&mut runner).unwrap().current();
        let caller = &callers[request.caller];
        let caller = match &request.header {
            Some((name, value)) => caller.with(name, value),
            None => caller.clone(),
        };
        let reply = caller.send_raw(request.method, &request.path, request.body.clone()).await;
        assert!(reply.status < 500, "{request:?} gave {}: {}", reply.status, reply.body);
        if reply.status >= 400 && request.method != "HEAD" {
            assert!(
                reply.body["type"].is_string() && reply.body["message"].is_string(),
                "{request:?} gave {}",
                reply.body
            );
        }
        answered += usize::from(reply.status == 200);
    }
    // No stream record of those writes fails either.
    shop.deliver_all().await;
    println!("{answered} of 3000 were good requests");
    assert!(answered > 100, "too few valid requests: {answered}");
    crate::audit::audit(&shop, &hash).await;
}

#[tokio::test]
async fn no_event_breaks_a_handler_or_passes_for_another_kind() {
    let shop = Shop::by_hand(&[]).await;
    let app = &shop.running.app;
    let odd = [
        json!(null),
        json!([]),
        json!("x"),
        json!({ "eventType": "Bounce" }),
        json!({ "eventType": "Bounce", "bounce": { "bounceType": "Permanent",
            "bouncedRecipients": [{ "emailAddress": "<>" }] } }),
        json!({ "eventType": "Complaint", "bounce": { "bounceType": "Permanent",
            "bouncedRecipients": [] } }),
        json!({ "eventType": "Delivery", "mail": {} }),
        json!({ "notificationType": 7 }),
    ];
    for message in odd {
        let event = json!({ "Records": [{ "EventVersion": "1.0", "EventSource": "aws:sns",
            "EventSubscriptionArn": "arn", "Sns": {
            "Type": "Notification", "MessageId": "1", "TopicArn": "arn",
            "Message": message.to_string(), "Timestamp": "2026-03-26T12:00:00.000Z",
            "SignatureVersion": "1", "Signature": "s", "SigningCertUrl": "u", "UnsubscribeUrl": "u",
            "MessageAttributes": {},
        } }] });
        feedback::handle(app.clone(), serde_json::from_value(event).unwrap())
            .await
            .expect("no retry");
    }
    let key = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
    for (channel, side, episode) in [
        ("", "", ""),
        (key, "member", "0"),
        (key, "both", "0.0"),
        ("C#x", "staff", "0.0"),
        (key, "staff", "-1.0"),
    ] {
        let notice = schedule::Notice {
            channel: channel.to_owned(),
            side: side.to_owned(),
            episode: episode.to_owned(),
        };
        assert!(notice::handle(notice::Notices::new(app), notice.into()).await.is_err());
    }
    let unknown = schedule::Notice {
        channel: key.to_owned(),
        side: "staff".to_owned(),
        episode: "0.0".to_owned(),
    };
    assert_eq!(
        notice::handle(notice::Notices::new(app), unknown.into()).await.unwrap(),
        notice::Outcome::NoRecipient
    );
    for event in [json!(null), json!([1]), json!({ "source": "aws.scheduler", "detail": {} })] {
        assert_eq!(
            digest::handle(digest::Digest::new(app), event).await.unwrap(),
            digest::Summary::default()
        );
    }
    assert!(shop.running.dev.outbox.mails().is_empty());
}
