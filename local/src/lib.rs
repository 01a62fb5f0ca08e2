//! The whole system in one process: the functions' own handlers behind a gateway that makes real
//! Lambda events, on an embedded DynamoDB behind the real AWS SDK. Fakes stand at the network's
//! edge and nowhere else.
//!
//! [`start`] is called by `cargo run -p local`, with a fixed port, and by every test, with a free
//! one.

#![expect(
    clippy::indexing_slicing,
    reason = "only JSON values are indexed here, and those answer null"
)]

mod background;
mod database;
mod demo;
pub mod dev;
mod gateway;
mod openapi;
pub mod operate;
mod page;
mod sockets;
mod stream;
mod token;
mod wake;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use app::{App, Clock, Config, TokenKey};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::shared::IntoShared;
use http::AppState;
use relay::Relay;
use tokio::task::JoinSet;

use dev::Dev;
use dev::bus::Bus;
use dev::medusa::DemoMedusa;
use dev::outbox::Outbox;
use dev::parameters::Parameters;
use dev::queue::Queue;
use dev::scheduler::Scheduler;

pub use background::Background;
pub use database::create_tables;
pub use demo::{Person, people};
pub use gateway::{Called, DEFAULT, Gateway, HttpFunction, ROUTES, most_specific, paths};
pub use openapi::{document, openapi};
pub use sockets::{Happening, SocketLimits, Sockets};
pub use token::{Signer, admin_token, customer_token, sign};

/// Medusa's default secret, which its untouched development server signs with. For this machine
/// only.
pub const JWT_SECRET: &str = "supersecret";
/// The master key of the demo. For this machine only.
const MASTER_KEY: &str = "for this machine only, and for nothing else";

/// The function that publishes events, as schedules call it.
const RELAY_ARN: &str = "arn:aws:lambda:local-1:000000000000:function:relay";

/// Where the data is.
#[derive(Clone, Debug)]
pub enum Data {
    /// In memory: gone at the end.
    Memory,
    /// In this folder: there again at the next start, also after `kill -9`.
    Folder(PathBuf),
}

/// How to start.
pub struct Options {
    /// The port on 127.0.0.1; 0 for a free one.
    pub port: u16,
    /// Where the data is.
    pub data: Data,
    /// Whether an empty shop gets a few conversations.
    pub demo: bool,
    /// Configuration that differs from the local one, by variable.
    pub settings: HashMap<String, String>,
    /// The HTTP client of the AWS SDK: a test may watch and disturb its requests.
    pub http_client: Option<SharedHttpClient>,
    /// Longest pause between two attempts of the AWS SDK, where it is not its own.
    pub longest_pause: Option<Duration>,
    /// How long sockets live.
    pub socket_limits: SocketLimits,
    /// Whether stream and schedules are followed. A test may want to do that by hand.
    pub follow: bool,
}

impl Options {
    /// In memory, on a free port, empty, as configured by default.
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
    /// Where it answers: `http://127.0.0.1:<port>`.
    pub url: String,
    /// The application that the functions share.
    pub app: App,
    /// The gateway, for calls without a socket.
    pub gateway: Gateway,
    /// The stream of the chat table.
    pub stream: stream::Stream,
    /// The functions that nobody calls.
    pub background: Background,
    /// What stands in place of AWS's services and of a Medusa.
    pub dev: Dev,
    tasks: JoinSet<()>,
    _database: database::Embedded,
}

impl Running {
    /// What signs tokens that it takes. With `JWT_PUBLIC_KEY` only the shop's Medusa can.
    pub fn signer(&self) -> Option<Signer> {
        matches!(self.app.config.token_key, TokenKey::Secret { .. })
            .then(|| Signer(self.dev.parameters.clone()))
    }

    /// Whether people come from the demo Medusa, and not from one that the environment names.
    pub fn is_demo_medusa(&self) -> bool {
        self.app.config.outside.medusa_url.as_deref() == Some(&demo_medusa(&self.url))
    }

    /// Waits until it stops by itself, which it does not.
    pub async fn wait(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Starts everything and returns once it answers.
pub async fn start(options: Options) -> anyhow::Result<Running> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .with_context(|| format!("port {} is taken: try --port", options.port))?;
    let url = format!("http://{}", listener.local_addr()?);
    let database = database::open(&options.data)?;
    let mut config = config(&options.settings, &url, &database.url)?;
    let http_client =
        options.http_client.unwrap_or_else(|| aws_smithy_http_client::Builder::new().build_http());
    let (http_client, writes) = wake::Waking::new(http_client);
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
        queue: Queue::new(clock),
        scheduler: Scheduler::new(options.data.file("schedules.json"))?,
        parameters: secrets(&options.settings),
        medusa: DemoMedusa::default(),
    };
    let relay = Relay::new(&app);
    let stream = stream::Stream::open(database.db.clone(), &app, &relay, &options.data, writes)?;
    let background =
        Background::new(&app, relay, dev.scheduler.clone(), stream.clone(), clock_file);

