//! Who may pass. The list of routes gives each route its guard, so it shows who may call what.
//!
//! A guard runs once the route is known. In the admin scope it checks the identity, then whether
//! the chat is on; in the store scope whether the chat is on, then the identity. Handlers get the
//! caller from [`crate::Identity`], which only a guard provides.

use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::MethodRouter;
use domain::{Principal, Refusal};

use crate::AppState;
use crate::body::MAX_BODY_BYTES;
use crate::error::ApiError;

/// Passes admins.
pub fn admin(routes: MethodRouter) -> MethodRouter {
    routes.route_layer(from_fn(admit_admin))
}

/// Passes customers and guests.
pub fn member(routes: MethodRouter) -> MethodRouter {
    routes.route_layer(from_fn(admit_member))
}

/// Passes every caller, known or not, while the chat is on.
pub fn public(routes: MethodRouter) -> MethodRouter {
    routes.route_layer(from_fn(admit_public))
}

/// Passes every caller, even while the chat is off.
pub fn always(routes: MethodRouter) -> MethodRouter {
    routes
}

async fn admit_admin(
    app: AppState,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let admin = app.admin(request.headers()).await?;
    check_enabled(&app)?;
    check_size(&request)?;
    request.extensions_mut().insert(admin);
    Ok(next.run(request).await)
}

async fn admit_member(
    app: AppState,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    check_enabled(&app)?;
    let member = app.member(request.headers()).await?;
    check_size(&request)?;
    let principal = member.session.principal.clone();
    request.extensions_mut().insert(member);
    let Principal::Guest(guest) = &principal else {
        return Ok(next.run(request).await);
    };
    // Concurrent with the handler, because it costs a round trip and nearly always admits the
    // guest. The handler can do no harm meanwhile: a claimed guest is member of no channel, and the
    // write that opens one refuses it.
    let writes = request.method() != Method::GET;
    let (live, response) = tokio::join!(app.store.guest_is_live(guest), next.run(request));
    // A claim may commit between that check and the handler's read: then the guest's own channel is
    // not found. A second check gives the client the right reason: its secret is dead, its channel
    // is not.
    let live = if matches!(live, Ok(true)) && response.status() == StatusCode::NOT_FOUND {
        app.store.guest_is_live(guest).await
    } else {
        live
    };
    match live {
        Ok(true) => Ok(response),
        Ok(false) => Err(Refusal::Unauthorized.into()),
        // The write was done by a member; an error now would make the client write it twice.
        Err(_) if writes && response.status().is_success() => Ok(response),
        Err(error) => Err(error.into()),
    }
}

async fn admit_public(app: AppState, request: Request, next: Next) -> Result<Response, ApiError> {
    check_enabled(&app)?;
    check_size(&request)?;
    Ok(next.run(request).await)
}

fn check_enabled(app: &AppState) -> Result<(), Refusal> {
    if app.config.enabled { Ok(()) } else { Err(Refusal::Disabled) }
}

/// Refuses a body above the limit, even one that no handler reads.
fn check_size(request: &Request) -> Result<(), Refusal> {
    let size = request.body().size_hint().lower();
    if size > MAX_BODY_BYTES as u64 { Err(Refusal::TooLarge) } else { Ok(()) }
}
