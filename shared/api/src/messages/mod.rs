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

use domain::{Principal, Roster};
use http::AppState;
use serde::Serialize;
use store::Done;
use utoipa::ToSchema;

/// `{message}`
#[derive(Serialize, ToSchema)]
pub struct MessageAnswer {
    message: wire::Message,
}

impl MessageAnswer {
    fn new(done: &Done, caller: &Principal, roster: &Roster) -> Self {
        let Done { channel, message, .. } = done;
        Self { message: wire::Message::new(channel, message, Some(caller), roster) }
    }
}

/// The roster for what `caller` writes: only an admin's message shows its sender.
async fn roster_for(app: &AppState, caller: &Principal) -> Roster {
    match caller {
        Principal::Admin(_) => app.store.roster(app.clock.now()).await,
        Principal::Customer(_) | Principal::Guest(_) => Roster::default(),
    }
}
