//! A shop in a test: the whole system in this process, clients that speak the product's language,
//! and a wire to AWS that counts the calls and injects faults.

mod client;
mod files;
mod socket;
mod wire;

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::shared::IntoShared;
use local::dev::outbox::Mail;
use local::{Options, Running, SocketLimits};
use serde_json::Value;

pub use axum::http::HeaderValue;
pub use client::{Client, Reply};
pub use files::{PNG, put};
pub use socket::Socket;
pub use wire::{Call, Fault, PushFault, Sent, Spent, Wire};

/// A running shop. Every test has its own.
pub struct Shop {
    /// The system.
    pub running: Running,
    /// The wire between our code and AWS.
    pub wire: Wire,
    guests: AtomicU32,
}

impl Shop {
    /// An empty shop with the default configuration, but without limits, which most tests would
    /// reach.
    pub async fn open() -> Self {
        Self::with(&[]).await
    }

    /// A shop with these settings.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        Self::start(settings, true, SocketLimits::default()).await
    }

    /// A shop with these limits of a socket's life.
    pub async fn with_socket_limits(limits: SocketLimits) -> Self {
        Self::start(&[], true, limits).await
    }

    /// A shop with these settings. The test delivers the stream and calls the schedules.
    pub async fn by_hand(settings: &[(&str, &str)]) -> Self {
        Self::start(settings, false, SocketLimits::default()).await
    }

    /// A shop whose stream the test delivers.
    pub async fn with_idle_stream() -> Self {
        Self::start(&[], false, SocketLimits::default()).await
    }

    /// A shop with these settings whose clock moves only by `advance`, so that a slow machine does
    /// not exceed limits of seconds.
    pub async fn with_stopped_clock(settings: &[(&str, &str)]) -> Self {
        let shop = Self::with(settings).await;
        shop.running.app.clock.stop();
        shop
    }

    async fn start(settings: &[(&str, &str)], follow: bool, socket_limits: SocketLimits) -> Self {
        let unlimited = [
            "STORE_SENDS_PER_MINUTE",
            "STORE_SEND_BURST",
            "GUEST_OPENS_PER_HOUR",
            "CUSTOMER_OPENS_PER_HOUR",
            "STORE_CHANNELS_MAX",
            "GUESTS_PER_HOUR",
            "GUEST_RENAMES_PER_HOUR",
            "STORE_FILES_PER_HOUR",
        ];
        let mut all: HashMap<String, String> =
            unlimited.iter().map(|name| ((*name).to_owned(), "1000000".to_owned())).collect();
        all.insert("CHANNELS_HELD_MAX".to_owned(), "1000".to_owned());
        // More than a shop begins with, so that every list is merged from several.
        all.insert("ACTIVITY_SHARDS".to_owned(), "4".to_owned());
        all.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let wire = Wire::default();
        // The SDK's own retries, with shorter pauses.
        let (http_client, longest_pause) =
            (Some(wire.clone().into_shared()), Some(Duration::from_millis(2)));
        let options = Options {
            settings: all,
            http_client,
            longest_pause,
            follow,
            socket_limits,
            ..Options::in_memory()
        };
        let running = local::start(options).await.expect("the shop starts");
        wire.reset();
        Self { running, wire, guests: AtomicU32::new(0) }
    }

    /// A customer with a valid token.
    pub fn customer(&self, id: &str) -> Client {
        self.nobody().with_token(&local::customer_token(id, self.running.app.clock.now()))
    }

    /// An admin with a valid token.
    pub fn admin(&self, id: &str) -> Client {
        let token = local::admin_token(id, self.running.app.clock.now());
        self.nobody().with_token(&token).as_admin()
    }

    /// A new guest.
    pub fn guest(&self) -> Client {
        let number = self.guests.fetch_add(1, Ordering::Relaxed);
        self.nobody().with_guest_secret(&format!("guest-secret-{number:04}-abcdefghijklm"))
    }

    /// A socket of this client, opened with a fresh ticket. A member's has received the staff's
    /// presence, which is pushed after connecting.
    pub async fn socket(&self, client: &Client, scope: &str) -> Socket {
        let mut socket = self.new_socket(client, scope).await;
        if scope == "store" {
            socket.next_presence().await;
        }
        socket
    }

    /// The same, as soon as the socket is open.
    pub async fn new_socket(&self, client: &Client, scope: &str) -> Socket {
        let ticket = client
            .post(&format!("/{scope}/chat/realtime/ticket"), serde_json::json!({}))
            .await
            .ok();
        let offered = format!("chat.v1, t.{}", ticket["ticket"].as_str().expect("a ticket"));
        Socket::open(
            ticket["url"].as_str().expect("a url"),
            &[("sec-websocket-protocol", &offered)],
        )
        .await
        .expect("the socket opens")
    }

    /// A caller without credentials.
    pub fn nobody(&self) -> Client {
        Client::new(self.running.gateway.clone())
    }

    /// A client of the database that bypasses our code and the wire.
    pub fn database(&self) -> aws_sdk_dynamodb::Client {
        let mut aws = self.running.app.config.aws.clone();
        aws.http_client = None;
        let endpoint = aws.endpoints.dynamodb.clone();
        aws_sdk_dynamodb::Client::new(&aws.sdk(endpoint.as_deref(), app::aws::SERVICE))
    }

    /// Waits until the whole stream is delivered.
    pub async fn settle(&self) {
        until("the stream comes to rest", async || {
            self.running.stream.is_drained().await.expect("the stream")
        })
        .await;
    }

    /// Moves the clock and runs everything that is due by then.
    pub async fn advance(&self, seconds: i64) {
        self.running.background.advance(seconds).await;
    }

    /// All mails, the newest last.
    pub fn mails(&self) -> Vec<Mail> {
        self.running.dev.outbox.mails()
    }

    /// The mails to an address, the newest last.
    pub fn mails_to(&self, address: &str) -> Vec<Mail> {
        self.mails().into_iter().filter(|mail| mail.to == [address]).collect()
    }

    /// Delivers the whole stream once, from its beginning. A batch that fails is delivered again,
    /// as Lambda does: on a busy machine contention may outlast the retries.
    pub async fn deliver_all(&self) {
        let mut position = None;
        loop {
            let (batch, last) =
                self.running.stream.batch_after(position.clone(), 100).await.expect("the stream");
            if last.is_none() {
                return;
            }
            let mut delivered = self.running.stream.deliver(batch.clone()).await;
            for _ in 1..DELIVERIES {
                if delivered.is_ok() {
                    break;
                }
                delivered = self.running.stream.deliver(batch.clone()).await;
            }
            delivered.expect("delivered");
            position = last;
        }
    }
}

