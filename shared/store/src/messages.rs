//! The log: sending, editing, deleting, and reading it back.
//!
//! A send is one transaction on three items: the head (which hands out the seq), the message, and the client id. So a seq
//! is never handed out without its message, seq n+1 commits after seq n, and a client id is either stored with its message
//! or not at all. Edits and deletes are log entries of the same kind.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use domain::{
    ActorId, Change, ChangeKind, Channel, ChannelHash, ChannelKey, Deletion, Draft, Edition, EventId, Message, MessageBody, MessageId,
    Newest, Principal, Reader, Refusal, Role, SendLimit, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::db::{self, Consistency, Item, Outcome, Tries, item, number, text, unbuilt};
use crate::error::{Error, Failure, classify};
use crate::keys::{self, Key};
use crate::sockets::Connection;
use crate::{Store, head};

/// Messages read at a time when tombstones have to be passed over, at least.
const PASS_OVER: usize = 25;
/// Most messages read at a time, whatever was asked for.
const READ_AT_ONCE: usize = 300;

/// A change that this request has made, and who shall hear of it.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The head afterwards.
    pub channel: Channel,
    /// The log's entry.
    pub change: Change,
    /// The connections of the channel's member and of all staff.
    pub audience: Vec<Connection>,
}

/// A message's row that may be edited or deleted. The head's condition alone is not enough: a batch read is no snapshot, so a new
/// head may have been read beside an old row.
const ROW_IS_LIVE: &str = "attribute_exists(pk) AND attribute_not_exists(deleted_at)";

/// What became of a send.
#[derive(Clone, Debug)]
pub enum Sent {
    /// The message was stored by this request.
    Stored(Committed),
    /// The same client id had stored it before: the message in its present state.
    Replayed(Channel, Message),
}

impl Sent {
    /// The head afterwards.
    pub fn channel(&self) -> &Channel {
        match self {
            Self::Stored(committed) => &committed.channel,
            Self::Replayed(channel, _) => channel,
        }
    }

    /// The message.
    pub fn message(&self) -> &Message {
        match self {
            Self::Stored(committed) => &committed.change.message,
            Self::Replayed(_, message) => message,
        }
    }

    /// What others shall hear of.
    pub fn news(&self) -> Option<&Committed> {
        if let Self::Stored(committed) = self { Some(committed) } else { None }
    }
}

/// What became of an edit.
#[derive(Clone, Debug)]
pub enum Edited {
    /// The body was the same: nothing was written.
    Unchanged(Channel, Message),
    /// The message was changed.
    Changed(Committed),
}

impl Edited {
    /// The head afterwards.
    pub fn channel(&self) -> &Channel {
        match self {
            Self::Changed(committed) => &committed.channel,
            Self::Unchanged(channel, _) => channel,
        }
    }

    /// The message.
    pub fn message(&self) -> &Message {
        match self {
            Self::Unchanged(_, message) => message,
            Self::Changed(committed) => &committed.change.message,
        }
    }

    /// What others shall hear of.
    pub fn news(&self) -> Option<&Committed> {
        if let Self::Changed(committed) = self { Some(committed) } else { None }
    }
}

/// What became of a delete.
#[derive(Clone, Debug)]
pub enum Deleted {
    /// It was deleted before.
    Already,
    /// The message was deleted.
    Deleted(Committed),
}

impl Deleted {
    /// What others shall hear of.
    pub fn news(&self) -> Option<&Committed> {
        if let Self::Deleted(committed) = self { Some(committed) } else { None }
    }
}

/// Which way a page goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards older messages.
    Before,
    /// Towards newer messages.
    After,
}

/// Which messages are wanted.
#[derive(Clone, Copy, Debug)]
pub struct PageQuery {
    /// Which way.
    pub direction: Direction,
    /// Beyond this seq, which is not included; from the end of the log when there is none.
    pub cursor: Option<u64>,
    /// At most this many.
    pub limit: usize,
    /// Whether tombstones are wanted too.
    pub with_deleted: bool,
}

