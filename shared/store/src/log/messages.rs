//! The log: sending, editing, deleting, and reading it back.
//!
//! A send is one transaction on three items: the head (which hands out the seq), the message, and
//! the client id. So a seq is never handed out without its message, seq n+1 commits after seq n,
//! and a client id is either stored with its message or not at all. Edits and deletes are log
//! entries of the same kind.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{
    ActorId, Change, ChangeKind, Channel, ChannelHash, ChannelKey, EventId, Message, MessageId,
    Newest, Principal, Refusal, Role, Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::channel::head;
use crate::log::commands::newest_of;
use crate::log::live::Wanted;
use crate::table::error::Error;
use crate::table::item::{self, Item, text_of};
use crate::table::keys::{self, Key};
use crate::table::query::{Consistency, Query};
use crate::table::retry::Tries;

/// Messages read at a time when tombstones have to be passed over, at least.
const PASS_OVER: usize = 25;
/// Most messages read at a time, whatever was asked for.
pub(crate) const READ_AT_ONCE: usize = 300;
/// Deleted messages that a request passes over by reading them: 25 read units. Beyond that it
/// looks for live ones, see [`crate::log::live`].
pub(crate) const MOST_PASSED_BY_READING: usize = 300;

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

/// An edit or delete as stored: what happened to which message. The message's row has its present
/// state.
#[derive(Debug, Serialize, Deserialize)]
struct Event {
    kind: ChangeKind,
    message_seq: u64,
    #[serde(rename = "event_id")]
    id: EventId,
    ts: Timestamp,
}

/// Most bytes of one piece of the log, as JSON. The answer goes through Lambda (6 MB) as JSON
/// inside JSON.
const MAX_LOG_BYTES: usize = 1024 * 1024;
/// Bytes of one change in that, beside the message's body: ids, times, names of fields.
const CHANGE_BYTES: usize = 1024;

/// How many of these changes fit into one piece of the log: at least one.
fn within_bytes(changes: &[Change]) -> usize {
    let mut bytes = 0;
    let fits = changes.iter().take_while(|change| {
        bytes += CHANGE_BYTES + json_bytes(&change.message.body);
        bytes <= MAX_LOG_BYTES
    });
    fits.count().max(1)
}

/// Bytes of a text inside JSON.
fn json_bytes(text: &str) -> usize {
    let of = |c: char| match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        _ => c.len_utf8(),
    };
    text.chars().map(of).sum()
}

