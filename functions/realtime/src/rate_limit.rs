//! The rate limit of hints (typing and looking), per connection.
//!
//! It is in memory, so it holds per instance of the function and costs no read or write. A hint
//! over the limit is dropped and not delayed, since a late hint is worthless.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::{ChannelHash, Timestamp};

/// Least time between two hints of one kind from one connection, in milliseconds.
const INTERVAL_MS: i64 = 2_000;
/// Most hints for other channels that are checked within that time, so that a client with a wrong
/// channel hash gets its error.
const MAX_CHECKS: u8 = 4;
/// Most connections in memory. An instance of the function handles one event at a time,
/// far fewer than this in [`INTERVAL_MS`]; the local server has one instance for all.
const MAX_CONNECTIONS: usize = 10_000;

/// What to do with a hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Push it.
    Push,
    /// It is over the limit, but for another channel than the last one: refuse a wrong channel, and
    /// push nothing.
    Check,
    /// It is over the limit: neither read nor push anything.
    Drop,
}

/// The last hints of each connection.
#[derive(Debug, Default)]
pub(crate) struct RateLimit(Mutex<HashMap<String, Last>>);

#[derive(Debug)]
struct Last {
    at: Timestamp,
    channel: String,
    checked: u8,
}

impl Last {
    fn is_recent(&self, now: Timestamp) -> bool {
        (0..INTERVAL_MS).contains(&now.since(self.at))
    }
}

impl RateLimit {
    /// Checks a hint of this kind from this connection, and counts it if it is pushed.
    pub(crate) fn check(
        &self,
        kind: &str,
        connection: &str,
        channel: &ChannelHash,
        now: Timestamp,
    ) -> Verdict {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = format!("{kind} {connection}");
        let channel = channel.to_string();
        if let Some(last) = known.get_mut(&key).filter(|last| last.is_recent(now)) {
            if last.channel == channel || last.checked == MAX_CHECKS {
                return Verdict::Drop;
            }
            last.checked += 1;
            return Verdict::Check;
        }
        if known.len() >= MAX_CONNECTIONS {
            known.retain(|_, last| last.is_recent(now));
        }
        if known.len() >= MAX_CONNECTIONS {
            return Verdict::Drop;
        }
        known.insert(key, Last { at: now, channel, checked: 0 });
        Verdict::Push
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
    fn one_hint_per_connection_and_kind_is_pushed_in_two_seconds() {
        let limit = RateLimit::default();
        let next = |kind: &str, connection: &str, ms: i64| {
            limit.check(kind, connection, &channel("cus_1"), at(ms))
        };
        assert_eq!(next("typing", "a", 0), Verdict::Push);
        assert_eq!([next("typing", "a", 0), next("typing", "a", 1_999)], [Verdict::Drop; 2]);
        assert_eq!([next("typing", "b", 0), next("looking", "a", 0)], [Verdict::Push; 2]);
        assert_eq!(next("typing", "a", 2_000), Verdict::Push);
        assert_eq!(next("typing", "a", 3_999), Verdict::Drop);
        assert_eq!(
            next("typing", "a", -5_000),
            Verdict::Push,
            "a clock that was set back blocks no hint"
        );
    }

    #[test]
    fn hints_for_other_channels_are_checked_a_few_times_and_not_pushed() {
        let limit = RateLimit::default();
        let next = |member: &str| limit.check("typing", "a", &channel(member), at(0));
        assert_eq!(next("cus_0"), Verdict::Push);
        let meanwhile: Vec<_> = (1..200).map(|n| next(&format!("cus_{n}"))).collect();
        assert_eq!(
            meanwhile.iter().filter(|verdict| **verdict == Verdict::Check).count(),
            usize::from(MAX_CHECKS)
        );
        assert!(!meanwhile.contains(&Verdict::Push));
    }

    #[test]
    fn the_number_of_connections_in_memory_is_limited() {
        let limit = RateLimit::default();
        let next = |connection: &str, ms: i64| {
            limit.check("typing", connection, &channel("cus_1"), at(ms))
        };
        for n in 0..MAX_CONNECTIONS {
            assert_eq!(next(&n.to_string(), 0), Verdict::Push);
        }
        assert_eq!(next("one more", 1), Verdict::Drop);
        assert_eq!(next("one more", 2_000), Verdict::Push);
        assert_eq!(limit.0.lock().unwrap().len(), 1);
    }
}
