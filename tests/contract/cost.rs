//! `docs/cost.md` shows the counts of this test. It plays two conversations against the whole
//! system, with the requests of the widget and the inbox, and counts every unit that AWS charges
//! for. It generates the document's tables, so they cannot drift.
//!
//! Named constants hold the assumptions for what one machine cannot count, and the document lists
//! them. The counts do not depend on the machine's speed: only [`Play::wait`] advances the clock,
//! and the test delivers the stream after every request.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use axum::body::{Bytes, to_bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use digest::Digest;
use harness::{Shop, Socket, until};
use serde_json::{Value, json};

use crate::template::{functions, resources, template};
use crate::{file, update};

/// The test below generates everything between these lines of the document.
const BEGIN: &str =
    "<!-- Counted. To renew: UPDATE=1 cargo test --workspace --test contract cost -->";
const END: &str = "<!-- End of what is counted. -->";

/// Messages of a conversation: customer and staff take turns.
const MESSAGES: u32 = 10;
/// Conversations: a guest's and a customer's.
const CONVERSATIONS: u32 = 2;
/// Tabs of the one admin. With the customer's tab there are three.
const STAFF_TABS: usize = 2;
/// Admins who have read a conversation. All tables use the first number; the others have a table of
/// their own. With many more the sums of a shop exceed a kilobyte, and the cost of a fold depends
/// on the sums that it updates.
const TEAMS: [usize; 3] = [1, 5, 10];
/// Length of a message, in bytes.
const LENGTH: usize = 200;
/// Seconds from one message to the next.
const PACE_S: i64 = 60;
/// Seconds until a message is read, and from then until the other tabs have requested the total.
const READ_S: i64 = 5;
const HOUR_S: i64 = 3_600;
/// Messages between two pings of a tab: the browser's client pings every 4 to 4.5 minutes.
const PING_EVERY: u32 = 4;
/// Messages after which the inbox asks for their pages.
const ASKS_PAGE: [u32; 2] = [3, 9];

/// Time of a Lambda call, in seconds, and its memory, in GB.
const CALL_S: f64 = 0.020;
const CALL_GB: f64 = 0.25;
/// Bytes that a function logs of a call, with CloudWatch's addition to a line. Followers of the
/// stream log only failures.
const LOG_LINE: f64 = 300.0;
/// Bytes of the HTTP API's access log for a request.
const ACCESS_LINE: f64 = 200.0;
/// Copies of each function that run all month in a shop with a million messages.
const COPIES: f64 = 2.0;
/// Minutes for which a function caches a secret.
const SECRET_MIN: f64 = 5.0;
/// Bytes that DynamoDB adds to an item, and to its entry in an index.
const ITEM_OVERHEAD: usize = 100;
const DAYS: f64 = 30.0;
/// An inbox that is open in one tab: hours of a day, days of a month, hours until a socket is
/// replaced, and pings of an hour.
const INBOX_HOURS: f64 = 8.0;
const INBOX_DAYS: f64 = 22.0;
const SOCKET_HOURS: f64 = 1.5;
const PINGS_PER_HOUR: f64 = 60.0 / 4.25;
/// Bytes of a photo, as the browser scales and encodes it.
const PHOTO: usize = 400_000;
const GB: f64 = 1e9;

/// The storefront's origin, which is not the chat's.
const STOREFRONT: &str = "http://localhost:8000";

/// What AWS charges for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Write,
    Read,
    Http,
    SocketMessage,
    SocketMinute,
    Call,
    GbSecond,
    Event,
    Schedule,
    Queue,
    Kms,
    LogGb,
    TrafficGb,
    Mail,
    Upload,
    Load,
}

/// List prices of us-east-1 in dollars, without free tiers, checked in November 2026: what, the
/// unit, how many of them the price is for, the price.
const PRICES: [(Item, &str, &str, f64, f64); 16] = [
    (Item::Write, "DynamoDB write units", "million", 1e6, 0.625),
    (Item::Read, "DynamoDB read units", "million", 1e6, 0.125),
    (Item::Http, "HTTP API requests", "million", 1e6, 1.00),
    (Item::SocketMessage, "WebSocket messages, each way", "million", 1e6, 1.00),
    (Item::SocketMinute, "WebSocket minutes", "million", 1e6, 0.25),
    (Item::Call, "Lambda calls", "million", 1e6, 0.20),
    (Item::GbSecond, "Lambda time, x86", "GB-second", 1.0, 0.000_016_666_7),
    (Item::Event, "EventBridge events", "million", 1e6, 1.00),
    (Item::Schedule, "EventBridge Scheduler calls", "million", 1e6, 1.00),
    (Item::Queue, "SQS requests", "million", 1e6, 0.40),
    (Item::Kms, "KMS decryptions", "10,000", 1e4, 0.03),
    (Item::LogGb, "CloudWatch Logs", "GB", 1.0, 0.50),
    (Item::TrafficGb, "Traffic to the internet", "GB", 1.0, 0.09),
    (Item::Mail, "SES mails", "1,000", 1e3, 0.10),
    (Item::Upload, "S3 uploads", "million", 1e6, 5.00),
    (Item::Load, "S3 downloads", "million", 1e6, 0.40),
];
/// Dollars a month: an alarm's metric, a metric of our own, a GB in the table, a GB of its backup,
/// a GB of files.
const ALARM_METRIC: f64 = 0.10;
const OWN_METRIC: f64 = 0.30;
const STORED_GB: f64 = 0.25;
const BACKUP_GB: f64 = 0.20;
const FILES_GB: f64 = 0.023;
/// Alarm metrics that an account has free.
const FREE_ALARM_METRICS: usize = 10;

/// What the units are spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Open,
    Send,
    Mark,
    Ask,
    Socket,
    Stream,
    Notice,
}

const STEPS: [(Step, &str); 7] = [
    (Step::Open, "opening: scripts, guest, lists, conversation, ticket"),
    (Step::Send, "sending"),
    (Step::Mark, "marking as read"),
    (Step::Ask, "asking: the inbox's total and list, pages, what was missed"),
    (Step::Socket, "sockets: connecting, pinging, looking, closing"),
    (Step::Stream, "after a change: totals, search words, events"),
    (Step::Notice, "looking whether a mail is due"),
];

