//! Our own requests to S3, by the SDK's HTTP client, with its retries and time limits.

use std::collections::BTreeMap;

use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;

use crate::{Error, Head};

/// Makes requests.
pub(crate) struct Calls {
    http_client: Option<SharedHttpClient>,
    retry: RetryConfig,
    timeouts: TimeoutConfig,
}

/// A request by its presigned URL.
#[derive(Debug)]
struct Request {
    method: &'static str,
    url: String,
    /// By their lower-case names.
    headers: BTreeMap<&'static str, String>,
    body: Vec<u8>,
}

impl Request {
    const fn new(method: &'static str, url: String) -> Self {
        Self { method, url, headers: BTreeMap::new(), body: Vec::new() }
    }
}

/// A response that is no failure of S3's.
#[derive(Debug)]
struct Answer {
    status: u16,
    /// The length of the whole object.
    size: Option<u64>,
    body: Vec<u8>,
}

/// A response of S3 that may be followed by a better one.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failed(u16);

impl Calls {
    pub(crate) fn new(sdk: &SdkConfig) -> Self {
        Self {
            http_client: sdk.http_client(),
            retry: sdk.retry_config().cloned().unwrap_or_else(RetryConfig::standard),
            timeouts: sdk.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled),
        }
    }

    /// The length of an object and its first bytes; `None` if it does not exist.
    pub(crate) async fn read(&self, url: String, first: usize) -> Result<Option<Head>, Error> {
        let range = format!("bytes=0-{}", first.max(1) - 1);
        let headers = BTreeMap::from([("range", range)]);
        let mut answer = self.call(Request { headers, ..Request::new("GET", url) }).await?;
        let size = answer.size;
        answer.body.truncate(first);
        match answer.status {
            200 | 206 => Ok(size.map(|size| Head { size, bytes: answer.body })),
            // An empty object has no first byte.
            416 => Ok(Some(Head { size: 0, bytes: Vec::new() })),
            404 => Ok(None),
            _ => Err(answer.refused()),
        }
    }

    /// Deletes what the URL names, unless it does not exist.
    pub(crate) async fn delete(&self, url: String) -> Result<(), Error> {
        let answer = self.call(Request::new("DELETE", url)).await?;
        if matches!(answer.status, 200 | 204 | 404) { Ok(()) } else { Err(answer.refused()) }
    }

    /// Stores an object, unless it exists.
    pub(crate) async fn put(
        &self,
        url: String,
        headers: BTreeMap<&'static str, String>,
        body: Vec<u8>,
    ) -> Result<(), Error> {
        let answer = self.call(Request { headers, body, ..Request::new("PUT", url) }).await?;
        // 412: an earlier attempt has stored it.
        if matches!(answer.status, 200 | 412) { Ok(()) } else { Err(answer.refused()) }
    }

    /// A response's text.
    pub(crate) async fn page(&self, url: String) -> Result<String, Error> {
        let answer = self.call(Request::new("GET", url)).await?;
        if answer.status != 200 {
            return Err(answer.refused());
        }
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    }

    /// Makes a request, with retries.
    async fn call(&self, request: Request) -> Result<Answer, Error> {
        let origin = app::origin_of(&request.url).to_owned();
        let mut operation = Operation::builder()
            .service_name("s3")
            .operation_name(request.method)
            .endpoint_url(&origin)
            // The signature is in the URL.
            .no_auth()
            .standard_retry(&self.retry)
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(TransientErrorClassifier::<Failed>::new())
            .timeout_config(self.timeouts.clone());
        if let Some(client) = &self.http_client {
            operation = operation.http_client(client.clone());
        }
        let operation = operation.serializer(serialize).deserializer(deserialize).build();
        operation.invoke(request).await.map_err(|error| Error::Unavailable(cause(&error)))
    }
}

fn serialize(request: Request) -> Result<HttpRequest, aws_smithy_runtime_api::box_error::BoxError> {
    let mut call = HttpRequest::empty();
    call.set_uri(request.url)?;
    call.set_method(request.method)?;
    for (name, value) in request.headers {
        call.headers_mut().insert(name, value);
    }
    if !request.body.is_empty() {
        call.headers_mut().insert("content-length", request.body.len().to_string());
        *call.body_mut() = SdkBody::from(request.body);
    }
    Ok(call)
}

fn deserialize(response: &HttpResponse) -> Result<Answer, OrchestratorError<Failed>> {
    let status = response.status().as_u16();
    if status >= 500 {
        return Err(OrchestratorError::operation(Failed(status)));
    }
    let body = response.body().bytes().unwrap_or_default().to_vec();
    let range = response.headers().get("content-range");
    let size = match range.and_then(|range| range.rsplit('/').next()) {
        Some(size) => size.parse().ok(),
        None => Some(body.len() as u64),
    };
    Ok(Answer { status, size, body })
}

/// What went wrong, without the request: its URL is a secret for a while.
fn cause(error: &SdkError<Failed, HttpResponse>) -> String {
    match error {
        SdkError::ServiceError(failed) => format!("it responded {}", failed.err()),
        SdkError::TimeoutError(_) => "it took too long".to_owned(),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => "it took too long".to_owned(),
        SdkError::DispatchFailure(_) => "it cannot be reached".to_owned(),
        SdkError::ResponseError(_) => "its response broke off".to_owned(),
        _ => "the request cannot be made".to_owned(),
    }
}

impl Answer {
    fn refused(&self) -> Error {
        let text = String::from_utf8_lossy(&self.body);
        let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
        let code = code.map(|(code, _)| code.to_owned()).unwrap_or_default();
        Error::Refused { status: self.status, code }
    }
}
