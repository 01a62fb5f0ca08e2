//! Sockets: who may open one, its frames, and its end (docs/api.md, section 6).

use std::time::Duration;

use domain::{ActorId, Principal};
use harness::{Fault, PushFault, Shop, Socket, pluck};
use local::SocketLimits;
use serde_json::json;
use store::{Admission, Session};

async fn ticket(shop: &Shop, id: &str) -> (String, String) {
    let answer = shop.customer(id).ticket().await;
    assert_eq!(answer["expires_in"], 60);
    assert!(answer["session_expires_at"].as_str().unwrap().ends_with('Z'));
    (answer["url"].as_str().unwrap().to_owned(), answer["ticket"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_ticket_admits_one_connection() {
    let shop = Shop::open().await;
    let (url, one) = ticket(&shop, "cus_1").await;
    assert!(url.starts_with("ws://127.0.0.1:") && url.ends_with("/ws"), "{url}");
    let offered = format!("chat.v1, t.{one}");
    let socket = Socket::open(&url, &[("sec-websocket-protocol", &offered)]).await.expect("opens");
    assert_eq!(socket.protocol.as_deref(), Some("chat.v1"));
    assert_eq!(
        Socket::open(&url, &[("sec-websocket-protocol", &offered)]).await.err(),
        Some(401),
        "used"
    );

    let (url, two) = ticket(&shop, "cus_1").await;
    let socket = Socket::open(&format!("{url}?ticket={two}"), &[]).await.expect("opens by query");
    assert_eq!(socket.protocol, None);
    let (url, three) = ticket(&shop, "cus_1").await;
    shop.running.app.clock.advance(61_000);
    assert_eq!(
        Socket::open(&format!("{url}?ticket={three}"), &[]).await.err(),
        Some(401),
        "too late"
    );
    // A ticket does not outlive its token.
    let now = shop.running.app.clock.now();
    for (ends_in, elapsed, status) in [(30, 31, Some(401)), (30, 30, Some(401)), (30, 29, None)] {
        let claims = json!({ "actor_id": "cus_1", "actor_type": "customer",
            "exp": shop.running.app.clock.now().seconds() + ends_in });
        let client = shop.nobody().with_token(&local::sign(&claims, local::JWT_SECRET));
        let answer = client.ticket().await;
        let ticket = answer["ticket"].as_str().unwrap();
        shop.running.app.clock.advance(elapsed * 1_000);
        assert_eq!(
            Socket::open(&format!("{url}?ticket={ticket}"), &[]).await.err(),
            status,
            "after {elapsed} s"
        );
    }
    assert!(shop.running.app.clock.now() > now);
    for wrong in ["", "x", &"a".repeat(52), &"%00".repeat(9)] {
        assert_eq!(
            Socket::open(&format!("{url}?ticket={wrong}"), &[]).await.err(),
            Some(401),
            "{wrong}"
        );
    }
    assert_eq!(Socket::open(&url, &[]).await.err(), Some(401));
}

#[tokio::test]
async fn concurrent_uses_of_a_ticket_admit_one_connection() {
    let shop = Shop::open().await;
    for _ in 0..5 {
        let (url, ticket) = ticket(&shop, "cus_1").await;
        let url = format!("{url}?ticket={ticket}");
        let opened = futures_util::future::join_all((0..8).map(|_| Socket::open(&url, &[]))).await;
        assert_eq!(opened.iter().filter(|socket| socket.is_ok()).count(), 1);
    }
}

#[tokio::test]
async fn servers_connect_with_a_token_and_foreign_origins_are_refused() {
    let shop = Shop::open().await;
    let (url, _) = ticket(&shop, "cus_1").await;
    let now = shop.running.app.clock.now();
    let bearer = |token: String| format!("Bearer {token}");
    Socket::open(&url, &[("authorization", &bearer(local::admin_token("user_1", now)))])
        .await
        .expect("an admin's server");
    Socket::open(&url, &[("authorization", &bearer(local::customer_token("cus_1", now)))])
        .await
        .expect("a customer's server");
    assert_eq!(Socket::open(&url, &[("authorization", "Bearer x")]).await.err(), Some(401));
    for (origin, allowed) in [
        ("http://localhost:8000", true),
        (shop.running.url.as_str(), true),
        ("https://evil.example", false),
        ("null", false),
        ("http://localhost:8000.evil.example", false),
    ] {
        let (url, ticket) = ticket(&shop, "cus_1").await;
        let opened = Socket::open(&format!("{url}?ticket={ticket}"), &[("origin", origin)]).await;
        assert_eq!(
            opened.map(|_| true).map_err(|status| status == 403),
            if allowed { Ok(true) } else { Err(true) },
            "{origin}"
        );
    }
    let off = Shop::with(&[("CHAT_V1_ENABLED", "false")]).await;
    let url = format!("{}/ws", off.running.url.replacen("http", "ws", 1));
    assert_eq!(
        Socket::open(&url, &[("authorization", &bearer(local::admin_token("user_1", now)))])
            .await
            .err(),
        Some(403),
        "switched off"
    );
}

#[tokio::test]
async fn every_change_is_pushed_to_its_audience_only() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    let mut own = shop.socket(&customer, "store").await;
    let mut other_tab = shop.socket(&customer, "store").await;
    let mut staff = shop.socket(&admin, "admin").await;
    let mut other_admin = shop.socket(&shop.admin("user_2"), "admin").await;
    let mut stranger = shop.socket(&shop.customer("cus_2"), "store").await;
    // No customer's id leads into the staff's room.
    let mut impostor = shop.socket(&shop.customer("staff"), "store").await;

    let said = customer.say(&hash, "hello").await;
    let path = format!("/store/chat/messages/id/{}", said["id"].as_str().unwrap());
    customer.put(&path, json!({ "body": "hello!" })).await.ok();
    admin.read(&hash).await;
    admin.read(&hash).await;
    customer.put(&path, json!({ "body": "hello!" })).await.ok();
    customer.delete(&path).await.ok();
    customer.delete(&path).await.ok();

    let mut seen = Vec::new();
    for socket in [&mut own, &mut other_tab, &mut staff, &mut other_admin] {
        let mut events = Vec::new();
        for _ in 0..4 {
            events.push(socket.next().await);
        }
        socket.is_silent().await;
        seen.push(events);
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "the same for everybody");
    let events = &seen[0];
    let names: Vec<_> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "chat.message.created",
            "chat.message.updated",
            "chat.channel.read",
            "chat.message.deleted"
        ]
    );
    let created = &events[0];
    assert_eq!(
        (&created["seq"], &created["channel_hash"], &created["message_id"], &created["ts"]),
        (&json!(1), &json!(hash), &said["id"], &said["created_at"])
    );
    assert_eq!(created["payload"]["message"]["body"], "hello");
    assert!(created["payload"]["message"].get("is_own").is_none());
    let read = &events[2];
    assert_eq!(
        (&read["payload"]["member"]["user_id"], &read["payload"]["member"]["last_read_seq"]),
        (&json!("user_1"), &json!(2))
    );
    assert!(
        read.get("seq").is_none()
            && read.get("message_id").is_none()
            && read["payload"]["member"].get("notified_at").is_none()
    );
    assert_eq!(events[3]["payload"], json!({ "id": said["id"], "deleted_at": events[3]["ts"] }));

    let log = admin.events_after(&hash, 0).await;
    let pushed: Vec<_> = [&events[0], &events[1], &events[3]]
        .iter()
        .map(|event| event["event_id"].clone())
        .collect();
    assert_eq!(pluck(&log["events"], "event_id"), pushed, "one id per change, pushed or read");
    stranger.is_silent().await;
    impostor.is_silent().await;
}

