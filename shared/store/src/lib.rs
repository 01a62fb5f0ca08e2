//! The chat in DynamoDB.
//!
//! One concrete [`Store`] over the real SDK: no trait, no mock. Locally and in the tests the SDK
//! talks to an embedded DynamoDB, so expressions, conditions and error mapping are the ones that
//! run in AWS.
//!
//! Each folder is one area: `channel` the heads, lists, marks and guests, `log` the messages,
//! `people` the profiles and the roster of admins, `shop` canned answers and reply times, `reach`
//! connections and mails, `projections` totals and search words and the stream that they follow,
//! `upkeep` maintenance by an operator. `table` has what they share; only `table::keys` knows what
//! a key looks like.

mod channel;
mod log;
mod people;
mod projections;
mod reach;
mod shop;
mod table;
mod upkeep;

pub use channel::guests::Terms;
pub use channel::lists::{ChannelPage, Cursor, Listed, Listing, MAX_OWN_CHANNELS};
pub use channel::reads::ReadOutcome;
pub use log::commit::{Committed, Done};
pub use log::messages::{Direction, Log, LogEntry, Page, PageQuery};
pub use people::profiles::PersonWritten;
pub use projections::stream::{Batch, Written, written};
pub use reach::claims::{Claim, ClaimTerms, Claimed};
pub use reach::connections::{Admission, Connection, LIFETIME_MS, Session};
pub use reach::inbox::{Deferred, INBOX_PERMIT_MS, InboxPermit, Permit};
pub use reach::notifications::Notification;
pub use reach::tickets::TICKET_S;
pub use reach::unnotified::Unnotified;
pub use reach::waiting::WaitingCursor;
pub use table::error::Error;
pub use table::schema::{
    ACTIVITY_INDEX, HASH_INDEX, IndexSchema, KeyType, MEMBER_INDEX, TABLES, TableSchema,
    WAITING_INDEX,
};
pub use upkeep::{Erased, Repaired, Restored};

/// The template of a mail about an unread message.
pub const UNREAD_TEMPLATE: &str = "chat_unread_message";
/// The template of the daily mail.
pub const DIGEST_TEMPLATE: &str = "chat_daily_digest";
/// The template of the summary mail to the shop's inbox.
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
