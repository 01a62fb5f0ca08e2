//! Opening and listing channels.

use harness::{Shop, pluck};
use serde_json::json;

#[tokio::test]
async fn a_new_channel_is_empty_and_only_admins_see_notified_at() {
    let shop = Shop::open().await;
    let channel =
        shop.customer("cus_1").post("/store/chat/channels", json!({})).await.ok()["channel"]
            .clone();
    assert_eq!(channel["channel_hash"], "direct:admin:cus_1");
    assert!(channel["id"].as_str().unwrap().starts_with("chatch_"));
    assert_eq!(
        (&channel["type"], &channel["admin_id"], &channel["admin"]),
        (&json!("direct"), &json!("admin"), &json!(null))
    );
    assert_eq!(
        (&channel["last_message_at"], &channel["last_message"], &channel["last_seq"]),
        (&json!(null), &json!(null), &json!(0))
    );
    assert_eq!(channel["customer"], json!({ "id": "cus_1", "role": "customer" }));
    assert_eq!(channel["unread_count"], 0);
    let member = &channel["members"][0];
    assert!(member["id"].as_str().unwrap().starts_with("chatmem_"));
    assert_eq!(
        (&member["user_id"], &member["role"], &member["last_read_at"], &member["last_read_seq"]),
        (&json!("cus_1"), &json!("customer"), &json!(null), &json!(0))
    );
    assert_eq!(member["channel_id"], channel["id"]);
    assert!(member.get("notified_at").is_none(), "admins see it only");
    let created = channel["created_at"].as_str().unwrap();
    assert!(created.len() == 24 && created.ends_with('Z'), "{created}");

    let seen = shop
        .admin("user_1")
        .post("/admin/chat/channels", json!({ "customer_id": "cus_1", "admin_id": "admin" }))
        .await
        .ok()["channel"]
        .clone();
    assert_eq!(seen["id"], channel["id"]);
    assert_eq!(seen["members"][0]["notified_at"], json!(null));
    assert!(seen["members"][0].as_object().unwrap().contains_key("notified_at"));
}

#[tokio::test]
async fn a_pair_has_one_channel_whichever_side_opens_it() {
    let shop = Shop::open().await;
    let by_admin = shop
        .admin("user_1")
        .post("/admin/chat/channels", json!({ "customer_id": "cus_1", "admin_id": "me" }))
        .await
        .ok();
    assert_eq!(by_admin["channel"]["channel_hash"], "direct:cus_1:user_1");
    let by_customer = shop
        .customer("cus_1")
        .post("/store/chat/channels", json!({ "admin_id": "user_1" }))
        .await
        .ok();
    assert_eq!(by_customer["channel"]["id"], by_admin["channel"]["id"]);
    assert_eq!(by_customer["channel"]["admin_id"], "user_1");
    // No body, an empty one, and a field that is null mean the same.
    for body in ["", "{}", "{\"admin_id\":null}"] {
        let own = shop.customer("cus_1").send_raw("POST", "/store/chat/channels", body).await.ok();
        assert_eq!(own["channel"]["channel_hash"], "direct:admin:cus_1");
    }
    assert_eq!(shop.customer("cus_1").channels().await["count"], 2);
}

#[tokio::test]
async fn staff_opens_the_channel_of_the_shop() {
    let shop = Shop::open().await;
    let mia = shop.admin("user_mia");
    let open = async |body| {
        let opened = mia.post("/admin/chat/channels", body).await.ok();
        opened["channel"]["channel_hash"].as_str().unwrap().to_owned()
    };
    let asked = shop.customer("cus_1").open().await;
    for absent in
        [json!({ "customer_id": "cus_1" }), json!({ "customer_id": "cus_1", "admin_id": null })]
    {
        assert_eq!(open(absent).await, asked, "the one in which the customer asked");
    }
    assert_eq!(open(json!({ "customer_id": "cus_2" })).await, "direct:admin:cus_2");
    for (admin, hash) in [("me", "direct:cus_1:user_mia"), ("user_tom", "direct:cus_1:user_tom")] {
        assert_eq!(open(json!({ "customer_id": "cus_1", "admin_id": admin })).await, hash);
    }

    // A customer who asked as a guest has that conversation with the shop, and no second one.
    let secret = "V1StGXR8_Z5jdHi6B-myT";
    let as_guest = shop.nobody().with_guest_secret(secret).open().await;
    let guest = as_guest.strip_prefix("direct:admin:").unwrap();
    shop.customer("cus_3").claim(secret).await.ok();
    shop.customer("cus_3").open_with_admin("user_mia").await;
    assert_eq!(open(json!({ "customer_id": "cus_3" })).await, as_guest);
    assert_eq!(open(json!({ "customer_id": guest })).await, as_guest);
    assert_eq!(shop.customer("cus_3").channels().await["count"], 2);
    // Who names the pair gets the pair.
    let named = json!({ "customer_id": "cus_3", "admin_id": "admin" });
    assert_eq!(open(named).await, "direct:admin:cus_3");
    assert_eq!(open(json!({ "customer_id": "cus_3" })).await, "direct:admin:cus_3");
}

