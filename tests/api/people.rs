//! Names and addresses: from the shop's Medusa, from tokens, and from people themselves
//! (docs/api.md, sections 3.1 and 4.14).

use harness::{Client, Shop, pluck};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const HOUR: i64 = 3_600;

/// A caller whose token has these claims in addition to Medusa's own.
fn signed(shop: &Shop, id: &str, kind: &str, said: &Value) -> Client {
    let now = shop.running.app.clock.now().seconds();
    let mut claims = json!({
        "actor_id": id, "actor_type": kind, "auth_identity_id": "authid_1", "app_metadata": {},
        "user_metadata": {},
        "iat": now, "exp": now + HOUR,
    });
    for (name, value) in said.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let client = shop.nobody().with_token(&local::sign(&claims, local::JWT_SECRET));
    if kind == "user" { client.as_admin() } else { client }
}

/// A customer or guest as the admin list shows them.
async fn seen(shop: &Shop, id: &str) -> Value {
    let list = shop.admin("user_1").channels().await;
    let channel =
        list["channels"].as_array().unwrap().iter().find(|channel| channel["customer"]["id"] == id);
    channel.unwrap_or_else(|| panic!("{id} is not in the list"))["customer"].clone()
}

/// The channels that an admin finds by a term.
async fn found(shop: &Shop, term: &str) -> Vec<Value> {
    let list = shop.admin("user_1").get(&format!("/admin/chat/channels?search={term}")).await.ok();
    pluck(&list["channels"], "channel_hash")
}

/// An admin's own profile.
async fn profile(admin: &Client) -> Value {
    admin.get("/admin/chat/profile").await.ok()["profile"].clone()
}

#[tokio::test]
async fn staff_see_customers_names_and_customers_see_the_admins() {
    let shop = Shop::open().await;
    let (ada, ben) = (shop.customer("cus_ada"), shop.customer("cus_ben"));
    ada.open().await;
    ada.post("/store/chat/channels", json!({ "admin_id": "user_mia" })).await.ok();
    ben.open().await;
    shop.settle().await;
    assert_eq!(
        seen(&shop, "cus_ada").await,
        json!({
            "id": "cus_ada", "role": "customer", "first_name": "Ada", "last_name": "Customer",
            "email": "cus_ada@customers.example",
            "verified": true,
        })
    );

    let own = ada.channels().await;
    let with = |admin: &str| {
        own["channels"]
            .as_array()
            .unwrap()
            .iter()
            .find(|channel| channel["admin_id"] == admin)
            .unwrap()
            .clone()
    };
    assert_eq!(
        with("user_mia")["admin"],
        json!({ "id": "user_mia", "first_name": "Mia", "avatar_url": null })
    );
    assert_eq!(with("admin")["admin"], json!(null), "the default key has no profile");
    assert_eq!(with("admin")["customer"], json!({ "id": "cus_ada", "role": "customer" }));
    assert!(!own.to_string().contains('@'), "no address: {own}");
    let others = ben.channels().await.to_string();
    assert!(!others.contains("Ada") && !others.contains("cus_ada"), "{others}");
}

#[tokio::test]
async fn admins_see_each_other_by_name() {
    let shop = Shop::open().await;
    let staff = async || shop.admin("user_mia").get("/admin/chat/staff").await.ok();
    assert_eq!(staff().await, json!({ "staff": [] }));
    shop.running.dev.medusa.set_down(true);
    let hash = shop.customer("cus_ada").open().await;
    shop.admin("user_tom").answer(&hash, "Hello").await;
    shop.admin("user_mia")
        .set_profile(json!({ "first_name": "Mimi", "email": "mimi@home.example" }))
        .await;
    shop.settle().await;
    let [mimi, tom] = [("user_mia", json!("Mimi")), ("user_tom", json!(null))].map(
        |(id, name)| json!({ "id": id, "first_name": name, "last_name": null, "avatar_url": null }),
    );
    assert_eq!(
        staff().await,
        json!({ "staff": [mimi, tom] }),
        "who is not known has no name; nobody has an address"
    );
    shop.settle().await;

    // A person who is shown without a name is fetched.
    shop.running.dev.medusa.set_down(false);
    shop.advance(HOUR).await;
    staff().await;
    shop.settle().await;
    let now = staff().await;
    assert_eq!(pluck(&now["staff"], "first_name"), ["Mimi", "Tom"], "an own entry wins");
    assert_eq!(pluck(&now["staff"], "last_name"), ["Staff", "Staff"]);
    assert!(!now.to_string().contains('@'), "no address: {now}");
}

