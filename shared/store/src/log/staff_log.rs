//! What staff catches up with in the staff's own log.

use std::collections::BTreeMap;

use domain::{Channel, ChannelHash, Entry, MAX_SEQ, Principal};

use crate::Store;
use crate::log::catch_up::{gapless, within_bytes};
use crate::log::row::{Known, LogRow};
use crate::table::error::Error;
use crate::table::keys;
use crate::table::query::Query;

/// A gapless piece of the staff's log of a channel.
#[derive(Clone, Debug)]
pub struct StaffLog {
    /// The head.
    pub channel: Channel,
    /// The entries, in order.
    pub entries: Vec<Entry>,
    /// The `staff_seq` of the log's last entry.
    pub staff_seq: u64,
    /// Whether there are more.
    pub has_more: bool,
}

impl Store {
    /// The entries of the staff's log after a `staff_seq`, in order, with the notes in their
    /// present state. Entries of an unknown kind are among them: they keep their places.
    pub async fn staff_log(
        &self,
        hash: &ChannelHash,
        caller: &Principal,
        after: u64,
        limit: usize,
    ) -> Result<StaffLog, Error> {
        let (key, pk) = (hash.key(), keys::channel(&hash.key()));
        let from = after.saturating_add(1).min(MAX_SEQ);
        let query = Query::partition(&self.layout().chat_table, &pk)
            .between(&keys::staff_entry_sk(from), &keys::staff_entry_sk(MAX_SEQ));
        let (channel, rows) =
            tokio::join!(self.channel(hash, caller), self.query_page(&query, limit, None));
        let (channel, rows) = (channel?, rows?.items.into_iter());
        let rows: BTreeMap<u64, LogRow> =
            rows.map(|row| (keys::seq_of(&row), LogRow::read(row))).collect();
        let whole: Vec<LogRow> = gapless(from, rows).take(limit).collect();
        let read = if whole.is_empty() { 0 } else { after + whole.len() as u64 };
        let staff_seq = read.max(channel.work.staff_seq);
        let known = Known::among(&whole);
        let mut entries = self.entries_with(&key, whole, known).await?;
        entries.truncate(within_bytes(&entries));
        let has_more = after + (entries.len() as u64) < staff_seq;
        Ok(StaffLog { channel, entries, staff_seq, has_more })
    }
}
