//! Write a note.

use axum::Json;
use domain::{ActorId, ClientMessageId, MessageBody, NoteDraft, Principal, Validation};
use http::{Admin, ApiError, AppState, Body, ChannelPath, Fields, FromFields, Refusals};
use utoipa::ToSchema;

use super::{NoteAnswer, check_mentions, mentions};

/// Body of a new note.
#[derive(Debug, ToSchema)]
pub struct AddNote {
    /// 1 to 5,000 characters, not blank. Stored as it comes.
    #[schema(min_length = 1, max_length = 5000, example = "Tom, can you look at this?")]
    body: String,
    /// The ids of known admins whose attention it asks for, at most 20.
    #[schema(value_type = Option<Vec<String>>, max_items = 20)]
    mentions: Vec<ActorId>,
    /// A name for this request. The same one again, with the same content, returns the note that
    /// it made. These names are not those of messages.
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9._-]{8,64}$")]
    client_message_id: Option<ClientMessageId>,
}

impl FromFields for AddNote {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        const ID: &str = "client_message_id";
        let parse = |id: String| {
            ClientMessageId::parse(&id).ok_or(Validation::Form(ID, "8 to 64 of [A-Za-z0-9._-]"))
        };
        Ok(Self {
            body: fields.text("body")?.ok_or(Validation::Required("body"))?,
            mentions: mentions(fields)?.unwrap_or_default(),
            client_message_id: fields.text(ID)?.map(parse).transpose()?,
        })
    }
}

/// Writes a note, which only staff sees.
#[utoipa::path(
    post, path = "", operation_id = "add_note",
    params(("channel_hash" = String, Path)),
    request_body = AddNote,
    responses((status = 200, body = NoteAnswer), Refusals)
)]
pub async fn add(
    app: AppState,
    Admin(admin): Admin,
    ChannelPath(hash): ChannelPath,
    Body(request): Body<AddNote>,
) -> Result<Json<NoteAnswer>, ApiError> {
    let draft = NoteDraft {
        author: admin.clone(),
        body: MessageBody::parse(request.body)?,
        mentions: request.mentions,
        client_message_id: request.client_message_id,
        event_id: app.event_id()?,
    };
    check_mentions(&app, &draft.mentions).await?;
    let (caller, now) = (Principal::Admin(admin), app.clock.now());
    let (added, roster) =
        tokio::join!(app.store.add_note(&hash, &caller, &draft, now), app.store.roster(now));
    let added = added?;
    app.push_entries(&added, &roster).await;
    Ok(Json(NoteAnswer::new(&added, &roster)))
}
