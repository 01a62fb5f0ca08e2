//! Each due mail is sent once: under repeated and concurrent runs that stop at any call, and in
//! random histories, where every sent mail was due and every due mail is sent in the end.

use std::collections::BTreeMap;

use digest::{Digest, Summary};
use domain::{ActorId, Principal};
use harness::{Fault, Shop, Socket, hash_with_admin};
use notice::{Notices, Outcome};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use schedule::Call;
use serde_json::{Value, json};

use crate::defects::{copied_mark, misplace, rewrite, sets, updates};

/// Time after which another run may take over the claim of a stopped one.
const LEASE_MS: i64 = 6 * 60_000;
const DAY_MS: i64 = 24 * 3_600_000;

/// A shop in which each customer has an unread answer, and a guest's question waits for the admin.
async fn shop_with_waiting(customers: usize) -> Shop {
    let shop = Shop::by_hand(&[]).await;
    for n in 0..customers {
        let id = format!("cus_{n}");
        let hash = shop.customer(&id).open().await;
        shop.customer(&id).say(&hash, "Is it in stock?").await;
        shop.admin("user_1").answer(&hash, "It is.").await;
    }
    let guest = shop.guest();
    let hash = guest.open().await;
    guest.say(&hash, "Do you ship to Iceland?").await;
    shop.deliver_all().await;
    shop.wire.reset();
    shop
}

async fn run(shop: &Shop) -> Result<Summary, app::Error> {
    digest::handle(Digest::new(&shop.running.app), Value::Null).await
}

/// The number of mails to each address.
fn received(shop: &Shop) -> BTreeMap<String, usize> {
    let mut received = BTreeMap::new();
    for address in shop.running.dev.outbox.mails().into_iter().flat_map(|mail| mail.to) {
        *received.entry(address).or_default() += 1;
    }
    received
}

/// A batch of the stream may end between a message and the head of the same transaction.
#[tokio::test]
async fn a_notice_is_scheduled_whatever_the_batches_of_the_stream() {
    for size in [1, 2, 3, 1_000] {
        let shop = Shop::by_hand(&[]).await;
        let hash = shop.customer("cus_1").open().await;
        shop.admin("user_1").answer(&hash, "It has arrived.").await;
        let stream = &shop.running.stream;
        let mut position = None;
        while let (batch, Some(last)) = stream.batch_after(position.clone(), size).await.unwrap() {
            stream.deliver(batch).await.unwrap();
            position = Some(last);
        }
        assert_eq!(shop.running.dev.scheduler.pending(), 1, "batches of {size}");
    }
}

#[tokio::test]
async fn concurrent_and_repeated_runs_send_one_digest_each() {
    let shop = shop_with_waiting(8).await;
    let runs = futures_util::future::join_all((0..5).map(|_| run(&shop))).await;
    let sent: u64 = runs.into_iter().map(|run| run.expect("a run").sent).sum();
    assert_eq!(sent, 9, "eight customers and one admin");
    assert_eq!(run(&shop).await.expect("a run").sent, 0);
    assert!(received(&shop).values().all(|count| *count == 1), "{:?}", received(&shop));
    // The next day's digest has only new messages.
    shop.running.app.clock.advance(DAY_MS);
    shop.admin("user_1").answer(&hash_with_admin("cus_3"), "It has arrived.").await;
    shop.deliver_all().await;
    assert_eq!(run(&shop).await.expect("a run").sent, 1);
    assert_eq!(received(&shop)["cus_3@customers.example"], 2);
}

#[tokio::test]
async fn a_run_that_stops_at_any_call_sends_every_digest_once() {
    let calls = {
        let shop = shop_with_waiting(2).await;
        run(&shop).await.expect("a run");
        shop.wire.count()
    };
    assert!(calls > 20, "{calls}");
    for call in 0..calls {
        for fault in [Fault::StopBefore, Fault::StopAfter] {
            let shop = shop_with_waiting(2).await;
            shop.wire.disturb(move |number, _| (number == call).then_some(fault));
            tokio::select! {
                run = run(&shop) => panic!("the run continued after call {call}: {run:?}"),
                () = shop.wire.stopped() => {}
            }
            shop.wire.reset();
            check_everyone_gets_one_mail(
                &shop,
                Summary::default(),
                &format!("{fault:?} at call {call}"),
            )
            .await;
        }
    }
}

