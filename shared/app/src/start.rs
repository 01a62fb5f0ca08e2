//! How a function starts: every main is one call of these, or of their like in `http`.

use std::future::Future;

use lambda_runtime::{LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::{Error, telemetry};

/// What a function does ahead of its first event, beside reading its secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ahead {
    /// Nothing: nobody waits for its answers, or they need nothing.
    Nothing,
    /// It connects to the database and to the sockets, which takes longer than the first answer
    /// itself.
    Connect,
}

/// Serves events in Lambda, to the end of the execution environment, with what `make` makes once of
/// the application. An error makes Lambda deliver the event again, as its trigger is set up.
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

    /// Does what is to be done ahead of the first event.
    pub async fn prepare(&self, ahead: Ahead) {
        if ahead == Ahead::Connect {
            self.connect().await;
        }
    }
}
