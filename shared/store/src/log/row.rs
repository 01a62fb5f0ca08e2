//! Entries of the log as rows, and back.
//!
//! The entry of a sent message is the message's own row, `s#`, which later edits and deletes
//! change. Every other entry has a row of its own, `e#`: its kind, and the message that it is
//! about.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{
    ChannelKey, Entry, EventId, Facts, Kind, Message, Principal, Reader, Timestamp, What,
};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{self, Item, item, number, text};
use crate::table::keys::{self, Key};
use crate::table::query::Consistency;
use crate::table::update::Expression;
use crate::table::write;

/// An entry of the log as its row shows it.
#[derive(Clone, Debug)]
pub struct LogRow {
    seq: u64,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    /// The row is all of the entry.
    Whole(Entry),
    /// The message's own row has its present state.
    About(About),
}

/// An entry about a message, as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct About {
    kind: Kind,
    message_seq: u64,
    event_id: EventId,
    ts: Timestamp,
}

/// A client id as stored: which message it made, and the fingerprint of what was sent.
#[derive(Serialize, Deserialize)]
pub(crate) struct ClientId {
    pub(crate) seq: u64,
    pub(crate) fingerprint: String,
}

impl ClientId {
    /// Whether this item is the row of one.
    pub(crate) fn is_row(item: &Item) -> bool {
        item.contains_key("fingerprint")
    }
}

impl LogRow {
    /// Reads an entry's row. A row of an unknown form keeps its place in the log.
    pub(crate) fn read(seq: u64, item: Item) -> Self {
        let content = if keys::is_message(&item) {
            Content::Whole(Entry::sent(message_of(item)))
        } else {
            let about = item::readable("log entry", item::read::<About>(item));
            // A sent message's entry is its own row, never this one.
            let about = about.filter(|about| about.kind != Kind::MessageSent);
            about.map_or_else(|| Content::Whole(Entry::unknown(seq)), Content::About)
        };
        Self { seq, content }
    }

    /// Its place in the log.
    pub(crate) const fn seq(&self) -> u64 {
        self.seq
    }

    /// What the entry means.
    pub fn facts(&self) -> Facts {
        match &self.content {
            Content::Whole(entry) => entry.facts(),
            Content::About(about) => about.kind.facts(),
        }
    }

    /// The sender, if the row is a message.
    pub const fn sender(&self) -> Option<&Principal> {
        match &self.content {
            Content::Whole(entry) => entry.by.as_ref(),
            Content::About(_) => None,
        }
    }

    /// The message, if the row is one.
    pub(crate) const fn message(&self) -> Option<&Message> {
        match &self.content {
            Content::Whole(entry) => entry.message(),
            Content::About(_) => None,
        }
    }
}

impl Store {
    /// Rows that the stream showed, as entries in their order: a message as it was sent, and
    /// for what came later its present state.
    pub async fn entries(
        &self,
        key: &ChannelKey,
        mut rows: Vec<LogRow>,
    ) -> Result<Vec<Entry>, Error> {
        rows.sort_unstable_by_key(LogRow::seq);
        self.entries_with(key, rows, BTreeMap::new()).await
    }

    /// Rows as entries. `messages` are in their present state; what is not among them is read.
    pub(crate) async fn entries_with(
        &self,
        key: &ChannelKey,
        rows: Vec<LogRow>,
        mut messages: BTreeMap<u64, Message>,
    ) -> Result<Vec<Entry>, Error> {
        let about = rows.iter().filter_map(|row| match &row.content {
            Content::About(about) => Some(about.message_seq),
            Content::Whole(_) => None,
        });
        let missing: BTreeSet<u64> = about.filter(|seq| !messages.contains_key(seq)).collect();
        let missing: Vec<Key> = missing.into_iter().map(|seq| keys::message(key, seq)).collect();
        for row in self.get_all(&missing, Consistency::Strong).await? {
            let message = message_of(row);
            messages.insert(message.seq, message);
        }
        let entry = |LogRow { seq, content }| match content {
            Content::Whole(entry) => entry,
            Content::About(About { kind, message_seq, event_id, ts }) => {
                messages.get(&message_seq).map_or_else(
                    || Entry::unknown(seq),
                    |message| Entry::about(message.clone(), kind, seq, event_id, ts),
                )
            }
        };
        Ok(rows.into_iter().map(entry).collect())
    }