type Counts = BTreeMap<(Step, Item), f64>;

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("a small number"))
}

fn dollars(item: Item, amount: f64) -> f64 {
    let (.., per, price) = PRICES.iter().find(|(priced, ..)| *priced == item).expect("a price");
    amount / per * price
}

fn sum(counts: &Counts, item: Item) -> f64 {
    // Not `sum`, whose nothing is -0.
    counts
        .iter()
        .filter(|((_, counted), _)| *counted == item)
        .fold(0.0, |all, (_, amount)| all + amount)
}

fn total(counts: &Counts) -> f64 {
    counts.iter().map(|((_, item), amount)| dollars(*item, *amount)).sum()
}

fn times(counts: &Counts, factor: f64) -> Counts {
    counts.iter().map(|(key, amount)| (*key, amount * factor)).collect()
}

fn plus(one: &Counts, other: &Counts) -> Counts {
    let mut both = one.clone();
    for (key, amount) in other {
        *both.entry(*key).or_default() += amount;
    }
    both
}

/// The same, with traffic rounded up to half a kilobyte: a header more or less makes no difference.
fn rounded(counts: &Counts) -> Counts {
    let round = |item: Item, amount: f64| {
        if item == Item::TrafficGb { (amount * GB / 500.0).ceil() * 500.0 / GB } else { amount }
    };
    counts.iter().map(|((step, item), amount)| ((*step, *item), round(*item, *amount))).collect()
}

/// A browser tab: it sends requests with credentials, after preflights as browsers do.
struct Browser {
    /// The page's origin, if it is not the API's.
    page: Option<&'static str>,
    credentials: Option<(&'static str, String)>,
    /// The results of preflights by URL: expiry and allowed methods.
    allowed: HashMap<String, (i64, String)>,
}

impl Browser {
    fn new(page: Option<&'static str>, credentials: Option<(&'static str, String)>) -> Self {
        Self { page, credentials, allowed: HashMap::new() }
    }

    fn headers(&self, has_body: bool) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut set = |name: &'static str, value: &str| {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_str(value).expect("a value"),
            )
        };
        set("host", "chat.test");
        set("accept-encoding", "gzip, deflate, br");
        if let Some(page) = self.page {
            set("origin", page);
        }
        if let Some((name, value)) = &self.credentials {
            set(name, value);
        }
        if has_body {
            set("content-type", "application/json");
        }
        headers
    }
}

/// A shop in which every charged unit is counted.
struct Play {
    shop: Shop,
    counts: Counts,
    /// The position up to which the stream was delivered.
    position: Option<String>,
    /// The filters of each follower of the stream, from `template.yaml`.
    followers: Vec<Vec<Value>>,
    /// Events on the bus so far.
    events: usize,
    /// Preflights so far.
    preflights: usize,
    /// Admins who read each conversation.
    team: usize,
}

impl Play {
    async fn begin(team: usize) -> Self {
        let shop = Shop::by_hand(&[("ACTIVITY_SHARDS", "1")]).await;
        shop.wire.measure();
        let clock = &shop.running.app.clock;
        clock.stop();
        // Each run begins at the same time of day, so that its minutes and days are the same.
        clock.advance(86_400_000 - clock.now().millis().rem_euclid(86_400_000) + 9 * 3_600_000);
        let template = template();
        let filters = |function: &str| -> Option<Vec<Value>> {
            let events = template["Resources"][function]["Properties"]["Events"].as_object()?;
            let stream = events.values().find(|event| event["Type"] == "DynamoDB")?;
            let filters = stream["Properties"]["FilterCriteria"]["Filters"].as_array()?.iter();
            Some(
                filters
                    .map(|filter| {
                        serde_json::from_str(filter["Pattern"].as_str().unwrap()).unwrap()
                    })
                    .collect(),
            )
        };
        let activity = filters("ActivityFunction").expect("activity follows the stream");
        let relay = filters("RelayFunction").unwrap_or_else(|| activity.clone());
        shop.wire.measure();
        Self {
            shop,
            counts: Counts::new(),
            position: None,
            followers: vec![activity, relay],
            events: 0,
            preflights: 0,
            team,
        }
    }

    /// The other admins read a conversation. The costs are not counted.
    async fn others_read(&mut self, hash: &str) {
        let counts = self.counts.clone();
        for n in 1..self.team {
            let admin = self.shop.admin(&format!("user_01{n:024}"));
            admin.put(&format!("/admin/chat/channels/{hash}/read"), json!({})).await.ok();
        }
        self.shop.wire.measure();
        Box::pin(self.follow()).await;
        self.counts = counts;
    }

    /// The counts since the last call.
    fn take(&mut self) -> Counts {
        let calls = self.counts.clone();
        for ((step, _), amount) in calls.iter().filter(|((_, item), _)| *item == Item::Call) {
            self.add(*step, Item::GbSecond, amount * CALL_S * CALL_GB);
            if *step != Step::Stream {
                self.add(*step, Item::LogGb, amount * LOG_LINE / GB);
            }
        }
        std::mem::take(&mut self.counts)
    }

    fn add(&mut self, step: Step, item: Item, amount: f64) {
        *self.counts.entry((step, item)).or_default() += amount;
    }

    /// Adds the calls on the wire since the last call.
    fn book(&mut self, step: Step) {
        let wire = self.shop.wire.clone();
        let spent = wire.spent();
        self.add(step, Item::Write, spent.write_units);
        self.add(step, Item::Read, spent.read_units);
        self.add(step, Item::SocketMessage, number(wire.pushes().len()));
        self.add(step, Item::TrafficGb, number(wire.pushed_bytes()) / GB);
        let mails = wire.calls().iter().filter(|call| call.operation == "SendRawEmail").count();
        self.add(step, Item::Mail, number(mails));
        // S3 charges nothing for deletions.
        let loads = wire.calls().iter().filter(|call| call.operation == "GetObject").count();
        self.add(step, Item::Load, number(loads));
        let events = self.shop.running.dev.bus.events().len();
        self.add(step, Item::Event, number(events - self.events));
        self.events = events;
        wire.measure();
    }

