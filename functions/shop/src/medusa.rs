//! What the endpoints ask of Medusa, and what becomes of its failures: none but "not found" is
//! passed on with its status. A 401 of Medusa is no 401 of ours: the admin would be signed out.

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use directory::{Answer, Key, Medusa};
use domain::Refusal;
use http::{ApiError, AppState};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Longest wait for everything that one request asks of Medusa, its key included.
const TIMEOUT: Duration = Duration::from_secs(4);
/// Longest response, in bytes. Medusa lists an order with all its items, 1 to 2 KB each.
const MAX_BODY: usize = 8 * 1024 * 1024;
/// Longest wait that is passed on as `Retry-After`, in seconds.
const MAX_RETRY_AFTER_S: u32 = 60;

/// The client of Medusa, made at the first request, because it needs the configuration.
#[derive(Clone, Default)]
pub(crate) struct Shop(Arc<OnceLock<Option<Medusa>>>);

/// One request's calls of Medusa.
pub(crate) struct Calls<'a> {
    medusa: &'a Medusa,
    key: Option<Key>,
}

/// Query parameters.
pub(crate) type Parameters<'a> = &'a [(&'a str, &'a str)];

/// The kind of an error of Medusa's.
#[derive(Default, Deserialize)]
struct Failure {
    r#type: Option<String>,
}

impl Shop {
    /// Runs one request's calls within the time limit.
    pub(crate) async fn ask<'a, T, F: Future<Output = Result<T, ApiError>>>(
        &'a self,
        app: &AppState,
        calls: impl FnOnce(Calls<'a>) -> F,
    ) -> Result<T, ApiError> {
        let medusa = self.0.get_or_init(|| Medusa::of(app, TIMEOUT));
        let medusa = medusa.as_ref().ok_or(Refusal::NoShop)?;
        let asked =
            async { calls(Calls { medusa, key: medusa.key(app.clock.now()).await? }).await };
        tokio::time::timeout(TIMEOUT, asked).await.unwrap_or_else(|_| Err(away("it is too slow")))
    }
}

impl Calls<'_> {
    /// Gets `/admin/<path>`; `None` if Medusa does not know what it names.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        parameters: Parameters<'_>,
    ) -> Result<Option<T>, ApiError> {
        let query =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let path = format!("/admin/{path}?{query}");
        let answer = self.medusa.get(&path, self.key.as_ref(), MAX_BODY).await;
        let answer = answer.map_err(|why| away(&why))?;
        match answer.status {
            200 => answer.json().map(Some).map_err(|error| away(&format!("no answer: {error}"))),
            404 if is_not_found(&answer) => Ok(None),
            401 | 403 => {
                tracing::error!(
                    error.kind = "medusa",
                    http.status = answer.status,
                    "Medusa refused the key: is medusa-api-key right?"
                );
                Err(Refusal::ShopRefuses.into())
            }
            429 => {
                tracing::warn!(error.kind = "medusa", "Medusa is asked too often");
                let wait = answer.retry_after_s.unwrap_or(1).clamp(1, MAX_RETRY_AFTER_S);
                Err(Refusal::ShopBusy(wait).into())
            }
            status => Err(away(&format!("it responded {status}"))),
        }
    }

    /// Gets a list, which exists even if it is empty.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        parameters: Parameters<'_>,
    ) -> Result<T, ApiError> {
        self.get(path, parameters).await?.ok_or_else(|| away("it has no such list"))
    }
}

/// Any other 404, as of a wrong `MEDUSA_URL`, says nothing about what was asked for.
fn is_not_found(answer: &Answer) -> bool {
    answer.json::<Failure>().unwrap_or_default().r#type.as_deref() == Some("not_found")
}

fn away(why: &str) -> ApiError {
    tracing::warn!(error.kind = "medusa", "Medusa gave no usable answer: {why}");
    Refusal::ShopAway.into()
}
