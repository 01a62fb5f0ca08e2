//! Transcripts: who gets one, what it holds, and how many.

use harness::{Client, Shop};
use serde_json::json;

use super::{A_MINUTE, ADA, MIA};

async fn ask(client: &Client, scope: &str, hash: &str) -> harness::Reply {
    client.post(&format!("/{scope}/chat/channels/{hash}/transcript"), json!({})).await
}

#[tokio::test]
async fn a_transcript_goes_to_the_callers_own_address_once() {
    let shop = Shop::open().await;
    let (ada, mia) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = ada.open().await;
    ada.say(&hash, "Is it in stock?\nSee https://evil.example/x").await;
    mia.answer(&hash, "It is: https://shop.example/teapot").await;
    let wrong = mia.answer(&hash, "Wrong chat").await;
    mia.delete_message(&wrong).await;
    let note = json!({ "body": "A difficult customer" });
    mia.post(&format!("/admin/chat/channels/{hash}/notes"), note).await.ok();
    ada.read(&hash).await;
    shop.settle().await;
    assert_eq!(ask(&ada, "store", &hash).await.ok(), json!({ "sent": true }));
    shop.advance(A_MINUTE).await;
    let mails = shop.mails_to(ADA);
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(mail.subject, "Transcript of your conversation – The Teapot Shop");
    for part in ["You – ", "> Is it in stock?", "> See", "Mia – ", "https://shop.example/teapot"]
    {
        assert!(mail.text.contains(part), "{part} is not in {}", mail.text);
    }
    let all = format!("{mail:?}");
    assert!(!all.contains("difficult") && !all.contains("Wrong chat") && !all.contains("Staff"));
    assert!(mail.headers["References"].contains(".conversation@"));
    ask(&mia, "admin", &hash).await.ok();
    shop.advance(A_MINUTE).await;
    let mail = shop.mails_to(MIA).pop().expect("a mail");
    assert!(mail.text.contains("Ada Customer – ") && !mail.text.contains("https://evil"));
    shop.deliver_all().await;
    shop.advance(A_MINUTE).await;
    assert_eq!((shop.mails_to(ADA).len(), shop.mails_to(MIA).len()), (1, 1), "redelivered");
}

#[tokio::test]
async fn three_an_hour_and_only_to_a_verified_address_of_ones_own_conversation() {
    let shop = Shop::open().await;
    let ada = shop.customer("cus_ada");
    let hash = ada.open().await;
    ada.say(&hash, "Is it in stock?").await;
    shop.settle().await;
    for _ in 0..3 {
        ask(&ada, "store", &hash).await.ok();
    }
    ask(&ada, "store", &hash).await.refused(429, "too_many_requests");
    ask(&shop.customer("cus_ben"), "store", &hash).await.refused(404, "not_found");
    let guest = shop.guest();
    let own = guest.open().await;
    guest.say(&own, "Is it in stock?").await;
    ask(&guest, "store", &own).await.refused(400, "not_allowed");
    guest.set_profile(json!({ "email": "eve@guests.example" })).await;
    ask(&guest, "store", &own).await.refused(400, "not_allowed");
    shop.running.dev.medusa.rename("cus_carl", "Carl", "Customer", Some("kärl@b.example"));
    let carl = shop.customer("cus_carl");
    let hash = carl.open().await;
    carl.say(&hash, "Hello").await;
    shop.settle().await;
    ask(&carl, "store", &hash).await.refused(400, "not_allowed");
    shop.advance(3_600).await;
    ask(&ada, "store", &harness::hash_with_admin("cus_ada")).await.ok();
    shop.advance(A_MINUTE).await;
    assert_eq!(shop.mails_to(ADA).len(), 4);
}
