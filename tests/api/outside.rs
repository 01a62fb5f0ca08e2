//! Events for other systems: every change and every mail, on the bus (docs/api.md, section 8).

use harness::{Fault, Shop, pluck, until};
use serde_json::{Value, json};

/// A little more than the minute after which a notice is due.
const A_MINUTE: i64 = 61;

/// The events of this name on the bus, the newest last.
fn details(shop: &Shop, name: &str) -> Vec<Value> {
    let events = shop.running.dev.bus.events();
    events
        .into_iter()
        .filter(|event| event["detail-type"] == name)
        .map(|event| event["detail"].clone())
        .collect()
}

/// The log of a channel.
async fn log(shop: &Shop, hash: &str) -> Vec<Value> {
    let log = shop.admin("user_1").events_after(hash, 0).await;
    log["events"].as_array().expect("events").clone()
}

#[tokio::test]
async fn every_change_is_published_as_in_the_log_and_on_sockets() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    let mut socket = shop.socket(&admin, "admin").await;
    let newest = async || {
        shop.settle().await;
        shop.running.dev.bus.events().pop().expect("an event")
    };

    let said = customer.say(&hash, "hello").await;
    let path = format!("/store/chat/messages/id/{}", said["id"].as_str().unwrap());
    let created = newest().await;
    assert_eq!(Some(&created["detail"]), log(&shop, &hash).await.last());
    assert_eq!(created["detail"], socket.next().await);
    assert_eq!(created["detail"]["payload"]["message"]["body"], "hello");

    customer.put(&path, json!({ "body": "hello!" })).await.ok();
    let updated = newest().await;
    assert_eq!(Some(&updated["detail"]), log(&shop, &hash).await.last());
    assert_eq!(updated["detail"], socket.next().await);

    admin.read(&hash).await;
    let read = newest().await;
    assert_eq!(read["detail"], socket.next().await, "a read is in no log");
    assert!(read["detail"]["payload"]["member"].get("notified_at").is_none());

    customer.delete(&path).await.ok();
    let deleted = newest().await;
    assert_eq!(Some(&deleted["detail"]), log(&shop, &hash).await.last());
    assert_eq!(deleted["detail"], socket.next().await);
    assert!(!deleted.to_string().contains("hello"), "{deleted}");

    // A request that changes nothing publishes nothing.
    admin.read_to(&hash, 1).await;
    customer.delete(&path).await.ok();
    shop.settle().await;
    let names = [
        "chat.message.created",
        "chat.message.updated",
        "chat.channel.read",
        "chat.message.deleted",
    ];
    let events = shop.running.dev.bus.events();
    assert_eq!(pluck(&json!(events), "detail-type"), names);
    for event in events {
        assert_eq!(
            (&event["source"], &event["event-bus"]),
            (&json!("live-chat"), &json!("live-chat"))
        );
        assert_eq!(event["detail"]["event"], event["detail-type"]);
        assert_eq!(event["detail"]["channel_hash"], json!(hash));
    }
}

#[tokio::test]
async fn reads_of_both_sides_are_published() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    customer.say(&hash, "hello").await;
    shop.admin("user_1").answer(&hash, "hello").await;
    customer.read(&hash).await;
    shop.admin("user_1").read_to(&hash, 1).await;
    shop.admin("user_2").read(&hash).await;
    shop.settle().await;
    let read: Vec<_> = details(&shop, "chat.channel.read")
        .iter()
        .map(|detail| &detail["payload"]["member"])
        .map(|member| (member["user_id"].clone(), member["last_read_seq"].clone()))
        .collect();
    assert_eq!(
        read,
        [(json!("cus_1"), json!(2)), (json!("user_1"), json!(1)), (json!("user_2"), json!(2))]
    );
}

