//! Notices to customers and to admins who are away: when they come, and when not.

use domain::{Draft, Episode, MessageBody, Pair, Principal, Side};
use harness::Shop;
use notice::{Notices, Outcome};
use schedule::Notice;
use serde_json::json;

use super::{
    A_MINUTE, ADA, DAY, INBOX, MIA, MINUTE, Summary, actor, link, run_digest, until_disconnected,
};

#[tokio::test]
async fn an_absent_customer_gets_one_notice_a_minute_after_an_answer() {
    let shop = Shop::with_stopped_clock(&[]).await;
    let hash = shop.customer("cus_ada").open().await;
    shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    shop.advance(30).await;
    assert!(shop.mails().is_empty(), "too early");
    shop.advance(31).await;
    let mails = shop.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(mail.to, [ADA]);
    assert_eq!(
        (mail.from.as_str(), mail.subject.as_str()),
        ("chat@shop.example", "You have a new message from The Teapot Shop")
    );
    let chat = &shop.running.app.config.mail.storefront_url;
    for part in [
        "Hello Ada,",
        "A new message is waiting for you in the chat.",
        "Mia Staff wrote:",
        "> It is in stock.",
        "Open the chat",
        chat,
    ] {
        assert!(mail.text.contains(part), "{part} is not in {}", mail.text);
    }
    for part in ["Hello Ada,", "Mia Staff", "It is in stock.", &format!("<a href=\"{chat}\"")] {
        assert!(mail.html.contains(part), "{part} is not in {}", mail.html);
    }
    let unsubscribe = &mail.headers["List-Unsubscribe"];
    assert!(
        unsubscribe.starts_with(&format!("<{}/chat/unsubscribe/", shop.running.url))
            && unsubscribe.ends_with('>'),
        "{unsubscribe}"
    );
    assert!(
        !unsubscribe.contains("cus_ada"),
        "the link does not name the recipient: {unsubscribe}"
    );
    assert_eq!(mail.headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");
    assert!(
        mail.text.contains(&link(mail)) && mail.html.contains(&link(mail)),
        "the body has the same link"
    );
    shop.advance(20 * MINUTE).await;
    assert_eq!(shop.mails().len(), 1);
    assert_eq!(shop.running.dev.scheduler.pending(), 0);
}

#[tokio::test]
async fn a_message_that_is_read_or_deleted_in_time_is_not_mailed() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    let hash = customer.open().await;
    shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    customer.read(&hash).await;
    shop.advance(A_MINUTE).await;
    assert!(shop.mails().is_empty());
    assert_eq!(run_digest(&shop).await, Summary::default());
    // A deleted message needs no notice either.
    let said = shop.admin("user_mia").answer(&hash, "Wrong chat").await;
    shop.admin("user_mia").delete_message(&said).await;
    shop.advance(A_MINUTE).await;
    assert!(shop.mails().is_empty());
    assert_eq!(run_digest(&shop).await, Summary::default());
}

#[tokio::test]
async fn an_open_socket_prevents_the_notice_until_it_is_closed() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = customer.open().await;
    let socket = shop.socket(&customer, "store").await;
    admin.answer(&hash, "Are you there?").await;
    shop.advance(A_MINUTE).await;
    assert!(shop.mails().is_empty(), "she is connected");
    drop(socket);
    until_disconnected(&shop, &Principal::Customer(actor("cus_ada"))).await;
    // Other people's sockets do not count.
    let _staff = shop.socket(&admin, "admin").await;
    let _other = shop.socket(&shop.customer("cus_ben"), "store").await;
    admin.answer(&hash, "It is in stock.").await;
    shop.advance(A_MINUTE).await;
    let mails = shop.mails_to(ADA);
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject, "You have 2 new messages from The Teapot Shop");
}

