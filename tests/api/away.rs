//! The automatic reply while the shop is closed.

use domain::Timestamp;
use harness::{Client, Shop, pluck};
use serde_json::{Value, json};

use crate::settings::put;

/// A shop in Berlin that is open on workdays from 9:00 to 17:30, at this instant. The clock stands.
async fn at(now: &str) -> Shop {
    let shop = Shop::with_stopped_clock(&[("INBOX_ADDRESS", "inbox@shop.example")]).await;
    go_to(&shop, now);
    put(&shop.admin("user_mia"), settings()).await;
    shop
}

fn settings() -> Value {
    let day = json!([{ "from": "09:00", "to": "17:30" }]);
    let week = json!({ "mon": day, "tue": day, "wed": day, "thu": day, "fri": day });
    let hours = json!({ "time_zone": "Europe/Berlin", "week": week,
        "exceptions": [{ "date": "2126-12-03", "spans": [] }] });
    json!({ "hours": hours, "away_message": { "en": "We are closed.", "de": "Wir haben zu." } })
}

fn go_to(shop: &Shop, at: &str) {
    let at = Timestamp::parse(at).expect(at);
    shop.running.app.clock.advance(at.since(shop.running.app.clock.now()));
}

/// 2126-11-29 is a Friday: the shop has been closed for half an hour.
const FRIDAY_EVENING: &str = "2126-11-29T17:00:00Z";
const SATURDAY: &str = "2126-11-30T12:00:00Z";
const MONDAY_EVENING: &str = "2126-12-02T17:00:00Z";
const MONDAY_NOON: &str = "2126-12-02T11:00:00Z";

/// The bodies of a channel's messages once the stream is delivered.
async fn bodies(shop: &Shop, hash: &str) -> Vec<Value> {
    shop.settle().await;
    let messages = shop.admin("user_mia").get(&format!("/admin/chat/messages/{hash}")).await.ok();
    pluck(&messages["messages"], "body")
}

async fn send(client: &Client, hash: &str, body: Value) -> Value {
    client.post(&format!("/store/chat/messages/{hash}"), body).await.ok()["message"].take()
}

#[tokio::test]
async fn a_closed_shop_replies_once_in_each_case_and_closed_period() {
    let shop = at(FRIDAY_EVENING).await;
    let (ada, mia) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = ada.open().await;
    let mut member = shop.socket(&ada, "store").await;
    let mut staff = shop.socket(&mia, "admin").await;
    let question = ada.say(&hash, "Hello?").await;
    shop.settle().await;
    for socket in [&mut member, &mut staff] {
        socket.next_of("chat.message.created").await;
        let pushed = socket.next_of("chat.message.created").await["payload"]["message"].take();
        assert_eq!(pushed["body"], "We are closed.");
    }
    let page = ada.get(&format!("/store/chat/messages/{hash}")).await.ok();
    let reply = &page["messages"][1];
    assert_eq!(
        (&reply["sender_id"], &reply["sender_role"], &reply["message_type"], &reply["sender"]),
        (&Value::Null, &json!("system"), &json!("system"), &Value::Null)
    );
    assert_eq!(reply["is_own"], false);
    assert_eq!(ada.unread("store").await, 1, "it counts as unread");
    assert_eq!(mia.unread("admin").await, 1, "and not for staff");
    // It answers nothing, and belongs to nobody.
    let channel = mia.get(&format!("/admin/chat/channels/{hash}")).await.ok()["channel"].take();
    assert_eq!(channel["unanswered_since"], question["created_at"]);
    assert_eq!((&channel["assignee_id"], &channel["staff_seq"]), (&Value::Null, &json!(0)));
    let id = reply["id"].as_str().unwrap();
    mia.put(&format!("/admin/chat/messages/id/{id}"), json!({ "body": "x" }))
        .await
        .refused(403, "forbidden");
    mia.delete(&format!("/admin/chat/messages/id/{id}")).await.refused(403, "forbidden");

    ada.say(&hash, "Hello again?").await;
    go_to(&shop, SATURDAY);
    ada.say(&hash, "Anybody?").await;
    let expected = ["Hello?", "We are closed.", "Hello again?", "Anybody?"];
    assert_eq!(bodies(&shop, &hash).await, expected, "the same period");
    // Another case of the same period.
    mia.put(&format!("/admin/chat/channels/{hash}"), json!({ "status": "closed" })).await.ok();
    ada.say(&hash, "One more thing").await;
    assert_eq!(bodies(&shop, &hash).await[4..], ["One more thing", "We are closed."]);
    // The next period: on Monday evening until Wednesday, for Tuesday is a holiday.
    go_to(&shop, MONDAY_EVENING);
    let ada = shop.customer("cus_ada");
    ada.say(&hash, "Still there").await;
    shop.settle().await;
    go_to(&shop, "2126-12-03T11:00:00Z");
    ada.say(&hash, "Still there on Tuesday").await;
    let expected = ["Still there", "We are closed.", "Still there on Tuesday"];
    assert_eq!(bodies(&shop, &hash).await[6..], expected);
    shop.deliver_all().await;
    assert_eq!(bodies(&shop, &hash).await.len(), 9, "however often it is delivered");
}

