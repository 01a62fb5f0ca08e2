//! What a client catches up with: the entries of the log after the last one that it has.

use std::collections::BTreeMap;

use domain::{Channel, ChannelHash, Entry, MAX_SEQ, Place, Principal};

use crate::Store;
use crate::log::row::{Known, LogRow};
use crate::table::error::Error;
use crate::table::keys;
use crate::table::query::Query;

/// A gapless piece of a channel's log, as far as the caller may see it.
#[derive(Clone, Debug)]
pub struct Log {
    /// The head.
    pub channel: Channel,
    /// The entries, in order.
    pub entries: Vec<Entry>,
    /// The seq of the log's last entry.
    pub last_seq: u64,
    /// Whether there are more.
    pub has_more: bool,
}

/// Most bytes of one piece of the log, as JSON. The response passes Lambda (6 MB) as JSON inside
/// JSON.
const MAX_LOG_BYTES: usize = 1024 * 1024;
/// Bytes of one entry in that, without the message's body: ids, times, names of fields.
const ENTRY_BYTES: usize = 1024;

impl Store {
    /// The log's entries after a seq that `caller` may see, in order, with the messages in their
    /// present state.
    ///
    /// Entries that the caller may not see are skipped. A piece is empty only at the log's end, so
    /// a caller who continues after its last entry always advances.
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
            if !log.entries.is_empty() || !log.has_more || reached == after {
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
        let from = after.saturating_add(1).min(MAX_SEQ);
        let part = |first: &str, last: &str| {
            Query::partition(&self.layout().chat_table, &pk).between(first, last)
        };
        let sent = part(&keys::message_sk(from), &keys::message_sk(MAX_SEQ));
        let events = part(&keys::event_sk(from), &keys::event_sk(MAX_SEQ));
        let (channel, sent, events) = tokio::join!(
            self.channel(hash, caller),
            self.query_page(&sent, limit, None),
            self.query_page(&events, limit, None),
        );
        let (channel, sent, events) = (channel?, sent?.items, events?.items);
        let rows =
            sent.into_iter().chain(events).map(|row| (keys::seq_of(&row), LogRow::read(row)));
        let rows: BTreeMap<u64, LogRow> = rows.collect();
        // Each seq has one row, a message or an event. A gap means that the reads met a write
        // half-way: end before it.
        let whole: Vec<LogRow> = gapless(from, rows).take(limit).collect();
        let public = |place: Place| place.public();
        let last_seq = whole.last().map(LogRow::place).and_then(public);
        let last_seq = last_seq.unwrap_or_default().max(channel.last_seq);
        let known = Known::among(&whole);
        let mut entries = self.entries_with(&key, whole, known).await?;
        entries.truncate(within_bytes(&entries));
        let reached = entries.last().and_then(|entry| public(entry.place)).unwrap_or(after);
        entries.retain(|entry| entry.facts().audience.includes(caller.side()));
        Ok((Log { has_more: reached < last_seq, entries, last_seq, channel }, reached))
    }
}

/// The rows from a seq on, up to the first that is missing.
pub(crate) fn gapless(from: u64, rows: BTreeMap<u64, LogRow>) -> impl Iterator<Item = LogRow> {
    let in_order = (from..).zip(rows).take_while(|(expected, (seq, _))| expected == seq);
    in_order.map(|(_, (_, row))| row)
}

/// How many of these entries fit into one piece of the log: at least one.
pub(crate) fn within_bytes(entries: &[Entry]) -> usize {
    let mut bytes = 0;
    let fits = entries.iter().take_while(|entry| {
        let body = entry.message().map(|message| &message.body);
        let body = body.or_else(|| entry.note().map(|note| &note.body));
        bytes += ENTRY_BYTES + body.map_or(0, |body| json_bytes(body));
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
