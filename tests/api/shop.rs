//! Customers, orders and products of the shop's Medusa (docs/api.md, section 4.21).

use std::time::{Duration, Instant};

use harness::{Client, Shop, pluck};
use local::dev::medusa::Fault;
use serde_json::{Value, json};

const CUSTOMERS: &str = "/admin/chat/shop/customers";
const PRODUCTS: &str = "/admin/chat/shop/products";

/// The ids of the customers that an admin finds by a text, which is percent-encoded.
async fn found(mia: &Client, text: &str) -> Vec<Value> {
    pluck(&mia.get(&format!("{CUSTOMERS}?q={text}")).await.ok()["customers"], "id")
}

async fn customer(mia: &Client, id: &str) -> Value {
    mia.get(&format!("{CUSTOMERS}/{id}")).await.ok()["customer"].take()
}

#[tokio::test]
async fn customers_are_found_by_name_mail_id_and_order_number() {
    let shop = Shop::open().await;
    let mia = shop.admin("user_mia");
    for (text, ids) in [
        ("sofia", &["cus_sofia"][..]),
        ("SOFIA", &["cus_sofia"]),
        ("sofia%20customer", &["cus_sofia"]),
        ("customer%20sof", &["cus_sofia"]),
        ("cus_sofia@customers", &["cus_sofia"]),
        ("cus_sofia", &["cus_sofia"]),
        ("cus_unlisted", &["cus_unlisted"]),
        ("%231042", &["cus_ben"]),
        ("1042", &["cus_ben"]),
        ("%20%231042%20", &["cus_ben"]),
        ("%23104", &[]),
        ("%239999", &[]),
        ("cus_missing1", &[]),
        ("sofia%20king", &[]),
        ("nobody", &[]),
        ("%23", &[]),
    ] {
        assert_eq!(found(&mia, text).await, ids, "{text}");
    }
    shop.running.dev.medusa.rename("cus_emma", "Zoë", "1042", None);
    assert_eq!(found(&mia, "1042").await, ["cus_ben", "cus_emma"], "the order's customer first");
    assert_eq!(found(&mia, "%231042").await, ["cus_ben"]);
    assert_eq!(
        mia.get(&format!("{CUSTOMERS}?q=sofia")).await.ok(),
        json!({ "customers": [{
            "id": "cus_sofia", "first_name": "Sofia", "last_name": "Customer",
            "email": "cus_sofia@customers.example",
        }] })
    );
}

#[tokio::test]
async fn lists_have_limits_and_begin_with_the_newest() {
    let shop = Shop::open().await;
    let mia = shop.admin("user_mia");
    let count = async |path: &str, list: &str| {
        mia.get(path).await.ok()[list].as_array().expect("a list").len()
    };
    assert_eq!(count(CUSTOMERS, "customers").await, 10);
    assert_eq!(count(&format!("{CUSTOMERS}?limit=3&q=customer"), "customers").await, 3);
    assert_eq!(count(&format!("{CUSTOMERS}?limit=1000"), "customers").await, 14);
    assert_eq!(count(&format!("{PRODUCTS}?limit=2"), "products").await, 2);
    let newest = mia.get(&format!("{CUSTOMERS}?limit=1")).await.ok();
    assert_eq!(newest["customers"][0]["id"], "cus_henri");
    for bad in ["limit=0", "limit=-1", "limit=x", &format!("q={}", "a".repeat(201))] {
        for path in [CUSTOMERS, PRODUCTS] {
            mia.get(&format!("{path}?{bad}")).await.refused(400, "invalid_data");
        }
    }
}

