//! Snoozes end at their time, exactly once, and only if nothing else ended or changed them.

use domain::{ChannelHash, Timestamp};
use harness::{Client, Shop};
use notice::{Notices, Outcome};
use schedule::{Call, SnoozeEnd};
use serde_json::{Value, json};

const HOUR: i64 = 3_600;

/// Snoozes a channel for so many seconds; returns until when.
async fn snooze(shop: &Shop, hash: &str, seconds: i64) -> Timestamp {
    let until = shop.running.app.clock.now().plus_millis(seconds * 1_000);
    let body = json!({ "status": "snoozed", "snoozed_until": until.to_string() });
    let changed = change(&shop.admin("user_mia"), hash, body).await;
    assert_eq!(changed["snoozed_until"], json!(until.to_string()));
    until
}

async fn change(admin: &Client, hash: &str, body: Value) -> Value {
    admin.put(&format!("/admin/chat/channels/{hash}"), body).await.ok()["channel"].take()
}

async fn status(shop: &Shop, hash: &str) -> Value {
    let channel = shop.admin("user_mia").get(&format!("/admin/chat/channels/{hash}")).await.ok();
    channel["channel"]["status"].clone()
}

/// Each entry of the staff's log as its status and who set it.
async fn entries(shop: &Shop, hash: &str) -> Vec<(Value, Value)> {
    let log = shop.admin("user_mia").get(&format!("/admin/chat/channels/{hash}/log")).await.ok();
    let entries = log["entries"].as_array().expect("entries").iter();
    entries.map(|entry| (entry["status"].clone(), entry["by"]["id"].clone())).collect()
}

/// The entries of one snooze that ended by itself.
fn ended() -> Vec<(Value, Value)> {
    vec![(json!("snoozed"), json!("user_mia")), (json!("open"), Value::Null)]
}

async fn end(shop: &Shop, hash: &str, until: Timestamp) -> Outcome {
    let channel = ChannelHash::parse(hash).expect("a hash").key();
    let call = Call::SnoozeEnd(SnoozeEnd::new(&channel, until));
    notice::handle(Notices::new(&shop.running.app), call).await.expect("a call")
}

/// A shop in which a customer has asked; returns the channel's hash.
async fn asked(shop: &Shop) -> String {
    let customer = shop.customer("cus_ada");
    let hash = customer.open().await;
    customer.say(&hash, "Is it in stock?").await;
    hash
}

#[tokio::test]
async fn a_snooze_ends_by_its_schedule_and_only_staff_is_pushed() {
    let shop = Shop::with_stopped_clock(&[]).await;
    let (customer, mia) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = asked(&shop).await;
    let path = format!("/store/chat/channels/{hash}");
    let before = customer.get(&path).await.ok();
    snooze(&shop, &hash, HOUR).await;
    shop.advance(HOUR - 1).await;
    assert_eq!(status(&shop, &hash).await, "snoozed");
    let mut staff = shop.socket(&mia, "admin").await;
    let mut member = shop.socket(&customer, "store").await;
    shop.advance(2).await;
    let pushed = staff.next_of("chat.channel.updated").await["payload"].take();
    assert_eq!(
        (&pushed["channel"]["status"], &pushed["entry"]["by"]),
        (&json!("open"), &Value::Null)
    );
    member.is_silent().await;
    assert_eq!((status(&shop, &hash).await, entries(&shop, &hash).await), (json!("open"), ended()));
    assert_eq!(customer.get(&path).await.ok(), before, "the customer notices nothing");
}

#[tokio::test]
async fn a_snooze_of_a_year_ends() {
    let shop = Shop::with_stopped_clock(&[("MAIL_FROM", ""), ("EVENT_BUS", "")]).await;
    let hash = asked(&shop).await;
    snooze(&shop, &hash, 365 * 24 * HOUR).await;
    shop.advance(365 * 24 * HOUR - 60).await;
    assert_eq!(status(&shop, &hash).await, "snoozed");
    shop.advance(61).await;
    assert_eq!(entries(&shop, &hash).await, ended());
}

