//! Open channels without a message for long, those first that were inactive for longest.

use domain::{ChannelKey, Queue, Timestamp};

use crate::Store;
use crate::table::error::Error;
use crate::table::item::text;
use crate::table::keys;
use crate::table::query::Query;
use crate::table::schema::QUEUE_INDEX;

/// Most channels that one search finds.
const MAX_IDLE: usize = 1_000;

impl Store {
    /// The open channels whose last message is not later than `since`, to the minute. Reads the
    /// index from its oldest message on, so a shop without idle channels pays half a read unit a
    /// shard.
    pub async fn idle_channels(&self, since: Timestamp) -> Result<Vec<ChannelKey>, Error> {
        let (table, shards) = (&self.layout().chat_table, self.layout().activity_shards.max(1));
        // Channels without messages are below; the minute of `since` ends before the next one.
        let first = keys::queue_minute(0);
        let end = keys::queue_minute(since.plus_millis(60_000).millis());
        let mut idle = Vec::new();
        for partition in keys::partitions_of(Queue::Open, shards) {
            let query = Query::index(table, &QUEUE_INDEX, text(&partition)).between(&first, &end);
            let found = self.query_all(query, MAX_IDLE / shards as usize).await?;
            idle.extend(found.items.iter().filter_map(keys::channel_in));
        }
        Ok(idle)
    }
}
