//! The one way in which a channel's log gets a new entry: read, decide, write, and try again where
//! somebody else was faster.
//!
//! One transaction writes the head, which hands out the seq, and the rows of the entry. So a seq is
//! never handed out without its entry, and seq n+1 commits after seq n.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{Change, Channel, EventId, Message, MessageId, Refusal, Timestamp};
use serde::Serialize;

use crate::Store;
use crate::channel::head;
use crate::log::messages::log_entry;
use crate::reach::sockets::Connection;
use crate::table::error::{Error, Failure};
use crate::table::item::{Item, item, number, text};
use crate::table::keys::{self, Key};
use crate::table::query::Consistency;
use crate::table::retry::Tries;
use crate::table::update::Expression;
use crate::table::write::{self, Outcome};

/// A change that this request has made, and who receives it.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The head afterwards.
    pub channel: Channel,
    /// The log's entry.
    pub change: Change,
    /// The connections of the channel's member and of all staff.
    pub audience: Vec<Connection>,
}

/// What became of a command.
#[derive(Clone, Debug)]
pub enum Done {
    /// The log has a new entry, written by this request.
    Committed(Committed),
    /// Nothing had to be written: the message is what the caller wants it to be already.
    Unchanged(Channel, Message),
}

impl Done {
    /// The head afterwards.
    pub fn channel(&self) -> &Channel {
        match self {
            Self::Committed(committed) => &committed.channel,
            Self::Unchanged(channel, _) => channel,
        }
    }

    /// The message in its present state.
    pub fn message(&self) -> &Message {
        match self {
            Self::Committed(committed) => &committed.change.message,
            Self::Unchanged(_, message) => message,
        }
    }

    /// What has to be pushed.
    pub fn news(&self) -> Option<&Committed> {
        if let Self::Committed(committed) = self { Some(committed) } else { None }
    }
}

/// What a command decides, from the channel as it was read.
pub(crate) enum Decision {
    /// There is nothing to write.
    Unchanged(Channel, Message),
    /// An entry of the log. `actions` begin with the one that writes the head, whose condition
    /// refuses all of them if the decision has become wrong in between.
    Write { next: Channel, change: Change, actions: Vec<TransactWriteItem> },
}

/// A change that a caller wants to make to a channel's log.
pub(crate) trait Command {
    /// What it needs to know about apart from the head.
    type Rows;

    /// The id that the entry's event gets. Drawn before the first attempt, so that a later attempt
    /// recognises an earlier one whose answer was lost.
    fn event_id(&self) -> &EventId;

    /// Reads the head and what else is needed, consistently, or refuses.
    async fn read(&self, store: &Store) -> Result<(Channel, Self::Rows), Error>;

    /// Decides what to write.
    async fn decide(
        &self,
        store: &Store,
        channel: Channel,
        rows: Self::Rows,
    ) -> Result<(Channel, Decision), Error>;

    /// What the refusal of the write means. `failed` has, for each action, the item that failed its
    /// condition. Without an answer the command starts again.
    async fn refused(
        &self,
        _store: &Store,
        _channel: Channel,
        _failed: Vec<Option<Item>>,
    ) -> Result<Option<Done>, Error> {
        Ok(None)
    }
}

/// What became of an attempt whose answer was lost.
enum Earlier {
    /// There was none, or it was not carried out, or not yet.
    Nothing,
    /// The head says that there is an entry, but it cannot be seen yet.
    NotYetVisible,
    /// It was carried out.
    Ours(Change),
}

impl Store {
    /// Carries out a command: once, however often it has to be tried.
    ///
    /// An attempt whose answer is lost may have been carried out. Before anything else is tried or
    /// said, the log is read to find that out, even when the time for further attempts is over. If
    /// it cannot be found out, the error is [`Error::Indeterminate`].
    pub(crate) async fn commit<C: Command>(
        &self,
        command: &C,
        now: Timestamp,
    ) -> Result<Done, Error> {
        let mut lost = None;
        let done = self.attempts(command, now, &mut lost).await;
        match done {
            // Also a refusal of the pace is about a state in which the lost attempt is not.
            Err(
                error @ (Error::Busy
                | Error::Unavailable(_)
                | Error::Refused(Refusal::TooManySends(_))),
            ) if lost.is_some() => Err(Error::Indeterminate(Box::new(error))),
            done => done,
        }
    }

    /// `lost` is the seq of the last attempt whose answer was lost, until its fate is known.
    async fn attempts<C: Command>(
        &self,
        command: &C,
        now: Timestamp,
        lost: &mut Option<u64>,
    ) -> Result<Done, Error> {
        let mut tries = Tries::start();
        // Whether there is time for one more attempt; if not, only the last one's fate is looked
        // up.
        let mut over = None;
        loop {
            let (channel, rows) = command.read(self).await?;
            match self.earlier(&channel, lost, command.event_id()).await? {
                Earlier::Ours(change) => {
                    return Ok(Done::Committed(self.committed(channel, change, now).await));
                }
                Earlier::NotYetVisible => {
                    tries.again().await?;
                    continue;
                }
                Earlier::Nothing => {}
            }
            if let Some(over) = over {
                return Err(over);
            }
            let (channel, decision) = command.decide(self, channel, rows).await?;
            let (next, change, actions) = match decision {
                Decision::Unchanged(channel, message) => {
                    return Ok(Done::Unchanged(channel, message));
                }
                Decision::Write { next, change, actions } => (next, change, actions),
            };
            let seq = change.seq;
            let (outcome, audience) = self.commit_with_audience(actions, &channel, now).await;
            match outcome {
                Ok(Outcome::Committed) => {
                    return Ok(Done::Committed(Committed { channel: next, change, audience }));
                }
                Ok(Outcome::Refused(failed)) => {
                    if let Some(done) = command.refused(self, channel, failed).await? {
                        return Ok(done);
                    }
                }
                Err(Failure::Contended) => {}
                Err(Failure::Unknown(_)) => {
                    *lost = Some(seq);
                    over = tries.again().await.err();
                    continue;
                }
                // The SDK has tried several times. The last attempt was throttled, but the answer
                // to an earlier one may have been lost.
                Err(Failure::Final(busy @ Error::Busy)) => {
                    *lost = Some(seq);
                    over = Some(busy);
                    continue;
                }
                Err(failure @ Failure::Final(_)) => return Err(failure.into()),
            }
            tries.again().await?;
        }
    }

