//! What may go wrong between Medusa and the chat.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, RETRY_AFTER};
use axum::response::{Html, IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use serde_json::json;

/// Longer than any client waits.
const FOREVER: Duration = Duration::from_mins(10);
/// A part of an endless body.
const PART: Bytes = Bytes::from_static(&[b' '; 64 * 1024]);

/// What every request meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// 503.
    Away,
    /// No response.
    Silent,
    /// A response whose body never ends, nor begins.
    SlowBody,
    /// A page, as of a proxy.
    Page,
    /// The first half of the response.
    Truncated,
    /// A body that never ends.
    Huge,
    /// 401: the key was revoked.
    KeyRefused,
    /// 403.
    Forbidden,
    /// 429.
    Busy,
    /// 500, in Medusa's words.
    Broken,
    /// 404 of another server.
    Elsewhere,
}

impl Fault {
    /// The response instead of this one.
    pub(super) async fn instead_of(self, response: Response) -> Response {
        let error = |status: StatusCode, message: &str| {
            (status, Json(json!({ "message": message }))).into_response()
        };
        match self {
            Self::Away => error(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
            Self::Silent => {
                tokio::time::sleep(FOREVER).await;
                response
            }
            Self::SlowBody => Response::new(Body::from_stream(stream::pending::<Part>())),
            Self::Page => Html("<!doctype html><title>Welcome</title>").into_response(),
            Self::Truncated => {
                let (mut parts, body) = response.into_parts();
                parts.headers.remove(CONTENT_LENGTH);
                let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
                Response::from_parts(parts, Body::from(body.slice(..body.len() / 2)))
            }
            Self::Huge => Response::new(Body::from_stream(stream::repeat(PART).map(Part::Ok))),
            Self::KeyRefused => error(StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::Forbidden => error(StatusCode::FORBIDDEN, "Forbidden"),
            Self::Busy => {
                let mut busy = error(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
                busy.headers_mut().insert(RETRY_AFTER, 7.into());
                busy
            }
            Self::Broken => {
                let body = json!({ "code": "unknown_error", "type": "unknown_error",
                    "message": "An unknown error occurred." });
                (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
            }
            Self::Elsewhere => {
                (StatusCode::NOT_FOUND, Html("<pre>Cannot GET /admin</pre>")).into_response()
            }
        }
    }
}

/// A part of a body.
type Part = Result<Bytes, std::convert::Infallible>;