#[tokio::test]
async fn search_finds_people_by_every_word_of_name_and_address() {
    let shop = Shop::open().await;
    let medusa = &shop.running.dev.medusa;
    medusa.rename("cus_1", "Grace Brewster", "O'Hopper", Some("grace.h@navy.example"));
    medusa.rename("cus_2", "Öznur", "Ågren", None);
    let (grace, oznur) =
        (json!(shop.customer("cus_1").open().await), json!(shop.customer("cus_2").open().await));
    shop.settle().await;
    for term in [
        "gra",
        "GRACE",
        "brewst",
        "o%27hop",
        "Hopper",
        "grace%20brewster",
        "Grace%20Brewster%20O%27H",
        "grace.h@n",
        "GRACE.H@navy.example",
        "navy",
    ] {
        assert_eq!(found(&shop, term).await, std::slice::from_ref(&grace), "{term}");
    }
    for term in ["%C3%96ZN", "%C3%A5gren", "cus_2@cust"] {
        assert_eq!(found(&shop, term).await, std::slice::from_ref(&oznur), "{term}");
    }
    for term in ["race", "rewster", "avy", "hopper%20grace", "grace%20hopper", "h@navy.example"] {
        assert_eq!(found(&shop, term).await, [] as [Value; 0], "{term}");
    }
    // Customers find their own channels by their own name, and none by another's.
    assert_eq!(
        shop.customer("cus_1").get("/store/chat/channels?search=grace").await.ok()["count"],
        1
    );
    assert_eq!(
        shop.customer("cus_2").get("/store/chat/channels?search=grace").await.ok()["count"],
        0
    );
}

#[tokio::test]
async fn a_new_name_is_fetched_within_the_hour_and_the_old_one_is_not_found() {
    let shop = Shop::open().await;
    let medusa = &shop.running.dev.medusa;
    medusa.rename("cus_1", "Grace", "Murray", Some("murray@navy.example"));
    let opened = shop
        .customer("cus_1")
        .post("/store/chat/channels", json!({ "admin_id": "user_mia" }))
        .await
        .ok();
    let hash = opened["channel"]["channel_hash"].clone();
    shop.settle().await;
    let asked = medusa.requests();
    medusa.rename("cus_1", "Grace", "Hopper", Some("hopper@navy.example"));
    medusa.rename("user_mia", "Maria", "Meyer", None);
    for _ in 0..3 {
        assert_eq!(seen(&shop, "cus_1").await["last_name"], "Murray");
        shop.customer("cus_1").channels().await;
    }
    shop.settle().await;
    assert_eq!(medusa.requests(), asked, "no profile is fetched again within half an hour");

    shop.advance(HOUR / 2 + 60).await;
    assert_eq!(
        seen(&shop, "cus_1").await["last_name"],
        "Murray",
        "what is known is shown, and asked for meanwhile"
    );
    shop.settle().await;
    let now = seen(&shop, "cus_1").await;
    assert_eq!(
        (&now["last_name"], &now["email"]),
        (&json!("Hopper"), &json!("hopper@navy.example"))
    );
    let admin = shop.admin("user_1").channels().await["channels"][0]["admin"].clone();
    assert_eq!((&admin["first_name"], &admin["last_name"]), (&json!("Maria"), &json!("Meyer")));
    let to_customer = shop.customer("cus_1").channels().await["channels"][0]["admin"].clone();
    assert_eq!(to_customer["first_name"], "Maria");
    for term in ["hopper", "grace", "hopper@navy"] {
        assert_eq!(found(&shop, term).await, std::slice::from_ref(&hash), "{term}");
    }
    for term in ["murray", "grace%20mur", "murray@navy"] {
        assert_eq!(found(&shop, term).await, [] as [Value; 0], "{term}");
    }
}

#[tokio::test]
async fn during_an_outage_of_medusa_known_names_are_shown_and_new_people_have_none() {
    // No mail to the inbox, since it would fetch the sender's name.
    let shop = Shop::with(&[("INBOX_ADDRESS", "")]).await;
    shop.customer("cus_ada").open().await;
    shop.settle().await;
    shop.running.dev.medusa.set_down(true);
    shop.advance(25 * HOUR).await;
    let ben = shop.customer("cus_ben");
    let hash = ben.open().await;
    ben.say(&hash, "Is anybody there?").await;
    shop.settle().await;
    assert_eq!(seen(&shop, "cus_ada").await["first_name"], "Ada");
    let nameless = seen(&shop, "cus_ben").await;
    assert_eq!(
        (&nameless["role"], &nameless["first_name"], &nameless["email"]),
        (&json!("customer"), &json!(null), &json!(null))
    );
    assert_eq!(shop.admin("user_1").bodies("admin", &hash).await, ["Is anybody there?"]);
    assert_eq!(found(&shop, "cus_ben").await, [json!(hash)]);
    shop.settle().await;

    shop.running.dev.medusa.set_down(false);
    shop.advance(600).await;
    seen(&shop, "cus_ben").await;
    shop.settle().await;
    assert_eq!(seen(&shop, "cus_ben").await["first_name"], "Ben");
    assert_eq!(found(&shop, "cus_ben@cust").await, [json!(hash)]);
}

