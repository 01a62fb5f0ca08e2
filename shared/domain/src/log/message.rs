//! A message: as it is drafted, and as it is stored.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::channel::status::Status;
use crate::ids::{ActorId, ClientMessageId, EventId, FileId};
use crate::log::attachment::Attachment;
use crate::log::card::Card;
use crate::log::kind::{Kind, Meaning};
use crate::log::meeting::Meeting;
use crate::log::page::Page;
use crate::people::principal::{Principal, Role, Side};
use crate::refusal::Validation;
use crate::text::body::MessageBody;
use crate::text::language::Languages;
use crate::time::Timestamp;

/// What kind of message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageType {
    /// Plain text.
    Text,
    /// An invitation to meet; its body says in words what its [`Meeting`] says, if it has one.
    Meeting,
    /// A message of the shop. Only staff may send one: a customer's would pose as the shop.
    System,
    /// A type that a newer version wrote. Never sent, and never shown.
    #[serde(other)]
    Unknown,
}

impl MessageType {
    /// Parses a type that `caller` may use; `text` if none is given.
    pub fn parse(text: Option<&str>, caller: &Principal) -> Result<Self, Validation> {
        let refuse = |allowed, got: &str| {
            Err(Validation::OneOf { field: "type", allowed, got: got.to_owned() })
        };
        match text {
            None | Some("text") => Ok(Self::Text),
            Some("meeting") => Ok(Self::Meeting),
            Some("system") if caller.side() == Side::Staff => Ok(Self::System),
            Some("system") => refuse("text, meeting", "system"),
            Some(other) => refuse("text, meeting, system", other),
        }
    }

    /// Refuses a meeting in a message of another type.
    pub fn may_hold(self, meeting: Option<&Meeting>) -> Result<(), Validation> {
        if meeting.is_some() && self != Self::Meeting {
            return Err(Validation::Form("meeting", "left out unless 'type' is 'meeting'"));
        }
        Ok(())
    }

    /// The type as the API spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Meeting => "meeting",
            Self::System => "system",
            Self::Unknown => "unknown",
        }
    }
}

/// A message to send.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Who sends it: always the caller.
    pub sender: Principal,
    /// What it says.
    pub body: MessageBody,
    /// Its type.
    pub message_type: MessageType,
    /// The files that it takes, in order, each once.
    pub files: Vec<FileId>,
    /// What of the shop it is about.
    pub card: Option<Box<Card>>,
    /// The meeting that it proposes.
    pub meeting: Option<Box<Meeting>>,
    /// The page from which it is sent.
    pub page: Option<Box<Page>>,
    /// What its sender reads: chooses the language of an automatic reply.
    pub lang: Option<Languages>,
    /// The client's name for this send.
    pub client_message_id: Option<ClientMessageId>,
    /// The id of its event, drawn beforehand.
    pub event_id: EventId,
    /// The status that the channel gets with it, if staff asks for one.
    pub status: Option<Status>,
}

impl Draft {
    /// A text without a client message id.
    pub const fn text(sender: Principal, body: MessageBody, event_id: EventId) -> Self {
        Self {
            sender,
            body,
            message_type: MessageType::Text,
            files: Vec::new(),
            card: None,
            meeting: None,
            page: None,
            lang: None,
            client_message_id: None,
            event_id,
            status: None,
        }
    }

    /// The message that the draft becomes at this place of the log, with the files that it takes.
    pub fn message(
        &self,
        seq: u64,
        attachments: &[Attachment],
        sent: Tally,
        created_at: Timestamp,
    ) -> Message {
        Message {
            seq,
            sender_id: self.sender.id().clone(),
            sender_role: self.sender.role(),
            body: self.body.as_str().to_owned(),
            message_type: self.message_type,
            attachments: attachments.to_vec(),
            card: self.card.clone(),
            meeting: self.meeting.clone(),
            page: self.page.clone(),
            lang: self.lang.clone(),
            sent,
            client_message_id: self.client_message_id.clone(),
            event_id: self.event_id.clone(),
            created_at,
            edited_at: None,
            deleted_at: None,
        }
    }

    /// The fingerprint of the message that it becomes, see [`Message::fingerprint`].
    pub fn fingerprint(&self) -> String {
        let (kind, body) = (self.message_type, self.body.as_str());
        fingerprint(kind, body, self.files.iter(), self.card.as_deref(), self.meeting.as_deref())
    }
}

/// A digest of type and body and, if there are any, of files, card and meeting.
fn fingerprint<'a>(
    message_type: MessageType,
    body: &str,
    files: impl Iterator<Item = &'a FileId>,
    card: Option<&Card>,
    meeting: Option<&Meeting>,
) -> String {
    let mut hasher = Sha256::new();
    hasher.update(message_type.as_str());
    hasher.update("\n");
    hasher.update(body);
    let text = data_encoding::HEXLOWER.encode(&hasher.finalize());
    let files: Vec<String> = files.map(ToString::to_string).collect();
    if files.is_empty() && card.is_none() && meeting.is_none() {
        return text;
    }
    let mut hasher = Sha256::new_with_prefix(text);
    hasher.update(files.join(","));
    // Each part with its length, so that no two contents have the same digest.
    let mut add = |part: Option<&str>| {
        let length = part.map_or_else(|| "-".to_owned(), |part| part.len().to_string());
        hasher.update(format!("\n{length}:{}", part.unwrap_or_default()));
    };
    if let Some(Card { kind, id, title, subtitle, url, image_url, price, state }) = card {
        add(Some(kind.as_str()));
        add(Some(title));
        for part in [id, subtitle, url, image_url, state] {
            add(part.as_deref());
        }
        add(price.as_ref().map(|price| price.amount.get().to_string()).as_deref());
        add(price.as_ref().map(|price| price.currency_code.as_str()));
    }
    if let Some(Meeting { starts_at, ends_at, title, url }) = meeting {
        add(Some(&starts_at.millis().to_string()));
        add(Some(&ends_at.millis().to_string()));
        add(title.as_deref());
        add(url.as_deref());
    }
    data_encoding::HEXLOWER.encode(&hasher.finalize())
}

