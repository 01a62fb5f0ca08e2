//! How a function starts. Each main is one call: of this file, or of `http` for functions that
//! face clients.

use std::future::Future;

use lambda_runtime::{LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::{Error, telemetry};

/// What a function does before its first event, besides reading its secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ahead {
    /// Nothing: no client waits for it, or it needs no connection.
    Nothing,
    /// It connects to the database and to the sockets, which takes longer than the first response
    /// itself.
    Connect,
    /// The same for the database only: it pushes nothing.
    ConnectDatabase,
}

/// Serves events in Lambda until the execution environment ends. `make` makes the handler's context
/// once. An error lets Lambda deliver the event again, as its trigger is set up.
pub async fn serve_events<C, E, A, F, Fut>(
    ahead: Ahead,
    make: impl FnOnce(&App) -> C,
    handler: F,
) -> Result<(), Error>
where
    C: Clone,
    E: DeserializeOwned,
    A: Serialize,
    F: Fn(C, E) -> Fut,
    Fut: Future<Output = Result<A, Error>>,
{
    let app = App::start()?;
    tokio::join!(app.read_secrets(), app.prepare(ahead));
    run(make(&app), handler).await
}

/// Hands each event to this handler.
pub async fn run<C, E, A, F, Fut>(context: C, handler: F) -> Result<(), Error>
where
    C: Clone,
    E: DeserializeOwned,
    A: Serialize,
    F: Fn(C, E) -> Fut,
    Fut: Future<Output = Result<A, Error>>,
{
    lambda_runtime::run(service_fn(|event: LambdaEvent<E>| handler(context.clone(), event.payload)))
        .await
}

impl App {
    /// Starts logging, and reads the process's environment.
    pub fn start() -> Result<Self, Error> {
        telemetry::init();
        Self::from_env()
    }

    /// Does what `ahead` says.
    pub async fn prepare(&self, ahead: Ahead) {
        match ahead {
            Ahead::Nothing => {}
            Ahead::Connect => self.connect().await,
            Ahead::ConnectDatabase => self.store.connect().await,
        }
    }
}
