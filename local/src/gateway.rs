//! API Gateway's HTTP API on one machine, as strict as the real one: each request becomes an event
//! of payload format 2.0, goes through Lambda's own parsing into the function's handler, and the
//! handler's answer comes back the same way.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use app::Clock;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use axum::response::IntoResponse;
use data_encoding::BASE64;
use domain::Timestamp;
use futures_util::FutureExt;
use http::{AppState, HttpService, http_service};
use lambda_http::{Adapter, LambdaEvent};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tower::ServiceExt;

/// Largest payload of an HTTP API.
const MAX_PAYLOAD: usize = 10 * 1024 * 1024;
/// Largest event of a synchronous Lambda call.
const MAX_EVENT: usize = 6 * 1024 * 1024;
/// Longest wait for a function.
const TIMEOUT: Duration = Duration::from_secs(29);

/// The functions that answer HTTP, by their names in `template.yaml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpFunction {
    /// `StoreFunction`
    Store,
    /// `AdminFunction`
    Admin,
    /// `WebFunction`
    Web,
}

/// The routes of `template.yaml`, each for every method: a group of paths, and the function that
/// answers them. The router inside the function knows the paths and methods themselves.
pub const ROUTES: [(&str, HttpFunction); 8] = [
    ("/store/chat/{proxy+}", HttpFunction::Store),
    ("/chat/unsubscribe/{proxy+}", HttpFunction::Store),
    ("/health", HttpFunction::Store),
    ("/admin/chat/{proxy+}", HttpFunction::Admin),
    ("/app/chat", HttpFunction::Web),
    ("/app/chat/{proxy+}", HttpFunction::Web),
    ("/chat/{file}", HttpFunction::Web),
    ("/chat/assets/{proxy+}", HttpFunction::Web),
];

/// The function of the route `$default`, which takes what no other route matches.
pub const DEFAULT: HttpFunction = HttpFunction::Store;

/// The gateway and the functions behind it. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    functions: Arc<[HttpService; 3]>,
    clock: Clock,
    requests: Arc<AtomicU64>,
}

/// A function's answer to an event.
#[derive(Debug)]
pub struct Called {
    /// The status.
    pub status: u16,
    /// The answer as Lambda gives it to the gateway.
    pub answer: Value,
}

impl Gateway {
    /// A gateway in front of this application's functions.
    pub fn new(app: &AppState) -> Self {
        let [store, admin, web] = [
            store_routes::routes(Router::new()),
            admin_routes::routes(Router::new()),
            web::routes(),
        ]
        .map(|routes| http_service(routes, app.clone()));
        Self {
            functions: Arc::new([store, admin, web]),
            clock: app.clock.clone(),
            requests: Arc::default(),
        }
    }

    fn function(&self, which: HttpFunction) -> &HttpService {
        let [store, admin, web] = &*self.functions;
        match which {
            HttpFunction::Store => store,
            HttpFunction::Admin => admin,
            HttpFunction::Web => web,
        }
    }

    /// A router that hands every request to the gateway.
    pub(crate) fn into_router(self) -> Router {
        Router::new().fallback(
            move |ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request| {
                let gateway = self.clone();
                async move { gateway.receive(peer, request).await }
            },
        )
    }

    async fn receive(&self, peer: SocketAddr, request: Request) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let Ok(body) = to_bytes(body, MAX_PAYLOAD).await else {
            return own_answer(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        };
        self.answer(
            parts.method,
            &parts.uri.to_string(),
            &parts.headers,
            body,
            &peer.ip().to_string(),
        )
        .await
    }