impl Store {
    /// A page of messages, with the head. It never shows a later message without the earlier ones.
    pub async fn page(
        &self,
        hash: &ChannelHash,
        caller: &Principal,
        query: PageQuery,
    ) -> Result<Page, Error> {
        let key = hash.key();
        let (channel, mut found) = match (query.direction, query.cursor) {
            // One backward query from the end meets the head first, then the newest messages.
            (Direction::Before, None) => self.newest_page(hash, caller, query.limit).await?,
            // Backwards a message is met after all later ones, so beside the head no order is
            // needed.
            (Direction::Before, Some(cursor)) => {
                let rows = self.messages_between(
                    &key,
                    1,
                    cursor.saturating_sub(1),
                    false,
                    query.limit + 1,
                );
                let (channel, rows) = tokio::join!(self.channel(hash, caller), rows);
                (channel?, rows?)
            }
            // Forwards a later message could be met whose predecessor was committed behind our
            // back: the head, read first, says how far the log was complete.
            (Direction::After, cursor) => {
                let channel = self.channel(hash, caller).await?;
                let from = cursor.unwrap_or(0).saturating_add(1);
                let rows = self
                    .messages_between(&key, from, channel.last_seq, true, query.limit + 1)
                    .await?;
                (channel, rows)
            }
        };
        // Tombstones take no place in a page: read on until it is full or the log ends. A few are
        // passed over by reading them.
        let forward = query.direction == Direction::After;
        let wanted = |message: &Message| {
            message.is_known() && (query.with_deleted || message.deleted_at.is_none())
        };
        let mut asked = query.limit + 1;
        let mut reached = found.last().map(|message| message.seq);
        let mut exhausted = found.len() < asked;
        let mut read = found.len();
        found.retain(wanted);
        while found.len() <= query.limit && !exhausted {
            let passed = read - found.len();
            let (from, to) = match (forward, reached.unwrap_or(0)) {
                (true, seq) => (seq + 1, channel.last_seq),
                (false, seq) => (1, seq.saturating_sub(1)),
            };
            if passed >= MOST_PASSED_BY_READING && !query.with_deleted {
                let live = Wanted {
                    side: None,
                    is_forward: forward,
                    count: query.limit + 1 - found.len(),
                };
                let rows = self.live_rows(&key, from, to, live).await?;
                found.extend(rows.into_iter().map(message_of).filter(wanted));
                break;
            }
            asked = (asked * 2).clamp(PASS_OVER, READ_AT_ONCE);
            let rows = self.messages_between(&key, from, to, forward, asked).await?;
            read += rows.len();
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
    async fn newest_page(
        &self,
        hash: &ChannelHash,
        caller: &Principal,
        limit: usize,
    ) -> Result<(Channel, Vec<Message>), Error> {
        let mut tries = Tries::start();
        loop {
            let items = self
                .rows(
                    &keys::channel(&hash.key()),
                    &keys::message_sk(0),
                    keys::ONLY,
                    false,
                    limit + 2,
                )
                .await?;
            let (heads, rows): (Vec<_>, Vec<_>) = items.into_iter().partition(is_head);
            let channel = heads.into_iter().next().map(head::from_item).transpose()?;
            let channel = channel
                .filter(|channel| channel.admits(caller))
                .ok_or_else(|| Refusal::NoChannel(hash.to_string()))?;
            let (rows, unknown): (Vec<_>, Vec<_>) = rows.into_iter().partition(is_message);
            let rows = if unknown.is_empty() {
                rows.into_iter().map(message_of).collect()
            } else {
                // Rows of a kind that is unknown here stand between the messages and the head, and
                // took their places.
                self.messages_between(&channel.key(), 1, domain::MAX_SEQ, false, limit + 1).await?
            };
            // A query is no snapshot: the head of a write may be seen before its message.
            let newest = channel.newest.as_ref().map_or(0, Newest::seq);
            if rows.first().map_or(0, |message| message.seq) >= newest {
                return Ok((channel, rows));
            }
            tries.again().await?;
        }
    }

    /// The log's entries after a seq, gapless, in order: every message created, edited or deleted
    /// since.
    ///
    /// Entries of a kind that is unknown here are passed over. A piece is empty only at the log's
    /// end, so a caller who goes on behind its last entry always gets further.
    pub async fn log(
        &self,
        hash: &ChannelHash,
        caller: &Principal,
        after: u64,
        limit: usize,
    ) -> Result<Log, Error> {
        let mut after = after;
        loop {
            let (log, reached) = self.piece_of_log(hash, caller, after, limit).await?;
            if !log.changes.is_empty() || !log.has_more || reached == after {
                return Ok(log);
            }
            after = reached;
        }
    }

    /// A piece of the log, and the seq of its last entry, shown or not.
    async fn piece_of_log(
        &self,
        hash: &ChannelHash,
        caller: &Principal,
        after: u64,
        limit: usize,
    ) -> Result<(Log, u64), Error> {
        let (key, pk) = (hash.key(), keys::channel(&hash.key()));
        let end = domain::MAX_SEQ;
        let from = after.saturating_add(1).min(end);
        let (message_from, message_to) = (keys::message_sk(from), keys::message_sk(end));
        let (event_from, event_to) = (keys::event_sk(from), keys::event_sk(end));
        let (channel, created, events) = tokio::join!(
            self.channel(hash, caller),
            self.first_rows(&pk, &message_from, &message_to, limit),
            self.first_rows(&pk, &event_from, &event_to, limit),
        );
        let (channel, rows) = (channel?, created?.into_iter().chain(events?));
        let entries: BTreeMap<u64, Entry> = rows
            .map(|row| {
                let LogEntry { seq, entry } = log_entry(seq_of(&row), row);
                (seq, entry)
            })
            .collect();
        // Each seq is either a message or an event, so the log shows a hole where a write was met
        // half: end before it.
        let whole: Vec<_> = (from..)
            .zip(entries)
            .take_while(|(expected, (seq, _))| expected == seq)
            .map(|(_, entry)| entry)
            .take(limit)
            .collect();
        let last_seq = whole.last().map_or(channel.last_seq, |(seq, _)| channel.last_seq.max(*seq));
        let mut reached = whole.last().map_or(after, |(seq, _)| *seq);
        let mut changes = self.as_changes(&key, whole).await?;
        let kept = within_bytes(&changes);
        if kept < changes.len() {
            changes.truncate(kept);
            reached = changes.last().map_or(after, |change| change.seq);
        }
        Ok((Log { has_more: reached < last_seq, changes, last_seq, channel }, reached))
    }

    /// Entries that the stream showed, as changes: a message as it was sent, for edits and deletes
    /// in its present state.
    pub async fn changes(
        &self,
        key: &ChannelKey,
        entries: Vec<LogEntry>,
    ) -> Result<Vec<Change>, Error> {
        let (sent, events): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| matches!(entry.entry, Entry::Created(_)));
        let mut changes = Vec::new();
        for entries in [sent, events] {
            changes.extend(
                self.as_changes(
                    key,
                    entries.into_iter().map(|entry| (entry.seq, entry.entry)).collect(),
                )
                .await?,
            );
        }
        changes.sort_unstable_by_key(|change| change.seq);
        Ok(changes)
    }

    /// Log entries with the present state of their messages, reading those that are older than the
    /// piece at hand.
    async fn as_changes(
        &self,
        key: &ChannelKey,
        entries: Vec<(u64, Entry)>,
    ) -> Result<Vec<Change>, Error> {
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
            let message = message_of(row);
            present.insert(message.seq, message);
        }
        let changes = entries.into_iter().filter_map(|(seq, entry)| match entry {
            Entry::Created(message) => message.is_known().then(|| Change::created(message)),
            Entry::Unknown => None,
            Entry::Event(event) => {
                let message = present.get(&event.message_seq)?.clone();
                message.is_known().then_some(Change {
                    seq,
                    kind: event.kind,
                    event_id: event.id,
                    ts: event.ts,
                    message,
                })
            }
        });
        Ok(changes.collect())
    }

