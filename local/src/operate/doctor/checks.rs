//! The checks, one function each.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::api::{PATIENCE, cause_chain};
use super::{Doctor, Outcome};

/// A header that Medusa's JS SDK sends with every request, and that the chat does not list.
const SDK_HEADER: &str = "x-medusa-locale";
/// How far this machine's clock may be off, in seconds.
const MAX_CLOCK_ERROR_S: i64 = 60;

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Doctor<'_> {
    pub(super) async fn health(&self) -> Outcome<()> {
        let response = self.api.get("/health").await?;
        let status = response.status();
        let date = response.headers().get("date").and_then(|date| date.to_str().ok());
        let clock_error = date.and_then(clock_error_s);
        let body: Value = response.json().await.unwrap_or_default();
        if body["status"] != "ok" {
            return Err(format!(
                "/health returned {status} instead of {{\"status\":\"ok\"}}. Is this the API of \
                 the chat?"
            ));
        }
        match clock_error {
            Some(seconds) if seconds.abs() > MAX_CLOCK_ERROR_S => Err(format!(
                "this machine's clock is {seconds} seconds off: tokens that are signed here are \
                 not valid"
            )),
            _ => Ok(((), self.target.url.clone())),
        }
    }

    pub(super) async fn pages(&self) -> Outcome<()> {
        let pages = [("/chat/widget.js", "javascript"), ("/app/chat", "html")];
        for (path, kind) in pages {
            let response = self.api.get(path).await?;
            let content_type = response.headers().get("content-type");
            let is_expected = content_type
                .and_then(|value| value.to_str().ok())
                .is_some_and(|value| value.contains(kind));
            if response.status() != StatusCode::OK || !is_expected {
                return Err(format!(
                    "{path} returned {}. Does a proxy in front of the API pass every path?",
                    response.status()
                ));
            }
        }
        Ok(((), pages.map(|(path, _)| path).join(", ")))
    }

    pub(super) async fn cors(&self, origin: &str) -> Outcome<()> {
        let url = format!("{}/store/chat/channels", self.api.url);
        let request = self
            .api
            .http
            .request(Method::OPTIONS, url)
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", SDK_HEADER);
        let response = request.send().await.map_err(|error| cause_chain(&error))?;
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
        };
        if header("access-control-allow-origin") != origin {
            return Err(format!(
                "browsers block calls from {origin}. Is it in AllowedOrigins, and does a proxy in \
                 front of the API pass OPTIONS?"
            ));
        }
        let allows_sdk =
            header("access-control-allow-headers").split(',').any(|name| name.trim() == SDK_HEADER);
        if !allows_sdk || header("access-control-allow-credentials") != "true" {
            return Err(format!(
                "browsers block calls of Medusa's JS SDK from {origin}. Does a proxy in front of \
                 the API answer OPTIONS itself?"
            ));
        }
        Ok(((), origin.to_owned()))
    }

    /// The shop's unread total.
    pub(super) async fn admin_access(&self) -> Outcome<u64> {
        let unread = self.unread().await?;
        Ok((unread, format!("{unread} unread in the shop")))
    }

    async fn unread(&self) -> Result<u64, String> {
        let path = "/admin/chat/messages/unread-count";
        let response = self.as_admin(Method::GET, path, None).await?;
        Ok(response["unread_count"].as_u64().unwrap_or_default())
    }

    /// The conversation's hash.
    pub(super) async fn open(&self) -> Outcome<String> {
        let response =
            self.as_customer(Method::POST, "/store/chat/channels", Some(json!({}))).await?;
        let hash = response["channel"]["channel_hash"].as_str();
        let hash = hash.ok_or("the response has no channel_hash")?.to_owned();
        Ok((hash.clone(), hash))
    }

    pub(super) async fn connect(&self, scope: &str, token: &str) -> Outcome<Socket> {
        let path = format!("/{scope}/chat/realtime/ticket");
        let ticket = self.api.call(Method::POST, &path, token, Some(json!({}))).await?;
        let url = ticket["url"].as_str().unwrap_or_default();
        let mut request = url
            .into_client_request()
            .map_err(|error| format!("the ticket's url is {url:?}: {error}"))?;
        let offered = format!("chat.v1, t.{}", ticket["ticket"].as_str().unwrap_or_default());
        request.headers_mut().insert(
            "sec-websocket-protocol",
            HeaderValue::from_str(&offered).map_err(|error| error.to_string())?,
        );
        match tokio::time::timeout(PATIENCE, connect_async(request)).await {
            Ok(Ok((socket, _))) => Ok((socket, url.to_owned())),
            Ok(Err(Error::Http(response))) => {
                Err(format!("{url} returned {}. See the log of `realtime`", response.status()))
            }
            Ok(Err(error)) => Err(format!("{url} cannot be reached: {error}")),
            Err(_) => Err(format!("{url} does not respond")),
        }
    }

    /// The stored message.
    pub(super) async fn send(&self, hash: &str) -> Outcome<Value> {
        let body = json!({ "body": "The doctor was here. This message takes itself back." });
        let path = format!("/store/chat/messages/{hash}");
        let response = self.as_customer(Method::POST, &path, Some(body)).await?;
        let message = response["message"].clone();
        let seq = message["seq"].as_u64().ok_or("the response has no message")?;
        Ok((message, format!("message {seq}")))
    }

    pub(super) async fn is_stored(&self, hash: &str, sent: &Value) -> Outcome<()> {
        let path = format!("/admin/chat/messages/{hash}?limit=1");
        let response = self.as_admin(Method::GET, &path, None).await?;
        let newest = &response["messages"][0]["id"];
        if *newest == sent["id"] {
            Ok(((), "newest".to_owned()))
        } else {
            Err(format!("the newest message is another one: {newest}"))
        }
    }

    pub(super) async fn is_counted(&self, before: u64) -> Outcome<()> {
        let counted = async {
            loop {
                let unread = self.unread().await?;
                if unread > before {
                    return Ok(((), format!("{unread} unread")));
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        let limit = self.target.stream_patience;
        tokio::time::timeout(limit, counted).await.unwrap_or_else(|_| {
            Err(format!(
                "the total is still {before} after {} seconds. The function `activity` updates it \
                 from the table's stream: see its log",
                limit.as_secs()
            ))
        })
    }

    pub(super) async fn delete(&self, hash: &str, sent: &Value) -> Outcome<()> {
        let path = format!("/store/chat/messages/id/{}", sent["id"].as_str().unwrap_or_default());
        self.as_customer(Method::DELETE, &path, None).await?;
        Ok(((), format!("{hash} stays in the inbox; `local erase` removes it")))
    }

    async fn as_customer(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, String> {
        self.api.call(method, path, &self.target.tokens.customer, body).await
    }

    async fn as_admin(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, String> {
        self.api.call(method, path, &self.target.tokens.admin, body).await
    }
}

/// Waits for the push of a message.
pub(super) async fn receive(mut socket: Socket, sent: &Value) -> Outcome<()> {
    let pushed = async {
        while let Some(Ok(frame)) = socket.next().await {
            let Message::Text(text) = frame else { continue };
            let envelope: Value = serde_json::from_str(&text).unwrap_or_default();
            if envelope["event"] == "chat.message.created" && envelope["message_id"] == sent["id"] {
                return Ok(((), "by WebSocket".to_owned()));
            }
        }
        Err("the WebSocket was closed".to_owned())
    };
    tokio::time::timeout(PATIENCE, pushed).await.unwrap_or_else(|_| {
        Err("no push arrived. May the function `store` manage connections of this WebSocket API, \
             and is SOCKETS_ENDPOINT its endpoint?"
            .to_owned())
    })
}

/// How far this machine's clock is ahead of a `Date` header, in seconds.
fn clock_error_s(date: &str) -> Option<i64> {
    let there = jiff::fmt::rfc2822::parse(date).ok()?.timestamp().as_second();
    Some(app::Clock::default().now().seconds() - there)
}
