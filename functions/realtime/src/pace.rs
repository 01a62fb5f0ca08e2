//! The pace of hints: typing and looking, per connection.
//!
//! It is kept in memory, so it holds per instance of the function and costs no read or write. A
//! frame above the pace is dropped: a hint that comes late says nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::{ChannelHash, Timestamp};

/// Least time between two hints of one kind from one connection, in milliseconds.
const HINT_EVERY_MS: i64 = 2_000;
/// Hints for other channels that are checked within that time, so that a client with a wrong
/// channel hash gets its error.
const CHECKED_MEANWHILE: u8 = 4;
/// Most connections that are remembered. An instance of the function handles one event at a time,
/// far fewer than this in [`HINT_EVERY_MS`]; the local server has one instance for all.
const MAX_REMEMBERED: usize = 10_000;

/// What to do with a hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paced {
    /// Pass it on.
    Pass,
    /// It is above the pace, and for another channel than the last one: refuse a wrong channel,
    /// pass nothing on.
    Check,
    /// It is above the pace: read nothing, write nothing, push nothing.
    Drop,
}

/// The hints that were passed on a moment ago.
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<HashMap<String, Last>>);

#[derive(Debug)]
struct Last {
    at: Timestamp,
    channel: String,
    checked: u8,
}

impl Last {
    fn is_recent(&self, now: Timestamp) -> bool {
        (0..HINT_EVERY_MS).contains(&now.since(self.at))
    }
}

impl Pace {
    /// What to do with a hint of this kind from this connection. If it passes, the next one has to
    /// wait.
    pub(crate) fn next(
        &self,
        kind: &str,
        connection: &str,
        channel: &ChannelHash,
        now: Timestamp,
    ) -> Paced {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = format!("{kind} {connection}");
        let channel = channel.to_string();
        if let Some(last) = known.get_mut(&key).filter(|last| last.is_recent(now)) {
            if last.channel == channel || last.checked == CHECKED_MEANWHILE {
                return Paced::Drop;
            }
            last.checked += 1;
            return Paced::Check;
        }
        if known.len() >= MAX_REMEMBERED {
            known.retain(|_, last| last.is_recent(now));
        }
        if known.len() >= MAX_REMEMBERED {
            return Paced::Drop;
        }
        known.insert(key, Last { at: now, channel, checked: 0 });
        Paced::Pass
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(member: &str) -> ChannelHash {
        ChannelHash::parse(&format!("direct:admin:{member}")).expect("a hash")
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + ms)
    }

    #[test]
    fn one_hint_per_connection_and_kind_in_two_seconds() {
        let pace = Pace::default();
        let next = |kind: &str, connection: &str, ms: i64| {
            pace.next(kind, connection, &channel("cus_1"), at(ms))
        };
        assert_eq!(next("typing", "a", 0), Paced::Pass);
        assert_eq!([next("typing", "a", 0), next("typing", "a", 1_999)], [Paced::Drop; 2]);
        assert_eq!([next("typing", "b", 0), next("looking", "a", 0)], [Paced::Pass; 2]);
        assert_eq!(next("typing", "a", 2_000), Paced::Pass);
        assert_eq!(next("typing", "a", 3_999), Paced::Drop);
        assert_eq!(
            next("typing", "a", -5_000),
            Paced::Pass,
            "a clock that was set back blocks nothing"
        );
    }

    #[test]
    fn other_channels_are_checked_a_few_times_and_never_passed() {
        let pace = Pace::default();
        let next = |member: &str| pace.next("typing", "a", &channel(member), at(0));
        assert_eq!(next("cus_0"), Paced::Pass);
        let meanwhile: Vec<_> = (1..200).map(|n| next(&format!("cus_{n}"))).collect();
        assert_eq!(
            meanwhile.iter().filter(|paced| **paced == Paced::Check).count(),
            usize::from(CHECKED_MEANWHILE)
        );
        assert!(!meanwhile.contains(&Paced::Pass));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let pace = Pace::default();
        let next =
            |connection: &str, ms: i64| pace.next("typing", connection, &channel("cus_1"), at(ms));
        for n in 0..MAX_REMEMBERED {
            assert_eq!(next(&n.to_string(), 0), Paced::Pass);
        }
        assert_eq!(next("one more", 1), Paced::Drop);
        assert_eq!(next("one more", 2_000), Paced::Pass);
        assert_eq!(pace.0.lock().unwrap().len(), 1);
    }
}
