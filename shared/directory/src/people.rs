//! Lookups of people in Medusa: `GET /admin/customers/:id`, `GET /admin/users/:id`.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use app::App;
use domain::{ActorId, Profile, Timestamp};
use serde::Deserialize;

use crate::medusa::Medusa;

/// Timeout of one lookup.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Longest response, in bytes: the requested fields fit many times over.
const MAX_BODY: usize = 64 * 1024;
/// How long no lookup is tried after a failure, in milliseconds: otherwise a digest would wait a
/// thousand times.
const BACKOFF_MS: i64 = 30_000;

/// Looks people up, one at a time.
pub(crate) struct People {
    medusa: Medusa,
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

impl People {
    /// The people of this application's Medusa, if it has one.
    pub(crate) fn of(app: &App) -> Option<Self> {
        Some(Self { medusa: Medusa::of(app, TIMEOUT)?, failed_at: AtomicI64::new(i64::MIN) })
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
        // The cause of a missing key is in the log already.
        let Ok(key) = self.medusa.key(now).await else {
            return self.failed(now, "its key cannot be read");
        };
        let fields = format!("id,email,first_name,last_name{}", avatar(field));
        let path = format!("/admin/{collection}/{id}?fields={fields}");
        let answer = self.medusa.get(&path, key.as_ref(), MAX_BODY);
        let answer = match tokio::time::timeout(TIMEOUT, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return self.failed(now, &error),
            Err(_) => return self.failed(now, "it took too long"),
        };
        match (answer.status, answer.json().unwrap_or_default()) {
            // Some proxies respond 200 to anything: only the requested person counts.
            (200, Body { person: Some(person), .. }) if person.id == id.as_str() => {
                Lookup::Found(person.profile())
            }
            // Any other 404, as of a wrong `MEDUSA_URL`, says nothing about the person.
            (404, Body { kind: Some(kind), .. }) if kind == "not_found" => Lookup::NotFound,
            // Medusa 2.12 shows no user to a secret key. Customers may still be shown.
            (401 | 403, _) if field == "user" => Lookup::NotFound,
            // Only this lookup fails: the next ones may succeed.
            (status @ (400 | 402 | 405..=407 | 409..=428), _) => {
                tracing::warn!(
                    error.kind = "medusa",
                    http.status = status,
                    "a lookup in Medusa failed"
                );
                Lookup::Unavailable
            }
            (status, _) => self.failed(now, &format!("it responded {status}")),
        }
    }

    /// Starts a back-off.
    fn failed(&self, now: Timestamp, why: &str) -> Lookup {
        self.failed_at.store(now.millis(), Ordering::Relaxed);
        tracing::warn!(error.kind = "medusa", "a lookup in Medusa failed: {why}");
        Lookup::Unavailable
    }
}

/// Only users have pictures.
fn avatar(field: &str) -> &'static str {
    if field == "user" { ",avatar_url" } else { "" }
}
