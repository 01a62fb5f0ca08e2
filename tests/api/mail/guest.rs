//! Mails to guests who left an address: what they say, how few an unverified address gets, and how
//! their link brings the guest back.

use domain::Principal;
use harness::{Client, Shop, Socket};
use local::dev::outbox::Mail;
use notice::{Notices, Outcome};
use serde_json::{Value, json};

use super::{
    A_MINUTE, DAY, MINUTE, actor, due_calls, link, run_digest, ses_reports, until_disconnected,
    visit,
};

const EVE: &str = "eve@guests.example";
const HOUR: i64 = 60 * MINUTE;

/// A guest with this address who has asked something, and the conversation.
async fn guest_at(shop: &Shop, address: &str) -> (Client, String) {
    let guest = shop.guest();
    let hash = guest.open().await;
    guest.set_profile(json!({ "first_name": "Buy pills", "email": address })).await;
    guest.say(&hash, "Cheap pills at evil").await;
    (guest, hash)
}

async fn answer(shop: &Shop, hash: &str, body: &str) {
    shop.admin("user_mia").answer(hash, body).await;
    shop.advance(A_MINUTE).await;
}

/// The token in the link of a mail.
fn token(mail: &Mail) -> String {
    let (_, rest) = mail.text.split_once("#live-chat=").expect("a link");
    rest.split_whitespace().next().expect("a token").to_owned()
}

/// The plain part of a mail, with its lines as programs see them.
fn text(mail: &Mail) -> String {
    mail.text.replace("\r\n", "\n")
}

async fn resume(shop: &Shop, token: &str) -> harness::Reply {
    shop.nobody().post("/store/chat/guest/resume", json!({ "token": token })).await
}

/// The member of the conversation as staff sees it.
async fn member(shop: &Shop, hash: &str) -> Value {
    let path = format!("/admin/chat/channels/{hash}");
    shop.admin("user_mia").get(&path).await.ok()["channel"]["customer"].clone()
}

#[tokio::test]
async fn a_guest_gets_what_staff_wrote_and_nothing_that_was_typed() {
    let shop = Shop::open().await;
    let (_, hash) = guest_at(&shop, EVE).await;
    assert_eq!(member(&shop, &hash).await["email"], EVE);
    answer(&shop, &hash, "It is in stock.").await;
    let mails = shop.mails_to(EVE);
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    let all = format!("{mail:?}");
    assert!(text(mail).contains("\nHello,\n") && !all.contains("pills"), "{all}");
    assert!(mail.headers["Reply-To"].contains("@reply.localhost"), "{all}");
    assert!(text(mail).contains("Mia wrote:\n> It is in stock.\n") && !all.contains("Staff"));
    assert_eq!(mail.subject, "You have a new message from The Teapot Shop");
    let root = &mail.headers["References"];
    assert!(root.contains(".conversation@shop.example"), "{root}");
    assert_eq!(&mail.headers["In-Reply-To"], root);
    // Read, or answered: an episode has one mail.
    shop.advance(3 * HOUR).await;
    run_digest(&shop).await;
    assert_eq!(shop.mails_to(EVE).len(), 1);
}

#[tokio::test]
async fn a_guest_who_is_there_or_has_read_gets_no_mail() {
    let shop = Shop::open().await;
    let (guest, hash) = guest_at(&shop, EVE).await;
    let socket: Socket = shop.socket(&guest, "store").await;
    answer(&shop, &hash, "It is in stock.").await;
    for _ in 0..3 {
        shop.advance(30 * MINUTE).await;
    }
    assert!(shop.mails_to(EVE).is_empty(), "she is there");
    drop(socket);
    let id = actor(hash.strip_prefix("direct:admin:").unwrap());
    until_disconnected(&shop, &Principal::Guest(id)).await;
    shop.advance(2 * HOUR).await;
    assert_eq!(shop.mails_to(EVE).len(), 1, "she has left: no digest would tell her");
    guest.read(&hash).await;
    shop.admin("user_mia").answer(&hash, "Shall I keep one?").await;
    guest.read(&hash).await;
    shop.advance(DAY).await;
    assert_eq!(shop.mails_to(EVE).len(), 1, "she has read it");
}

#[tokio::test]
async fn an_unverified_address_gets_one_mail_an_hour_and_three_a_day() {
    let shop = Shop::open().await;
    // Guests who give the same address share its limit, whatever its case and tag.
    let addresses = [EVE, "Eve@guests.example", "eve+1@guests.example", EVE, EVE, EVE];
    let count = || -> usize {
        let is_hers = |mail: &&Mail| mail.to[0].to_lowercase().starts_with("eve");
        shop.mails().iter().filter(is_hers).count()
    };
    for (n, address) in addresses.into_iter().enumerate() {
        let (_, hash) = guest_at(&shop, address).await;
        answer(&shop, &hash, &format!("Answer {n}")).await;
        assert_eq!(count(), 1, "the others wait");
    }
    shop.advance(HOUR + A_MINUTE).await;
    assert_eq!(count(), 2, "deferred, and not lost");
    for _ in 0..20 {
        shop.advance(HOUR + A_MINUTE).await;
    }
    assert_eq!(count(), 3);
    for _ in 0..6 {
        shop.advance(HOUR + A_MINUTE).await;
    }
    assert_eq!(count(), 6, "the next day");
}

