//! `GET /store/chat/messages/unread-count`

use axum::Json;
use http::guard::Visitor;
use http::views::{self, UnreadAnswer};
use http::{ApiError, AppState, Refusals};

/// Counts the unread messages in all of the caller's channels.
#[utoipa::path(
    get, path = "/store/chat/messages/unread-count", tag = "store", operation_id = "store_unread_count",
    responses((status = 200, body = UnreadAnswer), Refusals)
)]
pub async fn unread_count(
    app: AppState,
    Visitor(caller): Visitor,
) -> Result<Json<UnreadAnswer>, ApiError> {
    Ok(views::unread(app.store.unread_of_member(&caller).await?))
}
