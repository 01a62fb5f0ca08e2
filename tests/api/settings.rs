//! The shop's settings, and what they change.

use harness::{Client, Shop};
use serde_json::{Value, json};

const PATH: &str = "/admin/chat/settings";
const DAY: i64 = 24 * 3_600;

/// Replaces some settings; all others get their defaults.
pub async fn put(admin: &Client, settings: Value) -> Value {
    let version = admin.get(PATH).await.ok()["version"].clone();
    admin.put(PATH, json!({ "settings": settings, "version": version })).await.ok()
}

/// Hours with these spans on Monday and these exceptions.
#[expect(clippy::needless_pass_by_value, reason = "literals are shorter")]
fn hours(spans: Value, exceptions: Value) -> Value {
    json!({ "time_zone": "Europe/Berlin", "week": { "mon": spans }, "exceptions": exceptions })
}

#[tokio::test]
async fn settings_are_replaced_as_a_whole_only_at_their_present_version() {
    let shop = Shop::open().await;
    let (mia, tom) = (shop.admin("user_mia"), shop.admin("user_tom"));
    let defaults = json!({
        "hours": null, "away_message": {}, "greeting": {}, "quick_replies": {},
        "ask_email": "away", "assign_on_reply": true, "rating": true,
        "close_after_days": null, "notify_after_seconds": 60,
    });
    let read = mia.get(PATH).await.ok();
    assert_eq!(read, json!({ "settings": defaults, "version": 0 }));
    let settings = json!({
        "hours": {
            "time_zone": "Asia/Kathmandu",
            "week": {
                "mon": [{ "from": "09:00", "to": "12:00" }, { "from": "12:00", "to": "24:00" }],
            },
            "exceptions": [{ "date": "2026-12-24", "spans": [] }],
        },
        "away_message": { "en": "We are closed.", "pt-BR": "Estamos fechados." },
        "greeting": { "en": "Hello!" },
        "quick_replies": { "en": ["Where is my order?", "Do you ship to Norway?"] },
        "ask_email": "always", "assign_on_reply": false, "rating": false,
        "close_after_days": 30, "notify_after_seconds": 120,
    });
    let put = json!({ "settings": settings, "version": 0 });
    let replaced = mia.put(PATH, put.clone()).await.ok();
    assert_eq!(replaced, json!({ "settings": settings, "version": 1 }));
    assert_eq!(tom.get(PATH).await.ok(), replaced);
    tom.put(PATH, put).await.refused(409, "conflict");
    tom.put(PATH, json!({ "settings": {} })).await.refused(400, "invalid_data");
    tom.put(PATH, json!({ "settings": {}, "version": null })).await.refused(400, "invalid_data");
    tom.put(PATH, json!({ "settings": {}, "version": 7 })).await.refused(409, "conflict");
    tom.put(PATH, json!({ "version": 1 })).await.refused(400, "invalid_data");
    assert_eq!(tom.get(PATH).await.ok(), replaced);
    let cleared = json!({ "settings": { "unknown": 1, "hours": null }, "version": 1 });
    assert_eq!(tom.put(PATH, cleared).await.ok()["settings"], defaults);
    shop.customer("cus_ada").get(PATH).await.refused(401, "unauthorized");
}

#[tokio::test]
async fn of_concurrent_replacements_one_succeeds() {
    let shop = Shop::open().await;
    let admins: Vec<_> = (0..8).map(|n| shop.admin(&format!("user_{n}"))).collect();
    let puts = admins.iter().enumerate().map(|(n, admin)| {
        let settings = json!({ "notify_after_seconds": 10 + n });
        admin.put(PATH, json!({ "settings": settings, "version": 0 }))
    });
    let replies = futures_util::future::join_all(puts).await;
    let won: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
    assert!(replies.iter().all(|reply| [200, 409].contains(&reply.status)), "{replies:?}");
    assert_eq!(won.len(), 1, "{replies:?}");
    assert_eq!(admins[0].get(PATH).await.ok(), won[0].body);
}

