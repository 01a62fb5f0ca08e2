//! What EventBridge Scheduler does here, by the local clock: it keeps one-time schedules until
//! whoever drives it takes those that are due, and calls of them that failed until they come again.
//! A call that failed for good goes to the schedule's dead-letter queue, which `/dev/failures.json`
//! shows.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Longest name of a schedule or group.
const MAX_NAME: usize = 64;
const DEFAULT_GROUP: &str = "default";
/// Most calls that are kept after they failed for good; the oldest go first.
const MOST_FAILURES: usize = 1_000;

/// The schedules that wait. Clones are the same scheduler.
#[derive(Clone)]
pub struct Scheduler {
    state: Arc<Mutex<Calls>>,
    /// Where the calls are kept over restarts.
    file: Option<PathBuf>,
}

/// A call that is due.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Due {
    /// The schedule's name.
    pub name: String,
    /// The function that is called, by its ARN.
    #[serde(default)]
    pub target: String,
    /// What it is called with; null when nothing was given.
    pub input: Value,
    /// Which try it is: 1 at first.
    pub attempt: u32,
    /// The dead-letter queue of the schedule, by its ARN.
    #[serde(default)]
    pub queue: Option<String>,
}

/// A call that failed for good, in a dead-letter queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The queue, by its ARN.
    pub queue: String,
    /// The schedule's name.
    pub schedule: String,
    /// What was called with.
    pub input: Value,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last try failed.
    pub error: String,
}

struct Calls {
    pending: Vec<Call>,
    /// What the last take answered. It leaves the file with the next take, so a process that is
    /// killed in between calls it again.
    taken: Vec<Call>,
    /// What failed for good.
    failures: Vec<Failure>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Call {
    /// The schedule's group; none for a call that comes again, whose schedule is gone.
    group: Option<String>,
    at: Timestamp,
    due: Due,
}

/// What is answered instead, as EventBridge Scheduler does.
struct Refused {
    status: StatusCode,
    kind: &'static str,
    message: String,
}

impl Scheduler {
    /// A scheduler that keeps its calls in this file and begins with those that are there already;
    /// without a file, in memory.
    pub fn new(file: Option<PathBuf>) -> anyhow::Result<Self> {
        let (pending, failures) = match &file {
            Some(file) => (kept(file)?, kept(&failures_file(file))?),
            None => Default::default(),
        };
        Ok(Self {
            state: Arc::new(Mutex::new(Calls { pending, taken: Vec::new(), failures })),
            file,
        })
    }

    /// Removes and returns the calls that are due, the earliest first. Those of the take before
    /// count as done, or were put back.
    pub fn take_due(&self, now: Timestamp) -> Vec<Due> {
        let mut calls = self.lock();
        let (mut due, pending): (Vec<_>, Vec<_>) =
            std::mem::take(&mut calls.pending).into_iter().partition(|call| call.at <= now);
        due.sort_by_key(|call| call.at);
        calls.pending = pending;
        let done = std::mem::replace(&mut calls.taken, due);
        if !(done.is_empty() && calls.taken.is_empty()) {
            self.save_or_log(&calls);
        }
        calls.taken.iter().map(|call| call.due.clone()).collect()
    }

    /// Lets a call that failed come again at `at`, as Lambda does with asynchronous calls.
    pub fn put_back(&self, due: Due, at: Timestamp) {
        let mut calls = self.lock();
        calls.taken.retain(|call| call.due != due);
        let due = Due { attempt: due.attempt.saturating_add(1), ..due };
        calls.pending.push(Call { group: None, at, due });
        self.save_or_log(&calls);
    }

    /// Moves a call that failed for good to the dead-letter queue of its schedule. Without a queue
    /// it is lost, as in AWS.
    pub fn set_aside(&self, due: Due, error: &str) {
        let mut calls = self.lock();
        calls.taken.retain(|call| call.due != due);
        let Due { name: schedule, input, attempt: attempts, queue, .. } = due;
        let Some(queue) = queue else {
            tracing::error!("{schedule} has no dead-letter queue: its call is lost");
            return self.save_or_log(&calls);
        };
        calls.failures.push(Failure { queue, schedule, input, attempts, error: error.to_owned() });
        let surplus = calls.failures.len().saturating_sub(MOST_FAILURES);
        calls.failures.drain(..surplus);
        self.save_or_log(&calls);
    }

    /// The calls that failed for good, the newest last.
    pub fn failures(&self) -> Vec<Failure> {
        self.lock().failures.clone()
    }

    /// How long it is from `now` to the next call; nothing when none waits.
    pub fn next_after(&self, now: Timestamp) -> Option<Duration> {
        let next = self.lock().pending.iter().map(|call| call.at).min()?;
        Some(Duration::from_millis(u64::try_from(next.since(now)).unwrap_or(0)))
    }

