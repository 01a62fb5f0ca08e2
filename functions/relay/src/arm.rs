//! Sets mails for later: a message that was just stored may still be read within a minute, so a
//! schedule looks again then.
//!
//! From the stream and not from whoever sent the message: what is committed is in the stream,
//! whatever dies.

use std::collections::BTreeSet;

use app::Error;
use domain::{Addressee, Entry, notice_due};
use schedule::{Check, Notice};
use store::Batch;

use crate::Relay;

/// How long after its time a notice is given up that Scheduler does not take, in milliseconds. The
/// digest tells of the message; what comes after it in the stream must not wait any longer.
const GIVEN_UP_AFTER_MS: i64 = 3_600_000;

impl Relay {
    /// Sets a look for each new entry that may be mailed, where its addressee can get mails and got
    /// none yet in this episode.
    pub(crate) async fn arm(&self, batch: &Batch) -> Result<(), Error> {
        let (config, now) = (&self.app.config, self.app.clock.now());
        let Some(schedules) = self.schedules.as_ref().filter(|_| config.tells_by_mail()) else {
            return Ok(());
        };
        let mut looks = BTreeSet::new();
        for (before, channel) in &batch.heads {
            let Some(before) = before else { continue };
            let store = &self.app.store;
            let entries = store.appended(batch, before, channel, |facts| facts.may_mail).await?;
            let Some(side) = entries.iter().find_map(Entry::mailed_to) else { continue };
            let Some(addressee) = Addressee::of(channel, side, &config.default_admin) else {
                continue;
            };
            let nobody_is_there =
                matches!(addressee, Addressee::Shop(_)) && config.mail.inbox.is_none();
            if nobody_is_there || channel.was_notified(&addressee) {
                continue;
            }
            let notice = Notice::new(&channel.key(), side, channel.episode(&addressee));
            looks.insert((notice_due(channel.last_message_at.unwrap_or(now), now), notice));
        }
        let mut given_up = 0;
        for (at, notice) in looks {
            let is_late = now.since(at) > GIVEN_UP_AFTER_MS;
            // Once Scheduler has refused one of them, the rest is not worth a wait each.
            if is_late && given_up > 0 {
                given_up += 1;
                continue;
            }
            match schedules.schedule_notice(&notice, Check::First, at, now).await {
                Ok(()) => {}
                // The batch waits for Scheduler, but not until its records are lost.
                Err(error) if is_late => {
                    tracing::error!(error.kind = "schedule", "notices are given up: {error}");
                    given_up += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.app.count(&[("NoticesGivenUp", given_up)]);
        Ok(())
    }
}
