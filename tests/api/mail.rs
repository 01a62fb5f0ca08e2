//! Mails to those who are away: the notice, the digest, and how they end (contract section 6).

use axum::body::{Bytes, to_bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use digest::Summary;
use domain::{
    ActorId, Draft, EmailAddress, Episode, MessageBody, MessageType, Pair, Principal, Side,
};
use harness::{Client, Shop};
use local::dev::outbox::Mail;
use notice::{Notices, Outcome};
use runtime::unsubscribe::{digest_of_address, digest_of_person};
use schedule::Notice;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const MINUTE: i64 = 60;
/// After this a message is a minute old, and a bit: what is due for it happens.
const A_MINUTE: i64 = MINUTE + 1;
const DAY: i64 = 24 * 3_600;
const ADA: &str = "cus_ada@customers.example";
const MIA: &str = "user_mia@staff.example";
const INBOX: &str = "inbox@shop.example";

/// The mails to an address, the newest last.
fn mails_to(shop: &Shop, address: &str) -> Vec<Mail> {
    shop.running.dev.outbox.mails().into_iter().filter(|mail| mail.to == [address]).collect()
}

/// Lets time go by: what is due happens.
async fn wait(shop: &Shop, seconds: i64) {
    shop.running.background.advance(seconds).await;
}

async fn read(client: &Client, scope: &str, hash: &str) {
    client.put(&format!("/{scope}/chat/channels/{hash}/read"), json!({})).await.ok();
}

/// Runs the digest, in which nobody may be left over.
async fn run_digest(shop: &Shop) -> Summary {
    shop.running.background.digest().await.expect("a run")
}

/// Opens the channel of a customer with this admin; answers its hash.
async fn open_with(customer: &Client, admin: &str) -> String {
    let opened = customer.post("/store/chat/channels", json!({ "admin_id": admin })).await.ok();
    opened["channel"]["channel_hash"].as_str().expect("a hash").to_owned()
}

/// Waits until no socket of somebody is open any more.
async fn gone(shop: &Shop, person: &Principal) {
    let app = &shop.running.app;
    let is_gone =
        async || app.store.connections_of(person, app.clock.now()).await.unwrap().is_empty();
    harness::until("no socket is left", is_gone).await;
}

fn actor(id: &str) -> ActorId {
    ActorId::parse(id).expect("an id")
}

/// A page, as a browser gets it.
struct Page {
    status: u16,
    headers: HeaderMap,
    html: String,
}

/// Follows the link of a mail by `GET`, or as mail clients do with one click by `POST`; without any
/// credentials.
async fn visit(shop: &Shop, method: Method, path: &str) -> Page {
    let names = ["host", "content-type"].map(HeaderName::from_static);
    let values = ["chat.test", "application/x-www-form-urlencoded"].map(HeaderValue::from_static);
    let headers: HeaderMap = names.into_iter().zip(values).collect();
    let body = if method == Method::POST {
        Bytes::from("List-Unsubscribe=One-Click")
    } else {
        Bytes::new()
    };
    let (parts, body) =
        shop.running.gateway.respond(method, path, &headers, body, "192.0.2.1").await.into_parts();
    let html = to_bytes(body, usize::MAX).await.expect("a body");
    Page {
        status: parts.status.as_u16(),
        headers: parts.headers,
        html: String::from_utf8(html.to_vec()).expect("text"),
    }
}

/// The path to which a mail's unsubscribe link leads.
fn link(mail: &Mail) -> String {
    let url = mail.headers["List-Unsubscribe"].trim_matches(['<', '>']);
    url[url.find("/chat/").expect("a link")..].to_owned()
}

/// Hands over what SES says of mails, as SNS does.
async fn told_by_ses(shop: &Shop, messages: &[String]) {
    let record = |message: &String| {
        json!({
            "EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": "arn:aws:sns:local-1:000000000000:feedback:1",
            "Sns": {
                "Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:local-1:000000000000:feedback", "Subject": null,
                "Message": message, "Timestamp": "2026-03-26T12:00:00.000Z", "SignatureVersion": "1", "Signature": "x",
                "SigningCertUrl": "https://sns.example/x.pem", "UnsubscribeUrl": "https://sns.example/", "MessageAttributes": {},
            },
        })
    };
    let event = json!({ "Records": messages.iter().map(record).collect::<Vec<_>>() });
    feedback::heed(
        shop.running.app.clone(),
        serde_json::from_value(event).expect("an event of SNS"),
    )
    .await
    .expect("heeded");
}

#[tokio::test]
async fn a_customer_who_is_away_gets_one_mail_a_minute_after_staff_wrote() {
    let shop = Shop::with_stopped_clock(&[]).await;
    let hash = shop.customer("cus_ada").open().await;
    shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    wait(&shop, 30).await;
    assert!(shop.running.dev.outbox.mails().is_empty(), "too early");
    wait(&shop, 31).await;
    let mails = shop.running.dev.outbox.mails();
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
    assert!(!unsubscribe.contains("cus_ada"), "it says nothing of who it is: {unsubscribe}");
    assert_eq!(mail.headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");
    assert!(
        mail.text.contains(&link(mail)) && mail.html.contains(&link(mail)),
        "the same link for people"
    );
    wait(&shop, 20 * MINUTE).await;
    assert_eq!(shop.running.dev.outbox.mails().len(), 1);
    assert_eq!(shop.running.dev.scheduler.pending(), 0);
}

#[tokio::test]
async fn whoever_reads_in_time_gets_no_mail() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    let hash = customer.open().await;
    shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    read(&customer, "store", &hash).await;
    wait(&shop, A_MINUTE).await;
    assert!(shop.running.dev.outbox.mails().is_empty());
    assert_eq!(run_digest(&shop).await, Summary::default());
    // Nor does anybody whose message was taken back.
    let said = shop.admin("user_mia").answer(&hash, "Wrong chat").await;
    shop.admin("user_mia")
        .delete(&format!("/admin/chat/messages/id/{}", said["id"].as_str().unwrap()))
        .await
        .ok();
    wait(&shop, A_MINUTE).await;
    assert!(shop.running.dev.outbox.mails().is_empty());
    assert_eq!(run_digest(&shop).await, Summary::default());
}

#[tokio::test]
async fn whoever_is_there_gets_no_mail_and_whoever_has_left_gets_the_next() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = customer.open().await;
    let socket = shop.socket(&customer, "store").await;
    admin.answer(&hash, "Are you there?").await;
    wait(&shop, A_MINUTE).await;
    assert!(shop.running.dev.outbox.mails().is_empty(), "the message is unread, but on the screen");
    drop(socket);
    gone(&shop, &Principal::Customer(actor("cus_ada"))).await;
    // Other people's sockets are no reason to be silent.
    let _staff = shop.socket(&admin, "admin").await;
    let _other = shop.socket(&shop.customer("cus_ben"), "store").await;
    admin.answer(&hash, "It is in stock.").await;
    wait(&shop, A_MINUTE).await;
    let mails = mails_to(&shop, ADA);
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject, "You have 2 new messages from The Teapot Shop");
}

#[tokio::test]
async fn many_messages_in_a_row_make_one_mail() {
    let shop = Shop::open().await;
    let hash = shop.customer("cus_ada").open().await;
    for body in ["one", "two", "three"] {
        shop.admin("user_mia").answer(&hash, body).await;
        wait(&shop, 5).await;
    }
    wait(&shop, A_MINUTE).await;
    let mails = shop.running.dev.outbox.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject, "You have 3 new messages from The Teapot Shop");
    assert!(
        mails[0].text.contains("> three") && !mails[0].text.contains("> one"),
        "{}",
        mails[0].text
    );
    shop.admin("user_bob").answer(&hash, "four").await;
    wait(&shop, 60 * MINUTE).await;
    assert_eq!(shop.running.dev.outbox.mails().len(), 1, "not before they have looked");
}

