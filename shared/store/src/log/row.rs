//! Entries of the log as rows, and back.
//!
//! The entry of a sent message is the message's own row, `s#`, which later edits and deletes
//! change. Every other entry of both sides has a row of its own, `e#`: its kind, and the message
//! that it is about. Entries of the staff's log have rows `n#`: a note's own row, which later edits
//! and deletes change, or what happened.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::{
    ActorId, Card, ChannelKey, Entry, EventId, Facts, Kind, LabelSlug, Message, Note, Place,
    Principal, Queue, Rated, Rating, Reader, Role, Status, Timestamp, What,
};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::log::commit::Refused;
use crate::table::error::Error;
use crate::table::item::{self, Item, attribute, item, number, text};
use crate::table::keys::{self, Key};
use crate::table::query::Consistency;
use crate::table::update::Expression;
use crate::table::write;

/// An entry of the log as its row shows it.
#[derive(Clone, Debug)]
pub struct LogRow {
    place: Place,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    /// The row is all of the entry.
    Whole(Entry),
    /// The message's own row has its present state.
    About(About),
    /// The note's own row has its present state.
    AboutNote(StaffRow),
}

/// An entry about a message, as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct About {
    kind: Kind,
    message_seq: u64,
    event_id: EventId,
    ts: Timestamp,
    /// Whether the message has a meeting.
    #[serde(default, skip_serializing_if = "is_false")]
    meeting: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// An entry of the staff's log that is no note, as stored. Which fields it has depends on its kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct StaffRow {
    kind: Kind,
    after_seq: u64,
    event_id: EventId,
    ts: Timestamp,
    /// Absent for the shop itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<(ActorId, Role)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note_seq: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    was: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    snoozed_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    case: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    assignee: Option<ActorId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    labels: Option<Labels>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rating: Option<Rating>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

/// A change of labels, as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Labels {
    all: BTreeSet<LabelSlug>,
    added: BTreeSet<LabelSlug>,
    removed: BTreeSet<LabelSlug>,
}

impl StaffRow {
    /// The row of an entry; `None` for a new note, which has a row of its own form.
    fn of(entry: &Entry) -> Option<Self> {
        let (Place::Staff { after, .. }, Some(kind)) = (entry.place, entry.what.kind()) else {
            return None;
        };
        let by = entry.by.as_ref().map(|by| (by.id().clone(), by.role()));
        let mut row = Self {
            kind,
            after_seq: after,
            event_id: entry.id.clone(),
            ts: entry.ts,
            by,
            note_seq: None,
            was: None,
            status: None,
            snoozed_until: None,
            case: None,
            assignee: None,
            labels: None,
            rating: None,
            comment: None,
        };
        match &entry.what {
            What::NoteEdited(note) | What::NoteDeleted(note) => row.note_seq = Some(note.staff_seq),
            What::StatusChanged { was, status, case } => {
                row.was = Some(was.as_str().to_owned());
                row.status = Some(status.queue().as_str().to_owned());
                row.snoozed_until = status.snoozed_until();
                row.case = Some(*case);
            }
            What::Assigned(assignee) => row.assignee.clone_from(assignee),
            What::Labelled { labels, added, removed } => {
                let [all, added, removed] = [labels, added, removed].map(Clone::clone);
                row.labels = Some(Labels { all, added, removed });
            }
            What::Rated(Rated { rating, comment }) => {
                row.rating = Some(*rating);
                row.comment.clone_from(comment);
            }
            What::NoteAdded(_)
            | What::MessageSent(_)
            | What::MessageEdited(_)
            | What::MessageDeleted(_)
            | What::Unknown => return None,
        }
        Some(row)
    }

    fn place(&self, seq: u64) -> Place {
        Place::Staff { seq, after: self.after_seq }
    }

    /// The entry that says `what`.
    fn entry(self, seq: u64, what: What) -> Entry {
        let place = self.place(seq);
        let by = self.by.and_then(|(id, role)| Principal::of(role, id));
        Entry { place, id: self.event_id, ts: self.ts, by, what }
    }

