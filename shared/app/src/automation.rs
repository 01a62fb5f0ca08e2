//! What the shop itself does to a channel: ends snoozes, closes idle channels, replies while it is
//! closed.

use domain::{Channel, ChannelKey, CloseIdle, EndSnooze, Entry, ReplyAway, Timestamp};
use store::Done;

use crate::app::App;
use crate::error::AppError;

impl App {
    /// Opens a channel that is still snoozed until this very time, and pushes that to staff.
    /// Returns whether this call has opened it.
    pub async fn end_snooze(
        &self,
        channel: &ChannelKey,
        until: Timestamp,
    ) -> Result<bool, AppError> {
        let (event_id, now) = (self.event_id()?, self.clock.now());
        let command = EndSnooze { until, event_id: &event_id };
        let done = self.store.end_snooze(channel, command, now).await?;
        Ok(self.push_automatic(done).await)
    }

    /// Closes a channel that is open without a message since then, and pushes that. Returns whether
    /// this call has closed it.
    pub async fn close_idle(
        &self,
        channel: &ChannelKey,
        since: Timestamp,
    ) -> Result<bool, AppError> {
        let (event_id, now) = (self.event_id()?, self.clock.now());
        let command = CloseIdle { since, event_id: &event_id };
        let done = self.store.close_idle(channel, command, now).await?;
        Ok(self.push_automatic(done).await)
    }

    /// Replies to a member who wrote these entries while the shop was closed, if it still is, and
    /// pushes the reply. Returns whether this call has replied: each case gets one reply in each
    /// closed period.
    pub async fn reply_away(&self, channel: &Channel, entries: &[Entry]) -> Result<bool, AppError> {
        let now = self.clock.now();
        let asks = |entry: &&Entry| entry.meaning().asks();
        let Some(newest) = entries.iter().rfind(asks) else { return Ok(false) };
        let settings = self.store.settings(now).await;
        let Some(hours) = settings.hours.as_ref().filter(|_| !settings.away_message.is_empty())
        else {
            return Ok(false);
        };
        let Some(period) = hours.closed_period(newest.ts) else { return Ok(false) };
        // A late trigger must not say that an open shop is closed. A clock that ran ahead dated the
        // message, so its time counts.
        if hours.closed_period(now.max(newest.ts)) != Some(period) {
            return Ok(false);
        }
        let is_in_period = |entry: &&Entry| hours.closed_period(entry.ts) == Some(period);
        let questions = entries.iter().filter(asks).filter(is_in_period);
        let questions: Vec<u64> = questions.filter_map(|entry| entry.place.public()).collect();
        let event_id = self.event_id()?;
        let command = ReplyAway {
            settings: &settings,
            shop_language: self.config.mail.language.tag(),
            period,
            event_id: &event_id,
        };
        let (key, case) = (channel.key(), channel.work.case);
        let done = self.store.reply_away(&key, case, &questions, command, now).await?;
        Ok(self.push_automatic(done).await)
    }

    /// Pushes what the shop itself has done. Returns whether it has done anything.
    async fn push_automatic(&self, done: Option<Done<()>>) -> bool {
        let Some(done) = done.filter(|done| !done.entries.is_empty()) else { return false };
        let roster = self.store.roster(self.clock.now()).await;
        self.push_entries(&done, &roster).await;
        true
    }
}
