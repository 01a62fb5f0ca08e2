//! Send a message.

use axum::Json;
use domain::{
    ClientMessageId, Draft, EventId, FileId, Languages, MessageBody, MessageType, Principal, Side,
    Status, Validation,
};
use http::{
    AcceptedLanguages, ApiError, AppState, Body, Caller, ChannelPath, Fields, FromFields,
    IdempotencyKey, Refusals,
};
use utoipa::ToSchema;

use super::content::files;
use super::{MessageAnswer, SendCard, SendMeeting, SendPage, roster_for};
use crate::channels::status;

/// Body of a new message.
#[derive(Debug, ToSchema)]
pub struct SendMessage {
    /// 1 to 5,000 characters, not blank. Stored as it comes. May be missing if there is an
    /// attachment or a card.
    #[schema(min_length = 1, max_length = 5000, example = "Hi, is this in stock?")]
    body: Option<String>,
    /// `text` unless given; `message_type` is another name for it. Only staff may send `system`.
    #[schema(rename = "type", pattern = "^(text|meeting|system)$", example = "text")]
    message_type: Option<String>,
    /// The ids of ready files of this channel and sender, each once.
    #[schema(value_type = Option<Vec<String>>)]
    attachments: Vec<FileId>,
    card: Option<SendCard>,
    /// Only with the type `meeting`.
    meeting: Option<SendMeeting>,
    /// Store side only: the page of the shop that the sender looks at. Only staff sees it.
    #[schema(value_type = Option<SendPage>)]
    page: Result<Option<SendPage>, Validation>,
    /// Store side only: the language that the sender reads, such as `de` or `pt-BR`. Without it
    /// `Accept-Language` counts. An automatic reply is in that language. No client sees it.
    #[schema(value_type = Option<String>, max_length = 35, example = "de")]
    lang: Result<Option<String>, Validation>,
    /// A name for this send. The same one again, with the same content, returns the message that it
    /// made; the header `Idempotency-Key` is another way to give it.
    #[schema(pattern = "^[A-Za-z0-9._-]{8,64}$")]
    client_message_id: Option<String>,
    /// Staff only: the status that the channel gets with the message; without it a message opens
    /// the channel.
    #[schema(value_type = Option<String>, pattern = "^(open|snoozed|closed)$")]
    status: Result<Option<Status>, Validation>,
    /// With the status `snoozed`: when the snooze ends.
    #[schema(value_type = Option<String>, format = "date-time")]
    #[expect(dead_code, reason = "part of the status; the OpenAPI document shows it")]
    snoozed_until: Option<String>,
}

impl FromFields for SendMessage {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let (attachments, card) = (files(fields)?, fields.object("card")?);
        let has_more = !attachments.is_empty() || card.is_some();
        let body = if has_more && fields.is_null("body") { None } else { fields.text("body")? };
        if body.is_none() && !has_more {
            return Err(Validation::Required("body"));
        }
        Ok(Self {
            body,
            message_type: fields
                .text("type")?
                .map_or_else(|| fields.text("message_type"), |text| Ok(Some(text)))?,
            attachments,
            card,
            meeting: fields.object("meeting")?,
            page: fields.object("page"),
            lang: fields.text("lang"),
            client_message_id: fields.text("client_message_id")?,
            status: status(fields),
            snoozed_until: None,
        })
    }
}

impl SendMessage {
    /// The message to send. The sender is the caller, whatever the body says. `is_allowed` says
    /// which origins have pages of the shop.
    fn draft(
        self,
        caller: &Principal,
        IdempotencyKey(key): IdempotencyKey,
        AcceptedLanguages(accepted): AcceptedLanguages,
        event_id: EventId,
        is_allowed: impl Fn(&str) -> bool,
    ) -> Result<Draft, Validation> {
        const FIELD: &str = "client_message_id";
        let id = self.client_message_id.or(key);
        let parse = |id: String| {
            ClientMessageId::parse(&id).ok_or(Validation::Form(FIELD, "8 to 64 of [A-Za-z0-9._-]"))
        };
        let (side, has_more) = (caller.side(), !self.attachments.is_empty() || self.card.is_some());
        let body = match self.body {
            None => MessageBody::none(),
            Some(blank) if has_more && blank.trim().is_empty() => MessageBody::none(),
            Some(text) => MessageBody::parse(text)?,
        };
        let message_type = MessageType::parse(self.message_type.as_deref(), caller)?;
        let meeting = self.meeting.map(SendMeeting::meeting).transpose()?;
        message_type.may_hold(meeting.as_ref())?;
        // Each side ignores what only the other one may send, whatever it is.
        let (page, lang) = match side {
            Side::Member => (self.page?, self.lang?),
            Side::Staff => (None, None),
        };
        // What is no language is as good as none: a browser's setting is no reason to refuse.
        let lang = lang.and_then(|tag| Languages::of_tag(&tag)).or(accepted);
        Ok(Draft {
            sender: caller.clone(),
            body,
            message_type,
            files: self.attachments,
            card: self.card.map(|card| card.card(side, &is_allowed)).transpose()?.map(Box::new),
            meeting: meeting.map(Box::new),
            page: page
                .and_then(|page| page.page(&is_allowed).transpose())
                .transpose()?
                .map(Box::new),
            lang: lang.filter(|_| side == Side::Member),
            client_message_id: id.map(parse).transpose()?,
            event_id,
            status: if side == Side::Staff { self.status? } else { None },
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
    accepted: AcceptedLanguages,
    Body(request): Body<SendMessage>,
) -> Result<Json<MessageAnswer>, ApiError> {
    let is_allowed = |origin: &str| app.config.allows_origin(origin);
    let draft = request.draft(&caller, key, accepted, app.event_id()?, is_allowed)?;
    let most = u64::from(app.config.files.per_message);
    if draft.files.len() as u64 > most {
        return Err(Validation::TooBig("attachments", most).into());
    }
    let (sent, roster) = tokio::join!(
        app.store.send(&hash, &draft, app.clock.now(), app.config.send_limit),
        roster_for(&app, &caller)
    );
    let sent = sent?;
    app.push_sent(&sent, &roster).await;
    Ok(Json(MessageAnswer::new(&app, &sent, &caller, &roster).await))
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
