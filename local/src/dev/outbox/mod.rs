//! SES's outbox. It stores the mails and shows them to people at `/dev/outbox` and to programs at
//! `/dev/outbox.json`. It refuses what SES refuses, in SES's words.

mod page;
mod reply;
mod ses;

pub(crate) use reply::Reply;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::Clock;
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::Timestamp;
use serde::Serialize;

/// The accepted mails. Clones share them.
#[derive(Clone)]
pub struct Outbox {
    clock: Clock,
    mails: Arc<Mutex<Vec<Mail>>>,
    received: Arc<AtomicU64>,
}

/// A mail as its recipient sees it.
#[derive(Clone, Debug, Serialize)]
pub struct Mail {
    /// The id that the sender got.
    pub id: String,
    /// The address in `From`, without the name.
    pub from: String,
    /// The recipients: the destinations of the call, else everyone in `To`, `Cc` and `Bcc`.
    pub to: Vec<String>,
    /// The subject, decoded.
    pub subject: String,
    /// The message's own headers by their names as sent. The values are raw, but unfolded.
    pub headers: BTreeMap<String, String>,
    /// The first text part, decoded; empty without one.
    pub text: String,
    /// The first HTML part, decoded; empty without one.
    pub html: String,
    /// The attachments that are texts, by their names.
    pub attachments: BTreeMap<String, String>,
    /// When it was accepted.
    #[serde(skip)]
    pub at: Timestamp,
}

impl Outbox {
    /// An empty outbox that dates mails by this clock.
    pub fn new(clock: Clock) -> Self {
        Self { clock, mails: Arc::default(), received: Arc::default() }
    }

    /// All mails, the newest last.
    pub fn mails(&self) -> Vec<Mail> {
        self.lock().clone()
    }

    /// The mail with this id.
    pub(crate) fn mail(&self, id: &str) -> Option<Mail> {
        self.lock().iter().find(|mail| mail.id == id).cloned()
    }

    /// Deletes all mails.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// The id of the next mail, and its time.
    fn next_id(&self) -> (String, Timestamp) {
        let at = self.clock.now();
        let number = self.received.fetch_add(1, Ordering::Relaxed);
        (format!("{:016x}-{number:06}", at.millis()), at)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Mail>> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Routes of SES's API and of the two views.
pub(crate) fn router(outbox: Outbox) -> Router {
    Router::new()
        .route("/dev/aws/ses", post(ses::send))
        .route("/dev/aws/ses/", post(ses::send))
        .route("/dev/outbox", get(page::show))
        .route("/dev/outbox.json", get(list))
        .with_state(outbox)
}

async fn list(State(outbox): State<Outbox>) -> Json<Vec<Mail>> {
    Json(outbox.mails())
}

#[cfg(test)]
mod tests;