#[tokio::test]
async fn names_in_a_signed_token_are_verified() {
    let shop = Shop::open().await;
    let said = json!({ "email": "ada@king.example", "first_name": "Augusta", "last_name": "King" });
    let hash = shop.customer("cus_ada").open().await;
    shop.settle().await;
    signed(&shop, "cus_ada", "customer", &said).ticket().await;
    let ada = seen(&shop, "cus_ada").await;
    assert_eq!(
        (&ada["first_name"], &ada["last_name"], &ada["email"], &ada["verified"]),
        (&json!("Augusta"), &json!("King"), &json!("ada@king.example"), &json!(true))
    );
    shop.settle().await;
    assert_eq!(found(&shop, "august").await, [json!(hash)]);

    signed(&shop, "user_9", "user", &said).ticket().await;
    let shown = profile(&shop.admin("user_9")).await;
    assert_eq!(
        (&shown["first_name"], &shown["last_name"], &shown["email"]),
        (&json!("Augusta"), &json!("King"), &json!("ada@king.example"))
    );
}

#[tokio::test]
async fn names_in_user_metadata_are_ignored() {
    let shop = Shop::open().await;
    let said = json!({ "email": "victim@bank.example", "first_name": "Eve", "last_name": "Evil" });
    let said = json!({ "user_metadata": said, "app_metadata": said });
    shop.customer("cus_ada").open().await;
    shop.settle().await;
    signed(&shop, "cus_ada", "customer", &said).ticket().await;
    signed(&shop, "user_9", "user", &said).ticket().await;
    shop.settle().await;
    assert_eq!(seen(&shop, "cus_ada").await["email"], "cus_ada@customers.example");
    let shown = profile(&shop.admin("user_9")).await;
    assert_eq!((&shown["first_name"], &shown["email"]), (&json!(null), &json!(null)));
}

#[tokio::test]
async fn an_admin_changes_the_profile_field_by_field() {
    let shop = Shop::open().await;
    // Medusa does not know this admin.
    shop.running.dev.medusa.set_down(true);
    let admin = shop.admin("user_1");
    let mut expected = json!({ "id": "user_1", "first_name": null, "last_name": null, "email": null,
        "avatar_url": null, "digest": true });
    assert_eq!(profile(&admin).await, expected);
    let steps = [
        json!({
            "first_name": "Mia", "last_name": "Meyer", "email": "mia@shop.example",
            "avatar_url": "https://shop.example/mia.png",
        }),
        json!({}),
        json!({ "last_name": null }),
        json!({ "email": "" }),
        json!({ "digest": false }),
        json!({ "first_name": "Mimi", "digest": null }),
        json!({ "avatar_url": "", "email": "mimi@shop.example" }),
        json!({ "digest": true, "unknown": 1 }),
    ];
    for step in steps {
        for (field, value) in step.as_object().unwrap() {
            if field == "unknown" || (field == "digest" && value.is_null()) {
                continue;
            }
            expected[field] = if value == "" { Value::Null } else { value.clone() };
        }
        assert_eq!(
            admin.put("/admin/chat/profile", step.clone()).await.ok()["profile"],
            expected,
            "{step}"
        );
        assert_eq!(profile(&admin).await, expected, "{step}");
    }
    assert_eq!(
        profile(&shop.admin("user_2")).await["first_name"],
        json!(null),
        "each has their own"
    );
}

