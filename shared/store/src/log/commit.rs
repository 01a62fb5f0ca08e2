//! The one way to append to a channel's log: read, decide, write, and try again if another write
//! came first.
//!
//! One transaction writes the head, which hands out the seqs, and the rows of the entries. So a seq
//! is never handed out without its entry, and seq n+1 commits after seq n.

use std::ops::RangeInclusive;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{Append, Channel, Decision, Entry, EventId, Guard, Message, Refusal, Timestamp};

use crate::Store;
use crate::channel::head;
use crate::reach::connections::Connection;
use crate::table::error::{Error, Failure};
use crate::table::item::{Item, number, text};
use crate::table::keys;
use crate::table::retry::Tries;
use crate::table::update::Expression;
use crate::table::write::{self, Outcome};

/// The result of a command on a message.
#[derive(Clone, Debug)]
pub struct Done {
    /// The head afterwards.
    pub channel: Channel,
    /// The message afterwards.
    pub message: Message,
    /// The entries that this request has appended: none if the message already was what the caller
    /// asks for.
    pub entries: Vec<Entry>,
    /// The connections of the channel's member and of all staff, if there are entries to push.
    pub connections: Vec<Connection>,
}

impl Done {
    /// The connections that an entry is pushed to.
    pub fn audience(&self, entry: &Entry) -> Vec<Connection> {
        let audience = entry.facts().audience;
        let may_see =
            |connection: &&Connection| audience.includes(connection.session.principal.side());
        self.connections.iter().filter(may_see).cloned().collect()
    }
}

/// A change of a channel's log.
pub(crate) trait Command {
    /// What it reads, apart from the head.
    type Rows;

    /// The id of its first entry. Drawn before the first attempt, so that a later attempt
    /// recognises an earlier one whose response was lost.
    fn event_id(&self) -> &EventId;

    /// The time of the request.
    fn now(&self) -> Timestamp;

    /// Reads the head and the rows, consistently, or refuses.
    async fn read(&self, store: &Store) -> Result<(Channel, Self::Rows), Error>;

    /// Decides what to append.
    fn decide(&self, channel: &Channel, rows: &Self::Rows) -> Result<Decision, Refusal>;

    /// The message that an earlier request with the same command stored, looked up when this one is
    /// refused. Without one, a refusal by the rules is returned, and a refusal by a condition is
    /// retried.
    async fn stored_before(
        &self,
        _store: &Store,
        _channel: &Channel,
        _refused: Refused,
    ) -> Result<Option<Message>, Error> {
        Ok(None)
    }
}

/// What refuses a command.
pub(crate) enum Refused {
    /// The decision.
    ByRule,
    /// The conditions of the write: for each action, the item that failed its condition.
    ByCondition(Vec<Option<Item>>),
}

/// The fate of an attempt whose response was lost.
enum Earlier {
    /// There was none, or it was not carried out, or not yet.
    Nothing,
    /// The head counts entries at its seqs, whose rows cannot all be read yet.
    NotYetVisible,
    /// It was carried out, and appended these entries.
    Ours(Message, Vec<Entry>),
}

impl Store {
    /// Carries out a command once, however many attempts it takes.
    ///
    /// An attempt whose response is lost may have been carried out. Before the next attempt, or a
    /// return, the log is read to find out, even when the time for attempts is over. If that does
    /// not show it, the error is [`Error::Indeterminate`].
    pub(crate) async fn commit<C: Command>(&self, command: &C) -> Result<Done, Error> {
        let mut lost = None;
        let done = self.attempts(command, &mut lost).await;
        match done {
            // A refusal by the pace too: it is about a state without the lost attempt.
            Err(
                error @ (Error::Busy
                | Error::Unavailable(_)
                | Error::Refused(Refusal::TooManySends(_))),
            ) if lost.is_some() => Err(Error::Indeterminate(Box::new(error))),
            done => done,
        }
    }

