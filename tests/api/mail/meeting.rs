//! Reminders of meetings: an hour before, to each of the two who is away, once.

use domain::{MessageId, Principal, Side, Timestamp};
use harness::{Client, Shop};
use notice::{Notices, Outcome};
use schedule::{Call, Reminder};
use serde_json::{Value, json};

use super::{A_MINUTE, ADA, DAY, MIA, actor, due_calls, until_disconnected};

const HOUR: i64 = 3_600;
const BERLIN: (&str, &str) = ("TIME_ZONE", "Europe/Berlin");

/// The time so many seconds from now, without milliseconds.
fn after(shop: &Shop, seconds: i64) -> Timestamp {
    let now = shop.running.app.clock.now();
    Timestamp::from_millis((now.seconds() + seconds) * 1_000)
}

fn meeting(starts_at: Timestamp) -> Value {
    json!({
        "starts_at": starts_at.to_string(),
        "ends_at": starts_at.plus_millis(1_800_000).to_string(),
        "title": "Fitting, with Ada", "url": "https://meet.example/abc",
    })
}

/// Proposes a meeting; returns the message.
async fn propose(by: &Client, scope: &str, hash: &str, starts_at: Timestamp) -> Value {
    let body =
        json!({ "body": "Shall we talk?", "type": "meeting", "meeting": meeting(starts_at) });
    by.post(&format!("/{scope}/chat/messages/{hash}"), body).await.ok()["message"].take()
}

/// Changes a message of Mia.
async fn change(shop: &Shop, message: &Value, body: Value) {
    let path = format!("/admin/chat/messages/id/{}", message["id"].as_str().expect("an id"));
    shop.admin("user_mia").put(&path, body).await.ok();
}

/// The reminders to an address so far.
fn reminders(shop: &Shop, to: &str) -> usize {
    let mails = shop.mails_to(to);
    mails.iter().filter(|mail| mail.subject.starts_with("Reminder")).count()
}

/// A channel of Ada that has a message, as Ada has read it.
async fn read_channel(shop: &Shop) -> String {
    let ada = shop.customer("cus_ada");
    let hash = ada.open().await;
    ada.say(&hash, "May I try it on?").await;
    hash
}

#[tokio::test]
async fn both_get_one_mail_an_hour_before() {
    let shop = Shop::with_stopped_clock(&[BERLIN]).await;
    let hash = read_channel(&shop).await;
    let starts_at = after(&shop, DAY);
    let sent = propose(&shop.admin("user_mia"), "admin", &hash, starts_at).await;
    shop.customer("cus_ada").read(&hash).await;
    shop.advance(DAY - HOUR - 60).await;
    assert_eq!((reminders(&shop, ADA), reminders(&shop, MIA)), (0, 0), "too early");
    shop.advance(A_MINUTE).await;
    assert_eq!((reminders(&shop, ADA), reminders(&shop, MIA)), (1, 1));
    let mails = shop.mails_to(ADA);
    let mail = mails.last().expect("a mail");
    assert!(mail.subject.ends_with("(Europe/Berlin) – The Teapot Shop"), "{}", mail.subject);
    for part in [
        "Hello Ada,",
        "Your meeting begins soon: ",
        "Mia wrote:",
        "> Shall we talk?",
        "> https://meet.example/abc",
    ] {
        assert!(mail.text.contains(part), "{part} is not in {}", mail.text);
    }
    let calendar = mail.attachments["meeting.ics"].replace("\r\n ", "");
    let starts = starts_at.to_string().replace(['-', ':'], "").replace(".000", "");
    for line in [
        format!("DTSTART:{starts}"),
        format!("UID:{}", sent["id"].as_str().expect("an id")),
        r"SUMMARY:Fitting\, with Ada".to_owned(),
        "URL:https://meet.example/abc".to_owned(),
    ] {
        assert!(calendar.lines().any(|each| each == line), "{line} is not in {calendar}");
    }
    let events = shop.running.dev.bus.events();
    let is_reminder = |event: &&Value| event["detail"]["template"] == "chat_meeting_reminder";
    let told: Vec<_> = events.iter().filter(is_reminder).collect();
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|event| event["detail"]["resource_id"] == sent["id"]));
    shop.advance(2 * DAY).await;
    assert_eq!((reminders(&shop, ADA), reminders(&shop, MIA)), (1, 1));
    assert_eq!(shop.running.dev.scheduler.pending(), 0);
}

