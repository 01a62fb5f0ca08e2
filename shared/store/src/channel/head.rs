//! A channel's head as an item.
//!
//! A send writes the head, so its bytes are the price of a send: with five admins who have read and
//! a message of 200 bytes it has less than one unit of writes (1 KB), and each further admin adds
//! at most 64 bytes. So what no index needs has a short name, see [`Head`].
//!
//! What a mark copies is one map, `t`, and the marks are maps of the same form. So "read
//! everything" is one `UpdateItem` that copies a sibling attribute of the same item: no read before
//! it, no race with a send.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    ActorId, Attachment, Card, Channel, ChannelHash, ClientMessageId, Episode, EventId, LabelSlug,
    Mark, Meeting, Message, MessageType, Newest, Notified, Page, Queue, Rating, Reader, Role,
    Status, Tally, Timestamp, UnreadFrom, Work,
};
use serde::{Deserialize, Serialize};

use crate::table::error::Error;
use crate::table::item::{self, Item, attribute, lenient, size};
use crate::table::keys;
use crate::table::update::Expression;

/// The only type of channel, and the partition of the index by hash.
pub(crate) const DIRECT: &str = "direct";
/// The attribute with the newest message's copy.
const NEWEST: &str = "n";
/// The attribute with the seq of the staff's log.
pub(crate) const STAFF_SEQ: &str = "x";
/// Most bytes of the newest message's copy in the head. A longer message is only in its row.
const MAX_COPY_BYTES: usize = 768;

/// A head as stored. What indexes hold has long names, all else has short ones.
#[derive(Serialize, Deserialize)]
struct Head {
    channel_hash: String,
    r#type: String,
    member_id: ActorId,
    #[serde(rename = "admin")]
    admin_id: ActorId,
    v: u64,
    /// The end of the log, as a mark copies it.
    t: Point,
    /// The marks.
    m: BTreeMap<String, Point>,
    #[serde(rename = "d", default, skip_serializing_if = "Deleted::is_empty")]
    deleted: Deleted,
    #[serde(rename = "z", default, skip_serializing_if = "is_zero")]
    automatic: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    notified: BTreeMap<String, LastMail>,
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    newest_seq: Option<u64>,
    /// `None` for a copy of a form that is unknown here: its row is not shown either.
    #[serde(
        rename = "n",
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    newest: Option<NewestCopy>,
    #[serde(rename = "p")]
    paced: Timestamp,
    shard: u32,
    /// The status, and the shard.
    queue: String,
    /// The minute of the last activity and, within it, the channel's own place.
    minute: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waiting_since: Option<Timestamp>,
    /// Only of open channels: so the index of waiting channels holds no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unanswered_since: Option<Timestamp>,
    /// The same, of channels that are not open.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    held_wait: Option<Timestamp>,
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    snoozed_until: Option<Timestamp>,
    #[serde(rename = "k", default = "first_case", skip_serializing_if = "is_first_case")]
    case: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    assignee_id: Option<ActorId>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    labels: BTreeSet<LabelSlug>,
    #[serde(
        rename = "r",
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    rating: Option<Rating>,
    #[serde(rename = "x", default, skip_serializing_if = "is_zero")]
    staff_seq: u64,
    #[serde(rename = "c")]
    created_at: Timestamp,
    #[serde(rename = "u")]
    updated_at: Timestamp,
}

const fn first_case() -> u64 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_first_case(case: &u64) -> bool {
    *case == first_case()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A place in the log, and the live messages of each side up to it. In a reader's mark only the
/// number of the other side has a meaning.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Point {
    #[serde(rename = "s")]
    seq: u64,
    /// When the newest message up to there was created; 0 where there is none.
    #[serde(rename = "a", default)]
    at: Timestamp,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    customer: Option<u64>,
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    staff: Option<u64>,
    /// In a mark: from where the channel counts as unread again, and the live messages before it.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    unread_from: Option<(u64, u64)>,
    #[serde(rename = "n", default, skip_serializing_if = "is_zero")]
    turns: u64,
}