/// A contiguous slice of a channel's messages, oldest first.
#[derive(Clone, Debug)]
pub struct Page {
    /// The head.
    pub channel: Channel,
    /// The messages.
    pub messages: Vec<Message>,
    /// Whether there are more in the direction asked for.
    pub has_more: bool,
}

/// A gapless piece of a channel's log.
#[derive(Clone, Debug)]
pub struct Log {
    /// The head.
    pub channel: Channel,
    /// The changes, in order.
    pub changes: Vec<Change>,
    /// The seq of the log's last entry.
    pub last_seq: u64,
    /// Whether there are more.
    pub has_more: bool,
}

/// An edit or delete as stored: what happened to which message. The message's row has its present state.
#[derive(Debug, Serialize, Deserialize)]
struct Event {
    kind: ChangeKind,
    message_seq: u64,
    #[serde(rename = "event_id")]
    id: EventId,
    ts: Timestamp,
}

/// A client id as stored: which message it made, and what that message said at first.
#[derive(Serialize, Deserialize)]
struct ClientId {
    seq: u64,
    fingerprint: String,
}

impl Store {
    /// Appends a message to the channel of `hash`.
    ///
    /// When this answers, the message is stored, once, however often the client or we had to try; when it fails, the same
    /// client id may be sent again at any later time.
    pub async fn send(&self, hash: &ChannelHash, draft: &Draft, now: Timestamp, limit: SendLimit) -> Result<Sent, Error> {
        let key = hash.key();
        let mut tries = Tries::start();
        let mut unsure = None;
        loop {
            let channel = self.channel(hash, &draft.sender).await?;
            match self.was_ours(&channel, &mut unsure, &draft.event_id).await? {
                Tried::Ours(change) => return Ok(Sent::Stored(self.committed(channel, change, now).await)),
                Tried::NotYetVisible => {
                    tries.again().await?;
                    continue;
                }
                Tried::Nothing => {}
            }
            let (next, message) = match channel.post(draft, now, limit) {
                Ok(posted) => posted,
                Err(refusal) => return self.replay(channel, draft, None, now).await?.ok_or(Error::Refused(refusal)),
            };
            let mut actions = vec![self.advance_head(&channel, &next)?, self.put_row(&keys::message(&key, message.seq), &message)?];
            if let Some(id) = &draft.client_message_id {
                let row = ClientId { seq: message.seq, fingerprint: draft.fingerprint() };
                actions.push(self.put_row(&keys::client_id(&key, &Reader::of(&draft.sender), id), &row)?);
            }
            let (outcome, audience) = self.transact_and_look(actions, &channel, now).await;
            match outcome {
                Ok(Outcome::Committed) => return Ok(Sent::Stored(Committed { channel: next, change: created(message), audience })),
                Ok(Outcome::Refused(mut failed)) => {
                    if let Some(taken) = failed.pop().filter(|_| failed.len() == 2).flatten()
                        && let Some(replayed) = self.replay(channel, draft, Some(taken), now).await?
                    {
                        return Ok(replayed);
                    }
                }
                Err(Failure::Contended) => {}
                Err(Failure::Unknown(_)) => unsure = Some(message.seq),
                Err(failure @ Failure::Final(_)) => return Err(failure.into()),
            }
            tries.again().await?;
        }
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
    ) -> Result<Edited, Error> {
        let mut tries = Tries::start();
        let mut unsure = None;
        loop {
            let (channel, message) = self.channel_and_message(id, caller).await?;
            match self.was_ours(&channel, &mut unsure, event).await? {
                Tried::Ours(change) => return Ok(Edited::Changed(self.committed(channel, change, now).await)),
                Tried::NotYetVisible => {
                    tries.again().await?;
                    continue;
                }
                Tried::Nothing => {}
            }
            let (next, change) = match channel.edit(&message, caller, body.clone(), event.clone(), now, limit)? {
                Edition::Unchanged => return Ok(Edited::Unchanged(channel, message)),
                Edition::Changed(next, change) => (next, change),
            };
            let row = self
                .update_row(&keys::message(&id.channel, id.seq))
                .update_expression("SET body = :body, edited_at = :now")
                .expression_attribute_values(":body", text(&change.message.body))
                .expression_attribute_values(":now", number(now.millis()));
            let row = TransactWriteItem::builder().update(row.build().map_err(unbuilt)?).build();
            let actions = vec![self.advance_head(&channel, &next)?, row, self.put_event(id, &change)?];
            let (outcome, audience) = self.transact_and_look(actions, &channel, now).await;
            match outcome {
                Ok(Outcome::Committed) => return Ok(Edited::Changed(Committed { channel: next, change, audience })),
                Ok(Outcome::Refused(_)) | Err(Failure::Contended) => {}
                Err(Failure::Unknown(_)) => unsure = Some(change.seq),
                Err(failure @ Failure::Final(_)) => return Err(failure.into()),
            }
            tries.again().await?;
        }
    }

