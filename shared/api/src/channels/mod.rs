//! Channels: opening, listing and reading them, and the staff's work on them.

mod change;
mod count;
mod get;
mod list;
mod list_events;
mod list_staff_log;
mod mark_read;
mod mark_unread;
mod open;
mod present;
mod rate;
mod request_transcript;

pub use change::*;
pub use count::*;
pub use get::*;
pub use list::*;
pub use list_events::*;
pub use list_staff_log::*;
pub use mark_read::*;
pub use mark_unread::*;
pub use open::*;
pub(crate) use present::{present, present_done, present_one, views};
pub use rate::*;
pub use request_transcript::*;

use serde::Serialize;
use utoipa::ToSchema;

/// `{channel}`
#[derive(Serialize, ToSchema)]
pub struct ChannelAnswer {
    channel: wire::Channel,
}
