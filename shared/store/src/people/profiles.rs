//! Profiles: what the shop vouched for and when, and what people enter about themselves.
//!
//! No request asks the shop. A request marks a missing or stale profile for refresh; the stream
//! carries the mark to `relay`, which asks. So a slow or absent shop system delays no request, and
//! the stored profile is shown meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    ActorId, EmailAddress, Person, Profile, PushSubscription, Refusal, Timestamp, Vouched,
    count_transcript,
};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::channel::open::Terms;
use crate::reach::notifications::Notification;
use crate::table::error::Error;
use crate::table::item::{self, Item, attribute, number, text};
use crate::table::keys;
use crate::table::query::Consistency;
use crate::table::retry::Tries;
use crate::table::update::Expression;
use crate::table::write::Outcome;

/// A person's item. No attribute has the name of an index key.
#[derive(Default, Deserialize)]
pub(crate) struct Row {
    /// The search words stored for this person.
    #[serde(default)]
    pub(crate) words: BTreeSet<String>,
    /// The customer who claimed this guest.
    #[serde(default)]
    pub(crate) claimed_by: Option<ActorId>,
    /// When a guest changed their profile, within the last hour.
    #[serde(default)]
    renames: Vec<Timestamp>,
    #[serde(default)]
    vouched: Option<Profile>,
    #[serde(default)]
    vouched_at: Option<Timestamp>,
    #[serde(default)]
    own: Profile,
    #[serde(default)]
    proven_email: Option<EmailAddress>,
    #[serde(default)]
    email_source: Option<String>,
    #[serde(default)]
    digest: Option<bool>,
    #[serde(default)]
    digested_at: Option<Timestamp>,
    #[serde(default)]
    refresh_requested_at: Option<Timestamp>,
    #[serde(default)]
    notification: Option<Notification>,
    #[serde(default)]
    push_test: Option<PushTest>,
    /// When the person asked for transcripts, within the last hour.
    #[serde(default)]
    transcripts: Vec<Timestamp>,
    #[serde(default)]
    transcript: Option<TranscriptRequest>,
}

/// An admin's request for a notification on trial.
#[derive(PartialEq, Serialize, Deserialize)]
struct PushTest {
    /// The digest of the browser's address.
    subscription: String,
    at: Timestamp,
}

/// A person's request to be mailed a conversation. The stream carries it to `relay`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct TranscriptRequest {
    /// No other request has it.
    pub id: String,
    pub channel: String,
    pub at: Timestamp,
    /// Whether the person asked as staff.
    pub is_staff: bool,
}

/// One write of a person's item, as the stream shows it.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct PersonWritten {
    pub id: ActorId,
    /// Whether this write requests a profile refresh.
    pub requests_refresh: bool,
    /// Whether the shown profile may have changed.
    pub is_renamed: bool,
    /// The mail that this write records.
    pub notification: Option<Notification>,
    /// The digest of the address to which this write requests a notification on trial.
    pub tests_push: Option<String>,
    /// The transcript that this write asks for.
    pub transcript: Option<TranscriptRequest>,
}

impl Row {
    pub(crate) fn into_person(self, id: ActorId) -> Person {
        let vouched =
            self.vouched_at.map(|at| Vouched { profile: self.vouched.unwrap_or_default(), at });
        let (digest, digested_at, refresh_requested_at) =
            (self.digest.unwrap_or(true), self.digested_at, self.refresh_requested_at);
        let Self { own, proven_email, email_source, transcripts, .. } = self;
        Person {
            id,
            vouched,
            own,
            proven_email,
            email_source,
            digest,
            digested_at,
            refresh_requested_at,
            transcripts,
        }
    }
}

