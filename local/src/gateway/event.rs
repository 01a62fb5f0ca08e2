//! The Lambda event that API Gateway makes of a request (payload format 2.0), and the HTTP response
//! that it makes of the function's.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use data_encoding::BASE64;
use domain::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::routes::{ROUTES, captures, most_specific, route_key};

/// A function's response to an event.
#[derive(Debug)]
pub struct FunctionResponse {
    /// The status.
    pub status: u16,
    /// The response as Lambda returns it to the gateway.
    pub payload: Value,
}

/// A request on its way to a function.
pub(super) struct Incoming<'a> {
    pub(super) method: &'a Method,
    pub(super) uri: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
    /// The client's address.
    pub(super) peer: &'a str,
    pub(super) at: Timestamp,
    pub(super) request_id: String,
}

impl Incoming<'_> {
    /// The event of this request.
    pub(super) fn event(&self) -> Value {
        let (raw_path, raw_query) = self.uri.split_once('?').unwrap_or((self.uri, ""));
        // An HTTP API passes the path decoded.
        let path = percent_decode_str(without_origin(raw_path)).decode_utf8_lossy().into_owned();
        let (route_key, captures) = match most_specific(ROUTES.map(|(path, _)| path), &path) {
            Some(route) => (route_key(route), captures(route, &path).unwrap_or_default()),
            None => ("$default".to_owned(), BTreeMap::new()),
        };
        let (headers, cookies) = self.headers_and_cookies();
        let query = joined(
            form_urlencoded::parse(raw_query.as_bytes())
                .map(|(name, value)| (name.into_owned(), value.into_owned())),
        );
        let text = is_text(self.headers).then(|| std::str::from_utf8(self.body).ok()).flatten();
        let mut event = json!({
            "version": "2.0", "routeKey": route_key, "rawPath": path, "rawQueryString": raw_query,
            "headers": headers,
            "requestContext": {
                "accountId": "000000000000", "apiId": "local", "domainName": headers.get("host"),
                "domainPrefix": "local",
                "http": {
                    "method": self.method.as_str(), "path": path, "protocol": "HTTP/1.1",
                    "sourceIp": self.peer,
                    "userAgent": headers.get("user-agent").cloned().unwrap_or_default(),
                },
                "requestId": self.request_id, "routeKey": route_key, "stage": "$default",
                "time": access_log_time(self.at), "timeEpoch": self.at.millis(),
            },
            "isBase64Encoded": text.is_none() && !self.body.is_empty(),
        });
        if !self.body.is_empty() {
            event["body"] =
                text.map_or_else(|| json!(BASE64.encode(self.body)), |text| json!(text));
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

    fn headers_and_cookies(&self) -> (BTreeMap<String, String>, Vec<String>) {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let (cookies, others): (Vec<_>, Vec<_>) =
            self.headers.iter().partition(|(name, _)| *name == header::COOKIE);
        let cookies = cookies
            .into_iter()
            .flat_map(|(_, value)| text(value).split("; ").map(str::to_owned).collect::<Vec<_>>())
            .collect();
        let others = others.into_iter().map(|(name, value)| (name.to_string(), text(value)));
        let mut headers = joined(others);
        headers.entry("x-forwarded-for".to_owned()).or_insert_with(|| self.peer.to_owned());
        headers.insert("x-forwarded-proto".to_owned(), "http".to_owned());
        (headers, cookies)
    }
}

impl FunctionResponse {
    pub(super) fn of(payload: Value) -> Self {
        let status = payload["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
        Self { status: status.unwrap_or(500), payload }
    }

    /// The HTTP response that the gateway sends.
    pub(super) fn into_http(self) -> Response<Body> {
        let payload = self.payload;
        let body = payload["body"].as_str().unwrap_or_default();
        let body = if payload["isBase64Encoded"] == json!(true) {
            BASE64.decode(body.as_bytes()).unwrap_or_default()
        } else {
            body.as_bytes().to_vec()
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_GATEWAY);
        let fields = |name: &str| payload[name].as_object().into_iter().flatten();
        let single = fields("headers").map(|(name, value)| (name, vec![value]));
        let multi = fields("multiValueHeaders")
            .map(|(name, values)| (name, values.as_array().into_iter().flatten().collect()));
        // A name in both keeps its several values.
        let headers: BTreeMap<&String, Vec<&Value>> = single.chain(multi).collect();
        for (name, value) in
            headers.into_iter().flat_map(|(name, all)| all.into_iter().map(move |it| (name, it)))
        {
            if let (Ok(name), Ok(value)) = (
                HeaderName::try_from(name),
                HeaderValue::from_str(value.as_str().unwrap_or_default()),
            ) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// A request target without scheme and host.
fn without_origin(target: &str) -> &str {
    let path = || {
        let rest = target.split_once("://")?.1;
        rest.find('/').and_then(|at| rest.get(at..))
    };
    path().unwrap_or(target)
}

/// Values by name; those of a repeated name are joined by a comma, as API Gateway does.
fn joined(pairs: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in pairs {
        all.entry(name).and_modify(|all| *all = format!("{all},{value}")).or_insert(value);
    }
    all
}

/// The time in the format of access logs.
fn access_log_time(at: Timestamp) -> String {
    let time = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    time.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string()
}

/// Whether the gateway passes the body as text. It passes any other body in base64.
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
