//! Who may pass. The list of routes wraps each route in its guard, so it shows who may call what.
//!
//! A guard runs once the route is known, and in the contract's order: for the admin scope identity,
//! then the flag; for the store scope the flag, then identity. Handlers get the caller as [`Agent`]
//! or [`Visitor`], which only a guard provides.

use axum::body::HttpBody;
use axum::extract::{FromRequestParts, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use domain::{GuestSecret, Principal, Profile, Refusal};
use store::Session;

use crate::AppState;
use crate::error::ApiError;
use crate::request::MAX_BODY_BYTES;

/// The header that carries a guest's secret: the seed's name, and one that proxies which drop
/// underscores let through.
const GUEST_HEADERS: [&str; 2] = ["guest_id_for_live_chat", "x-guest-id-for-live-chat"];

/// An admin, authenticated.
#[derive(Clone, Debug)]
pub struct Agent(pub Principal);

/// A customer or guest, authenticated; a guest's secret still counts.
#[derive(Clone, Debug)]
pub struct Visitor(pub Principal);

/// What the caller's token says of them, beside who they are; nothing for guests and for Medusa's
/// own tokens.
#[derive(Clone, Debug, Default)]
pub struct TokenProfile(pub Profile);

/// Lets admins pass.
pub fn agent(routes: MethodRouter) -> MethodRouter {
    routes.route_layer(from_fn(admit_agent))
}

/// Lets customers and guests pass.
pub fn visitor(routes: MethodRouter) -> MethodRouter {
    routes.route_layer(from_fn(admit_visitor))
}

/// Lets everybody pass while the chat is on.
pub fn anybody(routes: MethodRouter) -> MethodRouter {
    routes.route_layer(from_fn(admit_anybody))
}

/// Lets everybody pass, always.
pub fn everybody(routes: MethodRouter) -> MethodRouter {
    routes
}

async fn admit_agent(
    app: AppState,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let (session, said) = app.admin(request.headers()).await?;
    app.is_enabled()?;
    fits(&request)?;
    request.extensions_mut().insert(Agent(session.principal.clone()));
    request.extensions_mut().insert(session);
    request.extensions_mut().insert(said);
    Ok(next.run(request).await)
}

async fn admit_visitor(
    app: AppState,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    app.is_enabled()?;
    let (session, said) = app.visitor(request.headers()).await?;
    fits(&request)?;
    let visitor = session.principal.clone();
    request.extensions_mut().insert(Visitor(visitor.clone()));
    request.extensions_mut().insert(session);
    request.extensions_mut().insert(said);
    let Principal::Guest(guest) = &visitor else {
        return Ok(next.run(request).await);
    };
    // Looked up beside the work and not before it, for it costs a round trip and nearly always says
    // yes. The work can do no harm meanwhile: a claimed guest is member of no channel, and opening
    // one is refused by the write itself.
    let writes = request.method() != Method::GET;
    let (live, response) = tokio::join!(app.store.guest_is_live(guest), next.run(request));
    // A claim may come after that look and before the work: then the guest's own channel is not
    // found. So a guest to whom something is not found is looked at again: the client must learn
    // that its secret is dead, not that its channel is gone.
    let live = if matches!(live, Ok(true)) && response.status() == StatusCode::NOT_FOUND {
        app.store.guest_is_live(guest).await
    } else {
        live
    };
    match live {
        Ok(true) => Ok(response),
        Ok(false) => Err(Refusal::Unauthorized.into()),
        // What was written was written as a member: refusing it now would make the client write it
        // twice.
        Err(_) if writes && response.status().is_success() => Ok(response),
        Err(error) => Err(error.into()),
    }
}

async fn admit_anybody(app: AppState, request: Request, next: Next) -> Result<Response, ApiError> {
    app.is_enabled()?;
    fits(&request)?;
    Ok(next.run(request).await)
}

/// Whether the body is within the limit, read or not.
fn fits(request: &Request) -> Result<(), Refusal> {
    let size = request.body().size_hint().lower();
    if size > MAX_BODY_BYTES as u64 { Err(Refusal::TooLarge) } else { Ok(()) }
}

impl AppState {
    fn is_enabled(&self) -> Result<(), Refusal> {
        if self.config.enabled { Ok(()) } else { Err(Refusal::Disabled) }
    }

    /// The admin or customer whose token this is, and what it says of them; nobody without a token,
    /// or with one that does not count. A customer who is called like the default admin key is
    /// nobody: the pair would be one id.
    async fn person(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<(Session, TokenProfile)>, ApiError> {
        let Some(token) = bearer(headers) else { return Ok(None) };
        let now = self.clock.now();
        let Some(actor) = self.verifier().get(now).await?.actor(token, now) else {
            return Ok(None);
        };
        let principal = match actor.kind.as_str() {
            "user" => Principal::Admin(actor.id),
            "customer" if actor.id != self.config.default_admin => Principal::Customer(actor.id),
            _ => return Ok(None),
        };
        Ok(Some((Session { principal, expires: Some(actor.expires) }, TokenProfile(actor.profile))))
    }

    /// The admin or customer whose token this is: how a server connects to the WebSocket API.
    pub async fn session_of_token(&self, headers: &HeaderMap) -> Result<Option<Session>, ApiError> {
        Ok(self.person(headers).await?.map(|(session, _)| session))
    }

    async fn admin(&self, headers: &HeaderMap) -> Result<(Session, TokenProfile), ApiError> {
        let admin = self
            .person(headers)
            .await?
            .filter(|(session, _)| matches!(session.principal, Principal::Admin(_)));
        Ok(admin.ok_or(Refusal::Unauthorized)?)
    }

    /// A valid customer's token wins; without one the guest's secret counts; without either nobody
    /// is calling.
    async fn visitor(&self, headers: &HeaderMap) -> Result<(Session, TokenProfile), ApiError> {
        let customer = self
            .person(headers)
            .await?
            .filter(|(session, _)| matches!(session.principal, Principal::Customer(_)));
        if let Some(customer) = customer {
            return Ok(customer);
        }
        let secret = guest_secret(headers)?.ok_or(Refusal::Unauthorized)?;
        Ok((
            Session { principal: Principal::Guest(secret.public_id()), expires: None },
            TokenProfile::default(),
        ))
    }
}

/// The guest's secret, if the header is there. Given twice, by both names, it must be the same.
pub(crate) fn guest_secret(headers: &HeaderMap) -> Result<Option<GuestSecret>, Refusal> {
    let mut values: Vec<_> = GUEST_HEADERS.iter().flat_map(|name| headers.get_all(*name)).collect();
    values.dedup();
    match values.as_slice() {
        [] => Ok(None),
        [one] => {
            one.to_str().ok().and_then(GuestSecret::parse).map(Some).ok_or(Refusal::InvalidGuest)
        }
        _ => Err(Refusal::InvalidGuest),
    }
}

/// The bearer token. API Gateway joins repeated headers by a comma, so a comma means more than one,
/// which is none.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().filter(|_| values.next().is_none())?.to_str().ok()?;
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.contains(',')).then_some(token)
}

impl<S: Sync> FromRequestParts<S> for Agent {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| ApiError::Defect("an admin route without its guard").into_response())
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| ApiError::Defect("a store route without its guard").into_response())
    }
}

impl<S: Sync> FromRequestParts<S> for TokenProfile {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}
