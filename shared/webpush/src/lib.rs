//! Web push: notifications to browsers in which staff has closed the inbox.
//!
//! A push is encrypted for one browser and posted to the push service of that browser's maker, who
//! cannot read it. It is a hint: the conversation waits in the inbox, and a mail follows. So a push
//! never fails what caused it, and has a time limit. What a service does not take now is retried by
//! a schedule.

mod away;
mod encrypt;
mod notification;
mod vapid;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use app::{App, AppError};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use domain::{PushEndpoint, PushSubscription, Timestamp};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::{Instant, timeout, timeout_at};

pub use away::is_addressed;
pub use encrypt::is_usable;
pub use notification::Notification;
pub use vapid::VapidKey;

/// Pushes on their way at the same time.
const AT_ONCE: usize = 32;
/// Longest wait for all pushes of one notification: the stream waits for it.
const TIME_LIMIT: Duration = Duration::from_secs(2);
/// Longest wait for one.
const PUSH_TIME_LIMIT: Duration = Duration::from_millis(1_500);
/// How long a push service that did not answer is left alone, in milliseconds.
const SLOW_FOR_MS: i64 = 60_000;

/// Sends pushes. Cheap to clone.
#[derive(Clone)]
pub struct WebPush(Arc<Shared>);

struct Shared {
    app: App,
    /// Made at the first push, because it reads every certificate of the system.
    http: OnceLock<Connector>,
    /// The push services that did not answer in time, and when. Each instance of a function learns
    /// it by itself.
    slow: Mutex<HashMap<String, Timestamp>>,
}

/// The pushes of a notification that their services did not take, but may later.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsent {
    /// The digests of the browsers' addresses.
    pub browsers: BTreeSet<String>,
    /// The longest pause that one of the services asks for, in seconds.
    pub pause_s: u32,
}

impl Unsent {
    fn add(&mut self, browser: &PushSubscription, pause_s: u32) {
        self.browsers.insert(browser.endpoint.digest());
        self.pause_s = self.pause_s.max(pause_s);
    }
}

/// How a push service answered.
enum Delivery {
    Delivered,
    /// The browser has unsubscribed.
    Gone,
    /// It takes no push like this one, ever. Holds the status; 0 if it cannot be encrypted.
    Refused(u16),
    /// It does not take it now.
    NotNow {
        pause_s: u32,
    },
    Late,
}

/// Our public key, with which browsers subscribe.
pub async fn public_key(app: &App) -> Result<String, AppError> {
    let keys = app.keys.get(app.clock.now()).await?;
    let key = keys.push.first().and_then(VapidKey::derive);
    let key = key.ok_or(AppError::Defect("no key of web push can be derived"))?;
    Ok(key.public_key().to_owned())
}

impl WebPush {
    /// A sender with this application's configuration.
    pub fn new(app: &App) -> Self {
        let (http, slow) = (OnceLock::new(), Mutex::default());
        Self(Arc::new(Shared { app: app.clone(), http, slow }))
    }

    /// Sends a notification to these browsers within [`TIME_LIMIT`]. Browsers that are gone are
    /// forgotten. Returns the pushes to retry.
    pub async fn send(&self, what: &Notification, to: &[PushSubscription]) -> Unsent {
        let app = &self.0.app;
        let now = app.clock.now();
        let mut unsent = Unsent::default();
        if to.is_empty() {
            return unsent;
        }
        let keys = match app.keys.get(now).await {
            Ok(keys) => keys.push.iter().filter_map(VapidKey::derive).collect::<Vec<_>>(),
            Err(error) => {
                tracing::warn!(error.kind = "web_push", "pushes wait for their key: {error}");
                for it in to {
                    unsent.add(it, 0);
                }
                return unsent;
            }
        };
        let is_slow = |it: &&PushSubscription| self.is_slow(&it.endpoint.service(), now);
        let (slow, quick): (Vec<_>, Vec<_>) = to.iter().partition(is_slow);
        for it in slow {
            unsent.add(it, 0);
        }
        let mut gone: Vec<&PushEndpoint> = Vec::new();
        let (mut sent, mut failed) = (0, 0);
        for (it, delivery) in self.deliver_all(what, &quick, &keys, now).await {
            match delivery {
                Delivery::Delivered => sent += 1,
                Delivery::Gone => gone.push(&it.endpoint),
                Delivery::NotNow { pause_s } => unsent.add(it, pause_s),
                Delivery::Late => {
                    self.note_slow(it.endpoint.service(), now);
                    unsent.add(it, 0);
                }
                Delivery::Refused(status) => {
                    failed += 1;
                    let service = it.endpoint.service();
                    tracing::error!(
                        error.kind = "web_push",
                        push.service = service,
                        push.status = status,
                        "a push is refused"
                    );
                }
            }
        }
        let later = unsent.browsers.len();
        tracing::info!(push.sent = sent, push.gone = gone.len(), push.later = later, "push");
        app.count(&[("WebPushesRefused", failed)]);
        if let Err(error) = app.store.forget_push_subscriptions(gone).await {
            tracing::warn!(
                error.kind = "web_push",
                "gone browsers could not be forgotten: {error}"
            );
        }
        unsent
    }

