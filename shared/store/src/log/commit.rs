//! The one way to append to a channel's log: read, decide, write, and try again if another write
//! came first.
//!
//! One transaction writes the head, which hands out the seqs of both logs, and the rows of the
//! entries. So a seq is never handed out without its entry, and seq n+1 commits after seq n.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{
    ActorId, Append, Channel, Decision, Entry, EventId, Guard, Message, Note, Person, Place, Rated,
    Refusal, Timestamp,
};

use crate::Store;
use crate::channel::head;
use crate::reach::connections::Connection;
use crate::table::error::{Error, Failure};
use crate::table::item::{Item, number, text};
use crate::table::keys;
use crate::table::retry::Tries;
use crate::table::update::Expression;
use crate::table::write::{self, Outcome};

/// The result of a command.
#[derive(Clone, Debug)]
pub struct Done<S = Message> {
    /// The head afterwards.
    pub channel: Channel,
    /// What the command is about, as it is afterwards.
    pub subject: S,
    /// The entries that this request has appended: none if everything already was what the caller
    /// asks for.
    pub entries: Vec<Entry>,
    /// The connections of the channel's member and of all staff, if there are entries to push.
    pub connections: Vec<Connection>,
    /// What is known of the channel's people, if an entry shows the channel.
    pub people: BTreeMap<ActorId, Person>,
}

impl<S> Done<S> {
    /// Nothing was appended.
    fn unchanged(channel: Channel, subject: S) -> Self {
        let (entries, connections, people) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { channel, subject, entries, connections, people }
    }
}

/// What a command is about.
pub trait Subject: Clone {
    /// The subject of a command whose first entry is this one.
    fn of(entry: &Entry) -> Option<Self>;
}

impl Subject for Message {
    fn of(entry: &Entry) -> Option<Self> {
        entry.message().cloned()
    }
}

impl Subject for Note {
    fn of(entry: &Entry) -> Option<Self> {
        entry.note().cloned()
    }
}

impl Subject for Rated {
    fn of(entry: &Entry) -> Option<Self> {
        entry.rated().cloned()
    }
}

/// The channel itself, which every result holds anyway.
impl Subject for () {
    fn of(_entry: &Entry) -> Option<Self> {
        Some(())
    }
}

/// A change of a channel's log.
pub(crate) trait Command {
    /// What it reads, apart from the head.
    type Rows;
    /// What it is about.
    type Subject: Subject;

    /// The id of its first entry. Drawn before the first attempt, so that a later attempt
    /// recognises an earlier one whose response was lost.
    fn event_id(&self) -> &EventId;

    /// The time of the request.
    fn now(&self) -> Timestamp;

    /// Reads the head and the rows, consistently, or refuses.
    async fn read(&self, store: &Store) -> Result<(Channel, Self::Rows), Error>;

    /// Decides what to append.
    fn decide(
        &self,
        channel: &Channel,
        rows: &Self::Rows,
    ) -> Result<Decision<Self::Subject>, Refusal>;

