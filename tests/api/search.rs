//! Search over channels.

use harness::{Client, Shop, pluck};
use serde_json::{Value, json};

async fn found(client: &Client, scope: &str, term: &str) -> Vec<Value> {
    let mut hashes = pluck(
        &client.get(&format!("/{scope}/chat/channels?search={term}")).await.ok()["channels"],
        "channel_hash",
    );
    hashes.sort_by_key(ToString::to_string);
    hashes
}

#[tokio::test]
async fn ids_of_both_sides_are_found_by_their_start() {
    let shop = Shop::open().await;
    let admin = shop.admin("user_1");
    shop.customer("cus_01ABCDEF").open().await;
    shop.customer("cus_01ABXYZ").open().await;
    shop.customer("cus_01ABCDEF")
        .post("/store/chat/channels", json!({ "admin_id": "user_77Q" }))
        .await
        .ok();
    let guest = shop.guest();
    let guest_hash = guest.open().await;
    let guest_id = guest_hash.strip_prefix("direct:admin:").unwrap();
    shop.settle().await;
    let (a, b, c) = (
        json!("direct:admin:cus_01ABCDEF"),
        json!("direct:admin:cus_01ABXYZ"),
        json!("direct:cus_01ABCDEF:user_77Q"),
    );
    assert_eq!(found(&admin, "admin", "cus_01AB").await, [a.clone(), b.clone(), c.clone()]);
    assert_eq!(
        found(&admin, "admin", "01abc").await,
        [a.clone(), c.clone()],
        "without prefix, whatever the case"
    );
    assert_eq!(found(&admin, "admin", "USER_77").await, std::slice::from_ref(&c));
    assert_eq!(found(&admin, "admin", "77q").await, std::slice::from_ref(&c));
    assert_eq!(found(&admin, "admin", guest_id).await, [json!(guest_hash)]);
    assert_eq!(found(&admin, "admin", &guest_id["guest_".len()..][..6]).await, [json!(guest_hash)]);
    assert_eq!(found(&admin, "admin", "direct:cus_01").await, std::slice::from_ref(&c));
    assert_eq!(
        found(&admin, "admin", "direct%3Aadmin%3Acus_01ABX").await,
        std::slice::from_ref(&b)
    );
    assert_eq!(
        found(&admin, "admin", "1ABC").await,
        [] as [Value; 0],
        "not from the middle of a word"
    );
    for odd in ["%23%23%23", "cus_01ABXYZ%23", "%25%25%25", "%00%00%00", "🙂🙂🙂", "direct:::"]
    {
        assert_eq!(found(&admin, "admin", odd).await, [] as [Value; 0], "{odd}");
    }
    // Customers find only their own channels.
    let customer = shop.customer("cus_01ABCDEF");
    assert_eq!(found(&customer, "store", "cus_01AB").await, [a, c.clone()]);
    assert_eq!(found(&customer, "store", "user_77").await, std::slice::from_ref(&c));
    assert_eq!(found(&customer, "store", "direct:cus").await, [c]);
    assert_eq!(found(&guest, "store", "cus_01AB").await, [] as [Value; 0]);
}

/// A guest with this name and number of conversations.
async fn guest_named(shop: &Shop, first_name: &str, last_name: &str, channels: u32) -> Client {
    let guest = shop.guest();
    for n in 0..channels {
        guest.post("/store/chat/channels", json!({ "admin_id": format!("user_{n}") })).await.ok();
    }
    guest.set_profile(json!({ "first_name": first_name, "last_name": last_name })).await;
    guest
}