#[tokio::test]
async fn a_hidden_page_prevents_no_notice() {
    let shop = Shop::with_stopped_clock(&[]).await;
    let (customer, admin) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = customer.open().await;
    let mut page = shop.socket(&customer, "store").await;
    let send = async |page: &mut harness::Socket, frame: &str| {
        page.send(&json!({ "action": frame }).to_string()).await;
        page.send("").await;
        page.next_of("error").await;
    };
    send(&mut page, "away").await;
    admin.answer(&hash, "It is in stock.").await;
    shop.advance(A_MINUTE).await;
    assert_eq!(shop.mails_to(ADA).len(), 1, "the page is open, and hidden");
    // She returns, reads and stays: no further notice.
    send(&mut page, "back").await;
    customer.read(&hash).await;
    shop.advance(20 * MINUTE).await;
    admin.answer(&hash, "Shall I keep one?").await;
    shop.advance(A_MINUTE).await;
    assert_eq!(shop.mails_to(ADA).len(), 1, "she is present");
    // She leaves the page open: the next check, 5 minutes after the message, finds her away.
    send(&mut page, "away").await;
    shop.advance(3 * MINUTE).await;
    assert_eq!(shop.mails_to(ADA).len(), 1);
    shop.advance(MINUTE).await;
    assert_eq!(shop.mails_to(ADA).len(), 2);
    shop.advance(70 * MINUTE).await;
    assert_eq!(shop.mails_to(ADA).len(), 2, "one mail per episode");
}

#[tokio::test]
async fn a_customer_who_leaves_between_two_messages_is_notified_of_the_second() {
    let shop = Shop::with_stopped_clock(&[]).await;
    let hash = shop.customer("cus_ada").open().await;
    let socket = shop.socket(&shop.customer("cus_ada"), "store").await;
    shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    shop.advance(50).await;
    shop.admin("user_mia").answer(&hash, "Shall I keep one?").await;
    shop.advance(12).await;
    assert!(shop.mails_to(ADA).is_empty(), "she is connected");
    drop(socket);
    until_disconnected(&shop, &Principal::Customer(actor("cus_ada"))).await;
    shop.advance(50).await;
    assert_eq!(shop.mails_to(ADA).len(), 1);
}

#[tokio::test]
async fn an_open_tab_delays_the_notice_until_it_is_closed() {
    for (closes_after, notified_after) in [(2, 5), (6, 15), (30, 60)] {
        let shop = Shop::open().await;
        let customer = shop.customer("cus_ada");
        let hash = customer.open().await;
        let socket = shop.socket(&customer, "store").await;
        shop.admin("user_mia").answer(&hash, "It is in stock.").await;
        let mut now = 0;
        for check in [1, 5, 15]
            .map(|minute| minute * MINUTE + 1)
            .into_iter()
            .filter(|check| *check < closes_after * MINUTE)
        {
            shop.advance(check - now).await;
            now = check;
        }
        shop.advance(closes_after * MINUTE - now).await;
        assert!(shop.mails_to(ADA).is_empty(), "closed after {closes_after} minutes");
        drop(socket);
        until_disconnected(&shop, &Principal::Customer(actor("cus_ada"))).await;
        shop.advance((notified_after - closes_after - 1) * MINUTE).await;
        assert!(shop.mails_to(ADA).is_empty(), "before the check after {notified_after} minutes");
        shop.advance(MINUTE + 10).await;
        assert_eq!(shop.mails_to(ADA).len(), 1, "closed after {closes_after} minutes");
        shop.advance(2 * 60 * MINUTE).await;
        assert_eq!((shop.mails_to(ADA).len(), shop.running.dev.scheduler.pending()), (1, 0));
    }
}

#[tokio::test]
async fn a_tab_that_stays_open_leaves_the_message_to_the_digest_and_a_read_ends_the_checks() {
    let shop = Shop::open().await;
    let (ada, ben, mia) =
        (shop.customer("cus_ada"), shop.customer("cus_ben"), shop.admin("user_mia"));
    let sockets = [
        shop.socket(&ada, "store").await,
        shop.socket(&ben, "store").await,
        shop.socket(&mia, "admin").await,
    ];
    let (to_ada, to_ben) = (ada.open().await, ben.open().await);
    for hash in [&to_ada, &to_ben] {
        shop.admin("user_bob").answer(hash, "It is in stock.").await;
    }
    let to_mia = ada.open_with_admin("user_mia").await;
    ada.say(&to_mia, "Is it in stock?").await;
    shop.advance(3 * MINUTE).await;
    ben.read(&to_ben).await;
    for _ in 0..10 {
        shop.advance(10 * MINUTE).await;
    }
    assert!(shop.mails().is_empty());
    assert_eq!(shop.running.dev.scheduler.pending(), 0, "no checks are left");
    // Ada, and Mia. Nothing waits for Bob.
    assert_eq!(
        run_digest(&shop).await,
        Summary { sent: 2, ..Summary::default() },
        "an open tab delays no digest"
    );
    assert_eq!((shop.mails_to(ADA).len(), shop.mails_to(MIA).len()), (1, 1));
    drop(sockets);
}

