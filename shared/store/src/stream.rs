//! What a record of the table's stream says, in the chat's own words.

use domain::{Channel, ChannelKey};

use crate::db::{self, Item};
use crate::error::Error;
use crate::messages::{LogEntry, log_entry};
use crate::people::{PersonWritten, person_written};
use crate::{head, keys};

/// An item that was written.
#[derive(Debug)]
pub enum Written {
    /// A channel's head.
    Head {
        /// As it was before; nothing for a new channel.
        before: Option<Channel>,
        /// As it is now.
        now: Channel,
    },
    /// An entry of a channel's log: a message that was sent, an edit, a delete.
    Entry(ChannelKey, LogEntry),
    /// A person, or a guest.
    Person(PersonWritten),
}

/// Reads a record from the item's key and its images before and after; nothing for items of which nobody need know, and for
/// items that were removed.
pub fn written(key: &Item, before: Item, now: Item) -> Result<Option<Written>, Error> {
    if now.is_empty() {
        return Ok(None);
    }
    let part = |name: &str| key.get(name).and_then(|part| part.as_s().ok());
    if keys::written_head(key).is_some() {
        let read = |image: Item| head::readable([image]).pop();
        let before = if before.is_empty() { None } else { read(before) };
        return Ok(read(now).map(|now| Written::Head { before, now }));
    }
    if let Some((channel, seq)) = keys::log_entry(key) {
        // Edits and deletes change a message's row as well: they have entries of their own.
        let is_new = before.is_empty();
        return Ok(if is_new { Some(Written::Entry(channel, log_entry(seq, now))) } else { None });
    }
    match part("pk").and_then(|pk| keys::person_of(pk)) {
        Some(id) => {
            let person = db::readable("person", person_written(id, before, now));
            Ok(person.map(Written::Person))
        }
        None => Ok(None),
    }
}
