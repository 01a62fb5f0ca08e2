//! Writes, edits and deletes notes in the staff's log.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    ActorId, AddNote, Channel, ChannelHash, Decision, DeleteNote, EditNote, Entry, EventId, Note,
    NoteDraft, NoteId, Principal, Refusal, Timestamp,
};

use crate::Store;
use crate::channel::head;
use crate::log::commit::{Command, Done, Refused};
use crate::log::row::note_of;
use crate::table::error::Error;
use crate::table::item::Item;
use crate::table::keys;
use crate::table::query::Consistency;
use crate::table::update::Expression;

impl Store {
    /// Appends a note to the staff's log of a channel, once for each client id.
    pub async fn add_note(
        &self,
        hash: &ChannelHash,
        caller: &Principal,
        draft: &NoteDraft,
        now: Timestamp,
    ) -> Result<Done<Note>, Error> {
        self.commit(&Add { hash, caller, command: AddNote { draft }, now }).await
    }

    /// Changes a note. Changing it to what it is stores nothing.
    pub async fn edit_note(
        &self,
        id: &NoteId,
        command: EditNote<'_>,
        now: Timestamp,
    ) -> Result<Done<Note>, Error> {
        let EditNote { caller, event_id, .. } = command;
        let decide = |channel: &Channel, note: &Note| command.decide(channel, note, now);
        self.commit(&Change { id, caller, event_id, decide, now }).await
    }

    /// Deletes a note: its text is gone for good. Deleting it again stores nothing.
    pub async fn delete_note(
        &self,
        id: &NoteId,
        command: DeleteNote<'_>,
        now: Timestamp,
    ) -> Result<Done<Note>, Error> {
        let DeleteNote { caller, event_id } = command;
        let decide = |channel: &Channel, note: &Note| command.decide(channel, note, now);
        self.commit(&Change { id, caller, event_id, decide, now }).await
    }

    /// A note and its channel, if there is one.
    pub async fn note(&self, id: &NoteId) -> Result<Option<(Channel, Note)>, Error> {
        let rows = [keys::head(&id.channel), keys::staff_entry(&id.channel, id.staff_seq)];
        let rows = self.get_all(&rows, Consistency::Strong).await?;
        let is_head = |item: &Item| keys::written_head(item).is_some();
        let (heads, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_head);
        let channel = heads.into_iter().next().map(head::from_item).transpose()?;
        Ok(channel.zip(rows.into_iter().next().and_then(note_of)))
    }

    /// Records that the mention of an admin in a note was checked.
    pub async fn mark_mention_checked(&self, id: &NoteId, admin: &ActorId) -> Result<(), Error> {
        let mut update = Expression::default();
        update.add("mentions_checked", AttributeValue::Ss(vec![admin.to_string()]));
        update.only_if("attribute_exists(pk)");
        let key = keys::staff_entry(&id.channel, id.staff_seq);
        self.update_item(&self.layout().chat_table, &key, update).await?;
        Ok(())
    }

    /// A note and its channel, if `caller` may see it.
    async fn channel_and_note(
        &self,
        id: &NoteId,
        caller: &Principal,
    ) -> Result<(Channel, Note), Error> {
        let found = self.note(id).await?.filter(|(channel, _)| channel.admits(caller));
        found.ok_or_else(|| Refusal::NoNote(id.to_string()).into())
    }
}

struct Add<'a> {
    hash: &'a ChannelHash,
    caller: &'a Principal,
    command: AddNote<'a>,
    now: Timestamp,
}

impl Command for Add<'_> {
    type Rows = ();
    type Subject = Note;

    fn event_id(&self) -> &EventId {
        &self.command.draft.event_id
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    async fn read(&self, store: &Store) -> Result<(Channel, ()), Error> {
        Ok((store.channel(self.hash, self.caller).await?, ()))
    }

    fn decide(&self, channel: &Channel, (): &()) -> Result<Decision<Note>, Refusal> {
        Ok(self.command.decide(channel, self.now))
    }

    async fn stored_before(
        &self,
        store: &Store,
        channel: &Channel,
        refused: Refused,
    ) -> Result<Option<Entry>, Error> {
        let draft = self.command.draft;
        let Some(id) = &draft.client_message_id else { return Ok(None) };
        let key = channel.key();
        let taken = keys::note_client_id(&key, &draft.author, id);
        let Some(first) = store.first_under(&taken, refused, &draft.fingerprint()).await? else {
            return Ok(None);
        };
        let row = store.get(&keys::staff_entry(&key, first)).await?;
        Ok(row.and_then(note_of).map(Entry::noted))
    }
}

/// Edits or deletes a note.
struct Change<'a, F> {
    id: &'a NoteId,
    caller: &'a Principal,
    event_id: &'a EventId,
    decide: F,
    now: Timestamp,
}

impl<F: Fn(&Channel, &Note) -> Result<Decision<Note>, Refusal>> Command for Change<'_, F> {
    type Rows = Note;
    type Subject = Note;

    fn event_id(&self) -> &EventId {
        self.event_id
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    async fn read(&self, store: &Store) -> Result<(Channel, Note), Error> {
        store.channel_and_note(self.id, self.caller).await
    }

    fn decide(&self, channel: &Channel, note: &Note) -> Result<Decision<Note>, Refusal> {
        (self.decide)(channel, note)
    }
}
