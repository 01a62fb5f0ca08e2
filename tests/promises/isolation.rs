//! Members never get the entries that they may not see: those whose audience is staff, and those
//! of an unknown kind. Every path to a member is checked.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    ActorId, Audience, ChannelHash, Draft, Entry, EventId, Kind, Message, MessageBody, Note, Pair,
    Place, Principal, Queue, SendLimit, SendMessage, Side, Status, What,
};
use harness::{Client, Shop};
use serde_json::json;
use store::Done;

use crate::versions::{append, unknown_entries};

/// The text in every hidden entry.
const CANARY: &str = "canary";

/// The kinds that a member may not see.
fn hidden_kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().copied().filter(|kind| !kind.facts().audience.includes(Side::Member))
}

/// Where the canary reaches the member, or is counted for them: routes, mails, the bus, the export.
async fn leaks(shop: &Shop, member: &Client, hash: &str) -> BTreeSet<String> {
    let mut leaks = BTreeSet::new();
    let openapi = local::openapi();
    let reads = openapi
        .paths
        .paths
        .iter()
        .filter(|(path, item)| path.starts_with("/store/") && item.get.is_some());
    for (path, _) in reads {
        for query in ["", "?limit=1", "?direction=after", "?cursor=99", "?with_deleted=true"] {
            let reply = member.get(&(path.replace("{channel_hash}", hash) + query)).await;
            if reply.text.contains(CANARY) {
                leaks.insert(path.clone());
            }
        }
    }
    let opened = member.post("/store/chat/channels", json!({})).await;
    if opened.text.contains(CANARY) {
        leaks.insert("open".to_owned());
    }
    if member.unread("store").await > 1 {
        leaks.insert("unread".to_owned());
    }
    shop.settle().await;
    shop.running.background.advance(61).await;
    shop.running.background.advance(24 * 3_600).await;
    shop.running.background.digest().await.expect("a digest");
    if shop.running.dev.outbox.mails().iter().any(|mail| format!("{mail:?}").contains(CANARY)) {
        leaks.insert("mail".to_owned());
    }
    if shop.running.dev.bus.events().iter().any(|event| event.to_string().contains(CANARY)) {
        leaks.insert("bus".to_owned());
    }
    let member = ActorId::parse("cus_1").unwrap();
    let export = shop.running.app.store.export(&member, false).await.expect("an export");
    assert!(export.to_string().contains("greeting"), "the export contains what the member may see");
    if export.to_string().contains(CANARY) {
        leaks.insert("export".to_owned());
    }
    leaks
}

/// A shop in which a member has one unread message.
async fn greeted() -> (Shop, Client, String) {
    let shop = Shop::open().await;
    let member = shop.customer("cus_1");
    let hash = member.open().await;
    shop.admin("user_1").answer(&hash, "greeting").await;
    (shop, member, hash)
}

#[tokio::test]
async fn members_never_get_an_entry_that_is_not_for_them() {
    for (row, attributes) in unknown_entries() {
        let (shop, member, hash) = greeted().await;
        append(&shop, &hash, row, &attributes).await;
        let leaks = leaks(&shop, &member, &hash).await;
        assert!(leaks.is_empty(), "{row} {attributes:?} reaches the member by {leaks:?}");
    }
}

