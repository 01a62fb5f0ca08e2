//! A channel's head: everything about a conversation that is not a message, in one item.
//!
//! It is the aggregate root: the state, and what follows from it. The commands of the log take the
//! head as it was read and return the next one. Unread counts are two numbers of the head, so they
//! can neither drift nor need counting: live messages of the other side minus those that the reader
//! has read.

use std::collections::BTreeMap;

use crate::channel::notice::Notified;
use crate::channel::status::Status;
use crate::channel::work::Work;
use crate::ids::{ActorId, ChannelHash, ChannelKey, EventId};
use crate::log::entry::Place;
use crate::log::message::{Message, Tally};
use crate::people::principal::{Principal, Role, Side};
use crate::refusal::Validation;
use crate::shop::labels::LabelSlug;
use crate::time::Timestamp;

/// Most marks in a head. When one more reader comes, the mark of the admin who has read least is
/// dropped.
pub const MAX_MARKS: usize = 200;
/// Subtracted from the activity of a channel without messages, in milliseconds, so that it sorts
/// after all others. A whole number of minutes.
pub const NEVER_USED: i64 = 60_000 << 36;

/// Two people who may share a channel: a customer or guest, and an admin or the shop's default key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The customer or guest.
    pub member: ActorId,
    /// The admin.
    pub admin: ActorId,
}

impl Pair {
    /// Checks that each id can belong to its side, so that no caller opens a channel in another's
    /// name.
    pub fn new(
        member: ActorId,
        admin: ActorId,
        default_admin: &ActorId,
    ) -> Result<Self, Validation> {
        if member.as_str().starts_with("user_") || member == *default_admin || member == admin {
            return Err(Validation::Form("customer_id", "the id of a customer or guest"));
        }
        if admin.as_str().starts_with("cus_") || admin.is_guest() {
            return Err(Validation::Form("admin_id", "the id of an admin"));
        }
        Ok(Self { member, admin })
    }

    /// The hash of this pair's channel.
    pub fn hash(&self) -> ChannelHash {
        ChannelHash::of(&self.member, &self.admin)
    }
}

/// Whose read mark it is. The member's side has one mark, which survives the claim of a guest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reader {
    /// The customer or guest.
    Member,
    /// An admin, by id.
    Admin(ActorId),
}

impl Reader {
    /// The mark that this caller moves.
    pub fn of(caller: &Principal) -> Self {
        match caller.side() {
            Side::Member => Self::Member,
            Side::Staff => Self::Admin(caller.id().clone()),
        }
    }

    /// The side that it reads for.
    pub(crate) const fn side(&self) -> Side {
        match self {
            Self::Member => Side::Member,
            Self::Admin(_) => Side::Staff,
        }
    }
}

/// How far a reader has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Everything up to this seq is read.
    pub seq: u64,
    /// When the newest read message was created; `None` before the first.
    pub at: Option<Timestamp>,
    /// Live messages of the other side at or before `seq`.
    pub count: u64,
    /// Where the reader wants the channel to count as unread again. The mark itself stays.
    pub unread_from: Option<UnreadFrom>,
    /// How often what counts as unread has changed since the mark moved to `seq`.
    pub turns: u64,
}

/// A place in the log from which a channel counts as unread again, for one reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnreadFrom {
    /// The seq of the first message that counts.
    pub seq: u64,
    /// Live messages of the other side before `seq`.
    pub before: u64,
}

impl Mark {
    /// The mark of a reader who has read nothing.
    pub const NOTHING: Self = Self { seq: 0, at: None, count: 0, unread_from: None, turns: 0 };

    /// Live messages of the other side that count as read.
    pub fn counts_as_read(&self) -> u64 {
        self.unread_from.map_or(self.count, |from| from.before.min(self.count))
    }

    /// Whether everything up to `seq` counts as read, so that reading it changes nothing.
    pub fn counts_to(&self, seq: u64) -> bool {
        self.seq >= seq && self.unread_from.is_none_or(|from| from.seq > seq)
    }

    const fn turned(self, unread_from: Option<UnreadFrom>) -> Self {
        Self { unread_from, turns: self.turns + 1, ..self }
    }

    /// Takes a deleted message of the other side out of the counts that held it.
    pub(crate) fn uncount(&mut self, seq: u64) {
        if self.seq >= seq {
            self.count = self.count.saturating_sub(1);
        }
        if let Some(from) = self.unread_from.as_mut().filter(|from| from.seq > seq) {
            from.before = from.before.saturating_sub(1);
        }
    }
}

