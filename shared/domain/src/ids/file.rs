//! The ids of files.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ChannelKey, DIGEST_LEN, lower_base32};

/// The public id of a file: `chatfile_`, its channel's key, 26 random characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId {
    channel: ChannelKey,
    name: String,
}

impl FileId {
    /// An id of 128 random bits, in a channel.
    pub fn from_random(channel: ChannelKey, bytes: [u8; 16]) -> Self {
        Self { channel, name: lower_base32(&bytes) }
    }

    /// Parses an id. Accepts only the exact text that `Display` prints.
    pub fn parse(text: &str) -> Option<Self> {
        let (channel, name) = text.strip_prefix("chatfile_")?.split_at_checked(DIGEST_LEN)?;
        let name = name.strip_prefix('_')?;
        let is_name = name.len() == DIGEST_LEN
            && name.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'2'..=b'7'));
        is_name.then_some(())?;
        Some(Self { channel: ChannelKey::parse(channel)?, name: name.to_owned() })
    }

    /// The channel that the file is for.
    pub const fn channel(&self) -> &ChannelKey {
        &self.channel
    }

    /// Its name among the channel's files.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "chatfile_{}_{}", self.channel.as_str(), self.name)
    }
}

impl Serialize for FileId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FileId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not the id of a file"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ChannelHash, MessageId};

    #[test]
    fn only_printed_file_ids_parse() {
        let key = ChannelHash::parse("direct:admin:cus_1").expect("a hash").key();
        let id = FileId::from_random(key, [7; 16]);
        let text = id.to_string();
        assert_eq!(FileId::parse(&text), Some(id));
        for wrong in [
            text.to_uppercase(),
            format!("{text}a"),
            format!("{text}/"),
            text.replace("chatfile_", "chatmsg_"),
            text.replace('_', "-"),
            text[..text.len() - 1].to_owned(),
            "chatfile_é".repeat(9),
        ] {
            assert_eq!(FileId::parse(&wrong), None, "{wrong}");
        }
        assert_eq!(MessageId::parse(&text), None);
    }
}
