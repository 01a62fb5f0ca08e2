//! Data of a newer version: this version hides it, does not count it as unread, and preserves it.
//! During deployments and roll-backs both versions work on the same tables.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ChannelHash;
use harness::{Client, Shop, pluck};
use serde_json::{Value, json};

type Item = HashMap<String, AttributeValue>;

pub(crate) fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(crate) fn n(number: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn map(entries: &[(&str, AttributeValue)]) -> AttributeValue {
    AttributeValue::M(item(entries))
}

fn item(entries: &[(&str, AttributeValue)]) -> Item {
    entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn partition(hash: &str) -> String {
    format!("C#{}", ChannelHash::parse(hash).expect("a hash").key().as_str())
}

async fn read(shop: &Shop, pk: &str, sk: &str) -> Item {
    let key = item(&[("pk", s(pk)), ("sk", s(sk))]);
    let read = shop.database().get_item().table_name("chat").set_key(Some(key));
    read.consistent_read(true).send().await.expect("read").item.expect("an item")
}

/// Writes an item, or replaces it.
async fn write(shop: &Shop, item: Item) {
    let put = shop.database().put_item().table_name("chat").set_item(Some(item));
    put.send().await.expect("written");
}

/// Adds attributes to an item.
async fn add(shop: &Shop, pk: &str, sk: &str, entries: &[(&str, AttributeValue)]) {
    let mut whole = read(shop, pk, sk).await;
    whole.extend(item(entries));
    write(shop, whole).await;
}

/// Appends an entry of a newer version to a channel's log.
pub(crate) async fn append(
    shop: &Shop,
    hash: &str,
    kind: &str,
    entries: &[(&str, AttributeValue)],
) -> u64 {
    let pk = partition(hash);
    let mut head = read(shop, &pk, "~").await;
    let number = |value: &AttributeValue| value.as_n().unwrap().parse::<u64>().unwrap();
    let mut end = head["t"].as_m().unwrap().clone();
    let (seq, version) = (number(&end["s"]) + 1, number(&head["v"]) + 1);
    let now = shop.running.app.clock.now().millis();
    let mut row = item(&[
        ("pk", s(&pk)),
        ("sk", s(&format!("{kind}#{seq:012}"))),
        ("event_id", s("evt_aaaaaaaaaaaaaaaaaaaaaaaaaa")),
        ("seq", n(seq)),
        ("created_at", n(now)),
        ("ts", n(now)),
    ]);
    row.extend(item(entries));
    end.insert("s".to_owned(), n(seq));
    if kind == "s" {
        let short = [
            ("sender_id", "i"),
            ("sender_role", "r"),
            ("message_type", "y"),
            ("body", "b"),
            ("created_at", "c"),
        ];
        let copied = short.iter().filter_map(|(name, short)| Some((*short, row.get(*name)?)));
        let copy: Item = copied.map(|(name, value)| (name.to_owned(), value.clone())).collect();
        head.extend(item(&[("q", n(seq)), ("n", AttributeValue::M(copy))]));
        end.insert("a".to_owned(), n(now));
    }
    head.extend(item(&[("t", AttributeValue::M(end)), ("v", n(version))]));
    write(shop, row).await;
    write(shop, head).await;
    seq
}

async fn events(client: &Client, scope: &str, hash: &str) -> Value {
    client.get(&format!("/{scope}/chat/channels/{hash}/events?after=0")).await.ok()
}

async fn bodies(client: &Client, scope: &str, hash: &str) -> Vec<Value> {
    let page = client.get(&format!("/{scope}/chat/messages/{hash}")).await.ok();
    pluck(&page["messages"], "body")
}

/// Entries as a newer version may write them, each with what is unknown about it.
pub(crate) fn unknown_entries() -> Vec<(&'static str, Vec<(&'static str, AttributeValue)>)> {
    let message = |type_: &str, role: &str| {
        vec![
            ("sender_id", s("user_bot")),
            ("sender_role", s(role)),
            ("message_type", s(type_)),
            ("body", s("canary")),
        ]
    };
    let mut null = message("text", "system");
    null[0].1 = AttributeValue::Null(true);
    let mut absent = message("text", "system");
    absent.remove(0);
    let mut body = message("text", "admin");
    body[3].1 = map(&[("html", s("canary"))]);
    vec![
        ("s", message("poll", "admin")),
        ("s", message("text", "bot")),
        ("s", null),
        ("s", absent),
        ("s", body),
        ("s", vec![("kind", s("canary"))]),
        ("e", vec![("kind", s("message.reacted")), ("message_seq", n(1))]),
        ("e", vec![("kind", map(&[("of", s("canary"))]))]),
        ("e", vec![("kind", s("message.updated"))]),
        ("e", vec![("kind", s("message.created")), ("message_seq", n(1))]),
    ]
}

#[tokio::test]
async fn an_entry_of_an_unknown_kind_is_hidden_and_breaks_no_request() {
    for (number, (kind, entries)) in unknown_entries().into_iter().enumerate() {
        let shop = Shop::open().await;
        let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
        let hash = customer.open().await;
        let other = shop.customer("cus_2");
        let other_hash = other.open().await;
        other.say(&other_hash, "elsewhere").await;
        let first = customer.say(&hash, "first").await["id"].as_str().unwrap().to_owned();
        let seq = append(&shop, &hash, kind, &entries).await;
        let what = format!("entry {number}: {kind} {entries:?}");

        for (client, scope) in [(&customer, "store"), (&admin, "admin")] {
            assert_eq!(bodies(client, scope, &hash).await, ["first"], "{what}");
            for query in
                ["direction=after", "cursor=100", "limit=1", "limit=1&direction=after&cursor=1"]
            {
                let page = client.get(&format!("/{scope}/chat/messages/{hash}?{query}")).await.ok();
                assert!(!page.to_string().contains("canary"), "{what}: {page}");
            }
            let list = client.get(&format!("/{scope}/chat/channels")).await.ok();
            let expected = if scope == "store" { 1 } else { 2 };
            assert_eq!(list["channels"].as_array().unwrap().len(), expected, "{what}");
            assert!(!list.to_string().contains("canary"), "{what}: {list}");
            // It has its place in the log: the client's next request starts after it.
            let log = events(client, scope, &hash).await;
            assert_eq!(pluck(&log["events"], "seq"), [1], "{what}");
            assert_eq!(log["last_seq"], seq, "{what}");
        }
        let deleted =
            admin.get(&format!("/admin/chat/messages/{hash}?with_deleted=true")).await.ok();
        assert_eq!(pluck(&deleted["messages"], "seq"), [1], "{what}");

        // Everything else works: sending, editing, reading, deleting, folding, repairing.
        customer.say(&hash, "second").await;
        customer
            .put(&format!("/store/chat/messages/id/{first}"), json!({ "body": "edited" }))
            .await
            .ok();
        assert_eq!(bodies(&customer, "store", &hash).await, ["edited", "second"], "{what}");
        let log = events(&customer, "store", &hash).await;
        assert_eq!(
            pluck(&log["events"], "seq"),
            [json!(1), json!(seq + 1), json!(seq + 2)],
            "{what}"
        );
        assert_eq!(log["has_more"], false, "{what}");
        shop.settle().await;
        let found = admin.get("/admin/chat/channels?search=cus_1").await.ok();
        assert_eq!(found["count"], 1, "{what}");
        shop.running.app.store.repair().await.expect("repaired");
        for at in [1, seq, seq + 2] {
            let read = json!({ "seq": at });
            admin.put(&format!("/admin/chat/channels/{hash}/read"), read).await.ok();
        }
        let read = admin.put(&format!("/admin/chat/channels/{hash}/read"), json!({})).await.ok();
        assert_eq!(read["unread_count"], 0, "{what}");
        customer.delete(&format!("/store/chat/messages/id/{first}")).await.ok();
        shop.running.background.digest().await.expect("a digest");
        assert_eq!(bodies(&admin, "admin", &hash).await, ["second"], "{what}");
    }
}

/// A client that continues after the last entry that it got must make progress, however many
/// entries of an unknown kind follow.
#[tokio::test]
async fn many_unknown_entries_in_a_row_do_not_stop_a_reader() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    customer.say(&hash, "first").await;
    for _ in 0..7 {
        append(&shop, &hash, "e", &[("kind", s("message.reacted")), ("message_seq", n(1))]).await;
    }
    customer.say(&hash, "last").await;
    let mut seen = vec![0];
    loop {
        let after = seen.last().unwrap();
        let path = format!("/admin/chat/channels/{hash}/events?limit=2&after={after}");
        let piece = admin.get(&path).await.ok();
        seen.extend(
            piece["events"].as_array().unwrap().iter().map(|event| event["seq"].as_u64().unwrap()),
        );
        if piece["has_more"] == false {
            break;
        }
        assert!(seen.len() < 10, "the reader makes no progress");
    }
    assert_eq!(seen, [0, 1, 9]);
}

