//! What a command decides. The command gets the channel as it was read. The store writes the
//! decision only if the channel has not changed since in a way that makes it wrong.

use crate::channel::head::Channel;
use crate::channel::limits::SendLimit;
use crate::ids::MessageId;
use crate::log::entry::Entry;
use crate::log::kind::Kind;
use crate::log::message::Message;
use crate::people::principal::{Principal, Role, Side};
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// The decision of a command on a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The message as it is afterwards.
    pub message: Message,
    /// What to append; `None` if the message already is what the caller asks for.
    pub append: Option<Append>,
}

/// What one transaction writes. The rows of messages follow from the entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The head afterwards.
    pub next: Channel,
    /// The new entries, in order.
    pub entries: Vec<Entry>,
    /// Since when the customer waits because of the entries, unless they waited before.
    pub began_waiting: Option<Timestamp>,
    /// What must not change before the write.
    pub guard: Guard,
}

/// What must not change between the read of a channel and the write of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The log and the channel's member. Marks may move meanwhile, so readers and senders do not
    /// get in each other's way.
    Log,
    /// Anything of the head, marks included.
    Head,
}

impl Decision {
    /// Nothing to write.
    pub(crate) fn unchanged(message: &Message) -> Self {
        Self { message: message.clone(), append: None }
    }

    /// Appends one entry about `message`.
    pub(crate) fn append(mut next: Channel, message: Message, entry: Entry, guard: Guard) -> Self {
        let began_waiting = next.apply(&entry);
        let append = Append { next, entries: vec![entry], began_waiting, guard };
        Self { message, append: Some(append) }
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
        if kind.facts().spends_pace && caller.side() == Side::Member {
            next.paced = limit.spend(self.paced, now)?;
        }
        next.last_seq += 1;
        next.updated_at = self.updated_at.max(now);
        Ok(next)
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
        if meaning.asks() {
            self.unanswered_since = self.unanswered_since.or(Some(entry.ts));
        } else if meaning.answers() {
            self.unanswered_since = None;
        }
        // No mail goes to a guest.
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
