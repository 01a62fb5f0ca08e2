//! What SQS does here: it keeps the events that the bus did not take, hides what was received until
//! it is visible again, and sets aside what was received too often. As `template.yaml` sets the
//! queue up.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::Clock;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::Timestamp;
use serde_json::{Value, json};

/// Its URL, for whoever runs beside this system: only the path's end is looked at.
pub(crate) const URL: &str = "https://sqs.local-1.amazonaws.com/000000000000/events";
/// How long a received message is hidden, in milliseconds.
const HIDDEN_MS: i64 = 5 * 60_000;
/// How often a message is received before it is set aside: every ten minutes of a day.
const RECEIVES: u32 = 144;
/// Most entries of a call.
const MAX_ENTRIES: usize = 10;
/// Largest sum of the bodies of a call, in bytes.
const MAX_SIZE: usize = 256 * 1024;

/// The queue. Clones are the same one.
#[derive(Clone, Default)]
pub struct Queue {
    clock: Clock,
    state: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    count: usize,
    messages: Vec<Message>,
    dead: Vec<String>,
    failures: usize,
}

struct Message {
    handle: String,
    body: String,
    receives: u32,
    visible_at: Timestamp,
}

impl Queue {
    /// An empty queue by this clock.
    pub fn new(clock: Clock) -> Self {
        Self { clock, ..Self::default() }
    }

    /// The bodies of the messages that wait.
    pub fn waiting(&self) -> Vec<String> {
        self.lock().messages.iter().map(|message| message.body.clone()).collect()
    }

    /// The bodies of those that were set aside.
    pub fn dead(&self) -> Vec<String> {
        self.lock().dead.clone()
    }

    /// Lets the next `count` calls fail.
    pub fn fail_next(&self, count: usize) {
        self.lock().failures = count;
    }

    fn answer(&self, operation: &str, request: &Value) -> Result<Value, &'static str> {
        let now = self.clock.now();
        let mut kept = self.lock();
        if kept.failures > 0 {
            kept.failures -= 1;
            return Err("InternalError");
        }
        let entries = request["Entries"].as_array().cloned().unwrap_or_default();
        match operation {
            "SendMessageBatch" => {
                if !(1..=MAX_ENTRIES).contains(&entries.len()) {
                    return Err("AWS.SimpleQueueService.TooManyEntriesInBatchRequest");
                }
                let body =
                    |entry: &Value| entry["MessageBody"].as_str().unwrap_or_default().to_owned();
                if entries.iter().map(|entry| body(entry).len()).sum::<usize>() > MAX_SIZE {
                    return Err("AWS.SimpleQueueService.BatchRequestTooLong");
                }
                let mut done = Vec::new();
                for entry in &entries {
                    kept.count += 1;
                    let handle = format!("local-{}", kept.count);
                    let message = Message {
                        handle: handle.clone(),
                        body: body(entry),
                        receives: 0,
                        visible_at: now,
                    };
                    kept.messages.push(message);
                    done.push(
                        json!({ "Id": entry["Id"], "MessageId": handle, "MD5OfMessageBody": "" }),
                    );
                }
                Ok(json!({ "Successful": done, "Failed": [] }))
            }
            "ReceiveMessage" => {
                let most = request["MaxNumberOfMessages"].as_u64().unwrap_or(1);
                let most = usize::try_from(most).unwrap_or(1).clamp(1, MAX_ENTRIES);
                let (dead, live): (Vec<_>, Vec<_>) = std::mem::take(&mut kept.messages)
                    .into_iter()
                    .partition(|message| message.receives >= RECEIVES && message.visible_at <= now);
                kept.dead.extend(dead.into_iter().map(|message| message.body));
                kept.messages = live;
                let mut received = Vec::new();
                for message in kept.messages.iter_mut().filter(|it| it.visible_at <= now).take(most)
                {
                    message.receives += 1;
                    message.visible_at = now.plus_millis(HIDDEN_MS);
                    received.push(json!({
                        "MessageId": message.handle,
                        "ReceiptHandle": message.handle,
                        "Body": message.body,
                    }));
                }
                Ok(json!({ "Messages": received }))
            }
            "DeleteMessageBatch" => {
                let gone: Vec<_> =
                    entries.iter().filter_map(|it| it["ReceiptHandle"].as_str()).collect();
                kept.messages.retain(|message| !gone.contains(&message.handle.as_str()));
                let done: Vec<_> =
                    entries.iter().map(|entry| json!({ "Id": entry["Id"] })).collect();
                Ok(json!({ "Successful": done, "Failed": [] }))
            }
            _ => Err("UnsupportedOperation"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// SQS's API, and a view of what waits.
pub(crate) fn router(queue: Queue) -> Router {
    Router::new()
        .route("/dev/aws/sqs", post(call))
        .route("/dev/aws/sqs/", post(call))
        .route("/dev/queue.json", get(show))
        .with_state(queue)
}

async fn call(State(queue): State<Queue>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.strip_prefix("AmazonSQS.")).unwrap_or_default();
    let answer = match serde_json::from_slice::<Value>(&body) {
        Ok(request) => queue.answer(operation, &request),
        Err(_) => Err("SerializationException"),
    };
    match answer {
        Ok(answer) => Json(answer).into_response(),
        Err("InternalError") => {
            let body = json!({ "__type": "com.amazonaws.sqs#InternalError" });
            (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
        }
        Err(kind) => {
            let body = json!({ "__type": format!("com.amazonaws.sqs#{kind}") });
            (StatusCode::BAD_REQUEST, Json(body)).into_response()
        }
    }
}

async fn show(State(queue): State<Queue>) -> Json<Value> {
    Json(json!({ "waiting": queue.waiting(), "dead": queue.dead() }))
}