impl Point {
    fn of(reader: &Reader, mark: &Mark) -> Self {
        let point = Self {
            seq: mark.seq,
            at: mark.at.unwrap_or_default(),
            unread_from: mark.unread_from.map(|UnreadFrom { seq, before }| (seq, before)),
            turns: mark.turns,
            ..Self::default()
        };
        match reader {
            Reader::Member => Self { staff: Some(mark.count), ..point },
            Reader::Admin(_) => Self { customer: Some(mark.count), ..point },
        }
    }

    fn into_mark(self, reader: &Reader) -> Mark {
        let count = match reader {
            Reader::Member => self.staff,
            Reader::Admin(_) => self.customer,
        };
        let unread_from = self.unread_from.map(|(seq, before)| UnreadFrom { seq, before });
        let count = count.unwrap_or_default();
        Mark { seq: self.seq, at: some(self.at), count, unread_from, turns: self.turns }
    }
}

/// Deleted messages of each side.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
struct Deleted {
    #[serde(rename = "c")]
    customer: u64,
    #[serde(rename = "f")]
    staff: u64,
}

impl Deleted {
    const fn is_empty(&self) -> bool {
        self.customer + self.staff == 0
    }
}

/// The last mail to a reader. One without a valid episode is skipped, and stays as it is.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct LastMail {
    #[serde(rename = "a")]
    at: Timestamp,
    #[serde(rename = "e")]
    episode: String,
    #[serde(rename = "s")]
    seq: u64,
}

/// The newest message without its seq, which is an attribute of the head.
#[derive(Serialize, Deserialize)]
struct NewestCopy {
    /// The sender, unless it is the pair's person on that side.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    sender_id: Option<ActorId>,
    #[serde(rename = "r")]
    sender_role: Role,
    #[serde(rename = "b", default, skip_serializing_if = "String::is_empty")]
    body: String,
    /// The type, unless it is text.
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    message_type: Option<MessageType>,
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment>,
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    card: Option<Box<Card>>,
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    meeting: Option<Box<Meeting>>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    page: Option<Box<Page>>,
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    client_message_id: Option<ClientMessageId>,
    #[serde(rename = "c")]
    created_at: Timestamp,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    edited_at: Option<Timestamp>,
}

impl NewestCopy {
    /// The copy of a message; `None` if it is too long.
    fn of(message: &Message, member: &ActorId, admin: &ActorId) -> Result<Option<Self>, Error> {
        let Message {
            sender_id, sender_role, message_type, attachments, card, meeting, page, ..
        } = message.clone();
        let copy = Self {
            sender_id: Some(sender_id)
                .filter(|id| usual_sender(sender_role, member, admin) != Some(id)),
            sender_role,
            body: message.body.clone(),
            message_type: Some(message_type).filter(|kind| *kind != MessageType::Text),
            attachments,
            card,
            meeting,
            page,
            client_message_id: message.client_message_id.clone(),
            created_at: message.created_at,
            edited_at: message.edited_at,
        };
        Ok((size(&attribute(&copy)?) <= MAX_COPY_BYTES).then_some(copy))
    }

    /// The message; `None` if its sender is unknown.
    fn into_message(self, seq: u64, member: &ActorId, admin: &ActorId) -> Option<Message> {
        let usual = usual_sender(self.sender_role, member, admin);
        Some(Message {
            seq,
            sender_id: self.sender_id.or_else(|| usual.cloned())?,
            sender_role: self.sender_role,
            body: self.body,
            message_type: self.message_type.unwrap_or(MessageType::Text),
            attachments: self.attachments,
            card: self.card,
            meeting: self.meeting,
            page: self.page,
            lang: None,
            sent: Tally::default(),
            client_message_id: self.client_message_id,
            event_id: EventId::unknown(),
            created_at: self.created_at,
            edited_at: self.edited_at,
            deleted_at: None,
        })
    }
}

/// The person of the pair who has this role.
fn usual_sender<'a>(role: Role, member: &'a ActorId, admin: &'a ActorId) -> Option<&'a ActorId> {
    match role {
        Role::Customer | Role::Guest => Some(member),
        Role::Admin => Some(admin),
        Role::System | Role::Unknown => None,
    }
}

