//! Replies by mail: `POST /dev/inbound` hands raw mails to the function, as SES and S3 do.

use domain::{ChannelHash, EmailAddress, Side};
use harness::{Client, PNG, Shop};
use serde_json::{Value, json};

const ADA: &str = "cus_ada@customers.example";
const MIA: &str = "user_mia@staff.example";

/// A raw mail as SES stores it.
#[derive(Clone)]
struct Raw {
    from: String,
    to: String,
    id: String,
    /// The results of the domain in `From`.
    results: String,
    /// More headers of the sender's.
    headers: String,
    body: String,
}

impl Raw {
    fn new(from: &str, to: &str, body: &str) -> Self {
        let domain = from.rsplit('@').next().expect("a domain");
        Self {
            from: from.to_owned(),
            to: to.to_owned(),
            id: "<1@mail.example>".to_owned(),
            results: format!(
                "spf=pass; dkim=pass header.i=@{domain}; dmarc=pass header.from={domain}"
            ),
            headers: String::new(),
            body: format!("\r\n{body}"),
        }
    }

    fn with_id(&self, id: &str) -> Self {
        Self { id: format!("<{id}@mail.example>"), ..self.clone() }
    }

    fn text(&self) -> String {
        let Self { from, to, id, results, headers, body } = self;
        format!(
            "Return-Path: <{from}>\r\n\
             Received: from mail.example (mail.example [192.0.2.7])\r\n \
             by inbound-smtp.eu-west-1.amazonaws.com with SMTP id abc\r\n for {to};\r\n \
             Fri, 27 Nov 2026 10:00:00 +0000 (UTC)\r\n\
             X-SES-Spam-Verdict: PASS\r\nX-SES-Virus-Verdict: PASS\r\n\
             Authentication-Results: amazonses.com; {results}\r\n\
             X-SES-RECEIPT: AEFBQUFBQUFBQUFF\r\n\
             {headers}From: {from}\r\nTo: {to}\r\nSubject: Re: A message\r\nMessage-ID: {id}\r\n\
             MIME-Version: 1.0\r\n{body}\r\n"
        )
    }
}

/// Receives a raw mail; returns whether it was accepted, and the reason.
async fn receive_raw(shop: &Shop, raw: String) -> (bool, String) {
    let url = format!("{}/dev/inbound", shop.running.url);
    let reply = reqwest::Client::new().post(url).body(raw).send().await.expect("a response");
    assert_eq!(reply.status(), 200);
    let reply: Value = serde_json::from_slice(&reply.bytes().await.expect("a body")).expect("JSON");
    let accepted = reply["accepted"].as_bool().expect("a verdict");
    (accepted, reply["reason"].as_str().expect("a reason").to_owned())
}

async fn receive(shop: &Shop, mail: &Raw) -> (bool, String) {
    receive_raw(shop, mail.text()).await
}

/// Checks that a mail is set aside for this reason.
async fn set_aside(shop: &Shop, mail: &Raw, reason: &str) {
    assert_eq!(receive(shop, mail).await, (false, reason.to_owned()), "{}", mail.text());
}

/// Where answers go of a mail about this channel to this side at this address.
async fn reply_address(shop: &Shop, hash: &str, side: Side, mailed: &str) -> String {
    let key = ChannelHash::parse(hash).expect("a hash").key();
    let mailed = EmailAddress::parse(mailed).expect("an address");
    let address = shop.running.app.reply_address(&key, side, &mailed).await.expect("a key");
    address.expect("a receiving domain").as_str().to_owned()
}

/// The messages of a channel, the newest last.
async fn messages(caller: &Client, hash: &str) -> Vec<Value> {
    let page = caller.messages(hash).await;
    let mut messages = page["messages"].as_array().expect("messages").clone();
    messages.sort_by_key(|message| message["seq"].as_u64());
    messages
}

fn stored_mails(shop: &Shop) -> usize {
    shop.running.dev.files.keys().iter().filter(|key| key.starts_with("in/")).count()
}

/// A photo of a phone: 12 × 8 pixels that are to be turned by a quarter, with place and camera.
const PHONE: &[u8] = include_bytes!("../../functions/inbound/tests/photos/phone.jpg");

