//! The WebSocket API: connect, disconnect, and the few frames that clients send. Envelopes to
//! clients are pushed by the function that causes them, through `shared/push`.

mod connect;
mod disconnect;
mod frame;

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest as Event;
use runtime::{App, Error};
use serde::Serialize;
use serde_json::{Map, Value};

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

/// Handles one event of the gateway: `$connect`, `$disconnect` or a frame.
pub async fn handle(app: App, event: Event) -> Result<Response, Error> {
    let context = &event.request_context;
    let (route, response) = match (context.route_key.as_deref(), context.connection_id.as_deref()) {
        (Some("$connect"), Some(id)) => ("$connect", connect::connect(&app, id, &event).await),
        (Some("$disconnect"), Some(id)) => ("$disconnect", disconnect::disconnect(&app, id).await),
        (_, Some(id)) => ("$default", frame::receive(&app, id, &event).await),
        (_, None) => ("-", Response::status(400)),
    };
    tracing::info!(
        request.id = context.request_id.as_deref(),
        socket.route = route,
        socket.status = response.status_code,
        "socket"
    );
    Ok(response)
}
