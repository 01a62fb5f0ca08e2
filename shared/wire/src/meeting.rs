//! Meetings that messages propose.

use serde::Serialize;

use crate::Timestamp;

/// A meeting.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Meeting {
    starts_at: Timestamp,
    ends_at: Timestamp,
    title: Option<String>,
    /// Where it takes place.
    url: Option<String>,
}

impl Meeting {
    /// The meeting.
    pub fn new(meeting: &domain::Meeting) -> Self {
        Self {
            starts_at: meeting.starts_at.into(),
            ends_at: meeting.ends_at.into(),
            title: meeting.title.clone(),
            url: meeting.url.clone(),
        }
    }
}
