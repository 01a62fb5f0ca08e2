//! Web push to staff (docs/api.md, "Web push").

use std::time::Duration;

use domain::{ActorId, Principal};
use harness::{Client, Shop, until};
use serde_json::{Value, json};

const PATH: &str = "/admin/chat/push/subscriptions";

/// A little more than the minute after which a push is retried, and a mention checked.
const A_MINUTE: i64 = 61;

/// Subscribes a new browser of an admin, with these other fields; returns its address.
async fn subscribe(shop: &Shop, admin: &Client, fields: Value) -> String {
    let key = admin.get("/admin/chat/push").await.ok();
    let mut body = shop.running.dev.push_service.subscribe(key["public_key"].as_str());
    body.as_object_mut().expect("an object").extend(fields.as_object().expect("fields").clone());
    let answer = admin.put(PATH, body).await.ok();
    answer["subscription"]["endpoint"].as_str().expect("an address").to_owned()
}

/// The data of the pushes to an address, the newest last.
fn pushes(shop: &Shop, endpoint: &str) -> Vec<Value> {
    let pushes = shop.running.dev.push_service.pushes().into_iter();
    pushes.filter(|push| push["endpoint"] == endpoint).map(|push| push["data"].clone()).collect()
}

/// A shop, and the channel of a customer with a name.
async fn shop_with_customer() -> (Shop, Client, String) {
    let shop = Shop::with_stopped_clock(&[]).await;
    let ada = shop.customer("cus_ada");
    let hash = ada.open().await;
    shop.settle().await;
    (shop, ada, hash)
}

#[tokio::test]
async fn a_message_is_pushed_to_every_browser_of_staff_without_its_text() {
    let (shop, ada, hash) = shop_with_customer().await;
    let (mia, tom) = (shop.admin("user_mia"), shop.admin("user_tom"));
    let of_mia = subscribe(&shop, &mia, json!({})).await;
    let of_tom = subscribe(&shop, &tom, json!({ "with_text": true })).await;
    let said = ada.say(&hash, "Is the\nmug back?").await;
    shop.settle().await;
    let push = json!({
        "kind": "message", "id": said["id"], "channel_hash": hash, "role": "customer",
        "name": "Ada Customer", "text": null,
    });
    let mut with_text = push.clone();
    assert_eq!(pushes(&shop, &of_mia), [push]);
    with_text["text"] = json!("Is the mug back?");
    assert_eq!(pushes(&shop, &of_tom), [with_text]);
    let sent = shop.running.dev.push_service.pushes();
    for push in &sent {
        assert_eq!((&push["urgency"], &push["ttl"]), (&json!("high"), &json!(3_600)));
        assert_eq!(push["sub"], "mailto:chat@shop.example");
    }
    assert_eq!(sent[0]["topic"], sent[1]["topic"], "a later push replaces one that waits");
    // What staff writes is no news to staff.
    mia.answer(&hash, "It is").await;
    shop.settle().await;
    assert_eq!(shop.running.dev.push_service.pushes().len(), 2);
}

#[tokio::test]
async fn an_assigned_conversation_is_pushed_to_its_assignee_only() {
    let (shop, ada, hash) = shop_with_customer().await;
    let (mia, tom) = (shop.admin("user_mia"), shop.admin("user_tom"));
    let of_mia = subscribe(&shop, &mia, json!({})).await;
    let of_tom = subscribe(&shop, &tom, json!({})).await;
    let path = format!("/admin/chat/channels/{hash}");
    mia.put(&path, json!({ "assignee_id": "user_tom" })).await.ok();
    ada.say(&hash, "Tom?").await;
    shop.settle().await;
    assert_eq!((pushes(&shop, &of_mia).len(), pushes(&shop, &of_tom).len()), (0, 1));
}

#[tokio::test]
async fn who_is_here_gets_no_push() {
    let (shop, ada, hash) = shop_with_customer().await;
    let (mia, tom) = (shop.admin("user_mia"), shop.admin("user_tom"));
    let of_mia = subscribe(&shop, &mia, json!({})).await;
    let of_tom = subscribe(&shop, &tom, json!({})).await;
    let socket = shop.socket(&mia, "admin").await;
    ada.say(&hash, "one").await;
    shop.settle().await;
    assert_eq!((pushes(&shop, &of_mia).len(), pushes(&shop, &of_tom).len()), (0, 1));
    drop(socket);
    let id = Principal::Admin(ActorId::parse("user_mia").expect("an id"));
    until("the socket is closed", async || {
        let connections = shop.running.app.store.connections_of(&id, shop.running.app.clock.now());
        connections.await.expect("connections").is_empty()
    })
    .await;
    ada.say(&hash, "two").await;
    shop.settle().await;
    assert_eq!((pushes(&shop, &of_mia).len(), pushes(&shop, &of_tom).len()), (1, 2));
}

