//! Keeps and deletes the bytes of files, as the stream shows their items: a file that a message has
//! taken stays, and the bytes of an item that is gone are deleted.

use std::collections::BTreeMap;

use app::Error;
use futures_util::{StreamExt, TryStreamExt, stream};
use store::{Batch, FileWritten};

use crate::Relay;

/// Concurrent calls of S3.
const AT_ONCE: usize = 8;
/// How long S3 is tried before the files of a batch are dropped, in milliseconds; later records of
/// the stream must not wait longer. `repair` finds dropped files.
const DROP_AFTER_MS: i64 = 3_600_000;

impl Relay {
    /// Does for the bytes what a batch says of their items. `since` is when its oldest record was
    /// written. A repeated call changes nothing.
    pub(crate) async fn follow_files(&self, batch: &Batch, since: i64) -> Result<(), Error> {
        let Some(blobs) = &self.blobs else { return Ok(()) };
        // A file that was taken and dropped is deleted: the later write counts.
        let files = batch.files.iter().map(|file| match file {
            FileWritten::Taken(id) => (id.to_string(), true),
            FileWritten::Gone(id) => (id.to_string(), false),
        });
        let files: BTreeMap<String, bool> = files.collect();
        let count = u64::try_from(files.len()).unwrap_or(u64::MAX);
        let calls = files.into_iter().map(|(id, is_kept)| async move {
            if is_kept { blobs.keep(&id).await } else { blobs.delete(&id).await }
        });
        let calls: Vec<_> = calls.collect();
        let done = stream::iter(calls).buffer_unordered(AT_ONCE).try_collect::<()>().await;
        match done {
            Err(error) if self.app.clock.now().millis() - since > DROP_AFTER_MS => {
                tracing::error!(error.kind = "files", "files are dropped: {error}");
                self.app.count(&[("FilesGivenUp", count)]);
                Ok(())
            }
            done => Ok(done?),
        }
    }
}
