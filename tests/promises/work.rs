//! The staff's work: counts equal a recount, and the state equals the fold of the log, in random
//! histories with a stream that delivers records twice, in other batches, or never; and in a flood
//! of concurrent changes.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use harness::{Client, Shop};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::audit::whole_log;

const CHANNELS: usize = 3;
const STATUSES: [&str; 3] = ["open", "snoozed", "closed"];
const LABELS: [&str; 3] = ["a", "b", "c"];

#[derive(Clone, Debug)]
enum Step {
    Say { channel: usize },
    Answer { channel: usize, status: Option<usize> },
    Delete { channel: usize },
    Status { channel: usize, status: usize },
    Assign { channel: usize, admin: Option<usize> },
    Label { channel: usize, labels: [bool; 3] },
    Note { channel: usize },
    Read { channel: usize },
    Unread { channel: usize },
    Claim { channel: usize },
    Clock { millis: i64 },
    Deliver { records: usize },
    Redeliver { back: usize, records: usize },
    Skip { records: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let channel = || 0..CHANNELS;
    prop_oneof![
        4 => channel().prop_map(|channel| Step::Say { channel }),
        3 => (channel(), prop::option::of(0..3_usize))
            .prop_map(|(channel, status)| Step::Answer { channel, status }),
        2 => channel().prop_map(|channel| Step::Delete { channel }),
        5 => (channel(), 0..3_usize)
            .prop_map(|(channel, status)| Step::Status { channel, status }),
        3 => (channel(), prop::option::of(0..2_usize))
            .prop_map(|(channel, admin)| Step::Assign { channel, admin }),
        3 => (channel(), any::<[bool; 3]>())
            .prop_map(|(channel, labels)| Step::Label { channel, labels }),
        1 => channel().prop_map(|channel| Step::Note { channel }),
        1 => channel().prop_map(|channel| Step::Read { channel }),
        1 => channel().prop_map(|channel| Step::Unread { channel }),
        1 => channel().prop_map(|channel| Step::Claim { channel }),
        1 => (-300_000..300_000_i64).prop_map(|millis| Step::Clock { millis }),
        2 => (1..20_usize).prop_map(|records| Step::Deliver { records }),
        1 => (1..30_usize, 1..20_usize)
            .prop_map(|(back, records)| Step::Redeliver { back, records }),
        1 => (1..6_usize).prop_map(|records| Step::Skip { records }),
    ]
}

struct Play {
    shop: Shop,
    admin: Client,
    members: Vec<Client>,
    hashes: Vec<String>,
    positions: Vec<String>,
    delivered: usize,
}

fn secret(channel: usize) -> String {
    format!("guest-secret-of-work-{channel}-abcdefghij")
}

impl Play {
    async fn begin() -> Self {
        let shop = Shop::with_idle_stream().await;
        let admin = shop.admin("user_0");
        let label = |slug: &str| json!({ "slug": slug, "name": slug, "color": "#000000" });
        let labels = json!({ "labels": LABELS.map(label), "version": 0 });
        admin.put("/admin/chat/labels", labels).await.ok();
        let (mut members, mut hashes) = (Vec::new(), Vec::new());
        for channel in 0..CHANNELS {
            let guest = shop.nobody().with_guest_secret(&secret(channel));
            hashes.push(guest.open().await);
            members.push(guest);
        }
        Self { shop, admin, members, hashes, positions: Vec::new(), delivered: 0 }
    }

    async fn change(&self, channel: usize, body: Value) {
        let path = format!("/admin/chat/channels/{}", self.hashes[channel]);
        let reply = self.admin.put(&path, body).await;
        // A channel without messages cannot be closed.
        assert!(matches!(reply.status, 200 | 400), "{reply:?}");
    }

    fn until(&self) -> String {
        self.shop.running.app.clock.now().plus_millis(3_600_000).to_string()
    }

