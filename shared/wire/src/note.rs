//! Notes of the staff.

use domain::{Channel, Roster, Side};
use serde::Serialize;

use crate::{Admin, Timestamp};

/// A note, which only staff sees.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Note {
    /// `chatnote_…`
    id: String,
    channel_id: String,
    /// Its place in the staff's log.
    staff_seq: u64,
    /// The seq after which it is shown.
    after_seq: u64,
    author_id: String,
    author: Admin,
    /// Empty once deleted.
    pub(crate) body: String,
    /// The ids of admins whose attention it asks for.
    mentions: Vec<String>,
    edited_at: Option<Timestamp>,
    deleted_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl Note {
    /// The note with its author's name on the roster.
    pub fn new(channel: &Channel, note: &domain::Note, roster: &Roster) -> Self {
        let key = channel.key();
        Self {
            channel_id: key.channel_id(),
            id: note.id(key).to_string(),
            staff_seq: note.staff_seq,
            after_seq: note.after_seq,
            author_id: note.author_id.to_string(),
            author: Admin::new(&note.author_id, roster.profile(&note.author_id), Side::Staff),
            body: note.body.clone(),
            mentions: note.mentions.iter().map(ToString::to_string).collect(),
            edited_at: note.edited_at.map(Into::into),
            deleted_at: note.deleted_at.map(Into::into),
            created_at: note.created_at.into(),
        }
    }
}
