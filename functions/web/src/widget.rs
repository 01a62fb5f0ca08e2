//! `GET /chat/widget.js`: the storefront's script.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use http::{ApiError, AppState};

use crate::assets::{Caching, LAUNCHER, serve};

/// Returns the launcher, or an empty script while the chat is switched off: the shop's page then
/// has neither a useless button nor an error.
pub(crate) async fn widget(app: AppState, headers: HeaderMap) -> Result<Response, ApiError> {
    if app.config.enabled {
        return serve(LAUNCHER, &headers, Caching::Revalidated);
    }
    Ok(([(CONTENT_TYPE, "text/javascript; charset=utf-8")], "// The chat is switched off.\n")
        .into_response())
}
