//! How long customers and guests wait for the staff's reply: measured, never promised.
//!
//! A reply is measured when it ends the waiting. The last replies are stored in slots; channel and
//! seq choose the slot, so measuring a reply again writes the same value. Of two replies in one
//! slot the later one stays.

use sha2::{Digest as _, Sha256};

use crate::channel::head::Channel;
use crate::ids::{ActorId, ChannelKey};
use crate::log::entry::Entry;
use crate::time::Timestamp;

/// How many replies are stored: all of them together fit one write unit of DynamoDB.
pub const REPLY_SLOTS: u8 = 32;
/// How many admins who replied are stored beside them.
pub const ANSWERER_SLOTS: u8 = 5;
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
    /// The reply that `entry` makes; `self` is the head before it. `None` if the member did not
    /// wait for an answer, or the entry is not one.
    pub fn reply_by(&self, entry: &Entry) -> Option<MeasuredReply> {
        let asked = self.waits_since().filter(|_| entry.meaning().answers())?;
        let answer = entry.message()?;
        let seconds = u64::try_from(entry.ts.since(asked)).unwrap_or_default() / 1_000;
        Some(MeasuredReply { slot: slot(&self.key(), answer.seq), seconds, at: entry.ts })
    }
}

/// The slot of the reply at this seq of a channel's log.
fn slot(channel: &ChannelKey, seq: u64) -> u8 {
    let mut hasher = Sha256::new();
    hasher.update(channel.as_str());
    hasher.update(seq.to_be_bytes());
    hasher.finalize().last().copied().unwrap_or_default() % REPLY_SLOTS
}

/// Where it is stored that this admin replied, below [`ANSWERER_SLOTS`]. Of two admins in one slot
/// the later reply stays.
pub fn answerer_slot(admin: &ActorId) -> u8 {
    Sha256::digest(admin.as_str()).last().copied().unwrap_or_default() % ANSWERER_SLOTS
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
    use crate::ids::EventId;
    use crate::log::entry::{Place, What};
    use crate::log::fixtures::{admin, append, at, channel, customer};

    #[test]
    fn a_reply_is_measured_from_the_oldest_question_and_nothing_else_is() {
        let opened = channel();
        let (greeted, greeting) = append(&opened, &admin(), 2_000);
        let (asked, question) = append(&greeted, &customer(), 10_000);
        let (insists, again) = append(&asked, &customer(), 60_000);
        let (answered, answer) = append(&insists, &admin(), 75_999);
        let (_, addition) = append(&answered, &admin(), 80_000);
        let reply = insists.reply_by(&answer).expect("a reply");
        assert_eq!((reply.seconds, reply.at), (65, at(75_999)));
        for (before, entry) in
            [(&opened, &greeting), (&greeted, &question), (&asked, &again), (&answered, &addition)]
        {
            assert_eq!(before.reply_by(entry), None);
        }
        for what in [What::MessageEdited, What::MessageDeleted] {
            let message = greeting.message().expect("a message").clone();
            let id = EventId::from_random([2; 16]);
            let entry = Entry::about(message, what, Place::Public(4), id, at(90_000));
            assert_eq!(insists.reply_by(&entry), None, "{:?} is no answer", entry.what.kind());
        }
    }

    #[test]
    fn slots_are_spread_and_all_are_used() {
        let key = channel().key();
        let slots: std::collections::BTreeSet<_> = (0..1_000).map(|seq| slot(&key, seq)).collect();
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
