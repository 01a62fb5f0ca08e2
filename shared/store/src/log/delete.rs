//! Deletes a message.

use domain::{
    Channel, ChannelKey, Decision, DeleteMessage, EventId, Message, MessageId, Newest, Principal,
    Refusal, SendLimit, Surrounded, Timestamp,
};

use crate::Store;
use crate::log::commit::{Command, Done};
use crate::log::live::{MOST_PASSED_BY_READING, Wanted};
use crate::log::load::READ_AT_ONCE;
use crate::log::row::message_of;
use crate::table::error::Error;
use crate::table::item::{self, Item};
use crate::table::keys;

/// Rows read at first to find a live message. Nearly always the neighbour is one: one read unit.
const FIRST_READ: usize = 4;

impl Store {
    /// Deletes a message: its body is gone for good, its place in the log stays. Deleting it again
    /// stores nothing.
    pub async fn delete(
        &self,
        id: &MessageId,
        caller: &Principal,
        event_id: &EventId,
        now: Timestamp,
        limit: SendLimit,
    ) -> Result<Done, Error> {
        self.commit(&Delete { id, command: DeleteMessage { caller, event_id, limit }, now }).await
    }
}

struct Delete<'a> {
    id: &'a MessageId,
    command: DeleteMessage<'a>,
    now: Timestamp,
}

impl Command for Delete<'_> {
    type Rows = Surrounded;
    type Subject = Message;

    fn event_id(&self) -> &EventId {
        self.command.event_id
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    async fn read(&self, store: &Store) -> Result<(Channel, Surrounded), Error> {
        let (channel, message) = store.channel_and_message(self.id, self.command.caller).await?;
        let (key, seq) = (&self.id.channel, self.id.seq);
        let (mut before, mut after) = (None, Vec::new());
        // A delete that is refused reads nothing more, and the newest message has none after it.
        if self.command.writes(&channel, &message, self.now) {
            if channel.is_newest(&message) {
                before = store.newest_before(key, seq).await?;
            } else if channel.asks_by(&message) {
                after = store.first_live_after(key, seq, channel.last_seq).await?;
            }
        }
        Ok((channel, Surrounded { message, before, after }))
    }

    fn decide(&self, channel: &Channel, around: &Surrounded) -> Result<Decision, Refusal> {
        self.command.decide(channel, around, self.now)
    }
}

impl Store {
    /// The head's copy of the newest live message before `seq`.
    async fn newest_before(&self, key: &ChannelKey, seq: u64) -> Result<Option<Newest>, Error> {
        let (pk, from) = (keys::channel(key), keys::message_sk(1));
        let mut to = seq.saturating_sub(1);
        let (mut asked, mut passed) = (FIRST_READ, 0);
        while to > 0 {
            if passed >= MOST_PASSED_BY_READING {
                let wanted = Wanted { side: None, is_forward: false, count: 1 };
                let rows = self.live_rows(key, 1, to, wanted).await?;
                return rows
                    .first()
                    .map(|row| newest_of(row, &message_of(row.clone())))
                    .transpose();
            }
            let rows = self.rows(&pk, &from, &keys::message_sk(to), false, asked).await?;
            let (oldest, exhausted) = (rows.last().map(keys::seq_of), rows.len() < asked);
            passed += rows.len();
            asked = READ_AT_ONCE;
            for row in rows {
                let message = message_of(row.clone());
                if message.deleted_at.is_none() {
                    return newest_of(&row, &message).map(Some);
                }
            }
            match oldest {
                Some(oldest) if !exhausted => to = oldest.saturating_sub(1),
                _ => break,
            }
        }
        Ok(None)
    }

    /// Messages after `seq`, up to the first live one or further. Deleted ones before it may be
    /// missing.
    async fn first_live_after(
        &self,
        key: &ChannelKey,
        seq: u64,
        last_seq: u64,
    ) -> Result<Vec<Message>, Error> {
        let mut from = seq.saturating_add(1);
        let (mut asked, mut passed) = (FIRST_READ, 0);
        loop {
            if passed >= MOST_PASSED_BY_READING {
                let wanted = Wanted { side: None, is_forward: true, count: 1 };
                let rows = self.live_rows(key, from, last_seq, wanted).await?;
                return Ok(rows.into_iter().map(message_of).collect());
            }
            let rows = self.messages_between(key, from, last_seq, true, asked).await?;
            let exhausted = rows.len() < asked;
            passed += rows.len();
            asked = READ_AT_ONCE;
            match rows.last().map(|message| message.seq) {
                Some(reached)
                    if !exhausted && rows.iter().all(|message| message.deleted_at.is_some()) =>
                {
                    from = reached + 1;
                }
                _ => return Ok(rows),
            }
        }
    }
}

/// The head's copy of a row's message. A copy would lose an attribute that this version does not
/// know: then the head points at the row.
fn newest_of(row: &Item, message: &Message) -> Result<Newest, Error> {
    let known = item::item(&keys::nothing(), message)?;
    let is_whole = row.keys().all(|name| known.contains_key(name));
    Ok(if is_whole { Newest::of(message) } else { Newest::At(message.seq) })
}