#[tokio::test]
async fn a_mailed_photo_says_neither_place_nor_camera() {
    let shop = Shop::open().await;
    let (ada, mia) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = ada.open().await;
    mia.answer(&hash, "Which lid is broken?").await;
    let to = reply_address(&shop, &hash, Side::Member, ADA).await;
    let photo = data_encoding::BASE64.encode(PHONE);
    let body = format!(
        "Content-Type: image/jpeg; name=\"lid.jpg\"\r\nContent-Disposition: attachment\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{photo}\r\n"
    );
    let mail = Raw { body, ..Raw::new(ADA, &to, "") };
    assert_eq!(receive(&shop, &mail).await, (true, "sent".to_owned()));
    let file = &messages(&mia, &hash).await[1]["attachments"][0];
    assert_eq!((&file["width"], &file["height"]), (&json!(8), &json!(12)), "as it is shown");
    let link = reqwest::get(file["url"].as_str().expect("a link")).await.expect("a response");
    let stored = link.bytes().await.expect("bytes");
    assert_eq!(file["size"], stored.len());
    let has_secret = |bytes: &[u8]| bytes.windows(6).any(|word| word == b"Secret");
    assert!(has_secret(PHONE) && !has_secret(&stored));
}

#[tokio::test]
async fn a_reply_becomes_one_message_with_its_photo() {
    let shop = Shop::open().await;
    let (ada, mia) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = ada.open().await;
    mia.answer(&hash, "Which lid is broken?").await;
    let mut socket = shop.socket(&mia, "admin").await;
    let to = reply_address(&shop, &hash, Side::Member, ADA).await;
    let photo = data_encoding::BASE64.encode(PNG);
    let body = format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\nThe blue one.\r\n\r\n\
         On 27 Nov 2026 at 10:00, The Teapot Shop <chat@shop.example> wrote:\r\n\
         > Which lid is broken?\r\n\r\n--b\r\nContent-Type: image/png; name=\"lid.png\"\r\n\
         Content-Disposition: attachment; filename=\"lid.png\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{photo}\r\n--b--"
    );
    let mail = Raw { body, ..Raw::new("Cus_Ada@Customers.example", &to.to_uppercase(), "") };
    assert_eq!(receive(&shop, &mail).await, (true, "sent".to_owned()));
    let pushed = socket.next_of("chat.message.created").await;
    assert_eq!(pushed["payload"]["message"]["body"], "The blue one.");
    for _ in 0..3 {
        assert_eq!(receive(&shop, &mail).await, (true, "repeated".to_owned()));
    }
    let messages = messages(&mia, &hash).await;
    assert_eq!(messages.len(), 2, "one message, however often the mail comes");
    let message = &messages[1];
    assert_eq!(message["body"], "The blue one.");
    assert_eq!(
        (&message["sender_id"], &message["sender_role"]),
        (&json!("cus_ada"), &json!("customer"))
    );
    let file = &message["attachments"][0];
    assert_eq!((&file["name"], &file["content_type"]), (&json!("lid.png"), &json!("image/png")));
    let link = reqwest::get(file["url"].as_str().expect("a link")).await.expect("a response");
    assert_eq!(&link.bytes().await.expect("bytes")[..], PNG);
    assert_eq!(stored_mails(&shop), 0, "what is accepted is deleted");
    // The photo stays when files without a message expire.
    shop.settle().await;
    shop.advance(9 * 24 * 3_600).await;
    assert_eq!(shop.running.dev.files.keys().len(), 1);
}

