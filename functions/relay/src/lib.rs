//! Follows the chat table's stream and does everything that reaches outside of it: asks Medusa who
//! people are, sets notices for later, publishes events to other systems.
//!
//! `activity` follows the same stream for what is computed from it, so an outage outside delays no
//! total, no search and no unread count.
//!
//! An event that the bus does not take is put into a queue with its content, because a stream's own
//! failure destination holds positions only, which mean nothing after a day. A one-time schedule
//! calls this function again to empty the queue; nothing polls it while nothing is in it. After a
//! day of such calls SQS moves the event to the queue of the dead, where it stays until two weeks
//! after it was put, for SQS's own redrive.

mod arm;
mod bus;
mod retries;

use std::collections::BTreeSet;

use app::{App, Error};
use aws_lambda_events::dynamodb::Event;
use directory::Directory;
use domain::ActorId;
use schedule::Schedules;
use serde::Deserialize;
use store::Batch;

use bus::Bus;
use retries::Retries;

/// What the handler needs, made once. Cheap to clone.
#[derive(Clone)]
pub struct Relay {
    app: App,
    directory: Directory,
    schedules: Option<Schedules>,
    bus: Option<Bus>,
    retries: Option<Retries>,
}

/// What calls this function.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Call {
    /// A schedule: the queue of events that the bus did not take has to be emptied.
    Retry {
        /// Names this kind of call.
        #[serde(rename = "retry")]
        _retry: String,
    },
    /// The stream.
    Batch(Event),
}

impl Relay {
    /// What this application's handler needs.
    pub fn new(app: &App) -> Self {
        Self {
            app: app.clone(),
            directory: Directory::new(app),
            schedules: Schedules::of(app),
            bus: Bus::of(app),
            retries: Retries::of(app),
        }
    }
}

/// Handles one batch of the stream, or one call to try again.
///
/// An error asks for the whole batch again. The bus is no reason for one: what it does not take is
/// queued.
pub async fn handle(relay: Relay, call: Call) -> Result<(), Error> {
    let event = match call {
        Call::Retry { .. } => return relay.try_again().await,
        Call::Batch(event) => event,
    };
    let changes = event.records.into_iter().map(|record| record.change);
    let batch = Batch::read(
        changes
            .map(|change| (change.keys.into(), change.old_image.into(), change.new_image.into())),
    )?;
    // Notices first: if Scheduler refuses them, the batch comes again and nothing is published
    // twice.
    let (learned, armed) = tokio::join!(relay.learn(&batch), relay.arm(&batch));
    armed?;
    learned?;
    relay.publish(batch).await
}

impl Relay {
    /// Asks who people are that are new here, or about whom a request is pending. A directory that
    /// does not answer is asked again with the next request.
    async fn learn(&self, batch: &Batch) -> Result<(), Error> {
        let wanted = batch.people.iter().filter(|person| person.requests_refresh);
        let mut ids: BTreeSet<&ActorId> = wanted.map(|person| &person.id).collect();
        let mut admins = BTreeSet::new();
        for (before, now) in &batch.heads {
            if before.as_ref().is_none_or(|before| before.member_id != now.member_id) {
                ids.extend([&now.member_id, &now.admin_id]);
                admins.insert(&now.admin_id);
            }
        }
        if ids.is_empty() {
            return Ok(());
        }
        let people = self.directory.people(ids, self.app.clock.now()).await?;
        // Anybody may open a channel with a made-up admin: only those whom the shop knows are
        // staff.
        let known =
            |id: &&ActorId| people.get(*id).is_some_and(|admin| !admin.profile().is_empty());
        let staff: BTreeSet<_> = admins.into_iter().filter(known).cloned().collect();
        Ok(self.app.store.add_to_roster(&staff).await?)
    }
}
