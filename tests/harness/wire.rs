//! The wire between our code and AWS: an HTTP client for the real SDK that counts DynamoDB's calls,
//! round trips and capacity units, and that can lose, delay, refuse or falsify any call; pushes are
//! counted, and have faults of their own. What the stand-ins never do by themselves (conflicts,
//! throttles, lost answers) comes from here.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is cancelled as a transaction, or refused as a single write, because another one holds
    /// the item.
    Conflict,
    /// DynamoDB throttles it.
    Throttle,
    /// The connection breaks before it arrives.
    LostRequest,
    /// It is carried out, and the answer is lost.
    LostAnswer,
    /// It is carried out, the answer is lost, and the SDK's further attempts get this error.
    LostThen(&'static str),
    /// It is carried out, and the answer is lost so late that the time for further tries is over.
    LateLostAnswer,
    /// It is carried out, and the answer to the first attempt is lost: the SDK tries again.
    LostFirstAnswer,
    /// DynamoDB fails by itself.
    ServerError,
    /// Of a batch only half is carried out; calls that are no batch are left alone.
    HalfOfBatch,
    /// The whole function stops before the call.
    StopBefore,
    /// The whole function stops when the call is carried out.
    StopAfter,
}

/// What happens to a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushFault {
    /// It never gets an answer.
    Hang,
    /// The gateway says that the connection is gone.
    Gone,
}

/// One call that went over the wire.
#[derive(Clone, Debug)]
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

/// A request as our code sent it, whatever became of it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The header `x-amz-target`: service and operation, where the protocol has it.
    pub target: String,
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The body.
    pub body: Vec<u8>,
}

/// What a piece of work cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spent {
    /// Calls that had to wait for each other.
    pub round_trips: usize,
    /// Write units.
    pub write_units: f64,
    /// Read units.
    pub read_units: f64,
}

/// Changes requests on their way, to plant a defect.
type Falsify = Arc<dyn Fn(&str, &mut Value) + Send + Sync>;
/// Decides over the fault of a push, by its connection.
type PushPlan = Arc<dyn Fn(&str) -> Option<PushFault> + Send + Sync>;
/// Decides over the fault of a call, by its number since the last reset and its operation.
type Plan = Arc<dyn Fn(usize, &str) -> Option<Fault> + Send + Sync>;

#[derive(Default)]
struct State {
    clock: u64,
    calls: Vec<Call>,
    sent: Vec<Sent>,
    /// The SDK's own retries of one call have one id: a fault holds for all of them.
    invocations: Vec<(String, Option<Fault>)>,
    plan: Option<Plan>,
    falsify: Option<Falsify>,
    falsify_answers: Option<Falsify>,
    pushes: Vec<String>,
    pushed_bytes: usize,
    push_plan: Option<PushPlan>,
}