#[tokio::test]
async fn ids_of_the_wrong_side_are_refused() {
    let shop = Shop::open().await;
    let admin = shop.admin("user_1");
    assert_eq!(
        admin.post("/admin/chat/channels", json!({})).await.refused(400, "invalid_data"),
        "Invalid request: Field 'customer_id' is required"
    );
    let wrong = [
        json!({ "customer_id": "user_2" }),
        json!({ "customer_id": "admin" }),
        json!({ "customer_id": "a:b" }),
        json!({ "customer_id": "" }),
        json!({ "customer_id": 7 }),
        json!({ "customer_id": "cus_1", "admin_id": "cus_2" }),
        json!({ "customer_id": "cus_1", "admin_id": "guest_2" }),
        json!({ "customer_id": "x", "admin_id": "x" }),
    ];
    for body in wrong {
        admin.post("/admin/chat/channels", body).await.refused(400, "invalid_data");
    }
    for admin_id in [
        json!("cus_2"),
        json!("guest_2"),
        json!("cus_1"),
        json!("a b"),
        json!("a".repeat(129)),
        json!(7),
    ] {
        shop.customer("cus_1")
            .post("/store/chat/channels", json!({ "admin_id": admin_id }))
            .await
            .refused(400, "invalid_data");
    }
    shop.settle().await;
    assert_eq!(admin.channels().await["count"], 0);
}

