//! Mails about mentions in notes: one for each note and mentioned admin who is away.

use app::unsubscribe::digest_of_person;
use harness::Shop;
use notice::{Notices, Outcome};
use schedule::{Call, Mention};
use serde_json::{Value, json};

use super::{A_MINUTE, MIA, MINUTE, actor, due_calls, run_digest};

const TOM: &str = "user_tom@staff.example";

/// A shop whose admins Mia, Tom and Bob are known, and the hash of a channel.
async fn shop_with_staff(shop: Shop) -> (Shop, String) {
    for admin in ["user_mia", "user_tom", "user_bob"] {
        shop.admin(admin).set_profile(json!({})).await;
    }
    shop.deliver_all().await;
    let hash = shop.customer("cus_ada").open().await;
    (shop, hash)
}

/// Writes a note as Mia; returns it.
async fn note(shop: &Shop, hash: &str, body: &str, mentions: &[&str]) -> Value {
    let body = json!({ "body": body, "mentions": mentions });
    let path = format!("/admin/chat/channels/{hash}/notes");
    shop.admin("user_mia").post(&path, body).await.ok()["note"].take()
}

/// Edits Mia's note.
async fn edit(shop: &Shop, note: &Value, body: &str, mentions: &[&str]) {
    let path = format!("/admin/chat/notes/id/{}", note["id"].as_str().expect("an id"));
    let body = json!({ "body": body, "mentions": mentions });
    shop.admin("user_mia").put(&path, body).await.ok();
}

async fn delete(shop: &Shop, note: &Value) {
    let path = format!("/admin/chat/notes/id/{}", note["id"].as_str().expect("an id"));
    shop.admin("user_mia").delete(&path).await.ok();
}

#[tokio::test]
async fn a_mentioned_admin_who_is_away_gets_one_mail() {
    let (shop, hash) = shop_with_staff(Shop::with_stopped_clock(&[]).await).await;
    let said =
        note(&shop, &hash, "Tom,\nsee https://evil.example/x <b>now</b>", &["user_tom"]).await;
    shop.advance(58).await;
    assert!(shop.mails().is_empty(), "too early");
    shop.advance(3).await;
    let mails = shop.mails();
    let [mail] = mails.as_slice() else { panic!("one mail: {mails:?}") };
    assert_eq!(mail.to, [TOM]);
    assert_eq!(mail.subject, "Mia Staff mentioned you in a note – The Teapot Shop");
    let link = format!("{}#direct%3Aadmin%3Acus_ada", shop.running.app.config.mail.admin_url);
    for part in
        ["Hello Tom,", "Mia Staff wrote:", "> Tom, see https: //evil. example/x <b>now", &link]
    {
        assert!(mail.text.contains(part), "{part} is not in {}", mail.text);
    }
    assert!(!mail.html.contains("<b>now"), "{}", mail.html);
    assert!(mail.headers.contains_key("List-Unsubscribe"));
    let events = shop.running.dev.bus.events();
    let told = events.iter().find(|event| event["detail"]["to"] == TOM).expect("a notification");
    let detail = &told["detail"];
    assert_eq!(
        (&detail["template"], &detail["trigger_type"], &detail["resource_id"]),
        (&json!("chat_note_mention"), &json!("chat.note.created"), &said["id"])
    );
    shop.advance(60 * MINUTE).await;
    assert_eq!((shop.mails().len(), shop.running.dev.scheduler.pending()), (1, 0));
    run_digest(&shop).await;
    assert_eq!(shop.mails().len(), 1, "a digest has no mentions");
}

#[tokio::test]
async fn an_admin_who_is_connected_gets_none_and_an_edit_changes_nothing() {
    let (shop, hash) = shop_with_staff(Shop::open().await).await;
    let socket = shop.socket(&shop.admin("user_tom"), "admin").await;
    let said = note(&shop, &hash, "Look, Tom", &["user_tom"]).await;
    shop.advance(A_MINUTE).await;
    drop(socket);
    super::until_disconnected(&shop, &domain::Principal::Admin(actor("user_tom"))).await;
    edit(&shop, &said, "Look here, Tom", &["user_tom"]).await;
    shop.advance(60 * MINUTE).await;
    assert!(shop.mails().is_empty());
}

