//! Restore of lost items from a copy of the table.

use std::collections::BTreeSet;

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::Store;
use crate::table::error::Error;
use crate::table::item::Item;
use crate::table::keys;
use crate::table::update::Expression;
use crate::table::write::ABSENT;

/// Concurrent writes.
const AT_ONCE: usize = 16;

/// What a restore did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Restored items.
    pub items: u64,
    /// Items that existed, and were not changed.
    pub kept: u64,
    /// Channels that existed, and were not changed.
    pub channels_kept: u64,
}

impl Store {
    /// Restores from another table what this one lacks. Leaves existing channels unchanged: two
    /// logs cannot be merged.
    pub async fn restore(&self, from: &str) -> Result<Restored, Error> {
        let mut existing = BTreeSet::new();
        self.scan(&self.layout().chat_table, async |items| {
            existing.extend(items.iter().filter_map(keys::written_head));
            Ok(())
        })
        .await?;
        let mut restored = Restored::default();
        self.scan(from, async |items| {
            let (kept, items): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| {
                keys::channel_in(item).is_some_and(|key| existing.contains(&key))
            });
            restored.kept += kept.len() as u64;
            restored.channels_kept += kept.iter().filter_map(keys::written_head).count() as u64;
            // Heads last: after an interruption, a channel with a head is complete.
            let (heads, others): (Vec<_>, Vec<_>) =
                items.into_iter().partition(|item| keys::written_head(item).is_some());
            for some in [others, heads] {
                let puts = stream::iter(some.into_iter().map(|item| self.put_if_absent(item)))
                    .buffer_unordered(AT_ONCE);
                let new: Vec<bool> = puts.try_collect().await?;
                let count = new.iter().filter(|is_new| **is_new).count() as u64;
                restored.items += count;
                restored.kept += new.len() as u64 - count;
            }
            Ok(())
        })
        .await?;
        Ok(restored)
    }

    /// Puts an item. Returns `false` if one exists already.
    async fn put_if_absent(&self, item: Item) -> Result<bool, Error> {
        let mut condition = Expression::default();
        condition.only_if(ABSENT);
        Ok(self.put_item(&self.layout().chat_table, item, condition).await?.is_committed())
    }
}
