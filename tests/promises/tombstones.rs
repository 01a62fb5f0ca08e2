//! The cost of a request does not grow with the number of deleted messages, and its result equals
//! that of reading every row. The logs are too long for requests, so the tests write the rows as
//! sends and deletes would.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use domain::{ActorId, Addressee, ChannelHash, Side};
use futures_util::{StreamExt, stream};
use harness::{Client, Shop, Spent};
use serde_json::{Value, json};

type Item = HashMap<String, AttributeValue>;

/// Most read units of one request past some thousand deleted messages: the rows that it skips
/// first, the blocks on the way, and a few small reads for each halving.
const MOST_READ_UNITS: f64 = 80.0;
/// Most round trips of one request: each halves the log.
const MOST_ROUND_TRIPS: usize = 40;
/// Places of the log in one block and in one section of deletions.
const BLOCK: u64 = 128;
const SECTION: u64 = 512 * BLOCK;

/// A message that a test writes into the log.
#[derive(Clone, Copy)]
struct Row {
    /// Number of places before it that other events have.
    events: u64,
    is_live: bool,
    is_staff: bool,
}

const LIVE: Row = Row { events: 0, is_live: true, is_staff: false };
const DELETED: Row = Row { events: 1, is_live: false, is_staff: false };

fn times(row: Row, number: usize) -> Vec<Row> {
    vec![row; number]
}

/// A channel whose log a test wrote into the table.
struct Seeded {
    shop: Shop,
    hash: String,
    customer: Client,
    admin: Client,
    /// The seqs of the messages, and which are live.
    messages: Vec<(u64, Row)>,
}

fn n(number: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

async fn write_all(shop: &Shop, items: Vec<Item>) {
    let database = shop.database();
    let put = |item: &Item| {
        WriteRequest::builder()
            .put_request(PutRequest::builder().set_item(Some(item.clone())).build().unwrap())
            .build()
    };
    let batches: Vec<Vec<WriteRequest>> =
        items.chunks(25).map(|chunk| chunk.iter().map(put).collect()).collect();
    let writes = batches
        .into_iter()
        .map(|batch| database.batch_write_item().request_items("chat", batch).send());
    let answers: Vec<_> = stream::iter(writes).buffer_unordered(4).collect().await;
    assert!(
        answers
            .into_iter()
            .all(|answer| answer.unwrap().unprocessed_items.is_none_or(|left| left.is_empty()))
    );
}

async fn item(shop: &Shop, pk: &str, sk: &str) -> Item {
    let key = [("pk", pk), ("sk", sk)];
    let key = key.map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned())));
    let database = shop.database();
    let get = database.get_item().table_name("chat").set_key(Some(key.into()));
    get.consistent_read(true).send().await.unwrap().item.unwrap()
}