#[tokio::test]
async fn a_run_with_a_fault_at_any_call_sends_every_digest_once() {
    let faults = [
        Fault::Conflict,
        Fault::Throttle,
        Fault::LostRequest,
        Fault::LostAnswer,
        Fault::LostFirstAnswer,
        Fault::ServerError,
    ];
    let calls = {
        let shop = shop_with_waiting(2).await;
        run(&shop).await.expect("a run");
        shop.wire.count()
    };
    for call in 0..calls {
        for fault in faults {
            let shop = shop_with_waiting(2).await;
            shop.wire.disturb(move |number, _| (number == call).then_some(fault));
            // Whether the run fails does not matter.
            let first = run(&shop).await.unwrap_or_default();
            shop.wire.reset();
            check_everyone_gets_one_mail(&shop, first, &format!("{fault:?} at call {call}")).await;
        }
    }
}

/// Runs again after the lease and checks that everyone has one mail. Only mails whose sending is
/// uncertain may be missing; they are counted, and their messages are in the next day's digest.
async fn check_everyone_gets_one_mail(shop: &Shop, died: Summary, what: &str) {
    shop.running.app.clock.advance(LEASE_MS);
    let unsure =
        died.unsure + run(shop).await.unwrap_or_else(|error| panic!("{what}: {error}")).unsure;
    let everybody = ["cus_0@customers.example", "cus_1@customers.example", "user_1@staff.example"];
    let mails = received(shop);
    assert!(mails.values().all(|count| *count == 1), "{what}: {mails:?}");
    let missing = everybody.iter().filter(|address| !mails.contains_key(**address)).count();
    assert!(missing as u64 <= unsure, "{what}: {mails:?}, {unsure} unsure");
    assert_eq!(run(shop).await.expect("a run").sent, 0, "{what}: once more in the same period");
    shop.running.app.clock.advance(DAY_MS);
    run(shop).await.unwrap_or_else(|error| panic!("{what}, the day after: {error}"));
    let mails = received(shop);
    assert!(everybody.iter().all(|address| mails.contains_key(*address)), "{what}: {mails:?}");
}

#[tokio::test]
async fn a_run_that_stops_while_sending_delays_a_digest_by_one_day_at_most() {
    let shop = shop_with_waiting(1).await;
    // The next recipient may have received the mail: SES was called.
    shop.wire.disturb(|_, operation| (operation == "SendRawEmail").then_some(Fault::StopBefore));
    tokio::select! {
        run = run(&shop) => panic!("the run continued after the stop: {run:?}"),
        () = shop.wire.stopped() => {}
    }
    shop.wire.reset();
    // No other run follows that day.
    shop.running.app.clock.advance(DAY_MS);
    run(&shop).await.expect("a run");
    assert_eq!(received(&shop).get("cus_0@customers.example"), Some(&1));
}

#[tokio::test]
async fn an_outage_of_ses_loses_no_mail() {
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let shop = Shop::by_hand(&[]).await;
    let hash = shop.customer("cus_0").open().await;
    shop.admin("user_1").answer(&hash, "It is.").await;
    let mut config = shop.running.app.config.clone();
    config.aws.endpoints.ses = Some(format!("http://{nowhere}"));
    let cut_off = app::App::new(config, shop.running.app.clock.clone());
    let failed = digest::handle(Digest::new(&cut_off), Value::Null).await;
    assert!(failed.is_err(), "Lambda calls again: {failed:?}");
    assert_eq!(run(&shop).await.expect("a run").sent, 1);
}

#[tokio::test]
async fn a_notice_is_retried_while_the_gateway_does_not_report_connections() {
    let (shop, notice) = due_notice().await;
    let socket = shop.socket(&shop.customer("cus_0"), "store").await;
    let mut config = shop.running.app.config.clone();
    config.aws.sockets_endpoint = "http://127.0.0.1:9".to_owned();
    let cut_off = app::App::new(config, shop.running.app.clock.clone());
    assert!(notice::handle(Notices::new(&cut_off), notice.clone()).await.is_err());
    assert_eq!(
        notice::handle(Notices::new(&shop.running.app), notice.clone()).await.unwrap(),
        Outcome::Online
    );
    drop(socket);
    harness::until("the notice is sent", async || {
        matches!(
            notice::handle(Notices::new(&shop.running.app), notice.clone()).await.unwrap(),
            Outcome::Sent
        )
    })
    .await;
    assert_eq!(received(&shop)["cus_0@customers.example"], 1);
}

