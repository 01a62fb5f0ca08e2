//! The shop's canned answers.

use harness::Shop;
use serde_json::{Value, json};

#[tokio::test]
async fn canned_answers_are_shared_and_keep_their_order() {
    let shop = Shop::open().await;
    let (admin, other_admin) = (shop.admin("user_1"), shop.admin("user_2"));
    assert_eq!(admin.get("/admin/chat/canned").await.ok(), json!({ "canned": [] }));
    let list = json!({ "canned": [
        { "shortcut": "Hours", "text": " We are here\nfrom 9 to 5. ", "colour": "ignored" },
        { "shortcut": "a-b_9", "text": "👍" },
    ] });
    let kept = json!({ "canned": [
        { "shortcut": "hours", "text": " We are here\nfrom 9 to 5. " },
        { "shortcut": "a-b_9", "text": "👍" },
    ] });
    assert_eq!(admin.put("/admin/chat/canned", list).await.ok(), kept);
    assert_eq!(other_admin.get("/admin/chat/canned").await.ok(), kept);
    // A PUT replaces the whole list.
    let other = json!({ "canned": [{ "shortcut": "bye", "text": "Good bye!" }] });
    assert_eq!(other_admin.put("/admin/chat/canned", other.clone()).await.ok(), other);
    assert_eq!(admin.get("/admin/chat/canned").await.ok(), other);
    admin.put("/admin/chat/canned", json!({ "canned": [] })).await.ok();
    assert_eq!(admin.get("/admin/chat/canned").await.ok(), json!({ "canned": [] }));
}

#[tokio::test]
async fn an_invalid_list_is_refused_whole_and_the_message_names_the_entry() {
    let shop = Shop::open().await;
    let admin = shop.admin("user_1");
    let before = json!({ "canned": [{ "shortcut": "hours", "text": "9 to 5" }] });
    admin.put("/admin/chat/canned", before.clone()).await.ok();
    let entry = |shortcut: &str, text: &str| json!({ "shortcut": shortcut, "text": text });
    let with = |wrong: Value| json!({ "canned": [entry("fine", "fine"), wrong] });
    let many: Vec<Value> = (0..101).map(|n| entry(&format!("s{n}"), "x")).collect();
    let form = "Value for field 'canned, 1, shortcut' must be 1 to 32 of [a-z0-9_-]";
    for (body, message) in [
        (json!({}), "Field 'canned' is required"),
        (json!({ "canned": null }), "Expected type: 'array' for field 'canned', got: 'null'"),
        (
            json!({ "canned": { "hours": "9 to 5" } }),
            "Expected type: 'array' for field 'canned', got: 'object'",
        ),
        (json!({ "canned": many }), "Value for field 'canned' too big, expected at most: '100'"),
        (with(json!("x")), "Expected type: 'object' for field 'canned, 1', got: 'string'"),
        (with(json!({ "text": "x" })), "Field 'canned, 1, shortcut' is required"),
        (with(json!({ "shortcut": "x" })), "Field 'canned, 1, text' is required"),
        (
            with(json!({ "shortcut": 7, "text": "x" })),
            "Expected type: 'string' for field 'canned, 1, shortcut', got: 'number'",
        ),
        (
            with(json!({ "shortcut": "x", "text": [] })),
            "Expected type: 'string' for field 'canned, 1, text', got: 'array'",
        ),
        (with(entry("", "x")), form),
        (with(entry("a b", "x")), form),
        (with(entry("ä", "x")), form),
        (with(entry(&"x".repeat(33), "x")), form),
        (
            with(entry("x", "")),
            "Value for field 'canned, 1, text' too small, expected at least: '1'",
        ),
        (
            with(entry("x", " \u{200b}\n")),
            "Value for field 'canned, 1, text' too small, expected at least: '1'",
        ),
        (
            with(entry("x", &"x".repeat(5_001))),
            "Value for field 'canned, 1, text' too big, expected at most: '5000'",
        ),
        (
            with(entry("FINE", "again")),
            "Value for field 'canned, 1, shortcut' must be used only once",
        ),
    ] {
        let reply = admin.put("/admin/chat/canned", body).await;
        assert_eq!(reply.refused(400, "invalid_data"), format!("Invalid request: {message}"));
    }
    admin.send_raw("PUT", "/admin/chat/canned", "{").await.refused(400, "invalid_data");
    let long: Vec<Value> = (0..14).map(|n| entry(&format!("s{n}"), &"x".repeat(5_000))).collect();
    admin.put("/admin/chat/canned", json!({ "canned": long })).await.refused(413, "invalid_data");
    assert_eq!(admin.get("/admin/chat/canned").await.ok(), before, "the list is unchanged");
}

#[tokio::test]
async fn a_hundred_answers_of_sixty_kilobytes_are_stored() {
    let shop = Shop::open().await;
    let admin = shop.admin("user_1");
    for (count, length) in [(100, 500), (12, 5_000)] {
        let all: Vec<Value> = (0..count)
            .map(|n| json!({ "shortcut": format!("{n:0>32}"), "text": "x".repeat(length) }))
            .collect();
        let list = json!({ "canned": all });
        assert_eq!(admin.put("/admin/chat/canned", list.clone()).await.ok(), list);
        assert_eq!(admin.get("/admin/chat/canned").await.ok(), list);
    }
}

#[tokio::test]
async fn customers_and_guests_cannot_read_canned_answers() {
    let shop = Shop::open().await;
    for client in [shop.customer("cus_1"), shop.guest(), shop.nobody()] {
        client.get("/admin/chat/canned").await.refused(401, "unauthorized");
        client
            .put("/admin/chat/canned", json!({ "canned": [] }))
            .await
            .refused(401, "unauthorized");
        client.get("/store/chat/canned").await.refused(404, "not_found");
    }
}
