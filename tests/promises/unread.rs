//! Unread counts equal a recount, in random histories with a jumping clock, retries, edits,
//! deletes, reads of older messages, and a stream that delivers records twice, in other batches, or
//! never. Planted defects in the requests to the database prove that the test can fail.

use std::collections::BTreeMap;

use harness::Shop;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::defects::{
    assigned, copied_mark, is_delete, misplace, named, removes, rewrite, sets, updates,
};

const CHANNELS: usize = 3;
const ADMINS: usize = 2;

/// One step of a history. A fraction picks one of the messages that exist at that step.
#[derive(Clone, Debug)]
enum Step {
    Say { channel: usize },
    Answer { channel: usize, admin: usize },
    SendAgain { channel: usize },
    Edit { channel: usize, which: f64 },
    Delete { channel: usize, which: f64 },
    Read { channel: usize, reader: usize },
    ReadSeq { channel: usize, reader: usize, which: f64 },
    ReadAt { channel: usize, reader: usize, which: f64 },
    Clock { millis: i64 },
    Deliver { records: usize },
    Redeliver { back: usize, records: usize },
    Skip { records: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let channel = || 0..CHANNELS;
    let reader = || 0..=ADMINS;
    let which = || 0.0..1.0;
    prop_oneof![
        5 => channel().prop_map(|channel| Step::Say { channel }),
        4 => (channel(), 0..ADMINS).prop_map(|(channel, admin)| Step::Answer { channel, admin }),
        1 => channel().prop_map(|channel| Step::SendAgain { channel }),
        1 => (channel(), which()).prop_map(|(channel, which)| Step::Edit { channel, which }),
        3 => (channel(), which()).prop_map(|(channel, which)| Step::Delete { channel, which }),
        3 => (channel(), reader()).prop_map(|(channel, reader)| Step::Read { channel, reader }),
        2 => (channel(), reader(), which())
            .prop_map(|(channel, reader, which)| Step::ReadSeq { channel, reader, which }),
        2 => (channel(), reader(), which())
            .prop_map(|(channel, reader, which)| Step::ReadAt { channel, reader, which }),
        1 => (-300_000..300_000_i64).prop_map(|millis| Step::Clock { millis }),
        2 => (1..20_usize).prop_map(|records| Step::Deliver { records }),
        1 => (1..30_usize, 1..20_usize)
            .prop_map(|(back, records)| Step::Redeliver { back, records }),
        1 => (1..6_usize).prop_map(|records| Step::Skip { records }),
    ]
}

fn history() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..45)
}

/// The model of a message.
struct Said {
    seq: u64,
    id: String,
    by_admin: Option<usize>,
    created_at: String,
    deleted: bool,
}

#[derive(Default)]
struct Thread {
    messages: Vec<Said>,
    last_seq: u64,
    /// Reader 0 is the customer, the others are admins.
    marks: BTreeMap<usize, u64>,
    sends: u64,
}

impl Thread {
    /// The reference count, message by message.
    fn unread(&self, reader: usize) -> u64 {
        let mark = self.marks.get(&reader).copied().unwrap_or(0);
        let others = |said: &&Said| said.by_admin.is_some() == (reader == 0);
        self.messages.iter().filter(others).filter(|said| !said.deleted && said.seq > mark).count()
            as u64
    }

    /// When the oldest unanswered message was sent. A deleted answer still counts as an answer.
    fn unanswered(&self) -> Option<&str> {
        let asked = self.messages.rsplit(|said| said.by_admin.is_some()).next()?;
        asked.iter().find(|said| !said.deleted).map(|said| said.created_at.as_str())
    }

    fn pick(&self, which: f64) -> Option<&Said> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a fraction of a short list"
        )]
        self.messages.get((which * self.messages.len() as f64) as usize)
    }
}

struct Play {
    shop: Shop,
    threads: Vec<Thread>,
    /// Positions of all stream records so far, and the number of delivered ones.
    positions: Vec<String>,
    delivered: usize,
}

impl Play {
    async fn begin() -> Self {
        let shop = Shop::with_idle_stream().await;
        for channel in 0..CHANNELS {
            shop.customer(&format!("cus_{channel}")).open().await;
        }
        Self {
            shop,
            threads: (0..CHANNELS).map(|_| Thread::default()).collect(),
            positions: Vec::new(),
            delivered: 0,
        }
    }

