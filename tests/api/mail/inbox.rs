//! Notices to the shop's inbox and to the admin of a channel.

use app::unsubscribe::digest_of_address;
use axum::http::Method;
use domain::{EmailAddress, Principal};
use harness::Shop;
use notice::{Notices, Outcome};
use schedule::{Call, Notice};
use serde_json::json;

use super::{
    A_MINUTE, INBOX, MIA, MINUTE, actor, due_calls, ses_reports, until_disconnected, visit,
};

#[tokio::test]
async fn a_question_to_the_shop_is_mailed_to_its_inbox_while_no_admin_is_connected() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    let hash = customer.open().await;
    let socket = shop.socket(&shop.admin("user_bob"), "admin").await;
    customer.say(&hash, "Is it in stock?").await;
    shop.advance(A_MINUTE).await;
    assert!(shop.mails().is_empty(), "an admin is connected");
    drop(socket);
    until_disconnected(&shop, &Principal::Admin(actor("user_bob"))).await;
    customer.say(&hash, "Hello?").await;
    shop.advance(A_MINUTE).await;
    let mails = shop.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(mail.to, [INBOX]);
    assert_eq!(mail.subject, "Ada Customer is waiting for an answer – The Teapot Shop");
    let link = format!("{}#direct%3Aadmin%3Acus_ada", shop.running.app.config.mail.admin_url);
    for part in ["2 messages are unread", "Ada Customer wrote:", "> Hello?", "Answer", &link] {
        assert!(mail.text.contains(part), "{part} is not in {}", mail.text);
    }
    assert!(mail.html.contains(&format!("href=\"{link}\"")), "{}", mail.html);
    customer.say(&hash, "Is nobody there?").await;
    shop.advance(20 * MINUTE).await;
    assert_eq!(shop.mails_to(INBOX).len(), 1, "one until an admin has read it");
}

#[tokio::test]
async fn a_question_to_an_admin_is_mailed_to_that_admin() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    let hash = customer.open_with_admin("user_mia").await;
    // Another admin's socket does not count: the question is to Mia.
    let _other = shop.socket(&shop.admin("user_bob"), "admin").await;
    customer.say(&hash, "Is it in stock?").await;
    shop.advance(A_MINUTE).await;
    let mails = shop.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, [MIA]);
    for part in ["Hello Mia,", "Ada Customer wrote:", "> Is it in stock?"] {
        assert!(mails[0].text.contains(part), "{part} is not in {}", mails[0].text);
    }
    let mia = shop.admin("user_mia");
    mia.read(&hash).await;
    let _mia = shop.socket(&mia, "admin").await;
    customer.say(&hash, "And the lid?").await;
    shop.advance(20 * MINUTE).await;
    assert_eq!(shop.mails().len(), 1, "Mia is connected");
}

#[tokio::test]
async fn a_question_that_was_read_is_not_mailed() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    let (to_shop, to_mia) = (customer.open().await, customer.open_with_admin("user_mia").await);
    for hash in [&to_shop, &to_mia] {
        customer.say(hash, "Is it in stock?").await;
    }
    shop.admin("user_bob").read(&to_shop).await;
    shop.admin("user_mia").read(&to_mia).await;
    shop.advance(A_MINUTE).await;
    assert!(shop.mails().is_empty());
}

#[tokio::test]
async fn a_question_that_was_answered_is_not_mailed() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    let (to_shop, to_mia) = (customer.open().await, customer.open_with_admin("user_mia").await);
    for hash in [&to_shop, &to_mia] {
        customer.say(hash, "Is it in stock?").await;
    }
    // An answer counts as a read.
    shop.admin("user_bob").answer(&to_shop, "It is.").await;
    shop.admin("user_mia").answer(&to_mia, "It is.").await;
    shop.advance(A_MINUTE).await;
    let mails =
        || [INBOX, "user_bob@staff.example", MIA].map(|address| shop.mails_to(address).len());
    assert_eq!(mails(), [0, 0, 0]);
    // A later message is a new question, to the admin whom the answer assigned.
    for hash in [&to_shop, &to_mia] {
        customer.say(hash, "And the lid?").await;
    }
    shop.advance(A_MINUTE).await;
    assert_eq!(mails(), [0, 1, 1]);
}

#[tokio::test]
async fn admins_who_leave_a_question_unread_are_notified() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    let (to_shop, to_mia) = (customer.open().await, customer.open_with_admin("user_mia").await);
    let socket = shop.socket(&shop.admin("user_mia"), "admin").await;
    for hash in [&to_shop, &to_mia] {
        customer.say(hash, "Is it in stock?").await;
    }
    shop.advance(2 * MINUTE).await;
    assert!(shop.mails().is_empty());
    drop(socket);
    until_disconnected(&shop, &Principal::Admin(actor("user_mia"))).await;
    shop.advance(4 * MINUTE).await;
    assert_eq!((shop.mails_to(INBOX).len(), shop.mails_to(MIA).len()), (1, 1));
}

