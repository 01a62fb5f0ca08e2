//! `GET /admin/chat/messages/unread-count`

use axum::Json;
use http::guard::Agent;
use http::views::{self, UnreadAnswer};
use http::{ApiError, AppState, Refusals};

/// Counts the messages of customers and guests, in all channels, that the calling admin has not
/// read.
#[utoipa::path(
    get, path = "/admin/chat/messages/unread-count", tag = "admin", operation_id = "admin_unread_count",
    responses((status = 200, body = UnreadAnswer), Refusals)
)]
pub async fn unread_count(
    app: AppState,
    Agent(caller): Agent,
) -> Result<Json<UnreadAnswer>, ApiError> {
    Ok(views::unread(app.store.unread_of_shop(caller.id()).await?))
}
