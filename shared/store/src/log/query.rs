//! Rows of a channel's partition, by their sort keys.

use std::collections::BTreeMap;

use domain::{Channel, ChannelKey, Message, Newest};

use crate::Store;
use crate::log::row::{known_message, message_of};
use crate::table::db::{Consistency, Item, text};
use crate::table::error::{Error, classify};
use crate::table::keys;

/// Most messages read at a time, whatever was asked for.
pub(crate) const READ_AT_ONCE: usize = 300;

impl Store {
    /// The first rows of a part of a partition, at most `most`.
    pub(crate) async fn rows(
        &self,
        pk: &str,
        from: &str,
        to: &str,
        forward: bool,
        most: usize,
    ) -> Result<Vec<Item>, Error> {
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let most_now = most - found.len();
            let (rows, next) = self.some_rows(pk, from, to, forward, most_now, start).await?;
            found.extend(rows);
            start = next;
            if start.is_none() || found.len() >= most {
                return Ok(found);
            }
        }
    }

    /// The same from a place on, but only one page of DynamoDB (1 MB); and the place to go on from.
    pub(crate) async fn some_rows(
        &self,
        pk: &str,
        from: &str,
        to: &str,
        forward: bool,
        most: usize,
        start: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>), Error> {
        let request = self.db().query().table_name(&self.layout().chat_table).consistent_read(true);
        let request = request
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", text(pk))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":to", text(to))
            .scan_index_forward(forward)
            .set_limit(i32::try_from(most).ok())
            .set_exclusive_start_key(start);
        let page = request.send().await.map_err(classify)?;
        Ok((page.items.unwrap_or_default(), page.last_evaluated_key))
    }

    /// Messages with a seq from `from` to `to`, at most `most`, tombstones included.
    pub(crate) async fn messages_between(
        &self,
        key: &ChannelKey,
        from: u64,
        to: u64,
        forward: bool,
        most: usize,
    ) -> Result<Vec<Message>, Error> {
        if from > to {
            return Ok(Vec::new());
        }
        let (pk, from, to) = (keys::channel(key), keys::message_sk(from), keys::message_sk(to));
        let rows = self.rows(&pk, &from, &to, forward, most).await?;
        Ok(rows.into_iter().map(message_of).collect())
    }

    /// The newest messages of those channels whose heads have no room for them.
    pub(crate) async fn long_newest(
        &self,
        channels: &[Channel],
    ) -> Result<BTreeMap<ChannelKey, Message>, Error> {
        let long = channels.iter().filter_map(|channel| match channel.newest {
            Some(Newest::At(seq)) => Some(keys::message(&channel.key(), seq)),
            _ => None,
        });
        let rows = self.get_all(&long.collect::<Vec<_>>(), Consistency::Strong).await?;
        let of = |row: &Item| keys::channel_of(keys::partition_of(row)?);
        Ok(rows.into_iter().filter_map(|row| Some((of(&row)?, known_message(row)?))).collect())
    }
}