/// The wire of one shop. Clones are the same wire.
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
    /// Forgets what went over the wire, and all plans.
    pub fn reset(&self) {
        *self.state.lock().unwrap() = State::default();
    }

    /// Breaks calls according to a plan. Calls are counted from 0.
    pub fn disturb(&self, plan: impl Fn(usize, &str) -> Option<Fault> + Send + Sync + 'static) {
        let mut state = self.state.lock().unwrap();
        state.invocations.clear();
        state.plan = Some(Arc::new(plan));
    }

    /// Breaks pushes according to a plan, by connection.
    pub fn disturb_pushes(&self, plan: impl Fn(&str) -> Option<PushFault> + Send + Sync + 'static) {
        self.state.lock().unwrap().push_plan = Some(Arc::new(plan));
    }

    /// The connections to which something was pushed since the last reset.
    pub fn pushes(&self) -> Vec<String> {
        self.state.lock().unwrap().pushes.clone()
    }

    /// Changes requests on their way.
    pub fn falsify(&self, change: impl Fn(&str, &mut Value) + Send + Sync + 'static) {
        self.state.lock().unwrap().falsify = Some(Arc::new(change));
    }

    /// Changes answers on their way: what DynamoDB may show of a transaction that is just being
    /// carried out.
    pub fn falsify_answers(&self, change: impl Fn(&str, &mut Value) + Send + Sync + 'static) {
        self.state.lock().unwrap().falsify_answers = Some(Arc::new(change));
    }

    /// Resolves when a call has met a stop.
    pub async fn stopped(&self) {
        self.stopped.notified().await;
    }

    /// The number of different calls since the last reset or plan.
    pub fn count(&self) -> usize {
        self.state.lock().unwrap().invocations.len()
    }

    /// What went over the wire since the last reset.
    pub fn calls(&self) -> Vec<Call> {
        self.state.lock().unwrap().calls.clone()
    }

    /// Every request since the last reset or the last call of this, to any service: also those that
    /// a plan breaks.
    pub fn take_sent(&self) -> Vec<Sent> {
        std::mem::take(&mut self.state.lock().unwrap().sent)
    }

    /// The size of all frames that were pushed since the last reset, in bytes.
    pub fn pushed_bytes(&self) -> usize {
        self.state.lock().unwrap().pushed_bytes
    }

    /// What it cost since the last reset.
    pub fn spent(&self) -> Spent {
        let calls = self.calls();
        // A call that began after another ended may have waited for it: the longest such chain.
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
        SharedHttpConnector::new(WireConnector {
            wire: self.clone(),
            inner: self.inner.http_connector(settings, components),
        })
    }
}

#[derive(Clone, Debug)]
struct WireConnector {
    wire: Wire,
    inner: SharedHttpConnector,
}

impl HttpConnector for WireConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        HttpConnectorFuture::new(async move { this.pass(request).await })
    }
}

