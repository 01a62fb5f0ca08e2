//! The whole system in one process: the functions' handlers, called with real Lambda events, on an
//! embedded DynamoDB that the real AWS SDK talks to. Only the services at the network's edge are
//! replaced.
//!
//! `cargo run -p local` calls [`start`] with a fixed port, each test with a free one.

#![expect(
    clippy::indexing_slicing,
    reason = "only JSON values are indexed here, and a missing member of those is null"
)]

mod background;
mod database;
mod demo;
pub mod dev;
mod gateway;
mod inbound_mail;
mod openapi;
pub mod operate;
mod pages;
mod settings;
mod sockets;
mod stream;
mod token;
mod write_signal;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use app::{App, Clock, TokenKey};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::shared::IntoShared;
use http::AppState;
use relay::Relay;
use tokio::task::JoinSet;

use dev::Dev;
use dev::bus::Bus;
use dev::medusa::DemoMedusa;
use dev::outbox::Outbox;
use dev::push_service::PushService;
use dev::queue::Queue;
use dev::s3::Bucket;
use dev::scheduler::Scheduler;

pub use background::Background;
pub use database::create_tables;
pub use demo::{Person, people};
pub use gateway::{DEFAULT, FunctionResponse, Gateway, HttpFunction, ROUTES, most_specific, paths};
pub use openapi::{document, openapi};
pub use settings::{JWT_SECRET, variables};
pub use sockets::{SocketEvent, SocketLimits, Sockets};
pub use token::{Signer, admin_token, customer_token, sign};

/// Where the data is stored.
#[derive(Clone, Debug)]
pub enum Data {
    /// In memory: lost when the process ends.
    Memory,
    /// In this folder: kept over restarts, even after `kill -9`.
    Folder(PathBuf),
}

/// How [`start`] sets the system up.
pub struct Options {
    /// The port on 127.0.0.1; 0 chooses a free one.
    pub port: u16,
    /// Where the data is stored.
    pub data: Data,
    /// Whether an empty shop is filled with a few conversations.
    pub demo: bool,
    /// Variables that override the local configuration.
    pub settings: HashMap<String, String>,
    /// The HTTP client of the AWS SDK. A test may observe and disturb its requests.
    pub http_client: Option<SharedHttpClient>,
    /// Longest pause between two attempts of the AWS SDK, if not the SDK's own.
    pub longest_pause: Option<Duration>,
    /// How long sockets live.
    pub socket_limits: SocketLimits,
    /// Whether the stream is delivered and schedules are run. A test may do both by hand.
    pub follow: bool,
}

impl Options {
    /// In memory, on a free port, empty, with the default configuration.
    pub fn in_memory() -> Self {
        Self {
            port: 0,
            data: Data::Memory,
            demo: false,
            settings: HashMap::new(),
            http_client: None,
            longest_pause: None,
            socket_limits: SocketLimits::default(),
            follow: true,
        }
    }
}

/// The running system. Dropping it stops it.
pub struct Running {
    /// The base URL: `http://127.0.0.1:<port>`.
    pub url: String,
    /// The application that the functions share.
    pub app: App,
    /// The gateway, for calls without a socket.
    pub gateway: Gateway,
    /// The stream of the chat table.
    pub stream: stream::Stream,
    /// The functions that no request calls.
    pub background: Background,
    /// The stand-ins for AWS's services and for Medusa.
    pub dev: Dev,
    tasks: JoinSet<()>,
    _database: database::Embedded,
}

impl Running {
    /// Signs tokens that this system accepts; `None` with `JWT_PUBLIC_KEY`, since only the shop's
    /// Medusa holds the private key.
    pub fn signer(&self) -> Option<Signer> {
        matches!(self.app.config.token_key, TokenKey::Secret { .. })
            .then(|| Signer(self.dev.parameters.clone()))
    }

    /// Whether profiles come from the demo Medusa. The environment may name another one.
    pub fn is_demo_medusa(&self) -> bool {
        self.app.config.outside.medusa_url.as_deref() == Some(&settings::demo_medusa(&self.url))
    }

    /// Runs until every task has ended, which happens only on errors.
    pub async fn wait(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Starts the system and returns once it accepts requests.
pub async fn start(options: Options) -> anyhow::Result<Running> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .with_context(|| format!("port {} is taken: try --port", options.port))?;
    let url = format!("http://{}", listener.local_addr()?);
    let database = database::open(&options.data)?;
    let mut config = settings::config(&options.settings, &url, &database.url)?;
    let http_client =
        options.http_client.unwrap_or_else(|| aws_smithy_http_client::Builder::new().build_http());
    let (http_client, writes) = write_signal::SignallingClient::new(http_client);
    config.aws.http_client = Some(http_client.into_shared());
    config.aws.longest_pause = options.longest_pause;

    let db = aws_sdk_dynamodb::Client::new(
        &config.aws.sdk(config.aws.endpoints.dynamodb.as_deref(), app::aws::SERVICE),
    );
    database::create_tables(&db, &config.layout).await?;
    let clock_file = options.data.file("clock");
    let ahead_ms =
        clock_file.as_ref().and_then(|file| std::fs::read_to_string(file).ok()?.parse().ok());
    let clock = Clock::ahead_by(ahead_ms.unwrap_or_default());
    let app = App::new(config, clock.clone());
    let state = AppState::new(app.clone()).map_err(anyhow::Error::from_boxed)?;
    let gateway = Gateway::new(&state);
    let dev = Dev {
        outbox: Outbox::new(clock.clone()),
        bus: Bus::new(clock.clone()),
        queue: Queue::new(clock.clone()),
        push_service: PushService::new(clock, &url),
        scheduler: Scheduler::new(options.data.file("schedules.json"))?,
        files: Bucket::open(&app, options.data.file("files"))?,
        parameters: settings::secrets(&options.settings),
        medusa: DemoMedusa::default(),
    };
    let relay = Relay::new(&app);
    let stream = stream::Stream::open(database.db.clone(), &app, &relay, &options.data, writes)?;
    let background = Background::new(&app, relay, &dev, stream.clone(), clock_file);

    let mut tasks = JoinSet::new();
    tasks.spawn(database::expire_items(database.db.clone()));
    let sockets = Sockets::new(&state, options.socket_limits);
    let pages = pages::router(app.clock.clone(), Signer(dev.parameters.clone()))
        .merge(dev.router(app.clock.clone()))
        .merge(background.router())
        .merge(inbound_mail::router(&app, &dev))
        .merge(sockets.router())
        .fallback_service(gateway.clone().into_router());
    tasks.spawn(async move {
        let service = pages.into_make_service_with_connect_info::<SocketAddr>();
        if let Err(error) = axum::serve(listener, service).await {
            tracing::error!("the server stopped: {error}");
        }
    });
    state.read_secrets().await;
    if options.follow {
        tasks.spawn(stream.clone().run());
        tasks.spawn(background.clone().run());
    }
    let running =
        Running { url, app, gateway, stream, background, dev, tasks, _database: database };
    if let Some(signer) = running.signer().filter(|_| options.demo && running.app.config.enabled) {
        demo::seed(&running.app, &running.gateway, &signer)
            .await
            .context("the demo shop could not be filled")?;
    }
    Ok(running)
}

impl Data {
    /// A file in the data folder; `None` in memory.
    fn file(&self, name: &str) -> Option<PathBuf> {
        match self {
            Self::Memory => None,
            Self::Folder(folder) => Some(folder.join(name)),
        }
    }
}
