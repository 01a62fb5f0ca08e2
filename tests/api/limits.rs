//! How much one caller may do.

use harness::{Reply, Shop};
use serde_json::json;

fn retry_after(reply: &Reply) -> u32 {
    reply.headers["retry-after"].to_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn customers_send_ten_at_once_and_twenty_a_minute() {
    let shop =
        Shop::with_stopped_clock(&[("STORE_SENDS_PER_MINUTE", "20"), ("STORE_SEND_BURST", "10")])
            .await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    let path = format!("/store/chat/messages/{hash}");
    let first =
        customer.post(&path, json!({ "body": "0", "client_message_id": "client-id-0" })).await.ok();
    let own = first["message"]["id"].as_str().unwrap().to_owned();
    // Refusals and replays do not count.
    for _ in 0..20 {
        customer.post(&path, json!({ "body": "" })).await.refused(400, "invalid_data");
        customer.post(&path, json!({ "body": "0", "client_message_id": "client-id-0" })).await.ok();
        customer
            .post(&path, json!({ "body": "1", "client_message_id": "client-id-0" }))
            .await
            .refused(409, "conflict");
    }
    for n in 1..9 {
        customer.say(&hash, &n.to_string()).await;
    }
    customer
        .put(&format!("/store/chat/messages/id/{own}"), json!({ "body": "edit spends too" }))
        .await
        .ok();
    let refused = customer.post(&path, json!({ "body": "one too many" })).await;
    assert_eq!(refused.refused(429, "too_many_requests"), "Too many messages, try again later");
    assert!((1..=3).contains(&retry_after(&refused)));
    customer
        .delete(&format!("/store/chat/messages/id/{own}"))
        .await
        .refused(429, "too_many_requests");
    // A replay succeeds at the limit, and so does an edit that changes nothing.
    customer.post(&path, json!({ "body": "0", "client_message_id": "client-id-0" })).await.ok();
    customer
        .put(&format!("/store/chat/messages/id/{own}"), json!({ "body": "edit spends too" }))
        .await
        .ok();
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
async fn customers_and_guests_open_a_limited_number_of_channels() {
    let shop = Shop::with_stopped_clock(&[
        ("GUEST_OPENS_PER_HOUR", "5"),
        ("CUSTOMER_OPENS_PER_HOUR", "20"),
        ("STORE_CHANNELS_MAX", "20"),
    ])
    .await;
    let guest = shop.guest();
    let open = async |client: &harness::Client, n: u32| {
        client.post("/store/chat/channels", json!({ "admin_id": format!("user_{n}") })).await
    };
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
    assert_eq!(
        open(&now(), 20).await.refused(400, "not_allowed"),
        "At most 20 channels can be opened"
    );
    for n in 0..25 {
        shop.admin(&format!("user_{}", 100 + n))
            .post("/admin/chat/channels", json!({ "customer_id": "cus_1", "admin_id": "me" }))
            .await
            .ok();
    }
}

#[tokio::test]
async fn a_guest_changes_the_profile_five_times_an_hour() {
    let shop = Shop::with_stopped_clock(&[("GUEST_RENAMES_PER_HOUR", "5")]).await;
    let guest = shop.guest();
    let put = async |body: serde_json::Value| guest.put("/store/chat/profile", body).await;
    assert_eq!(
        put(json!({})).await.ok()["profile"]["first_name"],
        json!(null),
        "nothing said is nothing changed"
    );
    for n in 0..5 {
        put(json!({ "first_name": format!("Name {n}") })).await.ok();
        for _ in 0..3 {
            put(json!({ "first_name": format!("Name {n}") })).await.ok();
            put(json!({})).await.ok();
        }
    }
    for body in [
        json!({ "first_name": "Six" }),
        json!({ "last_name": "Six" }),
        json!({ "email": "six@shop.example" }),
        json!({ "first_name": null }),
    ] {
        let refused = put(body).await;
        assert_eq!(
            refused.refused(429, "too_many_requests"),
            "Too many profile changes, try again later"
        );
        assert!((3_500..=3_600).contains(&retry_after(&refused)));
    }
    assert_eq!(
        put(json!({ "first_name": "Name 4" })).await.ok()["profile"]["first_name"],
        "Name 4",
        "what changes nothing is not refused"
    );
    shop.guest().set_profile(json!({ "first_name": "Another guest" })).await;
    shop.running.app.clock.advance(3_600_000);
    put(json!({ "first_name": "Six" })).await.ok();
}

#[tokio::test]
async fn concurrent_changes_of_a_profile_are_all_counted() {
    let shop = Shop::with_stopped_clock(&[("GUEST_RENAMES_PER_HOUR", "5")]).await;
    let guest = shop.guest();
    guest.open().await;
    let renames = (0..20).map(|n| {
        let guest = guest.clone();
        tokio::spawn(async move {
            guest
                .put("/store/chat/profile", json!({ "first_name": format!("Name {n}") }))
                .await
                .status
        })
    });
    let mut statuses = Vec::new();
    for rename in renames.collect::<Vec<_>>() {
        statuses.push(rename.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 5, "{statuses:?}");
}

/// Makes a guest with this many channels; returns the secret.
async fn guest_with(shop: &Shop, secret: &str, channels: u32) -> String {
    let guest = shop.nobody().with_guest_secret(secret);
    for n in 0..channels {
        guest.post("/store/chat/channels", json!({ "admin_id": format!("user_{n}") })).await.ok();
    }
    secret.to_owned()
}

#[tokio::test]
async fn a_customer_holds_at_most_two_hundred_channels_claims_included() {
    let shop = Shop::with(&[("CHANNELS_HELD_MAX", "200")]).await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let claim = async |secret: &str| customer.claim(secret).await;
    customer.open().await;
    for n in 0..9 {
        let secret = guest_with(&shop, &format!("claimed-guest-{n:02}-abcdefghij"), 20).await;
        claim(&secret).await.ok();
        assert_eq!(
            claim(&secret).await.ok()["channels"].as_array().unwrap().len(),
            20,
            "claimed again: the same"
        );
    }
    let too_many = guest_with(&shop, "one-guest-too-many-abcdefghij", 20).await;
    assert_eq!(
        claim(&too_many).await.refused(400, "not_allowed"),
        "At most 200 channels can belong to one person"
    );
    // The guest still has the conversations.
    let guest = shop.nobody().with_guest_secret(&too_many);
    assert_eq!(guest.channels().await["count"], 20);
    assert_eq!(customer.channels().await["count"], 181);
    let id = guest.channels().await["channels"][0]["customer"]["id"].as_str().unwrap().to_owned();
    claim(&guest_with(&shop, "a-smaller-guest-abcdefghijklm", 18).await).await.ok();
    // One more channel fits, whichever side opens it, and none after it.
    admin
        .post("/admin/chat/channels", json!({ "customer_id": "cus_1", "admin_id": "user_late" }))
        .await
        .ok();
    for by_staff in ["user_later", "user_latest"] {
        let refused = admin
            .post("/admin/chat/channels", json!({ "customer_id": "cus_1", "admin_id": by_staff }))
            .await;
        refused.refused(400, "not_allowed");
    }
    customer
        .post("/store/chat/channels", json!({ "admin_id": "user_later" }))
        .await
        .refused(400, "not_allowed");
    customer.open().await;
    claim(&guest_with(&shop, "a-single-guest-abcdefghijklmn", 1).await)
        .await
        .refused(400, "not_allowed");
    assert_eq!(
        claim("an-empty-guest-abcdefghijklmn").await.ok()["channels"],
        json!([]),
        "nothing more is held by this"
    );
    assert_eq!(customer.channels().await["count"], 200);
    // An admin who opens a channel with a guest of a customer who holds enough is refused too.
    admin
        .post("/admin/chat/channels", json!({ "customer_id": id, "admin_id": "user_late" }))
        .await
        .ok();
}

#[tokio::test]
async fn concurrent_claims_and_openings_keep_the_limit_of_channels() {
    let shop = Shop::with(&[("CHANNELS_HELD_MAX", "50"), ("STORE_CHANNELS_MAX", "20")]).await;
    let customer = shop.customer("cus_1");
    let mut secrets = Vec::new();
    for n in 0..6 {
        secrets.push(guest_with(&shop, &format!("racing-guest-{n:02}-abcdefghijk"), 9).await);
    }
    let mut tasks = Vec::new();
    for secret in secrets {
        let both = customer.with_guest_secret(&secret);
        tasks.push(tokio::spawn(async move {
            both.post("/store/chat/guest/claim", json!({})).await.status
        }));
    }
    for n in 0..30 {
        let customer = customer.clone();
        let path = "/store/chat/channels";
        tasks.push(tokio::spawn(async move {
            customer.post(path, json!({ "admin_id": format!("user_own{n}") })).await.status
        }));
    }
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap());
    }
    assert!(statuses.iter().all(|status| [200, 400, 503].contains(status)), "{statuses:?}");
    let count = customer.channels().await["count"].as_u64().unwrap();
    let own = (statuses.iter().skip(6).filter(|status| **status == 200).count()) as u64;
    let claimed = (statuses.iter().take(6).filter(|status| **status == 200).count()) as u64;
    assert_eq!(count, own + 9 * claimed, "what was granted is held: {statuses:?}");
    assert!(count <= 50 && own <= 20, "{count} are held, {own} opened");
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
    shop.guest()
        .from("198.51.100.7")
        .post("/store/chat/channels", json!({}))
        .await
        .refused(429, "too_many_requests");
    shop.nobody().from("203.0.113.9").post("/store/chat/guest", json!({})).await.ok();
    // Known guests are not limited.
    shop.customer("cus_1").from("198.51.100.7").open().await;
    shop.running.app.clock.advance(3_600_000);
    shop.nobody().post("/store/chat/guest", json!({})).await.ok();
}

#[tokio::test]
async fn a_ticket_of_an_unknown_guest_counts_as_a_new_guest() {
    let shop = Shop::with_stopped_clock(&[("GUESTS_PER_HOUR", "300")]).await;
    let ticket = async |client: &harness::Client| {
        client.post("/store/chat/realtime/ticket", json!({})).await
    };
    let mut statuses = std::collections::BTreeMap::<u16, usize>::new();
    for _ in 0..600 {
        *statuses.entry(ticket(&shop.guest()).await.status).or_default() += 1;
    }
    assert_eq!(statuses, std::collections::BTreeMap::from([(200, 300), (429, 300)]));
    let refused = ticket(&shop.guest()).await;
    assert_eq!(refused.refused(429, "too_many_requests"), "Too many new guests, try again later");
    assert!((1..=3_600).contains(&retry_after(&refused)));
    // Another address and known guests are not limited.
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
async fn an_address_at_its_limit_of_guests_gets_no_tickets_for_new_ones() {
    let shop = Shop::with_stopped_clock(&[("GUESTS_PER_HOUR", "3")]).await;
    for _ in 0..3 {
        // A ticket before the first message costs no second guest.
        let guest = shop.guest();
        guest.ticket().await;
        guest.open().await;
        guest.ticket().await;
    }
    shop.guest().post("/store/chat/channels", json!({})).await.refused(429, "too_many_requests");
    shop.guest()
        .post("/store/chat/realtime/ticket", json!({}))
        .await
        .refused(429, "too_many_requests");

    let shop = Shop::with_stopped_clock(&[("GUESTS_PER_HOUR", "3")]).await;
    for _ in 0..3 {
        shop.guest().open().await;
    }
    shop.guest()
        .post("/store/chat/realtime/ticket", json!({}))
        .await
        .refused(429, "too_many_requests");
}
