//! `DELETE /store/chat/messages/id/{message_id}`

use axum::Json;
use http::guard::Visitor;
use http::request::MessagePath;
use http::views::{self, DeletedAnswer};
use http::{ApiError, AppState, Refusals};

/// Deletes one of the caller's own messages. Deleting it again is fine.
#[utoipa::path(
    delete, path = "/store/chat/messages/id/{message_id}", tag = "store", operation_id = "store_delete_message",
    params(("message_id" = String, Path)),
    responses((status = 200, body = DeletedAnswer), Refusals)
)]
pub async fn delete_message(
    app: AppState,
    Visitor(caller): Visitor,
    MessagePath(id): MessagePath,
) -> Result<Json<DeletedAnswer>, ApiError> {
    let deleted = app
        .store
        .delete(&id, &caller, &app.event_id()?, app.clock.now(), app.config.send_limit)
        .await?;
    app.tell(deleted.news()).await;
    Ok(views::deleted(&id))
}
