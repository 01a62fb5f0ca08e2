//! `GET /admin/chat/channels/{channel_hash}`

use axum::Json;
use runtime::guard::Agent;
use runtime::request::ChannelPath;
use runtime::views::{self, ChannelAnswer};
use runtime::{ApiError, App, Refusals};

/// Returns one channel. Every admin may see all of them.
#[utoipa::path(
    get, path = "/admin/chat/channels/{channel_hash}", tag = "admin", operation_id = "admin_get_channel",
    params(("channel_hash" = String, Path)),
    responses((status = 200, body = ChannelAnswer), Refusals)
)]
pub async fn get_channel(
    app: App,
    Agent(caller): Agent,
    ChannelPath(hash): ChannelPath,
) -> Result<Json<ChannelAnswer>, ApiError> {
    let channel = app.store.channel(&hash, &caller).await?;
    Ok(views::channel(&app.present_one(channel, &caller).await?, &caller))
}
