//! The shop's labels: one item, because the list is read and written as a whole.

use domain::{EventId, LabelList};

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{self, attribute, number_of};
use crate::table::keys;

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
    /// `write_id`, drawn for this write, is stored with the list: a later attempt recognises an
    /// earlier one whose response was lost.
    pub async fn put_labels(
        &self,
        labels: &LabelList,
        version: u64,
        write_id: &EventId,
    ) -> Result<u64, Error> {
        self.put_versioned(&keys::labels(), "labels", attribute(labels)?, version, write_id).await
    }
}
