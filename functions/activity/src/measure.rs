//! Measures how long customers and guests wait for an answer: what is said of it in the shop is
//! what was.
//!
//! From the images of the head before and after the answer, so nothing is read for it. What comes
//! again is written again, in the same slot; a record that comes late may overwrite a
//! later one, which the median forgives.

use std::collections::BTreeMap;

use app::Error;
use domain::{Channel, MeasuredReply};

use crate::Activity;

impl Activity {
    /// Keeps how long the answers took that a batch shows: one write, and none for a batch without
    /// an answer.
    pub(crate) async fn measure(&self, heads: &[(Option<Channel>, Channel)]) -> Result<(), Error> {
        let mut replies: BTreeMap<u8, MeasuredReply> = BTreeMap::new();
        for (before, channel) in heads {
            let Some(reply) = before.as_ref().and_then(|before| channel.reply_since(before)) else {
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