#[tokio::test]
async fn the_admin_list_is_ordered_by_activity_with_never_used_ones_last() {
    let shop = Shop::open().await;
    let admin = shop.admin("user_1");
    for n in 0..5 {
        let customer = shop.customer(&format!("cus_{n}"));
        customer.open().await;
        // The clock moves, so that the activity crosses minutes.
        shop.running.app.clock.advance(40_000);
    }
    for n in [3, 1, 4] {
        shop.customer(&format!("cus_{n}")).say(&format!("direct:admin:cus_{n}"), "hello").await;
        shop.running.app.clock.advance(40_000);
    }
    shop.settle().await;
    let list = admin.channels().await;
    let hashes = |list: &serde_json::Value| pluck(&list["channels"], "channel_hash");
    let expected: Vec<_> =
        [4, 1, 3, 2, 0].iter().map(|n| json!(format!("direct:admin:cus_{n}"))).collect();
    assert_eq!(hashes(&list), expected);
    assert_eq!(
        (&list["count"], &list["offset"], &list["limit"], &list["next_cursor"]),
        (&json!(5), &json!(0), &json!(20), &json!(null))
    );
    assert_eq!(list["channels"][0]["unread_count"], 1);
    assert_eq!(list["channels"][0]["last_message"]["body"], "hello");

    assert_eq!(
        hashes(&admin.get("/admin/chat/channels?limit=2&offset=1").await.ok()),
        expected[1..3]
    );
    assert_eq!(hashes(&admin.get("/admin/chat/channels?offset=5").await.ok()), expected[5..]);
    let mut walked = Vec::new();
    let mut cursor = String::new();
    loop {
        let page =
            admin.get(&format!("/admin/chat/channels?limit=2&offset=3&cursor={cursor}")).await.ok();
        if cursor.is_empty() {
            // The first page has no cursor, so the offset counts: begin again without it.
            let first = admin.get("/admin/chat/channels?limit=2").await.ok();
            walked.extend(hashes(&first));
            cursor = first["next_cursor"].as_str().unwrap().to_owned();
            continue;
        }
        walked.extend(hashes(&page));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(walked, expected);
}

#[tokio::test]
async fn the_channels_of_a_busy_minute_are_listed_completely_and_in_order() {
    let shop = Shop::open().await;
    let admin = shop.admin("user_1");
    let mut expected = Vec::new();
    for n in 0..60 {
        let customer = shop.customer(&format!("cus_{n}"));
        let hash = customer.open().await;
        customer.say(&hash, "now").await;
        expected.insert(0, json!(hash));
        // Within one minute or two, but never twice in one millisecond.
        shop.running.app.clock.advance(5);
    }
    let mut walked = Vec::new();
    let mut query = String::from("limit=7");
    loop {
        let page = admin.get(&format!("/admin/chat/channels?{query}")).await.ok();
        walked.extend(pluck(&page["channels"], "channel_hash"));
        match page["next_cursor"].as_str() {
            Some(next) => query = format!("limit=7&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(walked, expected);
    let middle = admin.get("/admin/chat/channels?limit=10&offset=33").await.ok();
    assert_eq!(pluck(&middle["channels"], "channel_hash"), expected[33..43]);
}

#[tokio::test]
async fn customers_see_only_their_own_channels() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    customer.post("/store/chat/channels", json!({ "admin_id": "user_7" })).await.ok();
    shop.customer("cus_2").open().await;
    shop.admin("user_1").answer(&hash, &"long ".repeat(200)).await;
    let list = customer.channels().await;
    assert_eq!(
        pluck(&list["channels"], "channel_hash"),
        [json!(hash), json!("direct:cus_1:user_7")]
    );
    assert_eq!(pluck(&list["channels"], "admin_id"), [json!("admin"), json!("user_7")]);
    assert_eq!(
        list["channels"][0]["last_message"]["body"],
        "long ".repeat(200),
        "a body that is too long for the head"
    );
    assert_eq!((&list["count"], &list["channels"][0]["unread_count"]), (&json!(2), &json!(1)));
    let first = customer.get("/store/chat/channels?limit=1").await.ok();
    let second = customer
        .get(&format!(
            "/store/chat/channels?limit=1&cursor={}",
            first["next_cursor"].as_str().unwrap()
        ))
        .await
        .ok();
    assert_eq!(pluck(&second["channels"], "channel_hash"), [json!("direct:cus_1:user_7")]);
    assert_eq!(second["next_cursor"], json!(null));
}

#[tokio::test]
async fn invalid_list_parameters_are_refused() {
    let shop = Shop::open().await;
    let admin = shop.admin("user_1");
    let refused = [
        ("limit=0", "Invalid request: Value for field 'limit' too small, expected at least: '1'"),
        ("limit=-3", "Invalid request: Value for field 'limit' too small, expected at least: '1'"),
        ("limit=ten", "Invalid request: Expected type: 'number' for field 'limit', got: 'string'"),
        (
            "offset=-1",
            "Invalid request: Value for field 'offset' too small, expected at least: '0'",
        ),
        (
            "offset=10001",
            "Invalid request: Value for field 'offset' too big, expected at most: '10000'",
        ),
        (
            "cursor=nonsense",
            "Invalid request: Value for field 'cursor' must be a next_cursor of this list",
        ),
        ("search=ab", "Search must be at least 3 characters"),
        ("q=ab", "Search must be at least 3 characters"),
    ];
    for (query, message) in refused {
        assert_eq!(
            admin.get(&format!("/admin/chat/channels?{query}")).await.refused(400, "invalid_data"),
            message,
            "{query}"
        );
        assert_eq!(
            shop.customer("cus_1")
                .get(&format!("/store/chat/channels?{query}"))
                .await
                .refused(400, "invalid_data"),
            message,
            "{query}"
        );
    }
    assert_eq!(
        admin.get("/admin/chat/channels?limit=1000&unknown=1&search=%20%20").await.ok()["limit"],
        100
    );
    admin.get("/admin/chat/channels?offset=10000").await.ok();
}
