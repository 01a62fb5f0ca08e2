//! The chat in DynamoDB.
//!
//! One concrete [`Store`] over the real SDK: no trait, no mock. Locally and in the tests the SDK
//! talks to an embedded DynamoDB, so expressions, conditions and error mapping are the ones that
//! run in AWS.
//!
//! Each folder is one area: `channel` has the heads, lists, marks and guests, `log` the entries,
//! `files` the files of messages, `people` profiles and the roster of admins, `shop` settings,
//! canned answers, labels and reply times, `reach` connections and mails, `projections` what the
//! table's stream brings up to date, `upkeep` maintenance by an operator. `table` has what they
//! share: only `table::keys` knows what a key looks like, reads go through `table::query`, and
//! `table::update` builds every expression.

mod channel;
mod files;
mod log;
mod people;
mod projections;
mod reach;
mod shop;
mod table;
mod upkeep;

pub use channel::filter::{Assignee, Filter};
pub use channel::lists::{ChannelPage, Cursor, Listed, Listing, MAX_OWN_CHANNELS, Order};
pub use channel::open::{Terms, With};
pub use channel::reads::ReadOutcome;
pub use files::row::FileWritten;
pub use log::catch_up::Log;
pub use log::commit::{Done, Subject};
pub use log::page::{Direction, Page, PageQuery};
pub use log::row::LogRow;
pub use log::staff_log::StaffLog;
pub use people::profiles::{PersonWritten, TranscriptRequest};
pub use projections::stream::{Batch, Written, written};
pub use projections::totals::Counts;
pub use reach::claims::{Claim, ClaimTerms, Claimed};
pub use reach::connections::{Admission, Changes, Connection, LIFETIME_MS, Looking, Session};
pub use reach::guest_mails::GuestPermit;
pub use reach::inbox::{Deferred, INBOX_PERMIT_MS, InboxPermit, Permit};
pub use reach::notifications::Notification;
pub use reach::presence::{Change, TURN_MS, Turn};
pub use reach::seen::SeenStaff;
pub use reach::tickets::TICKET_S;
pub use reach::unnotified::Unnotified;
pub use reach::waiting::WaitingCursor;
pub use shop::labels::StoredLabels;
pub use shop::reply_times::Replies;
pub use table::error::Error;
pub use table::schema::{IndexSchema, KeyType, LAYOUT, TABLES, TableSchema};
pub use upkeep::{Erased, Repaired, Restored};

/// The template of a mail about an unread message.
pub const UNREAD_TEMPLATE: &str = "chat_unread_message";
/// The template of a mail about a mention in a note.
pub const MENTION_TEMPLATE: &str = "chat_note_mention";
/// The template of a mail an hour before a meeting.
pub const REMINDER_TEMPLATE: &str = "chat_meeting_reminder";
/// The template of the daily mail.
pub const DIGEST_TEMPLATE: &str = "chat_daily_digest";
/// The template of the summary mail to the shop's inbox.
pub const INBOX_TEMPLATE: &str = "chat_inbox_summary";

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use domain::{Roster, Settings};
use table::fresh::Fresh;

/// The tables' names, and the number of shards.
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
    roster: Fresh<Roster>,
    settings: Fresh<Arc<Settings>>,
    seen_staff: Fresh<SeenStaff>,
}

impl Store {
    /// A store on this client.
    pub fn new(db: Client, layout: Layout) -> Self {
        Self {
            db,
            layout,
            roster: Fresh::default(),
            settings: Fresh::default(),
            seen_staff: Fresh::default(),
        }
    }

    pub(crate) fn db(&self) -> &Client {
        &self.db
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }
}
