//! API Gateway's WebSocket API on one machine, as strict as the real one: the `realtime` handler
//! gets the gateway's own events, and the unmodified management SDK reaches open sockets at
//! `/@connections/{id}`.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use app::Clock;
use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use axum::{Json, RequestExt};
use domain::Timestamp;
use http::AppState;
use realtime::Realtime;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// Largest frame that a client may send.
const MAX_FRAME: usize = 32 * 1024;
/// Largest message in either direction.
const MAX_MESSAGE: usize = 128 * 1024;
/// Frames that wait for a slow client before it counts as gone.
const BACKLOG: usize = 1_000;

/// How long sockets live. Tests shorten it.
#[derive(Clone, Copy, Debug)]
pub struct SocketLimits {
    /// Without a frame in either direction.
    pub idle: Duration,
    /// In all.
    pub life: Duration,
}

impl Default for SocketLimits {
    fn default() -> Self {
        Self { idle: Duration::from_mins(10), life: Duration::from_hours(2) }
    }
}

/// When a socket ends if nothing else ends it.
struct Lifetime {
    limits: SocketLimits,
    oldest: Instant,
    idle: Instant,
}

impl Lifetime {
    fn begin(limits: SocketLimits, now: Instant) -> Self {
        Self { limits, oldest: now + limits.life, idle: now + limits.idle }
    }

    /// A frame went in either direction.
    fn extend(&mut self, now: Instant) {
        self.idle = now + self.limits.idle;
    }

    fn end(&self) -> Instant {
        self.oldest.min(self.idle)
    }
}

/// The open sockets and the handler behind them. Cheap to clone.
#[derive(Clone)]
pub struct Sockets {
    realtime: Realtime,
    clock: Clock,
    limits: SocketLimits,
    open: Arc<Mutex<HashMap<String, Open>>>,
}

struct Open {
    outgoing: mpsc::Sender<Message>,
    connected_at: Timestamp,
    peer: String,
}

/// What happens to a connection.
pub struct Happening<'a> {
    /// `CONNECT`, `DISCONNECT` or `MESSAGE`.
    pub kind: &'static str,
    /// `$connect`, `$disconnect` or `$default`.
    pub route: &'a str,
    /// The connection's id.
    pub connection: &'a str,
    /// When it was opened.
    pub connected_at: Timestamp,
    /// The client's address.
    pub peer: &'a str,
}

impl Happening<'_> {
    /// The event that API Gateway makes of it, with headers, query or body in `rest`.
    pub fn event(&self, rest: &Value, request_id: &str, now: Timestamp) -> Value {
        let mut event = json!({
            "requestContext": {
                "routeKey": self.route, "eventType": self.kind, "connectionId": self.connection,
                "connectedAt": self.connected_at.millis(), "requestTimeEpoch": now.millis(), "requestId": request_id,
                "extendedRequestId": request_id, "messageDirection": "IN", "stage": "live", "apiId": "local", "domainName": "127.0.0.1",
                "identity": { "sourceIp": self.peer }, "messageId": if self.kind == "MESSAGE" { json!(request_id) } else { Value::Null },
            },
            "isBase64Encoded": false,
        });
        for (name, value) in rest.as_object().into_iter().flatten() {
            event[name] = value.clone();
        }
        event
    }
}

impl Sockets {
    pub(crate) fn new(app: &AppState, limits: SocketLimits) -> Self {
        let (realtime, clock) = (Realtime::new(app), app.clock.clone());
        Self { realtime, clock, limits, open: Arc::default() }
    }

    /// The socket's own address, and the management API.
    pub(crate) fn router(&self) -> Router {
        let connection = || post(tell).get(look).delete(close);
        Router::new()
            .route("/ws", any(upgrade))
            .route("/@connections/{id}", connection())
            // Some SDKs encode the `@`.
            .route("/%40connections/{id}", connection())
            .with_state(self.clone())
    }

    /// Calls the handler with an event of the gateway; answers status and sub-protocol.
    async fn call(&self, happening: &Happening<'_>, rest: Value) -> (u16, Option<String>) {
        let event = happening.event(&rest, &random_id(), self.clock.now());
        let Ok(event) = serde_json::from_value(event) else { return (500, None) };
        match realtime::handle(self.realtime.clone(), event).await.map(serde_json::to_value) {
            Ok(Ok(answer)) => {
                let status = answer["statusCode"]
                    .as_u64()
                    .and_then(|status| u16::try_from(status).ok())
                    .unwrap_or(500);
                (status, answer["headers"]["Sec-WebSocket-Protocol"].as_str().map(str::to_owned))
            }
            _ => (500, None),
        }
    }