#[tokio::test]
async fn an_edit_mails_only_those_whom_it_adds() {
    let (shop, hash) = shop_with_staff(Shop::open().await).await;
    let said = note(&shop, &hash, "Look, Tom", &["user_tom"]).await;
    shop.advance(A_MINUTE).await;
    edit(&shop, &said, "Look, Tom and Bob", &["user_tom", "user_bob"]).await;
    shop.advance(A_MINUTE).await;
    let counts = || [TOM, "user_bob@staff.example"].map(|address| shop.mails_to(address).len());
    assert_eq!(counts(), [1, 1]);
    // Who is removed and comes back gets no second mail.
    edit(&shop, &said, "Look, Bob", &["user_bob"]).await;
    edit(&shop, &said, "Look, all", &["user_bob", "user_tom"]).await;
    shop.advance(8 * super::DAY).await;
    edit(&shop, &said, "Look, all of you", &["user_bob", "user_tom"]).await;
    shop.advance(A_MINUTE).await;
    assert_eq!(counts(), [1, 1]);
    // Another note is another mention.
    note(&shop, &hash, "And this, Tom", &["user_tom"]).await;
    shop.advance(A_MINUTE).await;
    assert_eq!(counts(), [2, 1]);
}

#[tokio::test]
async fn nobody_is_mailed_about_their_own_a_deleted_or_a_withdrawn_mention() {
    let (shop, hash) = shop_with_staff(Shop::open().await).await;
    note(&shop, &hash, "For myself", &["user_mia"]).await;
    let deleted = note(&shop, &hash, "Look, Tom", &["user_tom"]).await;
    let withdrawn = note(&shop, &hash, "Look, Tom", &["user_tom"]).await;
    delete(&shop, &deleted).await;
    edit(&shop, &withdrawn, "No matter", &[]).await;
    shop.advance(A_MINUTE).await;
    assert!(shop.mails().is_empty());
    assert!(shop.mails_to(MIA).is_empty());
    // It is mentioned again, for the first time.
    edit(&shop, &withdrawn, "Look after all, Tom", &["user_tom"]).await;
    shop.advance(A_MINUTE).await;
    assert_eq!(shop.mails_to(TOM).len(), 1);
}

#[tokio::test]
async fn an_admin_who_opted_out_gets_none() {
    let (shop, hash) = shop_with_staff(Shop::open().await).await;
    let app = &shop.running.app;
    app.store.opt_out(&digest_of_person(&actor("user_tom")), app.clock.now()).await.unwrap();
    note(&shop, &hash, "Look, Tom", &["user_tom"]).await;
    shop.advance(60 * MINUTE).await;
    assert!(shop.mails().is_empty());
}

#[tokio::test]
async fn repeated_records_and_calls_send_one_mail() {
    let (shop, hash) = shop_with_staff(Shop::by_hand(&[]).await).await;
    let said = note(&shop, &hash, "Look, Tom", &["user_tom"]).await;
    shop.deliver_all().await;
    shop.deliver_all().await;
    shop.running.app.clock.advance(A_MINUTE * 1_000);
    let due = due_calls(&shop);
    let id = domain::NoteId::parse(said["id"].as_str().expect("an id")).expect("an id");
    let expected = Call::Mention(Mention::new(&id, actor("user_tom")));
    assert_eq!(due, [expected.clone()]);
    let notices = Notices::new(&shop.running.app);
    let calls = (0..8).map(|_| notice::handle(notices.clone(), expected.clone()));
    let outcomes = futures_util::future::join_all(calls).await;
    let sent = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Outcome::Sent))).count();
    assert_eq!((sent, shop.mails_to(TOM).len()), (1, 1), "{outcomes:?}");
    let again = notice::handle(notices, expected).await.expect("a call");
    assert_eq!(again, Outcome::Notified);
}