#[tokio::test]
async fn events_of_one_sender_arrive_in_order() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let mut staff = shop.socket(&shop.admin("user_1"), "admin").await;
    for n in 0..30 {
        customer.say(&hash, &n.to_string()).await;
    }
    for n in 1..=30 {
        assert_eq!(staff.next().await["seq"], n);
    }
}

#[tokio::test]
async fn pings_are_answered_typing_is_pushed_and_invalid_frames_get_an_error() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    let mut own = shop.socket(&customer, "store").await;
    let mut other_tab = shop.socket(&customer, "store").await;
    let mut staff = shop.socket(&admin, "admin").await;
    let mut stranger = shop.socket(&shop.guest(), "store").await;
    own.send(r#"{"action":"ping"}"#).await;
    assert_eq!(own.next().await, json!({ "event": "pong" }));

    let typing = json!({ "action": "typing", "channel_hash": hash }).to_string();
    shop.settle().await;
    shop.wire.reset();
    own.send(&typing).await;
    let pushed = staff.next().await;
    assert_eq!(
        (&pushed["event"], &pushed["payload"]),
        (&json!("chat.typing"), &json!({ "user_id": "cus_1", "role": "customer" }))
    );
    assert!(
        shop.wire.calls().iter().all(|call| matches!(call.operation.as_str(), "GetItem" | "Query")),
        "typing writes nothing"
    );
    own.is_silent().await;
    other_tab.is_silent().await;
    staff.send(&typing).await;
    assert_eq!(own.next().await["payload"]["user_id"], "user_1");
    stranger.send(&typing).await;
    assert_eq!(stranger.next().await["event"], "error", "not the stranger's channel");
    staff.is_silent().await;
    shop.running.app.clock.advance(2_000);

    for nonsense in [
        "",
        "{",
        "[]",
        "null",
        "{\"action\":7}",
        "{\"action\":\"dance\"}",
        "{\"action\":\"typing\"}",
        "{\"action\":\"typing\",\"channel_hash\":\"x\"}",
        "\u{0}",
    ] {
        own.send(nonsense).await;
        let answer = own.next().await;
        assert_eq!(answer["event"], "error", "{nonsense}");
        assert!(answer["message"].is_string());
    }
    own.send_bytes(vec![0xff, 0x00]).await;
    assert_eq!(own.next().await["event"], "error");
    own.send(r#"{"action":"ping"}"#).await;
    assert_eq!(own.next().await["event"], "pong", "the socket stays open");
    stranger.send(&"x".repeat(33 * 1024)).await;
    stranger.is_closed().await;
    customer.say(&hash, "still there").await;
    assert_eq!(
        other_tab.next_of("chat.message.created").await["payload"]["message"]["body"],
        "still there"
    );
}

#[tokio::test]
async fn looking_is_pushed_to_the_other_admins_only() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    let mut looking = shop.socket(&admin, "admin").await;
    let mut own_tab = shop.socket(&admin, "admin").await;
    let mut other_admin = shop.socket(&shop.admin("user_2"), "admin").await;
    let mut store = shop.socket(&customer, "store").await;
    let frame = json!({ "action": "looking", "channel_hash": hash }).to_string();
    shop.settle().await;
    shop.wire.reset();
    looking.send(&frame).await;
    let pushed = other_admin.next().await;
    assert_eq!(
        (&pushed["event"], &pushed["payload"]),
        (&json!("chat.looking"), &json!({ "user_id": "user_1", "role": "admin" }))
    );
    assert_eq!(pushed["channel_hash"], json!(hash));
    assert!(
        pushed["event_id"].is_string() && pushed["ts"].is_string() && pushed.get("seq").is_none(),
        "{pushed}"
    );
    for socket in [&mut looking, &mut own_tab, &mut store] {
        socket.is_silent().await;
    }

    // For the store scope the frame is unknown.
    let error = |message: &str| json!({ "event": "error", "message": message });
    let mut guest = shop.socket(&shop.guest(), "store").await;
    for socket in [&mut store, &mut guest] {
        socket.send(&frame).await;
        assert_eq!(socket.next().await, error("Unknown frame"));
    }
    for unknown in ["direct:admin:cus_9", "x", ""] {
        looking.send(&json!({ "action": "looking", "channel_hash": unknown }).to_string()).await;
        assert_eq!(looking.next().await, error("Unknown channel"), "{unknown}");
    }
    looking.send(r#"{"action":"looking"}"#).await;
    assert_eq!(looking.next().await, error("Unknown frame"));
    other_admin.is_silent().await;
}

#[tokio::test]
async fn a_new_socket_beyond_the_limit_closes_the_oldest() {
    let shop = Shop::open().await;
    let guest = shop.guest();
    let hash = guest.open().await;
    let mut sockets = Vec::new();
    for _ in 0..6 {
        sockets.push(shop.socket(&guest, "store").await);
        shop.running.app.clock.advance(10);
    }
    sockets[0].is_closed().await;
    guest.say(&hash, "to five").await;
    for socket in &mut sockets[1..] {
        assert_eq!(socket.next().await["event"], "chat.message.created");
    }
}

#[tokio::test]
async fn sockets_of_an_expired_token_and_of_a_claimed_guest_are_closed() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    let mut pushed = shop.socket(&customer, "store").await;
    let mut pinging = shop.socket(&admin, "admin").await;
    // An hour more than the token's day, but the sockets' rows must be fresh: connect late.
    shop.running.app.clock.advance(23 * 3_600_000);
    let mut late = shop.socket(&customer, "store").await;
    shop.running.app.clock.advance(3_600_000);
    let answer = shop.admin("user_1").answer(&hash, "after the end").await;
    assert_eq!(answer["body"], "after the end");
    late.is_closed().await;
    pushed.send(r#"{"action":"ping"}"#).await;
    pushed.is_closed_in_silence().await;
    pinging.send(r#"{"action":"ping"}"#).await;
    pinging.is_closed().await;

    let secret = "V1StGXR8_Z5jdHi6B-myT";
    let guest = shop.nobody().with_guest_secret(secret);
    guest.open().await;
    let mut socket = shop.socket(&guest, "store").await;
    let ticket = guest.ticket().await;
    shop.customer("cus_1").claim(secret).await.ok();
    socket.is_closed().await;
    let late = Socket::open(
        &format!(
            "{}?ticket={}",
            ticket["url"].as_str().unwrap(),
            ticket["ticket"].as_str().unwrap()
        ),
        &[],
    )
    .await;
    assert_eq!(late.err(), Some(401), "a claimed guest's ticket");
}

#[tokio::test]
async fn a_gone_socket_is_removed_and_a_live_or_young_one_is_not() {
    let shop = Shop::with_stopped_clock(&[]).await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let mut live = shop.socket(&customer, "store").await;
    let person = Principal::Customer(ActorId::parse("cus_1").unwrap());
    let session = Session { principal: person.clone(), expires: None };
    let (store, clock) = (&shop.running.app.store, &shop.running.app.clock);
    store.put_connection("never-opened=", &session, 10, clock.now()).await.unwrap();
    let count = async || store.connections_of(&person, clock.now()).await.unwrap().len();
    customer.say(&hash, "one").await;
    assert_eq!(count().await, 2, "it may be just opening");
    clock.advance(11_000);
    shop.customer("cus_1").say(&hash, "two").await;
    assert_eq!(count().await, 1);
    assert_eq!(
        (live.next().await["seq"].clone(), live.next().await["seq"].clone()),
        (json!(1), json!(2))
    );
    // The next ping restores a row that was lost by mistake.
    let connection = store.connections_of(&person, clock.now()).await.unwrap().remove(0);
    store.remove_gone(&connection, clock.now().plus_millis(60_000)).await.unwrap();
    assert_eq!(count().await, 0);
    live.send(r#"{"action":"ping"}"#).await;
    live.next_of("pong").await;
    assert_eq!(count().await, 1);
    drop(live);
    let is_forgotten =
        async || store.connection(&connection.id, clock.now()).await.unwrap().is_none();
    harness::until("a socket that ends is forgotten", is_forgotten).await;
    assert_eq!(count().await, 0);
    // Rows expire.
    store.put_connection("left-behind=", &session, 10, clock.now()).await.unwrap();
    clock.advance(3 * 3_600_000);
    assert_eq!(count().await, 0);
}

#[tokio::test]
async fn idle_and_old_sockets_are_closed() {
    // The unit tests of `local::sockets` prove that frames extend the idle limit.
    let (hour, moment) = (Duration::from_hours(1), Duration::from_millis(50));
    for limits in
        [SocketLimits { idle: moment, life: hour }, SocketLimits { idle: hour, life: moment }]
    {
        let shop = Shop::with_socket_limits(limits).await;
        shop.socket(&shop.customer("cus_1"), "store").await.is_closed().await;
    }
}

#[tokio::test]
async fn a_message_too_long_for_a_frame_is_pushed_without_its_body() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let mut staff = shop.socket(&shop.admin("user_1"), "admin").await;
    let long = "\u{1}x".repeat(2_500);
    customer.say(&hash, &long).await;
    let whole = staff.next().await;
    assert_eq!(
        (whole["payload"]["message"]["body"].as_str(), whole["payload"].get("truncated")),
        (Some(long.as_str()), None)
    );
    let longer = "\u{1}".repeat(4_999) + "x";
    customer.say(&hash, &longer).await;
    let cut = staff.next().await;
    assert_eq!(
        (&cut["payload"]["message"]["body"], &cut["payload"]["truncated"]),
        (&json!(""), &json!(true))
    );
    let events = shop.admin("user_1").events_after(&hash, 1).await;
    assert_eq!(events["events"][0]["payload"]["message"]["body"], json!(longer));
}

/// Rows of a person's connections.
async fn rows(shop: &Shop, person: &Principal) -> usize {
    shop.running.app.store.connections_of(person, shop.running.app.clock.now()).await.unwrap().len()
}

#[tokio::test]
async fn typing_hints_pass_once_in_two_seconds() {
    let shop = Shop::open().await;
    let guest = shop.guest();
    let hash = guest.open().await;
    let typing = json!({ "action": "typing", "channel_hash": hash }).to_string();
    let mut flood = shop.socket(&guest, "store").await;
    let mut staff = Vec::new();
    for n in 0..10 {
        staff.push(shop.socket(&shop.admin(&format!("user_{n}")), "admin").await);
    }
    let ping = async |socket: &mut Socket| {
        socket.send(r#"{"action":"ping"}"#).await;
        socket.next_presence().await;
    };
    // Hints of a guest who never wrote are dropped.
    shop.settle().await;
    shop.wire.reset();
    flood.send(&typing).await;
    ping(&mut flood).await;
    assert_eq!(shop.wire.pushes().len(), 2, "the pong, and presence");
    guest.say(&hash, "hello").await;
    for socket in &mut staff {
        socket.next_of("chat.message.created").await;
    }
    flood.next_of("chat.message.created").await;

    for round in 1..=3 {
        shop.running.app.clock.advance(2_000);
        shop.settle().await;
        shop.wire.reset();
        for _ in 0..200 {
            flood.send(&typing).await;
        }
        ping(&mut flood).await;
        assert_eq!(
            shop.wire.pushes().len(),
            10 + 2,
            "round {round}: one hint to each of the staff, the pong, and presence"
        );
        // The one that passed and the ping.
        assert!(shop.wire.count() <= 8, "round {round}: {:?}", shop.wire.calls());
        assert!(
            shop.wire.calls().iter().all(|call| !call.operation.starts_with("Put")),
            "nothing is written"
        );
        for socket in &mut staff {
            assert_eq!(socket.next().await["event"], "chat.typing", "round {round}");
        }
    }
    for socket in &mut staff {
        socket.is_silent().await;
    }
}

#[tokio::test]
async fn hints_are_limited_per_connection_across_channels() {
    let shop = Shop::open().await;
    let (admin, mia) = (shop.admin("user_1"), shop.admin("user_2"));
    let mut frames = Vec::new();
    for n in 0..20 {
        let hash = shop.customer(&format!("cus_{n}")).open().await;
        frames.push(json!({ "action": "looking", "channel_hash": hash }).to_string());
    }
    let (mut one, mut two) =
        (shop.socket(&admin, "admin").await, shop.socket(&admin, "admin").await);
    let mut other_admin = shop.socket(&mia, "admin").await;
    shop.settle().await;
    shop.wire.reset();
    one.send(&frames[0]).await;
    one.next_presence().await;
    for frame in frames.iter().cycle().skip(1).take(200) {
        one.send(frame).await;
    }
    one.send(r#"{"action":"ping"}"#).await;
    one.next_of("pong").await;
    assert_eq!(shop.wire.pushes().len(), 3, "one hint, one presence, one pong");
    // The hint: connection, channel, staff, two writes, and four calls for the presence; four that
    // are checked; the ping.
    assert!(shop.wire.count() <= 9 + 4 * 2 + 2, "{:?}", shop.wire.calls());
    two.send(&frames[1]).await;
    let pushed = [other_admin.next().await, other_admin.next().await]
        .map(|event| event["channel_hash"].clone());
    assert_eq!(pushed, [json!("direct:admin:cus_0"), json!("direct:admin:cus_1")]);
    other_admin.is_silent().await;
    // Typing has its own limit.
    one.send(&frames[2].replace("looking", "typing")).await;
    assert_eq!(other_admin.next().await["event"], "chat.typing");
}

#[tokio::test]
async fn concurrent_connections_keep_the_limit() {
    let shop = Shop::open().await;
    let guest = shop.guest();
    let hash = guest.open().await;
    let mut offers = Vec::new();
    for _ in 0..40 {
        let ticket = guest.ticket().await;
        offers.push(format!(
            "{}?ticket={}",
            ticket["url"].as_str().unwrap(),
            ticket["ticket"].as_str().unwrap()
        ));
    }
    let mut opened =
        futures_util::future::join_all(offers.iter().map(|url| Socket::open(url, &[]))).await;
    assert!(opened.iter().all(|socket| socket.as_ref().err().is_none_or(|status| *status == 429)));
    // It is pushed after connecting, unless the socket was closed before.
    for socket in opened.iter_mut().flatten() {
        socket.next_presence().await;
    }
    let id = ActorId::parse(hash.split(':').find(|id| id.starts_with("guest_")).unwrap()).unwrap();
    let person = Principal::Guest(id);
    let count = rows(&shop, &person).await;
    assert!((1..=5).contains(&count), "{count} rows");
    shop.wire.reset();
    guest.say(&hash, "hello").await;
    assert!(shop.wire.pushes().len() <= 5);

    // All at the same instant and without a gateway: the newest stay.
    let store = &shop.running.app.store;
    for most in [1, 5, 20] {
        let session = Session {
            principal: Principal::Customer(ActorId::parse(&format!("cus_{most}")).unwrap()),
            expires: None,
        };
        let now = shop.running.app.clock.now();
        let ids: Vec<String> = (0..40).map(|n| format!("connection-{n:02}=")).collect();
        let mut all = futures_util::future::join_all(
            ids.iter().map(|id| store.put_connection(id, &session, most, now)),
        )
        .await;
        // On a busy machine the time for tries may end first: the client then connects again.
        for (id, admission) in ids.iter().zip(&mut all) {
            if admission.is_err() {
                *admission = store.put_connection(id, &session, most, now).await;
            }
        }
        assert!(all.iter().all(Result::is_ok), "{all:?}");
        let mut left: Vec<String> = store
            .connections_of(&session.principal, now)
            .await
            .unwrap()
            .into_iter()
            .map(|c| c.id)
            .collect();
        left.sort();
        assert_eq!(left, ids[40 - most..], "{most}");
        // Every stored connection was admitted, and none of the displaced ones is stored.
        for (id, admission) in ids.iter().zip(all) {
            if left.contains(id) {
                assert!(matches!(admission, Ok(Admission::Admitted { .. })), "{id}: {admission:?}");
            }
            assert_eq!(
                store.connection(id, now).await.unwrap().is_some(),
                left.contains(id),
                "{id}"
            );
        }
    }
}

#[tokio::test]
async fn a_connection_opens_under_contention_and_after_the_limit_was_lowered() {
    let shop = Shop::open().await;
    let (store, clock) = (&shop.running.app.store, &shop.running.app.clock);
    let session =
        Session { principal: Principal::Customer(ActorId::parse("cus_1").unwrap()), expires: None };
    for n in 0..120 {
        store.put_connection(&format!("old-{n:03}="), &session, 1_000, clock.now()).await.unwrap();
        clock.advance(1);
    }
    assert_eq!(rows(&shop, &session.principal).await, 120);
    let (url, ticket) = ticket(&shop, "cus_1").await;
    let conflicts = std::sync::Mutex::new(3);
    shop.wire.disturb(move |_, operation| {
        let mut left = conflicts.lock().unwrap();
        let hit = operation == "PutItem" && *left > 0;
        *left -= u32::from(hit);
        hit.then_some(Fault::Conflict)
    });
    Socket::open(&format!("{url}?ticket={ticket}"), &[]).await.expect("opens");
    assert!(rows(&shop, &session.principal).await <= 10);
}

#[tokio::test]
async fn a_hanging_connection_delays_no_others() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let mut staff = shop.socket(&shop.admin("user_1"), "admin").await;
    let (store, clock) = (&shop.running.app.store, &shop.running.app.clock);
    // More hanging connections than are served concurrently, and one that is gone.
    let mut dead = Vec::new();
    for n in 0..40 {
        let session = Session {
            principal: Principal::Admin(ActorId::parse(&format!("user_x{n}")).unwrap()),
            expires: None,
        };
        let id = if n == 39 { "gone=".to_owned() } else { format!("hangs-{n}=") };
        store.put_connection(&id, &session, 20, clock.now()).await.unwrap();
        dead.push(session.principal);
    }
    clock.advance(11_000);
    shop.wire.reset();
    shop.wire.disturb_pushes(|id| match id {
        id if id.starts_with("hangs-") => Some(PushFault::Hang),
        "gone=" => Some(PushFault::Gone),
        _ => None,
    });
    let audience = store.connections_of_staff(clock.now()).await.unwrap();
    assert_eq!(audience.len(), 41);
    let missed =
        shop.running.app.push.send(audience.iter(), r#"{"event":"pong"}"#, clock.now()).await;
    // On a busy machine the live one may be too slow to count, too.
    assert!(missed.gone == 1 && missed.failed >= 39, "{missed:?}");
    assert_eq!(staff.next().await["event"], "pong");
    assert_eq!(rows(&shop, &dead[39]).await, 0, "what is gone is forgotten although others hang");
    assert_eq!(rows(&shop, &dead[0]).await, 1, "what hangs is not");

    // They are known to hang now: the next sender serves all others first.
    let audience = store.connections_of_staff(clock.now()).await.unwrap();
    shop.wire.reset();
    shop.wire.disturb_pushes(|id| id.starts_with("hangs-").then_some(PushFault::Hang));
    let send = shop.running.app.push.send(audience.iter(), r#"{"event":"pong"}"#, clock.now());
    let missed = send.await;
    assert!(missed.gone == 0 && missed.failed >= 39, "{missed:?}");
    assert_eq!(staff.next().await["event"], "pong");
    // A minute later each is tried again. The local gateway knows none of them.
    clock.advance(60_000);
    shop.wire.reset();
    let missed =
        shop.running.app.push.send(audience.iter(), r#"{"event":"pong"}"#, clock.now()).await;
    assert_eq!((missed.gone, missed.failed), (39, 0));
    assert_eq!(customer.say(&hash, "hello").await["body"], "hello");
}

#[tokio::test]
async fn a_request_in_flight_during_a_claim_is_refused_as_claimed() {
    let shop = Shop::open().await;
    let secret = "V1StGXR8_Z5jdHi6B-myT";
    let guest = shop.nobody().with_guest_secret(secret);
    let hash = guest.open().await;
    let id = guest.say(&hash, "mine").await["id"].as_str().unwrap().to_owned();
    shop.customer("cus_1").claim(secret).await.ok();
    let body = json!({ "body": "x" }).to_string();
    for (method, path) in [
        ("GET", format!("/store/chat/channels/{hash}")),
        ("GET", format!("/store/chat/messages/{hash}")),
        ("GET", format!("/store/chat/channels/{hash}/events")),
        ("POST", format!("/store/chat/messages/{hash}")),
        ("PUT", format!("/store/chat/channels/{hash}/read")),
        ("PUT", format!("/store/chat/messages/id/{id}")),
        ("DELETE", format!("/store/chat/messages/id/{id}")),
    ] {
        let body = if path.ends_with("/read") { "{}".to_owned() } else { body.clone() };
        // The guard reads just before the claim, and the handler runs just after it.
        let looks = std::sync::atomic::AtomicUsize::new(0);
        shop.wire.falsify_answers(move |operation, answer| {
            let item = &mut answer["Item"];
            if operation == "GetItem"
                && item["claimed_by"].is_object()
                && looks.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0
            {
                item.as_object_mut().unwrap().remove("claimed_by");
            }
        });
        let reply = guest.send_raw(method, &path, body).await;
        assert_eq!(reply.refused(401, "unauthorized"), "Unauthorized", "{method} {path}");
        shop.wire.reset();
    }
    // For a guest who is not claimed an unknown channel stays not found.
    let other = shop.guest();
    other.get("/store/chat/channels/direct:admin:cus_1").await.refused(404, "not_found");
}

/// The first attempt may have died between commit and push, so a retry is pushed too, with the same
/// event id. A loop of retries does not push without end.
#[tokio::test]
async fn a_repeated_send_is_pushed_again_a_limited_number_of_times() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    let path = format!("/store/chat/messages/{hash}");
    let body = json!({ "body": "once", "client_message_id": "client-1" });
    let first = customer.post(&path, body.clone()).await.ok();
    let mut socket = shop.socket(&admin, "admin").await;
    let mut pushed = Vec::new();
    for _ in 0..20 {
        assert_eq!(customer.post(&path, body.clone()).await.ok(), first, "the same answer");
    }
    socket.send(r#"{"action":"ping"}"#).await;
    loop {
        let event = socket.next().await;
        if event["event"] == "pong" {
            break;
        }
        pushed.push(event);
    }
    assert_eq!(pushed.len(), 3, "{pushed:?}");
    let log = admin.events_after(&hash, 0).await;
    for event in &pushed {
        assert_eq!(event["event"], "chat.message.created");
        assert_eq!(event["event_id"], log["events"][0]["event_id"]);
        assert_eq!(event["payload"]["message"]["id"], first["message"]["id"]);
    }
    // Neither an old message nor one that is deleted is pushed again.
    let id = first["message"]["id"].as_str().unwrap();
    customer.delete(&format!("/store/chat/messages/id/{id}")).await.ok();
    assert_eq!(socket.next().await["event"], "chat.message.deleted");
    customer.post(&path, body).await.ok();
    let old = json!({ "body": "old", "client_message_id": "client-2" });
    customer.post(&path, old.clone()).await.ok();
    assert_eq!(socket.next().await["event"], "chat.message.created");
    shop.running.app.clock.advance(11 * 60_000);
    customer.post(&path, old).await.ok();
    socket.is_silent().await;
}