    /// Sends a request as a browser does, with a preflight where one is needed.
    async fn ask(
        &mut self,
        step: Step,
        who: &mut Browser,
        call: &str,
        body: Option<Value>,
    ) -> Value {
        let (method, path) = call.split_once(' ').unwrap();
        let is_plain = matches!(method, "GET" | "POST");
        let needs_leave = !is_plain || body.is_some() || who.credentials.is_some();
        let now = self.shop.running.app.clock.now().seconds();
        let is_allowed = who
            .allowed
            .get(path)
            .is_some_and(|(until, methods)| *until > now && (is_plain || methods.contains(method)));
        if who.page.is_some() && needs_leave && !is_allowed {
            let mut headers = Browser::new(who.page, None).headers(false);
            headers.insert("access-control-request-method", HeaderValue::from_str(method).unwrap());
            let mut asked: Vec<&str> = who.credentials.iter().map(|(name, _)| *name).collect();
            asked.extend(body.is_some().then_some("content-type"));
            headers.insert(
                "access-control-request-headers",
                HeaderValue::from_str(&asked.join(",")).unwrap(),
            );
            self.preflights += 1;
            let (answer, _) = Box::pin(self.request(step, "OPTIONS", path, headers, "")).await;
            let text = |name: &str| {
                answer
                    .get(name)
                    .and_then(|value| value.to_str().ok())
                    .unwrap_or_default()
                    .to_owned()
            };
            let allowed = text("access-control-allow-headers").to_lowercase();
            assert!(
                asked.iter().all(|name| allowed.contains(name)),
                "{path}: {asked:?} are not in {allowed}"
            );
            let seconds: i64 =
                text("access-control-max-age").parse().expect("a preflight is kept for a while");
            who.allowed
                .insert(path.to_owned(), (now + seconds, text("access-control-allow-methods")));
        }
        let text = body.as_ref().map(Value::to_string).unwrap_or_default();
        let (_, answer) =
            Box::pin(self.request(step, method, path, who.headers(body.is_some()), &text)).await;
        serde_json::from_slice(&answer).unwrap_or_default()
    }

    /// Sends one request of the HTTP API, and delivers the stream records of its writes.
    async fn request(
        &mut self,
        step: Step,
        method: &str,
        path: &str,
        headers: HeaderMap,
        body: &str,
    ) -> (HeaderMap, Bytes) {
        let (verb, body) =
            (Method::from_bytes(method.as_bytes()).unwrap(), Bytes::from(body.to_owned()));
        let response =
            Box::pin(self.shop.running.gateway.respond(verb, path, &headers, body, "192.0.2.1"))
                .await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        assert!(
            matches!(parts.status.as_u16(), 200 | 204 | 302 | 304),
            "{method} {path}: {} {body:?}",
            parts.status
        );
        let head: usize =
            parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        self.add(step, Item::Http, 1.0);
        self.add(step, Item::Call, 1.0);
        self.add(step, Item::LogGb, ACCESS_LINE / GB);
        self.add(step, Item::TrafficGb, number(head + body.len()) / GB);
        self.book(step);
        Box::pin(self.follow()).await;
        (parts.headers, body)
    }

    /// Delivers the new records that pass Lambda's filters to the followers of the stream: one
    /// batch for the writes of one call.
    async fn follow(&mut self) {
        loop {
            let stream = self.shop.running.stream.clone();
            let (mut batch, Some(last)) =
                stream.batch_after(self.position.clone(), 1_000).await.unwrap()
            else {
                return;
            };
            self.position = Some(last);
            let Value::Array(mut records) = batch["Records"].take() else { return };
            let passes = |filters: &[Value], record: &Value| {
                filters.iter().any(|filter| matches(filter, record))
            };
            let called = self
                .followers
                .iter()
                .filter(|filters| records.iter().any(|record| passes(filters, record)))
                .count();
            records.retain(|record| self.followers.iter().any(|filters| passes(filters, record)));
            if called > 0 {
                self.add(Step::Stream, Item::Call, number(called));
                Box::pin(stream.deliver(json!({ "Records": records }))).await.unwrap();
                self.book(Step::Stream);
            }
        }
    }

    /// Advances the clock and runs due schedules.
    async fn wait(&mut self, seconds: i64) {
        let running = &self.shop.running;
        running.app.clock.advance(seconds * 1_000);
        let waited = running.dev.scheduler.pending();
        Box::pin(running.background.call_due()).await;
        let made =
            self.shop.wire.calls().iter().filter(|call| call.operation == "CreateSchedule").count();
        let called = number(waited + made - running.dev.scheduler.pending());
        self.add(Step::Notice, Item::Schedule, called);
        self.add(Step::Notice, Item::Call, called);
        self.book(Step::Notice);
        Box::pin(self.follow()).await;
    }

    /// Opens a socket with a fresh ticket.
    async fn connect(&mut self, who: &mut Browser, scope: &str) -> Socket {
        let ticket =
            self.ask(Step::Open, who, &format!("POST /{scope}/chat/realtime/ticket"), None).await;
        let offered = format!("chat.v1, t.{}", ticket["ticket"].as_str().expect("a ticket"));
        let opened =
            Socket::open(ticket["url"].as_str().unwrap(), &[("sec-websocket-protocol", &offered)])
                .await;
        let mut socket = opened.expect("the socket opens");
        if scope == "store" {
            socket.next_presence().await;
        }
        self.add(Step::Socket, Item::Call, 1.0);
        self.book(Step::Socket);
        socket
    }

    /// Looks at a conversation, and waits for its member's presence.
    async fn look(&mut self, socket: &mut Socket, hash: &str) {
        socket.send(&hint("looking", hash)).await;
        socket.next_presence().await;
        self.add(Step::Socket, Item::SocketMessage, 1.0);
        self.add(Step::Socket, Item::Call, 1.0);
        self.book(Step::Socket);
    }

