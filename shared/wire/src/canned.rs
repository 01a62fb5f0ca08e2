//! Canned answers.

use serde::Serialize;

/// A canned answer.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Canned {
    /// What is typed to get it, in lower case.
    shortcut: String,
    text: String,
}

impl From<&domain::Canned> for Canned {
    fn from(canned: &domain::Canned) -> Self {
        Self { shortcut: canned.shortcut().to_owned(), text: canned.text().to_owned() }
    }
}
