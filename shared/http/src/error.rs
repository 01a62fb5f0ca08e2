//! Errors as clients see them: the one place where a refusal gets its status and type.
//!
//! A client reads a refusal's own text. For every other error it gets the status only; the whole
//! chain of causes goes to the log, once.

use std::collections::BTreeMap;
use std::fmt;

use app::AppError;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{Refusal, Validation};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::{Content, Ref, RefOr, Response as OpenApiResponse, ResponseBuilder};

/// Seconds after which a client may retry when the database is busy or away.
const RETRY_SOON_S: u32 = 1;

/// Seconds after which a client may retry when the shop's Medusa is away.
const RETRY_SHOP_S: u32 = 5;

/// Why a request fails.
#[derive(Debug)]
pub enum ApiError {
    /// The chat's rules refuse it.
    Refused(Refusal),
    /// The store failed.
    Store(store::Error),
    /// A secret cannot be read, so nothing can be checked with it. Says why, without the secret.
    Secret(String),
    /// The handler took too long. What it was writing may have been stored.
    TimedOut,
    /// The handler panicked.
    Panicked,
    /// A defect of ours.
    Defect(&'static str),
}

/// The body of every error response.
#[derive(Serialize, ToSchema)]
pub struct ErrorBody {
    /// The kind of error.
    #[schema(example = "invalid_data")]
    pub r#type: &'static str,
    /// The reason, for a person.
    #[schema(example = "Invalid request: Field 'body' is required")]
    pub message: String,
}

/// The error responses of every chat route, for OpenAPI.
pub struct Refusals;

impl utoipa::IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<OpenApiResponse>> {
        let json = || Content::new(Some(Ref::from_schema_name("ErrorBody")));
        let of = |text: &str| {
            RefOr::T(
                ResponseBuilder::new()
                    .description(text)
                    .content("application/json", json())
                    .build(),
            )
        };
        [
            (
                "400",
                "`invalid_data`: the request is wrong; \
                 `not_allowed`: the chat is off, or forbids this",
            ),
            ("401", "`unauthorized`: missing or invalid credentials"),
            ("403", "`forbidden`: another's message or note"),
            ("404", "`not_found`: no such channel, message, note or customer, or not the caller's"),
            (
                "409",
                "`conflict`: the client_message_id was used for something else, \
                 or the version is stale",
            ),
            ("413", "`invalid_data`: the body exceeds 64 KB"),
            ("429", "`too_many_requests`: try again after `Retry-After` seconds"),
            ("500", "`unknown_error`"),
            ("503", "`unavailable`: try again after `Retry-After` seconds"),
        ]
        .into_iter()
        .map(|(status, text)| (status.to_owned(), of(text)))
        .collect()
    }
}

