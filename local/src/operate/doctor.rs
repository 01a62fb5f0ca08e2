//! `local doctor`: uses a deployment as a customer and an admin would, and says what is wrong with
//! it.

use std::time::Duration;

use domain::Timestamp;
use futures_util::StreamExt;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::sign;

/// The made-up customer. Its conversation is shown in the inbox, with messages that were taken
/// back.
pub const CUSTOMER: &str = "cus_live_chat_doctor";
/// The made-up admin. It writes nothing, and is in no list.
const ADMIN: &str = "user_live_chat_doctor";
/// How long one answer, and one push, may take.
const PATIENCE: Duration = Duration::from_secs(12);
/// How long the stream may take to reach the shop's unread total.
pub const STREAM_PATIENCE: Duration = Duration::from_secs(30);
/// How long a token counts, in seconds.
const TOKEN_S: i64 = 600;
/// A header that Medusa's JS SDK sends with every call.
const SDK_HEADER: &str = "x-medusa-locale";
/// How far this machine's clock may be off, in seconds.
const CLOCK_S: i64 = 60;

/// What is looked at, and with which rights.
pub struct Target {
    /// The API: the stack's output `ApiUrl`, or the domain in front of it.
    pub url: String,
    /// A page's origin that shall be allowed.
    pub origin: Option<String>,
    /// Tokens of a customer and of an admin.
    pub tokens: Tokens,
    /// How long to wait for the unread total: [`STREAM_PATIENCE`].
    pub stream_patience: Duration,
}

/// Tokens of a customer and of an admin.
pub struct Tokens {
    customer: String,
    admin: String,
}

impl Tokens {
    /// Signed here, with Medusa's secret, for two people who do not exist.
    pub fn signed_with(secret: &str, now: Timestamp) -> Self {
        let token = |id: &str, kind: &str| {
            sign(
                &json!({ "actor_id": id, "actor_type": kind, "exp": now.seconds() + TOKEN_S }),
                secret,
            )
        };
        Self { customer: token(CUSTOMER, "customer"), admin: token(ADMIN, "user") }
    }

    /// Signed elsewhere.
    pub fn given(customer: String, admin: String) -> Self {
        Self { customer, admin }
    }
}

/// One thing that was looked at.
#[derive(Debug)]
pub struct Finding {
    /// What was looked at.
    pub what: &'static str,
    /// What was found, or what is wrong and what usually helps.
    pub outcome: Result<String, String>,
}

/// Looks at everything, one after another; what depends on something that failed is not looked at.
pub async fn examine(target: &Target, told: impl Fn(&Finding)) -> Vec<Finding> {
    let mut report = Report { findings: Vec::new(), told };
    let doctor = Doctor {
        target,
        http: reqwest::Client::builder().timeout(PATIENCE).build().unwrap_or_default(),
    };
    doctor.examine(&mut report).await;
    report.findings
}

struct Report<F> {
    findings: Vec<Finding>,
    told: F,
}

impl<F: Fn(&Finding)> Report<F> {
    /// Notes an outcome; its value, where there is one, is for what comes next.
    fn note<T>(&mut self, what: &'static str, outcome: Result<(T, String), String>) -> Option<T> {
        let (value, outcome) = match outcome {
            Ok((value, detail)) => (Some(value), Ok(detail)),
            Err(problem) => (None, Err(problem)),
        };
        let finding = Finding { what, outcome };
        (self.told)(&finding);
        self.findings.push(finding);
        value
    }
}

struct Doctor<'a> {
    target: &'a Target,
    http: reqwest::Client,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Outcome<T> = Result<(T, String), String>;

