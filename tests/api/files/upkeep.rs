//! What becomes of the bytes: kept, deleted, exported, repaired.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use harness::{Fault, PNG, Shop, put};
use local::operate::{Subject, Task, run};
use serde_json::{Value, json};

use super::{path_of, stored};

const DAY_S: i64 = 86_400;

async fn operate(shop: &Shop, task: Task) -> String {
    let app = &shop.running.app;
    run(task, &app.store, blobs::Blobs::of(app).as_ref()).await.expect("done")
}

#[tokio::test]
async fn a_sent_file_stays_and_an_unused_one_is_gone_within_eight_days() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let (sent, unused) = (customer.picture(&hash).await, customer.picture(&hash).await);
    customer.send_files(&hash, &[&sent]).await.ok();
    assert_eq!(stored(&shop).len(), 2);
    shop.advance(6 * DAY_S).await;
    let customer = shop.customer("cus_1");
    customer.send_files(&hash, &[&unused]).await.refused(400, "invalid_data");
    customer.complete(&unused).await.refused(404, "not_found");
    shop.advance(2 * DAY_S).await;
    assert_eq!(stored(&shop), std::slice::from_ref(&sent));
    let messages = shop.customer("cus_1").messages(&hash).await;
    let path = path_of(&shop, &messages["messages"][0]["attachments"][0]["url"]);
    assert_eq!(shop.nobody().get(path).await.status, 302);
}

#[tokio::test]
async fn deleting_a_message_deletes_its_files() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    let kept = customer.picture(&hash).await;
    let kept_message = customer.send_files(&hash, &[&kept]).await.ok()["message"].clone();
    for client in [&customer, &admin] {
        let (one, two) = (client.picture(&hash).await, client.picture(&hash).await);
        let message = client.send_files(&hash, &[&one, &two]).await.ok()["message"].clone();
        shop.settle().await;
        assert_eq!(stored(&shop).len(), 3);
        client.delete_message(&message).await;
        shop.settle().await;
        assert_eq!(stored(&shop), std::slice::from_ref(&kept));
        client.send_files(&hash, &[&one]).await.refused(400, "invalid_data");
        client.complete(&one).await.refused(404, "not_found");
    }
    let edited = customer.edit(&kept_message, "Now with a text").await;
    assert_eq!(edited["attachments"][0]["id"], json!(kept));
}

#[tokio::test]
async fn while_s3_is_away_the_stream_waits_and_then_catches_up() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let (sent, deleted) = (customer.picture(&hash).await, customer.picture(&hash).await);
    let is_away = Arc::new(AtomicBool::new(true));
    let away = is_away.clone();
    shop.wire.disturb(move |_, call| {
        let is_s3 = call.starts_with("DeleteObject");
        (is_s3 && away.load(Ordering::Relaxed)).then_some(Fault::ServerError)
    });
    customer.send_files(&hash, &[&sent]).await.ok();
    let message = customer.send_files(&hash, &[&deleted]).await.ok()["message"].clone();
    customer.delete_message(&message).await;
    assert_eq!(stored(&shop).len(), 2);
    is_away.store(false, Ordering::Relaxed);
    shop.settle().await;
    assert_eq!(stored(&shop), std::slice::from_ref(&sent));
    // A redelivery changes nothing.
    shop.deliver_all().await;
    shop.advance(9 * DAY_S).await;
    assert_eq!(stored(&shop), [sent]);
}

#[tokio::test]
async fn erasing_a_person_deletes_their_files_and_exporting_one_lists_them() {
    let shop = Shop::open().await;
    let (customer, other, admin) =
        (shop.customer("cus_1"), shop.customer("cus_2"), shop.admin("user_1"));
    let (hash, others) = (customer.open().await, other.open().await);
    let sent = customer.picture(&hash).await;
    let unused = customer.upload(&hash, "unused.txt", "text/plain", b"x").await;
    let message = customer.send_files(&hash, &[&sent]).await.ok()["message"].clone();
    let (of_admin, draft_of_admin) = (admin.picture(&hash).await, admin.picture(&hash).await);
    admin.send_files(&hash, &[&of_admin]).await.ok();
    let of_other = other.picture(&others).await;
    other.send_files(&others, &[&of_other]).await.ok();
    shop.settle().await;

    let export = async |id: &str| -> Value {
        let subject = Subject::parse(id, false).expect("an id");
        serde_json::from_str(&operate(&shop, Task::Export(subject)).await).expect("JSON")
    };
    let objects = |export: &Value| {
        let objects = harness::pluck(&export["files"], "object");
        let ids = objects.iter().map(|one| one.as_str().unwrap().replace("files/", ""));
        let mut ids: Vec<String> = ids.collect();
        ids.sort();
        ids
    };
    let sorted = |ids: &[&String]| {
        let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
        ids.sort();
        ids
    };
    let exported = export("cus_1").await;
    assert_eq!(objects(&exported), sorted(&[&sent, &unused, &of_admin]));
    assert!(exported["files"].to_string().contains("unused.txt"));
    assert_eq!(objects(&export("user_1").await), sorted(&[&of_admin, &draft_of_admin]));

    let subject = Subject::parse("cus_1", false).expect("an id");
    operate(&shop, Task::Erase(subject, true)).await;
    let path = path_of(&shop, &message["attachments"][0]["url"]);
    shop.nobody().get(path).await.refused(404, "not_found");
    shop.settle().await;
    assert_eq!(stored(&shop), [of_other]);
}

#[tokio::test]
async fn repair_keeps_the_bytes_of_sent_files_and_deletes_those_of_none() {
    // The stream is never delivered, as after an outage that lasted too long.
    let shop = Shop::with_idle_stream().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let (sent, deleted) = (customer.picture(&hash).await, customer.picture(&hash).await);
    let unused = customer.picture(&hash).await;
    customer.send_files(&hash, &[&sent]).await.ok();
    let message = customer.send_files(&hash, &[&deleted]).await.ok()["message"].clone();
    customer.delete_message(&message).await;
    let late = customer.announce(&hash, "late.png", "image/png", PNG).await.ok();
    assert_eq!(stored(&shop).len(), 3);
    let said = operate(&shop, Task::Repair).await;
    assert!(said.contains("1 sent files are kept, those of 0 are missing; 1 objects"), "{said}");
    let mut both = vec![sent.clone(), unused];
    both.sort();
    assert_eq!(stored(&shop), both);
    assert_eq!(put(&late["upload"], PNG).await, 200, "an upload that had not begun");
    shop.running.app.clock.advance(9 * DAY_S * 1_000);
    shop.running.background.call_due().await;
    assert_eq!(stored(&shop), std::slice::from_ref(&sent), "it does not expire any more");
    blobs::Blobs::of(&shop.running.app).unwrap().delete(&sent).await.unwrap();
    let said = operate(&shop, Task::Repair).await;
    assert!(said.contains("0 sent files are kept, those of 1 are missing; 0 objects"), "{said}");
}