#[tokio::test]
async fn one_failing_recipient_of_a_hundred_delays_no_other() {
    let shop = Shop::by_hand(&[]).await;
    shop.running.dev.medusa.rename("cus_13", "Eve", "Customer", Some("reject@customers.example"));
    for n in 0..100 {
        let hash = shop.customer(&format!("cus_{n}")).open().await;
        shop.admin("user_1").answer(&hash, "Your order is on its way.").await;
    }
    shop.deliver_all().await;
    let summary = run(&shop).await.expect("a run");
    assert_eq!(summary, Summary { sent: 99, failed: 1, ..Summary::default() });
    assert_eq!(received(&shop).len(), 99);
    let again = run(&shop).await.expect("a run");
    assert_eq!((again.sent, again.failed), (0, 0), "the failure is counted once");
}

/// A digest reads and writes only for people who wait, however many channels there are.
#[tokio::test]
async fn a_digest_costs_nothing_for_idle_channels() {
    let mut costs = Vec::new();
    for others in [0, channels()] {
        let shop = shop_with_waiting(50).await;
        let waiting = shop.admin("user_1");
        for n in 0..50 {
            waiting
                .put(
                    &format!("/admin/chat/channels/{}/read", hash_with_admin(&format!("cus_{n}"))),
                    json!({}),
                )
                .await
                .ok();
        }
        shop.deliver_all().await;
        idle_channels(&shop, others).await;
        shop.wire.measure();
        let summary = run(&shop).await.expect("a run");
        assert_eq!(summary.sent, 51, "fifty customers and one admin");
        let spent = shop.wire.spent();
        println!("{others} other channels: {spent:?}, {} calls", shop.wire.count());
        costs.push((spent.read_units, spent.write_units, shop.wire.count()));
    }
    assert_eq!(costs[0], costs[1]);
    let (read, write, _) = costs[0];
    // For each: claimed, sending, sent; the head, which leaves the index; the person.
    assert!(write <= 50.0 * 7.0 && read <= 50.0 * 11.0 + 20.0, "{costs:?}");
}

/// The number of idle channels: `CHAT_CHANNELS` sets it for a long run.
#[expect(clippy::disallowed_methods, reason = "a switch of the test itself")]
fn channels() -> usize {
    std::env::var("CHAT_CHANNELS").ok().and_then(|count| count.parse().ok()).unwrap_or(2_000)
}

/// Writes idle channels into the table without the API: copies of an existing one.
async fn idle_channels(shop: &Shop, count: usize) {
    use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
    let text = |text: String| AttributeValue::S(text);
    shop.customer("cus_idle").open().await;
    let aws = &shop.running.app.config.aws;
    let sdk = aws.sdk(aws.endpoints.dynamodb.as_deref(), app::aws::SERVICE);
    let db = aws_sdk_dynamodb::Client::new(&sdk);
    let key = domain::ChannelHash::parse(&hash_with_admin("cus_idle")).unwrap().key();
    let model = db
        .get_item()
        .table_name("chat")
        .key("pk", text(format!("C#{}", key.as_str())))
        .key("sk", text("~".to_owned()));
    let model = model.send().await.unwrap().item.expect("the head");
    let items: Vec<_> = (0..count)
        .map(|n| {
            let mut item = model.clone();
            let hash = hash_with_admin(&format!("cus_idle_{n}"));
            let key = domain::ChannelHash::parse(&hash).unwrap().key();
            item.insert("pk".to_owned(), text(format!("C#{}", key.as_str())));
            item.insert("channel_hash".to_owned(), text(hash));
            item.insert("member_id".to_owned(), text(format!("cus_idle_{n}")));
            WriteRequest::builder()
                .put_request(PutRequest::builder().set_item(Some(item)).build().unwrap())
                .build()
        })
        .collect();
    for some in items.chunks(25) {
        db.batch_write_item().request_items("chat", some.to_vec()).send().await.unwrap();
    }
}

/// A due notice: the answer to the customer is a minute old.
async fn due_notice() -> (Shop, Call) {
    let shop = shop_with_waiting(1).await;
    shop.running.app.clock.advance(61_000);
    let due = shop.running.dev.scheduler.take_due(shop.running.app.clock.now());
    let notices: Vec<Call> =
        due.into_iter().map(|due| serde_json::from_value(due.input).unwrap()).collect();
    let notice = notices
        .into_iter()
        .find(|call| matches!(call, Call::Notice(notice) if notice.side == "member"))
        .expect("a notice to the customer");
    shop.wire.reset();
    (shop, notice)
}

