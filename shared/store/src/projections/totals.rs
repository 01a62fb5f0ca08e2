//! The shop's totals: how many channels, how many live customer messages, how many of them each
//! admin has read, and how many conversations are in each queue.
//!
//! They are sums over all heads, kept by folding: one item per channel holds the channel's part of
//! the sums, and changes in one transaction with them. The stream only says which heads were
//! written; the fold reads the present head. So records may come twice, late, in another order or
//! never: the next record of the channel corrects the sums.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{ActorId, Channel, ChannelKey, Sum};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::channel::head;
use crate::projections::search::WordChange;
use crate::table::error::{Error, Failure};
use crate::table::item::{self, Item, item, number, text_of};
use crate::table::keys::{self, Key};
use crate::table::query::Consistency;
use crate::table::retry::Tries;
use crate::table::update::Expression;
use crate::table::write;

/// Items over which the sums are spread, so that parallel folds seldom meet.
const SHARDS: u32 = 4;
/// Channels folded in one transaction: two write units each, and two more for the sums.
const FOLD_AT_ONCE: usize = 40;

/// Most sums of one update: DynamoDB allows an expression of 4 KB.
const MAX_SUMS: usize = 250;
/// The attribute that counts channels.
const CHANNELS: &str = "channels";
/// The attribute that counts changes of the sums: it shows that they changed, even if they changed
/// back.
const CHANGES: &str = "changes";

/// A channel's part of the sums, and the member under whose id it is found.
#[derive(Serialize, Deserialize)]
struct Folded {
    v: u64,
    /// Rises with every write of this item.
    #[serde(default)]
    revision: u64,
    /// Not `member_id`: that attribute would put this item into the index by member.
    member: ActorId,
    /// By the attribute of the sum.
    sums: BTreeMap<String, u64>,
}

/// How many conversations are in each queue of the staff. All numbers but `snoozed` count open
/// channels with a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Counts {
    pub open: u64,
    /// Those whose member waits for an answer.
    pub waiting: u64,
    pub unassigned: u64,
    pub snoozed: u64,
    pub by_assignee: BTreeMap<String, u64>,
    pub by_label: BTreeMap<String, u64>,
}

/// The shop's totals as they were read.
pub(crate) struct Totals(Vec<Item>);

impl Totals {
    /// The number of channels.
    pub(crate) fn channels(&self) -> u64 {
        whole(self.sum(CHANNELS))
    }

    /// The messages of customers and guests, in all channels, that this admin has not read.
    pub(crate) fn unread_by(&self, admin: &ActorId) -> u64 {
        whole(
            self.sum(&attribute_of(&Sum::Live))
                - self.sum(&attribute_of(&Sum::ReadBy(admin.clone()))),
        )
    }

    /// How many conversations are in each queue.
    pub(crate) fn counts(&self) -> Counts {
        let sum = |sum: &Sum| whole(self.sum(&attribute_of(sum)));
        let mut counts = Counts {
            open: sum(&Sum::Open),
            waiting: sum(&Sum::Waiting),
            unassigned: sum(&Sum::Unassigned),
            snoozed: sum(&Sum::Snoozed),
            ..Counts::default()
        };
        for (name, sum) in self.sums().into_iter().filter(|(_, sum)| *sum > 0) {
            if let Some(assignee) = name.strip_prefix(ASSIGNEE) {
                counts.by_assignee.insert(assignee.to_owned(), whole(sum));
            } else if let Some(label) = name.strip_prefix(LABEL) {
                counts.by_label.insert(label.to_owned(), whole(sum));
            }
        }
        counts
    }

    /// All sums, by attribute.
    pub(crate) fn sums(&self) -> BTreeMap<String, i64> {
        let names: BTreeSet<&String> = self
            .0
            .iter()
            .flat_map(Item::keys)
            .filter(|name| *name != "pk" && *name != "sk")
            .collect();
        names.into_iter().map(|name| (name.clone(), self.sum(name))).collect()
    }

    fn sum(&self, attribute: &str) -> i64 {
        let number = |item: &Item| item.get(attribute)?.as_n().ok()?.parse::<i64>().ok();
        self.0.iter().filter_map(number).sum()
    }
}

