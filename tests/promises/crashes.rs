//! The function stops, or DynamoDB fails, at every single call of every operation, and the client
//! retries: no acknowledged change is lost, and none is stored twice.

use std::sync::atomic::{AtomicBool, Ordering};

use harness::{Client, Fault, Reply, Shop, pluck};
use serde_json::{Value, json};

use crate::audit::audit;

/// The operations that write.
const OPERATIONS: [Operation; 18] = [
    Operation::Open,
    Operation::GuestOpen,
    Operation::Send,
    Operation::Answer,
    Operation::Edit,
    Operation::Delete,
    Operation::Read,
    Operation::ReadAt,
    Operation::Claim,
    Operation::AnswerAndClose,
    Operation::ChangeWork,
    Operation::Snooze,
    Operation::Note,
    Operation::EditNote,
    Operation::DeleteNote,
    Operation::Unread,
    Operation::Labels,
    Operation::Rate,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Open,
    GuestOpen,
    Send,
    Answer,
    Edit,
    Delete,
    Read,
    ReadAt,
    Claim,
    AnswerAndClose,
    ChangeWork,
    Snooze,
    Note,
    EditNote,
    DeleteNote,
    Unread,
    Labels,
    Rate,
}

/// A conversation on which an operation is tried.
struct Stage {
    customer: Client,
    admin: Client,
    guest: Client,
    claimant: Client,
    hash: String,
    guest_hash: String,
    newest: String,
    note: String,
    until: String,
    labels_version: u64,
}

async fn stage(shop: &Shop, number: usize) -> Stage {
    let customer = shop.customer(&format!("cus_{number}"));
    let admin = shop.admin("user_1");
    let secret = format!("stage-secret-{number:05}-abcdefghij");
    let guest = shop.nobody().with("guest_id_for_live_chat", &secret);
    let claimant =
        shop.customer(&format!("cus_claims_{number}")).with("guest_id_for_live_chat", &secret);
    let hash = customer.open().await;
    customer.say(&hash, "one").await;
    admin.answer(&hash, "two").await;
    let newest = customer.say(&hash, "three").await["id"].as_str().unwrap().to_owned();
    let guest_hash = guest.open().await;
    guest.say(&guest_hash, "from the guest").await;
    admin.put(&format!("/admin/chat/channels/{hash}/read"), json!({ "seq": 1 })).await.ok();
    let labels = admin.get("/admin/chat/labels").await.ok();
    let mut labels_version = labels["version"].as_u64().unwrap();
    if labels_version == 0 {
        admin.put("/admin/chat/labels", labels_at(0)).await.ok();
        labels_version = 1;
    }
    let notes = format!("/admin/chat/channels/{hash}/notes");
    let note = admin.post(&notes, json!({ "body": "a note" })).await.ok();
    let note = format!("/admin/chat/notes/id/{}", note["note"]["id"].as_str().unwrap());
    let until = shop.running.app.clock.now().plus_millis(3_600_000).to_string();
    Stage {
        customer,
        admin,
        guest,
        claimant,
        hash,
        guest_hash,
        newest,
        note,
        until,
        labels_version,
    }
}

/// The labels, to be put at this version.
fn labels_at(version: u64) -> Value {
    let label = json!({ "slug": "vip", "name": "VIP", "color": "#000000" });
    json!({ "labels": [label], "version": version })
}