    async fn take(&mut self, step: &Step) {
        match *step {
            Step::Say { channel } => {
                self.members[channel].say(&self.hashes[channel], "hello").await;
            }
            Step::Answer { channel, status } => {
                let mut body = json!({ "body": "answer" });
                if let Some(status) = status {
                    body["status"] = json!(STATUSES[status]);
                    body["snoozed_until"] = json!(self.until());
                }
                let path = format!("/admin/chat/messages/{}", self.hashes[channel]);
                self.admin.post(&path, body).await.ok();
            }
            Step::Delete { channel } => {
                let page = self.members[channel].messages(&self.hashes[channel]).await;
                let own = page["messages"].as_array().unwrap().iter();
                if let Some(own) = own.rev().find(|message| message["is_own"] == true) {
                    let id = own["id"].as_str().unwrap();
                    let path = format!("/store/chat/messages/id/{id}");
                    self.members[channel].delete(&path).await.ok();
                }
            }
            Step::Status { channel, status } => {
                let body = json!({ "status": STATUSES[status], "snoozed_until": self.until() });
                self.change(channel, body).await;
            }
            Step::Assign { channel, admin } => {
                let id = admin.map(|admin| format!("user_{admin}"));
                self.change(channel, json!({ "assignee_id": id })).await;
            }
            Step::Label { channel, labels } => {
                let some = LABELS.iter().zip(labels).filter(|(_, has)| *has);
                let some: Vec<_> = some.map(|(slug, _)| slug).collect();
                self.change(channel, json!({ "labels": some })).await;
            }
            Step::Note { channel } => {
                let path = format!("/admin/chat/channels/{}/notes", self.hashes[channel]);
                self.admin.post(&path, json!({ "body": "note" })).await.ok();
            }
            Step::Read { channel } | Step::Unread { channel } => {
                let what = if matches!(step, Step::Read { .. }) { "read" } else { "unread" };
                let path = format!("/admin/chat/channels/{}/{what}", self.hashes[channel]);
                self.admin.put(&path, json!({})).await.ok();
            }
            Step::Claim { channel } => {
                let customer = self.shop.customer(&format!("cus_{channel}"));
                if customer.claim(&secret(channel)).await.status == 200 {
                    self.members[channel] = customer;
                }
            }
            Step::Clock { millis } => self.shop.running.app.clock.advance(millis),
            Step::Deliver { records } => {
                let from = self.delivered;
                self.delivered = self.deliver(from, records).await;
            }
            Step::Redeliver { back, records } => {
                let from = self.delivered.saturating_sub(back);
                let to = self.deliver(from, records).await;
                self.delivered = self.delivered.max(to);
            }
            Step::Skip { records } => {
                self.collect_records().await;
                self.delivered = (self.delivered + records).min(self.positions.len());
            }
        }
    }

    async fn collect_records(&mut self) {
        loop {
            let last = self.positions.last().cloned();
            let stream = &self.shop.running.stream;
            let (batch, last) = stream.batch_after(last, 1_000).await.unwrap();
            let number =
                |record: &Value| record["dynamodb"]["SequenceNumber"].as_str().unwrap().to_owned();
            self.positions.extend(batch["Records"].as_array().unwrap().iter().map(number));
            if last.is_none() {
                return;
            }
        }
    }

    async fn deliver(&mut self, from: usize, records: usize) -> usize {
        self.collect_records().await;
        let position = from.checked_sub(1).and_then(|before| self.positions.get(before)).cloned();
        let stream = &self.shop.running.stream;
        let (batch, _) = stream.batch_after(position, records).await.unwrap();
        let count = batch["Records"].as_array().unwrap().len();
        stream.deliver(batch).await.unwrap();
        from + count
    }