#[tokio::test]
async fn an_answer_within_the_hour_is_deferred_and_one_that_is_read_meanwhile_is_not_sent() {
    let shop = Shop::open().await;
    let (guest, hash) = guest_at(&shop, EVE).await;
    answer(&shop, &hash, "one").await;
    guest.say(&hash, "Thanks").await;
    answer(&shop, &hash, "two").await;
    shop.advance(50 * MINUTE).await;
    assert_eq!(shop.mails_to(EVE).len(), 1);
    shop.advance(10 * MINUTE).await;
    let mails = shop.mails_to(EVE);
    assert_eq!(mails.len(), 2);
    assert!(mails[1].text.contains("> two") && !mails[1].text.contains("Thanks"));
    assert_eq!(
        (&mails[0].subject, &mails[0].headers["References"]),
        (&mails[1].subject, &mails[1].headers["References"]),
        "one thread"
    );
    guest.say(&hash, "Thanks again").await;
    answer(&shop, &hash, "three").await;
    guest.read(&hash).await;
    shop.advance(DAY).await;
    assert_eq!(shop.mails_to(EVE).len(), 2);
}

#[tokio::test]
async fn one_source_brings_twenty_new_addresses_a_day() {
    let shop = Shop::with(&[("GUESTS_PER_HOUR", "1000")]).await;
    let mut guests = Vec::new();
    for n in 0..30 {
        guests.push(guest_at(&shop, &format!("victim{n}@guests.example")).await.1);
    }
    let elsewhere = shop.guest().from("203.0.113.9");
    let other = elsewhere.open().await;
    elsewhere.set_profile(json!({ "email": EVE })).await;
    for hash in guests.iter().chain([&other]) {
        shop.admin("user_mia").answer(hash, "It is in stock.").await;
    }
    shop.advance(A_MINUTE).await;
    assert_eq!((shop.mails().len(), shop.mails_to(EVE).len()), (21, 1));
    shop.advance(2 * HOUR).await;
    assert_eq!(shop.mails().len(), 21, "the others are not sent later by themselves");
}

#[tokio::test]
async fn an_opt_out_or_a_complaint_ends_the_mails_of_every_guest_with_the_address() {
    let shop = Shop::open().await;
    let (_, hash) = guest_at(&shop, EVE).await;
    answer(&shop, &hash, "one").await;
    let mail = shop.mails_to(EVE).remove(0);
    visit(&shop, axum::http::Method::POST, &link(&mail)).await;
    let (_, again) = guest_at(&shop, EVE).await;
    shop.advance(2 * HOUR).await;
    answer(&shop, &again, "two").await;
    shop.advance(DAY).await;
    assert_eq!(shop.mails_to(EVE).len(), 1);
    let ann = "ann@guests.example";
    let report = json!({
        "eventType": "Complaint",
        "complaint": { "complainedRecipients": [{ "emailAddress": ann }] },
    });
    ses_reports(&shop, &[report.to_string()]).await;
    let (_, hash) = guest_at(&shop, ann).await;
    answer(&shop, &hash, "one").await;
    assert!(shop.mails_to(ann).is_empty());
}

#[tokio::test]
async fn the_link_verifies_the_address_and_brings_the_guest_back() {
    let shop = Shop::open().await;
    let (guest, hash) = guest_at(&shop, EVE).await;
    assert_eq!(member(&shop, &hash).await["verified"], false);
    answer(&shop, &hash, "It is in stock.").await;
    let token = token(&shop.mails_to(EVE)[0]);
    let back = resume(&shop, &token).await.ok();
    let secret = back["guest_id"].as_str().unwrap();
    assert!(secret.starts_with("gs1.guest_") && hash.ends_with(back["id"].as_str().unwrap()));
    let elsewhere = shop.nobody().with_guest_secret(secret);
    assert_eq!(elsewhere.messages(&hash).await["messages"].as_array().unwrap().len(), 2);
    elsewhere.say(&hash, "From my phone").await;
    guest.say(&hash, "From my computer").await;
    let profile = guest.set_profile(json!({})).await;
    assert_eq!((&profile["email"], &profile["verified"]), (&json!(EVE), &json!(true)));
    assert_eq!(member(&shop, &hash).await["verified"], true);
    // Now the conversation is quoted, and there is no limit but that of customers.
    answer(&shop, &hash, "Good.").await;
    shop.advance(20 * MINUTE).await;
    let mail = shop.mails_to(EVE).pop().unwrap();
    assert!(text(&mail).contains("You wrote:\n> From my phone"), "{}", mail.text);
    assert!(resume(&shop, &token).await.status == 200, "again");
    // Another address is unverified, and the old one's link leads nowhere.
    guest.set_profile(json!({ "email": "ann@guests.example" })).await;
    assert_eq!(member(&shop, &hash).await["verified"], false);
    resume(&shop, &token).await.refused(400, "invalid_data");
    guest.set_profile(json!({ "email": EVE })).await;
    assert_eq!(member(&shop, &hash).await["verified"], false);
    resume(&shop, &token).await.ok();
    guest.set_profile(json!({ "email": null })).await;
    assert!(member(&shop, &hash).await.get("email").is_none());
    resume(&shop, &token).await.refused(400, "invalid_data");
    guest.set_profile(json!({ "email": EVE })).await;
    shop.running.app.clock.advance(31 * DAY * 1_000);
    resume(&shop, &token).await.refused(400, "invalid_data");
}

