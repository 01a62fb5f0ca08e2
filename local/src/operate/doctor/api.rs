//! Calls to the API under examination. A failed call is explained by its usual cause.

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use serde_json::Value;

/// Longest wait for one response, or for one push.
pub(super) const PATIENCE: Duration = Duration::from_secs(12);

pub(super) struct Api {
    pub(super) http: reqwest::Client,
    pub(super) url: String,
}

impl Api {
    pub(super) fn new(url: &str) -> Self {
        let http = reqwest::Client::builder().timeout(PATIENCE).build().unwrap_or_default();
        Self { http, url: url.to_owned() }
    }

    /// `GET` without credentials.
    pub(super) async fn get(&self, path: &str) -> Result<Response, String> {
        self.send(self.http.get(format!("{}{path}", self.url)), path).await
    }

    /// Calls with credentials and returns the JSON of a 200 response.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> Result<Value, String> {
        let mut request =
            self.http.request(method, format!("{}{path}", self.url)).bearer_auth(token);
        if let Some(body) = body {
            request = request.body(body.to_string()).header("content-type", "application/json");
        }
        let response = self.send(request, path).await?;
        let (status, id) = (response.status(), response.headers().get("x-request-id").cloned());
        let text = response.text().await.unwrap_or_default();
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        if status == StatusCode::OK {
            return Ok(body);
        }
        let message =
            body["message"].as_str().map_or_else(|| domain::one_line(&text, 120), str::to_owned);
        let id = id.and_then(|id| id.to_str().map(str::to_owned).ok()).unwrap_or_default();
        Err(format!("{path} returned {status} ({message}). {}", advice(status, &body, &id)))
    }

    async fn send(&self, request: reqwest::RequestBuilder, path: &str) -> Result<Response, String> {
        request.send().await.map_err(|error| {
            format!("{path} cannot be reached: {}. Is the URL right?", cause_chain(&error))
        })
    }
}

/// The usual cause of a failed response.
fn advice(status: StatusCode, body: &Value, request_id: &str) -> String {
    match status.as_u16() {
        401 => "The token is not valid. Is the secret here the one in the stack's parameter \
                jwt-secret? A change of that parameter takes up to five minutes."
            .to_owned(),
        400 if body["type"] == "not_allowed" => "Is ChatEnabled \"false\"?".to_owned(),
        403 | 404 => {
            "Is this the API of the chat, and does a proxy in front of it pass every path?"
                .to_owned()
        }
        429 => "The rate limit is reached. Retry in a minute.".to_owned(),
        503 => format!(
            "A function cannot reach what it needs, usually a missing parameter of SSM. See the \
             log of request {request_id}."
        ),
        500.. => format!("See the log of request {request_id}."),
        _ => String::new(),
    }
}

/// An error with its causes: the first message alone says little.
pub(super) fn cause_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
