//! A push service with its browsers, for web push. `POST /dev/push/subscriptions` subscribes as a
//! browser does. What is pushed to it is checked and decrypted, as a push service and a browser do,
//! and shown to people at `/dev/push` and to programs at `/dev/push.json`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::Clock;
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::signature::{self, ECDSA_P256_SHA256_FIXED};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::html;

/// Longest body that push services take, in bytes.
const MAX_BODY: usize = 4_096;
/// Longest validity of a signature, in seconds.
const MAX_VALIDITY_S: i64 = 24 * 3_600;

/// The push service and its browsers. Clones share them.
#[derive(Clone, Default)]
pub struct PushService {
    clock: Clock,
    /// Where this server is, once it is known.
    url: String,
    state: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    browsers: BTreeMap<String, Browser>,
    pushes: Vec<Value>,
}

/// A subscribed browser.
struct Browser {
    private: PrivateKey,
    public: Vec<u8>,
    auth: [u8; 16],
    /// The key that may push to it; the first one that pushes, if the browser named none.
    server: Option<String>,
    /// What it answers instead of taking a push: status, and `Retry-After`.
    answer: Option<(u16, Option<u32>)>,
    /// Whether it never answers.
    hangs: bool,
}

/// A push that is refused, and why.
struct Refused(StatusCode, &'static str);

const fn bad(why: &'static str) -> Refused {
    Refused(StatusCode::BAD_REQUEST, why)
}

impl PushService {
    /// A push service of the server at this URL, without browsers.
    pub fn new(clock: Clock, url: &str) -> Self {
        Self { clock, url: url.to_owned(), state: Arc::default() }
    }

    /// Subscribes a browser, which only the holder of the key `server` may push to. Returns what
    /// `PushSubscription.toJSON()` does.
    pub fn subscribe(&self, server: Option<&str>) -> Value {
        let private = PrivateKey::generate(&ECDH_P256).unwrap_or_else(|_| fail());
        let public = private.compute_public_key().unwrap_or_else(|_| fail()).as_ref().to_vec();
        let auth: [u8; 16] = app::random().unwrap_or_else(|_| fail());
        let id: [u8; 16] = app::random().unwrap_or_else(|_| fail());
        let id = BASE64URL_NOPAD.encode(&id);
        let subscription = json!({
            "endpoint": format!("{}/dev/push/{id}", self.url),
            "expirationTime": null,
            "keys": {
                "p256dh": BASE64URL_NOPAD.encode(&public),
                "auth": BASE64URL_NOPAD.encode(&auth),
            },
        });
        let server = server.map(str::to_owned);
        let browser = Browser { private, public, auth, server, answer: None, hangs: false };
        self.lock().browsers.insert(id, browser);
        subscription
    }

    /// All pushes that were taken, the newest last: `endpoint`, `ttl`, `urgency`, `topic`, `sub`
    /// and the decrypted `data`.
    pub fn pushes(&self) -> Vec<Value> {
        self.lock().pushes.clone()
    }

    /// Makes the browser with this address answer every further push with a status; 0 makes it take
    /// them again.
    pub fn answer(&self, endpoint: &str, status: u16, retry_after_s: Option<u32>) {
        if let Some(browser) = self.lock().browsers.get_mut(id_of(endpoint)) {
            browser.answer = (status > 0).then_some((status, retry_after_s));
        }
    }

    /// Makes the browser with this address never answer, or answer again.
    pub fn hang(&self, endpoint: &str, hangs: bool) {
        if let Some(browser) = self.lock().browsers.get_mut(id_of(endpoint)) {
            browser.hangs = hangs;
        }
    }

    fn take(&self, id: &str, headers: &HeaderMap, body: &[u8]) -> Result<(), Refused> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let mut known = self.lock();
        let gone = Refused(StatusCode::GONE, "no such subscription");
        let browser = known.browsers.get_mut(id).ok_or(gone)?;
        let (claims, key) = self.identified(header("authorization").unwrap_or_default())?;
        if *browser.server.get_or_insert_with(|| key.clone()) != key {
            return Err(Refused(StatusCode::FORBIDDEN, "another key subscribed"));
        }
        if header("content-encoding") != Some("aes128gcm") {
            return Err(bad("Content-Encoding is not aes128gcm"));
        }
        let ttl: u32 =
            header("ttl").and_then(|ttl| ttl.parse().ok()).ok_or(bad("no TTL in seconds"))?;
        let urgency = header("urgency").unwrap_or("normal");
        if !["very-low", "low", "normal", "high"].contains(&urgency) {
            return Err(bad("an unknown Urgency"));
        }
        let topic = header("topic");
        let is_topic = |topic: &str| {
            let is_url_safe = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            (1..=32).contains(&topic.len()) && topic.chars().all(is_url_safe)
        };
        if topic.is_some_and(|topic| !is_topic(topic)) {
            return Err(bad("Topic is not 32 characters of base64url"));
        }
        if body.len() > MAX_BODY {
            return Err(Refused(StatusCode::PAYLOAD_TOO_LARGE, "more than 4,096 bytes"));
        }
        let text = browser.decrypt(body).ok_or(bad("the browser cannot decrypt it"))?;
        let data: Value = serde_json::from_slice(&text).map_err(|_| bad("it is no JSON"))?;
        known.pushes.push(json!({
            "endpoint": format!("{}/dev/push/{id}", self.url),
            "ttl": ttl, "urgency": urgency, "topic": topic, "sub": claims["sub"], "data": data,
        }));
        Ok(())
    }

    /// The claims and the key of the sender, as RFC 8292 has them.
    fn identified(&self, authorization: &str) -> Result<(Value, String), Refused> {
        let refused = |why| Refused(StatusCode::UNAUTHORIZED, why);
        let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).ok();
        let parts = authorization.strip_prefix("vapid t=").and_then(|it| it.split_once(", k="));
        let (token, key) = parts.ok_or(refused("no VAPID"))?;
        let claims = (|| {
            let (signed, signature) = token.rsplit_once('.')?;
            let (header, claims) = signed.split_once('.')?;
            let header: Value = serde_json::from_slice(&decode(header)?).ok()?;
            signature::UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decode(key)?)
                .verify(signed.as_bytes(), &decode(signature)?)
                .ok()?;
            (header["alg"] == "ES256").then_some(())?;
            serde_json::from_slice::<Value>(&decode(claims)?).ok()
        })();
        let claims = claims.ok_or(refused("a wrong signature"))?;
        let left_s = claims["exp"].as_i64().unwrap_or_default() - self.clock.now().seconds();
        if claims["aud"] != self.url.as_str() || !(1..=MAX_VALIDITY_S).contains(&left_s) {
            return Err(refused("of another service, or not valid now"));
        }
        let subject = claims["sub"].as_str().unwrap_or_default();
        if !["mailto:", "https:"].iter().any(|scheme| subject.starts_with(scheme)) {
            return Err(refused("no mailto or https URL in sub"));
        }
        Ok((claims, key.to_owned()))
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn id_of(endpoint: &str) -> &str {
    endpoint.rsplit('/').next().unwrap_or_default()
}