#[tokio::test]
async fn a_browser_that_is_gone_is_forgotten() {
    let (shop, ada, hash) = shop_with_customer().await;
    let mia = shop.admin("user_mia");
    for status in [404, 410] {
        let gone = subscribe(&shop, &mia, json!({})).await;
        let other = subscribe(&shop, &mia, json!({})).await;
        shop.running.dev.push_service.answer(&gone, status, None);
        ada.say(&hash, "one").await;
        shop.settle().await;
        shop.running.dev.push_service.answer(&gone, 0, None);
        ada.say(&hash, "two").await;
        shop.settle().await;
        shop.advance(3_600).await;
        assert_eq!((pushes(&shop, &gone).len(), pushes(&shop, &other).len()), (0, 2), "{status}");
        mia.send_raw("DELETE", PATH, json!({ "endpoint": other }).to_string()).await.ok();
    }
}

#[tokio::test]
async fn a_push_that_its_service_does_not_take_is_retried_with_a_limit() {
    for status in [429, 500, 503] {
        let (shop, ada, hash) = shop_with_customer().await;
        let mia = shop.admin("user_mia");
        let (busy, quick) =
            (subscribe(&shop, &mia, json!({})).await, subscribe(&shop, &mia, json!({})).await);
        shop.running.dev.push_service.answer(&busy, status, Some(120));
        ada.say(&hash, "hello").await;
        shop.settle().await;
        shop.advance(A_MINUTE).await;
        shop.running.dev.push_service.answer(&busy, 0, None);
        assert!(pushes(&shop, &busy).is_empty(), "the service asks for two minutes");
        shop.advance(A_MINUTE).await;
        let counts = || (pushes(&shop, &busy).len(), pushes(&shop, &quick).len());
        assert_eq!(counts(), (1, 1), "{status}");
        // After four attempts the mail is enough.
        shop.running.dev.push_service.answer(&busy, status, None);
        ada.say(&hash, "hello again").await;
        for pause in [A_MINUTE, 301, 901] {
            shop.advance(pause).await;
        }
        shop.running.dev.push_service.answer(&busy, 0, None);
        shop.advance(3_600).await;
        assert_eq!(counts(), (1, 2), "{status}");
    }
}

#[tokio::test]
async fn a_retry_says_nothing_that_was_answered_meanwhile() {
    let (shop, ada, hash) = shop_with_customer().await;
    let (mia, tom) = (shop.admin("user_mia"), shop.admin("user_tom"));
    let busy = subscribe(&shop, &mia, json!({})).await;
    shop.running.dev.push_service.answer(&busy, 503, None);
    ada.say(&hash, "hello").await;
    shop.settle().await;
    shop.running.dev.push_service.answer(&busy, 0, None);
    tom.answer(&hash, "hello").await;
    shop.advance(3_600).await;
    assert!(pushes(&shop, &busy).is_empty());
}

#[tokio::test]
async fn a_push_service_that_never_answers_delays_no_other_push_and_no_event() {
    let (shop, ada, hash) = shop_with_customer().await;
    let mia = shop.admin("user_mia");
    let (dead, quick) =
        (subscribe(&shop, &mia, json!({})).await, subscribe(&shop, &mia, json!({})).await);
    shop.running.dev.push_service.hang(&dead, true);
    ada.say(&hash, "one").await;
    tokio::time::timeout(Duration::from_mins(1), shop.settle()).await.expect("the stream goes on");
    assert_eq!((pushes(&shop, &dead).len(), pushes(&shop, &quick).len()), (0, 1));
    assert_eq!(shop.running.dev.bus.events().len(), 1);
    shop.running.dev.push_service.hang(&dead, false);
    shop.advance(A_MINUTE).await;
    assert_eq!((pushes(&shop, &dead).len(), pushes(&shop, &quick).len()), (1, 1));
}

#[tokio::test]
async fn a_redelivered_batch_pushes_nothing_again_and_an_old_one_nothing_at_all() {
    let shop = Shop::by_hand(&[]).await;
    shop.running.app.clock.stop();
    let (ada, mia) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let browser = subscribe(&shop, &mia, json!({})).await;
    let hash = ada.open().await;
    ada.say(&hash, "one").await;
    ada.say(&hash, "two").await;
    shop.deliver_all().await;
    shop.deliver_all().await;
    let said = pushes(&shop, &browser);
    assert_eq!(said.len(), 1, "one for each conversation and batch: {said:?}");
    ada.say(&hash, "three").await;
    shop.running.app.clock.advance(11 * 60_000);
    shop.deliver_all().await;
    assert_eq!(pushes(&shop, &browser).len(), 1);
}

