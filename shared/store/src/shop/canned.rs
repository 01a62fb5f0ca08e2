//! The shop's canned answers: one item, because the list is read and written as a whole.

use domain::CannedList;

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{self, attribute};
use crate::table::keys;
use crate::table::update::Expression;

impl Store {
    /// The shop's canned answers. Skips unreadable ones.
    pub async fn canned(&self) -> Result<CannedList, Error> {
        let item = self.get(&keys::canned()).await?.unwrap_or_default();
        let stored =
            item.get("canned").and_then(|list| list.as_l().ok()).cloned().unwrap_or_default();
        let read = |entry| serde_dynamo::from_attribute_value(entry).map_err(Error::from);
        let readable =
            stored.into_iter().filter_map(|entry| item::readable("canned answer", read(entry)));
        Ok(CannedList::stored(readable.collect()))
    }

    /// Replaces the list. Of concurrent writes the last one wins.
    pub async fn put_canned(&self, canned: &CannedList) -> Result<(), Error> {
        let mut update = Expression::default();
        update.set(&["canned"], attribute(canned)?);
        self.update_item(&self.layout().chat_table, &keys::canned(), update).await?;
        Ok(())
    }
}
