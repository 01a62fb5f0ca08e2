//! Ratings of cases.

use serde::Serialize;

use crate::Timestamp;

/// A rating that a customer or guest gave.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rating {
    /// 1 to 5.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 5))]
    score: u8,
    /// What they wrote about it, or null. A channel in an envelope has no comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(clippy::option_option, reason = "absent in envelopes, null without a comment")]
    comment: Option<Option<String>>,
    /// The case that it is about.
    case: u64,
    /// When the case was first rated. A rating can be changed for a day.
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Rating {
    /// The rating with its comment.
    pub fn new(rating: domain::Rating, comment: Option<&str>) -> Self {
        Self { comment: Some(comment.map(ToOwned::to_owned)), ..Self::without_comment(rating) }
    }

    /// The rating as the channel's head has it.
    pub(crate) fn without_comment(rating: domain::Rating) -> Self {
        let domain::Rating { score, case, created_at, updated_at, .. } = rating;
        let (created_at, updated_at) = (created_at.into(), updated_at.into());
        Self { score: score.get(), comment: None, case, created_at, updated_at }
    }
}
