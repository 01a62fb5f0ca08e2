//! Unanswered channels and reply times.

use std::collections::BTreeSet;

use domain::{
    ActorId, Channel, Draft, EventId, MessageBody, Pair, Principal, SendLimit, SendMessage,
    Timestamp,
};
use harness::{Shop, hash_with_admin};
use serde_json::{Value, json};

const DAY_MS: i64 = 24 * 3_600_000;

/// `unanswered_since` of a channel in the admin list.
async fn unanswered(shop: &Shop, hash: &str) -> Value {
    let list = shop.admin("user_1").channels().await;
    let channel = list["channels"]
        .as_array()
        .unwrap()
        .iter()
        .find(|channel| channel["channel_hash"] == *hash)
        .unwrap();
    channel.get("unanswered_since").expect("there for staff").clone()
}

#[tokio::test]
async fn staff_see_since_when_a_channel_is_unanswered() {
    let shop = Shop::open().await;
    let secret = "V1StGXR8_Z5jdHi6B-myT";
    let (guest, admin) = (shop.nobody().with_guest_secret(secret), shop.admin("user_1"));
    let hash = guest.open().await;
    assert_eq!(unanswered(&shop, &hash).await, json!(null));
    let mut asked = Vec::new();
    for n in 0..4 {
        asked.push(guest.say(&hash, &n.to_string()).await);
    }
    let since = |n: usize| asked[n]["created_at"].clone();
    let delete = async |n: usize| {
        guest
            .delete(&format!("/store/chat/messages/id/{}", asked[n]["id"].as_str().unwrap()))
            .await
            .ok()
    };
    assert_eq!(unanswered(&shop, &hash).await, since(0));
    // Neither opening nor reading the channel changes it.
    let pair = json!({ "customer_id": asked[0]["sender_id"], "admin_id": "admin" });
    admin.read(&hash).await;
    assert_eq!(
        admin.post("/admin/chat/channels", pair).await.ok()["channel"]["unanswered_since"],
        since(0)
    );
    delete(1).await;
    assert_eq!(unanswered(&shop, &hash).await, since(0), "the first stands");
    delete(0).await;
    assert_eq!(unanswered(&shop, &hash).await, since(2), "a tombstone is no question");
    // Neither the guest nor the claiming customer sees it.
    assert!(guest.channels().await["channels"][0].get("unanswered_since").is_none());
    let claimed = shop.customer("cus_1").claim(secret).await.ok();
    assert!(claimed["channels"][0].get("unanswered_since").is_none());
    assert_eq!(unanswered(&shop, &hash).await, since(2), "a claim is no answer");

    let answer = admin.answer(&hash, "answer").await;
    assert_eq!(unanswered(&shop, &hash).await, json!(null));
    admin.delete_message(&answer).await;
    assert_eq!(unanswered(&shop, &hash).await, json!(null), "an answer stays an answer");
    let customer = shop.customer("cus_1");
    let again = customer.say(&hash, &"long ".repeat(500)).await;
    assert_eq!(unanswered(&shop, &hash).await, again["created_at"]);
    customer.delete_message(&again).await;
    assert_eq!(unanswered(&shop, &hash).await, json!(null), "no question is left");
}

#[tokio::test]
async fn an_unanswered_question_after_many_tombstones_is_found() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let mut asked = Vec::new();
    for n in 0..12 {
        asked.push(customer.say(&hash, &n.to_string()).await);
    }
    for n in (1..11).chain([0]) {
        customer
            .delete(&format!("/store/chat/messages/id/{}", asked[n]["id"].as_str().unwrap()))
            .await
            .ok();
    }
    assert_eq!(unanswered(&shop, &hash).await, asked[11]["created_at"]);
}