    /// What the row says by itself; `None` if it has an unknown form.
    fn what(&self) -> Option<What> {
        match self.kind {
            Kind::StatusChanged => {
                let queue = |name: &Option<String>| Queue::parse("status", name.as_deref()?).ok();
                let status = match queue(&self.status)? {
                    Queue::Open => Status::Open,
                    Queue::Closed => Status::Closed,
                    Queue::Snoozed => Status::Snoozed { until: self.snoozed_until? },
                };
                Some(What::StatusChanged { was: queue(&self.was)?, status, case: self.case? })
            }
            Kind::Assigned => Some(What::Assigned(self.assignee.clone())),
            Kind::Labelled => {
                let Labels { all: labels, added, removed } = self.labels.clone()?;
                Some(What::Labelled { labels, added, removed })
            }
            Kind::Rated => {
                let comment = self.comment.clone();
                Some(What::Rated(Rated { rating: self.rating?, comment }))
            }
            _ => None,
        }
    }
}

/// A client id as stored: which message or note it made, and the fingerprint of what was sent.
#[derive(Serialize, Deserialize)]
pub(crate) struct ClientId {
    pub(crate) seq: u64,
    pub(crate) fingerprint: String,
}

impl ClientId {
    /// Whether this item is the row of one.
    pub(crate) fn is_row(item: &Item) -> bool {
        item.contains_key("fingerprint")
    }
}

impl LogRow {
    /// Reads an entry's row. A row of an unknown form keeps its place in the log.
    pub(crate) fn read(item: Item) -> Self {
        let seq = keys::seq_of(&item);
        if keys::is_of_staff(&item) {
            return Self::read_of_staff(seq, item);
        }
        let place = Place::Public(seq);
        let content = if keys::is_message(&item) {
            Content::Whole(Entry::sent(message_of(item)))
        } else {
            let about = item::readable("log entry", item::read::<About>(item));
            let is_about_message =
                |kind| matches!(kind, Kind::MessageEdited | Kind::MessageDeleted);
            let about = about.filter(|about| is_about_message(about.kind));
            about.map_or_else(|| Content::Whole(Entry::unknown(place)), Content::About)
        };
        Self { place, content }
    }

    fn read_of_staff(seq: u64, item: Item) -> Self {
        let after = item::number_of(&item, "after_seq").unwrap_or_default();
        let place = Place::Staff { seq, after };
        let content = if item::text_of(&item, "kind") == Some(Kind::NoteAdded.name()) {
            note_of(item).map(|note| Content::Whole(Entry::noted(note)))
        } else {
            item::readable("staff log entry", item::read::<StaffRow>(item)).and_then(|row| {
                match (row.note_seq, row.what()) {
                    (Some(_), None) => Some(Content::AboutNote(row)),
                    (None, Some(what)) => Some(Content::Whole(row.entry(seq, what))),
                    _ => None,
                }
            })
        };
        Self { place, content: content.unwrap_or_else(|| Content::Whole(Entry::unknown(place))) }
    }

    /// Its place in the log.
    pub(crate) const fn place(&self) -> Place {
        self.place
    }

    /// The entry's kind; `None` if it is unknown.
    pub fn kind(&self) -> Option<Kind> {
        match &self.content {
            Content::Whole(entry) => entry.what.kind(),
            Content::About(about) => Some(about.kind),
            Content::AboutNote(row) => Some(row.kind),
        }
    }

    /// What the entry means.
    pub fn facts(&self) -> Facts {
        self.kind().map_or(Facts::UNKNOWN, Kind::facts)
    }

    /// Whether it is a message with a meeting, or about one.
    pub const fn has_meeting(&self) -> bool {
        match &self.content {
            Content::About(about) => about.meeting,
            _ => matches!(self.message(), Some(Message { meeting: Some(_), .. })),
        }
    }

