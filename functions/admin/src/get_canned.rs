//! `GET /admin/chat/canned`

use axum::Json;
use http::guard::Agent;
use http::views::{self, CannedAnswer};
use http::{ApiError, AppState, Refusals};

/// Lists the shop's canned answers, which all of its staff share.
#[utoipa::path(
    get, path = "/admin/chat/canned", tag = "admin", operation_id = "admin_get_canned",
    responses((status = 200, body = CannedAnswer), Refusals)
)]
pub async fn get_canned(app: AppState, _caller: Agent) -> Result<Json<CannedAnswer>, ApiError> {
    Ok(views::canned(&app.store.canned().await?))
}