#[tokio::test]
async fn hostile_settings_are_refused_and_change_nothing() {
    let shop = Shop::open().await;
    let mia = shop.admin("user_mia");
    let span = |from: &str, to: &str| json!({ "from": from, "to": to });
    let days: Vec<Value> =
        (0..101).map(|n| json!({ "date": format!("20{:02}-01-01", n), "spans": [] })).collect();
    let nested = (0..100).fold(json!(1), |inner, _| json!([inner]));
    let many: Value =
        (0..21).map(|n| (format!("en-{n}"), json!("x"))).collect::<serde_json::Map<_, _>>().into();
    for settings in [
        json!([]),
        json!("x"),
        json!({ "hours": [] }),
        json!({ "hours": "always" }),
        json!({ "hours": {} }),
        json!({ "hours": { "time_zone": "Europe/Berlin" } }),
        json!({ "hours": { "week": {} } }),
        json!({ "hours": { "time_zone": "Europe/Nowhere", "week": {} } }),
        json!({ "hours": { "time_zone": "", "week": {} } }),
        json!({ "hours": { "time_zone": "+02:00", "week": {} } }),
        json!({ "hours": { "time_zone": "../../etc/passwd", "week": {} } }),
        json!({ "hours": { "time_zone": 1, "week": {} } }),
        json!({ "hours": { "time_zone": "UTC", "week": { "monday": [] } } }),
        json!({ "hours": { "time_zone": "UTC", "week": { "mon": {} } } }),
        json!({ "hours": { "time_zone": "UTC", "week": { "mon": [[]] } } }),
        json!({ "hours": hours(json!([span("9:00", "10:00")]), json!([])) }),
        json!({ "hours": hours(json!([span("10:00", "09:00")]), json!([])) }),
        json!({ "hours": hours(json!([span("10:00", "10:00")]), json!([])) }),
        json!({ "hours": hours(json!([span("10:00", "24:01")]), json!([])) }),
        json!({ "hours": hours(json!([span("24:00", "24:00")]), json!([])) }),
        json!({ "hours": hours(json!([{ "from": "10:00" }]), json!([])) }),
        json!({ "hours": hours(json!([{ "from": 10, "to": 12 }]), json!([])) }),
        json!({ "hours": hours(
            json!([span("09:00", "12:00"), span("11:59", "13:00")]),
            json!([]),
        ) }),
        json!({ "hours": hours(json!(vec![span("09:00", "10:00"); 9]), json!([])) }),
        json!({ "hours": hours(json!([]), json!({})) }),
        json!({ "hours": hours(json!([]), json!([{ "date": "2026-02-30", "spans": [] }])) }),
        json!({ "hours": hours(json!([]), json!([{ "date": "2026-12-24" }])) }),
        json!({ "hours": hours(json!([]), json!([{ "spans": [] }])) }),
        json!({ "hours": hours(json!([]), json!(days)) }),
        json!({ "hours": hours(json!([]), json!([
            { "date": "2026-12-24", "spans": [] },
            { "date": "2026-12-24", "spans": [span("09:00", "10:00")] },
        ])) }),
        json!({ "hours": hours(json!([]), json!([{ "date": "2026-12-24",
            "spans": [span("09:00", "12:00"), span("11:00", "13:00")] }])) }),
        json!({ "away_message": "We are closed." }),
        json!({ "away_message": [] }),
        json!({ "away_message": { "en": 1 } }),
        json!({ "away_message": { "en": null } }),
        json!({ "away_message": { "": "x" } }),
        json!({ "away_message": { "en_US": "x" } }),
        json!({ "away_message": { "__proto__": "x" } }),
        json!({ "away_message": { "en": "x", "EN": "y" } }),
        json!({ "away_message": { "en": "x".repeat(2_001) } }),
        json!({ "away_message": many }),
        json!({ "greeting": { "en": "x".repeat(1_001) } }),
        json!({ "greeting": { "en": nested } }),
        json!({ "quick_replies": { "en": "x" } }),
        json!({ "quick_replies": { "en": vec!["x"; 6] } }),
        json!({ "quick_replies": { "en": [1] } }),
        json!({ "quick_replies": { "en": ["x".repeat(201)] } }),
        json!({ "quick_replies": ["x"] }),
        json!({ "ask_email": "sometimes" }),
        json!({ "ask_email": true }),
        json!({ "assign_on_reply": "yes" }),
        json!({ "rating": 1 }),
        json!({ "close_after_days": 0 }),
        json!({ "close_after_days": -1 }),
        json!({ "close_after_days": 1.5 }),
        json!({ "close_after_days": "7" }),
        json!({ "close_after_days": 3_651 }),
        json!({ "close_after_days": 1e300 }),
        json!({ "notify_after_seconds": 9 }),
        json!({ "notify_after_seconds": 3_601 }),
        json!({ "notify_after_seconds": [] }),
    ] {
        let put = mia.put(PATH, json!({ "settings": settings, "version": 0 })).await;
        assert_eq!(put.status, 400, "{settings}");
        put.refused(400, "invalid_data");
    }
    assert_eq!(mia.get(PATH).await.ok()["version"], 0);
    // The largest settings fit into an item.
    let spans: Vec<Value> =
        (0..8).map(|n| span(&format!("{:02}:00", 2 * n), &format!("{:02}:59", 2 * n))).collect();
    let days: Vec<Value> = (0..100)
        .map(|n| json!({ "date": format!("20{n:02}-01-01"), "spans": &spans[..2] }))
        .collect();
    let texts: Value = (0..8)
        .map(|n| (format!("en-{n}"), json!("ä".repeat(2_000))))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let largest = json!({ "hours": hours(json!(spans), json!(days)), "away_message": texts });
    let stored = put(&mia, largest.clone()).await;
    assert_eq!(stored["settings"]["hours"], largest["hours"]);
    assert_eq!(stored["settings"]["away_message"], largest["away_message"]);
}

