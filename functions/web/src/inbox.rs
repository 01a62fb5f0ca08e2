//! `GET /app/chat`: the staff's inbox.

use app::{Config, origin_of};
use askama::Template;
use axum::http::HeaderName;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{Html, IntoResponse, Response};
use http::{ApiError, AppState};

use crate::assets::{RELOAD, STABLE, VERSION};

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// The page. Anyone may load it: it contains no data before its script has signed in.
#[derive(Template)]
#[template(path = "inbox.html")]
struct Inbox<'a> {
    assets: &'a str,
    reload: &'a str,
    shop: &'a str,
    medusa_url: &'a str,
    embed_origins: &'a str,
}

/// Returns the page. Its policy allows its own scripts, manifest and service worker only,
/// connections to the chat, to Medusa and to the bucket of files only, and frames in the configured
/// pages only.
pub(crate) async fn inbox(app: AppState) -> Result<Response, ApiError> {
    let config = &app.config;
    let page = Inbox {
        assets: &format!("/chat/assets/{VERSION}"),
        reload: &format!("/chat/assets/{STABLE}/{RELOAD}"),
        shop: &config.mail.shop,
        medusa_url: config.outside.medusa_url.as_deref().unwrap_or_default(),
        embed_origins: &config.embed_origins.join(" "),
    };
    let html = page.render().map_err(|_| ApiError::Defect("the inbox page cannot be rendered"))?;
    let headers = [
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, &policy(config)),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=()"),
    ];
    Ok((headers, Html(html)).into_response())
}

fn policy(config: &Config) -> String {
    let medusa = config.outside.medusa_url.as_deref().map(origin_of).unwrap_or_default();
    let sockets = origin_of(&config.sockets_url);
    let files =
        config.files.origin.as_deref().map(|origin| format!(" {origin}")).unwrap_or_default();
    let embedders = config.embed_origins.join(" ");
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; \
         connect-src 'self' {sockets} {medusa}{files}; frame-ancestors 'self' {embedders}; \
         base-uri 'none'; form-action 'none'; manifest-src 'self'; worker-src 'self'; \
         require-trusted-types-for 'script'; trusted-types chat"
    )
}
