//! The chat in DynamoDB.
//!
//! One concrete [`Store`] over the real SDK: no trait, no mock. Locally and in the tests the SDK
//! talks to an embedded DynamoDB, so expressions, conditions and error mapping are the ones that
//! run in AWS.
//!
//! Each file holds one item family: `channels` the heads and `lists` their lists, `messages` the
//! log, `deletions` where messages were deleted, `live` how to get past these, `reads` the marks,
//! `guests` who opened what, `people` who they are, `staff` which admins there are, `canned` what
//! these keep ready, `replies` how long their answers took, `totals` the shop's sums, `search` the
//! words, `sockets` who is connected, `news` what somebody has not heard of, `waiting` which
//! customers wait, `mails` what was sent, `inbox` how much of it to the shop's inbox. `stream`
//! reads the table's stream. `upkeep` is for operators. `keys` alone knows what a key looks like.

mod canned;
mod channels;
mod commands;
mod commit;
mod db;
mod deletions;
mod error;
mod guests;
mod head;
mod inbox;
mod keys;
mod lists;
mod live;
mod mails;
mod messages;
mod news;
mod people;
mod reads;
mod replies;
mod schema;
mod search;
mod sockets;
mod staff;
mod stream;
mod totals;
mod update;
mod upkeep;
mod waiting;

pub use commit::{Committed, Done};
pub use error::Error;
pub use guests::Terms;
pub use inbox::{INBOX_TURN_MS, InboxTurn, InboxWaiting, Turn};
pub use lists::{ChannelPage, Cursor, Listed, Listing, MAX_OWN_CHANNELS};
pub use mails::{Claim, ClaimTerms, Claimed, Notification};
pub use messages::{Direction, Log, LogEntry, Page, PageQuery};
pub use news::Unheard;
pub use people::PersonWritten;
pub use reads::ReadOutcome;
pub use schema::{
    ACTIVITY_INDEX, HASH_INDEX, IndexSchema, KeyType, MEMBER_INDEX, TABLES, TableSchema,
    WAITING_INDEX,
};
pub use sockets::{Admission, Connection, LIFETIME_MS, Session, TICKET_S};
pub use stream::{Batch, Written, written};
pub use upkeep::{Erased, Repaired, Restored};
pub use waiting::WaitingCursor;

/// The template of a mail about an unread message (the seed's name).
pub const UNREAD_TEMPLATE: &str = "chat_unread_message";
/// The template of the daily mail (the seed's name).
pub const DIGEST_TEMPLATE: &str = "chat_daily_digest";
/// The template of the mail to the shop's inbox that says how many more conversations wait.
pub const INBOX_TEMPLATE: &str = "chat_inbox_summary";

use aws_sdk_dynamodb::Client;

/// Where the chat is kept, and how it is spread.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The table of everything that lasts.
    pub chat_table: String,
    /// The table of what expires: address counters, tickets, connections, claims on mails.
    pub ephemeral_table: String,
    /// Partitions of the activity index: one for every 500 messages a second. May be raised, never
    /// lowered.
    pub activity_shards: u32,
}

/// The chat's data. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    db: Client,
    layout: Layout,
}

impl Store {
    /// A store on this client.
    pub fn new(db: Client, layout: Layout) -> Self {
        Self { db, layout }
    }
}
