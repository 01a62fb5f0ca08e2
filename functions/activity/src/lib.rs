//! Follows the chat table's stream and keeps what is computed from it: the shop's totals, the
//! search words, who the staff is, how long answers took.
//!
//! It calls DynamoDB and nothing else, so no other system's outage delays it. What has to reach
//! other systems is the job of `relay`, which follows the same stream.
//!
//! The stream delivers each change at least once. Everything here may be done again, late or in
//! another order without harm, so an error simply asks for the batch again.

mod measure;

use std::collections::BTreeSet;

use app::{App, Error};
use aws_lambda_events::dynamodb::Event;
use domain::{ActorId, Channel, Reader, Side};
use store::{Batch, LogRow};

/// What the handler needs, made once. Cheap to clone.
#[derive(Clone)]
pub struct Activity {
    app: App,
}

impl Activity {
    /// What this application's handler needs.
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
    let know = async { Ok::<_, Error>(activity.app.store.add_to_roster(&staff).await?) };
    tokio::try_join!(activity.fold(&batch), know, activity.measure(&batch))?;
    Ok(())
}

impl Activity {
    /// Brings totals and search words up to date.
    async fn fold(&self, batch: &Batch) -> Result<(), Error> {
        let heads = batch.heads.iter().map(|(_, now)| now);
        let channels = heads.clone().map(Channel::key).chain(batch.entries.keys().cloned());
        let renamed = batch.people.iter().filter(|person| person.is_renamed);
        let people = renamed.map(|person| &person.id).chain(heads.map(|now| &now.member_id));
        self.app.store.fold(channels.collect(), &people.cloned().collect()).await?;
        Ok(())
    }
}

/// The admins that a batch shows: those who have read, and those who have written.
fn staff_of(batch: &Batch) -> BTreeSet<ActorId> {
    let mut staff = BTreeSet::new();
    for (before, channel) in &batch.heads {
        // Only marks that moved now: those of the past may be of somebody who has left.
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
