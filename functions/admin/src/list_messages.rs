//! `GET /admin/chat/messages/{channel_hash}`

use axum::Json;
use http::guard::Agent;
use http::request::{ChannelPath, ListMessages, Query, WithDeleted};
use http::views::{self, MessagesAnswer};
use http::{ApiError, AppState, Refusals};

/// Lists a page of any channel's messages, oldest first: the newest page unless a cursor says
/// otherwise.
#[utoipa::path(
    get, path = "/admin/chat/messages/{channel_hash}", tag = "admin", operation_id = "admin_list_messages",
    params(("channel_hash" = String, Path), ListMessages, WithDeleted),
    responses((status = 200, body = MessagesAnswer), Refusals)
)]
pub async fn list_messages(
    app: AppState,
    Agent(caller): Agent,
    ChannelPath(hash): ChannelPath,
    Query(query): Query<ListMessages>,
    Query(tombstones): Query<WithDeleted>,
) -> Result<Json<MessagesAnswer>, ApiError> {
    let query = query.page(&hash, tombstones.with_deleted)?;
    let page = app.store.page(&hash, &caller, query).await?;
    Ok(views::messages(&page, &query, &caller))
}
