//! Whether the shop is open and staff is there, for anybody.

use harness::Shop;
use serde_json::{Value, json};

use crate::settings::put;

async fn availability(shop: &Shop) -> Value {
    shop.nobody().get("/store/chat/availability").await.ok()["availability"].take()
}

/// Moves a stopped clock to an instant.
fn go_to(shop: &Shop, at: &str) {
    let at = domain::Timestamp::parse(at).expect(at);
    shop.running.app.clock.advance(at.since(shop.running.app.clock.now()));
}

#[tokio::test]
async fn a_shop_without_settings_is_open_and_quiet() {
    let shop = Shop::open().await;
    let reply = shop.nobody().get("/store/chat/availability").await;
    assert_eq!(reply.headers["cache-control"], "no-store");
    let expected = json!({ "availability": {
        "open": true, "next_open_at": null, "online": false, "reply_time": null,
        "greeting": {}, "quick_replies": {}, "ask_email": "away", "staff": [],
    } });
    assert_eq!(reply.ok(), expected);
    let page = shop.nobody().with("origin", "http://localhost:8000");
    let reply = page.get("/store/chat/availability").await;
    assert_eq!(reply.headers["access-control-allow-origin"], "http://localhost:8000");
}

#[tokio::test]
async fn the_shop_opens_and_closes_by_its_hours() {
    let shop = Shop::with_stopped_clock(&[]).await;
    // A Friday a long time ahead: the tokens of the harness are made at the clock's time.
    go_to(&shop, "2126-11-29T16:00:00Z");
    let day = json!([{ "from": "09:00", "to": "17:30" }]);
    let week = json!({ "fri": day, "mon": day });
    let hours = json!({ "time_zone": "Europe/Berlin", "week": week,
        "exceptions": [{ "date": "2126-12-02", "spans": [] }] });
    let settings = json!({ "hours": hours, "greeting": { "en": "Hello!" }, "ask_email": "never",
        "quick_replies": { "en": ["Where is my order?"] } });
    put(&shop.admin("user_mia"), settings).await;
    let open = availability(&shop).await;
    assert_eq!((&open["open"], &open["next_open_at"]), (&json!(true), &Value::Null));
    assert_eq!(open["greeting"], json!({ "en": "Hello!" }));
    assert_eq!(open["quick_replies"], json!({ "en": ["Where is my order?"] }));
    assert_eq!(open["ask_email"], "never");
    go_to(&shop, "2126-11-29T16:30:00Z");
    let closed = availability(&shop).await;
    assert_eq!(closed["open"], false);
    assert_eq!(closed["next_open_at"], "2126-12-06T08:00:00.000Z", "Monday is a holiday");
}

#[tokio::test]
async fn staff_is_shown_by_presence_then_by_answers_and_never_by_assignment() {
    let shop = Shop::with_stopped_clock(&[]).await;
    let names = ["Ann", "Bea", "Cem", "Dan", "Eve"];
    let admins: Vec<_> = names.iter().map(|name| shop.admin(&format!("user_{name}"))).collect();
    for (admin, name) in admins.iter().zip(names) {
        let profile = json!({ "first_name": name, "last_name": "Secret", "email": "x@shop.example",
            "avatar_url": format!("https://shop.example/{name}.png") });
        admin.put("/admin/chat/profile", profile).await.ok();
    }
    shop.settle().await;
    let hash = shop.customer("cus_ada").open().await;
    shop.customer("cus_ada").say(&hash, "Hello?").await;
    let assign = json!({ "assignee_id": "user_Eve" });
    admins[0].put(&format!("/admin/chat/channels/{hash}"), assign).await.ok();
    let shown = async || {
        shop.settle().await;
        shop.advance(11).await;
        let all = availability(&shop).await;
        let staff = all["staff"].as_array().unwrap().clone();
        let names: Vec<String> =
            staff.iter().map(|one| one["first_name"].as_str().unwrap().to_owned()).collect();
        assert!(!all.to_string().contains("Secret") && !all.to_string().contains("user_"), "{all}");
        assert!(staff.iter().all(|one| one.as_object().unwrap().len() == 2), "{all}");
        (all["online"].clone(), names)
    };
    assert_eq!(shown().await, (json!(false), vec![]));
    admins[1].answer(&hash, "Hello!").await;
    assert_eq!(shown().await, (json!(false), vec!["Bea".to_owned()]));
    let mut sockets = Vec::new();
    for admin in [&admins[2], &admins[3], &admins[0]] {
        sockets.push(shop.socket(admin, "admin").await);
        shop.advance(1).await;
    }
    assert_eq!(shown().await, (json!(true), ["Ann", "Dan", "Cem"].map(str::to_owned).to_vec()));
    drop(sockets);
    harness::until("the sockets are closed", async || {
        shop.running
            .app
            .store
            .connections_of_staff(shop.running.app.clock.now())
            .await
            .unwrap()
            .is_empty()
    })
    .await;
    assert_eq!(shown().await, (json!(false), vec!["Bea".to_owned()]));
}

#[tokio::test]
async fn online_follows_the_sockets_of_this_process_at_once() {
    let shop = Shop::open().await;
    assert_eq!(availability(&shop).await["online"], false);
    let socket = shop.socket(&shop.admin("user_mia"), "admin").await;
    assert_eq!(availability(&shop).await["online"], true);
    drop(socket);
    harness::until("offline", async || availability(&shop).await["online"] == false).await;
    // A customer who is there is not the shop.
    let _member = shop.socket(&shop.customer("cus_ada"), "store").await;
    assert_eq!(availability(&shop).await["online"], false);
}