/// A number of messages of each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Of customers and guests.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub customer: u64,
    /// Of the staff.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub staff: u64,
}

impl Tally {
    /// The messages of one side.
    pub const fn of(self, side: Side) -> u64 {
        match side {
            Side::Member => self.customer,
            Side::Staff => self.staff,
        }
    }

    /// The messages of both sides.
    pub const fn total(self) -> u64 {
        self.customer + self.staff
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.total() == 0
    }

    /// Counts one more message of a side.
    #[must_use]
    pub const fn one_more(mut self, side: Side) -> Self {
        match side {
            Side::Member => self.customer += 1,
            Side::Staff => self.staff += 1,
        }
        self
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// A stored message, in its present state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Position in the channel's log, from 1.
    pub seq: u64,
    /// Who sent it.
    pub sender_id: ActorId,
    /// The sender's role.
    pub sender_role: Role,
    /// What it says; empty once deleted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// Its type.
    pub message_type: MessageType,
    /// Its files. They, card, meeting and page are gone once it is deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// What of the shop it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Box<Card>>,
    /// The meeting that it proposes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<Box<Meeting>>,
    /// The page from which it was sent: only staff sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Box<Page>>,
    /// What its sender reads, if they are on the member's side. The head's copy has none, and no
    /// client sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<Languages>,
    /// Messages that each side had sent when this one was stored, itself included. A later delete
    /// does not change it, so the difference of two messages is what was sent between them. Empty
    /// in the copy that the head keeps.
    #[serde(default, skip_serializing_if = "Tally::is_empty")]
    pub sent: Tally,
    /// The client's name for the send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<ClientMessageId>,
    /// The id of the event that created it.
    pub event_id: EventId,
    /// When it was stored; rises strictly with `seq`.
    pub created_at: Timestamp,
    /// When its body last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
}

impl Message {
    /// The attributes with what a person wrote: a deleted message keeps none of them.
    pub const CONTENT: &[&str] = &["body", "attachments", "card", "meeting", "page", "lang"];

    /// What is left of it once it is deleted.
    pub(crate) fn tombstone(&self, now: Timestamp) -> Self {
        Self {
            body: String::new(),
            attachments: Vec::new(),
            card: None,
            meeting: None,
            page: None,
            lang: None,
            deleted_at: Some(now),
            ..self.clone()
        }
    }

    /// Whether `caller` sent it. The member's side is one person, so everything that it sent is the
    /// member's own: a customer owns the messages of the guest that they claimed. The channel's
    /// membership is checked elsewhere.
    pub fn is_own(&self, caller: &Principal) -> bool {
        match caller.side() {
            Side::Member => self.sender_role.side() == Side::Member,
            Side::Staff => self.sender_role == Role::Admin && self.sender_id == *caller.id(),
        }
    }

    /// Who sent it; `None` for the shop itself, and for a role that is unknown here.
    pub fn author(&self) -> Option<Principal> {
        Principal::of(self.sender_role, self.sender_id.clone())
    }

    /// What the entry that sent it means to the sides.
    pub fn meaning(&self) -> Meaning {
        if !self.is_known() {
            return Meaning::UNKNOWN;
        }
        let by = self.author().map(|author| author.side());
        Meaning { facts: Kind::MessageSent.facts(), by }
    }

    /// A digest of what a client sends, except the page. It distinguishes a repeated send from
    /// another message under the same client id.
    pub fn fingerprint(&self) -> String {
        let files = self.attachments.iter().map(|file| &file.id);
        let (card, meeting) = (self.card.as_deref(), self.meeting.as_deref());
        fingerprint(self.message_type, &self.body, files, card, meeting)
    }

    /// The placeholder for a message that a newer version wrote in a form unknown here. It keeps
    /// its place in the log, counts as seen and is never shown.
    pub fn unknown(seq: u64, created_at: Timestamp) -> Self {
        Self {
            seq,
            sender_id: ActorId::unknown(),
            sender_role: Role::Unknown,
            body: String::new(),
            message_type: MessageType::Unknown,
            attachments: Vec::new(),
            card: None,
            meeting: None,
            page: None,
            lang: None,
            client_message_id: None,
            event_id: EventId::unknown(),
            created_at,
            edited_at: None,
            deleted_at: Some(created_at),
            sent: Tally::default(),
        }
    }

    /// Whether this version knows its type and its sender's role. An unknown message is never
    /// shown.
    pub fn is_known(&self) -> bool {
        self.message_type != MessageType::Unknown && self.sender_role != Role::Unknown
    }

    /// When it last changed.
    pub fn updated_at(&self) -> Timestamp {
        [self.edited_at, self.deleted_at]
            .into_iter()
            .flatten()
            .fold(self.created_at, Timestamp::max)
    }
}
