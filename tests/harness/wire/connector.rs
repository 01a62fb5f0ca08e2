//! The connector: passes each request on, records it, and injects its fault.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::{Value, json};

use super::{Call, Falsify, Fault, PushFault, Sent, Step, Wire};

#[derive(Clone, Debug)]
pub(super) struct WireConnector {
    wire: Wire,
    inner: SharedHttpConnector,
}

impl WireConnector {
    pub(super) fn new(wire: Wire, inner: SharedHttpConnector) -> Self {
        Self { wire, inner }
    }
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
        let invocation = invocation_of(&request);
        let mut body: Value =
            serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        let (began, fault, falsify, repeated) = self.begin(&invocation, &operation);
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
            Some(Fault::Throttle) => return Ok(throttled(&operation)),
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
        let step = self.wire.state.lock().unwrap().step.clone().filter(|_| is_database);
        let step = step.map(Step::enter);
        let response = self.inner.call(request).await?;
        let status = response.status();
        let headers = response.headers().clone();
        let bytes = ByteStream::new(response.into_body())
            .collect()
            .await
            .map_err(|error| ConnectorError::io(error.into()))?
            .into_bytes();
        let call = Call {
            request: asked,
            began,
            is_database,
            operation: operation.clone(),
            ..Call::default()
        };
        let falsify_answers = self.end(call, &bytes);
        if let Some(step) = step {
            step.end().await;
        }
        match fault {
            Some(Fault::StopAfter) => self.stop().await,
            Some(Fault::LostAnswer) => Err(lost()),
            Some(Fault::LateLostAnswer) => {
                // Longer than the store retries. The SDK may abandon this attempt earlier.
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

    /// Begins a call: its time, its fault, and whether an earlier attempt of it was made.
    fn begin(
        &self,
        invocation: &str,
        operation: &str,
    ) -> (u64, Option<Fault>, Option<Falsify>, bool) {
        let mut state = self.wire.state.lock().unwrap();
        state.clock += 1;
        let known =
            state.invocations.iter().find(|(id, _)| *id == invocation).map(|(_, fault)| *fault);
        let fault = known.unwrap_or_else(|| {
            let fault =
                state.plan.as_ref().and_then(|plan| plan(state.invocations.len(), operation));
            state.invocations.push((invocation.to_owned(), fault));
            fault
        });
        (state.clock, fault, state.falsify.clone(), known.is_some())
    }

    /// Records an executed call and its response's capacity units. Returns the change of its
    /// response.
    fn end(&self, call: Call, response: &[u8]) -> Option<Falsify> {
        let units = units(&serde_json::from_slice(response).unwrap_or_default());
        let mut state = self.wire.state.lock().unwrap();
        state.clock += 1;
        let ended = state.clock;
        let writes =
            ["Write", "Put", "Update", "Delete"].iter().any(|verb| call.operation.contains(verb));
        let (read_units, write_units) = if writes { (0.0, units) } else { (units, 0.0) };
        state.calls.push(Call { ended, read_units, write_units, ..call });
        state.falsify_answers.clone()
    }

    /// A call of the management API. Only pushes are counted and get faults; closing or looking up
    /// a connection is no push.
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

fn sent(request: &HttpRequest) -> Sent {
    let uri = request.uri();
    let path = uri
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]))
        .unwrap_or(uri);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Sent {
        target: request.headers().get("x-amz-target").unwrap_or_default().to_owned(),
        method: request.method().to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        body: request.body().bytes().unwrap_or_default().to_vec(),
    }
}

/// The operation of a request: from its target, from SES's parameter, from Scheduler's path, or
/// from method and query of S3.
fn operation_of(request: &HttpRequest, target: &str) -> String {
    let body =
        || std::str::from_utf8(request.body().bytes().unwrap_or_default()).unwrap_or_default();
    match target.rsplit('.').next() {
        Some(operation) if !operation.is_empty() => operation.to_owned(),
        _ if request.uri().contains("/schedules/") => "CreateSchedule".to_owned(),
        _ if request.uri().contains("/dev/s3/") => {
            let of_tags = if request.uri().contains("?tagging") { "Tagging" } else { "" };
            let verb = if request.method() == "DELETE" { "Delete" } else { "Get" };
            format!("{verb}Object{of_tags}")
        }
        _ => body()
            .split('&')
            .find_map(|pair| pair.strip_prefix("Action="))
            .unwrap_or_default()
            .to_owned(),
    }
}

/// What the attempts of one call share: the SDK's id. Requests to S3 have none, but the same URL.
fn invocation_of(request: &HttpRequest) -> String {
    request.headers().get("amz-sdk-invocation-id").unwrap_or(request.uri()).to_owned()
}

fn throttled(operation: &str) -> HttpResponse {
    match operation {
        "SendRawEmail" => ses_error("Throttling"),
        _ if operation.contains("Object") => answer_of(503, "<Error><Code>SlowDown</Code></Error>"),
        _ => error(400, "ProvisionedThroughputExceededException", &json!([])),
    }
}

/// An error in SES's format.
fn ses_error(code: &str) -> HttpResponse {
    let text = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>injected</Message></Error></ErrorResponse>"
    );
    let mut response = answer_of(400, &text);
    response.headers_mut().insert("content-type", "text/xml");
    response
}

/// The consumed capacity units in a response.
fn units(answer: &Value) -> f64 {
    match &answer["ConsumedCapacity"] {
        Value::Array(tables) => {
            tables.iter().map(|table| table["CapacityUnits"].as_f64().unwrap_or(0.0)).sum()
        }
        table => table["CapacityUnits"].as_f64().unwrap_or(0.0),
    }
}

/// The part of a batch that is not executed.
struct Withheld {
    nothing_left: bool,
    /// The fields of the response that name it.
    answer: Value,
}

/// Removes the second half of a batch, or the only entry.
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
    let body = json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"),
        "message": "injected", "CancellationReasons": reasons });
    answer_of(status, &body.to_string())
}

fn answer_of(status: u16, body: &str) -> HttpResponse {
    let mut response = HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    response
}
