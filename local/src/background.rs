//! What AWS does by itself: it calls functions when their time has come. Here time is the local
//! clock, which can be moved.

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

use crate::dev::scheduler::{Due, Scheduler};
use crate::stream::Stream;

/// Pause between looks at the clock.
const IDLE: Duration = Duration::from_millis(200);
/// Pause between looks at a stream that is not drained.
const SETTLING: Duration = Duration::from_millis(5);
/// How far the clock may be moved in all, in seconds: ten years.
const MOST_AHEAD_S: i64 = 10 * 365 * 24 * 3_600;
/// Longest wait for the stream.
const SETTLED_BY: Duration = Duration::from_secs(30);
/// A little more than the second to which schedules are rounded up.
const WHOLE_SECOND: Duration = Duration::from_millis(1_050);
/// How often Lambda calls a function that failed, the first time included.
const CALLS: u32 = 3;
/// How long Lambda waits before the second call, in milliseconds; twice as long before the third.
const AGAIN_MS: i64 = 60_000;

/// The functions that nobody calls, and when they are. Cheap to clone.
#[derive(Clone)]
pub struct Background {
    app: App,
    notices: Notices,
    digest: Digest,
    relay: Relay,
    scheduler: Scheduler,
    stream: Stream,
    /// Where it is kept how far the clock was moved: what was written since is as far ahead.
    clock_file: Option<PathBuf>,
    turn: Arc<Mutex<()>>,
}

impl Background {
    pub(crate) fn new(
        app: &App,
        relay: Relay,
        scheduler: Scheduler,
        stream: Stream,
        clock_file: Option<PathBuf>,
    ) -> Self {
        let (notices, digest) = (Notices::new(app), Digest::new(app));
        Self {
            app: app.clone(),
            notices,
            digest,
            relay,
            scheduler,
            stream,
            clock_file,
            turn: Arc::default(),
        }
    }

    /// Calls what is due, again and again.
    pub(crate) async fn follow(self) {
        loop {
            self.call_due().await;
            tokio::time::sleep(IDLE).await;
        }
    }

    /// Calls everything that is due, one after another.
    pub async fn call_due(&self) {
        let _turn = self.turn.lock().await;
        for due in self.scheduler.take_due(self.app.clock.now()) {
            if let Err(error) = self.call(&due).await {
                tracing::warn!("{} failed: {error}", due.name);
                if due.attempt < CALLS {
                    let at = self.app.clock.now().plus_millis(AGAIN_MS * i64::from(due.attempt));
                    self.scheduler.put_back(due, at);
                } else {
                    self.scheduler.set_aside(due, &error.to_string());
                }
            }
        }
    }

    async fn call(&self, due: &Due) -> Result<(), app::Error> {
        if due.target == crate::RELAY_ARN {
            return relay::handle(self.relay.clone(), serde_json::from_value(due.input.clone())?)
                .await;
        }
        let notice = serde_json::from_value(due.input.clone())?;
        notice::handle(self.notices.clone(), notice).await?;
        Ok(())
    }

    /// Sends the digest now.
    pub async fn digest(&self) -> Result<Summary, app::Error> {
        self.settle().await;
        let summary = digest::handle(self.digest.clone(), Value::Null).await;
        self.settle().await;
        summary
    }

    /// Moves the clock, and returns once everything has happened that is due then.
    pub async fn advance(&self, seconds: i64) {
        // What was written before must be set for later before it is later.
        self.settle().await;
        self.app.clock.advance(seconds.saturating_mul(1000));
        if let Some(file) = &self.clock_file
            && let Err(error) = std::fs::write(file, self.app.clock.ahead_ms().to_string())
        {
            tracing::error!("the clock cannot be kept: {error}");
        }
        self.call_due().await;
        // Schedules have whole seconds: one that is due within this one is waited for.
        while let Some(wait) =
            self.scheduler.next_after(self.app.clock.now()).filter(|wait| *wait <= WHOLE_SECOND)
        {
            if self.app.clock.is_stopped() {
                self.app.clock.advance(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX).max(1));
            } else {
                tokio::time::sleep(wait).await;
            }
            self.call_due().await;
        }
        self.settle().await;
    }

    /// Waits until the stream is handled as far as it is written; not for ever, since a handler may
    /// fail again and again.
    async fn settle(&self) {
        let settled = async {
            while !self.stream.is_drained().await.unwrap_or(true) {
                tokio::time::sleep(SETTLING).await;
            }
        };
        let _ = tokio::time::timeout(SETTLED_BY, settled).await;
    }

    /// `POST /dev/digest` and `POST /dev/clock`.
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
    match request["advance_seconds"].as_i64() {
        Some(seconds) if seconds >= 0 && seconds <= MOST_AHEAD_S - background.app.clock.ahead_ms() / 1000 => {
            background.advance(seconds).await;
            Json(json!({ "now": background.app.clock.now().to_string() })).into_response()
        }
        _ => (StatusCode::BAD_REQUEST, Json(json!({ "message": "advance_seconds must be a whole number from 0 up, ten years in all" })))
            .into_response(),
    }
}
