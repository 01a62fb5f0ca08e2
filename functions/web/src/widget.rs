//! `GET /chat/widget.js`: what the storefront's script tag loads.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use http::{ApiError, AppState};

use crate::assets::{Kept, LAUNCHER, serve};

/// Answers the launcher. Its name never changes, so browsers ask whether it did. While the chat is
/// switched off it is an empty script: no button that leads nowhere, and no error on the shop's
/// page.
pub(crate) async fn widget(app: AppState, headers: HeaderMap) -> Result<Response, ApiError> {
    if app.config.enabled {
        return serve(LAUNCHER, &headers, Kept::Asked);
    }
    Ok(([(CONTENT_TYPE, "text/javascript; charset=utf-8")], "// The chat is switched off.\n")
        .into_response())
}