#[tokio::test]
async fn a_mention_is_pushed_after_a_minute_also_without_mail() {
    let shop = Shop::with_stopped_clock(&[("MAIL_FROM", "")]).await;
    let (mia, tom) = (shop.admin("user_mia"), shop.admin("user_tom"));
    for admin in [&mia, &tom] {
        admin.set_profile(json!({ "first_name": "Some", "last_name": "One" })).await;
    }
    let hash = shop.customer("cus_ada").open().await;
    shop.settle().await;
    let of_tom = subscribe(&shop, &tom, json!({ "with_text": true })).await;
    let of_mia = subscribe(&shop, &mia, json!({})).await;
    let note = json!({ "body": "Look, Tom", "mentions": ["user_tom"] });
    let note = mia.post(&format!("/admin/chat/channels/{hash}/notes"), note).await.ok();
    shop.advance(50).await;
    assert!(pushes(&shop, &of_tom).is_empty());
    shop.advance(11).await;
    let expected = json!({
        "kind": "mention", "id": note["note"]["id"], "channel_hash": hash, "role": null,
        "name": "Some One", "text": "Look, Tom",
    });
    assert_eq!(pushes(&shop, &of_tom), [expected]);
    shop.advance(7_200).await;
    assert_eq!((pushes(&shop, &of_tom).len(), pushes(&shop, &of_mia).len()), (1, 0));
}

#[tokio::test]
async fn a_test_is_pushed_to_one_browser_at_once() {
    let (shop, ..) = shop_with_customer().await;
    let mia = shop.admin("user_mia");
    // Even to those who are here: they ask for it.
    let _socket = shop.socket(&mia, "admin").await;
    let other = subscribe(&shop, &mia, json!({})).await;
    let tested = subscribe(&shop, &mia, json!({ "test": true })).await;
    shop.settle().await;
    assert_eq!(pushes(&shop, &tested).len(), 1);
    assert_eq!(pushes(&shop, &tested)[0]["kind"], "test");
    // Another change of the person tests nothing.
    mia.set_profile(json!({ "first_name": "Mia" })).await;
    shop.settle().await;
    assert_eq!((pushes(&shop, &tested).len(), pushes(&shop, &other).len()), (1, 0));
}

#[tokio::test]
async fn a_browser_belongs_to_the_admin_who_used_it_last_and_each_has_ten() {
    let (shop, ada, hash) = shop_with_customer().await;
    let (mia, tom) = (shop.admin("user_mia"), shop.admin("user_tom"));
    let service = &shop.running.dev.push_service;
    let browser = service.subscribe(None);
    mia.put(PATH, browser.clone()).await.ok();
    tom.put(PATH, browser.clone()).await.ok();
    let path = format!("/admin/chat/channels/{hash}");
    tom.put(&path, json!({ "assignee_id": "user_mia" })).await.ok();
    ada.say(&hash, "Mia?").await;
    shop.settle().await;
    assert!(service.pushes().is_empty(), "it is Tom's now");
    // Who has lost it cannot end it.
    let endpoint = json!({ "endpoint": browser["endpoint"] });
    let gone = mia.send_raw("DELETE", PATH, endpoint.to_string()).await.ok();
    assert_eq!(gone, json!({ "deleted": true }));
    tom.put(&path, json!({ "assignee_id": "user_tom" })).await.ok();
    ada.say(&hash, "Tom?").await;
    shop.settle().await;
    assert_eq!(service.pushes().len(), 1);
    tom.send_raw("DELETE", PATH, endpoint.to_string()).await.ok();
    ada.say(&hash, "Tom?").await;
    shop.settle().await;
    assert_eq!(service.pushes().len(), 1);

    let mut all = Vec::new();
    for _ in 0..11 {
        shop.running.app.clock.advance(1_000);
        all.push(subscribe(&shop, &tom, json!({})).await);
    }
    ada.say(&hash, "Are you there?").await;
    shop.settle().await;
    let counts: Vec<_> = all.iter().map(|endpoint| pushes(&shop, endpoint).len()).collect();
    assert_eq!(counts, [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], "the oldest leaves");
    // A browser that is not used for a month gets nothing.
    shop.running.app.clock.advance(31 * 24 * 3_600_000);
    shop.admin("user_tom").read(&hash).await;
    shop.customer("cus_ada").say(&hash, "Still there?").await;
    shop.settle().await;
    assert_eq!(pushes(&shop, &all[10]).len(), 1);
}

