//! Get whether the shop is open, and who is there.

use axum::Json;
use http::{ApiError, AppState, Refusals};
use serde::Serialize;
use utoipa::ToSchema;

/// Most admins that are shown.
const MAX_STAFF: usize = 3;

/// `{availability}`
#[derive(Serialize, ToSchema)]
pub struct AvailabilityAnswer {
    availability: wire::Availability,
}

/// Returns what the widget shows before a conversation: whether the shop is open and staff is
/// there, how fast it answers, its greeting. Needs no credentials. Names up to three admins by
/// first name and picture: those who are there, then those who answered lately.
#[utoipa::path(
    get, path = "", operation_id = "get_availability",
    responses((status = 200, body = AvailabilityAnswer), Refusals)
)]
pub async fn get_availability(app: AppState) -> Result<Json<AvailabilityAnswer>, ApiError> {
    let now = app.clock.now();
    let (settings, replies, seen, roster) = tokio::join!(
        app.store.settings(now),
        app.store.replies(),
        app.seen_staff(),
        app.store.roster(now)
    );
    let replies = replies?;
    let mut staff = Vec::new();
    for admin in seen.admins.iter().chain(&replies.by) {
        let profile = roster.profile(admin);
        let is_new = !staff.iter().any(|(known, _)| *known == admin);
        if is_new && (profile.first_name.is_some() || profile.avatar_url.is_some()) {
            staff.push((admin, profile));
        }
    }
    staff.truncate(MAX_STAFF);
    let staff = staff.into_iter().map(|(_, profile)| wire::StaffMember::new(profile)).collect();
    let reply_time = domain::reply_time(&replies.measured, now);
    let availability = wire::Availability::new(&settings, now, seen.is_online, reply_time, staff);
    Ok(Json(AvailabilityAnswer { availability }))
}