    /// The answers of the push services. What has none when the time is over is retried: its
    /// service may have had no turn.
    async fn deliver_all<'a>(
        &self,
        what: &Notification,
        to: &[&'a PushSubscription],
        keys: &[VapidKey],
        now: Timestamp,
    ) -> Vec<(&'a PushSubscription, Delivery)> {
        let deadline = Instant::now() + TIME_LIMIT;
        let mut waiting = to.iter().copied();
        let deliver = |it: &'a PushSubscription| async move {
            let pushed = timeout(PUSH_TIME_LIMIT, self.deliver(what, it, keys, now)).await;
            (it, pushed.unwrap_or(Delivery::Late))
        };
        let mut running: FuturesUnordered<_> =
            waiting.by_ref().take(AT_ONCE).map(deliver).collect();
        let mut answers = Vec::with_capacity(to.len());
        while let Ok(Some(answer)) = timeout_at(deadline, running.next()).await {
            answers.push(answer);
            running.extend(waiting.next().map(deliver));
        }
        let is_open = |it: &&PushSubscription| !answers.iter().any(|(done, _)| done == it);
        let open: Vec<_> = to.iter().copied().filter(is_open).collect();
        answers.extend(open.into_iter().map(|it| (it, Delivery::NotNow { pause_s: 0 })));
        answers
    }

    /// Posts one push. While the master key changes, a browser may have subscribed with the older
    /// one.
    async fn deliver(
        &self,
        what: &Notification,
        to: &PushSubscription,
        keys: &[VapidKey],
        now: Timestamp,
    ) -> Delivery {
        let Ok(body) = encrypt::encrypt(&to.keys, what.json(to.with_text).as_bytes()) else {
            return Delivery::Refused(0);
        };
        let mut last = Delivery::Refused(0);
        for key in keys {
            let (service, subject) = (to.endpoint.service(), self.subject());
            let Some(signature) = key.authorization(&service, &subject, now.seconds()) else {
                continue;
            };
            last = match self.post(what, &to.endpoint, &signature, body.clone()).await {
                Ok((200..=299, _)) => Delivery::Delivered,
                Ok((404 | 410, _)) => Delivery::Gone,
                Ok((429 | 500..=599, pause_s)) => Delivery::NotNow { pause_s },
                Ok((status, _)) => Delivery::Refused(status),
                Err(error) => {
                    tracing::warn!(error.kind = "web_push", push.service = service, "{error}");
                    Delivery::Late
                }
            };
            if !matches!(last, Delivery::Refused(400 | 401 | 403)) {
                break;
            }
        }
        last
    }

    /// The status of the response, and the pause that it asks for. Redirects are not followed.
    async fn post(
        &self,
        what: &Notification,
        endpoint: &PushEndpoint,
        signature: &str,
        body: Vec<u8>,
    ) -> Result<(u16, u32), String> {
        let mut request = HttpRequest::new(SdkBody::from(body));
        let invalid = |error: &dyn std::error::Error| error.to_string();
        request.set_method("POST").map_err(|error| invalid(&error))?;
        request.set_uri(endpoint.as_str().to_owned()).map_err(|error| invalid(&error))?;
        let headers = request.headers_mut();
        headers.insert("authorization", signature.to_owned());
        headers.insert("content-encoding", "aes128gcm");
        headers.insert("content-type", "application/octet-stream");
        headers.insert("ttl", what.ttl_s().to_string());
        headers.insert("topic", what.topic());
        // With a lower one a phone that saves power waits.
        headers.insert("urgency", "high");
        let response = self.0.http.get_or_init(connector).call(request).await;
        let response = response.map_err(|error| invalid(&error))?;
        let pause_s = response.headers().get("retry-after").and_then(|pause| pause.parse().ok());
        Ok((response.status().as_u16(), pause_s.unwrap_or_default()))
    }

    /// Where a push service reaches the shop: a mail address, or a page of `https`.
    fn subject(&self) -> String {
        let config = &self.0.app.config;
        if let Some(from) = &config.mail.from {
            return format!("mailto:{}", from.as_str());
        }
        let url = config.public_url.as_deref().filter(|url| url.starts_with("https://"));
        let host = config.sockets_url.trim_start_matches("wss://");
        url.map_or_else(|| format!("https://{host}"), str::to_owned)
    }

    fn is_slow(&self, service: &str, now: Timestamp) -> bool {
        let slow = self.0.slow.lock().unwrap_or_else(PoisonError::into_inner);
        slow.get(service).is_some_and(|at| now.since(*at) < SLOW_FOR_MS)
    }

    fn note_slow(&self, service: String, now: Timestamp) {
        let mut slow = self.0.slow.lock().unwrap_or_else(PoisonError::into_inner);
        slow.retain(|_, at| now.since(*at) < SLOW_FOR_MS);
        slow.insert(service, now);
    }
}

fn connector() -> Connector {
    let settings = HttpConnectorSettings::builder()
        .connect_timeout(PUSH_TIME_LIMIT)
        .read_timeout(PUSH_TIME_LIMIT)
        .build();
    Connector::builder()
        .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc))
        .connector_settings(settings)
        .build()
}
