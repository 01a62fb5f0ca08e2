//! Edit a message.

use axum::Json;
use domain::{Meeting, MessageBody, Validation};
use http::{ApiError, AppState, Body, Caller, Fields, FromFields, MessagePath, Refusals};
use utoipa::ToSchema;

use super::{MessageAnswer, SendMeeting, roster_for};

/// Body of an edit.
#[derive(Debug, ToSchema)]
pub struct EditMessage {
    /// The new text: 1 to 5,000 characters, not blank. Only beside a meeting it may be missing, and
    /// stays as it is.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 5000)]
    body: Option<MessageBody>,
    /// The new meeting of a message of type `meeting`; null removes it.
    #[schema(value_type = Option<SendMeeting>)]
    #[expect(clippy::option_option, reason = "absent leaves it, null removes it")]
    meeting: Option<Option<Meeting>>,
}

impl FromFields for EditMessage {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let meeting = fields.object_or_null::<SendMeeting>("meeting")?;
        let meeting = meeting.map(|new| new.map(SendMeeting::meeting).transpose()).transpose()?;
        let body = fields.text("body")?.map(MessageBody::parse).transpose()?;
        if body.is_none() && meeting.is_none() {
            return Err(Validation::Required("body"));
        }
        Ok(Self { body, meeting })
    }
}

/// Changes the body of one of the caller's own messages, and its meeting.
#[utoipa::path(
    put, path = "", operation_id = "edit_message",
    params(("message_id" = String, Path)), request_body = EditMessage,
    responses((status = 200, body = MessageAnswer), Refusals)
)]
pub async fn edit(
    app: AppState,
    Caller(caller): Caller,
    MessagePath(id): MessagePath,
    Body(request): Body<EditMessage>,
) -> Result<Json<MessageAnswer>, ApiError> {
    let command = domain::EditMessage {
        caller: &caller,
        body: request.body.as_ref(),
        meeting: request.meeting.as_ref().map(Option::as_ref),
        event_id: &app.event_id()?,
        limit: app.config.send_limit,
    };
    let (edited, roster) =
        tokio::join!(app.store.edit(&id, command, app.clock.now()), roster_for(&app, &caller));
    let edited = edited?;
    app.push_entries(&edited, &roster).await;
    Ok(Json(MessageAnswer::new(&app, &edited, &caller, &roster).await))
}
