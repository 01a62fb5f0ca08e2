//! Notices and digests of conversations that the staff works on: who gets them, and who does not.

use axum::http::Method;
use domain::Principal;
use harness::{Client, Shop};
use serde_json::{Value, json};

use super::{A_MINUTE, DAY, INBOX, MIA, MINUTE, actor, run_digest, until_disconnected};

const TOM: &str = "user_tom@staff.example";

async fn change(admin: &Client, hash: &str, body: Value) {
    let path = format!("/admin/chat/channels/{hash}");
    admin.send_raw(Method::PUT.as_str(), &path, body.to_string()).await.ok();
}

async fn assign(shop: &Shop, hash: &str, assignee: Value) {
    change(&shop.admin("user_mia"), hash, json!({ "assignee_id": assignee })).await;
}

/// The number of mails to Mia, to Tom and to the inbox.
fn mails(shop: &Shop) -> [usize; 3] {
    [MIA, TOM, INBOX].map(|address| shop.mails_to(address).len())
}

#[tokio::test]
async fn a_message_is_mailed_to_the_assignee() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    let (to_shop, to_mia) = (customer.open().await, customer.open_with_admin("user_mia").await);
    for hash in [&to_shop, &to_mia] {
        assign(&shop, hash, json!("user_tom")).await;
    }
    let _mia = shop.socket(&shop.admin("user_mia"), "admin").await;
    customer.say(&to_shop, "Is it in stock?").await;
    shop.advance(A_MINUTE).await;
    assert_eq!(mails(&shop), [0, 1, 0], "another admin's socket does not count");
    let mail = &shop.mails_to(TOM)[0];
    for part in ["Hello Tom,", "Ada Customer wrote:", "> Is it in stock?"] {
        assert!(mail.text.contains(part), "{part} is not in {}", mail.text);
    }
    shop.advance(20 * MINUTE).await;
    customer.say(&to_mia, "Is it in stock?").await;
    shop.advance(A_MINUTE).await;
    assert_eq!(mails(&shop), [0, 2, 0], "the assignee comes before the named admin");
}

#[tokio::test]
async fn an_assignment_within_the_minute_changes_who_is_notified() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    let hash = customer.open().await;
    customer.say(&hash, "Is it in stock?").await;
    assign(&shop, &hash, json!("user_tom")).await;
    shop.advance(A_MINUTE).await;
    assert_eq!(mails(&shop), [0, 1, 0]);
}

#[tokio::test]
async fn each_assignee_is_notified_once_an_episode() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    let hash = customer.open().await;
    let mut expected = [0; 3];
    // Mia, Tom and the inbox, twice each.
    for (round, (assignee, place)) in
        [(json!("user_mia"), 0), (json!("user_tom"), 1), (Value::Null, 2)]
            .iter()
            .cycle()
            .take(6)
            .enumerate()
    {
        assign(&shop, &hash, assignee.clone()).await;
        customer.say(&hash, "Is it in stock?").await;
        shop.advance(20 * MINUTE).await;
        if round < 3 {
            expected[*place] += 1;
        }
        assert_eq!(mails(&shop), expected, "{assignee} in round {round}");
    }
    // A read begins another episode.
    assign(&shop, &hash, json!("user_tom")).await;
    shop.admin("user_tom").read(&hash).await;
    customer.say(&hash, "And the lid?").await;
    shop.advance(A_MINUTE).await;
    assert_eq!(mails(&shop), [1, 2, 1]);
}

#[tokio::test]
async fn a_close_ends_the_notice_until_the_next_message() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    let (to_shop, to_mia) = (customer.open().await, customer.open_with_admin("user_mia").await);
    for hash in [&to_shop, &to_mia] {
        customer.say(hash, "Thank you!").await;
        change(&shop.admin("user_tom"), hash, json!({ "status": "closed" })).await;
    }
    shop.admin("user_mia").set_profile(json!({})).await;
    shop.advance(20 * MINUTE).await;
    assert_eq!(run_digest(&shop).await, super::Summary::default());
    assert_eq!(mails(&shop), [0; 3]);
    for hash in [&to_shop, &to_mia] {
        customer.say(hash, "One more thing").await;
    }
    shop.advance(A_MINUTE).await;
    assert_eq!(mails(&shop), [1, 0, 1]);
}

