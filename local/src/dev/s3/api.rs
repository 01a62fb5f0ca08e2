//! The requests of S3 that browsers and functions make. Others are refused as not implemented.

use std::fmt::Write as _;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH,
    CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LAST_MODIFIED, ORIGIN, RANGE, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use data_encoding::HEXLOWER;
use domain::Timestamp;
use percent_encoding::percent_decode_str;
use sha2::{Digest as _, Sha256};

use super::objects::Object;
use super::signature::{self, parameters};
use super::{BUCKET, Bucket};
use crate::dev::html::escape;

/// Longest object here, in bytes. S3 takes 5 GB.
const MAX_OBJECT: usize = 100 * 1024 * 1024;
/// Longest key, in bytes.
const MAX_KEY: usize = 1_024;
/// Most keys of a page.
const MAX_KEYS: usize = 1_000;
/// The bucket's CORS rule, without its origins.
pub struct Cors {
    /// The allowed methods.
    pub methods: [&'static str; 2],
    /// The headers that a preflight may name.
    pub headers: [&'static str; 3],
    /// How long a browser may remember a preflight, in seconds.
    pub max_age_s: u32,
}

/// The rule of `template.yaml`.
pub const CORS: Cors = Cors {
    methods: ["GET", "PUT"],
    headers: ["content-type", "if-none-match", "x-amz-tagging"],
    max_age_s: 3_600,
};

/// An error response.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    pub(super) code: &'static str,
    message: String,
}

impl Refused {
    pub(super) fn forbidden(code: &'static str, message: &str) -> Self {
        Self { status: StatusCode::FORBIDDEN, code, message: message.to_owned() }
    }

    pub(super) fn denied(message: &str) -> Self {
        Self::forbidden("AccessDenied", message)
    }

    pub(super) fn bad(code: &'static str, message: &str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, message: message.to_owned() }
    }

    fn no_such_key() -> Self {
        let message = "The specified key does not exist.".to_owned();
        Self { status: StatusCode::NOT_FOUND, code: "NoSuchKey", message }
    }

    fn not_implemented() -> Self {
        let message = "A header or query you provided implies functionality that is not \
                       implemented."
            .to_owned();
        Self { status: StatusCode::NOT_IMPLEMENTED, code: "NotImplemented", message }
    }
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self { status, code: "InternalError", message: error.to_string() }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (code, message) = (self.code, escape(&self.message));
        (
            self.status,
            xml(&format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>")),
        )
            .into_response()
    }
}

/// Routes of the bucket.
pub(crate) fn router(bucket: Bucket) -> Router {
    Router::new()
        .route("/dev/s3/{bucket}", any(handle))
        .route("/dev/s3/{bucket}/", any(handle))
        .route("/dev/s3/{bucket}/{*key}", any(handle))
        .with_state(bucket)
}

async fn handle(State(bucket): State<Bucket>, request: Request) -> Response {
    let headers = request.headers();
    let origin = headers.get(ORIGIN).cloned();
    let is_preflight = request.method() == Method::OPTIONS;
    let method = if is_preflight {
        let asked = headers.get(ACCESS_CONTROL_REQUEST_METHOD).map(HeaderValue::as_bytes);
        Method::from_bytes(asked.unwrap_or_default()).unwrap_or(Method::OPTIONS)
    } else {
        request.method().clone()
    };
    let cors = bucket.cors(origin.as_ref(), &method);
    let mut response = if is_preflight {
        preflight(headers, cors.is_some()).into_response()
    } else {
        match bucket.answer(request).await {
            Ok(response) => response,
            Err(refused) => refused.into_response(),
        }
    };
    if let Some(allowed) = cors.filter(|_| !is_preflight || response.status() == StatusCode::OK) {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, PUT"));
        headers.insert(
            VARY,
            HeaderValue::from_static(
                "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
            ),
        );
    }
    response
}

/// The response to `OPTIONS`, before the headers that every response has.
fn preflight(headers: &HeaderMap, is_allowed: bool) -> Result<Response, Refused> {
    if !headers.contains_key(ORIGIN) {
        return Err(Refused::bad(
            "BadRequest",
            "Insufficient information. Origin request header needed.",
        ));
    }
    let asked = headers.get(ACCESS_CONTROL_REQUEST_HEADERS);
    let asked = asked.and_then(|list| list.to_str().ok()).unwrap_or_default().to_lowercase();
    let mut names = asked.split(',').map(str::trim).filter(|name| !name.is_empty());
    if !is_allowed || !names.all(|name| CORS.headers.contains(&name)) {
        return Err(Refused::forbidden(
            "AccessForbidden",
            "CORSResponse: This CORS request is not allowed. This is usually because the \
             evalution of Origin, request method / Access-Control-Request-Method or \
             Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
        ));
    }
    let headers = [
        (ACCESS_CONTROL_ALLOW_HEADERS, asked),
        (ACCESS_CONTROL_MAX_AGE, CORS.max_age_s.to_string()),
    ];
    Ok(headers.into_response())
}

impl Bucket {
    /// The value of `Access-Control-Allow-Origin`, if the CORS rule covers this request.
    fn cors(&self, origin: Option<&HeaderValue>, method: &Method) -> Option<HeaderValue> {
        let origin = origin.filter(|_| CORS.methods.contains(&method.as_str()))?;
        match &self.0.origins {
            None => Some(HeaderValue::from_static("*")),
            Some(origins) => {
                origins.iter().any(|allowed| *origin == allowed.as_str()).then(|| origin.clone())
            }
        }
    }

