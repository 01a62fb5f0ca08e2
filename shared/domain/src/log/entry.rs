//! An entry of a channel's log.

use crate::ids::EventId;
use crate::log::kind::{Facts, Kind, Meaning};
use crate::log::message::Message;
use crate::people::principal::Principal;
use crate::time::Timestamp;

/// One entry of a channel's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Position in the log: 1, 2, 3, … without gaps.
    pub seq: u64,
    /// The id of its event, the same for every receiver.
    pub id: EventId,
    /// When it was appended.
    pub ts: Timestamp,
    /// Who made it. `None` for the shop itself, and if the kind is unknown.
    pub by: Option<Principal>,
    /// What happened.
    pub what: What,
}

/// What an entry says. Messages are in their present state, which may be later than the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A message was sent.
    MessageSent(Message),
    /// A message got another body.
    MessageEdited(Message),
    /// A message was deleted.
    MessageDeleted(Message),
    /// Something that a newer version wrote.
    Unknown,
}

impl What {
    fn about(kind: Kind, message: Message) -> Self {
        match kind {
            Kind::MessageSent => Self::MessageSent(message),
            Kind::MessageEdited => Self::MessageEdited(message),
            Kind::MessageDeleted => Self::MessageDeleted(message),
        }
    }

    /// The kind; `None` if it is unknown.
    pub const fn kind(&self) -> Option<Kind> {
        match self {
            Self::MessageSent(_) => Some(Kind::MessageSent),
            Self::MessageEdited(_) => Some(Kind::MessageEdited),
            Self::MessageDeleted(_) => Some(Kind::MessageDeleted),
            Self::Unknown => None,
        }
    }
}

impl Entry {
    /// The entry of a sent message.
    pub fn sent(message: Message) -> Self {
        let (seq, id, ts) = (message.seq, message.event_id.clone(), message.created_at);
        Self::about(message, Kind::MessageSent, seq, id, ts)
    }

    /// An entry about a message, by its author: only the author edits or deletes it. An entry about
    /// an unknown message is unknown too.
    pub fn about(message: Message, kind: Kind, seq: u64, id: EventId, ts: Timestamp) -> Self {
        if !message.is_known() {
            return Self::unknown(seq);
        }
        Self { seq, id, ts, by: message.author(), what: What::about(kind, message) }
    }

    /// The placeholder for an entry that a newer version wrote in a form unknown here.
    pub fn unknown(seq: u64) -> Self {
        let (id, ts) = (EventId::unknown(), Timestamp::default());
        Self { seq, id, ts, by: None, what: What::Unknown }
    }

    /// What its kind means.
    pub fn facts(&self) -> Facts {
        self.what.kind().map_or(Facts::UNKNOWN, Kind::facts)
    }

    /// What it means to the sides.
    pub fn meaning(&self) -> Meaning {
        Meaning { facts: self.facts(), by: self.by.as_ref().map(Principal::side) }
    }

    /// The message that it is about.
    pub const fn message(&self) -> Option<&Message> {
        match &self.what {
            What::MessageSent(message)
            | What::MessageEdited(message)
            | What::MessageDeleted(message) => Some(message),
            What::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::fixtures::{admin, at, channel, customer, send};
    use crate::log::message::MessageType;
    use crate::people::principal::{Role, Side};

    #[test]
    fn every_kind_has_its_own_entry() {
        let (_, message) = send(&channel(), &customer(), 1_000);
        for kind in Kind::ALL {
            let id = EventId::from_random([2; 16]);
            let entry = Entry::about(message.clone(), *kind, 2, id, at(2_000));
            assert_eq!(entry.what.kind(), Some(*kind));
            assert_eq!(entry.by, Some(customer()));
        }
    }

    #[test]
    fn what_an_entry_means_depends_on_its_side() {
        let (_, question) = send(&channel(), &customer(), 1_000);
        let (_, answer) = send(&channel(), &admin(), 1_000);
        let meaning = |message: &Message| {
            let means = Entry::sent(message.clone()).meaning();
            assert_eq!(message.meaning(), means);
            (means.unread_for(), means.mailed_to(), means.asks(), means.answers())
        };
        assert_eq!(meaning(&question), (Some(Side::Staff), Some(Side::Staff), true, false));
        assert_eq!(meaning(&answer), (Some(Side::Member), Some(Side::Member), false, true));
        let automatic = Message { sender_role: Role::System, ..answer };
        assert_eq!(meaning(&automatic), (Some(Side::Member), None, false, false));
    }

    #[test]
    fn an_entry_about_an_unknown_message_means_nothing() {
        let (_, message) = send(&channel(), &customer(), 1_000);
        for unknown in [
            Message { message_type: MessageType::Unknown, ..message.clone() },
            Message { sender_role: Role::Unknown, ..message },
        ] {
            let entry = Entry::sent(unknown.clone());
            assert_eq!(entry, Entry::unknown(1));
            assert_eq!(entry.facts(), Facts::UNKNOWN);
            let means = entry.meaning();
            assert_eq!(unknown.meaning(), means);
            assert_eq!((means.unread_for(), means.mailed_to()), (None, None));
            assert!(!means.asks() && !means.answers());
        }
    }
}