    /// The sender, if the row is a message.
    pub fn sender(&self) -> Option<&Principal> {
        self.message().and(match &self.content {
            Content::Whole(entry) => entry.by.as_ref(),
            Content::About(_) | Content::AboutNote(_) => None,
        })
    }

    /// The message, if the row is one.
    pub(crate) const fn message(&self) -> Option<&Message> {
        match &self.content {
            Content::Whole(entry) => entry.message(),
            Content::About(_) | Content::AboutNote(_) => None,
        }
    }

    /// The rating, if the row has one.
    pub(crate) const fn rated(&self) -> Option<&Rated> {
        match &self.content {
            Content::Whole(entry) => entry.rated(),
            Content::About(_) | Content::AboutNote(_) => None,
        }
    }

    /// The note, if the row is one.
    pub(crate) const fn note(&self) -> Option<&Note> {
        match &self.content {
            Content::Whole(entry) => entry.note(),
            Content::About(_) | Content::AboutNote(_) => None,
        }
    }
}

impl Store {
    /// Rows that the stream showed, as entries in the order of their places: messages and notes as
    /// they were written, and for what came later their present state.
    pub async fn entries(
        &self,
        key: &ChannelKey,
        mut rows: Vec<LogRow>,
    ) -> Result<Vec<Entry>, Error> {
        rows.sort_unstable_by_key(LogRow::place);
        self.entries_with(key, rows, Known::default()).await
    }

    /// Rows as entries. What is not among the `known` messages and notes is read.
    pub(crate) async fn entries_with(
        &self,
        key: &ChannelKey,
        rows: Vec<LogRow>,
        mut known: Known,
    ) -> Result<Vec<Entry>, Error> {
        let missing: BTreeSet<(bool, u64)> = rows
            .iter()
            .filter_map(|row| match &row.content {
                Content::About(about) => Some((false, about.message_seq)),
                Content::AboutNote(row) => Some((true, row.note_seq?)),
                Content::Whole(_) => None,
            })
            .filter(|(is_note, seq)| {
                if *is_note {
                    !known.notes.contains_key(seq)
                } else {
                    !known.messages.contains_key(seq)
                }
            })
            .collect();
        let missing: Vec<Key> = missing
            .into_iter()
            .map(
                |(is_note, seq)| {
                    if is_note { keys::staff_entry(key, seq) } else { keys::message(key, seq) }
                },
            )
            .collect();
        known.add(self.get_all(&missing, Consistency::Strong).await?.into_iter().map(LogRow::read));
        let entry = |LogRow { place, content }| match content {
            Content::Whole(entry) => Some(entry),
            Content::About(About { kind, message_seq, event_id, ts, .. }) => {
                let message = known.messages.get(&message_seq)?.clone();
                let what = match kind {
                    Kind::MessageEdited => What::MessageEdited,
                    Kind::MessageDeleted => What::MessageDeleted,
                    _ => return None,
                };
                Some(Entry::about(message, what, place, event_id, ts))
            }
            Content::AboutNote(row) => {
                let note = known.notes.get(&row.note_seq?)?.clone();
                let what = match row.kind {
                    Kind::NoteEdited => What::NoteEdited(note),
                    Kind::NoteDeleted => What::NoteDeleted(note),
                    _ => return None,
                };
                let Place::Staff { seq, .. } = place else { return None };
                Some(row.entry(seq, what))
            }
        };
        let entries = rows.into_iter().map(|row| {
            let place = row.place;
            entry(row).unwrap_or_else(|| Entry::unknown(place))
        });
        Ok(entries.collect())
    }

    /// The rows at these places of a log, in no order; those that do not exist are left out.
    pub(crate) async fn rows_at(
        &self,
        key: &ChannelKey,
        places: &[Place],
    ) -> Result<Vec<LogRow>, Error> {
        let keys = places.iter().flat_map(|place| match *place {
            Place::Public(seq) => vec![keys::message(key, seq), keys::event(key, seq)],
            Place::Staff { seq, .. } => vec![keys::staff_entry(key, seq)],
        });
        let rows = self.get_all(&keys.collect::<Vec<_>>(), Consistency::Strong).await?;
        Ok(rows.into_iter().map(LogRow::read).collect())
    }

