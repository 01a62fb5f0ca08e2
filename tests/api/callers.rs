//! Authentication, and what each caller may not touch (docs/api.md, section 2.1).

use harness::{Client, Shop, hash_with_admin};
use serde_json::{Value, json};

/// The chat routes that need no caller. Every other one must refuse strangers.
const PUBLIC: [&str; 4] = [
    "GET /store/chat/availability",
    "GET /store/chat/reply-time",
    "POST /store/chat/guest",
    "POST /store/chat/guest/resume",
];

/// Every chat route that needs a caller: scope, method, path after `/{scope}/chat`.
fn guarded() -> Vec<(String, String, String)> {
    let routes = harness::routes();
    assert!(PUBLIC.iter().all(|public| routes.iter().any(|route| route == public)));
    let guarded = routes.iter().filter(|route| !PUBLIC.contains(&route.as_str()));
    guarded
        .filter_map(|route| {
            let (method, path) = route.split_once(' ')?;
            let (scope, rest) = path.strip_prefix('/')?.split_once("/chat")?;
            Some((scope.to_owned(), method.to_owned(), rest.to_owned()))
        })
        .collect()
}

/// The methods of the links in mails, `/chat/unsubscribe/{token}`: they need no credentials, only
/// a valid token.
const LINK_METHODS: [&str; 2] = ["GET", "POST"];

fn path(scope: &str, rest: &str, hash: &str, id: &str) -> String {
    format!("/{scope}/chat{}", rest.replace("{channel_hash}", hash).replace("{message_id}", id))
}

fn with_claims(shop: &Shop, changes: &Value) -> Client {
    let now = shop.running.app.clock.now().seconds();
    let mut claims = json!({ "actor_id": "user_1", "actor_type": "user",
        "auth_identity_id": "authid_1", "app_metadata": {}, "iat": now, "exp": now + 60 });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    shop.nobody().with_token(&local::sign(&claims, local::JWT_SECRET))
}

#[tokio::test]
async fn every_route_refuses_missing_and_invalid_credentials() {
    let shop = Shop::open().await;
    let hash = shop.customer("cus_1").open().await;
    let message = shop.customer("cus_1").say(&hash, "mine").await;
    let id = message["id"].as_str().unwrap();
    let expired = shop.running.app.clock.now().seconds();
    let odd = [
        ("no credentials", shop.nobody()),
        ("a scheme other than bearer", shop.nobody().with("authorization", "Basic c2tfMTIz")),
        ("no token", shop.nobody().with("authorization", "Bearer ")),
        ("garbage", shop.nobody().with("authorization", "Bearer a.b.c")),
        ("nobody yet", with_claims(&shop, &json!({ "actor_id": "" }))),
        ("a seller", with_claims(&shop, &json!({ "actor_type": "seller" }))),
        ("an api key", with_claims(&shop, &json!({ "actor_type": "api-key" }))),
        ("a guest's id in a token", with_claims(&shop, &json!({ "actor_id": "guest_abc" }))),
        ("expired", with_claims(&shop, &json!({ "exp": expired }))),
        ("a reset token", with_claims(&shop, &json!({ "purpose": "reset" }))),
        ("half a login", with_claims(&shop, &json!({ "mfa_enabled": true }))),
        ("two tokens", shop.admin("user_1").with("authorization", "Bearer x")),
        ("a token too long", with_claims(&shop, &json!({ "user_metadata": "x".repeat(8_000) }))),
        ("a secret nobody has", shop.nobody().with_token(&local::sign(&json!({}), "other"))),
    ];
    for (who, client) in &odd {
        for (scope, method, rest) in &guarded() {
            let reply = client.send_raw(method, &path(scope, rest, &hash, id), "{").await;
            let message = reply.refused(401, "unauthorized");
            assert_eq!(message, "Unauthorized", "{who} at {method} {rest}");
        }
        for method in LINK_METHODS {
            let reply = client.send_raw(method, "/chat/unsubscribe/made-up", "").await;
            assert_eq!(
                reply.refused(400, "invalid_data"),
                "This link is not valid",
                "{who} at a link by {method}"
            );
        }
    }
    assert_eq!(shop.customer("cus_1").bodies("store", &hash).await, ["mine"]);
}

#[tokio::test]
async fn each_scope_accepts_only_its_own_tokens() {
    let shop = Shop::open().await;
    let (customer, guest, admin) = (shop.customer("cus_1"), shop.guest(), shop.admin("user_1"));
    // A customer whose id equals the default admin key would have a channel with themselves.
    let nobody = shop.customer("admin");
    for (scope, method, rest) in &guarded() {
        let strangers = if scope == "admin" { [&customer, &guest] } else { [&admin, &nobody] };
        for client in strangers {
            let reply =
                client.send_raw(method, &path(scope, rest, "direct:admin:cus_1", "x"), "{").await;
            reply.refused(401, "unauthorized");
        }
    }
    shop.admin("user_1").channels().await;
    let token = local::admin_token("user_1", shop.running.app.clock.now());
    let admin = shop.nobody().as_admin().with("Authorization", &format!("bEaReR {token}"));
    admin.channels().await;
}