impl Doctor<'_> {
    async fn examine(&self, report: &mut Report<impl Fn(&Finding)>) -> Option<()> {
        report.note("the API answers", self.health().await)?;
        report.note("the pages are there", self.pages().await);
        if let Some(origin) = &self.target.origin {
            report.note("the shop's pages may call it", self.cors(origin).await);
        }
        let before = report.note("an admin may enter", self.admin_enters().await)?;
        let hash = report.note("a customer opens a conversation", self.opens().await)?;
        let customer = report.note(
            "the customer's browser connects",
            self.connects("store", &self.target.tokens.customer).await,
        );
        let admin = report.note(
            "the admin's browser connects",
            self.connects("admin", &self.target.tokens.admin).await,
        );
        let sent = report.note("the customer writes", self.writes(&hash).await)?;
        if let Some(socket) = admin {
            report.note("the admin hears of it", hears(socket, &sent).await);
        }
        if let Some(socket) = customer {
            report.note("so does the customer's other tab", hears(socket, &sent).await);
        }
        report.note("the log has it", self.is_in_log(&hash, &sent).await);
        report.note("the stream carries it to the unread total", self.is_counted(before).await);
        report.note("the customer takes it back", self.takes_back(&hash, &sent).await)
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> Result<Response, String> {
        let mut request = self.http.request(method, format!("{}{path}", self.target.url));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.body(body.to_string()).header("content-type", "application/json");
        }
        request.send().await.map_err(|error| {
            format!("{path} cannot be reached: {}. Is the address right?", causes(&error))
        })
    }

    /// Calls, and reads the answer's JSON; every other answer than 200 is explained.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> Result<Value, String> {
        let response = self.call(method, path, Some(token), body).await?;
        let (status, id) = (response.status(), response.headers().get("x-request-id").cloned());
        let text = response.text().await.unwrap_or_default();
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        if status == StatusCode::OK {
            return Ok(body);
        }
        let said = body["message"]
            .as_str()
            .map_or_else(|| text.chars().take(120).collect(), str::to_owned);
        let id = id.and_then(|id| id.to_str().map(str::to_owned).ok()).unwrap_or_default();
        Err(format!("{path} answers {status} ({said}). {}", advice(status, &body, &id)))
    }

    async fn health(&self) -> Outcome<()> {
        let response = self.call(Method::GET, "/health", None, None).await?;
        let date =
            response.headers().get("date").and_then(|date| date.to_str().ok()).map(str::to_owned);
        let status = response.status();
        let body: Value = response.json().await.unwrap_or_default();
        if body["status"] != "ok" {
            return Err(format!(
                "/health answers {status} and not {{\"status\":\"ok\"}}. Is this the API of the chat?"
            ));
        }
        let off = date.and_then(|date| seconds_off(&date));
        match off {
            Some(off) if off.abs() > CLOCK_S => Err(format!(
                "the clock of this machine is {off} seconds off: tokens that are signed here do not count"
            )),
            _ => Ok(((), self.target.url.clone())),
        }
    }

    async fn pages(&self) -> Outcome<()> {
        let mut found = Vec::new();
        for (path, kind) in [("/chat/widget.js", "javascript"), ("/app/chat", "html")] {
            let response = self.call(Method::GET, path, None, None).await?;
            let is_it = response
                .headers()
                .get("content-type")
                .and_then(|value| value.to_str().ok())
                .is_some_and(|value| value.contains(kind));
            if response.status() != StatusCode::OK || !is_it {
                return Err(format!(
                    "{path} answers {}. Is everything below / handed on to the API?",
                    response.status()
                ));
            }
            found.push(path);
        }
        Ok(((), found.join(", ")))
    }

    async fn cors(&self, origin: &str) -> Outcome<()> {
        let request =
            self.http.request(Method::OPTIONS, format!("{}/store/chat/channels", self.target.url));
        let request =
            request.header("origin", origin).header("access-control-request-method", "POST");
        // A header of Medusa's JS SDK, which the chat does not know by name.
        let request = request.header("access-control-request-headers", SDK_HEADER);
        let response = request.send().await.map_err(|error| causes(&error))?;
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
        };
        if header("access-control-allow-origin") != origin {
            return Err(format!(
                "browsers will not let {origin} call it. Is it in AllowedOrigins, and does a proxy in front of the API leave OPTIONS alone?"
            ));
        }
        let allows_sdk =
            header("access-control-allow-headers").split(',').any(|name| name.trim() == SDK_HEADER);
        if !allows_sdk || header("access-control-allow-credentials") != "true" {
            return Err(format!(
                "browsers will not let Medusa's JS SDK call it from {origin}. Does a proxy in front of the API answer OPTIONS?"
            ));
        }
        Ok(((), origin.to_owned()))
    }

    async fn admin_enters(&self) -> Outcome<u64> {
        let unread = self.unread().await?;
        Ok((unread, format!("{unread} unread in the shop")))
    }

    async fn unread(&self) -> Result<u64, String> {
        let answer = self
            .ask(Method::GET, "/admin/chat/messages/unread-count", &self.target.tokens.admin, None)
            .await?;
        Ok(answer["unread_count"].as_u64().unwrap_or_default())
    }

    async fn opens(&self) -> Outcome<String> {
        let answer = self
            .ask(
                Method::POST,
                "/store/chat/channels",
                &self.target.tokens.customer,
                Some(json!({})),
            )
            .await?;
        let hash = answer["channel"]["channel_hash"]
            .as_str()
            .ok_or("the answer has no channel_hash")?
            .to_owned();
        Ok((hash.clone(), hash))
    }

    async fn connects(&self, scope: &str, token: &str) -> Outcome<Socket> {
        let ticket = self
            .ask(Method::POST, &format!("/{scope}/chat/realtime/ticket"), token, Some(json!({})))
            .await?;
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
            Ok(Err(Error::Http(answer))) => {
                Err(format!("{url} answers {}. The log of `realtime` says why", answer.status()))
            }
            Ok(Err(error)) => Err(format!("{url} cannot be reached: {error}")),
            Err(_) => Err(format!("{url} does not answer")),
        }
    }

    async fn writes(&self, hash: &str) -> Outcome<Value> {
        let body = json!({ "body": "The doctor was here. This message takes itself back." });
        let answer = self
            .ask(
                Method::POST,
                &format!("/store/chat/messages/{hash}"),
                &self.target.tokens.customer,
                Some(body),
            )
            .await?;
        let message = answer["message"].clone();
        let seq = message["seq"].as_u64().ok_or("the answer has no message")?;
        Ok((message, format!("message {seq}")))
    }

    async fn is_in_log(&self, hash: &str, sent: &Value) -> Outcome<()> {
        let answer = self
            .ask(
                Method::GET,
                &format!("/admin/chat/messages/{hash}?limit=1"),
                &self.target.tokens.admin,
                None,
            )
            .await?;
        let newest = &answer["messages"][0];
        if newest["id"] == sent["id"] {
            Ok(((), "newest".to_owned()))
        } else {
            Err(format!("the newest message is another one: {}", newest["id"]))
        }
    }

    async fn is_counted(&self, before: u64) -> Outcome<()> {
        let counted = async {
            loop {
                let unread = self.unread().await?;
                if unread > before {
                    return Ok(((), format!("{unread} unread")));
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        tokio::time::timeout(self.target.stream_patience, counted).await.unwrap_or_else(|_| {
            Err(format!("the total is still {before} after {} seconds. The function `activity` follows the table's stream: its log says why it does not", self.target.stream_patience.as_secs()))
        })
    }

    async fn takes_back(&self, hash: &str, sent: &Value) -> Outcome<()> {
        let id = sent["id"].as_str().unwrap_or_default();
        self.ask(
            Method::DELETE,
            &format!("/store/chat/messages/id/{id}"),
            &self.target.tokens.customer,
            None,
        )
        .await?;
        Ok(((), format!("{hash} is left in the inbox: `local erase` removes it")))
    }
}

/// Waits for the push of this message.
async fn hears(mut socket: Socket, sent: &Value) -> Outcome<()> {
    let heard = async {
        while let Some(Ok(frame)) = socket.next().await {
            let Message::Text(text) = frame else { continue };
            let event: Value = serde_json::from_str(&text).unwrap_or_default();
            if event["event"] == "chat.message.created" && event["message_id"] == sent["id"] {
                return Ok(((), "by WebSocket".to_owned()));
            }
        }
        Err("the WebSocket was closed".to_owned())
    };
    let nothing = "nothing came by the WebSocket. May the function `store` manage connections of this API, and is SOCKETS_ENDPOINT its own?";
    tokio::time::timeout(PATIENCE, heard).await.unwrap_or_else(|_| Err(nothing.to_owned()))
}

/// What usually helps against an answer.
fn advice(status: StatusCode, body: &Value, request_id: &str) -> String {
    match status.as_u16() {
        401 => "The token does not count: is the secret here the one in the parameter jwt-secret of the stack, and was that changed less than five minutes ago?".to_owned(),
        400 if body["type"] == "not_allowed" => "Is ChatEnabled \"false\"?".to_owned(),
        403 | 404 => "Is this the API of the chat, and does a proxy in front of it hand everything on?".to_owned(),
        429 => "Somebody is very busy here; try again in a minute.".to_owned(),
        503 => format!("Functions cannot reach what they need: mostly a parameter of SSM that is missing. The log says which, at request {request_id}."),
        500.. => format!("The log says more, at request {request_id}."),
        _ => String::new(),
    }
}

/// How many seconds this machine's clock is ahead of a `Date` header.
fn seconds_off(date: &str) -> Option<i64> {
    let there = jiff::fmt::rfc2822::parse(date).ok()?.timestamp().as_second();
    Some(app::Clock::default().now().seconds() - there)
}

/// An error with everything behind it, since the first of them says least.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
