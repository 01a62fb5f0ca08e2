//! Measures how long customers and guests wait for an answer. The storefront shows the median.
//!
//! The head's images before and after the answer hold all of it, so measuring reads nothing.
//! A redelivered record overwrites its own place. A late record may overwrite a newer one; the
//! median tolerates that.

use std::collections::BTreeMap;

use app::Error;
use domain::{Channel, Reply};

use crate::Activity;

impl Activity {
    /// Records the reply times in a batch: one write, or none for a batch without an answer.
    pub(crate) async fn record_reply_times(
        &self,
        heads: &[(Option<Channel>, Channel)],
    ) -> Result<(), Error> {
        let mut replies: BTreeMap<u8, Reply> = BTreeMap::new();
        for (before, channel) in heads {
            let Some(reply) = before.as_ref().and_then(|before| channel.reply_since(before)) else {
                continue;
            };
            // Two answers can share a place: the later one stays, in whatever order they arrive.
            replies
                .entry(reply.place)
                .and_modify(|kept| *kept = if kept.at < reply.at { reply } else { *kept })
                .or_insert(reply);
        }
        Ok(self.app.store.keep_replies(replies.into_values()).await?)
    }
}
