//! How long customers and guests wait for an answer of the staff: measured, never promised.
//!
//! Each answer is measured where it ends the waiting. The last ones are kept in places that answer
//! and channel name, so that measuring one again writes the same again; of two in one place the
//! later one stays.

use sha2::{Digest as _, Sha256};

use crate::channel::head::Channel;
use crate::ids::ChannelKey;
use crate::log::entry::Entry;
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
    /// The reply that `entry` is, where `self` is the head before it: the member waited for an
    /// answer, and it is one.
    pub fn reply_by(&self, entry: &Entry) -> Option<Reply> {
        let asked = self.unanswered_since.filter(|_| entry.answers())?;
        let seconds = u64::try_from(entry.ts.since(asked)).unwrap_or_default() / 1_000;
        Some(Reply { place: place(&self.key(), entry.seq), seconds, at: entry.ts })
    }
}

/// Where the answer at this place of a channel's log is kept.
fn place(channel: &ChannelKey, seq: u64) -> u8 {
    let mut hasher = Sha256::new();
    hasher.update(channel.as_str());
    hasher.update(seq.to_be_bytes());
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
    use crate::ids::EventId;
    use crate::log::fixtures::{admin, append, at, channel, customer};
    use crate::log::kind::Kind;

    #[test]
    fn an_answer_is_measured_from_the_oldest_question_and_nothing_else_is() {
        let opened = channel();
        let (greeted, greeting) = append(&opened, &admin(), 2_000);
        let (asked, question) = append(&greeted, &customer(), 10_000);
        let (insists, again) = append(&asked, &customer(), 60_000);
        let (answered, answer) = append(&insists, &admin(), 75_999);
        let (_, addition) = append(&answered, &admin(), 80_000);
        let reply = insists.reply_by(&answer).expect("an answer");
        assert_eq!((reply.seconds, reply.at), (65, at(75_999)));
        for (before, entry) in
            [(&opened, &greeting), (&greeted, &question), (&asked, &again), (&answered, &addition)]
        {
            assert_eq!(before.reply_by(entry), None);
        }
        for kind in [Kind::MessageEdited, Kind::MessageDeleted] {
            let message = greeting.message().expect("a message").clone();
            let id = EventId::from_random([2; 16]);
            let entry = Entry::about(message, kind, 4, id, at(90_000));
            assert_eq!(insists.reply_by(&entry), None, "{kind:?} is no answer");
        }
    }

    #[test]
    fn places_are_spread_and_all_are_used() {
        let key = channel().key();
        let places: std::collections::BTreeSet<_> =
            (0..1_000).map(|seq| place(&key, seq)).collect();
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