impl ApiError {
    /// Status, type and, where waiting helps, the seconds to wait.
    fn status(&self) -> (StatusCode, &'static str, Option<u32>) {
        let refusal = match self {
            Self::Refused(refusal) | Self::Store(store::Error::Refused(refusal)) => refusal,
            Self::Store(store::Error::Defect(..)) | Self::Panicked | Self::Defect(_) => {
                return (StatusCode::INTERNAL_SERVER_ERROR, "unknown_error", None);
            }
            Self::Store(_) | Self::Secret(_) | Self::TimedOut => {
                return (StatusCode::SERVICE_UNAVAILABLE, "unavailable", Some(RETRY_SOON_S));
            }
        };
        match refusal {
            Refusal::Invalid(_)
            | Refusal::InvalidGuest
            | Refusal::BadLink
            | Refusal::UnusableFile
            | Refusal::NotUploaded
            | Refusal::WrongBytes => (StatusCode::BAD_REQUEST, "invalid_data", None),
            Refusal::Disabled
            | Refusal::SystemMessage
            | Refusal::ChannelCap(_)
            | Refusal::HeldCap(_)
            | Refusal::NothingToClose
            | Refusal::NothingToRate
            | Refusal::RatingIsFinal
            | Refusal::NoShop
            | Refusal::NoVerifiedAddress
            | Refusal::GuestsOnly => (StatusCode::BAD_REQUEST, "not_allowed", None),
            Refusal::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized", None),
            Refusal::NotAuthorToEdit
            | Refusal::NotAuthorToDelete
            | Refusal::NotNoteAuthorToEdit
            | Refusal::NotNoteAuthorToDelete => (StatusCode::FORBIDDEN, "forbidden", None),
            Refusal::NoRoute
            | Refusal::NoChannel(_)
            | Refusal::NoMessage(_)
            | Refusal::NoNote(_)
            | Refusal::NoFile(_)
            | Refusal::NoShopCustomer(_) => (StatusCode::NOT_FOUND, "not_found", None),
            Refusal::ClientIdReused | Refusal::StaleVersion => {
                (StatusCode::CONFLICT, "conflict", None)
            }
            Refusal::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "invalid_data", None),
            Refusal::ShopAway | Refusal::ShopRefuses => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable", Some(RETRY_SHOP_S))
            }
            Refusal::ShopBusy(wait) => {
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable", Some(*wait))
            }
            Refusal::TooManySends(wait)
            | Refusal::TooManyOpens(wait)
            | Refusal::TooManyTranscripts(wait)
            | Refusal::TooManyGuests(wait)
            | Refusal::TooManyRenames(wait)
            | Refusal::TooManyFiles(wait) => {
                (StatusCode::TOO_MANY_REQUESTS, "too_many_requests", Some(*wait))
            }
        }
    }

    /// What the client reads. It never claims that nothing was stored: after a lost response or a
    /// timeout that is unknown.
    fn message(&self) -> String {
        match self {
            Self::Refused(refusal) | Self::Store(store::Error::Refused(refusal)) => {
                refusal.to_string()
            }
            Self::Store(store::Error::Defect(..)) | Self::Panicked | Self::Defect(_) => {
                "An unknown error occurred.".to_owned()
            }
            Self::TimedOut => "The request timed out, try again".to_owned(),
            Self::Store(_) | Self::Secret(_) => {
                "Service is temporarily unavailable, try again".to_owned()
            }
        }
    }

    /// The kind of error in the log; none for refusals, which are not logged.
    fn kind(&self) -> Option<&'static str> {
        Some(match self {
            Self::Refused(_) | Self::Store(store::Error::Refused(_)) => return None,
            Self::Store(store::Error::Busy) => "busy",
            Self::Store(store::Error::Unavailable(_)) => "unavailable",
            Self::Store(store::Error::Indeterminate(_)) => "indeterminate",
            Self::Store(store::Error::Defect(..)) | Self::Defect(_) => "defect",
            Self::Secret(_) => "secret",
            Self::TimedOut => "timeout",
            Self::Panicked => "panic",
        })
    }

    fn log(&self) {
        let Some(kind) = self.kind() else { return };
        let mut causes = Vec::new();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            causes.push(error.to_string());
            cause = error.source();
        }
        let causes = causes.join(": ");
        if self.status().0 == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(error.kind = kind, error.causes = causes, "{self}");
        } else {
            tracing::warn!(error.kind = kind, error.causes = causes, "{self}");
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "refused: {refusal}"),
            Self::Store(error) => error.fmt(f),
            Self::Secret(why) => write!(f, "a secret is missing: {why}"),
            Self::TimedOut => f.write_str("the handler took too long"),
            Self::Panicked => f.write_str("the handler panicked"),
            Self::Defect(what) => write!(f, "defect: {what}"),
        }
    }
}

impl std::error::Error for ApiError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if let Self::Store(error) = self { error.source() } else { None }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.log();
        let (status, kind, wait) = self.status();
        let mut response =
            (status, Json(ErrorBody { r#type: kind, message: self.message() })).into_response();
        if let Some(seconds) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<store::Error> for ApiError {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Store(error) => Self::Store(error),
            AppError::Secret(why) => Self::Secret(why),
            AppError::Defect(what) => Self::Defect(what),
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Validation> for ApiError {
    fn from(validation: Validation) -> Self {
        Self::Refused(Refusal::Invalid(validation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defects_show_no_detail() {
        let error = ApiError::Store(store::Error::Defect(
            "an item does not fit its type",
            "missing field `seq` in C#…".into(),
        ));
        assert_eq!(error.message(), "An unknown error occurred.");
        assert_eq!(error.status(), (StatusCode::INTERNAL_SERVER_ERROR, "unknown_error", None));
    }

    /// An operator looks at the wrong thing if one kind of failure is logged as another.
    #[test]
    fn each_failure_has_its_own_kind_and_none_claims_that_nothing_was_stored() {
        let cause = || Box::<dyn std::error::Error + Send + Sync>::from("the answer was lost");
        let failures = [
            (ApiError::Store(store::Error::Busy), "busy", 503),
            (ApiError::Store(store::Error::Unavailable(cause())), "unavailable", 503),
            (ApiError::Store(store::Error::Indeterminate(cause())), "indeterminate", 503),
            (ApiError::Secret("it was never read".to_owned()), "secret", 503),
            (ApiError::TimedOut, "timeout", 503),
            (ApiError::Panicked, "panic", 500),
            (ApiError::Defect("a channel was lost"), "defect", 500),
        ];
        for (failure, kind, status) in failures {
            assert_eq!((failure.kind(), failure.status().0.as_u16()), (Some(kind), status));
            let said = failure.message();
            assert!(!said.contains("stored") && !said.contains("lost"), "{kind}: {said}");
        }
        assert_eq!(
            ApiError::Refused(Refusal::Unauthorized).kind(),
            None,
            "a refusal is no failure"
        );
    }
}
