//! How a function starts: every main is one call of these.

use std::convert::Infallible;
use std::future::Future;

use axum::body::Body;
use axum::middleware::from_fn;
use axum::{Extension, Router};
use lambda_http::{Adapter, IntoResponse, LambdaEvent};
use lambda_runtime::service_fn;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

use crate::app::App;
use crate::{Error, edge, telemetry};

/// An HTTP function as a service of requests.
pub type HttpService =
    BoxCloneSyncService<lambda_http::Request, lambda_http::Response<lambda_http::Body>, Infallible>;

/// What a function does ahead of its first event, beside reading its secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ahead {
    /// Nothing: nobody waits for its answers, or they need nothing.
    Nothing,
    /// It connects to the database and to the sockets, which takes longer than the first answer
    /// itself.
    Connect,
}

/// Serves these routes in Lambda, to the end of the execution environment.
pub async fn serve_http(ahead: Ahead, routes: Router) -> Result<(), Error> {
    lambda_runtime::run(Adapter::from(http_service(routes, start(ahead).await?))).await
}

/// Serves events other than HTTP in Lambda, with what `make` makes once of the application. An
/// error makes Lambda deliver the event again, as its trigger is set up.
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
    let context = make(&start(ahead).await?);
    lambda_runtime::run(service_fn(|event: LambdaEvent<E>| handler(context.clone(), event.payload)))
        .await
}

async fn start(ahead: Ahead) -> Result<App, Error> {
    telemetry::init();
    let app = App::from_env()?;
    let connect = async {
        if ahead == Ahead::Connect {
            app.connect().await;
        }
    };
    tokio::join!(app.read_secrets(), connect);
    Ok(app)
}

/// These routes with everything around them: what Lambda and the local server both call.
pub fn http_service(routes: Router, app: App) -> HttpService {
    let router = routes
        .route_layer(from_fn(edge::note_route))
        .fallback(edge::no_route)
        .method_not_allowed_fallback(edge::no_route)
        .layer(from_fn(edge::edge))
        .layer(Extension(app));
    let service = router
        .map_request(|request: lambda_http::Request| edge::as_meant(request.map(Body::new)))
        .and_then(async |response: axum::response::Response| Ok(response.into_response().await));
    BoxCloneSyncService::new(service)
}
