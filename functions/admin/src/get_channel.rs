//! `GET /admin/chat/channels/{channel_hash}`

use axum::Json;
use http::guard::Agent;
use http::request::ChannelPath;
use http::views::{self, ChannelAnswer};
use http::{ApiError, AppState, Refusals};

/// Returns one channel. Every admin may see all of them.
#[utoipa::path(
    get, path = "/admin/chat/channels/{channel_hash}", tag = "admin", operation_id = "admin_get_channel",
    params(("channel_hash" = String, Path)),
    responses((status = 200, body = ChannelAnswer), Refusals)
)]
pub async fn get_channel(
    app: AppState,
    Agent(caller): Agent,
    ChannelPath(hash): ChannelPath,
) -> Result<Json<ChannelAnswer>, ApiError> {
    let channel = app.store.channel(&hash, &caller).await?;
    Ok(views::channel(&app.present_one(channel, &caller).await?, &caller))
}
