//! How a function that faces clients starts.

use std::convert::Infallible;
use std::future::Future;

use app::{Ahead, App, Error};
use axum::body::Body;
use axum::middleware::from_fn;
use axum::{Extension, Router};
use lambda_http::{Adapter, IntoResponse};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

use crate::edge;
use crate::rest::run_with_rest;
use crate::{AppState, Rest};

/// An HTTP function as a service of requests.
pub type HttpService =
    BoxCloneSyncService<lambda_http::Request, lambda_http::Response<lambda_http::Body>, Infallible>;

/// Serves the routes that `make` returns in Lambda until the execution environment ends.
pub async fn serve(
    ahead: Ahead,
    make: impl FnOnce(&AppState) -> Result<Router, Error>,
) -> Result<(), Error> {
    let app = start(ahead).await?;
    lambda_runtime::run(Adapter::from(http_service(make(&app)?, app))).await
}

/// Serves the events of sockets in Lambda, as [`app::serve_events`] does. The handler may have
/// something to do after its response.
pub async fn serve_events<C, E, A, F, Fut>(
    ahead: Ahead,
    make: impl FnOnce(&AppState) -> C,
    handler: F,
) -> Result<(), Error>
where
    C: Clone + 'static,
    E: DeserializeOwned + 'static,
    A: Serialize + 'static,
    F: Fn(C, E) -> Fut + 'static,
    Fut: Future<Output = Result<(A, Rest), Error>> + 'static,
{
    run_with_rest(make(&start(ahead).await?), handler).await
}

async fn start(ahead: Ahead) -> Result<AppState, Error> {
    let app = AppState::new(App::start()?)?;
    tokio::join!(app.read_secrets(), app.prepare(ahead));
    Ok(app)
}

/// These routes inside the [`edge`]: what Lambda and the local server both call.
pub fn http_service(routes: Router, app: AppState) -> HttpService {
    let router = routes
        .route_layer(from_fn(edge::note_route))
        .fallback(edge::no_route)
        .method_not_allowed_fallback(edge::no_route)
        .layer(from_fn(edge::edge))
        .layer(Extension(app));
    let service = router
        .map_request(|request: lambda_http::Request| {
            edge::with_encoded_path(request.map(Body::new))
        })
        .and_then(async |response: axum::response::Response| Ok(response.into_response().await));
    BoxCloneSyncService::new(service)
}