#[tokio::test]
async fn only_known_push_services_and_usable_keys_are_accepted() {
    let shop = Shop::open().await;
    let mia = shop.admin("user_mia");
    let good = shop.running.dev.push_service.subscribe(None);
    let refused = async |change: Value| {
        let mut body = good.clone();
        body.as_object_mut().expect("fields").extend(change.as_object().expect("fields").clone());
        mia.put(PATH, body).await.refused(400, "invalid_data").to_owned()
    };
    for endpoint in [
        "https://evil.example/x",
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://a@fcm.googleapis.com/x",
        "https://fcm.googleapis.com.evil.example/x",
        "http://169.254.169.254/latest/meta-data",
        "",
    ] {
        assert_eq!(
            refused(json!({ "endpoint": endpoint })).await,
            "Invalid request: Value for field 'endpoint' must be an https URL of a known push \
             service",
            "{endpoint}"
        );
    }
    let keys = |p256dh: &str, auth: &str| json!({ "keys": { "p256dh": p256dh, "auth": auth } });
    let auth = good["keys"]["auth"].as_str().unwrap();
    assert_eq!(
        refused(keys(&format!("B{}", "A".repeat(86)), auth)).await,
        "Invalid request: Value for field 'keys, p256dh' must be a point of P-256"
    );
    assert_eq!(
        refused(keys("AAAA", auth)).await,
        "Invalid request: Value for field 'keys, p256dh' must be 65 bytes of base64url"
    );
    assert_eq!(
        refused(keys(good["keys"]["p256dh"].as_str().unwrap(), "?")).await,
        "Invalid request: Value for field 'keys, auth' must be 16 bytes of base64url"
    );
    assert_eq!(refused(json!({ "keys": null })).await, "Invalid request: Field 'keys' is required");
    for local in ["http://localhost:1/x", "https://web.push.apple.com/x"] {
        let mut body = good.clone();
        body["endpoint"] = json!(local);
        mia.put(PATH, body).await.ok();
    }
    shop.customer("cus_1").put(PATH, good.clone()).await.refused(401, "unauthorized");
}

#[tokio::test]
async fn subscriptions_are_exported_and_erased_with_their_admin() {
    let (shop, ada, hash) = shop_with_customer().await;
    let (mia, tom) = (shop.admin("user_mia"), shop.admin("user_tom"));
    let of_mia = subscribe(&shop, &mia, json!({})).await;
    let of_tom = subscribe(&shop, &tom, json!({})).await;
    let (store, id) = (&shop.running.app.store, ActorId::parse("user_mia").expect("an id"));
    let exported = store.export(&id, true).await.expect("an export");
    let all = exported["push_subscriptions"].as_array().expect("a list");
    assert_eq!((all.len(), &all[0]["endpoint"]), (1, &json!(of_mia)));
    let erased = store.erase(&id, true).await.expect("an erasure");
    assert_eq!(erased.left, [""; 0]);
    ada.say(&hash, "hello").await;
    shop.settle().await;
    assert_eq!((pushes(&shop, &of_mia).len(), pushes(&shop, &of_tom).len()), (0, 1));
}

#[tokio::test]
async fn browsers_of_the_former_key_get_pushes_while_it_is_still_listed() {
    let (shop, ada, hash) = shop_with_customer().await;
    let mia = shop.admin("user_mia");
    let before = mia.get("/admin/chat/push").await.ok();
    let browser = subscribe(&shop, &mia, json!({})).await;
    let parameters = &shop.running.dev.parameters;
    let master = parameters.value(local::dev::parameters::MASTER_KEY).expect("a key");
    let both = format!("{}\n{master}", "another master key, with enough bytes");
    parameters.set(local::dev::parameters::MASTER_KEY, Some(&both));
    // Secrets are read again after five minutes.
    shop.advance(301).await;
    assert_ne!(mia.get("/admin/chat/push").await.ok(), before);
    ada.say(&hash, "hello").await;
    shop.settle().await;
    assert_eq!(pushes(&shop, &browser).len(), 1);
}

#[tokio::test]
async fn nothing_is_pushed_while_the_chat_is_off() {
    let (shop, ada, hash) = shop_with_customer().await;
    let browser = subscribe(&shop, &shop.admin("user_mia"), json!({})).await;
    ada.say(&hash, "hello").await;
    shop.settle().await;
    assert_eq!(pushes(&shop, &browser).len(), 1);
    let off = Shop::with(&[("CHAT_V1_ENABLED", "false")]).await;
    let message = off.admin("user_mia").get("/admin/chat/push").await;
    message.refused(400, "not_allowed");
}
