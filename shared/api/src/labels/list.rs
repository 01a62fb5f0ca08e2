//! List the shop's labels.

use axum::Json;
use http::{Admin, ApiError, AppState, Refusals};

use super::LabelsAnswer;

/// Lists the shop's labels. All admins share them.
#[utoipa::path(
    get, path = "", operation_id = "get_labels",
    responses((status = 200, body = LabelsAnswer), Refusals)
)]
pub async fn list(app: AppState, _: Admin) -> Result<Json<LabelsAnswer>, ApiError> {
    let labels = app.store.labels().await?;
    Ok(Json(LabelsAnswer::new(&labels.list, labels.version)))
}