#[tokio::test]
async fn the_inbox_gets_twenty_mails_an_hour_and_then_a_summary() {
    let shop = Shop::open().await;
    for n in 0..32 {
        let guest = shop.guest();
        let hash = guest.open().await;
        guest.say(&hash, &format!("Question {n}")).await;
    }
    shop.advance(2 * MINUTE).await;
    let mails = shop.mails_to(INBOX);
    assert_eq!(mails.len(), 20);
    for mail in &mails {
        assert!(
            !mail.headers.keys().any(|name| name.starts_with("List-Unsubscribe")),
            "{:?}",
            mail.headers
        );
        assert!(
            !format!("{}{}", mail.text, mail.html).contains("/chat/unsubscribe/"),
            "{}",
            mail.text
        );
    }
    shop.advance(50 * MINUTE).await;
    assert_eq!(shop.mails_to(INBOX).len(), 20, "within the hour");
    shop.advance(10 * MINUTE).await;
    let mails = shop.mails_to(INBOX);
    assert_eq!(mails.len(), 21);
    assert_eq!(mails[20].subject, "12 more conversations wait – The Teapot Shop");
    assert!(mails[20].text.contains("12 more conversations wait"), "{}", mails[20].text);
    assert!(!mails[20].headers.contains_key("List-Unsubscribe"));
    shop.advance(3 * 60 * MINUTE).await;
    assert_eq!(shop.mails_to(INBOX).len(), 21, "once");
    assert_eq!(shop.running.dev.scheduler.pending(), 0);

    // A later message counts for the next hour.
    let guest = shop.guest();
    let hash = guest.open().await;
    guest.say(&hash, "Is it in stock?").await;
    shop.advance(A_MINUTE).await;
    assert!(shop.mails_to(INBOX)[21].text.contains("> Is it in stock?"));
}

#[tokio::test]
async fn the_summary_omits_conversations_that_were_answered_or_read() {
    let shop = Shop::with(&[("INBOX_MAILS_PER_HOUR", "2")]).await;
    let mut hashes = Vec::new();
    for n in 0..6 {
        let customer = shop.customer(&format!("cus_{n}"));
        hashes.push(customer.open().await);
        customer.say(&hashes[n], "Is it in stock?").await;
        shop.advance(A_MINUTE).await;
    }
    assert_eq!(shop.mails_to(INBOX).len(), 2);
    shop.admin("user_mia").answer(&hashes[3], "It is.").await;
    shop.admin("user_mia").read(&hashes[4]).await;
    shop.advance(60 * MINUTE).await;
    let mails = shop.mails_to(INBOX);
    assert_eq!(mails.len(), 3);
    assert!(mails[2].subject.starts_with("2 more conversations wait"), "{}", mails[2].subject);
}

#[tokio::test]
async fn concurrent_notices_keep_the_limit_of_the_inbox() {
    let shop = Shop::by_hand(&[("INBOX_MAILS_PER_HOUR", "5")]).await;
    for n in 0..12 {
        let customer = shop.customer(&format!("cus_{n}"));
        let hash = customer.open().await;
        customer.say(&hash, "Is it in stock?").await;
    }
    shop.deliver_all().await;
    shop.running.app.clock.advance(A_MINUTE * 1_000);
    let notices = Notices::new(&shop.running.app);
    // A call that met too much contention is retried, as Lambda does.
    let mut due = due_calls(&shop);
    assert_eq!(due.len(), 12);
    let (mut sent, mut deferred) = (0, 0);
    for _ in 0..5 {
        let calls = due.iter().map(|notice| notice::handle(notices.clone(), notice.clone()));
        let outcomes = futures_util::future::join_all(calls).await;
        let mut again = Vec::new();
        for (notice, outcome) in due.into_iter().zip(outcomes) {
            match outcome {
                Ok(Outcome::Sent) => sent += 1,
                Ok(Outcome::Deferred) => deferred += 1,
                Ok(other) => panic!("{other:?}"),
                Err(_) => again.push(notice),
            }
        }
        due = again;
    }
    assert_eq!((due.len(), sent, deferred), (0, 5, 7));
    assert_eq!(shop.mails_to(INBOX).len(), 5);
    shop.running.app.clock.advance(61 * MINUTE * 1_000);
    let due = due_calls(&shop);
    let is_for_inbox = |call: &Call| *call == Notice::inbox().into();
    assert!(!due.is_empty() && due.iter().all(is_for_inbox), "{due:?}");
    let calls = (0..4).map(|_| notice::handle(notices.clone(), Notice::inbox().into()));
    let outcomes = futures_util::future::join_all(calls).await;
    assert_eq!(
        outcomes.iter().filter(|outcome| matches!(outcome, Ok(Outcome::Sent))).count(),
        1,
        "{outcomes:?}"
    );
    let mails = shop.mails_to(INBOX);
    assert_eq!(mails.len(), 6);
    assert!(mails[5].subject.starts_with("7 more conversations wait"), "{}", mails[5].subject);
}

