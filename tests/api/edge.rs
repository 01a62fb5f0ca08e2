//! Everything around the handlers: unknown routes, odd bodies and paths, CORS, headers.

use harness::{Reply, Shop};
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
    for good in [
        "direct:admin:cus_1",
        "direct%3Aadmin%3Acus_1",
        "direct%3aadmin:cus_1",
        "%64irect:admin:cus_1",
    ] {
        customer.messages(good).await;
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
async fn bodies_other_than_json_objects_are_refused() {
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
        assert_eq!(
            customer.send_raw("POST", &path, body).await.refused(400, "invalid_data"),
            message
        );
    }
    customer.send_raw("POST", &path, vec![0xff, 0xfe]).await.refused(400, "invalid_data");
    customer.send_raw("POST", &path, "[".repeat(60_000)).await.refused(400, "invalid_data");
    let large = format!("{{\"body\":\"x\",\"ignored\":\"{}\"}}", "y".repeat(64 * 1024));
    assert_eq!(
        customer.send_raw("POST", &path, large).await.refused(413, "invalid_data"),
        "Request body is too large"
    );
}

#[tokio::test]
async fn the_content_type_does_not_matter() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let path = format!("/store/chat/messages/{hash}");
    // The gateway passes bodies that are not text in base64.
    for kind in [
        "application/json; charset=utf-8",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/octet-stream",
    ] {
        let sent = customer
            .with("content-type", kind)
            .send_raw("POST", &path, json!({ "body": format!("as {kind} é") }).to_string())
            .await
            .ok();
        assert_eq!(sent["message"]["body"], format!("as {kind} é"));
    }
}

#[tokio::test]
async fn responses_have_cors_headers_for_allowed_origins_only() {
    let shop = Shop::with(&[(
        "ALLOWED_ORIGINS",
        "http://localhost:8000,/^https://[a-z]+\\.shop\\.example$/",
    )])
    .await;
    for origin in ["http://localhost:8000", "https://www.shop.example", "http://chat.test"] {
        let reply = shop.customer("cus_1").with("origin", origin).get("/store/chat/channels").await;
        assert_eq!(reply.headers["access-control-allow-origin"], origin);
        assert_eq!(reply.headers["vary"], "origin");
        assert_eq!(reply.headers["cache-control"], "no-store", "an answer is one person's");
        assert!(
            reply.headers["access-control-expose-headers"]
                .to_str()
                .unwrap()
                .contains("retry-after")
        );
        reply.ok();
        // Errors are readable too, so that a page can distinguish them from network failures.
        let refused = shop.nobody().with("origin", origin).get("/store/chat/channels").await;
        assert_eq!(refused.headers["access-control-allow-origin"], origin);
        refused.refused(401, "unauthorized");
        let missing = shop.nobody().with("origin", origin).get("/nowhere").await;
        assert_eq!(missing.headers["access-control-allow-origin"], origin);

        let preflight = shop
            .nobody()
            .with("origin", origin)
            .with("access-control-request-method", "POST")
            .send_raw("OPTIONS", "/store/chat/channels", "")
            .await;
        assert_eq!(
            (preflight.status, &preflight.headers["access-control-allow-origin"]),
            (204, &origin.parse().unwrap())
        );
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
            assert!(
                preflight.headers["access-control-allow-methods"]
                    .to_str()
                    .unwrap()
                    .contains(method)
            );
        }
    }
    for origin in [
        "https://evil.example",
        "null",
        "http://localhost:8001",
        "https://www.shop.example.evil",
        "https://WWW.shop.example",
        "",
    ] {
        let reply = shop.customer("cus_1").with("origin", origin).get("/store/chat/channels").await;
        assert!(!reply.headers.contains_key("access-control-allow-origin"), "{origin}");
        let preflight = shop
            .nobody()
            .with("origin", origin)
            .send_raw("OPTIONS", "/admin/chat/channels", "")
            .await;
        assert!(!preflight.headers.contains_key("access-control-allow-origin"), "{origin}");
    }
    shop.customer("cus_1").with("x-publishable-api-key", "pk_whatever").channels().await;
}

