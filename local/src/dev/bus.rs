//! EventBridge's bus. It stores the events and shows them to people at `/dev/events` and to
//! programs at `/dev/events.json`. It refuses what EventBridge refuses.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::Clock;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::html;

/// Most entries of a call.
const MAX_ENTRIES: usize = 10;
/// Largest sum of the entries of a call, in bytes.
const MAX_SIZE: usize = 256 * 1024;
/// What `Time` adds to an entry's size, in bytes.
const TIME_SIZE: usize = 14;
const TARGET: &str = "AWSEvents.PutEvents";

/// The accepted events. Clones share them.
#[derive(Clone, Default)]
pub struct Bus {
    clock: Clock,
    state: Arc<Mutex<Received>>,
}

#[derive(Default)]
struct Received {
    events: Vec<Value>,
    failures: usize,
    /// Entries that contain this text are refused.
    refused: Option<String>,
}

/// Why a call or one of its entries is refused.
struct Refused {
    code: &'static str,
    message: String,
}

impl Bus {
    /// An empty bus. It dates entries without a time by this clock.
    pub fn new(clock: Clock) -> Self {
        Self { clock, ..Self::default() }
    }

    /// All events, the newest last: `id`, `source`, `detail-type`, `detail`, `time` and
    /// `event-bus`.
    pub fn events(&self) -> Vec<Value> {
        self.lock().events.clone()
    }

    /// Makes the next `count` entries fail.
    pub fn fail_next(&self, count: usize) {
        self.lock().failures = count;
    }

    /// Refuses every further entry whose detail contains this text.
    pub fn refuse(&self, text: &str) {
        self.lock().refused = Some(text.to_owned());
    }

    /// `PutEvents`: accepts or refuses each entry on its own.
    fn put(&self, request: &Value) -> Result<Value, Refused> {
        let entries = request["Entries"].as_array().map(Vec::as_slice).unwrap_or_default();
        if !(1..=MAX_ENTRIES).contains(&entries.len()) {
            return Err(Refused {
                code: "ValidationException",
                message: "A call has 1 to 10 entries.".to_owned(),
            });
        }
        if entries.iter().map(size).sum::<usize>() > MAX_SIZE {
            let message = "Total size of the entries in the request is over the limit.".to_owned();
            return Err(Refused { code: "ValidationException", message });
        }
        let now_s = self.clock.now().seconds();
        let mut received = self.lock();
        let mut failed = 0;
        let mut results = Vec::new();
        for entry in entries {
            results.push(match received.accept(entry, now_s) {
                Ok(id) => json!({ "EventId": id }),
                Err(Refused { code, message }) => {
                    failed += 1;
                    json!({ "ErrorCode": code, "ErrorMessage": message })
                }
            });
        }
        Ok(json!({ "FailedEntryCount": failed, "Entries": results }))
    }

    fn lock(&self) -> MutexGuard<'_, Received> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Received {
    /// Stores an entry as the event that a rule's target gets; returns its id.
    fn accept(&mut self, entry: &Value, now_s: i64) -> Result<String, Refused> {
        let detail = entry["Detail"].as_str().unwrap_or_default();
        if self.refused.as_ref().is_some_and(|text| detail.contains(text)) {
            return Err(Refused {
                code: "MalformedDetail",
                message: "Detail is malformed.".to_owned(),
            });
        }
        if self.failures > 0 {
            self.failures -= 1;
            return Err(Refused {
                code: "InternalFailure",
                message: "The entry failed, as was asked for.".to_owned(),
            });
        }
        for field in ["Source", "DetailType"] {
            if entry[field].as_str().is_none_or(str::is_empty) {
                let message = format!(
                    "Parameter {field} is not valid. Reason: {field} is a required argument."
                );
                return Err(Refused { code: "InvalidArgument", message });
            }
        }
        let detail = entry["Detail"]
            .as_str()
            .and_then(|detail| serde_json::from_str::<Map<String, Value>>(detail).ok());
        let detail = detail.ok_or_else(|| Refused {
            code: "MalformedDetail",
            message: "Detail is malformed.".to_owned(),
        })?;
        let id = format!("local-{:08}", self.events.len());
        let seconds =
            entry["Time"].as_f64().and_then(|time| SignedDuration::try_from_secs_f64(time).ok());
        let seconds = seconds.map_or(now_s, |time| time.as_secs());
        self.events.push(json!({
            "id": id, "source": entry["Source"], "detail-type": entry["DetailType"],
            "detail": detail,
            // Whole seconds, as EventBridge delivers them.
            "time": jiff::Timestamp::from_second(seconds).unwrap_or_default().to_string(),
            "event-bus": entry["EventBusName"].as_str().unwrap_or("default"),
        }));
        Ok(id)
    }
}

/// An entry's size as EventBridge counts it, in bytes.
fn size(entry: &Value) -> usize {
    let texts =
        ["Source", "DetailType", "Detail"].map(|field| entry[field].as_str().map_or(0, str::len));
    texts.iter().sum::<usize>() + if entry["Time"].is_null() { 0 } else { TIME_SIZE }
}