impl Operation {
    async fn run(self, stage: &Stage) -> Reply {
        let hash = &stage.hash;
        let send = json!({ "body": "four", "client_message_id": "client-id-4" });
        match self {
            Self::Open => {
                stage.customer.post("/store/chat/channels", json!({ "admin_id": "user_new" })).await
            }
            Self::GuestOpen => {
                stage.guest.post("/store/chat/channels", json!({ "admin_id": "user_new" })).await
            }
            Self::Send => stage.customer.post(&format!("/store/chat/messages/{hash}"), send).await,
            Self::Answer => stage.admin.post(&format!("/admin/chat/messages/{hash}"), send).await,
            Self::Edit => {
                stage
                    .customer
                    .put(
                        &format!("/store/chat/messages/id/{}", stage.newest),
                        json!({ "body": "edited" }),
                    )
                    .await
            }
            Self::Delete => {
                stage.customer.delete(&format!("/store/chat/messages/id/{}", stage.newest)).await
            }
            Self::Read => {
                stage.admin.put(&format!("/admin/chat/channels/{hash}/read"), json!({})).await
            }
            Self::ReadAt => {
                stage
                    .admin
                    .put(&format!("/admin/chat/channels/{hash}/read"), json!({ "seq": 2 }))
                    .await
            }
            Self::Claim => stage.claimant.post("/store/chat/guest/claim", json!({})).await,
            Self::AnswerAndClose => {
                let mut send = send;
                send["status"] = json!("closed");
                stage.admin.post(&format!("/admin/chat/messages/{hash}"), send).await
            }
            Self::ChangeWork => {
                let all = json!({ "status": "closed", "assignee_id": "user_2", "labels": ["vip"] });
                stage.admin.put(&format!("/admin/chat/channels/{hash}"), all).await
            }
            Self::Snooze => {
                let snooze = json!({ "status": "snoozed", "snoozed_until": stage.until });
                stage.admin.put(&format!("/admin/chat/channels/{hash}"), snooze).await
            }
            Self::Note => {
                let note = json!({ "body": "another", "client_message_id": "client-id-4" });
                stage.admin.post(&format!("/admin/chat/channels/{hash}/notes"), note).await
            }
            Self::EditNote => stage.admin.put(&stage.note, json!({ "body": "edited" })).await,
            Self::DeleteNote => stage.admin.delete(&stage.note).await,
            Self::Unread => {
                let path = format!("/admin/chat/channels/{hash}/unread");
                stage.admin.put(&path, json!({ "seq": 1 })).await
            }
            Self::Rate => {
                let rating = json!({ "score": 4, "comment": "quick" });
                let path = format!("/store/chat/channels/{hash}/rating");
                stage.customer.put(&path, rating).await
            }
            Self::Labels => {
                let labels = labels_at(stage.labels_version);
                let reply = stage.admin.put("/admin/chat/labels", labels).await;
                // The list of an earlier request is stored: the client loads it.
                if reply.status == 409 {
                    return stage.admin.get("/admin/chat/labels").await;
                }
                reply
            }
        }
    }

    /// The kinds that it appends to the staff's log.
    fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::AnswerAndClose | Self::Snooze => &["status"],
            Self::ChangeWork => &["status", "assignee", "labels"],
            Self::Note => &["note"],
            Self::Rate => &["rating"],
            Self::EditNote => &["note_edited"],
            Self::DeleteNote => &["note_deleted"],
            _ => &[],
        }
    }

    /// Checks what an acknowledged operation guarantees.
    async fn check(self, shop: &Shop, stage: &Stage, answer: &Value) {
        let recount = audit(shop, &stage.hash).await;
        let expected: &[&str] = match self {
            Self::Send | Self::Answer | Self::AnswerAndClose => &["one", "two", "three", "four"],
            Self::Edit => &["one", "two", "edited"],
            Self::Delete => &["one", "two"],
            _ => &["one", "two", "three"],
        };
        assert_eq!(recount.bodies, expected, "{self:?}");
        audit(shop, &stage.guest_hash).await;
        let kinds = [&["assignee", "note"], self.kinds()].concat();
        let log = format!("/admin/chat/channels/{}/log", stage.hash);
        let log = stage.admin.get(&log).await.ok();
        assert_eq!(pluck(&log["entries"], "kind"), kinds, "{self:?}");
        let seqs: Vec<Value> = (1..=kinds.len()).map(|seq| json!(seq)).collect();
        assert_eq!(pluck(&log["entries"], "staff_seq"), seqs, "{self:?}");
        crate::work::state_equals_the_log(shop, &stage.hash).await;
        let own = async |client: &Client| {
            client.get("/store/chat/channels").await.ok()["count"].as_u64().unwrap()
        };
        match self {
            Self::Open => assert_eq!(own(&stage.customer).await, 2),
            Self::GuestOpen => assert_eq!(own(&stage.guest).await, 2),
            Self::Read => assert_eq!(
                (&answer["unread_count"], &answer["member"]["last_read_seq"]),
                (&json!(0), &json!(3))
            ),
            Self::ReadAt => assert_eq!(
                (&answer["unread_count"], &answer["member"]["last_read_seq"]),
                (&json!(1), &json!(2))
            ),
            Self::Unread => assert_eq!(
                (&answer["unread_count"], &answer["member"]["last_read_seq"]),
                (&json!(2), &json!(1))
            ),
            Self::Rate => assert_eq!(answer["rating"]["comment"], "quick"),
            Self::Labels => assert_eq!(answer["version"], stage.labels_version + 1),
            Self::Claim => {
                assert_eq!(own(&stage.claimant).await, 1);
                stage.guest.get("/store/chat/channels").await.refused(401, "unauthorized");
            }
            _ => {}
        }
    }
}

