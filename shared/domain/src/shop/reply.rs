//! How long customers and guests wait for an answer of the staff: measured, never promised.
//!
//! Each answer is measured where it ends the waiting. The last ones are kept in places that answer
//! and channel name, so that measuring one again writes the same again; of two in one place the
//! later one stays.

use sha2::{Digest as _, Sha256};

use crate::channel::head::Channel;
use crate::people::principal::Side;
use crate::time::Timestamp;

/// How many answers are kept: all of them together fit one write unit of DynamoDB.
pub const REPLY_PLACES: u8 = 32;
/// How old an answer may be that still says something, in milliseconds.
const COUNTS_FOR_MS: i64 = 30 * 24 * 3_600_000;
/// With fewer answers nothing is said: one slow evening would be the shop's figure.
const FEWEST: usize = 5;

/// An answer of the staff, measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Where it is kept, below [`REPLY_PLACES`].
    pub place: u8,
    /// How long it took, in whole seconds, from the oldest message that it answers.
    pub seconds: u64,
    /// When it came.
    pub at: Timestamp,
}

/// What is said of a shop's answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyTime {
    /// The median of the answers.
    pub median_seconds: u64,
    /// Of how many.
    pub measured: usize,
}

impl Channel {
    /// The answer that made `before` into this head, if it is one: the member waited for it, and no
    /// longer does.
    pub fn reply_since(&self, before: &Self) -> Option<Reply> {
        let asked = before.unanswered_since.filter(|_| self.unanswered_since.is_none())?;
        // A delete ends the waiting too, and answers nothing.
        let at = self
            .last_message_at
            .filter(|_| self.written_since(Some(before)) == Some(Side::Member))?;
        let seconds = u64::try_from(at.since(asked)).unwrap_or_default() / 1_000;
        Some(Reply { place: place(self), seconds, at })
    }
}

/// Where the answer is kept that is the last entry of a channel's log.
fn place(channel: &Channel) -> u8 {
    let mut hasher = Sha256::new();
    hasher.update(channel.key().as_str());
    hasher.update(channel.last_seq.to_be_bytes());
    hasher.finalize().last().copied().unwrap_or_default() % REPLY_PLACES
}

/// What these answers say; nothing where too few of them are of the last 30 days.
pub fn reply_time(replies: &[Reply], now: Timestamp) -> Option<ReplyTime> {
    let recent = replies.iter().filter(|reply| now.since(reply.at) < COUNTS_FOR_MS);
    let mut seconds: Vec<u64> = recent.map(|reply| reply.seconds).collect();
    seconds.sort_unstable();
    let measured = seconds.len();
    // The two in the middle; the same one twice where their number is odd.
    let (lower, upper) = (seconds.get(measured.saturating_sub(1) / 2)?, seconds.get(measured / 2)?);
    (measured >= FEWEST).then(|| ReplyTime { median_seconds: lower.midpoint(*upper), measured })
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
    fn an_answer_is_measured_from_the_oldest_question_and_nothing_else_is() {
        let (customer, admin) =
            (Principal::Customer(actor("cus_1")), Principal::Admin(actor("user_1")));
        let pair = Pair::new(actor("cus_1"), actor("admin"), &actor("admin")).expect("a pair");
        let opened = Channel::open(&pair, pair.member.clone(), at(1_000));
        let (greeted, _) = post(&opened, &admin, 2_000);
        let (asked, question) = post(&greeted, &customer, 10_000);
        let (insists, _) = post(&asked, &customer, 60_000);
        let (answered, _) = post(&insists, &admin, 75_999);
        let (adds, _) = post(&answered, &admin, 80_000);
        let reply = answered.reply_since(&insists).expect("an answer");
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
            "a delete is no answer"
        );
    }

    #[test]
    fn places_are_spread_and_all_are_used() {
        let pair = Pair::new(actor("cus_1"), actor("admin"), &actor("admin")).expect("a pair");
        let channel = Channel::open(&pair, pair.member.clone(), at(1_000));
        let places: std::collections::BTreeSet<_> =
            (0..1_000).map(|last_seq| place(&Channel { last_seq, ..channel.clone() })).collect();
        assert_eq!(places.into_iter().collect::<Vec<_>>(), (0..REPLY_PLACES).collect::<Vec<_>>());
    }

    #[test]
    fn the_median_is_of_the_last_thirty_days_and_of_five_at_least() {
        let day = 24 * 3_600_000;
        let reply =
            |seconds: u64, days: i64| Reply { place: 0, seconds, at: at(100 * day - days * day) };
        let said = |replies: &[Reply]| {
            reply_time(replies, at(100 * day)).map(|said| (said.median_seconds, said.measured))
        };
        let four = [reply(10, 0), reply(20, 1), reply(3_000, 29), reply(40, 2)];
        assert_eq!((said(&[]), said(&four)), (None, None));
        assert_eq!(said(&[&four[..], &[reply(30, 3)]].concat()), Some((30, 5)));
        assert_eq!(
            said(&[&four[..], &[reply(30, 3), reply(51, 4)]].concat()),
            Some((35, 6)),
            "between the two in the middle"
        );
        assert_eq!(said(&[&four[..], &[reply(30, 30)]].concat()), None, "too long ago");
    }
}
