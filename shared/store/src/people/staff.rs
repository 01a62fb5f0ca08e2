//! The admins that the chat knows: those who have read, written or entered a profile, and those who
//! own a channel and are known to the shop. One item holds them all, so a list costs one read.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ActorId;
use serde::Deserialize;

use crate::Store;
use crate::table::db;
use crate::table::error::{Error, classify};
use crate::table::keys;

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
        let new: Vec<_> = seen.difference(&known).cloned().collect();
        if new.is_empty() || known.len() + new.len() > MAX_STAFF {
            return Ok(());
        }
        self.update_roster("ADD staff :admins", &new).await
    }

    pub(crate) async fn remove_from_roster(&self, admin: &ActorId) -> Result<(), Error> {
        self.update_roster("DELETE staff :admins", std::slice::from_ref(admin)).await
    }

    async fn update_roster(&self, expression: &str, admins: &[ActorId]) -> Result<(), Error> {
        let admins = admins.iter().map(ToString::to_string).collect();
        let update = self
            .db()
            .update_item()
            .table_name(&self.layout().chat_table)
            .set_key(Some(keys::roster().item()))
            .update_expression(expression)
            .expression_attribute_values(":admins", AttributeValue::Ss(admins));
        update.send().await.map_err(classify)?;
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
            .map(db::read::<Roster>)
            .transpose()?
            .unwrap_or_default();
        // Skips ids in a form that only a newer version knows.
        Ok(roster.staff.iter().filter_map(|id| ActorId::parse(id)).collect())
    }
}
