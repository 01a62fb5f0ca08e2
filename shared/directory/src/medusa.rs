//! Medusa's admin API, with a secret key: `GET /admin/customers/:id`, `GET /admin/users/:id`.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use app::App;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::byte_stream::ByteStream;
use data_encoding::BASE64;
use domain::{ActorId, Profile, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Longest answer about one person, in bytes: the fields that are asked for fit many times over.
const MAX_ANSWER: usize = 64 * 1024;
/// How long Medusa is left alone after it failed, in milliseconds: a digest does not wait for it a
/// thousand times.
const LEFT_ALONE_MS: i64 = 30_000;

/// Medusa, asked over HTTP.
pub(crate) struct Medusa {
    url: String,
    /// Made when Medusa is first asked: that reads every certificate of the system.
    http: OnceLock<Connector>,
    app: App,
    failed_at: AtomicI64,
}

/// The body of an answer.
#[derive(Default, Deserialize)]
struct Body {
    #[serde(alias = "customer", alias = "user")]
    person: Option<Known>,
    /// What kind of error it is.
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// A customer or user of Medusa's.
#[derive(Deserialize)]
struct Known {
    id: String,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    avatar_url: Option<String>,
}

impl Known {
    fn profile(&self) -> Profile {
        Profile::lenient(
            self.first_name.as_deref(),
            self.last_name.as_deref(),
            self.email.as_deref(),
            self.avatar_url.as_deref(),
        )
    }
}

/// What Medusa says of a person.
pub(crate) enum Answer {
    /// Who it is.
    Known(Profile),
    /// That it knows nobody of that id.
    Nobody,
    /// Nothing: it does not answer, or not to us.
    None,
}

impl Medusa {
    /// The Medusa of this application, if there is one.
    pub(crate) fn of(app: &App) -> Option<Self> {
        Some(Self {
            url: app.config.outside.medusa_url.clone()?,
            http: OnceLock::new(),
            app: app.clone(),
            failed_at: AtomicI64::new(i64::MIN),
        })
    }

    /// Asks for one person. Only customers and users are Medusa's.
    pub(crate) async fn ask(&self, id: &ActorId, now: Timestamp) -> Answer {
        let (collection, field) = match id.as_str() {
            id if id.starts_with("cus_") => ("customers", "customer"),
            id if id.starts_with("user_") => ("users", "user"),
            _ => return Answer::Nobody,
        };
        if now.millis().saturating_sub(self.failed_at.load(Ordering::Relaxed)) < LEFT_ALONE_MS {
            return Answer::None;
        }
        let key = if self.app.config.outside.medusa_key_parameter.is_some() {
            match self.app.medusa_key.get(now).await {
                Ok(key) => Some(key),
                // What is wrong with it is in the log already.
                Err(_) => return self.failed(now, "its key cannot be had"),
            }
        } else {
            None
        };
        let url = format!(
            "{}/admin/{collection}/{id}?fields=id,email,first_name,last_name{}",
            self.url,
            avatar(field)
        );
        match tokio::time::timeout(PATIENCE, self.get(&url, key.as_deref())).await {
            // Some proxies answer 200 to anything: only the person who was asked for is an answer.
            Ok(Ok((200, Body { person: Some(person), .. }))) if person.id == id.as_str() => {
                Answer::Known(person.profile())
            }
            // A 404 of anything else, as of a wrong `MEDUSA_URL`, says nothing of anybody.
            Ok(Ok((404, Body { kind: Some(kind), .. }))) if kind == "not_found" => Answer::Nobody,
            // Medusa 2.12 shows users to nobody with a key: that says nothing of the person, and
            // nothing of customers.
            Ok(Ok((401 | 403, _))) if field == "user" => Answer::Nobody,
            // Something is wrong about this one person: the others may be asked.
            Ok(Ok((status @ (400 | 402 | 405..=407 | 409..=428), _))) => {
                tracing::warn!(
                    error.kind = "medusa",
                    http.status = status,
                    "Medusa does not say who somebody is"
                );
                Answer::None
            }
            Ok(Ok((status, _))) => self.failed(now, &format!("it answered {status}")),
            Ok(Err(error)) => self.failed(now, &error),
            Err(_) => self.failed(now, "it took too long"),
        }
    }

    async fn get(&self, url: &str, key: Option<&SecretString>) -> Result<(u16, Body), String> {
        let mut request = HttpRequest::get(url).map_err(|error| error.to_string())?;
        if let Some(key) = key {
            let basic = BASE64.encode(format!("{}:", key.expose_secret()).as_bytes());
            request.headers_mut().insert("authorization", format!("Basic {basic}"));
        }
        let response = self
            .http
            .get_or_init(connector)
            .call(request)
            .await
            .map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        let mut parts = ByteStream::new(response.into_body());
        let mut body = Vec::new();
        while let Some(part) = parts.try_next().await.map_err(|error| error.to_string())? {
            body.extend_from_slice(&part);
            if body.len() > MAX_ANSWER {
                return Err("its answer is too long".to_owned());
            }
        }
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }

    fn failed(&self, now: Timestamp, why: &str) -> Answer {
        self.failed_at.store(now.millis(), Ordering::Relaxed);
        tracing::warn!(error.kind = "medusa", "Medusa does not say who somebody is: {why}");
        Answer::None
    }
}

fn connector() -> Connector {
    let settings =
        HttpConnectorSettings::builder().connect_timeout(PATIENCE).read_timeout(PATIENCE).build();
    Connector::builder()
        .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc))
        .connector_settings(settings)
        .build()
}

/// Only users have pictures.
fn avatar(field: &str) -> &'static str {
    if field == "user" { ",avatar_url" } else { "" }
}
