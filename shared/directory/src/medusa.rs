//! A client of Medusa's admin API, with a secret key.

use std::sync::OnceLock;
use std::time::Duration;

use app::{App, AppError};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::byte_stream::ByteStream;
use data_encoding::BASE64;
use domain::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

/// A client of Medusa's admin API.
pub struct Medusa {
    url: String,
    /// Made at the first request, because it reads every certificate of the system.
    http: OnceLock<Connector>,
    /// Longest wait for a connection, and for the start of a response.
    timeout: Duration,
    app: App,
}

/// A key of Medusa's admin API.
pub struct Key(std::sync::Arc<SecretString>);

/// A response of Medusa.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The header `Retry-After`, in seconds.
    pub retry_after_s: Option<u32>,
    body: Vec<u8>,
}

impl Answer {
    /// The body, if it is JSON of this form.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

impl Medusa {
    /// The client with this application's configuration, if it has a Medusa. Requests wait for
    /// `timeout` at most for a connection, and as long for the start of a response.
    pub fn of(app: &App, timeout: Duration) -> Option<Self> {
        Some(Self {
            url: app.config.outside.medusa_url.clone()?,
            http: OnceLock::new(),
            timeout,
            app: app.clone(),
        })
    }

    /// The key; `None` if none is configured.
    pub async fn key(&self, now: Timestamp) -> Result<Option<Key>, AppError> {
        if self.app.config.outside.medusa_key_parameter.is_none() {
            return Ok(None);
        }
        Ok(Some(Key(self.app.medusa_key.get(now).await?)))
    }

    /// Requests a path, which begins with `/admin/`. Fails if the response is longer than
    /// `most_bytes`. It sets no limit to the whole time.
    pub async fn get(
        &self,
        path: &str,
        key: Option<&Key>,
        most_bytes: usize,
    ) -> Result<Answer, String> {
        let url = format!("{}{path}", self.url);
        let mut request = HttpRequest::get(&url).map_err(|error| error.to_string())?;
        if let Some(Key(key)) = key {
            let basic = BASE64.encode(format!("{}:", key.expose_secret()).as_bytes());
            request.headers_mut().insert("authorization", format!("Basic {basic}"));
        }
        let response = self
            .http
            .get_or_init(|| connector(self.timeout))
            .call(request)
            .await
            .map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        let retry_after_s = response.headers().get("retry-after").and_then(|s| s.parse().ok());
        let mut parts = ByteStream::new(response.into_body());
        let mut body = Vec::new();
        while let Some(part) = parts.try_next().await.map_err(|error| error.to_string())? {
            body.extend_from_slice(&part);
            if body.len() > most_bytes {
                return Err("its response is too long".to_owned());
            }
        }
        Ok(Answer { status, retry_after_s, body })
    }
}

fn connector(timeout: Duration) -> Connector {
    let settings =
        HttpConnectorSettings::builder().connect_timeout(timeout).read_timeout(timeout).build();
    Connector::builder()
        .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc))
        .connector_settings(settings)
        .build()
}