#[expect(clippy::panic, reason = "only the local server, which cannot go on without them")]
fn fail() -> ! {
    panic!("the system gives no random numbers")
}

impl Browser {
    /// Decrypts a push as RFC 8291 says; `None` if it is for another browser, or damaged.
    fn decrypt(&self, body: &[u8]) -> Option<Vec<u8>> {
        let (salt, rest) = body.split_at_checked(16)?;
        let (_record_size, rest) = rest.split_at_checked(4)?;
        let (length, rest) = rest.split_first()?;
        let (theirs, sealed) = rest.split_at_checked(usize::from(*length))?;
        let shared =
            agree(&self.private, UnparsedPublicKey::new(&ECDH_P256, theirs), (), |secret| {
                expand(&self.auth, secret, &[b"WebPush: info\0", &self.public, theirs], 32)
                    .ok_or(())
            });
        let shared = shared.ok()?;
        let key = expand(salt, &shared, &[b"Content-Encoding: aes128gcm\0"], 16)?;
        let nonce = expand(salt, &shared, &[b"Content-Encoding: nonce\0"], 12)?;
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).ok()?);
        let nonce = Nonce::try_assume_unique_for_key(&nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let record = key.open_in_place(nonce, Aad::empty(), &mut sealed).ok()?;
        let end = record.iter().rposition(|byte| *byte != 0)?;
        let (text, mark) = record.split_at_checked(end)?;
        (mark.first() == Some(&2)).then(|| text.to_vec())
    }
}

