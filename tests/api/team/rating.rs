//! Ratings by the member.

use harness::Shop;
use serde_json::{Value, json};

use super::Team;

impl Team {
    /// Rates as the customer.
    async fn rate(&self, body: Value) -> Value {
        let path = format!("/store/chat/channels/{}/rating", self.hash);
        self.customer.put(&path, body).await.ok()["rating"].clone()
    }

    /// The ratings in the staff's log.
    async fn ratings(&self) -> Vec<Value> {
        let log = self.log().await.into_iter();
        log.filter(|entry| entry["kind"] == "rating").map(|entry| entry["rating"].clone()).collect()
    }
}

#[tokio::test]
async fn a_rating_is_an_entry_and_shown_with_the_channel() {
    let team = Team::begin().await;
    assert_eq!(
        (&team.channel().await["rating"], team.as_customer().await.get("rating")),
        (&Value::Null, Some(&Value::Null))
    );
    let mut socket = team.shop.socket(&team.tom, "admin").await;
    let before = team.channel().await;
    team.change(json!({ "status": "closed" })).await;
    assert_eq!(socket.next().await["payload"]["entry"]["kind"], "status");
    let rating = team.rate(json!({ "score": 4, "comment": "Quick, but curt" })).await;
    assert_eq!((&rating["score"], &rating["case"]), (&json!(4), &json!(1)));
    assert_eq!(
        (&rating["comment"], &rating["created_at"]),
        (&json!("Quick, but curt"), &rating["updated_at"])
    );
    let log = team.log().await;
    assert_eq!(log[1]["rating"], rating);
    assert_eq!(log[1]["by"], json!({ "id": "cus_1", "role": "customer" }));
    let pushed = socket.next().await;
    assert_eq!(
        (&pushed["event"], &pushed["payload"]["entry"]),
        (&json!("chat.channel.updated"), &log[1])
    );
    let shown = &pushed["payload"]["channel"]["rating"];
    assert_eq!((&shown["score"], shown.get("comment")), (&json!(4), None));
    let channel = team.channel().await;
    assert_eq!(channel["rating"], rating);
    for unchanged in ["updated_at", "last_seq", "last_message_at", "unread_count"] {
        assert_eq!(channel[unchanged], before[unchanged], "{unchanged}");
    }
    assert_eq!(team.as_customer().await["rating"], rating);
    for (client, scope) in [(&team.mia, "admin"), (&team.customer, "store")] {
        let list = client.get(&format!("/{scope}/chat/channels")).await.ok();
        assert_eq!(list["channels"][0]["rating"], rating);
    }
    let changed = team.change(json!({ "labels": ["vip"] })).await;
    assert_eq!(changed["rating"], rating);
}

#[tokio::test]
async fn each_case_has_one_rating() {
    let team = Team::begin().await;
    assert_eq!(
        team.rate(json!({ "score": 3 })).await["case"],
        1,
        "the open one, as none is closed"
    );
    team.change(json!({ "status": "closed" })).await;
    let rating = team.rate(json!({ "score": 4 })).await;
    assert_eq!((&rating["case"], &rating["score"]), (&json!(1), &json!(4)));
    team.customer.say(&team.hash, "one more thing").await;
    assert_eq!(team.rate(json!({ "score": 4 })).await, rating, "of the last closed case");
    team.change(json!({ "status": "closed" })).await;
    assert_eq!(team.rate(json!({ "score": 5 })).await["case"], 2);
    let scores: Vec<_> =
        team.ratings().await.iter().map(|rating| rating["score"].clone()).collect();
    assert_eq!(scores, [3, 4, 5]);
}

#[tokio::test]
async fn the_same_rating_again_is_no_entry_and_spends_nothing() {
    let team = Team::begin().await;
    let rating = team.rate(json!({ "score": 2, "comment": "Slow" })).await;
    for _ in 0..30 {
        assert_eq!(team.rate(json!({ "score": 2, "comment": "Slow" })).await, rating);
    }
    assert_eq!(team.ratings().await.len(), 1);
    let other = team.rate(json!({ "score": 2, "comment": " " })).await;
    assert_eq!((&other["comment"], &other["created_at"]), (&Value::Null, &rating["created_at"]));
    assert_eq!(team.ratings().await.len(), 2);
    assert_eq!(team.channel().await["rating"], other);
}

#[tokio::test]
async fn a_rating_can_be_changed_for_a_day() {
    let team = Team::begin().await;
    let path = format!("/store/chat/channels/{}/rating", team.hash);
    team.rate(json!({ "score": 2 })).await;
    team.shop.advance(86_000).await;
    // A day is as long as a token.
    let customer = team.shop.customer("cus_1");
    let rating = customer.put(&path, json!({ "score": 3 })).await.ok();
    team.shop.advance(500).await;
    customer.put(&path, json!({ "score": 4 })).await.refused(400, "not_allowed");
    assert_eq!(customer.put(&path, json!({ "score": 3 })).await.ok(), rating);
}

#[tokio::test]
async fn invalid_ratings_are_refused() {
    let team = Team::begin().await;
    let path = format!("/store/chat/channels/{}/rating", team.hash);
    for body in [
        json!({}),
        json!({ "score": null }),
        json!({ "score": 0 }),
        json!({ "score": 6 }),
        json!({ "score": 4.5 }),
        json!({ "score": "5" }),
        json!({ "score": 5, "comment": 7 }),
        json!({ "score": 5, "comment": "x".repeat(1_001) }),
    ] {
        team.customer.put(&path, body).await.refused(400, "invalid_data");
    }
    let unused = team.shop.customer("cus_2").open().await;
    let unused = format!("/store/chat/channels/{unused}/rating");
    let score = json!({ "score": 5 });
    team.shop.customer("cus_2").put(&unused, score.clone()).await.refused(400, "not_allowed");
    team.customer.put(&unused, score.clone()).await.refused(404, "not_found");
    team.mia.put(&path, score).await.refused(401, "unauthorized");
    assert_eq!(team.ratings().await.len(), 0);
    let longest = json!({ "score": 5, "comment": "\u{1f600}".repeat(1_000) });
    team.rate(longest.clone()).await;
    assert_eq!(team.channel().await["rating"]["comment"], longest["comment"]);
}

#[tokio::test]
async fn ratings_share_the_pace_of_messages() {
    let pace = [("STORE_SENDS_PER_MINUTE", "20"), ("STORE_SEND_BURST", "10")];
    let shop = Shop::with_stopped_clock(&pace).await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    customer.say(&hash, "hello").await;
    let path = format!("/store/chat/channels/{hash}/rating");
    for n in 0..9 {
        customer.put(&path, json!({ "score": 1 + n % 2 })).await.ok();
    }
    customer.put(&path, json!({ "score": 1 })).await.ok();
    customer.put(&path, json!({ "score": 2 })).await.refused(429, "too_many_requests");
}

#[tokio::test]
async fn the_rating_of_a_guest_stays_when_a_customer_claims_it() {
    let team = Team::begin().await;
    let secret = "guest-secret-of-a-rating-0123456789";
    let guest = team.shop.nobody().with_guest_secret(secret);
    let hash = guest.open().await;
    guest.say(&hash, "hello").await;
    let path = format!("/store/chat/channels/{hash}");
    let rating = guest.put(&format!("{path}/rating"), json!({ "score": 5 })).await.ok();
    team.shop.customer("cus_3").claim(secret).await.ok();
    let claimed = team.shop.customer("cus_3").get(&path).await.ok();
    assert_eq!(claimed["channel"]["rating"], rating["rating"]);
}
