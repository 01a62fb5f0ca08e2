//! The three ways in which a message changes: sending, editing, deleting.

use domain::{
    Change, Channel, ChannelHash, Deletion, Draft, Edition, EventId, Message, MessageBody,
    MessageId, Newest, Principal, Reader, Refusal, SendLimit, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::channel::head;
use crate::log::commit::{Command, Decision, Done};
use crate::log::messages::{message_of, put_event};
use crate::table::error::Error;
use crate::table::item::{self, Item, number, text};
use crate::table::keys;
use crate::table::query::Consistency;
use crate::table::update::Expression;

/// A client id as stored: which message it made, and what that message said at first.
#[derive(Serialize, Deserialize)]
struct ClientId {
    seq: u64,
    fingerprint: String,
}

impl Store {
    /// Appends a message to the channel of `hash`.
    ///
    /// When this returns, the message is stored, once, however often the client or we had to try;
    /// when it fails, the same client id may be sent again at any later time.
    pub async fn send(
        &self,
        hash: &ChannelHash,
        draft: &Draft,
        now: Timestamp,
        limit: SendLimit,
    ) -> Result<Done, Error> {
        self.commit(&Send { hash, draft, now, limit }, now).await
    }

    /// Changes the body of a message. Changing it to what it is stores nothing.
    pub async fn edit(
        &self,
        id: &MessageId,
        caller: &Principal,
        body: &MessageBody,
        event: &EventId,
        now: Timestamp,
        limit: SendLimit,
    ) -> Result<Done, Error> {
        self.commit(&Edit { id, caller, body, event, now, limit }, now).await
    }

    /// Deletes a message: its body is gone for good, its place in the log stays. Deleting it again
    /// stores nothing.
    pub async fn delete(
        &self,
        id: &MessageId,
        caller: &Principal,
        event: &EventId,
        now: Timestamp,
        limit: SendLimit,
    ) -> Result<Done, Error> {
        self.commit(&Delete { id, caller, event, now, limit }, now).await
    }

    /// A message and its channel, if `caller` may see it; another's is refused like a missing one.
    async fn channel_and_message(
        &self,
        id: &MessageId,
        caller: &Principal,
    ) -> Result<(Channel, Message), Error> {
        let rows = [keys::head(&id.channel), keys::message(&id.channel, id.seq)];
        let rows = self.get_all(&rows, Consistency::Strong).await?;
        let is_head = |item: &Item| keys::written_head(item).is_some();
        let (heads, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_head);
        let channel = heads.into_iter().next().map(head::from_item).transpose()?;
        let channel = channel.filter(|channel| channel.admits(caller));
        let message = rows.into_iter().next().and_then(crate::log::messages::known);
        channel.zip(message).ok_or_else(|| Refusal::NoMessage(id.to_string()).into())
    }
}

struct Send<'a> {
    hash: &'a ChannelHash,
    draft: &'a Draft,
    now: Timestamp,
    limit: SendLimit,
}

impl Command for Send<'_> {
    type Rows = ();

    fn event_id(&self) -> &EventId {
        &self.draft.event_id
    }

    async fn read(&self, store: &Store) -> Result<(Channel, ()), Error> {
        Ok((store.channel(self.hash, &self.draft.sender).await?, ()))
    }

    async fn decide(
        &self,
        store: &Store,
        channel: Channel,
        (): (),
    ) -> Result<(Channel, Decision), Error> {
        let (next, message) = match channel.post(self.draft, self.now, self.limit) {
            Ok(posted) => posted,
            Err(refusal) => {
                // A send that was stored before needs no leave to be answered.
                let replay = self.replay(store, &channel, None).await?;
                let message = replay.ok_or(Error::Refused(refusal))?;
                let unchanged = Decision::Unchanged(channel.clone(), message);
                return Ok((channel, unchanged));
            }
        };
        let key = channel.key();
        let mut actions = vec![
            store.advance_head(&channel, &next)?,
            store.put_row(&keys::message(&key, message.seq), &message)?,
        ];
        if let Some(id) = &self.draft.client_message_id {
            let row = ClientId { seq: message.seq, fingerprint: self.draft.fingerprint() };
            let sender = Reader::of(&self.draft.sender);
            actions.push(store.put_row(&keys::client_id(&key, &sender, id), &row)?);
        }
        Ok((channel, Decision::Write { next, change: Change::created(message), actions }))
    }

    async fn refused(
        &self,
        store: &Store,
        channel: Channel,
        mut failed: Vec<Option<Item>>,
    ) -> Result<Option<Done>, Error> {
        // Head, message, client id: the last one says that this was sent before.
        let Some(taken) = failed.pop().filter(|_| failed.len() == 2).flatten() else {
            return Ok(None);
        };
        let Some(message) = self.replay(store, &channel, Some(taken)).await? else {
            return Ok(None);
        };
        Ok(Some(if message.event_id == self.draft.event_id {
            // Our own write, whose answer was lost.
            Done::Committed(store.committed(channel, Change::created(message), self.now).await)
        } else {
            Done::Unchanged(channel, message)
        }))
    }
}

