//! Channels and commands for unit tests.

use crate::channel::head::{Channel, Pair};
use crate::channel::limits::SendLimit;
use crate::ids::{ActorId, EventId};
use crate::log::delete::{DeleteMessage, Surrounded};
use crate::log::entry::Entry;
use crate::log::message::{Draft, Message};
use crate::log::send::SendMessage;
use crate::people::principal::Principal;
use crate::text::body::MessageBody;
use crate::time::Timestamp;

pub(crate) const UNLIMITED: SendLimit = SendLimit { per_minute: 60_000, burst: 60_000 };

pub(crate) fn actor(text: &str) -> ActorId {
    ActorId::parse(text).expect("an id")
}

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(crate) fn customer() -> Principal {
    Principal::Customer(actor("cus_1"))
}

pub(crate) fn guest() -> Principal {
    Principal::Guest(actor("guest_1"))
}

pub(crate) fn admin() -> Principal {
    Principal::Admin(actor("user_1"))
}

/// A new channel of `cus_1` with the shop's default key, opened after a second.
pub(crate) fn channel() -> Channel {
    let pair = Pair::new(actor("cus_1"), actor("admin"), &actor("admin")).expect("a pair");
    Channel::open(&pair, pair.member.clone(), at(1_000))
}

/// The head after a send, and its entry.
pub(crate) fn append(channel: &Channel, sender: &Principal, now: i64) -> (Channel, Entry) {
    let draft = Draft::text(
        sender.clone(),
        MessageBody::parse("hello".into()).expect("a body"),
        EventId::from_random([1; 16]),
    );
    let command = SendMessage { draft: &draft, limit: UNLIMITED, assigns: false };
    let mut append = command.decide(channel, &[], at(now)).expect("sent").append.expect("an entry");
    (append.next, append.entries.remove(0))
}

/// The head after a send, and the message.
pub(crate) fn send(channel: &Channel, sender: &Principal, now: i64) -> (Channel, Message) {
    let (next, entry) = append(channel, sender, now);
    (next, entry.message().expect("a message").clone())
}

/// The head after a delete, where the log holds these messages.
pub(crate) fn delete(
    channel: &Channel,
    message: &Message,
    caller: &Principal,
    log: &[Message],
) -> Channel {
    let after = log.iter().filter(|other| other.seq > message.seq).cloned().collect();
    let around = Surrounded { message: message.clone(), before: None, after };
    let event_id = &EventId::from_random([2; 16]);
    let command = DeleteMessage { caller, event_id, limit: UNLIMITED };
    let now = channel.updated_at.plus_millis(1);
    let decision = command.decide(channel, &around, now).expect("deleted");
    decision.append.expect("an entry").next
}