#[tokio::test]
async fn invalid_profiles_are_refused_and_change_nothing() {
    let shop = Shop::open().await;
    let (admin, guest) = (shop.admin("user_1"), shop.guest());
    guest.open().await;
    let before = admin.set_profile(json!({ "first_name": "M".repeat(100) })).await;
    let email = "Invalid request: Value for field 'email' must be an e-mail address";
    let for_both = [
        (
            json!({ "first_name": "x".repeat(101) }),
            "Invalid request: Value for field 'first_name' too big, expected at most: '100'",
        ),
        (
            json!({ "last_name": "é".repeat(101) }),
            "Invalid request: Value for field 'last_name' too big, expected at most: '100'",
        ),
        (
            json!({ "first_name": 7 }),
            "Invalid request: Expected type: 'string' for field 'first_name', got: 'number'",
        ),
        (
            json!({ "email": ["x"] }),
            "Invalid request: Expected type: 'string' for field 'email', got: 'array'",
        ),
        (json!({ "email": "mia" }), email),
        (json!({ "email": "Mia <mia@shop.example>" }), email),
        (json!({ "email": "mia@shop.example\r\nBcc: eve@shop.example" }), email),
        (json!({ "email": "mia@shop.example,eve@shop.example" }), email),
    ];
    let picture = "Invalid request: Value for field 'avatar_url' must be an https URL";
    let for_admins = [
        (json!({ "avatar_url": "http://shop.example/mia.png" }), picture),
        (json!({ "avatar_url": "javascript:alert(1)" }), picture),
        (json!({ "avatar_url": "https://shop.example/\"onerror=\"x" }), picture),
        (
            json!({ "digest": "yes" }),
            "Invalid request: Expected type: 'boolean' for field 'digest', got: 'string'",
        ),
        (
            json!({ "digest": 0 }),
            "Invalid request: Expected type: 'boolean' for field 'digest', got: 'number'",
        ),
    ];
    for (body, message) in for_both.iter().chain(&for_admins) {
        assert_eq!(
            admin.put("/admin/chat/profile", body.clone()).await.refused(400, "invalid_data"),
            *message,
            "{body}"
        );
    }
    for (body, message) in &for_both {
        assert_eq!(
            guest.put("/store/chat/profile", body.clone()).await.refused(400, "invalid_data"),
            *message,
            "{body}"
        );
    }
    assert_eq!(profile(&admin).await, before);
}

#[tokio::test]
async fn invisible_and_reversing_characters_are_removed_from_names() {
    let shop = Shop::open().await;
    let (admin, guest) = (shop.admin("user_1"), shop.guest());
    for (typed, kept) in [
        ("Mi\u{202e}a\u{0}\u{200b}", json!("Mia")),
        ("\u{2066} Mia \u{2069}", json!("Mia")),
        ("Mia\r\nBcc:\teve", json!("Mia Bcc: eve")),
        ("\u{feff}\u{200b}\u{202e}", json!(null)),
        ("   ", json!(null)),
        ("Zoë 👩\u{200d}🔬", json!("Zoë 👩\u{200d}🔬")),
    ] {
        let shown = admin.set_profile(json!({ "first_name": typed })).await;
        assert_eq!(shown["first_name"], kept, "{typed:?}");
        let shown = guest.set_profile(json!({ "last_name": typed })).await;
        assert_eq!(shown["last_name"], kept, "{typed:?}");
    }
}

#[tokio::test]
async fn customers_see_the_new_name_of_an_admin_at_once() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    customer.post("/store/chat/channels", json!({ "admin_id": "user_mia" })).await.ok();
    shop.settle().await;
    let entry = json!({ "first_name": "Mimi", "email": "mimi@private.example",
        "avatar_url": "https://shop.example/mimi.png" });
    shop.admin("user_mia").put("/admin/chat/profile", entry).await.ok();
    let list = customer.channels().await;
    assert_eq!(
        list["channels"][0]["admin"],
        json!({ "id": "user_mia", "first_name": "Mimi",
            "avatar_url": "https://shop.example/mimi.png" })
    );
    assert_eq!(
        shop.admin("user_1").channels().await["channels"][0]["admin"]["last_name"],
        "Staff",
        "what the admin leaves out the shop says"
    );
    assert!(!list.to_string().contains('@'), "no address: {list}");
}

#[tokio::test]
async fn a_guests_profile_is_shown_as_unverified() {
    let shop = Shop::open().await;
    let guest = shop.guest();
    let hash = guest.open().await;
    let id = hash.strip_prefix("direct:admin:").unwrap();
    let typed = json!({ "first_name": "Evangeline", "last_name": "Ventura",
        "email": "eve@guests.example", "avatar_url": "https://x.example/x" });
    let mut expected = json!({
        "id": id, "first_name": "Evangeline", "last_name": "Ventura", "email": "eve@guests.example",
        "verified": false,
    });
    assert_eq!(guest.put("/store/chat/profile", typed).await.ok()["profile"], expected);
    expected["role"] = json!("guest");
    assert_eq!(seen(&shop, id).await, expected);
    shop.settle().await;
    for term in ["evangel", "VENTURA", "evangeline%20v", "eve@guests", "guests"] {
        assert_eq!(found(&shop, term).await, [json!(hash)], "{term}");
    }

    guest.set_profile(json!({ "last_name": null })).await;
    shop.settle().await;
    assert_eq!(seen(&shop, id).await["last_name"], json!(null));
    assert_eq!(found(&shop, "ventura").await, [] as [Value; 0]);
    assert_eq!(found(&shop, "evangel").await, [json!(hash)], "what is left out stays");

    let refused =
        shop.customer("cus_1").put("/store/chat/profile", json!({ "first_name": "Grace" })).await;
    assert_eq!(refused.refused(400, "not_allowed"), "Only guests can set a profile here");
}

