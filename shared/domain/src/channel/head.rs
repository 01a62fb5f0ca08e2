//! A channel's head: everything about a conversation that is not a message, in one item.
//!
//! It is the aggregate root. Each operation takes the head as it was read and returns the head as
//! it shall be stored; the store writes it only if nothing in between made the decision wrong.
//! Unread counts are two numbers of the head, so they can neither drift nor need counting: live
//! messages of the other side minus those that the reader has read.

use std::collections::BTreeMap;

use crate::channel::limits::SendLimit;
use crate::channel::notice::Notified;
use crate::ids::{ActorId, ChannelHash, ChannelKey, EventId};
use crate::log::message::{Change, ChangeKind, Draft, Message, MessageType, Tally};
use crate::people::principal::{Principal, Role, Side};
use crate::refusal::{Refusal, Validation};
use crate::text::body::MessageBody;
use crate::time::Timestamp;

/// Most marks in a head. When one more reader comes, the mark of the admin who has read least is
/// dropped.
pub const MAX_MARKS: usize = 200;
/// Added below zero for channels never used, so that they sort after all used ones: a whole number
/// of minutes.
const NEVER_USED: i64 = MINUTE_MS << 36;
const MINUTE_MS: i64 = 60_000;

/// Two people who may share a channel: a customer or guest, and an admin or the shop's default key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The customer or guest.
    pub member: ActorId,
    /// The admin.
    pub admin: ActorId,
}

impl Pair {
    /// Checks that each side looks like its side, so that nobody opens a channel in another's name.
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
}

/// How far somebody has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Everything up to this seq is read.
    pub seq: u64,
    /// When the newest message read was created; nothing when no message was.
    pub at: Option<Timestamp>,
    /// Live messages of the other side at or before `seq`.
    pub count: u64,
}

impl Mark {
    /// The mark of somebody who has read nothing.
    pub const NOTHING: Self = Self { seq: 0, at: None, count: 0 };
}

/// The newest message that is not deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Newest {
    /// It is at hand, without its tally and its event id: lists show neither, and the head's size
    /// is the price of a send.
    Inline(Message),
    /// Its seq: the head has no copy, because the message is too long or of an unknown form.
    At(u64),
}

impl Newest {
    /// How the head remembers `message`.
    pub fn of(message: &Message) -> Self {
        let (sent, event_id) = (Tally::default(), EventId::unknown());
        Self::Inline(Message { sent, event_id, ..message.clone() })
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

/// What a read at an earlier point does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marked {
    /// The mark moves.
    Moved(Channel),
    /// The reader had no mark; now it has one at the very beginning.
    Joined(Channel),
    /// The mark is there already or further on.
    Unmoved,
}

/// What an edit does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edition {
    /// The body is what it was.
    Unchanged,
    /// The message gets a new body and the log an entry.
    Changed(Channel, Change),
}

/// What a delete does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// Its author deleted it before.
    Already,
    /// The message becomes a tombstone and the log gets an entry. Where the head's newest message
    /// is the one deleted, the new head has none: whoever stores it looks up the one before. Where
    /// it is the one that waits for an answer, none does: whoever stores it looks up the messages
    /// behind, see [`Channel::ask_anew`].
    Deleted(Channel, Change),
}