impl Store {
    /// The messages of customers and guests, in all channels, that this admin has not read.
    pub async fn unread_of_shop(&self, admin: &ActorId) -> Result<u64, Error> {
        Ok(self.totals(Consistency::Eventual).await?.unread_by(admin))
    }

    /// How many conversations are in each queue of the staff.
    pub async fn counts(&self) -> Result<Counts, Error> {
        Ok(self.totals(Consistency::Eventual).await?.counts())
    }

    /// The totals: a few items, whatever the number of channels. They follow a commit by the
    /// stream's delay, so to show them an eventually consistent read is enough.
    pub(crate) async fn totals(&self, consistency: Consistency) -> Result<Totals, Error> {
        let keys: Vec<_> = (0..SHARDS).map(keys::totals).collect();
        Ok(Totals(self.get_all(&keys, consistency).await?))
    }

    /// Updates totals and search words by the present heads of these channels and by these people.
    /// Returns the heads.
    ///
    /// The work for one channel or person is bounded: two writes and the ids of a channel, and for
    /// a person who has another name at most [`domain::MAX_PERSON_WORDS`] rows written and as many
    /// removed, however many channels they have.
    pub async fn fold(
        &self,
        channels: BTreeSet<ChannelKey>,
        people: &BTreeSet<ActorId>,
    ) -> Result<Vec<Channel>, Error> {
        let channels: Vec<_> = channels.into_iter().collect();
        let folds = async {
            let mut heads = Vec::with_capacity(channels.len());
            for some in channels.chunks(FOLD_AT_ONCE) {
                heads.extend(self.fold_some(some).await?);
            }
            Ok(heads)
        };
        let (heads, ()) = tokio::try_join!(folds, self.index_people(people))?;
        Ok(heads)
    }

    async fn fold_some(&self, channels: &[ChannelKey]) -> Result<Vec<Channel>, Error> {
        let keys: Vec<_> =
            channels.iter().flat_map(|key| [keys::head(key), keys::folded(key)]).collect();
        let mut tries = Tries::start();
        loop {
            let (mut heads, mut folded) = (Vec::new(), BTreeMap::new());
            for item in self.get_all(&keys, Consistency::Strong).await? {
                if keys::written_head(&item).is_some() {
                    heads.extend(head::readable([item]));
                } else {
                    let pk = keys::partition_of(&item).unwrap_or_default().to_owned();
                    folded.insert(pk, item::readable("folded head", item::read::<Folded>(item)));
                }
            }
            // An unreadable part cannot be compared: its channel is skipped.
            heads.retain(|channel| {
                !matches!(folded.get(&keys::channel(&channel.key())), Some(None))
            });
            let (mut actions, mut words_of) = (Vec::new(), Vec::new());
            let mut claimed_guests = BTreeSet::new();
            let mut sums: BTreeMap<String, i64> = BTreeMap::new();
            for channel in &heads {
                let before = folded.get(&keys::channel(&channel.key())).and_then(Option::as_ref);
                // Another fold may have folded a newer head since this one was read.
                if before.is_some_and(|before| before.v > channel.version || before.is_of(channel))
                {
                    continue;
                }
                if let Some(guest) = before
                    .map(|before| &before.member)
                    .filter(|member| **member != channel.member_id)
                {
                    claimed_guests.insert(guest.clone());
                }
                words_of.push(WordChange { channel, written: new_words(channel, before) });
                let now = contribution(channel);
                add_differences(&mut sums, before, &now);
                actions.push(self.put_folded(channel, before, now)?);
            }
            if actions.is_empty() {
                return Ok(heads);
            }
            if sums.len() > MAX_SUMS
                && let Some((one, other)) = channels.split_at_checked(channels.len() / 2)
                && !one.is_empty()
            {
                let mut heads = Box::pin(self.fold_some(one)).await?;
                heads.extend(Box::pin(self.fold_some(other)).await?);
                return Ok(heads);
            }
            // Words are written before the folded item says so: after a crash here, the next fold
            // writes them again.
            self.write_words(&words_of).await?;
            if !claimed_guests.is_empty() {
                self.index_people(&claimed_guests).await?;
            }
            sums.retain(|_, difference| *difference != 0);
            if !sums.is_empty() {
                actions.push(self.add_to_totals(&sums)?);
            }
            // If another fold came first, or ours was carried out, the next read shows which.
            if tries.committed(self.transact(actions).await).await? {
                return Ok(heads);
            }
        }
    }

