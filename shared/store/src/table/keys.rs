//! The only place that knows what a key looks like.
//!
//! Inside a channel's partition the sort keys are chosen so that one backward query from `~` to
//! `s#` yields the head and then the newest messages: `a#` (files) < `d#` (where messages were
//! deleted) < `e#` (edits and deletes) < `f` (folded) < `k#` (client ids) < `n#` (the staff's log)
//! < `s#` (messages) < `~` (head).

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    ActorId, Channel, ChannelKey, ClientMessageId, FileId, MAX_SEQ, NEVER_USED, Principal, Queue,
    Reader, Timestamp,
};

use crate::table::item::{Item, text_of};

/// The sort key of an item that is alone in its partition, and of a channel's head: it sorts after
/// all others.
pub(crate) const ONLY: &str = "~";

/// A full key of either table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl Key {
    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }

    /// The key as an item, for requests.
    pub(crate) fn item(&self) -> Item {
        Item::from([
            ("pk".to_owned(), AttributeValue::S(self.pk.clone())),
            ("sk".to_owned(), AttributeValue::S(self.sk.clone())),
        ])
    }
}

/// A channel's partition.
pub(crate) fn channel(key: &ChannelKey) -> String {
    format!("C#{}", key.as_str())
}

/// The partition of an item.
pub(crate) fn partition_of(item: &Item) -> Option<&str> {
    text_of(item, "pk")
}

/// The channel whose partition this is.
fn channel_of(pk: &str) -> Option<ChannelKey> {
    ChannelKey::parse(pk.strip_prefix("C#")?)
}

/// The channel whose partition an item is in.
pub(crate) fn channel_in(item: &Item) -> Option<ChannelKey> {
    channel_of(partition_of(item)?)
}

/// The seq in the sort key of an item of a log.
pub(crate) fn seq_of(item: &Item) -> u64 {
    text_of(item, "sk").and_then(|sk| sk.split_once('#')?.1.parse().ok()).unwrap_or_default()
}

/// Whether an item of a log is the row of a message.
pub(crate) fn is_message(item: &Item) -> bool {
    text_of(item, "sk").is_some_and(|sk| sk == message_sk(seq_of(item)))
}

/// Whether an item of a log is in the staff's.
pub(crate) fn is_of_staff(item: &Item) -> bool {
    text_of(item, "sk").is_some_and(|sk| sk.starts_with(STAFF))
}

/// The channel of an item of a log; `None` for other items.
pub(crate) fn channel_of_entry(item: &Item) -> Option<ChannelKey> {
    let sk = text_of(item, "sk")?;
    ["s#", "e#", STAFF].iter().find_map(|kind| sk.strip_prefix(kind))?.parse::<u64>().ok()?;
    channel_in(item)
}

/// The channel whose head has these key attributes, of an item or of a stream record; `None` for
/// other items.
pub(crate) fn written_head(item: &Item) -> Option<ChannelKey> {
    text_of(item, "sk").filter(|sk| *sk == ONLY).and_then(|_| channel_in(item))
}

/// Whether an item of a channel's partition is a client id of the member, or says where messages
/// were deleted.
pub(crate) fn is_of_member(item: &Item) -> bool {
    text_of(item, "sk").is_some_and(|sk| sk.starts_with("d#") || sk.starts_with("k#~#"))
}

/// Whether the partition of an item is a channel's, one of the totals, or one of the words in the
/// ids of channels' people.
pub(crate) fn is_of_channels(item: &Item) -> bool {
    partition_of(item).is_some_and(|pk| ["C#", "U#", "W#"].iter().any(|kind| pk.starts_with(kind)))
}

/// A channel's head.
pub(crate) fn head(key: &ChannelKey) -> Key {
    Key::new(channel(key), ONLY)
}

/// A message.
pub(crate) fn message(key: &ChannelKey, seq: u64) -> Key {
    Key::new(channel(key), message_sk(seq))
}

/// The sort key of a message: twelve digits, so that text order is number order.
pub(crate) fn message_sk(seq: u64) -> String {
    format!("s#{:012}", seq.min(MAX_SEQ))
}

/// An edit or a delete.
pub(crate) fn event(key: &ChannelKey, seq: u64) -> Key {
    Key::new(channel(key), event_sk(seq))
}

/// The sort key of an edit or a delete.
pub(crate) fn event_sk(seq: u64) -> String {
    format!("e#{:012}", seq.min(MAX_SEQ))
}

/// Begins the sort keys of the staff's log.
const STAFF: &str = "n#";

