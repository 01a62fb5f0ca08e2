//! Maintenance by an operator: export and erase a person, repair the totals, restore lost items.
//! Only this module scans tables, and no function calls it.

mod erase;
mod export;
mod files;
mod mentions;
mod repair;
mod restore;

use std::collections::BTreeSet;

use domain::ActorId;

use crate::Store;
use crate::table::error::{Error, classify};
use crate::table::item::{Item, text_of};
use crate::table::keys;
use crate::table::query::Query;
use crate::table::write::batch_delete;

pub use erase::Erased;
pub use repair::Repaired;
pub use restore::Restored;

impl Store {
    /// The guests whom a customer has claimed.
    async fn guests_of(&self, customer: &ActorId) -> Result<BTreeSet<ActorId>, Error> {
        let mut guests = BTreeSet::new();
        self.scan(&self.layout().chat_table, async |items| {
            let claimed = |item: &Item| text_of(item, "claimed_by") == Some(customer.as_str());
            let theirs = items.iter().filter(|item| claimed(item));
            guests.extend(theirs.filter_map(|item| keys::person_of(keys::partition_of(item)?)));
            Ok(())
        })
        .await?;
        Ok(guests)
    }

    /// All items of a partition of the chat table.
    async fn partition(&self, pk: &str) -> Result<Vec<Item>, Error> {
        let query = Query::partition(&self.layout().chat_table, pk);
        Ok(self.query_all(query, usize::MAX).await?.items)
    }

    /// Calls `each` with every page of a table.
    async fn scan(
        &self,
        table: &str,
        mut each: impl AsyncFnMut(Vec<Item>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut from = None;
        loop {
            let request = self
                .db()
                .scan()
                .table_name(table)
                .consistent_read(true)
                .set_exclusive_start_key(from);
            let answer = request.send().await.map_err(classify)?;
            each(answer.items.unwrap_or_default()).await?;
            from = answer.last_evaluated_key;
            if from.is_none() {
                return Ok(());
            }
        }
    }

    /// Deletes items by their keys. Returns their number.
    async fn delete_all(&self, table: &str, keys: Vec<Item>) -> Result<u64, Error> {
        let count = keys.len() as u64;
        let writes = keys.into_iter().map(batch_delete);
        self.write_all(table, writes.collect::<Result<_, _>>()?).await?;
        Ok(count)
    }
}

/// An item's key.
fn key_of(item: &Item) -> Option<Item> {
    let part = |name: &str| Some((name.to_owned(), item.get(name)?.clone()));
    Some(Item::from([part("pk")?, part("sk")?]))
}
