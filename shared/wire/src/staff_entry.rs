//! Entries of the staff's log.

use std::collections::BTreeSet;

use domain::{Channel, Entry, LabelSlug, Place, Principal, Rated, Roster, What};
use serde::Serialize;

use crate::{Note, Rating, Timestamp};

/// An entry of the staff's log. Which fields it has depends on its kind.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StaffEntry {
    /// Its place in the staff's log.
    staff_seq: u64,
    /// The seq after which it is shown.
    after_seq: u64,
    /// `evt_…`
    event_id: String,
    /// `note`, `note_edited`, `note_deleted`, `status`, `assignee`, `labels`, `rating`; `unknown`
    /// for one that a newer version wrote.
    kind: &'static str,
    /// Who made it; null for the shop itself.
    by: Option<Author>,
    ts: Timestamp,
    /// Of the kinds of notes: the note in its present state.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Note>,
    /// Of `status`: `open`, `snoozed` or `closed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    /// Of `status`: the end of the snooze, or null.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(clippy::option_option, reason = "absent for other kinds, null without a snooze")]
    snoozed_until: Option<Option<Timestamp>>,
    /// Of `status`: the case from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<u64>,
    /// Of `assignee`: the admin's id, or null.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(clippy::option_option, reason = "absent for other kinds, null without an assignee")]
    assignee_id: Option<Option<String>>,
    /// Of `labels`: all slugs from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<String>>,
    /// Of `labels`.
    #[serde(skip_serializing_if = "Option::is_none")]
    added: Option<Vec<String>>,
    /// Of `labels`.
    #[serde(skip_serializing_if = "Option::is_none")]
    removed: Option<Vec<String>>,
    /// Of `rating`: as it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    rating: Option<Rating>,
}

/// Who made an entry.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Author {
    id: String,
    /// `customer`, `guest` or `admin`.
    role: &'static str,
}

impl Author {
    fn of(person: &Principal) -> Self {
        Self { id: person.id().to_string(), role: person.role().as_str() }
    }
}

impl StaffEntry {
    /// The entry as staff sees it; `None` for one of the log of both sides.
    pub fn new(channel: &Channel, entry: &Entry, roster: &Roster) -> Option<Self> {
        let Place::Staff { seq, after } = entry.place else { return None };
        let mut shown = Self {
            staff_seq: seq,
            after_seq: after,
            event_id: entry.id.as_str().to_owned(),
            kind: entry.what.kind().map_or("unknown", domain::Kind::name),
            by: entry.by.as_ref().map(Author::of),
            ts: entry.ts.into(),
            note: entry.note().map(|note| Note::new(channel, note, roster)),
            status: None,
            snoozed_until: None,
            case: None,
            assignee_id: None,
            labels: None,
            added: None,
            removed: None,
            rating: None,
        };
        match &entry.what {
            What::StatusChanged { status, case, .. } => {
                shown.status = Some(status.queue().as_str());
                shown.snoozed_until = Some(status.snoozed_until().map(Into::into));
                shown.case = Some(*case);
            }
            What::Assigned(assignee) => {
                shown.assignee_id = Some(assignee.as_ref().map(ToString::to_string));
            }
            What::Labelled { labels, added, removed } => {
                shown.labels = Some(slugs(labels));
                shown.added = Some(slugs(added));
                shown.removed = Some(slugs(removed));
            }
            What::Rated(Rated { rating, comment }) => {
                shown.rating = Some(Rating::new(*rating, comment.as_deref()));
            }
            _ => {}
        }
        Some(shown)
    }
}

/// Slugs as clients read them.
pub(crate) fn slugs(labels: &BTreeSet<LabelSlug>) -> Vec<String> {
    labels.iter().map(|slug| slug.as_str().to_owned()).collect()
}
