//! Guests: created and claimed.

use harness::{Shop, pluck};
use serde_json::json;

#[tokio::test]
async fn a_new_guest_id_works_and_only_its_public_id_is_shown() {
    let shop = Shop::open().await;
    let minted = shop.nobody().post("/store/chat/guest", json!({})).await.ok();
    let secret = minted["guest_id"].as_str().unwrap();
    let guest = shop.nobody().with_guest_secret(secret);
    let hash = guest.open().await;
    assert_eq!(hash, harness::hash_with_admin(minted["id"].as_str().unwrap()));
    guest.say(&hash, "hello").await;
    shop.settle().await;
    let admin = shop.admin("user_1");
    for seen in [admin.channels().await, admin.messages(&hash).await, guest.channels().await] {
        assert!(!seen.to_string().contains(secret), "the secret is shown");
        assert!(seen.to_string().contains(minted["id"].as_str().unwrap()));
    }
}

#[tokio::test]
async fn a_claimed_channel_is_the_customers_and_the_secret_is_invalid() {
    let shop = Shop::open().await;
    let (admin, customer) = (shop.admin("user_1"), shop.customer("cus_1"));
    let secret = "V1StGXR8_Z5jdHi6B-myT";
    let guest = shop.nobody().with_guest_secret(secret);
    let hash = guest.open().await;
    let by_admin = admin
        .post(
            "/admin/chat/channels",
            json!({ "customer_id": hash.strip_prefix("direct:admin:").unwrap(), "admin_id": "me" }),
        )
        .await
        .ok();
    let asked = guest
        .post(
            &format!("/store/chat/messages/{hash}"),
            json!({ "body": "from the guest", "client_message_id": "guest-send-1" }),
        )
        .await
        .ok();
    admin.answer(&hash, "to the guest").await;
    customer.open().await;

    let both = customer.with_guest_secret(secret);
    let claimed = both.post("/store/chat/guest/claim", json!({})).await.ok();
    let mut hashes = pluck(&claimed["channels"], "channel_hash");
    hashes.sort_by_key(ToString::to_string);
    let mut expected = [json!(hash), by_admin["channel"]["channel_hash"].clone()];
    expected.sort_by_key(ToString::to_string);
    assert_eq!(hashes, expected);
    assert_eq!(claimed["channels"][0]["customer"], json!({ "id": "cus_1", "role": "customer" }));
    let again = both.post("/store/chat/guest/claim", json!({})).await.ok();
    assert_eq!(again["channels"].as_array().unwrap().len(), 2, "the same customer may claim again");

    // The secret is refused on every route, even if the request has other errors.
    for (method, path) in [
        ("GET", "/store/chat/channels"),
        ("POST", "/store/chat/channels"),
        ("GET", "/store/chat/messages/unread-count"),
        ("GET", &*format!("/store/chat/messages/{hash}")),
        ("PUT", &*format!("/store/chat/channels/{hash}/read")),
        ("POST", &*format!("/store/chat/messages/{hash}")),
    ] {
        guest.send_raw(method, path, "{").await.refused(401, "unauthorized");
    }
    shop.customer("cus_2").claim(secret).await.refused(401, "unauthorized");

    // Channel, count and search are the customer's now, and the guest's messages are own ones.
    assert_eq!(customer.channels().await["count"], 3);
    assert_eq!(customer.unread("store").await, 1);
    let page = customer.messages(&hash).await;
    assert_eq!(pluck(&page["messages"], "is_own"), [json!(true), json!(false)]);
    assert_eq!(pluck(&page["messages"], "sender_role"), ["guest", "admin"]);
    customer
        .put(
            &format!("/store/chat/messages/id/{}", asked["message"]["id"].as_str().unwrap()),
            json!({ "body": "edited" }),
        )
        .await
        .ok();
    let replay = customer
        .post(
            &format!("/store/chat/messages/{hash}"),
            json!({ "body": "from the guest", "client_message_id": "guest-send-1" }),
        )
        .await
        .ok();
    assert_eq!(
        replay["message"]["id"], asked["message"]["id"],
        "guest and customer are one sender"
    );
    assert_eq!(customer.say(&hash, "now as customer").await["sender_id"], "cus_1");
    shop.settle().await;
    let found = admin.get("/admin/chat/channels?search=cus_1").await.ok();
    assert_eq!(found["count"], 3);
}

#[tokio::test]
async fn a_claim_needs_token_and_guest_secret() {
    let shop = Shop::open().await;
    let guest = shop.guest();
    guest.open().await;
    guest.post("/store/chat/guest/claim", json!({})).await.refused(401, "unauthorized");
    shop.customer("cus_1")
        .post("/store/chat/guest/claim", json!({}))
        .await
        .refused(400, "invalid_data");
    shop.customer("cus_1").claim("short").await.refused(400, "invalid_data");
    shop.nobody().post("/store/chat/guest/claim", json!({})).await.refused(401, "unauthorized");
    guest.channels().await;
    // A guest without a channel can be claimed too, and is refused afterwards.
    let quiet = "quiet-guest-secret-0123456789";
    let claimed = shop.customer("cus_1").claim(quiet).await.ok();
    assert_eq!(claimed["channels"], json!([]));
    shop.nobody()
        .with_guest_secret(quiet)
        .post("/store/chat/channels", json!({}))
        .await
        .refused(401, "unauthorized");
}

#[tokio::test]
async fn a_channel_that_an_admin_opens_with_a_claimed_guest_is_the_customers() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1").with_guest_secret("V1StGXR8_Z5jdHi6B-myT");
    let minted = shop.nobody().with_guest_secret("V1StGXR8_Z5jdHi6B-myT").open().await;
    let guest_id = minted.strip_prefix("direct:admin:").unwrap();
    customer.post("/store/chat/guest/claim", json!({})).await.ok();
    let late = shop
        .admin("user_5")
        .post("/admin/chat/channels", json!({ "customer_id": guest_id, "admin_id": "me" }))
        .await
        .ok();
    assert_eq!(late["channel"]["customer"]["id"], "cus_1");
    assert_eq!(customer.channels().await["count"], 2);
}
