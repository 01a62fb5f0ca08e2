//! What one instance of a function has read, and uses for a while.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Timestamp;

/// How long an instance uses what it has read, in milliseconds.
const FRESH_MS: i64 = 10_000;

/// A value that an instance reads at most every [`FRESH_MS`], and not again for each request. Its
/// clones share it.
#[derive(Debug)]
pub(crate) struct Fresh<T>(Arc<Mutex<Known<T>>>);

#[derive(Debug)]
struct Known<T> {
    /// The value as it was last read, and when.
    read: Option<(Timestamp, T)>,
    /// How often this instance itself has changed the value.
    changes: u64,
}

impl<T: Clone> Fresh<T> {
    /// The value, at most [`FRESH_MS`] old. `read` is called only when it is older. If that reads
    /// nothing, the last known value counts.
    pub(crate) async fn get<F>(&self, now: Timestamp, read: impl FnOnce() -> F) -> Option<T>
    where
        F: Future<Output = Option<T>>,
    {
        let before = {
            let known = self.known();
            if let Some((at, value)) = &known.read
                && (0..FRESH_MS).contains(&now.since(*at))
            {
                return Some(value.clone());
            }
            known.changes
        };
        // Boxed: it is seldom made, and every request would carry its size.
        let value = Box::pin(read()).await;
        let mut known = self.known();
        let Some(value) = value else { return known.read.as_ref().map(|(_, value)| value.clone()) };
        // A read that was under way during a change may have missed it.
        if known.changes == before {
            known.read = Some((now, value.clone()));
        }
        Some(value)
    }

    /// Replaces a known value by the one that this instance has written.
    pub(crate) fn change(&self, written: T) {
        let mut known = self.known();
        known.changes += 1;
        if let Some((_, value)) = &mut known.read {
            *value = written;
        }
    }

    /// Forgets the value, because this instance has changed what it is read from.
    pub(crate) fn forget(&self) {
        let mut known = self.known();
        known.changes += 1;
        known.read = None;
    }

    fn known(&self) -> MutexGuard<'_, Known<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Fresh<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Known { read: None, changes: 0 })))
    }
}

impl<T> Clone for Fresh<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[tokio::test]
    async fn a_value_is_read_again_after_ten_seconds_and_after_a_change() {
        let fresh = Fresh::default();
        assert_eq!(fresh.get(at(0), async || Some(1)).await, Some(1));
        assert_eq!(fresh.get(at(FRESH_MS - 1), async || Some(2)).await, Some(1));
        assert_eq!(fresh.get(at(FRESH_MS), async || Some(2)).await, Some(2));
        // A clock that was set back makes nothing last longer.
        assert_eq!(fresh.get(at(0), async || Some(3)).await, Some(3));
        fresh.change(4);
        assert_eq!(fresh.get(at(1), async || Some(5)).await, Some(4));
        fresh.forget();
        assert_eq!(fresh.get(at(1), async || Some(5)).await, Some(5));
    }

    #[tokio::test]
    async fn a_read_that_fails_leaves_the_last_known_value() {
        let fresh = Fresh::default();
        assert_eq!(fresh.get(at(0), async || None::<u8>).await, None);
        assert_eq!(fresh.get(at(0), async || Some(1)).await, Some(1));
        assert_eq!(fresh.get(at(FRESH_MS), async || None).await, Some(1));
    }

    #[tokio::test]
    async fn a_read_during_a_change_is_used_once_and_not_kept() {
        let fresh = Fresh::default();
        let old = async || {
            fresh.forget();
            Some("old")
        };
        assert_eq!(fresh.get(at(0), old).await, Some("old"));
        assert_eq!(fresh.get(at(1), async || Some("new")).await, Some("new"));
    }
}
