//! `GET` and `POST /chat/unsubscribe/{token}`: where the link in every mail leads. No login, and it works while the chat is off.
//!
//! Mail scanners follow links: so opening it only shows a button. The button, and mail clients with one click (RFC 8058), post.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{Html, IntoResponse, Response};
use domain::Refusal;
use runtime::{ApiError, App, Refusals};
use sha2::{Digest, Sha256};
use templates::{Page, Unsubscribe, unsubscribe_page};

/// Shows a page with a button that ends the mails. Changes nothing.
#[utoipa::path(
    get, path = "/chat/unsubscribe/{token}", tag = "mail", operation_id = "show_unsubscribe",
    params(("token" = String, Path, description = "From the link in a mail")),
    responses((status = 200, body = String, content_type = "text/html"), Refusals)
)]
pub async fn show(app: App, token: Result<Path<String>, axum::extract::rejection::PathRejection>) -> Result<Response, ApiError> {
    person(&app, token).await?;
    page(&app, Unsubscribe::Asked)
}

/// Ends the mails to whom the link was sent. Doing it again changes nothing. The body, `List-Unsubscribe=One-Click`, is not
/// looked at.
#[utoipa::path(
    post, path = "/chat/unsubscribe/{token}", tag = "mail", operation_id = "unsubscribe",
    params(("token" = String, Path, description = "From the link in a mail")),
    responses((status = 200, body = String, content_type = "text/html"), Refusals)
)]
pub async fn unsubscribe(app: App, token: Result<Path<String>, axum::extract::rejection::PathRejection>) -> Result<Response, ApiError> {
    let person = person(&app, token).await?;
    app.store.opt_out(&person, app.clock.now()).await?;
    page(&app, Unsubscribe::Done)
}

/// The digest of whom the link was sent to.
async fn person(app: &App, token: Result<Path<String>, axum::extract::rejection::PathRejection>) -> Result<String, ApiError> {
    let Ok(Path(token)) = token else { return Err(Refusal::BadLink.into()) };
    Ok(app.links.get(app.clock.now()).await?.read(&token).ok_or(Refusal::BadLink)?)
}

fn page(app: &App, state: Unsubscribe) -> Result<Response, ApiError> {
    let mail = &app.config.mail;
    let Page { html, style } =
        unsubscribe_page(mail.language, &mail.shop, state).map_err(|_| ApiError::Defect("a page that cannot be written"))?;
    let style = data_encoding::BASE64.encode(&Sha256::digest(style.as_bytes()));
    let policy = format!("default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
    let policy = HeaderValue::from_str(&policy).map_err(|_| ApiError::Defect("a policy that is no header"))?;
    let headers: [(HeaderName, HeaderValue); 3] = [
        (CONTENT_SECURITY_POLICY, policy),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    Ok((headers, Html(html)).into_response())
}
