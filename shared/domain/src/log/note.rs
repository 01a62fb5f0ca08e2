//! Notes: what staff writes to each other beside a conversation. No member ever gets one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::channel::head::Channel;
use crate::ids::{ActorId, ChannelKey, ClientMessageId, EventId, NoteId};
use crate::log::decision::{Append, Decision, Guard};
use crate::log::entry::{Place, What};
use crate::people::principal::Principal;
use crate::refusal::Refusal;
use crate::text::body::MessageBody;
use crate::time::Timestamp;

/// Most admins that a note mentions.
pub const MAX_MENTIONS: usize = 20;

/// A note to write.
#[derive(Clone, Debug)]
pub struct NoteDraft {
    /// Who writes it: always the caller, an admin.
    pub author: ActorId,
    /// What it says.
    pub body: MessageBody,
    /// The admins whose attention it asks for, each once.
    pub mentions: Vec<ActorId>,
    /// The client's name for this note. Its names are not those of messages.
    pub client_message_id: Option<ClientMessageId>,
    /// The id of its event, drawn beforehand.
    pub event_id: EventId,
}

impl NoteDraft {
    /// A digest of what was written. It distinguishes a repeated request from another note under
    /// the same client id.
    pub fn fingerprint(&self) -> String {
        fingerprint(self.body.as_str(), &self.mentions)
    }
}

/// A stored note, in its present state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Position in the staff's log, from 1.
    pub staff_seq: u64,
    /// The seq of the public entry after which it is shown.
    pub after_seq: u64,
    /// The admin who wrote it.
    pub author_id: ActorId,
    /// What it says; empty once deleted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// The admins whose attention it asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<ActorId>,
    /// The admins whose mention was checked: each got their mail, or needs none. An edit that keeps
    /// a mention, or brings it back, begins no second check.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub mentions_checked: BTreeSet<ActorId>,
    /// The client's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<ClientMessageId>,
    /// The id of the event that created it.
    pub event_id: EventId,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
}

impl Note {
    /// The attributes with what a person wrote: a deleted note keeps none of them.
    pub const CONTENT: &[&str] = &["body", "mentions"];

    /// Its place in the log.
    pub const fn place(&self) -> Place {
        Place::Staff { seq: self.staff_seq, after: self.after_seq }
    }

    /// The admin who wrote it.
    pub fn author(&self) -> Principal {
        Principal::Admin(self.author_id.clone())
    }

    /// Whether a mail to this admin is due: the note mentions them, another admin wrote it, and the
    /// mention was not checked yet.
    pub fn calls(&self, admin: &ActorId) -> bool {
        self.deleted_at.is_none()
            && self.author_id != *admin
            && self.mentions.contains(admin)
            && !self.mentions_checked.contains(admin)
    }

    /// Its public id.
    pub fn id(&self, channel: ChannelKey) -> NoteId {
        NoteId { channel, staff_seq: self.staff_seq }
    }

    /// A digest of what was first written, see [`NoteDraft::fingerprint`].
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.body, &self.mentions)
    }
}

fn fingerprint(body: &str, mentions: &[ActorId]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(body);
    for id in mentions {
        hasher.update("\n@");
        hasher.update(id.as_str());
    }
    data_encoding::HEXLOWER.encode(&hasher.finalize())
}

/// The command to write a note.
#[derive(Clone, Copy, Debug)]
pub struct AddNote<'a> {
    /// What to write.
    pub draft: &'a NoteDraft,
}

impl AddNote<'_> {
    /// Appends the note to the staff's log.
    pub fn decide(&self, channel: &Channel, now: Timestamp) -> Decision<Note> {
        let draft = self.draft;
        let note = Note {
            staff_seq: channel.work.staff_seq + 1,
            after_seq: channel.last_seq,
            author_id: draft.author.clone(),
            body: draft.body.as_str().to_owned(),
            mentions: draft.mentions.clone(),
            mentions_checked: BTreeSet::new(),
            client_message_id: draft.client_message_id.clone(),
            event_id: draft.event_id.clone(),
            created_at: now,
            edited_at: None,
            deleted_at: None,
        };
        let by = Some(note.author());
        Decision::of(
            note.clone(),
            channel,
            by.as_ref(),
            &draft.event_id,
            now,
            What::NoteAdded(note),
        )
    }
}

/// The command to give a note another body and other mentions.
#[derive(Clone, Copy, Debug)]
pub struct EditNote<'a> {
    /// Who edits.
    pub caller: &'a Principal,
    /// The new body.
    pub body: &'a MessageBody,
    /// The new mentions.
    pub mentions: &'a [ActorId],
    /// The id of the event, drawn beforehand.
    pub event_id: &'a EventId,
}