    /// Sends frames of a member. The last one is a ping: the presence after its response shows that
    /// all were handled.
    async fn frames_of_member(&mut self, socket: &mut Socket, frames: &[String]) {
        for frame in frames {
            socket.send(frame).await;
            self.add(Step::Socket, Item::SocketMessage, 1.0);
            self.add(Step::Socket, Item::Call, 1.0);
        }
        socket.next_presence().await;
        self.book(Step::Socket);
    }

    /// Sends frames. The last one is a ping: its response shows that all were handled.
    async fn frames(&mut self, socket: &mut Socket, frames: &[String]) {
        for frame in frames {
            socket.send(frame).await;
            self.add(Step::Socket, Item::SocketMessage, 1.0);
            self.add(Step::Socket, Item::Call, 1.0);
        }
        socket.next_of("pong").await;
        self.book(Step::Socket);
    }

    /// Closes a member's socket; `looker` is the one of staff who looks at their conversation.
    async fn close(&mut self, socket: Socket, looker: &mut Socket) {
        drop(socket);
        looker.next_presence().await;
        let wire = self.shop.wire.clone();
        let count = |name: &str| wire.calls().iter().filter(|call| call.operation == name).count();
        let forgotten = async || count("DeleteItem") == 2 && count("Query") > 0;
        until("the connection is forgotten", forgotten).await;
        self.add(Step::Socket, Item::Call, 1.0);
        self.book(Step::Socket);
    }

    /// The bytes of the chat table in DynamoDB, its indexes included.
    async fn stored(&self) -> usize {
        let table = &self.shop.running.app.config.layout.chat_table;
        let items = self.shop.database().scan().table_name(table).send().await.unwrap();
        assert!(items.last_evaluated_key.is_none(), "one page");
        let schema = store::TABLES.iter().find(|schema| schema.stream).expect("the chat table");
        let mut bytes = 0;
        for item in items.items() {
            bytes += ITEM_OVERHEAD
                + item.iter().map(|(name, value)| name.len() + size(value)).sum::<usize>();
            for index in schema.indexes {
                let mut keys = vec!["pk", "sk", index.hash.0];
                keys.extend(index.range.map(|(name, _)| name));
                if keys.iter().all(|key| item.contains_key(*key)) {
                    bytes += ITEM_OVERHEAD
                        + keys.iter().map(|key| key.len() + size(&item[*key])).sum::<usize>();
                }
            }
        }
        bytes
    }
}

/// Whether a record passes a filter of Lambda. Supports only the forms that our filters use.
fn matches(filter: &Value, value: &Value) -> bool {
    match filter {
        Value::Object(fields) => fields.iter().all(|(name, inner)| matches(inner, &value[name])),
        Value::Array(choices) => choices.iter().any(|choice| match choice["exists"].as_bool() {
            Some(exists) => exists != value.is_null(),
            None => choice == value,
        }),
        _ => panic!("a filter of another form: {filter}"),
    }
}

/// An attribute's size as DynamoDB counts it.
fn size(value: &aws_sdk_dynamodb::types::AttributeValue) -> usize {
    use aws_sdk_dynamodb::types::AttributeValue::{B, L, M, N, S};
    match value {
        S(text) => text.len(),
        N(digits) => digits.len().div_ceil(2) + 1,
        B(bytes) => bytes.as_ref().len(),
        L(list) => 3 + list.iter().map(|inner| 1 + size(inner)).sum::<usize>(),
        M(map) => 3 + map.iter().map(|(name, inner)| 1 + name.len() + size(inner)).sum::<usize>(),
        _ => 1,
    }
}

const PING: &str = r#"{"action":"ping"}"#;

/// A frame with a user's action in a channel.
fn hint(action: &str, hash: &str) -> String {
    json!({ "action": action, "channel_hash": hash.replace("%3A", ":") }).to_string()
}

/// The path of the panel's script, from the launcher.
async fn panel(play: &Play) -> String {
    let script = play.shop.nobody().get("/chat/widget.js").await.text;
    let at = script.find("assets/").expect("the folder of what is kept for good");
    let version =
        script[at..].split('/').nth(1).expect("a version").trim_end_matches(['"', '`', '\'']);
    format!("/chat/assets/{version}/panel.js")
}

/// A tab with the inbox.
struct Inbox {
    browser: Browser,
    socket: Socket,
}

impl Inbox {
    async fn open(play: &mut Play) -> Self {
        let now = play.shop.running.app.clock.now();
        let mut browser = Browser::new(
            None,
            Some(("authorization", format!("Bearer {}", local::admin_token("user_1", now)))),
        );
        let (_, page) =
            play.request(Step::Open, "GET", "/app/chat", browser.headers(false), "").await;
        let page = String::from_utf8_lossy(&page).into_owned();
        for address in page.split('"').filter(|part| part.starts_with("/chat/assets/")) {
            play.request(Step::Open, "GET", address, browser.headers(false), "").await;
        }
        play.ask(Step::Open, &mut browser, "GET /admin/chat/channels?limit=50", None).await;
        let socket = play.connect(&mut browser, "admin").await;
        Self { browser, socket }
    }
}

/// Every inbox requests its total, as it does when no push has followed for a moment.
async fn settle(play: &mut Play, tabs: &mut [Inbox]) {
    for tab in tabs {
        play.ask(Step::Ask, &mut tab.browser, "GET /admin/chat/messages/unread-count", None).await;
    }
}

