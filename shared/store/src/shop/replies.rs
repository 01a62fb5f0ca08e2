//! How long the shop's last answers took: one item with a place for each of them, so that it never
//! grows, whoever asks reads one item, and an answer that is measured again is written over itself.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Reply, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{self, attribute};
use crate::table::keys;
use crate::table::update::Expression;

/// What the attribute of a place begins with; its number follows.
const PLACE: &str = "s";

/// An answer as stored in its place.
#[derive(Serialize, Deserialize)]
struct Kept {
    seconds: u64,
    at: Timestamp,
}

impl Store {
    /// Keeps these answers, each in its place, whatever stood there. One write, and one write unit,
    /// for any number of them. No two may have the same place.
    pub async fn keep_replies(
        &self,
        replies: impl IntoIterator<Item = Reply>,
    ) -> Result<(), Error> {
        let (mut update, mut is_empty) = (Expression::default(), true);
        for Reply { place, seconds, at } in replies {
            update.set(&[&format!("{PLACE}{place}")], attribute(&Kept { seconds, at })?);
            is_empty = false;
        }
        if !is_empty {
            self.update_item(&self.layout().chat_table, &keys::replies(), update).await?;
        }
        Ok(())
    }

    /// The answers that are kept, by their places.
    pub async fn replies(&self) -> Result<Vec<Reply>, Error> {
        let item = self.get(&keys::replies()).await?.unwrap_or_default();
        let place = |name: &str| name.strip_prefix(PLACE)?.parse().ok();
        let kept = item.into_iter().filter_map(|(name, value)| Some((place(&name)?, value)));
        let read = |(place, value)| item::readable("reply time", read(place, value));
        let mut replies: Vec<Reply> = kept.filter_map(read).collect();
        replies.sort_unstable_by_key(|reply| reply.place);
        Ok(replies)
    }
}

fn read(place: u8, value: AttributeValue) -> Result<Reply, Error> {
    let Kept { seconds, at } = serde_dynamo::from_attribute_value(value)?;
    Ok(Reply { place, seconds, at })
}