#[tokio::test]
async fn the_changes_of_a_channel_are_published_in_order() {
    let shop = Shop::open().await;
    let people = [shop.customer("cus_1"), shop.customer("cus_2")];
    let hashes = [people[0].open().await, people[1].open().await];
    for n in 0..20 {
        for (customer, hash) in people.iter().zip(&hashes) {
            let said = customer.say(hash, &n.to_string()).await;
            if n % 5 == 0 {
                let path = format!("/store/chat/messages/id/{}", said["id"].as_str().unwrap());
                customer.put(&path, json!({ "body": "edited" })).await.ok();
            }
        }
    }
    shop.settle().await;
    for hash in &hashes {
        let events = shop.running.dev.bus.events();
        let details = events
            .iter()
            .map(|event| &event["detail"])
            .filter(|detail| detail["channel_hash"] == *hash);
        let published: Vec<_> =
            details.map(|detail| (detail["seq"].clone(), detail["event_id"].clone())).collect();
        let logged: Vec<_> = log(&shop, hash)
            .await
            .iter()
            .map(|event| (event["seq"].clone(), event["event_id"].clone()))
            .collect();
        assert_eq!(published.len(), 24);
        assert_eq!(published, logged);
    }
}

#[tokio::test]
async fn events_are_published_in_tens_and_rejected_ones_are_retried() {
    let shop = Shop::by_hand(&[]).await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    for n in 0..25 {
        customer.say(&hash, &n.to_string()).await;
    }
    shop.wire.reset();
    shop.running.dev.bus.fail_next(7);
    shop.deliver_all().await;
    let calls = shop.wire.calls();
    let puts = calls.iter().filter(|call| call.operation == "PutEvents");
    let sizes: Vec<_> =
        puts.map(|call| call.request["Entries"].as_array().unwrap().len()).collect();
    assert!(sizes.iter().all(|size| *size <= 10) && sizes.contains(&10), "{sizes:?}");
    assert_eq!(sizes.iter().sum::<usize>(), 25 + 7, "only rejected events are retried: {sizes:?}");
    let mut published = pluck(&json!(details(&shop, "chat.message.created")), "event_id");
    let mut logged = pluck(&json!(log(&shop, &hash).await), "event_id");
    for ids in [&mut published, &mut logged] {
        ids.sort_by_key(ToString::to_string);
    }
    assert_eq!(published, logged, "each once");
}

/// The faults of an outage of the bus.
const AWAY: [Fault; 3] = [Fault::LostRequest, Fault::ServerError, Fault::Throttle];

#[tokio::test]
async fn every_event_is_published_after_an_outage_of_the_bus() {
    for fault in AWAY {
        let shop = Shop::open().await;
        let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
        let hash = customer.open().await;
        shop.settle().await;
        shop.wire.disturb(move |_, operation| (operation == "PutEvents").then_some(fault));
        customer.say(&hash, "one").await;
        shop.advance(3_600).await;
        let second = customer.say(&hash, "two").await["id"].as_str().unwrap().to_owned();
        customer.delete(&format!("/store/chat/messages/id/{second}")).await.ok();
        shop.advance(4 * 3_600).await;
        // The bus delays neither totals nor search nor mails.
        assert_eq!(admin.unread("admin").await, 1);
        assert_eq!(admin.get("/admin/chat/channels?search=cus_1").await.ok()["count"], 1);
        assert!(!shop.mails().is_empty());
        assert!(shop.running.dev.bus.events().is_empty());
        assert!(shop.running.dev.queue.waiting().len() >= 3);
        shop.wire.reset();
        shop.advance(1_800).await;
        assert!(shop.running.dev.queue.waiting().is_empty(), "{fault:?}");
        let ids = |name: &str| pluck(&json!(details(&shop, name)), "event_id");
        let mut published = [ids("chat.message.created"), ids("chat.message.deleted")].concat();
        published.sort_by_key(ToString::to_string);
        published.dedup();
        let mut logged = pluck(&json!(log(&shop, &hash).await), "event_id");
        logged.sort_by_key(ToString::to_string);
        assert_eq!(published, logged, "{fault:?}");
    }
}

