//! The key with which a browser subscribes.

use axum::Json;
use http::{Admin, ApiError, AppState, Refusals};
use serde::Serialize;
use utoipa::ToSchema;

/// `{public_key}`
#[derive(Serialize, ToSchema)]
pub struct PushAnswer {
    /// The `applicationServerKey` of `PushManager.subscribe`, as base64url. A browser that has
    /// subscribed with another one has to subscribe again.
    public_key: String,
}

/// Returns the key with which browsers subscribe to web push.
#[utoipa::path(
    get, path = "", operation_id = "get_push",
    responses((status = 200, body = PushAnswer), Refusals)
)]
pub async fn get(app: AppState, _: Admin) -> Result<Json<PushAnswer>, ApiError> {
    Ok(Json(PushAnswer { public_key: webpush::public_key(&app).await? }))
}
