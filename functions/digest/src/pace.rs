//! How fast a run sends, and when it stops because SES takes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use mail::Delivery;
use tokio::sync::Mutex;
use tokio::time::{Interval, MissedTickBehavior};

/// Mails in a row that SES does not take before a run ends. Fewer could be chance; more would cost
/// each of them a wait, and where SES answers nothing, the mail of the day.
const MOST_REFUSED: u32 = 5;

/// The pace of mails. Clones share it.
#[derive(Clone)]
pub struct Pace {
    interval: Arc<Mutex<Interval>>,
    turns: Arc<AtomicU64>,
}

impl Pace {
    /// So many mails a second.
    pub fn new(per_second: u32) -> Self {
        let mut interval = tokio::time::interval(Duration::from_secs(1) / per_second.max(1));
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { interval: Arc::new(Mutex::new(interval)), turns: Arc::default() }
    }

    /// Waits for a mail's turn.
    pub(crate) async fn turn(&self) {
        self.interval.lock().await.tick().await;
        self.turns.fetch_add(1, Ordering::Relaxed);
    }

    /// How many turns were taken.
    pub fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }
}

/// Whether SES takes mails. One that is refused for itself says that it does.
#[derive(Default)]
pub(crate) struct Circuit {
    refused: AtomicU32,
}

impl Circuit {
    /// Notes what became of a mail.
    pub(crate) fn note(&self, delivery: Delivery) {
        match delivery {
            Delivery::Refused | Delivery::Unsure => {
                self.refused.fetch_add(1, Ordering::Relaxed);
            }
            Delivery::Sent | Delivery::Failed | Delivery::NotYet if !self.is_open() => {
                self.refused.store(0, Ordering::Relaxed)
            }
            _ => {}
        }
    }

    /// Whether so many were refused in a row that the run ends.
    pub(crate) fn is_open(&self) -> bool {
        self.refused.load(Ordering::Relaxed) >= MOST_REFUSED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_when_so_many_mails_in_a_row_are_refused() {
        let circuit = Circuit::default();
        for _ in 0..3 {
            for delivery in
                [Delivery::Refused, Delivery::Unsure, Delivery::Refused, Delivery::Refused]
            {
                circuit.note(delivery);
                assert!(!circuit.is_open());
            }
            // A mail that SES takes, or will not have, or not to this address yet: SES is there.
            circuit.note(Delivery::NotYet);
            circuit.note(Delivery::Done);
        }
        for _ in 0..MOST_REFUSED {
            circuit.note(Delivery::Refused);
            circuit.note(Delivery::Late);
        }
        assert!(circuit.is_open());
        circuit.note(Delivery::Sent);
        assert!(circuit.is_open(), "for the rest of the run");
    }
}
