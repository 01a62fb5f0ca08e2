//! The bucket: what presigned URLs allow, and what S3 refuses. The stand-in is as strict as AWS.

use blobs::{Blobs, Disposition, Error};
use harness::{Fault, Shop};
use reqwest::{Client, Method, Response};

const TEXT: &[u8] = b"0123456789";

struct Bucket {
    shop: Shop,
    blobs: Blobs,
    http: Client,
}

impl Bucket {
    async fn open() -> Self {
        let shop = Shop::open().await;
        let blobs = Blobs::of(&shop.running.app).expect("a bucket");
        Self { shop, blobs, http: Client::new() }
    }

    /// Uploads as a browser does.
    async fn put(&self, id: &str) -> Response {
        let upload = self.blobs.upload(id, "text/plain", TEXT.len() as u64).expect("signed");
        self.send(Method::PUT, &upload.url, &pairs(&upload), TEXT).await
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        let mut request = self.http.request(method, url).body(body.to_vec());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("a response")
    }

    async fn refused(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> String {
        let response = self.send(method, url, headers, body).await;
        let status = response.status().as_u16();
        let text = response.text().await.expect("a text");
        let code = text.split("<Code>").nth(1).and_then(|rest| rest.split('<').next());
        format!("{status} {}", code.expect("a code"))
    }
}

fn pairs(upload: &blobs::Upload) -> Vec<(&'static str, &str)> {
    upload.headers.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test]
async fn an_upload_is_exactly_what_was_signed_and_happens_once() {
    let bucket = Bucket::open().await;
    let upload = bucket.blobs.upload("f1", "text/plain", 10).expect("signed");
    let headers = pairs(&upload);
    let put = async |headers: &[(&str, &str)], body: &[u8]| {
        bucket.refused(Method::PUT, &upload.url, headers, body).await
    };
    let other = "403 SignatureDoesNotMatch";
    assert_eq!(put(&headers, b"0123456789a").await, other, "longer");
    assert_eq!(put(&headers, b"012345678").await, other, "shorter");
    for (n, (name, _)) in headers.iter().enumerate() {
        let mut changed = headers.clone();
        changed[n].1 = "image/png";
        assert_eq!(put(&changed, TEXT).await, other, "another {name}");
        changed.remove(n);
        assert_eq!(put(&changed, TEXT).await, other, "no {name}");
    }
    let more = [&headers[..], &[("x-amz-acl", "public-read")]].concat();
    assert_eq!(put(&more, TEXT).await, "403 AccessDenied", "a header that was not signed");
    for (method, url) in [
        (Method::PUT, upload.url.replace("/f1?", "/f2?")),
        (Method::GET, upload.url.clone()),
        (Method::DELETE, upload.url.clone()),
        (Method::PUT, upload.url.replace("X-Amz-Expires=900", "X-Amz-Expires=901")),
        (Method::PUT, format!("{}&tagging=", upload.url)),
    ] {
        let refused = bucket.refused(method.clone(), &url, &headers, TEXT).await;
        assert_eq!(refused, other, "{method} {url}");
    }
    let bare = upload.url.split('?').next().expect("a path");
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let refused = bucket.refused(method.clone(), bare, &headers, TEXT).await;
        assert_eq!(refused, "403 AccessDenied", "{method} without a signature");
    }
    assert!(bucket.blobs.head("f1", 1).await.expect("an answer").is_none(), "nothing is stored");

    assert_eq!(bucket.put("f1").await.status(), 200);
    assert_eq!(put(&headers, TEXT).await, "412 PreconditionFailed");
}

#[tokio::test]
async fn urls_expire_by_the_clock() {
    let bucket = Bucket::open().await;
    let clock = bucket.shop.running.app.clock.clone();
    clock.stop();
    let upload = bucket.blobs.upload("f1", "text/plain", 10).expect("signed");
    assert_eq!(bucket.put("f2").await.status(), 200);
    let link = bucket.blobs.link("f2", Disposition::Inline, "text/plain").expect("signed");
    clock.advance(298_000);
    assert_eq!(bucket.send(Method::GET, &link, &[], b"").await.status(), 200);
    clock.advance(3_000);
    assert_eq!(bucket.refused(Method::GET, &link, &[], b"").await, "403 AccessDenied");
    clock.advance(600_000);
    let late = bucket.refused(Method::PUT, &upload.url, &pairs(&upload), TEXT).await;
    assert_eq!(late, "403 AccessDenied");
}

#[tokio::test]
async fn the_first_bytes_the_whole_and_nothing_are_read() {
    let bucket = Bucket::open().await;
    assert!(bucket.blobs.head("none", 4).await.expect("an answer").is_none());
    assert!(bucket.blobs.whole("none", 4).await.expect("an answer").is_none());
    assert_eq!(bucket.put("f1").await.status(), 200);
    let empty = bucket.blobs.upload("empty", "text/plain", 0).expect("signed");
    let headers = [&pairs(&empty)[..], &[("content-length", "0")]].concat();
    assert_eq!(bucket.send(Method::PUT, &empty.url, &headers, b"").await.status(), 200);
    for (id, first, size, bytes) in [
        ("f1", 4, 10, "0123"),
        ("f1", 10, 10, "0123456789"),
        ("f1", 99, 10, "0123456789"),
        ("f1", 0, 10, ""),
        ("empty", 4, 0, ""),
    ] {
        let head = bucket.blobs.head(id, first).await.expect("an answer").expect("an object");
        assert_eq!((head.size, head.bytes.as_slice()), (size, bytes.as_bytes()), "{id} {first}");
    }
    let whole = bucket.blobs.whole("f1", 10).await.expect("an answer");
    assert_eq!(whole.as_deref(), Some(TEXT));
    assert!(matches!(bucket.blobs.whole("f1", 9).await, Err(Error::TooLong)));
}