/// The number of calls of an operation without faults.
async fn calls_of(shop: &Shop, operation: Operation, number: usize) -> usize {
    let stage = stage(shop, number).await;
    shop.wire.reset();
    operation.run(&stage).await.ok();
    shop.wire.count()
}

#[tokio::test]
async fn a_stop_at_any_call_loses_nothing_and_stores_nothing_twice() {
    let shop = Shop::with_idle_stream().await;
    let mut number = 0;
    let mut next = || {
        number += 1;
        number
    };
    let mut stops = 0;
    for operation in OPERATIONS {
        let calls = calls_of(&shop, operation, next()).await;
        for call in 0..calls {
            for fault in [Fault::StopBefore, Fault::StopAfter] {
                let stage = stage(&shop, next()).await;
                shop.wire.disturb(move |number, _| (number == call).then_some(fault));
                tokio::select! {
                    reply = operation.run(&stage) => {
                        panic!("{operation:?} continued after a stop at call {call}: {reply:?}")
                    }
                    () = shop.wire.stopped() => {}
                }
                shop.wire.reset();
                let answer = operation.run(&stage).await.ok();
                operation.check(&shop, &stage, &answer).await;
                stops += 1;
            }
        }
    }
    println!("{stops} single stops");
    assert!(
        stops >= 2 * 2 * OPERATIONS.len() - 4,
        "each operation but the reads makes at least two calls"
    );
    totals_equal_a_recount(&shop).await;
}

#[tokio::test]
async fn two_stops_in_a_row_lose_nothing_and_store_nothing_twice() {
    let shop = Shop::with_idle_stream().await;
    let mut number = 0;
    let mut next = || {
        number += 1;
        number
    };
    for operation in [
        Operation::Send,
        Operation::ReadAt,
        Operation::Claim,
        Operation::AnswerAndClose,
        Operation::ChangeWork,
        Operation::Note,
    ] {
        let calls = calls_of(&shop, operation, next()).await;
        for first in 0..calls {
            for second in 0..=calls {
                let stage = stage(&shop, next()).await;
                for call in [first, second] {
                    shop.wire
                        .disturb(move |number, _| (number == call).then_some(Fault::StopAfter));
                    tokio::select! {
                        _ = operation.run(&stage) => {}
                        () = shop.wire.stopped() => {}
                    }
                    shop.wire.reset();
                }
                let answer = operation.run(&stage).await.ok();
                operation.check(&shop, &stage, &answer).await;
            }
        }
    }
    totals_equal_a_recount(&shop).await;
}

#[tokio::test]
async fn a_fault_at_any_call_is_hidden_or_returns_a_retryable_error() {
    let shop = Shop::with_idle_stream().await;
    let mut number = 0;
    let mut next = || {
        number += 1;
        number
    };
    let faults = [
        Fault::Conflict,
        Fault::Throttle,
        Fault::LostRequest,
        Fault::LostAnswer,
        Fault::ServerError,
        Fault::HalfOfBatch,
    ];
    for operation in OPERATIONS {
        let calls = calls_of(&shop, operation, next()).await;
        for call in 0..calls {
            for fault in faults {
                let stage = stage(&shop, next()).await;
                shop.wire.disturb(move |number, _| (number == call).then_some(fault));
                let reply = operation.run(&stage).await;
                shop.wire.reset();
                assert!(
                    matches!(reply.status, 200 | 409 | 429 | 503),
                    "{operation:?}, {fault:?} at call {call}: {reply:?}"
                );
                if reply.status == 503 {
                    assert_eq!(
                        reply.refused(503, "unavailable"),
                        "Service is temporarily unavailable, try again"
                    );
                    assert_eq!(reply.headers["retry-after"], "1");
                }
                let answer = operation.run(&stage).await.ok();
                operation.check(&shop, &stage, &answer).await;
            }
        }
    }
    totals_equal_a_recount(&shop).await;
}