#[tokio::test]
async fn an_open_shop_and_one_without_words_say_nothing() {
    let shop = at("2126-11-29T12:00:00Z").await;
    let ada = shop.customer("cus_ada");
    let hash = ada.open().await;
    ada.say(&hash, "Open").await;
    go_to(&shop, FRIDAY_EVENING);
    for without in ["hours", "away_message"] {
        let mut settings = settings();
        settings.as_object_mut().unwrap().remove(without);
        put(&shop.admin("user_mia"), settings).await;
        ada.say(&hash, without).await;
    }
    assert_eq!(bodies(&shop, &hash).await, ["Open", "hours", "away_message"]);
}

#[tokio::test]
async fn it_speaks_the_language_of_the_send() {
    let shop = at(FRIDAY_EVENING).await;
    for (n, (lang, accepted, expected)) in [
        (json!("de-AT"), "en", "Wir haben zu."),
        (Value::Null, "fr-CH, fr;q=0.9, de;q=0.7, en;q=0.1", "Wir haben zu."),
        (json!("not a language"), "de", "Wir haben zu."),
        (json!("ja"), "de", "We are closed."),
        (Value::Null, "*", "We are closed."),
    ]
    .into_iter()
    .enumerate()
    {
        let client = shop.customer(&format!("cus_{n}")).with("accept-language", accepted);
        let hash = client.open().await;
        let sent = send(&client, &hash, json!({ "body": "Hello?", "lang": lang })).await;
        assert!(!sent.to_string().contains("\"lang\""), "no client sees it: {sent}");
        assert_eq!(bodies(&shop, &hash).await, ["Hello?", expected], "{lang} {accepted}");
    }
    let guest = shop.guest();
    let hash = guest.open().await;
    send(&guest, &hash, json!({ "body": "Hallo?", "lang": "de" })).await;
    assert_eq!(bodies(&shop, &hash).await, ["Hallo?", "Wir haben zu."], "a guest");
    let wrong = json!({ "body": "Hello?", "lang": 1 });
    guest.post(&format!("/store/chat/messages/{hash}"), wrong).await.refused(400, "invalid_data");
}

#[tokio::test]
async fn it_is_silent_while_staff_writes() {
    let shop = at(FRIDAY_EVENING).await;
    let (ada, mia) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = ada.open().await;
    mia.answer(&hash, "I am still here").await;
    shop.advance(599).await;
    ada.say(&hash, "Good").await;
    assert_eq!(bodies(&shop, &hash).await, ["I am still here", "Good"]);
    shop.advance(1).await;
    ada.say(&hash, "And now?").await;
    assert_eq!(bodies(&shop, &hash).await[2..], ["And now?", "We are closed."]);
    // A deleted answer was written too.
    let ben = shop.customer("cus_ben");
    let hash = ben.open().await;
    let greeting = mia.answer(&hash, "Oops").await;
    mia.delete_message(&greeting).await;
    for n in 0..30 {
        ben.say(&hash, &n.to_string()).await;
    }
    assert_eq!(bodies(&shop, &hash).await.len(), 30);
}

