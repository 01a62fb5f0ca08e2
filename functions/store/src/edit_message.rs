//! `PUT /store/chat/messages/id/{message_id}`

use axum::Json;
use http::guard::Visitor;
use http::request::{EditMessage, Json as Body, MessagePath};
use http::views::{self, MessageAnswer};
use http::{ApiError, AppState, Refusals};

/// Changes the body of one of the caller's own messages.
#[utoipa::path(
    put, path = "/store/chat/messages/id/{message_id}", tag = "store", operation_id = "store_edit_message",
    params(("message_id" = String, Path)), request_body = EditMessage,
    responses((status = 200, body = MessageAnswer), Refusals)
)]
pub async fn edit_message(
    app: AppState,
    Visitor(caller): Visitor,
    MessagePath(id): MessagePath,
    Body(request): Body<EditMessage>,
) -> Result<Json<MessageAnswer>, ApiError> {
    let edited = app
        .store
        .edit(&id, &caller, &request.body, &app.event_id()?, app.clock.now(), app.config.send_limit)
        .await?;
    app.tell(edited.news()).await;
    Ok(views::message(edited.channel(), edited.message(), &caller))
}
