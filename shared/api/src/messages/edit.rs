//! Edit a message.

use axum::Json;
use domain::{MessageBody, Validation};
use http::{ApiError, AppState, Body, Caller, Fields, FromFields, MessagePath, Refusals};
use utoipa::ToSchema;

use super::{MessageAnswer, roster_for};

/// Body of an edit.
#[derive(Debug, ToSchema)]
pub struct EditMessage {
    /// The new text: 1 to 5,000 characters, not blank.
    #[schema(value_type = String, min_length = 1, max_length = 5000)]
    body: MessageBody,
}

impl FromFields for EditMessage {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let body = fields.text("body")?.ok_or(Validation::Required("body"))?;
        Ok(Self { body: MessageBody::parse(body)? })
    }
}

/// Changes the body of one of the caller's own messages.
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
    let (event_id, now, limit) = (app.event_id()?, app.clock.now(), app.config.send_limit);
    let (edited, roster) = tokio::join!(
        app.store.edit(&id, &caller, &request.body, &event_id, now, limit),
        roster_for(&app, &caller)
    );
    let edited = edited?;
    app.push_entries(&edited, &roster).await;
    Ok(Json(MessageAnswer::new(&edited, &caller, &roster)))
}