    /// Takes a channel out of the sums and deletes its head, both or neither. Returns the head as
    /// it was.
    pub(crate) async fn unfold(&self, key: &ChannelKey) -> Result<Option<Channel>, Error> {
        let table = &self.layout().chat_table;
        let (head, part) = (keys::head(key), keys::folded(key));
        let mut tries = Tries::start();
        loop {
            let (channel, folded) = tokio::try_join!(self.head(key), self.get(&part))?;
            let Some(channel) = channel else { return Ok(None) };
            let folded = folded.map(item::read::<Folded>).transpose()?;
            let mut unchanged = Expression::default();
            unchanged.only_if_is(&["v"], Some(number(channel.version)));
            let mut actions = vec![write::delete(table, &head, unchanged)?];
            if let Some(folded) = &folded {
                let mut unchanged = Expression::default();
                unchanged.only_if_is(&["revision"], Some(number(folded.revision)));
                actions.push(write::delete(table, &part, unchanged)?);
                let mut sums = BTreeMap::from([(CHANNELS.to_owned(), -1)]);
                add_differences(&mut sums, Some(folded), &BTreeMap::new());
                actions.push(self.add_to_totals(&sums)?);
            } else {
                actions.push(write::still_absent(table, &part)?);
            }
            if tries.committed(self.transact(actions).await).await? {
                return Ok(Some(channel));
            }
        }
    }

