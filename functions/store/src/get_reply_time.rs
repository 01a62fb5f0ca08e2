//! `GET /store/chat/reply-time`

use axum::Json;
use http::views::{self, ReplyTimeAnswer};
use http::{ApiError, AppState, Refusals};

/// Tells how fast the staff has answered lately, as measured: null while too little is. Needs no
/// caller, and names nobody.
#[utoipa::path(
    get, path = "/store/chat/reply-time", tag = "store", operation_id = "store_get_reply_time",
    responses((status = 200, body = ReplyTimeAnswer), Refusals)
)]
pub async fn get_reply_time(app: AppState) -> Result<Json<ReplyTimeAnswer>, ApiError> {
    let replies = app.store.replies().await?;
    Ok(views::reply_time(domain::reply_time(&replies, app.clock.now())))
}
