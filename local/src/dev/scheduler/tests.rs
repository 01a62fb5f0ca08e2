use axum::body::Body;
use axum::http::{Request, StatusCode};
use domain::Timestamp;
use serde_json::{Value, json};

use super::{Scheduler, router};
use crate::dev::calls::{call, get};

const NOON: Timestamp = Timestamp::from_millis(1_774_526_400_000);

fn schedule(time: &str) -> Value {
    json!({
        "ScheduleExpression": format!("at(2026-03-26T{time})"),
        "ScheduleExpressionTimezone": "UTC", "GroupName": "chat",
        "Target": { "Arn": "arn:notices", "RoleArn": "arn:role", "Input": "{\"channel\":7}" },
        "ActionAfterCompletion": "DELETE", "FlexibleTimeWindow": { "Mode": "OFF" },
        "ClientToken": "once",
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
async fn due_calls_are_taken_once_and_in_order() {
    let scheduler = Scheduler::new(None).unwrap();
    let (status, answer) = create(&scheduler, "late", &schedule("12:02:00")).await;
    let arn = "arn:aws:scheduler:local-1:000000000000:schedule/chat/late";
    assert_eq!((status, answer), (StatusCode::OK, json!({ "ScheduleArn": arn })));
    create(&scheduler, "early", &schedule("12:01:00")).await;
    assert_eq!(scheduler.pending(), 2);
    assert!(take(&scheduler, 59).is_empty());
    assert_eq!(take(&scheduler, 120), ["early", "late"]);
    assert!(take(&scheduler, 120).is_empty());
}

#[tokio::test]
async fn a_name_is_unique_in_its_group_until_its_call_is_done() {
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
async fn a_failed_call_is_retried() {
    let scheduler = Scheduler::new(None).unwrap();
    create(&scheduler, "one", &schedule("12:00:00")).await;
    let due = scheduler.take_due(NOON).remove(0);
    assert_eq!((&due.input, due.attempt), (&json!({ "channel": 7 }), 1));
    scheduler.retry_at(due, NOON.plus_millis(60_000));
    assert!(take(&scheduler, 59).is_empty());
    assert_eq!(scheduler.take_due(NOON.plus_millis(60_000))[0].attempt, 2);
}

#[tokio::test]
async fn a_call_that_failed_for_good_is_in_its_dead_letter_queue() {
    let file = std::env::temp_dir().join(format!("chat-failures-{}.json", std::process::id()));
    let failures = super::failures_file(&file);
    let _ = (std::fs::remove_file(&file), std::fs::remove_file(&failures));
    let scheduler = Scheduler::new(Some(file.clone())).unwrap();
    let mut with_queue = schedule("12:00:00");
    with_queue["Target"]["DeadLetterConfig"] =
        json!({ "Arn": "arn:aws:sqs:local-1:000000000000:failed" });
    create(&scheduler, "one", &with_queue).await;
    create(&scheduler, "without", &schedule("12:00:00")).await;
    for due in scheduler.take_due(NOON) {
        scheduler.dead_letter(due, "the function is broken");
    }
    let expected = json!([{
        "queue": "arn:aws:sqs:local-1:000000000000:failed", "schedule": "one",
        "input": { "channel": 7 }, "attempts": 1, "error": "the function is broken",
    }]);
    for scheduler in [scheduler, Scheduler::new(Some(file.clone())).unwrap()] {
        let (_, shown) = get(router(scheduler.clone()), "/dev/failures.json").await;
        assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), expected);
        assert_eq!(scheduler.pending(), 0);
    }
    std::fs::remove_file(&file).unwrap();
    std::fs::remove_file(&failures).unwrap();
}

#[tokio::test]
async fn a_restart_keeps_every_call_that_may_not_be_done() {
    let file = std::env::temp_dir().join(format!("chat-schedules-{}.json", std::process::id()));
    let _ = std::fs::remove_file(&file);
    let restarted = || Scheduler::new(Some(file.clone())).unwrap();
    let scheduler = restarted();
    create(&scheduler, "one", &schedule("12:00:00")).await;
    create(&scheduler, "two", &schedule("13:00:00")).await;
    assert_eq!(restarted().pending(), 2);
    // Taken, but possibly not called.
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
    let with_queue = |queue: Value| {
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
        ("one", with_queue(json!({}))),
        ("one", with_queue(json!({ "Arn": "arn:aws:sns:eu-west-1:123456789012:failed" }))),
        ("one", with_queue(json!({ "Arn": "arn:aws:sqs:eu-west-1:123456789012:failed.fifo" }))),
        ("one", with_queue(json!({ "Arn": "arn:aws:sqs:eu-west-1:1234:failed" }))),
    ] {
        assert_eq!(
            create(&scheduler, name, &schedule).await.0,
            StatusCode::BAD_REQUEST,
            "{name} {schedule}"
        );
    }
    assert_eq!(scheduler.pending(), 0);
}
