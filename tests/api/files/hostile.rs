//! Files that are not what they claim to be.

use harness::{PNG, Shop, put};

use super::stored;

#[tokio::test]
async fn bytes_that_do_not_fit_their_type_are_deleted_and_cannot_be_sent() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let html = b"<!doctype html><script>alert(1)</script>".as_slice();
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".as_slice();
    let before_png = [html, PNG].concat();
    for (kind, bytes) in [
        ("image/png", html),
        ("image/png", svg),
        ("image/png", &before_png),
        ("image/png", b"\xff\xd8\xff\xe0 a JPEG"),
        ("image/jpeg", PNG),
        ("image/jpeg", b"x"),
        ("image/gif", b" GIF89a"),
        ("image/webp", b"RIFF\x24\0\0\0WAVEfmt "),
        ("image/avif", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        ("application/pdf", b"<html>%PDF-1.7"),
        ("application/pdf", b"PK\x03\x04\x14\0\0\0\x08\0"),
        ("video/mp4", b"MZ\x90\0"),
        ("text/plain", b"a\0b"),
        ("text/plain", b"\xff\xfeh\0i\0"),
        ("text/plain", b"\x89PNG\r\n\x1a\n"),
    ] {
        let announced = customer.announce(&hash, "a", kind, bytes).await.ok();
        assert_eq!(put(&announced["upload"], bytes).await, 200);
        let id = announced["file"]["id"].as_str().unwrap();
        let refused = customer.complete(id).await;
        assert_eq!(
            refused.refused(400, "invalid_data"),
            "The uploaded file does not have the announced size and type",
            "{bytes:?} as {kind}"
        );
        assert!(stored(&shop).is_empty(), "{bytes:?} as {kind}");
        customer.send_files(&hash, &[id]).await.refused(400, "invalid_data");
        customer.complete(id).await.refused(400, "invalid_data");
    }
}

#[tokio::test]
async fn a_text_is_read_to_its_end() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let mut long = "é".repeat(500_000).into_bytes();
    customer.upload(&hash, "long.txt", "text/plain", &long).await;
    long.push(0xff);
    let announced = customer.announce(&hash, "long.txt", "text/plain", &long).await.ok();
    assert_eq!(put(&announced["upload"], &long).await, 200);
    let id = announced["file"]["id"].as_str().unwrap();
    customer.complete(id).await.refused(400, "invalid_data");
}

#[tokio::test]
async fn s3_takes_only_the_announced_bytes_of_the_announced_type() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let upload =
        async || customer.announce(&hash, "a.png", "image/png", PNG).await.ok()["upload"].clone();
    assert_eq!(put(&upload().await, &[PNG, b"x"].concat()).await, 403, "a byte more");
    assert_eq!(put(&upload().await, &PNG[1..]).await, 403, "a byte less");
    for (header, value) in
        [("content-type", "text/html"), ("x-amz-tagging", "state=kept"), ("if-none-match", "other")]
    {
        let mut changed = upload().await;
        changed["headers"][header] = value.into();
        assert_eq!(put(&changed, PNG).await, 403, "{header}");
    }
    let mut other = upload().await;
    let url = other["url"].as_str().unwrap();
    other["url"] = url.replacen("chatfile_", "chatfile_x", 1).into();
    assert_eq!(put(&other, PNG).await, 403, "another file");
    assert!(stored(&shop).is_empty());
}

#[tokio::test]
async fn another_persons_file_is_not_found() {
    let shop = Shop::open().await;
    let (customer, other) = (shop.customer("cus_1"), shop.customer("cus_2"));
    let (hash, _) = (customer.open().await, other.open().await);
    let announced = customer.announce(&hash, "a.png", "image/png", PNG).await.ok();
    assert_eq!(put(&announced["upload"], PNG).await, 200);
    let id = announced["file"]["id"].as_str().unwrap();
    for who in [other, shop.guest(), shop.admin("user_1")] {
        who.complete(id).await.refused(404, "not_found");
    }
    shop.nobody().complete(id).await.refused(401, "unauthorized");
    for wrong in [&id[..id.len() - 1], "chatfile_x", "x", &id.replace("chatfile", "chatmsg")] {
        customer.complete(wrong).await.refused(404, "not_found");
    }
    customer.complete(id).await.ok();
}
