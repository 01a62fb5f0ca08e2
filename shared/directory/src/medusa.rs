//! Lookups in Medusa's admin API with a secret key: `GET /admin/customers/:id`,
//! `GET /admin/users/:id`.

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

/// Timeout of one lookup.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Longest response, in bytes: the requested fields fit many times over.
const MAX_BODY: usize = 64 * 1024;
/// How long no lookup is tried after a failure, in milliseconds: otherwise a digest would wait a
/// thousand times.
const BACKOFF_MS: i64 = 30_000;

/// A client of Medusa's admin API.
pub(crate) struct Medusa {
    url: String,
    /// Made at the first lookup, because it reads every certificate of the system.
    http: OnceLock<Connector>,
    app: App,
    failed_at: AtomicI64,
}

/// The body of a response.
#[derive(Default, Deserialize)]
struct Body {
    #[serde(alias = "customer", alias = "user")]
    person: Option<MedusaPerson>,
    /// The kind of error.
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// A customer or user of Medusa's.
#[derive(Deserialize)]
struct MedusaPerson {
    id: String,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    avatar_url: Option<String>,
}

impl MedusaPerson {
    fn profile(&self) -> Profile {
        Profile::lenient(
            self.first_name.as_deref(),
            self.last_name.as_deref(),
            self.email.as_deref(),
            self.avatar_url.as_deref(),
        )
    }
}

/// The result of a lookup.
pub(crate) enum Lookup {
    Found(Profile),
    /// Medusa knows no person with this id, or does not show them to this key.
    NotFound,
    /// Medusa gave no usable answer.
    Unavailable,
}

impl Medusa {
    /// The client with this application's configuration, if it has a Medusa.
    pub(crate) fn of(app: &App) -> Option<Self> {
        Some(Self {
            url: app.config.outside.medusa_url.clone()?,
            http: OnceLock::new(),
            app: app.clone(),
            failed_at: AtomicI64::new(i64::MIN),
        })
    }

    /// Looks a customer or admin up. Other people are not found, without a request.
    pub(crate) async fn look_up(&self, id: &ActorId, now: Timestamp) -> Lookup {
        let (collection, field) = match id.as_str() {
            id if id.starts_with("cus_") => ("customers", "customer"),
            id if id.starts_with("user_") => ("users", "user"),
            _ => return Lookup::NotFound,
        };
        if now.millis().saturating_sub(self.failed_at.load(Ordering::Relaxed)) < BACKOFF_MS {
            return Lookup::Unavailable;
        }
        let key = if self.app.config.outside.medusa_key_parameter.is_some() {
            match self.app.medusa_key.get(now).await {
                Ok(key) => Some(key),
                // The cause is in the log already.
                Err(_) => return self.failed(now, "its key cannot be read"),
            }
        } else {
            None
        };
        let url = format!(
            "{}/admin/{collection}/{id}?fields=id,email,first_name,last_name{}",
            self.url,
            avatar(field)
        );
        match tokio::time::timeout(TIMEOUT, self.get(&url, key.as_deref())).await {
            // Some proxies respond 200 to anything: only the requested person counts.
            Ok(Ok((200, Body { person: Some(person), .. }))) if person.id == id.as_str() => {
                Lookup::Found(person.profile())
            }
            // Any other 404, as of a wrong `MEDUSA_URL`, says nothing about the person.
            Ok(Ok((404, Body { kind: Some(kind), .. }))) if kind == "not_found" => Lookup::NotFound,
            // Medusa 2.12 shows no user to a secret key. Customers may still be shown.
            Ok(Ok((401 | 403, _))) if field == "user" => Lookup::NotFound,
            // Only this lookup fails: the next ones may succeed.
            Ok(Ok((status @ (400 | 402 | 405..=407 | 409..=428), _))) => {
                tracing::warn!(
                    error.kind = "medusa",
                    http.status = status,
                    "a lookup in Medusa failed"
                );
                Lookup::Unavailable
            }
            Ok(Ok((status, _))) => self.failed(now, &format!("it responded {status}")),
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
            if body.len() > MAX_BODY {
                return Err("its response is too long".to_owned());
            }
        }
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }

    /// Starts a back-off.
    fn failed(&self, now: Timestamp, why: &str) -> Lookup {
        self.failed_at.store(now.millis(), Ordering::Relaxed);
        tracing::warn!(error.kind = "medusa", "a lookup in Medusa failed: {why}");
        Lookup::Unavailable
    }
}

fn connector() -> Connector {
    let settings =
        HttpConnectorSettings::builder().connect_timeout(TIMEOUT).read_timeout(TIMEOUT).build();
    Connector::builder()
        .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc))
        .connector_settings(settings)
        .build()
}

/// Only users have pictures.
fn avatar(field: &str) -> &'static str {
    if field == "user" { ",avatar_url" } else { "" }
}
