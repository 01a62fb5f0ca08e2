//! Measures how long customers and guests wait for an answer. The storefront shows the median.
//!
//! It needs the head before the answer, and the answer. A batch normally has both, so measuring
//! rarely reads more. A redelivered record overwrites its own slot. A late record may overwrite a
//! newer one; the median tolerates that.

use std::collections::BTreeMap;

use app::Error;
use domain::{ActorId, Entry, MeasuredReply};
use store::Batch;

use crate::Activity;

impl Activity {
    /// Records the reply times in a batch: one write, or none for a batch without an answer.
    pub(crate) async fn record_reply_times(&self, batch: &Batch) -> Result<(), Error> {
        let mut replies: BTreeMap<u8, (MeasuredReply, ActorId)> = BTreeMap::new();
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
            let replied =
                |entry: &Entry| Some((before.reply_by(entry)?, entry.by.as_ref()?.id().clone()));
            let Some(reply) = answers.iter().find_map(replied) else { continue };
            // Two replies can share a slot: the later one stays, in whatever order they arrive.
            replies
                .entry(reply.0.slot)
                .and_modify(|kept| {
                    if kept.0.at < reply.0.at {
                        kept.clone_from(&reply);
                    }
                })
                .or_insert(reply);
        }
        Ok(self.app.store.put_replies(replies.into_values()).await?)
    }
}
