//! Reply times: one item with a slot for each of the last replies. It has a fixed size, a reader
//! needs one read, and a reply that is measured again overwrites itself.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{MeasuredReply, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{self, attribute};
use crate::table::keys;
use crate::table::update::Expression;

/// Begins a slot's attribute name; the slot's number follows.
const SLOT: &str = "s";

/// A reply as stored in its slot.
#[derive(Serialize, Deserialize)]
struct Row {
    seconds: u64,
    at: Timestamp,
}

impl Store {
    /// Stores replies in their slots, with one write unit for any number of them; no two may have
    /// the same slot.
    pub async fn put_replies(
        &self,
        replies: impl IntoIterator<Item = MeasuredReply>,
    ) -> Result<(), Error> {
        let (mut update, mut is_empty) = (Expression::default(), true);
        for MeasuredReply { slot, seconds, at } in replies {
            update.set(&[&format!("{SLOT}{slot}")], attribute(&Row { seconds, at })?);
            is_empty = false;
        }
        if !is_empty {
            self.update_item(&self.layout().chat_table, &keys::replies(), update).await?;
        }
        Ok(())
    }

    /// The stored replies by slot. Skips unreadable ones.
    pub async fn replies(&self) -> Result<Vec<MeasuredReply>, Error> {
        let item = self.get(&keys::replies()).await?.unwrap_or_default();
        let slot = |name: &str| name.strip_prefix(SLOT)?.parse().ok();
        let stored = item.into_iter().filter_map(|(name, value)| Some((slot(&name)?, value)));
        let read = |(slot, value)| item::readable("reply time", read(slot, value));
        let mut replies: Vec<MeasuredReply> = stored.filter_map(read).collect();
        replies.sort_unstable_by_key(|reply| reply.slot);
        Ok(replies)
    }
}

fn read(slot: u8, value: AttributeValue) -> Result<MeasuredReply, Error> {
    let Row { seconds, at } = serde_dynamo::from_attribute_value(value)?;
    Ok(MeasuredReply { slot, seconds, at })
}
