//! Measures how long customers and guests wait for an answer: what is said of it in the shop is
//! what was.
//!
//! From the head before the answer, and the answer itself. A batch normally has both, so this reads
//! no more. What comes again is written again, in the same slot; a record that comes late may
//! overwrite a later one, which the median forgives.

use std::collections::BTreeMap;

use app::Error;
use domain::MeasuredReply;
use store::Batch;

use crate::Activity;

impl Activity {
    /// Keeps how long the answers took that a batch shows: one write, and none for a batch without
    /// an answer.
    pub(crate) async fn measure(&self, batch: &Batch) -> Result<(), Error> {
        let mut replies: BTreeMap<u8, MeasuredReply> = BTreeMap::new();
        for (before, now) in &batch.heads {
            let Some(before) = before.as_ref().filter(|before| before.unanswered_since.is_some())
            else {
                continue;
            };
            if now.unanswered_since.is_some() {
                continue;
            }
            let answers =
                self.app.store.appended(batch, before, now, |facts| facts.answers).await?;
            let Some(reply) = answers.iter().find_map(|entry| before.reply_by(entry)) else {
                continue;
            };
            // Of two in one slot the later one stays, in whatever order they come.
            replies
                .entry(reply.slot)
                .and_modify(|kept| *kept = if kept.at < reply.at { reply } else { *kept })
                .or_insert(reply);
        }
        Ok(self.app.store.put_replies(replies.into_values()).await?)
    }
}