#[tokio::test]
async fn a_customer_has_the_newest_orders_with_what_medusa_shows_for_each_by_itself() {
    let shop = Shop::open().await;
    let mia = shop.admin("user_mia");
    let picture = |handle: &str| format!("{}/dev/medusa/static/{handle}.svg", shop.running.url);
    let ben = customer(&mia, "cus_ben").await;
    assert_eq!(
        ben["orders"][0],
        json!({
            "id": "order_1042", "display_id": 1042, "status": "completed",
            "payment_status": "captured", "fulfillment_status": "delivered",
            "total": 114.6, "currency_code": "eur", "created_at": "2026-05-02T10:15:00.000Z",
            "items": [
                { "title": "Clay teapot", "quantity": 1, "thumbnail": picture("clay") },
                { "title": "Fjord cup", "quantity": 2, "thumbnail": picture("fjord-cup") },
                { "title": "Tea strainer", "quantity": 1, "thumbnail": picture("strainer") },
            ],
        })
    );
    assert_eq!(
        (&ben["id"], &ben["email"], &ben["created_at"], &ben["orders_count"]),
        (
            &json!("cus_ben"),
            &json!("cus_ben@customers.example"),
            &json!("2025-08-11T09:30:00.000Z"),
            &json!(2)
        )
    );
    assert_eq!(ben["spent"], json!([{ "amount": 171.1, "currency_code": "eur" }]));

    let ada = customer(&mia, "cus_ada").await;
    let numbers = pluck(&ada["orders"], "display_id");
    assert_eq!(
        numbers,
        [1104, 1048, 1037, 1034, 1031, 1026, 1023, 1019, 1012, 1011].map(|n| json!(n))
    );
    assert_eq!(ada["orders_count"], 12, "cancelled ones too");
    assert_eq!(
        ada["spent"],
        json!([
            { "amount": 620, "currency_code": "eur" },
            { "amount": 25.8, "currency_code": "usd" },
        ]),
        "without the cancelled order, exact, each currency by itself"
    );

    let new = customer(&mia, "cus_new").await;
    assert_eq!((&new["orders_count"], &new["spent"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn an_id_that_the_shop_does_not_know_is_refused() {
    let shop = Shop::open().await;
    let mia = shop.admin("user_mia");
    for id in ["cus_missing1", "guest_abc", "user_mia", "a%2E%2E", "x%3Ffields=id", "..."] {
        let reply = mia.get(&format!("{CUSTOMERS}/{id}")).await;
        let message = reply.refused(404, "not_found");
        assert!(message.ends_with("was not found"), "{message}");
    }
    let asked = shop.running.dev.medusa.requests();
    mia.get(&format!("{CUSTOMERS}/guest_abc")).await.refused(404, "not_found");
    assert_eq!(shop.running.dev.medusa.requests(), asked, "Medusa has no guests");
    // The chat itself does not ask Medusa, so that it works without one.
    mia.post("/admin/chat/channels", json!({ "customer_id": "cus_missing1" })).await.ok();
}

#[tokio::test]
async fn products_have_the_lowest_price_for_everybody() {
    let shop = Shop::open().await;
    let mia = shop.admin("user_mia");
    let found = mia.get(&format!("{PRODUCTS}?q=fjord")).await.ok();
    let product = |handle: &str, title: &str, amount: Value| {
        json!({
            "id": format!("prod_{handle}"), "title": title, "handle": handle,
            "thumbnail": format!("{}/dev/medusa/static/{handle}.svg", shop.running.url),
            "price": { "amount": amount, "currency_code": "eur" },
        })
    };
    let products = [
        product("fjord", "Fjord teapot", json!(52)),
        product("fjord-cup", "Fjord cup", json!(12.5)),
    ];
    assert_eq!(found, json!({ "products": products }));
    for text in ["kettle", "nothing%20like%20it"] {
        let found = mia.get(&format!("{PRODUCTS}?q={text}")).await.ok();
        assert_eq!(found, json!({ "products": [] }), "drafts are not shown: {text}");
    }
}

#[tokio::test]
async fn without_a_medusa_no_shop_is_connected() {
    let shop = Shop::with(&[("MEDUSA_URL", " ")]).await;
    let mia = shop.admin("user_mia");
    for path in [CUSTOMERS, &format!("{CUSTOMERS}/cus_ada"), PRODUCTS] {
        let reply = mia.get(path).await;
        assert_eq!(reply.refused(400, "not_allowed"), "No shop is connected");
        shop.customer("cus_ada").get(path).await.refused(401, "unauthorized");
    }
    mia.get(&format!("{PRODUCTS}?limit=0")).await.refused(400, "invalid_data");
}

#[tokio::test]
async fn no_failure_of_medusa_is_passed_on_or_reaches_the_chat() {
    let shop = Shop::open().await;
    let (mia, ada) = (shop.admin("user_mia"), shop.customer("cus_ada"));
    let hash = ada.open().await;
    let away = "The shop does not answer, try again";
    for (fault, said, wait) in [
        (Fault::Away, away, "5"),
        (Fault::Broken, away, "5"),
        (Fault::Page, away, "5"),
        (Fault::Truncated, away, "5"),
        (Fault::Huge, away, "5"),
        (Fault::Elsewhere, away, "5"),
        (Fault::KeyRefused, "The shop refuses the chat's key", "5"),
        (Fault::Forbidden, "The shop refuses the chat's key", "5"),
        (Fault::Busy, "The shop is busy, try again later", "7"),
    ] {
        shop.running.dev.medusa.disturb(Some(fault));
        for path in [CUSTOMERS, &format!("{CUSTOMERS}/cus_ada"), PRODUCTS] {
            let reply = mia.get(path).await;
            assert_eq!(reply.refused(503, "unavailable"), said, "{fault:?}");
            assert_eq!(reply.headers["retry-after"], wait, "{fault:?}");
        }
        ada.say(&hash, "Hello?").await;
        mia.answer(&hash, "Hello").await;
    }
    shop.running.dev.medusa.disturb(None);
    mia.get(PRODUCTS).await.ok();
}

/// A shop that does not respond, and one whose response does not end, take four seconds in all.
#[tokio::test]
async fn a_slow_medusa_is_waited_for_four_seconds_at_most() {
    let shop = Shop::open().await;
    let mia = shop.admin("user_mia");
    let begun = Instant::now();
    for fault in [Fault::Silent, Fault::SlowBody] {
        shop.running.dev.medusa.disturb(Some(fault));
        let path = format!("{CUSTOMERS}/cus_ada");
        let (one, other) = tokio::join!(mia.get(&path), mia.get(PRODUCTS));
        one.refused(503, "unavailable");
        other.refused(503, "unavailable");
    }
    assert!(begun.elapsed() >= Duration::from_secs(8), "it gave up too early");
}

#[tokio::test]
async fn the_key_is_read_as_the_directory_reads_it() {
    let shop = Shop::with(&[("MEDUSA_API_KEY", "sk_other")]).await;
    shop.admin("user_mia").get(PRODUCTS).await.refused(503, "unavailable");
    let shop = Shop::with(&[("MEDUSA_API_KEY", " ")]).await;
    shop.admin("user_mia").get(PRODUCTS).await.refused(503, "unavailable");
}