    /// Answers one request.
    pub async fn answer(
        &self,
        method: Method,
        uri: &str,
        headers: &HeaderMap,
        body: Bytes,
        peer: &str,
    ) -> Response<Body> {
        let event = self.event(&method, uri, headers, &body, peer, self.clock.now());
        if event.to_string().len() > MAX_EVENT {
            return own_answer(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        }
        match tokio::time::timeout(TIMEOUT, self.call(event)).await {
            Err(_) => own_answer(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
            Ok(Err(error)) => {
                tracing::error!("a function failed: {error:#}");
                own_answer(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }
            Ok(Ok(called)) => http_answer(&called),
        }
    }

    /// Calls the function that an event's route leads to, through Lambda's own parsing.
    pub async fn call(&self, event: Value) -> anyhow::Result<Called> {
        let key = event["routeKey"].as_str().unwrap_or_default();
        let function = ROUTES
            .iter()
            .find(|(path, _)| route_key(path) == key)
            .map_or(DEFAULT, |(_, function)| *function);
        let function = self.function(function);
        let request: lambda_http::request::LambdaRequest = serde_json::from_value(event)?;
        let call = Adapter::from(function.clone())
            .oneshot(LambdaEvent::new(request, lambda_runtime::Context::default()));
        // Lambda's parsing panics on a host or path that no gateway would let through.
        let answer = std::panic::AssertUnwindSafe(call)
            .catch_unwind()
            .await
            .map_err(|_| anyhow::anyhow!("the event cannot be read"))?;
        let answer = match answer {
            Ok(answer) => serde_json::to_value(answer)?,
            Err(never) => match never {},
        };
        let status = answer["statusCode"]
            .as_u64()
            .and_then(|status| u16::try_from(status).ok())
            .unwrap_or(500);
        Ok(Called { status, answer })
    }

    /// The event of a request that arrives at `now` from `peer`, as API Gateway makes it.
    pub fn event(
        &self,
        method: &Method,
        uri: &str,
        headers: &HeaderMap,
        body: &[u8],
        peer: &str,
        now: Timestamp,
    ) -> Value {
        let (raw_path, raw_query) = uri.split_once('?').unwrap_or((uri, ""));
        let raw_path = raw_path
            .find("://")
            .and_then(|at| {
                raw_path.get(at + 3..)?.find('/').and_then(|slash| raw_path.get(at + 3 + slash..))
            })
            .unwrap_or(raw_path);
        // An HTTP API hands over the path decoded.
        let path = percent_decode_str(raw_path).decode_utf8_lossy().into_owned();
        let (route_key, captures) = match most_specific(ROUTES.map(|(path, _)| path), &path) {
            Some(route) => (route_key(route), captures(route, &path).unwrap_or_default()),
            None => ("$default".to_owned(), BTreeMap::new()),
        };
        let mut joined: BTreeMap<String, String> = BTreeMap::new();
        let mut cookies: Vec<String> = Vec::new();
        for (name, value) in headers {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            if name == header::COOKIE {
                cookies.extend(value.split("; ").map(str::to_owned));
            } else {
                // Repeated headers come as one, joined by a comma.
                joined
                    .entry(name.as_str().to_owned())
                    .and_modify(|all| *all = format!("{all},{value}"))
                    .or_insert(value);
            }
        }
        joined.entry("x-forwarded-for".to_owned()).or_insert_with(|| peer.to_owned());
        joined.insert("x-forwarded-proto".to_owned(), "http".to_owned());
        let mut query: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(raw_query.as_bytes()) {
            query
                .entry(name.into_owned())
                .and_modify(|all| *all = format!("{all},{value}"))
                .or_insert(value.into_owned());
        }
        let as_text = is_text(headers).then(|| std::str::from_utf8(body).ok()).flatten();
        let (text, encoded) =
            as_text.map_or_else(|| (BASE64.encode(body), true), |text| (text.to_owned(), false));
        let id = format!("local-{:08}", self.requests.fetch_add(1, Ordering::Relaxed));
        let mut event = json!({
            "version": "2.0", "routeKey": route_key, "rawPath": path, "rawQueryString": raw_query, "headers": joined,
            "requestContext": {
                "accountId": "000000000000", "apiId": "local", "domainName": joined.get("host"), "domainPrefix": "local",
                "http": { "method": method.as_str(), "path": path, "protocol": "HTTP/1.1", "sourceIp": peer, "userAgent": joined.get("user-agent").cloned().unwrap_or_default() },
                "requestId": id, "routeKey": route_key, "stage": "$default", "time": log_time(now), "timeEpoch": now.millis(),
            },
            "isBase64Encoded": encoded && !body.is_empty(),
        });
        if !body.is_empty() {
            event["body"] = json!(text);
        }
        if !cookies.is_empty() {
            event["cookies"] = json!(cookies);
        }
        if !query.is_empty() {
            event["queryStringParameters"] = json!(query);
        }
        if !captures.is_empty() {
            event["pathParameters"] = json!(captures);
        }
        event
    }
}

/// The paths that the functions' own routers know.
pub fn paths() -> Vec<(HttpFunction, String)> {
    let none = utoipa::openapi::OpenApi::default;
    let [store, admin] = [store_routes::routes(none()), admin_routes::routes(none())]
        .map(|document| document.paths.paths.into_keys());
    let store = store.map(|path| (HttpFunction::Store, path));
    let admin = admin.map(|path| (HttpFunction::Admin, path));
    let web = web::PATHS.iter().map(|path| (HttpFunction::Web, (*path).to_owned()));
    store.chain(admin).chain(web).collect()
}

/// A route's key, as events carry it.
fn route_key(route: &str) -> String {
    format!("ANY {route}")
}

/// The route that API Gateway chooses among these for a path: one without a greedy variable before
/// one with it, then the one with more literal segments.
pub fn most_specific<'a>(routes: impl IntoIterator<Item = &'a str>, path: &str) -> Option<&'a str> {
    let rank = |route: &&str| {
        let literal = route.split('/').filter(|segment| !segment.starts_with('{')).count();
        (!route.ends_with("+}"), literal)
    };
    routes.into_iter().filter(|route| captures(route, path).is_some()).max_by_key(rank)
}

/// The path parameters, if this route matches the path: `{name}` takes one segment, `{name+}` all
/// that are left, at least one.
fn captures(route: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let (mut captures, mut rest) = (BTreeMap::new(), Some(path));
    for wanted in route.split('/') {
        let left = rest?;
        let variable = wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
        if let Some(name) = variable.and_then(|name| name.strip_suffix('+')) {
            captures.insert(name.to_owned(), left.to_owned());
            return (!left.is_empty()).then_some(captures);
        }
        let (found, after) =
            left.split_once('/').map_or((left, None), |(found, after)| (found, Some(after)));
        match variable {
            Some(name) if !found.is_empty() => {
                captures.insert(name.to_owned(), found.to_owned());
            }
            None if wanted == found => {}
            _ => return None,
        }
        rest = after;
    }
    rest.is_none().then_some(captures)
}

/// The time as access logs write it.
fn log_time(now: Timestamp) -> String {
    let time = jiff::Timestamp::from_millisecond(now.millis()).unwrap_or_default();
    time.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string()
}

/// Whether the gateway hands the body over as text: everything else comes in base64.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or("application/json");
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("text/")
        || matches!(
            kind.as_str(),
            "application/json" | "application/javascript" | "application/xml"
        )
}