    /// `lost` has the seqs of the last attempt whose response was lost, until its fate is known.
    async fn attempts<C: Command>(
        &self,
        command: &C,
        lost: &mut Option<RangeInclusive<u64>>,
    ) -> Result<Done, Error> {
        let mut tries = Tries::start();
        // The error, once the time is over: then only the fate of the last attempt is looked up.
        let mut over = None;
        loop {
            let (channel, rows) = command.read(self).await?;
            match self.earlier(&channel, lost, command.event_id()).await? {
                Earlier::Ours(message, entries) => {
                    return Ok(self.appended_before(command, channel, message, entries).await);
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
            let decision = match command.decide(&channel, &rows) {
                Ok(decision) => decision,
                Err(refusal) => {
                    let stored = command.stored_before(self, &channel, Refused::ByRule).await?;
                    let message = stored.ok_or(refusal)?;
                    return Ok(self.found(command, channel, message).await);
                }
            };
            let message = decision.message;
            let Some(append) = decision.append else {
                return Ok(unchanged(channel, message));
            };
            let actions = self.actions(&channel, &append)?;
            let seqs = channel.last_seq + 1..=append.next.last_seq;
            let (outcome, connections) = tokio::join!(
                self.transact(actions),
                self.audience_if_known(&channel, command.now())
            );
            match outcome {
                Ok(Outcome::Committed) => {
                    let Append { next: channel, entries, .. } = append;
                    return Ok(Done { channel, message, entries, connections });
                }
                Ok(Outcome::Refused(failed)) => {
                    let refused = Refused::ByCondition(failed);
                    if let Some(message) = command.stored_before(self, &channel, refused).await? {
                        return Ok(self.found(command, channel, message).await);
                    }
                }
                Err(Failure::Contended) => {}
                Err(Failure::Unknown(_)) => {
                    *lost = Some(seqs);
                    over = tries.again().await.err();
                    continue;
                }
                // The SDK has tried several times. The last attempt was throttled, but the response
                // to an earlier one may have been lost.
                Err(Failure::Final(busy @ Error::Busy)) => {
                    *lost = Some(seqs);
                    over = Some(busy);
                    continue;
                }
                Err(failure @ Failure::Final(_)) => return Err(failure.into()),
            }
            tries.again().await?;
        }
    }

    /// Finds out whether an attempt whose response was lost was carried out: every seq up to the
    /// head's has a row, and the first of an attempt carries the event id of its command.
    async fn earlier(
        &self,
        channel: &Channel,
        lost: &mut Option<RangeInclusive<u64>>,
        event: &EventId,
    ) -> Result<Earlier, Error> {
        // If the log does not reach its first seq, the attempt may still be carried out: `lost`
        // stays set.
        let Some(seqs) = lost.clone().filter(|seqs| *seqs.start() <= channel.last_seq) else {
            return Ok(Earlier::Nothing);
        };
        let key = channel.key();
        let rows = self.rows_at(&key, seqs.clone()).await?;
        let entries = self.entries(&key, rows).await?;
        let Some(first) = entries.first().filter(|entry| entry.seq == *seqs.start()) else {
            return Ok(Earlier::NotYetVisible);
        };
        // One transaction appended all of them.
        let ours = first.message().filter(|_| first.id == *event).cloned();
        if ours.is_some() && entries.last().is_none_or(|last| last.seq < *seqs.end()) {
            return Ok(Earlier::NotYetVisible);
        }
        // Another entry has the first seq: ours were never written.
        *lost = None;
        Ok(ours.map_or(Earlier::Nothing, |message| Earlier::Ours(message, entries)))
    }

    /// The result of a command whose message is already stored, by an earlier attempt of ours or by
    /// an earlier request.
    async fn found<C: Command>(&self, command: &C, channel: Channel, message: Message) -> Done {
        if message.event_id != *command.event_id() {
            return unchanged(channel, message);
        }
        let entries = vec![Entry::sent(message.clone())];
        self.appended_before(command, channel, message, entries).await
    }

    /// The result of a command whose entries an earlier attempt of ours appended.
    async fn appended_before<C: Command>(
        &self,
        command: &C,
        channel: Channel,
        message: Message,
        entries: Vec<Entry>,
    ) -> Done {
        let connections = self.audience_if_known(&channel, command.now()).await;
        Done { channel, message, entries, connections }
    }

    /// The actions of one transaction: the head, whose condition refuses all of them if the
    /// decision has become wrong in between, and the rows of the entries.
    fn actions(&self, before: &Channel, append: &Append) -> Result<Vec<TransactWriteItem>, Error> {
        let head = match append.guard {
            Guard::Log => self.advance_head(before, append)?,
            Guard::Head => self.replace_head(before, &append.next)?,
        };
        let mut actions = vec![head];
        for entry in &append.entries {
            actions.extend(self.put_entry(&before.key(), entry)?);
        }
        Ok(actions)
    }

    /// Moves the head from `before` to the next, unless an entry was appended in between.
    fn advance_head(&self, before: &Channel, append: &Append) -> Result<TransactWriteItem, Error> {
        let mut update = head::difference(before, &append.next, self.layout().activity_shards)?;
        update.add("v", number(1));
        // A concurrent read may end an earlier wait, so the write itself checks whether there is
        // one.
        if let Some(began) = append.began_waiting {
            update.set_if_absent(&["waiting_since"], number(began.millis()));
        }
        update.only_if_is(&["t", "s"], Some(number(before.last_seq)));
        update.only_if_is(&["member_id"], Some(text(before.member_id.as_str())));
        write::update(&self.layout().chat_table, &keys::head(&before.key()), update)
    }

    /// Moves the head from `before` to `next`, unless anything of it was written in between.
    pub(crate) fn replace_head(
        &self,
        before: &Channel,
        next: &Channel,
    ) -> Result<TransactWriteItem, Error> {
        let update = self.replacement(before, next)?;
        write::update(&self.layout().chat_table, &keys::head(&before.key()), update)
    }

    /// The update of a head to its next version, unless another write has changed it.
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
}

/// Nothing was appended.
fn unchanged(channel: Channel, message: Message) -> Done {
    Done { channel, message, entries: Vec::new(), connections: Vec::new() }
}
