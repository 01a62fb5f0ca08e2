//! A WebSocket client, over a real socket.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Longest wait for a frame; it only ends a test that fails.
const PATIENCE: Duration = Duration::from_mins(1);

const PRESENCE: &str = "chat.presence";

/// An open WebSocket.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The sub-protocol that the server chose.
    pub protocol: Option<String>,
}

impl Socket {
    /// Opens a socket with these headers, or returns the status of the refusal.
    pub async fn open(url: &str, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let mut request = url.into_client_request().expect("a url");
        for (name, value) in headers {
            request.headers_mut().insert(
                HeaderName::from_static(name),
                HeaderValue::from_str(value).expect("a header value"),
            );
        }
        match connect_async(request).await {
            Ok((stream, response)) => {
                let protocol = response
                    .headers()
                    .get("sec-websocket-protocol")
                    .map(|value| value.to_str().expect("text").to_owned());
                Ok(Self { stream, protocol })
            }
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("the socket does not open: {error}"),
        }
    }

    /// Sends a text frame.
    pub async fn send(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.expect("sent");
    }

    /// Sends a binary frame.
    pub async fn send_bytes(&mut self, bytes: Vec<u8>) {
        self.stream.send(Message::binary(bytes)).await.expect("sent");
    }

    /// The next frame that is not about presence.
    pub async fn next(&mut self) -> Value {
        self.receive_beyond_presence().await.expect("the socket was closed")
    }

    /// The next frame about presence; skips those before it. `None` once the socket is closed.
    pub async fn next_presence(&mut self) -> Option<Value> {
        loop {
            let frame = self.receive().await?;
            if frame["event"] == PRESENCE {
                return Some(frame);
            }
        }
    }

    /// Waits until a frame says so of the person, or of staff. Returns the frames about presence
    /// up to that one.
    pub async fn until_online_is(&mut self, online: bool) -> Vec<Value> {
        let mut frames = Vec::new();
        loop {
            let frame = self.next_presence().await.expect("the socket was closed");
            let is_last = frame["payload"]["online"] == online;
            frames.push(frame);
            if is_last {
                return frames;
            }
        }
    }

    /// The next frame with this event; skips those before it.
    pub async fn next_of(&mut self, name: &str) -> Value {
        loop {
            let event = self.next().await;
            if event["event"] == name {
                return event;
            }
        }
    }

    /// Checks that no frame arrived, except about presence: the next one must be the pong, and a
    /// socket keeps the order of its frames. A request's pushes precede its response. For pushes
    /// that a frame of another socket causes, call that socket's `is_silent` first.
    pub async fn is_silent(&mut self) {
        self.send(r#"{"action":"ping"}"#).await;
        assert_eq!(self.next().await["event"], "pong", "something came");
    }

    /// Waits until the server closes the socket; skips frames before that.
    pub async fn is_closed(&mut self) {
        while self.receive().await.is_some() {}
    }

    /// Checks that the server closes the socket without a frame before.
    pub async fn is_closed_in_silence(&mut self) {
        if let Some(event) = self.receive_beyond_presence().await {
            panic!("something came: {event}");
        }
    }

    async fn receive_beyond_presence(&mut self) -> Option<Value> {
        loop {
            let frame = self.receive().await?;
            if frame["event"] != PRESENCE {
                return Some(frame);
            }
        }
    }

    /// The next frame of any kind; `None` once the socket is closed.
    pub async fn receive(&mut self) -> Option<Value> {
        loop {
            match tokio::time::timeout(PATIENCE, self.stream.next())
                .await
                .expect("nothing comes, and the socket stays open")
            {
                Some(Ok(Message::Text(text))) => {
                    return Some(serde_json::from_str(&text).expect("JSON"));
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }
}