impl Seeded {
    /// A channel with a customer's question, an answer, and then these rows.
    async fn of(rows: &[Row]) -> Self {
        let shop = Shop::with_idle_stream().await;
        let (customer, admin) = (shop.customer("cus_1"), shop.admin("user_1"));
        let hash = customer.open().await;
        customer.say(&hash, "question").await;
        admin.answer(&hash, "answer").await;
        let pk = format!("C#{}", ChannelHash::parse(&hash).unwrap().key().as_str());
        let mut head = item(&shop, &pk, "~").await;
        let samples =
            [item(&shop, &pk, "s#000000000001").await, item(&shop, &pk, "s#000000000002").await];
        let number = |item: &Item, name: &str| item[name].as_n().unwrap().parse::<u64>().unwrap();
        let (mut seq, mut created_at) = (2, number(&samples[1], "created_at"));
        let (mut sent, mut deleted) = ([1_u64, 1_u64], [0_u64, 0_u64]);
        let mut messages = vec![(1, LIVE), (2, Row { is_staff: true, ..LIVE })];
        let mut blocks: BTreeMap<u64, [Vec<String>; 2]> = BTreeMap::new();
        let mut sections: BTreeMap<u64, [u64; 2]> = BTreeMap::new();
        let mut unanswered: Option<u64> = None;
        let mut items = Vec::new();
        for row in rows {
            let side = usize::from(row.is_staff);
            (seq, created_at) = (seq + 1 + row.events, created_at + 1);
            sent[side] += 1;
            let mut item = samples[side].clone();
            let tally = [("customer", sent[0]), ("staff", sent[1])]
                .map(|(name, number)| (name.to_owned(), n(number)));
            item.extend([
                ("sk".to_owned(), AttributeValue::S(format!("s#{seq:012}"))),
                ("seq".to_owned(), n(seq)),
                ("created_at".to_owned(), n(created_at)),
                ("sent".to_owned(), AttributeValue::M(tally.into())),
            ]);
            if row.is_live {
                head.insert("q".to_owned(), n(seq));
            } else {
                item.remove("body");
                item.insert("deleted_at".to_owned(), n(created_at));
                deleted[side] += 1;
                blocks.entry(seq / BLOCK).or_default()[side].push((seq % BLOCK).to_string());
                sections.entry(seq / SECTION).or_default()[side] += 1;
            }
            if row.is_staff {
                unanswered = None;
            } else if row.is_live && unanswered.is_none() {
                unanswered = Some(created_at);
            }
            items.push(item);
            messages.push((seq, *row));
        }
        let with_key = |sk: String| {
            Item::from([
                ("pk".to_owned(), AttributeValue::S(pk.clone())),
                ("sk".to_owned(), AttributeValue::S(sk)),
            ])
        };
        for (block, places) in blocks {
            let mut item = with_key(format!("d#b{block:010}"));
            let named = ["customer", "staff"]
                .into_iter()
                .zip(places)
                .filter(|(_, places)| !places.is_empty());
            item.extend(named.map(|(name, places)| (name.to_owned(), AttributeValue::Ns(places))));
            items.push(item);
        }
        for (section, counts) in sections.range(1..) {
            let mut item = with_key(format!("d#s{section:010}"));
            item.extend(
                ["customer", "staff"]
                    .into_iter()
                    .zip(counts)
                    .map(|(name, count)| (name.to_owned(), n(count))),
            );
            items.push(item);
        }
        let map = |entries: &[(&str, u64)]| {
            let entries = entries.iter().map(|(name, number)| ((*name).to_owned(), n(*number)));
            AttributeValue::M(entries.collect())
        };
        let live = [sent[0] - deleted[0], sent[1] - deleted[1]];
        // The last place is that of the last delete.
        let end = map(&[("s", seq + 1), ("a", created_at), ("c", live[0]), ("f", live[1])]);
        head.extend([
            ("t".to_owned(), end),
            ("d".to_owned(), map(&[("c", deleted[0]), ("f", deleted[1])])),
        ]);
        head.remove("n");
        match unanswered {
            Some(since) => head.insert("unanswered_since".to_owned(), n(since)),
            None => head.remove("unanswered_since"),
        };
        items.push(head);
        write_all(&shop, items).await;
        Self { shop, hash, customer, admin, messages }
    }

    fn live(&self) -> Vec<u64> {
        self.messages.iter().filter(|(_, row)| row.is_live).map(|(seq, _)| *seq).collect()
    }

    /// A page by its query, which must be the same for both sides.
    async fn page(&self, query: &str) -> (Vec<u64>, bool, Spent) {
        let mut shown = Vec::new();
        let mut spent = None;
        for (client, scope) in [(&self.customer, "store"), (&self.admin, "admin")] {
            self.shop.wire.measure();
            let page =
                client.get(&format!("/{scope}/chat/messages/{}?{query}", self.hash)).await.ok();
            spent = Some(self.shop.wire.spent());
            let seqs: Vec<u64> = page["messages"]
                .as_array()
                .unwrap()
                .iter()
                .map(|message| message["seq"].as_u64().unwrap())
                .collect();
            shown.push((seqs, page["has_more"].as_bool().unwrap()));
        }
        assert_eq!(shown[0], shown[1]);
        let (seqs, has_more) = shown.swap_remove(0);
        (seqs, has_more, spent.unwrap())
    }

    /// Compares a page with a reading of every row; returns its cost.
    async fn compare(&self, cursor: Option<u64>, is_forward: bool, limit: usize) -> Spent {
        let mut live = self.live();
        live.retain(|seq| {
            cursor.is_none_or(|cursor| if is_forward { *seq > cursor } else { *seq < cursor })
        });
        let has_more = live.len() > limit;
        let expected = if is_forward {
            &live[..limit.min(live.len())]
        } else {
            &live[live.len().saturating_sub(limit)..]
        };
        let direction = if is_forward { "after" } else { "before" };
        let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let query = format!("direction={direction}&limit={limit}{cursor}");
        let (shown, more, spent) = self.page(&query).await;
        assert_eq!(shown, expected, "{query}");
        assert_eq!(more, has_more, "{query}");
        spent
    }

