//! A channel's head as an item.
//!
//! The marks are parallel maps of numbers, reader to value, so that "read everything" is one
//! `UpdateItem` that copies sibling attributes of the same item: no read before it, no race with a
//! send.

use std::collections::BTreeMap;

use domain::{
    ActorId, Channel, ChannelHash, Episode, Mark, Message, Newest, Notified, Reader, Tally,
    Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::table::db::{self, Item, lenient};
use crate::table::error::Error;
use crate::table::keys;
use crate::table::update::Expression;

/// The only type of channel, and the partition of the index by hash.
pub(crate) const DIRECT: &str = "direct";

#[derive(Serialize, Deserialize)]
struct Head {
    channel_hash: String,
    r#type: String,
    member_id: ActorId,
    admin_id: ActorId,
    v: u64,
    last_seq: u64,
    /// 0 while there is no message: a read copies it, so it must always be there.
    last_message_at: Timestamp,
    live_customer: u64,
    live_staff: u64,
    #[serde(default, skip_serializing_if = "Tally::is_empty")]
    deleted: Tally,
    read_seq: BTreeMap<String, u64>,
    read_at: BTreeMap<String, Timestamp>,
    read_count: BTreeMap<String, u64>,
    joined_at: BTreeMap<String, Timestamp>,
    moved_at: BTreeMap<String, Timestamp>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    notified: BTreeMap<String, Told>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    newest_seq: Option<u64>,
    /// A message of a form that this version does not know is left out: its row is not shown
    /// either.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "lenient")]
    newest: Option<Message>,
    paced: Timestamp,
    activity_shard: u32,
    /// The minute and, within it, the channel's own place.
    activity_minute: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waiting_shard: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waiting_since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unanswered_since: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// The last mail to somebody, as stored. One that lacks a part is left out, and stays as it is.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Told {
    at: Timestamp,
    episode: String,
    seq: u64,
}

/// The item that holds this head.
pub(crate) fn to_item(channel: &Channel, shards: u32) -> Result<Item, Error> {
    let key = channel.key();
    let shard = key.shard(shards);
    let mut head = Head {
        channel_hash: channel.hash.as_str().to_owned(),
        r#type: DIRECT.to_owned(),
        member_id: channel.member_id.clone(),
        admin_id: channel.admin_id.clone(),
        v: channel.version,
        last_seq: channel.last_seq,
        last_message_at: channel.last_message_at.unwrap_or_default(),
        live_customer: channel.live_customer,
        live_staff: channel.live_staff,
        deleted: channel.deleted,
        read_seq: BTreeMap::new(),
        read_at: BTreeMap::new(),
        read_count: BTreeMap::new(),
        joined_at: BTreeMap::new(),
        moved_at: BTreeMap::new(),
        notified: BTreeMap::new(),
        newest_seq: channel.newest.as_ref().map(Newest::seq),
        newest: match &channel.newest {
            Some(Newest::Inline(message)) => Some(message.clone()),
            _ => None,
        },
        paced: channel.paced,
        activity_shard: shard,
        activity_minute: channel.activity_place(),
        waiting_shard: channel.waiting_since.map(|_| shard),
        waiting_since: channel.waiting_since,
        unanswered_since: channel.unanswered_since,
        created_at: channel.created_at,
        updated_at: channel.updated_at,
    };
    for (reader, mark) in &channel.marks {
        let name = keys::reader_name(reader);
        head.read_seq.insert(name.to_owned(), mark.seq);
        head.read_at.insert(name.to_owned(), mark.at.unwrap_or_default());
        head.read_count.insert(name.to_owned(), mark.count);
        head.joined_at.insert(name.to_owned(), mark.joined_at);
        head.moved_at.insert(name.to_owned(), mark.moved_at);
    }
    for (reader, told) in &channel.notified {
        let told = Told { at: told.at, episode: told.episode.to_string(), seq: told.seq };
        head.notified.insert(keys::reader_name(reader).to_owned(), told);
    }
    db::item(&keys::head(&key), &head)
}

/// What turns the item of one head into that of the next, but for its version and for when its
/// member began to wait: how these are written depends on what guards the write.
pub(crate) fn difference(
    before: &Channel,
    next: &Channel,
    shards: u32,
) -> Result<Expression, Error> {
    let (mut old, mut new) = (to_item(before, shards)?, to_item(next, shards)?);
    for attribute in ["v", "waiting_since", "waiting_shard"] {
        old.remove(attribute);
        new.remove(attribute);
    }
    let seq = |channel: &Channel| channel.newest.as_ref().map(Newest::seq);
    if seq(before) == seq(next) {
        return Ok(Expression::difference(&old, &new));
    }
    // Another message: nothing of the one before may stay, not even what is unknown here.
    old.remove("newest");
    let newest = new.remove("newest");
    let mut difference = Expression::difference(&old, &new);
    match newest {
        Some(newest) => difference.set(&["newest"], newest),
        None => difference.remove(&["newest"]),
    }
    Ok(difference)
}

/// The heads among these items that can be read.
///
/// A head that a newer version wrote in a form unknown here is left out and logged: it must not
/// take everybody's list with it.
pub(crate) fn readable(items: impl IntoIterator<Item = Item>) -> Vec<Channel> {
    items.into_iter().filter_map(|item| db::readable("head", from_item(item))).collect()
}

/// Reads a head from its item.
pub(crate) fn from_item(item: Item) -> Result<Channel, Error> {
    let head: Head = db::read(item)?;
    let hash = ChannelHash::parse(&head.channel_hash).ok_or_else(|| {
        Error::Defect("a head without a channel hash", head.channel_hash.clone().into())
    })?;
    let some = |at: Timestamp| (at != Timestamp::default()).then_some(at);
    let mark = |name: &String, seq: u64| Mark {
        seq,
        at: head.read_at.get(name).copied().and_then(some),
        count: head.read_count.get(name).copied().unwrap_or_default(),
        joined_at: head.joined_at.get(name).copied().unwrap_or(head.created_at),
        moved_at: head.moved_at.get(name).copied().unwrap_or(head.created_at),
    };
    let reader = |name: &str| {
        if name == keys::MEMBER {
            Some(Reader::Member)
        } else {
            ActorId::parse(name).map(Reader::Admin)
        }
    };
    let notified = head.notified.iter().filter_map(|(name, told)| {
        let episode = Episode::parse(&told.episode)?;
        Some((reader(name)?, Notified { at: told.at, episode, seq: told.seq }))
    });
    let notified = notified.collect();
    let marks = head
        .read_seq
        .iter()
        .filter_map(|(name, seq)| Some((reader(name)?, mark(name, *seq))))
        .collect();
    Ok(Channel {
        hash,
        member_id: head.member_id,
        admin_id: head.admin_id,
        version: head.v,
        last_seq: head.last_seq,
        last_message_at: some(head.last_message_at),
        live_customer: head.live_customer,
        live_staff: head.live_staff,
        deleted: head.deleted,
        marks,
        notified,
        newest: match (head.newest, head.newest_seq) {
            (Some(message), _) if message.is_known() => Some(Newest::Inline(message)),
            (Some(message), None) => Some(Newest::At(message.seq)),
            (_, Some(seq)) => Some(Newest::At(seq)),
            (None, None) => None,
        },
        paced: head.paced,
        waiting_since: head.waiting_since,
        unanswered_since: head.unanswered_since,
        created_at: head.created_at,
        updated_at: head.updated_at,
    })
}
