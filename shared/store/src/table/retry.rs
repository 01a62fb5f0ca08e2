//! The one policy for contention.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::table::error::{Error, Failure};
use crate::table::write::Outcome;

/// Full jitter from 10 ms doubling to 400 ms, at most 16 tries or 2 s. Throttles, lost connections
/// and server errors are the SDK's to retry, three attempts each.
pub(crate) struct Tries {
    made: u32,
    started: Instant,
}

impl Tries {
    const MOST: u32 = 16;
    const LONGEST: Duration = Duration::from_secs(2);
    const FIRST_PAUSE_MS: u64 = 10;
    const LONGEST_PAUSE_MS: u64 = 400;

    pub(crate) fn start() -> Self {
        Self { made: 1, started: Instant::now() }
    }

    /// Pauses before one more try, or gives up.
    pub(crate) async fn again(&mut self) -> Result<(), Error> {
        if self.made >= Self::MOST || self.started.elapsed() >= Self::LONGEST {
            return Err(Error::Busy);
        }
        let ceiling = (Self::FIRST_PAUSE_MS << (self.made - 1).min(10)).min(Self::LONGEST_PAUSE_MS);
        self.made += 1;
        sleep(Duration::from_millis(fastrand::u64(0..=ceiling))).await;
        Ok(())
    }

    /// Pauses before one more try of what failed, unless the failure is final. The call may have
    /// been carried out: the next try must find out.
    pub(crate) async fn again_after(&mut self, failure: Failure) -> Result<(), Error> {
        match failure {
            Failure::Contended | Failure::Unknown(_) => self.again().await,
            Failure::Final(error) => Err(error),
        }
    }

    /// Whether a write was committed. If it was refused, or failed and not finally, pauses before
    /// one more try.
    pub(crate) async fn committed(
        &mut self,
        written: Result<Outcome, Failure>,
    ) -> Result<bool, Error> {
        match written {
            Ok(Outcome::Committed) => return Ok(true),
            Ok(Outcome::Refused(_)) => self.again().await?,
            Err(failure) => self.again_after(failure).await?,
        }
        Ok(false)
    }
}