#[tokio::test]
async fn a_notice_that_stops_at_any_call_is_sent_once() {
    let calls = {
        let (shop, notice) = due_notice().await;
        assert_eq!(
            notice::handle(Notices::new(&shop.running.app), notice).await.unwrap(),
            Outcome::Sent
        );
        shop.wire.count()
    };
    for call in 0..calls {
        for fault in FAULTS {
            let (shop, notice) = due_notice().await;
            // Lambda retries a minute later; a further call changes nothing.
            let outcomes = outcomes_after_fault(&shop, &notice, (call, fault), 3).await;
            let mails = received(&shop);
            assert!(mails.values().all(|count| *count == 1), "{fault:?} at call {call}: {mails:?}");
            if mails.is_empty() {
                assert!(
                    outcomes.contains(&Outcome::Failed) || fault != Fault::StopBefore,
                    "{fault:?} at call {call}: {outcomes:?}"
                );
                // The digest covers a mail whose sending is uncertain.
                run(&shop).await.expect("a run");
                assert_eq!(
                    received(&shop)["cus_0@customers.example"],
                    1,
                    "{fault:?} at call {call}"
                );
            }
        }
    }
}

/// A due notice to a guest whose address is not verified.
async fn due_guest_notice() -> (Shop, Call) {
    let shop = Shop::by_hand(&[]).await;
    let guest = shop.guest();
    let hash = guest.open().await;
    guest.set_profile(json!({ "email": EVE })).await;
    guest.say(&hash, "Do you ship to Iceland?").await;
    shop.admin("user_1").answer(&hash, "We do.").await;
    shop.deliver_all().await;
    shop.running.app.clock.advance(61_000);
    let due = shop.running.dev.scheduler.take_due(shop.running.app.clock.now());
    let calls = due.into_iter().map(|due| serde_json::from_value(due.input).unwrap());
    let is_hers = |call: &Call| matches!(call, Call::Notice(notice) if notice.side == "member");
    let notice = calls.into_iter().find(is_hers).expect("a notice to the guest");
    shop.wire.reset();
    (shop, notice)
}

const EVE: &str = "eve@guests.example";
const FAULTS: [Fault; 7] = [
    Fault::StopBefore,
    Fault::StopAfter,
    Fault::Throttle,
    Fault::LostRequest,
    Fault::LostAnswer,
    Fault::LostFirstAnswer,
    Fault::ServerError,
];

/// Whatever fails, a guest gets one mail, or none if its sending is uncertain. A mail that was not
/// sent takes nothing from the address's limit, and one that may have been sent does.
#[tokio::test]
async fn a_notice_to_a_guest_that_stops_at_any_call_is_sent_once_and_counted_once() {
    let calls = {
        let (shop, notice) = due_guest_notice().await;
        let notices = Notices::new(&shop.running.app);
        assert_eq!(notice::handle(notices, notice).await.unwrap(), Outcome::Sent);
        shop.wire.count()
    };
    for call in 0..calls {
        for fault in FAULTS {
            let what = format!("{fault:?} at call {call}");
            let (shop, notice) = due_guest_notice().await;
            let outcomes = outcomes_after_fault(&shop, &notice, (call, fault), 3).await;
            let mails = received(&shop).get(EVE).copied().unwrap_or_default();
            assert!(mails <= 1, "{what}: {mails}");
            assert!(
                mails == 1 || outcomes.contains(&Outcome::Failed) || fault == Fault::StopAfter,
                "{what}: {outcomes:?}"
            );
            // The address has no second mail in the hour, by whatever guest.
            let other = shop.nobody().with_guest_secret("another-secret-0123456789");
            let hash = other.open().await;
            other.set_profile(json!({ "email": EVE })).await;
            shop.admin("user_1").answer(&hash, "We do.").await;
            shop.deliver_all().await;
            shop.running.app.clock.advance(61_000);
            shop.running.background.call_due().await;
            let after = received(&shop).get(EVE).copied().unwrap_or_default();
            assert!(after <= 1, "{what}: {after} within the hour");
            shop.running.app.clock.advance(3_700_000);
            shop.running.background.call_due().await;
            let after = received(&shop).get(EVE).copied().unwrap_or_default();
            assert_eq!(after, mails + 1, "{what}: the other answer is deferred, and not lost");
        }
    }
}

/// The outcomes of a scheduled call with a fault at its nth call of AWS, and of its repetitions.
async fn outcomes_after_fault(
    shop: &Shop,
    scheduled: &Call,
    (nth, fault): (usize, Fault),
    repetitions: usize,
) -> Vec<Outcome> {
    let notices = Notices::new(&shop.running.app);
    let mut outcomes = Vec::new();
    shop.wire.disturb(move |number, _| (number == nth).then_some(fault));
    tokio::select! {
        first = notice::handle(notices.clone(), scheduled.clone()) => outcomes.extend(first),
        () = shop.wire.stopped() => {}
    }
    shop.wire.reset();
    for _ in 0..repetitions {
        shop.running.app.clock.advance(61_000);
        outcomes.push(notice::handle(notices.clone(), scheduled.clone()).await.unwrap());
    }
    outcomes
}

