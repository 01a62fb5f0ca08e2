//! `GET /admin/chat/channels/{channel_hash}/events`

use axum::Json;
use http::guard::Agent;
use http::request::{ChannelPath, ListEvents, Query};
use http::views::{self, EventsAnswer};
use http::{ApiError, AppState, Refusals};

/// Lists every message change after a seq, in order and without gaps: how a client catches up.
#[utoipa::path(
    get, path = "/admin/chat/channels/{channel_hash}/events", tag = "admin", operation_id = "admin_list_events",
    params(("channel_hash" = String, Path), ListEvents),
    responses((status = 200, body = EventsAnswer), Refusals)
)]
pub async fn list_events(
    app: AppState,
    Agent(caller): Agent,
    ChannelPath(hash): ChannelPath,
    Query(query): Query<ListEvents>,
) -> Result<Json<EventsAnswer>, ApiError> {
    let (after, limit) = query.piece();
    let log = app.store.log(&hash, &caller, after, limit).await?;
    Ok(views::events(&log, &caller))
}
