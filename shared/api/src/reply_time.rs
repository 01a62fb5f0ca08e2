//! Get how fast the staff answers.

use axum::Json;
use http::{ApiError, AppState, Refusals};
use serde::Serialize;
use utoipa::ToSchema;

/// `{reply_time}`
#[derive(Serialize, ToSchema)]
pub struct ReplyTimeAnswer {
    /// Null while fewer than five answers of the last 30 days were measured.
    reply_time: Option<wire::ReplyTime>,
}

/// Returns how fast the staff has answered lately, as measured: null while too little is. Needs no
/// credentials, and names no person.
#[utoipa::path(
    get, path = "", operation_id = "get_reply_time",
    responses((status = 200, body = ReplyTimeAnswer), Refusals)
)]
pub async fn get_reply_time(app: AppState) -> Result<Json<ReplyTimeAnswer>, ApiError> {
    let replies = app.store.replies().await?.measured;
    let reply_time = domain::reply_time(&replies, app.clock.now()).map(Into::into);
    Ok(Json(ReplyTimeAnswer { reply_time }))
}