#[tokio::test]
async fn events_that_the_bus_rejects_for_a_day_go_to_the_dead_letter_queue_with_their_content() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    shop.settle().await;
    shop.wire.disturb(|_, operation| (operation == "PutEvents").then_some(Fault::ServerError));
    customer.say(&hash, "kept").await;
    // Scheduled calls run one after another, each at its time.
    for _ in 0..36 * 6 {
        shop.advance(600).await;
    }
    let dead = shop.running.dev.queue.dead();
    assert!(
        dead.iter().any(|body| body.contains("chat.message.created") && body.contains("kept")),
        "{dead:?}"
    );
    assert!(shop.running.dev.queue.waiting().is_empty());
}

#[tokio::test]
async fn an_event_that_is_always_rejected_delays_no_other() {
    let shop = Shop::by_hand(&[]).await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    for n in 0..14 {
        customer.say(&hash, &format!("message {n}")).await;
    }
    shop.wire.disturb(|_, operation| (operation == "PutEvents").then_some(Fault::ServerError));
    shop.deliver_all().await;
    assert_eq!(shop.running.dev.queue.waiting().len(), 14);
    shop.wire.reset();
    shop.running.dev.bus.refuse("message 3");
    shop.advance(700).await;
    shop.advance(700).await;
    let waiting = shop.running.dev.queue.waiting();
    assert!(waiting.len() == 1 && waiting[0].contains("message 3"), "{waiting:?}");
    let mut published = pluck(&json!(details(&shop, "chat.message.created")), "event_id");
    let all = published.len();
    published.sort_by_key(ToString::to_string);
    published.dedup();
    assert_eq!((published.len(), all), (13, 13), "each of the others once");
}

#[tokio::test]
async fn late_notices_are_dropped_after_one_rejected_call() {
    let shop = Shop::by_hand(&[]).await;
    for n in 0..12 {
        let customer = shop.customer(&format!("cus_{n}"));
        let hash = customer.open().await;
        customer.say(&hash, "hello").await;
    }
    shop.running.app.clock.advance(2 * 3_600_000);
    shop.wire.reset();
    shop.wire.disturb(|_, operation| (operation == "CreateSchedule").then_some(Fault::ServerError));
    shop.deliver_all().await;
    let tried = shop.wire.calls().iter().filter(|call| call.operation == "CreateSchedule").count();
    let batches = 1;
    assert!(tried <= 3 * batches, "{tried}: the SDK's tries of one, not of twelve");
    assert_eq!(details(&shop, "chat.message.created").len(), 12, "later events are published");
}

#[tokio::test]
async fn the_batch_is_redelivered_while_bus_and_queue_are_down() {
    let shop = Shop::by_hand(&[]).await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    customer.say(&hash, "one").await;
    let (batch, _) = shop.running.stream.batch_after(None, 100).await.unwrap();
    shop.wire.disturb(|_, operation| {
        ["PutEvents", "SendMessageBatch"].contains(&operation).then_some(Fault::ServerError)
    });
    assert!(shop.running.stream.deliver(batch.clone()).await.is_err(), "the batch is not done");
    shop.wire.reset();
    shop.running.stream.deliver(batch.clone()).await.unwrap();
    let published = details(&shop, "chat.message.created");
    assert_eq!(published, log(&shop, &hash).await);
    // A redelivered batch is published again, with the same ids.
    shop.running.stream.deliver(batch).await.unwrap();
    assert_eq!(details(&shop, "chat.message.created"), [published.clone(), published].concat());
}

#[tokio::test]
async fn an_outage_of_scheduler_delays_relay_and_not_the_totals() {
    let shop = Shop::open().await;
    let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
    let hash = customer.open().await;
    shop.settle().await;
    shop.wire.disturb(|_, operation| (operation == "CreateSchedule").then_some(Fault::ServerError));
    customer.say(&hash, "one").await;
    until("the total follows", async || admin.unread("admin").await == 1).await;
    assert!(details(&shop, "chat.message.created").is_empty(), "notices come first");
    shop.wire.reset();
    shop.settle().await;
    assert_eq!(details(&shop, "chat.message.created"), log(&shop, &hash).await, "each once");
    assert_eq!(shop.running.dev.scheduler.pending(), 1);
    // After an hour the notice is left to the digest, and later records go on.
    shop.wire.disturb(|_, operation| (operation == "CreateSchedule").then_some(Fault::ServerError));
    customer.say(&hash, "two").await;
    shop.running.app.clock.advance(2 * 3_600_000);
    shop.settle().await;
    assert_eq!(details(&shop, "chat.message.created").len(), 2);
}

