//! Every id is its own type, declared here, and made from text in one place only.
//!
//! A channel's database key *is* the digest of its hash, so one pair has one channel by the table's
//! own uniqueness and no lookup table can disagree. A message id carries that key and the message's
//! seq, so editing by id needs no index. The ids grant nothing: every write checks the caller.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::channel::head::Reader;
use crate::people::principal::Side;

/// Longest id of a person, in characters (contract section 1).
const MAX_ACTOR_ID: usize = 128;
/// Characters of a digest or a random id: 26 base32 characters hold 130 bits.
const DIGEST_LEN: usize = 26;
/// Greatest seq that a key holds: twelve decimal digits.
pub const MAX_SEQ: u64 = 999_999_999_999;

/// Who a customer, guest or admin is: `[A-Za-z0-9_-]{1,128}`, as Medusa's `actor_id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActorId(String);

impl ActorId {
    /// Reads an id, or nothing when a character or the length is wrong.
    pub fn parse(text: &str) -> Option<Self> {
        let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        ((1..=MAX_ACTOR_ID).contains(&text.len()) && text.bytes().all(legal))
            .then(|| Self(text.to_owned()))
    }

    /// The id of the sender of a message that cannot be read. No caller has it.
    pub(crate) fn unknown() -> Self {
        Self("-".to_owned())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the public id of a guest: it starts with `guest_`.
    pub fn is_guest(&self) -> bool {
        self.0.starts_with("guest_")
    }
}

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a guest's browser keeps to prove who it is. It never leaves the server and never prints.
pub struct GuestSecret(String);

impl GuestSecret {
    /// Accepts 21 (a default `nanoid`) to 128 of `[A-Za-z0-9._-]`, at least ten of them distinct:
    /// what cannot be guessed.
    pub fn parse(text: &str) -> Option<Self> {
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        let mut distinct: Vec<u8> = text.bytes().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let strong =
            (21..=128).contains(&text.len()) && text.bytes().all(legal) && distinct.len() >= 10;
        strong.then(|| Self(text.to_owned()))
    }

    /// Makes a secret of 160 random bits.
    pub fn from_random(bytes: [u8; 20]) -> Self {
        Self(lower_base32(&bytes))
    }

    /// The public id that stands for this guest everywhere: `guest_` and the start of the secret's
    /// SHA-256.
    pub fn public_id(&self) -> ActorId {
        ActorId(format!("guest_{}", digest(&[self.0.as_bytes()])))
    }

    /// The secret itself, for the one answer that hands it to its owner.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for GuestSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GuestSecret(…)")
    }
}

/// `direct:<id>:<id>`, the two ids sorted bytewise: the name of the one channel of a pair.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChannelHash(String);

impl ChannelHash {
    /// What every hash starts with.
    pub const PREFIX: &'static str = "direct:";

    /// The hash of a pair, in whatever order it comes.
    pub fn of(a: &ActorId, b: &ActorId) -> Self {
        let (first, second) = if a <= b { (a, b) } else { (b, a) };
        Self(format!("{}{first}:{second}", Self::PREFIX))
    }

    /// Reads a hash; one that is malformed or unsorted names no channel.
    pub fn parse(text: &str) -> Option<Self> {
        let (first, second) = text.strip_prefix(Self::PREFIX)?.split_once(':')?;
        let (first, second) = (ActorId::parse(first)?, ActorId::parse(second)?);
        (first < second).then(|| Self(text.to_owned()))
    }

    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digest that keys this channel.
    pub fn key(&self) -> ChannelKey {
        ChannelKey(digest(&[self.0.as_bytes()]))
    }

    /// The id of the pair that is not `one`; nothing when `one` is not of the pair.
    pub fn other_than(&self, one: &ActorId) -> Option<ActorId> {
        let (first, second) = self.0.strip_prefix(Self::PREFIX)?.split_once(':')?;
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
        f.write_str(&self.0)
    }
}

/// The first 26 base32 characters of SHA-256 of a channel hash: the channel's place in the database
/// and in its ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelKey(String);

impl ChannelKey {
    /// Reads a key back from a database key, an id or a cursor.
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

    /// A number that spreads channels evenly over `shards`, always the same for this channel.
    pub fn shard(&self, shards: u32) -> u32 {
        // FNV-1a over text that is already a digest: spread is given, speed is welcome.
        let hash = self
            .0
            .bytes()
            .fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
        hash % shards.max(1)
    }
}

/// The public id of a message: `chatmsg_`, its channel's key, its seq.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageId {
    /// The channel's key.
    pub channel: ChannelKey,
    /// The message's position in the channel's log.
    pub seq: u64,
}