/// Concurrent notices to many guests who gave one address take its limit once.
#[tokio::test]
async fn concurrent_notices_to_one_address_send_one_mail() {
    let shop = Shop::by_hand(&[]).await;
    for _ in 0..8 {
        let guest = shop.guest();
        let hash = guest.open().await;
        guest.set_profile(json!({ "email": EVE })).await;
        shop.admin("user_1").answer(&hash, "We do.").await;
    }
    shop.deliver_all().await;
    shop.running.app.clock.advance(61_000);
    let due = shop.running.dev.scheduler.take_due(shop.running.app.clock.now());
    let notices = Notices::new(&shop.running.app);
    let calls = due.into_iter().map(|due| {
        notice::handle(notices.clone(), serde_json::from_value(due.input).expect("a call"))
    });
    let all = futures_util::future::join_all(calls).await;
    let count =
        |of: Outcome| all.iter().filter(|outcome| matches!(outcome, Ok(it) if *it == of)).count();
    assert_eq!((count(Outcome::Sent), count(Outcome::Postponed)), (1, 7), "{all:?}");
    assert_eq!(received(&shop)[EVE], 1);
}

#[tokio::test]
async fn a_transcript_that_stops_at_any_call_is_sent_once() {
    let due_transcript = async || {
        let shop = Shop::by_hand(&[]).await;
        let hash = shop.customer("cus_0").open().await;
        shop.customer("cus_0").say(&hash, "Is it in stock?").await;
        shop.deliver_all().await;
        let path = format!("/store/chat/channels/{hash}/transcript");
        shop.customer("cus_0").post(&path, json!({})).await.ok();
        shop.deliver_all().await;
        shop.running.app.clock.advance(61_000);
        let due = shop.running.dev.scheduler.take_due(shop.running.app.clock.now());
        let calls = due.into_iter().map(|due| serde_json::from_value(due.input).unwrap());
        let is_transcript = |call: &Call| matches!(call, Call::Transcript(_));
        let call = calls.into_iter().find(is_transcript).expect("a transcript");
        shop.wire.reset();
        (shop, call)
    };
    let calls = {
        let (shop, call) = due_transcript().await;
        let notices = Notices::new(&shop.running.app);
        assert_eq!(notice::handle(notices, call).await.unwrap(), Outcome::Sent);
        shop.wire.count()
    };
    for number in 0..calls {
        for fault in FAULTS {
            let (shop, call) = due_transcript().await;
            let outcomes = outcomes_after_fault(&shop, &call, (number, fault), 2).await;
            let mails = received(&shop).get("cus_0@customers.example").copied().unwrap_or_default();
            assert!(mails <= 1, "{fault:?} at call {number}: {mails}");
            let is_unsure = outcomes.contains(&Outcome::Failed);
            let may_be_lost = is_unsure || fault == Fault::StopAfter;
            assert!(mails == 1 || may_be_lost, "{fault:?} at call {number}: {outcomes:?}");
        }
    }
}

#[tokio::test]
async fn concurrent_notices_send_one_mail() {
    let (shop, notice) = due_notice().await;
    let notices = Notices::new(&shop.running.app);
    let all = futures_util::future::join_all(
        (0..8).map(|_| notice::handle(notices.clone(), notice.clone())),
    )
    .await;
    let sent = all.iter().filter(|outcome| matches!(outcome, Ok(Outcome::Sent))).count();
    assert_eq!((sent, received(&shop).len()), (1, 1), "{all:?}");
}

/// One step of a history of a few customers and an admin.
#[derive(Clone, Debug)]
enum Step {
    Answer { customer: usize },
    Say { customer: usize },
    Read { customer: usize },
    ReadPart { customer: usize },
    Delete { customer: usize },
    DeleteOwn { customer: usize },
    Open { customer: usize },
    Close { customer: usize },
    Wait { seconds: i64 },
    Redeliver,
    Digest { times: usize },
}

const CUSTOMERS: usize = 3;