    fn path(channel: usize, reader: usize, rest: &str) -> String {
        let scope = if reader == 0 { "store" } else { "admin" };
        format!("/{scope}/chat/{}", rest.replace("{hash}", &format!("direct:admin:cus_{channel}")))
    }

    fn client(&self, channel: usize, reader: usize) -> harness::Client {
        if reader == 0 {
            self.shop.customer(&format!("cus_{channel}"))
        } else {
            self.shop.admin(&format!("user_{reader}"))
        }
    }

    async fn send(&mut self, channel: usize, reader: usize) {
        let id = format!("client-{:08}", self.threads[channel].sends);
        let body = json!({ "body": "hello", "client_message_id": id });
        let sent = self
            .client(channel, reader)
            .post(&Self::path(channel, reader, "messages/{hash}"), body)
            .await
            .ok()["message"]
            .clone();
        let text = |name: &str| sent[name].as_str().unwrap().to_owned();
        let thread = &mut self.threads[channel];
        thread.sends += 1;
        thread.last_seq += 1;
        let by_admin = (reader > 0).then_some(reader);
        thread.messages.push(Said {
            seq: sent["seq"].as_u64().unwrap(),
            id: text("id"),
            by_admin,
            created_at: text("created_at"),
            deleted: false,
        });
    }

    async fn read(
        &mut self,
        channel: usize,
        reader: usize,
        body: Value,
        to: u64,
    ) -> Result<(), String> {
        let answer = self
            .client(channel, reader)
            .put(&Self::path(channel, reader, "channels/{hash}/read"), body)
            .await;
        // The server refuses a read if counts contradict each other. A planted defect may cause
        // that.
        if answer.status != 200 {
            return Err(format!(
                "channel {channel}, reader {reader}: a read is refused with {}",
                answer.status
            ));
        }
        let answer = answer.ok();
        let mark = self.threads[channel].marks.entry(reader).or_default();
        *mark = (*mark).max(to);
        let shown = answer["member"]["last_read_seq"].as_u64().unwrap();
        if shown == *mark {
            Ok(())
        } else {
            Err(format!("channel {channel}, reader {reader}: the mark is at {shown}, not {mark}"))
        }
    }

