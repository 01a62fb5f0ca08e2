//! What a command decides. The command gets the channel as it was read. The store writes the
//! decision only if the channel has not changed since in a way that makes it wrong.

use crate::channel::head::Channel;
use crate::channel::limits::SendLimit;
use crate::ids::{EventId, FileId, MessageId};
use crate::log::entry::{Entry, Place, What};
use crate::log::kind::Kind;
use crate::log::message::Message;
use crate::people::principal::{Principal, Role, Side};
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// The decision of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision<S = Message> {
    /// What the command is about, as it is afterwards: a message, a note.
    pub subject: S,
    /// What to append; `None` if everything already is what the caller asks for.
    pub append: Option<Append>,
}

/// What one transaction writes. The rows of messages and notes follow from the entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The head afterwards.
    pub next: Channel,
    /// The new entries, in order.
    pub entries: Vec<Entry>,
    /// Since when the customer waits because of the entries, unless they waited before.
    pub began_waiting: Option<Timestamp>,
    /// Files that end with the message that had them.
    pub dropped: Vec<FileId>,
    /// What must not change before the write.
    pub guard: Guard,
}

/// What must not change between the read of a channel and the write of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Both sequences of the log, and the channel's member. Marks may move meanwhile, so readers
    /// and senders do not get in each other's way.
    Log,
    /// Anything of the head, marks included.
    Head,
}

impl<S: Clone> Decision<S> {
    /// Nothing to write.
    pub(crate) fn unchanged(subject: &S) -> Self {
        Self { subject: subject.clone(), append: None }
    }
}

impl Decision {
    /// Appends one entry about `message`.
    pub(crate) fn append(next: Channel, message: Message, entry: Entry, guard: Guard) -> Self {
        let mut append = Append::begin(next, guard);
        append.entry(entry);
        Self { subject: message, append: Some(append) }
    }
}

impl Append {
    /// Nothing so far; `next` is the head afterwards.
    pub(crate) const fn begin(next: Channel, guard: Guard) -> Self {
        Self { next, entries: Vec::new(), began_waiting: None, dropped: Vec::new(), guard }
    }

    /// Appends an entry to the log of both sides. Its place is the head's `last_seq`.
    pub(crate) fn entry(&mut self, entry: Entry) {
        let began_waiting = self.next.apply(&entry);
        self.began_waiting = self.began_waiting.or(began_waiting);
        self.entries.push(entry);
    }

    /// Appends an entry to the staff's log. The first entry of a command has the event id that was
    /// drawn for it, each further one has an id made from it.
    pub(crate) fn staff(
        &mut self,
        by: Option<Principal>,
        drawn: &EventId,
        ts: Timestamp,
        what: What,
    ) {
        self.next.work.staff_seq += 1;
        let place = Place::Staff { seq: self.next.work.staff_seq, after: self.next.last_seq };
        let id = drawn.of_entry(self.entries.len());
        self.entries.push(Entry { place, id, ts, by, what });
    }
}

impl Channel {
    /// The head with room for one more entry by `caller`. Spends the caller's pace if the kind
    /// does.
    pub(crate) fn with_place_for(
        &self,
        kind: Kind,
        caller: &Principal,
        now: Timestamp,
        limit: SendLimit,
    ) -> Result<Self, Refusal> {
        let mut next = self.next_version();
        next.spend_pace(kind, caller, now, limit)?;
        next.last_seq += 1;
        next.updated_at = self.updated_at.max(now);
        Ok(next)
    }

    /// Spends the caller's pace if the kind does.
    pub(crate) fn spend_pace(
        &mut self,
        kind: Kind,
        caller: &Principal,
        now: Timestamp,
        limit: SendLimit,
    ) -> Result<(), Refusal> {
        if kind.facts().spends_pace && caller.side() == Side::Member {
            self.paced = limit.spend(self.paced, now)?;
        }
        Ok(())
    }

    /// Changes counts and waits as the facts of a new entry say. Returns since when the customer
    /// waits because of it.
    fn apply(&mut self, entry: &Entry) -> Option<Timestamp> {
        let meaning = entry.meaning();
        match meaning.unread_for() {
            Some(Side::Staff) => self.live_customer += 1,
            Some(Side::Member) => self.live_staff += 1,
            None => {}
        }
        if matches!(entry.what, What::MessageSent(_)) && entry.by.is_none() {
            self.automatic += 1;
        }
        if meaning.asks() {
            // The wait that a close has ended stays ended.
            self.unanswered_since = self.waits_since().or(Some(entry.ts));
        } else if meaning.answers() {
            self.unanswered_since = None;
        }
        // No digest reports a guest's messages.
        let begins_wait =
            meaning.mailed_to() == Some(Side::Member) && self.member_role() == Role::Customer;
        let began_waiting = begins_wait.then_some(entry.ts);
        self.waiting_since = self.waiting_since.or(began_waiting);
        began_waiting
    }

    /// The refusal of a message that the caller may not know of: as if it did not exist.
    pub(crate) fn no_message(&self, message: &Message) -> Refusal {
        Refusal::NoMessage(MessageId { channel: self.key(), seq: message.seq }.to_string())
    }
}