    /// The seq of the message or note that was first stored under a client id, whose row has this
    /// key; `None` if it is free. Other content under the same id is a conflict.
    pub(crate) async fn first_under(
        &self,
        key: &Key,
        refused: Refused,
        fingerprint: &str,
    ) -> Result<Option<u64>, Error> {
        let taken = match refused {
            Refused::ByCondition(failed) => failed.into_iter().flatten().find(ClientId::is_row),
            Refused::ByRule => self.get(key).await?,
        };
        let Some(taken) = taken else { return Ok(None) };
        let first: ClientId = item::read(taken)?;
        if first.fingerprint != fingerprint {
            return Err(domain::Refusal::ClientIdReused.into());
        }
        Ok(Some(first.seq))
    }

    /// Writes an entry: its row, and what it changes of the message's or the note's.
    pub(crate) fn put_entry(
        &self,
        key: &ChannelKey,
        entry: &Entry,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        match &entry.what {
            What::MessageSent(message) => {
                let mut actions = vec![self.put_row(&keys::message(key, message.seq), message)?];
                if let Some(id) = &message.client_message_id {
                    let row = ClientId { seq: message.seq, fingerprint: message.fingerprint() };
                    let key = match &entry.by {
                        Some(sender) => keys::client_id(key, &Reader::of(sender), id),
                        None => keys::shop_client_id(key, id),
                    };
                    actions.push(self.put_row(&key, &row)?);
                }
                for file in &message.attachments {
                    actions.push(self.take_file(&file.id, message.seq)?);
                }
                Ok(actions)
            }
            What::MessageEdited(message) => {
                let mut row = Expression::default();
                row.set(&["body"], text(&message.body));
                match &message.meeting {
                    Some(meeting) => row.set(&["meeting"], attribute(meeting)?),
                    None => row.remove(&["meeting"]),
                }
                row.set(&["edited_at"], number(entry.ts.millis()));
                Ok(vec![
                    self.change_row(&keys::message(key, message.seq), row)?,
                    self.put_about(key, entry, Kind::MessageEdited, message)?,
                ])
            }
            What::MessageDeleted(message) => {
                let row = emptied(Message::CONTENT, entry.ts);
                let mut actions = vec![
                    self.change_row(&keys::message(key, message.seq), row)?,
                    self.put_about(key, entry, Kind::MessageDeleted, message)?,
                ];
                actions.extend(self.record_deletion(key, message)?);
                Ok(actions)
            }
            What::NoteAdded(note) => {
                let mut row = item(&keys::staff_entry(key, note.staff_seq), note)?;
                row.insert("kind".to_owned(), text(Kind::NoteAdded.name()));
                let mut actions = vec![write::put_new(&self.layout().chat_table, row)?];
                if let Some(id) = &note.client_message_id {
                    let row = ClientId { seq: note.staff_seq, fingerprint: note.fingerprint() };
                    let key = keys::note_client_id(key, &note.author_id, id);
                    actions.push(self.put_row(&key, &row)?);
                }
                Ok(actions)
            }
            What::NoteEdited(note) => {
                let mut row = Expression::default();
                row.set(&["body"], text(&note.body));
                row.set(&["mentions"], attribute(&note.mentions)?);
                row.set(&["edited_at"], number(entry.ts.millis()));
                let mut actions =
                    vec![self.change_row(&keys::staff_entry(key, note.staff_seq), row)?];
                actions.extend(self.put_staff_row(key, entry)?);
                Ok(actions)
            }
            What::NoteDeleted(note) => {
                let row = emptied(Note::CONTENT, entry.ts);
                let mut actions =
                    vec![self.change_row(&keys::staff_entry(key, note.staff_seq), row)?];
                actions.extend(self.put_staff_row(key, entry)?);
                Ok(actions)
            }
            What::StatusChanged { .. }
            | What::Assigned(_)
            | What::Labelled { .. }
            | What::Rated(_) => Ok(self.put_staff_row(key, entry)?.into_iter().collect()),
            What::Unknown => Ok(Vec::new()),
        }
    }

