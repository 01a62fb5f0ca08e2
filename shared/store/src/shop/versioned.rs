//! Items that admins replace as a whole, each at the version that they have read.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{EventId, Refusal};

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{number, text, text_of};
use crate::table::keys::Key;
use crate::table::retry::Tries;
use crate::table::update::Expression;
use crate::table::write::Updated;

impl Store {
    /// Replaces an attribute of an item if the item still has this version, 0 before the first
    /// write. Returns the new version.
    ///
    /// `write_id`, drawn for this write, is stored with it: a later attempt recognises an earlier
    /// one whose response was lost.
    pub(super) async fn put_versioned(
        &self,
        key: &Key,
        name: &str,
        value: AttributeValue,
        version: u64,
        write_id: &EventId,
    ) -> Result<u64, Error> {
        let (mut tries, next) = (Tries::start(), version.saturating_add(1));
        loop {
            let mut update = Expression::default();
            update.set(&[name], value.clone());
            update.set(&["version"], number(next));
            update.set(&["write_id"], text(write_id.as_str()));
            update.only_if_is(&["version"], Some(version).filter(|it| *it > 0).map(number));
            let table = &self.layout().chat_table;
            match self.update_item_returning(table, key, update).await {
                Ok(Updated::Committed(_)) => return Ok(next),
                Ok(Updated::Refused(_)) => {
                    let stored = self.get(key).await?.unwrap_or_default();
                    let is_ours = text_of(&stored, "write_id") == Some(write_id.as_str());
                    return if is_ours { Ok(next) } else { Err(Refusal::StaleVersion.into()) };
                }
                Err(failure) => tries.again_after(failure).await?,
            }
        }
    }
}
