//! Get the shop's settings.

use axum::Json;
use domain::StoredSettings;
use http::{Admin, ApiError, AppState, Refusals};

use super::SettingsAnswer;

/// Returns the shop's settings: the defaults before the first replacement.
#[utoipa::path(
    get, path = "", operation_id = "get_settings",
    responses((status = 200, body = SettingsAnswer), Refusals)
)]
pub async fn get(app: AppState, _: Admin) -> Result<Json<SettingsAnswer>, ApiError> {
    let StoredSettings { settings, version } = app.store.stored_settings().await?;
    Ok(Json(SettingsAnswer::new(&settings, version)))
}