impl Send<'_> {
    /// The message that this client id made before, if it did; another body under the same id is a
    /// conflict. `taken` is the client id's row, where it is at hand.
    async fn replay(
        &self,
        store: &Store,
        channel: &Channel,
        taken: Option<Item>,
    ) -> Result<Option<Message>, Error> {
        let Some(id) = &self.draft.client_message_id else { return Ok(None) };
        let key = channel.key();
        let taken = if taken.is_some() {
            taken
        } else {
            let sender = Reader::of(&self.draft.sender);
            store.get(&keys::client_id(&key, &sender, id)).await?
        };
        let Some(taken) = taken else { return Ok(None) };
        let first: ClientId = item::read(taken)?;
        if first.fingerprint != self.draft.fingerprint() {
            return Err(Refusal::ClientIdReused.into());
        }
        let message = store.get(&keys::message(&key, first.seq)).await?;
        Ok(message.map(message_of))
    }
}

struct Edit<'a> {
    id: &'a MessageId,
    caller: &'a Principal,
    body: &'a MessageBody,
    event: &'a EventId,
    now: Timestamp,
    limit: SendLimit,
}

impl Command for Edit<'_> {
    type Rows = Message;

    fn event_id(&self) -> &EventId {
        self.event
    }

    async fn read(&self, store: &Store) -> Result<(Channel, Message), Error> {
        store.channel_and_message(self.id, self.caller).await
    }

    async fn decide(
        &self,
        store: &Store,
        channel: Channel,
        message: Message,
    ) -> Result<(Channel, Decision), Error> {
        let (body, event) = (self.body.clone(), self.event.clone());
        let edition = channel.edit(&message, self.caller, body, event, self.now, self.limit)?;
        let decision = match edition {
            Edition::Unchanged => Decision::Unchanged(channel.clone(), message),
            Edition::Changed(next, change) => {
                let mut row = Expression::default();
                row.set(&["body"], text(&change.message.body));
                row.set(&["edited_at"], number(self.now.millis()));
                let actions = vec![
                    store.advance_head(&channel, &next)?,
                    store.update_message(self.id, row)?,
                    put_event(store, self.id, &change)?,
                ];
                Decision::Write { next, change, actions }
            }
        };
        Ok((channel, decision))
    }
}

struct Delete<'a> {
    id: &'a MessageId,
    caller: &'a Principal,
    event: &'a EventId,
    now: Timestamp,
    limit: SendLimit,
}

impl Command for Delete<'_> {
    type Rows = Message;

    fn event_id(&self) -> &EventId {
        self.event
    }

    async fn read(&self, store: &Store) -> Result<(Channel, Message), Error> {
        store.channel_and_message(self.id, self.caller).await
    }

    async fn decide(
        &self,
        store: &Store,
        channel: Channel,
        message: Message,
    ) -> Result<(Channel, Decision), Error> {
        let event = self.event.clone();
        let deletion = channel.delete(&message, self.caller, event, self.now, self.limit)?;
        let (mut next, change): (Channel, Change) = match deletion {
            Deletion::Already => {
                let unchanged = Decision::Unchanged(channel.clone(), message);
                return Ok((channel, unchanged));
            }
            Deletion::Deleted(next, change) => (next, change),
        };
        if next.newest.is_none() && channel.newest.is_some() {
            next.newest = store.newest_before(&self.id.channel, self.id.seq).await?;
        } else if channel.asks_by(&message) {
            let after = store.first_live_after(&self.id.channel, self.id.seq, channel.last_seq);
            next.ask_anew(&after.await?);
        }
        let mut row = Expression::default();
        row.set(&["deleted_at"], number(self.now.millis()));
        row.remove(&["body"]);
        // The read counts of all marks change, so no write of the head may come in between.
        let mut actions = vec![
            store.replace_head(&channel, &next)?,
            store.update_message(self.id, row)?,
            put_event(store, self.id, &change)?,
        ];
        actions.extend(store.note_deletion(&self.id.channel, &message)?);
        Ok((channel, Decision::Write { next, change, actions }))
    }
}

/// How the head remembers the message of a row. An attribute that this version does not know would
/// be lost in a copy: then the head points at the row.
pub(crate) fn newest_of(row: &Item, message: &Message) -> Result<Newest, Error> {
    let known = item::item(&keys::nothing(), message)?;
    let is_whole = row.keys().all(|name| known.contains_key(name));
    Ok(if is_whole { Newest::of(message) } else { Newest::At(message.seq) })
}
