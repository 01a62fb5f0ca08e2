//! Who is present, and who learns it (docs/api.md, section 6).

use domain::{ActorId, ChannelHash, Principal};
use harness::{Shop, Socket};
use serde_json::{Value, json};

/// Sends these frames, and waits until all are handled: frames of one socket are handled one after
/// another, and the last one gets an error.
async fn send(socket: &mut Socket, frames: &[&str]) {
    for frame in frames {
        socket.send(&json!({ "action": frame }).to_string()).await;
    }
    socket.send("").await;
    socket.next_of("error").await;
}

async fn look(socket: &mut Socket, hash: &str) {
    socket.send(&json!({ "action": "looking", "channel_hash": hash }).to_string()).await;
}

fn online(frame: &Value) -> bool {
    frame["payload"]["online"].as_bool().expect("a boolean")
}

#[tokio::test]
async fn a_member_gets_the_staffs_presence_after_connecting_and_with_every_pong() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let mut socket = shop.new_socket(&customer, "store").await;
    let first = socket.next_presence().await.unwrap();
    let expected = json!({
        "event": "chat.presence",
        "event_id": first["event_id"],
        "ts": first["ts"],
        "payload": { "online": false },
    });
    assert_eq!(first, expected);
    assert!(first["event_id"].as_str().unwrap().starts_with("evt_"));

    let mut tabs = [
        shop.socket(&shop.admin("user_1"), "admin").await,
        shop.socket(&shop.admin("user_2"), "admin").await,
    ];
    let ping = async |socket: &mut Socket| {
        socket.send(r#"{"action":"ping"}"#).await;
        online(&socket.next_presence().await.unwrap())
    };
    assert!(ping(&mut socket).await);
    send(&mut tabs[0], &["away"]).await;
    assert!(ping(&mut socket).await, "the other admin is there");
    send(&mut tabs[1], &["away"]).await;
    assert!(!ping(&mut socket).await);
    let mut second = shop.new_socket(&customer, "store").await;
    assert!(!online(&second.next_presence().await.unwrap()));
    send(&mut tabs[1], &["back"]).await;
    let mut third = shop.new_socket(&shop.guest(), "store").await;
    assert!(online(&third.next_presence().await.unwrap()));
    for tab in &mut tabs {
        tab.is_silent().await;
    }
}

#[tokio::test]
async fn staff_gets_the_presence_of_the_member_whose_channel_it_looks_at() {
    let shop = Shop::open().await;
    let (customer, guest) = (shop.customer("cus_1"), shop.guest());
    let (hash, of_guest) = (customer.open().await, guest.open().await);
    let mut staff = shop.socket(&shop.admin("user_1"), "admin").await;
    let mut elsewhere = shop.socket(&shop.admin("user_2"), "admin").await;
    look(&mut staff, &hash).await;
    look(&mut elsewhere, &of_guest).await;
    let first = staff.next_presence().await.unwrap();
    let channel = ChannelHash::parse(&hash).unwrap().key();
    let expected = json!({
        "event": "chat.presence",
        "event_id": first["event_id"],
        "channel_id": channel.channel_id(),
        "channel_hash": hash,
        "ts": first["ts"],
        "payload": { "user_id": "cus_1", "role": "customer", "online": false },
    });
    assert_eq!(first, expected);
    let of_other = elsewhere.next_presence().await.unwrap();
    assert_eq!(of_other["payload"]["role"], "guest");

    // Connecting, a hidden page, another tab, and the end of each.
    let mut one = shop.socket(&customer, "store").await;
    assert!(online(&staff.next_presence().await.unwrap()));
    send(&mut one, &["away"]).await;
    assert!(!online(&staff.next_presence().await.unwrap()));
    let two = shop.socket(&customer, "store").await;
    assert!(online(&staff.next_presence().await.unwrap()));
    drop(one);
    assert!(online(&staff.next_presence().await.unwrap()), "the other tab is present");
    drop(two);
    assert!(!online(&staff.next_presence().await.unwrap()));
    let mut three = shop.socket(&customer, "store").await;
    staff.until_online_is(true).await;
    send(&mut three, &["away", "back"]).await;
    staff.until_online_is(true).await;

    // Staff who look elsewhere, and the member, learn none of this.
    elsewhere.is_silent().await;
    elsewhere.send(r#"{"action":"ping"}"#).await;
    elsewhere.next_of("pong").await;
    let mut own = shop.new_socket(&customer, "store").await;
    assert_eq!(own.next_presence().await.unwrap()["payload"], json!({ "online": true }));
}

#[tokio::test]
async fn a_flapping_page_causes_one_push_a_second_and_the_last_state_arrives() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let mut staff = shop.socket(&shop.admin("user_1"), "admin").await;
    look(&mut staff, &hash).await;
    staff.next_presence().await;
    let mut page = shop.socket(&customer, "store").await;
    send(&mut page, &["away", "back", "away", "back", "away", "back", "away", "away"]).await;
    let frames = staff.until_online_is(false).await;
    let times: Vec<_> = frames
        .iter()
        .map(|frame| domain::Timestamp::parse(frame["ts"].as_str().unwrap()).unwrap())
        .collect();
    assert!(times.is_sorted_by(|one, next| next.since(*one) >= 1_000), "{frames:?}");
}

