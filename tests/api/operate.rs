//! The operator's commands (docs/operations.md).

use std::time::Duration;

use aws_sdk_dynamodb::Client as Database;
use aws_sdk_dynamodb::types::AttributeValue;
use harness::{Fault, Shop, hash_with_admin};
use local::operate::doctor::{Finding, Target, Tokens, examine};
use local::operate::{Subject, Task, run};
use serde_json::{Value, json};
use store::{Layout, Store};

/// The doctor's findings with this secret and for pages of this origin.
async fn doctor(shop: &Shop, secret: &str, origin: &str) -> Vec<Finding> {
    doctor_with_patience(shop, secret, origin, Duration::from_mins(2)).await
}

/// The same with this limit for the stream.
async fn doctor_with_patience(
    shop: &Shop,
    secret: &str,
    origin: &str,
    stream_patience: Duration,
) -> Vec<Finding> {
    let tokens = Tokens::signed_with(secret, shop.running.app.clock.now());
    let (url, origin) = (shop.running.url.clone(), Some(origin.to_owned()));
    examine(&Target { url, origin, tokens, stream_patience }, |_| ()).await
}

/// The only failed check and its message.
fn only_failure(findings: &[Finding]) -> (&'static str, &str) {
    let wrong: Vec<_> = findings
        .iter()
        .filter_map(|finding| Some((finding.check, finding.outcome.as_ref().err()?.as_str())))
        .collect();
    let [one] = wrong.as_slice() else { panic!("one failure: {findings:#?}") };
    *one
}

const SHOP: &str = "http://localhost:8000";

#[tokio::test]
async fn the_doctor_passes_a_healthy_shop_and_leaves_no_unread_message() {
    let shop = Shop::open().await;
    let findings = doctor(&shop, local::JWT_SECRET, SHOP).await;
    assert!(
        findings.len() == 13 && findings.iter().all(|finding| finding.outcome.is_ok()),
        "{findings:#?}"
    );
    shop.settle().await;
    let admin = shop.admin("user_mia");
    assert_eq!(admin.get("/admin/chat/messages/unread-count").await.ok()["unread_count"], 0);
    assert_eq!(
        admin.get("/admin/chat/staff").await.ok()["staff"].as_array().map(Vec::len),
        Some(0),
        "the made-up admin is not on the roster"
    );
}

#[tokio::test]
async fn the_doctor_names_the_failure_and_its_cause() {
    let shop = Shop::open().await;
    let problem = |findings: Vec<Finding>| {
        let (what, why) = only_failure(&findings);
        format!("{what}: {why}")
    };
    let found = problem(doctor(&shop, "another secret of more than 32 bytes", SHOP).await);
    assert!(
        found.starts_with("an admin is authorized: ") && found.contains("jwt-secret"),
        "{found}"
    );
    let found = problem(doctor(&shop, local::JWT_SECRET, "https://elsewhere.example").await);
    assert!(
        found.starts_with("pages of the shop may call the API: ")
            && found.contains("AllowedOrigins"),
        "{found}"
    );
    let secretless = Shop::with(&[("JWT_SECRET", " ")]).await;
    let found = problem(doctor(&secretless, local::JWT_SECRET, SHOP).await);
    assert!(found.contains("503") && found.contains("parameter of SSM"), "{found}");
    let off = Shop::with(&[("CHAT_V1_ENABLED", "false")]).await;
    let found = problem(doctor(&off, local::JWT_SECRET, SHOP).await);
    assert!(found.contains("ChatEnabled"), "{found}");
    let still = Shop::with_idle_stream().await;
    let found =
        problem(doctor_with_patience(&still, local::JWT_SECRET, SHOP, Duration::ZERO).await);
    assert!(
        found.starts_with("the unread total includes it") && found.contains("activity"),
        "{found}"
    );
    let nobody = Target {
        url: "http://127.0.0.1:9".to_owned(),
        origin: None,
        tokens: Tokens::given("a".to_owned(), "b".to_owned()),
        stream_patience: Duration::ZERO,
    };
    let found = problem(examine(&nobody, |_| ()).await);
    assert!(
        found.starts_with("the API is healthy: ") && found.contains("cannot be reached"),
        "{found}"
    );
}

fn database(shop: &Shop) -> Database {
    shop.database()
}

