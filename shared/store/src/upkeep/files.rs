//! The files that have an item, for a comparison with their bytes.

use std::collections::BTreeMap;

use domain::{File, FileId, FileState};
use serde_json::Value;

use crate::Store;
use crate::files::row::file_of;
use crate::table::error::Error;
use crate::table::item::{self, Item};
use crate::table::keys;

impl Store {
    /// Every file, with whether a message has taken it.
    pub async fn all_files(&self) -> Result<BTreeMap<FileId, bool>, Error> {
        let mut files = BTreeMap::new();
        self.scan(&self.layout().chat_table, async |items| {
            let items = items.into_iter().filter(|item| keys::file_in(item).is_some());
            files.extend(items.filter_map(file_of).map(|file| {
                let is_taken = matches!(file.state, FileState::Taken(_));
                (file.attachment.id, is_taken)
            }));
            Ok(())
        })
        .await?;
        Ok(files)
    }
}

/// The items of files among these for which `is_wanted` holds, with where in the bucket their bytes
/// are.
pub(super) fn exported(
    items: impl IntoIterator<Item = Item>,
    is_wanted: impl Fn(&File) -> bool,
) -> Result<Vec<Value>, Error> {
    let mut exported = Vec::new();
    for found in items {
        let Some(id) = keys::file_in(&found) else { continue };
        if !file_of(found.clone()).is_some_and(|file| is_wanted(&file)) {
            continue;
        }
        let mut value: Value = item::read(found)?;
        if let Some(fields) = value.as_object_mut() {
            fields.insert("object".to_owned(), format!("files/{id}").into());
        }
        exported.push(value);
    }
    Ok(exported)
}
