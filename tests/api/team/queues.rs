//! Queues: filters, orders and counts of the list of channels.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{ActorId, ChannelHash};
use harness::{Client, Shop, hash_with_admin, pluck};
use serde_json::{Value, json};

use super::Team;

/// The hashes that a list shows over all its pages of at most `limit`.
async fn listed(admin: &Client, query: &str, limit: usize) -> Vec<String> {
    let (mut hashes, mut cursor) = (Vec::new(), String::new());
    for _ in 0..200 {
        let path = format!("/admin/chat/channels?{query}&limit={limit}{cursor}");
        let page = admin.get(&path).await.ok();
        let shown = pluck(&page["channels"], "channel_hash");
        assert!(shown.len() <= limit);
        hashes.extend(shown.iter().map(|hash| hash.as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return hashes,
        }
    }
    panic!("the list {query} has no end");
}

/// Two dozen channels in all states, and the heads as an admin sees them.
async fn busy_shop() -> (Team, Vec<Value>) {
    let team = Team::begin().await;
    team.shop.running.app.clock.stop();
    let until = team.later(9_000);
    for n in 0..24 {
        // Each fourth channel begins another minute; the others have equal times.
        if n % 4 == 0 {
            team.shop.running.app.clock.advance(61_000);
        }
        let customer = team.shop.customer(&format!("cus_n{n}"));
        let hash = customer.open().await;
        if n == 23 {
            continue;
        }
        customer.say(&hash, "question").await;
        let path = format!("/admin/chat/channels/{hash}");
        let assignee = [Value::Null, json!("user_mia"), json!("user_tom")][n % 3].clone();
        let labels = [json!([]), json!(["vip"]), json!(["return", "vip"])][n % 3].clone();
        team.tom.put(&path, json!({ "assignee_id": assignee, "labels": labels })).await.ok();
        if n % 5 == 1 {
            team.tom.answer(&hash, "answer").await;
        }
        let status = match n % 7 {
            3 => json!({ "status": "closed" }),
            5 => json!({ "status": "snoozed", "snoozed_until": until }),
            _ => json!({}),
        };
        team.tom.put(&path, status).await.ok();
    }
    team.shop.settle().await;
    let page = team.mia.get("/admin/chat/channels?limit=100").await.ok();
    let all = page["channels"].as_array().unwrap().clone();
    assert_eq!((all.len(), &page["count"]), (25, &json!(25)));
    (team, all)
}

/// Whether a list shows a channel.
type Admits<'a> = Box<dyn Fn(&Value) -> bool + 'a>;

#[tokio::test]
async fn filters_and_orders_show_what_they_name_completely_and_once() {
    let (team, all) = busy_shop().await;
    let used = |channel: &Value| channel["last_message_at"].is_string();
    let has = |channel: &Value, label: &str| {
        channel["labels"].as_array().unwrap().contains(&json!(label))
    };
    let is = |status: &'static str| move |channel: &Value| channel["status"] == status;
    let open = is("open");
    let waits = |channel: &Value| open(channel) && channel["unanswered_since"].is_string();
    let mine = |channel: &Value| channel["assignee_id"] == "user_mia";
    let cases: Vec<(&str, Admits<'_>)> = vec![
        ("", Box::new(|_| true)),
        ("status=all", Box::new(|_| true)),
        ("status=open", Box::new(|channel| open(channel) && used(channel))),
        ("status=closed", Box::new(is("closed"))),
        ("status=snoozed", Box::new(is("snoozed"))),
        ("order=activity", Box::new(|channel| open(channel) && used(channel))),
        ("order=waiting", Box::new(waits)),
        ("order=waiting&status=open", Box::new(waits)),
        ("order=waiting&assignee=me", Box::new(|channel| waits(channel) && mine(channel))),
        ("order=waiting&label=vip", Box::new(|channel| waits(channel) && has(channel, "vip"))),
        ("assignee=me", Box::new(|channel| open(channel) && used(channel) && mine(channel))),
        ("assignee=user_mia&status=all", Box::new(mine)),
        ("assignee=user_nobody", Box::new(|_| false)),
        (
            "assignee=none",
            Box::new(|channel| open(channel) && used(channel) && channel["assignee_id"].is_null()),
        ),
        ("assignee=none&status=all", Box::new(|channel| channel["assignee_id"].is_null())),
        ("label=return", Box::new(|channel| open(channel) && has(channel, "return"))),
        ("label=vip&status=closed", Box::new(|it| it["status"] == "closed" && has(it, "vip"))),
        (
            "label=vip&assignee=user_tom&status=snoozed",
            Box::new(|it| {
                it["status"] == "snoozed" && has(it, "vip") && it["assignee_id"] == "user_tom"
            }),
        ),
        ("label=unknown", Box::new(|_| false)),
    ];
    for (query, admits) in cases {
        let mut expected: Vec<&Value> = all.iter().filter(|channel| admits(channel)).collect();
        if query.contains("waiting") {
            expected.sort_by_key(|channel| channel["unanswered_since"].as_str().unwrap());
        }
        let hash = |channel: &&Value| channel["channel_hash"].as_str().unwrap().to_owned();
        let set: BTreeSet<String> = expected.iter().map(hash).collect();
        for limit in [1, 2, 3, 7, 100] {
            let shown = listed(&team.mia, query, limit).await;
            let times = |hashes: &[String]| {
                let of = |hash: &String| {
                    let channel = all.iter().find(|it| it["channel_hash"] == json!(hash)).unwrap();
                    let field = if query.contains("waiting") {
                        "unanswered_since"
                    } else {
                        "last_message_at"
                    };
                    channel[field].as_str().unwrap_or_default().to_owned()
                };
                hashes.iter().map(of).collect::<Vec<_>>()
            };
            assert_eq!(shown.len(), set.len(), "{query:?} by {limit}");
            assert_eq!(shown.iter().cloned().collect::<BTreeSet<_>>(), set, "{query:?} by {limit}");
            let expected: Vec<String> = expected.iter().map(hash).collect();
            assert_eq!(times(&shown), times(&expected), "{query:?} by {limit}");
        }
    }
}

#[tokio::test]
async fn counts_equal_a_recount_and_come_with_lists_without_a_search() {
    let (team, all) = busy_shop().await;
    let open: Vec<&Value> = all
        .iter()
        .filter(|channel| channel["status"] == "open" && channel["last_message_at"].is_string())
        .collect();
    let of = |holds: &dyn Fn(&Value) -> bool| open.iter().filter(|it| holds(it)).count();
    let by = |id: &str| of(&|channel| channel["assignee_id"] == id);
    let with = |slug| of(&|channel| channel["labels"].as_array().unwrap().contains(&json!(slug)));
    let snoozed = all.iter().filter(|channel| channel["status"] == "snoozed").count();
    let expected = json!({
        "open": open.len(),
        "waiting": of(&|channel| channel["unanswered_since"].is_string()),
        "mine": by("user_mia"),
        "unassigned": of(&|channel| channel["assignee_id"].is_null()),
        "snoozed": snoozed,
        "by_assignee": { "user_mia": by("user_mia"), "user_tom": by("user_tom") },
        "by_label": { "return": with("return"), "vip": with("vip") },
    });
    assert_eq!(team.counts().await, expected);
    let count = async |query: &str| {
        let list = team.mia.get(&format!("/admin/chat/channels?{query}")).await.ok();
        assert_eq!(list["counts"], expected, "{query}");
        list["count"].clone()
    };
    assert_eq!(count("").await, 25);
    for (query, field) in [
        ("status=open", "open"),
        ("order=activity", "open"),
        ("order=waiting", "waiting"),
        ("order=waiting&status=open", "waiting"),
        ("assignee=me", "mine"),
        ("assignee=user_mia&status=open", "mine"),
        ("assignee=none", "unassigned"),
    ] {
        assert_eq!(count(query).await, expected[field], "{query}");
    }
    assert_eq!(count("label=vip").await, expected["by_label"]["vip"]);
    assert_eq!(count("label=unknown").await, 0);
    assert_eq!(count("assignee=user_nobody").await, 0);
    for query in [
        "status=all",
        "status=closed",
        "status=snoozed",
        "assignee=me&label=vip",
        "order=waiting&assignee=me",
        "assignee=me&status=all",
    ] {
        assert_eq!(count(query).await, Value::Null, "{query}");
    }
    let found = team.mia.get("/admin/chat/channels?search=cus_n1&assignee=me").await.ok();
    assert_eq!((found.get("counts"), found.get("unread_count")), (None, None));
}

#[tokio::test]
async fn filters_combine_with_a_search() {
    let (team, all) = busy_shop().await;
    for (query, waiting) in
        [("assignee=me", false), ("order=waiting", true), ("status=closed", false)]
    {
        let mut expected: Vec<String> = Vec::new();
        let list = listed(&team.mia, query, 100).await;
        expected.extend(list.into_iter().filter(|hash| hash.contains("cus_n1")));
        let found = listed(&team.mia, &format!("{query}&search=cus_n1"), 100).await;
        let sorted = |mut hashes: Vec<String>| {
            hashes.sort();
            hashes
        };
        assert!(!expected.is_empty(), "{query}");
        assert_eq!(sorted(found), sorted(expected.clone()), "{query}");
        let paged = listed(&team.mia, &format!("{query}&search=cus_n1"), 1).await;
        assert_eq!(sorted(paged.clone()), sorted(expected), "{query}");
        if waiting {
            let since = |hash: &String| {
                let channel = all.iter().find(|it| it["channel_hash"] == json!(hash)).unwrap();
                channel["unanswered_since"].as_str().unwrap().to_owned()
            };
            assert!(paged.iter().map(since).is_sorted());
        }
    }
}

#[tokio::test]
async fn invalid_filters_are_refused() {
    let team = Team::begin().await;
    for query in [
        "status=done",
        "status=OPEN",
        "order=newest",
        "order=waiting&status=closed",
        "order=waiting&status=snoozed",
        "order=waiting&status=all",
        "label=A",
        "label=a_b",
        "assignee=a%20b",
        "assignee=me&offset=1",
        "status=open&offset=1",
        "status=all&offset=1",
        "order=activity&offset=1",
        "label=vip&offset=20",
        "status=open&limit=0",
        "status=open&cursor=x",
        "status=open&search=ab",
    ] {
        let path = format!("/admin/chat/channels?{query}");
        team.mia.get(&path).await.refused(400, "invalid_data");
    }
    team.mia.get("/admin/chat/channels?status=open&offset=0").await.ok();
    team.mia.get("/admin/chat/channels?offset=1").await.ok();
    // They are the staff's: the member's list does not know them.
    let own = team.customer.get("/store/chat/channels?status=closed&assignee=me").await.ok();
    assert_eq!(own["count"], 1);
    team.customer.get("/admin/chat/counts").await.refused(401, "unauthorized");
}

#[tokio::test]
async fn a_list_follows_every_change_of_the_work() {
    let team = Team::begin().await;
    let shown = async |query: &str| !listed(&team.mia, query, 20).await.is_empty();
    assert!(shown("status=open").await && shown("order=waiting").await);
    team.change(json!({ "status": "snoozed", "snoozed_until": team.later(60) })).await;
    assert!(shown("status=snoozed").await && !shown("status=open").await);
    assert!(!shown("order=waiting").await);
    team.change(json!({ "status": "closed" })).await;
    assert!(shown("status=closed").await && !shown("status=snoozed").await);
    team.customer.say(&team.hash, "two").await;
    assert!(shown("status=open").await && shown("order=waiting").await);
    team.mia.answer(&team.hash, "three").await;
    assert!(shown("assignee=me").await && !shown("order=waiting").await);
    assert!(!shown("assignee=none").await);
    team.change(json!({ "labels": ["vip"] })).await;
    assert!(shown("label=vip&assignee=user_mia").await);
}

/// As many channels as one filtered page may not examine: copies of one, each a minute older.
async fn crowd(shop: &Shop, hash: &str, count: usize) {
    let db = shop.database();
    let pk = |hash: &str| format!("C#{}", ChannelHash::parse(hash).unwrap().key().as_str());
    let text = |text: String| AttributeValue::S(text);
    let head = db.get_item().table_name("chat").key("pk", text(pk(hash)));
    let head = head.key("sk", text("~".to_owned())).send().await.unwrap().item.unwrap();
    let place = head["minute"].as_s().unwrap().clone();
    let minute: u64 = place.split_once('#').unwrap().0.parse().unwrap();
    let since: i64 = head["unanswered_since"].as_n().unwrap().parse().unwrap();
    for n in 1..=count {
        let id = format!("cus_crowd{n}");
        let hash =
            ChannelHash::of(&ActorId::parse(&id).unwrap(), &ActorId::parse("admin").unwrap());
        let mut item = head.clone();
        item.insert("pk".to_owned(), text(pk(hash.as_str())));
        item.insert("channel_hash".to_owned(), text(hash.to_string()));
        item.insert("member_id".to_owned(), text(id));
        let ago = minute - n as u64;
        item.insert("minute".to_owned(), text(format!("{ago:012}#{}", hash.key().as_str())));
        let ago = |at: i64| at - i64::try_from(n).unwrap() * 60_000;
        let AttributeValue::M(end) = &head["t"] else { panic!("a map") };
        let mut end = end.clone();
        let at: i64 = end["a"].as_n().unwrap().parse().unwrap();
        end.insert("a".to_owned(), AttributeValue::N(ago(at).to_string()));
        item.insert("t".to_owned(), AttributeValue::M(end));
        let since = AttributeValue::N(ago(since).to_string());
        item.insert("unanswered_since".to_owned(), since);
        // The oldest ones have the label. In the order of waits they are the last that begin.
        if n == 1 || n == count {
            item.insert("labels".to_owned(), AttributeValue::L(vec![text("rare".to_owned())]));
        }
        db.put_item().table_name("chat").set_item(Some(item)).send().await.unwrap();
    }
}

#[tokio::test]
async fn a_filtered_page_examines_a_bounded_number_of_rows_and_the_list_is_complete() {
    let shop = Shop::with_idle_stream().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    customer.say(&hash, "one").await;
    crowd(&shop, &hash, 4_500).await;
    let expected: BTreeSet<_> =
        ["cus_crowd1", "cus_crowd4500"].map(hash_with_admin).into_iter().collect();
    for query in ["label=rare", "label=rare&status=all", "label=rare&order=waiting"] {
        let (mut shown, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            shop.wire.measure();
            let path = format!("/admin/chat/channels?{query}&limit=5{cursor}");
            let page = admin.get(&path).await.ok();
            let units = shop.wire.spent().read_units;
            assert!(units < 60.0, "{query}: {units} read units");
            shown.extend(pluck(&page["channels"], "channel_hash"));
            pages += 1;
            assert!(pages < 40, "{query} has no end");
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert!(pages > 1, "{query}: {pages} pages");
        assert_eq!(shown.len(), 2, "{query}");
        let shown: BTreeSet<_> =
            shown.iter().map(|hash| hash.as_str().unwrap().to_owned()).collect();
        assert_eq!(shown, expected, "{query}");
    }
}