/// The item that holds this head.
pub(crate) fn to_item(channel: &Channel, shards: u32) -> Result<Item, Error> {
    let key = channel.key();
    let shard = key.shard(shards);
    let work = &channel.work;
    let is_open = work.status == Status::Open;
    let marks = channel.marks.iter();
    let marks =
        marks.map(|(reader, mark)| (keys::reader_name(reader).to_owned(), Point::of(reader, mark)));
    let notified = channel.notified.iter().map(|(reader, last)| {
        let last = LastMail { at: last.at, episode: last.episode.to_string(), seq: last.seq };
        (keys::reader_name(reader).to_owned(), last)
    });
    let head = Head {
        channel_hash: channel.hash.as_str().to_owned(),
        r#type: DIRECT.to_owned(),
        member_id: channel.member_id.clone(),
        admin_id: channel.admin_id.clone(),
        v: channel.version,
        t: Point {
            seq: channel.last_seq,
            at: channel.last_message_at.unwrap_or_default(),
            customer: Some(channel.live_customer),
            staff: Some(channel.live_staff),
            unread_from: None,
            turns: 0,
        },
        m: marks.collect(),
        deleted: Deleted { customer: channel.deleted.customer, staff: channel.deleted.staff },
        automatic: channel.automatic,
        notified: notified.collect(),
        newest_seq: channel.newest.as_ref().map(Newest::seq),
        newest: match &channel.newest {
            Some(Newest::Inline(message)) => {
                NewestCopy::of(message, &channel.member_id, &channel.admin_id)?
            }
            _ => None,
        },
        paced: channel.paced,
        shard,
        queue: keys::queue(work.status.queue(), shard),
        minute: keys::queue_place(channel),
        waiting_since: channel.waiting_since,
        unanswered_since: channel.unanswered_since.filter(|_| is_open),
        held_wait: channel.unanswered_since.filter(|_| !is_open),
        snoozed_until: work.status.snoozed_until(),
        case: work.case,
        assignee_id: work.assignee_id.clone(),
        labels: work.labels.clone(),
        rating: work.rating,
        staff_seq: work.staff_seq,
        created_at: channel.created_at,
        updated_at: channel.updated_at,
    };
    item::item(&keys::head(&key), &head)
}

/// The item as its member may see it, for an export: without the staff's work, the version, which
/// counts that work too, and the newest message, which is in the log if the member may see it.
pub(crate) fn item_for_member(channel: &Channel, shards: u32) -> Result<Item, Error> {
    let mut item = to_item(&channel.for_member(), shards)?;
    item.remove(NEWEST);
    item.remove("v");
    Ok(item)
}

/// The update from the item of one head to that of the next, without the version and the start of
/// the wait: how these two are written depends on the guard of the write.
pub(crate) fn difference(
    before: &Channel,
    next: &Channel,
    shards: u32,
) -> Result<Expression, Error> {
    let (mut old, mut new) = (to_item(before, shards)?, to_item(next, shards)?);
    for attribute in ["v", "waiting_since"] {
        old.remove(attribute);
        new.remove(attribute);
    }
    if old.get("q") == new.get("q") {
        return Ok(Expression::difference(&old, &new));
    }
    // Another message: the old copy goes as a whole, with attributes that are unknown here.
    old.remove(NEWEST);
    let newest = new.remove(NEWEST);
    let mut difference = Expression::difference(&old, &new);
    match newest {
        Some(newest) => difference.set(&[NEWEST], newest),
        None => difference.remove(&[NEWEST]),
    }
    Ok(difference)
}

/// The heads among these items that can be read.
///
/// A head that a newer version wrote in a form unknown here is skipped and logged: it must not make
/// a whole list fail.
pub(crate) fn readable(items: impl IntoIterator<Item = Item>) -> Vec<Channel> {
    items.into_iter().filter_map(|item| item::readable("head", from_item(item))).collect()
}