/// Plays a conversation, from a new member's first click until the member leaves. Returns the
/// number of preflights up to the response to the first message.
#[expect(clippy::too_many_lines, reason = "a story that reads top down")]
async fn conversation(play: &mut Play, customer: Option<&str>, staff: &mut [Inbox]) -> usize {
    let (preflights, mut first) = (play.preflights, 0);
    let began = play.shop.running.app.clock.now();
    let token = customer
        .map(|id| ("authorization", format!("Bearer {}", local::customer_token(id, began))));
    let mut own = Browser::new(Some(STOREFRONT), token);

    // The page, the click, the first character.
    let panel = panel(play).await;
    play.request(Step::Open, "GET", "/chat/widget.js", own.headers(false), "").await;
    if customer.is_some() {
        play.ask(Step::Open, &mut own, "GET /store/chat/messages/unread-count", None).await;
    }
    play.request(Step::Open, "GET", &panel, own.headers(false), "").await;
    if customer.is_some() {
        play.ask(Step::Open, &mut own, "GET /store/chat/channels?limit=100", None).await;
    }
    play.ask(Step::Open, &mut own, "GET /store/chat/reply-time", None).await;
    if customer.is_none() {
        let guest = play.ask(Step::Open, &mut own, "POST /store/chat/guest", None).await;
        own.credentials =
            Some(("x-guest-id-for-live-chat", guest["guest_id"].as_str().unwrap().to_owned()));
    }
    let opened = play.ask(Step::Open, &mut own, "POST /store/chat/channels", Some(json!({}))).await;
    let hash = opened["channel"]["channel_hash"].as_str().unwrap().replace(':', "%3A");
    play.ask(Step::Open, &mut own, &format!("GET /store/chat/messages/{hash}?limit=50"), None)
        .await;
    let mut socket = play.connect(&mut own, "store").await;
    let missed = |scope: &str, after: u32| {
        format!("GET /{scope}/chat/channels/{hash}/events?after={after}&limit=100")
    };
    play.ask(Step::Ask, &mut own, &missed("store", 0), None).await;

    for seq in 1..=MESSAGES {
        let is_theirs = seq % 2 == 1;
        let (writer, reader, scope, other) = if is_theirs {
            (&mut own, &mut staff[0].browser, "store", "admin")
        } else {
            (&mut staff[0].browser, &mut own, "admin", "store")
        };
        let message = json!({
            "body": "x".repeat(LENGTH),
            "type": "text",
            "client_message_id": format!("client-message-{seq:020}"),
        });
        play.ask(Step::Send, writer, &format!("POST /{scope}/chat/messages/{hash}"), Some(message))
            .await;
        if seq == 1 {
            first = play.preflights - preflights;
        }
        play.wait(READ_S).await;
        if seq == 1 {
            // The widget's second catch-up after opening the socket. The inbox loads the new
            // conversation.
            play.ask(Step::Ask, writer, &missed("store", 1), None).await;
            play.ask(
                Step::Open,
                reader,
                &format!("GET /admin/chat/messages/{hash}?limit=50"),
                None,
            )
            .await;
            // The inbox shows a customer's orders beside it. The shop has none of a guest.
            let member = hash.rsplit("%3A").next().unwrap_or_default();
            if !member.starts_with("guest_") {
                let orders = format!("GET /admin/chat/shop/customers/{member}");
                play.ask(Step::Open, reader, &orders, None).await;
            }
            for tab in staff.iter_mut() {
                play.ask(
                    Step::Ask,
                    &mut tab.browser,
                    &format!("GET /admin/chat/channels?limit=100&search={hash}"),
                    None,
                )
                .await;
                play.ask(Step::Ask, &mut tab.browser, "GET /admin/chat/channels?limit=50", None)
                    .await;
            }
        }
        if seq == 1 {
            play.others_read(&hash).await;
        }
        let reader = if is_theirs { &mut staff[0].browser } else { &mut own };
        play.ask(
            Step::Mark,
            reader,
            &format!("PUT /{other}/chat/channels/{hash}/read"),
            Some(json!({ "seq": seq })),
        )
        .await;
        // From which page it was sent: the inbox asks for that every five minutes at most.
        if ASKS_PAGE.contains(&seq) {
            let path = format!("GET /admin/chat/messages/{hash}?cursor={}&limit=1", seq + 1);
            play.ask(Step::Ask, &mut staff[0].browser, &path, None).await;
        }
        play.wait(READ_S).await;
        settle(play, staff).await;
        if seq % PING_EVERY == 0 {
            play.frames_of_member(&mut socket, &[PING.to_owned()]).await;
            play.ask(Step::Ask, &mut own, &missed("store", seq), None).await;
            play.look(&mut staff[0].socket, &hash).await;
            for tab in staff.iter_mut() {
                play.frames(&mut tab.socket, &[PING.to_owned()]).await;
            }
            play.ask(Step::Ask, &mut staff[0].browser, &missed("admin", seq), None).await;
        }
        play.wait(PACE_S - 2 * READ_S).await;
    }
    play.close(socket, &mut staff[0].socket).await;
    let minutes = play.shop.running.app.clock.now().since(began) / 60_000;
    let minutes = number(usize::try_from(minutes).unwrap());
    play.add(Step::Socket, Item::SocketMinute, minutes * number(1 + staff.len()));
    first
}

/// All counts.
struct Counted {
    /// Of a message, on average.
    message: Counts,
    /// Of a guest and of a customer, up to the response to the first message.
    preflights: [usize; 2],
    /// Bytes that a message leaves in the table.
    stored: f64,
    page_view: Counts,
    known_page_view: Counts,
    typing: Counts,
    mail: Counts,
    photo: Counts,
    meeting: Counts,
    digest: Counts,
    inbox_opened: Counts,
    inbox_ping: Counts,
}

/// Opens the inbox in this many tabs. The costs are counted separately.
async fn open_inboxes(play: &mut Play, tabs: usize) -> (Vec<Inbox>, Counts) {
    let mut staff = Vec::new();
    for _ in 0..tabs {
        staff.push(Box::pin(Inbox::open(play)).await);
        play.wait(1).await;
    }
    let opened = times(&play.take(), 1.0 / number(tabs));
    (staff, opened)
}

/// Plays all conversations. Returns the counts of a message, and the preflights of each
/// conversation.
async fn messages(play: &mut Play, staff: &mut [Inbox]) -> (Counts, [usize; 2]) {
    let mut preflights = [0; 2];
    for (customer, first) in [None, Some("cus_1")].into_iter().zip(&mut preflights) {
        *first = Box::pin(conversation(play, customer, staff)).await;
        // The last check of a notice.
        play.wait(PACE_S).await;
    }
    (rounded(&times(&play.take(), 1.0 / f64::from(MESSAGES * CONVERSATIONS))), preflights)
}

