//! How long customers and guests wait for the staff's reply: measured, never promised.
//!
//! A reply is measured when it ends the waiting. The last replies are stored in slots; channel and
//! seq choose the slot, so measuring a reply again writes the same value. Of two replies in one
//! slot the later one stays.

use sha2::{Digest as _, Sha256};

use crate::channel::head::Channel;
use crate::people::principal::Side;
use crate::time::Timestamp;

/// How many replies are stored: all of them together fit one write unit of DynamoDB.
pub const REPLY_SLOTS: u8 = 32;
/// Greatest age of a reply that counts, in milliseconds.
const MAX_AGE_MS: i64 = 30 * 24 * 3_600_000;
/// Fewest replies for a reply time: with fewer, one slow evening would decide it.
const MIN_REPLIES: usize = 5;

/// One reply of the staff, measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeasuredReply {
    /// Where it is stored, below [`REPLY_SLOTS`].
    pub slot: u8,
    /// Whole seconds since the oldest message that it answers.
    pub seconds: u64,
    /// When it was sent.
    pub at: Timestamp,
}

/// A shop's reply time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyTime {
    /// The median.
    pub median_seconds: u64,
    /// The number of replies that it is the median of.
    pub measured: usize,
}

impl Channel {
    /// The reply that made `before` into this head. `None` if the write was no reply: the member
    /// did not wait before it, or still waits.
    pub fn reply_since(&self, before: &Self) -> Option<MeasuredReply> {
        let asked = before.unanswered_since.filter(|_| self.unanswered_since.is_none())?;
        // A delete ends the waiting too, but is no reply.
        let at = self
            .last_message_at
            .filter(|_| self.recipient_since(Some(before)) == Some(Side::Member))?;
        let seconds = u64::try_from(at.since(asked)).unwrap_or_default() / 1_000;
        Some(MeasuredReply { slot: slot(self), seconds, at })
    }
}

/// The slot of the reply that is the last entry of a channel's log.
fn slot(channel: &Channel) -> u8 {
    let mut hasher = Sha256::new();
    hasher.update(channel.key().as_str());
    hasher.update(channel.last_seq.to_be_bytes());
    hasher.finalize().last().copied().unwrap_or_default() % REPLY_SLOTS
}

/// The reply time; `None` if too few of these replies are from the last 30 days.
pub fn reply_time(replies: &[MeasuredReply], now: Timestamp) -> Option<ReplyTime> {
    let recent = replies.iter().filter(|reply| now.since(reply.at) < MAX_AGE_MS);
    let mut seconds: Vec<u64> = recent.map(|reply| reply.seconds).collect();
    seconds.sort_unstable();
    let measured = seconds.len();
    // The two in the middle; for an odd number both are the same.
    let (lower, upper) = (seconds.get(measured.saturating_sub(1) / 2)?, seconds.get(measured / 2)?);
    (measured >= MIN_REPLIES)
        .then(|| ReplyTime { median_seconds: lower.midpoint(*upper), measured })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::head::Pair;
    use crate::{
        ActorId, Deletion, Draft, EventId, Message, MessageBody, MessageType, Principal, SendLimit,
    };

    const UNLIMITED: SendLimit = SendLimit { per_minute: 60_000, burst: 60_000 };

    fn actor(text: &str) -> ActorId {
        ActorId::parse(text).expect("an id")
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn post(channel: &Channel, sender: &Principal, now: i64) -> (Channel, Message) {
        let (body, event_id) =
            (MessageBody::parse("hello".into()).expect("a body"), EventId::from_random([1; 16]));
        let draft = Draft {
            sender: sender.clone(),
            body,
            message_type: MessageType::Text,
            client_message_id: None,
            event_id,
        };
        channel.post(&draft, at(now), UNLIMITED).expect("posted")
    }

    #[test]
    fn a_reply_is_measured_from_the_oldest_question_and_nothing_else_is() {
        let (customer, admin) =
            (Principal::Customer(actor("cus_1")), Principal::Admin(actor("user_1")));
        let pair = Pair::new(actor("cus_1"), actor("admin"), &actor("admin")).expect("a pair");
        let opened = Channel::open(&pair, pair.member.clone(), at(1_000));
        let (greeted, _) = post(&opened, &admin, 2_000);
        let (asked, question) = post(&greeted, &customer, 10_000);
        let (insists, _) = post(&asked, &customer, 60_000);
        let (answered, _) = post(&insists, &admin, 75_999);
        let (adds, _) = post(&answered, &admin, 80_000);
        let reply = answered.reply_since(&insists).expect("a reply");
        assert_eq!((reply.seconds, reply.at), (65, at(75_999)));
        assert_eq!(answered.reply_since(&insists), Some(reply), "the same again");
        for (before, now) in [
            (&opened, &greeted),
            (&greeted, &asked),
            (&asked, &insists),
            (&answered, &adds),
            (&answered, &answered),
        ] {
            assert_eq!(now.reply_since(before), None);
        }
        let Ok(Deletion::Deleted(taken_back, _)) = asked.delete(
            &question,
            &customer,
            EventId::from_random([2; 16]),
            at(90_000),
            UNLIMITED,
        ) else {
            panic!("deletes")
        };
        assert_eq!(
            (taken_back.unanswered_since, taken_back.reply_since(&asked)),
            (None, None),
            "a delete is no reply"
        );
    }

    #[test]
    fn slots_are_spread_and_all_are_used() {
        let pair = Pair::new(actor("cus_1"), actor("admin"), &actor("admin")).expect("a pair");
        let channel = Channel::open(&pair, pair.member.clone(), at(1_000));
        let slots: std::collections::BTreeSet<_> =
            (0..1_000).map(|last_seq| slot(&Channel { last_seq, ..channel.clone() })).collect();
        assert_eq!(slots.into_iter().collect::<Vec<_>>(), (0..REPLY_SLOTS).collect::<Vec<_>>());
    }

    #[test]
    fn the_median_is_of_the_last_thirty_days_and_of_five_at_least() {
        let day = 24 * 3_600_000;
        let reply = |seconds: u64, days: i64| MeasuredReply {
            slot: 0,
            seconds,
            at: at(100 * day - days * day),
        };
        let median = |replies: &[MeasuredReply]| {
            reply_time(replies, at(100 * day)).map(|time| (time.median_seconds, time.measured))
        };
        let four = [reply(10, 0), reply(20, 1), reply(3_000, 29), reply(40, 2)];
        assert_eq!((median(&[]), median(&four)), (None, None));
        assert_eq!(median(&[&four[..], &[reply(30, 3)]].concat()), Some((30, 5)));
        assert_eq!(
            median(&[&four[..], &[reply(30, 3), reply(51, 4)]].concat()),
            Some((35, 6)),
            "between the two in the middle"
        );
        assert_eq!(median(&[&four[..], &[reply(30, 30)]].concat()), None, "too long ago");
    }
}