#[tokio::test]
async fn several_messages_make_one_notice() {
    let shop = Shop::open().await;
    let hash = shop.customer("cus_ada").open().await;
    for body in ["one", "two", "three"] {
        shop.admin("user_mia").answer(&hash, body).await;
        shop.advance(5).await;
    }
    shop.advance(A_MINUTE).await;
    let mails = shop.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject, "You have 3 new messages from The Teapot Shop");
    assert!(
        mails[0].text.contains("> three") && !mails[0].text.contains("> one"),
        "{}",
        mails[0].text
    );
    shop.admin("user_bob").answer(&hash, "four").await;
    shop.advance(60 * MINUTE).await;
    assert_eq!(shop.mails().len(), 1, "not before a read");
}

#[tokio::test]
async fn the_next_notice_needs_a_read_and_fifteen_minutes() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = customer.open().await;
    admin.answer(&hash, "one").await;
    shop.advance(A_MINUTE).await;
    assert_eq!(shop.mails_to(ADA).len(), 1);
    customer.read(&hash).await;
    admin.answer(&hash, "two").await;
    shop.advance(A_MINUTE).await;
    shop.advance(12 * MINUTE).await;
    assert_eq!(shop.mails_to(ADA).len(), 1, "not within fifteen minutes of the last");
    shop.advance(3 * MINUTE).await;
    let mails = shop.mails_to(ADA);
    assert_eq!(mails.len(), 2, "without a further message");
    assert!(mails[1].text.contains("> two"), "{}", mails[1].text);
    // A read before the notice is due prevents it.
    customer.read(&hash).await;
    admin.answer(&hash, "three").await;
    shop.advance(A_MINUTE).await;
    customer.read(&hash).await;
    shop.advance(20 * MINUTE).await;
    assert_eq!(shop.mails_to(ADA).len(), 2);
}

#[tokio::test]
async fn two_conversations_make_two_notices_fifteen_minutes_apart() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    for hash in [customer.open().await, customer.open_with_admin("user_mia").await] {
        shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    }
    shop.advance(A_MINUTE).await;
    assert_eq!(shop.mails_to(ADA).len(), 1);
    shop.advance(16 * MINUTE).await;
    assert_eq!(shop.mails_to(ADA).len(), 2);
}

#[tokio::test]
async fn a_message_that_is_sent_and_deleted_prevents_no_later_notice() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = customer.open().await;
    for mails in 1..4 {
        admin.answer(&hash, "It is in stock.").await;
        shop.advance(A_MINUTE).await;
        assert_eq!(shop.mails_to(ADA).len(), mails);
        shop.advance(60 * MINUTE).await;
        let said = customer.say(&hash, "oops").await;
        customer.delete_message(&said).await;
        shop.advance(60 * MINUTE).await;
        assert_eq!(
            shop.mails_to(ADA).len(),
            mails,
            "a message counts as a read, even if it is deleted"
        );
    }
    // Nor does a later deletion bring back a notice of an older message.
    let mails = shop.mails_to(ADA).len();
    admin.answer(&hash, "It is in stock.").await;
    let said = customer.say(&hash, "oops").await;
    customer.delete_message(&said).await;
    shop.advance(60 * MINUTE).await;
    assert_eq!(shop.mails_to(ADA).len(), mails);
    // The same for an admin.
    let hash = customer.open_with_admin("user_mia").await;
    for mails in 1..3 {
        customer.say(&hash, "Is it in stock?").await;
        shop.advance(A_MINUTE).await;
        assert_eq!(shop.mails_to(MIA).len(), mails);
        shop.advance(60 * MINUTE).await;
        let said = admin.answer(&hash, "oops").await;
        admin.delete_message(&said).await;
    }
}

