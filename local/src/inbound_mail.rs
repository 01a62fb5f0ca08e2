//! SES's receiving: stores a raw mail in the bucket, and hands the bucket's event to the function.
//! `POST /dev/inbound` takes the mail as SES stores it; the outbox has a form.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use app::App;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use inbound::{Event, Inbound, MAX_MAIL, Outcome};
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
    received: Arc<AtomicU64>,
}

/// Routes of received mails.
pub(crate) fn router(app: &App, dev: &Dev) -> Router {
    let receiving = Receiving {
        inbound: Inbound::new(app),
        app: app.clone(),
        bucket: dev.files.clone(),
        outbox: dev.outbox.clone(),
        received: Arc::default(),
    };
    Router::new()
        .route("/dev/inbound", post(receive))
        .route("/dev/outbox/reply", post(reply))
        .layer(DefaultBodyLimit::max(MAX_MAIL + FORM))
        .with_state(receiving)
}

impl Receiving {
    /// The id of a new mail.
    fn id(&self) -> String {
        let number = self.received.fetch_add(1, Ordering::Relaxed);
        format!("{:x}{number:06}", self.app.clock.now().millis())
    }

    async fn receive(&self, id: &str, raw: Bytes) -> Result<Outcome, String> {
        self.bucket.store_mail(id, raw).map_err(|error| error.to_string())?;
        let event = Event::of(BUCKET, id);
        let outcomes = inbound::handle(self.inbound.clone(), event).await;
        let outcomes = outcomes.map_err(|error| error.to_string())?;
        outcomes.first().copied().ok_or_else(|| "the event has no mail".to_owned())
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
