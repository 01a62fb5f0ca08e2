//! List the canned answers.

use axum::Json;
use http::{Admin, ApiError, AppState, Refusals};

use super::CannedAnswer;

/// Lists the shop's canned answers. All admins share them.
#[utoipa::path(
    get, path = "", operation_id = "get_canned",
    responses((status = 200, body = CannedAnswer), Refusals)
)]
pub async fn list(app: AppState, _: Admin) -> Result<Json<CannedAnswer>, ApiError> {
    Ok(Json(CannedAnswer::new(&app.store.canned().await?)))
}
