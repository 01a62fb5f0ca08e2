//! Customers who wait for what no mail has told them: the sparse index, which holds nobody else.
//! What the digest reads depends on how many wait, not on how many channels there are.

use std::collections::BTreeSet;

use domain::{Channel, ChannelKey};

use crate::Store;
use crate::table::db::number;
use crate::table::error::{Error, classify};
use crate::table::keys;
use crate::table::schema::WAITING_INDEX;

/// A place in the index of those who wait.
#[derive(Clone, Debug, Default)]
pub struct WaitingCursor {
    shard: u32,
    from: Option<crate::table::db::Item>,
}

impl Store {
    /// The next channels whose customer waits, at most `most` of them, and where to go on; nothing
    /// at the end.
    pub async fn waiting(
        &self,
        cursor: WaitingCursor,
        most: usize,
    ) -> Result<(BTreeSet<ChannelKey>, Option<WaitingCursor>), Error> {
        let request = self
            .db()
            .query()
            .table_name(&self.layout().chat_table)
            .index_name(WAITING_INDEX)
            .key_condition_expression("waiting_shard = :shard")
            .expression_attribute_values(":shard", number(cursor.shard))
            .set_limit(i32::try_from(most).ok())
            .set_exclusive_start_key(cursor.from);
        let page = request.send().await.map_err(classify)?;
        let found = page
            .items
            .into_iter()
            .flatten()
            .filter_map(|item| keys::channel_of(item.get("pk")?.as_s().ok()?))
            .collect();
        let next = match page.last_evaluated_key {
            Some(from) => Some(WaitingCursor { shard: cursor.shard, from: Some(from) }),
            None if cursor.shard + 1 < self.layout().activity_shards => {
                Some(WaitingCursor { shard: cursor.shard + 1, from: None })
            }
            None => None,
        };
        Ok((found, next))
    }

    /// Takes a channel out of the index of those who wait, if it is still as it was read.
    pub async fn stop_waiting(&self, read: &Channel) -> Result<(), Error> {
        let version = read.version;
        self.change_head(&read.key(), |channel| {
            (channel.version == version && channel.waiting_since.is_some())
                .then(|| channel.stop_waiting())
        })
        .await
    }
}