#[tokio::test]
async fn a_message_of_an_unknown_type_cannot_be_changed() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    let first = customer.say(&hash, "first").await["id"].as_str().unwrap().to_owned();
    let entries = [
        ("sender_id", s("user_1")),
        ("sender_role", s("admin")),
        ("message_type", s("poll")),
        ("body", s("canary")),
    ];
    let seq = append(&shop, &hash, "s", &entries).await;
    let id = first.replace("_1", &format!("_{seq}"));
    assert_ne!(id, first, "the id has the seq in it");
    let path = format!("/admin/chat/messages/id/{id}");
    admin.put(&path, json!({ "body": "x" })).await.refused(404, "not_found");
    admin.delete(&path).await.refused(404, "not_found");
}

/// A head that cannot be read at all hides its own channel and no other.
#[tokio::test]
async fn an_unreadable_head_leaves_every_list_usable() {
    let shop = Shop::open().await;
    let (one, two, admin) = (shop.customer("cus_1"), shop.customer("cus_2"), shop.admin("user_1"));
    let (hash, broken) = (one.open().await, two.open().await);
    one.say(&hash, "here").await;
    two.say(&broken, "there").await;
    let third = two.post("/store/chat/channels", json!({ "admin_id": "user_7" })).await.ok();
    shop.settle().await;
    add(&shop, &partition(&broken), "~", &[("t", s("many")), ("v", n(99))]).await;
    shop.settle().await;
    let list = admin.get("/admin/chat/channels").await.ok();
    assert_eq!(pluck(&list["channels"], "channel_hash").len(), 2, "{list}");
    let own = two.get("/store/chat/channels").await.ok();
    assert_eq!(pluck(&own["channels"], "channel_hash"), [third["channel"]["channel_hash"].clone()]);
    assert_eq!(admin.get("/admin/chat/channels?search=cus_2").await.ok()["count"], 1);
    assert_eq!(one.unread("store").await, 0);
    shop.running.app.store.repair().await.expect("repaired");
    shop.running.background.digest().await.expect("a digest");
}

