//! What mails and events must not hold.

use harness::Shop;
use serde_json::{Value, json};

use super::{A_MINUTE, ADA, INBOX, MIA, run_digest};

#[tokio::test]
async fn no_header_holds_what_people_wrote_and_no_mail_holds_their_secrets() {
    let shop = Shop::open().await;
    let now = shop.running.app.clock.now();
    let tokens = [local::customer_token("cus_ada", now), local::admin_token("user_mia", now)];
    let secrets = ["V1StGXR8_Z5jdHi6B-myT", tokens[0].as_str(), tokens[1].as_str()];
    let bearer = |token: &str| shop.nobody().with_token(token);
    let guest = shop.nobody().with_guest_secret(secrets[0]);
    let (customer, admin) = (bearer(secrets[1]), bearer(secrets[2]).as_admin());
    admin.set_profile(json!({ "first_name": "Miranda" })).await;
    let to_guest = guest.open().await;
    guest.set_profile(json!({ "first_name": "Evangeline\r\nBcc: eve@guests.example" })).await;
    guest.say(&to_guest, "Written by a guest\r\nBcc: eve@guests.example").await;
    let to_customer = customer.open().await;
    customer.say(&to_customer, "Written by a customer").await;
    shop.advance(A_MINUTE).await;
    admin.answer(&to_customer, "Written by staff").await;
    shop.advance(A_MINUTE).await;
    run_digest(&shop).await;

    let mails = shop.mails();
    let to = |address: &str| mails.iter().filter(|mail| mail.to == [address]).count();
    assert_eq!((to(INBOX), to(ADA), to(MIA)), (2, 1, 1));
    let written = ["Written", "guests.example", "Evangeline", "Miranda", "Ada", "Customer"];
    for mail in &mails {
        // The shop vouches for a customer's name, so staff reads it in the subject.
        let of_ada =
            mail.subject.strip_prefix("Ada Customer is waiting").filter(|_| mail.to == [INBOX]);
        let subject = of_ada.unwrap_or(&mail.subject);
        let mut headers = mail.headers.clone();
        headers.remove("Subject");
        let headers = format!("{headers:?} {subject}");
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
async fn characters_that_reverse_text_are_removed_from_mails() {
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
    shop.advance(A_MINUTE).await;
    shop.admin("user_mia").answer(&hash, &body).await;
    shop.advance(A_MINUTE).await;
    run_digest(&shop).await;
    let mails = shop.mails();
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
        assert!(mail.html.contains("dir=\"auto\""), "the words keep their direction");
    }
}
