//! Signals each write to the readers of the table's stream, so that they need not poll it.
//!
//! The embedded database has no notifications. But every write of ours passes the AWS SDK's HTTP
//! client, and is committed once the response arrives.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use tokio::sync::watch;

/// An HTTP client that signals each write to DynamoDB.
#[derive(Clone, Debug)]
pub(crate) struct SignallingClient {
    inner: SharedHttpClient,
    written: watch::Sender<u64>,
}

/// The signal, as one reader sees it.
#[derive(Clone)]
pub(crate) struct WriteSignal(watch::Receiver<u64>);

impl SignallingClient {
    pub(crate) fn new(inner: SharedHttpClient) -> (Self, WriteSignal) {
        let (written, writes) = watch::channel(0);
        (Self { inner, written }, WriteSignal(writes))
    }
}

impl WriteSignal {
    /// Waits for a write since the last call, but at most for `limit`.
    pub(crate) async fn wait(&mut self, limit: Duration) {
        let _ = tokio::time::timeout(limit, self.0.changed()).await;
    }
}

impl HttpClient for SignallingClient {
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
        let (response, written) = (self.inner.call(request), self.written.clone());
        HttpConnectorFuture::new(async move {
            let response = response.await;
            if writes {
                written.send_modify(|count| *count += 1);
            }
            response
        })
    }
}
