//! What a command decides. It gets the channel as it was read, and the store writes what it
//! returns only if the channel has not changed in a way that makes the decision wrong.

use crate::channel::head::Channel;
use crate::channel::limits::SendLimit;
use crate::ids::MessageId;
use crate::log::entry::Entry;
use crate::log::kind::Kind;
use crate::log::message::Message;
use crate::people::principal::{Principal, Role, Side};
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// What a command on a message decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The message as it is afterwards.
    pub message: Message,
    /// What to append; `None` where the message is what the caller asks for already.
    pub append: Option<Append>,
}

/// What one transaction writes. The rows of messages follow from the entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The head afterwards.
    pub next: Channel,
    /// The new entries, in order.
    pub entries: Vec<Entry>,
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
        next.apply(&entry);
        Self { message, append: Some(Append { next, entries: vec![entry], guard }) }
    }
}

impl Channel {
    /// The head with a place for one more entry by `caller`, whose pace is spent where the kind
    /// spends it.
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

    /// Changes counts and waits as the facts of a new entry say.
    fn apply(&mut self, entry: &Entry) {
        match entry.unread_for() {
            Some(Side::Staff) => self.live_customer += 1,
            Some(Side::Member) => self.live_staff += 1,
            None => {}
        }
        if entry.asks() {
            self.unanswered_since = self.unanswered_since.or(Some(entry.ts));
        } else if entry.answers() {
            self.unanswered_since = None;
        }
        // No mail goes to a guest.
        if entry.mailed_to() == Some(Side::Member) && self.member_role() == Role::Customer {
            self.waiting_since = self.waiting_since.or(Some(entry.ts));
        }
    }

    /// How a message of this channel is refused that the caller may not know of.
    pub(crate) fn no_message(&self, message: &Message) -> Refusal {
        Refusal::NoMessage(MessageId { channel: self.key(), seq: message.seq }.to_string())
    }
}