/// What a channel adds to the shop's totals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contribution {
    /// Live messages of customers and guests.
    pub live: u64,
    /// How many of them each admin has read.
    pub read: BTreeMap<ActorId, u64>,
}

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
    /// How far each reader has read.
    pub marks: BTreeMap<Reader, Mark>,
    /// The last mail about this channel to the member, and to its addressee on the staff's side.
    pub notified: BTreeMap<Reader, Notified>,
    /// The newest message that is not deleted.
    pub newest: Option<Newest>,
    /// The member side's pace of sends, see [`SendLimit`].
    pub paced: Timestamp,
    /// Since when a customer has an unread answer of the staff that no mail was about.
    pub waiting_since: Option<Timestamp>,
    /// When the oldest live message of the member was created that no message of the staff came
    /// after. An answer that is deleted later was an answer still.
    pub unanswered_since: Option<Timestamp>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When a message was last sent, edited or deleted.
    pub updated_at: Timestamp,
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
            marks: BTreeMap::from([(Reader::Member, Mark::NOTHING)]),
            notified: BTreeMap::new(),
            newest: None,
            paced: Timestamp::default(),
            waiting_since: None,
            unanswered_since: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// The channel's key.
    pub fn key(&self) -> ChannelKey {
        self.hash.key()
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
        self.live_for(reader).saturating_sub(self.marks.get(reader).map_or(0, |mark| mark.count))
    }

    /// Where the channel stands in lists, newest activity first: milliseconds, below zero for
    /// channels never used.
    pub fn activity(&self) -> i64 {
        self.last_message_at
            .map_or_else(|| self.created_at.millis() - NEVER_USED, Timestamp::millis)
    }

    /// Where the channel stands in the index of its queue: the minute of its activity, then its key.
    /// Within a minute it stays where it is, so a lively conversation moves in the index once a
    /// minute; and no two channels stand in one place, so a list can go on from any place of a
    /// minute, however many channels were active in it.
    pub fn activity_place(&self) -> String {
        format!("{}#{}", Self::minute_place(self.activity()), self.key().as_str())
    }

    /// The part of [`Channel::activity_place`] that all channels with an activity in the same
    /// minute have: twelve digits, so that the order of texts is that of minutes. Channels never
    /// used come out below all others, not below zero.
    pub fn minute_place(activity: i64) -> String {
        let minute = activity.div_euclid(MINUTE_MS).saturating_add(NEVER_USED / MINUTE_MS);
        format!("{:012}", minute.max(0))
    }

    /// What this channel adds to the shop's totals.
    pub fn contribution(&self) -> Contribution {
        let read = self.marks.iter().filter_map(|(reader, mark)| match reader {
            Reader::Admin(id) if mark.count > 0 => Some((id.clone(), mark.count)),
            _ => None,
        });
        Contribution { live: self.live_customer, read: read.collect() }
    }

    /// Appends a message. Its `created_at` is later than that of every message before, whatever the
    /// clock says: that keeps read marks by time exact.
    pub fn post(
        &self,
        draft: &Draft,
        now: Timestamp,
        limit: SendLimit,
    ) -> Result<(Self, Message), Refusal> {
        let mut next = self.next_entry(&draft.sender, now, limit)?;
        let created_at = self.last_message_at.map_or(now, |last| now.max(last.plus_millis(1)));
        let message = Message {
            seq: next.last_seq,
            sender_id: draft.sender.id().clone(),
            sender_role: draft.sender.role(),
            body: draft.body.as_str().to_owned(),
            message_type: draft.message_type,
            sent: self.sent().one_more(draft.sender.side()),
            client_message_id: draft.client_message_id.clone(),
            event_id: draft.event_id.clone(),
            created_at,
            edited_at: None,
            deleted_at: None,
        };
        next.last_message_at = Some(created_at);
        next.newest = Some(Newest::of(&message));
        match draft.sender.side() {
            Side::Member => {
                next.live_customer += 1;
                next.unanswered_since = self.unanswered_since.or(Some(created_at));
            }
            Side::Staff => {
                next.live_staff += 1;
                next.unanswered_since = None;
                if self.member_role() == Role::Customer {
                    next.waiting_since = self.waiting_since.or(Some(created_at));
                }
            }
        }
        Ok((next, message))
    }

    /// Changes the body of one of this channel's messages.
    pub fn edit(
        &self,
        message: &Message,
        caller: &Principal,
        body: MessageBody,
        event: EventId,
        now: Timestamp,
        limit: SendLimit,
    ) -> Result<Edition, Refusal> {
        if message.deleted_at.is_some() {
            return Err(self.no_message(message));
        }
        if !message.is_own(caller) {
            return Err(Refusal::NotAuthorToEdit);
        }
        if message.message_type == MessageType::System {
            return Err(Refusal::SystemMessage);
        }
        if message.body == body.as_str() {
            return Ok(Edition::Unchanged);
        }
        let mut next = self.next_entry(caller, now, limit)?;
        let edited = Message { body: body.into_string(), edited_at: Some(now), ..message.clone() };
        if self.is_newest(message) {
            next.newest = Some(Newest::of(&edited));
        }
        let change = Change {
            seq: next.last_seq,
            kind: ChangeKind::Updated,
            event_id: event,
            ts: now,
            message: edited,
        };
        Ok(Edition::Changed(next, change))
    }

    /// Deletes one of this channel's messages: it leaves a tombstone, and every count that held it.
    pub fn delete(
        &self,
        message: &Message,
        caller: &Principal,
        event: EventId,
        now: Timestamp,
        limit: SendLimit,
    ) -> Result<Deletion, Refusal> {
        if message.deleted_at.is_some() {
            return if message.is_own(caller) {
                Ok(Deletion::Already)
            } else {
                Err(self.no_message(message))
            };
        }
        if !message.is_own(caller) {
            return Err(Refusal::NotAuthorToDelete);
        }
        let mut next = self.next_entry(caller, now, limit)?;
        let deleted = Message { body: String::new(), deleted_at: Some(now), ..message.clone() };
        if self.is_newest(message) {
            next.newest = None;
        }
        if self.asks_by(message) {
            next.unanswered_since = None;
        }
        let side = message.sender_role.side();
        next.deleted = self.deleted.one_more(side);
        match side {
            Side::Member => next.live_customer = next.live_customer.saturating_sub(1),
            Side::Staff => next.live_staff = next.live_staff.saturating_sub(1),
        }
        for (reader, mark) in &mut next.marks {
            let reads_that_side = (*reader == Reader::Member) == (side == Side::Staff);
            if reads_that_side && mark.seq >= message.seq {
                mark.count = mark.count.saturating_sub(1);
            }
        }
        next.stop_waiting_if_read();
        let change = Change {
            seq: next.last_seq,
            kind: ChangeKind::Deleted,
            event_id: event,
            ts: now,
            message: deleted,
        };
        Ok(Deletion::Deleted(next, change))
    }

    /// Whether this is the message since which the member waits for an answer.
    pub fn asks_by(&self, message: &Message) -> bool {
        message.sender_role.side() == Side::Member
            && self.unanswered_since == Some(message.created_at)
    }

    /// Once the message is deleted since which the member waited for an answer: they wait since the
    /// next live one. `behind` are the messages behind the deleted one, oldest first, as far as
    /// that one. All are the member's: an answer would have ended the waiting.
    pub fn ask_anew(&mut self, behind: &[Message]) {
        let is_live = |message: &&Message| {
            message.deleted_at.is_none() && message.sender_role.side() == Side::Member
        };
        self.unanswered_since = behind.iter().find(is_live).map(|message| message.created_at);
    }

    /// Moves `reader`'s mark to `seq`, where `at` is the creation of the newest message up to there
    /// and `after` the number of live messages of the other side after it. A mark never moves
    /// back.
    pub fn mark(&self, reader: &Reader, seq: u64, at: Option<Timestamp>, after: u64) -> Marked {
        if self.marks.get(reader).is_some_and(|mark| mark.seq >= seq) {
            return Marked::Unmoved;
        }
        let mut next = self.next_version();
        next.make_room_for(reader);
        let count = self.live_for(reader).saturating_sub(after);
        next.marks.insert(reader.clone(), Mark { seq, at, count });
        next.stop_waiting_if_read();
        if seq == 0 { Marked::Joined(next) } else { Marked::Moved(next) }
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

    /// The head after one more log entry by `caller`; the member's side spends its pace.
    fn next_entry(
        &self,
        caller: &Principal,
        now: Timestamp,
        limit: SendLimit,
    ) -> Result<Self, Refusal> {
        let mut next = self.next_version();
        if caller.side() == Side::Member {
            next.paced = limit.spend(self.paced, now)?;
        }
        next.last_seq += 1;
        next.updated_at = self.updated_at.max(now);
        Ok(next)
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

    fn is_newest(&self, message: &Message) -> bool {
        self.newest.as_ref().is_some_and(|newest| newest.seq() == message.seq)
    }

    fn stop_waiting_if_read(&mut self) {
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

    fn no_message(&self, message: &Message) -> Refusal {
        Refusal::NoMessage(crate::MessageId { channel: self.key(), seq: message.seq }.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNLIMITED: SendLimit = SendLimit { per_minute: 60_000, burst: 60_000 };

    fn actor(text: &str) -> ActorId {
        ActorId::parse(text).expect("an id")
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn event() -> EventId {
        EventId::from_random([1; 16])
    }

    fn channel() -> Channel {
        let pair = Pair::new(actor("cus_1"), actor("admin"), &actor("admin")).expect("a pair");
        Channel::open(&pair, pair.member.clone(), at(1_000))
    }

    fn post(channel: &Channel, sender: &Principal, now: i64) -> (Channel, Message) {
        let body = MessageBody::parse("hello".into()).expect("a body");
        let draft = Draft {
            sender: sender.clone(),
            body,
            message_type: MessageType::Text,
            client_message_id: None,
            event_id: event(),
        };
        channel.post(&draft, at(now), UNLIMITED).expect("posted")
    }

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
    fn created_at_rises_though_the_clock_goes_back() {
        let customer = Principal::Customer(actor("cus_1"));
        let (channel, first) = post(&channel(), &customer, 5_000);
        let (channel, second) = post(&channel, &customer, 4_000);
        assert_eq!((first.seq, second.seq), (1, 2));
        assert_eq!((first.created_at, second.created_at), (at(5_000), at(5_001)));
        assert_eq!(channel.last_message_at, Some(at(5_001)));
    }

    #[test]
    fn times_rise_though_a_clock_once_ran_ahead() {
        let (customer, admin) =
            (Principal::Customer(actor("cus_1")), Principal::Admin(actor("user_1")));
        let (ahead, _) = post(&channel(), &customer, 90_000_000);
        let (_, message) = post(&ahead, &admin, 5_000);
        assert_eq!(message.created_at, at(90_000_001), "times rise strictly");
    }

    /// A delete as it is stored, where the log holds these messages.
    fn delete(channel: &Channel, message: &Message, who: &Principal, log: &[Message]) -> Channel {
        let Ok(Deletion::Deleted(mut next, _)) =
            channel.delete(message, who, event(), at(90_000), UNLIMITED)
        else {
            panic!("deletes")
        };
        if channel.asks_by(message) {
            let behind: Vec<_> =
                log.iter().filter(|other| other.seq > message.seq).cloned().collect();
            next.ask_anew(&behind);
        }
        next
    }

    #[test]
    fn a_question_is_unanswered_from_the_first_message_to_the_next_answer() {
        let (guest, admin) =
            (Principal::Guest(actor("guest_1")), Principal::Admin(actor("user_1")));
        let quiet = Channel { member_id: actor("guest_1"), ..channel() };
        let (asked, _) = post(&quiet, &guest, 5_000);
        let (insists, _) = post(&asked, &guest, 6_000);
        assert_eq!(
            (quiet.unanswered_since, asked.unanswered_since, insists.unanswered_since),
            (None, Some(at(5_000)), Some(at(5_000)))
        );
        assert_eq!(
            insists.claim(&actor("cus_9"), at(7_000)).unanswered_since,
            Some(at(5_000)),
            "a claim answers nothing"
        );
        let Marked::Moved(read) =
            insists.mark(&Reader::Admin(actor("user_1")), 2, Some(at(6_000)), 0)
        else {
            panic!("moves")
        };
        assert_eq!(read.unanswered_since, Some(at(5_000)), "nor does a read");

        let (answered, answer) = post(&insists, &admin, 8_000);
        let (adds, _) = post(&answered, &admin, 9_000);
        assert_eq!((answered.unanswered_since, adds.unanswered_since), (None, None));
        let taken_back = delete(&answered, &answer, &admin, &[]);
        assert_eq!(taken_back.unanswered_since, None, "an answer stays an answer");
        // A clock that goes back moves nothing back.
        assert_eq!(post(&adds, &guest, 4_000).0.unanswered_since, Some(at(9_001)));
    }

    #[test]
    fn deleting_the_question_leaves_the_next_one() {
        let (customer, admin) =
            (Principal::Customer(actor("cus_1")), Principal::Admin(actor("user_1")));
        let (channel, old) = post(&channel(), &customer, 2_000);
        let (channel, answer) = post(&channel, &admin, 3_000);
        let (channel, one) = post(&channel, &customer, 4_000);
        assert_eq!(delete(&channel, &one, &customer, &[]).unanswered_since, None, "the only one");
        assert_eq!(
            delete(&channel, &old, &customer, std::slice::from_ref(&one)).unanswered_since,
            Some(at(4_000)),
            "one that was answered"
        );
        let (channel, two) = post(&channel, &customer, 5_000);
        let (channel, three) = post(&channel, &customer, 6_000);
        let log = [old, answer, one.clone(), two.clone(), three.clone()];
        assert_eq!(delete(&channel, &one, &customer, &log).unanswered_since, Some(at(5_000)));
        let gone = Message { deleted_at: Some(at(7_000)), ..two.clone() };
        let log = [one.clone(), gone, three.clone()];
        assert_eq!(
            delete(&channel, &one, &customer, &log).unanswered_since,
            Some(at(6_000)),
            "a tombstone asks nothing"
        );
        for later in [two, three] {
            assert_eq!(
                delete(&channel, &later, &customer, &log).unanswered_since,
                Some(at(4_000)),
                "the first stands"
            );
        }
    }

    #[test]
    fn an_answer_makes_a_customer_wait_and_a_guest_not() {
        let admin = Principal::Admin(actor("user_1"));
        let (waiting, _) = post(&channel(), &admin, 5_000);
        let (waiting, _) = post(&waiting, &admin, 6_000);
        assert_eq!(waiting.waiting_since, Some(at(5_000)));
        let Marked::Moved(read) = waiting.mark(&Reader::Member, 2, Some(at(6_000)), 0) else {
            panic!("moves")
        };
        assert_eq!(read.waiting_since, None);

        let guest = Channel { member_id: actor("guest_1"), ..channel() };
        assert_eq!(post(&guest, &admin, 5_000).0.waiting_since, None);
        assert_eq!(
            post(&guest, &admin, 5_000).0.claim(&actor("cus_9"), at(8_000)).waiting_since,
            Some(at(8_000))
        );
    }

    #[test]
    fn a_delete_leaves_every_count_that_held_the_message() {
        let (customer, admin) =
            (Principal::Customer(actor("cus_1")), Principal::Admin(actor("user_1")));
        let (reader, late) = (Reader::of(&admin), Reader::Admin(actor("user_2")));
        let (channel, first) = post(&channel(), &customer, 5_000);
        let Marked::Moved(channel) = channel.mark(&reader, 1, Some(at(5_000)), 0) else {
            panic!("moves")
        };
        let (channel, second) = post(&channel, &customer, 6_000);
        assert_eq!((channel.unread(&reader), channel.unread(&late)), (1, 2));

        let Ok(Deletion::Deleted(channel, _)) =
            channel.delete(&first, &customer, event(), at(7_000), UNLIMITED)
        else {
            panic!("deletes")
        };
        assert_eq!(
            (channel.unread(&reader), channel.unread(&late)),
            (1, 1),
            "read before: only the late reader loses one"
        );
        let Ok(Deletion::Deleted(channel, _)) =
            channel.delete(&second, &customer, event(), at(7_000), UNLIMITED)
        else {
            panic!("deletes")
        };
        assert_eq!((channel.unread(&reader), channel.unread(&late)), (0, 0));
        assert_eq!((channel.last_seq, channel.newest.clone()), (4, None));
        assert_eq!(channel.contribution(), Contribution::default());
    }

    #[test]
    fn a_message_knows_how_many_were_sent_before_whatever_is_deleted() {
        let (customer, admin) =
            (Principal::Customer(actor("cus_1")), Principal::Admin(actor("user_1")));
        let (channel, first) = post(&channel(), &customer, 5_000);
        let (channel, second) = post(&channel, &admin, 6_000);
        let channel = delete(&channel, &first, &customer, &[]);
        let (channel, third) = post(&channel, &customer, 95_000);
        let tally = |customer, staff| Tally { customer, staff };
        assert_eq!([first.sent, second.sent, third.sent], [tally(1, 0), tally(1, 1), tally(2, 1)]);
        assert_eq!((channel.sent(), channel.deleted), (tally(2, 1), tally(1, 0)));
    }

    #[test]
    fn marks_never_move_back() {
        let customer = Principal::Customer(actor("cus_1"));
        let reader = Reader::Admin(actor("user_1"));
        let (channel, _) = post(&channel(), &customer, 5_000);
        let (channel, _) = post(&channel, &customer, 6_000);
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
        let customer = Principal::Customer(actor("cus_1"));
        let (mut channel, _) = post(&channel(), &customer, 5_000);
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
    fn refusals_come_in_the_order_of_the_contract() {
        let (customer, admin) =
            (Principal::Customer(actor("cus_1")), Principal::Admin(actor("user_1")));
        let body = || MessageBody::parse("new".into()).expect("a body");
        let (channel, message) = post(&channel(), &admin, 5_000);
        let system = Message { message_type: MessageType::System, ..message.clone() };
        let gone = Message { deleted_at: Some(at(6_000)), ..system.clone() };
        let edit = |message: &Message, who: &Principal| {
            channel.edit(message, who, body(), event(), at(7_000), UNLIMITED)
        };
        let delete = |message: &Message, who: &Principal| {
            channel.delete(message, who, event(), at(7_000), UNLIMITED)
        };

        assert!(matches!(edit(&gone, &admin), Err(Refusal::NoMessage(_))));
        assert_eq!(edit(&system, &customer), Err(Refusal::NotAuthorToEdit));
        assert_eq!(edit(&system, &admin), Err(Refusal::SystemMessage));
        assert_eq!(delete(&gone, &admin), Ok(Deletion::Already));
        assert!(matches!(delete(&gone, &customer), Err(Refusal::NoMessage(_))));
        assert_eq!(delete(&message, &customer), Err(Refusal::NotAuthorToDelete));
    }

    #[test]
    fn never_used_channels_sort_behind_all_others() {
        let fresh = channel();
        let (used, _) = post(&fresh, &Principal::Customer(actor("cus_1")), 2_000);
        assert!(used.activity() > fresh.activity());
        let later = Channel { created_at: at(90_000_000), ..fresh.clone() };
        assert!(later.activity() > fresh.activity() && later.activity() < 0);
        assert!(
            later.activity_place() > fresh.activity_place()
                && used.activity_place() > later.activity_place()
        );
        let lengths = [&fresh, &used, &later].map(|channel| channel.activity_place().len());
        assert_eq!(lengths, [39; 3], "texts of one length are ordered as numbers are");
    }

    #[test]
    fn the_heads_copy_has_no_tally_and_no_event() {
        let (_, message) = post(&channel(), &Principal::Customer(actor("cus_1")), 2_000);
        let (sent, event_id) = (Tally::default(), EventId::unknown());
        let copy = Message { sent, event_id, ..message.clone() };
        assert_eq!(Newest::of(&message), Newest::Inline(copy));
    }
}
