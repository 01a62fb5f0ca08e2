//! Pages of messages, and the log.

use harness::{Client, Shop, pluck};
use serde_json::{Value, json};

async fn shop_with(messages: usize) -> (Shop, Client, String) {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    for n in 1..=messages {
        customer.say(&hash, &n.to_string()).await;
    }
    (shop, customer, hash)
}

#[tokio::test]
async fn pages_go_through_the_history_in_both_directions() {
    let (_shop, customer, hash) = shop_with(7).await;
    let page = async |query: &str| {
        customer.get(&format!("/store/chat/messages/{hash}?{query}")).await.ok()
    };
    let newest = page("limit=3").await;
    assert_eq!(pluck(&newest["messages"], "body"), ["5", "6", "7"]);
    assert_eq!(
        (&newest["limit"], &newest["has_more"], &newest["last_seq"]),
        (&json!(3), &json!(true), &json!(7))
    );
    let older = page(&format!("limit=3&cursor={}", newest["next_cursor"].as_str().unwrap())).await;
    assert_eq!(pluck(&older["messages"], "body"), ["2", "3", "4"]);
    let oldest = page(&format!("limit=3&cursor={}", older["next_cursor"].as_str().unwrap())).await;
    assert_eq!(
        (pluck(&oldest["messages"], "body"), &oldest["has_more"], &oldest["next_cursor"]),
        (vec![json!("1")], &json!(false), &json!(null))
    );
    let back = page(&format!(
        "limit=3&direction=after&cursor={}",
        oldest["prev_cursor"].as_str().unwrap()
    ))
    .await;
    assert_eq!(pluck(&back["messages"], "body"), ["2", "3", "4"]);
    let onward =
        page(&format!("limit=3&direction=after&cursor={}", back["next_cursor"].as_str().unwrap()))
            .await;
    assert_eq!(
        (pluck(&onward["messages"], "body"), &onward["has_more"]),
        (vec![json!("5"), json!("6"), json!("7")], &json!(false))
    );
    assert_eq!(pluck(&page("limit=2&direction=after").await["messages"], "body"), ["1", "2"]);
    let after_end = page("direction=after&cursor=7").await;
    assert_eq!((&after_end["messages"], &after_end["prev_cursor"]), (&json!([]), &json!("7")));
    let by_id = pluck(&newest["messages"], "id")[0].as_str().unwrap().to_owned();
    assert_eq!(
        pluck(&page(&format!("limit=2&cursor={by_id}")).await["messages"], "body"),
        ["3", "4"]
    );
    assert_eq!(page("limit=500").await["limit"], 100);
    assert_eq!(page("limit=7").await["has_more"], false);
}

#[tokio::test]
async fn a_page_is_full_despite_deleted_and_edited_messages() {
    let (_shop, customer, hash) = shop_with(12).await;
    let all = customer.messages(&hash).await;
    for id in pluck(&all["messages"], "id").iter().skip(4).take(6) {
        customer.delete(&format!("/store/chat/messages/id/{}", id.as_str().unwrap())).await.ok();
    }
    customer
        .put(
            &format!("/store/chat/messages/id/{}", all["messages"][0]["id"].as_str().unwrap()),
            json!({ "body": "one" }),
        )
        .await
        .ok();
    let page = async |query: &str| {
        customer.get(&format!("/store/chat/messages/{hash}?{query}")).await.ok()
    };
    let newest = page("limit=3").await;
    assert_eq!(
        (pluck(&newest["messages"], "body"), &newest["has_more"]),
        (vec![json!("4"), json!("11"), json!("12")], &json!(true))
    );
    let rest = page(&format!("limit=3&cursor={}", newest["next_cursor"].as_str().unwrap())).await;
    assert_eq!(
        (pluck(&rest["messages"], "body"), &rest["has_more"]),
        (vec![json!("one"), json!("2"), json!("3")], &json!(false))
    );
    let forward = page("limit=5&direction=after").await;
    assert_eq!(
        (pluck(&forward["messages"], "body"), &forward["has_more"]),
        (vec![json!("one"), json!("2"), json!("3"), json!("4"), json!("11")], &json!(true))
    );
}