#[tokio::test]
async fn a_refusal_says_where_it_is_wrong() {
    let shop = Shop::open().await;
    let mia = shop.admin("user_mia");
    let span = json!([{ "from": "09:00", "to": "12:00" }, { "from": "8", "to": "10:00" }]);
    for (settings, expected) in [
        (
            json!({ "hours": hours(span, json!([])) }),
            "Value for field 'settings, hours, week, mon, 1, from' must be a time from 00:00 to \
             23:59",
        ),
        (
            json!({ "hours": { "time_zone": "Berlin", "week": {} } }),
            "Value for field 'settings, hours, time_zone' must be a time zone of the IANA database",
        ),
        (
            json!({ "notify_after_seconds": 4_000 }),
            "Value for field 'settings, notify_after_seconds' too big, expected at most: '3600'",
        ),
    ] {
        let put = mia.put(PATH, json!({ "settings": settings, "version": 0 })).await;
        assert_eq!(put.refused(400, "invalid_data"), format!("Invalid request: {expected}"));
    }
}

#[tokio::test]
async fn a_reply_assigns_its_sender_only_if_the_shop_says_so() {
    let shop = Shop::open().await;
    let (ada, mia) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    put(&mia, json!({ "assign_on_reply": false })).await;
    let hash = ada.open().await;
    ada.say(&hash, "Hello?").await;
    let path = format!("/admin/chat/channels/{hash}");
    mia.answer(&hash, "Hello!").await;
    assert_eq!(mia.get(&path).await.ok()["channel"]["assignee_id"], Value::Null);
    put(&mia, json!({})).await;
    mia.answer(&hash, "Hello again!").await;
    assert_eq!(mia.get(&path).await.ok()["channel"]["assignee_id"], "user_mia");
}

