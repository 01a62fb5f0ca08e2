//! The directory of people: names, addresses, pictures.
//!
//! Medusa has them, and only background functions look people up: `relay` for new people and
//! requested refreshes, `notice` and `digest` before each mail. The answer is stored and is fresh
//! for half an hour. While Medusa is slow or away, the stored profile counts.
//!
//! The function `shop` asks [`Medusa`] itself, and stores nothing.

mod medusa;
mod people;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use app::App;
use domain::{ActorId, Person, Profile, Timestamp, Vouched};
use futures_util::{StreamExt, stream};
use store::Store;

use people::{Lookup, People};

pub use medusa::{Answer, Key, Medusa};

/// Concurrent lookups.
const AT_ONCE: usize = 8;
/// Timeout of all lookups together: a batch of the stream has a minute.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The directory. Cheap to clone.
#[derive(Clone)]
pub struct Directory {
    store: Store,
    medusa: Option<Arc<People>>,
    /// The shop's default key: not a person, so it is never looked up.
    default_admin: ActorId,
}

impl Directory {
    /// A directory with this application's configuration.
    pub fn new(app: &App) -> Self {
        let (store, default_admin) = (app.store.clone(), app.config.default_admin.clone());
        Self { store, medusa: People::of(app).map(Arc::new), default_admin }
    }

    /// These people, with stale profiles refreshed. A person whose lookup fails keeps the stored
    /// profile.
    pub async fn people(
        &self,
        ids: impl IntoIterator<Item = &ActorId>,
        now: Timestamp,
    ) -> Result<BTreeMap<ActorId, Person>, store::Error> {
        let mut people = self.store.people(ids).await?;
        let Some(medusa) = &self.medusa else { return Ok(people) };
        let is_looked_up =
            |person: &&Person| person.is_stale(now) && person.id != self.default_admin;
        let stale: Vec<Person> = people.values().filter(is_looked_up).cloned().collect();
        let lookups = stale.into_iter().map(|person| self.refresh(medusa, person, now));
        let mut lookups = stream::iter(lookups).buffer_unordered(AT_ONCE);
        let all = async {
            while let Some(refreshed) = lookups.next().await {
                if let Some(person) = refreshed? {
                    people.insert(person.id.clone(), person);
                }
            }
            Ok::<_, store::Error>(())
        };
        // After a timeout the others keep their stored profiles.
        tokio::time::timeout(TIMEOUT, all).await.unwrap_or(Ok(()))?;
        Ok(people)
    }

    /// A person, refreshed even if the profile is fresh: an address may have just changed. If the
    /// lookup fails, the stored profile counts.
    pub async fn refreshed(&self, id: &ActorId, now: Timestamp) -> Result<Person, store::Error> {
        let person = self.store.person(id).await?;
        match &self.medusa {
            Some(medusa) if !id.is_guest() && *id != self.default_admin => {
                Ok(self.refresh(medusa, person.clone(), now).await?.unwrap_or(person))
            }
            _ => Ok(person),
        }
    }

    /// Looks a person up and stores the answer. Returns `None` if Medusa does not answer.
    async fn refresh(
        &self,
        medusa: &People,
        mut person: Person,
        now: Timestamp,
    ) -> Result<Option<Person>, store::Error> {
        let profile = match medusa.look_up(&person.id, now).await {
            Lookup::Found(profile) => profile,
            // A customer who is not found no longer exists. An admin may exist, because not every
            // key may read every admin: the profile from their token stays.
            Lookup::NotFound if person.id.as_str().starts_with("cus_") => Profile::default(),
            Lookup::NotFound => {
                person.vouched.as_ref().map(|vouched| vouched.profile.clone()).unwrap_or_default()
            }
            Lookup::Unavailable => return Ok(None),
        };
        // An unchanged profile is written only once it is stale.
        if person.is_stale(now)
            || person.vouched.as_ref().is_none_or(|vouched| vouched.profile != profile)
        {
            self.store.put_vouched_profile(&person.id, &profile, now).await?;
        }
        person.vouched = Some(Vouched { profile, at: now });
        Ok(Some(person))
    }

    /// One person, refreshed if the profile is stale.
    pub async fn person(&self, id: &ActorId, now: Timestamp) -> Result<Person, store::Error> {
        Ok(self.people([id], now).await?.remove(id).unwrap_or_else(|| Person::unknown(id.clone())))
    }

    /// Whether a later lookup may find more about a person: none has succeeded so far.
    pub fn is_pending(&self, person: &Person) -> bool {
        let was_asked =
            person.vouched.as_ref().is_some_and(|vouched| vouched.at != Timestamp::default());
        self.medusa.is_some() && !was_asked && !person.id.is_guest()
    }
}
