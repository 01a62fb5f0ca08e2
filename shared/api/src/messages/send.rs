//! Send a message.

use axum::Json;
use domain::{ClientMessageId, Draft, EventId, MessageBody, MessageType, Principal, Validation};
use http::{
    ApiError, AppState, Body, Caller, ChannelPath, Fields, FromFields, IdempotencyKey, Refusals,
};
use utoipa::ToSchema;

use super::{MessageAnswer, roster_for};

/// Body of a new message.
#[derive(Debug, ToSchema)]
pub struct SendMessage {
    /// 1 to 5,000 characters, not blank. Stored as it comes.
    #[schema(min_length = 1, max_length = 5000, example = "Hi, is this in stock?")]
    body: String,
    /// `text` unless given; `message_type` is another name for it. Only staff may send `system`.
    #[schema(rename = "type", pattern = "^(text|meeting|system)$", example = "text")]
    message_type: Option<String>,
    /// A name for this send. The same one again, with the same body and type, returns the message
    /// that it made; the header `Idempotency-Key` is another way to give it.
    #[schema(pattern = "^[A-Za-z0-9._-]{8,64}$")]
    client_message_id: Option<String>,
}

impl FromFields for SendMessage {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        Ok(Self {
            body: fields.text("body")?.ok_or(Validation::Required("body"))?,
            message_type: fields
                .text("type")?
                .map_or_else(|| fields.text("message_type"), |text| Ok(Some(text)))?,
            client_message_id: fields.text("client_message_id")?,
        })
    }
}

impl SendMessage {
    /// The message to send. The sender is the caller, whatever the body says.
    fn draft(
        self,
        caller: &Principal,
        IdempotencyKey(key): IdempotencyKey,
        event_id: EventId,
    ) -> Result<Draft, Validation> {
        const FIELD: &str = "client_message_id";
        let id = self.client_message_id.or(key);
        let parse = |id: String| {
            ClientMessageId::parse(&id).ok_or(Validation::Form(FIELD, "8 to 64 of [A-Za-z0-9._-]"))
        };
        Ok(Draft {
            sender: caller.clone(),
            body: MessageBody::parse(self.body)?,
            message_type: MessageType::parse(self.message_type.as_deref(), caller)?,
            client_message_id: id.map(parse).transpose()?,
            event_id,
        })
    }
}

/// Sends a message into one of the caller's channels, or into any for an admin. With a
/// `client_message_id` it may be sent again at any time and is stored once.
#[utoipa::path(
    post, path = "", operation_id = "send_message",
    params(("channel_hash" = String, Path), ("idempotency-key" = Option<String>, Header)),
    request_body = SendMessage,
    responses((status = 200, body = MessageAnswer), Refusals)
)]
pub async fn send(
    app: AppState,
    Caller(caller): Caller,
    ChannelPath(hash): ChannelPath,
    key: IdempotencyKey,
    Body(request): Body<SendMessage>,
) -> Result<Json<MessageAnswer>, ApiError> {
    let draft = request.draft(&caller, key, app.event_id()?)?;
    let (sent, roster) = tokio::join!(
        app.store.send(&hash, &draft, app.clock.now(), app.config.send_limit),
        roster_for(&app, &caller)
    );
    let sent = sent?;
    app.push_sent(&sent, &roster).await;
    Ok(Json(MessageAnswer::new(&sent, &caller, &roster)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_body_is_told_in_the_words_of_the_contract() {
        let refused = |text: &str| {
            let fields = Fields::parse(text.as_bytes()).expect("an object");
            SendMessage::from_fields(&fields).expect_err("refused").to_string()
        };
        assert_eq!(refused("{}"), "Invalid request: Field 'body' is required");
        assert_eq!(refused(""), "Invalid request: Field 'body' is required");
        assert_eq!(
            refused(r#"{"body":7}"#),
            "Invalid request: Expected type: 'string' for field 'body', got: 'number'"
        );
        assert_eq!(
            refused(r#"{"body":null}"#),
            "Invalid request: Expected type: 'string' for field 'body', got: 'null'"
        );
    }
}