/// All items of both tables as text, read without our code.
async fn all_items(shop: &Shop) -> Vec<String> {
    let mut all = Vec::new();
    for table in ["chat", "ephemeral"] {
        let items = database(shop)
            .scan()
            .table_name(table)
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let items: Vec<_> = items.collect::<Result<_, _>>().await.expect("a scan");
        let key = |item: &std::collections::HashMap<String, AttributeValue>| {
            format!("{:?} {:?}", item["pk"], item["sk"])
        };
        all.extend(items.into_iter().map(|item| format!("{} {item:?}", key(&item))));
    }
    all
}

async fn run_task(shop: &Shop, task: Task) -> anyhow::Result<String> {
    run(task, &shop.running.app.store, None).await
}

fn subject(id: &str) -> Subject {
    Subject::parse(id, false).expect("an id")
}

/// A customer with a name, a claimed guest, a conversation with edits and deletions, an open socket
/// and a pending mail. Returns the words that name them in the tables.
async fn customer_with_history(shop: &Shop, id: &str, word: &str) -> Vec<String> {
    let token = json!({
        "actor_id": id, "actor_type": "customer",
        "exp": shop.running.app.clock.now().seconds() + 3_600,
        "first_name": format!("{word}first"), "last_name": format!("{word}last"),
        "email": format!("{word}@customers.example"),
    });
    let customer = shop.nobody().with_token(&local::sign(&token, local::JWT_SECRET));
    let admin = shop.admin("user_mia");
    let secret = format!("guest-secret-of-{id}-abcdefghijklm");
    let guest = shop.nobody().with_guest_secret(&secret);
    let as_guest = guest.open().await;
    guest.set_profile(json!({ "first_name": format!("{word}guest") })).await;
    guest.say(&as_guest, &format!("{word} asked as a guest")).await;
    customer.claim(&secret).await.ok();
    let hash = customer.open().await;
    let first = customer.say(&hash, &format!("{word} one")).await;
    let second = customer.say(&hash, &format!("{word} two")).await;
    customer
        .put(
            &format!("/store/chat/messages/id/{}", first["id"].as_str().unwrap()),
            json!({ "body": format!("{word} changed") }),
        )
        .await
        .ok();
    customer.delete_message(&second).await;
    admin.read(&hash).await;
    admin.answer(&hash, &format!("{word} got an answer")).await;
    customer.say(&hash, &format!("{word} three")).await;
    shop.settle().await;
    std::mem::forget(shop.socket(&customer, "store").await);
    customer.ticket().await;
    shop.settle().await;
    let digest = |hash: &str| domain::ChannelHash::parse(hash).unwrap().key().as_str().to_owned();
    let guest_id = as_guest.split(':').find(|part| part.starts_with("guest_")).unwrap().to_owned();
    vec![id.to_owned(), word.to_owned(), digest(&hash), digest(&as_guest), guest_id]
}

