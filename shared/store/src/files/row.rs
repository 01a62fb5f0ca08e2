//! A file's item, and back.

use domain::{ActorId, Attachment, File, FileId, FileState, Reader, Timestamp};
use serde::{Deserialize, Serialize};

use crate::table::error::Error;
use crate::table::item::{self, Item, item, number_of};
use crate::table::keys;

/// Whether the bytes were checked.
pub(super) const READY: &str = "ready";
/// The seq of the message that has the file.
pub(super) const TAKEN_BY: &str = "taken_by";
/// When that message was deleted, in milliseconds.
pub(super) const DROPPED_AT: &str = "dropped_at";
/// What a dropped item has no more: all that says what the file was.
pub(super) const CONTENT: &[&str] =
    &["owner", "id", "name", "content_type", "size", "width", "height", "alt", READY];
/// The TTL's attribute, in seconds.
pub(super) const EXPIRES_AT: &str = "expires_at";

/// A file as stored. `relay`'s filters in `template.yaml` know `content_type` and `taken_by`.
#[derive(Serialize, Deserialize)]
struct Row {
    /// As in the keys of client ids.
    owner: String,
    #[serde(flatten)]
    attachment: Attachment,
    #[serde(default)]
    ready: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taken_by: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

/// The item of a file.
pub(super) fn to_item(file: &File) -> Result<Item, Error> {
    let expires_at = match file.state {
        FileState::Announced(at) | FileState::Ready(at) => Some(at.seconds()),
        FileState::Taken(_) => None,
    };
    let taken_by = if let FileState::Taken(seq) = file.state { Some(seq) } else { None };
    let row = Row {
        owner: keys::reader_name(&file.owner).to_owned(),
        attachment: file.attachment.clone(),
        ready: file.is_ready(),
        taken_by,
        expires_at,
    };
    item(&keys::file(&file.attachment.id), &row)
}

/// Whether the file of an item was dropped.
pub(super) fn is_dropped(item: &Item) -> bool {
    item.contains_key(DROPPED_AT)
}

/// The file of an item, if it is not dropped and has a form that is known here.
pub(crate) fn file_of(item: Item) -> Option<File> {
    if is_dropped(&item) {
        return None;
    }
    let row = item::readable("file", item::read::<Row>(item))?;
    let owner = match row.owner.as_str() {
        keys::MEMBER => Reader::Member,
        admin => Reader::Admin(ActorId::parse(admin)?),
    };
    let until = Timestamp::from_millis(row.expires_at.unwrap_or_default().saturating_mul(1_000));
    let state = match (row.taken_by, row.ready) {
        (Some(seq), _) => FileState::Taken(seq),
        (None, true) => FileState::Ready(until),
        (None, false) => FileState::Announced(until),
    };
    Some(File { attachment: row.attachment, owner, state })
}

/// A write of a file's item, as the stream shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileWritten {
    /// A message has taken it.
    Taken(FileId),
    /// It is dropped, or its item is gone.
    Gone(FileId),
}

/// Compares the images of a file's item before and after a write; `None` for what changes nothing
/// for the bytes.
pub(crate) fn file_written(id: FileId, before: &Item, now: &Item) -> Option<FileWritten> {
    if now.is_empty() || is_dropped(now) {
        // The TTL removes a dropped item: its bytes were deleted when it was dropped.
        return (!is_dropped(before)).then_some(FileWritten::Gone(id));
    }
    let is_taken = |image: &Item| number_of(image, TAKEN_BY).is_some();
    (is_taken(now) && !is_taken(before)).then_some(FileWritten::Taken(id))
}