/// The counts of a message in a conversation that this many admins have read.
async fn message_of_team(team: usize) -> Counts {
    let mut play = Play::begin(team).await;
    let (mut staff, _) = open_inboxes(&mut play, STAFF_TABS).await;
    messages(&mut play, &mut staff).await.0
}

/// A customer uploads and sends a photo, and both sides load it.
async fn photo(play: &mut Play, own: &mut Browser, staff: &mut Browser, hash: &str) -> Counts {
    let mut content = harness::PNG.to_vec();
    content.resize(PHOTO, 0);
    let file = json!({
        "channel_hash": hash.replace("%3A", ":"),
        "name": "photo.png",
        "content_type": "image/png",
        "size": PHOTO,
    });
    let announced = play.ask(Step::Send, own, "POST /store/chat/files", Some(file)).await;
    assert_eq!(harness::put(&announced["upload"], &content).await, 200);
    play.add(Step::Send, Item::Upload, 1.0);
    let id = announced["file"]["id"].as_str().unwrap();
    let path = format!("POST /store/chat/files/{id}");
    let ready = play.ask(Step::Send, own, &path, None).await;
    let link = ready["file"]["url"].as_str().unwrap().strip_prefix(&play.shop.running.url).unwrap();
    let message = json!({ "attachments": [id], "client_message_id": "client-message-photo" });
    play.ask(Step::Send, own, &format!("POST /store/chat/messages/{hash}"), Some(message)).await;
    for reader in [own, staff] {
        play.request(Step::Open, "GET", link, reader.headers(false), "").await;
        play.add(Step::Open, Item::Load, 1.0);
        play.add(Step::Open, Item::TrafficGb, number(PHOTO) / GB);
    }
    rounded(&play.take())
}

/// Staff proposes a meeting to a customer who is away. An hour before it both sides are looked at.
async fn meeting(play: &mut Play, staff: &mut Browser, hash: &str) -> Counts {
    let now = play.shop.running.app.clock.now();
    let starts = now.plus_millis(2 * HOUR_S * 1_000);
    let message = json!({
        "body": "Shall we meet?",
        "type": "meeting",
        "meeting": {
            "starts_at": starts.to_string(),
            "ends_at": starts.plus_millis(HOUR_S * 1_000).to_string(),
            "title": "Fitting",
        },
    });
    let path = format!("POST /admin/chat/messages/{hash}");
    play.ask(Step::Send, staff, &path, Some(message)).await;
    play.wait(PACE_S + 1).await;
    play.wait(HOUR_S).await;
    let counts = rounded(&play.take());
    assert!(sum(&counts, Item::Schedule) >= 3.0, "a notice and two reminders");
    counts
}

async fn count(staff_tabs: usize) -> Counted {
    let mut play = Play::begin(TEAMS[0]).await;
    let (mut staff, inbox_opened) = open_inboxes(&mut play, staff_tabs).await;
    play.frames(&mut staff[1].socket, &[PING.to_owned()]).await;
    let inbox_ping = play.take();

    let before = play.stored().await;
    let (message, preflights) = messages(&mut play, &mut staff).await;
    let stored = number(play.stored().await - before) / f64::from(MESSAGES * CONVERSATIONS);

    let summary =
        digest::handle(Digest::new(&play.shop.running.app), Value::Null).await.expect("a run");
    assert_eq!(summary, digest::Summary::default(), "everything was read");
    play.add(Step::Notice, Item::Call, 1.0);
    play.add(Step::Notice, Item::Schedule, 1.0);
    play.book(Step::Notice);
    let digest = play.take();

    // Pages of the storefront in a browser that has the script in its cache.
    let mut browser = Browser::new(Some(STOREFRONT), None);
    let (answer, _) =
        play.request(Step::Open, "GET", "/chat/widget.js", browser.headers(false), "").await;
    play.take();
    let mut headers = browser.headers(false);
    headers.insert("if-none-match", answer["etag"].clone());
    play.request(Step::Open, "GET", "/chat/widget.js", headers, "").await;
    let page_view = rounded(&play.take());
    let token = local::customer_token("cus_1", play.shop.running.app.clock.now());
    browser.credentials = Some(("authorization", format!("Bearer {token}")));
    play.ask(Step::Open, &mut browser, "GET /store/chat/messages/unread-count", None).await;
    let known_page_view = plus(&page_view, &rounded(&play.take()));

    // The customer types, and staff sees it.
    let mut socket = play.connect(&mut browser, "store").await;
    // Staff still looks at their conversation.
    staff[0].socket.next_presence().await;
    play.book(Step::Socket);
    play.take();
    play.frames_of_member(&mut socket, &[PING.to_owned()]).await;
    let ping = play.take();
    let hash = harness::hash_with_admin("cus_1");
    play.frames_of_member(&mut socket, &[hint("typing", &hash), PING.to_owned()]).await;
    let typing = rounded(&plus(&play.take(), &times(&ping, -1.0)));
    play.close(socket, &mut staff[0].socket).await;

    // The customer is offline when an answer arrives.
    let answer = json!({ "body": "x".repeat(LENGTH) });
    play.ask(
        Step::Send,
        &mut staff[0].browser,
        &format!("POST /admin/chat/messages/{hash}"),
        Some(answer),
    )
    .await;
    play.take();
    play.wait(PACE_S + 1).await;
    let mail = rounded(&play.take());
    assert!(sum(&mail, Item::Mail) > 0.0, "no mail was sent");
    let photo = Box::pin(photo(&mut play, &mut browser, &mut staff[0].browser, &hash)).await;
    let meeting = Box::pin(meeting(&mut play, &mut staff[0].browser, &hash)).await;
    Counted {
        message,
        preflights,
        stored,
        page_view,
        known_page_view,
        typing,
        mail,
        photo,
        meeting,
        digest,
        inbox_opened,
        inbox_ping,
    }
}

