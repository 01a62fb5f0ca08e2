//! Finds live messages among many deleted ones, without reading the deleted ones.
//!
//! A message's row says how many messages were sent up to it, and the blocks say where messages
//! were deleted. So the live messages between two places are counted from two small reads and the
//! blocks between them. A stretch without any is skipped whole. A stretch with some is halved until
//! reading its rows costs little. The halves of one step are read concurrently.
//!
//! The counts only decide what is skipped. The result is read from the rows.

use domain::{ChannelKey, Side, Tally};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::Store;
use crate::channel::reads::Place;
use crate::log::deletions::SECTION;
use crate::log::load::READ_AT_ONCE;
use crate::log::row::message_of;
use crate::table::error::Error;
use crate::table::item::Item;
use crate::table::keys;

/// Deleted messages that a request skips by reading them: 25 read units. Beyond that it calls
/// [`Store::live_rows`].
pub(crate) const MOST_PASSED_BY_READING: usize = 300;
/// Places of the first stretch that is searched: 64 blocks, at most 64 KB or 16 read units. Each
/// next stretch is twice as long, up to a section.
const FIRST_STRETCH: u64 = SECTION / 8;
/// Places of a part whose rows are read without halving it further: at most two read units where
/// all are deleted, as much as two more halvings would cost.
const SMALLEST_PART: u64 = 16;
/// Rows read for one wanted message, at most, without halving further: one read unit.
const ROWS_PER_MESSAGE: u64 = 12;
/// Concurrent small reads.
const READS_AT_ONCE: usize = 16;

/// Which messages to find.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// The messages of this side; `None` for both.
    pub(crate) side: Option<Side>,
    /// Towards newer messages.
    pub(crate) is_forward: bool,
    /// How many.
    pub(crate) count: usize,
}

impl Wanted {
    fn of(self, tally: Tally) -> u64 {
        self.side.map_or_else(|| tally.total(), |side| tally.of(side))
    }

    fn is_met_by(self, row: &Item) -> bool {
        let message = message_of(row.clone());
        message.deleted_at.is_none()
            && self.side.is_none_or(|side| message.sender_role.side() == side)
    }

    /// The end of a stretch that is reached last.
    const fn far_end(self, low: u64, high: u64) -> u64 {
        if self.is_forward { high } else { low }
    }
}

/// A part of the log, with the newest message before it and the newest one up to its end.
#[derive(Clone, Copy)]
struct Part {
    low: u64,
    high: u64,
    before: Place,
    newest: Place,
}

impl Part {
    /// The live messages in it, from the places of deleted ones; `None` if these contradict the
    /// rows. A deletion after the newest message that could be counted is not counted either.
    fn live(&self, wanted: Wanted, deleted: &[u64]) -> Option<u64> {
        let from = deleted.partition_point(|place| *place < self.low);
        let to = deleted.partition_point(|place| *place <= self.newest.seq);
        self.sent(wanted)?.checked_sub(to.saturating_sub(from) as u64)
    }

    fn sent(&self, wanted: Wanted) -> Option<u64> {
        wanted.of(self.newest.sent).checked_sub(wanted.of(self.before.sent))
    }

    /// Whether its rows are read rather than halving it.
    fn is_small(&self, wanted: Wanted, live: u64) -> bool {
        let rows = self.newest.sent.total().saturating_sub(self.before.sent.total());
        self.high - self.low < SMALLEST_PART
            || (live <= wanted.count as u64 && rows <= live * ROWS_PER_MESSAGE)
    }
}

impl Store {
    /// The rows of the first live messages in a part of the log, in the order of the direction: at
    /// least as many as are wanted, where there are so many.
    pub(crate) async fn live_rows(
        &self,
        key: &ChannelKey,
        from: u64,
        to: u64,
        wanted: Wanted,
    ) -> Result<Vec<Item>, Error> {
        let (mut from, mut to, mut places, mut found) =
            (from.max(1), to, FIRST_STRETCH, Vec::new());
        while from <= to && found.len() < wanted.count {
            // Never beyond a section: deletions are read and counted by section.
            let (low, high) = if wanted.is_forward {
                (
                    from,
                    to.min(from.saturating_add(places - 1))
                        .min(from / SECTION * SECTION + SECTION - 1),
                )
            } else {
                (from.max(to.saturating_sub(places - 1)).max(to / SECTION * SECTION), to)
            };
            let still = Wanted { count: wanted.count - found.len(), ..wanted };
            let (rows, reached) = match self.live_in_stretch(key, low, high, still).await? {
                Some(found) => found,
                None => self.rows_in_stretch(key, low, high, still).await?,
            };
            found.extend(rows.into_iter().filter(|row| wanted.is_met_by(row)));
            if wanted.is_forward {
                from = reached.saturating_add(1);
            } else {
                to = reached.saturating_sub(1);
            }
            places = (places * 2).min(SECTION);
        }
        Ok(found)
    }