    fn opened(&self, id: &str, open: Open) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), open);
    }

    fn closed(&self, id: &str) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// Hands a message to an open socket; tells whether there is one.
    fn send(&self, id: &str, message: Message) -> bool {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(id).is_some_and(|open| open.outgoing.try_send(message).is_ok())
    }

    /// Serves one socket to its end.
    async fn serve(self, mut socket: WebSocket, id: String, connected_at: Timestamp, peer: String) {
        let (outgoing, mut waiting) = mpsc::channel(BACKLOG);
        self.opened(&id, Open { outgoing, connected_at, peer: peer.clone() });
        let mut lifetime = Lifetime::begin(self.limits, Instant::now());
        let happening =
            |kind, route| Happening { kind, route, connection: &id, connected_at, peer: &peer };
        loop {
            tokio::select! {
                () = sleep_until(lifetime.end()) => {
                    let frame = CloseFrame { code: 1001, reason: "Going away".into() };
                    let _ = socket.send(Message::Close(Some(frame))).await;
                    break;
                }
                message = waiting.recv() => {
                    let Some(message) = message else { break };
                    let is_last = matches!(message, Message::Close(_));
                    if socket.send(message).await.is_err() || is_last {
                        break;
                    }
                    lifetime.extend(Instant::now());
                }
                received = socket.recv() => {
                    lifetime.extend(Instant::now());
                    match received {
                        Some(Ok(Message::Text(text))) => {
                            self.call(&happening("MESSAGE", "$default"), json!({ "body": text.as_str() })).await;
                        }
                        Some(Ok(Message::Binary(bytes))) => {
                            let body = data_encoding::BASE64.encode(&bytes);
                            self.call(&happening("MESSAGE", "$default"), json!({ "body": body, "isBase64Encoded": true })).await;
                        }
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                        Some(Err(_)) => {
                            // A frame or message over the limit; where the line is dead, nobody
                            // hears this.
                            let frame = CloseFrame { code: 1009, reason: "Message too big".into() };
                            let _ = socket.send(Message::Close(Some(frame))).await;
                            break;
                        }
                        Some(Ok(Message::Close(_))) | None => break,
                    }
                }
            }
        }
        self.closed(&id);
        self.call(&happening("DISCONNECT", "$disconnect"), json!({})).await;
    }
}

/// A socket is opened: `$connect` runs before it is, and its id is unknown to the management API
/// until then.
async fn upgrade(
    State(sockets): State<Sockets>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let headers = request.headers();
    let mut single: HashMap<String, String> = HashMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        single
            .entry(name.to_string())
            .and_modify(|all| *all = format!("{all},{value}"))
            .or_insert(value);
    }
    let query: HashMap<String, String> =
        form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let Ok(upgrade) = request.extract::<WebSocketUpgrade, _>().await else {
        return (StatusCode::UPGRADE_REQUIRED, Json(json!({ "message": "Upgrade Required" })))
            .into_response();
    };
    let (id, connected_at, peer) = (random_id(), sockets.clock.now(), peer.ip().to_string());
    let happening = Happening {
        kind: "CONNECT",
        route: "$connect",
        connection: &id,
        connected_at,
        peer: &peer,
    };
    let (status, protocol) = sockets
        .call(&happening, json!({ "headers": single, "queryStringParameters": query }))
        .await;
    if status != 200 {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        return (status, Json(json!({ "message": status.canonical_reason() }))).into_response();
    }
    let upgrade = upgrade.max_frame_size(MAX_FRAME).max_message_size(MAX_MESSAGE);
    let upgrade =
        if let Some(protocol) = protocol { upgrade.protocols([protocol]) } else { upgrade };
    upgrade.on_upgrade(move |socket| sockets.serve(socket, id, connected_at, peer))
}

/// `PostToConnection`
async fn tell(State(sockets): State<Sockets>, Path(id): Path<String>, body: Bytes) -> Response {
    if body.len() > MAX_MESSAGE {
        return management_error(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException");
    }
    let message = match String::from_utf8(body.to_vec()) {
        Ok(text) => Message::Text(text.into()),
        Err(_) => Message::Binary(body),
    };
    if sockets.send(&id, message) {
        StatusCode::OK.into_response()
    } else {
        management_error(StatusCode::GONE, "GoneException")
    }
}

/// `GetConnection`
async fn look(State(sockets): State<Sockets>, Path(id): Path<String>) -> Response {
    let open = sockets.open.lock().unwrap_or_else(PoisonError::into_inner);
    match open.get(&id) {
        Some(open) => {
            let at = open.connected_at.to_string();
            Json(json!({ "connectedAt": at, "lastActiveAt": at, "identity": { "sourceIp": open.peer, "userAgent": "" } })).into_response()
        }
        None => management_error(StatusCode::GONE, "GoneException"),
    }
}

/// `DeleteConnection`
async fn close(State(sockets): State<Sockets>, Path(id): Path<String>) -> Response {
    let frame = CloseFrame { code: 1000, reason: "Connection Closed Normally".into() };
    if sockets.send(&id, Message::Close(Some(frame))) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        management_error(StatusCode::GONE, "GoneException")
    }
}

fn management_error(status: StatusCode, kind: &'static str) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert("x-amzn-errortype", axum::http::HeaderValue::from_static(kind));
    (status, headers, Json(json!({ "message": kind }))).into_response()
}

/// An id of the gateway's shape: fifteen characters and an equals sign.
fn random_id() -> String {
    let mut bytes = [0; 12];
    let _ = getrandom::fill(&mut bytes);
    let text = data_encoding::BASE64URL_NOPAD.encode(&bytes);
    format!("{}=", text.get(..15).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traffic_keeps_a_socket_until_it_is_old() {
        let minutes = |n| Duration::from_mins(n);
        let start = Instant::now();
        let mut lifetime =
            Lifetime::begin(SocketLimits { idle: minutes(10), life: minutes(25) }, start);
        assert_eq!(lifetime.end(), start + minutes(10));
        for (frame_at, end_at) in [(9, 19), (14, 24), (16, 25), (24, 25)] {
            lifetime.extend(start + minutes(frame_at));
            assert_eq!(lifetime.end(), start + minutes(end_at));
        }
    }
}