/// Number of secrets that running functions read every five minutes, each with a KMS decryption:
/// those of the functions of a conversation, or of the digest.
fn secrets(of_digest: bool) -> f64 {
    let template = template();
    let needed = |name: &&String| match name.as_str() {
        "DigestFunction" => of_digest,
        // It runs only where files are sent.
        "FilesFunction" => false,
        _ => !of_digest,
    };
    let of = |properties: &Value| {
        let variables =
            properties["Environment"]["Variables"].as_object().cloned().unwrap_or_default();
        variables.keys().filter(|name| name.ends_with("_PARAMETER")).count()
    };
    number(
        functions(&template)
            .iter()
            .filter(|(name, _)| needed(name))
            .map(|(_, properties)| of(properties))
            .sum(),
    )
}

/// KMS decryptions of a month: each conversation starts all functions, or all run all month.
fn decryptions(messages: f64) -> f64 {
    let minutes = f64::from(MESSAGES) * number(usize::try_from(PACE_S).unwrap()) / 60.0;
    let alone = secrets(false) * (1.0 + minutes / SECRET_MIN) * messages / f64::from(MESSAGES);
    alone.min(secrets(false) * COPIES * DAYS * 24.0 * 60.0 / SECRET_MIN)
}

/// The functions that a schedule calls daily.
fn daily_functions() -> Vec<String> {
    let template = template();
    let calls = |properties: &Value| {
        properties["Events"]
            .as_object()
            .is_some_and(|events| events.values().any(|event| event["Type"] == "ScheduleV2"))
    };
    functions(&template)
        .into_iter()
        .filter(|(_, properties)| calls(properties))
        .map(|(name, _)| name)
        .collect()
}

/// The numbers of alarms and of their metrics.
fn alarms() -> (usize, usize) {
    let alarms = resources(&template(), "AWS::CloudWatch::Alarm");
    let mut metrics = 0;
    for alarm in alarms.values() {
        metrics += match alarm["Metrics"].as_array() {
            Some(list) => list.iter().filter(|metric| metric["MetricStat"].is_object()).count(),
            None => 1,
        };
    }
    (alarms.len(), metrics)
}

/// The items of the summary's columns, and their headings.
const COLUMNS: [(&str, &[Item]); 4] = [
    ("DynamoDB", &[Item::Write, Item::Read]),
    ("HTTP API, WebSockets", &[Item::Http, Item::SocketMessage, Item::SocketMinute]),
    ("Lambda", &[Item::Call, Item::GbSecond]),
    (
        "events, schedules, keys, logs, traffic",
        &[Item::Event, Item::Schedule, Item::Queue, Item::Kms, Item::LogGb, Item::TrafficGb],
    ),
];

/// The costs of a month, by the columns of the summary.
fn month(message: &Counts, idle: &Counts, messages: f64) -> Vec<f64> {
    let all = plus(&times(message, messages), idle);
    let column = |items: &[Item]| -> f64 {
        let amount = |item: &Item| {
            if *item == Item::Kms {
                decryptions(messages) + sum(idle, *item)
            } else {
                sum(&all, *item)
            }
        };
        items.iter().map(|item| dollars(*item, amount(item))).sum()
    };
    COLUMNS.iter().map(|(_, items)| column(items)).collect()
}

/// Dollars: to the cent, small amounts to two digits.
fn money(amount: f64) -> String {
    match amount.abs() {
        0.0 => "0".to_owned(),
        size if size >= 100.0 => format!("{amount:.0}"),
        size if size >= 10.0 => format!("{amount:.1}"),
        size if size >= 0.1 => format!("{amount:.2}"),
        size if size >= 0.01 => format!("{amount:.3}"),
        size if size >= 0.000_05 => format!("{amount:.4}"),
        _ => "below 0.0001".to_owned(),
    }
}

fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let from_end = digits.chars().rev().enumerate();
    let mut text: String = from_end
        .flat_map(|(at, digit)| (at > 0 && at % 3 == 0).then_some(',').into_iter().chain([digit]))
        .collect();
    text = text.chars().rev().collect();
    text
}

/// A paragraph in lines of at most 100 characters, as prettier sets it.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("a line");
        if line.len() + 1 + word.len() > 100 {
            lines.push(word.to_owned());
        } else {
            line.extend((!line.is_empty()).then_some(' '));
            line.push_str(word);
        }
    }
    format!("\n{}\n", lines.join("\n"))
}