fn step() -> impl Strategy<Value = Step> {
    let customer = || 0..CUSTOMERS;
    prop_oneof![
        5 => customer().prop_map(|customer| Step::Answer { customer }),
        2 => customer().prop_map(|customer| Step::Say { customer }),
        2 => customer().prop_map(|customer| Step::Read { customer }),
        1 => customer().prop_map(|customer| Step::ReadPart { customer }),
        1 => customer().prop_map(|customer| Step::Delete { customer }),
        2 => customer().prop_map(|customer| Step::DeleteOwn { customer }),
        2 => customer().prop_map(|customer| Step::Open { customer }),
        2 => customer().prop_map(|customer| Step::Close { customer }),
        5 => prop_oneof![1..50_i64, 61..300_i64, 600..2_000_i64,
            20_000..100_000_i64].prop_map(|seconds| Step::Wait { seconds }),
        1 => Just(Step::Redeliver),
        1 => (1..3_usize).prop_map(|times| Step::Digest { times }),
    ]
}

/// The model of a customer.
#[derive(Default)]
struct Person {
    /// Seq, time and id of each answer that is not deleted.
    answers: Vec<(u64, i64, String)>,
    mark: u64,
    last_seq: u64,
    /// Whether they have read or written since their last notice; true before the first.
    has_looked: bool,
    last_notice: Option<i64>,
    last_digest: Option<i64>,
    /// Answers up to this seq were mailed.
    mailed_to: u64,
    /// Answers up to this seq precede the customer's last message.
    looked_to: u64,
    /// Answers up to this seq precede the customer's last read or message.
    known_to: u64,
    /// The time of the last answer, deleted ones included.
    last_answer: i64,
    /// Ids of the customer's messages that are not deleted.
    own: Vec<String>,
    socket: Option<(Socket, i64)>,
    /// When schedules last ran while the customer was connected.
    seen_online: Option<i64>,
    mails: usize,
}

/// The last check of a message, in milliseconds after it, including what rounding and the minimum
/// delay add to a schedule.
const LAST_LOOK_MS: i64 = 60 * 60_000;
const SLACK_MS: i64 = 15_000;
/// A socket is closed before it is this old: its row would expire.
const OLDEST_SOCKET_MS: i64 = 7_000_000;

impl Person {
    /// Whether a notice must have been sent by `now`: there is an answer since the last read, and
    /// its last check ran while the customer was offline.
    fn must_have_been_notified(&self, now: i64) -> bool {
        let is_new = |seq: u64| {
            seq > self.mark && seq > self.mailed_to && seq > self.looked_to && seq > self.known_to
        };
        let Some((_, at, _)) = self.answers.iter().rfind(|(seq, ..)| is_new(*seq)) else {
            return false;
        };
        self.has_looked
            && self.socket.is_none()
            && self.seen_online.is_none_or(|seen| seen + SLACK_MS < at + LAST_LOOK_MS)
            && now > self.last_answer + LAST_LOOK_MS + SLACK_MS
            && self.last_notice.is_none_or(|last| now > last + 15 * 60_000 + SLACK_MS)
    }
}

struct Play {
    shop: Shop,
    people: Vec<Person>,
    position: Option<String>,
}

impl Play {
    async fn begin() -> Self {
        let shop = Shop::by_hand(&[]).await;
        for n in 0..CUSTOMERS {
            shop.customer(&format!("cus_{n}")).open().await;
        }
        let people =
            (0..CUSTOMERS).map(|_| Person { has_looked: true, ..Person::default() }).collect();
        Self { shop, people, position: None }
    }

    fn now(&self) -> i64 {
        self.shop.running.app.clock.now().millis()
    }

    /// Delivers the stream and runs due schedules.
    async fn catch_up(&mut self) {
        while let (batch, Some(last)) =
            self.shop.running.stream.batch_after(self.position.clone(), 100).await.unwrap()
        {
            self.shop.running.stream.deliver(batch).await.unwrap();
            self.position = Some(last);
        }
        self.shop.running.background.call_due().await;
        let now = self.now();
        for person in self.people.iter_mut().filter(|person| person.socket.is_some()) {
            person.seen_online = Some(now);
        }
    }

    /// Checks that no due notice is missing.
    fn check_that_all_are_notified(&self) -> Result<(), String> {
        let now = self.now();
        match self.people.iter().position(|person| person.must_have_been_notified(now)) {
            Some(n) => Err(format!("cus_{n}: a notice that does not come")),
            None => Ok(()),
        }
    }

    async fn close(&mut self, customer: usize) {
        if self.people[customer].socket.take().is_none() {
            return;
        }
        let who = Principal::Customer(ActorId::parse(&format!("cus_{customer}")).unwrap());
        let app = &self.shop.running.app;
        while !app.store.connections_of(&who, app.clock.now()).await.unwrap().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    }

