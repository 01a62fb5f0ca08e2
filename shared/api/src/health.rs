//! Health check.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// `{status: "ok"}`
#[derive(Serialize, ToSchema)]
pub struct HealthAnswer {
    status: &'static str,
}

/// Returns ok while the API is up.
#[utoipa::path(
    get, path = "", tag = "health", operation_id = "health",
    responses((status = 200, body = HealthAnswer))
)]
#[expect(clippy::unused_async, reason = "axum's handlers are async")]
pub async fn health() -> Json<HealthAnswer> {
    Json(HealthAnswer { status: "ok" })
}