    /// Rows that have the first wanted messages of a stretch, and the place up to which it is
    /// known; `None` if the live messages in it cannot be counted.
    async fn live_in_stretch(
        &self,
        key: &ChannelKey,
        low: u64,
        high: u64,
        wanted: Wanted,
    ) -> Result<Option<(Vec<Item>, u64)>, Error> {
        let mut reached = wanted.far_end(low, high);
        let (before, newest) = tokio::try_join!(
            self.newest_place(key, 1, low - 1, Place::default()),
            self.newest_place(key, 1, high, Place::default())
        )?;
        let (Some(before), Some(newest)) = (before, newest) else { return Ok(None) };
        let stretch = Part { low, high, before, newest };
        if low.is_multiple_of(SECTION) && high == low + SECTION - 1 {
            let deleted = self.deletions_of_section(key, low / SECTION, wanted.side).await?;
            if deleted.is_some() && deleted == stretch.sent(wanted) {
                return Ok(Some((Vec::new(), reached)));
            }
        }
        let deleted = self.deleted_places(key, low, high, wanted.side).await?;
        let Some(live) = stretch.live(wanted, &deleted) else { return Ok(None) };
        let mut parts = vec![(stretch, live)];
        loop {
            parts.retain(|(_, live)| *live > 0);
            // What comes after the last wanted message is left for later.
            let (mut sum, mut needed) = (0, 0);
            for (_, live) in &parts {
                if sum >= wanted.count as u64 {
                    break;
                }
                sum += live;
                needed += 1;
            }
            if needed < parts.len() {
                parts.truncate(needed);
                reached =
                    parts.last().map_or(reached, |(part, _)| wanted.far_end(part.low, part.high));
            }
            if parts.iter().all(|(part, live)| part.is_small(wanted, *live)) {
                break;
            }
            let halves = parts.into_iter().map(|(part, live)| async move {
                if part.is_small(wanted, live) {
                    Ok(Some(vec![part]))
                } else {
                    self.halves(key, part, wanted.is_forward).await
                }
            });
            let halves: Vec<_> = stream::iter(halves).buffered(READS_AT_ONCE).try_collect().await?;
            let counted = halves.into_iter().map(|halves| {
                halves?
                    .into_iter()
                    .map(|half| Some((half, half.live(wanted, &deleted)?)))
                    .collect::<Option<Vec<_>>>()
            });
            let Some(halves) = counted.collect::<Option<Vec<_>>>() else { return Ok(None) };
            parts = halves.concat();
        }
        let pk = keys::channel(key);
        let rows = parts.into_iter().map(|(part, _)| {
            let pk = &pk;
            async move {
                let (from, to) = (keys::message_sk(part.low), keys::message_sk(part.high));
                let most = usize::try_from(part.high - part.low + 1).unwrap_or(usize::MAX);
                self.rows(pk, &from, &to, wanted.is_forward, most).await
            }
        });
        let rows: Vec<_> = stream::iter(rows).buffered(READS_AT_ONCE).try_collect().await?;
        Ok(Some((rows.concat(), reached)))
    }

    /// The halves of a part, in the order of the direction; `None` if they cannot be counted.
    async fn halves(
        &self,
        key: &ChannelKey,
        part: Part,
        is_forward: bool,
    ) -> Result<Option<Vec<Part>>, Error> {
        let middle = part.low + (part.high - part.low) / 2;
        let Some(newest) = self.newest_place(key, part.low, middle, part.before).await? else {
            return Ok(None);
        };
        let mut halves = vec![
            Part { high: middle, newest, ..part },
            Part { low: middle + 1, before: newest, ..part },
        ];
        if !is_forward {
            halves.reverse();
        }
        Ok(Some(halves))
    }

    /// The slow way: some rows of a stretch, deleted or not, and the place up to which they were
    /// read.
    async fn rows_in_stretch(
        &self,
        key: &ChannelKey,
        low: u64,
        high: u64,
        wanted: Wanted,
    ) -> Result<(Vec<Item>, u64), Error> {
        let (from, to) = (keys::message_sk(low), keys::message_sk(high));
        let rows =
            self.rows(&keys::channel(key), &from, &to, wanted.is_forward, READ_AT_ONCE).await?;
        let end = wanted.far_end(low, high);
        let reached =
            if rows.len() < READ_AT_ONCE { end } else { rows.last().map_or(end, keys::seq_of) };
        Ok((rows, reached))
    }
}