    /// Deletes a message: its body is gone for good, its place in the log stays.
    pub async fn delete(
        &self,
        id: &MessageId,
        caller: &Principal,
        event: &EventId,
        now: Timestamp,
        limit: SendLimit,
    ) -> Result<Deleted, Error> {
        let mut tries = Tries::start();
        let mut unsure = None;
        loop {
            let (channel, message) = self.channel_and_message(id, caller).await?;
            match self.was_ours(&channel, &mut unsure, event).await? {
                Tried::Ours(change) => return Ok(Deleted::Deleted(self.committed(channel, change, now).await)),
                Tried::NotYetVisible => {
                    tries.again().await?;
                    continue;
                }
                Tried::Nothing => {}
            }
            let (mut next, change) = match channel.delete(&message, caller, event.clone(), now, limit)? {
                Deletion::Already => return Ok(Deleted::Already),
                Deletion::Deleted(next, change) => (next, change),
            };
            if next.newest.is_none() && channel.newest.is_some() {
                next.newest = self.newest_before(&id.channel, id.seq).await?.as_ref().map(Newest::of);
            } else if channel.asks_by(&message) {
                next.ask_anew(&self.first_live_after(&id.channel, id.seq, channel.last_seq).await?);
            }
            let row = self
                .update_row(&keys::message(&id.channel, id.seq))
                .update_expression("SET deleted_at = :now REMOVE body")
                .expression_attribute_values(":now", number(now.millis()));
            let row = TransactWriteItem::builder().update(row.build().map_err(unbuilt)?).build();
            // The read counts of all marks change, so no write of the head may come in between.
            let mut actions = vec![self.replace_head(&next)?, row, self.put_event(id, &change)?];
            actions.extend(self.note_deletion(&id.channel, &message)?);
            let (outcome, audience) = self.transact_and_look(actions, &channel, now).await;
            match outcome {
                Ok(Outcome::Committed) => return Ok(Deleted::Deleted(Committed { channel: next, change, audience })),
                Ok(Outcome::Refused(_)) | Err(Failure::Contended) => {}
                Err(Failure::Unknown(_)) => unsure = Some(change.seq),
                Err(failure @ Failure::Final(_)) => return Err(failure.into()),
            }
            tries.again().await?;
        }
    }

