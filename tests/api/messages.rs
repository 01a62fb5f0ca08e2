//! Sending, editing, deleting.

use harness::{Shop, pluck};
use serde_json::{Value, json};

#[tokio::test]
async fn both_sides_see_the_conversation() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    let asked = customer.say(&hash, "Is this in stock?").await;
    assert_eq!(
        (&asked["seq"], &asked["sender_id"], &asked["sender_role"], &asked["is_own"]),
        (&json!(1), &json!("cus_1"), &json!("customer"), &json!(true))
    );
    assert_eq!(
        (
            &asked["message_type"],
            &asked["client_message_id"],
            &asked["edited_at"],
            &asked["deleted_at"]
        ),
        (&json!("text"), &json!(null), &json!(null), &json!(null))
    );
    let answered = admin.answer(&hash, "It is.").await;
    assert_eq!((&answered["seq"], &answered["sender_role"]), (&json!(2), &json!("admin")));
    assert!(answered["created_at"].as_str() > asked["created_at"].as_str());

    let page = customer.messages(&hash).await;
    assert_eq!(pluck(&page["messages"], "body"), ["Is this in stock?", "It is."]);
    assert_eq!(pluck(&page["messages"], "is_own"), [json!(true), json!(false)]);
    let channel = customer.channels().await["channels"][0].clone();
    assert_eq!(
        (&channel["last_message"]["body"], &channel["last_message_at"], &channel["last_seq"]),
        (&json!("It is."), &answered["created_at"], &json!(2))
    );
}

#[tokio::test]
async fn fields_of_the_body_do_not_change_sender_or_position() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let forged = json!({ "body": "hi", "sender_id": "user_1", "sender_role": "admin", "seq": 99,
        "created_at": "2000-01-01T00:00:00Z", "id": "x", "deleted_at": "x", "is_own": false });
    let message =
        customer.post(&format!("/store/chat/messages/{hash}"), forged).await.ok()["message"]
            .clone();
    assert_eq!(
        (&message["sender_id"], &message["sender_role"], &message["seq"]),
        (&json!("cus_1"), &json!("customer"), &json!(1))
    );
    assert!(message["created_at"].as_str().unwrap() > "2020");
}

#[tokio::test]
async fn bodies_are_limited_and_stored_unchanged() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let path = format!("/store/chat/messages/{hash}");
    let refused = [
        (json!({}), "Invalid request: Field 'body' is required"),
        (
            json!({ "body": 7 }),
            "Invalid request: Expected type: 'string' for field 'body', got: 'number'",
        ),
        (
            json!({ "body": null }),
            "Invalid request: Expected type: 'string' for field 'body', got: 'null'",
        ),
        (
            json!({ "body": ["x"] }),
            "Invalid request: Expected type: 'string' for field 'body', got: 'array'",
        ),
        (
            json!({ "body": "" }),
            "Invalid request: Value for field 'body' too small, expected at least: '1'",
        ),
        (
            json!({ "body": " \u{200b}\n" }),
            "Invalid request: Value for field 'body' too small, expected at least: '1'",
        ),
        (
            json!({ "body": "x".repeat(5_001) }),
            "Invalid request: Value for field 'body' too big, expected at most: '5000'",
        ),
        (
            json!({ "body": "x", "type": "zz" }),
            "Invalid request: Expected: 'text, meeting, system' for field 'type', but got: 'zz'",
        ),
        (
            json!({ "body": "x", "message_type": 1 }),
            "Invalid request: Expected type: 'string' for field 'message_type', got: 'number'",
        ),
    ];
    for (body, message) in refused {
        assert_eq!(
            customer.post(&path, body.clone()).await.refused(400, "invalid_data"),
            message,
            "{body}"
        );
    }
    let odd = [
        "  spaces  ",
        "<script>alert(1)</script>",
        "a\u{0}b",
        "👩‍👩‍👧‍👦",
        "\u{202e}txet",
        "{\"json\": true}",
        &"é".repeat(5_000),
        &"👍".repeat(5_000),
    ];
    for body in odd {
        assert_eq!(customer.say(&hash, body).await["body"], body);
    }
    assert_eq!(customer.bodies("store", &hash).await, odd);
}

