//! Customers who wait for what no mail has told them: the sparse index, which holds nobody else.
//! What the digest reads depends on how many wait, not on how many channels there are.

use std::collections::BTreeSet;

use domain::{Channel, ChannelKey};

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{Item, number};
use crate::table::keys;
use crate::table::query::Query;
use crate::table::schema::WAITING_INDEX;

/// A place in the index of those who wait.
#[derive(Clone, Debug, Default)]
pub struct WaitingCursor {
    shard: u32,
    from: Option<Item>,
}

impl Store {
    /// The next channels whose customer waits, at most `most` of them, and where to go on; nothing
    /// at the end.
    pub async fn waiting(
        &self,
        cursor: WaitingCursor,
        most: usize,
    ) -> Result<(BTreeSet<ChannelKey>, Option<WaitingCursor>), Error> {
        let (table, shard) = (&self.layout().chat_table, number(cursor.shard));
        let query = Query::index(table, &WAITING_INDEX, shard);
        let page = self.query_page(&query, most, cursor.from).await?;
        let found = page.items.iter().filter_map(keys::channel_in).collect();
        let next = match page.next {
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
