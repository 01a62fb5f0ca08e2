//! Browsers with web push.

use serde::Serialize;

use crate::Timestamp;

/// A browser in which an admin gets notifications. The browser's keys are not shown.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PushSubscription {
    /// The address at its push service.
    endpoint: String,
    /// Whether notifications show what was written.
    with_text: bool,
    /// When the browser last confirmed it.
    renewed_at: Timestamp,
}

impl From<&domain::PushSubscription> for PushSubscription {
    fn from(subscription: &domain::PushSubscription) -> Self {
        Self {
            endpoint: subscription.endpoint.as_str().to_owned(),
            with_text: subscription.with_text,
            renewed_at: subscription.renewed_at.into(),
        }
    }
}
