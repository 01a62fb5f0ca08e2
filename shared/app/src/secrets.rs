//! Secrets: stored in SSM Parameter Store only, read when a function starts, and again when they
//! are five minutes old.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_ssm::Client as Parameters;
use aws_sdk_ssm::error::DisplayErrorContext;
use domain::Timestamp;
use tokio::sync::Mutex;

use crate::error::AppError;

/// Age at which a secret is read again, in milliseconds.
const MAX_AGE_MS: i64 = 5 * 60_000;
/// Pause after a failed read while an older value is in use, in milliseconds.
const RETRY_WITH_VALUE_MS: i64 = 30_000;
/// Pause after a failed read without any value, in milliseconds: a flood of requests must not use
/// up the account's quota of SSM.
const RETRY_WITHOUT_VALUE_MS: i64 = 2_000;
/// Longest wait for a new value while an older one is in use.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(1);

/// A secret, parsed. The last good value stays in use while a newer one cannot be read or parsed.
pub struct Secret<T> {
    /// SSM and the parameter's full name; none in a function without the right to read it.
    source: Option<(Parameters, String)>,
    make: Make<T>,
    kept: Mutex<Result<Kept<T>, Failed>>,
}

/// Parses a parameter's value, or says what is wrong with it, without showing it.
type Make<T> = Box<dyn Fn(&str) -> Result<T, String> + Send + Sync>;

struct Kept<T> {
    made: Arc<T>,
    until: Timestamp,
}

/// Why there is no value yet.
struct Failed {
    why: String,
    until: Timestamp,
}

impl<T> Secret<T> {
    pub(crate) fn new(
        parameters: &Parameters,
        name: Option<&str>,
        make: impl Fn(&str) -> Result<T, String> + Send + Sync + 'static,
    ) -> Self {
        let failed = Failed { why: "it was never read".to_owned(), until: Timestamp::default() };
        Self {
            source: name.map(|name| (parameters.clone(), name.to_owned())),
            make: Box::new(make),
            kept: Mutex::new(Err(failed)),
        }
    }

    /// A secret that is known already and never changes.
    pub fn known(made: T) -> Self {
        let kept = Kept { made: Arc::new(made), until: Timestamp::from_millis(i64::MAX) };
        Self {
            source: None,
            make: Box::new(|_| Err("is not asked for".to_owned())),
            kept: Mutex::new(Ok(kept)),
        }
    }

    /// Reads it early, if this function may. Errors are ignored: the first use reads again.
    pub async fn read_ahead(&self, now: Timestamp) {
        if self.source.is_some() {
            let _ = self.get(now).await;
        }
    }

    /// The parsed value. Fails while there is none; a call after two seconds reads again.
    pub async fn get(&self, now: Timestamp) -> Result<Arc<T>, AppError> {
        let mut kept = self.kept.lock().await;
        match &mut *kept {
            Ok(kept) if now < kept.until => Ok(kept.made.clone()),
            Err(failed) if now < failed.until => Err(AppError::Secret(failed.why.clone())),
            Ok(last) => {
                let newer = tokio::time::timeout(REFRESH_TIMEOUT, self.read()).await;
                match newer.unwrap_or_else(|_| {
                    let name = self.source.as_ref().map_or("", |(_, name)| name);
                    Err(format!("SSM did not return {name} in time"))
                }) {
                    Ok(made) => {
                        *last = Kept { made: Arc::new(made), until: now.plus_millis(MAX_AGE_MS) }
                    }
                    Err(why) => {
                        tracing::warn!(error.kind = "secret", "{why}: the last one counts on");
                        last.until = now.plus_millis(RETRY_WITH_VALUE_MS);
                    }
                }
                Ok(last.made.clone())
            }
            Err(_) => match self.read().await {
                Ok(made) => {
                    let made = Arc::new(made);
                    *kept = Ok(Kept { made: made.clone(), until: now.plus_millis(MAX_AGE_MS) });
                    Ok(made)
                }
                Err(why) => {
                    tracing::error!(error.kind = "secret", "{why}");
                    *kept = Err(Failed {
                        why: why.clone(),
                        until: now.plus_millis(RETRY_WITHOUT_VALUE_MS),
                    });
                    Err(AppError::Secret(why))
                }
            },
        }
    }

    async fn read(&self) -> Result<T, String> {
        let (parameters, name) =
            self.source.as_ref().ok_or("no parameter of SSM is named for this secret")?;
        let response = parameters.get_parameter().name(name).with_decryption(true).send().await;
        // An error holds the request only, so no secret.
        let response = response.map_err(|error| {
            format!("the parameter {name} cannot be read: {}", DisplayErrorContext(&error))
        })?;
        let value = response.parameter.and_then(|parameter| parameter.value).unwrap_or_default();
        (self.make)(&value).map_err(|why| format!("the parameter {name} {why}"))
    }
}

/// The lines of a value: the current secret first, then older ones that are still accepted.
pub fn lines(value: &str) -> Vec<&str> {
    value.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_the_present_secret_first() {
        assert_eq!(lines("new\n old \r\n\n"), ["new", "old"]);
        assert!(lines(" \n").is_empty());
    }
}