#[tokio::test]
async fn the_next_mail_comes_for_who_has_read_once_a_quarter_of_an_hour_is_over() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = customer.open().await;
    admin.answer(&hash, "one").await;
    wait(&shop, A_MINUTE).await;
    assert_eq!(mails_to(&shop, ADA).len(), 1);
    read(&customer, "store", &hash).await;
    admin.answer(&hash, "two").await;
    wait(&shop, A_MINUTE).await;
    wait(&shop, 12 * MINUTE).await;
    assert_eq!(mails_to(&shop, ADA).len(), 1, "not within fifteen minutes of the last");
    wait(&shop, 3 * MINUTE).await;
    let mails = mails_to(&shop, ADA);
    assert_eq!(mails.len(), 2, "by itself");
    assert!(mails[1].text.contains("> two"), "{}", mails[1].text);
    // Whoever comes back meanwhile needs none.
    read(&customer, "store", &hash).await;
    admin.answer(&hash, "three").await;
    wait(&shop, A_MINUTE).await;
    read(&customer, "store", &hash).await;
    wait(&shop, 20 * MINUTE).await;
    assert_eq!(mails_to(&shop, ADA).len(), 2);
}

#[tokio::test]
async fn two_conversations_of_a_customer_do_not_make_two_mails_at_once() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    for hash in [customer.open().await, open_with(&customer, "user_mia").await] {
        shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    }
    wait(&shop, A_MINUTE).await;
    assert_eq!(mails_to(&shop, ADA).len(), 1);
    wait(&shop, 16 * MINUTE).await;
    assert_eq!(mails_to(&shop, ADA).len(), 2);
}

#[tokio::test]
async fn a_mail_waits_until_the_shop_says_where_it_goes() {
    let shop = Shop::open().await;
    shop.running.dev.medusa.set_down(true);
    let hash = shop.customer("cus_ada").open().await;
    shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    wait(&shop, A_MINUTE).await;
    assert!(shop.running.dev.outbox.mails().is_empty());
    shop.running.dev.medusa.set_down(false);
    wait(&shop, A_MINUTE).await;
    assert_eq!(mails_to(&shop, ADA).len(), 1);
}

#[tokio::test]
async fn a_question_to_the_shop_goes_to_its_inbox_while_no_admin_is_there() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    let hash = customer.open().await;
    let socket = shop.socket(&shop.admin("user_bob"), "admin").await;
    customer.say(&hash, "Is it in stock?").await;
    wait(&shop, A_MINUTE).await;
    assert!(shop.running.dev.outbox.mails().is_empty(), "somebody is there");
    drop(socket);
    gone(&shop, &Principal::Admin(actor("user_bob"))).await;
    customer.say(&hash, "Hello?").await;
    wait(&shop, A_MINUTE).await;
    let mails = shop.running.dev.outbox.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(mail.to, [INBOX]);
    assert_eq!(mail.subject, "A customer is waiting for an answer – The Teapot Shop");
    let chat = &shop.running.app.config.mail.admin_url;
    for part in ["2 messages are unread", "Ada Customer wrote:", "> Hello?", "Answer", chat] {
        assert!(mail.text.contains(part), "{part} is not in {}", mail.text);
    }
    customer.say(&hash, "Is nobody there?").await;
    wait(&shop, 20 * MINUTE).await;
    assert_eq!(mails_to(&shop, INBOX).len(), 1, "one until somebody has looked");
}

#[tokio::test]
async fn a_question_to_an_admin_goes_to_that_admin() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    let hash = open_with(&customer, "user_mia").await;
    // A colleague may be there: it is Mia who was asked.
    let _colleague = shop.socket(&shop.admin("user_bob"), "admin").await;
    customer.say(&hash, "Is it in stock?").await;
    wait(&shop, A_MINUTE).await;
    let mails = shop.running.dev.outbox.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, [MIA]);
    for part in ["Hello Mia,", "Ada Customer wrote:", "> Is it in stock?"] {
        assert!(mails[0].text.contains(part), "{part} is not in {}", mails[0].text);
    }
    let mia = shop.admin("user_mia");
    read(&mia, "admin", &hash).await;
    let _mia = shop.socket(&mia, "admin").await;
    customer.say(&hash, "And the lid?").await;
    wait(&shop, 20 * MINUTE).await;
    assert_eq!(shop.running.dev.outbox.mails().len(), 1, "Mia is there");
}

#[tokio::test]
async fn what_an_admin_has_read_needs_no_mail() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    let (to_shop, to_mia) = (customer.open().await, open_with(&customer, "user_mia").await);
    for hash in [&to_shop, &to_mia] {
        customer.say(hash, "Is it in stock?").await;
    }
    read(&shop.admin("user_bob"), "admin", &to_shop).await;
    read(&shop.admin("user_mia"), "admin", &to_mia).await;
    wait(&shop, A_MINUTE).await;
    assert!(shop.running.dev.outbox.mails().is_empty());
}

#[tokio::test]
async fn what_an_admin_has_answered_needs_no_mail() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    let (to_shop, to_mia) = (customer.open().await, open_with(&customer, "user_mia").await);
    for hash in [&to_shop, &to_mia] {
        customer.say(hash, "Is it in stock?").await;
    }
    // Whoever answers has seen the question, though no client of theirs has said so.
    shop.admin("user_bob").answer(&to_shop, "It is.").await;
    shop.admin("user_mia").answer(&to_mia, "It is.").await;
    wait(&shop, A_MINUTE).await;
    assert_eq!((mails_to(&shop, INBOX).len(), mails_to(&shop, MIA).len()), (0, 0));
    // What comes after that is a new question.
    for hash in [&to_shop, &to_mia] {
        customer.say(hash, "And the lid?").await;
    }
    wait(&shop, A_MINUTE).await;
    assert_eq!((mails_to(&shop, INBOX).len(), mails_to(&shop, MIA).len()), (1, 1));
}

#[tokio::test]
async fn guests_never_get_mail_whatever_they_typed() {
    let shop = Shop::open().await;
    let guest = shop.guest();
    let hash = guest.open().await;
    guest
        .put("/store/chat/profile", json!({ "first_name": "Eve", "email": "eve@guests.example" }))
        .await
        .ok();
    guest.say(&hash, "see https://evil.example/x <b>now</b>").await;
    wait(&shop, A_MINUTE).await;
    let mails = mails_to(&shop, INBOX);
    assert_eq!(mails.len(), 1);
    assert!(mails[0].text.contains("Eve (not verified) wrote:"), "{}", mails[0].text);
    assert!(
        !mails[0].text.contains("https://evil") && !mails[0].html.contains("https://evil"),
        "no link of theirs"
    );
    assert!(!mails[0].html.contains("<b>now"), "no HTML of theirs");

    shop.admin("user_mia").answer(&hash, "No, thank you.").await;
    wait(&shop, A_MINUTE).await;
    run_digest(&shop).await;
    wait(&shop, DAY).await;
    shop.admin("user_mia").answer(&hash, "Still no.").await;
    wait(&shop, A_MINUTE).await;
    run_digest(&shop).await;
    for mail in shop.running.dev.outbox.mails() {
        assert!(mail.to == [INBOX] || mail.to == [MIA], "{:?}", mail.to);
        assert!(!format!("{mail:?}").contains("eve@guests.example"));
    }
}

#[tokio::test]
async fn staff_sees_when_a_mail_was_sent_and_customers_do_not() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = customer.open().await;
    admin.answer(&hash, "It is in stock.").await;
    let member = async || {
        admin.get(&format!("/admin/chat/messages/{hash}")).await.ok()["members"][0].clone()
    };
    assert_eq!(member().await["notified_at"], json!(null));
    wait(&shop, A_MINUTE).await;
    let told = member().await;
    assert_eq!(told["user_id"], "cus_ada");
    assert!(told["notified_at"].as_str().is_some_and(|at| at.ends_with('Z')), "{told}");
    let listed = admin.get("/admin/chat/channels").await.ok()["channels"][0]["members"][0].clone();
    assert_eq!(listed["notified_at"], told["notified_at"]);
    let read =
        customer.put(&format!("/store/chat/channels/{hash}/read"), json!({})).await.ok()["member"]
            .clone();
    let page =
        customer.get(&format!("/store/chat/messages/{hash}")).await.ok()["members"][0].clone();
    let events = customer.get(&format!("/store/chat/channels/{hash}/events")).await.ok()["members"]
        [0]
    .clone();
    for seen in [read, page, events] {
        assert_eq!(seen["user_id"], "cus_ada");
        assert!(seen.get("notified_at").is_none(), "{seen}");
    }
}

