//! `PUT /store/chat/channels/{channel_hash}/read`

use axum::Json;
use http::guard::Visitor;
use http::request::{ChannelPath, Json as Body, MarkRead};
use http::views::{self, ReadAnswer};
use http::{ApiError, AppState, Refusals};

/// Moves the caller's read marker: over everything committed so far, or as far as asked. It never
/// moves back.
#[utoipa::path(
    put, path = "/store/chat/channels/{channel_hash}/read", tag = "store", operation_id = "store_mark_read",
    params(("channel_hash" = String, Path)), request_body(content = MarkRead, description = "May be empty"),
    responses((status = 200, body = ReadAnswer), Refusals)
)]
pub async fn mark_read(
    app: AppState,
    Visitor(caller): Visitor,
    ChannelPath(hash): ChannelPath,
    Body(request): Body<MarkRead>,
) -> Result<Json<ReadAnswer>, ApiError> {
    let read = app.store.mark_read(&hash, &caller, request.up_to()?).await?;
    app.tell_read(&read, &caller).await;
    Ok(views::read(read.channel(), &caller))
}
