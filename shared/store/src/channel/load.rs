//! Loading heads, and changing them outside the log.

use std::collections::BTreeSet;

use domain::{Channel, ChannelHash, ChannelKey, Principal, Refusal};

use crate::Store;
use crate::channel::head;
use crate::table::error::Error;
use crate::table::keys::{self, Key};
use crate::table::query::Consistency;
use crate::table::retry::Tries;

impl Store {
    /// The channel of `hash`, if there is one and `caller` may use it; another's is refused like a
    /// missing one.
    pub async fn channel(&self, hash: &ChannelHash, caller: &Principal) -> Result<Channel, Error> {
        let found = self.head(&hash.key()).await?;
        found
            .filter(|channel| channel.admits(caller))
            .ok_or_else(|| Refusal::NoChannel(hash.to_string()).into())
    }

    /// The heads of these channels.
    pub async fn channels(&self, keys: &BTreeSet<ChannelKey>) -> Result<Vec<Channel>, Error> {
        self.heads(&keys.iter().cloned().collect::<Vec<_>>(), Consistency::Strong).await
    }

    /// The head of this channel.
    pub async fn channel_of_key(&self, key: &ChannelKey) -> Result<Option<Channel>, Error> {
        self.head(key).await
    }

    /// Changes a head by `change`, with retries. Writes nothing if `change` returns `None`.
    pub(crate) async fn change_head(
        &self,
        key: &ChannelKey,
        change: impl Fn(&Channel) -> Option<Channel>,
    ) -> Result<(), Error> {
        let mut tries = Tries::start();
        loop {
            let Some(before) = self.head(key).await? else { return Ok(()) };
            let Some(next) = change(&before) else { return Ok(()) };
            // A plain write costs half of what a transaction costs.
            let replacement = self.replacement(&before, &next)?;
            let table = &self.layout().chat_table;
            let written = self.update_item(table, &keys::head(key), replacement).await;
            if tries.committed(written).await? {
                return Ok(());
            }
        }
    }

    /// The head of a channel.
    pub(crate) async fn head(&self, key: &ChannelKey) -> Result<Option<Channel>, Error> {
        self.get(&keys::head(key)).await?.map(head::from_item).transpose()
    }

    /// The heads of these channels, in no order.
    pub(crate) async fn heads(
        &self,
        keys: &[ChannelKey],
        consistency: Consistency,
    ) -> Result<Vec<Channel>, Error> {
        let keys: Vec<Key> = keys.iter().map(keys::head).collect();
        Ok(head::readable(self.get_all(&keys, consistency).await?))
    }
}
