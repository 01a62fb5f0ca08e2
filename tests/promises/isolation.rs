//! Members never get the entries that they may not see: those whose audience is staff, and those
//! of an unknown kind. Every path to a member is checked.

use std::collections::BTreeSet;

use domain::{
    ActorId, Audience, ChannelHash, Draft, Entry, EventId, Kind, Message, MessageBody, Pair,
    Principal, SendLimit, SendMessage, Side,
};
use harness::{Client, Shop};
use serde_json::json;
use store::Done;

use crate::versions::{append, n, s, unknown_entries};

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
    let of_staff = hidden_kinds().map(|kind| {
        ("e", vec![("kind", s(kind.name())), ("message_seq", n(1)), ("text", s(CANARY))])
    });
    for (row, attributes) in unknown_entries().into_iter().chain(of_staff) {
        let (shop, member, hash) = greeted().await;
        append(&shop, &hash, row, &attributes).await;
        let leaks = leaks(&shop, &member, &hash).await;
        assert!(leaks.is_empty(), "{row} {attributes:?} reaches the member by {leaks:?}");
    }
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
    let about = |kind| Entry::about(message.clone(), kind, 2, EventId::from_random([2; 16]), now);
    let entries: Vec<Entry> =
        Kind::ALL.iter().map(|kind| about(*kind)).chain([Entry::unknown(2)]).collect();
    let connections = app.store.audience_if_known(&channel, now).await;
    assert_eq!(connections.len(), 2);
    for entry in entries {
        let audience = entry.facts().audience;
        let done = Done {
            channel: channel.clone(),
            message: message.clone(),
            entries: vec![entry],
            connections: connections.clone(),
        };
        app.push_entries(&done, &domain::Roster::default()).await;
        for (socket, side) in [(&mut of_member, Side::Member), (&mut of_staff, Side::Staff)] {
            if audience.includes(side) {
                assert_eq!(socket.next().await["seq"], 2, "{audience:?} {side:?}");
            } else {
                socket.is_silent().await;
            }
        }
    }
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
    let send = SendMessage { draft: &draft, limit: SendLimit { per_minute: 1, burst: 1 } };
    send.decide(&channel, now).unwrap().message
}

#[test]
fn audiences_include_the_sides_that_they_name() {
    let includes =
        |audience: Audience| [Side::Member, Side::Staff].map(|side| audience.includes(side));
    assert_eq!(includes(Audience::Everybody), [true, true]);
    assert_eq!(includes(Audience::Staff), [false, true]);
    assert_eq!(includes(Audience::Nobody), [false, false]);
}