#[tokio::test]
async fn lists_are_complete_when_dynamodb_processes_half_of_each_batch() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    for n in 0..7 {
        let opened = customer
            .post("/store/chat/channels", json!({ "admin_id": format!("user_{n}") }))
            .await
            .ok();
        let hash = opened["channel"]["channel_hash"].as_str().unwrap().to_owned();
        customer.say(&hash, &"long ".repeat(150)).await;
    }
    shop.settle().await;
    let whole = (
        customer.get("/store/chat/channels").await.ok(),
        shop.admin("user_1").get("/admin/chat/channels").await.ok(),
    );
    shop.wire.disturb(|call, _| (call < 8).then_some(Fault::HalfOfBatch));
    let own = customer.get("/store/chat/channels").await.ok();
    shop.wire.disturb(|call, _| (call < 8).then_some(Fault::HalfOfBatch));
    let all = shop.admin("user_1").get("/admin/chat/channels").await.ok();
    assert_eq!((own, all), whole);
    shop.wire.disturb(|_, _| Some(Fault::HalfOfBatch));
    shop.admin("user_1").get("/admin/chat/messages/unread-count").await.refused(503, "unavailable");
}

#[tokio::test]
async fn a_write_whose_response_is_lost_after_the_commit_is_acknowledged() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    // Without a client id the server must find out by itself whether its write was executed.
    for _ in 0..3 {
        shop.wire.disturb(|_, operation| {
            (operation == "TransactWriteItems").then_some(Fault::LostAnswer)
        });
        let sent = customer
            .post(&format!("/store/chat/messages/{hash}"), json!({ "body": "said once" }))
            .await;
        shop.wire.reset();
        assert_eq!(sent.ok()["message"]["body"], "said once");
    }
    assert_eq!(audit(&shop, &hash).await.bodies, ["said once"; 3]);
    let admin = shop.admin("user_1");
    let channel = format!("/admin/chat/channels/{hash}");
    for n in 0..3 {
        shop.wire.disturb(|_, operation| {
            (operation == "TransactWriteItems").then_some(Fault::LostAnswer)
        });
        let note = admin.post(&format!("{channel}/notes"), json!({ "body": "noted once" })).await;
        let status = ["closed", "open", "closed"][n];
        let assignee = json!({ "status": status, "assignee_id": format!("user_{n}") });
        let changed = admin.put(&channel, assignee).await;
        shop.wire.reset();
        assert_eq!(note.ok()["note"]["staff_seq"], 3 * n + 1);
        assert_eq!(changed.ok()["channel"]["staff_seq"], 3 * n + 3);
    }
    crate::work::state_equals_the_log(&shop, &hash).await;
    let first =
        customer.get(&format!("/store/chat/messages/{hash}")).await.ok()["messages"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
    let path = format!("/store/chat/messages/id/{first}");
    shop.wire
        .disturb(|_, operation| (operation == "TransactWriteItems").then_some(Fault::LostAnswer));
    let edited = customer.put(&path, json!({ "body": "edited once" })).await;
    let deleted = customer.delete(&path).await;
    shop.wire.reset();
    assert_eq!(edited.ok()["message"]["body"], "edited once");
    assert_eq!(deleted.ok()["deleted"], true);
    assert_eq!(crate::audit::whole_log(&shop.admin("user_1"), &hash).await.len(), 5);
    audit(&shop, &hash).await;
}

/// The SDK's own attempts may outlast the store's time for retries. The store still reads the log.
#[tokio::test]
async fn a_write_whose_response_is_lost_after_the_time_for_retries_is_acknowledged() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let late = |_: usize, operation: &str| {
        (operation == "TransactWriteItems").then_some(Fault::LateLostAnswer)
    };
    shop.wire.disturb(late);
    let sent = customer
        .post(&format!("/store/chat/messages/{hash}"), json!({ "body": "said once" }))
        .await;
    shop.wire.reset();
    let id = sent.ok()["message"]["id"].as_str().unwrap().to_owned();
    let path = format!("/store/chat/messages/id/{id}");
    shop.wire.disturb(late);
    let edited = customer.put(&path, json!({ "body": "edited once" })).await;
    shop.wire.reset();
    assert_eq!(edited.ok()["message"]["body"], "edited once");
    shop.wire.disturb(late);
    let deleted = customer.delete(&path).await;
    shop.wire.reset();
    assert_eq!(deleted.ok()["deleted"], true);
    assert_eq!(crate::audit::whole_log(&shop.admin("user_1"), &hash).await.len(), 3);
    audit(&shop, &hash).await;
}

