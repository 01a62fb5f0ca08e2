//! `GET /admin/chat/staff`

use axum::Json;
use http::guard::Agent;
use http::views::{self, StaffAnswer};
use http::{ApiError, AppState, Refusals};

/// Lists the admins whom the chat has met, with their names where these are known: to show who of
/// them wrote, or is looking.
#[utoipa::path(
    get, path = "/admin/chat/staff", tag = "admin", operation_id = "admin_list_staff",
    responses((status = 200, body = StaffAnswer), Refusals)
)]
pub async fn list_staff(app: AppState, _caller: Agent) -> Result<Json<StaffAnswer>, ApiError> {
    let staff = app.store.staff().await?;
    let people = app.store.people(&staff).await?;
    app.want(&people.values().collect::<Vec<_>>()).await;
    Ok(views::staff(people.values()))
}
