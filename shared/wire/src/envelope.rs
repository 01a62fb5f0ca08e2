//! Envelopes: what sockets, the log and the bus carry of each change; and the other frames.

use domain::{
    Channel, ChannelHash, Entry, EventId, MessageId, Place, Principal, Reader, Side, What,
};
use serde::Serialize;

use crate::{ChannelCore, Known, Member, Message, Note, StaffEntry, Timestamp};

/// An envelope: one change, the same for every receiver. Pushed to sockets, listed from the log,
/// published to the bus.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Envelope {
    /// `chat.message.created`, `chat.message.updated` or `chat.message.deleted`; in pushes also
    /// other names, for staff `chat.note.created`, `chat.note.updated`, `chat.note.deleted`, and
    /// `chat.channel.updated`.
    event: &'static str,
    /// `evt_…`: one per change.
    event_id: String,
    channel_id: String,
    channel_hash: String,
    /// The change's place in the channel's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    /// The change's place in the staff's log, for staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    staff_seq: Option<u64>,
    /// The seq after which a change of the staff's log is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    after_seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    /// When the change happened.
    ts: Timestamp,
    payload: Payload,
}

/// What an envelope carries.
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
    /// A note was written, edited or deleted, for staff only: the note in its present state.
    Note {
        /// The note.
        note: Note,
        /// There, and `true`, when the body was too long for a frame: the log has it.
        #[serde(skip_serializing_if = "Option::is_none")]
        truncated: Option<bool>,
    },
    /// The staff's work on the channel changed, for staff only: the channel and the entry.
    Worked {
        /// The channel as staff sees it.
        channel: Box<ChannelCore>,
        /// The entry of the staff's log.
        entry: Box<StaffEntry>,
    },
    /// The channel was closed or opened again, for its customer or guest.
    Channel {
        /// The channel as its customer or guest sees it.
        channel: Box<ChannelCore>,
    },
    /// Read: the membership as it is now.
    Read {
        /// The membership.
        member: Member,
    },
    /// Presence, for staff only: whether the channel's customer or guest is there.
    Presence {
        /// The customer or guest.
        user_id: String,
        /// What they are to the shop.
        role: &'static str,
        /// Whether they have an open connection whose page is not hidden.
        online: bool,
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
    /// The envelope of an entry as that side gets it; `None` where it may not see the entry, and
    /// for an entry of an unknown kind.
    pub fn of(known: &Known<'_>, entry: &Entry, side: Side) -> Option<Self> {
        let Known { channel, roster, links, .. } = *known;
        if !entry.facts().audience.includes(side) {
            return Self::of_close(known, entry).filter(|_| side == Side::Member);
        }
        let (key, kind) = (channel.key(), entry.what.kind()?);
        let message_id = entry
            .message()
            .map(|message| MessageId { channel: key.clone(), seq: message.seq }.to_string());
        let payload = match &entry.what {
            What::MessageSent(message) | What::MessageEdited(message) => {
                let message = Message::new(channel, message, None, roster, links);
                Payload::Message { message, truncated: None }
            }
            What::MessageDeleted(_) => {
                Payload::Deleted { id: message_id.clone()?, deleted_at: entry.ts.into() }
            }
            What::NoteAdded(note) | What::NoteEdited(note) | What::NoteDeleted(note) => {
                Payload::Note { note: Note::new(channel, note, roster), truncated: None }
            }
            What::StatusChanged { .. }
            | What::Assigned(_)
            | What::Labelled { .. }
            | What::Rated(_) => Payload::Worked {
                channel: Box::new(ChannelCore::new(known, Side::Staff)),
                entry: Box::new(StaffEntry::new(channel, entry, roster)?),
            },
            What::Unknown => return None,
        };
        let (staff_seq, after_seq) = match entry.place {
            Place::Public(_) => (None, None),
            Place::Staff { seq, after } => (Some(seq), Some(after)),
        };
        Some(Self {
            event: kind.event_name(),
            event_id: entry.id.as_str().to_owned(),
            channel_id: key.channel_id(),
            channel_hash: channel.hash.to_string(),
            seq: entry.place.public(),
            staff_seq,
            after_seq,
            message_id,
            ts: entry.ts.into(),
            payload,
        })
    }

    /// What the member gets of a change of the status: the channel, if it was closed or opened
    /// again.
    fn of_close(known: &Known<'_>, entry: &Entry) -> Option<Self> {
        if !entry.is_close_or_reopen() {
            return None;
        }
        let channel = Box::new(ChannelCore::new(known, Side::Member));
        let (event, payload) = (entry.what.kind()?.event_name(), Payload::Channel { channel });
        let hash = &known.channel.hash;
        Some(Self::without_seq(event, entry.id.as_str(), hash, entry.ts, payload))
    }
}

