//! Edit a note.

use axum::Json;
use domain::{ActorId, MessageBody, Principal, Validation};
use http::{Admin, ApiError, AppState, Body, Fields, FromFields, NotePath, Refusals};
use utoipa::ToSchema;

use super::{NoteAnswer, check_mentions, mentions};

/// Body of an edit.
#[derive(Debug, ToSchema)]
pub struct EditNote {
    /// 1 to 5,000 characters, not blank. Stored as it comes.
    #[schema(value_type = String, min_length = 1, max_length = 5000)]
    body: MessageBody,
    /// The ids of known admins whose attention it asks for, at most 20.
    #[schema(value_type = Option<Vec<String>>, max_items = 20)]
    mentions: Vec<ActorId>,
}

impl FromFields for EditNote {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let body = fields.text("body")?.ok_or(Validation::Required("body"))?;
        Ok(Self {
            body: MessageBody::parse(body)?,
            mentions: mentions(fields)?.unwrap_or_default(),
        })
    }
}

/// Changes one of the caller's own notes.
#[utoipa::path(
    put, path = "", operation_id = "edit_note",
    params(("note_id" = String, Path)),
    request_body = EditNote,
    responses((status = 200, body = NoteAnswer), Refusals)
)]
pub async fn edit(
    app: AppState,
    Admin(admin): Admin,
    NotePath(id): NotePath,
    Body(request): Body<EditNote>,
) -> Result<Json<NoteAnswer>, ApiError> {
    check_mentions(&app, &request.mentions).await?;
    let (event_id, now, caller) = (app.event_id()?, app.clock.now(), Principal::Admin(admin));
    let command = domain::EditNote {
        caller: &caller,
        body: &request.body,
        mentions: &request.mentions,
        event_id: &event_id,
    };
    let (edited, roster) =
        tokio::join!(app.store.edit_note(&id, command, now), app.store.roster(now));
    let edited = edited?;
    app.push_entries(&edited, &roster).await;
    Ok(Json(NoteAnswer::new(&edited, &roster)))
}