    /// A page of messages, with the head. It never shows a later message without the earlier ones.
    pub async fn page(&self, hash: &ChannelHash, caller: &Principal, query: PageQuery) -> Result<Page, Error> {
        let key = hash.key();
        let (channel, mut found) = match (query.direction, query.cursor) {
            // One backward query from the end meets the head first, then the newest messages.
            (Direction::Before, None) => self.newest_page(hash, caller, query.limit).await?,
            // Backwards a message is met after all later ones, so beside the head no order is needed.
            (Direction::Before, Some(cursor)) => {
                let rows = self.messages_between(&key, 1, cursor.saturating_sub(1), false, query.limit + 1);
                let (channel, rows) = tokio::join!(self.channel(hash, caller), rows);
                (channel?, rows?)
            }
            // Forwards a later message could be met whose predecessor was committed behind our back: the head, read first,
            // says how far the log was complete.
            (Direction::After, cursor) => {
                let channel = self.channel(hash, caller).await?;
                let from = cursor.unwrap_or(0).saturating_add(1);
                let rows = self.messages_between(&key, from, channel.last_seq, true, query.limit + 1).await?;
                (channel, rows)
            }
        };
        // Tombstones take no place in a page: read on until it is full or the log ends.
        let forward = query.direction == Direction::After;
        let wanted = |message: &Message| query.with_deleted || message.deleted_at.is_none();
        let mut asked = query.limit + 1;
        let mut reached = found.last().map(|message| message.seq);
        let mut exhausted = found.len() < asked;
        found.retain(wanted);
        while found.len() <= query.limit && !exhausted {
            asked = (asked * 2).clamp(PASS_OVER, READ_AT_ONCE);
            let (from, to) = match (forward, reached.unwrap_or(0)) {
                (true, seq) => (seq + 1, channel.last_seq),
                (false, seq) => (1, seq.saturating_sub(1)),
            };
            let rows = self.messages_between(&key, from, to, forward, asked).await?;
            exhausted = rows.len() < asked;
            reached = rows.last().map(|message| message.seq);
            found.extend(rows.into_iter().filter(wanted));
        }
        let has_more = found.len() > query.limit;
        found.truncate(query.limit);
        if !forward {
            found.reverse();
        }
        Ok(Page { channel, messages: found, has_more })
    }

    /// The head, and the newest messages: one more than `limit`, where there are so many.
    async fn newest_page(&self, hash: &ChannelHash, caller: &Principal, limit: usize) -> Result<(Channel, Vec<Message>), Error> {
        let mut tries = Tries::start();
        loop {
            let items = self.rows(&keys::channel(&hash.key()), &keys::message_sk(0), keys::ONLY, false, limit + 2).await?;
            let (heads, rows): (Vec<_>, Vec<_>) = items.into_iter().partition(is_head);
            let channel = heads.into_iter().next().map(head::from_item).transpose()?;
            let channel = channel.filter(|channel| channel.admits(caller)).ok_or_else(|| Refusal::NoChannel(hash.to_string()))?;
            let rows = rows.into_iter().map(db::read).collect::<Result<Vec<Message>, Error>>()?;
            // A query is no snapshot: the head of a write may be seen before its message.
            let newest = channel.newest.as_ref().map_or(0, Newest::seq);
            if rows.first().map_or(0, |message| message.seq) >= newest {
                return Ok((channel, rows));
            }
            tries.again().await?;
        }
    }

    /// The log's entries after a seq, gapless, in order: every message created, edited or deleted since.
    pub async fn log(&self, hash: &ChannelHash, caller: &Principal, after: u64, limit: usize) -> Result<Log, Error> {
        let (key, pk) = (hash.key(), keys::channel(&hash.key()));
        let end = domain::MAX_SEQ;
        let from = after.saturating_add(1).min(end);
        let (event_from, event_to) = (keys::event_sk(from), keys::event_sk(end));
        let (channel, created, events) = tokio::join!(
            self.channel(hash, caller),
            self.messages_between(&key, from, end, true, limit),
            self.rows(&pk, &event_from, &event_to, true, limit),
        );
        let (channel, created) = (channel?, created?);
        let mut entries: BTreeMap<u64, Entry> = created.into_iter().map(|message| (message.seq, Entry::Created(message))).collect();
        for row in events? {
            let seq = seq_of(&row);
            entries.insert(seq, Entry::Event(db::read(row)?));
        }
        // Each seq is either a message or an event, so the log shows a hole where a write was met half: end before it.
        let whole: Vec<_> =
            (from..).zip(entries).take_while(|(expected, (seq, _))| expected == seq).map(|(_, entry)| entry).take(limit).collect();
        let last_seq = whole.last().map_or(channel.last_seq, |(seq, _)| channel.last_seq.max(*seq));
        let reached = whole.last().map_or(after, |(seq, _)| *seq);
        let changes = self.as_changes(&key, whole).await?;
        Ok(Log { has_more: reached < last_seq, changes, last_seq, channel })
    }

