//! Read marks: one update if everything is read, else a count and an update.
//!
//! Counting reads two messages and the places of deletions, never the log between: see `deletions`.
//! So a read costs the same however many messages there are, and however long they are.

use domain::{
    Channel, ChannelHash, ChannelKey, MAX_MARKS, Marked, Principal, ReadUpTo, Reader, Refusal,
    Side, Tally, Timestamp,
};
use serde::Deserialize;

use crate::Store;
use crate::channel::head;
use crate::log::deletions::Deletions;
use crate::table::error::Error;
use crate::table::item::{self, Item, number, text};
use crate::table::keys;
use crate::table::query::Query;
use crate::table::retry::Tries;
use crate::table::update::Expression;
use crate::table::write::Updated;

/// The result of a read.
#[derive(Clone, Debug)]
pub enum ReadOutcome {
    /// The mark moved: it has to be pushed.
    Moved(Channel),
    /// The mark stays, and the channel no longer counts as unread again: it has to be pushed to
    /// staff.
    Counted(Channel),
    /// The mark did not move, or is new and at the beginning of the log.
    Unmoved(Channel),
}

impl ReadOutcome {
    /// The head afterwards.
    pub fn channel(&self) -> &Channel {
        match self {
            Self::Moved(channel) | Self::Counted(channel) | Self::Unmoved(channel) => channel,
        }
    }
}

/// Rows of an unknown form that a count skips before it gives up.
const MOST_PASSED_OVER: usize = 25;

/// The part of a message's row that counting up to it needs.
#[derive(Clone, Copy, Default, Deserialize)]
pub(crate) struct Place {
    pub(crate) seq: u64,
    created_at: Timestamp,
    pub(crate) sent: Tally,
}

impl Place {
    /// Reads it from a message's row; `None` if that has an unknown form.
    fn of(row: Item) -> Option<Self> {
        if row.contains_key("sent") { item::readable("message", item::read(row)) } else { None }
    }
}

impl Store {
    /// Moves the caller's read mark; never back.
    pub async fn mark_read(
        &self,
        hash: &ChannelHash,
        caller: &Principal,
        up_to: ReadUpTo,
    ) -> Result<ReadOutcome, Error> {
        let reader = Reader::of(caller);
        let mut tries = Tries::start();
        if up_to == ReadUpTo::Everything {
            match self.read_everything(hash, caller, &reader, &mut tries).await? {
                Some(outcome) => return Ok(outcome),
                None => tries.again().await?,
            }
        }
        loop {
            let channel = self.channel(hash, caller).await?;
            let end = match up_to {
                ReadUpTo::Everything => true,
                ReadUpTo::Seq(seq) => seq >= channel.last_seq,
                ReadUpTo::At(at) => channel.last_message_at.is_none_or(|last| at >= last),
            };
            let (seq, at, after) = if end {
                (channel.last_seq, channel.last_message_at, 0)
            } else {
                let key = channel.key();
                let newest = match up_to {
                    ReadUpTo::Seq(seq) => self.newest_to(&key, 1, seq).await?,
                    ReadUpTo::At(at) => self.newest_at(&key, at, channel.last_seq).await?,
                    ReadUpTo::Everything => None,
                };
                let seq = if let ReadUpTo::Seq(seq) = up_to {
                    seq
                } else {
                    newest.map_or(0, |place| place.seq)
                };
                if channel.marks.get(&reader).is_some_and(|mark| mark.counts_to(seq)) {
                    return Ok(ReadOutcome::Unmoved(channel));
                }
                // If the reads did not show the whole log, they are repeated.
                let Some(after) =
                    self.live_after(&channel, caller.side().other(), seq, newest).await?
                else {
                    tries.again().await?;
                    continue;
                };
                (seq, newest.map(|place| place.created_at), after)
            };
            let (next, outcome): (_, fn(Channel) -> ReadOutcome) =
                match channel.mark(&reader, seq, at, after) {
                    Marked::Unmoved => return Ok(ReadOutcome::Unmoved(channel)),
                    Marked::Moved(next) => (next, ReadOutcome::Moved),
                    Marked::Counted(next) => (next, ReadOutcome::Counted),
                    Marked::Joined(next) => (next, ReadOutcome::Unmoved),
                };
            // After an ambiguous failure the next attempt finds the mark moved, or moves it.
            let written = self.transact(vec![self.replace_head(&channel, &next)?]).await;
            if tries.committed(written).await? {
                return Ok(outcome(next));
            }
        }
    }

