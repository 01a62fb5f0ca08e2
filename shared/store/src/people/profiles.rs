//! Who people are, as far as it is known here: what the shop vouched for and when, and what they
//! say of themselves.
//!
//! Nobody who answers a request asks the shop. What is missing or old is marked as wanted; the
//! stream carries the mark to `activity`, which asks. So a shop system that is slow or away slows
//! nobody down, and what was known is shown meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{ActorId, Person, Profile, Refusal, Timestamp, Vouched};
use serde::Deserialize;

use crate::Store;
use crate::channel::open::Terms;
use crate::reach::mails::Notification;
use crate::table::error::Error;
use crate::table::item::{self, Item, attribute, number};
use crate::table::keys;
use crate::table::query::Consistency;
use crate::table::retry::Tries;
use crate::table::update::Expression;
use crate::table::write::Outcome;

/// A person's item. Names are chosen so that none is the key of an index.
#[derive(Default, Deserialize)]
pub(crate) struct Row {
    /// The search words that are written of this person.
    #[serde(default)]
    pub(crate) words: BTreeSet<String>,
    /// Which customer has claimed this guest.
    #[serde(default)]
    pub(crate) claimed_by: Option<ActorId>,
    /// When a guest took other names, within the last hour.
    #[serde(default)]
    renames: Vec<Timestamp>,
    #[serde(default)]
    vouched: Option<Profile>,
    #[serde(default)]
    vouched_at: Option<Timestamp>,
    #[serde(default)]
    own: Profile,
    #[serde(default)]
    digest: Option<bool>,
    #[serde(default)]
    digested_at: Option<Timestamp>,
    #[serde(default)]
    wanted_at: Option<Timestamp>,
    #[serde(default)]
    notification: Option<Notification>,
}

/// A person's item as it was written.
#[derive(Clone, Debug)]
pub struct PersonWritten {
    /// Who.
    pub id: ActorId,
    /// Whether somebody wants to know more of them than is known.
    pub is_wanted: bool,
    /// Whether what is shown of them may have changed.
    pub is_renamed: bool,
    /// The mail that they were sent, if this write is about one.
    pub notification: Option<Notification>,
}

impl Row {
    pub(crate) fn into_person(self, id: ActorId) -> Person {
        let vouched =
            self.vouched_at.map(|at| Vouched { profile: self.vouched.unwrap_or_default(), at });
        let (digest, digested_at, wanted_at) =
            (self.digest.unwrap_or(true), self.digested_at, self.wanted_at);
        Person { id, vouched, own: self.own, digest, digested_at, wanted_at }
    }
}

/// What a write of a person's item says, from the images before and after.
pub(crate) fn person_written(id: ActorId, before: Item, now: Item) -> Result<PersonWritten, Error> {
    let (before, now): (Row, Row) = (item::read(before)?, item::read(now)?);
    let is_wanted = now.wanted_at > before.wanted_at && now.wanted_at > now.vouched_at;
    let notification = now.notification.clone().filter(|_| now.notification != before.notification);
    let (before, now) = (before.into_person(id.clone()), now.into_person(id.clone()));
    Ok(PersonWritten { id, is_wanted, is_renamed: before.profile() != now.profile(), notification })
}

impl Store {
    /// What is known of these people; whoever is not known comes as unknown. A moment behind, which
    /// does no harm to a name.
    pub async fn people(
        &self,
        ids: impl IntoIterator<Item = &ActorId>,
    ) -> Result<BTreeMap<ActorId, Person>, Error> {
        self.people_as(ids, Consistency::Eventual).await
    }

    /// The same as it is at this moment.
    pub(crate) async fn people_as(
        &self,
        ids: impl IntoIterator<Item = &ActorId>,
        consistency: Consistency,
    ) -> Result<BTreeMap<ActorId, Person>, Error> {
        let mut people: BTreeMap<_, _> =
            ids.into_iter().map(|id| (id.clone(), Person::unknown(id.clone()))).collect();
        let keys: Vec<_> = people.keys().map(keys::person).collect();
        for item in self.get_all(&keys, consistency).await? {
            let Some(id) = keys::partition_of(&item).and_then(keys::person_of) else { continue };
            let Some(row) = item::readable("person", item::read::<Row>(item)) else { continue };
            people.insert(id.clone(), row.into_person(id));
        }
        Ok(people)
    }

