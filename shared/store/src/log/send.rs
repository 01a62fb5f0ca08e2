//! Sends a message.
//!
//! The transaction writes the client id together with the message. So an existing client id proves
//! that its message was stored, and a repeated send returns that message.

use std::collections::BTreeMap;

use domain::{
    Channel, ChannelHash, Decision, Draft, Entry, EventId, File, FileId, Message, Reader, Refusal,
    SendLimit, SendMessage, Timestamp,
};

use crate::Store;
use crate::log::commit::{Command, Done, Refused};
use crate::log::row::message_of;
use crate::table::error::Error;
use crate::table::item::Item;
use crate::table::keys;

impl Store {
    /// Appends a message to the channel of `hash`. `assigns` says whether a reply takes a channel
    /// that no admin has.
    ///
    /// On success the message is stored once, however many attempts the client or the store made.
    /// After a failure the same client id may be sent again at any time.
    pub async fn send(
        &self,
        hash: &ChannelHash,
        draft: &Draft,
        now: Timestamp,
        limit: SendLimit,
        assigns: bool,
    ) -> Result<Done, Error> {
        self.commit(&Send { hash, command: SendMessage { draft, limit, assigns }, now }).await
    }
}

struct Send<'a> {
    hash: &'a ChannelHash,
    command: SendMessage<'a>,
    now: Timestamp,
}

impl Command for Send<'_> {
    /// The draft's files.
    type Rows = BTreeMap<FileId, File>;
    type Subject = Message;

    fn event_id(&self) -> &EventId {
        &self.command.draft.event_id
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    async fn read(&self, store: &Store) -> Result<(Channel, Self::Rows), Error> {
        let draft = self.command.draft;
        let key = self.hash.key();
        let files = draft.files.iter().filter(|file| *file.channel() == key);
        let files: Vec<_> = files.cloned().collect();
        tokio::try_join!(store.channel(self.hash, &draft.sender), store.files(&files))
    }

    fn decide(&self, channel: &Channel, files: &Self::Rows) -> Result<Decision, Refusal> {
        let attachments = self.command.draft.attachments(files, self.now)?;
        self.command.decide(channel, &attachments, self.now)
    }

    /// The message that was stored under this client id. Another body under the same id is a
    /// conflict. A repeated send succeeds even if the pace is used up.
    async fn stored_before(
        &self,
        store: &Store,
        channel: &Channel,
        refused: Refused,
    ) -> Result<Option<Entry>, Error> {
        let Some(id) = &self.command.draft.client_message_id else { return Ok(None) };
        let key = channel.key();
        let taken = keys::client_id(&key, &Reader::of(&self.command.draft.sender), id);
        let fingerprint = self.command.draft.fingerprint();
        let Some(first) = store.first_under(&taken, refused, &fingerprint).await? else {
            return Ok(None);
        };
        let row: Option<Item> = store.get(&keys::message(&key, first)).await?;
        Ok(row.map(|row| Entry::sent(message_of(row))))
    }
}