#[tokio::test]
async fn a_customer_gets_one_digest_of_all_conversations() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    let (to_shop, to_mia) = (customer.open().await, open_with(&customer, "user_mia").await);
    shop.customer("cus_ben").open().await;
    shop.admin("user_mia").answer(&to_shop, "one").await;
    shop.admin("user_mia").answer(&to_mia, "two").await;
    assert_eq!(run_digest(&shop).await, Summary { sent: 1, ..Summary::default() });
    let mails = shop.running.dev.outbox.mails();
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(mail.to, [ADA]);
    assert_eq!(mail.subject, "2 unread messages – The Teapot Shop");
    for part in
        ["Hello Ada,", "The Teapot Shop – 1 unread", "> one", "Mia Staff – 1 unread", "> two"]
    {
        assert!(mail.text.contains(part), "{part} is not in {}", mail.text);
    }
    assert_eq!(mail.headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");
    assert!(link(mail).starts_with("/chat/unsubscribe/"));
    let members = shop.admin("user_mia").get(&format!("/admin/chat/messages/{to_shop}")).await.ok()
        ["members"]
        .clone();
    assert!(members[0]["notified_at"].is_string(), "{members}");
}

#[tokio::test]
async fn a_digest_comes_once_a_day_and_tells_what_is_new() {
    let shop = Shop::open().await;
    let hash = shop.customer("cus_ada").open().await;
    shop.admin("user_mia").answer(&hash, "one").await;
    assert_eq!(run_digest(&shop).await, Summary { sent: 1, ..Summary::default() });
    assert_eq!(run_digest(&shop).await, Summary::default(), "nothing is new");
    shop.admin("user_mia").answer(&hash, "two").await;
    assert_eq!(
        run_digest(&shop).await,
        Summary { done: 1, ..Summary::default() },
        "not twice a day"
    );
    assert_eq!(shop.running.dev.outbox.mails().len(), 1);

    wait(&shop, DAY).await;
    assert_eq!(run_digest(&shop).await, Summary { sent: 1, ..Summary::default() });
    let mails = mails_to(&shop, ADA);
    assert_eq!(mails.len(), 2);
    assert!(mails[1].text.contains("> two"), "{}", mails[1].text);
    wait(&shop, DAY).await;
    assert_eq!(run_digest(&shop).await, Summary::default(), "unread, but told of");
    shop.admin("user_mia").answer(&hash, "three").await;
    read(&shop.customer("cus_ada"), "store", &hash).await;
    assert_eq!(run_digest(&shop).await, Summary::default(), "read");
    assert_eq!(shop.running.dev.outbox.mails().len(), 2);
}

#[tokio::test]
async fn the_digest_repeats_nothing_of_which_a_notice_told() {
    let shop = Shop::open().await;
    let hash = shop.customer("cus_ada").open().await;
    shop.admin("user_mia").answer(&hash, "one").await;
    wait(&shop, A_MINUTE).await;
    assert_eq!(mails_to(&shop, ADA).len(), 1);
    assert_eq!(run_digest(&shop).await, Summary::default());
    // No second notice, as they have not looked: this is for the digest.
    shop.admin("user_mia").answer(&hash, "two").await;
    wait(&shop, A_MINUTE).await;
    assert_eq!(mails_to(&shop, ADA).len(), 1);
    assert_eq!(run_digest(&shop).await, Summary { sent: 1, ..Summary::default() });
}

#[tokio::test]
async fn admins_get_a_digest_of_what_is_new_unless_they_want_none() {
    let shop = Shop::open().await;
    shop.admin("user_mia").put("/admin/chat/profile", json!({})).await.ok();
    shop.admin("user_bob").put("/admin/chat/profile", json!({ "digest": false })).await.ok();
    let hash = shop.customer("cus_ada").open().await;
    shop.customer("cus_ada").say(&hash, "Is it in stock?").await;
    assert_eq!(run_digest(&shop).await, Summary { sent: 1, ..Summary::default() });
    let mails = shop.running.dev.outbox.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, [MIA]);
    assert_eq!(mails[0].subject, "1 unread message – The Teapot Shop");
    for part in ["Hello Mia,", "Ada Customer – 1 unread", "> Is it in stock?"] {
        assert!(mails[0].text.contains(part), "{part} is not in {}", mails[0].text);
    }
    assert_eq!(run_digest(&shop).await, Summary::default());
    shop.customer("cus_ada").say(&hash, "And the lid?").await;
    assert_eq!(
        run_digest(&shop).await,
        Summary { done: 1, ..Summary::default() },
        "not twice a day"
    );

    wait(&shop, DAY).await;
    assert_eq!(run_digest(&shop).await, Summary { sent: 1, ..Summary::default() });
    let mails = mails_to(&shop, MIA);
    assert_eq!(mails.len(), 2);
    assert!(mails[1].text.contains("> And the lid?"), "{}", mails[1].text);
    wait(&shop, DAY).await;
    assert_eq!(run_digest(&shop).await, Summary::default(), "unread, but told of");
    shop.customer("cus_ada").say(&hash, "Hello?").await;
    read(&shop.admin("user_mia"), "admin", &hash).await;
    assert_eq!(run_digest(&shop).await, Summary::default(), "read");
    assert!(mails_to(&shop, "user_bob@staff.example").is_empty());
}

#[tokio::test]
async fn looking_at_the_link_changes_nothing_and_the_button_ends_the_mails() {
    let shop = Shop::open().await;
    let hash = shop.customer("cus_ada").open().await;
    let admin = shop.admin("user_mia");
    admin.answer(&hash, "one").await;
    wait(&shop, A_MINUTE).await;
    let path = link(&mails_to(&shop, ADA)[0]);
    for _ in 0..3 {
        let page = visit(&shop, Method::GET, &path).await;
        assert_eq!(page.status, 200);
        assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
        assert!(
            page.html.contains("<form method=\"post\"><button>Unsubscribe</button></form>"),
            "{}",
            page.html
        );
        assert!(!page.html.contains("cus_ada"), "{}", page.html);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("form-action 'self'"),
            "{policy}"
        );
        assert_eq!(page.headers["cache-control"], "no-store");
        assert_eq!(page.headers["referrer-policy"], "no-referrer");
    }
    read(&shop.customer("cus_ada"), "store", &hash).await;
    admin.answer(&hash, "two").await;
    wait(&shop, 20 * MINUTE).await;
    assert_eq!(mails_to(&shop, ADA).len(), 2, "a link that was only looked at");

    for _ in 0..2 {
        let page = visit(&shop, Method::POST, &path).await;
        assert_eq!(page.status, 200);
        assert!(
            page.html.contains("no more emails") && !page.html.contains("<form"),
            "{}",
            page.html
        );
    }
    read(&shop.customer("cus_ada"), "store", &hash).await;
    admin.answer(&hash, "three").await;
    wait(&shop, 20 * MINUTE).await;
    assert_eq!(run_digest(&shop).await, Summary { unwanted: 1, ..Summary::default() });
    assert_eq!(mails_to(&shop, ADA).len(), 2, "neither notice nor digest");
    assert_eq!(run_digest(&shop).await, Summary::default(), "and nothing is tried again");
    // Others are not concerned.
    let other = shop.customer("cus_ben").open().await;
    admin.answer(&other, "one").await;
    wait(&shop, A_MINUTE).await;
    assert_eq!(mails_to(&shop, "cus_ben@customers.example").len(), 1);
}

