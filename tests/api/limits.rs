//! How much one caller may do.

use harness::{Reply, Shop};
use serde_json::json;

fn retry_after(reply: &Reply) -> u32 {
    reply.headers["retry-after"].to_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_store_side_sends_ten_at_once_and_twenty_a_minute() {
    let shop = Shop::with_stopped_clock(&[("STORE_SENDS_PER_MINUTE", "20"), ("STORE_SEND_BURST", "10")]).await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    let path = format!("/store/chat/messages/{hash}");
    let first = customer.post(&path, json!({ "body": "0", "client_message_id": "client-id-0" })).await.ok();
    let own = first["message"]["id"].as_str().unwrap().to_owned();
    // Refusals and replays spend nothing.
    for _ in 0..20 {
        customer.post(&path, json!({ "body": "" })).await.refused(400, "invalid_data");
        customer.post(&path, json!({ "body": "0", "client_message_id": "client-id-0" })).await.ok();
        customer.post(&path, json!({ "body": "1", "client_message_id": "client-id-0" })).await.refused(409, "conflict");
    }
    for n in 1..9 {
        customer.say(&hash, &n.to_string()).await;
    }
    customer.put(&format!("/store/chat/messages/id/{own}"), json!({ "body": "edit spends too" })).await.ok();
    let refused = customer.post(&path, json!({ "body": "one too many" })).await;
    assert_eq!(refused.refused(429, "too_many_requests"), "Too many messages, try again later");
    assert!((1..=3).contains(&retry_after(&refused)));
    customer.delete(&format!("/store/chat/messages/id/{own}")).await.refused(429, "too_many_requests");
    // A replay is answered though nothing is left to spend, and so is an edit that changes nothing.
    customer.post(&path, json!({ "body": "0", "client_message_id": "client-id-0" })).await.ok();
    customer.put(&format!("/store/chat/messages/id/{own}"), json!({ "body": "edit spends too" })).await.ok();
    for n in 0..15 {
        admin.answer(&hash, &format!("staff is not limited {n}")).await;
    }
    let other = shop.customer("cus_2");
    let other_hash = other.open().await;
    other.say(&other_hash, "the limit is per channel").await;
    shop.running.app.clock.advance(3_000);
    customer.say(&hash, "after three seconds").await;
    customer.post(&path, json!({ "body": "but one only" })).await.refused(429, "too_many_requests");
}

#[tokio::test]
async fn channels_opened_by_the_store_side_are_limited() {
    let shop =
        Shop::with_stopped_clock(&[("GUEST_OPENS_PER_HOUR", "5"), ("CUSTOMER_OPENS_PER_HOUR", "20"), ("STORE_CHANNELS_MAX", "20")]).await;
    let guest = shop.guest();
    let open =
        async |client: &harness::Client, n: u32| client.post("/store/chat/channels", json!({ "admin_id": format!("user_{n}") })).await;
    for n in 0..5 {
        open(&guest, n).await.ok();
        open(&guest, n).await.ok();
    }
    let refused = open(&guest, 5).await;
    refused.refused(429, "too_many_requests");
    assert!((3_500..=3_600).contains(&retry_after(&refused)));
    open(&guest, 0).await.ok();
    shop.running.app.clock.advance(3_600_000);
    open(&guest, 5).await.ok();

    let now = || shop.customer("cus_1");
    for n in 0..20 {
        open(&now(), n).await.ok();
    }
    open(&now(), 20).await.refused(429, "too_many_requests");
    shop.running.app.clock.advance(3_600_000);
    assert_eq!(open(&now(), 20).await.refused(400, "not_allowed"), "At most 20 channels can be opened");
    for n in 0..25 {
        shop.admin(&format!("user_{}", 100 + n)).post("/admin/chat/channels", json!({ "customer_id": "cus_1" })).await.ok();
    }
}

#[tokio::test]
async fn new_guests_from_one_address_are_limited() {
    let shop = Shop::with_stopped_clock(&[("GUESTS_PER_HOUR", "3")]).await;
    for n in 0..3 {
        shop.nobody().post("/store/chat/guest", json!({})).await.ok();
        shop.guest().from("198.51.100.7").open().await;
        assert!(n < 3);
    }
    let refused = shop.nobody().post("/store/chat/guest", json!({})).await;
    assert_eq!(refused.refused(429, "too_many_requests"), "Too many new guests, try again later");
    assert!((1..=3_600).contains(&retry_after(&refused)));
    shop.guest().from("198.51.100.7").post("/store/chat/channels", json!({})).await.refused(429, "too_many_requests");
    shop.nobody().from("203.0.113.9").post("/store/chat/guest", json!({})).await.ok();
    // Somebody who is no new guest is not concerned.
    shop.customer("cus_1").from("198.51.100.7").open().await;
    shop.running.app.clock.advance(3_600_000);
    shop.nobody().post("/store/chat/guest", json!({})).await.ok();
}

#[tokio::test]
async fn tickets_of_guests_of_whom_nothing_is_known_count_like_new_guests() {
    let shop = Shop::with(&[("GUESTS_PER_HOUR", "300")]).await;
    let ticket = async |client: &harness::Client| client.post("/store/chat/realtime/ticket", json!({})).await;
    let mut statuses = std::collections::BTreeMap::<u16, usize>::new();
    for _ in 0..600 {
        *statuses.entry(ticket(&shop.guest()).await.status).or_default() += 1;
    }
    assert_eq!(statuses, std::collections::BTreeMap::from([(200, 300), (429, 300)]));
    let refused = ticket(&shop.guest()).await;
    assert_eq!(refused.refused(429, "too_many_requests"), "Too many new guests, try again later");
    assert!((1..=3_600).contains(&retry_after(&refused)));
    // Another address, and who is known, are not concerned.
    ticket(&shop.guest().from("192.0.2.2")).await.ok();
    let known = shop.guest();
    known.open().await;
    for client in [&known, &shop.customer("cus_1")] {
        ticket(client).await.ok();
    }
    shop.running.app.clock.advance(3_600_000);
    ticket(&shop.guest()).await.ok();
}

#[tokio::test]
async fn an_address_that_opened_for_as_many_guests_as_it_may_gets_no_tickets_for_new_ones() {
    let shop = Shop::with(&[("GUESTS_PER_HOUR", "3")]).await;
    for _ in 0..3 {
        // A ticket before the first message costs no second guest.
        let guest = shop.guest();
        guest.post("/store/chat/realtime/ticket", json!({})).await.ok();
        guest.open().await;
        guest.post("/store/chat/realtime/ticket", json!({})).await.ok();
    }
    shop.guest().post("/store/chat/channels", json!({})).await.refused(429, "too_many_requests");
    shop.guest().post("/store/chat/realtime/ticket", json!({})).await.refused(429, "too_many_requests");

    let shop = Shop::with(&[("GUESTS_PER_HOUR", "3")]).await;
    for _ in 0..3 {
        shop.guest().open().await;
    }
    shop.guest().post("/store/chat/realtime/ticket", json!({})).await.refused(429, "too_many_requests");
}
