//! API Gateway's WebSocket API on one machine, with the same limits. The `realtime` handler gets
//! the gateway's own events, and the management SDK reaches open sockets unmodified.

mod lifetime;
mod management;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::Clock;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, RequestExt, Router};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use domain::Timestamp;
use http::{AppState, Rest};
use realtime::Realtime;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use lifetime::Lifetime;

pub use lifetime::SocketLimits;

/// Largest frame that a client may send, in bytes.
const MAX_FRAME: usize = 32 * 1024;
/// Largest message in either direction, in bytes.
const MAX_MESSAGE: usize = 128 * 1024;
/// Most frames that wait for a slow client before pushes to it fail.
const BACKLOG: usize = 1_000;

/// The open sockets and their handler. Cheap to clone.
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

/// What API Gateway reports about a connection.
pub struct SocketEvent<'a> {
    /// `CONNECT`, `DISCONNECT` or `MESSAGE`.
    pub kind: &'static str,
    /// `$connect`, `$disconnect` or `$default`.
    pub route: &'a str,
    /// The connection's id.
    pub connection: &'a str,
    /// When the connection was opened.
    pub connected_at: Timestamp,
    /// The client's address.
    pub peer: &'a str,
}

impl SocketEvent<'_> {
    /// The Lambda event; `rest` adds headers, query or body.
    pub fn event(&self, rest: &Value, request_id: &str, now: Timestamp) -> Value {
        let message_id = (self.kind == "MESSAGE").then_some(request_id);
        let mut event = json!({
            "requestContext": {
                "routeKey": self.route, "eventType": self.kind, "connectionId": self.connection,
                "connectedAt": self.connected_at.millis(), "requestTimeEpoch": now.millis(),
                "requestId": request_id, "extendedRequestId": request_id,
                "messageDirection": "IN", "stage": "live", "apiId": "local",
                "domainName": "127.0.0.1", "identity": { "sourceIp": self.peer },
                "messageId": message_id,
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

    /// Routes of the socket's address and of the management API.
    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/ws", any(upgrade))
            .merge(management::router())
            .with_state(self.clone())
    }

    /// Calls the handler; returns its status, the chosen sub-protocol, and what it does after that.
    async fn call(&self, event: &SocketEvent<'_>, rest: Value) -> (u16, Option<String>, Rest) {
        let event = event.event(&rest, &random_id(), self.clock.now());
        let failed = || (500, None, Rest::default());
        let Ok(event) = serde_json::from_value(event) else { return failed() };
        let Ok((response, rest)) = realtime::handle(self.realtime.clone(), event).await else {
            return failed();
        };
        match serde_json::to_value(response) {
            Ok(response) => {
                let status = response["statusCode"]
                    .as_u64()
                    .and_then(|status| u16::try_from(status).ok())
                    .unwrap_or(500);
                let protocol = response["headers"]["Sec-WebSocket-Protocol"].as_str();
                (status, protocol.map(str::to_owned), rest)
            }
            Err(_) => failed(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a message for an open socket; returns whether there is one that accepts it.
    fn send(&self, id: &str, message: Message) -> bool {
        self.lock().get(id).is_some_and(|open| open.outgoing.try_send(message).is_ok())
    }

    /// Serves one socket until it is closed. What the handler does after a response delays no
    /// further event of the socket.
    async fn serve(
        self,
        mut socket: WebSocket,
        id: String,
        connected_at: Timestamp,
        peer: String,
        rest: Rest,
    ) {
        let (outgoing, mut waiting) = mpsc::channel(BACKLOG);
        self.lock().insert(id.clone(), Open { outgoing, connected_at, peer: peer.clone() });
        tokio::spawn(rest.run());
        let mut lifetime = Lifetime::begin(self.limits, Instant::now());
        let event =
            |kind, route| SocketEvent { kind, route, connection: &id, connected_at, peer: &peer };
        loop {
            tokio::select! {
                () = sleep_until(lifetime.end()) => {
                    close(&mut socket, 1001, "Going away").await;
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
                    let body = match received {
                        Some(Ok(Message::Text(text))) => json!({ "body": text.as_str() }),
                        Some(Ok(Message::Binary(bytes))) => {
                            json!({ "body": BASE64.encode(&bytes), "isBase64Encoded": true })
                        }
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                        Some(Err(_)) => {
                            // Too large a frame or message; or the connection broke, and this
                            // reaches no client.
                            close(&mut socket, 1009, "Message too big").await;
                            break;
                        }
                        Some(Ok(Message::Close(_))) | None => break,
                    };
                    let (.., rest) = self.call(&event("MESSAGE", "$default"), body).await;
                    tokio::spawn(rest.run());
                }
            }
        }
        self.lock().remove(&id);
        let (.., rest) = self.call(&event("DISCONNECT", "$disconnect"), json!({})).await;
        tokio::spawn(rest.run());
    }
}

async fn close(socket: &mut WebSocket, code: u16, reason: &'static str) {
    let _ = socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
}

/// Opens a socket. `$connect` runs first; until it has succeeded the management API does not know
/// the id.
async fn upgrade(
    State(sockets): State<Sockets>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let query: HashMap<String, String> =
        form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let rest = json!({ "headers": joined(request.headers()), "queryStringParameters": query });
    let Ok(upgrade) = request.extract::<WebSocketUpgrade, _>().await else {
        return error(StatusCode::UPGRADE_REQUIRED);
    };
    let (id, connected_at, peer) = (random_id(), sockets.clock.now(), peer.ip().to_string());
    let event = SocketEvent {
        kind: "CONNECT",
        route: "$connect",
        connection: &id,
        connected_at,
        peer: &peer,
    };
    let (status, protocol, rest) = sockets.call(&event, rest).await;
    if status != 200 {
        return error(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    }
    let upgrade = upgrade.max_frame_size(MAX_FRAME).max_message_size(MAX_MESSAGE);
    let upgrade =
        if let Some(protocol) = protocol { upgrade.protocols([protocol]) } else { upgrade };
    upgrade.on_upgrade(move |socket| sockets.serve(socket, id, connected_at, peer, rest))
}

fn error(status: StatusCode) -> Response {
    (status, Json(json!({ "message": status.canonical_reason() }))).into_response()
}

/// Headers by name; values of a repeated header are joined by a comma.
fn joined(headers: &HeaderMap) -> HashMap<String, String> {
    let mut joined: HashMap<String, String> = HashMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        joined
            .entry(name.to_string())
            .and_modify(|all| *all = format!("{all},{value}"))
            .or_insert(value);
    }
    joined
}

/// An id in the gateway's form: fifteen characters and an equals sign.
fn random_id() -> String {
    let mut bytes = [0; 12];
    let _ = getrandom::fill(&mut bytes);
    let text = BASE64URL_NOPAD.encode(&bytes);
    format!("{}=", text.get(..15).unwrap_or_default())
}
