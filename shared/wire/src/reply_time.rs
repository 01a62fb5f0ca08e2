//! Reply times.

use serde::Serialize;

/// How fast the staff answers.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplyTime {
    /// The median, from a customer's or guest's message to the staff's answer, in seconds.
    median_seconds: u64,
    /// Of how many answers.
    measured: usize,
}

impl From<domain::ReplyTime> for ReplyTime {
    fn from(domain::ReplyTime { median_seconds, measured }: domain::ReplyTime) -> Self {
        Self { median_seconds, measured }
    }
}
