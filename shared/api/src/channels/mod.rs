//! Channels: opening, listing and reading them.

mod get;
mod list;
mod list_events;
mod mark_read;
mod open;
mod present;

pub use get::*;
pub use list::*;
pub use list_events::*;
pub use mark_read::*;
pub use open::*;
pub(crate) use present::{present, present_one, view};

use serde::Serialize;
use utoipa::ToSchema;

/// `{channel}`
#[derive(Serialize, ToSchema)]
pub struct ChannelAnswer {
    channel: wire::Channel,
}
