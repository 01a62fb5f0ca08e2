//! Secrets: in SSM Parameter Store and nowhere else, read when a function starts, and again when
//! they are five minutes old.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_ssm::Client as Parameters;
use aws_sdk_ssm::error::DisplayErrorContext;
use domain::Timestamp;
use tokio::sync::Mutex;

use crate::error::AppError;

/// How long a secret counts before it is read again, in milliseconds.
const KEPT_MS: i64 = 5 * 60_000;
/// How soon one is read again that could not be read, in milliseconds, while the last one counts
/// on.
const TRIED_AGAIN_MS: i64 = 30_000;
/// The same while there is none: a flood of requests must not use up what SSM answers to the whole
/// account.
const LEFT_ALONE_MS: i64 = 2_000;
/// Longest wait for a newer one while the last one counts.
const PATIENCE: Duration = Duration::from_secs(1);

/// A secret, as what is made of it. The last good one counts while a newer one cannot be read or is
/// no good.
pub struct Secret<T> {
    /// SSM and the parameter's full name; none in a function that may not read it.
    source: Option<(Parameters, String)>,
    make: Make<T>,
    kept: Mutex<Result<Kept<T>, Failed>>,
}

/// Makes of a parameter's value what is needed of it, or says what is wrong with it, without
/// showing it.
type Make<T> = Box<dyn Fn(&str) -> Result<T, String> + Send + Sync>;

struct Kept<T> {
    made: Arc<T>,
    until: Timestamp,
}

/// Why there is none yet.
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

    /// One that is known and never changes.
    pub fn known(made: T) -> Self {
        let kept = Kept { made: Arc::new(made), until: Timestamp::from_millis(i64::MAX) };
        Self {
            source: None,
            make: Box::new(|_| Err("is not asked for".to_owned())),
            kept: Mutex::new(Ok(kept)),
        }
    }

    /// Reads it, if this function may, before it is needed. Where that fails, whoever needs it
    /// tries again.
    pub async fn read_ahead(&self, now: Timestamp) {
        if self.source.is_some() {
            let _ = self.get(now).await;
        }
    }

    /// What is made of it. Without any good one yet: unavailable, and a call after two seconds
    /// tries again.
    pub async fn get(&self, now: Timestamp) -> Result<Arc<T>, AppError> {
        let mut kept = self.kept.lock().await;
        match &mut *kept {
            Ok(kept) if now < kept.until => Ok(kept.made.clone()),
            Err(failed) if now < failed.until => Err(AppError::Secret(failed.why.clone())),
            Ok(last) => {
                let newer = tokio::time::timeout(PATIENCE, self.read()).await;
                match newer.unwrap_or_else(|_| {
                    let name = self.source.as_ref().map_or("", |(_, name)| name);
                    Err(format!("{name} is not answered"))
                }) {
                    Ok(made) => {
                        *last = Kept { made: Arc::new(made), until: now.plus_millis(KEPT_MS) }
                    }
                    Err(why) => {
                        tracing::warn!(error.kind = "secret", "{why}: the last one counts on");
                        last.until = now.plus_millis(TRIED_AGAIN_MS);
                    }
                }
                Ok(last.made.clone())
            }
            Err(_) => match self.read().await {
                Ok(made) => {
                    let made = Arc::new(made);
                    *kept = Ok(Kept { made: made.clone(), until: now.plus_millis(KEPT_MS) });
                    Ok(made)
                }
                Err(why) => {
                    tracing::error!(error.kind = "secret", "{why}");
                    *kept = Err(Failed { why: why.clone(), until: now.plus_millis(LEFT_ALONE_MS) });
                    Err(AppError::Secret(why))
                }
            },
        }
    }

    async fn read(&self) -> Result<T, String> {
        let (parameters, name) =
            self.source.as_ref().ok_or("no parameter of SSM is named for this secret")?;
        let answer = parameters.get_parameter().name(name).with_decryption(true).send().await;
        // No secret is in an error: it has what was asked for, and no answer.
        let answer = answer.map_err(|error| {
            format!("the parameter {name} cannot be read: {}", DisplayErrorContext(&error))
        })?;
        let value = answer.parameter.and_then(|parameter| parameter.value).unwrap_or_default();
        (self.make)(&value).map_err(|why| format!("the parameter {name} {why}"))
    }
}

/// The lines of a value that several secrets share while one is being changed: the present one, and
/// below it those that still count.
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
