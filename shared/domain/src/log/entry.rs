//! An entry of a channel's log.

use std::collections::BTreeSet;

use crate::channel::status::{Queue, Status};
use crate::ids::{ActorId, EventId};
use crate::log::kind::{Facts, Kind, Meaning};
use crate::log::message::Message;
use crate::log::note::Note;
use crate::log::rate::Rated;
use crate::people::principal::Principal;
use crate::shop::labels::LabelSlug;
use crate::time::Timestamp;

/// The place of an entry. A channel's log is two sequences without gaps: what the member may see,
/// and what only staff may see. So the member cannot learn that the staff does anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The seq in the log of both sides: 1, 2, 3, …
    Public(u64),
    /// A place in the staff's log.
    Staff {
        /// The `staff_seq`: 1, 2, 3, …
        seq: u64,
        /// The seq of the public entry after which it is shown.
        after: u64,
    },
}

impl Place {
    /// The seq, if it is in the log of both sides.
    pub const fn public(self) -> Option<u64> {
        match self {
            Self::Public(seq) => Some(seq),
            Self::Staff { .. } => None,
        }
    }

    /// Whether an entry at `other` would have the same seq in the same log.
    pub const fn is_taken_by(self, other: Self) -> bool {
        match (self, other) {
            (Self::Public(seq), Self::Public(other))
            | (Self::Staff { seq, .. }, Self::Staff { seq: other, .. }) => seq == other,
            _ => false,
        }
    }
}

/// One entry of a channel's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub place: Place,
    /// The id of its event, the same for every receiver.
    pub id: EventId,
    /// When it was appended.
    pub ts: Timestamp,
    /// Who made it. `None` for the shop itself, and if the kind is unknown.
    pub by: Option<Principal>,
    /// What happened.
    pub what: What,
}

/// What an entry says. Messages and notes are in their present state, which may be later than the
/// entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A message was sent.
    MessageSent(Message),
    /// A message got another body.
    MessageEdited(Message),
    /// A message was deleted.
    MessageDeleted(Message),
    /// Staff wrote a note.
    NoteAdded(Note),
    /// A note got another body or other mentions.
    NoteEdited(Note),
    /// A note was deleted.
    NoteDeleted(Note),
    /// The conversation was opened, snoozed or closed.
    StatusChanged {
        /// Its queue before.
        was: Queue,
        /// Its status from then on.
        status: Status,
        /// The case from then on.
        case: u64,
    },
    /// The conversation has another assignee, or none.
    Assigned(Option<ActorId>),
    /// The conversation has other labels.
    Labelled {
        /// All of them from then on.
        labels: BTreeSet<LabelSlug>,
        /// Those that it did not have before.
        added: BTreeSet<LabelSlug>,
        /// Those that it no longer has.
        removed: BTreeSet<LabelSlug>,
    },
    /// The member rated a case, or changed its rating.
    Rated(Rated),
    /// Something that a newer version wrote.
    Unknown,
}

impl What {
    /// The kind; `None` if it is unknown.
    pub const fn kind(&self) -> Option<Kind> {
        match self {
            Self::MessageSent(_) => Some(Kind::MessageSent),
            Self::MessageEdited(_) => Some(Kind::MessageEdited),
            Self::MessageDeleted(_) => Some(Kind::MessageDeleted),
            Self::NoteAdded(_) => Some(Kind::NoteAdded),
            Self::NoteEdited(_) => Some(Kind::NoteEdited),
            Self::NoteDeleted(_) => Some(Kind::NoteDeleted),
            Self::StatusChanged { .. } => Some(Kind::StatusChanged),
            Self::Assigned(_) => Some(Kind::Assigned),
            Self::Labelled { .. } => Some(Kind::Labelled),
            Self::Rated(_) => Some(Kind::Rated),
            Self::Unknown => None,
        }
    }
}

impl Entry {
    /// The entry of a sent message.
    pub fn sent(message: Message) -> Self {
        let place = Place::Public(message.seq);
        let (id, ts) = (message.event_id.clone(), message.created_at);
        Self::about(message, What::MessageSent, place, id, ts)
    }

    /// The entry of a new note.
    pub fn noted(note: Note) -> Self {
        Self {
            place: note.place(),
            id: note.event_id.clone(),
            ts: note.created_at,
            by: Some(note.author()),
            what: What::NoteAdded(note),
        }
    }

    /// An entry about a message, by its author: only the author edits or deletes it. An entry about
    /// an unknown message is unknown too.
    pub fn about(
        message: Message,
        what: fn(Message) -> What,
        place: Place,
        id: EventId,
        ts: Timestamp,
    ) -> Self {
        if !message.is_known() {
            return Self::unknown(place);
        }
        Self { place, id, ts, by: message.author(), what: what(message) }
    }

    /// The placeholder for an entry that a newer version wrote in a form unknown here.
    pub fn unknown(place: Place) -> Self {
        let (id, ts) = (EventId::unknown(), Timestamp::default());
        Self { place, id, ts, by: None, what: What::Unknown }
    }

    /// What its kind means.
    pub fn facts(&self) -> Facts {
        self.what.kind().map_or(Facts::UNKNOWN, Kind::facts)
    }

    /// What it means to the sides.
    pub fn meaning(&self) -> Meaning {
        Meaning { facts: self.facts(), by: self.by.as_ref().map(Principal::side) }
    }

    /// Whether its event shows the channel itself.
    pub const fn shows_channel(&self) -> bool {
        matches!(
            self.what,
            What::StatusChanged { .. } | What::Assigned(_) | What::Labelled { .. } | What::Rated(_)
        )
    }

    /// Whether the member sees another status because of it.
    pub fn is_close_or_reopen(&self) -> bool {
        matches!(&self.what, What::StatusChanged { was, status, .. }
            if was.for_member() != status.queue().for_member())
    }

    /// The message that it is about.
    pub const fn message(&self) -> Option<&Message> {
        match &self.what {
            What::MessageSent(message)
            | What::MessageEdited(message)
            | What::MessageDeleted(message) => Some(message),
            _ => None,
        }
    }

    /// The rating that it gives.
    pub const fn rated(&self) -> Option<&Rated> {
        match &self.what {
            What::Rated(rated) => Some(rated),
            _ => None,
        }
    }

    /// The note that it is about.
    pub const fn note(&self) -> Option<&Note> {
        match &self.what {
            What::NoteAdded(note) | What::NoteEdited(note) | What::NoteDeleted(note) => Some(note),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::fixtures::{admin, channel, customer, send};
    use crate::log::message::MessageType;
    use crate::people::principal::{Role, Side};

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
            assert_eq!(entry, Entry::unknown(Place::Public(1)));
            assert_eq!(entry.facts(), Facts::UNKNOWN);
            let means = entry.meaning();
            assert_eq!(unknown.meaning(), means);
            assert_eq!((means.unread_for(), means.mailed_to()), (None, None));
            assert!(!means.asks() && !means.answers());
        }
    }
}
