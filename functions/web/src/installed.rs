//! What makes the inbox an app that can be installed: its manifest, its icons and its service
//! worker. Their paths never change, because installed inboxes keep them.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use domain::Refusal;
use http::{ApiError, AppState};
use serde_json::json;

use crate::assets::{Caching, WORKER, serve};

/// The page of the inbox, and what its service worker is for.
const SCOPE: &str = "/app/chat";
const SERVICE_WORKER_ALLOWED: HeaderName = HeaderName::from_static("service-worker-allowed");
/// The colour of the icons.
const COLOR: &str = "#2563eb";
const ICON_192: &[u8] = include_bytes!("../../../web/inbox/icon-192.png");
const ICON_512: &[u8] = include_bytes!("../../../web/inbox/icon-512.png");

/// Returns one of the files.
pub(crate) async fn file(
    app: AppState,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    match file.as_str() {
        // Outside the folder of the page's assets: a browser compares the worker with the one that
        // it has, byte by byte, under the same path.
        "sw.js" => {
            let mut response = serve(WORKER, &headers, Caching::Revalidated)?;
            response.headers_mut().insert(SERVICE_WORKER_ALLOWED, HeaderValue::from_static(SCOPE));
            Ok(response)
        }
        "manifest.webmanifest" => Ok(manifest(&app.config.mail.shop)),
        "icon-192.png" => Ok(icon(ICON_192)),
        "icon-512.png" => Ok(icon(ICON_512)),
        _ => Err(Refusal::NoRoute.into()),
    }
}

fn manifest(shop: &str) -> Response {
    let icons = ["192", "512"].map(|size| {
        json!({
            "src": format!("{SCOPE}/icon-{size}.png"), "sizes": format!("{size}x{size}"),
            "type": "image/png", "purpose": "any maskable",
        })
    });
    let manifest = json!({
        "id": SCOPE, "start_url": SCOPE, "scope": SCOPE, "display": "standalone",
        "name": format!("{shop} – Inbox"), "short_name": "Inbox",
        "theme_color": COLOR, "background_color": COLOR, "icons": icons,
    });
    let headers = [(CACHE_CONTROL, "no-cache"), (CONTENT_TYPE, "application/manifest+json")];
    (headers, [(X_CONTENT_TYPE_OPTIONS, "nosniff")], manifest.to_string()).into_response()
}

fn icon(bytes: &'static [u8]) -> Response {
    let headers = [(CACHE_CONTROL, "public, max-age=86400"), (CONTENT_TYPE, "image/png")];
    (headers, [(X_CONTENT_TYPE_OPTIONS, "nosniff")], bytes).into_response()
}