    /// The newest messages of those channels whose heads have no room for them.
    pub(crate) async fn long_newest(
        &self,
        channels: &[Channel],
    ) -> Result<BTreeMap<ChannelKey, Message>, Error> {
        let long = channels.iter().filter_map(|channel| match channel.newest {
            Some(Newest::At(seq)) => Some(keys::message(&channel.key(), seq)),
            _ => None,
        });
        let rows = self.get_all(&long.collect::<Vec<_>>(), Consistency::Strong).await?;
        let found = rows.into_iter();
        Ok(found.filter_map(|row| Some((keys::channel_in(&row)?, known(row)?))).collect())
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
        let rows = self
            .rows(
                &keys::channel(key),
                &keys::message_sk(from),
                &keys::message_sk(to),
                forward,
                most,
            )
            .await?;
        Ok(rows.into_iter().map(message_of).collect())
    }

    pub(crate) async fn rows(
        &self,
        pk: &str,
        from: &str,
        to: &str,
        forward: bool,
        most: usize,
    ) -> Result<Vec<Item>, Error> {
        let query = Query::partition(&self.layout().chat_table, pk);
        Ok(self.query_all(query.between(from, to).forward(forward), most).await?.items)
    }

    /// The first rows from a place on: at most one page of DynamoDB (1 MB), however many were asked
    /// for.
    async fn first_rows(
        &self,
        pk: &str,
        from: &str,
        to: &str,
        most: usize,
    ) -> Result<Vec<Item>, Error> {
        let query = Query::partition(&self.layout().chat_table, pk).between(from, to);
        Ok(self.query_page(&query, most, None).await?.items)
    }