impl WireConnector {
    async fn pass(self, mut request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let header = |name: &str| request.headers().get(name).unwrap_or_default().to_owned();
        self.wire.state.lock().unwrap().sent.push(sent(&request));
        if request.uri().contains("connections/") {
            return self.pass_push(request).await;
        }
        let target = header("x-amz-target");
        let is_database = target.starts_with("DynamoDB");
        let operation = operation_of(&request, &target);
        let invocation = header("amz-sdk-invocation-id");
        let mut body: Value =
            serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        let (began, fault, falsify, repeated) = {
            let mut state = self.wire.state.lock().unwrap();
            state.clock += 1;
            let known =
                state.invocations.iter().find(|(id, _)| *id == invocation).map(|(_, fault)| *fault);
            let fault = known.unwrap_or_else(|| {
                let fault =
                    state.plan.as_ref().and_then(|plan| plan(state.invocations.len(), &operation));
                state.invocations.push((invocation.clone(), fault));
                fault
            });
            (state.clock, fault, state.falsify.clone(), known.is_some())
        };
        match fault {
            Some(Fault::LostThen(code)) if repeated => return Ok(error(400, code, &json!([]))),
            Some(Fault::StopAfter | Fault::LostAnswer | Fault::LateLostAnswer) if repeated => {
                return Err(lost());
            }
            None
            | Some(
                Fault::StopAfter
                | Fault::LostAnswer
                | Fault::LateLostAnswer
                | Fault::LostFirstAnswer
                | Fault::LostThen(_)
                | Fault::HalfOfBatch,
            ) => {}
            Some(Fault::StopBefore) => return self.stop().await,
            Some(Fault::LostRequest) => return Err(lost()),
            Some(Fault::Conflict) => return Ok(conflict(&operation, &body)),
            Some(Fault::Throttle) if operation == "SendRawEmail" => {
                return Ok(ses_error("Throttling"));
            }
            Some(Fault::Throttle) => {
                return Ok(error(400, "ProvisionedThroughputExceededException", &json!([])));
            }
            Some(Fault::ServerError) => return Ok(error(500, "InternalServerError", &json!([]))),
        }
        if let Some(falsify) = falsify {
            falsify(&operation, &mut body);
        }
        let withheld = if fault == Some(Fault::HalfOfBatch) {
            withhold_half(&operation, &mut body)
        } else {
            None
        };
        if let Some(Withheld { nothing_left: true, answer, .. }) = &withheld {
            return Ok(answer_of(200, &answer.to_string()));
        }
        let asked = body.clone();
        if is_database {
            body["ReturnConsumedCapacity"] = json!("TOTAL");
        }
        if is_database || operation == "CreateSchedule" {
            let text = body.to_string();
            request.headers_mut().insert("content-length", text.len().to_string());
            *request.body_mut() = SdkBody::from(text);
        }
        let response = self.inner.call(request).await?;
        let status = response.status();
        let headers = response.headers().clone();
        let bytes = ByteStream::new(response.into_body())
            .collect()
            .await
            .map_err(|error| ConnectorError::io(error.into()))?
            .into_bytes();
        let falsify_answers = {
            let mut state = self.wire.state.lock().unwrap();
            state.clock += 1;
            let ended = state.clock;
            let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            let units = units(&answer);
            let writes = operation.contains("Write")
                || operation.contains("Put")
                || operation.contains("Update")
                || operation.contains("Delete");
            let (read_units, write_units) = if writes { (0.0, units) } else { (units, 0.0) };
            state.calls.push(Call {
                operation: operation.clone(),
                request: asked,
                began,
                ended,
                read_units,
                write_units,
                is_database,
            });
            state.falsify_answers.clone()
        };
        match fault {
            Some(Fault::StopAfter) => self.stop().await,
            Some(Fault::LostAnswer) => Err(lost()),
            Some(Fault::LateLostAnswer) => {
                // Longer than the store tries at all. The SDK may give up on this attempt before.
                tokio::time::sleep(Duration::from_millis(2_100)).await;
                Err(lost())
            }
            Some(Fault::LostFirstAnswer | Fault::LostThen(_)) if !repeated => Err(lost()),
            _ => {
                if let Some(Withheld { answer, .. }) = withheld {
                    let mut whole: Value = serde_json::from_slice(&bytes).unwrap();
                    whole.as_object_mut().unwrap().extend(answer.as_object().unwrap().clone());
                    return Ok(answer_of(200, &whole.to_string()));
                }
                if let Some(falsify) = falsify_answers.filter(|_| status.is_success()) {
                    let mut answer: Value = serde_json::from_slice(&bytes).unwrap();
                    falsify(&operation, &mut answer);
                    return Ok(answer_of(200, &answer.to_string()));
                }
                let mut passed = HttpResponse::new(status, SdkBody::from(bytes));
                *passed.headers_mut() = headers;
                Ok(passed)
            }
        }
    }

    /// A call of the management API. Only pushes are counted and broken: to close a connection, or
    /// to look at it, is none.
    async fn pass_push(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        if request.method() != "POST" {
            return self.inner.call(request).await;
        }
        let id = request.uri().rsplit('/').next().unwrap_or_default().replace("%3D", "=");
        let fault = {
            let mut state = self.wire.state.lock().unwrap();
            state.pushes.push(id.clone());
            state.pushed_bytes += request.body().bytes().map_or(0, <[u8]>::len);
            state.push_plan.as_ref().and_then(|plan| plan(&id))
        };
        match fault {
            None => self.inner.call(request).await,
            Some(PushFault::Hang) => std::future::pending().await,
            Some(PushFault::Gone) => {
                let mut response = answer_of(410, "{}");
                response.headers_mut().insert("x-amzn-errortype", "GoneException");
                Ok(response)
            }
        }
    }

    async fn stop(&self) -> Result<HttpResponse, ConnectorError> {
        self.wire.stopped.notify_one();
        std::future::pending().await
    }
}

