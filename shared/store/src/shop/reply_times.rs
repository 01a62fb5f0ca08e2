//! Reply times: one item with a slot for each of the last replies, and one for some of the admins
//! who made them. It has a fixed size, a reader needs one read, and a reply that is measured again
//! overwrites itself.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{ActorId, MeasuredReply, Timestamp, answerer_slot};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{self, attribute};
use crate::table::keys;
use crate::table::update::Expression;

/// Begins a reply's attribute name; the slot's number follows.
const SLOT: &str = "s";
/// Begins an admin's attribute name; the slot's number follows.
const BY: &str = "p";

/// The last replies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replies {
    /// By slot.
    pub measured: Vec<MeasuredReply>,
    /// Some of the admins who replied, the latest first.
    pub by: Vec<ActorId>,
}

/// A reply as stored in its slot. Short names: all slots together are one unit of writes.
#[derive(Serialize, Deserialize)]
struct Row {
    #[serde(rename = "s", alias = "seconds")]
    seconds: u64,
    #[serde(rename = "a", alias = "at")]
    at: Timestamp,
}

/// An admin who replied, as stored in their slot.
#[derive(Serialize, Deserialize)]
struct By {
    #[serde(rename = "i")]
    id: ActorId,
    #[serde(rename = "a")]
    at: Timestamp,
}

impl Store {
    /// Stores replies in their slots, with the admins who made them: one write unit for any number.
    /// No two replies may have the same slot.
    pub async fn put_replies(
        &self,
        replies: impl IntoIterator<Item = (MeasuredReply, ActorId)>,
    ) -> Result<(), Error> {
        let mut update = Expression::default();
        let mut by: BTreeMap<u8, By> = BTreeMap::new();
        for (MeasuredReply { slot, seconds, at }, id) in replies {
            update.set(&[&format!("{SLOT}{slot}")], attribute(&Row { seconds, at })?);
            let slot = answerer_slot(&id);
            if by.get(&slot).is_none_or(|known| known.at < at) {
                by.insert(slot, By { id, at });
            }
        }
        if by.is_empty() {
            return Ok(());
        }
        for (slot, by) in by {
            update.set(&[&format!("{BY}{slot}")], attribute(&by)?);
        }
        self.update_item(&self.layout().chat_table, &keys::replies(), update).await?;
        Ok(())
    }

    /// The stored replies. Skips unreadable ones.
    pub async fn replies(&self) -> Result<Replies, Error> {
        let item = self.get(&keys::replies()).await?.unwrap_or_default();
        let (mut measured, mut by) = (Vec::new(), Vec::new());
        for (name, value) in item {
            let slot = |start: &str| name.strip_prefix(start)?.parse::<u8>().ok();
            if let Some(slot) = slot(SLOT) {
                let row: Option<Row> = item::readable("reply time", read(value));
                measured.extend(row.map(|Row { seconds, at }| MeasuredReply { slot, seconds, at }));
            } else if slot(BY).is_some() {
                by.extend(item::readable("who replied", read::<By>(value)));
            }
        }
        measured.sort_unstable_by_key(|reply| reply.slot);
        by.sort_unstable_by(|one, other| (other.at, &other.id).cmp(&(one.at, &one.id)));
        Ok(Replies { measured, by: by.into_iter().map(|by| by.id).collect() })
    }
}

fn read<T: for<'de> Deserialize<'de>>(value: AttributeValue) -> Result<T, Error> {
    Ok(serde_dynamo::from_attribute_value(value)?)
}

#[cfg(test)]
mod tests {
    use domain::{ANSWERER_SLOTS, REPLY_SLOTS};

    use super::*;
    use crate::table::item::{Item, item_size, text};

    #[test]
    fn all_slots_together_are_one_unit_of_writes() {
        let at = Timestamp::from_millis(1_795_770_000_123);
        let mut item =
            Item::from([("pk".to_owned(), text("S#replies")), ("sk".to_owned(), text("~"))]);
        for slot in 0..REPLY_SLOTS {
            let row = attribute(&Row { seconds: 123_456, at }).expect("a row");
            item.insert(format!("{SLOT}{slot}"), row);
        }
        for slot in 0..ANSWERER_SLOTS {
            let id = ActorId::parse(&format!("user_01{slot:024}")).expect("an id");
            item.insert(format!("{BY}{slot}"), attribute(&By { id, at }).expect("a row"));
        }
        assert!(item_size(&item) <= 1_024, "{}", item_size(&item));
    }
}
