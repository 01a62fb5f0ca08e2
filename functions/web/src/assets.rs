//! `GET /chat/assets/{version}/{file}`: what widget and inbox load, from memory and compressed.

use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE,
    ETAG, IF_NONE_MATCH, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use domain::Refusal;
use http::ApiError;
use rust_embed::RustEmbed;

/// The folder of the files as they are now: changes with any of them.
pub(crate) const VERSION: &str = env!("ASSETS_VERSION");
/// The folder of what has the same name in every build.
pub(crate) const STABLE: &str = "entry";
/// Loads the inbox's page anew if one of its files is gone.
pub(crate) const RELOAD: &str = "reload.js";
/// The widget's panel. In the stable folder it is [`ENTRY`], which leads to that of this build.
const PANEL: &str = "panel.js";
const ENTRY: &str = "entry.js";
/// What the storefront's script tag loads, at an address of its own.
pub(crate) const LAUNCHER: &str = "widget.js";
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// What the build has made of the folder `web`, each file plain, as gzip and as brotli.
#[derive(RustEmbed)]
#[folder = "$OUT_DIR/www"]
struct Files;

/// How long browsers and caches keep a file.
#[derive(Clone, Copy)]
pub(crate) enum Kept {
    /// For good: another content has another address.
    ForGood,
    /// They ask each time whether it changed.
    Asked,
}

/// Returns a file of this build. A file of another build is gone: a page from before a deployment
/// must not mix modules of two builds. The launcher then loads [`ENTRY`], and [`RELOAD`] the
/// inbox's page.
pub(crate) async fn asset(
    Path((version, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    match (version.as_str(), file.as_str()) {
        (STABLE, RELOAD) => serve(RELOAD, &headers, Kept::Asked),
        (STABLE, PANEL) => serve(ENTRY, &headers, Kept::Asked),
        (VERSION, RELOAD | LAUNCHER | ENTRY) => Err(Refusal::NoRoute.into()),
        (VERSION, file) => serve(file, &headers, Kept::ForGood),
        _ => Err(Refusal::NoRoute.into()),
    }
}

/// Answers a file in the form that the browser takes. Any page may load it: there is nothing in it
/// of anybody.
pub(crate) fn serve(name: &str, headers: &HeaderMap, kept: Kept) -> Result<Response, ApiError> {
    let kind = match name.rsplit_once('.') {
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        _ => return Err(Refusal::NoRoute.into()),
    };
    let (file, encoding) = [("br", ".br"), ("gzip", ".gz"), ("", "")]
        .into_iter()
        .filter(|(encoding, _)| encoding.is_empty() || accepted(headers, encoding))
        .find_map(|(encoding, suffix)| Some((Files::get(&format!("{name}{suffix}"))?, encoding)))
        .ok_or(Refusal::NoRoute)?;
    let etag = format!("\"{}\"", BASE64URL_NOPAD.encode(&file.metadata.sha256_hash()));
    let caching = match kept {
        Kept::ForGood => "public, max-age=31536000, immutable",
        Kept::Asked => "no-cache",
    };
    let is_known = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .any(|known| known.to_str().is_ok_and(|known| known.contains(&etag)));
    let always = [
        (CACHE_CONTROL, caching),
        (ETAG, &etag),
        (VARY, "accept-encoding"),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, always).into_response());
    }
    let about = [
        (CONTENT_TYPE, kind),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"),
    ];
    let mut response = (always, about, file.data.into_owned()).into_response();
    if !encoding.is_empty() {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Ok(response)
}

/// Whether the browser takes a file in this encoding.
fn accepted(headers: &HeaderMap, encoding: &str) -> bool {
    let all = headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    all.map(|one| one.split_once(';').unwrap_or((one, "")))
        .any(|(name, weight)| name.trim() == encoding && weight.trim() != "q=0")
}
