//! Which admins there are, as far as the chat has met them: who has read or written, who has said
//! who they are, and whose name stands on a channel and is known to the shop. One item, so that
//! whoever asks reads one.

use std::collections::BTreeSet;

use domain::ActorId;
use serde::Deserialize;

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{self, texts};
use crate::table::keys;
use crate::table::update::Expression;

/// Most admins of whom the roster knows: their ids fit one item many times over.
const MAX_STAFF: usize = 2_000;

impl Store {
    /// Adds admins to those who are known.
    pub async fn know_staff(&self, seen: &BTreeSet<ActorId>) -> Result<(), Error> {
        if seen.is_empty() {
            return Ok(());
        }
        let known = self.staff().await?;
        let new: Vec<_> = seen.difference(&known).map(ActorId::as_str).collect();
        if new.is_empty() || known.len() + new.len() > MAX_STAFF {
            return Ok(());
        }
        let mut update = Expression::default();
        update.add("staff", texts(new));
        self.update_item(&self.layout().chat_table, &keys::roster(), update).await?;
        Ok(())
    }

    /// The admins who are known.
    pub async fn staff(&self) -> Result<BTreeSet<ActorId>, Error> {
        #[derive(Default, Deserialize)]
        struct Roster {
            #[serde(default)]
            staff: BTreeSet<String>,
        }
        let roster = self
            .get(&keys::roster())
            .await?
            .map(item::read::<Roster>)
            .transpose()?
            .unwrap_or_default();
        // An id of a form that is unknown here is nobody's whom this version could show.
        Ok(roster.staff.iter().filter_map(|id| ActorId::parse(id)).collect())
    }
}
