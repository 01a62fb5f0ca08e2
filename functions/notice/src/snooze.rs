//! The end of a snooze at its time.

use app::Error;
use domain::ChannelKey;
use schedule::SnoozeEnd;

use crate::{Notices, Outcome};

impl Notices {
    pub(crate) async fn end_snooze(&self, end: &SnoozeEnd) -> Result<Outcome, Error> {
        let app = &self.mailer.app;
        let channel = ChannelKey::parse(&end.channel).ok_or("an invalid end of a snooze")?;
        if !app.config.enabled {
            return Ok(Outcome::Off);
        }
        let is_reopened = app.end_snooze(&channel, end.snoozed_until).await?;
        Ok(if is_reopened { Outcome::Reopened } else { Outcome::Unchanged })
    }
}
