//! Edits a message.

use domain::{
    Channel, Decision, EditMessage, EventId, Message, MessageId, Principal, Refusal, Timestamp,
};

use crate::Store;
use crate::channel::head;
use crate::log::commit::{Command, Done};
use crate::log::row;
use crate::table::error::Error;
use crate::table::item::Item;
use crate::table::keys;
use crate::table::query::Consistency;

impl Store {
    /// Changes a message. Changing it to what it is stores nothing.
    pub async fn edit(
        &self,
        id: &MessageId,
        command: EditMessage<'_>,
        now: Timestamp,
    ) -> Result<Done, Error> {
        self.commit(&Edit { id, command, now }).await
    }

    /// A message and its channel, if there is one.
    pub async fn message(&self, id: &MessageId) -> Result<Option<(Channel, Message)>, Error> {
        let rows = [keys::head(&id.channel), keys::message(&id.channel, id.seq)];
        let rows = self.get_all(&rows, Consistency::Strong).await?;
        let is_head = |item: &Item| keys::written_head(item).is_some();
        let (heads, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_head);
        let channel = heads.into_iter().next().map(head::from_item).transpose()?;
        Ok(channel.zip(rows.into_iter().next().and_then(row::known_message)))
    }

    /// A message and its channel, if `caller` may see it; another's is refused like a missing one.
    pub(crate) async fn channel_and_message(
        &self,
        id: &MessageId,
        caller: &Principal,
    ) -> Result<(Channel, Message), Error> {
        let found = self.message(id).await?.filter(|(channel, _)| channel.admits(caller));
        found.ok_or_else(|| Refusal::NoMessage(id.to_string()).into())
    }
}

struct Edit<'a> {
    id: &'a MessageId,
    command: EditMessage<'a>,
    now: Timestamp,
}

impl Command for Edit<'_> {
    type Rows = Message;
    type Subject = Message;

    fn event_id(&self) -> &EventId {
        self.command.event_id
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    async fn read(&self, store: &Store) -> Result<(Channel, Message), Error> {
        store.channel_and_message(self.id, self.command.caller).await
    }

    fn decide(&self, channel: &Channel, message: &Message) -> Result<Decision, Refusal> {
        self.command.decide(channel, message, self.now)
    }
}
