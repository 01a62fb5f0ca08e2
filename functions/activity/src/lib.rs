//! Reads the chat table's stream and updates what is computed from it: the shop's totals, the
//! search words, the staff roster, the reply times.
//!
//! It calls only DynamoDB, so an outage of another system delays nothing here. `relay` reads the
//! same stream and does what reaches other systems.
//!
//! The stream delivers each change at least once, sometimes late or out of order. Every step is
//! idempotent and independent of the order, so an error simply returns the batch for redelivery.

mod reply_times;

use std::collections::BTreeSet;

use app::{App, Error};
use aws_lambda_events::dynamodb::Event;
use domain::{ActorId, Channel, Reader, Side};
use store::{Batch, LogRow};

/// What the handler needs, built once per environment. Cheap to clone.
#[derive(Clone)]
pub struct Activity {
    app: App,
}

impl Activity {
    /// Builds what the handler needs from the application.
    pub fn new(app: &App) -> Self {
        Self { app: app.clone() }
    }
}

/// Handles one batch of the stream.
pub async fn handle(activity: Activity, event: Event) -> Result<(), Error> {
    let changes = event.records.into_iter().map(|record| record.change);
    let batch = Batch::read(
        changes
            .map(|change| (change.keys.into(), change.old_image.into(), change.new_image.into())),
    )?;
    let staff = staff_of(&batch);
    let renamed =
        batch.people.iter().filter(|person| person.is_renamed && person.id.may_be_admin());
    let renamed = renamed.map(|person| person.id.clone()).collect();
    let roster =
        async { Ok::<_, Error>(activity.app.store.update_roster(&staff, &renamed).await?) };
    tokio::try_join!(activity.fold(&batch), roster, activity.record_reply_times(&batch))?;
    Ok(())
}

impl Activity {
    /// Updates the totals and the search words of every channel and person in the batch.
    async fn fold(&self, batch: &Batch) -> Result<(), Error> {
        let heads = batch.heads.iter().map(|(_, now)| now);
        let channels = heads.clone().map(Channel::key).chain(batch.entries.keys().cloned());
        let renamed = batch.people.iter().filter(|person| person.is_renamed);
        let people = renamed.map(|person| &person.id).chain(heads.map(|now| &now.member_id));
        self.app.store.fold(channels.collect(), &people.cloned().collect()).await?;
        Ok(())
    }
}

/// The admins in a batch: those who read and those who wrote.
fn staff_of(batch: &Batch) -> BTreeSet<ActorId> {
    let mut staff = BTreeSet::new();
    for (before, channel) in &batch.heads {
        // Only marks that moved now: an old mark may belong to an admin who has left.
        let read = channel.readers_since(before.as_ref()).into_iter();
        staff.extend(read.filter_map(|reader| match reader {
            Reader::Admin(id) => Some(id),
            Reader::Member => None,
        }));
    }
    let senders = batch.entries.values().flatten().filter_map(LogRow::sender);
    staff.extend(senders.filter(|by| by.side() == Side::Staff).map(|by| by.id().clone()));
    staff
}