#[tokio::test]
async fn a_mail_that_proves_nothing_is_set_aside_for_a_week() {
    let shop = Shop::open().await;
    let (ada, eve) = (shop.customer("cus_ada"), shop.customer("cus_eve"));
    let (hash, other) = (ada.open().await, eve.open().await);
    let to = reply_address(&shop, &hash, Side::Member, ADA).await;
    let of_eve = reply_address(&shop, &other, Side::Member, "cus_eve@customers.example").await;
    let good = Raw::new(ADA, &to, "Hello");
    let from = |from: &str| Raw { from: from.to_owned(), ..good.clone() };
    for (mail, reason) in [
        // Another person, in several ways.
        (Raw::new("eve@evil.example", &to, "Hello"), "other_address"),
        (from("\"cus_ada@customers.example\" <eve@evil.example>"), "not_authentic"),
        (from("cus_ada@customers.example, eve@evil.example"), "from"),
        (Raw { headers: "From: eve@evil.example\r\n".to_owned(), ..good.clone() }, "from"),
        (from("cus_ada@customers.example.evil.example"), "not_authentic"),
        // Another conversation's address.
        (Raw::new(ADA, &of_eve, "Hello"), "other_address"),
        (Raw::new(ADA, &format!("r+{}@reply.localhost", "a".repeat(61)), "Hello"), "token"),
        (Raw::new(ADA, "r+x@elsewhere.example", "Hello"), "no_address"),
        (Raw::new(ADA, &format!("{to}, {of_eve}"), "Hello"), "several_addresses"),
        // A forged result below those of SES.
        (
            Raw {
                results: "spf=fail; dkim=none; dmarc=fail header.from=customers.example".to_owned(),
                headers: "Authentication-Results: amazonses.com; dmarc=pass \
                          header.from=customers.example\r\nX-SES-RECEIPT: A\r\n"
                    .to_owned(),
                ..good.clone()
            },
            "not_authentic",
        ),
        (
            Raw { headers: "Auto-Submitted: auto-replied\r\n".to_owned(), ..good.clone() },
            "automatic",
        ),
        (Raw::new(ADA, &to, "> Only a quote"), "empty"),
    ] {
        set_aside(&shop, &mail, reason).await;
    }
    let spam = good.text().replace("Spam-Verdict: PASS", "Spam-Verdict: FAIL");
    assert_eq!(receive_raw(&shop, spam).await, (false, "spam".to_owned()));
    assert_eq!(receive_raw(&shop, "no mail".to_owned()).await, (false, "unreadable".to_owned()));
    assert_eq!(messages(&ada, &hash).await.len() + messages(&eve, &other).await.len(), 0);
    assert_eq!(stored_mails(&shop), 14);
    assert!(shop.mails().is_empty(), "no mail is answered");
    let get = async |path: &str| {
        let url = format!("{}{path}", shop.running.url);
        reqwest::get(url).await.expect("a response").text().await.expect("a text")
    };
    let list = get("/dev/inbound").await;
    assert_eq!(list.matches("set aside").count(), 14, "the operator sees them: {list}");
    let (_, newest) = list.split_once("href=\"/dev/inbound/").expect("a link");
    let (newest, _) = newest.split_once('"').expect("its end");
    assert_eq!(get(&format!("/dev/inbound/{newest}")).await, "no mail", "as it came");
    shop.advance(8 * 24 * 3_600).await;
    assert_eq!(stored_mails(&shop), 0);
    assert!(!get("/dev/inbound").await.contains("/dev/inbound/"), "they are gone");
    // And the same person without tricks, from a domain without a policy.
    let results = "spf=none; dkim=pass header.i=@customers.example; dmarc=none".to_owned();
    let mail = Raw { results, ..good };
    assert_eq!(receive(&shop, &mail).await, (true, "sent".to_owned()));
}

#[tokio::test]
async fn staff_answers_by_mail_from_a_known_address() {
    let shop = Shop::open().await;
    let (ada, mia) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = ada.open().await;
    ada.say(&hash, "Is it in stock?").await;
    // The roster knows who has been here, and Medusa knows their addresses.
    mia.get(&format!("/admin/chat/messages/{hash}")).await.ok();
    mia.put(&format!("/admin/chat/channels/{hash}/read"), json!({})).await.ok();
    shop.settle().await;
    let to = reply_address(&shop, &hash, Side::Staff, "inbox@shop.example").await;
    set_aside(&shop, &Raw::new(ADA, &to, "It is not"), "not_staff").await;
    set_aside(&shop, &Raw::new("eve@staff.example", &to, "It is not"), "not_staff").await;
    let mail = Raw::new(MIA, &to, "It is.");
    assert_eq!(receive(&shop, &mail).await, (true, "sent".to_owned()));
    let messages = messages(&mia, &hash).await;
    let last = messages.last().expect("a message");
    assert_eq!((&last["sender_id"], &last["body"]), (&json!("user_mia"), &json!("It is.")));
    let channel = mia.get(&format!("/admin/chat/channels/{hash}")).await.ok();
    assert_eq!(channel["channel"]["assignee_id"], "user_mia", "a reply assigns");
    // The customer's own reply address is of no use to staff.
    let theirs = reply_address(&shop, &hash, Side::Member, ADA).await;
    set_aside(&shop, &Raw::new(MIA, &theirs, "Hello"), "other_address").await;
}

#[tokio::test]
async fn two_robots_end_after_one_message_and_a_flood_is_paced() {
    let shop =
        Shop::with_stopped_clock(&[("STORE_SENDS_PER_MINUTE", "20"), ("STORE_SEND_BURST", "10")])
            .await;
    let ada = shop.customer("cus_ada");
    let hash = ada.open().await;
    let to = reply_address(&shop, &hash, Side::Member, ADA).await;
    // A robot that does not say that it is one.
    let ticket = |n: u32| format!("Thank you for your message. Your ticket has the number {n}.");
    let robot = |n: u32| Raw::new(ADA, &to, &ticket(n)).with_id(&format!("robot-{n}"));
    assert_eq!(receive(&shop, &robot(1)).await, (true, "sent".to_owned()));
    for n in 2..10 {
        shop.advance(60).await;
        set_aside(&shop, &robot(n), "same_text").await;
    }
    assert_eq!(messages(&ada, &hash).await.len(), 1);
    // Short answers may repeat, three times.
    for n in 0..4 {
        let mail = Raw::new(ADA, &to, "Yes").with_id(&format!("short-{n}"));
        assert_eq!(receive(&shop, &mail).await.0, n < 3);
    }
    shop.advance(3_700).await;
    // More than the pace do not come through, nor more than 20 in an hour.
    let mut sent = 0;
    for n in 0..60_u8 {
        let (one, two) = (char::from(b'a' + n / 26), char::from(b'a' + n % 26));
        let mail = Raw::new(ADA, &to, &format!("Answer {one}{two}"));
        let (accepted, reason) = receive(&shop, &mail.with_id(&format!("{n}"))).await;
        assert!(accepted || reason == "too_many", "{reason}");
        sent += u32::from(accepted);
        if n == 20 {
            assert_eq!(sent, 10, "the burst");
            shop.advance(60).await;
        }
    }
    assert_eq!(sent, 20, "in an hour");
    shop.advance(3_700).await;
    let mail = Raw::new(ADA, &to, "Are you there?").with_id("later");
    assert_eq!(receive(&shop, &mail).await, (true, "sent".to_owned()));
}