#[tokio::test]
async fn a_connection_that_changes_more_than_sixty_times_a_minute_is_closed() {
    let shop = Shop::with_stopped_clock(&[]).await;
    let customer = shop.customer("cus_1");
    let mut page = shop.socket(&customer, "store").await;
    let changes = ["away", "back"].repeat(30);
    send(&mut page, &changes).await;
    // The same again is no change.
    send(&mut page, &["back", "back"]).await;
    shop.running.app.clock.advance(60_000);
    send(&mut page, &changes).await;
    page.send(r#"{"action":"away"}"#).await;
    page.is_closed_in_silence().await;
    let customer = Principal::Customer(ActorId::parse("cus_1").unwrap());
    let app = &shop.running.app;
    let is_forgotten =
        async || app.store.connections_of(&customer, app.clock.now()).await.unwrap().is_empty();
    harness::until("the connection is forgotten", is_forgotten).await;
}

#[tokio::test]
async fn only_a_change_is_stored_and_a_restored_connection_stays_away() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let mut page = shop.socket(&customer, "store").await;
    let mut staff = shop.socket(&shop.admin("user_1"), "admin").await;
    let written = || {
        let calls = shop.wire.calls();
        calls.iter().filter(|call| call.operation == "UpdateItem").count()
    };
    shop.settle().await;
    for (frames, writes) in [(["back", "back"], 0), (["away", "away"], 2), (["back", "away"], 4)] {
        shop.wire.reset();
        send(&mut page, &frames).await;
        assert_eq!(written(), writes, "{frames:?}");
    }
    let person = Principal::Customer(ActorId::parse("cus_1").unwrap());
    let app = &shop.running.app;
    assert!(!app.is_present(&person).await.unwrap());
    let connection = app.store.connections_of(&person, app.clock.now()).await.unwrap().remove(0);
    app.store.remove_gone(&connection, app.clock.now().plus_millis(60_000)).await.unwrap();
    page.send(r#"{"action":"ping"}"#).await;
    page.next_of("pong").await;
    let restored = app.store.connections_of(&person, app.clock.now()).await.unwrap();
    assert_eq!(restored, [connection]);
    assert!(!app.is_present(&person).await.unwrap());
    send(&mut page, &["back"]).await;
    assert!(app.is_present(&person).await.unwrap());

    // Looking is stored when the channel changes. The turn to push is the third write.
    for writes in [3, 1] {
        shop.wire.reset();
        look(&mut staff, &hash).await;
        staff.next_presence().await;
        assert_eq!(written(), writes);
        app.clock.advance(3_000);
    }
}

#[tokio::test]
async fn a_row_without_a_connection_makes_no_one_present() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let person = Principal::Customer(ActorId::parse("cus_1").unwrap());
    let session = store::Session { principal: person.clone(), expires: None };
    let app = &shop.running.app;
    app.store.put_connection("left-behind=", &session, 10, app.clock.now()).await.unwrap();
    assert!(!app.is_present(&person).await.unwrap());
    let mut staff = shop.socket(&shop.admin("user_1"), "admin").await;
    look(&mut staff, &hash).await;
    assert!(!online(&staff.next_presence().await.unwrap()));
}