/// Reads a head from its item.
pub(crate) fn from_item(item: Item) -> Result<Channel, Error> {
    let head: Head = item::read(item)?;
    let hash = ChannelHash::parse(&head.channel_hash).ok_or_else(|| {
        Error::Defect("a head without a channel hash", head.channel_hash.clone().into())
    })?;
    let notified = head.notified.iter().filter_map(|(name, last)| {
        let episode = Episode::parse(&last.episode)?;
        Some((reader(name)?, Notified { at: last.at, episode, seq: last.seq }))
    });
    let notified = notified.collect();
    let status = match (keys::queue_of(&head.queue), head.snoozed_until) {
        (Some(Queue::Closed), _) => Status::Closed,
        (Some(Queue::Snoozed), Some(until)) => Status::Snoozed { until },
        _ => Status::Open,
    };
    let marks = head.m.iter().filter_map(|(name, point)| {
        let reader = reader(name)?;
        let mark = point.into_mark(&reader);
        Some((reader, mark))
    });
    let marks = marks.collect();
    let newest = head.newest_seq.map(|seq| {
        let copy =
            head.newest.and_then(|copy| copy.into_message(seq, &head.member_id, &head.admin_id));
        copy.filter(Message::is_known).map_or(Newest::At(seq), Newest::Inline)
    });
    Ok(Channel {
        hash,
        member_id: head.member_id,
        admin_id: head.admin_id,
        version: head.v,
        last_seq: head.t.seq,
        last_message_at: some(head.t.at),
        live_customer: head.t.customer.unwrap_or_default(),
        live_staff: head.t.staff.unwrap_or_default(),
        deleted: Tally { customer: head.deleted.customer, staff: head.deleted.staff },
        automatic: head.automatic,
        marks,
        notified,
        newest,
        paced: head.paced,
        waiting_since: head.waiting_since,
        unanswered_since: head.unanswered_since.or(head.held_wait),
        created_at: head.created_at,
        updated_at: head.updated_at,
        work: Work {
            status,
            case: head.case,
            assignee_id: head.assignee_id,
            labels: head.labels,
            rating: head.rating,
            staff_seq: head.staff_seq,
        },
    })
}

fn some(at: Timestamp) -> Option<Timestamp> {
    (at != Timestamp::default()).then_some(at)
}

/// Reads what [`keys::reader_name`] printed.
fn reader(name: &str) -> Option<Reader> {
    if name == keys::MEMBER {
        Some(Reader::Member)
    } else {
        ActorId::parse(name).map(Reader::Admin)
    }
}

#[cfg(test)]
mod tests {
    use domain::{Draft, MessageBody, Pair, Principal, Score, SendLimit, SendMessage};

    use super::*;
    use crate::table::item::item_size;

    const BODY: usize = 200;
    const LIMIT: SendLimit = SendLimit { per_minute: 60_000, burst: 60_000 };
    /// 2026-11-27T09:00:00.123Z, without zeros at the end that a number would not store.
    const NOW: i64 = 1_795_770_000_123;

    fn actor(id: &str) -> ActorId {
        ActorId::parse(id).expect("an id")
    }

    /// An id as Medusa makes them.
    fn medusa_id(kind: &str, n: usize) -> ActorId {
        actor(&format!("{kind}_01{n:024}"))
    }

    fn message(channel: &Channel, sender: Principal, body: usize) -> (Channel, Message) {
        let draft = Draft {
            client_message_id: ClientMessageId::parse("6f1c2a34-5b6d-4e7f-8a9b-0c1d2e3f4a5b"),
            ..Draft::text(
                sender,
                MessageBody::parse("x".repeat(body)).expect("a body"),
                EventId::from_random([7; 16]),
            )
        };
        let send = SendMessage { draft: &draft, limit: LIMIT, assigns: false };
        let decision = send.decide(channel, &[], Timestamp::from_millis(NOW)).expect("sent");
        (decision.append.expect("an entry").next, decision.subject)
    }

