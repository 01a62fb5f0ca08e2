//! The whole system in one process: the functions' own handlers behind a gateway that makes real Lambda events, on an
//! embedded DynamoDB behind the real AWS SDK. Fakes stand at the network's edge and nowhere else.
//!
//! [`start`] is called by `cargo run -p local`, with a fixed port, and by every test, with a free one.

#![expect(clippy::indexing_slicing, reason = "only JSON values are indexed here, and those answer null")]

mod database;
mod demo;
mod gateway;
mod openapi;
mod page;
mod sockets;
mod stream;
mod token;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::Context as _;
use runtime::{App, Clock, Config, dynamodb_config, sockets_config};
use tokio::task::JoinSet;

pub use demo::{Person, people};
pub use gateway::{Called, Gateway};
pub use openapi::{document, openapi};
pub use sockets::{Happening, SocketLimits, Sockets};
pub use token::{admin_token, customer_token, sign};

/// Medusa's default secret, which its untouched development server signs with. For this machine only.
pub const JWT_SECRET: &str = "supersecret";

/// Where the data is.
#[derive(Clone, Debug)]
pub enum Data {
    /// In memory: gone at the end.
    Memory,
    /// In this folder: there again at the next start, also after `kill -9`.
    Folder(PathBuf),
}

/// A change of the SDK's configuration.
pub type SdkChange = Box<dyn FnOnce(aws_sdk_dynamodb::config::Builder) -> aws_sdk_dynamodb::config::Builder + Send>;

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
    /// What is changed of the SDK's configuration: a test may watch and disturb its requests.
    pub sdk: Option<SdkChange>,
    /// How long sockets live.
    pub socket_limits: SocketLimits,
    /// Whether the stream is followed. A test may want to feed the records by hand.
    pub follow_stream: bool,
}

impl Options {
    /// In memory, on a free port, empty, as configured by default.
    pub fn in_memory() -> Self {
        Self {
            port: 0,
            data: Data::Memory,
            demo: false,
            settings: HashMap::new(),
            sdk: None,
            socket_limits: SocketLimits::default(),
            follow_stream: true,
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
    tasks: JoinSet<()>,
    _database: database::Embedded,
}

impl Running {
    /// Waits until it stops by itself, which it does not.
    pub async fn wait(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Starts everything and returns once it answers.
pub async fn start(options: Options) -> anyhow::Result<Running> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let listener = tokio::net::TcpListener::bind(address).await.with_context(|| format!("port {} is taken: try --port", options.port))?;
    let url = format!("http://{}", listener.local_addr()?);
    let database = database::open(&options.data)?;
    let config = config(&options.settings, &url, &database.url)?;

    let sdk = dynamodb_config(&config.aws).http_client(aws_smithy_http_client::Builder::new().build_http());
    let sdk = if let Some(change) = options.sdk { change(sdk) } else { sdk };
    let db = aws_sdk_dynamodb::Client::from_conf(sdk.build());
    database::create_tables(&db, &config.layout).await?;
    let http = aws_smithy_http_client::Builder::new().build_http();
    let push = aws_sdk_apigatewaymanagement::Client::from_conf(sockets_config(&config.aws).http_client(http).build());
    let app = App::new(config, db, push, Clock::default()).map_err(anyhow::Error::from_boxed)?;
    let gateway = Gateway::new(&app);
    let stream = stream::Stream::open(database.db.clone(), app.clone(), &options.data)?;

    let mut tasks = JoinSet::new();
    tasks.spawn(database::sweep(database.db.clone()));
    if options.follow_stream {
        tasks.spawn(stream.clone().follow());
    }
    let sockets = Sockets::new(app.clone(), options.socket_limits);
    let pages = page::router(url.clone(), app.clock.clone()).merge(sockets.router()).fallback_service(gateway.clone().into_router());
    tasks.spawn(async move {
        let service = pages.into_make_service_with_connect_info::<SocketAddr>();
        if let Err(error) = axum::serve(listener, service).await {
            tracing::error!("the server stopped: {error}");
        }
    });
    if options.demo && app.config.enabled {
        demo::seed(&app, &gateway).await.context("the demo shop could not be filled")?;
    }
    Ok(Running { url, app, gateway, stream, tasks, _database: database })
}

/// The configuration: what the caller sets, else what the environment says, else what suits one machine.
fn config(settings: &HashMap<String, String>, url: &str, database: &str) -> anyhow::Result<Config> {
    let fixed = [
        ("CHAT_TABLE", "chat"),
        ("EPHEMERAL_TABLE", "ephemeral"),
        ("PUBLIC_URL", url),
        ("SOCKETS_URL", &format!("{}/ws", url.replacen("http", "ws", 1))),
        ("SOCKETS_ENDPOINT", url),
        ("AWS_REGION", "local-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL_DYNAMODB", database),
    ];
    let default = [
        ("JWT_SECRET", JWT_SECRET),
        ("ALLOW_INSECURE_JWT_SECRET", "true"),
        // Medusa's storefront and admin as their templates start them.
        ("ALLOWED_ORIGINS", "http://localhost:8000,http://localhost:9000,http://localhost:5173,http://localhost:7000"),
    ];
    let of = |list: &[(&str, &str)], name: &str| list.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    #[expect(clippy::disallowed_methods, reason = "the local server stands where Lambda's environment would be")]
    let environment = |name: &str| std::env::var(name).ok();
    Ok(Config::read(|name| {
        of(&fixed, name).or_else(|| settings.get(name).cloned()).or_else(|| environment(name)).or_else(|| of(&default, name))
    })?)
}
