//! The ids of channels and memberships.

use std::fmt;

use super::{ActorId, DIGEST_LEN, digest};
use crate::people::principal::Side;

/// `direct:<id>:<id>`, the two ids sorted bytewise: the name of the one channel of a pair.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChannelHash {
    text: String,
    /// Kept, because a list compares the keys of its channels many times.
    key: ChannelKey,
}

impl ChannelHash {
    /// What every hash starts with.
    pub const PREFIX: &'static str = "direct:";

    /// The hash of a pair; the order of the two does not matter.
    pub fn of(a: &ActorId, b: &ActorId) -> Self {
        let (first, second) = if a <= b { (a, b) } else { (b, a) };
        Self::of_text(format!("{}{first}:{second}", Self::PREFIX))
    }

    /// Parses a hash; one with unsorted ids names no channel.
    pub fn parse(text: &str) -> Option<Self> {
        let (first, second) = text.strip_prefix(Self::PREFIX)?.split_once(':')?;
        let (first, second) = (ActorId::parse(first)?, ActorId::parse(second)?);
        (first < second).then(|| Self::of_text(text.to_owned()))
    }

    fn of_text(text: String) -> Self {
        let key = ChannelKey(digest(&[text.as_bytes()]));
        Self { text, key }
    }

    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The database key of this channel.
    pub fn key(&self) -> ChannelKey {
        self.key.clone()
    }

    /// The other id of the pair; `None` if `one` is not in the pair.
    pub fn other_than(&self, one: &ActorId) -> Option<ActorId> {
        let (first, second) = self.text.strip_prefix(Self::PREFIX)?.split_once(':')?;
        if first == one.as_str() {
            ActorId::parse(second)
        } else if second == one.as_str() {
            ActorId::parse(first)
        } else {
            None
        }
    }
}

impl fmt::Display for ChannelHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The first 26 base32 characters of SHA-256 of a channel hash: the key of the channel in the
/// database and in ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelKey(String);

impl ChannelKey {
    /// Parses a key from a database key, an id or a cursor.
    pub fn parse(text: &str) -> Option<Self> {
        is_digest(text).then(|| Self(text.to_owned()))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The channel's public id, `chatch_…`.
    pub fn channel_id(&self) -> String {
        format!("chatch_{}", self.0)
    }

    /// The channel's shard, below `shards`: the same each time, and evenly spread over channels.
    pub fn shard(&self, shards: u32) -> u32 {
        // FNV-1a is enough: the text is a digest, so it is evenly spread already.
        let hash = self
            .0
            .bytes()
            .fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
        hash % shards.max(1)
    }
}

/// The id of a membership, `chatmem_…`: the same for the same channel, side and person.
pub fn member_row_id(channel: &ChannelHash, side: Side, person: &ActorId) -> String {
    let side: &[u8] = if side == Side::Member { b"\nmember\n" } else { b"\nstaff\n" };
    format!("chatmem_{}", digest(&[channel.text.as_bytes(), side, person.as_str().as_bytes()]))
}

fn is_digest(text: &str) -> bool {
    text.len() == DIGEST_LEN
        && text.bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(text: &str) -> ActorId {
        ActorId::parse(text).expect("an id")
    }

    #[test]
    fn a_pair_has_one_hash_whatever_the_order() {
        let (customer, admin) = (actor("cus_1"), actor("admin"));
        assert_eq!(ChannelHash::of(&customer, &admin), ChannelHash::of(&admin, &customer));
        assert_eq!(ChannelHash::of(&customer, &admin).as_str(), "direct:admin:cus_1");
        // Bytewise, not alphabetical: capitals come first.
        assert_eq!(ChannelHash::of(&actor("a"), &actor("B")).as_str(), "direct:B:a");
    }

    #[test]
    fn only_a_sorted_pair_is_a_hash() {
        assert!(ChannelHash::parse("direct:admin:cus_1").is_some());
        for wrong in [
            "direct:cus_1:admin",
            "direct:a:a",
            "direct:a",
            "direct:a:b:c",
            "admin:cus_1",
            "direct:a:b%20",
            "",
            "Direct:a:b",
        ] {
            assert!(ChannelHash::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn the_other_one_of_a_pair() {
        let hash = ChannelHash::parse("direct:admin:cus_1").expect("a hash");
        assert_eq!(hash.other_than(&actor("admin")), Some(actor("cus_1")));
        assert_eq!(hash.other_than(&actor("cus_1")), Some(actor("admin")));
        assert_eq!(hash.other_than(&actor("cus_2")), None);
    }
}