    /// One update that copies the end of the log into the mark, as of the write. Returns `None` if
    /// it takes more: the head has no room for one more reader, or the mark is at the end and the
    /// channel counts as unread again.
    async fn read_everything(
        &self,
        hash: &ChannelHash,
        caller: &Principal,
        reader: &Reader,
        tries: &mut Tries,
    ) -> Result<Option<ReadOutcome>, Error> {
        loop {
            let (table, key) = (&self.layout().chat_table, keys::head(&hash.key()));
            let change = read_now(caller, reader);
            match self.update_item_returning(table, &key, change).await {
                Ok(Updated::Committed(item)) => {
                    let channel = head::from_item(item)?;
                    let joined_only = channel.last_seq == 0;
                    return Ok(Some(if joined_only {
                        ReadOutcome::Unmoved(channel)
                    } else {
                        ReadOutcome::Moved(channel)
                    }));
                }
                Ok(Updated::Refused(item)) => {
                    let there = Some(item).filter(|item| !item.is_empty());
                    let channel = there.map(head::from_item).transpose()?;
                    let channel = channel
                        .filter(|channel| channel.admits(caller))
                        .ok_or_else(|| Refusal::NoChannel(hash.to_string()))?;
                    let mark = channel.marks.get(reader);
                    let is_read = mark.is_some_and(|mark| mark.counts_to(channel.last_seq));
                    return Ok(is_read.then_some(ReadOutcome::Unmoved(channel)));
                }
                Err(failure) => tries.again_after(failure).await?,
            }
        }
    }

    /// Counts the live messages of one side after `seq`, where `newest` is the newest message up to
    /// there. Returns `None` if the reads did not show the whole log: a query is no snapshot, and
    /// may show a head without the rows of the same write.
    async fn live_after(
        &self,
        channel: &Channel,
        side: Side,
        seq: u64,
        newest: Option<Place>,
    ) -> Result<Option<u64>, Error> {
        let key = channel.key();
        let deletions = async {
            match channel.deleted.of(side) {
                0 => Ok(Deletions::default()),
                _ => self.deletions_around(&key, side, seq, channel.last_seq).await,
            }
        };
        let (following, deleted) =
            tokio::try_join!(self.nearest(&key, seq + 1, channel.last_seq, true), deletions)?;
        let (sent, sent_before) =
            (channel.sent(), newest.map_or_else(Tally::default, |place| place.sent));
        // The next message is one more than those before, and the last one is the head's.
        let no_message_is_missing = match following {
            Some(next) => next.sent.total() == sent_before.total() + 1,
            None => sent == sent_before,
        };
        if !no_message_is_missing || deleted.before + deleted.after != channel.deleted.of(side) {
            return Ok(None);
        }
        Ok((sent.of(side).saturating_sub(sent_before.of(side))).checked_sub(deleted.after))
    }

    /// Counts the live messages of one side before `seq`. Returns `None` if the reads did not show
    /// the whole log.
    pub(crate) async fn live_before(
        &self,
        channel: &Channel,
        side: Side,
        seq: u64,
    ) -> Result<Option<u64>, Error> {
        let before = seq.saturating_sub(1);
        let newest = self.newest_to(&channel.key(), 1, before).await?;
        let after = self.live_after(channel, side, before, newest).await?;
        let live = match side {
            Side::Member => channel.live_customer,
            Side::Staff => channel.live_staff,
        };
        Ok(after.map(|after| live.saturating_sub(after)))
    }