#[tokio::test]
async fn what_happened_before_the_trigger_arrives_counts() {
    let shop = Shop::by_hand(&[]).await;
    shop.running.app.clock.stop();
    go_to(&shop, FRIDAY_EVENING);
    put(&shop.admin("user_mia"), settings()).await;
    let mia = shop.admin("user_mia");
    let bodies = async |hash: &str| {
        let messages =
            shop.admin("user_mia").get(&format!("/admin/chat/messages/{hash}")).await.ok();
        pluck(&messages["messages"], "body")
    };
    let mut hashes = Vec::new();
    for member in ["cus_answered", "cus_deleted", "cus_done", "cus_some"] {
        let customer = shop.customer(member);
        let hash = customer.open().await;
        let question = customer.say(&hash, "Hello?").await;
        match member {
            "cus_answered" => drop(mia.answer(&hash, "Here I am").await),
            "cus_deleted" => customer.delete_message(&question).await,
            "cus_done" => {
                let close = json!({ "status": "closed" });
                mia.put(&format!("/admin/chat/channels/{hash}"), close).await.ok();
            }
            _ => {
                send(&customer, &hash, json!({ "body": "Noch da?", "lang": "de" })).await;
                customer.delete_message(&question).await;
            }
        }
        hashes.push(hash);
    }
    let guest = shop.guest();
    let hash = guest.open().await;
    guest.say(&hash, "From a guest").await;
    let claimant =
        guest.with_token(&local::customer_token("cus_eve", shop.running.app.clock.now()));
    claimant.post("/store/chat/guest/claim", json!({})).await.ok();
    shop.deliver_all().await;
    shop.deliver_all().await;
    assert_eq!(bodies(&hashes[0]).await, ["Hello?", "Here I am"]);
    assert_eq!(bodies(&hashes[1]).await, [""; 0]);
    assert_eq!(bodies(&hashes[2]).await, ["Hello?"]);
    assert_eq!(bodies(&hashes[3]).await, ["Noch da?", "Wir haben zu."]);
    assert_eq!(bodies(&hash).await, ["From a guest", "We are closed."]);
    assert_eq!(shop.customer("cus_eve").unread("store").await, 1);

    // A trigger that comes when the shop is open again says nothing.
    let late = shop.customer("cus_late");
    let hash = late.open().await;
    late.say(&hash, "Hello?").await;
    go_to(&shop, MONDAY_NOON);
    shop.deliver_all().await;
    assert_eq!(bodies(&hash).await, ["Hello?"]);
}

#[tokio::test]
async fn concurrent_messages_get_one_reply() {
    let shop = at(FRIDAY_EVENING).await;
    let ada = shop.customer("cus_ada");
    let hash = ada.open().await;
    let path = format!("/store/chat/messages/{hash}");
    let sends = (0..6).map(|n| {
        let (ada, path) = (&ada, &path);
        async move {
            let id = format!("question-{n}");
            let body = json!({ "body": format!("Hello {n}?"), "client_message_id": id });
            // Contention may outlast the retries of a slow machine: the client sends again.
            while ada.post(path, body.clone()).await.status != 200 {}
        }
    });
    futures_util::future::join_all(sends).await;
    shop.settle().await;
    let again = async || {
        let stream = &shop.running.stream;
        let (batch, _) = stream.batch_after(None, 1_000).await.expect("the stream");
        // A delivery that loses every race is repeated, as Lambda does: nothing depends on it here.
        let _ = stream.deliver(batch).await;
    };
    tokio::join!(again(), again());
    let said = bodies(&shop, &hash).await;
    assert_eq!(said.len(), 7, "{said:?}");
    assert_eq!(said.iter().filter(|body| **body == "We are closed.").count(), 1);
}

#[tokio::test]
async fn a_shop_that_never_opens_replies_once_a_day() {
    let shop = at("2126-11-29T22:00:00Z").await;
    let mut never = settings();
    never["hours"]["week"] = json!({});
    put(&shop.admin("user_mia"), never).await;
    let hash = shop.customer("cus_ada").open().await;
    for (now, replies) in [
        ("2126-11-29T22:30:00Z", 1),
        ("2126-11-29T22:59:00Z", 1),
        ("2126-11-29T23:00:00Z", 2),
        ("2126-11-30T22:59:00Z", 2),
        ("2126-11-30T23:00:00Z", 3),
    ] {
        go_to(&shop, now);
        shop.customer("cus_ada").say(&hash, now).await;
        let all = bodies(&shop, &hash).await;
        assert_eq!(all.iter().filter(|body| **body == "We are closed.").count(), replies, "{now}");
    }
}

#[tokio::test]
async fn it_mails_nobody_and_ends_no_wait_for_a_mail() {
    let shop = at(FRIDAY_EVENING).await;
    let ada = shop.customer("cus_ada");
    let hash = ada.open().await;
    ada.say(&hash, "Hello?").await;
    shop.settle().await;
    shop.advance(61).await;
    assert_eq!(shop.mails_to("inbox@shop.example").len(), 1, "the shop is notified as ever");
    // The next period's reply begins no other episode of the staff.
    go_to(&shop, MONDAY_EVENING);
    shop.customer("cus_ada").say(&hash, "Hello again?").await;
    assert_eq!(bodies(&shop, &hash).await.len(), 4);
    shop.advance(3_700).await;
    assert_eq!(shop.mails_to("inbox@shop.example").len(), 1, "one mail for each episode");
    shop.running.background.digest().await.expect("a digest");
    assert!(
        shop.mails().iter().all(|mail| mail.to == ["inbox@shop.example"]),
        "none to the member"
    );
}
