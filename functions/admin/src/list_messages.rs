//! `GET /admin/chat/messages/{channel_hash}`

use axum::Json;
use runtime::guard::Agent;
use runtime::request::{ChannelPath, ListMessages, Query, WithDeleted};
use runtime::views::{self, MessagesAnswer};
use runtime::{ApiError, App, Refusals};

/// Lists a page of any channel's messages, oldest first: the newest page unless a cursor says
/// otherwise.
#[utoipa::path(
    get, path = "/admin/chat/messages/{channel_hash}", tag = "admin", operation_id = "admin_list_messages",
    params(("channel_hash" = String, Path), ListMessages, WithDeleted),
    responses((status = 200, body = MessagesAnswer), Refusals)
)]
pub async fn list_messages(
    app: App,
    Agent(caller): Agent,
    ChannelPath(hash): ChannelPath,
    Query(query): Query<ListMessages>,
    Query(tombstones): Query<WithDeleted>,
) -> Result<Json<MessagesAnswer>, ApiError> {
    let query = query.page(&hash, tombstones.with_deleted)?;
    let page = app.store.page(&hash, &caller, query).await?;
    Ok(views::messages(&page, &query, &caller))
}