#[tokio::test]
async fn every_mail_is_published_with_the_fields_of_medusas_notifications() {
    let shop = Shop::open().await;
    let hash = shop.customer("cus_ada").open().await;
    let answer = shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    shop.advance(A_MINUTE).await;
    let mut notice = details(&shop, "chat.notification").pop().expect("a notification");
    let (data, notice_key) = (notice["data"].take(), notice["idempotency_key"].take());
    assert_eq!(
        notice,
        json!({
            "to": "cus_ada@customers.example", "channel": "email",
            "template": "chat_unread_message", "data": null,
            "trigger_type": "chat.message.created", "resource_id": answer["id"],
            "resource_type": "chat_message",
            "receiver_id": "cus_ada", "idempotency_key": null,
        })
    );
    let link = data["unsubscribe_url"].as_str().expect("a link");
    assert!(link.contains("/chat/unsubscribe/"), "{link}");
    assert_eq!(
        data,
        json!({
            "unsubscribe_url": link, "recipient_name": "Ada Customer", "sender_name": "Mia",
            "channel_id": answer["channel_id"], "channel_hash": hash,
            "message_id": answer["id"], "preview": "It is in stock.", "unread_count": 1,
            "chat_url": shop.running.app.config.mail.storefront_url,
            "sent_at": answer["created_at"],
        })
    );

    shop.admin("user_mia").answer(&hash, "And the lid too.").await;
    shop.customer("cus_ben").say(&shop.customer("cus_ben").open().await, "Is it in stock?").await;
    shop.advance(A_MINUTE).await;
    shop.running.background.digest().await.expect("a run");
    let all = details(&shop, "chat.notification");
    let mails: Vec<_> = all
        .iter()
        .map(|mail| ["to", "template", "receiver_id"].map(|field| mail[field].as_str().unwrap()))
        .collect();
    assert_eq!(
        mails,
        [
            ["cus_ada@customers.example", "chat_unread_message", "cus_ada"],
            ["inbox@shop.example", "chat_unread_message", "admin"],
            ["cus_ada@customers.example", "chat_daily_digest", "cus_ada"],
            ["user_mia@staff.example", "chat_daily_digest", "user_mia"],
        ]
    );
    let digest = &all[2];
    assert_eq!(
        (&digest["trigger_type"], &digest["channel"]),
        (&json!("chat-unread-digest"), &json!("email"))
    );
    assert_eq!(
        (&digest["resource_id"], &digest["resource_type"]),
        (&json!("cus_ada"), &json!("chat_member"))
    );
    let data = &digest["data"];
    assert_eq!(
        (&data["recipient_name"], &data["unread_count"]),
        (&json!("Ada Customer"), &json!(2))
    );
    assert_eq!(data["channels"][0]["channel_hash"], json!(hash));
    assert_eq!(all.len(), shop.mails().len(), "one for each mail");
    let mut keys = pluck(&json!(all), "idempotency_key");
    assert!(
        keys[0] == notice_key
            && keys.iter().all(|key| key.as_str().is_some_and(|key| !key.is_empty())),
        "{keys:?}"
    );
    keys.sort_by_key(ToString::to_string);
    keys.dedup();
    assert_eq!(keys.len(), 4, "each has a key of its own");
}

#[tokio::test]
async fn without_a_sender_mails_are_only_published() {
    let shop = Shop::with(&[("MAIL_FROM", "")]).await;
    let hash = shop.customer("cus_ada").open().await;
    shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    shop.advance(A_MINUTE).await;
    assert_eq!(
        pluck(&json!(details(&shop, "chat.notification")), "to"),
        ["cus_ada@customers.example"]
    );
    assert!(shop.mails().is_empty());
    let member = shop.admin("user_mia").messages(&hash).await["members"][0].clone();
    assert!(
        member["notified_at"].is_string(),
        "notified, whichever system sends the mail: {member}"
    );
}