    /// One person, as at this moment.
    pub async fn person(&self, id: &ActorId) -> Result<Person, Error> {
        // One of a form that is unknown here is somebody of whom nothing is known.
        let row = self
            .get(&keys::person(id))
            .await?
            .and_then(|item| item::readable("person", item::read::<Row>(item)));
        Ok(row.map_or_else(|| Person::unknown(id.clone()), |row| row.into_person(id.clone())))
    }

    /// Notes that more should be known of these people.
    pub async fn want(&self, ids: &[ActorId], now: Timestamp) -> Result<(), Error> {
        let notes = ids.iter().map(|id| async move {
            let mut note = Expression::default();
            note.set(&["wanted_at"], number(now.millis()));
            note.set_if_absent(&["profile_at"], number(now.millis()));
            self.update_person(id, note).await
        });
        futures_util::future::try_join_all(notes).await?;
        Ok(())
    }

    /// Keeps what the shop says of somebody, at this moment.
    pub async fn vouch(
        &self,
        id: &ActorId,
        profile: &Profile,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut update = Expression::default();
        update.set(&["vouched"], attribute(profile)?);
        update.set(&["vouched_at"], number(now.millis()));
        update.set(&["profile_at"], number(now.millis()));
        self.update_person(id, update).await?;
        Ok(())
    }

    /// Changes what a guest says of themselves. A claimed guest is refused; one without an item
    /// counts as a new guest of this address. Each change counts towards the guest's renames, on
    /// the item that is written anyway; one that changes nothing writes nothing and does not count.
    pub async fn change_guest_profile(
        &self,
        id: &ActorId,
        change: impl Fn(&Profile) -> Profile,
        terms: &Terms<'_>,
        now: Timestamp,
    ) -> Result<Person, Error> {
        let mut tries = Tries::start();
        let mut is_counted = false;
        loop {
            let row: Option<Row> = self.get(&keys::guest(id)).await?.map(item::read).transpose()?;
            let is_new = row.is_none();
            let row = row.unwrap_or_default();
            if row.claimed_by.is_some() {
                return Err(Refusal::Unauthorized.into());
            }
            let (renames, own) = (row.renames.clone(), change(&row.own));
            let before = row.into_person(id.clone());
            if before.own == own {
                return Ok(before);
            }
            let recent = terms.renames.one_more(&renames, now)?;
            if is_new && !is_counted {
                self.count_new_guest("name", terms.address, terms.guests_per_hour, now).await?;
                is_counted = true;
            }
            if self.put_guest_profile(id, &own, &renames, &recent, now).await? {
                return Ok(Person { own, ..before });
            }
            tries.again().await?;
        }
    }

    /// Writes a guest's profile and renames, if nobody renamed or claimed the guest in between.
    async fn put_guest_profile(
        &self,
        id: &ActorId,
        own: &Profile,
        before: &[Timestamp],
        recent: &[Timestamp],
        now: Timestamp,
    ) -> Result<bool, Error> {
        let list = |instants: &[Timestamp]| {
            AttributeValue::L(instants.iter().map(|at| number(at.millis())).collect())
        };
        let mut update = Expression::default();
        update.set(&["own"], attribute(own)?);
        update.set(&["profile_at"], number(now.millis()));
        update.set(&["renames"], list(recent));
        update.only_if_is(&["claimed_by"], None);
        update.only_if_is(&["renames"], (!before.is_empty()).then(|| list(before)));
        Ok(self.update_person(id, update).await?.is_committed())
    }

    /// Keeps what an admin says of themselves.
    pub async fn put_own_profile(
        &self,
        id: &ActorId,
        own: &Profile,
        digest: Option<bool>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut update = Expression::default();
        update.set(&["own"], attribute(own)?);
        update.set(&["profile_at"], number(now.millis()));
        if let Some(digest) = digest {
            update.set(&["digest"], AttributeValue::Bool(digest));
        }
        self.update_person(id, update).await?;
        Ok(())
    }

    pub(crate) async fn update_person(
        &self,
        id: &ActorId,
        change: Expression,
    ) -> Result<Outcome, Error> {
        Ok(self.update_item(&self.layout().chat_table, &keys::person(id), change).await?)
    }
}