    async fn take(&mut self, step: &Step) -> Result<(), String> {
        match *step {
            Step::Say { channel } => self.send(channel, 0).await,
            Step::Answer { channel, admin } => self.send(channel, admin + 1).await,
            Step::SendAgain { channel } => {
                let Some((number, said)) =
                    self.threads[channel].messages.iter().enumerate().next_back()
                else {
                    return Ok(());
                };
                let reader = said.by_admin.unwrap_or(0);
                let body =
                    json!({ "body": "hello", "client_message_id": format!("client-{number:08}") });
                let again = self
                    .client(channel, reader)
                    .post(&Self::path(channel, reader, "messages/{hash}"), body)
                    .await
                    .ok();
                assert_eq!(again["message"]["id"], json!(said.id));
            }
            Step::Edit { channel, which } => {
                let Some(said) = self.threads[channel].pick(which).filter(|said| !said.deleted)
                else {
                    return Ok(());
                };
                let reader = said.by_admin.unwrap_or(0);
                let path = Self::path(channel, reader, &format!("messages/id/{}", said.id));
                let body = json!({ "body": format!("edited {}", self.threads[channel].last_seq) });
                self.client(channel, reader).put(&path, body).await.ok();
                self.threads[channel].last_seq += 1;
            }
            Step::Delete { channel, which } => {
                let Some(said) = self.threads[channel].pick(which) else { return Ok(()) };
                let (reader, seq, deleted) = (said.by_admin.unwrap_or(0), said.seq, said.deleted);
                self.client(channel, reader)
                    .delete(&Self::path(channel, reader, &format!("messages/id/{}", said.id)))
                    .await
                    .ok();
                let thread = &mut self.threads[channel];
                thread
                    .messages
                    .iter_mut()
                    .filter(|said| said.seq == seq)
                    .for_each(|said| said.deleted = true);
                thread.last_seq += u64::from(!deleted);
            }
            Step::Read { channel, reader } => {
                let to = self.threads[channel].last_seq;
                self.read(channel, reader, json!({}), to).await?;
            }
            Step::ReadSeq { channel, reader, which } => {
                let Some(said) = self.threads[channel].pick(which) else { return Ok(()) };
                let to = said.seq;
                self.read(channel, reader, json!({ "seq": to }), to).await?;
            }
            Step::ReadAt { channel, reader, which } => {
                let thread = &self.threads[channel];
                let Some(said) = thread.pick(which) else { return Ok(()) };
                let newest = thread.messages.last().is_some_and(|last| last.seq == said.seq);
                let to = if newest { thread.last_seq } else { said.seq };
                self.read(channel, reader, json!({ "at": said.created_at.clone() }), to).await?;
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
        Ok(())
    }

    /// Collects new stream records.
    async fn collect_records(&mut self) {
        loop {
            let (batch, last) = self
                .shop
                .running
                .stream
                .batch_after(self.positions.last().cloned(), 1_000)
                .await
                .unwrap();
            let seen =
                batch["Records"].as_array().unwrap().iter().map(|record| {
                    record["dynamodb"]["SequenceNumber"].as_str().unwrap().to_owned()
                });
            self.positions.extend(seen);
            if last.is_none() {
                return;
            }
        }
    }

    /// Delivers records starting at `from`; returns the index after the last one.
    async fn deliver(&mut self, from: usize, records: usize) -> usize {
        self.collect_records().await;
        let position = from.checked_sub(1).and_then(|before| self.positions.get(before)).cloned();
        let (batch, _) = self.shop.running.stream.batch_after(position, records).await.unwrap();
        let count = batch["Records"].as_array().unwrap().len();
        self.shop.running.stream.deliver(batch).await.unwrap();
        from + count
    }

    /// Compares what the API shows with the recount, channel by channel.
    async fn compare_channels(&self) -> Result<(), String> {
        for (channel, thread) in self.threads.iter().enumerate() {
            let shown = self.client(channel, 0).get("/store/chat/messages/unread-count").await.ok()
                ["unread_count"]
                .clone();
            same(&format!("customer of channel {channel}"), &shown, thread.unread(0))?;
            for reader in 1..=ADMINS {
                let open = json!({ "customer_id": format!("cus_{channel}"), "admin_id": "admin" });
                let shown = self
                    .client(channel, reader)
                    .post("/admin/chat/channels", open)
                    .await
                    .ok()["channel"]
                    .clone();
                same(
                    &format!("admin {reader} in channel {channel}"),
                    &shown["unread_count"],
                    thread.unread(reader),
                )?;
                let since = thread.unanswered();
                if shown["unanswered_since"] != json!(since) {
                    return Err(format!(
                        "channel {channel} is unanswered since {}, not {since:?}",
                        shown["unanswered_since"]
                    ));
                }
            }
        }
        Ok(())
    }

    /// Compares the shop's totals with the recount, after another change of every channel, which
    /// corrects the effect of skipped records.
    async fn compare_totals(&mut self) -> Result<(), String> {
        for channel in 0..CHANNELS {
            self.send(channel, 0).await;
        }
        loop {
            let from = self.delivered;
            self.delivered = self.deliver(from, 100).await;
            if self.delivered == from {
                break;
            }
        }
        self.compare_shop().await?;
        // Old records, delivered once more without the newer ones, change nothing.
        let half = self.positions.len() / 2;
        self.deliver(half / 2, half).await;
        self.compare_shop().await
    }

    async fn compare_shop(&self) -> Result<(), String> {
        for reader in 1..=ADMINS + 1 {
            let expected = self.threads.iter().map(|thread| thread.unread(reader)).sum();
            let shown = self.client(0, reader).get("/admin/chat/messages/unread-count").await.ok()
                ["unread_count"]
                .clone();
            same(&format!("admin {reader} in the whole shop"), &shown, expected)?;
        }
        let count = self.client(0, 1).get("/admin/chat/channels").await.ok()["count"].clone();
        same("number of channels", &count, CHANNELS as u64)
    }
}

fn same(what: &str, shown: &Value, expected: u64) -> Result<(), String> {
    if *shown == json!(expected) {
        Ok(())
    } else {
        Err(format!("{what}: {shown} is shown, the recount says {expected}"))
    }
}

/// A change of requests to the database, by operation.
type Defect = fn(&str, &mut Value);

/// Plays a history, optionally with a defect on the wire.
fn play(steps: &[Step], defect: Option<Defect>) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut play = Play::begin().await;
        if let Some(defect) = defect {
            play.shop.wire.falsify(defect);
        }
        for step in steps {
            play.take(step).await?;
        }
        play.compare_channels().await?;
        play.compare_totals().await
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases())
    })]
    #[test]
    fn unread_equals_a_recount_in_every_history(steps in history()) {
        prop_assert_eq!(play(&steps, None), Ok(()));
    }
}