#[tokio::test]
async fn a_customer_is_exported_and_erased_completely() {
    // Names come only from the tokens.
    let shop = Shop::with(&[("MEDUSA_URL", "")]).await;
    let admin = shop.admin("user_mia");
    let words = customer_with_history(&shop, "cus_gone", "zebra").await;
    let others = customer_with_history(&shop, "cus_gone_not", "lion").await;
    let unread =
        async || admin.get("/admin/chat/messages/unread-count").await.ok()["unread_count"].clone();
    let before = all_items(&shop).await;
    let naming =
        |items: &[String], word: &str| items.iter().filter(|item| item.contains(word)).count();
    assert_eq!(unread().await, 4, "two of each");

    let exported: Value =
        serde_json::from_str(&run_task(&shop, Task::Export(subject("cus_gone"))).await.unwrap())
            .unwrap();
    let text = exported.to_string();
    for said in [
        "zebra asked as a guest",
        "zebra changed",
        "zebra three",
        "zebra got an answer",
        "zebra@customers.example",
        "zebraguest",
    ] {
        assert!(text.contains(said), "{said} is not exported");
    }
    assert!(
        !text.contains("lion") && !text.contains("cus_gone_not"),
        "another person's data is exported"
    );
    assert_eq!(exported["conversations"].as_array().map(Vec::len), Some(2));

    let refused =
        run_task(&shop, Task::Erase(subject("cus_gone"), false)).await.unwrap_err().to_string();
    assert!(refused.contains("2 conversations") && refused.contains("--yes"), "{refused}");
    let key = |item: &String| item.split(" {").next().unwrap_or_default().to_owned();
    let still: Vec<String> = all_items(&shop).await.iter().map(key).collect();
    let gone: Vec<_> = before.iter().filter(|item| !still.contains(&key(item))).collect();
    assert!(gone.is_empty(), "a preview erases nothing: {gone:#?}");

    let done = run_task(&shop, Task::Erase(subject("cus_gone"), true)).await.unwrap();
    assert!(done.contains("2 conversations"), "{done}");
    shop.settle().await;
    let after = all_items(&shop).await;
    for word in &words {
        assert!(naming(&before, word) > 0, "{word} was never stored: the check is void");
        let left: Vec<_> = after
            .iter()
            .filter(|item| item.contains(word.as_str()) && !item.contains("cus_gone_not"))
            .collect();
        assert!(left.is_empty(), "{word} is left: {left:#?}");
    }
    for word in &others {
        assert_eq!(naming(&after, word), naming(&before, word), "{word} is unchanged");
    }
    assert_eq!(unread().await, 2, "the total followed");
    assert_eq!(
        run_task(&shop, Task::Repair).await.unwrap(),
        "2 channels are up to date; 0 sums were corrected."
    );
    assert_eq!(admin.get("/admin/chat/channels?search=zebrafirst").await.ok()["count"], 0);
    assert_eq!(admin.get("/admin/chat/channels?search=lionfirst").await.ok()["count"], 2);
    assert_eq!(admin.channels().await["count"], 2);

    // The same customer starts anew.
    let customer = shop.customer("cus_gone");
    let hash = customer.open().await;
    assert_eq!(customer.say(&hash, "hello again").await["seq"], 1);
    shop.settle().await;
    run_task(&shop, Task::Erase(subject("cus_gone"), true)).await.unwrap();
    assert!(
        run_task(&shop, Task::Erase(subject("cus_gone"), true))
            .await
            .unwrap()
            .contains("0 conversations"),
        "a second run changes nothing"
    );
}

#[tokio::test]
async fn a_second_erasure_completes_one_that_failed_at_any_call() {
    let shop = Shop::with(&[("MEDUSA_URL", "")]).await;
    for calls in 0.. {
        let (id, word) = (format!("cus_stopped_{calls}"), format!("okapi{calls}x"));
        let claims = json!({
            "actor_id": id, "actor_type": "customer",
            "exp": shop.running.app.clock.now().seconds() + 3_600, "first_name": word,
        });
        let customer = shop.nobody().with_token(&local::sign(&claims, local::JWT_SECRET));
        let hash = customer.open().await;
        customer.say(&hash, &format!("{word} one")).await;
        customer.say(&hash, &format!("{word} two")).await;
        shop.settle().await;
        shop.wire.reset();
        shop.wire.disturb(move |call, _| (call >= calls).then_some(Fault::ServerError));
        let first = run_task(&shop, Task::Erase(subject(&id), true)).await;
        shop.wire.reset();
        if first.is_err() {
            run_task(&shop, Task::Erase(subject(&id), true))
                .await
                .unwrap_or_else(|error| panic!("stopped after {calls} calls: {error}"));
        }
        let left: Vec<_> = all_items(&shop)
            .await
            .into_iter()
            .filter(|item| item.contains(&word) || item.contains(&id))
            .collect();
        assert!(left.is_empty(), "stopped after {calls} calls: {left:#?}");
        if first.is_ok() {
            assert!(calls > 12, "it was stopped at only {calls} points");
            break;
        }
    }
    assert_eq!(
        run_task(&shop, Task::Repair).await.unwrap(),
        "0 channels are up to date; 0 sums were corrected."
    );
}

#[tokio::test]
async fn an_admin_is_erased_and_their_messages_stay() {
    let shop = Shop::open().await;
    let admin = shop.admin("user_mia");
    let (customer, profile) =
        (shop.customer("cus_1"), json!({ "first_name": "Zebra", "email": "zebra@staff.example" }));
    admin.put("/admin/chat/profile", profile).await.ok();
    let hash = customer.open().await;
    admin.answer(&hash, "We have it").await;
    std::mem::forget(shop.socket(&admin, "admin").await);
    shop.settle().await;
    let exported = run_task(&shop, Task::Export(subject("user_mia"))).await.unwrap();
    assert!(
        exported.contains("We have it") && exported.contains("zebra@staff.example"),
        "{exported}"
    );
    run_task(&shop, Task::Erase(subject("user_mia"), true)).await.unwrap();
    let left = all_items(&shop).await;
    assert!(!left.iter().any(|item| item.contains("ebra")), "a name is left");
    assert_eq!(customer.messages(&hash).await["messages"][0]["body"], "We have it");
    assert_eq!(
        shop.admin("user_tom").get("/admin/chat/staff").await.ok()["staff"]
            .as_array()
            .map(Vec::len),
        Some(0)
    );
}