#[tokio::test]
async fn the_summary_to_the_inbox_omits_what_was_closed_or_assigned() {
    let shop = Shop::with(&[("INBOX_MAILS_PER_HOUR", "1")]).await;
    let mut hashes = Vec::new();
    for n in 0..4 {
        let customer = shop.customer(&format!("cus_{n}"));
        hashes.push(customer.open().await);
        customer.say(&hashes[n], "Is it in stock?").await;
        shop.advance(A_MINUTE).await;
    }
    change(&shop.admin("user_mia"), &hashes[1], json!({ "status": "closed" })).await;
    assign(&shop, &hashes[2], json!("user_tom")).await;
    shop.advance(61 * MINUTE).await;
    let subjects: Vec<_> = shop.mails_to(INBOX).into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects.len(), 2);
    assert!(subjects[1].starts_with("1 more conversation waits"), "{subjects:?}");
}

#[tokio::test]
async fn an_admins_digest_lists_what_waits_for_them_the_longest_wait_first() {
    let shop = Shop::open().await;
    for admin in ["user_mia", "user_tom"] {
        shop.admin(admin).set_profile(json!({})).await;
    }
    // Each customer's name tells what happens to the conversation.
    let ask = async |id: &str, admin: Option<&str>| {
        let customer = shop.customer(&format!("cus_{id}"));
        let hash = match admin {
            Some(admin) => customer.open_with_admin(admin).await,
            None => customer.open().await,
        };
        customer.say(&hash, "Is it in stock?").await;
        shop.advance(1).await;
        hash
    };
    let assigned = ask("assigned", None).await;
    ask("named", Some("user_tom")).await;
    let taken = ask("taken", Some("user_tom")).await;
    let until = shop.running.app.clock.now().plus_millis(3 * DAY * 1_000).to_string();
    let snoozed = ask("snoozed", Some("user_tom")).await;
    let closed = ask("closed", Some("user_tom")).await;
    let answered = ask("answered", Some("user_tom")).await;
    ask("everybody", None).await;
    ask("mias", Some("user_mia")).await;
    let mia = shop.admin("user_mia");
    assign(&shop, &assigned, json!("user_tom")).await;
    assign(&shop, &taken, json!("user_mia")).await;
    change(&mia, &snoozed, json!({ "status": "snoozed", "snoozed_until": until })).await;
    change(&mia, &closed, json!({ "status": "closed" })).await;
    mia.answer(&answered, "It is.").await;
    // The newest message does not decide the order.
    shop.customer("cus_assigned").say(&assigned, "Hello?").await;
    shop.settle().await;
    run_digest(&shop).await;
    let names = |address: &str| {
        let events = shop.running.dev.bus.events();
        let is_digest = |event: &&Value| {
            event["detail"]["to"] == address && event["detail"]["template"] == "chat_daily_digest"
        };
        let digest = events.iter().find(is_digest).expect("a digest");
        harness::pluck(&digest["detail"]["data"]["channels"], "name")
    };
    assert_eq!(names(TOM), ["Assigned Customer", "Named Customer", "Everybody Customer"]);
    assert_eq!(names(MIA), ["Taken Customer", "Everybody Customer", "Mias Customer"]);
    let mail = shop.mails_to(TOM).pop().expect("a mail");
    assert_eq!(mail.subject, "4 unread messages – The Teapot Shop");
}

#[tokio::test]
async fn an_admin_who_is_connected_is_asked_for_each_assigned_conversation() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    let hash = customer.open().await;
    assign(&shop, &hash, json!("user_tom")).await;
    let socket = shop.socket(&shop.admin("user_tom"), "admin").await;
    customer.say(&hash, "Is it in stock?").await;
    shop.advance(A_MINUTE).await;
    assert_eq!(mails(&shop), [0; 3]);
    drop(socket);
    until_disconnected(&shop, &Principal::Admin(actor("user_tom"))).await;
    shop.advance(5 * MINUTE).await;
    assert_eq!(mails(&shop), [0, 1, 0]);
}
