//! Count unread messages.

use axum::Json;
use http::{Admin, ApiError, AppState, Caller, Refusals};
use serde::Serialize;
use utoipa::ToSchema;

/// `{unread_count}`
#[derive(Serialize, ToSchema)]
pub struct UnreadAnswer {
    unread_count: u64,
}

/// Counts the unread messages in all of the caller's channels.
#[utoipa::path(
    get, path = "", operation_id = "unread_count",
    responses((status = 200, body = UnreadAnswer), Refusals)
)]
pub async fn count_own_unread(
    app: AppState,
    Caller(caller): Caller,
) -> Result<Json<UnreadAnswer>, ApiError> {
    Ok(Json(UnreadAnswer { unread_count: app.store.unread_of_member(&caller).await? }))
}

/// Counts the messages of customers and guests, in all channels, that the calling admin has not
/// read.
#[utoipa::path(
    get, path = "", operation_id = "unread_count",
    responses((status = 200, body = UnreadAnswer), Refusals)
)]
pub async fn count_unread(
    app: AppState,
    Admin(admin): Admin,
) -> Result<Json<UnreadAnswer>, ApiError> {
    Ok(Json(UnreadAnswer { unread_count: app.store.unread_of_shop(&admin).await? }))
}
