//! Who people are: names, addresses, pictures.
//!
//! The shop's Medusa knows, and is asked in the background only: by `relay` when somebody new
//! appears or is looked for, and before each mail. What it says is kept in the table and asked for
//! anew after half an hour. While it is slow or away, what is known counts on.

mod medusa;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use app::App;
use domain::{ActorId, Person, Profile, Timestamp, Vouched};
use futures_util::{StreamExt, stream};
use store::Store;

use medusa::{Answer, Medusa};

/// People asked for at the same time.
const AT_ONCE: usize = 8;
/// Longest wait for all of them: a batch of the stream has a minute.
const PATIENCE: Duration = Duration::from_secs(15);

/// The directory. Cheap to clone.
#[derive(Clone)]
pub struct Directory {
    store: Store,
    medusa: Option<Arc<Medusa>>,
    /// The shop's default key: nobody, of whom nobody need be asked.
    default_admin: ActorId,
}

impl Directory {
    /// The directory of this application.
    pub fn new(app: &App) -> Self {
        let (store, default_admin) = (app.store.clone(), app.config.default_admin.clone());
        Self { store, medusa: Medusa::of(app).map(Arc::new), default_admin }
    }

    /// What is known of these people, as fresh as can be had. An answer of Medusa that cannot be
    /// had changes nothing.
    pub async fn people(
        &self,
        ids: impl IntoIterator<Item = &ActorId>,
        now: Timestamp,
    ) -> Result<BTreeMap<ActorId, Person>, store::Error> {
        let mut people = self.store.people(ids).await?;
        let Some(medusa) = &self.medusa else { return Ok(people) };
        let is_asked_for =
            |person: &&Person| person.is_stale(now) && person.id != self.default_admin;
        let stale: Vec<Person> = people.values().filter(is_asked_for).cloned().collect();
        let asked = stale.into_iter().map(|person| self.ask(medusa, person, now));
        let mut answers = stream::iter(asked).buffer_unordered(AT_ONCE);
        let all = async {
            while let Some(answer) = answers.next().await {
                if let Some(person) = answer? {
                    people.insert(person.id.clone(), person);
                }
            }
            Ok::<_, store::Error>(())
        };
        // Whoever is left is asked the next time.
        tokio::time::timeout(PATIENCE, all).await.unwrap_or(Ok(()))?;
        Ok(people)
    }

    /// What is known of one person, asked for anew: an address may have changed a moment ago. Where
    /// Medusa does not answer in its time, what is stored counts.
    pub async fn current(&self, id: &ActorId, now: Timestamp) -> Result<Person, store::Error> {
        let person = self.store.person(id).await?;
        match &self.medusa {
            Some(medusa) if !id.is_guest() && *id != self.default_admin => {
                Ok(self.ask(medusa, person.clone(), now).await?.unwrap_or(person))
            }
            _ => Ok(person),
        }
    }

    /// Asks for one person, and keeps the answer.
    async fn ask(
        &self,
        medusa: &Medusa,
        mut person: Person,
        now: Timestamp,
    ) -> Result<Option<Person>, store::Error> {
        let profile = match medusa.ask(&person.id, now).await {
            Answer::Known(profile) => profile,
            // Not every key is shown every admin: what a token said of one stands. A customer who
            // is gone is gone.
            Answer::Nobody if person.id.as_str().starts_with("cus_") => Profile::default(),
            Answer::Nobody => {
                person.vouched.as_ref().map(|vouched| vouched.profile.clone()).unwrap_or_default()
            }
            Answer::None => return Ok(None),
        };
        // What is known already is not written again before it is old.
        if person.is_stale(now)
            || person.vouched.as_ref().is_none_or(|vouched| vouched.profile != profile)
        {
            self.store.vouch(&person.id, &profile, now).await?;
        }
        person.vouched = Some(Vouched { profile, at: now });
        Ok(Some(person))
    }

    /// What is known of one person.
    pub async fn person(&self, id: &ActorId, now: Timestamp) -> Result<Person, store::Error> {
        Ok(self.people([id], now).await?.remove(id).unwrap_or_else(|| Person::unknown(id.clone())))
    }

    /// Whether more may become known of somebody later: Medusa was never reached about them.
    pub fn may_learn_of(&self, person: &Person) -> bool {
        let was_asked =
            person.vouched.as_ref().is_some_and(|vouched| vouched.at != Timestamp::default());
        self.medusa.is_some() && !was_asked && !person.id.is_guest()
    }
}