    /// Checks that each new mail was due.
    fn check_mails(&mut self) -> Result<(), String> {
        let (now, mails) = (self.now(), self.shop.running.dev.outbox.mails());
        for (n, person) in self.people.iter_mut().enumerate() {
            let address = format!("cus_{n}@customers.example");
            let own: Vec<_> = mails.iter().filter(|mail| mail.to.contains(&address)).collect();
            for mail in own.iter().skip(person.mails) {
                let unread: Vec<_> =
                    person.answers.iter().filter(|(seq, ..)| *seq > person.mark).collect();
                if unread.iter().all(|(seq, ..)| *seq <= person.mailed_to) {
                    return Err(format!("{address}: a mail about nothing new"));
                }
                if mail.text.contains("once a day") {
                    if person.last_digest.is_some_and(|last| now - last < 22 * 3_600_000) {
                        return Err(format!("{address}: two digests a day"));
                    }
                    person.last_digest = Some(now);
                } else {
                    if unread.iter().all(|(_, at, _)| now - at < 60_000) {
                        return Err(format!("{address}: a notice that comes too early"));
                    }
                    if unread.iter().all(|(seq, ..)| *seq <= person.looked_to) {
                        return Err(format!("{address}: a notice to who has answered"));
                    }
                    if person.socket.is_some() {
                        return Err(format!("{address}: a notice to who is online"));
                    }
                    if !person.has_looked {
                        return Err(format!("{address}: a second notice in one episode"));
                    }
                    if person.last_notice.is_some_and(|last| now - last < 15 * 60_000) {
                        return Err(format!(
                            "{address}: notices {} ms apart",
                            now - person.last_notice.unwrap()
                        ));
                    }
                    person.last_notice = Some(now);
                }
                person.has_looked = false;
                person.mailed_to = person.last_seq;
            }
            person.mails = own.len();
        }
        Ok(())
    }

    async fn take(&mut self, step: &Step) -> Result<(), String> {
        match *step {
            Step::Answer { customer } => {
                let sent = self
                    .shop
                    .admin("user_1")
                    .answer(&hash_with_admin(&format!("cus_{customer}")), "an answer")
                    .await;
                let (now, person) = (self.now(), &mut self.people[customer]);
                let seq = sent["seq"].as_u64().unwrap();
                person.answers.push((seq, now, sent["id"].as_str().unwrap().to_owned()));
                (person.last_seq, person.last_answer) = (seq, now);
            }
            Step::Say { customer } => {
                let id = format!("cus_{customer}");
                let sent = self.shop.customer(&id).say(&hash_with_admin(&id), "a question").await;
                let person = &mut self.people[customer];
                person.last_seq = sent["seq"].as_u64().unwrap();
                person.has_looked = true;
                // A message counts as a read: only the digest covers earlier answers.
                person.looked_to = person.last_seq;
                person.own.push(sent["id"].as_str().unwrap().to_owned());
            }
            Step::Read { customer } => self.read(customer, json!({})).await?,
            Step::ReadPart { customer } => {
                let Some((seq, ..)) = self.people[customer]
                    .answers
                    .iter()
                    .find(|(seq, ..)| *seq > self.people[customer].mark)
                else {
                    return Ok(());
                };
                let seq = *seq;
                self.read(customer, json!({ "seq": seq })).await?;
            }
            Step::Delete { customer } => {
                let Some((_, _, id)) = self.people[customer].answers.pop() else { return Ok(()) };
                self.shop
                    .admin("user_1")
                    .delete(&format!("/admin/chat/messages/id/{id}"))
                    .await
                    .ok();
                self.people[customer].last_seq += 1;
            }
            Step::DeleteOwn { customer } => {
                let Some(id) = self.people[customer].own.pop() else { return Ok(()) };
                self.shop
                    .customer(&format!("cus_{customer}"))
                    .delete(&format!("/store/chat/messages/id/{id}"))
                    .await
                    .ok();
                self.people[customer].last_seq += 1;
            }
            Step::Open { customer } => {
                if self.people[customer].socket.is_none() {
                    let socket = self
                        .shop
                        .socket(&self.shop.customer(&format!("cus_{customer}")), "store")
                        .await;
                    self.people[customer].socket = Some((socket, self.now()));
                }
            }
            Step::Close { customer } => self.close(customer).await,
            Step::Wait { seconds } => {
                self.catch_up().await;
                self.check_mails()?;
                for customer in 0..CUSTOMERS {
                    let opened = self.people[customer].socket.as_ref().map(|(_, opened)| *opened);
                    if opened.is_some_and(|opened| {
                        self.now() + seconds * 1000 - opened > OLDEST_SOCKET_MS
                    }) {
                        self.close(customer).await;
                    }
                }
                self.shop.running.app.clock.advance(seconds * 1000);
                self.catch_up().await;
                self.check_mails()?;
                self.check_that_all_are_notified()?;
            }
            Step::Redeliver => self.shop.deliver_all().await,
            Step::Digest { times } => {
                self.catch_up().await;
                self.check_mails()?;
                let runs =
                    futures_util::future::join_all((0..times).map(|_| run(&self.shop))).await;
                if let Some(error) = runs.into_iter().find_map(Result::err) {
                    return Err(format!("a run failed: {error}"));
                }
            }
        }
        self.check_mails()
    }