#[tokio::test]
async fn staff_see_when_a_customer_was_notified_and_customers_do_not() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = customer.open().await;
    admin.answer(&hash, "It is in stock.").await;
    let member = async || admin.messages(&hash).await["members"][0].clone();
    assert_eq!(member().await["notified_at"], json!(null));
    shop.advance(A_MINUTE).await;
    let notified = member().await;
    assert_eq!(notified["user_id"], "cus_ada");
    assert!(notified["notified_at"].as_str().is_some_and(|at| at.ends_with('Z')), "{notified}");
    let listed = admin.channels().await["channels"][0]["members"][0].clone();
    assert_eq!(listed["notified_at"], notified["notified_at"]);
    let read = customer.read(&hash).await["member"].clone();
    let page = customer.messages(&hash).await["members"][0].clone();
    let events = customer.events_after(&hash, 0).await["members"][0].clone();
    for seen in [read, page, events] {
        assert_eq!(seen["user_id"], "cus_ada");
        assert!(seen.get("notified_at").is_none(), "{seen}");
    }
}

#[tokio::test]
async fn guests_get_no_mail() {
    let shop = Shop::open().await;
    let guest = shop.guest();
    let hash = guest.open().await;
    guest.set_profile(json!({ "first_name": "Eve", "email": "eve@guests.example" })).await;
    guest.say(&hash, "see https://evil.example/x <b>now</b>").await;
    shop.advance(A_MINUTE).await;
    let mails = shop.mails_to(INBOX);
    assert_eq!(mails.len(), 1);
    assert!(mails[0].text.contains("Eve (not verified) wrote:"), "{}", mails[0].text);
    assert!(
        !mails[0].text.contains("https://evil") && !mails[0].html.contains("https://evil"),
        "a guest's link is no link"
    );
    assert!(!mails[0].html.contains("<b>now"), "a guest's HTML is escaped");

    shop.admin("user_mia").answer(&hash, "No, thank you.").await;
    shop.advance(A_MINUTE).await;
    run_digest(&shop).await;
    shop.advance(DAY).await;
    shop.admin("user_mia").answer(&hash, "Still no.").await;
    shop.advance(A_MINUTE).await;
    run_digest(&shop).await;
    for mail in shop.mails() {
        assert!(mail.to == [INBOX] || mail.to == [MIA], "{:?}", mail.to);
        assert!(!format!("{mail:?}").contains("eve@guests.example"));
    }
}

#[tokio::test]
async fn a_disabled_chat_schedules_and_mails_nothing() {
    let shop = Shop::with(&[("CHAT_V1_ENABLED", "false")]).await;
    let app = &shop.running.app;
    // Messages from before the chat was disabled: the routes refuse new ones.
    let (customer, staff) =
        (Principal::Customer(actor("cus_ada")), Principal::Admin(actor("user_mia")));
    let state = http::AppState::new(app.clone()).unwrap();
    let pair = Pair::new(actor("cus_ada"), actor("admin"), &actor("admin")).unwrap();
    app.store
        .open(
            &pair,
            store::With::Admin,
            &customer,
            &api::terms(&state, &customer, "address"),
            app.clock.now(),
        )
        .await
        .unwrap();
    for sender in [customer, staff] {
        let body = MessageBody::parse("hello".to_owned()).unwrap();
        let event_id = app.event_id().unwrap();
        let draft = Draft::text(sender, body, event_id);
        app.store
            .send(&pair.hash(), &draft, app.clock.now(), app.config.send_limit, false)
            .await
            .unwrap();
    }
    shop.settle().await;
    assert_eq!(shop.running.dev.scheduler.pending(), 0);
    // Schedules from before the chat was disabled.
    for side in [Side::Member, Side::Staff] {
        let due = Notice::new(&pair.hash().key(), side, Episode::default());
        shop.running.app.clock.advance(A_MINUTE * 1_000);
        assert_eq!(
            notice::handle(Notices::new(app), due.into()).await.unwrap(),
            Outcome::NoRecipient
        );
    }
    assert_eq!(run_digest(&shop).await, Summary::default());
    shop.advance(DAY).await;
    assert_eq!(run_digest(&shop).await, Summary::default());
    assert!(shop.mails().is_empty());
}

#[tokio::test]
async fn a_clock_that_ran_ahead_delays_no_notice() {
    let shop = Shop::by_hand(&[]).await;
    let hash = shop.customer("cus_ada").open().await;
    shop.running.app.clock.advance(DAY * 1_000);
    shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    // The notice runs by a clock that is right.
    let app = app::App::new(shop.running.app.config.clone(), app::Clock::default());
    let key = domain::ChannelHash::parse(&hash).unwrap().key();
    let notice = Notice::new(&key, Side::Member, Episode { mark: 0, sent: 1 });
    assert_eq!(notice::handle(Notices::new(&app), notice.into()).await.unwrap(), Outcome::Sent);
}