/// The newest message that is not deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Newest {
    /// A copy of it, without tally, event id and language: lists show none of them, and the head's
    /// size is the price of a send.
    Inline(Message),
    /// Its seq: the head has no copy, because the message is too long or of an unknown form.
    At(u64),
}

impl Newest {
    /// The head's copy of `message`.
    pub fn of(message: &Message) -> Self {
        let (sent, event_id) = (Tally::default(), EventId::unknown());
        Self::Inline(Message { sent, event_id, lang: None, ..message.clone() })
    }

    /// The message's seq.
    pub fn seq(&self) -> u64 {
        match self {
            Self::Inline(message) => message.seq,
            Self::At(seq) => *seq,
        }
    }
}

/// How far a read goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadUpTo {
    /// Everything committed so far.
    Everything,
    /// Up to this seq.
    Seq(u64),
    /// Up to the newest message created at or before this instant.
    At(Timestamp),
}

/// The result of [`Channel::mark`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marked {
    /// The mark moves.
    Moved(Channel),
    /// The mark stays, and the channel no longer counts as unread from an earlier place.
    Counted(Channel),
    /// The reader had no mark, and now has one at the beginning of the log.
    Joined(Channel),
    /// The mark is there already or further on.
    Unmoved,
}

/// A number that is summed over all channels of the shop.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sum {
    /// Live messages of customers and guests.
    Live,
    /// How many of them this admin has read.
    ReadBy(ActorId),
    /// Open channels with a message.
    Open,
    /// Snoozed channels.
    Snoozed,
    /// Open channels whose member waits for an answer.
    Waiting,
    /// Open channels with a message that no admin has.
    Unassigned,
    /// Open channels with a message that this admin has.
    AssignedTo(ActorId),
    /// Open channels with a message and this label.
    Labelled(LabelSlug),
}

/// What a channel adds to the shop's sums; a sum that it adds nothing to is not there.
pub type Contribution = BTreeMap<Sum, u64>;

/// A channel's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// The pair's hash.
    pub hash: ChannelHash,
    /// Who may use it from the store side: the customer or guest of the pair, or the customer who
    /// claimed that guest.
    pub member_id: ActorId,
    /// The admin of the pair.
    pub admin_id: ActorId,
    /// Rises by one with every write of the head.
    pub version: u64,
    /// The seq of the log's last entry; 0 while there is none.
    pub last_seq: u64,
    /// When the newest message was created, deleted or not.
    pub last_message_at: Option<Timestamp>,
    /// Messages of the member's side that are not deleted.
    pub live_customer: u64,
    /// Messages of the staff that are not deleted.
    pub live_staff: u64,
    /// Messages of each side that were deleted.
    pub deleted: Tally,
    /// Messages of the shop itself: they are on the staff's side, and no person wrote them.
    pub automatic: u64,
    /// How far each reader has read.
    pub marks: BTreeMap<Reader, Mark>,
    /// The last mail about this channel to the member, and to its addressee on the staff's side.
    pub notified: BTreeMap<Reader, Notified>,
    /// The newest message that is not deleted.
    pub newest: Option<Newest>,
    /// The member side's pace of sends, see [`SendLimit`](crate::SendLimit).
    pub paced: Timestamp,
    /// Since when the customer has an unread answer of the staff that no mail reported.
    pub waiting_since: Option<Timestamp>,
    /// When the member's oldest unanswered live message was created. An answer counts even if it is
    /// deleted later. It is kept while the channel is closed: see [`Channel::waits_since`].
    pub unanswered_since: Option<Timestamp>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When a message was last sent, edited or deleted.
    pub updated_at: Timestamp,
    /// The staff's work on it.
    pub work: Work,
}

impl Channel {
    /// The head of a new channel of `pair`, used by `member`: the pair's, or the customer who has
    /// claimed that guest.
    pub fn open(pair: &Pair, member: ActorId, now: Timestamp) -> Self {
        Self {
            hash: pair.hash(),
            member_id: member,
            admin_id: pair.admin.clone(),
            version: 1,
            last_seq: 0,
            last_message_at: None,
            live_customer: 0,
            live_staff: 0,
            deleted: Tally::default(),
            automatic: 0,
            marks: BTreeMap::from([(Reader::Member, Mark::NOTHING)]),
            notified: BTreeMap::new(),
            newest: None,
            paced: Timestamp::default(),
            waiting_since: None,
            unanswered_since: None,
            created_at: now,
            updated_at: now,
            work: Work::default(),
        }
    }

    /// The channel's key.
    pub fn key(&self) -> ChannelKey {
        self.hash.key()
    }

