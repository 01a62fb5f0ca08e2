//! Where in a channel's log messages were deleted, so that live messages can be counted without
//! reading them.
//!
//! A message's row says how many messages were sent up to it. Only deletes change how many of them
//! are live, and a delete adds its message to the item of its *block*, in its own transaction.
//! Counting the deletions before and after a place then reads a bounded number of small items,
//! whatever the log holds. Deletes beyond the first *section* are also counted by section: a short
//! log has blocks only, a long one is counted in steps.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::{ChannelKey, Message, Side};
use serde::Deserialize;

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{self, number};
use crate::table::keys;
use crate::table::update::Expression;
use crate::table::write;

/// Places of the log in one block: an item in which all of them are deleted has less than 1 KB, one
/// unit of writes.
const BLOCK: u64 = 128;
/// Places of the log in one section: 512 blocks, which are at most 512 KB, or 128 units of reads.
pub(crate) const SECTION: u64 = 512 * BLOCK;
/// Most sections that are read: a log of 6.5 billion entries.
const MAX_SECTIONS: usize = 100_000;

/// Deletions of one side, before and after a place of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Deletions {
    /// At or before it.
    pub(crate) before: u64,
    /// After it.
    pub(crate) after: u64,
}

/// A block's item: the places of deleted messages, from the block's first.
#[derive(Default, Deserialize)]
struct Block {
    #[serde(default)]
    customer: BTreeSet<u64>,
    #[serde(default)]
    staff: BTreeSet<u64>,
}

impl Block {
    const fn of(&self, side: Side) -> &BTreeSet<u64> {
        match side {
            Side::Member => &self.customer,
            Side::Staff => &self.staff,
        }
    }
}

/// A section's item: how many messages were deleted in it.
#[derive(Default, Deserialize)]
struct Section {
    #[serde(default)]
    customer: u64,
    #[serde(default)]
    staff: u64,
}

impl Section {
    const fn of(&self, side: Side) -> u64 {
        match side {
            Side::Member => self.customer,
            Side::Staff => self.staff,
        }
    }
}

impl Store {
    /// The actions by which a delete records where its message stood: one, or two in a log of more
    /// than one section.
    pub(crate) fn record_deletion(
        &self,
        key: &ChannelKey,
        message: &Message,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let (block, section) = (message.seq / BLOCK, message.seq / SECTION);
        let side = attribute(message.sender_role.side());
        let add = |key: keys::Key, value: AttributeValue| {
            let mut update = Expression::default();
            update.add(side, value);
            write::update(&self.layout().chat_table, &key, update)
        };
        let place = AttributeValue::Ns(vec![(message.seq % BLOCK).to_string()]);
        let mut actions = vec![add(keys::deleted_block(key, block), place)?];
        if section > 0 {
            actions.push(add(keys::deleted_section(key, section), number(1))?);
        }
        Ok(actions)
    }

    /// Counts the deletions of one side before and after a place of a log with `last_seq` entries.
    pub(crate) async fn deletions_around(
        &self,
        key: &ChannelKey,
        side: Side,
        seq: u64,
        last_seq: u64,
    ) -> Result<Deletions, Error> {
        let here = seq / SECTION;
        let (own, first, sections) = tokio::try_join!(
            self.blocks_of(key, here),
            async { if here > 0 { self.blocks_of(key, 0).await } else { Ok(BTreeMap::new()) } },
            async {
                if last_seq >= SECTION { self.sections(key).await } else { Ok(BTreeMap::new()) }
            },
        )?;
        let in_section = |wanted: &dyn Fn(u64) -> bool| -> u64 {
            sections
                .iter()
                .filter(|(section, _)| wanted(**section))
                .map(|(_, section)| section.of(side))
                .sum()
        };
        let places = own
            .iter()
            .flat_map(|(block, item)| item.of(side).iter().map(move |place| block * BLOCK + place));
        let (at_or_before, beyond): (Vec<_>, Vec<_>) = places.partition(|place| *place <= seq);
        let in_first: usize = first.values().map(|item| item.of(side).len()).sum();
        Ok(Deletions {
            before: (at_or_before.len() + in_first) as u64 + in_section(&|section| section < here),
            after: beyond.len() as u64 + in_section(&|section| section > here),
        })
    }

    /// The places of deleted messages between two places of one section, in order: those of one
    /// side, or of both.
    pub(crate) async fn deleted_places(
        &self,
        key: &ChannelKey,
        low: u64,
        high: u64,
        side: Option<Side>,
    ) -> Result<Vec<u64>, Error> {
        let blocks = self.blocks_between(key, low / BLOCK, high / BLOCK).await?;
        let wanted = [Side::Member, Side::Staff]
            .into_iter()
            .filter(|one| side.is_none_or(|side| side == *one));
        let mut places: Vec<u64> = wanted
            .flat_map(|side| {
                blocks.iter().flat_map(move |(block, item)| {
                    item.of(side).iter().map(move |place| block * BLOCK + place)
                })
            })
            .collect();
        places.sort_unstable();
        Ok(places)
    }

    /// How many messages were deleted in a section, of one side or of both; `None` for the first
    /// section, which is not counted.
    pub(crate) async fn deletions_of_section(
        &self,
        key: &ChannelKey,
        section: u64,
        side: Option<Side>,
    ) -> Result<Option<u64>, Error> {
        if section == 0 {
            return Ok(None);
        }
        let row = self.get(&keys::deleted_section(key, section)).await?;
        let counted: Section = row.map(item::read).transpose()?.unwrap_or_default();
        Ok(Some(side.map_or(counted.customer + counted.staff, |side| counted.of(side))))
    }

    async fn blocks_of(
        &self,
        key: &ChannelKey,
        section: u64,
    ) -> Result<BTreeMap<u64, Block>, Error> {
        let first = section * (SECTION / BLOCK);
        self.blocks_between(key, first, first + SECTION / BLOCK - 1).await
    }

    async fn blocks_between(
        &self,
        key: &ChannelKey,
        first: u64,
        last: u64,
    ) -> Result<BTreeMap<u64, Block>, Error> {
        let (from, to) = (keys::deleted_block_sk(first), keys::deleted_block_sk(last));
        let most = usize::try_from(last - first + 1).unwrap_or(usize::MAX);
        let rows = self.rows(&keys::channel(key), &from, &to, true, most).await?;
        rows.into_iter().map(|row| Ok((keys::deleted_number(&row), item::read(row)?))).collect()
    }

    async fn sections(&self, key: &ChannelKey) -> Result<BTreeMap<u64, Section>, Error> {
        let (from, to) = (keys::deleted_section_sk(0), keys::deleted_section_sk(u64::MAX));
        let rows = self.rows(&keys::channel(key), &from, &to, true, MAX_SECTIONS).await?;
        rows.into_iter().map(|row| Ok((keys::deleted_number(&row), item::read(row)?))).collect()
    }
}

const fn attribute(side: Side) -> &'static str {
    match side {
        Side::Member => "customer",
        Side::Staff => "staff",
    }
}