#[tokio::test]
async fn repair_corrects_wrong_totals() {
    let shop = Shop::with_idle_stream().await;
    let admin = shop.admin("user_mia");
    let hashes = [shop.customer("cus_1"), shop.customer("cus_2"), shop.customer("cus_3")];
    for customer in &hashes {
        let hash = customer.open().await;
        customer.say(&hash, "one").await;
        customer.say(&hash, "two").await;
    }
    admin
        .put(&format!("/admin/chat/channels/{}/read", hash_with_admin("cus_1")), json!({}))
        .await
        .ok();
    let unread =
        async || admin.get("/admin/chat/messages/unread-count").await.ok()["unread_count"].clone();
    assert_eq!(unread().await, 0, "the stream has not been delivered");
    assert_eq!(
        run_task(&shop, Task::Repair).await.unwrap(),
        "3 channels are up to date; 0 sums were corrected."
    );
    assert_eq!(unread().await, 4);
    let db = database(&shop);
    let update =
        db.update_item().table_name("chat").update_expression("ADD live :five, channels :five");
    let update = update
        .key("pk", AttributeValue::S("U#2".to_owned()))
        .key("sk", AttributeValue::S("~".to_owned()));
    update
        .expression_attribute_values(":five", AttributeValue::N("5".to_owned()))
        .send()
        .await
        .unwrap();
    assert_eq!(unread().await, 9, "the total was changed by hand");
    assert_eq!(
        run_task(&shop, Task::Repair).await.unwrap(),
        "3 channels are up to date; 2 sums were corrected."
    );
    assert_eq!(unread().await, 4);
    assert_eq!(admin.channels().await["count"], 3);
}

#[tokio::test]
async fn restore_copies_missing_items_and_keeps_existing_ones() {
    let shop = Shop::open().await;
    for id in ["cus_1", "cus_2"] {
        customer_with_history(&shop, id, "zebra").await;
    }
    let layout = Layout {
        chat_table: "new".to_owned(),
        ephemeral_table: "new-ephemeral".to_owned(),
        activity_shards: 4,
    };
    local::create_tables(&database(&shop), &layout).await.unwrap();
    let new = Store::new(database(&shop), layout);
    let count = async |table: &str| {
        database(&shop).scan().table_name(table).consistent_read(true).send().await.unwrap().count()
    };
    let old = count("chat").await;
    let refused =
        run(Task::Restore("chat".to_owned(), false), &new, None).await.unwrap_err().to_string();
    assert!(refused.contains("ChatEnabled=false") && count("new").await == 0, "{refused}");
    let said = run(Task::Restore("chat".to_owned(), true), &new, None).await.unwrap();
    assert!(said.starts_with(&format!("{old} items restored; 0 existed")), "{said}");
    assert_eq!(count("new").await, old);
    assert_eq!(
        run(Task::Repair, &new, None).await.unwrap(),
        "4 channels are up to date; 0 sums were corrected."
    );
    let again = run(Task::Restore("chat".to_owned(), true), &new, None).await.unwrap();
    assert!(
        again.starts_with(&format!("0 items restored; {old} existed and were kept, 4 channels")),
        "{again}"
    );

    // A new log is not mixed with the old one.
    let customer = shop.customer("cus_1");
    run_task(&shop, Task::Erase(subject("cus_1"), true)).await.unwrap();
    let hash = customer.open().await;
    customer.say(&hash, "a new beginning").await;
    let said =
        run(Task::Restore("new".to_owned(), true), &shop.running.app.store, None).await.unwrap();
    assert!(said.contains("channels among them as a whole"), "{said}");
    let log = customer.messages(&hash).await;
    assert_eq!(
        (log["messages"].as_array().map(Vec::len), &log["messages"][0]["body"]),
        (Some(1), &json!("a new beginning"))
    );
}