    async fn answer(&self, request: Request) -> Result<Response, Refused> {
        let (head, body) = request.into_parts();
        let now = self.0.clock.now();
        signature::check(&head.method, &head.uri, &head.headers, &self.0.credentials, now)?;
        let path = head.uri.path().strip_prefix("/dev/s3/").unwrap_or_default();
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        if bucket != BUCKET {
            let message = "The specified bucket does not exist".to_owned();
            return Err(Refused { status: StatusCode::NOT_FOUND, code: "NoSuchBucket", message });
        }
        let key = percent_decode_str(key).decode_utf8();
        let key =
            key.map_err(|_| Refused::bad("InvalidURI", "Couldn't parse the specified URI."))?;
        if key.len() > MAX_KEY {
            return Err(Refused::bad("KeyTooLongError", "Your key is too long"));
        }
        let mut query = parameters(&head.uri);
        query.retain(|(name, _)| !name.starts_with("X-Amz-") && name != "x-id");
        let is_about_tags = query == [("tagging".to_owned(), String::new())];
        match (head.method.as_str(), key.is_empty()) {
            ("GET", true) => self.list(&query),
            ("GET" | "HEAD", false) if !is_about_tags => self.get(&key, &query, &head.headers),
            ("GET", false) => self.tags(&key),
            ("DELETE", false) if is_about_tags => {
                let mut objects = self.objects();
                objects.get(&key).ok_or_else(Refused::no_such_key)?;
                objects.remove_tags(&key)?;
                Ok(StatusCode::NO_CONTENT.into_response())
            }
            ("DELETE", false) if query.is_empty() => {
                self.objects().delete(&key)?;
                Ok(StatusCode::NO_CONTENT.into_response())
            }
            ("PUT", false) if query.is_empty() => self.put(&key, &head.headers, body, now).await,
            _ => Err(Refused::not_implemented()),
        }
    }

    async fn put(
        &self,
        key: &str,
        headers: &HeaderMap,
        body: Body,
        now: Timestamp,
    ) -> Result<Response, Refused> {
        if !headers.contains_key(CONTENT_LENGTH) {
            let message = "You must provide the Content-Length HTTP header.".to_owned();
            let status = StatusCode::LENGTH_REQUIRED;
            return Err(Refused { status, code: "MissingContentLength", message });
        }
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let tags = text(HeaderName::from_static("x-amz-tagging")).unwrap_or_default();
        let tags: Vec<_> = form_urlencoded::parse(tags.as_bytes()).into_owned().collect();
        let condition = text(IF_NONE_MATCH);
        if tags.len() > 10 || condition.is_some_and(|condition| condition != "*") {
            return Err(Refused::not_implemented());
        }
        let content = to_bytes(body, MAX_OBJECT).await.map_err(|_| {
            let message = "You did not provide the number of bytes specified by the \
                           Content-Length HTTP header";
            Refused::bad("IncompleteBody", message)
        })?;
        let etag = HEXLOWER.encode(Sha256::digest(&content).get(..16).unwrap_or_default());
        let object = Object {
            key: key.to_owned(),
            content_type: text(CONTENT_TYPE).unwrap_or("binary/octet-stream").to_owned(),
            tags,
            etag: format!("\"{etag}\""),
            size: content.len() as u64,
            modified: now,
        };
        let mut objects = self.objects();
        if condition.is_some() && objects.get(key).is_some() {
            let message = "At least one of the pre-conditions you specified did not hold";
            let status = StatusCode::PRECONDITION_FAILED;
            return Err(Refused {
                status,
                code: "PreconditionFailed",
                message: message.to_owned(),
            });
        }
        let etag = object.etag.clone();
        objects.put(object, content)?;
        Ok([
            (ETAG, etag),
            (HeaderName::from_static("x-amz-server-side-encryption"), "AES256".into()),
        ]
        .into_response())
    }

