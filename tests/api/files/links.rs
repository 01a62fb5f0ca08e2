//! Links to files.

use harness::{Client, PNG, Shop};
use serde_json::Value;

use super::path_of;

/// A response of S3: status, content type, disposition, bytes.
async fn load(url: &str) -> (u16, String, String, Vec<u8>) {
    let response = reqwest::get(url).await.expect("a response");
    let header = |name: &str| {
        let value = response.headers().get(name);
        value.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    let (kind, disposition) = (header("content-type"), header("content-disposition"));
    (response.status().as_u16(), kind, disposition, response.bytes().await.unwrap().to_vec())
}

/// A message with one file; returns it.
async fn message_with(client: &Client, hash: &str, name: &str, kind: &str, bytes: &[u8]) -> Value {
    let file = client.upload(hash, name, kind, bytes).await;
    client.send_files(hash, &[&file]).await.ok()["message"].clone()
}

#[tokio::test]
async fn a_link_leads_to_the_bytes_and_needs_no_login() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    for (name, kind, bytes, served, disposition) in [
        ("a.png", "image/png", PNG, "image/png", "inline"),
        (
            "Größe \"1\" 100%.txt",
            "text/plain",
            b"<script>alert(1)</script>".as_slice(),
            "text/plain; charset=utf-8",
            "attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22%20100%25.txt",
        ),
        (
            "a.html",
            "application/pdf",
            b"%PDF-1.7",
            "application/pdf",
            "attachment; filename*=UTF-8''a.html",
        ),
    ] {
        let message = message_with(&customer, &hash, name, kind, bytes).await;
        let path = path_of(&shop, &message["attachments"][0]["url"]);
        for method in ["GET", "HEAD"] {
            let reply = shop.nobody().send_raw(method, path, "").await;
            assert_eq!((reply.status, reply.text.as_str()), (302, ""), "{name}");
            let header = |name: &str| reply.headers[name].to_str().unwrap().to_owned();
            assert_eq!(header("cache-control"), "private, max-age=240");
            assert_eq!(header("referrer-policy"), "no-referrer");
            let expected = (200, served.to_owned(), disposition.to_owned(), bytes.to_vec());
            assert_eq!(load(&header("location")).await, expected);
        }
    }
}

#[tokio::test]
async fn the_bytes_can_be_loaded_for_five_minutes_after_the_link_was_followed() {
    let shop = Shop::with_stopped_clock(&[]).await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let message = message_with(&customer, &hash, "a.png", "image/png", PNG).await;
    let path = path_of(&shop, &message["attachments"][0]["url"]);
    let reply = shop.nobody().get(path).await;
    let location = reply.headers["location"].to_str().unwrap();
    shop.running.app.clock.advance(299_000);
    assert_eq!(load(location).await.0, 200);
    shop.running.app.clock.advance(2_000);
    assert_eq!(load(location).await.0, 403);
}

#[tokio::test]
async fn an_altered_link_leads_nowhere() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let one = message_with(&customer, &hash, "a.png", "image/png", PNG).await;
    let two = message_with(&customer, &hash, "b.png", "image/png", PNG).await;
    let (one, two) = (&one["attachments"][0], &two["attachments"][0]);
    let path = path_of(&shop, &one["url"]);
    let (folder, name) = path.rsplit_once('/').unwrap();
    let (_, signature) = folder.rsplit_once('/').unwrap();
    let (id, other) = (one["id"].as_str().unwrap(), two["id"].as_str().unwrap());
    assert_eq!((name, shop.nobody().get(path).await.status), ("a.png", 302));
    let last = if signature.ends_with('a') { 'b' } else { 'a' };
    let flipped = format!("{}{last}", &signature[..signature.len() - 1]);
    for wrong in [
        path.replace(id, other),
        path.replace(signature, &flipped),
        path.replace(signature, &signature.to_uppercase()),
        path.replace(signature, &signature.replacen('-', "0-", 1)),
        path.replace(signature, "x"),
        path.replace("a.png", "b.png"),
        path.replace("a.png", "a.svg"),
        path.replace("a.png", "A.png"),
        path.replace("a.png", "a.png%2F"),
        path.replace("chatfile_", "chatmsg_"),
        format!("{folder}/"),
        folder.to_owned(),
        format!("{path}/x"),
    ] {
        shop.nobody().get(&wrong).await.refused(404, "not_found");
    }
    shop.nobody().post(path, Value::Null).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_link_is_the_same_within_an_hour_and_ends_with_the_next() {
    let shop = Shop::with_stopped_clock(&[]).await;
    let clock = &shop.running.app.clock;
    let to_next_hour = |millis: i64| 3_600_000 - millis.rem_euclid(3_600_000);
    clock.advance(to_next_hour(clock.now().millis()));
    let hash = shop.customer("cus_1").open().await;
    message_with(&shop.customer("cus_1"), &hash, "a.png", "image/png", PNG).await;
    let link = async || {
        let messages = shop.customer("cus_1").messages(&hash).await;
        messages["messages"][0]["attachments"][0].clone()
    };
    let first = link().await;
    let expires_at = domain::Timestamp::parse(first["expires_at"].as_str().unwrap()).unwrap();
    assert_eq!(expires_at.since(clock.now()), 7_200_000);
    clock.advance(3_599_999);
    assert_eq!(link().await["url"], first["url"]);
    clock.advance(1);
    assert_ne!(link().await["url"], first["url"]);
    let path = path_of(&shop, &first["url"]);
    clock.advance(3_599_999);
    assert_eq!(shop.nobody().get(path).await.status, 302);
    clock.advance(1);
    shop.nobody().get(path).await.refused(404, "not_found");
}

#[tokio::test]
async fn no_link_works_once_its_message_is_deleted_or_the_chat_is_off() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let message = message_with(&customer, &hash, "a.png", "image/png", PNG).await;
    let path = path_of(&shop, &message["attachments"][0]["url"]);
    assert_eq!(shop.nobody().get(path).await.status, 302);
    customer.delete_message(&message).await;
    shop.nobody().get(path).await.refused(404, "not_found");

    let off = Shop::with(&[("CHAT_V1_ENABLED", "false")]).await;
    let refused = off.nobody().get(path).await;
    assert_eq!(refused.refused(400, "not_allowed"), "Chat is disabled");
}