    async fn unheard(&self, side: Side) -> (Option<(u64, bool)>, Spent) {
        let store = &self.shop.running.app.store;
        let channel = store
            .channel_of_key(&ChannelHash::parse(&self.hash).unwrap().key())
            .await
            .unwrap()
            .unwrap();
        let addressee = Addressee::of(&channel, side, &ActorId::parse("admin").unwrap());
        self.shop.wire.measure();
        let unheard = store.newest_unnotified(&channel, &addressee).await.unwrap();
        (unheard.map(|unheard| (unheard.message.seq, unheard.is_answered)), self.shop.wire.spent())
    }

    /// The same from every row.
    fn naive_unheard(&self, side: Side) -> Option<(u64, bool)> {
        let own = side == Side::Staff;
        let (seq, _) =
            self.messages.iter().rev().find(|(_, row)| row.is_live && row.is_staff != own)?;
        Some((*seq, self.messages.iter().any(|(other, row)| other > seq && row.is_staff == own)))
    }
}

#[track_caller]
fn bounded(what: &str, spent: Spent) {
    println!("{what}: {} round trips, {} read units", spent.round_trips, spent.read_units);
    assert!(
        spent.read_units <= MOST_READ_UNITS && spent.round_trips <= MOST_ROUND_TRIPS,
        "{what} costs {spent:?}"
    );
}

#[tokio::test]
async fn no_request_costs_more_for_more_deleted_messages() {
    for number in [2_000, 6_000] {
        let log =
            Seeded::of(&[times(LIVE, 60), times(DELETED, number), times(LIVE, 3)].concat()).await;
        let live = log.live();
        let end = Some(live[live.len() - 3]);
        for limit in [1, 50, 100] {
            let name = |what: &str| format!("{what} of {limit}, {number} deleted");
            bounded(&name("the newest page"), log.compare(None, false, limit).await);
            bounded(&name("an older page"), log.compare(end, false, limit).await);
            bounded(
                &name("a page from the middle"),
                log.compare(Some(live[61] + number as u64), false, limit).await,
            );
            bounded(&name("a newer page"), log.compare(Some(live[61]), true, limit).await);
        }
        // Deletes the newest three in turn: the last delete has to find the newest before them.
        for seq in live[live.len() - 3..].iter().rev() {
            log.shop.wire.measure();
            log.customer
                .delete(&format!("/store/chat/messages/id/{}", id(&log, *seq).await))
                .await
                .ok();
            bounded("delete the newest", log.shop.wire.spent());
        }
        let list = log.customer.get("/store/chat/channels").await.ok();
        let newest = &list["channels"][0]["last_message"];
        assert_eq!(newest["seq"], json!(live[live.len() - 4]));
    }
}

