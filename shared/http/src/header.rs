//! What requests say in headers, and where they come from.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION};
use axum::http::request::Parts;
use domain::{ActorId, GuestSecret, Languages, Refusal};
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;
use sha2::{Digest, Sha256};

use crate::AppState;
use crate::error::ApiError;

/// The headers that carry a guest's secret: the plugin's name, and one for proxies that drop names
/// with underscores.
const GUEST_HEADERS: [&str; 2] = ["guest_id_for_live_chat", "x-guest-id-for-live-chat"];

/// The header `Idempotency-Key`: another way to give a client message id.
pub struct IdempotencyKey(pub Option<String>);

/// The guest of the secret in the header, where a request must carry one besides a token.
pub struct GuestProof(pub ActorId);

/// What the caller reads, by the header `Accept-Language`.
pub struct AcceptedLanguages(pub Option<Languages>);

/// A digest of the address from which the request came, as the gateway saw it.
pub struct Address(pub String);

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        // A value that is no text becomes an empty key, which is refused like any malformed one.
        Ok(Self(
            parts
                .headers
                .get("idempotency-key")
                .map(|value| value.to_str().unwrap_or_default().to_owned()),
        ))
    }
}

impl<S: Sync> FromRequestParts<S> for GuestProof {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let app = AppState::from_request_parts(parts, state).await?;
        let secret = guest_secret(&parts.headers)?.ok_or(Refusal::InvalidGuest)?;
        Ok(Self(app.guest(&secret).await?))
    }
}

impl<S: Sync> FromRequestParts<S> for AcceptedLanguages {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let header = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(Self(header.and_then(Languages::of_header)))
    }
}

impl<S: Sync> FromRequestParts<S> for Address {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        // As the gateway saw it: `X-Forwarded-For` can be forged.
        let address = match parts.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => {
                context.http.source_ip.clone().unwrap_or_default()
            }
            _ => String::new(),
        };
        let digest = data_encoding::BASE32_NOPAD
            .encode(&Sha256::digest(address.as_bytes()))
            .to_ascii_lowercase();
        Ok(Self(digest.get(..26).unwrap_or_default().to_owned()))
    }
}

/// The guest's secret, if the header is there. Both names together must have the same value.
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

/// The bearer token. API Gateway joins repeated headers with a comma, so a comma means several
/// tokens: none is used.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().filter(|_| values.next().is_none())?.to_str().ok()?;
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.contains(',')).then_some(token)
}