/// How often a batch of the stream is delivered at most.
const DELIVERIES: u32 = 10;

/// Waits until a condition holds. The limit only ends a run in which it never does.
pub async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    const LIMIT: Duration = Duration::from_mins(2);
    let held = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(LIMIT, held).await.is_ok(), "not within {LIMIT:?}: {what}");
}

/// The hash of a customer's or guest's channel with the shop's default key.
pub fn hash_with_admin(member: &str) -> String {
    let admin = domain::ActorId::parse("admin").expect("an id");
    domain::ChannelHash::of(&domain::ActorId::parse(member).expect("an id"), &admin).to_string()
}

/// The values of a field in a list.
pub fn pluck(list: &Value, field: &str) -> Vec<Value> {
    list.as_array().expect("a list").iter().map(|entry| entry[field].clone()).collect()
}

/// Every route of the OpenAPI document, as `METHOD /path`, in order.
pub fn routes() -> Vec<String> {
    let paths = local::openapi().paths.paths;
    let mut routes: Vec<String> = paths
        .into_iter()
        .flat_map(|(path, item)| {
            let methods = [
                ("GET", item.get),
                ("POST", item.post),
                ("PUT", item.put),
                ("DELETE", item.delete),
            ];
            methods
                .into_iter()
                .filter(|(_, operation)| operation.is_some())
                .map(move |(method, _)| format!("{method} {path}"))
        })
        .collect();
    routes.sort();
    routes
}

/// The `GET` routes that are not among `called`, each as a call on the channel `hash`: route, name
/// (its operation id) and path. So a new route that only reads is tested without a line in a test.
pub fn reads_beyond(called: &BTreeSet<String>, hash: &str) -> Vec<(String, String, String)> {
    let paths = local::openapi().paths.paths;
    let reads = paths.into_iter().filter_map(|(path, item)| {
        let route = format!("GET {path}");
        let name = item.get?.operation_id?.replace('_', "-");
        let member = hash.rsplit(':').next().unwrap_or_default();
        let called_path = path.replace("{channel_hash}", hash).replace("{customer_id}", member);
        (!called.contains(&route)).then_some((route, name, called_path))
    });
    reads.collect()
}
