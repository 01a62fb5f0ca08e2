//! Announcing, uploading and completing.

use harness::{Fault, PNG, Shop, put};
use serde_json::{Value, json};

use super::stored;

#[tokio::test]
async fn a_file_is_announced_uploaded_and_completed() {
    let shop = Shop::open().await;
    for (client, scope) in [(shop.customer("cus_1"), "store"), (shop.admin("user_1"), "admin")] {
        let hash = shop.customer("cus_1").open().await;
        let file = json!({
            "channel_hash": hash, "name": "teapot.png", "content_type": "image/png",
            "size": PNG.len(), "width": 1, "height": 2, "alt": "A teapot",
        });
        let announced = client.post(&format!("/{scope}/chat/files"), file.clone()).await.ok();
        for field in ["name", "content_type", "size", "width", "height", "alt"] {
            assert_eq!(announced["file"][field], file[field], "{field}");
        }
        assert_eq!(announced["file"]["state"], "announced");
        assert!(announced["file"]["url"].is_null(), "there are no bytes yet");
        let upload = &announced["upload"];
        assert_eq!((&upload["method"], &upload["expires_in"]), (&json!("PUT"), &json!(900)));
        let id = announced["file"]["id"].as_str().unwrap();

        let early = client.complete(id).await;
        assert_eq!(early.refused(400, "invalid_data"), "The file was not uploaded");
        assert_eq!(put(upload, PNG).await, 200);
        assert_eq!(put(upload, PNG).await, 412, "once only");
        for _ in 0..2 {
            let ready = client.complete(id).await.ok();
            assert_eq!(ready["file"]["state"], "ready");
            assert_eq!(ready["file"]["id"], id);
            assert!(ready["file"]["url"].is_string() && ready["file"]["expires_at"].is_string());
        }
        assert!(stored(&shop).contains(&id.to_owned()));
    }
}

#[tokio::test]
async fn each_wrong_announcement_is_refused_and_stores_nothing() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let good = json!({
        "channel_hash": hash, "name": "a.png", "content_type": "image/png", "size": 1,
    });
    let invalid = "invalid_data";
    for (field, value, status, kind) in [
        ("channel_hash", Value::Null, 400, invalid),
        ("channel_hash", json!("direct:cus_1:admin"), 404, "not_found"),
        ("channel_hash", json!("direct:admin:cus_2"), 404, "not_found"),
        ("name", Value::Null, 400, invalid),
        ("name", json!(""), 400, invalid),
        ("name", json!("../a.png"), 400, invalid),
        ("name", json!("a\\b.png"), 400, invalid),
        ("name", json!(".."), 400, invalid),
        ("name", json!("a\u{0}.png"), 400, invalid),
        ("name", json!("cod\u{202e}gpj.exe"), 400, invalid),
        ("name", json!("é".repeat(256)), 400, invalid),
        ("content_type", Value::Null, 400, invalid),
        ("content_type", json!("text/html"), 400, invalid),
        ("content_type", json!("image/svg+xml"), 400, invalid),
        ("content_type", json!("application/zip"), 400, invalid),
        ("content_type", json!("image/png; charset=utf-8"), 400, invalid),
        ("size", Value::Null, 400, invalid),
        ("size", json!(0), 400, invalid),
        ("size", json!(-1), 400, invalid),
        ("size", json!(1.5), 400, invalid),
        ("size", json!("1"), 400, invalid),
        ("size", json!(10 * 1024 * 1024 + 1), 400, invalid),
        ("width", json!(0), 400, invalid),
        ("height", json!(65_536), 400, invalid),
        ("alt", json!("x".repeat(301)), 400, invalid),
    ] {
        let mut wrong = good.clone();
        wrong[field] = value.clone();
        let refused = customer.post("/store/chat/files", wrong).await;
        refused.refused(status, kind);
    }
    let biggest = json!({ "channel_hash": hash, "name": "é".repeat(255), "size": 10 * 1024 * 1024,
                          "content_type": "video/mp4", "alt": "é".repeat(300) });
    customer.post("/store/chat/files", biggest).await.ok();
}

