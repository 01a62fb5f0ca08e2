//! Wakes those who follow the table when something is written, so that nothing polls it.
//!
//! The embedded database tells nobody of its writes. But every write of ours passes the HTTP client
//! of the AWS SDK, and is in the database once its answer comes back.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use tokio::sync::watch;

/// An HTTP client that says when something was written through it.
#[derive(Clone, Debug)]
pub(crate) struct Waking {
    inner: SharedHttpClient,
    written: watch::Sender<u64>,
}

/// What was written, as one follower sees it.
#[derive(Clone)]
pub(crate) struct Writes(watch::Receiver<u64>);

impl Waking {
    pub(crate) fn new(inner: SharedHttpClient) -> (Self, Writes) {
        let (written, writes) = watch::channel(0);
        (Self { inner, written }, Writes(writes))
    }
}

impl Writes {
    /// Returns when something was written since the last call, or after `longest`.
    pub(crate) async fn next(&mut self, longest: Duration) {
        let _ = tokio::time::timeout(longest, self.0.changed()).await;
    }
}

impl HttpClient for Waking {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connector { inner, written: self.written.clone() })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    written: watch::Sender<u64>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let reads = ["GetItem", "BatchGetItem", "Query", "Scan"];
        let operation = target.rsplit('.').next().unwrap_or_default();
        let writes = target.starts_with("DynamoDB") && !reads.contains(&operation);
        let (answer, written) = (self.inner.call(request), self.written.clone());
        HttpConnectorFuture::new(async move {
            let answer = answer.await;
            if writes {
                written.send_modify(|count| *count += 1);
            }
            answer
        })
    }
}