    /// Entries that the stream showed, as changes: a message as it was sent, for edits and deletes in its present state.
    pub async fn changes(&self, key: &ChannelKey, entries: Vec<LogEntry>) -> Result<Vec<Change>, Error> {
        let (sent, events): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| matches!(entry.entry, Entry::Created(_)));
        let mut changes = Vec::new();
        for entries in [sent, events] {
            changes.extend(self.as_changes(key, entries.into_iter().map(|entry| (entry.seq, entry.entry)).collect()).await?);
        }
        changes.sort_unstable_by_key(|change| change.seq);
        Ok(changes)
    }

    /// Log entries with the present state of their messages, reading those that are older than the piece at hand.
    async fn as_changes(&self, key: &ChannelKey, entries: Vec<(u64, Entry)>) -> Result<Vec<Change>, Error> {
        let mut present: BTreeMap<u64, Message> = BTreeMap::new();
        let mut missing: Vec<u64> = Vec::new();
        for (_, entry) in &entries {
            if let Entry::Created(message) = entry {
                present.insert(message.seq, message.clone());
            }
        }
        for (_, entry) in &entries {
            if let Entry::Event(event) = entry
                && !present.contains_key(&event.message_seq)
            {
                missing.push(event.message_seq);
            }
        }
        missing.sort_unstable();
        missing.dedup();
        let missing: Vec<Key> = missing.into_iter().map(|seq| keys::message(key, seq)).collect();
        for row in self.get_all(&missing, Consistency::Strong).await? {
            let message: Message = db::read(row)?;
            present.insert(message.seq, message);
        }
        let changes = entries.into_iter().filter_map(|(seq, entry)| match entry {
            Entry::Created(message) => Some(created(message)),
            Entry::Event(event) => {
                let message = present.get(&event.message_seq)?.clone();
                Some(Change { seq, kind: event.kind, event_id: event.id, ts: event.ts, message })
            }
        });
        Ok(changes.collect())
    }

    /// The newest messages of those channels whose heads have no room for them.
    pub(crate) async fn long_newest(&self, channels: &[Channel]) -> Result<BTreeMap<ChannelKey, Message>, Error> {
        let long = channels.iter().filter_map(|channel| match channel.newest {
            Some(Newest::At(seq)) => Some(keys::message(&channel.key(), seq)),
            _ => None,
        });
        let rows = self.get_all(&long.collect::<Vec<_>>(), Consistency::Strong).await?;
        let of = |row: &Item| row.get("pk").and_then(|pk| pk.as_s().ok()).and_then(|pk| keys::channel_of(pk));
        rows.into_iter().filter_map(|row| Some((of(&row)?, row))).map(|(key, row)| Ok((key, db::read(row)?))).collect()
    }

    /// Messages with a seq from `from` to `to`, at most `most`, tombstones included.
    pub(crate) async fn messages_between(
        &self,
        key: &ChannelKey,
        from: u64,
        to: u64,
        forward: bool,
        most: usize,
    ) -> Result<Vec<Message>, Error> {
        if from > to {
            return Ok(Vec::new());
        }
        let rows = self.rows(&keys::channel(key), &keys::message_sk(from), &keys::message_sk(to), forward, most).await?;
        rows.into_iter().map(db::read).collect()
    }

    pub(crate) async fn rows(&self, pk: &str, from: &str, to: &str, forward: bool, most: usize) -> Result<Vec<Item>, Error> {
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let request = self.db().query().table_name(&self.layout().chat_table).consistent_read(true);
            let request = request
                .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
                .expression_attribute_values(":pk", text(pk))
                .expression_attribute_values(":from", text(from))
                .expression_attribute_values(":to", text(to))
                .scan_index_forward(forward)
                .set_limit(i32::try_from(most - found.len()).ok())
                .set_exclusive_start_key(start);
            let page = request.send().await.map_err(classify)?;
            found.extend(page.items.into_iter().flatten());
            start = page.last_evaluated_key;
            if start.is_none() || found.len() >= most {
                return Ok(found);
            }
        }
    }

    /// The newest message before `seq` that is not deleted.
    async fn newest_before(&self, key: &ChannelKey, seq: u64) -> Result<Option<Message>, Error> {
        let mut to = seq.saturating_sub(1);
        // Nearly always it is the very one before: one read unit.
        let mut asked = 4;
        loop {
            let rows = self.messages_between(key, 1, to, false, asked).await?;
            let oldest = rows.last().map(|message| message.seq);
            let exhausted = rows.len() < asked;
            asked = READ_AT_ONCE;
            if let Some(live) = rows.into_iter().find(|message| message.deleted_at.is_none()) {
                return Ok(Some(live));
            }
            match oldest {
                Some(oldest) if !exhausted => to = oldest.saturating_sub(1),
                _ => return Ok(None),
            }
        }
    }

    /// The messages behind `seq`, up to the first that is not deleted.
    async fn first_live_after(&self, key: &ChannelKey, seq: u64, last_seq: u64) -> Result<Vec<Message>, Error> {
        let mut from = seq.saturating_add(1);
        // Nearly always it is the very next one: one read unit.
        let mut asked = 4;
        loop {
            let rows = self.messages_between(key, from, last_seq, true, asked).await?;
            let exhausted = rows.len() < asked;
            asked = READ_AT_ONCE;
            match rows.last().map(|message| message.seq) {
                Some(reached) if !exhausted && rows.iter().all(|message| message.deleted_at.is_some()) => from = reached + 1,
                _ => return Ok(rows),
            }
        }
    }

    /// A message and its channel, if `caller` may see it; one that is another's answers like none.
    async fn channel_and_message(&self, id: &MessageId, caller: &Principal) -> Result<(Channel, Message), Error> {
        let items = self.get_all(&[keys::head(&id.channel), keys::message(&id.channel, id.seq)], Consistency::Strong).await?;
        let (heads, rows): (Vec<_>, Vec<_>) = items.into_iter().partition(is_head);
        match (heads.into_iter().next(), rows.into_iter().next()) {
            (Some(head), Some(row)) => {
                let channel = head::from_item(head)?;
                let message = db::read(row)?;
                if channel.admits(caller) { Ok((channel, message)) } else { Err(Refusal::NoMessage(id.to_string()).into()) }
            }
            _ => Err(Refusal::NoMessage(id.to_string()).into()),
        }
    }

    /// Finds out whether an attempt that failed ambiguously was carried out: every seq up to the head's is either a message or an
    /// event, and its row carries the event id of whoever wrote it.
    async fn was_ours(&self, channel: &Channel, tried: &mut Option<u64>, event: &EventId) -> Result<Tried, Error> {
        // Where the log does not reach so far, the attempt may still be carried out: it stays in mind.
        let Some(seq) = tried.filter(|seq| *seq <= channel.last_seq) else { return Ok(Tried::Nothing) };
        let key = channel.key();
        let rows = self.get_all(&[keys::message(&key, seq), keys::event(&key, seq)], Consistency::Strong).await?;
        let Some(row) = rows.into_iter().next() else { return Ok(Tried::NotYetVisible) };
        let change = self.as_changes(&key, vec![(seq, log_entry(seq, row)?.entry)]).await?.into_iter().next();
        let ours = change.filter(|change| change.event_id == *event);
        // Somebody else's entry stands where ours would: ours never came to be.
        *tried = None;
        Ok(ours.map_or(Tried::Nothing, Tried::Ours))
    }

    /// The message that this client id made before, if it did; another body under the same id is a conflict.
    async fn replay(&self, channel: Channel, draft: &Draft, taken: Option<Item>, now: Timestamp) -> Result<Option<Sent>, Error> {
        let Some(id) = &draft.client_message_id else { return Ok(None) };
        let taken = match taken {
            Some(taken) => Some(taken),
            None => self.get(&keys::client_id(&channel.key(), &Reader::of(&draft.sender), id)).await?,
        };
        let Some(taken) = taken else { return Ok(None) };
        let first: ClientId = db::read(taken)?;
        if first.fingerprint != draft.fingerprint() {
            return Err(Refusal::ClientIdReused.into());
        }
        let message: Option<Message> = self.get(&keys::message(&channel.key(), first.seq)).await?.map(db::read).transpose()?;
        Ok(match message {
            // Our own write, whose answer was lost.
            Some(message) if message.event_id == draft.event_id => Some(Sent::Stored(self.committed(channel, created(message), now).await)),
            Some(message) => Some(Sent::Replayed(channel, message)),
            None => None,
        })
    }

    /// Writes, and looks beside it who shall hear of it.
    async fn transact_and_look(
        &self,
        actions: Vec<TransactWriteItem>,
        channel: &Channel,
        now: Timestamp,
    ) -> (Result<Outcome, Failure>, Vec<Connection>) {
        tokio::join!(self.transact(actions), self.audience_if_known(channel, now))
    }

    /// A change that turns out to have been made.
    async fn committed(&self, channel: Channel, change: Change, now: Timestamp) -> Committed {
        let audience = self.audience_if_known(&channel, now).await;
        Committed { channel, change, audience }
    }

    /// Moves the head from `before` to `next`, if nobody appended in between. Marks are not touched, so readers and senders
    /// do not get in each other's way.
    fn advance_head(&self, before: &Channel, next: &Channel) -> Result<TransactWriteItem, Error> {
        let mut head = head::to_item(next, self.layout().activity_shards)?;
        let mut set = vec!["v = v + :one"];
        let mut remove = Vec::new();
        let mut values = Item::from([
            (":one".to_owned(), number(1)),
            (":before".to_owned(), number(before.last_seq)),
            (":member".to_owned(), text(before.member_id.as_str())),
        ]);
        let mut assign = |attribute: &str, value: Option<AttributeValue>, expression: &'static str| {
            let Some(value) = value else { return };
            values.insert(format!(":{attribute}"), value);
            set.push(expression);
        };
        assign("last_seq", head.remove("last_seq"), "last_seq = :last_seq");
        assign("last_message_at", head.remove("last_message_at"), "last_message_at = :last_message_at");
        assign("live_customer", head.remove("live_customer"), "live_customer = :live_customer");
        assign("live_staff", head.remove("live_staff"), "live_staff = :live_staff");
        assign("paced", head.remove("paced"), "paced = :paced");
        assign("activity_shard", head.remove("activity_shard"), "activity_shard = :activity_shard");
        assign("activity_minute", head.remove("activity_minute"), "activity_minute = :activity_minute");
        assign("newest_seq", head.remove("newest_seq"), "newest_seq = :newest_seq");
        assign("updated_at", head.remove("updated_at"), "updated_at = :updated_at");
        match head.remove("newest") {
            Some(newest) => assign("newest", Some(newest), "newest = :newest"),
            None => remove.push("newest"),
        }
        // Only log entries change it, and none came in between.
        if next.unanswered_since != before.unanswered_since {
            match head.remove("unanswered_since") {
                Some(since) => assign("unanswered_since", Some(since), "unanswered_since = :unanswered_since"),
                None => remove.push("unanswered_since"),
            }
        }
        // An answer makes a customer wait. A read may end an earlier wait in between, so it is decided as it is written.
        if next.live_staff > before.live_staff && next.waiting_since.is_some() {
            let began = next.last_message_at.unwrap_or_default();
            assign("waiting_since", Some(number(began.millis())), "waiting_since = if_not_exists(waiting_since, :waiting_since)");
            assign("waiting_shard", head.remove("waiting_shard"), "waiting_shard = :waiting_shard");
        }
        let mut expression = format!("SET {}", set.join(", "));
        if !remove.is_empty() {
            expression = format!("{expression} REMOVE {}", remove.join(", "));
        }
        let update = Update::builder()
            .table_name(&self.layout().chat_table)
            .set_key(Some(keys::head(&before.key()).item()))
            .update_expression(expression)
            .condition_expression("last_seq = :before AND member_id = :member")
            .set_expression_attribute_values(Some(values));
        Ok(TransactWriteItem::builder().update(update.build().map_err(unbuilt)?).build())
    }

    /// Puts a row that must not exist yet; a refusal shows the one that does.
    fn put_row<T: Serialize>(&self, key: &Key, content: &T) -> Result<TransactWriteItem, Error> {
        let put = Put::builder()
            .table_name(&self.layout().chat_table)
            .set_item(Some(item(key, content)?))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().put(put.build().map_err(unbuilt)?).build())
    }

    fn put_event(&self, id: &MessageId, change: &Change) -> Result<TransactWriteItem, Error> {
        let event = Event { kind: change.kind, message_seq: id.seq, id: change.event_id.clone(), ts: change.ts };
        self.put_row(&keys::event(&id.channel, change.seq), &event)
    }

    fn update_row(&self, key: &Key) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        Update::builder().table_name(&self.layout().chat_table).set_key(Some(key.item())).condition_expression(ROW_IS_LIVE)
    }
}

