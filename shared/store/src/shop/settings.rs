//! The shop's settings: one item, because they are read and written as a whole.

use std::sync::Arc;

use domain::{EventId, Settings, StoredSettings, Timestamp};

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{self, Item, attribute, number_of};
use crate::table::keys;
use crate::table::query::Consistency;

/// The attribute that holds them.
const SETTINGS: &str = "settings";

impl Store {
    /// The settings, at most ten seconds old. If the read fails, the last known ones count, and
    /// before the first read the defaults: no message waits for them.
    pub async fn settings(&self, now: Timestamp) -> Arc<Settings> {
        let read = async || {
            let table = &self.layout().chat_table;
            match self.get_from(table, &keys::settings(), Consistency::Eventual).await {
                Ok(item) => Some(Arc::new(stored(item.unwrap_or_default()).settings)),
                Err(error) => {
                    tracing::warn!(error.kind = "settings", "the last known ones count: {error}");
                    None
                }
            }
        };
        self.settings.get(now, read).await.unwrap_or_default()
    }

    /// The settings as they are stored now.
    pub async fn stored_settings(&self) -> Result<StoredSettings, Error> {
        Ok(stored(self.get(&keys::settings()).await?.unwrap_or_default()))
    }

    /// Replaces the settings if they still have the version that the caller read. Returns the new
    /// version.
    pub async fn put_settings(
        &self,
        settings: &Settings,
        version: u64,
        write_id: &EventId,
    ) -> Result<u64, Error> {
        let value = attribute(settings)?;
        let put = self.put_versioned(&keys::settings(), SETTINGS, value, version, write_id).await;
        // Another instance uses the old ones for a while; this one does not. An error does not say
        // that nothing was written.
        self.settings.forget();
        put
    }
}

/// Reads the settings from their item. In a form that only a newer version knows they count as the
/// defaults.
fn stored(mut item: Item) -> StoredSettings {
    let version = number_of(&item, "version").unwrap_or_default();
    let read =
        |value| -> Result<Settings, Error> { Ok(serde_dynamo::from_attribute_value(value)?) };
    let read = item.remove(SETTINGS).map(read);
    let settings = read.and_then(|read| item::readable(SETTINGS, read)).unwrap_or_default();
    StoredSettings { settings, version }
}