/// Compares the images of a person's item before and after a write.
pub(crate) fn person_written(id: ActorId, before: Item, now: Item) -> Result<PersonWritten, Error> {
    let (before, now): (Row, Row) = (item::read(before)?, item::read(now)?);
    let requests_refresh = now.refresh_requested_at > before.refresh_requested_at
        && now.refresh_requested_at > now.vouched_at;
    let notification = now.notification.clone().filter(|_| now.notification != before.notification);
    let tests_push = now.push_test.as_ref().filter(|test| before.push_test.as_ref() != Some(*test));
    let tests_push = tests_push.map(|test| test.subscription.clone());
    let transcript = now.transcript.clone().filter(|_| now.transcript != before.transcript);
    let (before, now) = (before.into_person(id.clone()), now.into_person(id.clone()));
    let is_renamed = before.profile() != now.profile();
    Ok(PersonWritten { id, requests_refresh, is_renamed, notification, tests_push, transcript })
}

impl Store {
    /// These people, read eventually consistently. People without an item come as unknown.
    pub async fn people(
        &self,
        ids: impl IntoIterator<Item = &ActorId>,
    ) -> Result<BTreeMap<ActorId, Person>, Error> {
        let mut people: BTreeMap<_, _> =
            ids.into_iter().map(|id| (id.clone(), Person::unknown(id.clone()))).collect();
        let keys: Vec<_> = people.keys().map(keys::person).collect();
        for item in self.get_all(&keys, Consistency::Eventual).await? {
            let Some(id) = keys::partition_of(&item).and_then(keys::person_of) else { continue };
            let Some(row) = item::readable("person", item::read::<Row>(item)) else { continue };
            people.insert(id.clone(), row.into_person(id));
        }
        Ok(people)
    }

    /// One person, read consistently.
    pub async fn person(&self, id: &ActorId) -> Result<Person, Error> {
        Ok(self.person_row(id).await?.into_person(id.clone()))
    }

    /// A guest, read consistently; `None` once a customer has claimed them.
    pub async fn live_guest(&self, id: &ActorId) -> Result<Option<Person>, Error> {
        let row = self.person_row(id).await?;
        Ok(row.claimed_by.is_none().then(|| row.into_person(id.clone())))
    }

    /// A person's item. One in a form that only a newer version knows counts as missing.
    async fn person_row(&self, id: &ActorId) -> Result<Row, Error> {
        let item = self.get(&keys::person(id)).await?;
        let row = item.and_then(|item| item::readable("person", item::read(item)));
        Ok(row.unwrap_or_default())
    }

    /// Marks these people's profiles for refresh.
    pub async fn request_profile_refresh(
        &self,
        ids: &[ActorId],
        now: Timestamp,
    ) -> Result<(), Error> {
        let requests = ids.iter().map(|id| async move {
            let mut update = Expression::default();
            update.set(&["refresh_requested_at"], number(now.millis()));
            update.set_if_absent(&["profile_at"], number(now.millis()));
            self.update_person(id, update).await
        });
        futures_util::future::try_join_all(requests).await?;
        Ok(())
    }