#[tokio::test]
async fn neither_link_nor_complaint_ends_the_mails_to_the_inbox() {
    let shop = Shop::open().await;
    let app = &shop.running.app;
    let digest = digest_of_address(&EmailAddress::parse(INBOX).unwrap());
    let path = format!(
        "/chat/unsubscribe/{}",
        app.keys.get(app.clock.now()).await.unwrap().unsubscribe.token(&digest)
    );
    // An old mail to the inbox may hold a link, and it may have been used.
    app.store.opt_out(&digest, app.clock.now()).await.unwrap();
    for method in [Method::GET, Method::POST] {
        let page = visit(&shop, method, &path).await;
        assert_eq!(page.status, 200);
        assert!(
            page.html.contains("cannot unsubscribe it with a link") && !page.html.contains("<form"),
            "{}",
            page.html
        );
    }
    let recipients = json!([{ "emailAddress": "The Shop <INBOX@shop.example>" }]);
    let complaint =
        json!({ "eventType": "Complaint", "complaint": { "complainedRecipients": recipients } });
    let bounce = json!({ "eventType": "Bounce", "bounce": { "bounceType": "Permanent",
        "bouncedRecipients": recipients } });
    ses_reports(&shop, &[complaint.to_string(), bounce.to_string()]).await;
    let customer = shop.customer("cus_ada");
    let hash = customer.open().await;
    customer.say(&hash, "Is it in stock?").await;
    shop.advance(A_MINUTE).await;
    assert_eq!(shop.mails_to(INBOX).len(), 1);
}

#[tokio::test]
async fn only_a_name_that_the_shop_vouches_for_is_in_a_subject() {
    let shop = Shop::open().await;
    let subject_of = async |customer: &harness::Client| {
        let hash = customer.open().await;
        customer.say(&hash, "Is it in stock?").await;
        shop.advance(A_MINUTE).await;
        shop.mails_to(INBOX).pop().expect("a mail")
    };
    let guest = shop.guest();
    let hash = guest.open().await;
    guest.set_profile(json!({ "first_name": "Eve" })).await;
    let mail = subject_of(&guest).await;
    let code = &hash["direct:admin:guest_".len()..][..4];
    assert_eq!(mail.subject, format!("Guest {code} is waiting for an answer – The Teapot Shop"));
    assert!(mail.text.contains("Eve (not verified) wrote:"), "{}", mail.text);

    let medusa = &shop.running.dev.medusa;
    let family = "👩\u{200d}👩\u{200d}👧";
    for (n, (first, last, shown)) in [
        ("Ben", "O'Hara", "Ben O'Hara".to_owned()),
        ("Ada\r\nBcc: eve@evil.example", "\u{202e}x", "Ada Bcc: eve @ evil. example x".to_owned()),
        ("=?utf-8?Q?Mia?=", "\u{200f}L", "= ?utf-8?Q?Mia?= L".to_owned()),
        ("{shop}", "{name}", "{shop} {name}".to_owned()),
        ("שרה", "كريم", "שרה كريم".to_owned()),
        (&family.repeat(20), "", format!("{}…", family.repeat(11))),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("cus_named{n}");
        medusa.rename(&id, first, last, None);
        let mail = subject_of(&shop.customer(&id)).await;
        assert_eq!(mail.subject, format!("{shown} is waiting for an answer – The Teapot Shop"));
        assert_eq!(mail.to, [INBOX]);
        assert!(!mail.headers.contains_key("Bcc"), "{:?}", mail.headers);
    }

    // A customer whom the guest turned out to be is shown by the shop's name, not by the typed one.
    let secret = "V1StGXR8_Z5jdHi6B-myT";
    let guest = shop.nobody().with_guest_secret(secret);
    let hash = guest.open().await;
    guest.set_profile(json!({ "first_name": "Eve" })).await;
    guest.say(&hash, "Hello?").await;
    shop.customer("cus_ada").claim(secret).await.ok();
    shop.advance(A_MINUTE).await;
    let mail = shop.mails_to(INBOX).pop().expect("a mail");
    assert_eq!(mail.subject, "Ada Customer is waiting for an answer – The Teapot Shop");
    assert!(!mail.text.contains("Eve"), "{}", mail.text);
}
