//! Errors as clients see them: the one place where a refusal gets its status and type.
//!
//! A client reads the refusal's own text. Of everything else it learns the status only; the whole chain of causes goes to
//! the log, once.

use std::collections::BTreeMap;
use std::fmt;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{Refusal, Validation};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::{Content, Ref, RefOr, Response as OpenApiResponse, ResponseBuilder};

/// Seconds after which a client may try again when the database is busy or away.
const RETRY_SOON_S: u32 = 1;

/// An error answer in the making.
#[derive(Debug)]
pub struct ApiError(store::Error);

/// The body of every error answer.
#[derive(Serialize, ToSchema)]
pub struct ErrorBody {
    /// What kind of error it is.
    #[schema(example = "invalid_data")]
    pub r#type: &'static str,
    /// What a person should know.
    #[schema(example = "Invalid request: Field 'body' is required")]
    pub message: String,
}

/// The error answers that any chat route may give, for OpenAPI.
pub struct Refusals;

impl utoipa::IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<OpenApiResponse>> {
        let json = || Content::new(Some(Ref::from_schema_name("ErrorBody")));
        let of = |text: &str| RefOr::T(ResponseBuilder::new().description(text).content("application/json", json()).build());
        [
            ("400", "`invalid_data`: the request is wrong; `not_allowed`: the chat is off, or forbids this"),
            ("401", "`unauthorized`: nobody proved to be anybody"),
            ("403", "`forbidden`: another's message"),
            ("404", "`not_found`: no such channel or message, or not the caller's"),
            ("409", "`conflict`: the client_message_id was used for another message"),
            ("413", "`invalid_data`: the body exceeds 64 KB"),
            ("429", "`too_many_requests`: try again after `Retry-After` seconds"),
            ("500", "`unknown_error`"),
            ("503", "`unavailable`: nothing was lost, try again after `Retry-After` seconds"),
        ]
        .into_iter()
        .map(|(status, text)| (status.to_owned(), of(text)))
        .collect()
    }
}

impl ApiError {
    /// Status, type and, where waiting helps, the seconds to wait.
    fn answer(&self) -> (StatusCode, &'static str, Option<u32>) {
        let refusal = match &self.0 {
            store::Error::Refused(refusal) => refusal,
            store::Error::Busy | store::Error::Unavailable(_) => {
                return (StatusCode::SERVICE_UNAVAILABLE, "unavailable", Some(RETRY_SOON_S));
            }
            store::Error::Defect(..) => return (StatusCode::INTERNAL_SERVER_ERROR, "unknown_error", None),
        };
        match refusal {
            Refusal::Invalid(_) | Refusal::InvalidGuest | Refusal::BadLink => (StatusCode::BAD_REQUEST, "invalid_data", None),
            Refusal::Disabled | Refusal::SystemMessage | Refusal::ChannelCap(_) | Refusal::HeldCap(_) | Refusal::GuestsOnly => {
                (StatusCode::BAD_REQUEST, "not_allowed", None)
            }
            Refusal::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized", None),
            Refusal::NotAuthorToEdit | Refusal::NotAuthorToDelete => (StatusCode::FORBIDDEN, "forbidden", None),
            Refusal::NoRoute | Refusal::NoChannel(_) | Refusal::NoMessage(_) => (StatusCode::NOT_FOUND, "not_found", None),
            Refusal::ClientIdReused => (StatusCode::CONFLICT, "conflict", None),
            Refusal::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "invalid_data", None),
            Refusal::TooManySends(wait) | Refusal::TooManyOpens(wait) | Refusal::TooManyGuests(wait) | Refusal::TooManyRenames(wait) => {
                (StatusCode::TOO_MANY_REQUESTS, "too_many_requests", Some(*wait))
            }
        }
    }

    fn message(&self) -> String {
        match &self.0 {
            store::Error::Refused(refusal) => refusal.to_string(),
            store::Error::Busy | store::Error::Unavailable(_) => "Service is temporarily unavailable, try again".to_owned(),
            store::Error::Defect(..) => "An unknown error occurred.".to_owned(),
        }
    }

    fn log(&self) {
        let mut causes = Vec::new();
        let mut cause = std::error::Error::source(&self.0);
        while let Some(error) = cause {
            causes.push(error.to_string());
            cause = error.source();
        }
        match &self.0 {
            store::Error::Refused(_) => {}
            store::Error::Busy => tracing::warn!(error.kind = "busy", "{}", self.0),
            store::Error::Unavailable(_) => tracing::warn!(error.kind = "unavailable", error.causes = causes.join(": "), "{}", self.0),
            store::Error::Defect(..) => tracing::error!(error.kind = "defect", error.causes = causes.join(": "), "{}", self.0),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ApiError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.log();
        let (status, kind, wait) = self.answer();
        let mut response = (status, Json(ErrorBody { r#type: kind, message: self.message() })).into_response();
        if let Some(seconds) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<store::Error> for ApiError {
    fn from(error: store::Error) -> Self {
        Self(error)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.into())
    }
}

impl From<Validation> for ApiError {
    fn from(validation: Validation) -> Self {
        Self(Refusal::Invalid(validation).into())
    }
}

impl ApiError {
    /// A defect of ours: the client learns nothing but that.
    pub fn defect(what: &'static str) -> Self {
        Self(store::Error::Defect(what, what.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defects_tell_nothing() {
        let error = ApiError(store::Error::Defect("an item does not fit its type", "missing field `seq` in C#…".into()));
        assert_eq!(error.message(), "An unknown error occurred.");
        assert_eq!(error.answer(), (StatusCode::INTERNAL_SERVER_ERROR, "unknown_error", None));
    }
}