#[tokio::test]
async fn only_staff_sends_system_messages() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    let path = format!("/store/chat/messages/{hash}");
    for body in
        [json!({ "body": "x", "type": "system" }), json!({ "body": "x", "message_type": "system" })]
    {
        let reply = customer.post(&path, body).await;
        assert_eq!(
            reply.refused(400, "invalid_data"),
            "Invalid request: Expected: 'text, meeting' for field 'type', but got: 'system'"
        );
    }
    assert_eq!(
        customer
            .post(&path, json!({ "body": "https://meet.example/1", "type": "meeting" }))
            .await
            .ok()["message"]["message_type"],
        "meeting"
    );
    let note = admin
        .post(
            &format!("/admin/chat/messages/{hash}"),
            json!({ "body": "Order shipped", "type": "system" }),
        )
        .await
        .ok()["message"]
        .clone();
    assert_eq!(note["message_type"], "system");
    let by_id = format!("/admin/chat/messages/id/{}", note["id"].as_str().unwrap());
    assert_eq!(
        admin.put(&by_id, json!({ "body": "x" })).await.refused(400, "not_allowed"),
        "System messages cannot be edited"
    );
    admin.delete(&by_id).await.ok();
}

#[tokio::test]
async fn every_admin_may_write_to_every_channel() {
    let shop = Shop::open().await;
    let hash = shop.customer("cus_1").open().await;
    shop.admin("user_1").answer(&hash, "one").await;
    shop.admin("user_2").answer(&hash, "two").await;
    assert_eq!(shop.admin("user_3").bodies("admin", &hash).await, ["one", "two"]);
    let missing = shop
        .admin("user_1")
        .post("/admin/chat/messages/direct:admin:cus_9", json!({ "body": "x" }))
        .await;
    assert_eq!(
        missing.refused(404, "not_found"),
        "Chat channel with hash: direct:admin:cus_9 was not found"
    );
}

#[tokio::test]
async fn a_client_message_id_stores_one_message_for_ever() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let path = format!("/store/chat/messages/{hash}");
    let send = async |body: &str| {
        customer.post(&path, json!({ "body": body, "client_message_id": "client-0001" })).await
    };
    let first = send("hello").await.ok()["message"].clone();
    assert_eq!(first["client_message_id"], "client-0001");
    assert_eq!(send("hello").await.ok()["message"], first);
    assert_eq!(
        send("other").await.refused(409, "conflict"),
        "This client_message_id was already used for another message"
    );
    customer
        .post(
            &path,
            json!({ "body": "hello", "type": "meeting", "client_message_id": "client-0001" }),
        )
        .await
        .refused(409, "conflict");

    let by_id = format!("/store/chat/messages/id/{}", first["id"].as_str().unwrap());
    customer.put(&by_id, json!({ "body": "edited" })).await.ok();
    assert_eq!(send("hello").await.ok()["message"]["body"], "edited", "the present state");
    send("edited").await.refused(409, "conflict");
    customer.delete(&by_id).await.ok();
    shop.running.app.clock.advance(30 * 24 * 3_600_000);
    let customer = shop.customer("cus_1");
    let gone = customer
        .post(&path, json!({ "body": "hello", "client_message_id": "client-0001" }))
        .await
        .ok()["message"]
        .clone();
    assert_eq!((&gone["id"], &gone["body"]), (&first["id"], &json!("")));
    assert!(gone["deleted_at"].is_string(), "a tombstone, not a new message");
    assert_eq!(customer.bodies("store", &hash).await, [""; 0]);
}