    /// Whether the log reaches this place.
    pub const fn reaches(&self, place: Place) -> bool {
        match place {
            Place::Public(seq) => seq <= self.last_seq,
            Place::Staff { seq, .. } => seq <= self.work.staff_seq,
        }
    }

    /// Whether `caller` may see and use this channel: every admin, and the member.
    pub fn admits(&self, caller: &Principal) -> bool {
        caller.side() == Side::Staff || self.member_id == *caller.id()
    }

    /// The member's role.
    pub fn member_role(&self) -> Role {
        Role::of_member(&self.member_id)
    }

    /// Messages that each side has sent, deleted or not.
    pub const fn sent(&self) -> Tally {
        Tally {
            customer: self.live_customer + self.deleted.customer,
            staff: self.live_staff + self.deleted.staff,
        }
    }

    /// Messages of the other side, not deleted, after `reader`'s mark.
    pub fn unread(&self, reader: &Reader) -> u64 {
        self.live_for(reader).saturating_sub(self.marks.get(reader).map_or(0, Mark::counts_as_read))
    }

    /// Since when the member waits for an answer of the staff. Closing ends the wait; opening again
    /// restores it.
    pub fn waits_since(&self) -> Option<Timestamp> {
        self.unanswered_since.filter(|_| self.work.status != Status::Closed)
    }

    /// The channel's place in lists, newest activity first, in milliseconds; below zero for
    /// channels without messages.
    pub fn activity(&self) -> i64 {
        self.last_message_at
            .map_or_else(|| self.created_at.millis() - NEVER_USED, Timestamp::millis)
    }

    /// What this channel adds to the shop's sums.
    pub fn contribution(&self) -> Contribution {
        let read = self.marks.iter().filter_map(|(reader, mark)| match reader {
            Reader::Admin(id) => Some((Sum::ReadBy(id.clone()), mark.counts_as_read())),
            Reader::Member => None,
        });
        let mut sums: Contribution = read.chain([(Sum::Live, self.live_customer)]).collect();
        let work = &self.work;
        match work.status {
            Status::Open if self.last_message_at.is_some() => {
                sums.insert(Sum::Open, 1);
                sums.insert(Sum::Waiting, u64::from(self.unanswered_since.is_some()));
                let assignee = work.assignee_id.clone().map_or(Sum::Unassigned, Sum::AssignedTo);
                sums.insert(assignee, 1);
                sums.extend(work.labels.iter().map(|slug| (Sum::Labelled(slug.clone()), 1)));
            }
            Status::Snoozed { .. } => {
                sums.insert(Sum::Snoozed, 1);
            }
            Status::Open | Status::Closed => {}
        }
        sums.retain(|_, number| *number > 0);
        sums
    }

    /// Whether this is the newest message that is not deleted.
    pub fn is_newest(&self, message: &Message) -> bool {
        self.newest.as_ref().is_some_and(|newest| newest.seq() == message.seq)
    }

    /// Whether the member waits for an answer since this message.
    pub fn asks_by(&self, message: &Message) -> bool {
        message.meaning().asks() && self.unanswered_since == Some(message.created_at)
    }

    /// Moves `reader`'s mark to `seq`, where `at` is the creation of the newest message up to there
    /// and `after` the number of live messages of the other side after it. A mark never moves
    /// back.
    pub fn mark(&self, reader: &Reader, seq: u64, at: Option<Timestamp>, after: u64) -> Marked {
        if let Some(mark) = self.marks.get(reader).filter(|mark| mark.seq >= seq) {
            if mark.counts_to(seq) {
                return Marked::Unmoved;
            }
            let mut next = self.next_version();
            next.marks.insert(reader.clone(), mark.turned(None));
            return Marked::Counted(next);
        }
        let mut next = self.next_version();
        next.make_room_for(reader);
        let count = self.live_for(reader).saturating_sub(after);
        next.marks.insert(reader.clone(), Mark { seq, at, count, ..Mark::NOTHING });
        next.stop_waiting_if_read();
        if seq == 0 { Marked::Joined(next) } else { Marked::Moved(next) }
    }

    /// Lets the channel count as unread from `seq` on for a reader who has a mark. `before` is the
    /// number of live messages of the other side before it. Returns `None` if that changes nothing.
    pub fn count_as_unread(&self, reader: &Reader, seq: u64, before: u64) -> Option<Self> {
        let mark = self.marks.get(reader)?;
        let unread_from = Some(UnreadFrom { seq, before }).filter(|from| from.seq <= mark.seq);
        if mark.unread_from == unread_from {
            return None;
        }
        let mut next = self.next_version();
        next.marks.insert(reader.clone(), mark.turned(unread_from));
        Some(next)
    }

