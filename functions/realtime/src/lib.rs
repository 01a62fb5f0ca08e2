//! The WebSocket API: connect, disconnect, and the few frames that clients send. Envelopes to
//! clients are pushed by the function that causes them, through `shared/push`.

mod connect;
mod disconnect;
mod frame;
mod rate_limit;

use std::sync::Arc;

use app::{Cause, Error, lookers};
use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest as Event;
use domain::Principal;
use http::{AppState, Rest};
use serde::Serialize;
use serde_json::{Map, Value};
use store::Connection;

use rate_limit::RateLimit;

/// The function's response to the gateway. On `$connect` a status other than 200 refuses the
/// connection.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    status_code: u16,
    #[serde(skip_serializing_if = "Map::is_empty")]
    headers: Map<String, Value>,
}

impl Response {
    fn status(status_code: u16) -> Self {
        Self { status_code, headers: Map::new() }
    }
}

/// What the handler needs, built once per environment. Cheap to clone.
#[derive(Clone)]
pub struct Realtime {
    app: AppState,
    /// The rate limit of hints, per connection.
    hints: Arc<RateLimit>,
}

impl Realtime {
    /// Builds what the handler needs from the application.
    pub fn new(app: &AppState) -> Self {
        Self { app: app.clone(), hints: Arc::default() }
    }
}

/// Handles one event of the gateway: `$connect`, `$disconnect` or a frame. Presence is pushed after
/// the response: a connection opens only then, and a departure waits a moment.
pub async fn handle(realtime: Realtime, event: Event) -> Result<(Response, Rest), Error> {
    let app = &realtime.app;
    let context = &event.request_context;
    let (route, (response, rest)) =
        match (context.route_key.as_deref(), context.connection_id.as_deref()) {
            (Some("$connect"), Some(id)) => ("$connect", connect::connect(app, id, &event).await),
            (Some("$disconnect"), Some(id)) => {
                ("$disconnect", disconnect::disconnect(app, id).await)
            }
            (_, Some(id)) => ("$default", frame::receive(&realtime, id, &event).await),
            (_, None) => ("-", (Response::status(400), Rest::default())),
        };
    tracing::info!(
        request.id = context.request_id.as_deref(),
        socket.route = route,
        socket.status = response.status_code,
        "socket"
    );
    Ok((response, rest))
}

/// Pushes a member's presence, if any of these connections of staff looks at their channel.
fn presence(app: &AppState, member: &Principal, staff: &[Connection], cause: Cause) -> Rest {
    if lookers(staff, member).next().is_none() {
        return Rest::default();
    }
    let (app, member) = (app.clone(), member.clone());
    Rest::of(async move { app.push_presence(&member, cause).await })
}