/// Every kind of the staff's work, with a canary in every field that has room for one. Returns the
/// kinds that the staff's log has afterwards.
async fn work_of_staff(shop: &Shop, hash: &str) -> BTreeSet<String> {
    let (admin, other) = (shop.admin("user_1"), shop.admin("user_canary"));
    other.put("/admin/chat/profile", json!({ "first_name": "Tom" })).await.ok();
    shop.settle().await;
    let label = json!({ "slug": CANARY, "name": CANARY, "color": "#ca4a21" });
    admin.put("/admin/chat/labels", json!({ "labels": [label], "version": 0 })).await.ok();
    let notes = format!("/admin/chat/channels/{hash}/notes");
    let note = json!({ "body": CANARY, "mentions": ["user_canary"] });
    let [one, two] = [&note, &note].map(|note| admin.post(&notes, note.clone()));
    let (one, two) = (one.await.ok(), two.await.ok());
    let of = |note: &serde_json::Value| {
        format!("/admin/chat/notes/id/{}", note["note"]["id"].as_str().unwrap())
    };
    admin.put(&of(&one), json!({ "body": format!("{CANARY} again") })).await.ok();
    admin.delete(&of(&two)).await.ok();
    let channel = format!("/admin/chat/channels/{hash}");
    let until = shop.running.app.clock.now().plus_millis(90_000_000);
    for change in [
        json!({ "assignee_id": "user_canary", "labels": [CANARY] }),
        json!({ "status": "snoozed", "snoozed_until": until.to_string() }),
        json!({ "status": "closed" }),
        json!({ "status": "open" }),
    ] {
        admin.put(&channel, change).await.ok();
    }
    admin.put(&format!("{channel}/unread"), json!({})).await.ok();
    shop.settle().await;
    let log = admin.get(&format!("{channel}/log")).await.ok();
    let entries = log["entries"].as_array().unwrap().clone();
    entries.iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_staffs_work_reaches_no_member() {
    let (shop, member, hash) = greeted().await;
    let kinds = work_of_staff(&shop, &hash).await;
    let work = hidden_kinds().filter(|kind| *kind != Kind::Rated);
    let expected: BTreeSet<_> = work.map(|kind| kind.name().to_owned()).collect();
    assert_eq!(kinds, expected, "the work includes every kind that members may not see");
    let mut leaks = leaks(&shop, &member, &hash).await;
    // The bus is the shop's own.
    assert!(leaks.remove("bus"));
    assert!(leaks.is_empty(), "the staff's work reaches the member by {leaks:?}");
}

/// The member gave the rating, so it is shown to that member, but not its place in the staff's log.
#[tokio::test]
async fn a_rating_is_seen_by_staff_and_its_member_only() {
    let (shop, member, hash) = greeted().await;
    let (other, staff) = (shop.customer("cus_2"), shop.admin("user_1"));
    let own = other.open().await;
    other.say(&own, "hello").await;
    let path = format!("/store/chat/channels/{hash}/rating");
    let rating = json!({ "score": 1, "comment": CANARY });
    other.put(&path, rating.clone()).await.refused(404, "not_found");
    shop.nobody().put(&path, rating.clone()).await.refused(401, "unauthorized");
    staff.put(&path, rating.clone()).await.refused(401, "unauthorized");
    let (mut of_member, mut of_staff) =
        (shop.socket(&member, "store").await, shop.socket(&staff, "admin").await);
    member.put(&path, rating).await.ok();
    let pushed = of_staff.next().await;
    assert_eq!(pushed["payload"]["entry"]["rating"]["comment"], CANARY, "{pushed}");
    assert_eq!(pushed["payload"]["channel"]["rating"]["score"], 1, "{pushed}");
    of_member.is_silent().await;
    for text in everything_that_a_member_reads(&other, &own).await {
        assert!(!text.contains(CANARY), "{text}");
    }
    let shown =
        ["/store/chat/channels", "/store/chat/channels/{channel_hash}", "bus", "export", "open"];
    let leaks = leaks(&shop, &member, &hash).await;
    assert_eq!(leaks, shown.map(str::to_owned).into());
    let id = ActorId::parse("cus_1").unwrap();
    let export = shop.running.app.store.export(&id, false).await.expect("an export");
    assert_eq!(export["conversations"][0]["ratings"][0]["comment"], CANARY);
    let log = &export["conversations"][0]["log"];
    assert!(!log.to_string().contains("n#"), "{log}");
    let about = export["conversations"][0]["about"].to_string();
    assert!(!about.contains("\"x\""), "nothing of the staff's sequence: {about}");
}

/// What the member reads from every route, without what may change: how long a cursor or a ticket
/// is valid, and what the contract lets the staff's work change.
async fn everything_that_a_member_reads(member: &Client, hash: &str) -> Vec<String> {
    let openapi = local::openapi();
    let paths = openapi.paths.paths.iter();
    let reads = paths.filter(|(path, item)| path.starts_with("/store/") && item.get.is_some());
    let mut all = Vec::new();
    for (path, _) in reads {
        all.push(member.get(&path.replace("{channel_hash}", hash)).await.text);
    }
    all
}

#[tokio::test]
async fn the_staffs_work_changes_no_byte_of_what_a_member_reads() {
    let (shop, member, hash) = greeted().await;
    shop.settle().await;
    let before = everything_that_a_member_reads(&member, &hash).await;
    assert!(before.iter().any(|text| text.contains("\"status\":\"open\"")));
    let mut socket = shop.socket(&member, "store").await;
    work_of_staff(&shop, &hash).await;
    assert_eq!(everything_that_a_member_reads(&member, &hash).await, before);
    for status in ["closed", "open"] {
        let pushed = socket.next().await;
        assert_eq!(pushed["event"], "chat.channel.updated");
        assert_eq!(pushed["payload"]["channel"]["status"], status);
        assert!(!pushed.to_string().contains(CANARY), "{pushed}");
        for hidden in ["staff_seq", "after_seq", "entry", "assignee", "labels", "snoozed"] {
            assert!(!pushed.to_string().contains(hidden), "{pushed}");
        }
    }
    socket.is_silent().await;
}

#[tokio::test]
async fn what_only_staff_sees_of_a_message_reaches_no_member() {
    let (shop, member, hash) = greeted().await;
    let origin = &shop.running.url;
    let order = format!("order_{CANARY}");
    let card = json!({
        "kind": "order", "id": order, "title": "Order #1001", "url": format!("{origin}/o/{order}"),
        "image_url": format!("https://cdn.example/{order}.jpg"),
    });
    let admin = shop.admin("user_1");
    admin.post(&format!("/admin/chat/messages/{hash}"), json!({ "card": card })).await.ok();
    let read = json!({ "seq": 1 });
    member.put(&format!("/store/chat/channels/{hash}/read"), read).await.ok();
    let seen = admin.get(&format!("/admin/chat/messages/{hash}")).await;
    assert!(seen.text.contains(CANARY));
    assert_eq!(leaks(&shop, &member, &hash).await, BTreeSet::new());

    // A day has passed, and with it the tokens.
    let (member, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let page = json!({ "url": format!("{origin}/{CANARY}"), "title": CANARY });
    let body = json!({ "body": "Where is it?", "page": page });
    let sent = member.post(&format!("/store/chat/messages/{hash}"), body).await.ok();
    assert!(!sent.to_string().contains(CANARY), "{sent}");
    let seen = admin.get(&format!("/admin/chat/messages/{hash}")).await;
    assert!(seen.text.contains(&format!("{origin}/{CANARY}")));
    // Where somebody was is personal data, so it belongs in the export.
    let export = BTreeSet::from(["export".to_owned()]);
    assert_eq!(leaks(&shop, &member, &hash).await, export);
}

/// The same check finds an entry for both sides, so it can fail.
#[tokio::test]
async fn an_entry_for_both_sides_reaches_the_member_by_every_path() {
    let (shop, member, hash) = greeted().await;
    shop.admin("user_1").answer(&hash, CANARY).await;
    let expected = [
        "/store/chat/channels",
        "/store/chat/channels/{channel_hash}",
        "/store/chat/channels/{channel_hash}/events",
        "/store/chat/messages/{channel_hash}",
        "bus",
        "export",
        "mail",
        "open",
        "unread",
    ];
    assert_eq!(leaks(&shop, &member, &hash).await, expected.map(str::to_owned).into());
}

#[tokio::test]
async fn presence_reaches_only_staff_who_look_and_names_no_admin_to_the_member() {
    let (shop, member, hash) = greeted().await;
    let admin = shop.admin(&format!("user_{CANARY}"));
    let (mut staff, mut elsewhere) =
        (shop.socket(&admin, "admin").await, shop.socket(&shop.admin("user_2"), "admin").await);
    staff.send(&json!({ "action": "looking", "channel_hash": hash }).to_string()).await;
    staff.until_online_is(false).await;
    let mut socket = shop.new_socket(&member, "store").await;
    let mut of_member = vec![socket.next_presence().await.unwrap()];
    staff.until_online_is(true).await;
    for (frame, online) in [("away", false), ("back", true)] {
        socket.send(&json!({ "action": frame }).to_string()).await;
        staff.until_online_is(online).await;
        socket.send(r#"{"action":"ping"}"#).await;
        of_member.push(socket.next_presence().await.unwrap());
    }
    // What the admin does is not pushed to the member.
    for frame in ["away", "back"] {
        staff.send(&json!({ "action": frame }).to_string()).await;
        staff.is_silent().await;
    }
    socket.send(r#"{"action":"ping"}"#).await;
    assert_eq!(socket.receive().await.unwrap(), json!({ "event": "pong" }));
    for frame in of_member {
        assert_eq!(frame["payload"], json!({ "online": true }));
        assert!(!frame.to_string().contains(CANARY), "{frame}");
    }
    elsewhere.send(r#"{"action":"ping"}"#).await;
    loop {
        let frame = elsewhere.receive().await.unwrap();
        assert_ne!(frame["event"], "chat.presence");
        if frame["event"] == "pong" {
            break;
        }
    }
}

#[tokio::test]
async fn an_entry_is_pushed_only_to_the_sides_of_its_audience() {
    let (shop, member, hash) = greeted().await;
    let admin = shop.admin("user_1");
    let (mut of_member, mut of_staff) =
        (shop.socket(&member, "store").await, shop.socket(&admin, "admin").await);
    let app = http::AppState::new(shop.running.app.clone()).unwrap();
    let now = app.clock.now();
    let key = ChannelHash::parse(&hash).unwrap().key();
    let channel = app.store.channel_of_key(&key).await.unwrap().unwrap();
    let message = message_with_canary(&shop);
    let connections = app.store.audience_if_known(&channel, now).await;
    assert_eq!(connections.len(), 2);
    let entries = Kind::ALL.iter().map(|kind| Some(*kind)).chain([None]);
    for entry in entries.map(|kind| entry_of(kind, &message, now)) {
        let audience = entry.facts().audience;
        let done = Done {
            channel: channel.clone(),
            subject: message.clone(),
            entries: vec![entry],
            connections: connections.clone(),
            people: BTreeMap::new(),
        };
        app.push_entries(&done, &domain::Roster::default()).await;
        for (socket, side) in [(&mut of_member, Side::Member), (&mut of_staff, Side::Staff)] {
            if audience.includes(side) {
                let seq = if audience == Audience::Staff { "staff_seq" } else { "seq" };
                assert_eq!(socket.next().await[seq], 2, "{audience:?} {side:?}");
            } else {
                socket.is_silent().await;
            }
        }
    }
}

/// An entry of each kind, at place 2 of its log.
fn entry_of(kind: Option<Kind>, message: &Message, now: domain::Timestamp) -> Entry {
    let author = ActorId::parse("user_1").unwrap();
    let note = Note {
        staff_seq: 2,
        after_seq: 1,
        author_id: author.clone(),
        body: CANARY.to_owned(),
        mentions: Vec::new(),
        mentions_checked: BTreeSet::new(),
        client_message_id: None,
        event_id: EventId::from_random([2; 16]),
        created_at: now,
        edited_at: None,
        deleted_at: None,
    };
    let no_labels = BTreeSet::new;
    let what = match kind {
        Some(Kind::MessageSent) => What::MessageSent(message.clone()),
        Some(Kind::MessageEdited) => What::MessageEdited(message.clone()),
        Some(Kind::MessageDeleted) => What::MessageDeleted(message.clone()),
        Some(Kind::NoteAdded) => What::NoteAdded(note),
        Some(Kind::NoteEdited) => What::NoteEdited(note),
        Some(Kind::NoteDeleted) => What::NoteDeleted(note),
        // The member gets a close, so this is a snooze.
        Some(Kind::StatusChanged) => {
            let status = Status::Snoozed { until: now.plus_millis(1) };
            What::StatusChanged { was: Queue::Open, status, case: 1 }
        }
        Some(Kind::Assigned) => What::Assigned(Some(author.clone())),
        Some(Kind::Labelled) => {
            What::Labelled { labels: no_labels(), added: no_labels(), removed: no_labels() }
        }
        Some(Kind::Rated) => {
            let score = domain::Score::try_from(4).unwrap();
            let rating = domain::Rating {
                score,
                case: 1,
                created_at: now,
                updated_at: now,
                comment_seq: Some(2),
            };
            What::Rated(domain::Rated { rating, comment: Some(CANARY.to_owned()) })
        }
        None => What::Unknown,
    };
    let is_of_staff = kind.is_some_and(|kind| kind.facts().audience == Audience::Staff);
    let place = if is_of_staff { Place::Staff { seq: 2, after: 1 } } else { Place::Public(2) };
    let id = EventId::from_random([2; 16]);
    Entry { place, id, ts: now, by: Some(Principal::Admin(author)), what }
}

/// A message that was never stored.
fn message_with_canary(shop: &Shop) -> Message {
    let id = |text: &str| ActorId::parse(text).unwrap();
    let draft = Draft::text(
        Principal::Admin(id("user_1")),
        MessageBody::parse(CANARY.to_owned()).unwrap(),
        EventId::from_random([1; 16]),
    );
    let pair = Pair::new(id("cus_1"), id("admin"), &id("admin")).unwrap();
    let now = shop.running.app.clock.now();
    let channel = domain::Channel::open(&pair, pair.member.clone(), now);
    let limit = SendLimit { per_minute: 1, burst: 1 };
    let send = SendMessage { draft: &draft, limit, assigns: false };
    send.decide(&channel, &[], now).unwrap().subject
}

#[test]
fn audiences_include_the_sides_that_they_name() {
    let includes =
        |audience: Audience| [Side::Member, Side::Staff].map(|side| audience.includes(side));
    assert_eq!(includes(Audience::Everybody), [true, true]);
    assert_eq!(includes(Audience::Staff), [false, true]);
    assert_eq!(includes(Audience::Nobody), [false, false]);
}