    let mut tasks = JoinSet::new();
    tasks.spawn(database::sweep(database.db.clone()));
    let sockets = Sockets::new(&state, options.socket_limits);
    let pages = page::router(app.clock.clone(), Signer(dev.parameters.clone()))
        .merge(dev.router(app.clock.clone()))
        .merge(background.router())
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
        tasks.spawn(stream.clone().follow());
        tasks.spawn(background.clone().follow());
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

/// The variables that say where everything is here: what Lambda's environment would say, for a
/// function that is run beside this system.
pub fn variables(url: &str, database: &str) -> Vec<(&'static str, String)> {
    let to = |path: &str| format!("{url}{path}");
    vec![
        ("CHAT_TABLE", "chat".to_owned()),
        ("EPHEMERAL_TABLE", "ephemeral".to_owned()),
        ("PUBLIC_URL", url.to_owned()),
        ("SOCKETS_URL", to("/ws").replacen("http", "ws", 1)),
        ("SOCKETS_ENDPOINT", url.to_owned()),
        ("AWS_REGION", "local-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", database.to_owned()),
        ("AWS_ENDPOINT_URL_SES", to("/dev/aws/ses")),
        ("AWS_ENDPOINT_URL_EVENTBRIDGE", to("/dev/aws/events")),
        ("AWS_ENDPOINT_URL_SCHEDULER", to("/dev/aws/scheduler")),
        ("AWS_ENDPOINT_URL_SQS", to("/dev/aws/sqs")),
        ("AWS_ENDPOINT_URL_SSM", to("/dev/aws/ssm")),
        ("EVENT_BUS", "live-chat".to_owned()),
        ("SCHEDULE_GROUP", "live-chat".to_owned()),
        ("SCHEDULE_ROLE", "arn:aws:iam::000000000000:role/local".to_owned()),
        ("SCHEDULE_FAILURES", "arn:aws:sqs:local-1:000000000000:mail-failures".to_owned()),
        ("NOTICE_FUNCTION", "arn:aws:lambda:local-1:000000000000:function:notice".to_owned()),
        ("RELAY_FUNCTION", RELAY_ARN.to_owned()),
        ("EVENT_QUEUE", dev::queue::URL.to_owned()),
        ("JWT_SECRET_PARAMETER", dev::parameters::JWT_SECRET.to_owned()),
        ("MASTER_KEY_PARAMETER", dev::parameters::MASTER_KEY.to_owned()),
        ("MEDUSA_API_KEY_PARAMETER", dev::parameters::MEDUSA_KEY.to_owned()),
    ]
}

/// Where the demo Medusa is.
fn demo_medusa(url: &str) -> String {
    format!("{url}/dev/medusa")
}

/// The configuration: what the caller sets, else what the environment says, else what suits one
/// machine.
fn config(settings: &HashMap<String, String>, url: &str, database: &str) -> anyhow::Result<Config> {
    let fixed = variables(url, database);
    let default = [
        // The demo directory, unless the environment names a real Medusa.
        ("MEDUSA_URL", &demo_medusa(url) as &str),
        // The desk of the demo shop stands in for Medusa's dashboard.
        ("EMBED_ORIGINS", &format!("{url},http://localhost:9000") as &str),
        ("SHOP_NAME", "The Teapot Shop"),
        ("MAIL_FROM", "chat@shop.example"),
        ("INBOX_ADDRESS", "inbox@shop.example"),
        ("STOREFRONT_URL", url),
        // SES's quota is no matter here.
        ("MAILS_PER_SECOND", "1000"),
        ("ALLOW_INSECURE_JWT_SECRET", "true"),
        // Medusa's storefront and admin as their templates start them.
        (
            "ALLOWED_ORIGINS",
            "http://localhost:8000,http://localhost:9000,http://localhost:5173,http://localhost:7000",
        ),
    ];
    let default = |name: &str| {
        default.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    };
    Ok(Config::read(|name| {
        fixed
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.clone())
            .or_else(|| settings.get(name).cloned())
            .or_else(|| environment(name))
            .or_else(|| default(name))
    })?)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the local server stands where Lambda's environment would be"
)]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The secrets, as SSM has them: what the caller sets, else what the environment says, else those
/// of the demo.
fn secrets(settings: &HashMap<String, String>) -> Parameters {
    let parameters = Parameters::default();
    for (parameter, name, demo) in [
        (dev::parameters::JWT_SECRET, "JWT_SECRET", JWT_SECRET),
        (dev::parameters::MASTER_KEY, "MASTER_KEY", MASTER_KEY),
        (dev::parameters::MEDUSA_KEY, "MEDUSA_API_KEY", dev::medusa::API_KEY),
    ] {
        let value = settings
            .get(name)
            .cloned()
            .or_else(|| environment(name).filter(|value| !value.is_empty()))
            .unwrap_or_else(|| demo.to_owned());
        parameters.set(parameter, Some(&value));
    }
    parameters
}

impl Data {
    /// A file in the folder of the data, where there is one.
    fn file(&self, name: &str) -> Option<PathBuf> {
        match self {
            Self::Memory => None,
            Self::Folder(folder) => Some(folder.join(name)),
        }
    }
}