#[tokio::test]
async fn a_link_says_how_the_bytes_are_served() {
    let bucket = Bucket::open().await;
    assert_eq!(bucket.put("f1").await.status(), 200);
    let name = "té\"a;.txt";
    let link = bucket.blobs.link("f1", Disposition::Attachment(name), "text/plain; charset=utf-8");
    let link = link.expect("signed");
    let range = [("range", "bytes=2-4"), ("origin", "http://localhost:8000")];
    let response = bucket.send(Method::GET, &link, &range, b"").await;
    let header = |name: &str| response.headers()[name].to_str().expect("a header").to_owned();
    assert_eq!(response.status(), 206);
    assert_eq!(header("content-range"), "bytes 2-4/10");
    assert_eq!(header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(header("content-disposition"), "attachment; filename*=UTF-8''t%C3%A9%22a%3B.txt");
    assert_eq!(header("cache-control"), "private, max-age=240");
    assert_eq!(header("access-control-allow-origin"), "http://localhost:8000");
    assert_eq!(response.text().await.expect("a text"), "234");
    let beyond = [("range", "bytes=10-")];
    assert_eq!(bucket.refused(Method::GET, &link, &beyond, b"").await, "416 InvalidRange");
    let head = bucket.send(Method::HEAD, &link, &[], b"").await;
    assert_eq!(head.status(), 403, "a link is for GET");
}

#[tokio::test]
async fn only_pages_of_the_allowed_origins_may_upload() {
    let bucket = Bucket::open().await;
    let url = bucket.blobs.upload("f1", "text/plain", 10).expect("signed").url;
    let preflight = async |origin: &str, method: &str, names: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", method),
            ("access-control-request-headers", names),
        ];
        bucket.send(Method::OPTIONS, &url, &headers, b"").await
    };
    let names = "content-type,if-none-match,x-amz-tagging";
    for origin in ["http://localhost:8000", &bucket.shop.running.url] {
        let response = preflight(origin, "PUT", names).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["access-control-allow-origin"], origin);
        assert_eq!(response.headers()["access-control-allow-headers"], names);
    }
    for (origin, method, names) in [
        ("https://other.example", "PUT", names),
        ("http://localhost:8000", "DELETE", names),
        ("http://localhost:8000", "PUT", "x-other"),
    ] {
        let response = preflight(origin, method, names).await;
        assert_eq!(response.status(), 403, "{origin} {method} {names}");
        assert!(!response.headers().contains_key("access-control-allow-origin"));
    }
    let any = Shop::with(&[("ALLOWED_ORIGINS", "/^https://[a-z]+[.]shop[.]example$/")]).await;
    let url = Blobs::of(&any.running.app).unwrap().upload("f1", "text/plain", 10).unwrap().url;
    let headers = [("origin", "https://other.example"), ("access-control-request-method", "PUT")];
    let response = bucket.send(Method::OPTIONS, &url, &headers, b"").await;
    assert_eq!(response.headers()["access-control-allow-origin"], "*", "S3 has no patterns");
}

#[tokio::test]
async fn unused_files_expire_and_kept_ones_stay() {
    let bucket = Bucket::open().await;
    for id in ["new", "kept", "deleted"] {
        assert_eq!(bucket.put(id).await.status(), 200);
    }
    for _ in 0..2 {
        bucket.blobs.keep("kept").await.expect("kept");
        bucket.blobs.delete("deleted").await.expect("deleted");
        bucket.blobs.keep("deleted").await.expect("nothing to keep");
    }
    let list = async || bucket.blobs.list(None).await.expect("a list");
    assert_eq!(list().await, ["kept", "new"]);
    assert_eq!(bucket.blobs.list(Some("kept")).await.expect("a list"), ["new"]);
    let day = 86_400;
    bucket.shop.running.background.advance(7 * day - 60).await;
    assert_eq!(list().await, ["kept", "new"], "each can be sent for seven days");
    bucket.shop.running.background.advance(day + 60).await;
    assert_eq!(list().await, ["kept"], "none is older than eight");
}

#[tokio::test]
async fn passing_failures_are_retried_and_others_are_named() {
    let bucket = Bucket::open().await;
    assert_eq!(bucket.put("f1").await.status(), 200);
    let wire = &bucket.shop.wire;
    for fault in [Fault::LostRequest, Fault::ServerError] {
        wire.disturb(move |_, called| (called == "GetObject").then_some(fault));
        let error = bucket.blobs.head("f1", 1).await.expect_err("no answer");
        assert!(matches!(error, Error::Unavailable(_)), "{error}");
        assert!(!error.to_string().contains("X-Amz"), "no signature in an error: {error}");
    }
    wire.disturb(|_, called| (called == "GetObject").then_some(Fault::LostFirstAnswer));
    assert!(bucket.blobs.head("f1", 1).await.expect("a retry").is_some());
    wire.disturb(|_, _| None);
}
