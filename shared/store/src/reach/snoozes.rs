//! Snoozes that are overdue, because the schedule that ends them was lost.

use domain::{Channel, ChannelKey, Queue, Timestamp};

use crate::Store;
use crate::table::error::Error;
use crate::table::item::text;
use crate::table::keys;
use crate::table::query::{Consistency, Query};
use crate::table::schema::QUEUE_INDEX;

/// Most snoozed channels that one search reads, for half a read unit each.
const MAX_SNOOZED: usize = 4_000;

impl Store {
    /// The snoozed channels whose time is over. Of more than [`MAX_SNOOZED`], only those that were
    /// inactive for longest are searched.
    pub async fn overdue_snoozes(
        &self,
        now: Timestamp,
    ) -> Result<Vec<(ChannelKey, Timestamp)>, Error> {
        let (table, shards) = (&self.layout().chat_table, self.layout().activity_shards.max(1));
        let mut overdue = Vec::new();
        for shard in 0..shards {
            let query =
                Query::index(table, &QUEUE_INDEX, text(&keys::queue(Queue::Snoozed, shard)));
            let found = self.query_all(query, MAX_SNOOZED / shards as usize).await?;
            let keys: Vec<_> = found.items.iter().filter_map(keys::channel_in).collect();
            let heads = self.heads(&keys, Consistency::Eventual).await?;
            let until = |head: Channel| Some((head.key(), head.work.status.snoozed_until()?));
            overdue.extend(heads.into_iter().filter_map(until).filter(|(_, until)| *until <= now));
        }
        Ok(overdue)
    }
}
