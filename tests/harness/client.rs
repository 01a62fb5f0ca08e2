//! A client of the API, in the product's language. Its calls go through the gateway's events into
//! the functions, without a socket.

use axum::body::{Bytes, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use local::Gateway;
use serde_json::{Value, json};

/// The two halves of the API.
#[derive(Clone, Copy, Debug)]
enum Scope {
    Store,
    Admin,
}

/// A caller of the API, with the headers they send.
///
/// A caller is a customer or guest in the store scope, unless they are made an admin.
#[derive(Clone)]
pub struct Client {
    gateway: Gateway,
    headers: HeaderMap,
    peer: String,
    scope: Scope,
}

/// A response.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; null without a body or with one of another type.
    pub body: Value,
    /// The body as text.
    pub text: String,
    request: String,
}

impl Client {
    pub(crate) fn new(gateway: Gateway) -> Self {
        let headers = HeaderMap::from_iter([(
            HeaderName::from_static("host"),
            HeaderValue::from_static("chat.test"),
        )]);
        Self { gateway, headers, peer: "192.0.2.1".to_owned(), scope: Scope::Store }
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

    /// The same client with this bearer token.
    pub fn with_token(&self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    /// The same client as a guest with this secret.
    pub fn with_guest_secret(&self, secret: &str) -> Self {
        self.with("guest_id_for_live_chat", secret)
    }

    /// The same client from another address.
    pub fn from(&self, peer: &str) -> Self {
        Self { peer: peer.to_owned(), ..self.clone() }
    }

    /// The same client at another gateway.
    pub fn through(&self, gateway: &Gateway) -> Self {
        Self { gateway: gateway.clone(), ..self.clone() }
    }

    /// The same client in the admin scope.
    pub fn as_admin(&self) -> Self {
        Self { scope: Scope::Admin, ..self.clone() }
    }

    /// Sends a request with any body.
    pub async fn send_raw(&self, method: &str, path: &str, body: impl Into<Bytes>) -> Reply {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = format!("{method} {path}");
        let response =
            self.gateway.respond(method, path, &self.headers, body.into(), &self.peer).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a body");
        let is_json = parts.headers.get(CONTENT_TYPE).is_none_or(|kind| kind == "application/json");
        let body = if bytes.is_empty() || !is_json {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).expect("a JSON body")
        };
        Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            request,
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

    /// Opens the caller's own channel with the default key; returns its hash.
    pub async fn open(&self) -> String {
        self.open_with(json!({})).await
    }

    /// Opens a channel with an admin of the customer's choice; returns its hash.
    pub async fn open_with_admin(&self, admin: &str) -> String {
        self.open_with(json!({ "admin_id": admin })).await
    }

    async fn open_with(&self, body: Value) -> String {
        let opened = self.post("/store/chat/channels", body).await.ok();
        opened["channel"]["channel_hash"].as_str().expect("a hash").to_owned()
    }

    /// Sends a message as a customer or guest; returns the message.
    pub async fn say(&self, hash: &str, body: &str) -> Value {
        self.post(&format!("/store/chat/messages/{hash}"), json!({ "body": body })).await.ok()
            ["message"]
            .take()
    }

    /// Sends a message as an admin; returns the message.
    pub async fn answer(&self, hash: &str, body: &str) -> Value {
        self.post(&format!("/admin/chat/messages/{hash}"), json!({ "body": body })).await.ok()
            ["message"]
            .take()
    }

    /// Edits the caller's message; returns it.
    pub async fn edit(&self, message: &Value, body: &str) -> Value {
        self.put(&self.message_path(message), json!({ "body": body })).await.ok()["message"].take()
    }

    /// Deletes the caller's message.
    pub async fn delete_message(&self, message: &Value) {
        self.delete(&self.message_path(message)).await.ok();
    }

    /// Marks everything in a channel as read; returns `member` and `unread_count`.
    pub async fn read(&self, hash: &str) -> Value {
        self.put(&self.path(&format!("channels/{hash}/read")), json!({})).await.ok()
    }

    /// Marks a channel as read up to a message; returns `member` and `unread_count`.
    pub async fn read_to(&self, hash: &str, seq: u64) -> Value {
        self.put(&self.path(&format!("channels/{hash}/read")), json!({ "seq": seq })).await.ok()
    }

    /// The newest page of a channel's messages.
    pub async fn messages(&self, hash: &str) -> Value {
        self.get(&self.path(&format!("messages/{hash}"))).await.ok()
    }

    /// The first page of the channels that the caller sees.
    pub async fn channels(&self) -> Value {
        self.get(&self.path("channels")).await.ok()
    }

    /// The log of a channel after a seq.
    pub async fn events_after(&self, hash: &str, seq: u64) -> Value {
        self.get(&self.path(&format!("channels/{hash}/events?after={seq}"))).await.ok()
    }

    /// Changes the caller's profile; returns it.
    pub async fn set_profile(&self, fields: Value) -> Value {
        self.put(&self.path("profile"), fields).await.ok()["profile"].take()
    }

    /// Claims the channels of the guest with this secret.
    pub async fn claim(&self, secret: &str) -> Reply {
        self.with_guest_secret(secret).post("/store/chat/guest/claim", json!({})).await
    }

    /// A ticket for a WebSocket.
    pub async fn ticket(&self) -> Value {
        self.post(&self.path("realtime/ticket"), json!({})).await.ok()
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

    pub(crate) fn path(&self, rest: &str) -> String {
        let scope = match self.scope {
            Scope::Store => "store",
            Scope::Admin => "admin",
        };
        format!("/{scope}/chat/{rest}")
    }

    fn message_path(&self, message: &Value) -> String {
        self.path(&format!("messages/id/{}", message["id"].as_str().expect("a message")))
    }
}

impl Reply {
    /// The body of a response that must be 200.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}: {}", self.request, self.body);
        self.body
    }

    /// Checks that this is an error with this status and type (docs/api.md, section 2.3). Returns
    /// its message.
    #[track_caller]
    pub fn refused(&self, status: u16, kind: &str) -> &str {
        assert_eq!(
            (self.status, self.body["type"].as_str()),
            (status, Some(kind)),
            "{}: {}",
            self.request,
            self.body
        );
        assert!(self.headers.contains_key("x-request-id"), "{}: no request id", self.request);
        self.body["message"].as_str().expect("a message")
    }
}
