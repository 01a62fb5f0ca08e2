//! The admins that the chat knows: those who have read, written or entered a profile, and those who
//! own a channel and are known to the shop. One item holds them all, so a list costs one read.

use std::collections::BTreeSet;

use domain::ActorId;
use serde::Deserialize;

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{self, texts};
use crate::table::keys;
use crate::table::update::Expression;

/// Most admins in the roster: their ids fit one item many times over.
const MAX_STAFF: usize = 2_000;

impl Store {
    /// Adds admins to the roster. Reads one item, and writes it only for a new admin. A full roster
    /// stays as it is.
    pub async fn add_to_roster(&self, seen: &BTreeSet<ActorId>) -> Result<(), Error> {
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

    pub(crate) async fn remove_from_roster(&self, admin: &ActorId) -> Result<(), Error> {
        let mut update = Expression::default();
        update.take_out("staff", texts([admin.as_str()]));
        self.update_item(&self.layout().chat_table, &keys::roster(), update).await?;
        Ok(())
    }

    /// The ids of all known admins.
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
        // Skips ids in a form that only a newer version knows.
        Ok(roster.staff.iter().filter_map(|id| ActorId::parse(id)).collect())
    }
}