/// Turns Lambda's answer into HTTP.
fn http_answer(called: &Called) -> Response<Body> {
    let answer = &called.answer;
    let body = answer["body"].as_str().unwrap_or_default();
    let body = if answer["isBase64Encoded"] == json!(true) {
        BASE64.decode(body.as_bytes()).unwrap_or_default()
    } else {
        body.as_bytes().to_vec()
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(called.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let single = answer["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name, vec![value]));
    let multi = answer["multiValueHeaders"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, values)| (name, values.as_array().into_iter().flatten().collect()));
    let mut headers: BTreeMap<&String, Vec<&Value>> = single.collect();
    headers.extend(multi);
    for (name, values) in headers {
        for value in values {
            if let (Ok(name), Ok(value)) = (
                HeaderName::try_from(name),
                HeaderValue::from_str(value.as_str().unwrap_or_default()),
            ) {
                response.headers_mut().append(name, value);
            }
        }
    }
    response
}

/// What the gateway says by itself.
fn own_answer(status: StatusCode, message: &str) -> Response<Body> {
    (status, axum::Json(json!({ "message": message }))).into_response()
}

#[cfg(test)]
mod tests {
    use super::{ROUTES, captures, most_specific};

    #[test]
    fn the_most_specific_route_wins() {
        for (path, route) in [
            ("/health", Some("/health")),
            ("/health/", None),
            ("/store/chat/channels", Some("/store/chat/{proxy+}")),
            ("/store/chat/channels/a:b:c/read", Some("/store/chat/{proxy+}")),
            ("/store/chat", None),
            ("/store/chat/", None),
            ("/store/chats/x", None),
            ("/app/chat", Some("/app/chat")),
            ("/app/chat/x/y", Some("/app/chat/{proxy+}")),
            ("/chat/widget.js", Some("/chat/{file}")),
            ("/chat/unsubscribe", Some("/chat/{file}")),
            ("/chat/unsubscribe/t", Some("/chat/unsubscribe/{proxy+}")),
            ("/chat/assets/v/a.js", Some("/chat/assets/{proxy+}")),
            ("/chat/other/a.js", None),
            ("/chat/", None),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(most_specific(ROUTES.map(|(path, _)| path), path), route, "{path}");
        }
        let all = ["/{proxy+}", "/a/{proxy+}", "/a/{x}/c", "/a/b/{proxy+}", "/{x}/b/c", "/a/b/c"];
        assert_eq!(most_specific(all, "/a/b/c"), Some("/a/b/c"));
        assert_eq!(most_specific(all, "/a/b/d"), Some("/a/b/{proxy+}"));
        assert_eq!(
            most_specific(all, "/a/d/c"),
            Some("/a/{x}/c"),
            "a whole match before a greedy one"
        );
        assert_eq!(
            captures("/a/{x}/{proxy+}", "/a/b/c/d").unwrap().into_iter().collect::<Vec<_>>(),
            [("proxy".to_owned(), "c/d".to_owned()), ("x".to_owned(), "b".to_owned())]
        );
    }
}