impl Envelope {
    /// The envelope of a read marker that moved; none for a reader without a mark. Its time is the
    /// member's `updated_at`, so that sockets and the bus carry the same.
    pub fn of_read(channel: &Channel, reader: &Reader) -> Option<Self> {
        let mark = channel.marks.get(reader)?;
        let event = EventId::of_read(&channel.key(), reader, mark);
        // Every receiver gets the same, so it is what customers may see.
        let member = Member::new(channel, reader, mark, Side::Member);
        Some(Self::without_seq(
            "chat.channel.read",
            event.as_str(),
            &channel.hash,
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
        channel: &ChannelHash,
        now: domain::Timestamp,
        payload: Payload,
    ) -> Self {
        let (channel_id, channel_hash) = (channel.key().channel_id(), channel.to_string());
        Self {
            event,
            event_id: id.to_owned(),
            channel_id,
            channel_hash,
            seq: None,
            staff_seq: None,
            after_seq: None,
            message_id: None,
            ts: now.into(),
            payload,
        }
    }

    /// The envelope as a frame. One that is too long for the gateway has no body, and says so. If
    /// that is not enough, it has no files and no card either.
    pub fn into_frame(mut self) -> String {
        let frame = to_text(&self);
        if frame.len() <= MAX_FRAME_BYTES {
            return frame;
        }
        let (body, truncated) = match &mut self.payload {
            Payload::Message { message, truncated } => (&mut message.body, truncated),
            Payload::Note { note, truncated } => (&mut note.body, truncated),
            _ => return frame,
        };
        body.clear();
        *truncated = Some(true);
        let frame = to_text(&self);
        if frame.len() <= MAX_FRAME_BYTES {
            return frame;
        }
        if let Payload::Message { message, .. } = &mut self.payload {
            message.attachments.clear();
            message.card = None;
        }
        to_text(&self)
    }
}

/// Longest envelope that is pushed whole, in bytes: below the gateway's 32 KB a frame.
const MAX_FRAME_BYTES: usize = 30_000;

/// The response to a ping.
pub const PONG: &str = r#"{"event":"pong"}"#;

/// The response to a frame that is not understood.
pub fn error_frame(message: &str) -> String {
    serde_json::json!({ "event": "error", "message": message }).to_string()
}

/// What a person does in a channel at this moment: pushed, and never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// The person is writing.
    Typing,
    /// An admin has the channel on the screen.
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

/// The frame of a hint.
pub fn hint_frame(
    hint: Hint,
    channel: &Channel,
    person: &Principal,
    event: &EventId,
    now: domain::Timestamp,
) -> String {
    let payload = Payload::Hint { user_id: person.id().to_string(), role: person.role().as_str() };
    to_text(&Envelope::without_seq(hint.event_name(), event.as_str(), &channel.hash, now, payload))
}

const PRESENCE: &str = "chat.presence";

/// The frame of a member's presence, to staff who look at this channel of theirs.
pub fn presence_frame(
    channel: &ChannelHash,
    member: &Principal,
    online: bool,
    event: &EventId,
    now: domain::Timestamp,
) -> String {
    let (user_id, role) = (member.id().to_string(), member.role().as_str());
    let payload = Payload::Presence { user_id, role, online };
    to_text(&Envelope::without_seq(PRESENCE, event.as_str(), channel, now, payload))
}

/// The frame of the staff's presence, to a member: whether any admin is there.
pub fn staff_presence_frame(online: bool, event: &EventId, now: domain::Timestamp) -> String {
    let ts = Timestamp::from(now);
    serde_json::json!({
        "event": PRESENCE, "event_id": event.as_str(), "ts": ts, "payload": { "online": online },
    })
    .to_string()
}

fn to_text(envelope: &Envelope) -> String {
    // Plain fields with text keys: this cannot fail.
    serde_json::to_string(envelope).unwrap_or_default()
}