#[tokio::test]
async fn every_response_has_its_own_request_id() {
    let shop = Shop::open().await;
    let mut seen = Vec::new();
    for path in ["/health", "/nowhere", "/store/chat/channels"] {
        let id = shop.nobody().get(path).await.headers["x-request-id"].to_str().unwrap().to_owned();
        assert!(!id.is_empty() && !seen.contains(&id));
        seen.push(id);
    }
}

const SHOP: &str = "http://localhost:8000";

async fn preflight(shop: &Shop, origin: &str, asked: &[&str]) -> Reply {
    let mut client =
        shop.nobody().with("origin", origin).with("access-control-request-method", "POST");
    for names in asked {
        client = client.with("access-control-request-headers", names);
    }
    client.send_raw("OPTIONS", "/store/chat/channels", "").await
}

#[tokio::test]
async fn a_preflight_allows_the_requested_headers_for_allowed_origins_only() {
    let shop = Shop::open().await;
    for asked in [
        "x-medusa-locale,content-type,authorization",
        "x-any-header",
        "traceparent,baggage,x-requested-with,cache-control",
    ] {
        let reply = preflight(&shop, SHOP, &[asked]).await;
        assert_eq!(
            (reply.status, &reply.headers["access-control-allow-headers"]),
            (204, &asked.parse().unwrap())
        );
        assert_eq!(reply.headers["access-control-allow-origin"], SHOP);
        assert_eq!(reply.headers["access-control-allow-credentials"], "true");
        assert_eq!(reply.headers["vary"], "access-control-request-headers, origin");
        for foreign in ["https://evil.example", "null", "http://localhost:8000.evil.example"] {
            let reply = preflight(&shop, foreign, &[asked]).await;
            let allowed: Vec<_> = reply
                .headers
                .keys()
                .filter(|name| name.as_str().starts_with("access-control"))
                .collect();
            assert_eq!((reply.status, allowed.len()), (204, 0), "{foreign}: {allowed:?}");
        }
    }
    // Invalid header names are left out, and repetitions are limited.
    let odd = preflight(&shop, SHOP, &["x-a, b c,,x-\u{e9},x-d\t, x-e;q=1, \"x\"", "x-b"]).await;
    assert_eq!(odd.headers["access-control-allow-headers"], "x-a,x-d,x-b");
    let many: Vec<String> = (0..2_000).map(|n| format!("x-header-{n}")).collect();
    let bounded = preflight(&shop, SHOP, &[&many.join(",")]).await;
    assert!((1..=2_048).contains(&bounded.headers["access-control-allow-headers"].len()));
    let none = preflight(&shop, SHOP, &["é"]).await;
    assert!(
        none.headers["access-control-allow-headers"].to_str().unwrap().contains("authorization")
    );
}

#[tokio::test]
async fn allowed_origins_may_send_credentials_and_cookies_are_ignored() {
    let shop = Shop::open().await;
    let page = shop.customer("cus_1").with("origin", SHOP).with("cookie", "connect.sid=s%3Aabc");
    let nobody = shop
        .nobody()
        .with("origin", SHOP)
        .with("cookie", "connect.sid=s%3Aabc; guest_id_for_live_chat=V1StGXR8_Z5jdHi6B-myT");
    let answers = [
        (200, page.get("/store/chat/channels").await),
        (401, nobody.get("/store/chat/channels").await),
        (404, page.get("/nowhere").await),
        (400, page.post("/store/chat/messages/direct:admin:cus_1", json!({})).await),
    ];
    for (status, reply) in &answers {
        assert_eq!(reply.status, *status);
        assert_eq!(reply.headers["access-control-allow-credentials"], "true");
        assert_eq!(reply.headers["access-control-allow-origin"], SHOP);
    }
    let foreign = shop
        .customer("cus_1")
        .with("origin", "https://evil.example")
        .get("/store/chat/channels")
        .await;
    assert!(!foreign.headers.contains_key("access-control-allow-credentials"));
}