#[tokio::test]
async fn a_files_limits_are_the_shops() {
    let settings = [
        ("FILE_MAX_BYTES", "20"),
        ("FILE_TYPES", "image/png, text/plain"),
        ("FILES_PER_MESSAGE", "1"),
    ];
    let shop = Shop::with(&settings).await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    customer.announce(&hash, "a.txt", "text/plain", &[b'x'; 20]).await.ok();
    customer.announce(&hash, "a.txt", "text/plain", &[b'x'; 21]).await.refused(400, "invalid_data");
    customer.announce(&hash, "a.gif", "image/gif", b"GIF89a").await.refused(400, "invalid_data");
    let one = customer.upload(&hash, "1.txt", "text/plain", b"one").await;
    let two = customer.upload(&hash, "2.txt", "text/plain", b"two").await;
    customer.send_files(&hash, &[&one, &two]).await.refused(400, "invalid_data");
    customer.send_files(&hash, &[&one]).await.ok();
}

#[tokio::test]
async fn people_announce_so_many_files_in_an_hour() {
    let shop = Shop::with_stopped_clock(&[("STORE_FILES_PER_HOUR", "2")]).await;
    let (one, other) = (shop.customer("cus_1"), shop.guest());
    let (hash, others) = (one.open().await, other.open().await);
    for _ in 0..2 {
        one.announce(&hash, "a.png", "image/png", PNG).await.ok();
        one.announce(&hash, "a.html", "text/html", PNG).await.refused(400, "invalid_data");
    }
    let refused = one.announce(&hash, "a.png", "image/png", PNG).await;
    assert_eq!(refused.refused(429, "too_many_requests"), "Too many files, try again later");
    assert_eq!(refused.headers["retry-after"], "3600");
    other.announce(&others, "a.png", "image/png", PNG).await.ok();
    for _ in 0..3 {
        shop.admin("user_1").announce(&hash, "a.png", "image/png", PNG).await.ok();
    }
    shop.running.app.clock.advance(3_600_000);
    let one = shop.customer("cus_1");
    one.announce(&hash, "a.png", "image/png", PNG).await.ok();
}

#[tokio::test]
async fn files_announced_at_once_all_count() {
    let shop = Shop::with(&[("STORE_FILES_PER_HOUR", "5")]).await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let announced = (0..12).map(|_| customer.announce(&hash, "a.png", "image/png", PNG));
    let announced = futures_util::future::join_all(announced).await;
    let accepted = announced.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(accepted, 5);
}

#[tokio::test]
async fn an_announcement_whose_response_from_the_database_is_lost_is_stored_once() {
    let shop = Shop::with(&[("STORE_FILES_PER_HOUR", "1")]).await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let first = std::sync::atomic::AtomicBool::new(true);
    shop.wire.disturb(move |_, call| {
        let is_first =
            call == "TransactWriteItems" && first.swap(false, std::sync::atomic::Ordering::Relaxed);
        is_first.then_some(Fault::LostAnswer)
    });
    customer.announce(&hash, "a.png", "image/png", PNG).await.ok();
    customer.announce(&hash, "a.png", "image/png", PNG).await.refused(429, "too_many_requests");
}

#[tokio::test]
async fn an_upload_can_begin_for_fifteen_minutes() {
    let shop = Shop::with_stopped_clock(&[]).await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let late = customer.announce(&hash, "a.png", "image/png", PNG).await.ok();
    shop.running.app.clock.advance(901_000);
    assert_eq!(put(&late["upload"], PNG).await, 403);
    let completed = customer.complete(late["file"]["id"].as_str().unwrap()).await;
    assert_eq!(completed.refused(400, "invalid_data"), "The file was not uploaded");
    assert!(stored(&shop).is_empty());
}

#[tokio::test]
async fn an_outage_of_s3_is_a_503_and_changes_nothing() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let announced = customer.announce(&hash, "a.png", "image/png", PNG).await.ok();
    assert_eq!(put(&announced["upload"], PNG).await, 200);
    let id = announced["file"]["id"].as_str().unwrap();
    for fault in [Fault::LostAnswer, Fault::ServerError] {
        shop.wire.disturb(move |_, call| (call == "GetObject").then_some(fault));
        customer.complete(id).await.refused(503, "unavailable");
    }
    shop.wire.disturb(|_, _| None);
    customer.complete(id).await.ok();
}