#[tokio::test]
async fn client_message_ids_are_scoped_to_channel_and_sender() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let (one, two) = (customer.open().await, "direct:cus_1:user_2");
    customer.post("/store/chat/channels", json!({ "admin_id": "user_2" })).await.ok();
    let with_id = |body: &str| json!({ "body": body, "client_message_id": "same-client-id" });
    let a = customer.post(&format!("/store/chat/messages/{one}"), with_id("a")).await.ok();
    let b = customer.post(&format!("/store/chat/messages/{two}"), with_id("b")).await.ok();
    let c =
        shop.admin("user_1").post(&format!("/admin/chat/messages/{one}"), with_id("c")).await.ok();
    let d =
        shop.admin("user_2").post(&format!("/admin/chat/messages/{one}"), with_id("d")).await.ok();
    let ids: Vec<&Value> = [&a, &b, &c, &d].iter().map(|reply| &reply["message"]["id"]).collect();
    assert!(ids.iter().enumerate().all(|(n, id)| !ids[..n].contains(id)), "{ids:?}");
}

#[tokio::test]
async fn the_header_idempotency_key_sets_the_client_message_id() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let path = format!("/store/chat/messages/{hash}");
    let keyed = customer.with("Idempotency-Key", "header-key-1");
    let first = keyed.post(&path, json!({ "body": "x" })).await.ok();
    assert_eq!(first["message"]["client_message_id"], "header-key-1");
    assert_eq!(keyed.post(&path, json!({ "body": "x" })).await.ok(), first);
    let both =
        keyed.post(&path, json!({ "body": "x", "client_message_id": "body-key-1" })).await.ok();
    assert_eq!(both["message"]["client_message_id"], "body-key-1", "the body's field wins");
    for wrong in ["short", "with space", "a/b/c/d/e", &"x".repeat(65)] {
        customer
            .post(&path, json!({ "body": "x", "client_message_id": wrong }))
            .await
            .refused(400, "invalid_data");
        customer
            .with("idempotency-key", wrong)
            .post(&path, json!({ "body": "x" }))
            .await
            .refused(400, "invalid_data");
    }
    customer
        .with("idempotency-key", "")
        .post(&path, json!({ "body": "x" }))
        .await
        .refused(400, "invalid_data");
    customer
        .post(&path, json!({ "body": "x", "client_message_id": 12_345_678 }))
        .await
        .refused(400, "invalid_data");
}

#[tokio::test]
async fn only_the_author_may_edit_or_delete() {
    let shop = Shop::open().await;
    let (customer, admin, other) =
        (shop.customer("cus_1"), shop.admin("user_1"), shop.admin("user_2"));
    let hash = customer.open().await;
    let mine = customer.say(&hash, "mine").await["id"].as_str().unwrap().to_owned();
    let theirs = admin.answer(&hash, "theirs").await["id"].as_str().unwrap().to_owned();
    let edit = json!({ "body": "changed" });
    assert_eq!(
        customer
            .put(&format!("/store/chat/messages/id/{theirs}"), edit.clone())
            .await
            .refused(403, "forbidden"),
        "Only the message author can edit this message"
    );
    assert_eq!(
        customer
            .delete(&format!("/store/chat/messages/id/{theirs}"))
            .await
            .refused(403, "forbidden"),
        "Only the message author can delete this message"
    );
    admin
        .put(&format!("/admin/chat/messages/id/{mine}"), edit.clone())
        .await
        .refused(403, "forbidden");
    other
        .put(&format!("/admin/chat/messages/id/{theirs}"), edit.clone())
        .await
        .refused(403, "forbidden");
    other.delete(&format!("/admin/chat/messages/id/{theirs}")).await.refused(403, "forbidden");

    let edited = customer.put(&format!("/store/chat/messages/id/{mine}"), edit.clone()).await.ok()
        ["message"]
        .clone();
    assert_eq!(
        (&edited["body"], &edited["seq"], &edited["is_own"]),
        (&json!("changed"), &json!(1), &json!(true))
    );
    assert!(edited["edited_at"].is_string());
    assert_eq!(edited["updated_at"], edited["edited_at"]);
    let again =
        customer.put(&format!("/store/chat/messages/id/{mine}"), edit).await.ok()["message"]
            .clone();
    assert_eq!(again, edited, "an unchanged body changes nothing");
    assert_eq!(customer.channels().await["channels"][0]["last_seq"], 3);
    for (body, message) in [
        (json!({}), "Invalid request: Field 'body' is required"),
        (
            json!({ "body": " " }),
            "Invalid request: Value for field 'body' too small, expected at least: '1'",
        ),
    ] {
        assert_eq!(
            customer
                .put(&format!("/store/chat/messages/id/{mine}"), body)
                .await
                .refused(400, "invalid_data"),
            message
        );
    }
}

