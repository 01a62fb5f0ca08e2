//! How a function starts: [`start`], of this crate or of `http` for functions that face clients,
//! then the call that serves.

use std::future::Future;

use lambda_runtime::{LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::{Error, telemetry};

/// Starts a function that no client waits for: logging, configuration, secrets.
pub async fn start() -> Result<App, Error> {
    let app = App::start()?;
    app.read_secrets().await;
    Ok(app)
}

/// Serves events in Lambda until the execution environment ends. An error lets Lambda deliver the
/// event again, as its trigger is set up.
pub async fn serve<C, E, A, F, Fut>(context: C, handler: F) -> Result<(), Error>
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
}
