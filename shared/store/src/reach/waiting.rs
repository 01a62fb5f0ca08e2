//! Customers with unnotified messages, by a sparse index that holds only their channels. So the
//! cost of the digest depends on how many customers wait, not on how many channels exist.

use std::collections::BTreeSet;

use domain::{Channel, ChannelKey};

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{Item, number};
use crate::table::keys;
use crate::table::query::Query;
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
