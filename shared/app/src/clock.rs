//! The only clock. Everything else takes the time as an argument.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use domain::Timestamp;

/// The system's clock. The local system and the tests may move it forward; tests may stop it.
/// Clones are the same clock.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ahead_ms: Arc<AtomicI64>,
    stopped_at: Arc<OnceLock<i64>>,
}

impl Clock {
    /// A clock that is so many milliseconds ahead.
    pub fn ahead_by(millis: i64) -> Self {
        Self { ahead_ms: Arc::new(AtomicI64::new(millis)), ..Self::default() }
    }

    /// How many milliseconds it is ahead of the system's.
    pub fn ahead_ms(&self) -> i64 {
        self.ahead_ms.load(Ordering::Relaxed)
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        let millis = self.stopped_at.get().copied().unwrap_or_else(Self::system_millis);
        Timestamp::from_millis(millis).plus_millis(self.ahead_ms.load(Ordering::Relaxed))
    }

    /// Stops the clock: from now on only `advance` moves it, so that a test does not depend on how
    /// long it takes.
    pub fn stop(&self) {
        self.stopped_at.get_or_init(Self::system_millis);
    }

    /// Whether only `advance` moves it.
    pub fn is_stopped(&self) -> bool {
        self.stopped_at.get().is_some()
    }

    fn system_millis() -> i64 {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
        let since_1970 =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
    }

    /// Moves the clock by so many milliseconds.
    pub fn advance(&self, millis: i64) {
        self.ahead_ms.fetch_add(millis, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_clock_moves_only_when_it_is_advanced() {
        let clock = Clock::ahead_by(5);
        let before = clock.now();
        clock.stop();
        let stopped = clock.now();
        assert!(stopped >= before && clock.is_stopped());
        clock.stop();
        assert_eq!(clock.clone().now(), stopped);
        clock.advance(7);
        assert_eq!(clock.now(), stopped.plus_millis(7));
    }
}
