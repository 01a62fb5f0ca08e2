//! End mails, or begin them again: where the link in a mail leads. It needs no login, and works
//! while the chat is off.
//!
//! Mail scanners follow links, so a `GET` only shows a button. The button, and mail clients with
//! one click (RFC 8058), post. After that the page has a second button, which posts the field
//! `subscribe=again`: no program that follows or posts links sends it.

use app::unsubscribe::digest_of_address;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{Html, IntoResponse, Response};
use domain::Refusal;
use http::{ApiError, AppState, Refusals};
use sha2::{Digest, Sha256};
use templates::{Page, Unsubscribe, unsubscribe_page};

/// Shows a page with a button that ends the mails, or begins them again where they were ended.
/// Changes nothing.
#[utoipa::path(
    get, path = "", tag = "mail", operation_id = "show_unsubscribe",
    params(("token" = String, Path, description = "From the link in a mail")),
    responses((status = 200, body = String, content_type = "text/html"), Refusals)
)]
pub async fn show_unsubscribe(
    app: AppState,
    token: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Result<Response, ApiError> {
    let person = person(&app, token).await?;
    let state = match () {
        () if is_inbox(&app, &person) => Unsubscribe::Inbox,
        () if app.store.has_opted_out(&person).await? => Unsubscribe::Ended,
        () => Unsubscribe::Asked,
    };
    page(&app, state)
}

/// Ends the mails to the person whose link it is, with any body; with `subscribe=again` begins them
/// again. A repeated call changes nothing, and links of the shop's inbox have no effect.
#[utoipa::path(
    post, path = "", tag = "mail", operation_id = "unsubscribe",
    params(("token" = String, Path, description = "From the link in a mail")),
    request_body(
        content = Option<String>, content_type = "application/x-www-form-urlencoded",
        description = "`List-Unsubscribe=One-Click`, anything or nothing: ends the mails. \
                       `subscribe=again`: begins them again."
    ),
    responses((status = 200, body = String, content_type = "text/html"), Refusals)
)]
pub async fn unsubscribe(
    app: AppState,
    token: Result<Path<String>, axum::extract::rejection::PathRejection>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let (person, now) = (person(&app, token).await?, app.clock.now());
    if is_inbox(&app, &person) {
        return page(&app, Unsubscribe::Inbox);
    }
    let has = |name: &str, value: &str| {
        form_urlencoded::parse(&body).any(|field| field.0 == name && field.1 == value)
    };
    if has("subscribe", "again") && !has("List-Unsubscribe", "One-Click") {
        app.store.opt_in(&person, now).await?;
        return page(&app, Unsubscribe::Resumed);
    }
    app.store.opt_out(&person, now).await?;
    page(&app, Unsubscribe::Done)
}

/// Whether this is the digest of the shop's inbox. Mails to it had links once.
fn is_inbox(app: &AppState, digest: &str) -> bool {
    app.config.mail.inbox.as_ref().is_some_and(|inbox| digest_of_address(inbox) == digest)
}

/// The digest of the person in the link.
async fn person(
    app: &AppState,
    token: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Result<String, ApiError> {
    let Ok(Path(token)) = token else { return Err(Refusal::BadLink.into()) };
    Ok(app.keys.get(app.clock.now()).await?.unsubscribe.read(&token).ok_or(Refusal::BadLink)?)
}

fn page(app: &AppState, state: Unsubscribe) -> Result<Response, ApiError> {
    let mail = &app.config.mail;
    let Page { html, style } = unsubscribe_page(mail.language, &mail.shop, state)
        .map_err(|_| ApiError::Defect("a page that cannot be written"))?;
    let style = data_encoding::BASE64.encode(&Sha256::digest(style.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    let policy = HeaderValue::from_str(&policy)
        .map_err(|_| ApiError::Defect("a policy that is no header"))?;
    let headers: [(HeaderName, HeaderValue); 3] = [
        (CONTENT_SECURITY_POLICY, policy),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    Ok((headers, Html(html)).into_response())
}