/// Attributes of the head, of its copy of a message, of the folded head, of a person and of the
/// canned answers.
#[tokio::test]
async fn writes_preserve_attributes_that_only_a_newer_version_knows() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    let pk = partition(&hash);
    let mine = customer.say(&hash, "question").await["id"].as_str().unwrap().to_owned();
    let theirs =
        admin.post(&format!("/admin/chat/messages/{hash}"), json!({ "body": "answer" })).await.ok();
    let theirs = theirs["message"]["id"].as_str().unwrap().to_owned();
    shop.settle().await;
    let labels = AttributeValue::Ss(vec!["return".to_owned(), "vip".to_owned()]);
    let unknown = [
        ("status", s("closed")),
        ("staff_seq", n(7)),
        ("labels", labels),
        ("rating", map(&[("score", n(5))])),
    ];
    add(&shop, &pk, "~", &unknown).await;
    add(&shop, &pk, "f", &[("open", n(1)), ("by_label", map(&[("vip", n(1))]))]).await;
    let check = async |what: &str| {
        shop.settle().await;
        let head = read(&shop, &pk, "~").await;
        for (name, value) in &unknown {
            assert_eq!(head.get(*name), Some(value), "{name} of the head, after {what}");
        }
        let folded = read(&shop, &pk, "f").await;
        assert_eq!(folded.get("open"), Some(&n(1)), "the folded head, after {what}");
        assert_eq!(folded.get("by_label"), Some(&map(&[("vip", n(1))])), "after {what}");
    };
    let read_path = format!("/admin/chat/channels/{hash}/read");
    admin.put(&read_path, json!({ "seq": 1 })).await.ok();
    check("a read by seq").await;
    admin.put(&read_path, json!({})).await.ok();
    check("a read").await;
    customer.say(&hash, "more").await;
    check("a send").await;
    customer
        .put(&format!("/store/chat/messages/id/{mine}"), json!({ "body": "edited" }))
        .await
        .ok();
    check("an edit").await;
    customer.delete(&format!("/store/chat/messages/id/{mine}")).await.ok();
    check("a delete").await;
    admin.delete(&format!("/admin/chat/messages/id/{theirs}")).await.ok();
    check("a delete by staff").await;
    admin.post(&format!("/admin/chat/messages/{hash}"), json!({ "body": "again" })).await.ok();
    shop.running.background.advance(61).await;
    shop.running.background.digest().await.expect("a digest");
    check("notices and digest").await;
}

