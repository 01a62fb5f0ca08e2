//! How a function that faces clients starts.

use std::convert::Infallible;

use app::{App, Error};
use axum::body::Body;
use axum::middleware::from_fn;
use axum::{Extension, Router};
use lambda_http::{Adapter, IntoResponse};
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

use crate::AppState;
use crate::edge;

/// An HTTP function as a service of requests.
pub type HttpService =
    BoxCloneSyncService<lambda_http::Request, lambda_http::Response<lambda_http::Body>, Infallible>;

/// What a function does before its first event, besides reading its secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ahead {
    /// Nothing: it needs no connection.
    Nothing,
    /// It connects to the database and to the sockets, which takes longer than the first response
    /// itself.
    Connect,
}

/// Serves these routes in Lambda until the execution environment ends.
pub async fn serve(ahead: Ahead, routes: Router) -> Result<(), Error> {
    lambda_runtime::run(Adapter::from(http_service(routes, start(ahead).await?))).await
}

/// Starts a function that clients wait for: logging, configuration, secrets, and what `ahead` says.
pub async fn start(ahead: Ahead) -> Result<AppState, Error> {
    let app = AppState::new(App::start()?)?;
    let connect = async {
        if ahead == Ahead::Connect {
            app.connect().await;
        }
    };
    tokio::join!(app.read_secrets(), connect);
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