#[tokio::test]
async fn a_reply_reaches_whatever_became_of_the_conversation() {
    let shop = Shop::open().await;
    let (mia, guest) = (shop.admin("user_mia"), shop.guest());
    let hash = guest.open().await;
    guest.say(&hash, "Hello").await;
    let closed = json!({ "status": "closed" });
    mia.put(&format!("/admin/chat/channels/{hash}"), closed).await.ok();
    let mailed = "guest@customers.example";
    let to = reply_address(&shop, &hash, Side::Member, mailed).await;
    let mail = Raw::new(mailed, &to, "One more thing");
    assert_eq!(receive(&shop, &mail).await, (true, "sent".to_owned()));
    let channel = mia.get(&format!("/admin/chat/channels/{hash}")).await.ok();
    assert_eq!(channel["channel"]["status"], "open", "a reply opens it again");
    let last = messages(&mia, &hash).await.pop().expect("a message");
    assert_eq!(last["sender_role"], "guest");

    // A customer claims the guest: the same person.
    shop.customer("cus_ada").claim("guest-secret-0000-abcdefghijklm").await.ok();
    assert_eq!(receive(&shop, &mail.with_id("2")).await, (true, "sent".to_owned()));
    let last = messages(&mia, &hash).await.pop().expect("a message");
    assert_eq!((&last["sender_role"], &last["sender_id"]), (&json!("customer"), &json!("cus_ada")));

    // Erased.
    let id = domain::ActorId::parse("cus_ada").expect("an id");
    shop.running.app.store.erase(&id, false).await.expect("erased");
    set_aside(&shop, &mail.with_id("3"), "no_conversation").await;

    // Off.
    let off = Shop::with(&[("CHAT_V1_ENABLED", "false")]).await;
    set_aside(&off, &Raw::new(mailed, &to, "Hello"), "off").await;
}

#[tokio::test]
async fn what_is_too_much_is_left_out_and_the_message_says_so() {
    let shop = Shop::open().await;
    let ada = shop.customer("cus_ada");
    let hash = ada.open().await;
    let to = reply_address(&shop, &hash, Side::Member, ADA).await;
    let long = "a word ".repeat(1_000);
    assert!(receive(&shop, &Raw::new(ADA, &to, &long)).await.0);
    let body = messages(&ada, &hash).await[0]["body"].as_str().expect("a body").to_owned();
    assert!(body.chars().count() <= 5_000 && body.ends_with("[The rest of this mail was cut.]"));

    let photo = data_encoding::BASE64.encode(PNG);
    let part = |kind: &str, name: &str, content: &str| {
        format!(
            "--b\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n{content}\r\n"
        )
    };
    let mut body = "Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_owned();
    body += "--b\r\nContent-Type: text/plain\r\n\r\nSee these.\r\n";
    // By its bytes, whatever it is called.
    body += &part("image/png", "evil.png", &data_encoding::BASE64.encode(b"MZ\x90\0"));
    for n in 0..6 {
        body += &part("application/octet-stream", &format!("{n}.png"), &photo);
    }
    body += "--b--";
    let mail = Raw { body, ..Raw::new(ADA, &to, "") }.with_id("2");
    assert_eq!(receive(&shop, &mail).await, (true, "sent".to_owned()));
    let message = messages(&ada, &hash).await.pop().expect("a message");
    assert_eq!(message["attachments"].as_array().expect("files").len(), 5);
    assert_eq!(message["body"], "See these.\n\n[2 files of this mail were left out.]");

    // Only files.
    let body = part("image/png", "lid.png", &photo).replace("--b\r\n", "");
    let mail = Raw { body, ..Raw::new(ADA, &to, "") }.with_id("3");
    assert_eq!(receive(&shop, &mail).await, (true, "sent".to_owned()));
    let message = messages(&ada, &hash).await.pop().expect("a message");
    assert_eq!(
        (&message["body"], &message["attachments"][0]["name"]),
        (&json!(""), &json!("lid.png"))
    );
}
