//! How long a socket stays open.

use std::time::Duration;

use tokio::time::Instant;

/// Limits of a socket's life. Tests shorten them.
#[derive(Clone, Copy, Debug)]
pub struct SocketLimits {
    /// Longest time without a frame in either direction.
    pub idle: Duration,
    /// Longest life in total.
    pub life: Duration,
}

impl Default for SocketLimits {
    fn default() -> Self {
        Self { idle: Duration::from_mins(10), life: Duration::from_hours(2) }
    }
}

/// When the gateway closes a socket.
pub(super) struct Lifetime {
    idle_limit: Duration,
    idle_end: Instant,
    life_end: Instant,
}

impl Lifetime {
    pub(super) fn begin(limits: SocketLimits, now: Instant) -> Self {
        Self { idle_limit: limits.idle, idle_end: now + limits.idle, life_end: now + limits.life }
    }

    /// Restarts the idle limit after a frame in either direction.
    pub(super) fn extend(&mut self, now: Instant) {
        self.idle_end = now + self.idle_limit;
    }

    pub(super) fn end(&self) -> Instant {
        self.life_end.min(self.idle_end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_extend_the_idle_limit_but_not_the_total_life() {
        let minutes = |n| Duration::from_mins(n);
        let start = Instant::now();
        let mut lifetime =
            Lifetime::begin(SocketLimits { idle: minutes(10), life: minutes(25) }, start);
        assert_eq!(lifetime.end(), start + minutes(10));
        for (frame_at, end_at) in [(9, 19), (14, 24), (16, 25), (24, 25)] {
            lifetime.extend(start + minutes(frame_at));
            assert_eq!(lifetime.end(), start + minutes(end_at));
        }
    }
}