impl MessageId {
    /// Reads an id; anything that this system did not print is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (channel, seq) = text.strip_prefix("chatmsg_")?.split_at_checked(DIGEST_LEN)?;
        let channel = ChannelKey::parse(channel)?;
        let seq = parse_seq(seq.strip_prefix('_')?)?;
        Some(Self { channel, seq })
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "chatmsg_{}_{}", self.channel.0, self.seq)
    }
}

/// The id of one change, the same for every receiver and for the log: `evt_` and 26 random
/// characters.
///
/// It is drawn before the write, so that after an ambiguous failure the row itself tells whether it
/// was ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(String);

impl EventId {
    /// Makes an id of 128 random bits.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(format!("evt_{}", lower_base32(&bytes)))
    }

    /// Stands in for the id of an event that is not at hand or cannot be read.
    pub fn unknown() -> Self {
        Self("evt_".to_owned())
    }

    /// The id of the event that a reader's mark moved to `seq`: a mark stands at each seq once
    /// only.
    pub fn of_read(channel: &ChannelKey, reader: &Reader, seq: u64) -> Self {
        let reader = if let Reader::Admin(id) = reader { id.as_str() } else { "" };
        Self(format!(
            "evt_{}",
            digest(&[
                channel.0.as_bytes(),
                b"\nread\n",
                reader.as_bytes(),
                b"\n",
                &seq.to_be_bytes()
            ])
        ))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A name that a client gives to one send, so that repeating it stores nothing twice:
/// `[A-Za-z0-9._-]{8,64}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientMessageId(String);

impl ClientMessageId {
    /// Reads an id, or nothing when a character or the length is wrong.
    pub fn parse(text: &str) -> Option<Self> {
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        ((8..=64).contains(&text.len()) && text.bytes().all(legal)).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The id of a membership, `chatmem_…`: the same channel, side and person always have the same.
pub fn member_row_id(channel: &ChannelHash, side: Side, person: &ActorId) -> String {
    let side: &[u8] = if side == Side::Member { b"\nmember\n" } else { b"\nstaff\n" };
    format!("chatmem_{}", digest(&[channel.0.as_bytes(), side, person.0.as_bytes()]))
}

/// Reads a decimal seq from 1 up, without sign or leading zero.
pub(crate) fn parse_seq(text: &str) -> Option<u64> {
    let plain =
        !text.is_empty() && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten().filter(|seq| *seq <= MAX_SEQ)
}

/// The first 26 lower-case base32 characters of SHA-256 over the parts.
pub(crate) fn digest(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    let mut text = lower_base32(&hasher.finalize());
    text.truncate(DIGEST_LEN);
    text
}

fn is_digest(text: &str) -> bool {
    text.len() == DIGEST_LEN
        && text.bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b))
}

fn lower_base32(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
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

    #[test]
    fn a_message_id_survives_print_and_parse_and_nothing_else_parses() {
        let key = ChannelHash::parse("direct:admin:cus_1").expect("a hash").key();
        let id = MessageId { channel: key, seq: 41 };
        assert_eq!(MessageId::parse(&id.to_string()), Some(id.clone()));
        let text = id.to_string();
        for wrong in [
            text.replace("_41", "_041"),
            text.replace("_41", "_0"),
            text.replace("_41", "_+1"),
            text.to_uppercase(),
            text.replace("_41", "_"),
            format!("{text}x"),
            "chatmsg_é".repeat(9),
        ] {
            assert_eq!(MessageId::parse(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn guest_secrets_must_be_hard_to_guess() {
        assert!(GuestSecret::parse("V1StGXR8_Z5jdHi6B-myT").is_some());
        assert!(GuestSecret::parse("8f14e45f-ceea-467f-a0e6-1f2b3c4d5e6f").is_some());
        for weak in [
            "short",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "V1StGXR8_Z5jdHi6B-my",
            "V1StGXR8_Z5jdHi6B-my,",
            "V1StGXR8 Z5jdHi6B-myT",
            "ababababababababababababab",
        ] {
            assert!(GuestSecret::parse(weak).is_none(), "{weak}");
        }
        assert!(GuestSecret::parse(&"abcdefghij".repeat(13)).is_none(), "longer than 128");
    }

    #[test]
    fn a_guests_public_id_is_the_digest_of_the_secret() {
        // `printf V1StGXR8_Z5jdHi6B-myT | sha256sum`, as base32.
        let id = GuestSecret::parse("V1StGXR8_Z5jdHi6B-myT").expect("a secret").public_id();
        let sha = Sha256::digest(b"V1StGXR8_Z5jdHi6B-myT");
        let expected = BASE32_NOPAD.encode(&sha).to_lowercase();
        assert_eq!(id.as_str(), format!("guest_{}", expected.get(..26).expect("long enough")));
        assert!(id.is_guest());
        assert_eq!(format!("{:?}", GuestSecret::from_random([7; 20])), "GuestSecret(…)");
    }
}
