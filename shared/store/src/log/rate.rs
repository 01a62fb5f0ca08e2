//! Rates cases, and reads the comments of ratings.

use std::collections::BTreeMap;

use domain::{
    Channel, ChannelHash, ChannelKey, Decision, EventId, Rate, Rated, Refusal, Timestamp,
};

use crate::Store;
use crate::log::commit::{Command, Done};
use crate::log::row::LogRow;
use crate::table::error::Error;
use crate::table::keys;
use crate::table::query::Consistency;

impl Store {
    /// Rates a case. Rating it as it is rated already stores nothing.
    pub async fn rate(
        &self,
        hash: &ChannelHash,
        command: Rate<'_>,
        now: Timestamp,
    ) -> Result<Done<Rated>, Error> {
        self.commit(&RateCase { hash, command, now }).await
    }

    /// The comments of the channels' ratings.
    pub(crate) async fn comments(
        &self,
        channels: &[Channel],
    ) -> Result<BTreeMap<ChannelKey, String>, Error> {
        let rows = channels.iter().filter_map(|channel| {
            let seq = channel.work.rating?.comment_seq?;
            Some(keys::staff_entry(&channel.key(), seq))
        });
        let rows = self.get_all(&rows.collect::<Vec<_>>(), Consistency::Strong).await?;
        let comment = |row| {
            let key = keys::channel_in(&row)?;
            Some((key, LogRow::read(row).rated()?.comment.clone()?))
        };
        Ok(rows.into_iter().filter_map(comment).collect())
    }
}

struct RateCase<'a> {
    hash: &'a ChannelHash,
    command: Rate<'a>,
    now: Timestamp,
}

impl Command for RateCase<'_> {
    /// The comment of the head's rating.
    type Rows = Option<String>;
    type Subject = Rated;

    fn event_id(&self) -> &EventId {
        self.command.event_id
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    async fn read(&self, store: &Store) -> Result<(Channel, Option<String>), Error> {
        let channel = store.channel(self.hash, self.command.caller).await?;
        let mut comments = store.comments(std::slice::from_ref(&channel)).await?;
        let comment = comments.remove(&channel.key());
        Ok((channel, comment))
    }

    fn decide(
        &self,
        channel: &Channel,
        comment: &Option<String>,
    ) -> Result<Decision<Rated>, Refusal> {
        self.command.decide(channel, comment.as_deref(), self.now)
    }
}
