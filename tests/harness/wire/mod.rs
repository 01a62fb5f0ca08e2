//! The wire between our code and AWS: the real SDK's HTTP client. It counts calls, round trips and
//! capacity units of DynamoDB, counts pushes, and injects the faults that the stand-ins lack:
//! conflicts, throttling, lost requests and responses, changed content.

mod connector;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use serde_json::Value;
use tokio::sync::Notify;

use connector::WireConnector;

/// A fault of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A conflict: DynamoDB cancels the transaction or rejects the write.
    Conflict,
    /// The service throttles it.
    Throttle,
    /// The connection breaks before it arrives.
    LostRequest,
    /// It is executed, and the response is lost.
    LostAnswer,
    /// It is executed, the response is lost, and the SDK's further attempts get this error.
    LostThen(&'static str),
    /// It is executed, and the response is lost after the time for retries is over.
    LateLostAnswer,
    /// It is executed, and the response to the first attempt is lost: the SDK retries.
    LostFirstAnswer,
    /// The service returns an internal error.
    ServerError,
    /// Half of a batch is executed. Other calls are not affected.
    HalfOfBatch,
    /// The function stops before the call.
    StopBefore,
    /// The function stops after the call is executed.
    StopAfter,
}

/// A fault of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushFault {
    /// It never gets a response.
    Hang,
    /// The gateway responds that the connection is gone.
    Gone,
}

/// A call that was executed.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The operation: `GetItem`, `TransactWriteItems`, `SendRawEmail`, `CreateSchedule`, …
    pub operation: String,
    /// The request's body.
    pub request: Value,
    began: u64,
    ended: u64,
    read_units: f64,
    write_units: f64,
    is_database: bool,
}

/// A request as our code sent it, with or without a fault.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The header `x-amz-target` with service and operation; empty in protocols without it.
    pub target: String,
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, without its question mark.
    pub query: String,
    /// The body.
    pub body: Vec<u8>,
}

/// The cost of some calls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spent {
    /// The longest chain of calls in which each began after the previous one had ended.
    pub round_trips: usize,
    /// Write units.
    pub write_units: f64,
    /// Read units.
    pub read_units: f64,
}

/// Changes requests or responses, to plant a defect.
type Falsify = Arc<dyn Fn(&str, &mut Value) + Send + Sync>;
/// Chooses the fault of a push, by its connection.
type PushPlan = Arc<dyn Fn(&str) -> Option<PushFault> + Send + Sync>;
/// Chooses the fault of a call, by its number since the last reset and its operation.
type Plan = Arc<dyn Fn(usize, &str) -> Option<Fault> + Send + Sync>;

#[derive(Default)]
struct State {
    clock: u64,
    calls: Vec<Call>,
    sent: Vec<Sent>,
    /// The SDK's attempts of one call share an id, and its fault holds for all of them.
    invocations: Vec<(String, Option<Fault>)>,
    plan: Option<Plan>,
    falsify: Option<Falsify>,
    falsify_answers: Option<Falsify>,
    pushes: Vec<String>,
    pushed_bytes: usize,
    push_plan: Option<PushPlan>,
    step: Option<Arc<Step>>,
}

/// The database calls of a measurement that are executing. Their responses are delivered together,
/// when none executes any more: so the number of round trips does not depend on which of two
/// concurrent calls is faster.
#[derive(Default)]
struct Step {
    executing: AtomicUsize,
    all_ended: Notify,
}

impl Step {
    fn enter(self: Arc<Self>) -> InStep {
        self.executing.fetch_add(1, Ordering::SeqCst);
        InStep(self)
    }
}

/// A call that is executing. An abandoned one ends, too.
struct InStep(Arc<Step>);

impl InStep {
    /// Ends the call, and waits for the others.
    async fn end(self) {
        let step = Arc::clone(&self.0);
        let mut all_ended = std::pin::pin!(step.all_ended.notified());
        all_ended.as_mut().enable();
        drop(self);
        all_ended.await;
    }
}

impl Drop for InStep {
    fn drop(&mut self) {
        if self.0.executing.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.all_ended.notify_waiters();
        }
    }
}

/// The wire of one shop. Clones share it.
#[derive(Clone)]
pub struct Wire {
    inner: SharedHttpClient,
    state: Arc<Mutex<State>>,
    stopped: Arc<Notify>,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            inner: aws_smithy_http_client::Builder::new().build_http(),
            state: Arc::default(),
            stopped: Arc::default(),
        }
    }
}

impl Wire {
    /// Clears all records and plans.
    pub fn reset(&self) {
        *self.state.lock().unwrap() = State::default();
    }

    /// Clears all records and plans, and begins to measure round trips for `spent`.
    pub fn measure(&self) {
        *self.state.lock().unwrap() = State { step: Some(Arc::default()), ..State::default() };
    }

    /// Injects faults into calls. Calls are counted from 0.
    pub fn disturb(&self, plan: impl Fn(usize, &str) -> Option<Fault> + Send + Sync + 'static) {
        let mut state = self.state.lock().unwrap();
        state.invocations.clear();
        state.plan = Some(Arc::new(plan));
    }

    /// Injects faults into pushes, by connection.
    pub fn disturb_pushes(&self, plan: impl Fn(&str) -> Option<PushFault> + Send + Sync + 'static) {
        self.state.lock().unwrap().push_plan = Some(Arc::new(plan));
    }

    /// The connections of all pushes since the last reset.
    pub fn pushes(&self) -> Vec<String> {
        self.state.lock().unwrap().pushes.clone()
    }

    /// Changes requests before they are executed.
    pub fn falsify(&self, change: impl Fn(&str, &mut Value) + Send + Sync + 'static) {
        self.state.lock().unwrap().falsify = Some(Arc::new(change));
    }

    /// Changes responses: for what DynamoDB may return during a transaction.
    pub fn falsify_answers(&self, change: impl Fn(&str, &mut Value) + Send + Sync + 'static) {
        self.state.lock().unwrap().falsify_answers = Some(Arc::new(change));
    }

    /// Resolves when a call has stopped the function.
    pub async fn stopped(&self) {
        self.stopped.notified().await;
    }

    /// The number of different calls since the last reset or plan.
    pub fn count(&self) -> usize {
        self.state.lock().unwrap().invocations.len()
    }

    /// The executed calls since the last reset.
    pub fn calls(&self) -> Vec<Call> {
        self.state.lock().unwrap().calls.clone()
    }

    /// Removes and returns all requests to any service since the last reset, those with a fault
    /// included.
    pub fn take_sent(&self) -> Vec<Sent> {
        std::mem::take(&mut self.state.lock().unwrap().sent)
    }

    /// The size of all frames that were pushed since the last reset, in bytes.
    pub fn pushed_bytes(&self) -> usize {
        self.state.lock().unwrap().pushed_bytes
    }

    /// The cost since `measure`, or since the last reset without exact round trips.
    pub fn spent(&self) -> Spent {
        let calls = self.calls();
        // A call that began after another had ended may have waited for it.
        let mut ended = Vec::<u64>::new();
        let mut sorted: Vec<_> = calls.iter().filter(|call| call.is_database).cloned().collect();
        sorted.sort_by_key(|call| call.ended);
        for call in &sorted {
            if ended.last().is_none_or(|last| call.began > *last) {
                ended.push(call.ended);
            }
        }
        Spent {
            round_trips: ended.len(),
            write_units: calls.iter().map(|call| call.write_units).sum(),
            read_units: calls.iter().map(|call| call.read_units).sum(),
        }
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(WireConnector::new(
            self.clone(),
            self.inner.http_connector(settings, components),
        ))
    }
}