    /// Adds to the sums.
    pub(crate) async fn correct_totals(
        &self,
        differences: &BTreeMap<String, i64>,
    ) -> Result<(), Error> {
        let all: Vec<_> =
            differences.iter().map(|(name, difference)| (name.clone(), *difference)).collect();
        for some in all.chunks(MAX_SUMS) {
            let update = self.add_to_totals(&some.iter().cloned().collect())?;
            match self.transact(vec![update]).await {
                Ok(_) => {}
                // It is not tried again: it may have been done.
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(())
    }

    /// Removes the sums that are zero in these totals: of labels and admins that no channel has any
    /// more. Returns `false` if a fold came in between; then it removes none.
    pub(crate) async fn forget_zeros(&self, totals: &Totals) -> Result<bool, Error> {
        let sums = totals.sums().into_iter();
        let zeros: Vec<_> = sums.filter(|(_, sum)| *sum == 0).map(|(name, _)| name).collect();
        let Some(some) = zeros.chunks(MAX_SUMS).next() else { return Ok(true) };
        let mut actions = Vec::new();
        for item in &totals.0 {
            let Some(pk) = keys::partition_of(item) else { continue };
            let key = Key { pk: pk.to_owned(), sk: keys::ONLY.to_owned() };
            let mut update = Expression::default();
            for name in some {
                update.remove(&[name]);
            }
            update.add(CHANGES, number(1));
            update.only_if_is(&[CHANGES], item.get(CHANGES).cloned());
            actions.push(write::update(&self.layout().chat_table, &key, update)?);
        }
        match self.transact(actions).await {
            Ok(outcome) => Ok(outcome.is_committed() && some.len() == zeros.len()),
            Err(Failure::Contended) => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }

    fn put_folded(
        &self,
        channel: &Channel,
        before: Option<&Folded>,
        sums: BTreeMap<String, u64>,
    ) -> Result<TransactWriteItem, Error> {
        let content = Folded {
            v: channel.version,
            revision: before.map_or(0, |before| before.revision) + 1,
            member: channel.member_id.clone(),
            sums,
        };
        let (table, key) = (&self.layout().chat_table, keys::folded(&channel.key()));
        let next = item(&key, &content)?;
        let Some(before) = before else { return write::put_new(table, next) };
        let mut update = Expression::difference(&item(&key, before)?, &next);
        update.only_if_is(&["revision"], Some(number(before.revision)));
        write::update(table, &key, update)
    }

    fn add_to_totals(&self, sums: &BTreeMap<String, i64>) -> Result<TransactWriteItem, Error> {
        let mut update = Expression::default();
        for (attribute, difference) in sums {
            update.add(attribute, number(*difference));
        }
        update.add(CHANGES, number(1));
        let shard = keys::totals(fastrand::u32(0..SHARDS));
        write::update(&self.layout().chat_table, &shard, update)
    }
}

/// The sums, recounted from the parts of all channels.
#[derive(Default)]
pub(crate) struct Recount {
    heads: BTreeSet<ChannelKey>,
    folded: Vec<(ChannelKey, Folded)>,
}

impl Recount {
    /// Collects the heads and parts among these items.
    pub(crate) fn add(&mut self, items: Vec<Item>) {
        for item in items {
            match (keys::channel_in(&item), text_of(&item, "sk")) {
                (Some(key), Some(keys::ONLY)) => {
                    self.heads.insert(key);
                }
                (Some(key), Some(keys::FOLDED)) => {
                    let folded = item::readable("folded head", item::read(item));
                    self.folded.extend(folded.map(|folded| (key, folded)));
                }
                _ => {}
            }
        }
    }

    /// What to add to these sums to correct them. The part of a channel without a head is
    /// subtracted.
    pub(crate) fn differences(&self, sums: &BTreeMap<String, i64>) -> BTreeMap<String, i64> {
        let mut right: BTreeMap<String, i64> = BTreeMap::new();
        for (_, folded) in self.folded.iter().filter(|(key, _)| self.heads.contains(key)) {
            add_differences(&mut right, None, &folded.sums);
        }
        for (name, sum) in sums.iter().filter(|(name, _)| *name != CHANGES) {
            *right.entry(name.clone()).or_default() -= sum;
        }
        right.retain(|_, difference| *difference != 0);
        right
    }
}

impl Folded {
    /// Whether this is the part of `channel` already, so that no write is needed.
    fn is_of(&self, channel: &Channel) -> bool {
        self.sums == contribution(channel) && self.member == channel.member_id
    }
}

/// The words of a channel that are not written yet. None is removed: the hash of a claimed channel
/// still shows its guest.
fn new_words(channel: &Channel, before: Option<&Folded>) -> BTreeSet<String> {
    let now = domain::words(channel);
    match before {
        None => now,
        Some(before) if before.member == channel.member_id => BTreeSet::new(),
        Some(before) => {
            let before =
                domain::words(&Channel { member_id: before.member.clone(), ..channel.clone() });
            now.difference(&before).cloned().collect()
        }
    }
}

/// Adds the difference between the folded part and the present one to `sums`.
fn add_differences(
    sums: &mut BTreeMap<String, i64>,
    before: Option<&Folded>,
    now: &BTreeMap<String, u64>,
) {
    let mut add = |attribute: &str, value: u64, sign: i64| {
        let value = sign * i64::try_from(value).unwrap_or(i64::MAX);
        *sums.entry(attribute.to_owned()).or_default() += value;
    };
    for (attribute, value) in now {
        add(attribute, *value, 1);
    }
    let Some(before) = before else { return add(CHANNELS, 1, 1) };
    for (attribute, value) in &before.sums {
        add(attribute, *value, -1);
    }
}

/// What a channel adds, by the attribute of the sum.
fn contribution(channel: &Channel) -> BTreeMap<String, u64> {
    let sums = channel.contribution();
    sums.into_iter().map(|(sum, value)| (attribute_of(&sum), value)).collect()
}

/// Begins the attributes that count conversations by assignee.
const ASSIGNEE: &str = "assignee#";
/// Begins the attributes that count conversations by label.
const LABEL: &str = "label#";

/// The attribute of a sum.
fn attribute_of(sum: &Sum) -> String {
    match sum {
        Sum::Live => "live".to_owned(),
        Sum::ReadBy(admin) => format!("read#{admin}"),
        Sum::Open => "open".to_owned(),
        Sum::Snoozed => "snoozed".to_owned(),
        Sum::Waiting => "waiting".to_owned(),
        Sum::Unassigned => "unassigned".to_owned(),
        Sum::AssignedTo(admin) => format!("{ASSIGNEE}{admin}"),
        Sum::Labelled(slug) => format!("{LABEL}{}", slug.as_str()),
    }
}

fn whole(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
