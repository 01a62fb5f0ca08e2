//! What an operator does with the tables, and no function: export and erase somebody, bring the
//! sums up to date, bring back what was lost. Only here the tables are scanned.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{ActorId, Channel, ChannelKey, Side};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

use crate::Store;
use crate::channel::head;
use crate::log::row::LogRow;
use crate::projections::totals::Recount;
use crate::table::error::{Error, classify};
use crate::table::item::{self, Item, text_of, texts};
use crate::table::keys;
use crate::table::query::Query;
use crate::table::update::Expression;
use crate::table::write::batch_delete;

/// Items written at the same time.
const AT_ONCE: usize = 16;
/// How often a sum that moved while it was being checked is checked again.
const CHECKS: u32 = 5;

/// What `repair` found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// The channels that were looked at.
    pub channels: u64,
    /// The sums that differed from what the channels say, and were corrected.
    pub sums: u64,
    /// Whether the shop was too busy to compare them.
    pub is_uncertain: bool,
}

/// What `restore` did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Items that are back.
    pub items: u64,
    /// Items that were there, and were left as they are.
    pub kept: u64,
    /// Channels that were there, and were left as they are, with all that is in them.
    pub channels_kept: u64,
}

/// What was erased of somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Conversations, with all that was in them.
    pub channels: u64,
    /// All items, those of conversations among them.
    pub items: u64,
    /// Where somebody is still named, by table, partition and sort key: nothing, unless somebody
    /// wrote meanwhile.
    pub left: Vec<String>,
}

impl Store {
    /// Everything that is kept about somebody: their profile, the guests they have been, their
    /// conversations, and what expires. Of an admin the messages they wrote, in whatever
    /// conversation. Entries of the log that their side may not see are left out.
    pub async fn export(&self, person: &ActorId, is_staff: bool) -> Result<Value, Error> {
        let profile = self.get(&keys::person(person)).await?.map(value).transpose()?;
        let mut guests = Vec::new();
        let mut conversations = Vec::new();
        let mut written = Vec::new();
        if is_staff {
            self.scan(&self.layout().chat_table, async |items| {
                let is_theirs = |item: &Item| text_of(item, "sender_id") == Some(person.as_str());
                let theirs =
                    items.into_iter().filter(|item| is_theirs(item) && may_see(item, Side::Staff));
                written.extend(theirs.map(value).collect::<Result<Vec<_>, _>>()?);
                Ok(())
            })
            .await?;
        } else {
            let channels = self.own_channels(person).await?;
            for guest in self.guests_of(person).await? {
                guests.extend(self.get(&keys::guest(&guest)).await?.map(value).transpose()?);
            }
            for channel in &channels {
                let items = self.partition(&keys::channel(&channel.key())).await?;
                let (log, mut about): (Vec<_>, Vec<_>) =
                    items.into_iter().partition(|item| may_see(item, Side::Member));
                about.retain(keys::is_about_channel);
                // The log has it, if they may see it.
                for item in &mut about {
                    item.remove("newest");
                }
                let of =
                    |items: Vec<Item>| items.into_iter().map(value).collect::<Result<Vec<_>, _>>();
                conversations.push(json!({ "channel_hash": channel.hash.as_str(), "about": of(about)?, "log": of(log)? }));
            }
        }
        let mut expiring = Vec::new();
        self.scan(&self.layout().ephemeral_table, async |items| {
            let theirs = items.into_iter().filter(|item| mentions(item, person.as_str()));
            expiring.extend(theirs.map(value).collect::<Result<Vec<_>, _>>()?);
            Ok(())
        })
        .await?;
        Ok(json!({
            "id": person.as_str(), "profile": profile, "guests": guests, "conversations": conversations, "messages": written,
            "expiring": expiring,
        }))
    }

