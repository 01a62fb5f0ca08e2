//! Schedules the notices: a message may be read within its first minute, so a one-time schedule
//! checks it after that.
//!
//! They are scheduled from the stream, not by the function that sent the message: every committed
//! message is in the stream, even if that function dies.

use std::collections::BTreeSet;

use app::Error;
use domain::{Addressee, Entry, Side, notice_due};
use schedule::{Check, Notice};
use store::Batch;

use crate::Relay;

/// How late a notice that Scheduler rejects may become before it is dropped, in milliseconds. The
/// digest then covers its message; later records of the stream must not wait longer.
const DROP_AFTER_MS: i64 = 3_600_000;

impl Relay {
    /// Schedules a check for each channel with a new entry that may be mailed, whose recipient can
    /// get mail and was not notified in this episode.
    pub(crate) async fn schedule_notices(&self, batch: &Batch) -> Result<(), Error> {
        let (config, now) = (&self.app.config, self.app.clock.now());
        let Some(schedules) = self.schedules.as_ref().filter(|_| config.tells_by_mail()) else {
            return Ok(());
        };
        let mut checks = BTreeSet::new();
        for (before, channel) in &batch.heads {
            let Some(before) = before else { continue };
            let store = &self.app.store;
            let entries = store.appended(batch, before, channel, |facts| facts.may_mail).await?;
            // The newest entry to a side dates its check.
            for side in [Side::Member, Side::Staff] {
                let is_mailed = |entry: &&Entry| entry.meaning().mailed_to() == Some(side);
                let Some(newest) = entries.iter().rfind(is_mailed) else { continue };
                let Some(addressee) = Addressee::of(channel, side, &config.default_admin) else {
                    continue;
                };
                let has_no_inbox =
                    matches!(addressee, Addressee::Shop(_)) && config.mail.inbox.is_none();
                if has_no_inbox || channel.was_notified(&addressee) {
                    continue;
                }
                let notice = Notice::new(&channel.key(), side, channel.episode(&addressee));
                checks.insert((notice_due(newest.ts, now), notice));
            }
        }
        let mut dropped = 0;
        for (at, notice) in checks {
            let is_late = now.since(at) > DROP_AFTER_MS;
            // After one rejection the other late ones are dropped without a call each.
            if is_late && dropped > 0 {
                dropped += 1;
                continue;
            }
            match schedules.schedule_notice(&notice, Check::First, at, now).await {
                Ok(()) => {}
                // The batch is retried until Scheduler works, but not until its records expire.
                Err(error) if is_late => {
                    tracing::error!(error.kind = "schedule", "notices are dropped: {error}");
                    dropped += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.app.count(&[("NoticesGivenUp", dropped)]);
        Ok(())
    }
}