    /// The rows at these places of a log, in no order; those that do not exist are left out.
    pub(crate) async fn rows_at(
        &self,
        key: &ChannelKey,
        seqs: impl Iterator<Item = u64>,
    ) -> Result<Vec<LogRow>, Error> {
        let keys: Vec<Key> =
            seqs.flat_map(|seq| [keys::message(key, seq), keys::event(key, seq)]).collect();
        let rows = self.get_all(&keys, Consistency::Strong).await?;
        Ok(rows.into_iter().map(|row| LogRow::read(keys::seq_of(&row), row)).collect())
    }

    /// Writes an entry: its row, and what it changes of the message's.
    pub(crate) fn put_entry(
        &self,
        key: &ChannelKey,
        entry: &Entry,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        match &entry.what {
            What::MessageSent(message) => {
                let mut actions = vec![self.put_row(&keys::message(key, entry.seq), message)?];
                if let (Some(id), Some(sender)) = (&message.client_message_id, &entry.by) {
                    let fingerprint = message.fingerprint();
                    let row = ClientId { seq: entry.seq, fingerprint };
                    let key = keys::client_id(key, &Reader::of(sender), id);
                    actions.push(self.put_row(&key, &row)?);
                }
                Ok(actions)
            }
            What::MessageEdited(message) => {
                let mut row = Expression::default();
                row.set(&["body"], text(&message.body));
                row.set(&["edited_at"], number(entry.ts.millis()));
                Ok(vec![
                    self.update_message(key, message.seq, row)?,
                    self.put_about(key, entry, Kind::MessageEdited, message.seq)?,
                ])
            }
            What::MessageDeleted(message) => {
                let mut row = Expression::default();
                row.set(&["deleted_at"], number(entry.ts.millis()));
                for name in Message::CONTENT {
                    row.remove(&[*name]);
                }
                let mut actions = vec![
                    self.update_message(key, message.seq, row)?,
                    self.put_about(key, entry, Kind::MessageDeleted, message.seq)?,
                ];
                actions.extend(self.record_deletion(key, message)?);
                Ok(actions)
            }
            What::Unknown => Ok(Vec::new()),
        }
    }

    fn put_about(
        &self,
        key: &ChannelKey,
        entry: &Entry,
        kind: Kind,
        message_seq: u64,
    ) -> Result<TransactWriteItem, Error> {
        let about = About { kind, message_seq, event_id: entry.id.clone(), ts: entry.ts };
        self.put_row(&keys::event(key, entry.seq), &about)
    }

    /// Puts a row that must not exist yet; a refusal shows the one that does.
    fn put_row<T: Serialize>(&self, key: &Key, content: &T) -> Result<TransactWriteItem, Error> {
        write::put_new(&self.layout().chat_table, item(key, content)?)
    }

    /// Changes a message's row, which must be there and not deleted. The head's condition alone is
    /// not enough: a batch read is not a snapshot, so it may return a new head with an old row.
    fn update_message(
        &self,
        key: &ChannelKey,
        seq: u64,
        mut update: Expression,
    ) -> Result<TransactWriteItem, Error> {
        update.only_if("attribute_exists(pk) AND attribute_not_exists(deleted_at)");
        write::update(&self.layout().chat_table, &keys::message(key, seq), update)
    }
}

/// Reads a message from its row; a row of an unknown form becomes [`Message::unknown`].
pub(crate) fn message_of(row: Item) -> Message {
    let (seq, created_at) = (keys::seq_of(&row), row.get("created_at").cloned());
    known_message(row).unwrap_or_else(|| {
        let created_at = created_at.and_then(|at| at.as_n().ok()?.parse().ok());
        Message::unknown(seq, Timestamp::from_millis(created_at.unwrap_or_default()))
    })
}

/// Reads a message from its row, if it has a form that is known here.
pub(crate) fn known_message(row: Item) -> Option<Message> {
    item::readable("message", item::read::<Message>(row)).filter(Message::is_known)
}
