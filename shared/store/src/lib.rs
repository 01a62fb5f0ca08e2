//! The chat in DynamoDB.
//!
//! One concrete [`Store`] over the real SDK: no trait, no mock. Locally and in the tests the SDK
//! talks to an embedded DynamoDB, so expressions, conditions and error mapping are the ones that
//! run in AWS.
//!
//! `channel` has the heads, `log` the entries, `people`, `shop` and `reach` what is known of each,
//! `projections` what the table's stream brings up to date, `upkeep` what operators do. `table` has
//! what all items share: `table::keys` alone knows what a key looks like, reads go through
//! `table::query`, and `table::update` builds every expression.

mod channel;
mod log;
mod people;
mod projections;
mod reach;
mod shop;
mod table;
mod upkeep;

pub use channel::lists::{ChannelPage, Cursor, Listed, Listing, MAX_OWN_CHANNELS};
pub use channel::open::Terms;
pub use channel::reads::ReadOutcome;
pub use log::catch_up::Log;
pub use log::commit::Done;
pub use log::page::{Direction, Page, PageQuery};
pub use log::row::LogRow;
pub use people::profiles::PersonWritten;
pub use projections::stream::{Batch, Written, written};
pub use reach::inbox::{INBOX_TURN_MS, InboxTurn, InboxWaiting, Turn};
pub use reach::mails::{Claim, ClaimTerms, Claimed, Notification};
pub use reach::news::Unheard;
pub use reach::sockets::{Admission, Connection, LIFETIME_MS, Session, TICKET_S};
pub use reach::waiting::WaitingCursor;
pub use table::error::Error;
pub use table::schema::{IndexSchema, KeyType, LAYOUT, TABLES, TableSchema};
pub use upkeep::{Erased, Repaired, Restored};

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
    /// Shards of the indexes by status and by wait: one for every 500 messages a second. May be
    /// raised, never lowered.
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

    pub(crate) fn db(&self) -> &Client {
        &self.db
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }
}