#[tokio::test]
async fn a_deleted_message_leaves_only_a_tombstone() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    customer.say(&hash, "first").await;
    let second = customer.say(&hash, "second").await;
    let path = format!("/store/chat/messages/id/{}", second["id"].as_str().unwrap());
    let deleted = customer.delete(&path).await.ok();
    assert_eq!(deleted, json!({ "id": second["id"], "object": "chat_message", "deleted": true }));
    assert_eq!(customer.delete(&path).await.ok(), deleted, "deleting again is fine");
    customer.put(&path, json!({ "body": "x" })).await.refused(404, "not_found");
    let by_admin = format!("/admin/chat/messages/id/{}", second["id"].as_str().unwrap());
    assert_eq!(
        admin.delete(&by_admin).await.refused(404, "not_found"),
        &format!("Chat message with id: {} was not found", second["id"].as_str().unwrap())
    );

    let channel = customer.channels().await["channels"][0].clone();
    assert_eq!(
        (&channel["last_message"]["body"], &channel["last_message_at"], &channel["last_seq"]),
        (&json!("first"), &second["created_at"], &json!(3))
    );
    assert_eq!(admin.bodies("admin", &hash).await, ["first"]);
    let tombstones =
        admin.get(&format!("/admin/chat/messages/{hash}?with_deleted=true")).await.ok()["messages"]
            .clone();
    assert_eq!(pluck(&tombstones, "body"), ["first", ""]);
    assert!(tombstones[1]["deleted_at"].is_string());
    // The store scope never shows tombstones, and the body is deleted everywhere.
    let path = format!("/store/chat/messages/{hash}?with_deleted=true");
    assert_eq!(customer.get(&path).await.ok()["messages"].as_array().unwrap().len(), 1);
    customer
        .delete(&format!(
            "/store/chat/messages/id/{}",
            admin.answer(&hash, "x").await["id"].as_str().unwrap()
        ))
        .await
        .refused(403, "forbidden");
}

#[tokio::test]
async fn the_last_message_skips_any_number_of_deleted_ones() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    customer.say(&hash, "stays").await;
    let mut ids = Vec::new();
    for n in 0..60 {
        ids.push(customer.say(&hash, &format!("{n}")).await["id"].as_str().unwrap().to_owned());
    }
    for id in &ids {
        customer.delete(&format!("/store/chat/messages/id/{id}")).await.ok();
    }
    let last = async || customer.channels().await["channels"][0]["last_message"]["body"].clone();
    assert_eq!(last().await, "stays");
    let page = customer.get(&format!("/store/chat/messages/{hash}?limit=5")).await.ok();
    assert_eq!(
        (pluck(&page["messages"], "body"), &page["has_more"]),
        (vec![json!("stays")], &json!(false))
    );
}

#[tokio::test]
async fn unknown_message_ids_are_not_found() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let id = customer.say(&hash, "x").await["id"].as_str().unwrap().to_owned();
    for wrong in [
        "x",
        "chatmsg_",
        &id.replace("_1", "_2"),
        &id.replace("_1", "_01"),
        &format!("{id}0"),
        "%00",
        "..%2f..",
        "%E2%82%AC",
        &"x".repeat(3_000),
    ] {
        let reply =
            customer.put(&format!("/store/chat/messages/id/{wrong}"), json!({ "body": "y" })).await;
        reply.refused(404, "not_found");
        customer
            .delete(&format!("/store/chat/messages/id/{wrong}"))
            .await
            .refused(404, "not_found");
    }
}
