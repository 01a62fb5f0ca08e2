//! Erasure of a person.

use std::collections::BTreeSet;

use domain::{ActorId, ChannelKey};

use super::key_of;
use super::mentions::mentions;
use crate::Store;
use crate::table::error::Error;
use crate::table::item::{Item, text_of};
use crate::table::keys;

/// What an erasure deleted, and what it left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Erased conversations.
    pub channels: u64,
    /// Erased items, including those of conversations.
    pub items: u64,
    /// Table, partition and sort key of each item that still mentions the person: none, unless an
    /// item was written during the erasure.
    pub left: Vec<String>,
}

impl Store {
    /// Erases a person. For a customer or guest: conversations, claimed guests, profile, search
    /// words, connections and claims on mails. For an admin: profile, entry in the roster and
    /// browsers with web push; their messages stay, under an id that no profile explains. It may be
    /// repeated, also after an interruption.
    pub async fn erase(&self, person: &ActorId, is_staff: bool) -> Result<Erased, Error> {
        let mut erased = Erased::default();
        let mut ids = BTreeSet::from([person.clone()]);
        if is_staff {
            self.remove_from_roster(person).await?;
            self.erase_push_subscriptions(person).await?;
        } else {
            ids.extend(self.guests_of(person).await?);
            for channel in self.channels_of(&ids).await? {
                erased.items += self.erase_channel(&channel).await?;
                erased.channels += 1;
            }
        }
        let mut keys: Vec<Item> = Vec::new();
        for id in &ids {
            self.remove_names(id).await?;
            keys.extend(
                self.get(&keys::person(id)).await?.is_some().then(|| keys::person(id).item()),
            );
        }
        erased.items += self.delete_all(&self.layout().chat_table, keys).await?;
        let mut expiring = Vec::new();
        self.scan(&self.layout().ephemeral_table, async |items| {
            expiring.extend(
                items
                    .iter()
                    .filter(|item| ids.iter().any(|id| mentions(item, id.as_str())))
                    .filter_map(key_of),
            );
            Ok(())
        })
        .await?;
        erased.items += self.delete_all(&self.layout().ephemeral_table, expiring).await?;
        erased.left = self.traces(&ids, is_staff).await?;
        Ok(erased)
    }

    /// The channels with an item of these people. It scans the table: the index lists only channels
    /// that still have their head.
    async fn channels_of(&self, ids: &BTreeSet<ActorId>) -> Result<BTreeSet<ChannelKey>, Error> {
        let mut found = BTreeSet::new();
        self.scan(&self.layout().chat_table, async |items| {
            let is_theirs = |item: &Item| {
                let owner = ["member_id", "member", "sender_id"]
                    .into_iter()
                    .find_map(|name| text_of(item, name));
                owner.is_some_and(|owner| ids.iter().any(|id| id.as_str() == owner))
            };
            found.extend(items.iter().filter(|item| is_theirs(item)).filter_map(keys::channel_in));
            Ok(())
        })
        .await?;
        Ok(found)
    }

    /// The items of both tables that still mention these people. An admin's id next to their
    /// messages may stay.
    async fn traces(&self, ids: &BTreeSet<ActorId>, is_staff: bool) -> Result<Vec<String>, Error> {
        let mut left = Vec::new();
        for table in [&self.layout().chat_table, &self.layout().ephemeral_table] {
            self.scan(table, async |items| {
                for item in items {
                    let may_stay = is_staff && keys::is_of_channels(&item);
                    if !may_stay && ids.iter().any(|id| mentions(&item, id.as_str())) {
                        left.push(format!("{table}: {}", name_of(&item)));
                    }
                }
                Ok(())
            })
            .await?;
        }
        Ok(left)
    }

    /// Erases a channel: first its words and log, then its head together with its contribution to
    /// the totals, which ends all writes to it, then what was written meanwhile. The head goes
    /// late, because a repeated erasure finds the channel by it.
    async fn erase_channel(&self, key: &ChannelKey) -> Result<u64, Error> {
        // The contribution must be known before it can be subtracted.
        self.fold(BTreeSet::from([key.clone()]), &BTreeSet::new()).await?;
        let mut count = 0;
        if let Some(channel) = self.head(key).await? {
            let log = self.partition(&keys::channel(key)).await?;
            let is_last =
                |item: &&Item| keys::written_head(item).is_some() || keys::is_folded(item);
            let log: Vec<_> = log.iter().filter(|item| !is_last(item)).filter_map(key_of).collect();
            self.remove_words(&channel).await?;
            count += self.delete_all(&self.layout().chat_table, log).await?;
            if let Some(channel) = self.unfold(key).await? {
                self.remove_words(&channel).await?;
            }
        }
        loop {
            let rest: Vec<_> =
                self.partition(&keys::channel(key)).await?.iter().filter_map(key_of).collect();
            if rest.is_empty() {
                return Ok(count + 1);
            }
            count += self.delete_all(&self.layout().chat_table, rest).await?;
        }
    }
}

/// The keys of an item, for the operator to read.
fn name_of(item: &Item) -> String {
    let part = |name: &str| text_of(item, name).unwrap_or_default();
    format!("{} {}", part("pk"), part("sk"))
}
