//! Replies to members who write while the shop is closed.
//!
//! From the stream, not from the function that stored the message: every committed message is in
//! the stream, even if that function dies. Not in `activity`: the reply is pushed, and an outage of
//! the sockets must delay no total.

use app::Error;
use domain::Side;
use store::{Batch, LogRow};

use crate::Relay;

impl Relay {
    /// Replies to the messages in a batch that get an automatic reply.
    pub(crate) async fn reply_away(&self, batch: &Batch) -> Result<(), Error> {
        let (app, store) = (&self.app, &self.app.store);
        let by_member = |row: &LogRow| row.sender().is_some_and(|by| by.side() == Side::Member);
        if !app.config.enabled || !batch.entries.values().flatten().any(by_member) {
            return Ok(());
        }
        if store.settings(app.clock.now()).await.hours.is_none() {
            return Ok(());
        }
        for (before, channel) in &batch.heads {
            let Some(before) = before else { continue };
            let entries = store.appended(batch, before, channel, |facts| facts.answers).await?;
            app.reply_away(channel, &entries).await?;
        }
        Ok(())
    }
}