#[tokio::test]
async fn a_claim_preserves_unknown_attributes() {
    let shop = Shop::open().await;
    let guest = shop.guest();
    let hash = guest.open().await;
    guest.say(&hash, "as a guest").await;
    let pk = partition(&hash);
    add(&shop, &pk, "~", &[("status", s("snoozed")), ("staff_seq", n(3))]).await;
    let token = local::customer_token("cus_1", shop.running.app.clock.now());
    let both = guest.with("authorization", &format!("Bearer {token}"));
    both.post("/store/chat/guest/claim", json!({})).await.ok();
    let head = read(&shop, &pk, "~").await;
    assert_eq!((head.get("status"), head.get("staff_seq")), (Some(&s("snoozed")), Some(&n(3))));
    assert_eq!(head.get("member_id"), Some(&s("cus_1")));
}

/// The head's copy of a message must not lose what a newer version stores with the message, and
/// must not preserve it longer than the message.
#[tokio::test]
async fn the_heads_copy_of_a_message_is_complete_or_absent() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    let pk = partition(&hash);
    let photo = map(&[("id", s("chatfile_1"))]);
    let first = customer.say(&hash, "with a photo").await["id"].as_str().unwrap().to_owned();
    add(&shop, &pk, "s#000000000001", &[("photo", photo.clone())]).await;
    let mut newest = read(&shop, &pk, "~").await["n"].as_m().unwrap().clone();
    newest.insert("photo".to_owned(), photo.clone());
    add(&shop, &pk, "~", &[("n", AttributeValue::M(newest))]).await;

    let photo_of = async |what: &str| {
        let head = read(&shop, &pk, "~").await;
        let newest = head.get("n").and_then(|newest| newest.as_m().ok()).cloned();
        (
            newest.as_ref().and_then(|newest| newest.get("photo").cloned()),
            newest.is_some(),
            what.to_owned(),
        )
    };
    customer
        .put(&format!("/store/chat/messages/id/{first}"), json!({ "body": "edited" }))
        .await
        .ok();
    assert_eq!(photo_of("an edit").await.0, Some(photo.clone()), "the copy keeps it");
    let second = customer.say(&hash, "without").await["id"].as_str().unwrap().to_owned();
    assert_eq!(photo_of("a send").await.0, None, "nothing of the previous message remains");
    customer.delete(&format!("/store/chat/messages/id/{second}")).await.ok();
    let (kept, is_inline, _) = photo_of("a delete").await;
    assert!(
        kept.is_some() || !is_inline,
        "a copy without the photo would show the message wrongly"
    );
    let list = admin.get("/admin/chat/channels").await.ok();
    assert_eq!(list["channels"][0]["last_message"]["body"], "edited");
    let row = read(&shop, &pk, "s#000000000001").await;
    assert_eq!(row.get("photo"), Some(&photo));
}