/// Number of histories: `CHAT_CASES` sets it for a long run.
#[expect(clippy::disallowed_methods, reason = "a switch of the test itself")]
pub(crate) fn cases() -> u32 {
    std::env::var("CHAT_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(40)
}

/// The test must fail when a rule is broken: each defect breaks one in the requests.
#[test]
fn planted_defects_are_found() {
    let defects: [(&str, Defect); 7] = [
        ("a read counts everything in the log as read", |_, request| {
            // The member's: their mark is there from the start, so its parts can be set.
            let copied = copied_mark(request);
            let is_member = |mark: &str| {
                mark.split_once('.').is_some_and(|(_, reader)| named(request, reader) == "~")
            };
            if let Some((mark, end)) = copied.filter(|(mark, _)| is_member(mark)) {
                for part in ["s", "a", "f"] {
                    request["ExpressionAttributeNames"][format!("#part_{part}")] = json!(part);
                }
                let parts = [("s", "s"), ("a", "a"), ("f", "s")]
                    .map(|(to, from)| format!("{mark}.#part_{to} = {end}.#part_{from}"));
                rewrite(request, &format!("{mark} = {end}"), &parts.join(", "));
            }
        }),
        ("a mark that is set stays where it is", |_, request| {
            if let Some((mark, end)) = copied_mark(request) {
                let stays = format!("{mark} = if_not_exists({mark}, {end})");
                rewrite(request, &format!("{mark} = {end}"), &stays);
            }
        }),
        ("a deleted message keeps counting", |operation, request| {
            if operation == "TransactWriteItems" && is_delete(request) {
                for update in updates(operation, request) {
                    for side in ["t.c", "t.f"] {
                        if let Some(value) = assigned(update, side) {
                            *value = json!({ "N": (number(value) + 1).to_string() });
                        }
                    }
                }
            }
        }),
        ("folding forgets what it has folded", |operation, request| {
            for action in request["TransactItems"].as_array_mut().into_iter().flatten() {
                if action["Put"]["Item"]["sk"]["S"] == "f" {
                    action["Put"]["Item"]["live"] = json!({ "N": "0" });
                }
            }
            for update in
                updates(operation, request).into_iter().filter(|it| it["Key"]["sk"]["S"] == "f")
            {
                misplace(update, "live");
            }
        }),
        ("an answer leaves the question open", |operation, request| {
            for update in updates(operation, request) {
                if removes(update, "unanswered_since") {
                    misplace(update, "unanswered_since");
                }
            }
        }),
        ("with a question that is deleted the wait goes on from there", |operation, request| {
            if operation == "TransactWriteItems" && is_delete(request) {
                for update in updates(operation, request) {
                    if sets(update, "unanswered_since") {
                        misplace(update, "unanswered_since");
                    }
                }
            }
        }),
        ("a send counts one too few", |operation, request| {
            if !is_delete(request) {
                for update in updates(operation, request) {
                    if let Some(value) = assigned(update, "t.c") {
                        *value = json!({ "N": number(value).saturating_sub(1).to_string() });
                    }
                }
            }
        }),
    ];
    let mut runner = TestRunner::deterministic();
    let histories: Vec<Vec<Step>> =
        (0..40).map(|_| history().new_tree(&mut runner).unwrap().current()).collect();
    for (what, defect) in defects {
        let found = histories.iter().find_map(|steps| play(steps, Some(defect)).err());
        println!("{what}: {}", found.as_deref().unwrap_or("not found"));
        assert!(found.is_some(), "the test did not find that {what}");
    }
}

fn number(value: &Value) -> u64 {
    value["N"].as_str().unwrap().parse().unwrap()
}