#[tokio::test]
async fn a_snooze_that_was_changed_or_ended_leaves_a_harmless_schedule() {
    let shop = Shop::with_stopped_clock(&[]).await;
    let hash = asked(&shop).await;
    let first = snooze(&shop, &hash, HOUR).await;
    snooze(&shop, &hash, 2 * HOUR).await;
    shop.advance(HOUR + 1).await;
    assert_eq!(status(&shop, &hash).await, "snoozed");
    assert_eq!(end(&shop, &hash, first).await, Outcome::Unchanged);
    shop.advance(HOUR).await;
    assert_eq!(status(&shop, &hash).await, "open");
    // A message opens the channel, and a close is no snooze.
    snooze(&shop, &hash, HOUR).await;
    shop.customer("cus_ada").say(&hash, "Hello?").await;
    let before = entries(&shop, &hash).await;
    shop.advance(HOUR + 1).await;
    assert_eq!(entries(&shop, &hash).await, before);
    let until = snooze(&shop, &hash, HOUR).await;
    change(&shop.admin("user_mia"), &hash, json!({ "status": "closed" })).await;
    shop.advance(HOUR + 1).await;
    assert_eq!(status(&shop, &hash).await, "closed");
    assert_eq!(end(&shop, &hash, until).await, Outcome::Unchanged);
    assert_eq!(end(&shop, "direct:admin:cus_none", until).await, Outcome::Unchanged);
}

#[tokio::test]
async fn repeated_calls_and_records_make_one_entry() {
    let shop = Shop::by_hand(&[]).await;
    let hash = asked(&shop).await;
    let until = snooze(&shop, &hash, HOUR).await;
    shop.deliver_all().await;
    let pending = shop.running.dev.scheduler.pending();
    shop.deliver_all().await;
    assert_eq!((pending, shop.running.dev.scheduler.pending()), (2, 2), "a notice and the end");
    shop.running.app.clock.advance(HOUR * 1_000);
    let calls = (0..8).map(|_| end(&shop, &hash, until));
    let outcomes = futures_util::future::join_all(calls).await;
    let reopened = outcomes.iter().filter(|outcome| **outcome == Outcome::Reopened).count();
    assert_eq!((reopened, entries(&shop, &hash).await), (1, ended()), "{outcomes:?}");
}

#[tokio::test]
async fn the_digest_ends_the_snooze_of_a_lost_schedule() {
    let shop = Shop::by_hand(&[]).await;
    let hash = asked(&shop).await;
    let until = snooze(&shop, &hash, HOUR).await;
    let later = shop.guest();
    let other = later.open().await;
    later.say(&other, "Is it in stock?").await;
    snooze(&shop, &other, 100 * HOUR).await;
    let digest = async || {
        digest::handle(digest::Digest::new(&shop.running.app), Value::Null).await.expect("a run")
    };
    digest().await;
    assert_eq!(status(&shop, &hash).await, "snoozed", "not before its time");
    shop.running.app.clock.advance((HOUR + 1) * 1_000);
    digest().await;
    digest().await;
    assert_eq!(entries(&shop, &hash).await, ended());
    assert_eq!(status(&shop, &other).await, "snoozed");
    assert_eq!(end(&shop, &hash, until).await, Outcome::Unchanged, "the schedule comes late");
}

#[tokio::test]
async fn a_chat_that_is_off_ends_no_snooze_before_it_is_on_again() {
    let shop = Shop::by_hand(&[]).await;
    let hash = asked(&shop).await;
    let until = snooze(&shop, &hash, HOUR).await;
    shop.running.app.clock.advance((HOUR + 1) * 1_000);
    let mut config = shop.running.app.config.clone();
    config.enabled = false;
    let off = app::App::new(config, shop.running.app.clock.clone());
    let channel = ChannelHash::parse(&hash).expect("a hash").key();
    let call = Call::SnoozeEnd(SnoozeEnd::new(&channel, until));
    assert_eq!(notice::handle(Notices::new(&off), call).await.expect("a call"), Outcome::Off);
    digest::handle(digest::Digest::new(&off), Value::Null).await.expect("a run");
    assert_eq!(status(&shop, &hash).await, "snoozed");
    digest::handle(digest::Digest::new(&shop.running.app), Value::Null).await.expect("a run");
    assert_eq!(status(&shop, &hash).await, "open");
}