    /// Compares all counts with a recount, after another change of every channel, which corrects
    /// the effect of skipped records; and once more after old records came again.
    async fn compare(&mut self) {
        for hash in &self.hashes {
            state_equals_the_log(&self.shop, hash).await;
        }
        for channel in 0..CHANNELS {
            self.take(&Step::Note { channel }).await;
        }
        loop {
            let from = self.delivered;
            self.delivered = self.deliver(from, 100).await;
            if self.delivered == from {
                break;
            }
        }
        counts_equal_a_recount(&self.admin).await;
        let half = self.positions.len() / 2;
        self.deliver(half / 2, half).await;
        counts_equal_a_recount(&self.admin).await;
    }
}

/// The channel is as the entries of the staff's log say, one after another.
pub async fn state_equals_the_log(shop: &Shop, hash: &str) {
    let admin = shop.admin("user_0");
    let path = format!("/admin/chat/channels/{hash}");
    let mut log: Vec<Value> = Vec::new();
    loop {
        let after = log.len();
        let page = admin.get(&format!("{path}/log?after={after}")).await.ok();
        log.extend(page["entries"].as_array().unwrap().iter().cloned());
        if page["has_more"] == false {
            assert_eq!(page["staff_seq"], log.len());
            break;
        }
    }
    let seqs: Vec<_> = log.iter().map(|entry| entry["staff_seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (1..=log.len() as u64).collect::<Vec<_>>(), "{hash}: the log has a gap");
    let after: Vec<_> = log.iter().map(|entry| entry["after_seq"].as_u64().unwrap()).collect();
    assert!(after.is_sorted(), "{hash}: {after:?}");
    let ids: BTreeSet<_> = log.iter().map(|entry| entry["event_id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), log.len(), "{hash}: an event appears twice");
    let channel = admin.get(&path).await.ok()["channel"].clone();
    let newest = |kind: &str, field: &str, otherwise: Value| {
        let entry = log.iter().rev().find(|entry| entry["kind"] == kind);
        entry.map_or(otherwise, |entry| entry[field].clone())
    };
    for (field, expected) in [
        ("status", newest("status", "status", json!("open"))),
        ("snoozed_until", newest("status", "snoozed_until", Value::Null)),
        ("case", newest("status", "case", json!(1))),
        ("assignee_id", newest("assignee", "assignee_id", Value::Null)),
        ("labels", newest("labels", "labels", json!([]))),
        ("staff_seq", json!(log.len())),
    ] {
        assert_eq!(channel[field], expected, "{hash}: {field}");
    }
    let mut labels = BTreeSet::new();
    for entry in log.iter().filter(|entry| entry["kind"] == "labels") {
        for slug in entry["added"].as_array().unwrap() {
            assert!(labels.insert(slug.as_str().unwrap()), "{hash}: added twice");
        }
        for slug in entry["removed"].as_array().unwrap() {
            assert!(labels.remove(slug.as_str().unwrap()), "{hash}: removed twice");
        }
        assert_eq!(entry["labels"], json!(labels));
    }
}

async fn counts_equal_a_recount(admin: &Client) {
    let list = admin.get("/admin/chat/channels?limit=100").await.ok();
    let all = list["channels"].as_array().unwrap();
    let used = |channel: &&Value| channel["last_message_at"].is_string();
    let open: Vec<_> =
        all.iter().filter(used).filter(|channel| channel["status"] == "open").collect();
    let (mut by_assignee, mut by_label) = (BTreeMap::new(), BTreeMap::new());
    for channel in &open {
        if let Some(id) = channel["assignee_id"].as_str() {
            *by_assignee.entry(id).or_insert(0) += 1;
        }
        for slug in channel["labels"].as_array().unwrap() {
            *by_label.entry(slug.as_str().unwrap()).or_insert(0) += 1;
        }
    }
    let of = |holds: fn(&Value) -> bool| open.iter().filter(|channel| holds(channel)).count();
    let expected = json!({
        "open": open.len(),
        "waiting": of(|channel| channel["unanswered_since"].is_string()),
        "mine": by_assignee.get("user_0").copied().unwrap_or(0),
        "unassigned": of(|channel| channel["assignee_id"].is_null()),
        "snoozed": all.iter().filter(|channel| channel["status"] == "snoozed").count(),
        "by_assignee": by_assignee,
        "by_label": by_label,
    });
    assert_eq!(list["counts"], expected);
    assert_eq!(admin.get("/admin/chat/counts").await.ok()["counts"], expected);
    let unread: u64 = all.iter().map(|channel| channel["unread_count"].as_u64().unwrap()).sum();
    assert_eq!(admin.unread("admin").await, unread);
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::with_cases(crate::unread::cases())
    })]
    #[test]
    fn counts_equal_a_recount_in_every_history(steps in prop::collection::vec(step(), 1..50)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut play = Play::begin().await;
            for step in &steps {
                play.take(step).await;
            }
            play.compare().await;
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_two_writers_of_all_kinds_lose_nothing_and_leave_no_gap() {
    const ROUNDS: usize = 8;
    let shop = Shop::open().await;
    let admin = shop.admin("user_0");
    let label = |slug: &str| json!({ "slug": slug, "name": slug, "color": "#000000" });
    let labels = json!({ "labels": LABELS.map(label), "version": 0 });
    admin.put("/admin/chat/labels", labels).await.ok();
    let customer = shop.customer("cus_1");
    let hash = customer.open().await;
    customer.say(&hash, "first").await;
    let until = shop.running.app.clock.now().plus_millis(3_600_000).to_string();
    let writers = (0..32).map(|writer| {
        let (customer, admin) = (customer.clone(), shop.admin(&format!("user_{writer}")));
        let (hash, until) = (hash.clone(), until.clone());
        async move {
            for round in 0..ROUNDS {
                let turn = writer / 8 + round;
                let channel = format!("/admin/chat/channels/{hash}");
                let id = format!("writer-{writer}-{round}");
                let body = json!({ "body": id, "client_message_id": id });
                let (client, method, path, body) = match writer % 8 {
                    0 | 1 => (&customer, "POST", format!("/store/chat/messages/{hash}"), body),
                    2 => {
                        let mut body = body;
                        body["status"] = json!(["open", "closed"][turn % 2]);
                        (&admin, "POST", format!("/admin/chat/messages/{hash}"), body)
                    }
                    3 => {
                        let status = STATUSES[turn % 3];
                        let body = json!({ "status": status, "snoozed_until": until });
                        (&admin, "PUT", channel, body)
                    }
                    4 => {
                        let id = [Value::Null, json!("user_1"), json!("user_2")][turn % 3].clone();
                        (&admin, "PUT", channel, json!({ "assignee_id": id }))
                    }
                    5 => (&admin, "PUT", channel, json!({ "labels": &LABELS[turn % 3..] })),
                    _ => (&admin, "POST", format!("{channel}/notes"), body),
                };
                loop {
                    let reply = client.send_raw(method, &path, body.to_string()).await;
                    match reply.status {
                        200 => break,
                        503 => assert!(reply.headers.contains_key("retry-after")),
                        _ => panic!("{reply:?}"),
                    }
                }
            }
        }
    });
    join_all(writers).await;
    state_equals_the_log(&shop, &hash).await;
    let created = whole_log(&admin, &hash).await.len();
    assert_eq!(created, 1 + 12 * ROUNDS, "no message is lost or doubled");
    let page = admin.get(&format!("/admin/chat/channels/{hash}/log?after=0")).await.ok();
    let (mut notes, mut after) = (0, page["entries"].as_array().unwrap().len());
    let mut entries = page["entries"].as_array().unwrap().clone();
    while !entries.is_empty() {
        notes += entries.iter().filter(|entry| entry["kind"] == "note").count();
        let path = format!("/admin/chat/channels/{hash}/log?after={after}");
        entries = admin.get(&path).await.ok()["entries"].as_array().unwrap().clone();
        after += entries.len();
    }
    assert_eq!(notes, 8 * ROUNDS, "no note is lost or doubled");
    shop.settle().await;
    counts_equal_a_recount(&admin).await;
}