    /// Erases somebody. A customer or guest: conversations, the guests they have been, profile,
    /// search words, connections and claims on mails. An admin: profile and place among the staff;
    /// what they wrote stays, under an id that names nobody. It may be done again, after it was
    /// interrupted too.
    pub async fn erase(&self, person: &ActorId, is_staff: bool) -> Result<Erased, Error> {
        let mut erased = Erased::default();
        let mut ids = BTreeSet::from([person.clone()]);
        if is_staff {
            let mut update = Expression::default();
            update.take_out("staff", texts([person.as_str()]));
            self.update_item(&self.layout().chat_table, &keys::roster(), update).await?;
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

    /// The channels in which something is these people's: not by the index, which knows only
    /// channels that have their head still.
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

    /// Where in both tables somebody is still named. An admin's id stands beside what they wrote,
    /// and is no trace.
    async fn traces(&self, ids: &BTreeSet<ActorId>, is_staff: bool) -> Result<Vec<String>, Error> {
        let mut left = Vec::new();
        for table in [&self.layout().chat_table, &self.layout().ephemeral_table] {
            self.scan(table, async |items| {
                for item in items {
                    let may_stay = is_staff
                        && keys::partition_of(&item).is_some_and(|pk| {
                            ["C#", "U#", "W#"].iter().any(|kind| pk.starts_with(kind))
                        });
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

    /// Erases a channel: words and log, then its head together with its part in the sums, so that
    /// nothing can be written to it any more, then what was written meanwhile. The head goes late,
    /// for by it a channel is found again after an interruption.
    async fn erase_channel(&self, key: &ChannelKey) -> Result<u64, Error> {
        // Its part in the sums must be known before it can be taken out.
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

    /// Brings the shop's sums and the search words up to all channels, and then corrects the sums
    /// where they still differ. Safe while the shop is open.
    pub async fn repair(&self) -> Result<Repaired, Error> {
        let mut repaired = Repaired::default();
        self.scan(&self.layout().chat_table, async |items| {
            let heads = items.into_iter().filter(|item| keys::written_head(item).is_some());
            let heads = head::readable(heads);
            repaired.channels += heads.len() as u64;
            let people = heads.iter().map(|channel| channel.member_id.clone()).collect();
            self.fold(heads.iter().map(Channel::key).collect(), &people).await?;
            Ok(())
        })
        .await?;
        for _ in 0..CHECKS {
            let before = self.totals().await?.sums();
            let mut recount = Recount::default();
            self.scan(&self.layout().chat_table, async |items| {
                recount.add(items);
                Ok(())
            })
            .await?;
            // A fold that changed anything meanwhile has changed a sum.
            if self.totals().await?.sums() != before {
                continue;
            }
            let differences = recount.differences(&before);
            repaired.sums = differences.len() as u64;
            self.correct_totals(&differences).await?;
            return Ok(repaired);
        }
        Ok(Repaired { is_uncertain: true, ..repaired })
    }

    /// Brings back from another table what this one lacks. A channel that is there stays as it is:
    /// two logs cannot be made one.
    pub async fn restore(&self, from: &str) -> Result<Restored, Error> {
        let mut there = BTreeSet::new();
        self.scan(&self.layout().chat_table, async |items| {
            there.extend(items.iter().filter_map(keys::written_head));
            Ok(())
        })
        .await?;
        let mut restored = Restored::default();
        self.scan(from, async |items| {
            let (kept, items): (Vec<_>, Vec<_>) = items
                .into_iter()
                .partition(|item| keys::channel_in(item).is_some_and(|key| there.contains(&key)));
            restored.kept += kept.len() as u64;
            restored.channels_kept += kept.iter().filter_map(keys::written_head).count() as u64;
            // Heads last: a channel that is there is there as a whole, though this be interrupted.
            let (heads, others): (Vec<_>, Vec<_>) =
                items.into_iter().partition(|item| keys::written_head(item).is_some());
            for some in [others, heads] {
                let puts = stream::iter(some.into_iter().map(|item| self.put_if_absent(item)))
                    .buffer_unordered(AT_ONCE);
                let new: Vec<bool> = puts.try_collect().await?;
                let count = new.iter().filter(|is_new| **is_new).count() as u64;
                restored.items += count;
                restored.kept += new.len() as u64 - count;
            }
            Ok(())
        })
        .await?;
        Ok(restored)
    }

    async fn put_if_absent(&self, item: Item) -> Result<bool, Error> {
        let mut condition = Expression::default();
        condition.only_if("attribute_not_exists(pk)");
        Ok(self.put_item(&self.layout().chat_table, item, condition).await?.is_committed())
    }

    /// The guests whom a customer has claimed.
    async fn guests_of(&self, customer: &ActorId) -> Result<BTreeSet<ActorId>, Error> {
        let mut guests = BTreeSet::new();
        self.scan(&self.layout().chat_table, async |items| {
            let claimed = |item: &Item| text_of(item, "claimed_by") == Some(customer.as_str());
            let theirs = items.iter().filter(|item| claimed(item));
            guests.extend(theirs.filter_map(|item| keys::person_of(keys::partition_of(item)?)));
            Ok(())
        })
        .await?;
        Ok(guests)
    }

    async fn partition(&self, pk: &str) -> Result<Vec<Item>, Error> {
        let query = Query::partition(&self.layout().chat_table, pk);
        Ok(self.query_all(query, usize::MAX).await?.items)
    }

    async fn scan(
        &self,
        table: &str,
        mut each: impl AsyncFnMut(Vec<Item>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut from = None;
        loop {
            let request = self
                .db()
                .scan()
                .table_name(table)
                .consistent_read(true)
                .set_exclusive_start_key(from);
            let answer = request.send().await.map_err(classify)?;
            each(answer.items.unwrap_or_default()).await?;
            from = answer.last_evaluated_key;
            if from.is_none() {
                return Ok(());
            }
        }
    }

    async fn delete_all(&self, table: &str, keys: Vec<Item>) -> Result<u64, Error> {
        let count = keys.len() as u64;
        let writes = keys.into_iter().map(batch_delete);
        self.write_all(table, writes.collect::<Result<_, _>>()?).await?;
        Ok(count)
    }
}

/// Whether an item is an entry of a log that people of this side may see.
fn may_see(item: &Item, side: Side) -> bool {
    keys::log_entry(item)
        .is_some_and(|(_, seq)| LogRow::read(seq, item.clone()).facts().audience.includes(side))
}

fn key_of(item: &Item) -> Option<Item> {
    let part = |name: &str| Some((name.to_owned(), item.get(name)?.clone()));
    Some(Item::from([part("pk")?, part("sk")?]))
}

fn name_of(item: &Item) -> String {
    let part = |name: &str| text_of(item, name).unwrap_or_default();
    format!("{} {}", part("pk"), part("sk"))
}

fn value(item: Item) -> Result<Value, Error> {
    item::read(item)
}

/// Whether an id stands anywhere in an item, in a key, an attribute or the name of one, in whatever
/// case; not as a part of a longer id.
fn mentions(item: &Item, id: &str) -> bool {
    let id = &id.to_lowercase();
    let is_of_id = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let in_text = |text: &str| {
        let text = text.to_lowercase();
        text.match_indices(id).any(|(at, _)| {
            let before = text.get(..at).and_then(|rest| rest.chars().next_back());
            let after = text.get(at + id.len()..).and_then(|rest| rest.chars().next());
            !before.is_some_and(is_of_id) && !after.is_some_and(is_of_id)
        })
    };
    item.iter().any(|(name, value)| in_text(name) || has_text(value, &in_text))
}

/// Whether any text in a value, or the name of a part of it, is what is looked for.
fn has_text(value: &AttributeValue, found: &impl Fn(&str) -> bool) -> bool {
    match value {
        AttributeValue::S(text) => found(text),
        AttributeValue::Ss(list) => list.iter().any(|text| found(text)),
        AttributeValue::L(list) => list.iter().any(|value| has_text(value, found)),
        AttributeValue::M(map) => {
            map.iter().any(|(name, value)| found(name) || has_text(value, found))
        }
        _ => false,
    }
}
