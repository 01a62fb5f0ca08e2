//! Messages: sending, changing, listing and counting them.

mod content;
mod count_unread;
mod delete;
mod edit;
mod list;
mod send;

pub use content::*;
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
use wire::FileLinks;

/// `{message}`
#[derive(Serialize, ToSchema)]
pub struct MessageAnswer {
    message: wire::Message,
}

impl MessageAnswer {
    async fn new(app: &AppState, done: &Done, caller: &Principal, roster: &Roster) -> Self {
        let Done { channel, subject, .. } = done;
        let links = app.file_links([subject]).await;
        let links = links.as_ref().map(|links| links as &dyn FileLinks);
        Self { message: wire::Message::new(channel, subject, Some(caller), roster, links) }
    }
}

/// The roster for what `caller` writes: only an admin's message shows its sender.
async fn roster_for(app: &AppState, caller: &Principal) -> Roster {
    match caller {
        Principal::Admin(_) => app.store.roster(app.clock.now()).await,
        Principal::Customer(_) | Principal::Guest(_) => Roster::default(),
    }
}
