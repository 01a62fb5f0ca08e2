//! `GET /chat/assets/{version}/{file}`: the files of widget and inbox, compressed and in memory.

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

/// The folder of this build's files: changes with any of them.
pub(crate) const VERSION: &str = env!("ASSETS_VERSION");
/// The folder of files whose paths never change.
pub(crate) const STABLE: &str = "entry";
/// Reloads the inbox's page if one of its files is gone.
pub(crate) const RELOAD: &str = "reload.js";
/// The widget's panel. In the stable folder it is [`ENTRY`], which imports the panel of this build.
const PANEL: &str = "panel.js";
const ENTRY: &str = "entry.js";
/// The inbox's service worker, which has a path of its own.
pub(crate) const WORKER: &str = "worker.js";
/// The storefront's script, which has a path of its own.
pub(crate) const LAUNCHER: &str = "widget.js";
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// The files that the build made from the folder `web`: each one plain, as gzip and as brotli.
#[derive(RustEmbed)]
#[folder = "$OUT_DIR/www"]
struct Files;

/// How browsers and caches keep a file.
#[derive(Clone, Copy)]
pub(crate) enum Caching {
    /// Without end: another content has another path.
    Immutable,
    /// They check each time whether it has changed.
    Revalidated,
}

/// Returns a file of this build. The files of other builds are gone: a page from before a
/// deployment must not mix modules of two builds. The launcher then loads [`ENTRY`], and [`RELOAD`]
/// reloads the inbox's page.
pub(crate) async fn asset(
    Path((version, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    match (version.as_str(), file.as_str()) {
        (STABLE, RELOAD) => serve(RELOAD, &headers, Caching::Revalidated),
        (STABLE, PANEL) => serve(ENTRY, &headers, Caching::Revalidated),
        (VERSION, RELOAD | LAUNCHER | ENTRY | WORKER) => Err(Refusal::NoRoute.into()),
        (VERSION, file) => serve(file, &headers, Caching::Immutable),
        _ => Err(Refusal::NoRoute.into()),
    }
}

/// Returns a file in the best encoding that the browser accepts. Pages of any origin may load it:
/// it contains no personal data.
pub(crate) fn serve(
    name: &str,
    headers: &HeaderMap,
    caching: Caching,
) -> Result<Response, ApiError> {
    let kind = match name.rsplit_once('.') {
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        _ => return Err(Refusal::NoRoute.into()),
    };
    let (file, encoding) = [("br", ".br"), ("gzip", ".gz"), ("", "")]
        .into_iter()
        .filter(|(encoding, _)| encoding.is_empty() || accepts(headers, encoding))
        .find_map(|(encoding, suffix)| Some((Files::get(&format!("{name}{suffix}"))?, encoding)))
        .ok_or(Refusal::NoRoute)?;
    let etag = format!("\"{}\"", BASE64URL_NOPAD.encode(&file.metadata.sha256_hash()));
    let cache_control = match caching {
        Caching::Immutable => "public, max-age=31536000, immutable",
        Caching::Revalidated => "no-cache",
    };
    let is_known = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .any(|known| known.to_str().is_ok_and(|known| known.contains(&etag)));
    let always = [
        (CACHE_CONTROL, cache_control),
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

/// Whether the browser accepts this encoding.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let all = headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    all.map(|one| one.split_once(';').unwrap_or((one, "")))
        .any(|(name, weight)| name.trim() == encoding && weight.trim() != "q=0")
}
