//! `GET /admin/chat/canned`

use axum::Json;
use runtime::guard::Agent;
use runtime::views::{self, CannedAnswer};
use runtime::{ApiError, App, Refusals};

/// Lists the shop's canned answers, which all of its staff share.
#[utoipa::path(
    get, path = "/admin/chat/canned", tag = "admin", operation_id = "admin_get_canned",
    responses((status = 200, body = CannedAnswer), Refusals)
)]
pub async fn get_canned(app: App, _caller: Agent) -> Result<Json<CannedAnswer>, ApiError> {
    Ok(views::canned(&app.store.canned().await?))
}