#[tokio::test]
async fn a_valid_token_precedes_the_guest_header_and_an_invalid_one_is_ignored() {
    let shop = Shop::open().await;
    let secret = "V1StGXR8_Z5jdHi6B-myT";
    let both = shop.customer("cus_1").with_guest_secret(secret);
    assert_eq!(both.open().await, "direct:admin:cus_1");
    // With a valid token the guest header is not read.
    assert_eq!(
        shop.customer("cus_1").with_guest_secret("short").open().await,
        "direct:admin:cus_1"
    );

    let guest = shop.nobody().with_guest_secret(secret).with("authorization", "Bearer nonsense");
    let channel = guest.post("/store/chat/channels", json!({})).await.ok();
    let id = channel["channel"]["customer"]["id"].as_str().unwrap().to_owned();
    assert!(id.starts_with("guest_") && id.len() == 32, "{id}");
    assert_eq!(channel["channel"]["customer"]["role"], "guest");
    assert_eq!(
        shop.nobody().with("X-Guest-Id-For-Live-Chat", secret).open().await,
        hash_with_admin(&id)
    );
    assert_eq!(
        shop.nobody()
            .with("x-guest-id-for-live-chat", secret)
            .with_guest_secret(secret)
            .open()
            .await,
        hash_with_admin(&id)
    );
}

#[tokio::test]
async fn weak_guest_secrets_are_refused() {
    let shop = Shop::open().await;
    let shown = shop.guest();
    let public =
        shown.post("/store/chat/channels", json!({})).await.ok()["channel"]["customer"]["id"]
            .as_str()
            .unwrap()
            .to_owned();
    let wrong = [
        "",
        "short",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "V1StGXR8_Z5jdHi6B-my",
        "V1StGXR8/Z5jdHi6B+myT",
        "V1StGXR8_Z5jdHi6B-myT, V1StGXR8_Z5jdHi6B-myT",
        &"abcdefghijk".repeat(12),
    ];
    for value in wrong {
        let reply = shop.nobody().with_guest_secret(value).get("/store/chat/channels").await;
        assert_eq!(
            reply.refused(400, "invalid_data"),
            "Invalid guest_id_for_live_chat header",
            "{value}"
        );
    }
    let twice = shop
        .nobody()
        .with_guest_secret("V1StGXR8_Z5jdHi6B-myT")
        .with("x-guest-id-for-live-chat", "W1StGXR8_Z5jdHi6B-myT");
    twice.get("/store/chat/channels").await.refused(400, "invalid_data");
    // The public id used as a secret is another guest.
    let thief = shop.nobody().with_guest_secret(&public);
    assert_eq!(thief.channels().await["count"], 0);
    // A customer's id used as a secret is a guest too.
    shop.customer("cus_01234567890abcdefghij").open().await;
    let thief = shop.nobody().with_guest_secret("cus_01234567890abcdefghij");
    assert_eq!(thief.channels().await["count"], 0);
}

#[tokio::test]
async fn a_foreign_channel_is_not_found() {
    let shop = Shop::open().await;
    let owner = shop.customer("cus_1");
    let hash = owner.open().await;
    let message = owner.say(&hash, "mine").await;
    let id = message["id"].as_str().unwrap();
    let absent_hash = "direct:admin:cus_9";
    let absent_id = id.replace("_1", "_7");
    for stranger in [shop.customer("cus_2"), shop.guest()] {
        for (_, method, rest) in
            guarded().iter().filter(|(scope, _, rest)| *scope == "store" && rest.contains('{'))
        {
            let body = json!({ "body": "x", "score": 5 }).to_string();
            let foreign =
                stranger.send_raw(method, &path("store", rest, &hash, id), body.clone()).await;
            let absent = stranger
                .send_raw(method, &path("store", rest, absent_hash, &absent_id), body)
                .await;
            let message = foreign.refused(404, "not_found").replace(&hash, "…").replace(id, "…");
            assert_eq!(
                message,
                absent.refused(404, "not_found").replace(absent_hash, "…").replace(&absent_id, "…")
            );
        }
        assert_eq!(stranger.channels().await["channels"], json!([]));
        assert_eq!(stranger.unread("store").await, 0);
    }
    assert_eq!(owner.bodies("store", &hash).await, ["mine"]);
}

#[tokio::test]
async fn a_disabled_chat_refuses_every_chat_route() {
    let shop = Shop::with(&[("CHAT_V1_ENABLED", "false")]).await;
    let (admin, customer) = (shop.admin("user_1"), shop.customer("cus_1"));
    for (scope, method, rest) in &guarded() {
        let client = if scope == "admin" { &admin } else { &customer };
        let reply =
            client.send_raw(method, &path(scope, rest, "direct:admin:cus_1", "x"), "{").await;
        assert_eq!(reply.refused(400, "not_allowed"), "Chat is disabled");
    }
    // The order: admin identity, the switch, store identity.
    shop.nobody().get("/admin/chat/channels").await.refused(401, "unauthorized");
    shop.nobody().get("/store/chat/channels").await.refused(400, "not_allowed");
    shop.nobody().post("/store/chat/guest", json!({})).await.refused(400, "not_allowed");
    shop.nobody().get("/store/chat/reply-time").await.refused(400, "not_allowed");
    shop.nobody().get("/health").await.ok();
    shop.nobody().get("/store/chat/nothing").await.refused(404, "not_found");
    assert_eq!(shop.wire.count(), 0, "nothing is read or written");
    // Links in mails that were sent before still work.
    for method in LINK_METHODS {
        let reply = shop.nobody().send_raw(method, "/chat/unsubscribe/made-up", "").await;
        assert_eq!(reply.refused(400, "invalid_data"), "This link is not valid", "{method}");
    }
}
