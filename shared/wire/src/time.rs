//! Instants, as clients read them.

use serde::{Serialize, Serializer};

/// An instant as text: `2026-03-26T12:00:00.000Z`.
///
/// utoipa takes a type of this name for a `date-time`, by its feature for jiff.
#[derive(Clone, Copy, Debug)]
pub struct Timestamp(domain::Timestamp);

impl From<domain::Timestamp> for Timestamp {
    fn from(at: domain::Timestamp) -> Self {
        Self(at)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
