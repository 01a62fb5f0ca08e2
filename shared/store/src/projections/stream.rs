//! The records of the table's stream, as changes of heads, logs and people.

use std::collections::BTreeMap;

use domain::{Channel, ChannelKey, Entry, Facts, Place};

use crate::Store;
use crate::channel::head;
use crate::files::row::{FileWritten, file_written};
use crate::log::row::LogRow;
use crate::people::profiles::{PersonWritten, person_written};
use crate::table::error::Error;
use crate::table::item::{self, Item};
use crate::table::keys;

/// Most entries of one write of a head in the log of both sides.
const MOST_ENTRIES: u64 = 3;

/// An item that was written.
#[derive(Debug)]
pub enum Written {
    /// A channel's head.
    Head {
        /// As it was before; `None` for a new channel.
        before: Option<Channel>,
        /// As it is now.
        now: Channel,
    },
    /// An entry of a channel's log, of both sides or of the staff.
    Entry(ChannelKey, LogRow),
    /// A person, or a guest.
    Person(PersonWritten),
    /// A file that a message has taken, or that is gone.
    File(FileWritten),
}

/// The changes in a batch of records.
#[derive(Debug, Default)]
pub struct Batch {
    /// Heads, each as it was before and as it is now, in the order of their writes.
    pub heads: Vec<(Option<Channel>, Channel)>,
    /// New entries of logs.
    pub entries: BTreeMap<ChannelKey, Vec<LogRow>>,
    /// People and guests.
    pub people: Vec<PersonWritten>,
    /// Files.
    pub files: Vec<FileWritten>,
}

impl Batch {
    /// Reads a batch from its records: key, image before, image now.
    pub fn read(records: impl IntoIterator<Item = (Item, Item, Item)>) -> Result<Self, Error> {
        let mut batch = Self::default();
        for (key, before, now) in records {
            match written(&key, before, now)? {
                Some(Written::Head { before, now }) => batch.heads.push((before, now)),
                Some(Written::Entry(channel, entry)) => {
                    batch.entries.entry(channel).or_default().push(entry);
                }
                Some(Written::Person(person)) => batch.people.push(person),
                Some(Written::File(file)) => batch.files.push(file),
                None => {}
            }
        }
        Ok(batch)
    }
}

impl Store {
    /// The entries that the write of a head from `before` to `now` appended to the log of both
    /// sides, if their facts are wanted. The batch has them, unless the stream was cut between them
    /// and the head: then they are read.
    pub async fn appended(
        &self,
        batch: &Batch,
        before: &Channel,
        now: &Channel,
        is_wanted: fn(Facts) -> bool,
    ) -> Result<Vec<Entry>, Error> {
        let key = now.key();
        let first = before.last_seq.max(now.last_seq.saturating_sub(MOST_ENTRIES)) + 1;
        let places: Vec<Place> = (first..=now.last_seq).map(Place::Public).collect();
        let known: &[LogRow] = batch.entries.get(&key).map_or(&[], Vec::as_slice);
        let is_known = |place: &Place| known.iter().any(|row| row.place() == *place);
        let mut rows = if places.iter().all(is_known) {
            known.iter().filter(|row| places.contains(&row.place())).cloned().collect()
        } else {
            self.rows_at(&key, &places).await?
        };
        rows.retain(|row| is_wanted(row.facts()));
        self.entries(&key, rows).await
    }
}

/// Reads a record from the item's key and its images before and after; `None` for items that no
/// function follows, and for removed ones, apart from files.
pub fn written(key: &Item, before: Item, now: Item) -> Result<Option<Written>, Error> {
    if let Some(id) = keys::file_in(key) {
        return Ok(file_written(id, &before, &now).map(Written::File));
    }
    if now.is_empty() {
        return Ok(None);
    }
    if keys::written_head(key).is_some() {
        let read = |image: Item| head::readable([image]).pop();
        let before = if before.is_empty() { None } else { read(before) };
        return Ok(read(now).map(|now| Written::Head { before, now }));
    }
    if let Some(channel) = keys::channel_of_entry(key) {
        // Edits and deletes change a message's row as well: they have entries of their own.
        let is_new = before.is_empty();
        return Ok(if is_new { Some(Written::Entry(channel, LogRow::read(now))) } else { None });
    }
    match keys::partition_of(key).and_then(keys::person_of) {
        Some(id) => {
            let person = item::readable("person", person_written(id, before, now));
            Ok(person.map(Written::Person))
        }
        None => Ok(None),
    }
}
