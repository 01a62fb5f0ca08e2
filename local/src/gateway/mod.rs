//! API Gateway's HTTP API on one machine, with the same limits: each request becomes an event,
//! passes Lambda's own parsing into the function's handler, and the response returns the same way.

mod event;
mod routes;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use app::Clock;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, Method, Response, StatusCode};
use axum::response::IntoResponse;
use domain::Timestamp;
use futures_util::FutureExt;
use http::{AppState, HttpService, http_service};
use lambda_http::{Adapter, LambdaEvent};
use serde_json::{Value, json};
use tower::ServiceExt;

use event::Incoming;
use routes::route_key;

pub use event::FunctionResponse;
pub use routes::{DEFAULT, HttpFunction, ROUTES, most_specific, paths};

/// Largest payload of an HTTP API.
const MAX_PAYLOAD: usize = 10 * 1024 * 1024;
/// Largest event of a synchronous Lambda call.
const MAX_EVENT: usize = 6 * 1024 * 1024;
/// Longest wait for a function's response.
const TIMEOUT: Duration = Duration::from_secs(29);

/// The gateway and its functions. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    functions: Arc<[HttpService; 5]>,
    clock: Clock,
    requests: Arc<AtomicU64>,
}

impl Gateway {
    /// A gateway to this application's functions.
    pub fn new(app: &AppState) -> Self {
        // Without a bucket this function does not start.
        let files = files::router(app).unwrap_or_else(|_| files::routes(Router::new()));
        let functions = [
            store_routes::routes(Router::new()),
            admin_routes::routes(Router::new()),
            files,
            shop_routes::router(),
            web::routes(),
        ]
        .map(|routes| http_service(routes, app.clone()));
        Self { functions: Arc::new(functions), clock: app.clock.clone(), requests: Arc::default() }
    }

    fn function(&self, which: HttpFunction) -> &HttpService {
        let [store, admin, files, shop, web] = &*self.functions;
        match which {
            HttpFunction::Store => store,
            HttpFunction::Admin => admin,
            HttpFunction::Files => files,
            HttpFunction::Shop => shop,
            HttpFunction::Web => web,
        }
    }

    /// A router that passes every request to the gateway.
    pub(crate) fn into_router(self) -> Router {
        Router::new().fallback(
            move |ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request| {
                let gateway = self.clone();
                async move { gateway.receive(peer, request).await }
            },
        )
    }

    async fn receive(&self, peer: SocketAddr, request: Request) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let Ok(body) = to_bytes(body, MAX_PAYLOAD).await else {
            return error(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        };
        self.respond(
            parts.method,
            &parts.uri.to_string(),
            &parts.headers,
            body,
            &peer.ip().to_string(),
        )
        .await
    }

    /// Sends one request to its function and returns the response.
    pub async fn respond(
        &self,
        method: Method,
        uri: &str,
        headers: &HeaderMap,
        body: Bytes,
        peer: &str,
    ) -> Response<Body> {
        let event = self.event(&method, uri, headers, &body, peer, self.clock.now());
        if event.to_string().len() > MAX_EVENT {
            return error(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        }
        match tokio::time::timeout(TIMEOUT, self.call(event)).await {
            Err(_) => error(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
            Ok(Err(cause)) => {
                tracing::error!("a function failed: {cause:#}");
                error(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }
            Ok(Ok(response)) => response.into_http(),
        }
    }

    /// Calls the function of the event's route, through Lambda's own parsing.
    pub async fn call(&self, event: Value) -> anyhow::Result<FunctionResponse> {
        let key = event["routeKey"].as_str().unwrap_or_default();
        let function = ROUTES
            .iter()
            .find(|(path, _)| route_key(path) == key)
            .map_or(DEFAULT, |(_, function)| *function);
        let function = self.function(function);
        let request: lambda_http::request::LambdaRequest = serde_json::from_value(event)?;
        let call = Adapter::from(function.clone())
            .oneshot(LambdaEvent::new(request, lambda_runtime::Context::default()));
        // Lambda's parsing panics on a host or path that no gateway passes.
        let response = std::panic::AssertUnwindSafe(call)
            .catch_unwind()
            .await
            .map_err(|_| anyhow::anyhow!("the event cannot be read"))?;
        match response {
            Ok(response) => Ok(FunctionResponse::of(serde_json::to_value(response)?)),
            Err(never) => match never {},
        }
    }

    /// The event of a request that arrives at `now` from `peer`.
    pub fn event(
        &self,
        method: &Method,
        uri: &str,
        headers: &HeaderMap,
        body: &[u8],
        peer: &str,
        now: Timestamp,
    ) -> Value {
        let request_id = format!("local-{:08}", self.requests.fetch_add(1, Ordering::Relaxed));
        Incoming { method, uri, headers, body, peer, at: now, request_id }.event()
    }
}

/// The gateway's own error response.
fn error(status: StatusCode, message: &str) -> Response<Body> {
    (status, axum::Json(json!({ "message": message }))).into_response()
}
