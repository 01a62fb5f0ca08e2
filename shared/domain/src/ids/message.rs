//! The ids of messages and changes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ChannelKey, DIGEST_LEN, digest, lower_base32};
use crate::channel::head::{Mark, Reader};

/// Greatest seq that a database key holds: twelve decimal digits.
pub const MAX_SEQ: u64 = 999_999_999_999;

/// The public id of a message: `chatmsg_`, its channel's key, its seq.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct MessageId {
    pub channel: ChannelKey,
    pub seq: u64,
}

impl MessageId {
    /// Parses an id. Accepts only the exact text that `Display` prints.
    pub fn parse(text: &str) -> Option<Self> {
        let (channel, seq) = parse_place(text.strip_prefix("chatmsg_")?)?;
        Some(Self { channel, seq })
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "chatmsg_{}_{}", self.channel.as_str(), self.seq)
    }
}

/// The public id of a note: `chatnote_`, its channel's key, its seq in the staff's log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct NoteId {
    pub channel: ChannelKey,
    pub staff_seq: u64,
}

impl NoteId {
    /// Parses an id. Accepts only the exact text that `Display` prints.
    pub fn parse(text: &str) -> Option<Self> {
        let (channel, staff_seq) = parse_place(text.strip_prefix("chatnote_")?)?;
        Some(Self { channel, staff_seq })
    }
}

impl fmt::Display for NoteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "chatnote_{}_{}", self.channel.as_str(), self.staff_seq)
    }
}

/// Parses a channel's key and a seq, as ids of messages and notes end.
fn parse_place(text: &str) -> Option<(ChannelKey, u64)> {
    let (channel, seq) = text.split_at_checked(DIGEST_LEN)?;
    Some((ChannelKey::parse(channel)?, parse_seq(seq.strip_prefix('_')?)?))
}

/// The id of one change, the same in the log and for every receiver: `evt_` and 26 random
/// characters.
///
/// It is drawn before the write. After an ambiguous failure the stored id shows whether the write
/// was ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(String);

impl EventId {
    /// An id of 128 random bits.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(format!("evt_{}", lower_base32(&bytes)))
    }

    /// The id of the entry at this index among those that one command appends: its own id for the
    /// first, and for each further one an id made from it, so that a second attempt makes the same.
    pub(crate) fn of_entry(&self, index: usize) -> Self {
        match index {
            0 => self.clone(),
            _ => {
                Self(format!("evt_{}", digest(&[self.0.as_bytes(), index.to_string().as_bytes()])))
            }
        }
    }

    /// Stands for the id of a change that is unreadable or not at hand.
    pub fn unknown() -> Self {
        Self("evt_".to_owned())
    }

    /// The id of the change that gave a reader this mark. It is unique, because a mark moves to
    /// each seq once and counts its turns there.
    pub fn of_read(channel: &ChannelKey, reader: &Reader, mark: &Mark) -> Self {
        let reader = if let Reader::Admin(id) = reader { id.as_str() } else { "" };
        Self(format!(
            "evt_{}",
            digest(&[
                channel.as_str().as_bytes(),
                b"\nread\n",
                reader.as_bytes(),
                b"\n",
                &mark.seq.to_be_bytes(),
                &mark.turns.to_be_bytes(),
            ])
        ))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A client's name for one send, so that a repeated send is stored once: `[A-Za-z0-9._-]{8,64}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientMessageId(String);

impl ClientMessageId {
    /// Parses an id.
    pub fn parse(text: &str) -> Option<Self> {
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        ((8..=64).contains(&text.len()) && text.bytes().all(legal)).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Parses a decimal seq from 1 up, without sign or leading zero.
fn parse_seq(text: &str) -> Option<u64> {
    let plain =
        !text.is_empty() && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten().filter(|seq| *seq <= MAX_SEQ)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ChannelHash;

    #[test]
    fn only_printed_message_ids_parse() {
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
        let note = NoteId { channel: id.channel, staff_seq: 7 };
        assert_eq!(NoteId::parse(&note.to_string()), Some(note.clone()));
        assert_eq!(MessageId::parse(&note.to_string()), None);
        assert_eq!(NoteId::parse(&text), None);
    }
}