#[tokio::test]
async fn invalid_page_parameters_are_refused() {
    let (shop, customer, hash) = shop_with(1).await;
    let other = shop.customer("cus_2");
    let other_hash = other.open().await;
    let foreign = other.say(&other_hash, "x").await["id"].as_str().unwrap().to_owned();
    for query in [
        "limit=0",
        "limit=-1",
        "limit=x",
        "direction=up",
        "cursor=x",
        "cursor=-1",
        "cursor=1.5",
        &format!("cursor={foreign}"),
    ] {
        customer
            .get(&format!("/store/chat/messages/{hash}?{query}"))
            .await
            .refused(400, "invalid_data");
    }
    for query in ["after=-1", "after=x", "limit=0"] {
        customer
            .get(&format!("/store/chat/channels/{hash}/events?{query}"))
            .await
            .refused(400, "invalid_data");
    }
    shop.admin("user_1")
        .get(&format!("/admin/chat/messages/{hash}?with_deleted=maybe"))
        .await
        .refused(400, "invalid_data");
}

#[tokio::test]
async fn the_log_shows_every_change_after_a_seq() {
    let (shop, customer, hash) = shop_with(2).await;
    let admin = shop.admin("user_1");
    let ids = pluck(&customer.messages(&hash).await["messages"], "id");
    let path = |n: usize| format!("/store/chat/messages/id/{}", ids[n].as_str().unwrap());
    customer.put(&path(0), json!({ "body": "once" })).await.ok();
    customer.put(&path(0), json!({ "body": "twice" })).await.ok();
    customer.delete(&path(1)).await.ok();
    let answered = admin.answer(&hash, "answer").await;
    let log = async |client: &Client, scope: &str, query: &str| {
        client.get(&format!("/{scope}/chat/channels/{hash}/events?{query}")).await.ok()
    };
    let all = log(&customer, "store", "").await;
    assert_eq!(pluck(&all["events"], "seq"), [1, 2, 3, 4, 5, 6]);
    let names = ["created", "created", "updated", "updated", "deleted", "created"]
        .map(|name| json!(format!("chat.message.{name}")));
    assert_eq!(pluck(&all["events"], "event"), names);
    assert_eq!((&all["last_seq"], &all["has_more"]), (&json!(6), &json!(false)));

    let events = all["events"].as_array().unwrap();
    assert_eq!(events[0]["payload"]["message"]["body"], "twice", "the present state");
    assert_eq!(events[1]["payload"]["message"]["body"], "", "deleted meanwhile");
    assert!(events[1]["payload"]["message"]["deleted_at"].is_string());
    assert_eq!(events[4]["payload"], json!({ "id": ids[1], "deleted_at": events[4]["ts"] }));
    assert_eq!(events[5]["message_id"], answered["id"]);
    assert_eq!(events[5]["ts"], answered["created_at"]);
    for event in events {
        assert!(event["event_id"].as_str().unwrap().starts_with("evt_"));
        assert_eq!(event["channel_hash"], json!(hash));
        assert!(event["payload"]["message"].get("is_own").is_none(), "events have no caller");
    }
    assert_eq!(
        log(&admin, "admin", "").await["events"],
        all["events"],
        "the same for every receiver"
    );

    let piece = log(&customer, "store", "after=2&limit=2").await;
    assert_eq!(
        (pluck(&piece["events"], "seq"), &piece["has_more"]),
        (vec![json!(3), json!(4)], &json!(true))
    );
    assert_eq!(
        piece["events"][0]["payload"]["message"]["body"], "twice",
        "an edit of a message before the piece"
    );
    for beyond in ["after=6", "after=1000", "after=99999999999999999999"] {
        let end = log(&customer, "store", beyond).await;
        assert_eq!(
            (&end["events"], &end["has_more"], &end["last_seq"]),
            (&json!([]), &json!(false), &json!(6))
        );
    }
    assert_eq!(pluck(&all["members"], "user_id"), ["cus_1"]);
}

#[tokio::test]
async fn created_at_rises_with_seq_even_if_the_clock_stops_or_goes_back() {
    let (shop, customer, hash) = shop_with(3).await;
    shop.running.app.clock.advance(-60_000);
    customer.say(&hash, "earlier").await;
    let times: Vec<Value> = pluck(&customer.messages(&hash).await["messages"], "created_at");
    assert!(times.windows(2).all(|pair| pair[0].as_str() < pair[1].as_str()), "{times:?}");
}
