//! Which admins there are, as far as the chat has met them: who has read or written, who has said
//! who they are, and whose name stands on a channel and is known to the shop. One item, so that
//! whoever asks reads one.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ActorId;
use serde::Deserialize;

use crate::Store;
use crate::table::db;
use crate::table::error::{Error, classify};
use crate::table::keys;

/// Most admins of whom the roster knows: their ids fit one item many times over.
const MAX_STAFF: usize = 2_000;

impl Store {
    /// Adds admins to those who are known.
    pub async fn know_staff(&self, seen: &BTreeSet<ActorId>) -> Result<(), Error> {
        if seen.is_empty() {
            return Ok(());
        }
        let known = self.staff().await?;
        let new: Vec<_> = seen.difference(&known).map(|id| id.as_str().to_owned()).collect();
        if new.is_empty() || known.len() + new.len() > MAX_STAFF {
            return Ok(());
        }
        let update = self
            .db()
            .update_item()
            .table_name(&self.layout().chat_table)
            .set_key(Some(keys::roster().item()))
            .update_expression("ADD staff :new")
            .expression_attribute_values(":new", AttributeValue::Ss(new));
        update.send().await.map_err(classify)?;
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
            .map(db::read::<Roster>)
            .transpose()?
            .unwrap_or_default();
        // An id of a form that is unknown here is nobody's whom this version could show.
        Ok(roster.staff.iter().filter_map(|id| ActorId::parse(id)).collect())
    }
}
