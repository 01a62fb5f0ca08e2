//! The roster: the admins that the chat knows, with their names and pictures. These are the ones
//! who have read, written or entered a profile, and those whom the shop knows.
//!
//! One item has an attribute for each admin, so every response can name the senders of its messages
//! by one read, concurrent with its first one. The stream brings the attributes up to date.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{ActorId, Profile, Roster, Timestamp};
use futures_util::future::try_join_all;

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{Item, attribute, item_size};
use crate::table::keys;
use crate::table::query::Consistency;
use crate::table::update::Expression;

/// Most admins in the roster.
const MAX_STAFF: usize = 2_000;
/// Most bytes of the roster with names: more cost eight read units. Admins beyond have no name.
const MAX_BYTES: usize = 64 * 1024;
/// Begins the name of an admin's attribute; the id follows.
const ADMIN: &str = "@";

impl Store {
    /// The names and pictures of the known admins, at most ten seconds old. A message without its
    /// sender's name is better than none: if the read fails, the last known roster counts.
    pub async fn roster(&self, now: Timestamp) -> Roster {
        let read = async || {
            let table = &self.layout().chat_table;
            match self.get_from(table, &keys::roster(), Consistency::Eventual).await {
                Ok(item) => {
                    Some(item.unwrap_or_default().into_iter().filter_map(admin_of).collect())
                }
                Err(error) => {
                    tracing::warn!(error.kind = "roster", "senders have no new names: {error}");
                    None
                }
            }
        };
        self.roster.get(now, read).await.unwrap_or_default()
    }

    /// Adds the admins in `seen` to the roster, and stores the present names and pictures of those
    /// in `renamed`; who has neither is not added. Writes only what changes.
    pub async fn update_roster(
        &self,
        seen: &BTreeSet<ActorId>,
        renamed: &BTreeSet<ActorId>,
    ) -> Result<(), Error> {
        if seen.is_empty() && renamed.is_empty() {
            return Ok(());
        }
        let (key, people) = (keys::roster(), renamed.iter().map(|id| self.person(id)));
        let (before, people) = tokio::try_join!(self.get(&key), try_join_all(people))?;
        let before = before.unwrap_or_default();
        let mut next = before.clone();
        let seen = seen.iter().filter(|id| !before.contains_key(&name_of(id)));
        let seen = seen.map(|id| (id, Profile::default()));
        let shown = people.iter().map(|person| (&person.id, person.profile()));
        let shown =
            shown.filter(|(id, profile)| !profile.is_empty() || before.contains_key(&name_of(id)));
        for (id, profile) in seen.chain(shown) {
            put(&mut next, id, &Profile { email: None, ..profile })?;
        }
        if next == before {
            return Ok(());
        }
        let update = Expression::difference(&before, &next);
        self.update_item(&self.layout().chat_table, &key, update).await?;
        self.roster.change(next.into_iter().filter_map(admin_of).collect());
        Ok(())
    }

    pub(crate) async fn remove_from_roster(&self, admin: &ActorId) -> Result<(), Error> {
        let mut update = Expression::default();
        update.remove(&[&name_of(admin)]);
        self.update_item(&self.layout().chat_table, &keys::roster(), update).await?;
        self.roster.forget();
        Ok(())
    }

    /// The ids of all known admins.
    pub async fn staff(&self) -> Result<BTreeSet<ActorId>, Error> {
        let roster = self.get(&keys::roster()).await?.unwrap_or_default();
        Ok(roster.into_iter().filter_map(admin_of).map(|(id, _)| id).collect())
    }
}

fn name_of(admin: &ActorId) -> String {
    format!("{ADMIN}{admin}")
}

/// Reads an attribute of the roster. One in a form that only a newer version knows is skipped.
fn admin_of((name, profile): (String, AttributeValue)) -> Option<(ActorId, Profile)> {
    let id = ActorId::parse(name.strip_prefix(ADMIN)?)?;
    Some((id, serde_dynamo::from_attribute_value(profile).unwrap_or_default()))
}

/// Puts an admin on the roster, as far as there is room.
fn put(roster: &mut Item, admin: &ActorId, profile: &Profile) -> Result<(), Error> {
    let name = name_of(admin);
    if roster.len() < MAX_STAFF || roster.contains_key(&name) {
        roster.insert(name.clone(), attribute(profile)?);
        if item_size(roster) > MAX_BYTES {
            roster.insert(name, attribute(&Profile::default())?);
        }
    }
    Ok(())
}
