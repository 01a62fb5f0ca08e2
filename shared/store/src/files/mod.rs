//! Files: one item each in the partition of their channel. Their bytes are in S3, which nothing
//! here calls.
//!
//! An item lives as long as its bytes may. `relay` follows the items in the stream: it keeps the
//! bytes of a file that a message has taken, and deletes those of an item that is dropped or gone.
//!
//! A file that no message takes expires by the table's TTL, which costs nothing and needs no index
//! of old files. No other item of the table has the TTL's attribute. No function may delete items
//! of this table: the file of a deleted message is emptied, and the TTL removes the rest.

mod announce;
pub(crate) mod row;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::{File, FileId, Principal, Refusal, Timestamp};

use crate::Store;
use crate::table::error::Error;
use crate::table::item::number;
use crate::table::keys;
use crate::table::query::Consistency;
use crate::table::update::Expression;
use crate::table::write;

use row::{CONTENT, DROPPED_AT, EXPIRES_AT, READY, TAKEN_BY, file_of, is_dropped};

impl Store {
    /// The file of this id; `None` once it is gone or has expired.
    pub async fn file(&self, id: &FileId, now: Timestamp) -> Result<Option<File>, Error> {
        let file = self.get(&keys::file(id)).await?.and_then(file_of);
        Ok(file.filter(|file| !file.has_expired(now)))
    }

    /// Whether a file has an item, in any form, that is not dropped.
    pub async fn has_file(&self, id: &FileId) -> Result<bool, Error> {
        Ok(self.get(&keys::file(id)).await?.is_some_and(|item| !is_dropped(&item)))
    }

    /// The file of this id, if it is the caller's; another's is refused like a missing one.
    pub async fn own_file(
        &self,
        id: &FileId,
        caller: &Principal,
        now: Timestamp,
    ) -> Result<File, Error> {
        let (head, file) = tokio::try_join!(self.head(id.channel()), self.file(id, now))?;
        let is_member = head.is_some_and(|channel| channel.admits(caller));
        let own = file.filter(|file| is_member && file.is_own(caller));
        own.ok_or_else(|| Refusal::NoFile(id.to_string()).into())
    }

    /// Records that the bytes of a file were checked. Refuses a file that has expired meanwhile.
    pub async fn mark_file_ready(&self, id: &FileId) -> Result<(), Error> {
        let mut update = Expression::default();
        update.set(&[READY], AttributeValue::Bool(true));
        update.only_if("attribute_exists(pk)");
        let written = self.update_item(&self.layout().chat_table, &keys::file(id), update).await?;
        if written.is_committed() { Ok(()) } else { Err(Refusal::NoFile(id.to_string()).into()) }
    }

    /// Those of these files that exist.
    pub(crate) async fn files(&self, ids: &[FileId]) -> Result<BTreeMap<FileId, File>, Error> {
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        // A batch must not name a key twice.
        let keys: BTreeMap<_, _> = ids.iter().map(|id| (id, keys::file(id))).collect();
        let keys: Vec<_> = keys.into_values().collect();
        let items = self.get_all(&keys, Consistency::Strong).await?.into_iter();
        let files = items.filter_map(file_of);
        Ok(files.map(|file| (file.attachment.id.clone(), file)).collect())
    }

    /// Gives a file to the message with this seq, unless another has it.
    pub(crate) fn take_file(&self, id: &FileId, seq: u64) -> Result<TransactWriteItem, Error> {
        let mut update = Expression::default();
        update.set(&[TAKEN_BY], number(seq));
        update.remove(&[EXPIRES_AT]);
        update.only_if_is(&[READY], Some(AttributeValue::Bool(true)));
        update.only_if_is(&[TAKEN_BY], None);
        write::update(&self.layout().chat_table, &keys::file(id), update)
    }

    /// Drops the file of a message that is deleted: its item is emptied, and the TTL removes it.
    pub(crate) fn drop_file(
        &self,
        id: &FileId,
        now: Timestamp,
    ) -> Result<TransactWriteItem, Error> {
        let mut update = Expression::default();
        update.set(&[DROPPED_AT], number(now.millis()));
        update.set(&[EXPIRES_AT], number(now.seconds()));
        for name in CONTENT {
            update.remove(&[*name]);
        }
        write::update(&self.layout().chat_table, &keys::file(id), update)
    }
}