/// The slot of the first reply to this customer's first message.
fn slot_of(customer: &str) -> u8 {
    let id = |text: &str| ActorId::parse(text).unwrap();
    let pair = Pair::new(id(customer), id("admin"), &id("admin")).unwrap();
    let opened = Channel::open(&pair, pair.member.clone(), Timestamp::default());
    let asked = Channel { last_seq: 1, unanswered_since: Some(Timestamp::default()), ..opened };
    let draft = Draft::text(
        Principal::Admin(id("user_1")),
        MessageBody::parse("Yes".to_owned()).unwrap(),
        EventId::from_random([1; 16]),
    );
    let limit = SendLimit { per_minute: 1, burst: 1 };
    let send = SendMessage { draft: &draft, limit, assigns: false };
    let answered = send.decide(&asked, &[], Timestamp::from_millis(1)).unwrap().append.unwrap();
    asked.reply_by(&answered.entries[0]).unwrap().slot
}

/// Customers whose answers have different slots.
fn customers(count: usize) -> Vec<String> {
    let mut taken = BTreeSet::new();
    (0..).map(|n| format!("cus_{n}")).filter(|id| taken.insert(slot_of(id))).take(count).collect()
}

/// A customer asks and is answered after so many seconds; returns the exact number.
async fn ask(shop: &Shop, customer: &str, seconds: i64) -> u64 {
    let client = shop.customer(customer);
    let hash = client.open().await;
    assert_eq!(hash, hash_with_admin(customer));
    let at = |message: &Value| Timestamp::parse(message["created_at"].as_str().unwrap()).unwrap();
    let question = client.say(&hash, "Is anybody there?").await;
    shop.running.app.clock.advance(seconds * 1_000);
    // Longer than the head's copy of a message.
    let answer = shop.admin("user_1").answer(&hash, &"Here we are. ".repeat(60)).await;
    u64::try_from(at(&answer).since(at(&question))).unwrap() / 1_000
}

async fn reply_time(shop: &Shop) -> Value {
    shop.nobody().get("/store/chat/reply-time").await.ok()
}

#[tokio::test]
async fn the_median_is_public_from_five_answers_on() {
    let shop = Shop::with_idle_stream().await;
    assert_eq!(reply_time(&shop).await, json!({ "reply_time": null }));
    let mut took = Vec::new();
    for (customer, seconds) in customers(6).iter().zip([100, 20, 3_000, 40, 30, 61]) {
        took.push(ask(&shop, customer, seconds).await);
        shop.deliver_all().await;
        let mut sorted = took.clone();
        sorted.sort_unstable();
        let expected = match sorted.len() {
            5 => json!({ "median_seconds": sorted[2], "measured": 5 }),
            6 => json!({ "median_seconds": u64::midpoint(sorted[2], sorted[3]), "measured": 6 }),
            _ => json!(null),
        };
        assert_eq!(reply_time(&shop).await, json!({ "reply_time": expected }));
    }
    // Neither a second answer nor a greeting is measured.
    let first = &customers(1)[0];
    shop.running.app.clock.advance(60_000);
    shop.admin("user_2").answer(&hash_with_admin(first), "Anything else?").await;
    let kept = shop.running.app.store.replies().await.unwrap().measured;
    shop.deliver_all().await;
    assert_eq!(shop.running.app.store.replies().await.unwrap().measured, kept);

    // Redelivery in other batches changes nothing.
    let before = reply_time(&shop).await;
    for size in [1, 7, 1_000] {
        let mut position = None;
        while let (batch, Some(last)) =
            shop.running.stream.batch_after(position.clone(), size).await.unwrap()
        {
            shop.running.stream.deliver(batch).await.unwrap();
            position = Some(last);
        }
        assert_eq!(
            (shop.running.app.store.replies().await.unwrap().measured, reply_time(&shop).await),
            (kept.clone(), before.clone())
        );
    }

    shop.running.app.clock.advance(31 * DAY_MS);
    assert_eq!(
        reply_time(&shop).await,
        json!({ "reply_time": null }),
        "too long ago to say anything"
    );
}

#[tokio::test]
async fn a_deleted_question_is_not_measured() {
    let shop = Shop::with_idle_stream().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let question = customer.say(&hash, "Never mind").await;
    customer.delete_message(&question).await;
    shop.admin("user_1").answer(&hash, "Can I help you?").await;
    shop.deliver_all().await;
    assert_eq!(shop.running.app.store.replies().await.unwrap().measured, []);
}