    /// Finds out whether an attempt whose answer was lost was carried out: every seq up to the
    /// head's is either a message or an event, and its row carries the event id of its writer.
    async fn earlier(
        &self,
        channel: &Channel,
        lost: &mut Option<u64>,
        event: &EventId,
    ) -> Result<Earlier, Error> {
        // Where the log does not reach so far, the attempt may still be carried out: it is kept in
        // mind.
        let Some(seq) = lost.filter(|seq| *seq <= channel.last_seq) else {
            return Ok(Earlier::Nothing);
        };
        let key = channel.key();
        let rows = [keys::message(&key, seq), keys::event(&key, seq)];
        let rows = self.get_all(&rows, Consistency::Strong).await?;
        let Some(row) = rows.into_iter().next() else { return Ok(Earlier::NotYetVisible) };
        let change = self.changes(&key, vec![log_entry(seq, row)]).await?.into_iter().next();
        let ours = change.filter(|change| change.event_id == *event);
        // Another entry stands where ours would: ours was never written.
        *lost = None;
        Ok(ours.map_or(Earlier::Nothing, Earlier::Ours))
    }

    /// Writes and, concurrently, looks up the connections to notify.
    async fn commit_with_audience(
        &self,
        actions: Vec<TransactWriteItem>,
        channel: &Channel,
        now: Timestamp,
    ) -> (Result<Outcome, Failure>, Vec<Connection>) {
        tokio::join!(self.transact(actions), self.audience_if_known(channel, now))
    }

    /// A change that turns out to have been made.
    pub(crate) async fn committed(
        &self,
        channel: Channel,
        change: Change,
        now: Timestamp,
    ) -> Committed {
        let audience = self.audience_if_known(&channel, now).await;
        Committed { channel, change, audience }
    }

    /// Moves the head from `before` to `next`, unless somebody appended in between. Marks are not
    /// touched, so readers and senders do not get in each other's way.
    pub(crate) fn advance_head(
        &self,
        before: &Channel,
        next: &Channel,
    ) -> Result<TransactWriteItem, Error> {
        let mut update = head::difference(before, next, self.layout().activity_shards)?;
        update.add("v", number(1));
        // An answer makes a customer wait. A read may end an earlier wait in between, so this is
        // decided as it is written.
        if next.live_staff > before.live_staff && next.waiting_since.is_some() {
            let began = next.last_message_at.unwrap_or_default();
            update.set_if_absent(&["waiting_since"], number(began.millis()));
        }
        update.only_if_is(&["t", "s"], Some(number(before.last_seq)));
        update.only_if_is(&["member_id"], Some(text(before.member_id.as_str())));
        write::update(&self.layout().chat_table, &keys::head(&before.key()), update)
    }

    /// Writes the head where every write in between would make the decision wrong, marks included.
    pub(crate) fn replace_head(
        &self,
        before: &Channel,
        next: &Channel,
    ) -> Result<TransactWriteItem, Error> {
        let update = self.replacement(before, next)?;
        write::update(&self.layout().chat_table, &keys::head(&before.key()), update)
    }

    /// What turns a head into its next version, on the condition that nobody else has done so.
    pub(crate) fn replacement(
        &self,
        before: &Channel,
        next: &Channel,
    ) -> Result<Expression, Error> {
        let mut update = head::difference(before, next, self.layout().activity_shards)?;
        if next.waiting_since != before.waiting_since {
            match next.waiting_since {
                Some(since) => update.set(&["waiting_since"], number(since.millis())),
                None => update.remove(&["waiting_since"]),
            }
        }
        update.set(&["v"], number(next.version));
        update.only_if_is(&["v"], Some(number(next.version - 1)));
        Ok(update)
    }

    /// Puts a row that must not exist yet; a refusal shows the one that does.
    pub(crate) fn put_row<T: Serialize>(
        &self,
        key: &Key,
        content: &T,
    ) -> Result<TransactWriteItem, Error> {
        write::put_new(&self.layout().chat_table, item(key, content)?)
    }

    /// Changes a message's row, which must be there and not deleted. The head's condition alone is
    /// not enough: a batch read is not a snapshot, so it may return a new head with an old row.
    pub(crate) fn update_message(
        &self,
        id: &MessageId,
        mut update: Expression,
    ) -> Result<TransactWriteItem, Error> {
        update.only_if("attribute_exists(pk) AND attribute_not_exists(deleted_at)");
        write::update(&self.layout().chat_table, &keys::message(&id.channel, id.seq), update)
    }
}