/// The SDK repeats a write whose response was lost under the same token. While the first attempt
/// is in progress, or DynamoDB throttles, it gets an error that does not say whether the first
/// attempt succeeded.
#[tokio::test]
async fn a_write_whose_response_is_lost_before_another_error_is_acknowledged() {
    for code in [
        "TransactionInProgressException",
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
    ] {
        let shop = Shop::open().await;
        let customer = shop.customer("cus_1");
        let hash = customer.open().await;
        let fault = move |_: usize, operation: &str| {
            (operation == "TransactWriteItems").then_some(Fault::LostThen(code))
        };
        shop.wire.disturb(fault);
        let sent = customer
            .post(&format!("/store/chat/messages/{hash}"), json!({ "body": "said once" }))
            .await;
        shop.wire.reset();
        let id = sent.ok()["message"]["id"].as_str().unwrap().to_owned();
        let path = format!("/store/chat/messages/id/{id}");
        shop.wire.disturb(fault);
        let edited = customer.put(&path, json!({ "body": "edited once" })).await;
        shop.wire.reset();
        assert_eq!(edited.ok()["message"]["body"], "edited once", "{code}");
        shop.wire.disturb(fault);
        customer.delete(&path).await.ok();
        shop.wire.reset();
        assert_eq!(crate::audit::whole_log(&shop.admin("user_1"), &hash).await.len(), 3, "{code}");
        audit(&shop, &hash).await;
    }
}

/// If the store cannot read the log either, the error does not claim that nothing was stored, and
/// a retry under the same client id finds the message.
#[tokio::test]
async fn an_uncertain_write_returns_an_error_that_does_not_deny_it() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let path = format!("/store/chat/messages/{hash}");
    let body = json!({ "body": "said once", "client_message_id": "client-1" });
    let written = AtomicBool::new(false);
    shop.wire.disturb(move |_, operation| match operation {
        "TransactWriteItems" => {
            written.store(true, Ordering::SeqCst);
            Some(Fault::LostAnswer)
        }
        _ => written.load(Ordering::SeqCst).then_some(Fault::ServerError),
    });
    let refused = customer.post(&path, body.clone()).await;
    shop.wire.reset();
    let text = refused.refused(503, "unavailable");
    assert_eq!(text, "Service is temporarily unavailable, try again");
    assert_eq!(customer.post(&path, body).await.ok()["message"]["body"], "said once");
    assert_eq!(audit(&shop, &hash).await.bodies, ["said once"]);
}

/// The server ends a hanging handler before Lambda would.
#[tokio::test]
async fn a_hanging_handler_returns_a_timeout_error() {
    let shop = Shop::open().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    let path = format!("/store/chat/messages/{hash}");
    let body = json!({ "body": "said once", "client_message_id": "client-1" });
    let written = AtomicBool::new(false);
    shop.wire.disturb(move |_, operation| {
        let hangs = written.fetch_or(operation == "TransactWriteItems", Ordering::SeqCst);
        if hangs {
            Some(Fault::StopBefore)
        } else {
            (operation == "TransactWriteItems").then_some(Fault::StopAfter)
        }
    });
    let refused = customer.post(&path, body.clone()).await;
    shop.wire.reset();
    assert_eq!(refused.refused(503, "unavailable"), "The request timed out, try again");
    assert_eq!(refused.headers["retry-after"], "1");
    // The message was stored: the retry finds it.
    customer.post(&path, body).await.ok();
    assert_eq!(audit(&shop, &hash).await.bodies, ["said once"]);
}

#[tokio::test]
async fn endless_contention_returns_an_error_and_stores_nothing() {
    let shop = Shop::with_idle_stream().await;
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    shop.wire
        .disturb(|_, operation| (operation == "TransactWriteItems").then_some(Fault::Conflict));
    let refused =
        customer.post(&format!("/store/chat/messages/{hash}"), json!({ "body": "never" })).await;
    let tries = shop.wire.count();
    shop.wire.reset();
    refused.refused(503, "unavailable");
    assert!(tries <= 4 * 16 + 1, "{tries} calls: at most sixteen tries");
    assert_eq!(audit(&shop, &hash).await.bodies, [""; 0]);
}

