//! A client of the API. Its calls go through the gateway's events into the functions, without a
//! socket.

use axum::body::{Bytes, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use local::Gateway;
use serde_json::{Value, json};

/// Somebody who calls the API, with the headers they send.
#[derive(Clone)]
pub struct Client {
    gateway: Gateway,
    headers: HeaderMap,
    peer: String,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; null when there is none, or another kind of one.
    pub body: Value,
    /// The body as text.
    pub text: String,
    what: String,
}

impl Client {
    pub(crate) fn new(gateway: Gateway) -> Self {
        let headers = HeaderMap::from_iter([(
            HeaderName::from_static("host"),
            HeaderValue::from_static("chat.test"),
        )]);
        Self { gateway, headers, peer: "192.0.2.1".to_owned() }
    }

    /// The same client with one more header.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.append(
            HeaderName::try_from(name).expect("a header name"),
            HeaderValue::from_str(value).expect("a header value"),
        );
        client
    }

    /// The same client from another address.
    pub fn from(&self, peer: &str) -> Self {
        Self { peer: peer.to_owned(), ..self.clone() }
    }

    /// The same client at another gateway.
    pub fn through(&self, gateway: &Gateway) -> Self {
        Self { gateway: gateway.clone(), ..self.clone() }
    }

    /// Sends a request with any body.
    pub async fn send_raw(&self, method: &str, path: &str, body: impl Into<Bytes>) -> Reply {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let what = format!("{method} {path}");
        let response =
            self.gateway.respond(method, path, &self.headers, body.into(), &self.peer).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a body");
        let is_other =
            parts.headers.get(CONTENT_TYPE).is_some_and(|kind| kind != "application/json");
        let body = if bytes.is_empty() || is_other {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).expect("a JSON body")
        };
        Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            what,
        }
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> Reply {
        self.send_raw("GET", path, "").await
    }

    /// `POST` with JSON
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send_raw("POST", path, body.to_string()).await
    }

    /// `PUT` with JSON
    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send_raw("PUT", path, body.to_string()).await
    }

    /// `DELETE`
    pub async fn delete(&self, path: &str) -> Reply {
        self.send_raw("DELETE", path, "").await
    }

    /// Opens the caller's own channel with the default key; answers its hash.
    pub async fn open(&self) -> String {
        self.post("/store/chat/channels", json!({})).await.ok()["channel"]["channel_hash"]
            .as_str()
            .expect("a hash")
            .to_owned()
    }

    /// Sends from the store side; answers the message.
    pub async fn say(&self, hash: &str, body: &str) -> Value {
        self.post(&format!("/store/chat/messages/{hash}"), json!({ "body": body })).await.ok()["message"].clone()
    }

    /// Sends as staff; answers the message.
    pub async fn answer(&self, hash: &str, body: &str) -> Value {
        self.post(&format!("/admin/chat/messages/{hash}"), json!({ "body": body })).await.ok()["message"].clone()
    }

    /// The total of unread messages in a scope.
    pub async fn unread(&self, scope: &str) -> u64 {
        self.get(&format!("/{scope}/chat/messages/unread-count")).await.ok()["unread_count"]
            .as_u64()
            .expect("a number")
    }

    /// The bodies of a page of messages.
    pub async fn bodies(&self, scope: &str, hash: &str) -> Vec<String> {
        let page = self.get(&format!("/{scope}/chat/messages/{hash}?limit=100")).await.ok();
        page["messages"]
            .as_array()
            .expect("messages")
            .iter()
            .map(|message| message["body"].as_str().expect("a body").to_owned())
            .collect()
    }
}

impl Reply {
    /// The body of an answer that must be 200.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}: {}", self.what, self.body);
        self.body
    }

    /// Checks that this is an error of the contract, with this status and type; answers its
    /// message.
    #[track_caller]
    pub fn refused(&self, status: u16, kind: &str) -> &str {
        assert_eq!(
            (self.status, self.body["type"].as_str()),
            (status, Some(kind)),
            "{}: {}",
            self.what,
            self.body
        );
        assert!(self.headers.contains_key("x-request-id"), "{}: no request id", self.what);
        self.body["message"].as_str().expect("a message")
    }
}
