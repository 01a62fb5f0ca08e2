//! `DELETE /admin/chat/messages/id/{message_id}`

use axum::Json;
use http::guard::Agent;
use http::request::MessagePath;
use http::views::{self, DeletedAnswer};
use http::{ApiError, AppState, Refusals};

/// Deletes one of the caller's own messages. Deleting it again is fine.
#[utoipa::path(
    delete, path = "/admin/chat/messages/id/{message_id}", tag = "admin", operation_id = "admin_delete_message",
    params(("message_id" = String, Path)),
    responses((status = 200, body = DeletedAnswer), Refusals)
)]
pub async fn delete_message(
    app: AppState,
    Agent(caller): Agent,
    MessagePath(id): MessagePath,
) -> Result<Json<DeletedAnswer>, ApiError> {
    let deleted = app
        .store
        .delete(&id, &caller, &app.event_id()?, app.clock.now(), app.config.send_limit)
        .await?;
    app.tell(deleted.news()).await;
    Ok(views::deleted(&id))
}
