//! The rate at which a run sends, and the circuit breaker that ends it while SES takes no mail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use mail::Delivery;
use tokio::sync::Mutex;
use tokio::time::{Interval, MissedTickBehavior};

/// Mails in a row that SES must refuse to end the run. Fewer could be chance. Each one costs a
/// wait, and if SES does not respond, that person's mail of the day.
const MAX_REFUSED: u32 = 5;

/// A rate limit on mails. Clones share it.
#[derive(Clone)]
pub struct Pace {
    interval: Arc<Mutex<Interval>>,
    passed: Arc<AtomicU64>,
}

impl Pace {
    /// At most this many mails a second.
    pub fn new(per_second: u32) -> Self {
        let mut interval = tokio::time::interval(Duration::from_secs(1) / per_second.max(1));
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { interval: Arc::new(Mutex::new(interval)), passed: Arc::default() }
    }

    /// Waits until the next mail may be sent.
    pub(crate) async fn wait(&self) {
        self.interval.lock().await.tick().await;
        self.passed.fetch_add(1, Ordering::Relaxed);
    }

    /// How many mails it has let through.
    pub fn passed(&self) -> u64 {
        self.passed.load(Ordering::Relaxed)
    }
}

/// A circuit breaker: opens when SES refuses several mails in a row, and stays open. A refusal that
/// is about the mail itself closes the count, because SES works.
#[derive(Default)]
pub(crate) struct Circuit {
    refused: AtomicU32,
}

impl Circuit {
    /// Counts a delivery.
    pub(crate) fn count(&self, delivery: Delivery) {
        match delivery {
            Delivery::NotNow | Delivery::Unsure => {
                self.refused.fetch_add(1, Ordering::Relaxed);
            }
            Delivery::Sent | Delivery::Failed | Delivery::NotVerified if !self.is_open() => {
                self.refused.store(0, Ordering::Relaxed);
            }
            _ => {}
        }
    }

    /// Whether the run ends.
    pub(crate) fn is_open(&self) -> bool {
        self.refused.load(Ordering::Relaxed) >= MAX_REFUSED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_circuit_opens_when_several_mails_in_a_row_are_refused() {
        let circuit = Circuit::default();
        for _ in 0..3 {
            for delivery in [Delivery::NotNow, Delivery::Unsure, Delivery::NotNow, Delivery::NotNow]
            {
                circuit.count(delivery);
                assert!(!circuit.is_open());
            }
            // SES responded to this mail, so it works.
            circuit.count(Delivery::NotVerified);
            circuit.count(Delivery::Done);
        }
        for _ in 0..MAX_REFUSED {
            circuit.count(Delivery::NotNow);
            circuit.count(Delivery::NotDue);
        }
        assert!(circuit.is_open());
        circuit.count(Delivery::Sent);
        assert!(circuit.is_open(), "for the rest of the run");
    }
}
