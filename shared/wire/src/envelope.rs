//! Envelopes: the events that sockets, the log and the bus carry; and the other frames.

use domain::{Change, ChangeKind, Channel, EventId, MessageId, Principal, Reader, Side};
use serde::Serialize;

use crate::{Member, Message, Timestamp};

/// An event: pushed to sockets, kept in the log, the same for every receiver.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Envelope {
    /// `chat.message.created`, `chat.message.updated` or `chat.message.deleted`.
    event: &'static str,
    /// `evt_…`: one per change.
    event_id: String,
    channel_id: String,
    channel_hash: String,
    /// The change's place in the channel's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    /// When the change happened.
    ts: Timestamp,
    payload: Payload,
}

/// What an event tells.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Payload {
    /// Created and updated: the message in its present state.
    Message {
        /// The message.
        message: Message,
        /// There, and `true`, when the body was too long for a frame: the log has it.
        #[serde(skip_serializing_if = "Option::is_none")]
        truncated: Option<bool>,
    },
    /// Deleted: which, and when.
    Deleted {
        /// The message's id.
        id: String,
        /// When.
        deleted_at: Timestamp,
    },
    /// Read: the membership as it is now.
    Read {
        /// The membership.
        member: Member,
    },
    /// Typing and looking: who.
    Hint {
        /// Who is typing, or looking.
        user_id: String,
        /// What they are to the shop.
        role: &'static str,
    },
}

impl Envelope {
    /// The event of a change.
    pub fn of(channel: &Channel, change: &Change) -> Self {
        let key = channel.key();
        let id = MessageId { channel: key.clone(), seq: change.message.seq }.to_string();
        Self {
            event: change.kind.event_name(),
            event_id: change.event_id.as_str().to_owned(),
            channel_id: key.channel_id(),
            channel_hash: channel.hash.to_string(),
            seq: Some(change.seq),
            message_id: Some(id.clone()),
            ts: change.ts.into(),
            payload: match change.kind {
                ChangeKind::Created | ChangeKind::Updated => Payload::Message {
                    message: Message::new(channel, &change.message, None),
                    truncated: None,
                },
                ChangeKind::Deleted => Payload::Deleted { id, deleted_at: change.ts.into() },
            },
        }
    }
}

impl Envelope {
    /// The event of somebody's reading; nothing for who has no mark. Its time is the member's
    /// `updated_at`, so that sockets and the bus carry the same.
    pub fn of_read(channel: &Channel, reader: &Reader) -> Option<Self> {
        let mark = channel.marks.get(reader)?;
        let event = EventId::of_read(&channel.key(), reader, mark.seq);
        // As customers see it: every receiver gets the same.
        let member = Member::new(channel, reader, mark, Side::Member);
        Some(Self::without_seq(
            "chat.channel.read",
            event.as_str(),
            channel,
            mark.at.unwrap_or(channel.created_at),
            Payload::Read { member },
        ))
    }

    /// The event's name.
    pub fn name(&self) -> &'static str {
        self.event
    }

    fn without_seq(
        event: &'static str,
        id: &str,
        channel: &Channel,
        now: domain::Timestamp,
        payload: Payload,
    ) -> Self {
        let (channel_id, channel_hash) = (channel.key().channel_id(), channel.hash.to_string());
        Self {
            event,
            event_id: id.to_owned(),
            channel_id,
            channel_hash,
            seq: None,
            message_id: None,
            ts: now.into(),
            payload,
        }
    }

    /// The event as a frame. One that would be too long for the gateway goes without its body, and
    /// says so.
    pub fn into_frame(mut self) -> String {
        let frame = to_text(&self);
        if frame.len() <= MAX_FRAME_BYTES {
            return frame;
        }
        if let Payload::Message { message, truncated } = &mut self.payload {
            message.body.clear();
            *truncated = Some(true);
        }
        to_text(&self)
    }
}

/// Longest event that is sent whole, in bytes: below the gateway's 32 KB a frame.
const MAX_FRAME_BYTES: usize = 30_000;

/// The answer to a ping.
pub const PONG: &str = r#"{"event":"pong"}"#;

/// The answer to a frame that is not understood.
pub fn error_frame(message: &str) -> String {
    serde_json::json!({ "event": "error", "message": message }).to_string()
}

/// What somebody does in a channel at this moment: told, and never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// They are writing.
    Typing,
    /// An admin has it in front of them.
    Looking,
}

impl Hint {
    /// The event's name on the wire.
    pub const fn event_name(self) -> &'static str {
        match self {
            Self::Typing => "chat.typing",
            Self::Looking => "chat.looking",
        }
    }
}

/// Tells what somebody does at this moment.
pub fn hint_frame(
    hint: Hint,
    channel: &Channel,
    person: &Principal,
    event: &EventId,
    now: domain::Timestamp,
) -> String {
    let payload = Payload::Hint { user_id: person.id().to_string(), role: person.role().as_str() };
    to_text(&Envelope::without_seq(hint.event_name(), event.as_str(), channel, now, payload))
}

fn to_text(envelope: &Envelope) -> String {
    // Plain fields with text keys: this cannot fail.
    serde_json::to_string(envelope).unwrap_or_default()
}
