//! The registry of the kinds of entries, and what each kind means.
//!
//! Code that pushes, publishes, notifies, counts or limits asks [`Kind::facts`]. No code infers the
//! meaning of an entry from how the channel's head changed.

use serde::{Deserialize, Serialize};

use crate::people::principal::Side;

/// Defines [`Kind`]: one line for each kind, with its name and the name of its event.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $event:literal;)+) => {
        /// A kind of entry.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Kind {
            $($(#[$doc])* #[serde(rename = $name)] $kind,)+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// The name in the table, and in the staff's log.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }

            /// The name of the event that clients and the bus get.
            pub const fn event_name(self) -> &'static str {
                match self { $(Self::$kind => $event,)+ }
            }
        }
    };
}

kinds! {
    /// A message was sent.
    MessageSent = "message.created", "chat.message.created";
    /// A message got another body.
    MessageEdited = "message.updated", "chat.message.updated";
    /// A message was deleted.
    MessageDeleted = "message.deleted", "chat.message.deleted";
    /// Staff wrote a note.
    NoteAdded = "note", "chat.note.created";
    /// A note got another body or other mentions.
    NoteEdited = "note_edited", "chat.note.updated";
    /// A note was deleted.
    NoteDeleted = "note_deleted", "chat.note.deleted";
    /// The conversation was opened, snoozed or closed.
    StatusChanged = "status", "chat.channel.updated";
    /// The conversation has another assignee.
    Assigned = "assignee", "chat.channel.updated";
    /// The conversation has other labels.
    Labelled = "labels", "chat.channel.updated";
    /// The member rated a case.
    Rated = "rating", "chat.channel.updated";
}

/// Who may see an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Both sides of the channel.
    Everybody,
    /// Only staff, and systems of the shop.
    Staff,
    /// Nobody: its kind is unknown here.
    Nobody,
}

impl Audience {
    /// Whether people of this side may see it.
    pub const fn includes(self, side: Side) -> bool {
        match self {
            Self::Everybody => true,
            Self::Staff => matches!(side, Side::Staff),
            Self::Nobody => false,
        }
    }
}

/// What an entry means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each fact is independent of the others")]
pub struct Facts {
    /// Who may see it, by page, log, push, bus, mail or export.
    pub audience: Audience,
    /// Whether it counts as unread for the other side.
    pub is_unread: bool,
    /// Whether the other side may get a mail about it.
    pub may_mail: bool,
    /// Whether it ends the wait for an answer if it is by staff, and begins one if it is by the
    /// member.
    pub answers: bool,
    /// Whether the member's side spends its pace of sends on it.
    pub spends_pace: bool,
}

impl Facts {
    /// What an entry of an unknown kind means: it has its place in the log, and counts as seen.
    pub const UNKNOWN: Self = Self {
        audience: Audience::Nobody,
        is_unread: false,
        may_mail: false,
        answers: false,
        spends_pace: false,
    };
}

impl Kind {
    /// What entries of this kind mean.
    pub const fn facts(self) -> Facts {
        match self {
            Self::MessageSent => Facts {
                audience: Audience::Everybody,
                is_unread: true,
                may_mail: true,
                answers: true,
                spends_pace: true,
            },
            Self::MessageEdited | Self::MessageDeleted => Facts {
                audience: Audience::Everybody,
                is_unread: false,
                may_mail: false,
                answers: false,
                spends_pace: true,
            },
            Self::NoteAdded
            | Self::NoteEdited
            | Self::NoteDeleted
            | Self::StatusChanged
            | Self::Assigned
            | Self::Labelled => Facts { audience: Audience::Staff, ..Facts::UNKNOWN },
            Self::Rated => Facts { audience: Audience::Staff, spends_pace: true, ..Facts::UNKNOWN },
        }
    }
}

/// What an entry means to the sides: the facts of its kind, and the side that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    pub(crate) facts: Facts,
    /// `None` for the shop itself, and if the kind is unknown.
    pub(crate) by: Option<Side>,
}

impl Meaning {
    /// What an entry of an unknown kind means.
    pub(crate) const UNKNOWN: Self = Self { facts: Facts::UNKNOWN, by: None };

    /// The side for which it counts as unread. The shop itself is on the staff's side.
    pub fn unread_for(self) -> Option<Side> {
        self.facts.is_unread.then(|| self.by.unwrap_or(Side::Staff).other())
    }

    /// The side that may get a mail about it. What the shop itself does causes none.
    pub fn mailed_to(self) -> Option<Side> {
        self.by.filter(|_| self.facts.may_mail).map(Side::other)
    }

    /// Whether the member waits for an answer to it.
    pub fn asks(self) -> bool {
        self.facts.answers && self.by == Some(Side::Member)
    }

    /// Whether it ends the member's wait for an answer. Only people answer.
    pub fn answers(self) -> bool {
        self.facts.answers && self.by == Some(Side::Staff)
    }
}
