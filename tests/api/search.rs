//! Search over channels.

use harness::{Client, Shop, pluck};
use serde_json::{Value, json};

async fn found(client: &Client, scope: &str, term: &str) -> Vec<Value> {
    let mut hashes = pluck(&client.get(&format!("/{scope}/chat/channels?search={term}")).await.ok()["channels"], "channel_hash");
    hashes.sort_by_key(ToString::to_string);
    hashes
}

#[tokio::test]
async fn ids_are_found_by_their_start_on_both_sides() {
    let shop = Shop::open().await;
    let admin = shop.admin("user_1");
    shop.customer("cus_01ABCDEF").open().await;
    shop.customer("cus_01ABXYZ").open().await;
    shop.customer("cus_01ABCDEF").post("/store/chat/channels", json!({ "admin_id": "user_77Q" })).await.ok();
    let guest = shop.guest();
    let guest_hash = guest.open().await;
    let guest_id = guest_hash.strip_prefix("direct:admin:").unwrap();
    shop.settle().await;
    let (a, b, c) = (json!("direct:admin:cus_01ABCDEF"), json!("direct:admin:cus_01ABXYZ"), json!("direct:cus_01ABCDEF:user_77Q"));
    assert_eq!(found(&admin, "admin", "cus_01AB").await, [a.clone(), b.clone(), c.clone()]);
    assert_eq!(found(&admin, "admin", "01abc").await, [a.clone(), c.clone()], "without prefix, whatever the case");
    assert_eq!(found(&admin, "admin", "USER_77").await, std::slice::from_ref(&c));
    assert_eq!(found(&admin, "admin", "77q").await, std::slice::from_ref(&c));
    assert_eq!(found(&admin, "admin", guest_id).await, [json!(guest_hash)]);
    assert_eq!(found(&admin, "admin", &guest_id["guest_".len()..][..6]).await, [json!(guest_hash)]);
    assert_eq!(found(&admin, "admin", "direct:cus_01").await, std::slice::from_ref(&c));
    assert_eq!(found(&admin, "admin", "direct%3Aadmin%3Acus_01ABX").await, std::slice::from_ref(&b));
    assert_eq!(found(&admin, "admin", "1ABC").await, [] as [Value; 0], "not from the middle of a word");
    for odd in ["%23%23%23", "cus_01ABXYZ%23", "%25%25%25", "%00%00%00", "🙂🙂🙂", "direct:::"] {
        assert_eq!(found(&admin, "admin", odd).await, [] as [Value; 0], "{odd}");
    }
    // The store side finds among its own only.
    let customer = shop.customer("cus_01ABCDEF");
    assert_eq!(found(&customer, "store", "cus_01AB").await, [a, c.clone()]);
    assert_eq!(found(&customer, "store", "user_77").await, std::slice::from_ref(&c));
    assert_eq!(found(&customer, "store", "direct:cus").await, [c]);
    assert_eq!(found(&guest, "store", "cus_01AB").await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_search_finds_two_hundred_at_most_and_says_so() {
    let shop = Shop::open().await;
    let admin = shop.admin("user_1");
    for n in 0..203 {
        admin.post("/admin/chat/channels", json!({ "customer_id": format!("cus_many{n}") })).await.ok();
    }
    shop.settle().await;
    let list = admin.get("/admin/chat/channels?search=cus_many&limit=100").await.ok();
    assert_eq!((&list["count"], &list["count_capped"]), (&json!(200), &json!(true)));
    assert_eq!(list["channels"].as_array().unwrap().len(), 100);
    let rest =
        admin.get(&format!("/admin/chat/channels?search=cus_many&limit=100&cursor={}", list["next_cursor"].as_str().unwrap())).await.ok();
    assert_eq!((rest["channels"].as_array().unwrap().len(), &rest["next_cursor"]), (100, &json!(null)));
    let few = admin.get("/admin/chat/channels?search=cus_many20").await.ok();
    assert_eq!((&few["count"], few.get("count_capped")), (&json!(4), None));
    assert_eq!(admin.get("/admin/chat/channels").await.ok()["count"], 203);
}
