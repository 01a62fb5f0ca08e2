//! SQS's queue, configured as in `template.yaml`. It stores the events that the bus rejected, hides
//! a received message until its visibility timeout ends, and moves a message that was received too
//! often to the dead-letter queue.

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

/// The queue's URL in the functions' configuration.
pub(crate) const URL: &str = "https://sqs.local-1.amazonaws.com/000000000000/events";
/// The visibility timeout, in milliseconds.
const VISIBILITY_TIMEOUT_MS: i64 = 5 * 60_000;
/// How often a message is received before it is dead: every ten minutes for a day.
const MAX_RECEIVES: u32 = 144;
/// Most entries of a call.
const MAX_ENTRIES: usize = 10;
/// Largest sum of a call's bodies, in bytes.
const MAX_SIZE: usize = 256 * 1024;

/// The queue. Clones share it.
#[derive(Clone, Default)]
pub struct Queue {
    clock: Clock,
    state: Arc<Mutex<Contents>>,
}

#[derive(Default)]
struct Contents {
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

    /// The bodies of the waiting messages.
    pub fn waiting(&self) -> Vec<String> {
        self.lock().messages.iter().map(|message| message.body.clone()).collect()
    }

    /// The bodies in the dead-letter queue.
    pub fn dead(&self) -> Vec<String> {
        self.lock().dead.clone()
    }

    /// Makes the next `count` calls fail.
    pub fn fail_next(&self, count: usize) {
        self.lock().failures = count;
    }

    fn handle(&self, operation: &str, request: &Value) -> Result<Value, &'static str> {
        let now = self.clock.now();
        let mut queue = self.lock();
        if queue.failures > 0 {
            queue.failures -= 1;
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
                    queue.count += 1;
                    let handle = format!("local-{}", queue.count);
                    let message = Message {
                        handle: handle.clone(),
                        body: body(entry),
                        receives: 0,
                        visible_at: now,
                    };
                    queue.messages.push(message);
                    done.push(
                        json!({ "Id": entry["Id"], "MessageId": handle, "MD5OfMessageBody": "" }),
                    );
                }
                Ok(json!({ "Successful": done, "Failed": [] }))
            }
            "ReceiveMessage" => {
                let max = request["MaxNumberOfMessages"].as_u64().unwrap_or(1);
                let max = usize::try_from(max).unwrap_or(1).clamp(1, MAX_ENTRIES);
                let (dead, live): (Vec<_>, Vec<_>) =
                    std::mem::take(&mut queue.messages).into_iter().partition(|message| {
                        message.receives >= MAX_RECEIVES && message.visible_at <= now
                    });
                queue.dead.extend(dead.into_iter().map(|message| message.body));
                queue.messages = live;
                let mut received = Vec::new();
                for message in queue.messages.iter_mut().filter(|it| it.visible_at <= now).take(max)
                {
                    message.receives += 1;
                    message.visible_at = now.plus_millis(VISIBILITY_TIMEOUT_MS);
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
                queue.messages.retain(|message| !gone.contains(&message.handle.as_str()));
                let done: Vec<_> =
                    entries.iter().map(|entry| json!({ "Id": entry["Id"] })).collect();
                Ok(json!({ "Successful": done, "Failed": [] }))
            }
            _ => Err("UnsupportedOperation"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Routes of SQS's API and of its view.
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
        Ok(request) => queue.handle(operation, &request),
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
