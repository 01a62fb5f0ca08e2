//! Pages of messages.

use domain::{Channel, ChannelHash, Message, Newest, Principal, Refusal};

use crate::Store;
use crate::channel::head;
use crate::log::live::{MOST_PASSED_BY_READING, Wanted};
use crate::log::load::READ_AT_ONCE;
use crate::log::row::message_of;
use crate::table::error::Error;
use crate::table::item::Item;
use crate::table::keys;
use crate::table::retry::Tries;

/// Least number of messages read at a time to skip tombstones.
const PASS_OVER: usize = 25;

/// Which way a page goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards older messages.
    Before,
    /// Towards newer messages.
    After,
}

/// Which messages a page has.
#[derive(Clone, Copy, Debug)]
pub struct PageQuery {
    /// Which way.
    pub direction: Direction,
    /// Beyond this seq, which is not included. `None` begins at the end of the log, or at its start
    /// for a page towards newer messages.
    pub cursor: Option<u64>,
    /// At most this many.
    pub limit: usize,
    /// Whether tombstones are shown too.
    pub with_deleted: bool,
}

/// A contiguous slice of a channel's messages, oldest first.
#[derive(Clone, Debug)]
pub struct Page {
    /// The head.
    pub channel: Channel,
    /// The messages.
    pub messages: Vec<Message>,
    /// Whether there are more in the same direction.
    pub has_more: bool,
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
            // One backward query from the end returns the head first, then the newest messages.
            (Direction::Before, None) => self.newest_page(hash, caller, query.limit).await?,
            // Backwards a message is read after all later ones, so the head may be read
            // concurrently.
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
            // Forwards a later message could be read without one that was committed meanwhile. The
            // head, read first, says how far the log was complete.
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
        // skipped by reading them.
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
            let (rows, unknown): (Vec<_>, Vec<_>) = rows.into_iter().partition(keys::is_message);
            let rows = if unknown.is_empty() {
                rows.into_iter().map(message_of).collect()
            } else {
                // Rows of an unknown kind sort between the messages and the head, and took the
                // messages' places in the query.
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
}

fn is_head(item: &Item) -> bool {
    keys::written_head(item).is_some()
}