#[tokio::test]
async fn links_that_are_not_ours_are_refused() {
    let another = "another master key, of another shop";
    let (shop, other) = (Shop::open().await, Shop::with(&[("MASTER_KEY", another)]).await);
    let token = async |shop: &Shop, id: &str| {
        let app = &shop.running.app;
        app.links.get(app.clock.now()).await.unwrap().token(&digest_of_person(&actor(id)))
    };
    let (ada, ben, foreign) = (
        token(&shop, "cus_ada").await,
        token(&shop, "cus_ben").await,
        token(&other, "cus_ada").await,
    );
    assert_ne!(ada, foreign);
    let half = ada.len() / 2;
    let wrong = [
        foreign,
        format!("{}{}", if ada.starts_with('a') { 'b' } else { 'a' }, &ada[1..]),
        format!("{}{}", &ada[..half], &ben[half..]),
        ada[..half].to_owned(),
        ada[..ada.len() - 1].to_owned(),
        format!("{ada}a"),
        ada.to_uppercase(),
        "cus_ada".to_owned(),
        "%C3%A9".repeat(half),
        "%00".repeat(half),
    ];
    for token in wrong {
        for method in ["GET", "POST"] {
            let reply =
                shop.nobody().send_raw(method, &format!("/chat/unsubscribe/{token}"), "").await;
            assert_eq!(
                reply.refused(400, "invalid_data"),
                "This link is not valid",
                "{method} {token}"
            );
        }
    }
    let hash = shop.customer("cus_ada").open().await;
    shop.admin("user_mia").answer(&hash, "one").await;
    wait(&shop, A_MINUTE).await;
    assert_eq!(mails_to(&shop, ADA).len(), 1, "nobody was unsubscribed");
    assert_eq!(visit(&shop, Method::GET, &format!("/chat/unsubscribe/{ada}")).await.status, 200);
}

#[tokio::test]
async fn a_link_works_while_the_chat_is_off() {
    let shop = Shop::with(&[("CHAT_V1_ENABLED", "false")]).await;
    let app = &shop.running.app;
    let links = app.links.get(app.clock.now()).await.unwrap();
    let (person, address) = (
        digest_of_person(&actor("cus_ada")),
        digest_of_address(&EmailAddress::parse(ADA).unwrap()),
    );
    let path = format!("/chat/unsubscribe/{}", links.token(&person));
    let may_mail = async || shop.running.app.store.may_mail(&person, &address).await.unwrap();
    let page = visit(&shop, Method::GET, &path).await;
    assert_eq!((page.status, page.html.contains("<button>"), may_mail().await), (200, true, true));
    assert_eq!((visit(&shop, Method::POST, &path).await.status, may_mail().await), (200, false));
    assert_eq!((visit(&shop, Method::POST, &path).await.status, may_mail().await), (200, false));
}

#[tokio::test]
async fn an_admin_who_asks_for_the_digest_again_gets_it_again() {
    let shop = Shop::open().await;
    shop.admin("user_mia").put("/admin/chat/profile", json!({})).await.ok();
    let hash = shop.customer("cus_ada").open().await;
    shop.customer("cus_ada").say(&hash, "Is it in stock?").await;
    assert_eq!(run_digest(&shop).await, Summary { sent: 1, ..Summary::default() });
    let path = link(&mails_to(&shop, MIA)[0]);
    assert_eq!(visit(&shop, Method::POST, &path).await.status, 200);
    assert_eq!(
        shop.admin("user_mia").get("/admin/chat/profile").await.ok()["profile"]["digest"],
        false
    );
    wait(&shop, DAY).await;
    shop.customer("cus_ada").say(&hash, "Hello?").await;
    assert_eq!(run_digest(&shop).await, Summary { unwanted: 1, ..Summary::default() });
    shop.admin("user_mia").put("/admin/chat/profile", json!({ "first_name": "Mimi" })).await.ok();
    assert_eq!(
        run_digest(&shop).await,
        Summary { unwanted: 1, ..Summary::default() },
        "another name is no wish for mail"
    );
    shop.admin("user_mia").put("/admin/chat/profile", json!({ "digest": true })).await.ok();
    assert_eq!(run_digest(&shop).await, Summary { sent: 1, ..Summary::default() });
    let mails = mails_to(&shop, MIA);
    assert_eq!(mails.len(), 2);
    assert!(mails[1].text.contains("Hello Mimi,"), "{}", mails[1].text);
    assert_eq!(link(&mails[1]), path, "the same link, which works again");
}

#[tokio::test]
async fn addresses_that_bounce_or_complain_get_nothing_more() {
    let shop = Shop::open().await;
    for name in ["ada", "ben", "cleo", "dora"] {
        let hash = shop.customer(&format!("cus_{name}")).open().await;
        shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    }
    let bounce = |kind: &str, name: &str| {
        let recipients =
            json!([{ "emailAddress": format!("cus_{name}@customers.example"), "status": "5.1.1" }]);
        json!({ "eventType": "Bounce", "bounce": { "bounceType": kind, "bounceSubType": "General", "bouncedRecipients": recipients } })
    };
    let complaint = json!({
        "notificationType": "Complaint", "mail": { "messageId": "1" },
        "complaint": { "complainedRecipients": [{ "emailAddress": "Cleo <CUS_CLEO@customers.example>" }] },
    });
    let dora = json!([{ "emailAddress": "cus_dora@customers.example" }]);
    let odd = [
        json!({ "eventType": "Delivery", "delivery": { "recipients": ["cus_dora@customers.example"] } }),
        json!({ "eventType": "Reject", "bounce": { "bounceType": "Permanent", "bouncedRecipients": dora } }),
        json!({ "eventType": "Open", "complaint": { "complainedRecipients": dora } }),
        json!({ "eventType": "Bounce" }),
        json!({ "eventType": "Bounce", "bounce": { "bounceType": "Permanent", "bouncedRecipients": [{ "emailAddress": "no address" }] } }),
        json!(["cus_dora@customers.example"]),
    ];
    let mut messages = vec![
        bounce("Permanent", "ada").to_string(),
        bounce("Transient", "ben").to_string(),
        complaint.to_string(),
    ];
    messages.extend(odd.iter().map(Value::to_string));
    messages.push("Successfully validated SNS topic for Amazon SES event publishing.".to_owned());
    told_by_ses(&shop, &messages).await;

    wait(&shop, A_MINUTE).await;
    let mut told: Vec<String> =
        shop.running.dev.outbox.mails().into_iter().flat_map(|mail| mail.to).collect();
    told.sort();
    assert_eq!(told, ["cus_ben@customers.example", "cus_dora@customers.example"]);
    assert_eq!(run_digest(&shop).await, Summary { unwanted: 2, ..Summary::default() });
    assert_eq!(shop.running.dev.outbox.mails().len(), 2);
}

#[tokio::test]
async fn switched_off_nothing_is_set_for_later_and_nothing_is_mailed() {
    let shop = Shop::with(&[("CHAT_V1_ENABLED", "false")]).await;
    let app = &shop.running.app;
    // What is there from before: the routes let nobody write now.
    let (customer, staff) =
        (Principal::Customer(actor("cus_ada")), Principal::Admin(actor("user_mia")));
    let pair = Pair::new(actor("cus_ada"), actor("admin"), &actor("admin")).unwrap();
    app.store
        .open(&pair, &customer, &app.terms(&customer, "address"), app.clock.now())
        .await
        .unwrap();
    for sender in [customer, staff] {
        let body = MessageBody::parse("hello".to_owned()).unwrap();
        let event_id = app.event_id().unwrap();
        let draft = Draft {
            sender,
            body,
            message_type: MessageType::Text,
            client_message_id: None,
            event_id,
        };
        app.store.send(&pair.hash(), &draft, app.clock.now(), app.config.send_limit).await.unwrap();
    }
    shop.settle().await;
    assert_eq!(shop.running.dev.scheduler.pending(), 0);
    // Set for later while the chat was on.
    for side in [Side::Member, Side::Staff] {
        let due = Notice::new(&pair.hash().key(), side, Episode::default());
        shop.running.app.clock.advance(A_MINUTE * 1_000);
        assert_eq!(notice::tell(Notices::new(app), due).await.unwrap(), Outcome::Nobody);
    }
    assert_eq!(run_digest(&shop).await, Summary::default());
    wait(&shop, DAY).await;
    assert_eq!(run_digest(&shop).await, Summary::default());
    assert!(shop.running.dev.outbox.mails().is_empty());
}