/// An entry of the staff's log.
pub(crate) fn staff_entry(key: &ChannelKey, staff_seq: u64) -> Key {
    Key::new(channel(key), staff_entry_sk(staff_seq))
}

/// The sort key of an entry of the staff's log.
pub(crate) fn staff_entry_sk(staff_seq: u64) -> String {
    format!("{STAFF}{:012}", staff_seq.min(MAX_SEQ))
}

/// The sort key of the deletions in one block of the log.
pub(crate) fn deleted_block_sk(block: u64) -> String {
    format!("d#b{block:010}")
}

/// The sort key of the deletions in one section of the log: many blocks.
pub(crate) fn deleted_section_sk(section: u64) -> String {
    format!("d#s{section:010}")
}

/// The deletions in one block of a channel's log.
pub(crate) fn deleted_block(key: &ChannelKey, block: u64) -> Key {
    Key::new(channel(key), deleted_block_sk(block))
}

/// The deletions in one section of a channel's log.
pub(crate) fn deleted_section(key: &ChannelKey, section: u64) -> Key {
    Key::new(channel(key), deleted_section_sk(section))
}

/// The number of the block or section whose deletions an item has.
pub(crate) fn deleted_number(item: &Item) -> u64 {
    text_of(item, "sk").and_then(|sk| sk.get(3..)?.parse().ok()).unwrap_or_default()
}

/// Begins the sort keys of files.
const FILE: &str = "a#";

/// A file.
pub(crate) fn file(id: &FileId) -> Key {
    Key::new(channel(id.channel()), format!("{FILE}{}", id.name()))
}

/// The file of an item; `None` for other items.
pub(crate) fn file_in(item: &Item) -> Option<FileId> {
    let name = text_of(item, "sk")?.strip_prefix(FILE)?;
    FileId::parse(&format!("chatfile_{}_{name}", channel_in(item)?.as_str()))
}

/// A client id, scoped to the channel and the sender, kept for ever. The member's side is one
/// sender, before and after a claim.
pub(crate) fn client_id(key: &ChannelKey, sender: &Reader, id: &ClientMessageId) -> Key {
    Key::new(channel(key), format!("k#{}#{}", reader_name(sender), id.as_str()))
}

/// A client id of an automatic message of the shop. No sender has this name.
pub(crate) fn shop_client_id(key: &ChannelKey, id: &ClientMessageId) -> Key {
    Key::new(channel(key), format!("k#*#{}", id.as_str()))
}

/// A client id of a note, scoped to the channel and the author. No client id of a message has this
/// key: client ids have no `#`.
pub(crate) fn note_client_id(key: &ChannelKey, author: &ActorId, id: &ClientMessageId) -> Key {
    Key::new(channel(key), format!("k#n#{author}#{}", id.as_str()))
}

/// The name of a reader in keys and maps. The member's is a character that no id has.
pub(crate) fn reader_name(reader: &Reader) -> &str {
    match reader {
        Reader::Member => MEMBER,
        Reader::Admin(id) => id.as_str(),
    }
}

/// See [`reader_name`].
pub(crate) const MEMBER: &str = "~";

/// The sort key of a channel's part of the totals.
pub(crate) const FOLDED: &str = "f";

/// A channel's part of the totals.
pub(crate) fn folded(key: &ChannelKey) -> Key {
    Key::new(channel(key), FOLDED)
}

/// Whether an item is a channel's part of the totals.
pub(crate) fn is_folded(item: &Item) -> bool {
    text_of(item, "sk") == Some(FOLDED)
}

/// A partition of the index of queues: one shard of the open channels, or all channels with another
/// status. Those are written only when their status changes, so one partition is enough.
pub(crate) fn queue(queue: Queue, shard: u32) -> String {
    let shard = if queue == Queue::Open { shard } else { 0 };
    format!("{}#{shard}", queue.as_str())
}

/// All partitions of a queue.
pub(crate) fn partitions_of(queue: Queue, shards: u32) -> impl Iterator<Item = String> {
    let shards = if queue == Queue::Open { shards } else { 1 };
    (0..shards).map(move |shard| self::queue(queue, shard))
}

/// The queue whose partition this is.
pub(crate) fn queue_of(partition: &str) -> Option<Queue> {
    let (name, _) = partition.split_once('#')?;
    Queue::ALL.into_iter().find(|queue| queue.as_str() == name)
}

/// A channel's place in the index of its queue: the minute of its activity, then its key. A lively
/// conversation moves in the index at most once a minute. No two channels have the same place, so a
/// list can continue from any place.
pub(crate) fn queue_place(channel: &Channel) -> String {
    format!("{}#{}", queue_minute(channel.activity()), channel.key().as_str())
}

