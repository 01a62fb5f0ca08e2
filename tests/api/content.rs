//! What a message carries beside its text: cards, meetings, and the page that it was sent from.

use harness::{Client, Shop};
use serde_json::{Value, json};

const ORIGINS: (&str, &str) =
    ("ALLOWED_ORIGINS", r"https://shop.example,/^https:\/\/[a-z]+\.shop\.example$/");
const ORDER: &str = "order_01JD3ZGHQ8WXYZ0123456789AB";

async fn send(client: &Client, scope: &str, hash: &str, body: Value) -> Value {
    let path = format!("/{scope}/chat/messages/{hash}");
    client.post(&path, body).await.ok()["message"].take()
}

/// The text of the refusal of a send.
async fn refused(client: &Client, scope: &str, hash: &str, body: Value) -> String {
    let path = format!("/{scope}/chat/messages/{hash}");
    client.post(&path, body).await.refused(400, "invalid_data").to_owned()
}

fn product() -> Value {
    json!({
        "kind": "product", "id": "prod_1", "title": "Teapot", "subtitle": "Green",
        "url": "https://shop.example/products/teapot", "image_url": "https://cdn.example/t.jpg",
        "price": { "amount": 19.9, "currency_code": "eur" }, "state": null,
    })
}

fn meeting() -> Value {
    json!({
        "starts_at": "2027-03-01T10:00:00+01:00", "ends_at": "2027-03-01T09:30:00Z",
        "title": "Fitting", "url": "https://meet.example/abc",
    })
}

