//! EventBridge Scheduler by the local clock. It stores one-time schedules until the caller takes
//! the due ones, and failed calls until their retry. A call that has failed for good goes to the
//! schedule's dead-letter queue, shown at `/dev/failures.json`.

mod api;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use domain::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use api::router;

/// Most failed calls that are stored; the oldest are dropped first.
const MAX_FAILURES: usize = 1_000;

/// The pending schedules. Clones share them.
#[derive(Clone)]
pub struct Scheduler {
    state: Arc<Mutex<Calls>>,
    /// Where the calls are stored over restarts.
    file: Option<PathBuf>,
}

/// A call that is due.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Due {
    /// The schedule's name.
    pub name: String,
    /// The ARN of the function to call.
    #[serde(default)]
    pub target: String,
    /// The event to call it with; null when the schedule has none.
    pub input: Value,
    /// The number of this attempt, from 1.
    pub attempt: u32,
    /// The ARN of the schedule's dead-letter queue.
    #[serde(default)]
    pub queue: Option<String>,
}

/// A call in a dead-letter queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The queue's ARN.
    pub queue: String,
    /// The schedule's name.
    pub schedule: String,
    /// The event of the call.
    pub input: Value,
    /// The number of attempts.
    pub attempts: u32,
    /// The error of the last attempt.
    pub error: String,
}

struct Calls {
    pending: Vec<Call>,
    /// The calls of the last `take_due`. They leave the file with the next one, so a process that
    /// is killed in between calls them again.
    taken: Vec<Call>,
    failures: Vec<Failure>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Call {
    /// The schedule's group; `None` for a retry, whose schedule no longer exists.
    group: Option<String>,
    at: Timestamp,
    due: Due,
}

/// Why a schedule is not created.
enum AddError {
    Exists { name: String },
    NotStored(std::io::Error),
}

impl Scheduler {
    /// A scheduler with the calls of this file, which it keeps up to date; without a file, in
    /// memory.
    pub fn new(file: Option<PathBuf>) -> anyhow::Result<Self> {
        let (pending, failures) = match &file {
            Some(file) => (read(file)?, read(&failures_file(file))?),
            None => Default::default(),
        };
        let calls = Calls { pending, taken: Vec::new(), failures };
        Ok(Self { state: Arc::new(Mutex::new(calls)), file })
    }

    /// Removes and returns the due calls, the earliest first. The calls of the previous take count
    /// as done, unless they were given back for a retry or as failed.
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

    /// Schedules a failed call again, as Lambda does with asynchronous calls.
    pub fn retry_at(&self, due: Due, at: Timestamp) {
        let mut calls = self.lock();
        calls.taken.retain(|call| call.due != due);
        let due = Due { attempt: due.attempt.saturating_add(1), ..due };
        calls.pending.push(Call { group: None, at, due });
        self.save_or_log(&calls);
    }

    /// Moves a call that has failed for good to the dead-letter queue of its schedule. Without a
    /// queue it is lost, as in AWS.
    pub fn dead_letter(&self, due: Due, error: &str) {
        let mut calls = self.lock();
        calls.taken.retain(|call| call.due != due);
        let Due { name: schedule, input, attempt: attempts, queue, .. } = due;
        let Some(queue) = queue else {
            tracing::error!("{schedule} has no dead-letter queue: its call is lost");
            return self.save_or_log(&calls);
        };
        calls.failures.push(Failure { queue, schedule, input, attempts, error: error.to_owned() });
        let surplus = calls.failures.len().saturating_sub(MAX_FAILURES);
        calls.failures.drain(..surplus);
        self.save_or_log(&calls);
    }

    /// The dead-letter queue, the newest call last.
    pub fn failures(&self) -> Vec<Failure> {
        self.lock().failures.clone()
    }

    /// The time from `now` to the next call; `None` when there is none.
    pub fn next_after(&self, now: Timestamp) -> Option<Duration> {
        let next = self.lock().pending.iter().map(|call| call.at).min()?;
        Some(Duration::from_millis(u64::try_from(next.since(now)).unwrap_or(0)))
    }

    /// The number of pending calls.
    pub fn pending(&self) -> usize {
        self.lock().pending.len()
    }

    /// Stores a schedule, unless its group has one of that name.
    fn add(&self, call: Call) -> Result<(), AddError> {
        let mut calls = self.lock();
        let is_same = |other: &Call| other.group == call.group && other.due.name == call.due.name;
        // A taken schedule still exists: AWS deletes it a while after the call.
        if calls.pending.iter().chain(&calls.taken).any(is_same) {
            return Err(AddError::Exists { name: call.due.name });
        }
        calls.pending.push(call);
        self.save(&calls).map_err(|error| {
            calls.pending.pop();
            AddError::NotStored(error)
        })
    }

    fn save(&self, calls: &Calls) -> std::io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let all: Vec<_> = calls.taken.iter().chain(&calls.pending).collect();
        // The failures first: a kill in between repeats a call and loses none.
        if !calls.failures.is_empty() {
            replace(&failures_file(file), &serde_json::to_vec(&calls.failures)?)?;
        }
        replace(file, &serde_json::to_vec(&all)?)
    }

    fn save_or_log(&self, calls: &Calls) {
        if let Err(error) = self.save(calls) {
            tracing::error!("the schedules cannot be stored: {error}");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The content of a scheduler's file; empty if the file does not exist.
fn read<T: DeserializeOwned>(file: &Path) -> anyhow::Result<Vec<T>> {
    if !file.exists() {
        return Ok(Vec::new());
    }
    let content = std::fs::read(file)
        .with_context(|| format!("the schedules in {} cannot be read", file.display()))?;
    serde_json::from_slice(&content)
        .with_context(|| format!("{} holds no schedules", file.display()))
}

/// The file of the failed calls, next to the schedules.
fn failures_file(schedules: &Path) -> PathBuf {
    schedules.with_extension("failed.json")
}

/// Renamed into place: a kill in between leaves the previous file.
fn replace(file: &Path, content: &[u8]) -> std::io::Result<()> {
    let new = file.with_extension("new");
    std::fs::write(&new, content)?;
    std::fs::rename(&new, file)
}

#[cfg(test)]
mod tests;
