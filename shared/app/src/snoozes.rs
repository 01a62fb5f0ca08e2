//! The end of a snooze.

use domain::{ChannelKey, EndSnooze, Timestamp};

use crate::app::App;
use crate::error::AppError;

impl App {
    /// Opens a channel that is still snoozed until this very time, and pushes that to staff. Returns
    /// whether this call has opened it.
    pub async fn end_snooze(
        &self,
        channel: &ChannelKey,
        until: Timestamp,
    ) -> Result<bool, AppError> {
        let (event_id, now) = (self.event_id()?, self.clock.now());
        let command = EndSnooze { until, event_id: &event_id };
        let Some(done) = self.store.end_snooze(channel, command, now).await? else {
            return Ok(false);
        };
        if done.entries.is_empty() {
            return Ok(false);
        }
        let roster = self.store.roster(now).await;
        self.push_entries(&done, &roster).await;
        Ok(true)
    }
}