/// Everything between the marks in the document. `messages` has the counts of a message by team.
#[expect(clippy::too_many_lines, reason = "a document that reads top down")]
fn report(counted: &Counted, one_more_tab: &Counts, messages: &[(usize, Counts)]) -> String {
    let mut text = String::new();
    let message = &counted.message;
    let million = 1e6;
    let daily = number(daily_functions().len());
    // The digest's run is counted. The other daily calls find an empty queue.
    let mut day = counted.digest.clone();
    for (item, amount) in [
        (Item::Call, 1.0),
        (Item::Schedule, 1.0),
        (Item::Queue, 1.0),
        (Item::GbSecond, CALL_S * CALL_GB),
        (Item::LogGb, LOG_LINE / GB),
    ] {
        *day.entry((Step::Notice, item)).or_default() += amount * (daily - 1.0);
    }
    day.insert((Step::Notice, Item::Kms), secrets(true));
    let idle = times(&day, DAYS);

    let headings: Vec<_> = COLUMNS.iter().map(|(heading, _)| *heading).collect();
    let _ = writeln!(
        text,
        "| Messages a month | Bill | {} |\n| --- | --- {}|",
        headings.join(" | "),
        "| --- ".repeat(COLUMNS.len())
    );
    for messages in [0.0, 1e3, 1e4, 1e5, 1e6, 1e7] {
        let columns = month(message, &idle, messages);
        let bill: f64 = columns.iter().sum();
        let name = if messages == 0.0 { "none".to_owned() } else { thousands(messages) };
        let columns: Vec<_> = columns.into_iter().map(money).collect();
        let _ = writeln!(text, "| {name} | **{}** | {} |", money(bill), columns.join(" | "));
    }

    let a_million = month(message, &Counts::new(), million).iter().sum::<f64>();
    let kms = decryptions(million) / million;
    let _ = writeln!(
        text,
        "\n## A message\n\n|  | a message | price | dollars a million |\n| --- | --- | --- | --- |"
    );
    for (item, what, unit, _, price) in PRICES {
        let amount = if item == Item::Kms { kms } else { sum(message, item) };
        if amount == 0.0 {
            continue;
        }
        let shown = match item {
            Item::LogGb | Item::TrafficGb => format!("{:.1} KB", amount * GB / 1e3),
            Item::GbSecond => format!("{amount:.3}"),
            _ => format!("{amount:.2}"),
        };
        let price =
            if item == Item::GbSecond { format!("{price:.10}") } else { format!("{price}") };
        let _ = writeln!(
            text,
            "| {what} | {shown} | {price} a {unit} | {:.2} |",
            dollars(item, amount) * million
        );
    }
    let _ = writeln!(text, "|  |  |  | **{a_million:.2}** |");

    let [guest, customer] = counted.preflights;
    text += &wrapped(&format!(
        "Preflights are among the HTTP requests and Lambda calls: {guest} up to a guest's first \
         message, {customer} up to a customer's."
    ));
    let _ = writeln!(
        text,
        "\nWhere they go, a message:\n\n|  | HTTP requests | Lambda calls | WebSocket messages \
         | write units | read units | dollars a million |\n\
         | --- | --- | --- | --- | --- | --- | --- |"
    );
    for (step, what) in STEPS {
        let own: Counts = message
            .iter()
            .filter(|((at, _), _)| *at == step)
            .map(|(key, amount)| (*key, *amount))
            .collect();
        let _ = write!(text, "| {what} ");
        for item in [Item::Http, Item::Call, Item::SocketMessage, Item::Write, Item::Read] {
            let _ = write!(text, "| {:.2} ", sum(&own, item));
        }
        let _ = writeln!(text, "| {:.2} |", total(&own) * million);
    }

    text += "\n## A team\n";
    text += &wrapped(
        "All other tables are for a conversation that one admin has read. Each admin who reads it \
         leaves a mark in the item that every message writes.",
    );
    text += "\n| Admins who have read | write units a message | read units a message \
             | dollars a million |\n| --- | --- | --- | --- |\n";
    for (team, message) in messages {
        let (write, read) = (sum(message, Item::Write), sum(message, Item::Read));
        let _ = writeln!(
            text,
            "| {team} | {write:.2} | {read:.2} | {:.2} |",
            month(message, &Counts::new(), million).iter().sum::<f64>()
        );
    }

    let inbox = plus(
        &counted.inbox_opened,
        &plus(
            &times(&counted.inbox_ping, INBOX_HOURS * PINGS_PER_HOUR),
            &plus(
                &times(&counted.inbox_opened, (INBOX_HOURS / SOCKET_HOURS).floor()),
                &Counts::from([((Step::Socket, Item::SocketMinute), INBOX_HOURS * 60.0)]),
            ),
        ),
    );
    let events = dollars(Item::Event, sum(message, Item::Event)) * million;
    let (alarms, metrics) = alarms();
    let paid = number(metrics.saturating_sub(FREE_ALARM_METRICS)) * ALARM_METRIC;
    // In hundreds: items that hold several conversations differ by a few bytes from run to run.
    let stored = (counted.stored / 100.0).ceil() * 100.0;
    let kept = stored * million / GB * (STORED_GB + BACKUP_GB);
    let _ = writeln!(text, "\n## What changes it\n\n|  | dollars |\n| --- | --- |");
    let mut line = |what: &str, amount: f64| {
        writeln!(text, "| {what} | {} |", money(amount)).expect("written");
    };
    line("one more tab with the inbox open, a million messages", total(one_more_tab) * million);
    line("the bus switched off (`PublishEvents=false`), a million messages", -events);
    line(
        "a million typing frames: one each three seconds while somebody types",
        total(&counted.typing) * million,
    );
    line("a thousand notices by mail, everything included", total(&counted.mail) * 1e3);
    line(
        "a thousand photos of 400 KB: uploaded, sent, and loaded by both sides",
        total(&counted.photo) * 1e3,
    );
    line(
        "a thousand meetings, proposed by staff, with the reminders to both sides",
        total(&counted.meeting) * 1e3,
    );
    line("a month of a thousand stored photos", number(PHOTO) * 1e3 / GB * FILES_GB);
    line(
        "a million pages of the storefront, of people who do not chat",
        total(&counted.page_view) * million,
    );
    line(
        "a million pages, of customers and of guests who have written",
        total(&counted.known_page_view) * million,
    );
    line(
        "a tab with the inbox, open for a working month, without a message",
        total(&inbox) * INBOX_DAYS,
    );
    line(
        &format!(
            "a month of a million stored messages, {} bytes each, with their backup",
            thousands(stored)
        ),
        kept,
    );
    line(
        &format!(
            "a month of alarms (`AlarmEmail`): {alarms} over {metrics} metrics, \
             {FREE_ALARM_METRICS} of them free"
        ),
        paid,
    );
    line("a month of each metric of our own that had something to count", OWN_METRIC);
    text
}

#[tokio::test]
async fn the_document_shows_the_counts() {
    let counted = Box::pin(count(STAFF_TABS)).await;
    let more = Box::pin(count(STAFF_TABS + 1)).await;
    let one_more_tab = plus(&more.message, &times(&counted.message, -1.0));
    let mut messages = vec![(TEAMS[0], counted.message.clone())];
    for team in &TEAMS[1..] {
        messages.push((*team, Box::pin(message_of_team(*team)).await));
    }
    let report = report(&counted, &one_more_tab, &messages);
    let path = file("docs/cost.md");
    let written = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = written.split_once(BEGIN).expect("the document has the first mark");
    let (_, after) = rest.split_once(END).expect("the document has the last mark");
    let fresh = format!("{before}{BEGIN}\n\n{report}\n{END}{after}");
    if update() {
        std::fs::write(&path, &fresh).unwrap();
    } else {
        assert!(
            written == fresh,
            "docs/cost.md is stale: UPDATE=1 cargo test --workspace --test contract cost\n{report}"
        );
    }
}
