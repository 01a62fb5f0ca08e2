//! Read markers and unread counts.

use harness::Shop;
use serde_json::json;

#[tokio::test]
async fn a_read_moves_the_mark_and_clears_the_unread_count() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    customer.say(&hash, "one").await;
    let two = customer.say(&hash, "two").await;
    shop.settle().await;
    assert_eq!(admin.unread("admin").await, 2);
    assert_eq!(customer.unread("store").await, 0, "own messages never count");
    let read = admin.read(&hash).await;
    assert_eq!(
        (&read["member"]["user_id"], &read["member"]["role"], &read["unread_count"]),
        (&json!("user_1"), &json!("admin"), &json!(0))
    );
    assert_eq!(
        (&read["member"]["last_read_at"], &read["member"]["last_read_seq"]),
        (&two["created_at"], &json!(2))
    );
    assert!(read["member"].as_object().unwrap().contains_key("notified_at"));
    shop.settle().await;
    assert_eq!(
        (admin.unread("admin").await, shop.admin("user_2").unread("admin").await),
        (0, 2),
        "each admin has their own"
    );

    let answer = admin.answer(&hash, "answer").await;
    assert_eq!(customer.unread("store").await, 1);
    let page = customer.messages(&hash).await;
    assert_eq!(page["members"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&page["members"][0]["role"], &page["members"][1]["user_id"]),
        (&json!("customer"), &json!("user_1"))
    );
    let read = customer.read(&hash).await;
    assert_eq!(
        (&read["member"]["last_read_at"], &read["unread_count"]),
        (&answer["created_at"], &json!(0))
    );
    assert!(read["member"].get("notified_at").is_none());
    assert_eq!(customer.unread("store").await, 0);
    shop.settle().await;
    assert_eq!(admin.unread("admin").await, 0, "staff messages are no work for staff");
}

#[tokio::test]
async fn the_admin_list_includes_the_unread_total() {
    let shop = Shop::open().await;
    for (id, messages) in [("cus_1", 2), ("cus_2", 1)] {
        let customer = shop.customer(id);
        let hash = customer.open().await;
        for n in 0..messages {
            customer.say(&hash, &n.to_string()).await;
        }
    }
    shop.admin("user_1")
        .put("/admin/chat/channels/direct:admin:cus_1/read", json!({ "seq": 1 }))
        .await
        .ok();
    shop.settle().await;
    for (id, unread) in [("user_1", 2), ("user_2", 3)] {
        let admin = shop.admin(id);
        let list = admin.get("/admin/chat/channels?limit=1").await.ok();
        assert_eq!(
            (&list["unread_count"], admin.unread("admin").await),
            (&json!(unread), unread),
            "{id}"
        );
    }
    let found = shop.admin("user_1").get("/admin/chat/channels?search=cus_1").await.ok();
    assert!(found["count"] == 1 && found.get("unread_count").is_none(), "{found}");
    let own = shop.customer("cus_1").channels().await;
    assert!(own["count"] == 1 && own.get("unread_count").is_none(), "{own}");
}

#[tokio::test]
async fn a_read_at_an_earlier_point_leaves_later_messages_unread() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    let mut at = Vec::new();
    for n in 0..6 {
        at.push(
            customer.say(&hash, &n.to_string()).await["created_at"].as_str().unwrap().to_owned(),
        );
        shop.running.app.clock.advance(1_000);
    }
    let read = async |who: &str, body: serde_json::Value| {
        shop.admin(who).put(&format!("/admin/chat/channels/{hash}/read"), body).await.ok()
    };
    let by_time = read("user_1", json!({ "at": at[2] })).await;
    assert_eq!(
        (
            &by_time["member"]["last_read_seq"],
            &by_time["member"]["last_read_at"],
            &by_time["unread_count"]
        ),
        (&json!(3), &json!(at[2]), &json!(3))
    );
    let by_seq = read("user_2", json!({ "seq": 4 })).await;
    assert_eq!(
        (&by_seq["member"]["last_read_at"], &by_seq["unread_count"]),
        (&json!(at[3]), &json!(2))
    );
    let back = read("user_2", json!({ "seq": 1 })).await;
    assert_eq!(back["member"]["last_read_seq"], 4, "a marker never moves back");
    let before_all = read("user_3", json!({ "at": "2000-01-01T00:00:00Z" })).await;
    assert_eq!(
        (&before_all["member"]["last_read_at"], &before_all["unread_count"]),
        (&json!(null), &json!(6))
    );
    let offset = read("user_4", json!({ "at": "2100-01-01T00:00:00+02:00" })).await;
    assert_eq!(
        (&offset["member"]["last_read_seq"], &offset["unread_count"]),
        (&json!(6), &json!(0)),
        "the future is now"
    );
    assert_eq!(
        read("user_5", json!({ "seq": 1_000_000 })).await["unread_count"],
        0,
        "above the last is now"
    );
    shop.settle().await;
    assert_eq!(
        (
            admin.unread("admin").await,
            shop.admin("user_2").unread("admin").await,
            shop.admin("user_3").unread("admin").await
        ),
        (3, 2, 6)
    );
    customer.say(&hash, "more").await;
    shop.settle().await;
    assert_eq!((admin.unread("admin").await, shop.admin("user_5").unread("admin").await), (4, 1));
}

#[tokio::test]
async fn invalid_reads_are_refused() {
    let shop = Shop::open().await;
    let admin = shop.admin("user_1");
    let hash = shop.customer("cus_1").open().await;
    let path = format!("/admin/chat/channels/{hash}/read");
    for body in [
        json!({ "seq": 0 }),
        json!({ "seq": -1 }),
        json!({ "seq": "1" }),
        json!({ "seq": 1.5 }),
        json!({ "at": "noon" }),
        json!({ "at": 5 }),
        json!({ "at": "2026-01-01T00:00:00" }),
        json!({ "at": "2026-01-01T00:00:00Z", "seq": 1 }),
    ] {
        admin.put(&path, body.clone()).await.refused(400, "invalid_data");
    }
    admin
        .put("/admin/chat/channels/direct:admin:cus_9/read", json!({}))
        .await
        .refused(404, "not_found");
    let empty = admin.send_raw("PUT", &path, "").await.ok();
    assert_eq!(
        (
            &empty["member"]["last_read_at"],
            &empty["member"]["last_read_seq"],
            &empty["unread_count"]
        ),
        (&json!(null), &json!(0), &json!(0))
    );
    let members = admin.messages(&hash).await["members"].clone();
    assert_eq!(
        members[1]["user_id"], "user_1",
        "reading makes the admin a member, though there was nothing to read"
    );
}

#[tokio::test]
async fn counts_stay_right_beyond_the_number_of_stored_marks() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    customer.say(&hash, "to all").await;
    for n in 0..205 {
        let read = shop.admin(&format!("user_{n}")).read(&hash).await;
        assert_eq!(read["unread_count"], 0);
        shop.running.app.clock.advance(5);
    }
    shop.settle().await;
    assert_eq!(shop.admin("user_204").unread("admin").await, 0);
    assert_eq!(
        shop.admin("user_0").unread("admin").await,
        1,
        "the mark of the oldest read is dropped"
    );
    assert_eq!(shop.admin("user_0").read(&hash).await["unread_count"], 0);
    customer.say(&hash, "still works").await;
}
