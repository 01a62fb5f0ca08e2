//! `GET /store/chat/channels/{channel_hash}`

use axum::Json;
use http::guard::Visitor;
use http::request::ChannelPath;
use http::views::{self, ChannelAnswer};
use http::{ApiError, AppState, Refusals};

/// Returns one of the caller's own channels.
#[utoipa::path(
    get, path = "/store/chat/channels/{channel_hash}", tag = "store", operation_id = "store_get_channel",
    params(("channel_hash" = String, Path)),
    responses((status = 200, body = ChannelAnswer), Refusals)
)]
pub async fn get_channel(
    app: AppState,
    Visitor(caller): Visitor,
    ChannelPath(hash): ChannelPath,
) -> Result<Json<ChannelAnswer>, ApiError> {
    let channel = app.store.channel(&hash, &caller).await?;
    Ok(views::channel(&app.present_one(channel, &caller).await?, &caller))
}