#[tokio::test]
async fn every_response_forbids_content_sniffing() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    for reply in [
        customer.get("/store/chat/channels").await,
        customer.get("/store/chat/messages/direct:admin:%3Cscript%3E").await,
        customer.get("/nowhere").await,
        customer.get("/health").await,
        customer.get("/chat/widget.js").await,
        customer.get("/app/chat").await,
        customer.get("/chat/unsubscribe/made-up").await,
        preflight(&shop, SHOP, &[]).await,
    ] {
        assert_eq!(reply.headers["x-content-type-options"], "nosniff", "{reply:?}");
    }
}

/// Headers that differ between responses, or that only one of the two has.
const DIFFERENT: [&str; 3] = ["x-request-id", "content-length", "date"];

fn comparable(reply: &Reply) -> Vec<(String, String)> {
    let text =
        |value: &harness::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let all = reply.headers.iter().filter(|(name, _)| !DIFFERENT.contains(&name.as_str()));
    let mut all: Vec<_> = all.map(|(name, value)| (name.to_string(), text(value))).collect();
    all.sort();
    all
}

#[tokio::test]
async fn head_is_get_without_a_body_on_every_route() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    customer.say(&hash, "mine").await;
    shop.settle().await;
    let launcher = shop.nobody().get("/chat/widget.js").await.text;
    let version = launcher
        .split_once("./assets/")
        .and_then(|(_, rest)| rest.split_once('/'))
        .expect("a version")
        .0
        .to_owned();
    let document = local::openapi();
    let mut routes: Vec<(String, bool)> = document
        .paths
        .paths
        .iter()
        .map(|(path, item)| (path.clone(), item.get.is_some()))
        .collect();
    routes.extend(web::PATHS.map(|path| (path.to_owned(), true)));
    routes.extend(
        ["/nowhere", "/chat/assets/old/panel.js", "/store/chat/channels/x"]
            .map(|path| (path.to_owned(), true)),
    );
    assert!(routes.len() > 30);
    // What is shown of the admin must not change between two requests.
    admin.get("/admin/chat/profile").await.ok();
    shop.settle().await;
    for (path, is_get) in routes {
        let path = path
            .replace("{channel_hash}", &hash)
            .replace("{message_id}", "x")
            .replace("{token}", "made-up")
            .replace("{version}", &version)
            .replace("{file}", "panel.js");
        for client in [&customer, &admin, &shop.nobody().with("origin", SHOP)] {
            let get = client.get(&path).await;
            let head = client.send_raw("HEAD", &path, "").await;
            assert_eq!((head.status, comparable(&head)), (get.status, comparable(&get)), "{path}");
            assert_eq!(head.text, "", "{path}");
            assert!(
                head.headers
                    .get("content-length")
                    .is_none_or(|length| *length == *get.text.len().to_string()),
                "{path}"
            );
            assert!(is_get || get.status == 404, "{path}: {}", get.status);
        }
    }
    // Over a real connection too, where the length must not make the client wait for a body.
    let http = reqwest::Client::new();
    for path in
        ["/health", "/chat/widget.js", "/app/chat", "/nowhere", "/", "/openapi.json", "/dev/outbox"]
    {
        let url = format!("{}{path}", shop.running.url);
        let (get, head) =
            (http.get(&url).send().await.unwrap(), http.head(&url).send().await.unwrap());
        assert_eq!(head.status(), get.status(), "{path}");
        assert_eq!(head.headers().get("content-type"), get.headers().get("content-type"), "{path}");
        assert_eq!(head.text().await.unwrap(), "", "{path}");
    }
    assert_eq!(customer.unread("store").await, 0);
}