#[tokio::test]
async fn forged_tokens_and_secrets_are_refused() {
    let shop = Shop::with_stopped_clock(&[("GUESTS_PER_HOUR", "40")]).await;
    let (guest, hash) = guest_at(&shop, EVE).await;
    answer(&shop, &hash, "It is in stock.").await;
    let token = token(&shop.mails_to(EVE)[0]);
    let id = hash.strip_prefix("direct:admin:").unwrap();
    let flipped = |at: usize| {
        let other = if token.as_bytes()[at] == b'a' { "b" } else { "a" };
        format!("{}{other}{}", &token[..at], &token[at + 1..])
    };
    for forged in [flipped(0), flipped(30), flipped(55), flipped(70), String::new(), id.to_owned()]
    {
        resume(&shop, &forged).await.refused(400, "invalid_data");
    }
    shop.nobody().post("/store/chat/guest/resume", json!({})).await.refused(400, "invalid_data");
    let unsubscribe = link(&shop.mails_to(EVE)[0]);
    let other = unsubscribe.rsplit('/').next().unwrap();
    resume(&shop, other).await.refused(400, "invalid_data");
    let secret = resume(&shop, &token).await.ok()["guest_id"].as_str().unwrap().to_owned();
    for forged in [
        format!("gs1.{id}.aaaaaaaaaaaaaaaaaaaaaaaaaa"),
        secret.replace(id, "guest_aaaaaaaaaaaaaaaaaaaaaaaaaa"),
        format!("{secret}a"),
        format!("gs1.cus_ada.{}", &secret[secret.len() - 26..]),
    ] {
        let caller = shop.nobody().with_guest_secret(&forged);
        caller.get("/store/chat/channels").await.refused(401, "unauthorized");
        let both = shop.customer("cus_ada").with_guest_secret(&forged);
        both.post("/store/chat/guest/claim", json!({})).await.refused(401, "unauthorized");
    }
    // A claim by the signed secret ends the guest: for every secret, and for the link.
    let both = shop.customer("cus_ada").with_guest_secret(&secret);
    both.post("/store/chat/guest/claim", json!({})).await.ok();
    guest.get("/store/chat/channels").await.refused(401, "unauthorized");
    resume(&shop, &token).await.refused(401, "unauthorized");
    for _ in 0..40 {
        resume(&shop, "forged").await;
    }
    resume(&shop, "forged").await.refused(429, "too_many_requests");
}

#[tokio::test]
async fn an_address_is_checked_and_only_staff_sees_it() {
    let shop = Shop::open().await;
    let (guest, hash) = guest_at(&shop, "eve@münchen.example").await;
    assert_eq!(member(&shop, &hash).await["email"], "eve@münchen.example");
    for bad in ["x", "a@b\r\nBcc: c@d", "a b@c", &format!("{}@b.example", "a".repeat(65))] {
        let reply = guest.put("/store/chat/profile", json!({ "email": bad })).await;
        reply.refused(400, "invalid_data");
    }
    let seen = format!("{}{}", guest.channels().await, guest.messages(&hash).await);
    assert!(!seen.contains("eve@"), "{seen}");
    answer(&shop, &hash, "It is in stock.").await;
    assert_eq!(shop.mails_to("eve@xn--mnchen-3ya.example").len(), 1);
    guest.set_profile(json!({ "email": "" })).await;
    assert!(member(&shop, &hash).await.get("email").is_none());
}

#[tokio::test]
async fn a_guest_without_an_address_costs_no_schedule_and_our_own_addresses_no_mail() {
    let shop = Shop::by_hand(&[]).await;
    let guest = shop.guest();
    let hash = guest.open().await;
    shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    shop.deliver_all().await;
    assert_eq!(shop.running.dev.scheduler.pending(), 0);
    guest.set_profile(json!({ "email": "Chat@shop.example" })).await;
    shop.admin("user_mia").answer(&hash, "Shall I keep one?").await;
    shop.deliver_all().await;
    shop.running.app.clock.advance(A_MINUTE * 1_000);
    let notices = Notices::new(&shop.running.app);
    for call in due_calls(&shop) {
        assert_eq!(notice::handle(notices.clone(), call).await.unwrap(), Outcome::NoRecipient);
    }
}
