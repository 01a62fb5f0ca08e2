//! The WebSocket API: who may connect, what becomes of a connection, and the few frames that
//! clients send. Events to clients are pushed by whoever causes them, through `shared/push`.

mod connect;
mod disconnect;
mod frame;
mod pace;

use std::sync::Arc;

use app::Error;
use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest as Event;
use http::AppState;
use serde::Serialize;
use serde_json::{Map, Value};

use pace::Pace;

/// What the gateway is told: on `$connect` a status other than 200 refuses the connection.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    status_code: u16,
    #[serde(skip_serializing_if = "Map::is_empty")]
    headers: Map<String, Value>,
}

impl Answer {
    fn status(status_code: u16) -> Self {
        Self { status_code, headers: Map::new() }
    }
}

/// What the handler needs, made once. Cheap to clone.
#[derive(Clone)]
pub struct Realtime {
    app: AppState,
    /// The pace of hints, per connection.
    hints: Arc<Pace>,
}

impl Realtime {
    /// What this application's handler needs.
    pub fn new(app: &AppState) -> Self {
        Self { app: app.clone(), hints: Arc::default() }
    }
}

/// Handles one event of the gateway.
pub async fn handle(realtime: Realtime, event: Event) -> Result<Answer, Error> {
    let app = &realtime.app;
    let context = &event.request_context;
    let (route, status) = match (context.route_key.as_deref(), context.connection_id.as_deref()) {
        (Some("$connect"), Some(id)) => ("$connect", connect::connect(app, id, &event).await),
        (Some("$disconnect"), Some(id)) => ("$disconnect", disconnect::disconnect(app, id).await),
        (_, Some(id)) => ("$default", frame::frame(&realtime, id, &event).await),
        (_, None) => ("-", Answer::status(400)),
    };
    tracing::info!(
        request.id = context.request_id.as_deref(),
        socket.route = route,
        socket.status = status.status_code,
        "socket"
    );
    Ok(status)
}
