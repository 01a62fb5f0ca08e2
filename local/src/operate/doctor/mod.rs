//! `local doctor`: uses a deployment as a customer and an admin would, and reports what fails and
//! its usual cause.

mod api;
mod checks;

use std::time::Duration;

use domain::Timestamp;
use serde_json::json;

use crate::sign;
use api::Api;

/// The made-up customer. Its conversation appears in the inbox, with deleted messages.
pub const CUSTOMER: &str = "cus_live_chat_doctor";
/// The made-up admin. It writes nothing and joins no list.
const ADMIN: &str = "user_live_chat_doctor";
/// How long the stream may take to update the shop's unread total.
pub const STREAM_PATIENCE: Duration = Duration::from_secs(30);
/// How long the tokens are valid, in seconds.
const TOKEN_S: i64 = 600;

/// The deployment to check, and the credentials for it.
pub struct Target {
    /// The API's URL: the stack's output `ApiUrl`, or the domain in front of it.
    pub url: String,
    /// An origin of pages that call the API.
    pub origin: Option<String>,
    /// Tokens of a customer and an admin.
    pub tokens: Tokens,
    /// How long to wait for the unread total: [`STREAM_PATIENCE`].
    pub stream_patience: Duration,
}

/// Tokens of a customer and an admin.
pub struct Tokens {
    customer: String,
    admin: String,
}

impl Tokens {
    /// Signs tokens with Medusa's secret, for two people who do not exist.
    pub fn signed_with(secret: &str, now: Timestamp) -> Self {
        let expiry = now.seconds() + TOKEN_S;
        let token = |id: &str, kind: &str| {
            sign(&json!({ "actor_id": id, "actor_type": kind, "exp": expiry }), secret)
        };
        Self { customer: token(CUSTOMER, "customer"), admin: token(ADMIN, "user") }
    }

    /// Tokens that were signed elsewhere.
    pub fn given(customer: String, admin: String) -> Self {
        Self { customer, admin }
    }
}

/// The result of one check.
#[derive(Debug)]
pub struct Finding {
    /// What was checked.
    pub check: &'static str,
    /// A detail, or the failure and its usual cause.
    pub outcome: Result<String, String>,
}

/// The value that later checks need, and a detail; or the failure and its usual cause.
type Outcome<T> = Result<(T, String), String>;

/// Runs all checks in order and reports each as it ends. A check that depends on a failed one is
/// skipped.
pub async fn examine(target: &Target, report: impl Fn(&Finding)) -> Vec<Finding> {
    let mut findings = Findings { all: Vec::new(), report };
    Doctor { target, api: Api::new(&target.url) }.examine(&mut findings).await;
    findings.all
}

struct Findings<F> {
    all: Vec<Finding>,
    report: F,
}

impl<F: Fn(&Finding)> Findings<F> {
    /// Records an outcome and returns its value; `None` after a failure.
    fn record<T>(&mut self, check: &'static str, outcome: Outcome<T>) -> Option<T> {
        let (value, outcome) = match outcome {
            Ok((value, detail)) => (Some(value), Ok(detail)),
            Err(failure) => (None, Err(failure)),
        };
        let finding = Finding { check, outcome };
        (self.report)(&finding);
        self.all.push(finding);
        value
    }
}

struct Doctor<'a> {
    target: &'a Target,
    api: Api,
}

impl Doctor<'_> {
    /// The checks in order; `None` when one failed that the rest depends on.
    async fn examine(&self, findings: &mut Findings<impl Fn(&Finding)>) -> Option<()> {
        let Tokens { customer, admin } = &self.target.tokens;
        findings.record("the API is healthy", self.health().await)?;
        findings.record("the pages are served", self.pages().await);
        if let Some(origin) = &self.target.origin {
            findings.record("pages of the shop may call the API", self.cors(origin).await);
        }
        let before = findings.record("an admin is authorized", self.admin_access().await)?;
        let hash = findings.record("a customer opens a conversation", self.open().await)?;
        let tab =
            findings.record("a customer's WebSocket opens", self.connect("store", customer).await);
        let inbox =
            findings.record("an admin's WebSocket opens", self.connect("admin", admin).await);
        let sent = findings.record("the customer sends a message", self.send(&hash).await)?;
        if let Some(socket) = inbox {
            findings.record("the admin receives it", checks::receive(socket, &sent).await);
        }
        if let Some(socket) = tab {
            findings.record(
                "the customer's other tab receives it",
                checks::receive(socket, &sent).await,
            );
        }
        findings.record("the message is stored", self.is_stored(&hash, &sent).await);
        findings.record("the unread total includes it", self.is_counted(before).await);
        findings.record("the customer deletes it", self.delete(&hash, &sent).await)
    }
}
