//! The shop's canned answers: one item for the whole list, since it is read and written as a whole.

use domain::{Canned, CannedList};
use serde::Deserialize;

use crate::Store;
use crate::db::{self, lenient_list};
use crate::error::{Error, classify};
use crate::keys;
use crate::people::map;

/// The list as stored.
#[derive(Default, Deserialize)]
struct Row {
    #[serde(default, deserialize_with = "lenient_list")]
    canned: Vec<Canned>,
}

impl Store {
    /// The shop's canned answers.
    pub async fn canned(&self) -> Result<CannedList, Error> {
        let row = self.get(&keys::canned()).await?.map(db::read::<Row>).transpose()?.unwrap_or_default();
        Ok(CannedList::stored(row.canned))
    }

    /// Keeps these canned answers in place of all before. Of two who write at once the last one wins.
    pub async fn put_canned(&self, canned: &CannedList) -> Result<(), Error> {
        let update = self
            .db()
            .update_item()
            .table_name(&self.layout().chat_table)
            .set_key(Some(keys::canned().item()))
            .update_expression("SET canned = :canned")
            .expression_attribute_values(":canned", map(canned)?);
        update.send().await.map_err(classify)?;
        Ok(())
    }
}