/// The id of a message, from the page of the staff.
async fn id(log: &Seeded, seq: u64) -> String {
    let page = log
        .admin
        .get(&format!(
            "/admin/chat/messages/{}?limit=1&direction=after&cursor={}",
            log.hash,
            seq - 1
        ))
        .await
        .ok();
    assert_eq!(page["messages"][0]["seq"], json!(seq));
    page["messages"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_next_question_is_found_past_any_number_of_deleted_ones() {
    for number in [2_000, 6_000] {
        let log =
            Seeded::of(&[times(LIVE, 1), times(DELETED, number), times(LIVE, 40)].concat()).await;
        let live = log.live();
        let (path, of_next) =
            (format!("/store/chat/messages/id/{}", id(&log, live[2]).await), live[3]);
        log.shop.wire.measure();
        log.customer.delete(&path).await.ok();
        bounded("delete the question that waits", log.shop.wire.spent());
        let page = log
            .admin
            .get(&format!(
                "/admin/chat/messages/{}?limit=1&direction=after&cursor={}",
                log.hash,
                of_next - 1
            ))
            .await
            .ok();
        let list = log.admin.get("/admin/chat/channels").await.ok();
        assert_eq!(list["channels"][0]["unanswered_since"], page["messages"][0]["created_at"]);
        assert_ne!(page["messages"][0]["created_at"], Value::Null);
    }
}

#[tokio::test]
async fn a_notice_and_a_digest_find_unheard_messages_past_any_number_of_others() {
    let answer = Row { is_staff: true, ..LIVE };
    for (number, row) in [
        (2_000, DELETED),
        (2_000, Row { is_staff: true, ..DELETED }),
        (2_000, LIVE),
        (6_000, DELETED),
    ] {
        let log =
            Seeded::of(&[vec![LIVE, answer, LIVE, answer], times(row, number)].concat()).await;
        for side in [Side::Member, Side::Staff] {
            let (unheard, spent) = log.unheard(side).await;
            assert_eq!(unheard, log.naive_unheard(side), "{side:?}");
            bounded("unheard", spent);
        }
    }
}

#[tokio::test]
async fn whole_sections_of_deleted_messages_are_skipped() {
    let far = |events: u64| Row { events, ..DELETED };
    for number in [2_000, 4_000] {
        // A deleted message in each hundred places: 200,000 and 400,000 places.
        let log =
            Seeded::of(&[times(LIVE, 5), times(far(99), number), times(LIVE, 2)].concat()).await;
        let live = log.live();
        bounded("the newest page", log.compare(None, false, 50).await);
        bounded("a newer page", log.compare(Some(live[6]), true, 50).await);
        // One live message in the middle.
        let mut rows = times(far(99), number);
        rows[number / 2].is_live = true;
        let log = Seeded::of(&[times(LIVE, 5), rows].concat()).await;
        for (cursor, is_forward) in [(None, false), (Some(7), true)] {
            log.compare(cursor, is_forward, 50).await;
        }
    }
    let mut rows = times(far(63), 3_500);
    let mut seq = 2;
    for row in &mut rows {
        seq += 64;
        row.is_live = seq % SECTION < 66;
    }
    rows[0].events = 61;
    let log = Seeded::of(&rows).await;
    assert_eq!(
        log.live()[2..],
        [SECTION, 2 * SECTION, 3 * SECTION],
        "one at each section's beginning"
    );
    for cursor in [SECTION - 1, SECTION, SECTION + 1, 2 * SECTION] {
        log.compare(Some(cursor), false, 2).await;
        log.compare(Some(cursor), true, 2).await;
    }
}

#[tokio::test]
async fn pages_of_scattered_messages_are_exact() {
    // A generator with a fixed seed: runs of deleted and of live messages of both sides.
    let mut state = 7_u64;
    let mut below = |most: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % most
    };
    for most_deleted in [12, 150, 900] {
        let mut rows = Vec::new();
        while rows.len() < 3_500 {
            for (most, is_live) in [(most_deleted, false), (4, true)] {
                for _ in 0..=below(most) {
                    rows.push(Row { events: below(3), is_live, is_staff: below(3) == 0 });
                }
            }
        }
        let log = Seeded::of(&rows).await;
        let last = log.messages.last().unwrap().0;
        for limit in [1, 7, 50, 100] {
            for (start, is_forward) in
                [(None, false), (None, true), (Some(last / 2), false), (Some(last / 3), true)]
            {
                let spent = log.compare(start, is_forward, limit).await;
                println!(
                    "{limit} of runs below {most_deleted}: {} round trips, {} units",
                    spent.round_trips, spent.read_units
                );
                // A message that is shown costs at most a few small reads.
                assert!(
                    spent.read_units
                        <= MOST_READ_UNITS + 10.0 * f64::from(u32::try_from(limit).unwrap()),
                    "{spent:?}"
                );
                assert!(spent.round_trips <= 2 * MOST_ROUND_TRIPS, "{spent:?}");
            }
        }
        for _ in 0..20 {
            let limit = [3, 20, 100][usize::try_from(below(3)).unwrap()];
            log.compare(Some(1 + below(last)), below(2) == 0, limit).await;
        }
        for side in [Side::Member, Side::Staff] {
            assert_eq!(log.unheard(side).await.0, log.naive_unheard(side));
        }
    }
}

#[tokio::test]
async fn blocks_that_contradict_the_rows_are_ignored() {
    let log = Seeded::of(&[times(LIVE, 60), times(DELETED, 1_000)].concat()).await;
    let is_block = |item: &Value| item["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with("d#b"));
    let page = async || {
        let page = log.customer.get(&format!("/store/chat/messages/{}", log.hash)).await.ok();
        page["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["seq"].as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    let live = log.live();
    log.shop.wire.falsify_answers(move |operation, answer| {
        if operation == "Query"
            && let Some(items) = answer["Items"].as_array_mut()
        {
            for item in items.iter_mut().filter(|item| is_block(item)) {
                item["customer"] =
                    json!({ "NS": (0..BLOCK).map(|place| place.to_string()).collect::<Vec<_>>() });
            }
        }
    });
    assert_eq!(page().await, live[12..], "more is deleted than was sent");
    log.shop.wire.falsify_answers(move |operation, answer| {
        if operation == "Query"
            && let Some(items) = answer["Items"].as_array_mut()
        {
            items.retain(|item| !is_block(item));
        }
    });
    assert_eq!(page().await, live[12..], "nothing is deleted");
}