/// What became of an attempt that failed ambiguously.
enum Tried {
    /// There was none, or it was not carried out, or not yet.
    Nothing,
    /// The head says that there is an entry, but it cannot be seen yet.
    NotYetVisible,
    /// It was carried out.
    Ours(Change),
}

/// An entry of the log, as the stream shows it.
#[derive(Debug)]
pub struct LogEntry {
    seq: u64,
    entry: Entry,
}

impl LogEntry {
    /// The admin who sent it, where it is a message of one.
    pub fn admin(&self) -> Option<&ActorId> {
        match &self.entry {
            Entry::Created(message) if message.sender_role == Role::Admin => Some(&message.sender_id),
            _ => None,
        }
    }
}

/// Reads an entry from its item.
pub(crate) fn log_entry(seq: u64, item: Item) -> Result<LogEntry, Error> {
    let entry = if is_message(&item) { Entry::Created(db::read(item)?) } else { Entry::Event(db::read(item)?) };
    Ok(LogEntry { seq, entry })
}

/// An entry of the log as stored.
#[derive(Debug)]
enum Entry {
    Created(Message),
    Event(Event),
}

/// The log's entry that a message's creation is.
fn created(message: Message) -> Change {
    Change { seq: message.seq, kind: ChangeKind::Created, event_id: message.event_id.clone(), ts: message.created_at, message }
}

fn is_head(item: &Item) -> bool {
    keys::written_head(item).is_some()
}

fn is_message(item: &Item) -> bool {
    item.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| sk.starts_with("s#"))
}

/// The seq in a sort key of the log.
fn seq_of(item: &Item) -> u64 {
    item.get("sk").and_then(|sk| sk.as_s().ok()).and_then(|sk| sk.split_once('#')?.1.parse().ok()).unwrap_or_default()
}
