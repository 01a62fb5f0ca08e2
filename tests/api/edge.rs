//! Everything around the handlers: unknown routes, odd bodies and paths, CORS, headers.

use harness::Shop;
use serde_json::json;

#[tokio::test]
async fn unknown_routes_and_wrong_methods_are_not_found() {
    let shop = Shop::open().await;
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/store"),
        ("GET", "/store/chat"),
        ("GET", "/store/chat/channels/"),
        ("GET", "/admin/chat/nothing"),
        ("PATCH", "/store/chat/channels"),
        ("DELETE", "/admin/chat/channels"),
        ("PUT", "/health"),
        ("POST", "/store/chat/messages/unread-count/x"),
        ("GET", "//store/chat/channels"),
        ("GET", "/store/chat/channels%3Flimit=1"),
        ("GET", "/store/chat/%2e%2e/channels"),
        ("BREW", "/store/chat/channels"),
    ] {
        // Without credentials: the route comes first.
        let reply = shop.nobody().send_raw(method, path, "").await;
        assert_eq!(reply.refused(404, "not_found"), "Route was not found", "{method} {path}");
    }
}

#[tokio::test]
async fn malformed_hashes_are_not_found_and_decoded_once() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    customer.open().await;
    for good in ["direct:admin:cus_1", "direct%3Aadmin%3Acus_1", "direct%3aadmin:cus_1", "%64irect:admin:cus_1"] {
        customer.get(&format!("/store/chat/messages/{good}")).await.ok();
    }
    for wrong in [
        "direct:cus_1:admin",
        "direct%253Aadmin%253Acus_1",
        "direct:admin",
        "direct:admin:cus_1:x",
        "DIRECT:admin:cus_1",
        "direct:admin:cus%5f1%20",
        "%ff%fe",
        "direct:admin:cus_1%00",
    ] {
        let reply = customer.get(&format!("/store/chat/messages/{wrong}")).await;
        assert!(reply.refused(404, "not_found").starts_with("Chat channel with hash: "), "{wrong}");
    }
}

#[tokio::test]
async fn bodies_that_are_no_objects_are_refused() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let path = format!("/store/chat/messages/{}", customer.open().await);
    for (body, message) in [
        ("{", "Invalid request: Body is not valid JSON"),
        ("nonsense", "Invalid request: Body is not valid JSON"),
        ("{\"body\":\"\\ud800\"}", "Invalid request: Body is not valid JSON"),
        ("{\"body\":\"x\"} {}", "Invalid request: Body is not valid JSON"),
        ("[]", "Invalid request: Expected type: 'object', got: 'array'"),
        ("null", "Invalid request: Expected type: 'object', got: 'null'"),
        ("\"x\"", "Invalid request: Expected type: 'object', got: 'string'"),
    ] {
        assert_eq!(customer.send_raw("POST", &path, body).await.refused(400, "invalid_data"), message);
    }
    customer.send_raw("POST", &path, vec![0xff, 0xfe]).await.refused(400, "invalid_data");
    customer.send_raw("POST", &path, "[".repeat(60_000)).await.refused(400, "invalid_data");
    let large = format!("{{\"body\":\"x\",\"ignored\":\"{}\"}}", "y".repeat(64 * 1024));
    assert_eq!(customer.send_raw("POST", &path, large).await.refused(413, "invalid_data"), "Request body is too large");
}

#[tokio::test]
async fn the_content_type_does_not_matter() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let path = format!("/store/chat/messages/{hash}");
    // The gateway hands what is not text over in base64.
    for kind in ["application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded", "application/octet-stream"] {
        let sent =
            customer.with("content-type", kind).send_raw("POST", &path, json!({ "body": format!("as {kind} é") }).to_string()).await.ok();
        assert_eq!(sent["message"]["body"], format!("as {kind} é"));
    }
}

#[tokio::test]
async fn answers_tell_browsers_who_may_read_them() {
    let shop = Shop::with(&[("ALLOWED_ORIGINS", "http://localhost:8000,/^https://[a-z]+\\.shop\\.example$/")]).await;
    for origin in ["http://localhost:8000", "https://www.shop.example", "http://chat.test"] {
        let reply = shop.customer("cus_1").with("origin", origin).get("/store/chat/channels").await;
        assert_eq!(reply.headers["access-control-allow-origin"], origin);
        assert_eq!(reply.headers["vary"], "origin");
        assert_eq!(reply.headers["cache-control"], "no-store", "an answer is one person's");
        assert!(reply.headers["access-control-expose-headers"].to_str().unwrap().contains("retry-after"));
        reply.ok();
        // Errors can be read too, or a browser could not tell one from the network.
        let refused = shop.nobody().with("origin", origin).get("/store/chat/channels").await;
        assert_eq!(refused.headers["access-control-allow-origin"], origin);
        refused.refused(401, "unauthorized");
        assert_eq!(shop.nobody().with("origin", origin).get("/nowhere").await.headers["access-control-allow-origin"], origin);

        let preflight = shop
            .nobody()
            .with("origin", origin)
            .with("access-control-request-method", "POST")
            .send_raw("OPTIONS", "/store/chat/channels", "")
            .await;
        assert_eq!((preflight.status, &preflight.headers["access-control-allow-origin"]), (204, &origin.parse().unwrap()));
        let allowed = preflight.headers["access-control-allow-headers"].to_str().unwrap();
        for header in [
            "authorization",
            "content-type",
            "guest_id_for_live_chat",
            "x-guest-id-for-live-chat",
            "x-publishable-api-key",
            "idempotency-key",
        ] {
            assert!(allowed.split(", ").any(|name| name == header), "{header}");
        }
        for method in ["GET", "POST", "PUT", "DELETE"] {
            assert!(preflight.headers["access-control-allow-methods"].to_str().unwrap().contains(method));
        }
    }
    for origin in ["https://evil.example", "null", "http://localhost:8001", "https://www.shop.example.evil", "https://WWW.shop.example", ""]
    {
        let reply = shop.customer("cus_1").with("origin", origin).get("/store/chat/channels").await;
        assert!(!reply.headers.contains_key("access-control-allow-origin"), "{origin}");
        let preflight = shop.nobody().with("origin", origin).send_raw("OPTIONS", "/admin/chat/channels", "").await;
        assert!(!preflight.headers.contains_key("access-control-allow-origin"), "{origin}");
    }
    shop.customer("cus_1").with("x-publishable-api-key", "pk_whatever").get("/store/chat/channels").await.ok();
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own() {
    let shop = Shop::open().await;
    let mut seen = Vec::new();
    for path in ["/health", "/nowhere", "/store/chat/channels"] {
        let id = shop.nobody().get(path).await.headers["x-request-id"].to_str().unwrap().to_owned();
        assert!(!id.is_empty() && !seen.contains(&id));
        seen.push(id);
    }
}
