//! `POST /store/chat/messages/{channel_hash}`

use axum::Json;
use http::guard::Visitor;
use http::request::{ChannelPath, IdempotencyKey, Json as Body, SendMessage};
use http::views::{self, MessageAnswer};
use http::{ApiError, AppState, Refusals};

/// Sends a message. With a `client_message_id` it may be sent again at any time and is stored once.
#[utoipa::path(
    post, path = "/store/chat/messages/{channel_hash}", tag = "store", operation_id = "store_send_message",
    params(("channel_hash" = String, Path), ("idempotency-key" = Option<String>, Header)), request_body = SendMessage,
    responses((status = 200, body = MessageAnswer), Refusals)
)]
pub async fn send_message(
    app: AppState,
    Visitor(caller): Visitor,
    ChannelPath(hash): ChannelPath,
    key: IdempotencyKey,
    Body(request): Body<SendMessage>,
) -> Result<Json<MessageAnswer>, ApiError> {
    let draft = request.draft(&caller, key, app.event_id()?)?;
    let sent = app.store.send(&hash, &draft, app.clock.now(), app.config.send_limit).await?;
    app.tell_sent(&sent).await;
    Ok(views::message(sent.channel(), sent.message(), &caller))
}