    /// How many calls wait for their time.
    pub fn pending(&self) -> usize {
        self.lock().pending.len()
    }

    /// Keeps a schedule, unless its group has one of that name.
    fn add(&self, call: Call) -> Result<(), Refused> {
        let mut calls = self.lock();
        // One that was taken is deleted a while after it was called, as AWS does.
        if calls
            .pending
            .iter()
            .chain(&calls.taken)
            .any(|other| other.group == call.group && other.due.name == call.due.name)
        {
            let message = format!("Schedule {} already exists.", call.due.name);
            return Err(Refused {
                status: StatusCode::CONFLICT,
                kind: "ConflictException",
                message,
            });
        }
        calls.pending.push(call);
        self.save(&calls).map_err(|error| {
            calls.pending.pop();
            not_saved(&error)
        })
    }

    fn save(&self, calls: &Calls) -> std::io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let all: Vec<_> = calls.taken.iter().chain(&calls.pending).collect();
        // First the failures: a process that is killed in between calls once more, and loses
        // nothing.
        if !calls.failures.is_empty() {
            replace(&failures_file(file), &serde_json::to_vec(&calls.failures)?)?;
        }
        replace(file, &serde_json::to_vec(&all)?)
    }

    fn save_or_log(&self, calls: &Calls) {
        if let Err(error) = self.save(calls) {
            tracing::error!("the schedules cannot be kept: {error}");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a file of this scheduler holds; nothing where there is none yet.
fn kept<T: DeserializeOwned>(file: &std::path::Path) -> anyhow::Result<Vec<T>> {
    if !file.exists() {
        return Ok(Vec::new());
    }
    let kept = std::fs::read(file)
        .with_context(|| format!("the schedules in {} cannot be read", file.display()))?;
    serde_json::from_slice(&kept).with_context(|| format!("{} holds no schedules", file.display()))
}

/// Where failed calls are kept, beside the schedules.
fn failures_file(schedules: &std::path::Path) -> PathBuf {
    schedules.with_extension("failed.json")
}

/// Renamed into place: a process that is killed in between leaves the file before.
fn replace(file: &std::path::Path, content: &[u8]) -> std::io::Result<()> {
    let new = file.with_extension("new");
    std::fs::write(&new, content)?;
    std::fs::rename(&new, file)
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, [("x-amzn-errortype", self.kind)], Json(json!({ "Message": self.message })))
            .into_response()
    }
}

/// EventBridge Scheduler's API.
pub(crate) fn router(scheduler: Scheduler) -> Router {
    Router::new()
        .route("/dev/aws/scheduler/schedules/{name}", post(create))
        .route("/dev/failures.json", get(failures))
        .with_state(scheduler)
}

async fn failures(State(scheduler): State<Scheduler>) -> Json<Vec<Failure>> {
    Json(scheduler.failures())
}

/// `CreateSchedule`
async fn create(
    State(scheduler): State<Scheduler>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Refused> {
    let request: Value =
        serde_json::from_slice(&body).map_err(|_| invalid("The body is no JSON."))?;
    let group = request["GroupName"].as_str().unwrap_or(DEFAULT_GROUP).to_owned();
    let arn = format!("arn:aws:scheduler:local-1:000000000000:schedule/{group}/{name}");
    scheduler.add(read(name, group, &request)?)?;
    Ok(Json(json!({ "ScheduleArn": arn })))
}

/// Reads a schedule. Refuses what EventBridge Scheduler refuses, and what it can do but nothing
/// here does.
fn read(name: String, group: String, request: &Value) -> Result<Call, Refused> {
    let is_name = |name: &str| {
        (1..=MAX_NAME).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    if !is_name(&name) || !is_name(&group) {
        return Err(invalid("Names match [0-9a-zA-Z-_.]{1,64}."));
    }
    let at = request["ScheduleExpression"].as_str().and_then(instant);
    let at = at.ok_or_else(|| {
        invalid("Invalid Schedule Expression: only at(yyyy-mm-ddThh:mm:ss) is known here.")
    })?;
    if request["ScheduleExpressionTimezone"].as_str().is_some_and(|zone| zone != "UTC") {
        return Err(invalid("Only ScheduleExpressionTimezone UTC is known here."));
    }
    if request["FlexibleTimeWindow"]["Mode"] != "OFF" {
        return Err(invalid("Only FlexibleTimeWindow OFF is known here."));
    }
    if request["ActionAfterCompletion"] != "DELETE" {
        return Err(invalid("Only ActionAfterCompletion DELETE is known here."));
    }
    let target = &request["Target"];
    let (Some(arn), Some(_)) = (target["Arn"].as_str(), target["RoleArn"].as_str()) else {
        return Err(invalid("A target has Arn and RoleArn."));
    };
    let input = match target["Input"].as_str() {
        Some(input) => {
            serde_json::from_str(input).map_err(|_| invalid("The target's Input is no JSON."))?
        }
        None => Value::Null,
    };
    let queue = match &target["DeadLetterConfig"] {
        Value::Null => None,
        config => Some(
            config["Arn"]
                .as_str()
                .filter(|arn| is_queue(arn))
                .ok_or_else(|| invalid("A DeadLetterConfig has the Arn of a queue."))?,
        ),
    };
    let queue = queue.map(str::to_owned);
    Ok(Call {
        group: Some(group),
        at,
        due: Due { name, target: arn.to_owned(), input, attempt: 1, queue },
    })
}

/// Whether this is the ARN of a standard queue of SQS. A FIFO queue is refused, as in AWS.
fn is_queue(arn: &str) -> bool {
    let parts: Vec<&str> = arn.split(':').collect();
    let [arn, partition, service, region, account, name] = parts.as_slice() else { return false };
    let is_name = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (*arn, *service) == ("arn", "sqs")
        && partition.starts_with("aws")
        && !region.is_empty()
        && is_account
        && is_name(name)
}

/// The instant that `at(2026-03-26T12:01:00)` means in UTC.
fn instant(expression: &str) -> Option<Timestamp> {
    let time = expression.strip_prefix("at(")?.strip_suffix(')')?;
    let is_whole = time.len() == "yyyy-mm-ddThh:mm:ss".len();
    Timestamp::parse(&format!("{time}Z")).filter(|_| is_whole)
}

fn invalid(message: &str) -> Refused {
    Refused {
        status: StatusCode::BAD_REQUEST,
        kind: "ValidationException",
        message: message.to_owned(),
    }
}

fn not_saved(error: &std::io::Error) -> Refused {
    let message = format!("The schedules cannot be kept: {error}");
    Refused { status: StatusCode::INTERNAL_SERVER_ERROR, kind: "InternalServerException", message }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use domain::Timestamp;
    use serde_json::{Value, json};

    use super::{Scheduler, router};
    use crate::dev::calls::{call, get};

    const NOON: Timestamp = Timestamp::from_millis(1_774_526_400_000);

    fn schedule(time: &str) -> Value {
        json!({
            "ScheduleExpression": format!("at(2026-03-26T{time})"), "ScheduleExpressionTimezone": "UTC", "GroupName": "chat",
            "Target": { "Arn": "arn:notices", "RoleArn": "arn:role", "Input": "{\"channel\":7}" },
            "ActionAfterCompletion": "DELETE", "FlexibleTimeWindow": { "Mode": "OFF" }, "ClientToken": "once",
        })
    }

    async fn create(scheduler: &Scheduler, name: &str, schedule: &Value) -> (StatusCode, Value) {
        let request = Request::post(format!("/dev/aws/scheduler/schedules/{name}"))
            .body(Body::from(schedule.to_string()))
            .unwrap();
        let (status, answer) = call(router(scheduler.clone()), request).await;
        (status, serde_json::from_str(&answer).unwrap())
    }

    fn take(scheduler: &Scheduler, after_noon_s: i64) -> Vec<String> {
        scheduler
            .take_due(NOON.plus_millis(after_noon_s * 1000))
            .into_iter()
            .map(|due| due.name)
            .collect()
    }

    #[tokio::test]
    async fn what_is_due_comes_once_and_in_order() {
        let scheduler = Scheduler::new(None).unwrap();
        let (status, answer) = create(&scheduler, "late", &schedule("12:02:00")).await;
        assert_eq!(
            (status, answer),
            (
                StatusCode::OK,
                json!({ "ScheduleArn": "arn:aws:scheduler:local-1:000000000000:schedule/chat/late" })
            )
        );
        create(&scheduler, "early", &schedule("12:01:00")).await;
        assert_eq!(scheduler.pending(), 2);
        assert!(take(&scheduler, 59).is_empty());
        assert_eq!(take(&scheduler, 120), ["early", "late"]);
        assert!(take(&scheduler, 120).is_empty());
    }

    #[tokio::test]
    async fn a_name_counts_once_in_its_group_until_its_call_is_done() {
        let scheduler = Scheduler::new(None).unwrap();
        assert_eq!(create(&scheduler, "one", &schedule("12:00:00")).await.0, StatusCode::OK);
        let (status, answer) = create(&scheduler, "one", &schedule("12:00:00")).await;
        assert_eq!(
            (status, answer),
            (StatusCode::CONFLICT, json!({ "Message": "Schedule one already exists." }))
        );
        let mut other = schedule("12:00:00");
        other["GroupName"] = json!("other");
        assert_eq!(create(&scheduler, "one", &other).await.0, StatusCode::OK);
        assert_eq!(take(&scheduler, 0).len(), 2);
        assert_eq!(create(&scheduler, "one", &schedule("12:00:00")).await.0, StatusCode::CONFLICT);
        assert!(take(&scheduler, 0).is_empty());
        assert_eq!(create(&scheduler, "one", &schedule("12:00:00")).await.0, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_failed_call_comes_again() {
        let scheduler = Scheduler::new(None).unwrap();
        create(&scheduler, "one", &schedule("12:00:00")).await;
        let due = scheduler.take_due(NOON).remove(0);
        assert_eq!((&due.input, due.attempt), (&json!({ "channel": 7 }), 1));
        scheduler.put_back(due, NOON.plus_millis(60_000));
        assert!(take(&scheduler, 59).is_empty());
        assert_eq!(scheduler.take_due(NOON.plus_millis(60_000))[0].attempt, 2);
    }

    #[tokio::test]
    async fn a_call_that_failed_for_good_lies_in_its_dead_letter_queue() {
        let file = std::env::temp_dir().join(format!("chat-failures-{}.json", std::process::id()));
        let aside = super::failures_file(&file);
        let _ = (std::fs::remove_file(&file), std::fs::remove_file(&aside));
        let scheduler = Scheduler::new(Some(file.clone())).unwrap();
        let mut with_queue = schedule("12:00:00");
        with_queue["Target"]["DeadLetterConfig"] =
            json!({ "Arn": "arn:aws:sqs:local-1:000000000000:failed" });
        create(&scheduler, "one", &with_queue).await;
        create(&scheduler, "without", &schedule("12:00:00")).await;
        for due in scheduler.take_due(NOON) {
            scheduler.set_aside(due, "the function is broken");
        }
        let expected = json!([{
            "queue": "arn:aws:sqs:local-1:000000000000:failed", "schedule": "one", "input": { "channel": 7 }, "attempts": 1,
            "error": "the function is broken",
        }]);
        for scheduler in [scheduler, Scheduler::new(Some(file.clone())).unwrap()] {
            let (_, shown) = get(router(scheduler.clone()), "/dev/failures.json").await;
            assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), expected);
            assert_eq!(scheduler.pending(), 0);
        }
        std::fs::remove_file(&file).unwrap();
        std::fs::remove_file(&aside).unwrap();
    }

    #[tokio::test]
    async fn a_restart_forgets_nothing_that_was_not_done() {
        let file = std::env::temp_dir().join(format!("chat-schedules-{}.json", std::process::id()));
        let _ = std::fs::remove_file(&file);
        let restarted = || Scheduler::new(Some(file.clone())).unwrap();
        let scheduler = restarted();
        create(&scheduler, "one", &schedule("12:00:00")).await;
        create(&scheduler, "two", &schedule("13:00:00")).await;
        assert_eq!(restarted().pending(), 2);
        // Taken, but who knows whether it was called.
        assert_eq!(take(&scheduler, 0), ["one"]);
        assert_eq!(restarted().pending(), 2);
        assert!(take(&scheduler, 0).is_empty());
        assert_eq!(restarted().pending(), 1);
        std::fs::write(&file, "{").unwrap();
        assert!(Scheduler::new(Some(file.clone())).is_err());
        std::fs::remove_file(&file).unwrap();
    }

    #[tokio::test]
    async fn refuses_what_event_bridge_scheduler_refuses() {
        let scheduler = Scheduler::new(None).unwrap();
        let without = |field: &str| {
            let mut schedule = schedule("12:00:00");
            schedule[field] = Value::Null;
            schedule
        };
        let aside = |queue: Value| {
            let mut schedule = schedule("12:00:00");
            schedule["Target"]["DeadLetterConfig"] = queue;
            schedule
        };
        let long = "x".repeat(65);
        for (name, schedule) in [
            ("a%20b", schedule("12:00:00")),
            (long.as_str(), schedule("12:00:00")),
            ("one", schedule("12:00")),
            ("one", schedule("25:00:00")),
            ("one", without("ScheduleExpression")),
            ("one", without("Target")),
            ("one", without("FlexibleTimeWindow")),
            ("one", without("ActionAfterCompletion")),
            ("one", aside(json!({}))),
            ("one", aside(json!({ "Arn": "arn:aws:sns:eu-west-1:123456789012:failed" }))),
            ("one", aside(json!({ "Arn": "arn:aws:sqs:eu-west-1:123456789012:failed.fifo" }))),
            ("one", aside(json!({ "Arn": "arn:aws:sqs:eu-west-1:1234:failed" }))),
        ] {
            assert_eq!(
                create(&scheduler, name, &schedule).await.0,
                StatusCode::BAD_REQUEST,
                "{name} {schedule}"
            );
        }
        assert_eq!(scheduler.pending(), 0);
    }
}
