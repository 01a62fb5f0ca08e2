//! Search words as items: one partition for each first three characters, so that a search is one
//! sorted read.
//!
//! Ids lead to channels, names and addresses to people: one row for each word of a person, however
//! many channels they have. So a new name costs a bounded number of writes, and a person with many
//! channels has no more rows than another. The person's item lists the words that are written. The
//! rows may lag behind the people, so a search compares what they lead to with the present people.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::WriteRequest;
use domain::{ActorId, Channel, ChannelKey, SearchTerm, word_prefix};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::Store;
use crate::channel::head::DIRECT;
use crate::people::profiles::Row;
use crate::table::error::Error;
use crate::table::item::{self, Item, text, text_of, texts};
use crate::table::keys;
use crate::table::query::{Consistency, Query};
use crate::table::retry::Tries;
use crate::table::schema::HASH_INDEX;
use crate::table::update::Expression;
use crate::table::write::{batch_delete, batch_put};

/// Longest start of a word that is stored, in characters: with what it leads to it fits into a sort
/// key, which DynamoDB limits to 1,024 bytes. Longer words are compared as a whole once they are
/// found by their start.
const MAX_STORED_CHARS: usize = 64;
/// Most channels that a search finds.
pub(crate) const MAX_FOUND: usize = 200;
/// Most rows of one kind that a search reads: some eight read units.
const MAX_ROWS: usize = 600;
/// Most customers, and most guests, whose channels a search reads.
const MAX_PEOPLE: usize = 200;
/// Most channels that a search compares with its term, found by ids and found by names: each costs
/// half a read unit.
const MAX_COMPARED: usize = 400;
/// People whose channels are looked up concurrently.
const PEOPLE_AT_ONCE: usize = 25;

/// The words to write for a channel.
pub(crate) struct WordChange<'a> {
    pub(crate) channel: &'a Channel,
    pub(crate) written: BTreeSet<String>,
}

/// What the rows lead to.
pub(crate) struct Found {
    /// Channels by the ids of their people.
    pub(crate) channels: Vec<ChannelKey>,
    /// Customers, and guests, by their names.
    pub(crate) people: [Vec<ActorId>; 2],
    /// Whether there are more than were read.
    pub(crate) is_cut: bool,
}

/// The first three characters of a word, and as much of it as is stored; `None` for a word that is
/// not stored.
fn stored(word: &str) -> Option<(&str, &str)> {
    let start = word
        .char_indices()
        .nth(MAX_STORED_CHARS)
        .map_or(word, |(end, _)| word.get(..end).unwrap_or(word));
    // A `#` ends a word in the sort key, so no word that holds one is stored. Its parts are words
    // of their own.
    let prefix = word_prefix(word).filter(|_| !start.contains('#'))?;
    Some((prefix, start))
}

fn row(pk: &str, word: &str, found: &str) -> Item {
    Item::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(&keys::word_sk(word, found)))])
}

fn id_rows<'a>(
    words: &'a BTreeSet<String>,
    channel: &'a Channel,
) -> impl Iterator<Item = Item> + 'a {
    let key = channel.key();
    words
        .iter()
        .filter_map(|word| stored(word))
        .map(move |(prefix, word)| row(&keys::word_partition(prefix), word, key.as_str()))
}

fn name_rows<'a>(
    words: impl Iterator<Item = &'a String> + 'a,
    person: &'a ActorId,
) -> impl Iterator<Item = Item> + 'a {
    let words: BTreeSet<_> = words.filter_map(|word| stored(word)).collect();
    words.into_iter().map(|(prefix, word)| {
        row(&keys::name_partition(person.is_guest(), prefix), word, person.as_str())
    })
}