#[tokio::test]
async fn a_batch_of_the_stream_that_fails_at_any_call_is_delivered_again() {
    let shop = Shop::with_idle_stream().await;
    for number in 0..2 {
        stage(&shop, number).await;
    }
    let (batch, _) = shop.running.stream.batch_after(None, 1_000).await.unwrap();
    shop.wire.reset();
    shop.running.stream.deliver(batch.clone()).await.expect("delivered");
    let calls = shop.wire.count();
    for call in 0..calls {
        for fault in [
            Fault::StopAfter,
            Fault::Throttle,
            Fault::LostAnswer,
            Fault::LostRequest,
            Fault::HalfOfBatch,
        ] {
            let shop = Shop::with_idle_stream().await;
            for number in 0..2 {
                stage(&shop, number).await;
            }
            let (batch, _) = shop.running.stream.batch_after(None, 1_000).await.unwrap();
            shop.wire.disturb(move |number, _| (number == call).then_some(fault));
            tokio::select! {
                _ = shop.running.stream.deliver(batch) => {}
                () = shop.wire.stopped() => {}
            }
            shop.wire.reset();
            totals_equal_a_recount(&shop).await;
        }
    }
}

/// A shop that is closed all day, in which a customer has written; the test delivers the stream.
async fn closed_shop() -> (Shop, String) {
    let shop = Shop::by_hand(&[("MAIL_FROM", ""), ("EVENT_BUS", "")]).await;
    // The reply is for one day.
    shop.running.app.clock.stop();
    let settings = json!({
        "hours": { "time_zone": "Europe/Berlin", "week": {} },
        "away_message": { "en": "We are closed." },
    });
    let settings = json!({ "settings": settings, "version": 0 });
    shop.admin("user_1").put("/admin/chat/settings", settings).await.ok();
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    customer.say(&hash, "Hello?").await;
    (shop, hash)
}

#[tokio::test]
async fn an_automatic_reply_is_stored_once_wherever_its_function_stops_or_fails() {
    let (shop, _) = closed_shop().await;
    let (batch, _) = shop.running.stream.batch_after(None, 1_000).await.unwrap();
    shop.wire.reset();
    shop.running.stream.deliver(batch).await.expect("delivered");
    let calls = shop.wire.count();
    for call in 0..calls {
        for fault in [
            Fault::StopBefore,
            Fault::StopAfter,
            Fault::Conflict,
            Fault::LostAnswer,
            Fault::LateLostAnswer,
            Fault::HalfOfBatch,
        ] {
            let (shop, hash) = closed_shop().await;
            let (batch, _) = shop.running.stream.batch_after(None, 1_000).await.unwrap();
            shop.wire.disturb(move |number, _| (number == call).then_some(fault));
            tokio::select! {
                _ = shop.running.stream.deliver(batch) => {}
                () = shop.wire.stopped() => {}
            }
            shop.wire.reset();
            shop.deliver_all().await;
            shop.deliver_all().await;
            let said = audit(&shop, &hash).await.bodies;
            assert_eq!(said, ["Hello?", "We are closed."], "{fault:?} at call {call}");
        }
    }
}

#[tokio::test]
async fn an_answer_at_the_same_moment_and_an_automatic_reply_keep_the_log_whole() {
    for _ in 0..10 {
        let (shop, hash) = closed_shop().await;
        let admin = shop.admin("user_1");
        tokio::join!(shop.deliver_all(), admin.answer(&hash, "Here I am"));
        shop.deliver_all().await;
        let said = audit(&shop, &hash).await.bodies;
        let automatic = said.iter().filter(|body| *body == "We are closed.").count();
        assert_eq!(said.len(), 2 + automatic);
        assert!(automatic == 0 || said[1] == "We are closed.", "{said:?}: none after the answer");
    }
}

/// Delivers the stream, twice, and compares the shop's totals with a recount of all channels.
async fn totals_equal_a_recount(shop: &Shop) {
    shop.deliver_all().await;
    shop.deliver_all().await;
    let late = shop.admin("user_late");
    let (mut unread, mut channels, mut query) = (0, 0, String::from("limit=100"));
    loop {
        let page = late.get(&format!("/admin/chat/channels?{query}")).await.ok();
        for channel in page["channels"].as_array().unwrap() {
            unread += audit(shop, channel["channel_hash"].as_str().unwrap()).await.by_member;
            channels += 1;
        }
        assert!(page["count"].as_u64().unwrap() >= channels);
        let Some(next) = page["next_cursor"].as_str() else {
            assert_eq!(page["count"], channels);
            break;
        };
        query = format!("limit=100&cursor={next}");
    }
    assert_eq!(late.unread("admin").await, unread);
}