/// Routes of EventBridge's API and of the two views.
pub(crate) fn router(bus: Bus) -> Router {
    Router::new()
        .route("/dev/aws/events", post(put))
        .route("/dev/aws/events/", post(put))
        .route("/dev/events", get(show))
        .route("/dev/events.json", get(list))
        .with_state(bus)
}

/// `PutEvents`
async fn put(State(bus): State<Bus>, headers: HeaderMap, body: Bytes) -> Response {
    let answer = if headers.get("x-amz-target").is_none_or(|target| target != TARGET) {
        Err(Refused {
            code: "UnknownOperationException",
            message: format!("Only {TARGET} is known here."),
        })
    } else {
        match serde_json::from_slice::<Value>(&body) {
            Ok(request) => bus.put(&request),
            Err(_) => Err(Refused {
                code: "SerializationException",
                message: "The body is no JSON.".to_owned(),
            }),
        }
    };
    let (status, answer) = match answer {
        Ok(answer) => (StatusCode::OK, answer),
        Err(Refused { code, message }) => {
            (StatusCode::BAD_REQUEST, json!({ "__type": code, "message": message }))
        }
    };
    (status, [(CONTENT_TYPE, "application/x-amz-json-1.1")], answer.to_string()).into_response()
}

async fn list(State(bus): State<Bus>) -> Json<Vec<Value>> {
    Json(bus.events())
}

async fn show(State(bus): State<Bus>) -> Html<String> {
    let item = |event: &Value| {
        let text = |field: &str| html::escape(event[field].as_str().unwrap_or_default());
        format!(
            "<details><summary><b>{}</b><code>{}</code><time>{}</time></summary>\
             <pre>{}</pre></details>",
            text("detail-type"),
            text("source"),
            text("time"),
            html::escape(&format!("{event:#}"))
        )
    };
    let items: Vec<_> = bus.events().iter().rev().map(item).collect();
    let body = if items.is_empty() {
        "<p>No event yet. Each change in the chat appears here.</p>".to_owned()
    } else {
        items.concat()
    };
    html::page("Events", false, &body)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use serde_json::{Value, json};

    use super::{Bus, TARGET, router};
    use crate::dev::calls::{call, get};

    async fn put(bus: &Bus, entries: &[Value]) -> (StatusCode, Value) {
        let body = json!({ "Entries": entries }).to_string();
        let request = Request::post("/dev/aws/events/")
            .header("X-Amz-Target", TARGET)
            .body(Body::from(body))
            .unwrap();
        let (status, answer) = call(router(bus.clone()), request).await;
        (status, serde_json::from_str(&answer).unwrap())
    }

    fn entry(detail: &str) -> Value {
        json!({
            "Source": "live-chat", "DetailType": "message", "Detail": detail,
            "EventBusName": "shop", "Time": 1_774_526_400.5,
        })
    }

    #[tokio::test]
    async fn events_are_stored_in_order_and_bad_entries_fail_alone() {
        let bus = Bus::default();
        let (status, answer) =
            put(&bus, &[entry("{\"seq\":1}"), entry("[]"), entry("{\"seq\":2}")]).await;
        assert_eq!((status, &answer["FailedEntryCount"]), (StatusCode::OK, &json!(1)));
        assert_eq!(answer["Entries"][1]["ErrorCode"], "MalformedDetail");
        let events = bus.events();
        assert_eq!(answer["Entries"][2]["EventId"], events[1]["id"]);
        assert_eq!(
            events[0],
            json!({
                "id": events[0]["id"], "source": "live-chat", "detail-type": "message",
                "detail": { "seq": 1 }, "time": "2026-03-26T12:00:00Z", "event-bus": "shop",
            })
        );
        let (_, list) = get(router(bus.clone()), "/dev/events.json").await;
        assert_eq!(serde_json::from_str::<Value>(&list).unwrap(), json!(events));
        put(&bus, &[entry("{\"text\":\"<b>\"}")]).await;
        let (_, page) = get(router(bus), "/dev/events").await;
        assert!(page.contains("&quot;text&quot;: &quot;&lt;b&gt;&quot;"), "{page}");
    }

    #[tokio::test]
    async fn fail_next_fails_that_many_entries() {
        let bus = Bus::default();
        bus.fail_next(1);
        let (_, answer) = put(&bus, &[entry("{}"), entry("{}")]).await;
        assert_eq!(answer["Entries"][0]["ErrorCode"], "InternalFailure");
        assert_eq!((answer["FailedEntryCount"].as_u64(), bus.events().len()), (Some(1), 1));
    }

    #[tokio::test]
    async fn refuses_what_event_bridge_refuses() {
        let bus = Bus::default();
        let large = format!("{{\"text\":\"{}\"}}", "x".repeat(100 * 1024));
        for entries in [vec![], vec![entry("{}"); 11], vec![entry(&large); 3]] {
            let (status, answer) = put(&bus, &entries).await;
            assert_eq!(
                (status, &answer["__type"]),
                (StatusCode::BAD_REQUEST, &json!("ValidationException"))
            );
        }
        let request = Request::post("/dev/aws/events")
            .header("X-Amz-Target", "AWSEvents.PutRule")
            .body(Body::empty())
            .unwrap();
        assert_eq!(call(router(bus.clone()), request).await.0, StatusCode::BAD_REQUEST);
        assert!(bus.events().is_empty());
    }
}
