//! What happens to every request and response, on every route: path decoding, CORS, request id, one
//! log line, and a response even after a panic.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::body::HttpBody;
use axum::extract::{MatchedPath, Request};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, CACHE_CONTROL, CONTENT_LENGTH, HOST, ORIGIN, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::Refusal;
use futures_util::FutureExt;
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use tracing::Instrument as _;

use crate::AppState;
use crate::error::ApiError;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest wait for a handler: less than Lambda's own limit of 10 s, whose response has another
/// form.
const TIME_LIMIT: Duration = Duration::from_secs(9);
const ALLOWED_METHODS: &str = "GET, HEAD, POST, PUT, DELETE, OPTIONS";
/// The headers that a preflight allows if it names none.
const ALLOWED_HEADERS: &str = "authorization, content-type, guest_id_for_live_chat, \
    x-guest-id-for-live-chat, x-publishable-api-key, idempotency-key, x-request-id";
const EXPOSED_HEADERS: &str = "x-request-id, retry-after";
/// Most bytes of header names that a preflight's response repeats. A browser asks for a few dozen
/// short names.
const MAX_ECHOED_BYTES: usize = 2_048;
/// Seconds for which a browser reuses a preflight's response.
const PREFLIGHT_KEPT: &str = "600";

/// What to escape in a decoded path, so that decoding it again returns the same path.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// Encodes the path again before the router sees it.
///
/// API Gateway's HTTP API hands over the path percent-decoded, and the router decodes it once more:
/// a client's `%25` would be decoded twice.
pub(crate) fn with_encoded_path(mut request: Request) -> Request {
    let decoded = request.raw_http_path().to_owned();
    if decoded.is_empty() {
        return request;
    }
    let query = request
        .uri()
        .query()
        .filter(|_| !decoded.contains(['?', '#']))
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let path = utf8_percent_encode(&decoded, PATH);
    // A path that is no URI matches no route.
    *request.uri_mut() = format!("{path}{query}").parse().unwrap_or(Uri::from_static("/-"));
    request
}

/// Everything around the handlers.
pub(crate) async fn edge(app: AppState, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let origin = request.headers().get(ORIGIN).cloned();
    let allowed = origin.filter(|_| app.allows_page(request.headers()));
    let id = request_id(&request);
    let route = std::sync::Arc::new(std::sync::OnceLock::new());

    let mut response = if method == Method::OPTIONS {
        preflight(allowed.is_some(), request.headers())
    } else {
        let mut request = request;
        request.extensions_mut().insert(Route(route.clone()));
        // The state is per request: none of it is used again after a panic.
        let handled = next
            .run(request)
            .instrument(tracing::info_span!(target: "calls", "request", request.id = id));
        match tokio::time::timeout(TIME_LIMIT, AssertUnwindSafe(handled).catch_unwind()).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => ApiError::Panicked.into_response(),
            Err(_) => ApiError::TimedOut.into_response(),
        }
    };
    if method == Method::HEAD {
        response = without_body(response);
    }

    let headers = response.headers_mut();
    vary_by_origin(headers);
    // A response is for one person: no cache may store it and give it to another.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    if let Some(origin) = allowed {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        // Medusa's SDK may send cookies along (`auth.type: "session"`). The browser withholds the
        // response unless they are allowed; no code here reads one.
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_HEADERS));
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    tracing::info!(
        request.id = id,
        http.method = %method,
        http.route = route.get().map_or("-", String::as_str),
        http.status = response.status().as_u16(),
        duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "request"
    );
    response
}

/// Remembers the matched route for the log line: its pattern, never the path, which contains ids.
pub(crate) async fn note_route(request: Request, next: Next) -> Response {
    if let (Some(route), Some(path)) =
        (request.extensions().get::<Route>(), request.extensions().get::<MatchedPath>())
    {
        let _ = route.0.set(path.as_str().to_owned());
    }
    next.run(request).await
}

/// The response to an unknown path, and to a known one with the wrong method.
pub(crate) async fn no_route() -> ApiError {
    Refusal::NoRoute.into()
}

#[derive(Clone)]
struct Route(std::sync::Arc<std::sync::OnceLock<String>>);

/// The response to a preflight. An origin that is not allowed gets no permissions.
fn preflight(is_allowed: bool, request: &HeaderMap) -> Response {
    let vary = (VARY, HeaderValue::from_static("access-control-request-headers"));
    if !is_allowed {
        return (StatusCode::NO_CONTENT, [vary]).into_response();
    }
    let headers = [
        vary,
        (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(ALLOWED_METHODS)),
        (ACCESS_CONTROL_ALLOW_HEADERS, echoed(request)),
        (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(PREFLIGHT_KEPT)),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// The header names that a preflight asks for, repeated as Medusa does: clients send headers of
/// their own, and each release of Medusa's SDK may add one. Invalid names are left out.
fn echoed(request: &HeaderMap) -> HeaderValue {
    let asked = request
        .get_all(ACCESS_CONTROL_REQUEST_HEADERS)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    let asked = asked.collect::<Vec<_>>().join(",");
    let mut names = String::new();
    for name in asked.split(',').map(str::trim) {
        let is_name = HeaderName::try_from(name).is_ok();
        if is_name && names.len() + name.len() < MAX_ECHOED_BYTES {
            names.push_str(if names.is_empty() { "" } else { "," });
            names.push_str(name);
        }
    }
    let names = HeaderValue::try_from(names).ok().filter(|names| !names.is_empty());
    names.unwrap_or(HeaderValue::from_static(ALLOWED_HEADERS))
}

/// Adds `origin` to `Vary`, in the one header that is there: Lambda passes on one of each name.
fn vary_by_origin(headers: &mut HeaderMap) {
    let before = headers
        .get(VARY)
        .and_then(|value| value.to_str().ok())
        .map(|before| format!("{before}, origin"));
    let all = before.and_then(|all| HeaderValue::try_from(all).ok());
    headers.insert(VARY, all.unwrap_or(HeaderValue::from_static("origin")));
}

/// The response to `HEAD`: that to `GET`, with the body's length instead of the body.
fn without_body(mut response: Response) -> Response {
    let body = std::mem::take(response.body_mut());
    if let Some(length) = body.size_hint().exact().filter(|length| *length > 0) {
        response.headers_mut().entry(CONTENT_LENGTH).or_insert(HeaderValue::from(length));
    }
    response
}

impl AppState {
    /// Whether the page that sent this may read the response: its origin is allowed or our own, or
    /// no page sent it.
    pub fn allows_page(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(ORIGIN) else { return true };
        let Ok(origin) = origin.to_str() else { return false };
        let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let scheme = text(&HeaderName::from_static("x-forwarded-proto")).unwrap_or("https");
        let own = text(&HOST).is_some_and(|host| origin == format!("{scheme}://{host}"));
        own || self.config.allows_origin(origin)
    }
}

/// The gateway's request id, which its access log shows too.
fn request_id(request: &Request) -> String {
    match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => {
            context.request_id.clone().unwrap_or_default()
        }
        _ => String::new(),
    }
}
