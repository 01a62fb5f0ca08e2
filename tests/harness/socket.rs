//! A WebSocket client, over a real socket.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a test waits to believe that nothing comes.
const SILENCE: Duration = Duration::from_millis(150);

/// An open WebSocket.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The sub-protocol that the server chose.
    pub protocol: Option<String>,
}

impl Socket {
    /// Opens a socket with these headers, or answers the status of the refusal.
    pub async fn open(url: &str, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let mut request = url.into_client_request().expect("a url");
        for (name, value) in headers {
            request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header value"));
        }
        match connect_async(request).await {
            Ok((stream, response)) => {
                let protocol = response.headers().get("sec-websocket-protocol").map(|value| value.to_str().expect("text").to_owned());
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

    /// The next event.
    pub async fn next(&mut self) -> Value {
        match self.receive(PATIENCE).await {
            Some(Some(event)) => event,
            Some(None) => panic!("the socket was closed"),
            None => panic!("nothing comes"),
        }
    }

    /// The next event with this name; those before it are dropped.
    pub async fn next_of(&mut self, name: &str) -> Value {
        loop {
            let event = self.next().await;
            if event["event"] == name {
                return event;
            }
        }
    }

    /// Checks that nothing comes.
    pub async fn is_silent(&mut self) {
        if let Some(event) = self.receive(SILENCE).await {
            panic!("something came: {event:?}");
        }
    }

    /// Waits until the server closes; what comes before is dropped.
    pub async fn is_closed(&mut self) {
        loop {
            match self.receive(PATIENCE).await {
                Some(None) => return,
                Some(Some(_)) => {}
                None => panic!("the socket stays open"),
            }
        }
    }

    /// An event, or nothing at the end of the socket, within a time.
    async fn receive(&mut self, patience: Duration) -> Option<Option<Value>> {
        loop {
            match tokio::time::timeout(patience, self.stream.next()).await {
                Err(_) => return None,
                Ok(Some(Ok(Message::Text(text)))) => return Some(Some(serde_json::from_str(&text).expect("JSON"))),
                Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) => return Some(None),
                Ok(Some(Ok(_))) => {}
            }
        }
    }
}