    /// The newest message created at or before `at`: `created_at` rises with seq, so halving finds
    /// it, in at most 40 steps.
    async fn newest_at(
        &self,
        key: &ChannelKey,
        at: Timestamp,
        last_seq: u64,
    ) -> Result<Option<Place>, Error> {
        let (mut low, mut high, mut best) = (1, last_seq, None);
        while low <= high {
            let middle = low + (high - low) / 2;
            match self.newest_to(key, low, middle).await? {
                None => low = middle + 1,
                Some(message) if message.created_at <= at => {
                    best = Some(message);
                    low = middle + 1;
                }
                Some(message) => high = message.seq - 1,
            }
        }
        Ok(best)
    }

    async fn newest_to(
        &self,
        key: &ChannelKey,
        from: u64,
        to: u64,
    ) -> Result<Option<Place>, Error> {
        self.nearest(key, from, to, false).await
    }

    /// The first message in a part of the log, from its start or from its end, without its body.
    ///
    /// A row without a tally has an unknown form: it counts as seen, and the next one is read, up
    /// to [`MOST_PASSED_OVER`].
    async fn nearest(
        &self,
        key: &ChannelKey,
        from: u64,
        to: u64,
        forward: bool,
    ) -> Result<Option<Place>, Error> {
        let (mut from, mut to) = (from, to);
        for _ in 0..MOST_PASSED_OVER {
            if from > to {
                return Ok(None);
            }
            let Some(row) = self.nearest_row(key, from, to, forward).await? else {
                return Ok(None);
            };
            let seq = keys::seq_of(&row);
            if let Some(place) = Place::of(row) {
                return Ok(Some(place));
            }
            (from, to) =
                if forward { (seq.saturating_add(1), to) } else { (from, seq.saturating_sub(1)) };
        }
        Ok(None)
    }

    /// The newest message in a part of the log, or `before` if the part has none; `None` if its row
    /// has an unknown form.
    pub(crate) async fn newest_place(
        &self,
        key: &ChannelKey,
        from: u64,
        to: u64,
        before: Place,
    ) -> Result<Option<Place>, Error> {
        if from > to {
            return Ok(Some(before));
        }
        let row = self.nearest_row(key, from, to, false).await?;
        Ok(row.map_or(Some(before), Place::of))
    }

    /// The first row of a message in a part of the log, from its start or from its end, as far as
    /// a [`Place`] needs it.
    async fn nearest_row(
        &self,
        key: &ChannelKey,
        from: u64,
        to: u64,
        forward: bool,
    ) -> Result<Option<Item>, Error> {
        let query = Query::partition(&self.layout().chat_table, &keys::channel(key))
            .between(&keys::message_sk(from), &keys::message_sk(to))
            .only("sk, seq, created_at, sent")
            .forward(forward);
        Ok(self.query_all(query, 1).await?.items.into_iter().next())
    }

    /// The unread messages of all channels of a customer or guest.
    pub async fn unread_of_member(&self, caller: &Principal) -> Result<u64, Error> {
        let channels = self.own_channels(caller.id()).await?;
        Ok(channels.iter().map(|channel| channel.unread(&Reader::Member)).sum())
    }
}

/// Copies the end of the log into a reader's mark, unless the mark is there already or the head has
/// no room for it.
fn read_now(caller: &Principal, reader: &Reader) -> Expression {
    let name = keys::reader_name(reader);
    let mut update = Expression::default();
    update.copy(&["t"], &["m", name]);
    update.add("v", number(1));
    let (mark, seq) = (update.path(&["m", name]), update.path(&["m", name, "s"]));
    let (end, marks) = (update.path(&["t", "s"]), update.path(&["m"]));
    update.only_if("attribute_exists(pk)");
    update.only_if(format!("attribute_not_exists({mark}) OR {seq} < {end}"));
    match caller.side() {
        Side::Member => {
            update.remove(&["waiting_since"]);
            update.only_if_is(&["member_id"], Some(text(caller.id().as_str())));
        }
        Side::Staff => {
            let most = update.value(number(MAX_MARKS as u64));
            update.only_if(format!("attribute_exists({mark}) OR size({marks}) < {most}"));
        }
    }
    update
}