#[tokio::test]
async fn canned_answers_keep_their_version() {
    let shop = Shop::open().await;
    let admin = shop.admin("user_1");
    let canned = json!({ "canned": [{ "shortcut": "hi", "text": "Hello" }] });
    admin.put("/admin/chat/canned", canned.clone()).await.ok();
    let scanned = shop.database().scan().table_name("chat").send().await.expect("a scan");
    let row =
        scanned.items().iter().find(|item| item.contains_key("canned")).expect("canned").clone();
    let (pk, sk) = (row["pk"].as_s().unwrap(), row["sk"].as_s().unwrap());
    add(&shop, pk, sk, &[("version", n(4))]).await;
    admin.put("/admin/chat/canned", canned).await.ok();
    assert_eq!(read(&shop, pk, sk).await.get("version"), Some(&n(4)));
}

/// An item of an unknown form in a list is hidden, and no other item with it.
#[tokio::test]
async fn an_unreadable_item_hides_no_other_item_of_a_list() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    let hash = customer.open().await;
    customer.say(&hash, "before").await;
    admin.answer(&hash, "here").await;
    let canned = json!({
        "canned": [
            { "shortcut": "hi", "text": "Hello" },
            { "shortcut": "bye", "text": "Goodbye" },
        ],
    });
    admin.put("/admin/chat/canned", canned).await.ok();
    admin.put("/admin/chat/profile", json!({ "first_name": "M." })).await.ok();
    shop.settle().await;
    // A person, the list of staff, and a canned answer, in forms of a newer version.
    let person = [("digest", map(&[("daily", s("yes"))])), ("own", s("Ada")), ("profile_at", n(1))];
    add(&shop, "P#cus_ada", "~", &person).await;
    add(&shop, "P#user_mia", "~", &person).await;
    // And rows of a new kind in the partition of a channel.
    for sk in ["n#000000000001", "t#000000000001", "x", "a#1", "s~"] {
        let kind = [("pk", s(&partition(&hash))), ("sk", s(sk)), ("kind", s("note"))];
        write(&shop, item(&kind)).await;
    }
    add(
        &shop,
        "P#~",
        "~",
        &[("staff", AttributeValue::Ss(vec!["user_mia".to_owned(), "a b".to_owned()]))],
    )
    .await;
    let mut row = read(&shop, "S#canned", "~").await;
    let mut list = row["canned"].as_l().unwrap().clone();
    list.insert(1, map(&[("shortcut", s("new")), ("parts", AttributeValue::L(Vec::new()))]));
    row.insert("canned".to_owned(), AttributeValue::L(list));
    write(&shop, row).await;

    let other = shop.customer("cus_ben");
    let other_hash = other.open().await;
    customer.say(&hash, "after").await;
    other.say(&other_hash, "hello").await;
    shop.settle().await;
    assert_eq!(admin.unread("admin").await, 3);
    assert_eq!(admin.get("/admin/chat/channels?search=cus_ben").await.ok()["count"], 1);
    assert_eq!(
        admin.get("/admin/chat/channels").await.ok()["channels"].as_array().unwrap().len(),
        2
    );
    let staff = admin.get("/admin/chat/staff").await.ok();
    assert_eq!(pluck(&staff["staff"], "id"), ["user_mia"]);
    for (client, scope) in [(&customer, "store"), (&admin, "admin")] {
        for query in ["", "?limit=1", "?limit=2", "?limit=100"] {
            let page = client.get(&format!("/{scope}/chat/messages/{hash}{query}")).await.ok();
            let shown = pluck(&page["messages"], "body");
            assert_eq!(shown.last(), Some(&json!("after")), "{query}: {page}");
            assert_eq!(
                page["has_more"],
                json!(query.ends_with("=1") || query.ends_with("=2")),
                "{query}"
            );
        }
    }
    admin.put("/admin/chat/profile", json!({ "first_name": "Mia" })).await.ok();
    let shown = admin.get("/admin/chat/canned").await.ok();
    assert_eq!(pluck(&shown["canned"], "shortcut"), ["hi", "bye"]);
    shop.running.app.store.repair().await.expect("repaired");
    shop.running.background.advance(61).await;
    shop.running.background.digest().await.expect("a digest");
}
