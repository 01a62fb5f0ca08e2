//! The two tables and their indexes, as data: the local server creates them from it, and a test
//! compares it with `template.yaml`.

/// The index by channel hash: search by the start of a hash. Written once per channel.
pub const HASH_INDEX: &str = "channel_hash";
/// The index by member: a person's own channels. Written when a channel is opened or claimed.
pub const MEMBER_INDEX: &str = "member";
/// The index by activity: the admin list. Sharded, and keyed by the minute and the channel, so that
/// a conversation moves in it at most once a minute, no shop outgrows one partition, and a list can
/// go on from any place of a minute.
pub const ACTIVITY_INDEX: &str = "activity";
/// The index of customers who wait for an answer. Sparse: the digest reads nobody else.
pub const WAITING_INDEX: &str = "waiting";

/// The type of a key attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// DynamoDB's `S`.
    Text,
    /// DynamoDB's `N`.
    Number,
}

/// An index: all of them project keys only, so that a write which leaves the key alone costs the
/// index nothing.
#[derive(Clone, Copy, Debug)]
pub struct IndexSchema {
    /// The index's name.
    pub name: &'static str,
    /// Partition key.
    pub hash: (&'static str, KeyType),
    /// Sort key.
    pub range: Option<(&'static str, KeyType)>,
}

/// A table with the keys `pk` and `sk`, both text, billed by request.
#[derive(Clone, Copy, Debug)]
pub struct TableSchema {
    /// Its logical name in `template.yaml`.
    pub logical_name: &'static str,
    /// Its indexes.
    pub indexes: &'static [IndexSchema],
    /// The attribute by which items expire, in seconds.
    pub ttl: Option<&'static str>,
    /// Whether it has a stream of old and new images.
    pub stream: bool,
}

/// Every table.
pub const TABLES: [TableSchema; 2] = [
    TableSchema {
        logical_name: "ChatTable",
        indexes: &[
            IndexSchema {
                name: HASH_INDEX,
                hash: ("type", KeyType::Text),
                range: Some(("channel_hash", KeyType::Text)),
            },
            IndexSchema { name: MEMBER_INDEX, hash: ("member_id", KeyType::Text), range: None },
            IndexSchema {
                name: ACTIVITY_INDEX,
                hash: ("activity_shard", KeyType::Number),
                range: Some(("activity_minute", KeyType::Text)),
            },
            IndexSchema {
                name: WAITING_INDEX,
                hash: ("waiting_shard", KeyType::Number),
                range: Some(("waiting_since", KeyType::Number)),
            },
        ],
        ttl: None,
        stream: true,
    },
    TableSchema {
        logical_name: "EphemeralTable",
        indexes: &[],
        ttl: Some("expires_at"),
        stream: false,
    },
];