#[tokio::test]
async fn who_is_connected_gets_none() {
    let shop = Shop::open().await;
    let hash = read_channel(&shop).await;
    propose(&shop.admin("user_mia"), "admin", &hash, after(&shop, 3 * HOUR)).await;
    shop.customer("cus_ada").read(&hash).await;
    let socket = shop.socket(&shop.admin("user_mia"), "admin").await;
    shop.advance(2 * HOUR + 60).await;
    assert_eq!((reminders(&shop, ADA), reminders(&shop, MIA)), (1, 0));
    drop(socket);
    until_disconnected(&shop, &Principal::Admin(actor("user_mia"))).await;
    shop.advance(HOUR).await;
    assert_eq!((reminders(&shop, ADA), reminders(&shop, MIA)), (1, 0));
}

#[tokio::test]
async fn a_deleted_meeting_has_none() {
    let shop = Shop::open().await;
    let hash = read_channel(&shop).await;
    let mia = shop.admin("user_mia");
    let deleted = propose(&mia, "admin", &hash, after(&shop, 3 * HOUR)).await;
    let without = propose(&mia, "admin", &hash, after(&shop, 3 * HOUR)).await;
    mia.delete_message(&deleted).await;
    change(&shop, &without, json!({ "meeting": null })).await;
    shop.advance(4 * HOUR).await;
    assert_eq!((reminders(&shop, ADA), reminders(&shop, MIA)), (0, 0));
}

#[tokio::test]
async fn the_reminder_follows_a_meeting_that_moves() {
    let shop = Shop::with_stopped_clock(&[]).await;
    let hash = read_channel(&shop).await;
    let mia = shop.admin("user_mia");
    let sent = propose(&mia, "admin", &hash, after(&shop, 3 * HOUR)).await;
    let later = after(&shop, 6 * HOUR);
    change(&shop, &sent, json!({ "meeting": meeting(later) })).await;
    shop.customer("cus_ada").read(&hash).await;
    shop.advance(4 * HOUR).await;
    assert_eq!(reminders(&shop, ADA), 0, "not for the first time");
    // The words change, the time does not.
    change(&shop, &sent, json!({ "body": "Shall we talk now?" })).await;
    shop.advance(HOUR + A_MINUTE).await;
    assert_eq!(reminders(&shop, ADA), 1);
    assert!(shop.mails_to(ADA).last().is_some_and(|mail| mail.text.contains("talk now")));
    change(&shop, &sent, json!({ "body": "Shall we talk?" })).await;
    shop.advance(A_MINUTE).await;
    assert_eq!(reminders(&shop, ADA), 1, "once for each time");
    // Within the hour a change has no notice, so its reminder comes at once.
    change(&shop, &sent, json!({ "meeting": meeting(after(&shop, HOUR / 2)) })).await;
    shop.advance(A_MINUTE).await;
    assert_eq!(reminders(&shop, ADA), 2);
    shop.advance(DAY).await;
    assert_eq!(reminders(&shop, ADA), 2);
}

#[tokio::test]
async fn a_meeting_within_the_hour_has_only_the_notice_of_its_message() {
    let shop = Shop::open().await;
    let hash = read_channel(&shop).await;
    propose(&shop.admin("user_mia"), "admin", &hash, after(&shop, HOUR - 60)).await;
    shop.advance(2 * HOUR).await;
    let mails = shop.mails_to(ADA);
    assert_eq!((mails.len(), reminders(&shop, ADA)), (1, 0));
    assert!(mails[0].text.contains("> Shall we talk? · ") && mails[0].text.contains("(UTC)"));
}

