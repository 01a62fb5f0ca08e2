//! Whether the shop is open, and who is there.

use std::collections::BTreeMap;

use domain::{Profile, Settings};
use serde::Serialize;

use crate::settings::localized;
use crate::{ReplyTime, Timestamp};

/// What the widget shows before a conversation.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Availability {
    /// Whether the shop is open by its hours.
    open: bool,
    /// When it opens next; null while it is open, and if it never does.
    next_open_at: Option<Timestamp>,
    /// Whether staff has an open connection whose page is visible, at most some ten seconds ago.
    online: bool,
    /// Null while too little is measured.
    reply_time: Option<ReplyTime>,
    /// By language.
    greeting: BTreeMap<String, String>,
    /// By language.
    quick_replies: BTreeMap<String, Vec<String>>,
    /// When to ask a guest for an address: `never`, `away` or `always`.
    ask_email: &'static str,
    /// Only there as `false`: the widget asks for no rating.
    #[serde(skip_serializing_if = "Option::is_none")]
    rating: Option<bool>,
    /// At most three of the staff.
    #[cfg_attr(feature = "openapi", schema(max_items = 3))]
    staff: Vec<StaffMember>,
}

/// Somebody of the staff, as anybody may see them.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StaffMember {
    first_name: Option<String>,
    avatar_url: Option<String>,
}

impl StaffMember {
    /// What anybody may see of an admin.
    pub fn new(profile: Profile) -> Self {
        Self { first_name: profile.first_name, avatar_url: profile.avatar_url }
    }
}

impl Availability {
    /// The availability at an instant.
    pub fn new(
        settings: &Settings,
        now: domain::Timestamp,
        online: bool,
        reply_time: Option<domain::ReplyTime>,
        staff: Vec<StaffMember>,
    ) -> Self {
        let next = settings.hours.as_ref().and_then(|hours| hours.next_open_at(now));
        Self {
            open: settings.is_open_at(now),
            next_open_at: next.map(Into::into),
            online,
            reply_time: reply_time.map(Into::into),
            greeting: localized(&settings.greeting),
            quick_replies: localized(&settings.quick_replies),
            ask_email: settings.ask_email.as_str(),
            rating: (!settings.rating).then_some(false),
            staff,
        }
    }
}