impl EditNote<'_> {
    /// Changes one of the channel's notes. The same content appends no entry.
    pub fn decide(
        &self,
        channel: &Channel,
        note: &Note,
        now: Timestamp,
    ) -> Result<Decision<Note>, Refusal> {
        if note.deleted_at.is_some() {
            return Err(channel.no_note(note));
        }
        if note.author_id != *self.caller.id() {
            return Err(Refusal::NotNoteAuthorToEdit);
        }
        let (body, mentions) = (self.body.as_str().to_owned(), self.mentions.to_vec());
        if note.body == body && note.mentions == mentions {
            return Ok(Decision::unchanged(note));
        }
        let edited = Note { body, mentions, edited_at: Some(now), ..note.clone() };
        let what = What::NoteEdited(edited.clone());
        Ok(Decision::of(edited, channel, Some(self.caller), self.event_id, now, what))
    }
}

/// The command to delete a note.
#[derive(Clone, Copy, Debug)]
pub struct DeleteNote<'a> {
    /// Who deletes.
    pub caller: &'a Principal,
    /// The id of the event, drawn beforehand.
    pub event_id: &'a EventId,
}

impl DeleteNote<'_> {
    /// Deletes one of the channel's notes. Deleting it again appends no entry.
    pub fn decide(
        &self,
        channel: &Channel,
        note: &Note,
        now: Timestamp,
    ) -> Result<Decision<Note>, Refusal> {
        match (note.deleted_at, note.author_id == *self.caller.id()) {
            (Some(_), true) => Ok(Decision::unchanged(note)),
            (Some(_), false) => Err(channel.no_note(note)),
            (None, false) => Err(Refusal::NotNoteAuthorToDelete),
            (None, true) => {
                let (body, mentions) = (String::new(), Vec::new());
                let deleted = Note { body, mentions, deleted_at: Some(now), ..note.clone() };
                let what = What::NoteDeleted(deleted.clone());
                Ok(Decision::of(deleted, channel, Some(self.caller), self.event_id, now, what))
            }
        }
    }
}

impl Decision<Note> {
    /// Appends one entry about `note`.
    fn of(
        note: Note,
        channel: &Channel,
        by: Option<&Principal>,
        event_id: &EventId,
        now: Timestamp,
        what: What,
    ) -> Self {
        let mut append = Append::begin(channel.next_version(), Guard::Log);
        append.staff(by.cloned(), event_id, now, what);
        Self { subject: note, append: Some(append) }
    }
}

impl Channel {
    /// The refusal of a note that the caller may not know of: as if it did not exist.
    fn no_note(&self, note: &Note) -> Refusal {
        Refusal::NoNote(note.id(self.key()).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::entry::Entry;
    use crate::log::fixtures::{actor, admin, at, channel, customer, send};

    fn draft() -> NoteDraft {
        NoteDraft {
            author: actor("user_1"),
            body: MessageBody::parse("Ask Tom".into()).expect("a body"),
            mentions: vec![actor("user_2")],
            client_message_id: None,
            event_id: EventId::from_random([3; 16]),
        }
    }

    #[test]
    fn a_note_changes_nothing_that_a_member_sees() {
        let (asked, _) = send(&channel(), &customer(), 2_000);
        let decision = AddNote { draft: &draft() }.decide(&asked, at(3_000));
        let append = decision.append.expect("an entry");
        let Channel { version, work, .. } = append.next.clone();
        assert_eq!((work.staff_seq, version), (1, asked.version + 1));
        assert_eq!(append.next, Channel { version, work, ..asked.clone() });
        assert_eq!(append.entries, [Entry::noted(decision.subject)]);
        assert_eq!(append.entries[0].place, Place::Staff { seq: 1, after: 1 });
    }

    #[test]
    fn refusals_come_in_the_documented_order() {
        let (channel, _) = send(&channel(), &customer(), 2_000);
        let note = AddNote { draft: &draft() }.decide(&channel, at(3_000)).subject;
        let gone = Note { deleted_at: Some(at(4_000)), ..note.clone() };
        let other = Principal::Admin(actor("user_2"));
        let (body, event_id) = (draft().body, &EventId::from_random([2; 16]));
        let edit = |note: &Note, caller: &Principal, mentions: &[ActorId]| {
            EditNote { caller, body: &body, mentions, event_id }.decide(&channel, note, at(5_000))
        };
        assert!(matches!(edit(&gone, &admin(), &[]), Err(Refusal::NoNote(_))));
        assert_eq!(edit(&note, &other, &[]), Err(Refusal::NotNoteAuthorToEdit));
        assert_eq!(edit(&note, &admin(), &note.mentions), Ok(Decision::unchanged(&note)));
        assert!(edit(&note, &admin(), &[]).is_ok_and(|edited| edited.append.is_some()));

        let delete = |note: &Note, caller: &Principal| {
            DeleteNote { caller, event_id }.decide(&channel, note, at(5_000))
        };
        assert_eq!(delete(&gone, &admin()), Ok(Decision::unchanged(&gone)));
        assert!(matches!(delete(&gone, &other), Err(Refusal::NoNote(_))));
        assert_eq!(delete(&note, &other), Err(Refusal::NotNoteAuthorToDelete));
        let deleted = delete(&note, &admin()).expect("deleted").subject;
        assert_eq!((deleted.body.as_str(), deleted.mentions.len()), ("", 0));
    }
}
