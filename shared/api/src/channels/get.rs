//! Get one channel.

use axum::Json;
use http::{ApiError, AppState, Caller, ChannelPath, Refusals};

use super::{ChannelAnswer, present_one};

/// Returns a channel: one of the caller's own, or any for an admin.
#[utoipa::path(
    get, path = "", operation_id = "get_channel",
    params(("channel_hash" = String, Path)),
    responses((status = 200, body = ChannelAnswer), Refusals)
)]
pub async fn get(
    app: AppState,
    Caller(caller): Caller,
    ChannelPath(hash): ChannelPath,
) -> Result<Json<ChannelAnswer>, ApiError> {
    let (channel, roster) =
        tokio::join!(app.store.channel(&hash, &caller), app.store.roster(app.clock.now()));
    Ok(Json(ChannelAnswer { channel: present_one(&app, channel?, &caller, &roster).await? }))
}
