//! Secrets: read from SSM, cached for five minutes, rotated without ending sessions, and cached
//! longer while SSM is down.

use harness::{Client, Shop};
use local::dev::parameters::JWT_SECRET;
use serde_json::json;

const NEW: &str = "a newer secret of at least 32 bytes";
const FIVE_MINUTES: i64 = 5 * 60_000;

/// A customer whose token is signed with this secret.
fn signed_with(shop: &Shop, secret: &str) -> Client {
    let exp = shop.running.app.clock.now().seconds() + 3_600;
    let claims = json!({ "actor_id": "cus_1", "actor_type": "customer", "exp": exp });
    shop.nobody().with_token(&local::sign(&claims, secret))
}

async fn is_authorized(client: &Client) -> bool {
    client.get("/store/chat/channels").await.status == 200
}

#[tokio::test]
async fn a_rotated_secret_needs_no_deployment_and_ends_no_session() {
    let shop = Shop::with_stopped_clock(&[]).await;
    let (old, new) = (signed_with(&shop, local::JWT_SECRET), signed_with(&shop, NEW));
    let set = |value: &str| shop.running.dev.parameters.set(JWT_SECRET, Some(value));
    assert_eq!((is_authorized(&old).await, is_authorized(&new).await), (true, false));
    set(&format!("{NEW}\n{}\n", local::JWT_SECRET));
    assert!(!is_authorized(&new).await, "what was read counts for five minutes");
    shop.running.app.clock.advance(FIVE_MINUTES);
    assert_eq!(
        (is_authorized(&old).await, is_authorized(&new).await),
        (true, true),
        "both count while it is being changed"
    );
    set(NEW);
    shop.running.app.clock.advance(FIVE_MINUTES);
    assert_eq!((is_authorized(&old).await, is_authorized(&new).await), (false, true));
}

#[tokio::test]
async fn the_last_valid_secret_is_used_while_ssm_is_down() {
    let shop = Shop::with_stopped_clock(&[]).await;
    let customer = signed_with(&shop, local::JWT_SECRET);
    for lost in [None, Some(""), Some(" \n ")] {
        shop.running.dev.parameters.set(JWT_SECRET, lost);
        shop.running.app.clock.advance(FIVE_MINUTES);
        assert!(is_authorized(&customer).await, "{lost:?}");
    }
    let asked = || shop.wire.calls().iter().filter(|call| call.operation == "GetParameter").count();
    let before = asked();
    for _ in 0..5 {
        assert!(is_authorized(&customer).await);
    }
    assert_eq!(asked(), before, "SSM is left alone for half a minute");
    shop.running.dev.parameters.set(JWT_SECRET, Some(NEW));
    shop.running.app.clock.advance(30_000);
    assert_eq!(
        (is_authorized(&customer).await, is_authorized(&signed_with(&shop, NEW)).await),
        (false, true)
    );
}

#[tokio::test]
async fn a_function_without_its_secret_responds_503_and_recovers() {
    let shop = Shop::with_stopped_clock(&[("JWT_SECRET", " ")]).await;
    let customer = signed_with(&shop, NEW);
    for _ in 0..2 {
        let refused = customer.get("/store/chat/channels").await;
        assert_eq!((refused.status, refused.body["type"].as_str()), (503, Some("unavailable")));
    }
    let guest = shop.guest();
    guest.open().await;
    assert!(is_authorized(&guest).await, "guests carry no token");
    shop.running.dev.parameters.set(JWT_SECRET, Some(NEW));
    assert!(!is_authorized(&customer).await, "SSM is left alone for two seconds");
    shop.running.app.clock.advance(2_000);
    assert!(is_authorized(&customer).await);
}

#[tokio::test]
async fn weak_secrets_are_rejected() {
    let shop = Shop::with_stopped_clock(&[
        ("JWT_SECRET", "supersecret"),
        ("ALLOW_INSECURE_JWT_SECRET", "false"),
    ])
    .await;
    assert_eq!(signed_with(&shop, "supersecret").get("/store/chat/channels").await.status, 503);
    shop.running.dev.parameters.set(JWT_SECRET, Some(&format!("{NEW}\nsupersecret")));
    shop.running.app.clock.advance(2_000);
    assert_eq!(
        signed_with(&shop, NEW).get("/store/chat/channels").await.status,
        503,
        "not on any line"
    );
    shop.running.dev.parameters.set(JWT_SECRET, Some(NEW));
    shop.running.app.clock.advance(2_000);
    assert!(is_authorized(&signed_with(&shop, NEW)).await);
}
