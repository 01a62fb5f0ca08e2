//! The management API at `/@connections/{id}`: push to a socket, look it up, close it.

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::json;

use super::{MAX_MESSAGE, Sockets};

pub(super) fn router() -> Router<Sockets> {
    let connection = || post(push).get(look_up).delete(close);
    Router::new()
        .route("/@connections/{id}", connection())
        // Some SDKs encode the `@`.
        .route("/%40connections/{id}", connection())
}

/// `PostToConnection`
async fn push(State(sockets): State<Sockets>, Path(id): Path<String>, body: Bytes) -> Response {
    if body.len() > MAX_MESSAGE {
        return error(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException");
    }
    let message = match String::from_utf8(body.to_vec()) {
        Ok(text) => Message::Text(text.into()),
        Err(_) => Message::Binary(body),
    };
    if sockets.send(&id, message) { StatusCode::OK.into_response() } else { gone() }
}

/// `GetConnection`
async fn look_up(State(sockets): State<Sockets>, Path(id): Path<String>) -> Response {
    let open = sockets.lock();
    let Some(open) = open.get(&id) else { return gone() };
    let at = open.connected_at.to_string();
    Json(json!({
        "connectedAt": at, "lastActiveAt": at,
        "identity": { "sourceIp": open.peer, "userAgent": "" },
    }))
    .into_response()
}

/// `DeleteConnection`
async fn close(State(sockets): State<Sockets>, Path(id): Path<String>) -> Response {
    let frame = CloseFrame { code: 1000, reason: "Connection Closed Normally".into() };
    if sockets.send(&id, Message::Close(Some(frame))) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        gone()
    }
}

fn gone() -> Response {
    error(StatusCode::GONE, "GoneException")
}

fn error(status: StatusCode, kind: &'static str) -> Response {
    (status, [("x-amzn-errortype", kind)], Json(json!({ "message": kind }))).into_response()
}
