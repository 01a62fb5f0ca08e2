//! Compares the files that the chat knows with the bytes in the bucket.

use blobs::Blobs;
use domain::FileId;
use futures_util::{StreamExt, TryStreamExt, stream};
use store::Store;

/// Concurrent calls of S3.
const AT_ONCE: usize = 8;

/// What a repair of files found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Repaired {
    /// Files that messages have: none of them will expire.
    pub(super) kept: usize,
    /// Bytes that belonged to no file, and were deleted.
    pub(super) deleted: usize,
    /// Files of messages whose bytes are gone.
    pub(super) lost: usize,
}

/// Keeps the bytes of every file that a message has, and deletes bytes that belong to no file. Safe
/// while the shop is open.
pub(super) async fn repair(store: &Store, blobs: &Blobs) -> anyhow::Result<Repaired> {
    let files = store.all_files().await?;
    let (mut repaired, mut after) = (Repaired::default(), None::<String>);
    loop {
        let page = blobs.list(after.as_deref()).await?;
        let Some(last) = page.last().cloned() else { break };
        let ids = page.iter().filter_map(|id| FileId::parse(id));
        let (taken, others): (Vec<_>, Vec<_>) =
            ids.partition(|id| files.get(id).is_some_and(|is_taken| *is_taken));
        let keep = taken.iter().map(ToString::to_string);
        let keep: Vec<_> = keep.map(|id| async move { blobs.keep(&id).await }).collect();
        stream::iter(keep).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        repaired.kept += taken.len();
        for id in others.iter().filter(|id| !files.contains_key(*id)) {
            // It may have been announced since the items were read.
            if !store.has_file(id).await? {
                blobs.delete(&id.to_string()).await?;
                repaired.deleted += 1;
            }
        }
        after = Some(last);
    }
    let taken = files.values().filter(|is_taken| **is_taken).count();
    repaired.lost = taken.saturating_sub(repaired.kept);
    Ok(repaired)
}
