//! EventBridge Scheduler's `CreateSchedule`. It refuses what the service refuses, and the options
//! that the service has but this scheduler lacks.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::Timestamp;
use serde_json::{Value, json};

use super::{AddError, Call, Due, Failure, Scheduler};

/// Longest name of a schedule or group.
const MAX_NAME: usize = 64;
const DEFAULT_GROUP: &str = "default";

/// An error response of the service.
struct Refused {
    status: StatusCode,
    kind: &'static str,
    message: String,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, [("x-amzn-errortype", self.kind)], Json(json!({ "Message": self.message })))
            .into_response()
    }
}

impl From<AddError> for Refused {
    fn from(error: AddError) -> Self {
        match error {
            AddError::Exists { name } => Self {
                status: StatusCode::CONFLICT,
                kind: "ConflictException",
                message: format!("Schedule {name} already exists."),
            },
            AddError::NotStored(error) => Self {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                kind: "InternalServerException",
                message: format!("The schedules cannot be stored: {error}"),
            },
        }
    }
}

/// Routes of `CreateSchedule` and of the dead-letter queues.
pub(crate) fn router(scheduler: Scheduler) -> Router {
    Router::new()
        .route("/dev/aws/scheduler/schedules/{name}", post(create))
        .route("/dev/failures.json", get(failures))
        .with_state(scheduler)
}

async fn failures(State(scheduler): State<Scheduler>) -> Json<Vec<Failure>> {
    Json(scheduler.failures())
}

async fn create(
    State(scheduler): State<Scheduler>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Refused> {
    let request: Value =
        serde_json::from_slice(&body).map_err(|_| invalid("The body is no JSON."))?;
    let group = request["GroupName"].as_str().unwrap_or(DEFAULT_GROUP).to_owned();
    let arn = format!("arn:aws:scheduler:local-1:000000000000:schedule/{group}/{name}");
    scheduler.add(parse(name, group, &request)?)?;
    Ok(Json(json!({ "ScheduleArn": arn })))
}

fn parse(name: String, group: String, request: &Value) -> Result<Call, Refused> {
    if !is_name(&name) || !is_name(&group) {
        return Err(invalid("Names match [0-9a-zA-Z-_.]{1,64}."));
    }
    let at = request["ScheduleExpression"].as_str().and_then(parse_at);
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
        config => {
            let arn = config["Arn"].as_str().filter(|arn| is_standard_queue(arn));
            let missing = || invalid("A DeadLetterConfig has the Arn of a queue.");
            Some(arn.ok_or_else(missing)?.to_owned())
        }
    };
    let due = Due { name, target: arn.to_owned(), input, attempt: 1, queue };
    Ok(Call { group: Some(group), at, due })
}

fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(is_allowed)
}

/// Whether this is the ARN of a standard SQS queue. AWS refuses FIFO queues here.
fn is_standard_queue(arn: &str) -> bool {
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

/// The time of an expression such as `at(2026-03-26T12:01:00)`, in UTC.
fn parse_at(expression: &str) -> Option<Timestamp> {
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