    /// The first entry of an earlier request with the same command, looked up when this one is
    /// refused. Without one, a refusal by the rules is returned, and a refusal by a condition is
    /// retried.
    async fn stored_before(
        &self,
        _store: &Store,
        _channel: &Channel,
        _refused: Refused,
    ) -> Result<Option<Entry>, Error> {
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
enum Earlier<S> {
    /// There was none, or it was not carried out, or not yet.
    Nothing,
    /// The head counts entries at its places, whose rows cannot all be read yet.
    NotYetVisible,
    /// It was carried out, and appended these entries.
    Ours(S, Vec<Entry>),
}

impl Store {
    /// Carries out a command once, however many attempts it takes.
    ///
    /// An attempt whose response is lost may have been carried out. Before the next attempt, or a
    /// return, the log is read to find out, even when the time for attempts is over. If that does
    /// not show it, the error is [`Error::Indeterminate`].
    pub(crate) async fn commit<C: Command>(&self, command: &C) -> Result<Done<C::Subject>, Error> {
        let mut lost = None;
        let done = self.attempts(command, &mut lost).await;
        match done {
            // A refusal by the pace too: it is about a state without the lost attempt. A file that
            // cannot be taken may have been taken by that attempt.
            Err(
                error @ (Error::Busy
                | Error::Unavailable(_)
                | Error::Refused(Refusal::TooManySends(_) | Refusal::UnusableFile)),
            ) if lost.is_some() => Err(Error::Indeterminate(Box::new(error))),
            done => done,
        }
    }

    /// `lost` has the places of the last attempt whose response was lost, until its fate is known.
    async fn attempts<C: Command>(
        &self,
        command: &C,
        lost: &mut Option<Vec<Place>>,
    ) -> Result<Done<C::Subject>, Error> {
        let mut tries = Tries::start();
        // The error, once the time is over: then only the fate of the last attempt is looked up.
        let mut over = None;
        loop {
            let (channel, rows) = command.read(self).await?;
            match self.earlier(&channel, lost, command.event_id()).await? {
                Earlier::Ours(subject, entries) => {
                    return Ok(self.appended_before(command, channel, subject, entries).await);
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
                    let entry = stored.ok_or(refusal)?;
                    return self.found(command, channel, entry).await;
                }
            };
            let subject = decision.subject;
            let Some(append) = decision.append else {
                return Ok(Done::unchanged(channel, subject));
            };
            let actions = self.actions(&channel, &append, command.now())?;
            let (outcome, connections, people) = tokio::join!(
                self.transact(actions),
                self.audience_if_known(&channel, command.now()),
                self.people_shown(&channel, &append.entries)
            );
            let Append { next, entries, .. } = append;
            let places = || entries.iter().map(|entry| entry.place).collect();
            match outcome {
                Ok(Outcome::Committed) => {
                    return Ok(Done { channel: next, subject, entries, connections, people });
                }
                Ok(Outcome::Refused(failed)) => {
                    let refused = Refused::ByCondition(failed);
                    if let Some(entry) = command.stored_before(self, &channel, refused).await? {
                        return self.found(command, channel, entry).await;
                    }
                }
                Err(Failure::Contended) => {}
                Err(Failure::Unknown(_)) => {
                    *lost = Some(places());
                    over = tries.again().await.err();
                    continue;
                }
                // The SDK has tried several times. The last attempt was throttled, but the response
                // to an earlier one may have been lost.
                Err(Failure::Final(busy @ Error::Busy)) => {
                    *lost = Some(places());
                    over = Some(busy);
                    continue;
                }
                Err(failure @ Failure::Final(_)) => return Err(failure.into()),
            }
            tries.again().await?;
        }
    }

    /// Finds out whether an attempt whose response was lost was carried out: every place up to the
    /// head's has a row, and the first of an attempt carries the event id of its command.
    async fn earlier<S: Subject>(
        &self,
        channel: &Channel,
        lost: &mut Option<Vec<Place>>,
        event: &EventId,
    ) -> Result<Earlier<S>, Error> {
        // If the log does not reach its first place, the attempt may still be carried out: `lost`
        // stays set.
        let places = lost.as_deref().unwrap_or_default();
        let Some(begin) = places.first().filter(|place| channel.reaches(**place)).copied() else {
            return Ok(Earlier::Nothing);
        };
        let (key, wanted) = (channel.key(), places.len());
        let rows = self.rows_at(&key, places).await?;
        let entries = self.entries(&key, rows).await?;
        let Some(first) = entries.first().filter(|entry| begin.is_taken_by(entry.place)) else {
            return Ok(Earlier::NotYetVisible);
        };
        // One transaction appended all of them.
        let ours = S::of(first).filter(|_| first.id == *event);
        if ours.is_some() && entries.len() < wanted {
            return Ok(Earlier::NotYetVisible);
        }
        // Another entry has the first place: ours were never written.
        *lost = None;
        Ok(ours.map_or(Earlier::Nothing, |subject| Earlier::Ours(subject, entries)))
    }

    /// The result of a command whose first entry is already stored, by an earlier attempt of ours
    /// or by an earlier request.
    async fn found<C: Command>(
        &self,
        command: &C,
        channel: Channel,
        entry: Entry,
    ) -> Result<Done<C::Subject>, Error> {
        let subject = C::Subject::of(&entry)
            .ok_or_else(|| Error::Defect("a stored entry of another kind", "".into()))?;
        if entry.id != *command.event_id() {
            return Ok(Done::unchanged(channel, subject));
        }
        Ok(self.appended_before(command, channel, subject, vec![entry]).await)
    }

    /// The result of a command whose entries an earlier attempt of ours appended.
    async fn appended_before<C: Command>(
        &self,
        command: &C,
        channel: Channel,
        subject: C::Subject,
        entries: Vec<Entry>,
    ) -> Done<C::Subject> {
        let (connections, people) = tokio::join!(
            self.audience_if_known(&channel, command.now()),
            self.people_shown(&channel, &entries)
        );
        Done { channel, subject, entries, connections, people }
    }

    /// What is known of the channel's people, if one of these entries shows the channel. A push
    /// without names is better than none.
    async fn people_shown(
        &self,
        channel: &Channel,
        entries: &[Entry],
    ) -> BTreeMap<ActorId, Person> {
        if !entries.iter().any(Entry::shows_channel) {
            return BTreeMap::new();
        }
        self.people([&channel.member_id, &channel.admin_id]).await.unwrap_or_else(|error| {
            tracing::warn!(error.kind = "people", "a push has no names: {error}");
            BTreeMap::new()
        })
    }

    /// The actions of one transaction: the head, whose condition refuses all of them if the
    /// decision has become wrong in between, and the rows of the entries.
    fn actions(
        &self,
        before: &Channel,
        append: &Append,
        now: Timestamp,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let head = match append.guard {
            Guard::Log => self.advance_head(before, append)?,
            Guard::Head => self.replace_head(before, &append.next)?,
        };
        let mut actions = vec![head];
        for entry in &append.entries {
            actions.extend(self.put_entry(&before.key(), entry)?);
        }
        for file in &append.dropped {
            actions.push(self.drop_file(file, now)?);
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
        let staff_seq = Some(before.work.staff_seq).filter(|seq| *seq > 0);
        update.only_if_is(&[head::STAFF_SEQ], staff_seq.map(number));
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
