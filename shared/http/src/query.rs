//! Query parameters that parse themselves. Errors have the words of `docs/api.md`.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::Validation;

use crate::error::ApiError;

/// Most entries of a page, whatever was asked for.
const MAX_LIMIT: u64 = 100;

/// Query parameters that parse themselves. Of a repeated parameter the first counts; unknown ones
/// are ignored.
pub struct Query<T>(pub T);

/// What [`Query`] needs.
pub trait FromQuery: Sized {
    /// Reads the parameters, or says what is wrong with one.
    fn from_query(query: &Params) -> Result<Self, Validation>;
}

impl<T: FromQuery, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Self(T::from_query(&Params::parse(parts.uri.query().unwrap_or_default()))?))
    }
}

/// Query parameters, percent-decoded.
pub struct Params(BTreeMap<String, String>);

impl Params {
    /// Reads a query.
    pub fn parse(query: &str) -> Self {
        let mut params = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            params.entry(name.into_owned()).or_insert_with(|| value.into_owned());
        }
        Self(params)
    }

    /// A text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A whole number, of at least `least`.
    pub fn whole(&self, field: &'static str, least: u64) -> Result<Option<u64>, Validation> {
        let Some(text) = self.text(field) else { return Ok(None) };
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Validation::Type { field, expected: "number", got: "string" });
        }
        // More digits than fit: saturates.
        let value = if text.starts_with('-') { 0 } else { text.parse().unwrap_or(u64::MAX) };
        let below = value < least || (text.starts_with('-') && digits.bytes().any(|b| b != b'0'));
        if below { Err(Validation::TooSmall(field, least)) } else { Ok(Some(value)) }
    }
}

/// The limit of a page: as asked, but at most 100.
pub fn page_size(asked: Option<u64>, default: u64) -> usize {
    usize::try_from(asked.unwrap_or(default).min(MAX_LIMIT)).unwrap_or_default()
}
