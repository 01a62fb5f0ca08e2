//! Messages with files.

use futures_util::future::join_all;
use harness::{Fault, PNG, Shop};
use serde_json::json;

#[tokio::test]
async fn a_message_has_files_for_everybody() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    let mut socket = shop.socket(&admin, "admin").await;
    let (one, two) = (
        customer.picture(&hash).await,
        customer.upload(&hash, "Größe.txt", "text/plain", b"2 l").await,
    );
    let sent = customer.send_files(&hash, &[&two, &one]).await.ok()["message"].clone();
    assert_eq!(sent["body"], "");
    let files = &sent["attachments"];
    assert_eq!((&files[0]["id"], &files[1]["id"]), (&json!(two), &json!(one)), "in order");
    assert_eq!(files[0]["name"], "Größe.txt");
    assert_eq!((&files[0]["content_type"], &files[0]["size"]), (&json!("text/plain"), &json!(3)));
    let pushed = socket.next().await;
    assert_eq!(&pushed["payload"]["message"]["attachments"], files);
    for client in [&customer, &admin] {
        assert_eq!(&client.messages(&hash).await["messages"][0]["attachments"], files);
        let event = &client.events_after(&hash, 0).await["events"][0];
        assert_eq!(&event["payload"]["message"]["attachments"], files);
        assert_eq!(&client.channels().await["channels"][0]["last_message"]["attachments"], files);
    }
    shop.settle().await;
    let events = shop.running.dev.bus.events();
    let on_bus = events.iter().find(|event| event.to_string().contains(&one)).expect("the event");
    assert!(!on_bus.to_string().contains("/chat/files/"), "the bus has no links: {on_bus}");
}

#[tokio::test]
async fn a_message_takes_up_to_five_ready_files_of_its_sender_and_channel_each_once() {
    let shop = Shop::open().await;
    let (customer, admin, other) =
        (shop.customer("cus_1"), shop.admin("user_1"), shop.customer("cus_2"));
    let (hash, elsewhere) = (customer.open().await, customer.open_with_admin("user_1").await);
    let others = other.open().await;
    let own = customer.picture(&hash).await;
    let announced = customer.announce(&hash, "a.png", "image/png", PNG).await.ok();
    let announced = announced["file"]["id"].as_str().unwrap().to_owned();
    let of_elsewhere = customer.picture(&elsewhere).await;
    let of_other = other.picture(&others).await;
    let of_admin = admin.picture(&hash).await;
    for (ids, why) in [
        (vec![&announced], "not uploaded"),
        (vec![&of_elsewhere], "another channel's"),
        (vec![&of_other], "another customer's"),
        (vec![&of_admin], "the staff's"),
        (vec![&own, &own], "twice"),
        (vec![&own, &announced], "one of them"),
        (vec![&own; 6], "too many"),
        (vec![&hash], "no file"),
    ] {
        let ids: Vec<&str> = ids.into_iter().map(String::as_str).collect();
        let refused = customer.send_files(&hash, &ids).await;
        assert_eq!((refused.status, &refused.body["type"]), (400, &json!("invalid_data")), "{why}");
    }
    admin.send_files(&hash, &[&own]).await.refused(400, "invalid_data");
    let text = json!({ "attachments": own });
    customer.post(&format!("/store/chat/messages/{hash}"), text).await.refused(400, "invalid_data");
    let empty = customer.send_files(&hash, &[]).await;
    assert_eq!(empty.refused(400, "invalid_data"), "Invalid request: Field 'body' is required");
    assert_eq!(customer.messages(&hash).await["messages"], json!([]), "nothing was sent");

    let mut five = vec![own.clone()];
    for _ in 1..5 {
        five.push(customer.picture(&hash).await);
    }
    let five: Vec<&str> = five.iter().map(String::as_str).collect();
    let sent = customer.send_files(&hash, &five).await.ok();
    assert_eq!(sent["message"]["attachments"].as_array().unwrap().len(), 5);
    let again = customer.send_files(&hash, &five[..1]).await;
    assert!(again.refused(400, "invalid_data").contains("each sent once"));
}

#[tokio::test]
async fn a_repeated_send_returns_its_message_and_one_with_other_files_is_a_conflict() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let (one, two) = (customer.picture(&hash).await, customer.picture(&hash).await);
    let path = format!("/store/chat/messages/{hash}");
    let with = |files: &[&str]| json!({ "attachments": files, "client_message_id": "client-id-1" });
    let sent = customer.post(&path, with(&[&one])).await.ok();
    let again = customer.post(&path, with(&[&one])).await.ok();
    assert_eq!(again["message"], sent["message"]);
    customer.post(&path, with(&[&two])).await.refused(409, "conflict");
    customer.post(&path, with(&[&one, &two])).await.refused(409, "conflict");
    let text = json!({ "body": "x", "client_message_id": "client-id-1" });
    customer.post(&path, text).await.refused(409, "conflict");
    customer.delete_message(&sent["message"]).await;
    let tombstone = customer.post(&path, with(&[&one])).await.ok();
    assert_eq!(tombstone["message"]["attachments"], json!([]));
    customer.send_files(&hash, &[&two]).await.ok();
}

#[tokio::test]
async fn of_racing_messages_one_gets_the_file() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    for _ in 0..5 {
        let file = customer.picture(&hash).await;
        let file = [file.as_str()];
        let sends = (0..8).map(|_| customer.send_files(&hash, &file));
        let replies = join_all(sends).await;
        let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 400, 400, 400, 400, 400, 400, 400]);
    }
    assert_eq!(customer.messages(&hash).await["messages"].as_array().unwrap().len(), 5);
}

/// The file shows as taken by the attempt whose response was lost: that is no reason to claim that
/// the message was refused.
#[tokio::test]
async fn a_lost_response_of_the_database_is_no_refusal() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let file = customer.picture(&hash).await;
    shop.wire.disturb(|_, call| (call == "TransactWriteItems").then_some(Fault::LostAnswer));
    let sent = customer.send_files(&hash, &[&file]).await;
    assert!(matches!(sent.status, 200 | 503), "{}", sent.body);
    shop.wire.disturb(|_, _| None);
    let messages = customer.messages(&hash).await["messages"].clone();
    assert_eq!(messages[0]["attachments"][0]["id"], json!(file));
    assert_eq!(messages.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_customer_sends_the_file_of_the_guest_whom_they_claimed() {
    let shop = Shop::open().await;
    let secret = "guest-secret-of-files-abcdefghijklm";
    let (customer, guest) = (shop.customer("cus_1"), shop.nobody().with_guest_secret(secret));
    let hash = guest.open().await;
    let file = guest.picture(&hash).await;
    customer.claim(secret).await.ok();
    guest.complete(&file).await.refused(401, "unauthorized");
    customer.complete(&file).await.ok();
    customer.send_files(&hash, &[&file]).await.ok();
}
