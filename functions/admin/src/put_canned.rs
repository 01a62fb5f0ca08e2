//! `PUT /admin/chat/canned`

use axum::Json;
use http::guard::Agent;
use http::request::{Json as Body, PutCanned};
use http::views::{self, CannedAnswer};
use http::{ApiError, AppState, Refusals};

/// Replaces all of the shop's canned answers. Of two admins who do so at once the last one wins.
#[utoipa::path(
    put, path = "/admin/chat/canned", tag = "admin", operation_id = "admin_put_canned",
    request_body = PutCanned,
    responses((status = 200, body = CannedAnswer), Refusals)
)]
pub async fn put_canned(
    app: AppState,
    _caller: Agent,
    Body(request): Body<PutCanned>,
) -> Result<Json<CannedAnswer>, ApiError> {
    let canned = request.list()?;
    app.store.put_canned(&canned).await?;
    Ok(views::canned(&canned))
}