    /// How the head remembers the newest message before `seq` that is not deleted.
    pub(crate) async fn newest_before(
        &self,
        key: &ChannelKey,
        seq: u64,
    ) -> Result<Option<Newest>, Error> {
        let (pk, from) = (keys::channel(key), keys::message_sk(1));
        let mut to = seq.saturating_sub(1);
        // Nearly always it is the very one before: one read unit.
        let (mut asked, mut passed) = (4, 0);
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
            let (oldest, exhausted) = (rows.last().map(seq_of), rows.len() < asked);
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

    /// Messages after `seq`, at least the first that is not deleted; deleted ones before it may be
    /// among them or not.
    pub(crate) async fn first_live_after(
        &self,
        key: &ChannelKey,
        seq: u64,
        last_seq: u64,
    ) -> Result<Vec<Message>, Error> {
        let mut from = seq.saturating_add(1);
        // Nearly always it is the very next one: one read unit.
        let (mut asked, mut passed) = (4, 0);
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
                    from = reached + 1
                }
                _ => return Ok(rows),
            }
        }
    }
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
            Entry::Created(message) if message.sender_role == Role::Admin => {
                Some(&message.sender_id)
            }
            _ => None,
        }
    }
}

/// Reads an entry from its item. One of a form that is unknown here has its place in the log, and
/// nothing to show.
pub(crate) fn log_entry(seq: u64, item: Item) -> LogEntry {
    let entry = if is_message(&item) {
        Entry::Created(message_of(item))
    } else {
        let event = item::readable("log entry", item::read::<Event>(item));
        event.map_or(Entry::Unknown, Entry::Event)
    };
    LogEntry { seq, entry }
}

/// Reads a message from its row; one of a form that is unknown here becomes [`Message::unknown`].
pub(crate) fn message_of(row: Item) -> Message {
    let (seq, created_at) = (seq_of(&row), row.get("created_at").cloned());
    known(row).unwrap_or_else(|| {
        let created_at = created_at.and_then(|at| at.as_n().ok()?.parse().ok());
        Message::unknown(seq, Timestamp::from_millis(created_at.unwrap_or_default()))
    })
}

/// Reads a message from its row, if it has a form that is known here.
pub(crate) fn known(row: Item) -> Option<Message> {
    item::readable("message", item::read::<Message>(row)).filter(Message::is_known)
}

/// Writes the row of an edit or delete.
pub(crate) fn put_event(
    store: &Store,
    id: &MessageId,
    change: &Change,
) -> Result<TransactWriteItem, Error> {
    let (kind, event_id) = (change.kind, change.event_id.clone());
    let event = Event { kind, message_seq: id.seq, id: event_id, ts: change.ts };
    store.put_row(&keys::event(&id.channel, change.seq), &event)
}

/// An entry of the log as stored.
#[derive(Debug)]
enum Entry {
    Created(Message),
    Event(Event),
    /// Written by a newer version.
    Unknown,
}

fn is_head(item: &Item) -> bool {
    keys::written_head(item).is_some()
}

fn is_message(item: &Item) -> bool {
    text_of(item, "sk").is_some_and(|sk| sk == keys::message_sk(seq_of(item)))
}

/// The seq in a sort key of the log.
pub(crate) fn seq_of(item: &Item) -> u64 {
    text_of(item, "sk").and_then(|sk| sk.split_once('#')?.1.parse().ok()).unwrap_or_default()
}