#[tokio::test]
async fn no_header_holds_what_people_wrote_and_nothing_holds_their_secrets() {
    let shop = Shop::open().await;
    let now = shop.running.app.clock.now();
    let tokens = [local::customer_token("cus_ada", now), local::admin_token("user_mia", now)];
    let secrets = ["V1StGXR8_Z5jdHi6B-myT", tokens[0].as_str(), tokens[1].as_str()];
    let bearer = |token: &str| shop.nobody().with("authorization", &format!("Bearer {token}"));
    let guest = shop.nobody().with("guest_id_for_live_chat", secrets[0]);
    let (customer, admin) = (bearer(secrets[1]), bearer(secrets[2]));
    admin.put("/admin/chat/profile", json!({ "first_name": "Miranda" })).await.ok();
    let to_guest = guest.open().await;
    guest
        .put(
            "/store/chat/profile",
            json!({ "first_name": "Evangeline\r\nBcc: eve@guests.example" }),
        )
        .await
        .ok();
    guest.say(&to_guest, "Written by a guest\r\nBcc: eve@guests.example").await;
    let to_customer = customer.open().await;
    customer.say(&to_customer, "Written by a customer").await;
    wait(&shop, A_MINUTE).await;
    admin.answer(&to_customer, "Written by staff").await;
    wait(&shop, A_MINUTE).await;
    run_digest(&shop).await;

    let mails = shop.running.dev.outbox.mails();
    let to = |address: &str| mails.iter().filter(|mail| mail.to == [address]).count();
    assert_eq!((to(INBOX), to(ADA), to(MIA)), (2, 1, 1));
    let written = ["Written", "guests.example", "Evangeline", "Miranda", "Ada", "Customer"];
    for mail in &mails {
        let headers = format!("{:?} {}", mail.headers, mail.subject);
        for text in written.iter().chain(&secrets) {
            assert!(!headers.contains(text), "{text} is in {headers}");
        }
        for secret in secrets {
            assert!(!format!("{mail:?}").contains(secret), "{secret} is in {mail:?}");
        }
    }
    let events = shop.running.dev.bus.events();
    assert!(events.len() >= 7, "three messages, four mails: {}", events.len());
    for mut event in events {
        for secret in secrets {
            assert!(!event.to_string().contains(secret), "{secret} is in {event}");
        }
        event["detail"] = Value::Null;
        for text in written {
            assert!(!event.to_string().contains(text), "{text} is in {event}");
        }
    }
}

#[tokio::test]
async fn whoever_leaves_between_two_messages_is_told_of_the_second() {
    let shop = Shop::with_stopped_clock(&[]).await;
    let hash = shop.customer("cus_ada").open().await;
    let socket = shop.socket(&shop.customer("cus_ada"), "store").await;
    shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    wait(&shop, 50).await;
    shop.admin("user_mia").answer(&hash, "Shall I keep one?").await;
    wait(&shop, 12).await;
    assert!(mails_to(&shop, ADA).is_empty(), "she is there");
    drop(socket);
    gone(&shop, &Principal::Customer(actor("cus_ada"))).await;
    wait(&shop, 50).await;
    assert_eq!(mails_to(&shop, ADA).len(), 1);
}

#[tokio::test]
async fn what_is_no_medusa_says_nothing_of_anybody() {
    // A page that is not there, as of a wrong MEDUSA_URL, is not a customer who is not there.
    let shop = Shop::by_hand(&[("MEDUSA_URL", "")]).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let wrong = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 9\r\nconnection: close\r\n\r\nnot found").await;
        }
    });
    let mut config = shop.running.app.config.clone();
    config.outside.medusa_url = Some(wrong);
    let app = runtime::App::new(config, shop.running.app.clock.clone()).unwrap();
    let hash = shop.customer("cus_eve").open().await;
    shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    let directory = directory::Directory::new(&app);
    let person = directory.person(&actor("cus_eve"), app.clock.now()).await.unwrap();
    assert!(person.vouched.is_none() && directory.may_learn_of(&person));
    assert!(
        digest::run(digest::Digest::new(&app), Value::Null).await.is_err(),
        "she is left, not given up"
    );
    let key = domain::ChannelHash::parse(&hash).unwrap().key();
    assert!(app.store.channel_of_key(&key).await.unwrap().unwrap().waiting_since.is_some());
}

/// The same application with another sender.
fn sends_from(shop: &Shop, address: &str) -> runtime::App {
    let mut config = shop.running.app.config.clone();
    config.mail.from = EmailAddress::parse(address);
    runtime::App::new(config, shop.running.app.clock.clone()).expect("an application")
}

/// How often SES was called.
fn calls_of_ses(shop: &Shop) -> usize {
    shop.wire.calls().iter().filter(|call| call.operation == "SendRawEmail").count()
}

/// The notices that are due now, taken out of the schedules.
fn due_notices(shop: &Shop) -> Vec<Notice> {
    let due = shop.running.dev.scheduler.take_due(shop.running.app.clock.now());
    due.into_iter().map(|due| serde_json::from_value(due.input).expect("a notice")).collect()
}

#[tokio::test]
async fn while_the_sender_is_not_verified_everybody_waits_and_then_gets_the_mail() {
    let shop = Shop::by_hand(&[("MAIL_FROM", "unverified@shop.example")]).await;
    for n in 0..3 {
        let hash = shop.customer(&format!("cus_{n}")).open().await;
        shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    }
    shop.deliver_all().await;
    shop.running.app.clock.advance(A_MINUTE * 1_000);
    let notices = due_notices(&shop);
    assert_eq!(notices.len(), 3);
    for notice in &notices {
        assert!(
            notice::tell(Notices::new(&shop.running.app), notice.clone()).await.is_err(),
            "Lambda calls again"
        );
    }
    assert!(
        digest::run(digest::Digest::new(&shop.running.app), Value::Null).await.is_err(),
        "Lambda calls again"
    );
    assert!(shop.running.dev.outbox.mails().is_empty());

    let verified = sends_from(&shop, "chat@shop.example");
    assert_eq!(
        notice::tell(Notices::new(&verified), notices[0].clone()).await.unwrap(),
        Outcome::Sent
    );
    let summary = digest::run(digest::Digest::new(&verified), Value::Null).await.unwrap();
    assert_eq!(summary, Summary { sent: 2, ..Summary::default() });
}

#[tokio::test]
async fn in_the_sandbox_who_is_not_verified_waits_and_stops_nobody() {
    let shop = Shop::open().await;
    for n in 0..12 {
        if n < 11 {
            let address = format!("unverified{n}@customers.example");
            shop.running.dev.medusa.rename(&format!("cus_{n}"), "Eve", "Customer", Some(&address));
        }
        let hash = shop.customer(&format!("cus_{n}")).open().await;
        shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    }
    assert!(shop.running.background.digest().await.is_err(), "eleven are left");
    assert_eq!(shop.running.dev.outbox.mails().len(), 1, "and the twelfth is not");
    for n in 0..11 {
        shop.running.dev.medusa.rename(
            &format!("cus_{n}"),
            "Eve",
            "Customer",
            Some(&format!("eve{n}@customers.example")),
        );
    }
    assert_eq!(run_digest(&shop).await, Summary { sent: 11, ..Summary::default() });
}

