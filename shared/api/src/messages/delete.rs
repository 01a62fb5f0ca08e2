//! Delete a message.

use axum::Json;
use domain::Roster;
use http::{ApiError, AppState, Caller, MessagePath, Refusals};
use serde::Serialize;
use utoipa::ToSchema;

/// `{id, object: "chat_message", deleted: true}`
#[derive(Serialize, ToSchema)]
pub struct DeletedAnswer {
    id: String,
    object: &'static str,
    deleted: bool,
}

/// Deletes one of the caller's own messages. To delete it again changes nothing.
#[utoipa::path(
    delete, path = "", operation_id = "delete_message",
    params(("message_id" = String, Path)),
    responses((status = 200, body = DeletedAnswer), Refusals)
)]
pub async fn delete(
    app: AppState,
    Caller(caller): Caller,
    MessagePath(id): MessagePath,
) -> Result<Json<DeletedAnswer>, ApiError> {
    let deleted = app
        .store
        .delete(&id, &caller, &app.event_id()?, app.clock.now(), app.config.send_limit)
        .await?;
    // The envelope of a deletion shows no message, so no sender.
    app.push_entries(&deleted, &Roster::default()).await;
    Ok(Json(DeletedAnswer { id: id.to_string(), object: "chat_message", deleted: true }))
}
