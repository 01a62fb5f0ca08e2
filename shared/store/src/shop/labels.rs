//! The shop's labels: one item, because the list is read and written as a whole.

use domain::{LabelList, Refusal};

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{self, attribute, number, number_of};
use crate::table::keys;
use crate::table::retry::Tries;
use crate::table::update::Expression;
use crate::table::write::Updated;

/// The shop's labels, and how often the list was written.
#[derive(Clone, Debug, Default)]
pub struct StoredLabels {
    /// The labels.
    pub list: LabelList,
    /// 0 before the first write.
    pub version: u64,
}

impl Store {
    /// The shop's labels. Skips unreadable ones.
    pub async fn labels(&self) -> Result<StoredLabels, Error> {
        let item = self.get(&keys::labels()).await?.unwrap_or_default();
        let version = number_of(&item, "version").unwrap_or_default();
        let stored =
            item.get("labels").and_then(|list| list.as_l().ok()).cloned().unwrap_or_default();
        let read = |entry| serde_dynamo::from_attribute_value(entry).map_err(Error::from);
        let readable = stored.into_iter().filter_map(|entry| item::readable("label", read(entry)));
        Ok(StoredLabels { list: LabelList::stored(readable.collect()), version })
    }

    /// Replaces the list if it still has the version that the caller read. Returns the new version.
    ///
    /// After a lost response a repeated write is refused as stale, unless the stored list already
    /// is the caller's.
    pub async fn put_labels(&self, labels: &LabelList, version: u64) -> Result<u64, Error> {
        let mut tries = Tries::start();
        loop {
            let mut update = Expression::default();
            update.set(&["labels"], attribute(labels)?);
            update.set(&["version"], number(version + 1));
            update.only_if_is(&["version"], Some(version).filter(|it| *it > 0).map(number));
            let table = &self.layout().chat_table;
            match self.update_item_returning(table, &keys::labels(), update).await {
                Ok(Updated::Committed(_)) => return Ok(version + 1),
                Ok(Updated::Refused(_)) => {
                    let stored = self.labels().await?;
                    let is_ours = stored.version == version + 1 && stored.list == *labels;
                    return if is_ours {
                        Ok(stored.version)
                    } else {
                        Err(Refusal::StaleVersion.into())
                    };
                }
                Err(failure) => tries.again_after(failure).await?,
            }
        }
    }
}