    async fn read(&mut self, customer: usize, body: Value) -> Result<(), String> {
        let id = format!("cus_{customer}");
        let path = format!("/store/chat/channels/{}/read", hash_with_admin(&id));
        let reply = self.shop.customer(&id).put(&path, body).await;
        if reply.status != 200 {
            return Err(format!("a read was refused: {}", reply.body));
        }
        let answer = reply.body;
        let (mark, person) =
            (answer["member"]["last_read_seq"].as_u64().unwrap(), &mut self.people[customer]);
        if mark > person.mark {
            person.has_looked = true;
            person.known_to = person.last_seq;
        }
        person.mark = mark;
        Ok(())
    }

    /// Checks that every unread message was mailed in the end.
    async fn end(&mut self) -> Result<(), String> {
        for _ in 0..2 {
            self.take(&Step::Wait { seconds: 23 * 3_600 }).await?;
            self.take(&Step::Digest { times: 1 }).await?;
        }
        for (n, person) in self.people.iter().enumerate() {
            if person.answers.iter().any(|(seq, ..)| *seq > person.mark && *seq > person.mailed_to)
            {
                return Err(format!("cus_{n}: an answer was never mailed"));
            }
        }
        Ok(())
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
        play.end().await
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_shrink_iters: 100,
        failure_persistence: None,
        ..ProptestConfig::with_cases(crate::unread::cases())
    })]
    #[test]
    fn every_mail_is_due_and_every_due_mail_is_sent(steps in prop::collection::vec(step(), 1..40)) {
        prop_assert_eq!(play(&steps, None), Ok(()));
    }
}

/// The test must fail when a rule is broken: each defect breaks one in the requests.
#[test]
fn planted_defects_are_found() {
    let defects: [(&str, Defect); 6] = [
        ("a message that is deleted takes an episode's name back", |operation, request| {
            for update in updates(operation, request) {
                misplace(update, "d");
            }
        }),
        ("who is online is looked for once", |operation, request| {
            let again =
                request["Target"]["Input"].as_str().is_some_and(|input| input.contains('+'));
            if operation == "CreateSchedule" && again {
                request["ScheduleExpression"] = json!("at(2999-01-01T00:00:00)");
            }
        }),
        ("every claim is granted", |operation, request| {
            let condition = request["ConditionExpression"].as_str().unwrap_or_default().to_owned();
            if operation == "PutItem" && condition.contains("lease_until") {
                request["ConditionExpression"] =
                    json!(format!("attribute_exists(pk) OR {condition}"));
            }
        }),
        ("a head forgets whom a mail notified", |operation, request| {
            if operation == "UpdateItem" {
                misplace(request, "notified");
            }
        }),
        ("an answer starts no wait", |operation, request| {
            for update in updates(operation, request) {
                if sets(update, "waiting_since") {
                    misplace(update, "waiting_since");
                }
            }
        }),
        ("a read ends no wait", |operation, request| {
            if let Some((mark, end)) = copied_mark(request).filter(|_| operation == "UpdateItem") {
                let stays = format!("{mark} = if_not_exists({mark}, {end})");
                rewrite(request, &format!("{mark} = {end}"), &stays);
            }
        }),
    ];
    let mut runner = TestRunner::deterministic();
    let histories: Vec<Vec<Step>> = (0..60)
        .map(|_| prop::collection::vec(step(), 1..40).new_tree(&mut runner).unwrap().current())
        .collect();
    for (what, defect) in defects {
        let found = histories.iter().find_map(|steps| play(steps, Some(defect)).err());
        println!("{what}: {}", found.as_deref().unwrap_or("not found"));
        assert!(found.is_some(), "the test did not find that {what}");
    }
}
