//! `PUT /admin/chat/messages/id/{message_id}`

use axum::Json;
use http::guard::Agent;
use http::request::{EditMessage, Json as Body, MessagePath};
use http::views::{self, MessageAnswer};
use http::{ApiError, AppState, Refusals};

/// Changes the body of one of the caller's own messages.
#[utoipa::path(
    put, path = "/admin/chat/messages/id/{message_id}", tag = "admin", operation_id = "admin_edit_message",
    params(("message_id" = String, Path)), request_body = EditMessage,
    responses((status = 200, body = MessageAnswer), Refusals)
)]
pub async fn edit_message(
    app: AppState,
    Agent(caller): Agent,
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