impl Store {
    /// Writes ids under which channels are found. Doing it again changes nothing.
    pub(crate) async fn write_words(&self, changes: &[WordChange<'_>]) -> Result<(), Error> {
        let writes = changes
            .iter()
            .flat_map(|change| id_rows(&change.written, change.channel))
            .map(batch_put);
        self.write_all(&self.layout().chat_table, writes.collect::<Result<_, _>>()?).await
    }

    /// Removes all ids under which a channel is found.
    pub(crate) async fn remove_words(&self, channel: &Channel) -> Result<(), Error> {
        self.write_all(
            &self.layout().chat_table,
            id_rows(&domain::words(channel), channel)
                .map(batch_delete)
                .collect::<Result<_, _>>()?,
        )
        .await
    }

    /// Removes all names under which a person is found.
    pub(crate) async fn remove_names(&self, person: &ActorId) -> Result<(), Error> {
        let Some(item) = self.get(&keys::person(person)).await? else { return Ok(()) };
        let row: Row = item::read(item)?;
        let mut words = row.words.clone();
        words.extend(row.into_person(person.clone()).profile().words());
        self.write_all(
            &self.layout().chat_table,
            name_rows(words.iter(), person).map(batch_delete).collect::<Result<_, _>>()?,
        )
        .await
    }

    /// Updates the names under which these people are found. Claimed guests are no longer found.
    pub(crate) async fn index_people(&self, people: &BTreeSet<ActorId>) -> Result<(), Error> {
        let keys: Vec<_> = people.iter().map(keys::person).collect();
        let items = self.get_all(&keys, Consistency::Strong).await?;
        let people = items
            .into_iter()
            .filter_map(|item| Some((keys::person_of(keys::partition_of(&item)?)?, item)));
        let changes: Vec<_> = people.map(|(id, item)| self.index_person(id, item)).collect();
        stream::iter(changes).buffer_unordered(PEOPLE_AT_ONCE).try_collect().await
    }

    /// Writes only differences. The person's item lists the words that are written, so it is
    /// changed last, and only if it is unchanged: after a crash everything is done again, and of
    /// two concurrent calls the second corrects the first.
    async fn index_person(&self, id: ActorId, item: Item) -> Result<(), Error> {
        let readable = |item: Option<Item>| {
            item.and_then(|item| item::readable("person", item::read::<Row>(item)))
        };
        let mut next = readable(Some(item));
        let mut touched = BTreeSet::new();
        let mut tries = Tries::start();
        while let Some(row) = next {
            let (before, is_claimed) = (row.words.clone(), row.claimed_by.is_some());
            let now = if is_claimed {
                BTreeSet::new()
            } else {
                row.into_person(id.clone()).profile().words()
            };
            if now == before && touched.is_empty() {
                return Ok(());
            }
            let written =
                now.iter().filter(|word| !before.contains(*word) || touched.contains(*word));
            let removed = before.union(&touched).filter(|word| !now.contains(*word));
            let mut writes: Vec<WriteRequest> =
                name_rows(written, &id).map(batch_put).collect::<Result<_, _>>()?;
            // Two words may share a row: a row that one of them still needs is not removed.
            let kept: BTreeSet<_> = now.iter().filter_map(|word| stored(word)).collect();
            let removed =
                removed.filter(|word| stored(word).is_some_and(|row| !kept.contains(&row)));
            writes
                .extend(name_rows(removed, &id).map(batch_delete).collect::<Result<Vec<_>, _>>()?);
            self.write_all(&self.layout().chat_table, writes).await?;
            if self.record_words(&id, &before, &now).await? {
                return Ok(());
            }
            touched.extend(before.into_iter().chain(now));
            tries.again().await?;
            next = readable(self.get(&keys::person(&id)).await?);
        }
        Ok(())
    }

    /// Records on the person's item which words are written, if it still lists those `before`.
    async fn record_words(
        &self,
        id: &ActorId,
        before: &BTreeSet<String>,
        now: &BTreeSet<String>,
    ) -> Result<bool, Error> {
        let set = |words: &BTreeSet<String>| (!words.is_empty()).then(|| texts(words));
        let mut update = Expression::default();
        match set(now) {
            Some(words) => update.set(&["words"], words),
            None => update.remove(&["words"]),
        }
        update.only_if("attribute_exists(pk)");
        update.only_if_is(&["words"], set(before));
        Ok(self.update_person(id, update).await?.is_committed())
    }

    /// The channels and people that a term may find. What is read is bounded, and customers are
    /// looked up apart from guests.
    pub(crate) async fn find(&self, term: &SearchTerm) -> Result<Found, Error> {
        let (pk, start) = match term {
            SearchTerm::Hash(start) => {
                let (rows, is_cut) = self.hashes(start).await?;
                return Ok(Found { channels: rows, people: Default::default(), is_cut });
            }
            SearchTerm::Word(word) => match stored(word) {
                Some(found) => found,
                None => {
                    return Ok(Found {
                        channels: Vec::new(),
                        people: Default::default(),
                        is_cut: false,
                    });
                }
            },
        };
        let (ids, customers, guests) = tokio::try_join!(
            self.leads(keys::word_partition(pk), start),
            self.leads(keys::name_partition(false, pk), start),
            self.leads(keys::name_partition(true, pk), start),
        )?;
        let people = |rows: &[String]| {
            let all: BTreeSet<_> = rows.iter().filter_map(|id| ActorId::parse(id)).collect();
            let is_cut = all.len() > MAX_PEOPLE;
            (all.into_iter().take(MAX_PEOPLE).collect::<Vec<_>>(), is_cut)
        };
        let ((customers, more_customers), (guests, more_guests)) =
            ((people(&customers.0), customers.1), (people(&guests.0), guests.1));
        let mut seen = BTreeSet::new();
        let keys = ids
            .0
            .iter()
            .filter_map(|key| ChannelKey::parse(key))
            .filter(|key| seen.insert(key.clone()));
        let mut channels: Vec<_> = keys.collect();
        let is_cut = ids.1
            || more_customers
            || more_guests
            || customers.1
            || guests.1
            || channels.len() > MAX_COMPARED;
        channels.truncate(MAX_COMPARED);
        Ok(Found { channels, people: [customers.0, guests.0], is_cut })
    }

    /// The channels of the people found, one of each person in turn, and whether there are more
    /// than are compared.
    pub(crate) async fn channels_in_turn(
        &self,
        groups: &[Vec<ActorId>; 2],
    ) -> Result<(Vec<ChannelKey>, bool), Error> {
        let mut channels = Vec::new();
        for group in groups {
            let theirs: Vec<_> = group.iter().map(|person| self.own_channel_keys(person)).collect();
            let theirs: Vec<Vec<ChannelKey>> =
                stream::iter(theirs).buffered(PEOPLE_AT_ONCE).try_collect().await?;
            channels.extend(in_turn(theirs));
        }
        // Just after a claim the index may have a channel under both people.
        let mut seen = BTreeSet::new();
        channels.retain(|key| seen.insert(key.clone()));
        let is_cut = channels.len() > MAX_COMPARED;
        channels.truncate(MAX_COMPARED);
        Ok((channels, is_cut))
    }

    /// What the rows of one partition with this start lead to, and whether there are more.
    async fn leads(&self, pk: String, start: &str) -> Result<(Vec<String>, bool), Error> {
        let query = Query::partition(&self.layout().chat_table, &pk);
        let query = query.starting_with(start).eventually();
        let found = self.query_all(query, MAX_ROWS).await?;
        let rows = found.items.iter();
        let rows = rows.filter_map(|item| Some(keys::found_by(text_of(item, "sk")?)?.to_owned()));
        Ok((rows.collect(), found.next.is_some()))
    }

    /// The channels whose hash has this start, and whether there are more than are compared.
    async fn hashes(&self, start: &str) -> Result<(Vec<ChannelKey>, bool), Error> {
        let query = Query::index(&self.layout().chat_table, &HASH_INDEX, text(DIRECT));
        let found = self.query_all(query.starting_with(start), MAX_COMPARED).await?;
        let rows = found.items.iter().filter_map(keys::channel_in);
        Ok((rows.collect(), found.next.is_some()))
    }
}

/// The first of each list, then the second of each, and so on.
fn in_turn<T>(lists: Vec<Vec<T>>) -> impl Iterator<Item = T> {
    let mut turns: BTreeMap<usize, Vec<T>> = BTreeMap::new();
    for list in lists {
        for (turn, one) in list.into_iter().enumerate() {
            turns.entry(turn).or_default().push(one);
        }
    }
    turns.into_values().flatten()
}

/// At most [`MAX_FOUND`] of the channels that a term found: the newest of each person first, then
/// the next of each. Among these customers before guests, then the newest.
pub(crate) fn best_of(channels: Vec<Channel>) -> Vec<Channel> {
    if channels.len() <= MAX_FOUND {
        return channels;
    }
    let mut of_person: BTreeMap<ActorId, Vec<Channel>> = BTreeMap::new();
    for channel in channels {
        of_person.entry(channel.member_id.clone()).or_default().push(channel);
    }
    let mut ranked: Vec<_> = of_person
        .into_values()
        .flat_map(|mut theirs| {
            theirs.sort_unstable_by_key(|channel| std::cmp::Reverse(channel.activity()));
            theirs.into_iter().enumerate()
        })
        .collect();
    ranked.sort_by_key(|(turn, channel)| {
        (*turn, channel.member_id.is_guest(), std::cmp::Reverse(channel.activity()))
    });
    ranked.into_iter().take(MAX_FOUND).map(|(_, channel)| channel).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_word_is_stored_by_its_start() {
        let word = "ä".repeat(100);
        assert_eq!(stored(&word), Some(("äää", "ä".repeat(64).as_str())));
        assert_eq!(stored("abc"), Some(("abc", "abc")));
        assert_eq!((stored("ab"), stored("ab#c")), (None, None));
    }

    #[test]
    fn everybody_comes_in_turn() {
        assert_eq!(
            in_turn(vec![vec![1, 4, 6], vec![], vec![2], vec![3, 5]]).collect::<Vec<_>>(),
            [1, 2, 3, 4, 5, 6]
        );
    }
}
