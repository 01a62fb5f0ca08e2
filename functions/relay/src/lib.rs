//! Reads the chat table's stream and does what reaches other systems: fetches profiles from Medusa,
//! pushes to the browsers of staff who is away, schedules notices and ends of snoozes, keeps and
//! deletes the bytes of files, replies while the shop is closed, publishes events.
//!
//! `activity` reads the same stream for what is computed from it, so an outage elsewhere delays no
//! total, no search and no unread count.
//!
//! Events that the bus rejects go to a queue with their content: a stream's own failure destination
//! holds only positions, which are useless after a day. A one-time schedule runs this function to
//! empty the queue; while the queue is empty, nothing polls it. After a day of runs SQS moves an
//! event to the dead-letter queue. It stays there until two weeks after it was queued, for SQS's
//! own redrive.

mod away;
mod bus;
mod objects;
mod pushes;
mod retry_queue;
mod schedules;

use std::collections::BTreeSet;

use app::{App, Error};
use aws_lambda_events::dynamodb::Event;
use blobs::Blobs;
use directory::Directory;
use domain::{ActorId, Roster};
use schedule::Schedules;
use serde::Deserialize;
use store::Batch;
use webpush::WebPush;

use bus::Bus;
use pushes::Pushed;
use retry_queue::RetryQueue;

/// What the handler needs, built once per environment. Cheap to clone.
#[derive(Clone)]
pub struct Relay {
    app: App,
    directory: Directory,
    schedules: Option<Schedules>,
    blobs: Option<Blobs>,
    bus: Option<Bus>,
    queue: Option<RetryQueue>,
    web_push: WebPush,
    pushed: Pushed,
}

/// The event that invokes this function.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Invocation {
    /// From a schedule: publish the queued events.
    Retry {
        /// Distinguishes this kind.
        #[serde(rename = "retry")]
        _retry: String,
    },
    /// From the stream.
    Batch(Event),
}

impl Relay {
    /// Builds what the handler needs from the application.
    pub fn new(app: &App) -> Self {
        Self {
            app: app.clone(),
            directory: Directory::new(app),
            schedules: Schedules::of(app),
            blobs: Blobs::of(app),
            bus: Bus::of(app),
            queue: RetryQueue::of(app),
            web_push: WebPush::new(app),
            pushed: Pushed::default(),
        }
    }
}

/// Handles one batch of the stream, or one retry of the queued events.
///
/// An error returns the whole batch for redelivery. An outage of the bus is no error: its events
/// are queued.
pub async fn handle(relay: Relay, invocation: Invocation) -> Result<(), Error> {
    let event = match invocation {
        Invocation::Retry { .. } => return relay.retry_queued().await,
        Invocation::Batch(event) => event,
    };
    let changes = event.records.into_iter().map(|record| record.change);
    let mut since = i64::MAX;
    let changes = changes.inspect(|change| {
        since = since.min(change.approximate_creation_date_time.timestamp_millis());
    });
    let batch = Batch::read(
        changes
            .map(|change| (change.keys.into(), change.old_image.into(), change.new_image.into())),
    )?;
    // Schedules and files come before publishing: if Scheduler or S3 rejects them, the batch is
    // redelivered before any event was published.
    let (profiles, replies, schedules, files, (), roster) = tokio::join!(
        relay.fetch_profiles(&batch),
        // On the heap: it holds a whole command of the log.
        Box::pin(relay.reply_away(&batch)),
        relay.schedule_calls(&batch),
        relay.follow_files(&batch, since),
        relay.push_to_browsers(&batch),
        relay.roster_for(&batch)
    );
    schedules?;
    profiles?;
    replies?;
    files?;
    relay.publish(batch, &roster).await
}

impl Relay {
    /// The names that the events of a batch need.
    async fn roster_for(&self, batch: &Batch) -> Roster {
        if self.bus.is_none() || batch.entries.is_empty() {
            return Roster::default();
        }
        self.app.store.roster(self.app.clock.now()).await
    }

    /// Fetches the profiles of people who are new here or whose refresh is pending. After a failure
    /// the next request for a refresh repeats it.
    async fn fetch_profiles(&self, batch: &Batch) -> Result<(), Error> {
        let wanted = batch.people.iter().filter(|person| person.requests_refresh);
        let mut ids: BTreeSet<&ActorId> = wanted.map(|person| &person.id).collect();
        for (before, now) in &batch.heads {
            if before.as_ref().is_none_or(|before| before.member_id != now.member_id) {
                ids.extend([&now.member_id, &now.admin_id]);
            }
        }
        if ids.is_empty() {
            return Ok(());
        }
        self.directory.people(ids, self.app.clock.now()).await?;
        Ok(())
    }
}