#[tokio::test]
async fn staff_sends_a_product_that_both_sides_see() {
    let shop = Shop::with(&[ORIGINS]).await;
    let (ada, mia) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = ada.open().await;
    let mut socket = shop.socket(&ada, "store").await;
    let sent = send(&mia, "admin", &hash, json!({ "card": product() })).await;
    assert_eq!((&sent["card"], &sent["body"]), (&product(), &json!("")));
    assert_eq!(sent["card"]["price"].to_string(), r#"{"amount":19.9,"currency_code":"eur"}"#);
    assert_eq!(sent["attachments"], json!([]));
    let pushed = socket.next().await["payload"]["message"].take();
    let page = ada.messages(&hash).await["messages"][0].take();
    let listed = ada.channels().await["channels"][0]["last_message"].take();
    for seen in [&pushed, &page, &listed] {
        assert_eq!(seen["card"], product());
        assert!(seen.get("page").is_none(), "{seen}");
    }
    shop.settle().await;
    let events = shop.running.dev.bus.events();
    let published = events.iter().find(|event| event["detail-type"] == "chat.message.created");
    assert_eq!(published.expect("an event")["detail"]["payload"]["message"]["card"], product());
    mia.delete_message(&sent).await;
    let path = format!("/admin/chat/messages/{hash}?with_deleted=true");
    let gone = mia.get(&path).await.ok()["messages"][0].take();
    assert_eq!((&gone["card"], &gone["body"]), (&Value::Null, &json!("")));
}

#[tokio::test]
async fn the_store_side_sends_no_price_and_no_order() {
    let shop = Shop::with(&[ORIGINS]).await;
    let ada = shop.customer("cus_ada");
    let hash = ada.open().await;
    let sent = send(&ada, "store", &hash, json!({ "body": "Hm?", "card": product() })).await;
    let mut expected = product();
    expected["price"] = Value::Null;
    assert_eq!(sent["card"], expected);
    // Dropped whatever it is.
    let mut odd = product();
    odd["price"] = json!({ "amount": "free" });
    assert_eq!(send(&ada, "store", &hash, json!({ "card": odd })).await["card"], expected);
    for kind in ["order", "cart", "coupon"] {
        let mut card = product();
        card["kind"] = json!(kind);
        assert_eq!(
            refused(&ada, "store", &hash, json!({ "body": "x", "card": card })).await,
            format!(
                "Invalid request: Expected: 'product, page' for field 'card, kind', \
                 but got: '{kind}'"
            )
        );
    }
    let page = json!({ "kind": "page", "title": "Care", "url": "https://de.shop.example/care" });
    let sent = send(&ada, "store", &hash, json!({ "card": page })).await;
    assert_eq!(sent["card"]["url"], "https://de.shop.example/care");
}

#[tokio::test]
async fn a_card_is_refused_in_the_words_of_the_contract() {
    let shop = Shop::with(&[ORIGINS]).await;
    let (ada, mia) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = ada.open().await;
    let with = |field: &str, value: Value| {
        let mut card = product();
        card[field] = value;
        card
    };
    let price = |amount: Value, code: &str| {
        with("price", json!({ "amount": amount, "currency_code": code }))
    };
    for (card, message) in [
        (json!("x"), "Expected type: 'object' for field 'card', got: 'string'"),
        (json!([]), "Expected type: 'object' for field 'card', got: 'array'"),
        (json!({}), "Field 'card, kind' is required"),
        (json!({ "kind": "product" }), "Field 'card, title' is required"),
        (
            with("kind", json!("x")),
            "Expected: 'product, cart, order, page' for field 'card, kind', but got: 'x'",
        ),
        (
            with("title", json!("  ")),
            "Value for field 'card, title' too small, expected at least: '1'",
        ),
        (
            with("title", json!("ä".repeat(201))),
            "Value for field 'card, title' too big, expected at most: '200'",
        ),
        (
            with("subtitle", json!("x".repeat(201))),
            "Value for field 'card, subtitle' too big, expected at most: '200'",
        ),
        (
            with("state", json!("x".repeat(201))),
            "Value for field 'card, state' too big, expected at most: '200'",
        ),
        (
            with("url", json!("https://evil.example/")),
            "Value for field 'card, url' must be a URL on an allowed origin",
        ),
        (
            with("url", json!("https://shop.example@evil.example/")),
            "Value for field 'card, url' must be a URL on an allowed origin",
        ),
        (
            with("url", json!("https://a.shop.example.evil.example/")),
            "Value for field 'card, url' must be a URL on an allowed origin",
        ),
        (
            with("url", json!("javascript:alert(1)")),
            "Value for field 'card, url' must be a URL on an allowed origin",
        ),
        (
            with("image_url", json!("http://cdn.example/t.jpg")),
            "Value for field 'card, image_url' must be an https URL",
        ),
        (
            price(json!(-1), "eur"),
            "Value for field 'card, price, amount' too small, expected at least: '0'",
        ),
        (
            price(json!("1"), "eur"),
            "Expected type: 'number' for field 'card, price, amount', got: 'string'",
        ),
        (
            price(json!(1), "euro"),
            "Value for field 'card, price, currency_code' must be three letters (ISO 4217)",
        ),
        (with("price", json!(7)), "Expected type: 'object' for field 'card, price', got: 'number'"),
        (
            with("title", json!(format!("Order {ORDER}"))),
            "Value for field 'card, title' must be a text without an order's id",
        ),
    ] {
        let body = json!({ "body": "x", "card": card });
        let text = refused(&mia, "admin", &hash, body.clone()).await;
        assert_eq!(text, format!("Invalid request: {message}"), "{body}");
    }
    assert!(ada.messages(&hash).await["messages"].as_array().is_some_and(Vec::is_empty));
    for amount in [json!(0), json!(1e12), json!(0.001), json!(20.0)] {
        let sent =
            send(&mia, "admin", &hash, json!({ "card": price(amount.clone(), "JPY") })).await;
        assert_eq!(sent["card"]["price"]["amount"].as_f64(), amount.as_f64());
        assert_eq!(sent["card"]["price"]["currency_code"], "JPY");
    }
}

#[tokio::test]
async fn the_id_of_an_order_stays_with_the_staff() {
    let shop = Shop::with(&[ORIGINS]).await;
    let (ada, mia) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = ada.open().await;
    let mut sockets = [shop.socket(&ada, "store").await, shop.socket(&mia, "admin").await];
    let url = format!("https://shop.example/account/orders/{ORDER}");
    let card = json!({
        "kind": "order", "id": ORDER, "title": "Order #1001", "state": "shipped", "url": url,
        "price": { "amount": 45, "currency_code": "eur" },
    });
    let sent = send(&mia, "admin", &hash, json!({ "body": "Yours", "card": card })).await;
    assert_eq!((&sent["card"]["id"], &sent["card"]["url"]), (&json!(ORDER), &json!(url)));
    for socket in &mut sockets {
        let pushed = socket.next().await;
        assert_eq!(pushed["payload"]["message"]["card"]["title"], "Order #1001");
        assert!(!pushed.to_string().contains("order_"), "{pushed}");
    }
    mia.edit(&sent, "Yours!").await;
    for path in [
        format!("/store/chat/messages/{hash}"),
        format!("/store/chat/channels/{hash}"),
        format!("/store/chat/channels/{hash}/events"),
        "/store/chat/channels".to_owned(),
        format!("/admin/chat/channels/{hash}/events"),
    ] {
        let client = if path.starts_with("/store") { &ada } else { &mia };
        let reply = client.get(&path).await;
        assert!(reply.text.contains("Order #1001") && !reply.text.contains("order_"), "{path}");
    }
    for path in [format!("/admin/chat/messages/{hash}"), format!("/admin/chat/channels/{hash}")] {
        assert!(mia.get(&path).await.text.contains(ORDER), "{path}");
    }
    // Ada is connected, Ben is away.
    let to_ben = shop.customer("cus_ben").open().await;
    send(&mia, "admin", &to_ben, json!({ "card": card })).await;
    shop.advance(61).await;
    let events = shop.running.dev.bus.events();
    assert!(events.len() >= 3 && !format!("{events:?}").contains("order_"), "{events:?}");
    let mails = shop.mails();
    assert!(format!("{mails:?}").contains("Order #1001, 45.00"), "{mails:?}");
    assert!(!format!("{mails:?}").contains("order_"), "{mails:?}");
    let member = domain::ActorId::parse("cus_ada").expect("an id");
    let export = shop.running.app.store.export(&member, false).await.expect("an export");
    assert!(export.to_string().contains("Order #1001"));
    assert!(!export.to_string().contains("order_"), "{export}");
}

#[tokio::test]
async fn a_repeated_send_has_the_same_card_and_meeting_and_any_page() {
    let shop = Shop::with(&[ORIGINS]).await;
    let (ada, mia) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = ada.open().await;
    let body = json!({ "body": "Hm?", "client_message_id": "client-0001", "card": product() });
    let first = send(&ada, "store", &hash, body.clone()).await;
    let mut with_page = body.clone();
    with_page["page"] = json!({ "url": "https://shop.example/", "title": "Home" });
    for again in [&body, &with_page] {
        assert_eq!(send(&ada, "store", &hash, again.clone()).await, first);
    }
    let mut other = body.clone();
    other["card"]["title"] = json!("Cup");
    let mut none = body.clone();
    none["card"] = Value::Null;
    let path = format!("/store/chat/messages/{hash}");
    for changed in [other, none] {
        ada.post(&path, changed).await.refused(409, "conflict");
    }
    let body = json!({
        "body": "Let's meet", "type": "meeting", "client_message_id": "client-0001",
        "meeting": meeting(),
    });
    let first = send(&mia, "admin", &hash, body.clone()).await;
    let mut same_time = body.clone();
    same_time["meeting"]["starts_at"] = json!("2027-03-01T09:00:00.000Z");
    assert_eq!(send(&mia, "admin", &hash, same_time).await, first);
    let mut later = body.clone();
    later["meeting"]["ends_at"] = json!("2027-03-01T10:00:00Z");
    let path = format!("/admin/chat/messages/{hash}");
    mia.post(&path, later).await.refused(409, "conflict");
    // The id stays taken by what was first sent.
    let edit = json!({ "meeting": null, "body": "No" });
    let id = first["id"].as_str().expect("an id");
    mia.put(&format!("/admin/chat/messages/id/{id}"), edit).await.ok();
    assert_eq!(send(&mia, "admin", &hash, body).await["meeting"], Value::Null);
}

#[tokio::test]
async fn the_page_of_a_message_is_for_staff() {
    let shop = Shop::with(&[ORIGINS]).await;
    let (ada, mia) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = ada.open().await;
    let mut sockets = [shop.socket(&ada, "store").await, shop.socket(&mia, "admin").await];
    let page = json!({ "url": "https://shop.example/orders/order_1?x=canary", "title": "Order" });
    let sent = send(&ada, "store", &hash, json!({ "body": "Hm?", "page": page })).await;
    assert!(sent.get("page").is_none());
    for socket in &mut sockets {
        let pushed = socket.next().await;
        assert!(pushed["payload"]["message"].get("page").is_none());
    }
    assert_eq!(mia.messages(&hash).await["messages"][0]["page"], page);
    let channel = mia.get(&format!("/admin/chat/channels/{hash}")).await.ok();
    assert_eq!(channel["channel"]["last_message"]["page"], page);
    for path in [
        format!("/store/chat/messages/{hash}"),
        format!("/store/chat/channels/{hash}"),
        "/store/chat/channels".to_owned(),
    ] {
        assert!(!ada.get(&path).await.text.contains("canary"), "{path}");
    }
    shop.settle().await;
    assert!(!format!("{:?}", shop.running.dev.bus.events()).contains("canary"));
    // Elsewhere: dropped. Too long a title, or no object: refused. Staff has none.
    for url in ["https://evil.example/", "javascript:alert(1)", "/here", ""] {
        let body = json!({ "body": "x", "page": { "url": url } });
        send(&ada, "store", &hash, body).await;
    }
    send(&mia, "admin", &hash, json!({ "body": "x", "page": 7 })).await;
    let pages = harness::pluck(&mia.messages(&hash).await["messages"], "page");
    assert_eq!((pages.len(), pages.iter().filter(|page| **page != Value::Null).count()), (6, 1));
    for (page, message) in [
        (json!(7), "Expected type: 'object' for field 'page', got: 'number'"),
        (json!({}), "Field 'page, url' is required"),
        (
            json!({ "url": "https://shop.example/", "title": "x".repeat(201) }),
            "Value for field 'page, title' too big, expected at most: '200'",
        ),
    ] {
        let text = refused(&ada, "store", &hash, json!({ "body": "x", "page": page })).await;
        assert_eq!(text, format!("Invalid request: {message}"));
    }
}

#[tokio::test]
async fn a_meeting_is_proposed_moved_and_cancelled() {
    let shop = Shop::with(&[ORIGINS]).await;
    let (ada, mia) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = ada.open().await;
    let body = json!({ "body": "On Monday?", "type": "meeting", "meeting": meeting() });
    let sent = send(&mia, "admin", &hash, body).await;
    let seen = json!({
        "starts_at": "2027-03-01T09:00:00.000Z", "ends_at": "2027-03-01T09:30:00.000Z",
        "title": "Fitting", "url": "https://meet.example/abc",
    });
    assert_eq!(sent["meeting"], seen);
    assert_eq!(ada.messages(&hash).await["messages"][0]["meeting"], seen);
    let path = format!("/admin/chat/messages/id/{}", sent["id"].as_str().expect("an id"));
    let edit = async |body: Value| mia.put(&path, body).await.ok()["message"].take();
    let renamed = edit(json!({ "body": "On Monday, at nine?" })).await;
    assert_eq!(renamed["meeting"], seen, "an edit of the text leaves the meeting");
    let moved = json!({ "starts_at": "2027-03-02T09:00:00Z", "ends_at": "2027-03-02T10:00:00Z" });
    let mut socket = shop.socket(&ada, "store").await;
    let edited = edit(json!({ "meeting": moved })).await;
    assert_eq!(
        (&edited["meeting"]["starts_at"], &edited["meeting"]["title"], &edited["body"]),
        (&json!("2027-03-02T09:00:00.000Z"), &Value::Null, &json!("On Monday, at nine?"))
    );
    let pushed = socket.next().await;
    assert_eq!(pushed["event"], "chat.message.updated");
    assert_eq!(pushed["payload"]["message"]["meeting"], edited["meeting"]);
    assert_eq!(edit(json!({ "meeting": moved })).await, edited, "nothing changes");
    socket.is_silent().await;
    assert_eq!(ada.messages(&hash).await["messages"][0]["meeting"], edited["meeting"]);
    let last = ada.channels().await["channels"][0]["last_message"].take();
    assert_eq!(last["meeting"], edited["meeting"]);
    assert_eq!(edit(json!({ "meeting": null })).await["meeting"], Value::Null);
    let refusal = mia.put(&path, json!({})).await;
    assert_eq!(refusal.refused(400, "invalid_data"), "Invalid request: Field 'body' is required");
    let ada_said = ada.say(&hash, "Yes").await;
    let path = format!("/store/chat/messages/id/{}", ada_said["id"].as_str().expect("an id"));
    assert_eq!(
        ada.put(&path, json!({ "meeting": moved })).await.refused(400, "invalid_data"),
        "Invalid request: Value for field 'meeting' must be left out unless 'type' is 'meeting'"
    );
}

#[tokio::test]
async fn a_meeting_is_refused_in_the_words_of_the_contract() {
    let shop = Shop::with(&[ORIGINS]).await;
    let ada = shop.customer("cus_ada");
    let hash = ada.open().await;
    let with = |field: &str, value: Value| {
        let mut meeting = meeting();
        meeting[field] = value;
        meeting
    };
    let offset = "must be an ISO 8601 time with an offset";
    for (meeting, message) in [
        (json!(7), "Expected type: 'object' for field 'meeting', got: 'number'".to_owned()),
        (json!({}), "Field 'meeting, starts_at' is required".to_owned()),
        (with("ends_at", Value::Null), "Field 'meeting, ends_at' is required".to_owned()),
        (
            with("starts_at", json!("2027-03-01T09:00:00")),
            format!("Value for field 'meeting, starts_at' {offset}"),
        ),
        (
            with("ends_at", json!("tomorrow")),
            format!("Value for field 'meeting, ends_at' {offset}"),
        ),
        (
            with("ends_at", json!("2027-03-01T09:00:00Z")),
            "Value for field 'meeting, ends_at' must be after 'starts_at'".to_owned(),
        ),
        (
            with("ends_at", json!("2027-03-08T09:00:00.001Z")),
            "Value for field 'meeting, ends_at' must be at most 7 days after 'starts_at'"
                .to_owned(),
        ),
        (
            with("url", json!("http://meet.example/")),
            "Value for field 'meeting, url' must be an https URL".to_owned(),
        ),
        (
            with("title", json!("x".repeat(201))),
            "Value for field 'meeting, title' too big, expected at most: '200'".to_owned(),
        ),
    ] {
        let body = json!({ "body": "x", "type": "meeting", "meeting": meeting });
        let text = refused(&ada, "store", &hash, body).await;
        assert_eq!(text, format!("Invalid request: {message}"));
    }
    let body = json!({ "body": "x", "meeting": meeting() });
    assert_eq!(
        refused(&ada, "store", &hash, body).await,
        "Invalid request: Value for field 'meeting' must be left out unless 'type' is 'meeting'"
    );
    // A meeting needs words; without a meeting the type stays what it was.
    let body = json!({ "type": "meeting", "meeting": meeting() });
    assert_eq!(
        refused(&ada, "store", &hash, body).await,
        "Invalid request: Field 'body' is required"
    );
    let sent = send(&ada, "store", &hash, json!({ "body": "x", "type": "meeting" })).await;
    assert_eq!((&sent["message_type"], &sent["meeting"]), (&json!("meeting"), &Value::Null));
}