    /// Hands the channel of a guest to the customer who has claimed that guest. Hash and old sender
    /// ids stay.
    #[must_use]
    pub fn claim(&self, customer: &ActorId, now: Timestamp) -> Self {
        let mut next = self.next_version();
        next.member_id = customer.clone();
        next.updated_at = now;
        if next.unread(&Reader::Member) > 0 {
            next.waiting_since = next.waiting_since.or(Some(now));
        }
        next
    }

    /// The head without what only staff may see: their work, who of them was notified, and what
    /// counts as unread again.
    #[must_use]
    pub fn for_member(&self) -> Self {
        let mut seen = Self { work: self.work.for_member(), ..self.clone() };
        seen.notified.retain(|reader, _| *reader == Reader::Member);
        for mark in seen.marks.values_mut() {
            mark.unread_from = None;
        }
        seen
    }

    pub(crate) fn next_version(&self) -> Self {
        Self { version: self.version + 1, ..self.clone() }
    }

    /// Live messages that `reader` could read: those of the other side.
    fn live_for(&self, reader: &Reader) -> u64 {
        match reader {
            Reader::Member => self.live_staff,
            Reader::Admin(_) => self.live_customer,
        }
    }

    pub(crate) fn stop_waiting_if_read(&mut self) {
        if self.unread(&Reader::Member) == 0 {
            self.waiting_since = None;
        }
    }

    fn make_room_for(&mut self, reader: &Reader) {
        if self.marks.contains_key(reader) || self.marks.len() < MAX_MARKS {
            return;
        }
        let admins = self.marks.iter().filter(|(reader, _)| **reader != Reader::Member);
        let least_read = admins.min_by_key(|(_, mark)| mark.seq).map(|(reader, _)| reader.clone());
        if let Some(reader) = least_read {
            self.marks.remove(&reader);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::fixtures::{actor, at, channel, customer, send};

    #[test]
    fn pairs_refuse_ids_of_the_wrong_side() {
        let default = actor("admin");
        for (member, admin) in [
            ("user_1", "admin"),
            ("admin", "user_1"),
            ("x", "x"),
            ("cus_1", "cus_2"),
            ("cus_1", "guest_2"),
        ] {
            assert!(Pair::new(actor(member), actor(admin), &default).is_err(), "{member} {admin}");
        }
        assert!(Pair::new(actor("guest_1"), actor("user_1"), &default).is_ok());
        assert!(Pair::new(actor("42"), actor("7"), &default).is_ok());
    }

    #[test]
    fn marks_never_move_back() {
        let reader = Reader::Admin(actor("user_1"));
        let (channel, _) = send(&channel(), &customer(), 5_000);
        let (channel, _) = send(&channel, &customer(), 6_000);
        let Marked::Moved(channel) = channel.mark(&reader, 2, Some(at(6_000)), 0) else {
            panic!("moves")
        };
        assert_eq!(channel.mark(&reader, 1, Some(at(5_000)), 1), Marked::Unmoved);
        assert!(matches!(
            channel.mark(&Reader::Admin(actor("user_2")), 0, None, 2),
            Marked::Joined(_)
        ));
    }

    #[test]
    fn the_reader_of_longest_ago_makes_room() {
        let (mut channel, _) = send(&channel(), &customer(), 5_000);
        for n in 0..250 {
            let reader = Reader::Admin(actor(&format!("user_{n}")));
            let Marked::Moved(next) = channel.mark(&reader, 1, Some(at(5_000)), 0) else {
                panic!("moves")
            };
            channel = next;
        }
        assert_eq!(channel.marks.len(), MAX_MARKS);
        assert!(channel.marks.contains_key(&Reader::Member));
        assert_eq!(channel.unread(&Reader::Admin(actor("user_0"))), 1);
        assert_eq!(channel.unread(&Reader::Admin(actor("user_249"))), 0);
    }

    #[test]
    fn never_used_channels_sort_behind_all_others() {
        let fresh = channel();
        let (used, _) = send(&fresh, &customer(), 2_000);
        assert!(used.activity() > fresh.activity());
        let later = Channel { created_at: at(90_000_000), ..fresh.clone() };
        assert!(later.activity() > fresh.activity() && later.activity() < 0);
    }

    #[test]
    fn the_heads_copy_has_no_tally_and_no_event() {
        let (_, message) = send(&channel(), &customer(), 2_000);
        let (sent, event_id) = (Tally::default(), EventId::unknown());
        let copy = Message { sent, event_id, ..message.clone() };
        assert_eq!(Newest::of(&message), Newest::Inline(copy));
    }
}