    fn get(
        &self,
        key: &str,
        query: &[(String, String)],
        headers: &HeaderMap,
    ) -> Result<Response, Refused> {
        let mut response = Response::new(Body::empty());
        let (object, content) = {
            let objects = self.objects();
            let object = objects.get(key).ok_or_else(Refused::no_such_key)?;
            (object.clone(), objects.content(key)?)
        };
        let set = |response: &mut Response, name, value: &str| {
            let value = HeaderValue::from_bytes(value.as_bytes());
            let value = value.map_err(|_| {
                Refused::bad("InvalidArgument", "Header value cannot be represented")
            })?;
            response.headers_mut().insert(name, value);
            Ok::<_, Refused>(())
        };
        set(&mut response, ACCEPT_RANGES, "bytes")?;
        set(&mut response, ETAG, &object.etag)?;
        set(&mut response, LAST_MODIFIED, &http_date(object.modified))?;
        set(&mut response, CONTENT_TYPE, &object.content_type)?;
        set(&mut response, HeaderName::from_static("x-amz-server-side-encryption"), "AES256")?;
        for (name, value) in query {
            let name = match name.as_str() {
                "response-content-type" => CONTENT_TYPE,
                "response-content-disposition" => CONTENT_DISPOSITION,
                "response-cache-control" => CACHE_CONTROL,
                _ => return Err(Refused::not_implemented()),
            };
            set(&mut response, name, value)?;
        }
        if headers.get(IF_NONE_MATCH).is_some_and(|etag| *etag == object.etag.as_str()) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return Ok(response);
        }
        let range = headers.get(RANGE).and_then(|range| range.to_str().ok()).unwrap_or_default();
        let part = match part_of(range, content.len()) {
            Part::Whole => content,
            Part::Some(start, end) => {
                let value = format!("bytes {start}-{}/{}", end - 1, content.len());
                set(&mut response, CONTENT_RANGE, &value)?;
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                content.slice(start..end)
            }
            Part::None => {
                let status = StatusCode::RANGE_NOT_SATISFIABLE;
                let message = "The requested range is not satisfiable".to_owned();
                return Err(Refused { status, code: "InvalidRange", message });
            }
        };
        set(&mut response, CONTENT_LENGTH, &part.len().to_string())?;
        *response.body_mut() = Body::from(part);
        Ok(response)
    }

    fn tags(&self, key: &str) -> Result<Response, Refused> {
        let objects = self.objects();
        let object = objects.get(key).ok_or_else(Refused::no_such_key)?;
        let mut tags = String::new();
        for (name, value) in &object.tags {
            let (name, value) = (escape(name), escape(value));
            let _ = write!(tags, "<Tag><Key>{name}</Key><Value>{value}</Value></Tag>");
        }
        Ok(xml(&format!("<Tagging><TagSet>{tags}</TagSet></Tagging>")))
    }

    /// `ListObjectsV2`. A continuation token is the last key of the page before.
    fn list(&self, query: &[(String, String)]) -> Result<Response, Refused> {
        let (mut prefix, mut after, mut most, mut is_second) = ("", "", MAX_KEYS, false);
        for (name, value) in query {
            match name.as_str() {
                "list-type" => is_second = value == "2",
                "prefix" => prefix = value,
                "start-after" => after = after.max(value),
                "continuation-token" => after = value,
                "max-keys" => {
                    let wrong = |_| {
                        Refused::bad(
                            "InvalidArgument",
                            "Provided max-keys not an integer or within integer range",
                        )
                    };
                    most = value.parse::<usize>().map_err(wrong)?.min(MAX_KEYS);
                }
                _ => return Err(Refused::not_implemented()),
            }
        }
        if !is_second {
            return Err(Refused::not_implemented());
        }
        let objects = self.objects();
        let mut found = objects
            .all()
            .filter(|object| object.key.starts_with(prefix) && object.key.as_str() > after)
            .peekable();
        let (mut contents, mut count, mut last) = (String::new(), 0, "");
        while let Some(object) = found.next_if(|_| count < most) {
            let _ = write!(
                contents,
                "<Contents><Key>{}</Key><LastModified>{}</LastModified><ETag>{}</ETag>\
                 <Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
                escape(&object.key),
                object.modified,
                escape(&object.etag),
                object.size
            );
            count += 1;
            last = &object.key;
        }
        let is_truncated = count > 0 && found.peek().is_some();
        let next = is_truncated
            .then(|| format!("<NextContinuationToken>{}</NextContinuationToken>", escape(last)));
        Ok(xml(&format!(
            "<ListBucketResult><Name>{BUCKET}</Name><Prefix>{}</Prefix><KeyCount>{count}</KeyCount>\
             <MaxKeys>{most}</MaxKeys><IsTruncated>{is_truncated}</IsTruncated>{contents}{}\
             </ListBucketResult>",
            escape(prefix),
            next.unwrap_or_default()
        )))
    }
}

fn xml(content: &str) -> Response {
    let all = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{content}");
    ([(CONTENT_TYPE, "application/xml")], all).into_response()
}

/// The part of a content that a `Range` header requests.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    /// From the first position to before the second.
    Some(usize, usize),
    /// It begins after the end.
    None,
}

/// S3 ignores a header that it cannot read, and one with several ranges.
pub(super) fn part_of(range: &str, length: usize) -> Part {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-'))
    else {
        return Part::Whole;
    };
    let (start, end) = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(start), Ok(last)) if start <= last => (start, last.saturating_add(1).min(length)),
        (Ok(start), Err(_)) if last.is_empty() => (start, length),
        (Err(_), Ok(count)) if first.is_empty() => (length.saturating_sub(count), length),
        _ => return Part::Whole,
    };
    if start < end { Part::Some(start, end) } else { Part::None }
}

/// A time as HTTP headers have it.
fn http_date(time: Timestamp) -> String {
    let time = jiff::Timestamp::from_millisecond(time.millis()).unwrap_or_default();
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