    /// Stores what the shop says about a person.
    pub async fn put_vouched_profile(
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

    /// Changes a guest's own profile. Refuses a claimed guest. A guest without an item counts as a
    /// new guest of this address. Each change counts towards the limit of renames; a call that
    /// changes nothing neither writes nor counts. A changed e-mail address is unverified.
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
            let mut next = Person { own, ..before.clone() };
            if next.own.email != before.own.email {
                next.proven_email = None;
                next.email_source = next.own.email.as_ref().map(|_| terms.address.to_owned());
            }
            let recent = terms.renames.add(&renames, now)?;
            if is_new && !is_counted {
                self.count_new_guest("name", terms.address, terms.guests_per_hour, now).await?;
                is_counted = true;
            }
            if self.put_guest_profile(&next, &renames, &recent, now).await? {
                return Ok(next);
            }
            tries.again().await?;
        }
    }

    /// Writes a guest's profile and renames. Returns `false` if the guest was renamed or claimed in
    /// between.
    async fn put_guest_profile(
        &self,
        guest: &Person,
        before: &[Timestamp],
        recent: &[Timestamp],
        now: Timestamp,
    ) -> Result<bool, Error> {
        let list = |instants: &[Timestamp]| {
            AttributeValue::L(instants.iter().map(|at| number(at.millis())).collect())
        };
        let mut update = Expression::default();
        update.set(&["own"], attribute(&guest.own)?);
        match &guest.proven_email {
            Some(email) => update.set(&["proven_email"], text(email.as_str())),
            None => update.remove(&["proven_email"]),
        }
        match &guest.email_source {
            Some(source) => update.set(&["email_source"], text(source)),
            None => update.remove(&["email_source"]),
        }
        update.set(&["profile_at"], number(now.millis()));
        update.set(&["renames"], list(recent));
        update.only_if_is(&["claimed_by"], None);
        update.only_if_is(&["renames"], (!before.is_empty()).then(|| list(before)));
        Ok(self.update_person(&guest.id, update).await?.is_committed())
    }

    /// Records that a guest proved this address, which must still be the present one. Returns
    /// `false` if the guest has another address now, or was claimed.
    pub async fn prove_guest_email(
        &self,
        id: &ActorId,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut update = Expression::default();
        update.set(&["proven_email"], text(email.as_str()));
        update.remove(&["email_source"]);
        update.set(&["profile_at"], number(now.millis()));
        update.only_if_is(&["own", "email"], Some(text(email.as_str())));
        update.only_if_is(&["claimed_by"], None);
        Ok(self.update_person(id, update).await?.is_committed())
    }

    /// Records that a mail went to a guest's address: where it was left from is forgotten.
    pub async fn forget_email_source(&self, guest: &Person) -> Result<(), Error> {
        let Some(source) = &guest.email_source else { return Ok(()) };
        let mut update = Expression::default();
        update.remove(&["email_source"]);
        update.only_if_is(&["email_source"], Some(text(source)));
        update.only_if_is(&["own", "email"], guest.own.email.as_ref().map(|e| text(e.as_str())));
        self.update_person(&guest.id, update).await?;
        Ok(())
    }

    /// Asks for a transcript of a channel, to be mailed to this person as they were read. Refuses
    /// one too many.
    pub async fn request_transcript(
        &self,
        person: &Person,
        request: &TranscriptRequest,
        now: Timestamp,
    ) -> Result<(), Error> {
        let list = |instants: &[Timestamp]| {
            AttributeValue::L(instants.iter().map(|at| number(at.millis())).collect())
        };
        let mut tries = Tries::start();
        let mut before = person.transcripts.clone();
        loop {
            let recent = count_transcript(&before, now)?;
            let mut update = Expression::default();
            update.set(&["transcripts"], list(&recent));
            update.set(&["transcript"], attribute(request)?);
            update.set(&["profile_at"], number(now.millis()));
            // The SDK repeats a call whose response is lost: the request is then stored.
            let (id, ours) = (update.path(&["transcript", "id"]), update.value(text(&request.id)));
            let instants = update.path(&["transcripts"]);
            let unchanged = if before.is_empty() {
                format!("attribute_not_exists({instants})")
            } else {
                format!("{instants} = {}", update.value(list(&before)))
            };
            update.only_if(format!("{unchanged} OR {id} = {ours}"));
            if self.update_person(&person.id, update).await?.is_committed() {
                return Ok(());
            }
            tries.again().await?;
            before = self.person(&person.id).await?.transcripts;
        }
    }

    /// Stores an admin's own profile, and with `digest` whether they get the digest.
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

    /// Requests a notification on trial to one of an admin's browsers: `relay` sends it.
    pub async fn request_push_test(
        &self,
        id: &ActorId,
        subscription: &PushSubscription,
        now: Timestamp,
    ) -> Result<(), Error> {
        let test = PushTest { subscription: subscription.endpoint.digest(), at: now };
        let mut update = Expression::default();
        update.set(&["push_test"], attribute(&test)?);
        update.set(&["profile_at"], number(now.millis()));
        self.update_person(id, update).await?;
        Ok(())
    }

    /// Changes a person's item. The stream's filters in `template.yaml` pass only items with
    /// `profile_at`, so a change that `activity` or `relay` has to follow sets it.
    pub(crate) async fn update_person(
        &self,
        id: &ActorId,
        change: Expression,
    ) -> Result<Outcome, Error> {
        Ok(self.update_item(&self.layout().chat_table, &keys::person(id), change).await?)
    }
}