#[tokio::test]
async fn a_customers_meeting_reminds_who_has_the_conversation_without_the_customers_link() {
    let shop = Shop::open().await;
    let hash = read_channel(&shop).await;
    let ada = shop.customer("cus_ada");
    propose(&ada, "store", &hash, after(&shop, 3 * HOUR)).await;
    // More than a week ahead: no schedule is kept for it.
    propose(&ada, "store", &hash, after(&shop, 8 * DAY)).await;
    shop.admin("user_mia").answer(&hash, "Yes").await;
    shop.admin("user_mia").read(&hash).await;
    ada.read(&hash).await;
    shop.advance(2 * HOUR + A_MINUTE).await;
    assert_eq!((reminders(&shop, ADA), reminders(&shop, MIA)), (1, 1));
    let mails = shop.mails_to(MIA);
    let mail = mails.last().expect("a mail");
    let all = format!("{} {} {:?}", mail.text, mail.html, mail.attachments);
    assert!(all.contains("Ada Customer") && !all.contains("meet.example"), "{all}");
    shop.advance(9 * DAY).await;
    assert_eq!(reminders(&shop, MIA), 1);
}

#[tokio::test]
async fn a_guest_and_an_inbox_get_none() {
    let shop = Shop::open().await;
    let guest = shop.guest();
    let hash = guest.open().await;
    propose(&guest, "store", &hash, after(&shop, 3 * HOUR)).await;
    shop.advance(4 * HOUR).await;
    assert!(shop.mails().iter().all(|mail| !mail.subject.starts_with("Reminder")));
}

#[tokio::test]
async fn repeated_records_and_calls_send_one_mail() {
    let shop = Shop::by_hand(&[]).await;
    let hash = read_channel(&shop).await;
    shop.deliver_all().await;
    let starts_at = after(&shop, 3 * HOUR);
    let sent = propose(&shop.admin("user_mia"), "admin", &hash, starts_at).await;
    shop.deliver_all().await;
    shop.deliver_all().await;
    due_calls(&shop);
    shop.running.app.clock.advance((2 * HOUR + 1) * 1_000);
    let id = MessageId::parse(sent["id"].as_str().expect("an id")).expect("an id");
    let call = |side| Call::Reminder(Reminder::new(&id, side, starts_at));
    let due = due_calls(&shop);
    let of_meeting = |due: &&Call| matches!(due, Call::Reminder(_));
    let mut due: Vec<_> = due.iter().filter(of_meeting).cloned().collect();
    due.sort();
    let mut expected = vec![call(Side::Member), call(Side::Staff)];
    expected.sort();
    assert_eq!(due, expected);
    let notices = Notices::new(&shop.running.app);
    let calls = (0..8).map(|_| notice::handle(notices.clone(), call(Side::Member)));
    let outcomes = futures_util::future::join_all(calls).await;
    let count = |wanted: Outcome| {
        outcomes.iter().filter(|outcome| outcome.as_ref().is_ok_and(|it| *it == wanted)).count()
    };
    assert_eq!((count(Outcome::Sent), reminders(&shop, ADA)), (1, 1), "{outcomes:?}");
    let again = notice::handle(notices.clone(), call(Side::Member)).await.expect("a call");
    assert_eq!(again, Outcome::Notified);
    // A call of another start, or after the start.
    let other = Reminder::new(&id, Side::Staff, starts_at.plus_millis(1));
    let outcome = notice::handle(notices.clone(), other.into()).await.expect("a call");
    assert_eq!(outcome, Outcome::Withdrawn);
    shop.running.app.clock.advance(HOUR * 1_000);
    let late = notice::handle(notices, call(Side::Staff)).await.expect("a call");
    assert_eq!(late, Outcome::Withdrawn);
}