#[tokio::test]
async fn names_match_regardless_of_case_accents_and_width() {
    let shop = Shop::open().await;
    let admin = shop.admin("user_1");
    for (first, last, terms) in [
        (
            "Jose\u{301}",
            "Nún\u{303}ez",
            &["José", "jose", "JOSÉ", "Nu\u{301}ñez", "nunez", "José Núñ"][..],
        ),
        ("Zoë", "Müller", &["zoe", "Zoe\u{308}", "muller", "MÜLLER", "zoe mul"]),
        ("Weiß", "Straße", &["weiss", "WEISS", "strasse", "STRASSE", "Straße"]),
        ("Алёна", "Ёлкина", &["елкина", "ёлкина", "ЕЛКИНА", "алена"]),
        ("İpek", "Işık", &["ipek", "IPEK", "i\u{307}pek", "isik", "ışık"]),
        ("ヤマダ", "한국인", &["ﾔﾏﾀﾞ", "ヤマダ", "한국인"]),
        ("Ｆｕｌｌ", "D’Arcy", &["full", "Ｆｕｌｌ", "D'Arcy", "d’arcy", "arcy"]),
        ("שָׁלוֹם", "مُحَمَّد", &["שלום", "محمد"]),
    ] {
        let guest = guest_named(&shop, first, last, 1).await;
        let hash = guest.channels().await["channels"][0]["channel_hash"].clone();
        shop.settle().await;
        for term in terms {
            let encoded =
                term.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02X}"));
            assert_eq!(
                found(&admin, "admin", &encoded).await,
                std::slice::from_ref(&hash),
                "{term} finds {first} {last}"
            );
        }
    }
    for short in ["%C3%A9%C3%A9", "e%CC%81e%CC%81", "%C3%9F%C3%9F", "ab%E2%80%8B"] {
        let refused = admin.get(&format!("/admin/chat/channels?search={short}")).await;
        assert_eq!(refused.refused(400, "invalid_data"), "Search must be at least 3 characters");
    }
}

#[tokio::test]
async fn a_person_with_many_conversations_hides_no_other() {
    let shop = Shop::open().await;
    let admin = shop.admin("user_1");
    let real = guest_named(&shop, "Johanna", "Smith", 1).await;
    let hash = real.channels().await["channels"][0]["channel_hash"].clone();
    for _ in 0..11 {
        shop.running.app.clock.advance(1_000);
        guest_named(&shop, "Johanna", "Smith", 20).await;
    }
    shop.settle().await;
    for term in ["johanna", "smith", "johanna+smith"] {
        let mut hashes = Vec::new();
        let mut path = format!("/admin/chat/channels?search={term}&limit=100");
        loop {
            let list = admin.get(&path).await.ok();
            assert_eq!((&list["count"], &list["count_capped"]), (&json!(200), &json!(true)));
            hashes.extend(pluck(&list["channels"], "channel_hash"));
            let Some(next) = list["next_cursor"].as_str() else { break };
            path = format!("/admin/chat/channels?search={term}&limit=100&cursor={next}");
        }
        assert_eq!(hashes.len(), 200);
        assert!(hashes.contains(&hash), "the real one is hidden from {term}");
    }
}

#[tokio::test]
async fn the_name_of_a_claimed_guest_is_not_found() {
    let shop = Shop::open().await;
    let admin = shop.admin("user_1");
    let guest = shop.nobody().with_guest_secret("V1StGXR8_Z5jdHi6B-myT");
    guest.open().await;
    guest
        .set_profile(json!({ "first_name": "Rumpelstilzchen", "email": "r@customers.example" }))
        .await;
    shop.settle().await;
    for term in ["rumpel", "r@customers", "customers"] {
        assert_eq!(found(&admin, "admin", term).await.len(), 1, "{term}");
    }
    for nothing in ["example", "com"] {
        assert_eq!(found(&admin, "admin", nothing).await, [] as [Value; 0], "{nothing}");
    }
    shop.customer("cus_1").claim("V1StGXR8_Z5jdHi6B-myT").await.ok();
    shop.settle().await;
    assert_eq!(found(&admin, "admin", "rumpel").await, [] as [Value; 0]);
    assert_eq!(found(&admin, "admin", "cus_1").await.len(), 1);
}

#[tokio::test]
async fn a_search_returns_at_most_two_hundred_and_count_capped() {
    let shop = Shop::open().await;
    let admin = shop.admin("user_1");
    for n in 0..203 {
        admin
            .post("/admin/chat/channels", json!({ "customer_id": format!("cus_many{n}") }))
            .await
            .ok();
    }
    shop.settle().await;
    let list = admin.get("/admin/chat/channels?search=cus_many&limit=100").await.ok();
    assert_eq!((&list["count"], &list["count_capped"]), (&json!(200), &json!(true)));
    assert_eq!(list["channels"].as_array().unwrap().len(), 100);
    let rest = admin
        .get(&format!(
            "/admin/chat/channels?search=cus_many&limit=100&cursor={}",
            list["next_cursor"].as_str().unwrap()
        ))
        .await
        .ok();
    assert_eq!(
        (rest["channels"].as_array().unwrap().len(), &rest["next_cursor"]),
        (100, &json!(null))
    );
    let few = admin.get("/admin/chat/channels?search=cus_many20").await.ok();
    assert_eq!((&few["count"], few.get("count_capped")), (&json!(4), None));
    assert_eq!(admin.channels().await["count"], 203);
}
