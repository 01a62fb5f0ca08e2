//! Customers with unnotified messages, by a sparse index that holds only their channels. So the
//! cost of the digest depends on how many customers wait, not on how many channels exist.

use std::collections::BTreeSet;

use domain::{Channel, ChannelKey};

use crate::Store;
use crate::table::db::{Item, number};
use crate::table::error::{Error, classify};
use crate::table::keys;
use crate::table::schema::WAITING_INDEX;

/// A position in the index.
#[derive(Clone, Debug, Default)]
pub struct WaitingCursor {
    shard: u32,
    from: Option<Item>,
}

impl Store {
    /// The next channels whose customer waits, at most `most`, and the cursor of the next page;
    /// `None` at the end.
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

    /// Removes a channel from the index, unless the channel has changed since it was read.
    pub async fn stop_waiting(&self, read: &Channel) -> Result<(), Error> {
        let version = read.version;
        self.change_head(&read.key(), |channel| {
            (channel.version == version && channel.waiting_since.is_some())
                .then(|| channel.stop_waiting())
        })
        .await
    }
}