/// The minute of an activity in places: twelve digits, so that text order is time order. Channels
/// without messages sort below all others.
pub(crate) fn queue_minute(activity: i64) -> String {
    let minute = activity.div_euclid(MINUTE_MS).saturating_add(NEVER_USED / MINUTE_MS);
    format!("{:012}", minute.max(0))
}

const MINUTE_MS: i64 = 60_000;

/// The minute of a place in the index of queues.
pub(crate) fn minute_of(place: &str) -> &str {
    place.split_once('#').map_or(place, |(minute, _)| minute)
}

/// The channel in a place of the index of queues; `None` if the text has no such form.
pub(crate) fn key_of_place(text: &str) -> Option<ChannelKey> {
    let is_minute = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    let (minute, key) = text.split_once('#')?;
    is_minute(minute).then(|| ChannelKey::parse(key)).flatten()
}

/// One of the items over which the shop's totals are spread.
pub(crate) fn totals(shard: u32) -> Key {
    Key::new(format!("U#{shard}"), ONLY)
}

/// A guest.
pub(crate) fn guest(id: &ActorId) -> Key {
    Key::new(format!("G#{id}"), ONLY)
}

/// A person: who they are, and what they have opened. A guest's item is the guest's own.
pub(crate) fn person(id: &ActorId) -> Key {
    if id.is_guest() { guest(id) } else { Key::new(format!("P#{id}"), ONLY) }
}

/// The person or guest whose item this is.
pub(crate) fn person_of(pk: &str) -> Option<ActorId> {
    ActorId::parse(pk.strip_prefix("P#").or_else(|| pk.strip_prefix("G#"))?)
}

/// The roster of known admins. No id has this character.
pub(crate) fn roster() -> Key {
    Key::new("P#~".to_owned(), ONLY)
}

/// The shop's canned answers.
pub(crate) fn canned() -> Key {
    Key::new("S#canned".to_owned(), ONLY)
}

/// The shop's settings.
pub(crate) fn settings() -> Key {
    Key::new("S#settings".to_owned(), ONLY)
}

/// The shop's labels.
pub(crate) fn labels() -> Key {
    Key::new("S#labels".to_owned(), ONLY)
}

/// The last measured reply times.
pub(crate) fn replies() -> Key {
    Key::new("S#replies".to_owned(), ONLY)
}

/// The staff's subscriptions to web push.
pub(crate) fn push_subscriptions() -> Key {
    Key::new("S#push".to_owned(), ONLY)
}

/// A key that never exists.
pub(crate) fn nothing() -> Key {
    Key::new("-".to_owned(), ONLY)
}

/// A person's opt-out from mail, by a digest of the person.
pub(crate) fn opt_out(digest: &str) -> Key {
    Key::new(format!("O#{digest}"), ONLY)
}

/// The suppression of an address, by a digest of it.
pub(crate) fn suppressed(digest: &str) -> Key {
    Key::new(format!("B#{digest}"), ONLY)
}

/// The claim on mails of one kind to one person (ephemeral).
pub(crate) fn mail_claim(slot: &str) -> Key {
    Key::new(format!("D#{slot}"), ONLY)
}

/// The mails to an unverified address of guests (ephemeral), by a digest of it.
pub(crate) fn guest_mails(address_digest: &str) -> Key {
    Key::new(format!("D#guests#{address_digest}"), ONLY)
}

/// The new addresses of a source that were mailed on one day (ephemeral).
pub(crate) fn source_day(source_digest: &str, day: i64) -> Key {
    Key::new(format!("A#mail#{source_digest}#{day}"), ONLY)
}

/// The partition of the mails to the shop's inbox (ephemeral).
pub(crate) const INBOX: &str = "D#inbox";
/// Begins the sort keys of the permits there.
pub(crate) const INBOX_PERMITS: &str = "t#";
/// Begins the sort keys of the deferred conversations there.
pub(crate) const INBOX_DEFERRED: &str = "w#";

/// A permit to send one mail to the inbox.
pub(crate) fn inbox_permit(number: u32) -> Key {
    Key::new(INBOX.to_owned(), format!("{INBOX_PERMITS}{number}"))
}

/// The number of a permit.
pub(crate) fn inbox_permit_number(item: &Item) -> Option<u32> {
    text_of(item, "sk")?.strip_prefix(INBOX_PERMITS)?.parse().ok()
}

/// A conversation that is deferred to the summary mail.
pub(crate) fn inbox_deferred(channel: &ChannelKey) -> Key {
    Key::new(INBOX.to_owned(), format!("{INBOX_DEFERRED}{}", channel.as_str()))
}

