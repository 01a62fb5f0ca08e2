//! The two tables and their indexes, as data: the local server creates them from it, and a test
//! compares it with `template.yaml`.

/// The number of the items' layout. A change that cannot read older items raises it.
pub const LAYOUT: u32 = 2;

/// The index by channel hash: search by the start of a hash. Written once per channel.
pub const HASH_INDEX: IndexSchema = IndexSchema {
    name: "channel_hash",
    hash: ("type", KeyType::Text),
    range: Some(("channel_hash", KeyType::Text)),
    included: &[],
};
/// The index by member: a person's own channels. Written when a channel is opened or claimed.
pub const MEMBER_INDEX: IndexSchema =
    IndexSchema { name: "member", hash: ("member_id", KeyType::Text), range: None, included: &[] };
/// The index by status and activity: the admin list. A partition holds one shard of one status, for
/// example `open#3`. Its sort key is the minute of a channel's activity, then the channel's key. So
/// a conversation moves at most once a minute, no shop outgrows one partition, and a list can
/// continue from any place. The included attributes are for filters.
pub const QUEUE_INDEX: IndexSchema = IndexSchema {
    name: "queue",
    hash: ("queue", KeyType::Text),
    range: Some(("minute", KeyType::Text)),
    included: &["assignee_id", "labels"],
};
/// The index of open channels whose member waits for an answer of the staff, the longest wait
/// first. Sparse.
pub const WAITING_FOR_ANSWER_INDEX: IndexSchema = IndexSchema {
    name: "waiting_for_answer",
    hash: ("shard", KeyType::Number),
    range: Some(("unanswered_since", KeyType::Number)),
    included: &["assignee_id", "labels"],
};
/// The index of customers with an answer that they have neither read nor got by mail. Sparse: the
/// digest reads no other channels.
pub const WAITING_INDEX: IndexSchema = IndexSchema {
    name: "waiting",
    hash: ("shard", KeyType::Number),
    range: Some(("waiting_since", KeyType::Number)),
    included: &[],
};

/// The type of a key attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// DynamoDB's `S`.
    Text,
    /// DynamoDB's `N`.
    Number,
}

/// An index. It holds keys and what it includes, so a write that changes neither costs the index
/// nothing. Items that lack a key attribute are not in it.
#[derive(Clone, Copy, Debug)]
pub struct IndexSchema {
    /// The index's name.
    pub name: &'static str,
    /// Partition key.
    pub hash: (&'static str, KeyType),
    /// Sort key.
    pub range: Option<(&'static str, KeyType)>,
    /// Attributes that it holds apart from keys.
    pub included: &'static [&'static str],
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

impl TableSchema {
    /// Its key attributes and those of its indexes, each once.
    pub fn key_attributes(&self) -> Vec<(&'static str, KeyType)> {
        let mut all = vec![("pk", KeyType::Text), ("sk", KeyType::Text)];
        for index in self.indexes {
            for key in [Some(index.hash), index.range].into_iter().flatten() {
                if !all.contains(&key) {
                    all.push(key);
                }
            }
        }
        all
    }
}

/// Every table.
pub const TABLES: [TableSchema; 2] = [
    TableSchema {
        logical_name: "ChatTable",
        indexes: &[HASH_INDEX, MEMBER_INDEX, QUEUE_INDEX, WAITING_FOR_ANSWER_INDEX, WAITING_INDEX],
        ttl: Some("expires_at"),
        stream: true,
    },
    TableSchema {
        logical_name: "EphemeralTable",
        indexes: &[],
        ttl: Some("expires_at"),
        stream: false,
    },
];