#[tokio::test]
async fn a_digest_of_which_ses_takes_nothing_stops_early_and_marks_nobody() {
    const CUSTOMERS: u64 = 30;
    let shop = Shop::by_hand(&[("MAIL_FROM", "unverified@shop.example")]).await;
    for n in 0..CUSTOMERS {
        let hash = shop.customer(&format!("cus_{n}")).open().await;
        shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    }
    shop.deliver_all().await;
    for _ in 0..3 {
        shop.wire.reset();
        let failed = digest::run(digest::Digest::new(&shop.running.app), Value::Null)
            .await
            .expect_err("it says so");
        assert!(failed.to_string().contains("SES takes no mail"), "{failed}");
        // Five in a row, and those that were sent concurrently with the fifth.
        assert!(calls_of_ses(&shop) < 10, "{} calls", calls_of_ses(&shop));
    }
    let verified = sends_from(&shop, "chat@shop.example");
    let summary = digest::run(digest::Digest::new(&verified), Value::Null).await.unwrap();
    assert_eq!(summary, Summary { sent: CUSTOMERS, ..Summary::default() });
}

#[tokio::test]
async fn the_pace_is_one_of_mails_and_not_of_people() {
    let shop = Shop::by_hand(&[]).await;
    let app = &shop.running.app;
    for n in 0..20 {
        let hash = shop.customer(&format!("cus_{n}")).open().await;
        shop.admin("user_mia").answer(&hash, "It is in stock.").await;
        if n > 2 {
            app.store
                .opt_out(&digest_of_person(&actor(&format!("cus_{n}"))), app.clock.now())
                .await
                .unwrap();
        }
    }
    shop.deliver_all().await;
    let pace = digest::Pace::new(1_000);
    let summary = digest::run_at(digest::Digest::new(app), pace.clone()).await.unwrap();
    assert_eq!(summary, Summary { sent: 3, unwanted: 17, ..Summary::default() });
    assert_eq!(pace.turns(), 3);
}

#[tokio::test]
async fn an_open_tab_delays_a_mail_until_it_is_closed() {
    for (closes_after, told_after) in [(2, 5), (6, 15), (30, 60)] {
        let shop = Shop::open().await;
        let customer = shop.customer("cus_ada");
        let hash = customer.open().await;
        let socket = shop.socket(&customer, "store").await;
        shop.admin("user_mia").answer(&hash, "It is in stock.").await;
        let mut now = 0;
        for look in [1, 5, 15]
            .map(|minute| minute * MINUTE + 1)
            .into_iter()
            .filter(|look| *look < closes_after * MINUTE)
        {
            wait(&shop, look - now).await;
            now = look;
        }
        wait(&shop, closes_after * MINUTE - now).await;
        assert!(mails_to(&shop, ADA).is_empty(), "closed after {closes_after} minutes");
        drop(socket);
        gone(&shop, &Principal::Customer(actor("cus_ada"))).await;
        wait(&shop, (told_after - closes_after - 1) * MINUTE).await;
        assert!(mails_to(&shop, ADA).is_empty(), "before the look after {told_after} minutes");
        wait(&shop, MINUTE + 10).await;
        assert_eq!(mails_to(&shop, ADA).len(), 1, "closed after {closes_after} minutes");
        wait(&shop, 2 * 60 * MINUTE).await;
        assert_eq!((mails_to(&shop, ADA).len(), shop.running.dev.scheduler.pending()), (1, 0));
    }
}

#[tokio::test]
async fn a_tab_that_stays_open_is_left_to_the_digest_and_a_read_ends_the_looks() {
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
    let to_mia = open_with(&ada, "user_mia").await;
    ada.say(&to_mia, "Is it in stock?").await;
    wait(&shop, 3 * MINUTE).await;
    read(&ben, "store", &to_ben).await;
    for _ in 0..10 {
        wait(&shop, 10 * MINUTE).await;
    }
    assert!(shop.running.dev.outbox.mails().is_empty());
    assert_eq!(shop.running.dev.scheduler.pending(), 0, "nothing looks for ever");
    // Ada, Mia, and Bob, who is known too.
    assert_eq!(
        run_digest(&shop).await,
        Summary { sent: 3, ..Summary::default() },
        "an open tab keeps no digest back"
    );
    assert_eq!((mails_to(&shop, ADA).len(), mails_to(&shop, MIA).len()), (1, 1));
    drop(sockets);
}

#[tokio::test]
async fn staff_who_leave_with_a_question_unread_are_told_of_it() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_ada");
    let (to_shop, to_mia) = (customer.open().await, open_with(&customer, "user_mia").await);
    let socket = shop.socket(&shop.admin("user_mia"), "admin").await;
    for hash in [&to_shop, &to_mia] {
        customer.say(hash, "Is it in stock?").await;
    }
    wait(&shop, 2 * MINUTE).await;
    assert!(shop.running.dev.outbox.mails().is_empty());
    drop(socket);
    gone(&shop, &Principal::Admin(actor("user_mia"))).await;
    wait(&shop, 4 * MINUTE).await;
    assert_eq!((mails_to(&shop, INBOX).len(), mails_to(&shop, MIA).len()), (1, 1));
}

#[tokio::test]
async fn writing_and_deleting_swallows_no_later_mail() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = customer.open().await;
    for told in 1..4 {
        admin.answer(&hash, "It is in stock.").await;
        wait(&shop, A_MINUTE).await;
        assert_eq!(mails_to(&shop, ADA).len(), told);
        wait(&shop, 60 * MINUTE).await;
        let said = customer.say(&hash, "oops").await;
        customer
            .delete(&format!("/store/chat/messages/id/{}", said["id"].as_str().unwrap()))
            .await
            .ok();
        wait(&shop, 60 * MINUTE).await;
        assert_eq!(
            mails_to(&shop, ADA).len(),
            told,
            "who writes has looked, even if they delete it"
        );
    }
    // Nor is a mail sent about what came before, once it is deleted.
    let told = mails_to(&shop, ADA).len();
    admin.answer(&hash, "It is in stock.").await;
    let said = customer.say(&hash, "oops").await;
    customer
        .delete(&format!("/store/chat/messages/id/{}", said["id"].as_str().unwrap()))
        .await
        .ok();
    wait(&shop, 60 * MINUTE).await;
    assert_eq!(mails_to(&shop, ADA).len(), told);
    // The same on the side of the staff.
    let hash = open_with(&customer, "user_mia").await;
    for told in 1..3 {
        customer.say(&hash, "Is it in stock?").await;
        wait(&shop, A_MINUTE).await;
        assert_eq!(mails_to(&shop, MIA).len(), told);
        wait(&shop, 60 * MINUTE).await;
        let said = admin.answer(&hash, "oops").await;
        admin
            .delete(&format!("/admin/chat/messages/id/{}", said["id"].as_str().unwrap()))
            .await
            .ok();
    }
}

#[tokio::test]
async fn a_clock_that_ran_ahead_delays_no_notice() {
    let shop = Shop::by_hand(&[]).await;
    let hash = shop.customer("cus_ada").open().await;
    shop.running.app.clock.advance(DAY * 1_000);
    shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    // Every other clock is right.
    let app =
        runtime::App::new(shop.running.app.config.clone(), runtime::Clock::default()).unwrap();
    let key = domain::ChannelHash::parse(&hash).unwrap().key();
    // Whichever episode it was set for.
    let notice = Notice::new(&key, Side::Member, Episode { mark: 0, own: 1 });
    assert_eq!(notice::tell(Notices::new(&app), notice).await.unwrap(), Outcome::Sent);
}