/// The conversation that an item defers.
pub(crate) fn inbox_deferred_channel(item: &Item) -> Option<ChannelKey> {
    ChannelKey::parse(text_of(item, "sk")?.strip_prefix(INBOX_DEFERRED)?)
}

/// The partition of all words with these first three characters in the ids of channels' people.
pub(crate) fn word_partition(prefix: &str) -> String {
    format!("W#{prefix}")
}

/// The partition of all words with these first three characters in names and addresses: of
/// customers, or of guests. Guests choose any name and must not crowd out customers, so theirs are
/// apart.
pub(crate) fn name_partition(is_guest: bool, prefix: &str) -> String {
    format!("N#{}#{prefix}", if is_guest { 'g' } else { 'c' })
}

/// The sort key of a word that leads to a channel or to a person: no word holds a `#`, and neither
/// does what it leads to.
pub(crate) fn word_sk(word: &str, found: &str) -> String {
    format!("{word}#{found}")
}

/// The channel or person that a word's sort key leads to.
pub(crate) fn found_by(sk: &str) -> Option<&str> {
    Some(sk.rsplit_once('#')?.1)
}

/// The counter of new guests from one address in one hour (ephemeral). The address is kept as a
/// digest only.
pub(crate) fn address_hour(what: &str, address_digest: &str, hour: i64) -> Key {
    Key::new(format!("A#{what}#{address_digest}#{hour}"), ONLY)
}

/// A ticket for one connection (ephemeral), by the digest of its text.
pub(crate) fn ticket(digest: &str) -> Key {
    Key::new(format!("T#{digest}"), ONLY)
}

/// The room of all staff.
pub(crate) const STAFF_ROOM: &str = "R#staff";

/// A customer's or guest's own room.
pub(crate) fn member_room(member: &ActorId) -> String {
    format!("R#member#{member}")
}

/// The room of a person's connections.
pub(crate) fn room(person: &Principal) -> String {
    match person {
        Principal::Admin(_) => STAFF_ROOM.to_owned(),
        Principal::Customer(id) | Principal::Guest(id) => member_room(id),
    }
}

/// A connection in its room (ephemeral): by person, then by age.
pub(crate) fn in_room(person: &Principal, connected_at: Timestamp, connection: &str) -> Key {
    Key::new(room(person), format!("{}#{:015}#{connection}", person.id(), connected_at.millis()))
}

/// The row that finds a connection by its id (ephemeral).
pub(crate) fn way_back(connection: &str) -> Key {
    Key::new(format!("X#{connection}"), ONLY)
}

/// When a person's presence is pushed next, or was pushed last (ephemeral).
pub(crate) fn presence_turn(person: &ActorId) -> Key {
    Key::new(format!("Y#{person}"), ONLY)
}

#[cfg(test)]
mod tests {
    use domain::Pair;

    use super::*;

    #[test]
    fn places_in_a_queue_are_ordered_as_activities() {
        let id = |text| ActorId::parse(text).expect("an id");
        let pair = Pair::new(id("cus_1"), id("user_1"), &id("admin")).expect("a pair");
        let at = Timestamp::from_millis;
        let fresh = Channel::open(&pair, pair.member.clone(), at(1_000));
        let later = Channel { created_at: at(90_000_000), ..fresh.clone() };
        let used = Channel { last_message_at: Some(at(2_000)), ..fresh.clone() };
        let places = [fresh, later, used].map(|channel| queue_place(&channel));
        assert!(places.is_sorted_by(|one, other| one < other), "{places:?}");
        let lengths = places.each_ref().map(String::len);
        assert_eq!(lengths, [39; 3], "texts of one length are ordered as numbers are");
        assert!(places.iter().all(|place| key_of_place(place).is_some()));
    }

    #[test]
    fn one_backward_query_meets_the_head_and_then_the_newest_messages() {
        let mut sort_keys = vec![
            ONLY.to_owned(),
            message_sk(9),
            message_sk(10),
            event_sk(999_999_999_999),
            "f".to_owned(),
            "k#user_1#abcdefgh".to_owned(),
            "a#abcdefgh".to_owned(),
            staff_entry_sk(12),
        ];
        sort_keys.extend([deleted_block_sk(7_812_499_999), deleted_section_sk(0)]);
        sort_keys.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(
            sort_keys,
            [
                "~",
                "s#000000000010",
                "s#000000000009",
                "n#000000000012",
                "k#user_1#abcdefgh",
                "f",
                "e#999999999999",
                "d#s0000000000",
                "d#b7812499999",
                "a#abcdefgh"
            ]
        );
    }
}
