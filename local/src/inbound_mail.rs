//! SES's receiving: stores a raw mail in the bucket, and hands the bucket's event to the function.
//! `POST /dev/inbound` takes the mail as SES stores it; the outbox has a form. `GET /dev/inbound`
//! shows people what became of each mail.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::App;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::Timestamp;
use inbound::{Event, FOLDER, Inbound, MAX_MAIL, Outcome};
use serde::Deserialize;
use serde_json::json;

use crate::dev::Dev;
use crate::dev::outbox::{Outbox, Reply};
use crate::dev::s3::{BUCKET, Bucket};

/// What a form has besides a mail, in bytes.
const FORM: usize = 64 * 1024;

#[derive(Clone)]
struct Receiving {
    inbound: Inbound,
    app: App,
    bucket: Bucket,
    outbox: Outbox,
    next: Arc<AtomicU64>,
    received: Arc<Mutex<Vec<Received>>>,
}

/// A received mail.
struct Received {
    id: String,
    at: Timestamp,
    outcome: Result<Outcome, String>,
}

/// Routes of received mails.
pub(crate) fn router(app: &App, dev: &Dev) -> Router {
    let receiving = Receiving {
        inbound: Inbound::new(app),
        app: app.clone(),
        bucket: dev.files.clone(),
        outbox: dev.outbox.clone(),
        next: Arc::default(),
        received: Arc::default(),
    };
    Router::new()
        .route("/dev/inbound", get(list).post(receive))
        .route("/dev/inbound/{id}", get(show))
        .route("/dev/outbox/reply", post(reply))
        .layer(DefaultBodyLimit::max(MAX_MAIL + FORM))
        .with_state(receiving)
}

impl Receiving {
    /// The id of a new mail.
    fn id(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        format!("{:x}{number:06}", self.app.clock.now().millis())
    }

    async fn receive(&self, id: &str, raw: Bytes) -> Result<Outcome, String> {
        let outcome = self.handle(id, raw).await;
        let (id, at) = (id.to_owned(), self.app.clock.now());
        self.lock().push(Received { id, at, outcome: outcome.clone() });
        outcome
    }

    async fn handle(&self, id: &str, raw: Bytes) -> Result<Outcome, String> {
        self.bucket.store_mail(id, raw).map_err(|error| error.to_string())?;
        let event = Event::of(BUCKET, id);
        let outcomes = inbound::handle(self.inbound.clone(), event).await;
        let outcomes = outcomes.map_err(|error| error.to_string())?;
        outcomes.first().copied().ok_or_else(|| "the event has no mail".to_owned())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Received>> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The mails since the start, the newest first, and what became of each.
async fn list(State(receiving): State<Receiving>) -> Response {
    let kept: BTreeSet<_> = receiving.bucket.keys().into_iter().collect();
    let row = |Received { id, at, outcome }: &Received| {
        let (became, reason) = match outcome {
            Ok(Outcome { accepted: true, reason }) => ("accepted", (*reason).to_owned()),
            Ok(Outcome { reason, .. }) => ("<b>set aside</b>", (*reason).to_owned()),
            Err(error) => ("failed", crate::dev::escape(error)),
        };
        let mail = if kept.contains(&format!("{FOLDER}{id}")) {
            format!("<a href=\"/dev/inbound/{id}\">{id}</a>")
        } else {
            id.clone()
        };
        format!("<tr><td>{}<td>{became}<td>{reason}<td>{mail}", crate::dev::time(*at))
    };
    let rows: Vec<_> = receiving.lock().iter().rev().map(row).collect();
    let table = if rows.is_empty() {
        "<p>No mail yet. Answer one in the <a href=\"/dev/outbox\">outbox</a>, or send a raw mail \
         to <code>POST /dev/inbound</code>.</p>"
            .to_owned()
    } else {
        format!("<table><tr><th>Time<th>Became<th>Reason<th>Mail{}</table>", rows.concat())
    };
    crate::dev::page("Received", &table).into_response()
}

/// A mail that was set aside, as it came.
async fn show(State(receiving): State<Receiving>, Path(id): Path<String>) -> Response {
    match receiving.bucket.mail(&id) {
        Some(raw) => {
            let kind = [(CONTENT_TYPE, "text/plain"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
            (kind, raw).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn receive(State(receiving): State<Receiving>, raw: Bytes) -> Response {
    match receiving.receive(&receiving.id(), raw).await {
        Ok(outcome) => Json(outcome).into_response(),
        Err(message) => {
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "message": message }))).into_response()
        }
    }
}

#[derive(Deserialize)]
struct Answered {
    id: String,
}

/// The form of the outbox.
async fn reply(
    State(receiving): State<Receiving>,
    Query(Answered { id }): Query<Answered>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let (new, now) = (receiving.id(), receiving.app.clock.now());
    let raw = receiving
        .outbox
        .mail(&id)
        .zip(Reply::of_form(kind, &body))
        .and_then(|(mail, reply)| mail.reply(&reply, &new, now));
    let Some(raw) = raw else {
        return (StatusCode::BAD_REQUEST, "This mail cannot be answered.").into_response();
    };
    let (status, what) = match receiving.receive(&new, raw.into()).await {
        Ok(Outcome { accepted: true, reason }) => (StatusCode::OK, format!("Received: {reason}.")),
        Ok(Outcome { reason, .. }) => (StatusCode::OK, format!("Set aside: {reason}.")),
        Err(message) => (StatusCode::INTERNAL_SERVER_ERROR, message),
    };
    let back = format!("<p>{what}</p><p><a href=\"/dev/outbox\">Back to the outbox</a></p>");
    (status, crate::dev::page("Reply", &back)).into_response()
}