/// An SES that answers one request on each connection and ends it with the second, as a connection
/// ends that died while the function was frozen; answers where it is.
async fn ses_with_mortal_connections() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut request, mut part) = (Vec::new(), [0; 4096]);
                while !is_whole(&request) {
                    match stream.read(&mut part).await {
                        Ok(length @ 1..) => request.extend_from_slice(&part[..length]),
                        _ => return,
                    }
                }
                let body = "<SendRawEmailResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\"><SendRawEmailResult>\
                            <MessageId>1</MessageId></SendRawEmailResult></SendRawEmailResponse>";
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
                // Whatever comes next gets no answer.
                let _ = stream.read(&mut part).await;
            });
        }
    });
    url
}

/// Whether all of a request is here.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
    body.len() >= length.unwrap_or(0)
}

#[tokio::test]
async fn no_mail_is_sent_over_a_connection_that_has_died() {
    let shop = Shop::by_hand(&[]).await;
    let mut config = shop.running.app.config.clone();
    config.aws.endpoints.ses = Some(ses_with_mortal_connections().await);
    let app = runtime::App::new(config, shop.running.app.clock.clone()).unwrap();
    for n in 0..4 {
        let hash = shop.customer(&format!("cus_{n}")).open().await;
        shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    }
    shop.deliver_all().await;
    shop.running.app.clock.advance(A_MINUTE * 1_000);
    let notices = Notices::new(&app);
    for notice in due_notices(&shop) {
        assert_eq!(notice::tell(notices.clone(), notice).await.unwrap(), Outcome::Sent);
    }
}

#[tokio::test]
async fn feedback_that_blames_nobody_ends_no_mail() {
    let shop = Shop::open().await;
    let app = &shop.running.app;
    let recipient =
        |name: &str| json!([{ "emailAddress": format!("cus_{name}@customers.example") }]);
    let bounce = |kind: &str, sub: &str, name: &str| json!({ "eventType": "Bounce", "bounce": { "bounceType": kind, "bounceSubType": sub, "bouncedRecipients": recipient(name) } });
    let complaint = |kind: Value, sub: Value, name: &str| {
        json!({ "eventType": "Complaint", "complaint": {
            "complaintSubType": sub, "complaintFeedbackType": kind, "complainedRecipients": recipient(name),
        } })
    };
    let none = || Value::Null;
    let spares = [
        complaint(json!("not-spam"), none(), "a"),
        complaint(json!("Not-Spam"), none(), "b"),
        complaint(json!("auth-failure"), none(), "c"),
        bounce("Transient", "General", "d"),
        bounce("Transient", "MailboxFull", "e"),
        bounce("Transient", "MessageTooLarge", "f"),
        bounce("Transient", "ContentRejected", "g"),
        bounce("Transient", "AttachmentRejected", "h"),
        bounce("Undetermined", "Undetermined", "i"),
    ];
    let ends = [
        complaint(json!("abuse"), none(), "m"),
        complaint(json!("fraud"), none(), "n"),
        complaint(json!("virus"), none(), "o"),
        complaint(json!("other"), none(), "p"),
        complaint(none(), none(), "q"),
        complaint(none(), json!("OnAccountSuppressionList"), "r"),
        bounce("Permanent", "General", "s"),
        bounce("Permanent", "NoEmail", "t"),
        bounce("Permanent", "Suppressed", "u"),
        bounce("Permanent", "OnAccountSuppressionList", "v"),
    ];
    told_by_ses(&shop, &spares.iter().chain(&ends).map(Value::to_string).collect::<Vec<_>>()).await;
    let may_mail = async |name: char| {
        let (id, address) = (format!("cus_{name}"), format!("cus_{name}@customers.example"));
        app.store
            .may_mail(
                &digest_of_person(&actor(&id)),
                &digest_of_address(&EmailAddress::parse(&address).unwrap()),
            )
            .await
            .unwrap()
    };
    for name in 'a'..='i' {
        assert!(may_mail(name).await, "{name}");
    }
    for name in 'm'..='v' {
        assert!(!may_mail(name).await, "{name}");
    }
    // The operator lifts it, until the next bounce.
    let address = EmailAddress::parse("cus_s@customers.example").unwrap();
    local::operate::run(local::operate::Task::MailAgain(address), &app.store).await.expect("done");
    assert!(may_mail('s').await && !may_mail('t').await);
    told_by_ses(&shop, &[bounce("Permanent", "General", "s").to_string()]).await;
    assert!(!may_mail('s').await);
}

#[tokio::test]
async fn the_inbox_gets_so_many_mails_an_hour_and_then_one_for_the_rest() {
    let shop = Shop::open().await;
    for n in 0..32 {
        let guest = shop.guest();
        let hash = guest.open().await;
        guest.say(&hash, &format!("Question {n}")).await;
    }
    wait(&shop, 2 * MINUTE).await;
    let mails = mails_to(&shop, INBOX);
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
    wait(&shop, 50 * MINUTE).await;
    assert_eq!(mails_to(&shop, INBOX).len(), 20, "within the hour");
    wait(&shop, 10 * MINUTE).await;
    let mails = mails_to(&shop, INBOX);
    assert_eq!(mails.len(), 21);
    assert_eq!(mails[20].subject, "12 more conversations wait – The Teapot Shop");
    assert!(mails[20].text.contains("12 more conversations wait"), "{}", mails[20].text);
    assert!(!mails[20].headers.contains_key("List-Unsubscribe"));
    wait(&shop, 3 * 60 * MINUTE).await;
    assert_eq!(mails_to(&shop, INBOX).len(), 21, "once");
    assert_eq!(shop.running.dev.scheduler.pending(), 0);

    // Who writes now is one of the next hour's.
    let guest = shop.guest();
    let hash = guest.open().await;
    guest.say(&hash, "Is it in stock?").await;
    wait(&shop, A_MINUTE).await;
    assert!(mails_to(&shop, INBOX)[21].text.contains("> Is it in stock?"));
}

#[tokio::test]
async fn what_was_answered_meanwhile_does_not_wait() {
    let shop = Shop::with(&[("INBOX_MAILS_PER_HOUR", "2")]).await;
    let mut hashes = Vec::new();
    for n in 0..6 {
        let customer = shop.customer(&format!("cus_{n}"));
        hashes.push(customer.open().await);
        customer.say(&hashes[n], "Is it in stock?").await;
        wait(&shop, A_MINUTE).await;
    }
    assert_eq!(mails_to(&shop, INBOX).len(), 2);
    shop.admin("user_mia").answer(&hashes[3], "It is.").await;
    read(&shop.admin("user_mia"), "admin", &hashes[4]).await;
    wait(&shop, 60 * MINUTE).await;
    let mails = mails_to(&shop, INBOX);
    assert_eq!(mails.len(), 3);
    assert!(mails[2].subject.starts_with("2 more conversations wait"), "{}", mails[2].subject);
}

