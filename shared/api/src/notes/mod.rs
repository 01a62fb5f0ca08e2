//! Notes of the staff on a channel.

mod add;
mod delete;
mod edit;

pub use add::*;
pub use delete::*;
pub use edit::*;

use std::collections::BTreeSet;

use domain::{ActorId, MAX_MENTIONS, Note, Roster, Validation};
use http::{ApiError, AppState, Fields};
use serde::Serialize;
use store::Done;
use utoipa::ToSchema;

/// `{note}`
#[derive(Serialize, ToSchema)]
pub struct NoteAnswer {
    note: wire::Note,
}

impl NoteAnswer {
    fn new(done: &Done<Note>, roster: &Roster) -> Self {
        Self { note: wire::Note::new(&done.channel, &done.subject, roster) }
    }
}

/// The admins that a body mentions, each once, in their order.
fn mentions(fields: &Fields) -> Result<Option<Vec<ActorId>>, Validation> {
    const FIELD: &str = "mentions";
    let Some(ids) = fields.texts(FIELD, MAX_MENTIONS)? else { return Ok(None) };
    let mut seen = BTreeSet::new();
    let mut mentions = Vec::new();
    for id in ids {
        let id = ActorId::parse(&id).ok_or(Validation::Form(FIELD, "ids of known admins"))?;
        if seen.insert(id.clone()) {
            mentions.push(id);
        }
    }
    Ok(Some(mentions))
}

/// Refuses mentions of people who are no known admins.
async fn check_mentions(app: &AppState, mentions: &[ActorId]) -> Result<(), ApiError> {
    if mentions.is_empty() {
        return Ok(());
    }
    let staff = app.store.staff().await?;
    if mentions.iter().all(|id| staff.contains(id)) {
        return Ok(());
    }
    Err(Validation::Form("mentions", "ids of known admins").into())
}
