//! Runs the scheduled functions, as AWS does, by the local clock, which can be moved.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use app::App;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use digest::{Digest, Summary};
use notice::Notices;
use relay::Relay;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::dev::Dev;
use crate::dev::s3::Bucket;
use crate::dev::scheduler::{Due, Scheduler};
use crate::settings::RELAY_ARN;
use crate::stream::Stream;

/// How often the schedules are checked.
const CHECK_INTERVAL: Duration = Duration::from_millis(200);
/// How often the stream is checked while it is not drained.
const DRAIN_INTERVAL: Duration = Duration::from_millis(5);
/// How far the clock may be moved in total, in seconds: ten years.
const MAX_AHEAD_S: i64 = 10 * 365 * 24 * 3_600;
/// Longest wait for the stream to drain.
const DRAIN_LIMIT: Duration = Duration::from_secs(30);
/// Slightly more than the second to which schedules are rounded up.
const ROUNDING: Duration = Duration::from_millis(1_050);
/// How often Lambda calls a failing function, the first call included.
const MAX_ATTEMPTS: u32 = 3;
/// How long Lambda waits before the second call, in milliseconds; twice as long before the third.
const RETRY_MS: i64 = 60_000;

/// The functions that schedules call. Cheap to clone.
#[derive(Clone)]
pub struct Background {
    app: App,
    notices: Notices,
    digest: Digest,
    relay: Relay,
    scheduler: Scheduler,
    files: Bucket,
    stream: Stream,
    /// Stores how far the clock was moved, since stored times are as far ahead.
    clock_file: Option<PathBuf>,
    /// Held while schedules run, so that each runs once.
    running: Arc<Mutex<()>>,
}

impl Background {
    pub(crate) fn new(
        app: &App,
        relay: Relay,
        dev: &Dev,
        stream: Stream,
        clock_file: Option<PathBuf>,
    ) -> Self {
        let (notices, digest) = (Notices::new(app), Digest::new(app));
        Self {
            app: app.clone(),
            notices,
            digest,
            relay,
            scheduler: dev.scheduler.clone(),
            files: dev.files.clone(),
            stream,
            clock_file,
            running: Arc::default(),
        }
    }

    /// Calls due schedules for ever.
    pub(crate) async fn run(self) {
        loop {
            self.call_due().await;
            tokio::time::sleep(CHECK_INTERVAL).await;
        }
    }

    /// Deletes expired objects, and calls every due schedule, one after another. A failed call is
    /// retried later, or moved to the dead-letter queue.
    pub async fn call_due(&self) {
        let _running = self.running.lock().await;
        self.files.expire(self.app.clock.now());
        for due in self.scheduler.take_due(self.app.clock.now()) {
            if let Err(error) = self.call(&due).await {
                tracing::warn!("{} failed: {error}", due.name);
                if due.attempt < MAX_ATTEMPTS {
                    let at = self.app.clock.now().plus_millis(RETRY_MS * i64::from(due.attempt));
                    self.scheduler.retry_at(due, at);
                } else {
                    self.scheduler.dead_letter(due, &error.to_string());
                }
            }
        }
    }

    async fn call(&self, due: &Due) -> Result<(), app::Error> {
        if due.target == RELAY_ARN {
            return Box::pin(relay::handle(
                self.relay.clone(),
                serde_json::from_value(due.input.clone())?,
            ))
            .await;
        }
        let notice = serde_json::from_value(due.input.clone())?;
        Box::pin(notice::handle(self.notices.clone(), notice)).await?;
        Ok(())
    }

    /// Runs the digest now.
    pub async fn digest(&self) -> Result<Summary, app::Error> {
        self.wait_until_drained().await;
        let summary = Box::pin(digest::handle(self.digest.clone(), Value::Null)).await;
        self.wait_until_drained().await;
        summary
    }

    /// Moves the clock and returns once every call that is due by then has finished.
    pub async fn advance(&self, seconds: i64) {
        // Earlier writes must schedule their calls before the clock moves past them.
        self.wait_until_drained().await;
        self.app.clock.advance(seconds.saturating_mul(1000));
        if let Some(file) = &self.clock_file
            && let Err(error) = std::fs::write(file, self.app.clock.ahead_ms().to_string())
        {
            tracing::error!("the clock cannot be stored: {error}");
        }
        self.call_due().await;
        // Schedules are rounded up to whole seconds: wait for those within this second.
        while let Some(wait) =
            self.scheduler.next_after(self.app.clock.now()).filter(|wait| *wait <= ROUNDING)
        {
            if self.app.clock.is_stopped() {
                self.app.clock.advance(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX).max(1));
            } else {
                tokio::time::sleep(wait).await;
            }
            self.call_due().await;
        }
        self.wait_until_drained().await;
    }

    /// Waits until both consumers have handled the whole stream, at most [`DRAIN_LIMIT`]: a handler
    /// may keep failing.
    async fn wait_until_drained(&self) {
        let drained = async {
            while !self.stream.is_drained().await.unwrap_or(true) {
                tokio::time::sleep(DRAIN_INTERVAL).await;
            }
        };
        let _ = tokio::time::timeout(DRAIN_LIMIT, drained).await;
    }

    /// Routes of `POST /dev/digest` and `POST /dev/clock`.
    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/dev/digest", post(send_digest))
            .route("/dev/clock", post(move_clock))
            .with_state(self.clone())
    }
}

async fn send_digest(State(background): State<Background>) -> Response {
    match background.digest().await {
        Ok(summary) => Json(summary).into_response(),
        Err(error) => {
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "message": error.to_string() })))
                .into_response()
        }
    }
}

async fn move_clock(State(background): State<Background>, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let ahead_s = background.app.clock.ahead_ms() / 1000;
    match request["advance_seconds"].as_i64() {
        Some(seconds) if (0..=MAX_AHEAD_S - ahead_s).contains(&seconds) => {
            background.advance(seconds).await;
            Json(json!({ "now": background.app.clock.now().to_string() })).into_response()
        }
        _ => {
            let message = "advance_seconds must be a whole number from 0 up, ten years in all";
            (StatusCode::BAD_REQUEST, Json(json!({ "message": message }))).into_response()
        }
    }
}
