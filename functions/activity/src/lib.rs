//! Follows the chat table's stream: what must happen because something was written, and must not be lost when whoever wrote it
//! dies. The shop's totals and the search words; how long answers took; mails that are set for later; what other systems hear.
//!
//! The stream delivers each change at least once. Everything here may be done again, late or in another order without harm, so
//! an error simply asks for the batch again.

mod arm;
mod bus;
mod measure;

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::dynamodb::Event;
use directory::Directory;
use domain::{ActorId, Channel, ChannelKey, Person, Reader};
use runtime::{App, Error};
use schedule::Schedules;
use store::{LogEntry, PersonWritten, Written, written};

use bus::Bus;

/// What the handler needs, made once. Cheap to clone.
#[derive(Clone)]
pub struct Activity {
    app: App,
    directory: Directory,
    schedules: Option<Schedules>,
    bus: Option<Bus>,
}

impl Activity {
    /// What this application's handler needs.
    pub fn new(app: &App) -> Self {
        Self { app: app.clone(), directory: Directory::new(app), schedules: Schedules::of(app), bus: Bus::of(app) }
    }
}

/// What a batch says was written.
#[derive(Default)]
struct Batch {
    heads: Vec<(Option<Channel>, Channel)>,
    entries: BTreeMap<ChannelKey, Vec<LogEntry>>,
    people: Vec<PersonWritten>,
}

/// Handles one batch of the stream.
pub async fn follow(activity: Activity, event: Event) -> Result<(), Error> {
    let batch = read(event)?;
    let people = activity.learn(&batch).await?;
    let staff = staff_of(&batch, &people);
    let know = async { Ok::<_, Error>(activity.app.store.know_staff(&staff).await?) };
    let (channels, (), ()) = tokio::try_join!(activity.fold(&batch), know, activity.measure(&batch.heads))?;
    // One of the two may fail for long: the other does not wait for it.
    let armed = activity.arm(&batch.heads).await;
    activity.publish(batch, &channels).await.and(armed)
}

fn read(event: Event) -> Result<Batch, Error> {
    let mut batch = Batch::default();
    for record in event.records {
        let change = record.change;
        match written(&change.keys.into(), change.old_image.into(), change.new_image.into())? {
            Some(Written::Head { before, now }) => batch.heads.push((before, now)),
            Some(Written::Entry(channel, entry)) => batch.entries.entry(channel).or_default().push(entry),
            Some(Written::Person(person)) => batch.people.push(person),
            None => {}
        }
    }
    Ok(batch)
}

impl Activity {
    /// Asks who people are that are new here, or wanted. A directory that does not answer is asked again when they are wanted.
    async fn learn(&self, batch: &Batch) -> Result<BTreeMap<ActorId, Person>, Error> {
        let mut ids: BTreeSet<&ActorId> = batch.people.iter().filter(|person| person.is_wanted).map(|person| &person.id).collect();
        for (before, now) in &batch.heads {
            if before.as_ref().is_none_or(|before| before.member_id != now.member_id) {
                ids.extend([&now.member_id, &now.admin_id]);
            }
        }
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        Ok(self.directory.people(ids, self.app.clock.now()).await?)
    }

    /// Brings totals and search words up to date; answers the heads of all channels that the batch speaks of.
    async fn fold(&self, batch: &Batch) -> Result<BTreeMap<ChannelKey, Channel>, Error> {
        let mut channels: BTreeMap<ChannelKey, Option<ActorId>> = batch.entries.keys().map(|key| (key.clone(), None)).collect();
        for person in batch.people.iter().filter(|person| person.is_renamed) {
            let keys = self.app.store.own_channel_keys(&person.id).await?;
            channels.extend(keys.into_iter().map(|key| (key, Some(person.id.clone()))));
        }
        channels.extend(batch.heads.iter().map(|(_, now)| (now.key(), Some(now.member_id.clone()))));
        let heads = self.app.store.fold(channels).await?;
        Ok(heads.into_iter().map(|channel| (channel.key(), channel)).collect())
    }
}

/// The admins that a batch shows: who has read, who has written; and whose channels these are, where the shop knows them: anybody
/// may open a channel with a made-up admin.
fn staff_of(batch: &Batch, people: &BTreeMap<ActorId, Person>) -> BTreeSet<ActorId> {
    let mut staff = BTreeSet::new();
    for (before, channel) in &batch.heads {
        let admin = people.get(&channel.admin_id).filter(|admin| !admin.profile().is_empty());
        staff.extend(admin.map(|admin| admin.id.clone()));
        // Whoever has read now: marks of the past may be of somebody who is gone.
        let read = channel.read_since(before.as_ref()).into_iter();
        staff.extend(read.filter_map(|reader| if let Reader::Admin(id) = reader { Some(id) } else { None }));
    }
    staff.extend(batch.entries.values().flatten().filter_map(LogEntry::admin).cloned());
    staff
}
