//! Messages: sending, changing, listing and counting them.

mod count_unread;
mod delete;
mod edit;
mod list;
mod send;

pub use count_unread::*;
pub use delete::*;
pub use edit::*;
pub use list::*;
pub use send::*;

use domain::{Channel, Message, Principal};
use serde::Serialize;
use utoipa::ToSchema;

/// `{message}`
#[derive(Serialize, ToSchema)]
pub struct MessageAnswer {
    message: wire::Message,
}

impl MessageAnswer {
    fn new(channel: &Channel, message: &Message, caller: &Principal) -> Self {
        Self { message: wire::Message::new(channel, message, Some(caller)) }
    }
}