    /// A channel in long use, with everything that a head may hold except mails: this many admins
    /// have read, one of them has just answered, and both waits are on.
    fn used(team: usize) -> Channel {
        let pair = Pair::new(medusa_id("cus", 1), medusa_id("user", 1), &actor("admin"));
        let pair = pair.expect("a pair");
        let opened = Channel::open(&pair, pair.member.clone(), Timestamp::from_millis(NOW - 1));
        let at = Some(Timestamp::from_millis(NOW));
        let read = |count| Mark { seq: 4_321, at, count, ..Mark::NOTHING };
        let admins = (1..=team).map(|n| (Reader::Admin(medusa_id("user", n)), read(2_345)));
        let before = Channel {
            version: 7_654,
            last_seq: 4_321,
            live_customer: 2_345,
            live_staff: 1_234,
            deleted: Tally { customer: 123, staff: 45 },
            marks: admins.chain([(Reader::Member, read(1_233))]).collect(),
            paced: Timestamp::from_millis(NOW),
            ..opened
        };
        let (answered, _) = message(&before, Principal::Admin(medusa_id("user", 2)), BODY);
        Channel { unanswered_since: Some(Timestamp::from_millis(NOW)), ..answered }
    }

    /// The item's bytes once every reader's mark is a copy of the log's end.
    fn bytes(team: usize) -> usize {
        let mut item = to_item(&used(team), 4).expect("an item");
        let end = item["t"].clone();
        let aws_sdk_dynamodb::types::AttributeValue::M(marks) = item.get_mut("m").expect("marks")
        else {
            panic!("a map")
        };
        assert_eq!(marks.len(), team + 1);
        for mark in marks.values_mut() {
            *mark = end.clone();
        }
        item_size(&item)
    }

    #[test]
    fn a_head_that_five_admins_read_is_one_unit_of_writes() {
        let sizes = [1, 5, 10, 50].map(|team| (team, bytes(team)));
        println!("bytes of a head, by admins who have read: {sizes:?}");
        assert!(bytes(5) <= 1_024, "{sizes:?}");
        for (team, bytes) in sizes {
            assert!(bytes <= 1_024 + 64 * team.saturating_sub(5), "{sizes:?}");
        }
        assert!(bytes(51) - bytes(50) <= 64, "{sizes:?}");
    }

    #[test]
    fn a_head_reads_back_as_it_was_written() {
        let other = used(3);
        let mut before = other.clone();
        before.waiting_since = None;
        let (own, _) = message(&before, Principal::Customer(medusa_id("cus", 1)), BODY);
        let claimed = own.claim(&medusa_id("cus", 2), Timestamp::from_millis(NOW));
        let worked_on = |status| {
            let (case, assignee_id, staff_seq) = (2, Some(medusa_id("user", 3)), 7);
            let labels = LabelSlug::parse("return").into_iter().collect();
            let mut channel = other.clone();
            let now = Timestamp::from_millis(NOW);
            let rating = Some(Rating {
                score: Score::try_from(4).expect("a score"),
                case: 1,
                created_at: now,
                updated_at: now.plus_millis(1),
                comment_seq: Some(6),
            });
            channel.work = Work { status, case, assignee_id, labels, rating, staff_seq };
            if let Some(mark) = channel.marks.get_mut(&Reader::Admin(medusa_id("user", 1))) {
                mark.unread_from = Some(UnreadFrom { seq: 4_000, before: 2_000 });
            }
            channel
        };
        let snoozed = Status::Snoozed { until: Timestamp::from_millis(NOW + 1) };
        let [open, snoozed, closed] = [Status::Open, snoozed, Status::Closed].map(worked_on);
        for channel in [other, own, claimed, open, snoozed, closed] {
            let item = to_item(&channel, 4).expect("an item");
            assert_eq!(from_item(item).expect("a head"), channel);
        }
    }

    #[test]
    fn a_long_message_stays_out_of_the_head() {
        let (channel, sent) = message(&used(1), Principal::Admin(medusa_id("user", 1)), 690);
        assert!(to_item(&channel, 4).expect("an item").contains_key(NEWEST));
        let (channel, sent_long) = message(&channel, Principal::Admin(medusa_id("user", 1)), 710);
        let item = to_item(&channel, 4).expect("an item");
        assert!(!item.contains_key(NEWEST));
        assert_eq!(from_item(item).expect("a head").newest, Some(Newest::At(sent_long.seq)));
        assert_eq!(sent_long.seq, sent.seq + 1);
    }
}
