//! Sends a message.
//!
//! The transaction writes the client id together with the message. So an existing client id proves
//! that its message was stored, and a repeated send returns that message.

use std::collections::BTreeMap;

use domain::{
    Channel, ChannelHash, Decision, Draft, Entry, EventId, File, FileId, Message, Reader, Refusal,
    SendLimit, SendMessage, Side, Timestamp,
};

use crate::Store;
use crate::log::commit::{Command, Done, Refused};
use crate::log::row::message_of;
use crate::table::error::Error;
use crate::table::item::Item;
use crate::table::keys;

impl Store {
    /// Appends a message to the channel of `hash`. The shop's settings say whether a reply takes a
    /// channel that no admin has.
    ///
    /// On success the message is stored once, however many attempts the client or the store made.
    /// After a failure the same client id may be sent again at any time.
    pub async fn send(
        &self,
        hash: &ChannelHash,
        draft: &Draft,
        now: Timestamp,
        limit: SendLimit,
    ) -> Result<Done, Error> {
        self.commit(&Send { hash, draft, limit, now }).await
    }
}

struct Send<'a> {
    hash: &'a ChannelHash,
    draft: &'a Draft,
    limit: SendLimit,
    now: Timestamp,
}

impl Command for Send<'_> {
    /// The draft's files, and whether a reply assigns its sender.
    type Rows = (BTreeMap<FileId, File>, bool);
    type Subject = Message;

    fn event_id(&self) -> &EventId {
        &self.draft.event_id
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    async fn read(&self, store: &Store) -> Result<(Channel, Self::Rows), Error> {
        let draft = self.draft;
        let key = self.hash.key();
        let files = draft.files.iter().filter(|file| *file.channel() == key);
        let files: Vec<_> = files.cloned().collect();
        let assigns = async {
            let by_staff = draft.sender.side() == Side::Staff;
            Ok(by_staff && store.settings(self.now).await.assign_on_reply)
        };
        let (channel, files, assigns) = tokio::try_join!(
            store.channel(self.hash, &draft.sender),
            store.files(&files),
            assigns
        )?;
        Ok((channel, (files, assigns)))
    }

    fn decide(
        &self,
        channel: &Channel,
        (files, assigns): &Self::Rows,
    ) -> Result<Decision, Refusal> {
        let Self { draft, limit, now, .. } = *self;
        let attachments = draft.attachments(files, now)?;
        SendMessage { draft, limit, assigns: *assigns }.decide(channel, &attachments, now)
    }

    /// The message that was stored under this client id. Another body under the same id is a
    /// conflict. A repeated send succeeds even if the pace is used up.
    async fn stored_before(
        &self,
        store: &Store,
        channel: &Channel,
        refused: Refused,
    ) -> Result<Option<Entry>, Error> {
        let Some(id) = &self.draft.client_message_id else { return Ok(None) };
        let key = channel.key();
        let taken = keys::client_id(&key, &Reader::of(&self.draft.sender), id);
        let fingerprint = self.draft.fingerprint();
        let Some(first) = store.first_under(&taken, refused, &fingerprint).await? else {
            return Ok(None);
        };
        let row: Option<Item> = store.get(&keys::message(&key, first)).await?;
        Ok(row.map(|row| Entry::sent(message_of(row))))
    }
}
