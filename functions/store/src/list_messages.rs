//! `GET /store/chat/messages/{channel_hash}`

use axum::Json;
use http::guard::Visitor;
use http::request::{ChannelPath, ListMessages, Query};
use http::views::{self, MessagesAnswer};
use http::{ApiError, AppState, Refusals};

/// Lists a page of messages, oldest first: the newest page unless a cursor says otherwise.
#[utoipa::path(
    get, path = "/store/chat/messages/{channel_hash}", tag = "store", operation_id = "store_list_messages",
    params(("channel_hash" = String, Path), ListMessages),
    responses((status = 200, body = MessagesAnswer), Refusals)
)]
pub async fn list_messages(
    app: AppState,
    Visitor(caller): Visitor,
    ChannelPath(hash): ChannelPath,
    Query(query): Query<ListMessages>,
) -> Result<Json<MessagesAnswer>, ApiError> {
    let query = query.page(&hash, false)?;
    let page = app.store.page(&hash, &caller, query).await?;
    Ok(views::messages(&page, &query, &caller))
}