#[tokio::test]
async fn the_limit_of_the_inbox_holds_however_many_notices_run_at_once() {
    let shop = Shop::by_hand(&[("INBOX_MAILS_PER_HOUR", "5")]).await;
    for n in 0..12 {
        let customer = shop.customer(&format!("cus_{n}"));
        let hash = customer.open().await;
        customer.say(&hash, "Is it in stock?").await;
    }
    shop.deliver_all().await;
    shop.running.app.clock.advance(A_MINUTE * 1_000);
    let notices = Notices::new(&shop.running.app);
    // A call that met too many others is made again, as by Lambda.
    let mut due = due_notices(&shop);
    assert_eq!(due.len(), 12);
    let (mut sent, mut deferred) = (0, 0);
    for _ in 0..5 {
        let calls = due.iter().map(|notice| notice::tell(notices.clone(), notice.clone()));
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
    assert_eq!(mails_to(&shop, INBOX).len(), 5);
    shop.running.app.clock.advance(61 * MINUTE * 1_000);
    let due = due_notices(&shop);
    assert!(!due.is_empty() && due.iter().all(Notice::is_for_inbox), "{due:?}");
    let calls = (0..4).map(|_| notice::tell(notices.clone(), Notice::inbox()));
    let outcomes = futures_util::future::join_all(calls).await;
    assert_eq!(
        outcomes.iter().filter(|outcome| matches!(outcome, Ok(Outcome::Sent))).count(),
        1,
        "{outcomes:?}"
    );
    let mails = mails_to(&shop, INBOX);
    assert_eq!(mails.len(), 6);
    assert!(mails[5].subject.starts_with("7 more conversations wait"), "{}", mails[5].subject);
}

#[tokio::test]
async fn nothing_silences_the_inbox() {
    let shop = Shop::open().await;
    let app = &shop.running.app;
    let digest = digest_of_address(&EmailAddress::parse(INBOX).unwrap());
    let path = format!(
        "/chat/unsubscribe/{}",
        app.links.get(app.clock.now()).await.unwrap().token(&digest)
    );
    // Links from before stand in old mails; and somebody clicked one before this was so.
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
    let bounce = json!({ "eventType": "Bounce", "bounce": { "bounceType": "Permanent", "bouncedRecipients": recipients } });
    told_by_ses(&shop, &[complaint.to_string(), bounce.to_string()]).await;
    let customer = shop.customer("cus_ada");
    let hash = customer.open().await;
    customer.say(&hash, "Is it in stock?").await;
    wait(&shop, A_MINUTE).await;
    assert_eq!(mails_to(&shop, INBOX).len(), 1);
}

#[tokio::test]
async fn who_unsubscribed_can_subscribe_again() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = customer.open().await;
    admin.answer(&hash, "one").await;
    wait(&shop, A_MINUTE).await;
    let path = link(&mails_to(&shop, ADA)[0]);
    let app = &shop.running.app;
    let opted_out =
        async || app.store.has_opted_out(&digest_of_person(&actor("cus_ada"))).await.unwrap();
    let page = visit(&shop, Method::POST, &path).await;
    assert!(page.html.contains("<a href=\"\">"), "a way back: {}", page.html);
    // A scanner that follows or posts links changes nothing.
    for _ in 0..2 {
        let page = visit(&shop, Method::GET, &path).await;
        assert!(
            page.html.contains("name=\"subscribe\" value=\"again\"")
                && !page.html.contains("<form method=\"post\"><button>")
        );
        visit(&shop, Method::POST, &path).await;
        assert!(opted_out().await);
    }
    let post = async |body: &str| shop.nobody().send_raw("POST", &path, body.to_owned()).await;
    assert_eq!(post("List-Unsubscribe=One-Click&subscribe=again").await.status, 200);
    assert!(opted_out().await, "one click ends the mails, whatever else it says");
    for _ in 0..2 {
        let page = post("subscribe=again").await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("again") && !page.text.contains("<form"), "{}", page.text);
        assert!(!opted_out().await);
    }
    read(&customer, "store", &hash).await;
    wait(&shop, 20 * MINUTE).await;
    admin.answer(&hash, "two").await;
    wait(&shop, A_MINUTE).await;
    assert_eq!(mails_to(&shop, ADA).len(), 2);
    assert_eq!(link(&mails_to(&shop, ADA)[1]), path, "the same link, which works again");
    assert_eq!(visit(&shop, Method::POST, &path).await.status, 200);
    assert!(opted_out().await);
}

#[tokio::test]
async fn an_address_that_just_changed_gets_the_mail() {
    let shop = Shop::open().await;
    let (ada, ben) = (shop.customer("cus_ada"), shop.customer("cus_ben"));
    let (to_ada, to_ben) = (ada.open().await, ben.open().await);
    shop.settle().await;
    for hash in [&to_ada, &to_ben] {
        shop.admin("user_mia").answer(hash, "It is in stock.").await;
    }
    shop.running.dev.medusa.rename("cus_ada", "Ada", "King", Some("ada@king.example"));
    wait(&shop, A_MINUTE).await;
    assert_eq!((mails_to(&shop, ADA).len(), mails_to(&shop, "ada@king.example").len()), (0, 1));
    // While the shop is away, what is stored counts.
    read(&ada, "store", &to_ada).await;
    shop.running.dev.medusa.rename("cus_ada", "Ada", "Queen", Some("ada@queen.example"));
    wait(&shop, 20 * MINUTE).await;
    shop.running.dev.medusa.set_down(true);
    shop.admin("user_mia").answer(&to_ada, "It has arrived.").await;
    wait(&shop, A_MINUTE).await;
    assert_eq!(mails_to(&shop, "ada@king.example").len(), 2);
    shop.running.dev.medusa.set_down(false);
    shop.running.dev.medusa.rename("cus_ben", "Ben", "King", Some("ben@king.example"));
    shop.admin("user_mia").answer(&to_ben, "It has arrived.").await;
    shop.running.app.clock.advance(HALF_A_MINUTE_MS);
    run_digest(&shop).await;
    assert_eq!(mails_to(&shop, "ben@king.example").len(), 1, "the digest asks too");
}

/// As long as Medusa is left alone after it failed.
const HALF_A_MINUTE_MS: i64 = 30_000;

#[tokio::test]
async fn a_domain_in_its_own_letters_gets_mail_and_an_address_that_cannot_be_mailed_is_shown() {
    let shop = Shop::open().await;
    shop.running.dev.medusa.rename("cus_ada", "Ana", "Müller", Some("ana@münchen.example"));
    shop.running.dev.medusa.rename("cus_ben", "Jörg", "Müller", Some("jörg@customers.example"));
    for name in ["ada", "ben"] {
        let hash = shop.customer(&format!("cus_{name}")).open().await;
        shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    }
    shop.settle().await;
    let list = shop.admin("user_mia").get("/admin/chat/channels").await.ok();
    let shown = |id: &str| {
        list["channels"].as_array().unwrap().iter().find(|it| it["customer"]["id"] == id).unwrap()["customer"].clone()
    };
    assert_eq!(
        (&shown("cus_ada")["email"], &shown("cus_ada")["mailable"]),
        (&json!("ana@münchen.example"), &Value::Null)
    );
    assert_eq!(
        (&shown("cus_ben")["email"], &shown("cus_ben")["mailable"]),
        (&json!("jörg@customers.example"), &json!(false))
    );
    wait(&shop, A_MINUTE).await;
    let told: Vec<_> =
        shop.running.dev.outbox.mails().into_iter().flat_map(|mail| mail.to).collect();
    assert_eq!(told, ["ana@xn--mnchen-3ya.example"]);
    assert_eq!(run_digest(&shop).await, Summary { unwanted: 1, ..Summary::default() });
}

#[tokio::test]
async fn nothing_that_turns_text_around_gets_into_a_mail() {
    let shop = Shop::open().await;
    let turns = [
        "\u{202a}", "\u{202b}", "\u{202c}", "\u{202d}", "\u{202e}", "\u{2066}", "\u{2067}",
        "\u{2068}", "\u{2069}",
    ];
    let turns = turns.into_iter().chain(["\u{200e}", "\u{200f}", "\u{61c}"]).collect::<Vec<_>>();
    let body = format!(
        "שלום https://{}elpmaxe.live{}/x {}",
        turns.concat(),
        turns.concat(),
        turns.concat()
    );
    let customer = shop.customer("cus_ada");
    let hash = customer.open().await;
    customer.say(&hash, &body).await;
    wait(&shop, A_MINUTE).await;
    shop.admin("user_mia").answer(&hash, &body).await;
    wait(&shop, A_MINUTE).await;
    run_digest(&shop).await;
    let mails = shop.running.dev.outbox.mails();
    assert!(mails.len() >= 2);
    for mail in mails {
        let whole = format!("{}{}{}", mail.subject, mail.text, mail.html);
        assert!(turns.iter().all(|turn| !whole.contains(turn)), "{whole:?}");
        assert!(
            !mail.text.contains("elpmaxe.live") && !mail.html.contains("elpmaxe.live"),
            "{}",
            mail.text
        );
        assert!(mail.text.contains("שלום"), "the words stay: {}", mail.text);
        assert!(mail.html.contains("dir=\"auto\""), "and stand in their own direction");
    }
}
