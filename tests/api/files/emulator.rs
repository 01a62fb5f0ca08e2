//! Our presigned requests against another implementation of S3: tests/e2e/signatures.py runs this
//! with the emulator ministack, which checks signatures with Python.

use app::{App, Clock};
use blobs::{Blobs, Disposition};
use harness::Shop;
use reqwest::{Client, Method};

fn variable(name: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "the script that runs this sets the emulator")]
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

#[tokio::test]
#[ignore = "needs an emulator: ./test has one"]
async fn another_s3_accepts_our_signatures_and_refuses_others() {
    let shop = Shop::open().await;
    let mut config = shop.running.app.config.clone();
    config.aws.endpoints.s3 = Some(variable("AWS_ENDPOINT_URL"));
    config.aws.region = variable("AWS_REGION");
    config.aws.access_key_id = variable("AWS_ACCESS_KEY_ID");
    config.aws.secret_access_key = variable("AWS_SECRET_ACCESS_KEY").into();
    config.files.bucket = Some(variable("FILES_BUCKET"));
    let blobs = Blobs::of(&App::new(config, Clock::default())).expect("a bucket");
    let send = async |method: Method, url: &str, headers: &[(&str, &str)], body: &'static str| {
        let mut request = Client::new().request(method, url).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("a response")
    };
    let status = async |method, url: &str, headers: &[(&str, &str)], body| {
        send(method, url, headers, body).await.status().as_u16()
    };

    let upload = blobs.upload("f1", "text/plain", 10).expect("signed");
    let headers: Vec<_> = upload.headers.iter().map(|(name, value)| (*name, &**value)).collect();
    assert_eq!(status(Method::PUT, &upload.url, &headers, "0123456789a").await, 403, "longer");
    for (n, (name, _)) in headers.iter().enumerate() {
        let mut without = headers.clone();
        without.remove(n);
        assert_eq!(status(Method::PUT, &upload.url, &without, "0123456789").await, 403, "{name}");
    }
    assert!(blobs.head("f1", 4).await.expect("an answer").is_none());
    assert_eq!(status(Method::PUT, &upload.url, &headers, "0123456789").await, 200);
    assert_eq!(status(Method::PUT, &upload.url, &headers, "0123456789").await, 412, "once only");

    let head = blobs.head("f1", 4).await.expect("an answer").expect("an object");
    assert_eq!((head.size, head.bytes.as_slice()), (10, &b"0123"[..]));
    let whole = blobs.whole("f1", 99).await.expect("an answer").expect("an object");
    assert_eq!(whole, b"0123456789");
    let name = "Größe \"1\" 100%;+&.txt";
    let link = blobs.link("f1", Disposition::Attachment(name), "text/plain; charset=utf-8");
    let link = link.expect("signed");
    let response = send(Method::GET, &link, &[], "").await;
    assert_eq!(response.status(), 200);
    for (header, expected) in [
        ("content-type", "text/plain; charset=utf-8"),
        ("cache-control", "private, max-age=240"),
        (
            "content-disposition",
            "attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22%20100%25%3B%2B%26.txt",
        ),
    ] {
        assert_eq!(response.headers()[header], expected);
    }
    let other_type = link.replace("text%2Fplain", "text%2Fhtml");
    assert_eq!(status(Method::GET, &other_type, &[], "").await, 403, "another type");
    let bare = link.split('?').next().expect("a path");
    assert_eq!(status(Method::GET, bare, &[], "").await, 403, "no signature");

    for _ in 0..2 {
        blobs.keep("f1").await.expect("kept");
    }
    assert_eq!(blobs.list(None).await.expect("a list"), ["f1"]);
    for _ in 0..2 {
        blobs.delete("f1").await.expect("deleted");
    }
    blobs.keep("f1").await.expect("nothing to keep");
    assert!(blobs.list(None).await.expect("a list").is_empty());
}
