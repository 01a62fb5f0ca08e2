//! Delete a note.

use axum::Json;
use domain::Principal;
use http::{Admin, ApiError, AppState, NotePath, Refusals};
use serde::Serialize;
use utoipa::ToSchema;

/// `{id, object, deleted}`
#[derive(Serialize, ToSchema)]
pub struct NoteDeletedAnswer {
    id: String,
    /// Always `chat_note`.
    object: &'static str,
    /// Always `true`.
    deleted: bool,
}

/// Deletes one of the caller's own notes. Its text is gone for good. Deleting it again succeeds.
#[utoipa::path(
    delete, path = "", operation_id = "delete_note",
    params(("note_id" = String, Path)),
    responses((status = 200, body = NoteDeletedAnswer), Refusals)
)]
pub async fn delete(
    app: AppState,
    Admin(admin): Admin,
    NotePath(id): NotePath,
) -> Result<Json<NoteDeletedAnswer>, ApiError> {
    let (event_id, now, caller) = (app.event_id()?, app.clock.now(), Principal::Admin(admin));
    let command = domain::DeleteNote { caller: &caller, event_id: &event_id };
    let (deleted, roster) =
        tokio::join!(app.store.delete_note(&id, command, now), app.store.roster(now));
    app.push_entries(&deleted?, &roster).await;
    Ok(Json(NoteDeletedAnswer { id: id.to_string(), object: "chat_note", deleted: true }))
}
