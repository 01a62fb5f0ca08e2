//! List the staff.

use axum::Json;
use domain::{Person, Side};
use http::{Admin, ApiError, AppState, Refusals};
use serde::Serialize;
use utoipa::ToSchema;

use super::request_profile_refresh;

/// `{staff}`
#[derive(Serialize, ToSchema)]
pub struct StaffAnswer {
    /// The admins who are known, by id; names may be null.
    staff: Vec<wire::Admin>,
}

/// Lists the admins that the chat knows, with their names where these are known: to show which of
/// them wrote, or is looking.
#[utoipa::path(
    get, path = "", operation_id = "list_staff",
    responses((status = 200, body = StaffAnswer), Refusals)
)]
pub async fn list_staff(app: AppState, _: Admin) -> Result<Json<StaffAnswer>, ApiError> {
    let staff = app.store.staff().await?;
    let people = app.store.people(&staff).await?;
    request_profile_refresh(&app, &people.values().collect::<Vec<_>>()).await;
    let admin = |person: &Person| wire::Admin::new(&person.id, person.profile(), Side::Staff);
    Ok(Json(StaffAnswer { staff: people.values().map(admin).collect() }))
}
