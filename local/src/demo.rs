//! A small demo shop: a few people and their conversations, created through the API.

use anyhow::ensure;
use app::App;
use axum::body::{Bytes, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Value, json};

use crate::Gateway;
use crate::token::Signer;

/// A person of the demo shop.
pub struct Person {
    /// The id in Medusa.
    pub id: &'static str,
    /// The first name.
    pub name: &'static str,
    /// Whether the person is an admin.
    pub is_staff: bool,
}

/// The people of the demo shop.
pub const fn people() -> [Person; 4] {
    [
        Person { id: "cus_ada", name: "Ada", is_staff: false },
        Person { id: "cus_ben", name: "Ben", is_staff: false },
        Person { id: "user_mia", name: "Mia", is_staff: true },
        Person { id: "user_tom", name: "Tom", is_staff: true },
    ]
}

/// Fills an empty shop. A shop with channels is left unchanged.
pub(crate) async fn seed(app: &App, gateway: &Gateway, signer: &Signer) -> anyhow::Result<()> {
    let now = app.clock.now();
    let [ada, ben, mia, _] = people().map(|person| signer.token(&person, now));
    let call = async |token: &str, method: Method, path: &str, body: Value| {
        call(gateway, token, method, path, &body).await
    };
    let own = call(&ada, Method::GET, "/store/chat/channels", Value::Null).await?;
    if own["count"] != 0 {
        return Ok(());
    }
    for (token, hash, said) in [
        (&ada, "direct:admin:cus_ada", "Hi! Is the green teapot coming back in stock?"),
        (&ben, "direct:admin:cus_ben", "My order #1042 says delivered, but nothing arrived."),
    ] {
        call(token, Method::POST, "/store/chat/channels", json!({})).await?;
        call(token, Method::POST, &format!("/store/chat/messages/{hash}"), json!({ "body": said }))
            .await?;
    }
    let path = "/admin/chat/messages/direct:admin:cus_ada";
    let reply = "Hello Ada, yes: forty of them arrive on Thursday. Shall I keep one for you?";
    call(&mia, Method::POST, path, json!({ "body": reply })).await?;
    call(&mia, Method::PUT, "/admin/chat/channels/direct:admin:cus_ada/read", json!({})).await?;
    Ok(())
}

async fn call(
    gateway: &Gateway,
    token: &str,
    method: Method,
    path: &str,
    body: &Value,
) -> anyhow::Result<Value> {
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}"))?);
    headers.insert(header::HOST, HeaderValue::from_static("127.0.0.1"));
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let response = gateway.respond(method, path, &headers, body, "127.0.0.1").await;
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await?;
    ensure!(status.is_success(), "{path} returned {status}: {}", String::from_utf8_lossy(&body));
    Ok(serde_json::from_slice(&body)?)
}