/// So many bytes as HKDF takes them.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand(salt: &[u8], secret: &[u8], info: &[&[u8]], length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    let prk = Salt::new(HKDF_SHA256, salt).extract(secret);
    prk.expand(info, Length(length)).ok()?.fill(&mut bytes).ok()?;
    Some(bytes)
}

/// Routes of the push service, of its browsers and of the two views.
pub(crate) fn router(service: PushService) -> Router {
    Router::new()
        .route("/dev/push", get(show))
        .route("/dev/push.json", get(list))
        .route("/dev/push/subscriptions", post(subscribe))
        .route("/dev/push/{id}", post(push))
        .route("/dev/push/{id}/answer", post(set_answer))
        .with_state(service)
}

async fn subscribe(State(service): State<PushService>, body: Bytes) -> Json<Value> {
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    Json(service.subscribe(request["applicationServerKey"].as_str()))
}

async fn push(
    State(service): State<PushService>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (answer, hangs) = {
        let known = service.lock();
        let browser = known.browsers.get(&id);
        (browser.and_then(|it| it.answer), browser.is_some_and(|it| it.hangs))
    };
    if hangs {
        std::future::pending::<()>().await;
    }
    if let Some((status, retry_after_s)) = answer {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        if let Some(pause) = retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, pause.into());
        }
        return response;
    }
    match service.take(&id, &headers, &body) {
        Ok(()) => StatusCode::CREATED.into_response(),
        Err(Refused(status, why)) => {
            tracing::warn!("the push service refuses a push: {why}");
            (status, why).into_response()
        }
    }
}

/// `{status, retry_after?}` for further pushes to a browser; status 0 takes them again.
async fn set_answer(
    State(service): State<PushService>,
    Path(id): Path<String>,
    body: Bytes,
) -> StatusCode {
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let status = request["status"].as_u64().and_then(|status| status.try_into().ok());
    let pause = request["retry_after"].as_u64().and_then(|pause| pause.try_into().ok());
    service.answer(&id, status.unwrap_or_default(), pause);
    StatusCode::NO_CONTENT
}

async fn list(State(service): State<PushService>) -> Json<Vec<Value>> {
    Json(service.pushes())
}

async fn show(State(service): State<PushService>) -> Html<String> {
    let item = |push: &Value| {
        let text = |value: &Value| html::escape(value.as_str().unwrap_or_default());
        format!(
            "<details><summary><b>{}</b><code>{}</code></summary><pre>{}</pre></details>",
            text(&push["data"]["name"]),
            text(&push["data"]["kind"]),
            html::escape(&format!("{push:#}"))
        )
    };
    let items: Vec<_> = service.pushes().iter().rev().map(item).collect();
    let body = if items.is_empty() {
        "<p>No push yet. What is pushed to browsers that are subscribed here appears here; \
         browsers with a push service of their own get theirs from there.</p>"
            .to_owned()
    } else {
        items.concat()
    };
    html::page("Pushes", false, &body)
}