#[tokio::test]
async fn a_claimed_guest_cannot_change_the_profile() {
    let shop = Shop::open().await;
    let secret = "V1StGXR8_Z5jdHi6B-myT";
    let guest = shop.nobody().with_guest_secret(secret);
    let hash = guest.open().await;
    guest.set_profile(json!({ "first_name": "Evangeline" })).await;
    shop.settle().await;
    shop.customer("cus_ada").claim(secret).await.ok();
    guest
        .put("/store/chat/profile", json!({ "first_name": "Mallory" }))
        .await
        .refused(401, "unauthorized");
    shop.settle().await;
    let now = seen(&shop, "cus_ada").await;
    assert_eq!(
        (&now["first_name"], &now["verified"]),
        (&json!("Ada"), &json!(true)),
        "the channel is the customer's"
    );
    for term in ["evangel", "mallory"] {
        assert_eq!(found(&shop, term).await, [] as [Value; 0], "{term}");
    }
    assert_eq!(found(&shop, "cus_ada@cust").await, [json!(hash)]);
}

#[tokio::test]
async fn an_internationalized_address_is_mailed_in_its_dns_form() {
    let shop = Shop::open().await;
    let (admin, guest) = (shop.admin("user_1"), shop.guest());
    for typed in ["mia@münchen.example", "mia@xn--mnchen-3ya.example", " mia@MÜNCHEN.example "] {
        let shown = admin.set_profile(json!({ "email": typed })).await;
        assert_eq!(shown["email"], "mia@münchen.example", "{typed:?}");
        let shown = guest.set_profile(json!({ "email": typed })).await;
        assert_eq!(shown["email"], "mia@münchen.example", "{typed:?}");
    }
    let email = "Invalid request: Value for field 'email' must be an e-mail address";
    for typed in [
        "jörg@shop.example",
        "mia@mün chen.example",
        "mia@ü..example",
        "mia@-ü.example",
        "mia@ü\u{202e}.example",
    ] {
        assert_eq!(
            admin
                .put("/admin/chat/profile", json!({ "email": typed }))
                .await
                .refused(400, "invalid_data"),
            email,
            "{typed:?}"
        );
    }
    // Search finds a customer by both forms.
    let said = json!({ "email": "ada@münchen.example" });
    let hash = shop.customer("cus_ada").open().await;
    shop.settle().await;
    signed(&shop, "cus_ada", "customer", &said).ticket().await;
    shop.settle().await;
    assert_eq!(seen(&shop, "cus_ada").await["email"], "ada@münchen.example");
    for term in ["m%C3%BCnchen", "ada%40m%C3%BCnchen.ex", "ada%40xn--mn"] {
        assert_eq!(found(&shop, term).await, [json!(hash)], "{term}");
    }
}

#[tokio::test]
async fn an_oversized_response_of_medusa_is_ignored() {
    let shop = Shop::by_hand(&[]).await;
    let who = domain::ActorId::parse("cus_eve").unwrap();
    for (length, is_known) in [(1_000, true), (100_000, false)] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let person = json!({ "customer": { "id": "cus_eve", "first_name": "Eve" },
            "more": "x".repeat(length) })
        .to_string();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 4096]).await;
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    person.len()
                );
                let _ = stream.write_all(format!("{head}{person}").as_bytes()).await;
            }
        });
        let mut config = shop.running.app.config.clone();
        config.outside.medusa_url = Some(url);
        let app = app::App::new(config, shop.running.app.clock.clone());
        // The names from before are gone.
        let directory = directory::Directory::new(&app);
        app.store
            .put_vouched_profile(&who, &domain::Profile::default(), domain::Timestamp::default())
            .await
            .unwrap();
        let person = directory.refreshed(&who, app.clock.now()).await.unwrap();
        assert_eq!(person.profile().first_name.is_some(), is_known, "{length}");
    }
}
