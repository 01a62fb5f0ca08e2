//! Rows of a channel's partition, by their sort keys.

use std::collections::BTreeMap;

use domain::{Channel, ChannelKey, Message, Newest};

use crate::Store;
use crate::log::row::{known_message, message_of};
use crate::table::error::Error;
use crate::table::item::Item;
use crate::table::keys;
use crate::table::query::{Consistency, Query};

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
        let query = Query::partition(&self.layout().chat_table, pk);
        Ok(self.query_all(query.between(from, to).forward(forward), most).await?.items)
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
        let found = rows.into_iter();
        Ok(found.filter_map(|row| Some((keys::channel_in(&row)?, known_message(row)?))).collect())
    }
}