/// A request as it is recorded.
fn sent(request: &HttpRequest) -> Sent {
    let uri = request.uri();
    let path = uri
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]))
        .unwrap_or(uri);
    Sent {
        target: request.headers().get("x-amz-target").unwrap_or_default().to_owned(),
        method: request.method().to_owned(),
        path: path.split('?').next().unwrap_or_default().to_owned(),
        body: request.body().bytes().unwrap_or_default().to_vec(),
    }
}

/// What a request asks for: by its target, by SES's parameter, by Scheduler's path.
fn operation_of(request: &HttpRequest, target: &str) -> String {
    let body =
        || std::str::from_utf8(request.body().bytes().unwrap_or_default()).unwrap_or_default();
    match target.rsplit('.').next() {
        Some(operation) if !operation.is_empty() => operation.to_owned(),
        _ if request.uri().contains("/schedules/") => "CreateSchedule".to_owned(),
        _ => body()
            .split('&')
            .find_map(|pair| pair.strip_prefix("Action="))
            .unwrap_or_default()
            .to_owned(),
    }
}

/// SES's own form of an error.
fn ses_error(code: &str) -> HttpResponse {
    let text = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>injected</Message></Error></ErrorResponse>"
    );
    let mut response = answer_of(400, &text);
    response.headers_mut().insert("content-type", "text/xml");
    response
}

/// The capacity units that an answer tells.
fn units(answer: &Value) -> f64 {
    match &answer["ConsumedCapacity"] {
        Value::Array(tables) => {
            tables.iter().map(|table| table["CapacityUnits"].as_f64().unwrap_or(0.0)).sum()
        }
        table => table["CapacityUnits"].as_f64().unwrap_or(0.0),
    }
}

/// What was kept back of a batch.
struct Withheld {
    nothing_left: bool,
    /// What the answer says of it.
    answer: Value,
}

/// Takes the second half out of a batch, and all of a batch of one.
fn withhold_half(operation: &str, body: &mut Value) -> Option<Withheld> {
    let items = body["RequestItems"].as_object_mut().filter(|_| operation.starts_with("Batch"))?;
    let (table, content) = items.iter_mut().next()?;
    let (list, name) = match operation {
        "BatchGetItem" => (content["Keys"].as_array_mut()?, "UnprocessedKeys"),
        _ => (content.as_array_mut()?, "UnprocessedItems"),
    };
    let rest = list.split_off(list.len() / 2);
    let nothing_left = list.is_empty();
    let rest = if operation == "BatchGetItem" {
        json!({ "Keys": rest, "ConsistentRead": content["ConsistentRead"] })
    } else {
        json!(rest)
    };
    let mut answer = json!({ name: { table: rest } });
    if nothing_left && operation == "BatchGetItem" {
        answer["Responses"] = json!({ table: [] });
    }
    Some(Withheld { nothing_left, answer })
}

fn lost() -> ConnectorError {
    ConnectorError::io("the connection broke".into())
}

fn conflict(operation: &str, body: &Value) -> HttpResponse {
    if operation == "TransactWriteItems" {
        let actions = body["TransactItems"].as_array().map_or(1, Vec::len);
        let reasons: Vec<_> = (0..actions)
            .map(|n| json!({ "Code": if n == 0 { "TransactionConflict" } else { "None" } }))
            .collect();
        error(400, "TransactionCanceledException", &json!(reasons))
    } else if operation == "UpdateItem" || operation == "PutItem" {
        error(400, "TransactionConflictException", &json!([]))
    } else {
        error(500, "InternalServerError", &json!([]))
    }
}

fn error(status: u16, code: &str, reasons: &Value) -> HttpResponse {
    let body = json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "injected", "CancellationReasons": reasons });
    answer_of(status, &body.to_string())
}

fn answer_of(status: u16, body: &str) -> HttpResponse {
    let mut response = HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    response
}