#[tokio::test]
async fn a_notice_waits_as_long_as_the_shop_says() {
    let shop = Shop::with_stopped_clock(&[("INBOX_ADDRESS", "inbox@shop.example")]).await;
    let (ada, mia) = (shop.customer("cus_ada"), shop.admin("user_mia"));
    put(&mia, json!({ "notify_after_seconds": 300 })).await;
    let hash = ada.open().await;
    ada.say(&hash, "Hello?").await;
    shop.settle().await;
    shop.advance(299).await;
    assert_eq!(shop.mails().len(), 0);
    shop.advance(2).await;
    assert_eq!(shop.mails_to("inbox@shop.example").len(), 1);
    put(&mia, json!({ "notify_after_seconds": 10 })).await;
    let ben = shop.customer("cus_ben");
    ben.say(&ben.open().await, "Hello?").await;
    shop.settle().await;
    shop.advance(12).await;
    assert_eq!(shop.mails_to("inbox@shop.example").len(), 2);
}

#[tokio::test]
async fn idle_channels_are_closed_once_by_the_shop_itself() {
    let shop = Shop::with_stopped_clock(&[]).await;
    let mia = || shop.admin("user_mia");
    let members = ["cus_idle", "cus_busy", "cus_asleep", "cus_woken", "cus_done"];
    let mut hashes = Vec::new();
    for member in members {
        let customer = shop.customer(member);
        let hash = customer.open().await;
        customer.say(&hash, "Hello?").await;
        hashes.push(hash);
    }
    shop.customer("cus_silent").open().await;
    let change = async |hash: &str, body: Value| {
        mia().put(&format!("/admin/chat/channels/{hash}"), body).await.ok()
    };
    let until =
        |days: i64| shop.running.app.clock.now().plus_millis(days * DAY * 1_000).to_string();
    for (hash, days) in [(&hashes[2], 30), (&hashes[3], 6)] {
        change(hash, json!({ "status": "snoozed", "snoozed_until": until(days) })).await;
    }
    change(&hashes[4], json!({ "status": "closed" })).await;
    let log = async |hash: &str| {
        mia().get(&format!("/admin/chat/channels/{hash}/log")).await.ok()["entries"].clone()
    };
    let digest = async || Box::pin(shop.running.background.digest()).await.expect("a run");
    let statuses = async || {
        let mut all = Vec::new();
        for hash in &hashes {
            let path = format!("/admin/chat/channels/{hash}");
            all.push(mia().get(&path).await.ok()["channel"]["status"].as_str().unwrap().to_owned());
        }
        all
    };
    Box::pin(shop.advance(8 * DAY)).await;
    shop.customer("cus_busy").say(&hashes[1], "Hello again?").await;
    digest().await;
    assert_eq!(
        statuses().await,
        ["open", "open", "snoozed", "open", "closed"],
        "never, by default"
    );
    put(&mia(), json!({ "close_after_days": 7 })).await;
    let mut member = shop.socket(&shop.customer("cus_idle"), "store").await;
    digest().await;
    let after = ["closed", "open", "snoozed", "open", "closed"];
    assert_eq!(statuses().await, after, "the woken one is young");
    let pushed = member.next_of("chat.channel.updated").await["payload"].take();
    assert_eq!((&pushed["channel"]["status"], pushed.get("entry")), (&json!("closed"), None));
    let entries = log(&hashes[0]).await;
    assert_eq!(entries.as_array().unwrap().len(), 1);
    assert_eq!((&entries[0]["status"], &entries[0]["by"]), (&json!("closed"), &Value::Null));
    digest().await;
    assert_eq!(
        (statuses().await, log(&hashes[0]).await),
        (after.map(str::to_owned).to_vec(), entries)
    );
    // Writing again begins a new case.
    shop.customer("cus_idle").say(&hashes[0], "One more thing").await;
    let channel = mia().get(&format!("/admin/chat/channels/{}", hashes[0])).await.ok();
    assert_eq!(
        (&channel["channel"]["status"], &channel["channel"]["case"]),
        (&json!("open"), &json!(2))
    );
    Box::pin(shop.advance(8 * DAY)).await;
    digest().await;
    assert_eq!(statuses().await, ["closed", "closed", "snoozed", "closed", "closed"]);
}