#[tokio::test]
async fn a_channel_is_found_by_its_hash() {
    let shop = Shop::open().await;
    let (customer, admin, guest) = (shop.customer("c1"), shop.admin("user_1"), shop.guest());
    let hash = customer.open().await;
    customer.say(&hash, "mine").await;
    let guests = guest.open().await;
    shop.settle().await;
    // A hash that is the start of many others is found too.
    for n in 0..3 {
        shop.customer(&format!("c1{n}")).open().await;
    }
    for path in [hash.clone(), hash.replace(':', "%3A")] {
        let own = customer.get(&format!("/store/chat/channels/{path}")).await.ok();
        assert_eq!(own["channel"], customer.channels().await["channels"][0]);
        let staffs = admin.get(&format!("/admin/chat/channels/{path}")).await.ok();
        let listed = admin.get(&format!("/admin/chat/channels?search={hash}")).await.ok();
        let listed = listed["channels"]
            .as_array()
            .unwrap()
            .iter()
            .find(|channel| channel["channel_hash"] == json!(hash))
            .cloned();
        assert_eq!(Some(&staffs["channel"]), listed.as_ref());
    }
    guest.get(&format!("/store/chat/channels/{guests}")).await.ok();
    for (client, scope, path) in [
        (&customer, "store", guests.as_str()),
        (&guest, "store", hash.as_str()),
        (&customer, "store", "direct:admin:c9"),
        (&admin, "admin", "direct:admin:c9"),
        (&admin, "admin", "direct:c1:admin"),
        (&admin, "admin", "direct%253Aadmin%253Ac1"),
        (&customer, "store", "x"),
        (&customer, "store", "%ff"),
    ] {
        let reply = client.get(&format!("/{scope}/chat/channels/{path}")).await;
        assert!(reply.refused(404, "not_found").starts_with("Chat channel with hash: "), "{path}");
    }
    for method in ["POST", "DELETE", "PATCH"] {
        customer
            .send_raw(method, &format!("/store/chat/channels/{hash}"), "{}")
            .await
            .refused(404, "not_found");
    }
    // It reads one head and the two profiles.
    shop.wire.reset();
    admin.get(&format!("/admin/chat/channels/{hash}")).await.ok();
    assert!(
        shop.wire
            .calls()
            .iter()
            .all(|call| matches!(call.operation.as_str(), "GetItem" | "BatchGetItem")),
        "{:?}",
        shop.wire.calls()
    );
}

#[tokio::test]
async fn a_page_of_the_log_has_at_most_a_megabyte() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    // The longest form in JSON: six bytes a character.
    let body = "\u{1}".repeat(4_999) + "x";
    let mut ids = Vec::new();
    for _ in 0..60 {
        ids.push(customer.say(&hash, &body).await["id"].as_str().unwrap().to_owned());
    }
    // Each edit event carries the present message.
    for n in 0..50 {
        customer
            .put(
                &format!("/store/chat/messages/id/{}", ids[0]),
                json!({ "body": format!("{}{}", "\u{2}".repeat(4_990), n) }),
            )
            .await
            .ok();
    }
    let (mut after, mut seen, mut pieces) = (0, Vec::new(), 0);
    loop {
        let reply =
            admin.get(&format!("/admin/chat/channels/{hash}/events?after={after}&limit=100")).await;
        assert!(reply.text.len() <= 1_048_576 + 4_096, "{} bytes", reply.text.len());
        let log = reply.ok();
        let seqs: Vec<u64> = log["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["seq"].as_u64().unwrap())
            .collect();
        assert!(!seqs.is_empty(), "each piece goes on");
        after = *seqs.last().unwrap();
        seen.extend(seqs);
        pieces += 1;
        assert_eq!(log["last_seq"], 110);
        if log["has_more"] == json!(false) {
            break;
        }
    }
    assert_eq!(seen, (1..=110).collect::<Vec<u64>>(), "in order, without gaps");
    assert!((3..=6).contains(&pieces), "{pieces}");
    // A small log is one page.
    let small = shop.customer("cus_2");
    let hash = small.open().await;
    for n in 0..100 {
        small.say(&hash, &n.to_string()).await;
    }
    let log = small.events_after(&hash, 0).await;
    assert_eq!((log["events"].as_array().unwrap().len(), &log["has_more"]), (100, &json!(false)));
}
