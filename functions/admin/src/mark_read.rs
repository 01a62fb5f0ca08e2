//! `PUT /admin/chat/channels/{channel_hash}/read`

use axum::Json;
use http::guard::Agent;
use http::request::{ChannelPath, Json as Body, MarkRead};
use http::views::{self, ReadAnswer};
use http::{ApiError, AppState, Refusals};

/// Moves the calling admin's read marker in any channel; the first time, it makes the admin a
/// member. It never moves back.
#[utoipa::path(
    put, path = "/admin/chat/channels/{channel_hash}/read", tag = "admin", operation_id = "admin_mark_read",
    params(("channel_hash" = String, Path)), request_body(content = MarkRead, description = "May be empty"),
    responses((status = 200, body = ReadAnswer), Refusals)
)]
pub async fn mark_read(
    app: AppState,
    Agent(caller): Agent,
    ChannelPath(hash): ChannelPath,
    Body(request): Body<MarkRead>,
) -> Result<Json<ReadAnswer>, ApiError> {
    let read = app.store.mark_read(&hash, &caller, request.up_to()?).await?;
    app.tell_read(&read, &caller).await;
    Ok(views::read(read.channel(), &caller))
}
