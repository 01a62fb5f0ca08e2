//! Channels that an admin marks as unread again.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Team;

#[tokio::test]
async fn a_channel_counts_as_unread_from_a_place_until_the_next_read() {
    let team = Team::begin().await;
    for text in ["two", "three"] {
        team.customer.say(&team.hash, text).await;
    }
    team.mia.answer(&team.hash, "four").await;
    let (read, unread) = (format!("{}/read", team.path()), format!("{}/unread", team.path()));
    let untouched = team.mia.put(&unread, json!({})).await.ok();
    assert_eq!((&untouched["unread_count"], team.log().await.len()), (&json!(3), 1));
    assert_eq!(untouched["member"]["last_read_seq"], 0);
    team.mia.put(&read, json!({})).await.ok();
    let mark = async |body: Value| {
        let answer = team.mia.put(&unread, body).await.ok();
        assert_eq!(answer["member"]["last_read_seq"], 4, "the mark stays");
        let shown = team.channel().await["unread_count"].clone();
        assert_eq!(answer["unread_count"], shown);
        team.shop.settle().await;
        assert_eq!(json!(team.mia.unread("admin").await), shown, "the total follows");
        shown
    };
    assert_eq!(mark(json!({})).await, 1, "from the member's newest message on");
    assert_eq!(mark(json!({ "seq": 1 })).await, 3, "the second call replaces the first");
    assert_eq!(mark(json!({ "seq": 2 })).await, 2);
    assert_eq!(mark(json!({ "seq": 4 })).await, 0, "an own message is never unread");
    assert_eq!(mark(json!({ "seq": 3 })).await, 1);
    team.customer.say(&team.hash, "five").await;
    assert_eq!(team.channel().await["unread_count"], 2);
    assert_eq!(team.tom.get(&team.path()).await.ok()["channel"]["unread_count"], 4);
    assert_eq!(team.mia.put(&read, json!({})).await.ok()["unread_count"], 0);
    assert_eq!(team.channel().await["unread_count"], 0);
    for seq in [json!(0), json!(6), json!(-1), json!("1"), json!(1.5)] {
        team.mia.put(&unread, json!({ "seq": seq })).await.refused(400, "invalid_data");
    }
    team.customer.put(&unread, json!({})).await.refused(401, "unauthorized");
    let missing = "/admin/chat/channels/direct:admin:cus_nobody/unread";
    team.mia.put(missing, json!({})).await.refused(404, "not_found");
}

#[tokio::test]
async fn its_event_goes_to_staff_only() {
    let team = Team::begin().await;
    team.mia.put(&format!("{}/read", team.path()), json!({})).await.ok();
    let mut staff = team.shop.socket(&team.mia, "admin").await;
    let mut member = team.shop.socket(&team.customer, "store").await;
    let mut ids = BTreeSet::new();
    for change in ["unread", "read", "unread", "read"] {
        team.mia.put(&format!("{}/{change}", team.path()), json!({})).await.ok();
        let event = staff.next().await;
        assert_eq!(event["event"], "chat.channel.read");
        assert_eq!(event["payload"]["member"]["user_id"], "user_mia");
        assert!(ids.insert(event["event_id"].to_string()), "each change has an id of its own");
    }
    member.is_silent().await;
}