    fn put_about(
        &self,
        key: &ChannelKey,
        entry: &Entry,
        kind: Kind,
        message: &Message,
    ) -> Result<TransactWriteItem, Error> {
        let about = About {
            kind,
            message_seq: message.seq,
            event_id: entry.id.clone(),
            ts: entry.ts,
            meeting: message.meeting.is_some(),
        };
        let seq = entry.place.public().unwrap_or_default();
        self.put_row(&keys::event(key, seq), &about)
    }

    fn put_staff_row(
        &self,
        key: &ChannelKey,
        entry: &Entry,
    ) -> Result<Option<TransactWriteItem>, Error> {
        let (Place::Staff { seq, .. }, Some(row)) = (entry.place, StaffRow::of(entry)) else {
            return Ok(None);
        };
        self.put_row(&keys::staff_entry(key, seq), &row).map(Some)
    }

    /// Puts a row that must not exist yet; a refusal shows the one that does.
    fn put_row<T: Serialize>(&self, key: &Key, content: &T) -> Result<TransactWriteItem, Error> {
        write::put_new(&self.layout().chat_table, item(key, content)?)
    }

    /// Changes the row of a message or note, which must be there and not deleted. The head's
    /// condition alone is not enough: a batch read is not a snapshot, so it may return a new head
    /// with an old row.
    fn change_row(&self, key: &Key, mut update: Expression) -> Result<TransactWriteItem, Error> {
        update.only_if("attribute_exists(pk) AND attribute_not_exists(deleted_at)");
        write::update(&self.layout().chat_table, key, update)
    }
}

/// Messages and notes in their present state, by their seqs.
#[derive(Default)]
pub(crate) struct Known {
    messages: BTreeMap<u64, Message>,
    notes: BTreeMap<u64, Note>,
}

impl Known {
    /// Those among these rows.
    pub(crate) fn among(rows: &[LogRow]) -> Self {
        let mut known = Self::default();
        known.add(rows.iter().cloned());
        known
    }

    fn add(&mut self, rows: impl Iterator<Item = LogRow>) {
        for row in rows {
            if let Some(message) = row.message() {
                self.messages.insert(message.seq, message.clone());
            } else if let Some(note) = row.note() {
                self.notes.insert(note.staff_seq, note.clone());
            }
        }
    }
}

/// What is left of a row once its content is deleted.
fn emptied(content: &[&str], now: Timestamp) -> Expression {
    let mut row = Expression::default();
    row.set(&["deleted_at"], number(now.millis()));
    for name in content {
        row.remove(&[*name]);
    }
    row
}

/// A message's row as its member may see it, for an export: its card shows no id of an order.
pub(crate) fn item_for_member(mut row: Item) -> Result<Item, Error> {
    if let Some(AttributeValue::M(card)) = row.remove("card")
        && let Some(card) = item::readable("card", item::read::<Card>(card))
    {
        row.insert("card".to_owned(), attribute(&card.for_member())?);
    }
    Ok(row)
}

/// Reads a note from its row, if it has a form that is known here.
pub(crate) fn note_of(row: Item) -> Option<Note> {
    item::readable("note", item::read::<Note>(row))
}

/// Reads a message from its row; a row of an unknown form becomes [`Message::unknown`].
pub(crate) fn message_of(row: Item) -> Message {
    let (seq, created_at) = (keys::seq_of(&row), row.get("created_at").cloned());
    known_message(row).unwrap_or_else(|| {
        let created_at = created_at.and_then(|at| at.as_n().ok()?.parse().ok());
        Message::unknown(seq, Timestamp::from_millis(created_at.unwrap_or_default()))
    })
}

/// Reads a message from its row, if it has a form that is known here.
pub(crate) fn known_message(row: Item) -> Option<Message> {
    item::readable("message", item::read::<Message>(row)).filter(Message::is_known)
}
