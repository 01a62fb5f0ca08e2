//! Who is calling.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use domain::{ActorId, GuestClaim, GuestSecret, Principal, Profile, Refusal};
use store::Session;

use crate::AppState;
use crate::error::ApiError;
use crate::header::{bearer, guest_secret};

/// An authenticated caller. Only a guard provides it.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Who it is, and until when the token is valid.
    pub session: Session,
    /// What the token says of its owner; empty for guests and for Medusa's own tokens.
    pub profile: Profile,
}

/// The person who is calling.
pub struct Caller(pub Principal);

/// The admin who is calling. It refuses members, whatever the route's guard.
pub struct Admin(pub ActorId);

impl AppState {
    /// The admin or customer whose valid token the request carries. A customer whose id is the
    /// default admin key is refused: the pair would be one id.
    async fn token_owner(&self, headers: &HeaderMap) -> Result<Option<Identity>, ApiError> {
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
        let session = Session { principal, expires: Some(actor.expires) };
        Ok(Some(Identity { session, profile: actor.profile }))
    }

    /// The session of the token's owner: how a server connects to the WebSocket API.
    pub async fn session_of_token(&self, headers: &HeaderMap) -> Result<Option<Session>, ApiError> {
        Ok(self.token_owner(headers).await?.map(|owner| owner.session))
    }

    pub(crate) async fn admin(&self, headers: &HeaderMap) -> Result<Identity, ApiError> {
        let owner = self.token_owner(headers).await?;
        let admin = owner.filter(|owner| matches!(owner.session.principal, Principal::Admin(_)));
        Ok(admin.ok_or(Refusal::Unauthorized)?)
    }

    /// The customer of a valid token, or else the guest of a secret.
    pub(crate) async fn member(&self, headers: &HeaderMap) -> Result<Identity, ApiError> {
        let owner = self.token_owner(headers).await?;
        let customer =
            owner.filter(|owner| matches!(owner.session.principal, Principal::Customer(_)));
        if let Some(customer) = customer {
            return Ok(customer);
        }
        let secret = guest_secret(headers)?.ok_or(Refusal::Unauthorized)?;
        let guest = self.guest(&secret).await?;
        let session = Session { principal: Principal::Guest(guest), expires: None };
        Ok(Identity { session, profile: Profile::default() })
    }

    /// The guest of a secret. Refuses a signed one whose signature is not ours.
    pub(crate) async fn guest(&self, secret: &GuestSecret) -> Result<ActorId, ApiError> {
        match secret.claim() {
            GuestClaim::Known(id) => Ok(id),
            GuestClaim::Malformed => Err(Refusal::Unauthorized.into()),
            GuestClaim::Signed { id, signature } => {
                let keys = self.keys.get(self.clock.now()).await?;
                let is_ours = keys.guests.accept_secret(&id, signature);
                if is_ours { Ok(id) } else { Err(Refusal::Unauthorized.into()) }
            }
        }
    }
}

fn identity(parts: &Parts) -> Result<&Identity, ApiError> {
    parts.extensions.get().ok_or(ApiError::Defect("a route without its guard"))
}

impl<S: Sync> FromRequestParts<S> for Identity {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        identity(parts).cloned()
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(identity(parts)?.session.principal.clone()))
    }
}

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match &identity(parts)?.session.principal {
            Principal::Admin(id) => Ok(Self(id.clone())),
            _ => Err(Refusal::Unauthorized.into()),
        }
    }
}
