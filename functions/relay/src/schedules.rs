//! Schedules calls of `notice`: a message or mention may be read within its first minute, so a
//! one-time schedule checks it after that; another one ends a snooze at its time, and two remind of
//! a meeting.
//!
//! They are scheduled from the stream, not by the function that wrote the entry: every committed
//! entry is in the stream, even if that function dies.

use std::collections::BTreeSet;

use app::Error;
use domain::{
    ActorId, Addressee, ChannelKey, Entry, Kind, MessageId, NOTICE_AFTER_MS, Side, Status,
    Timestamp, What, notice_due,
};
use futures_util::future::try_join_all;
use schedule::{Call, Check, Mention, Notice, Reminder, SnoozeEnd, Transcript};
use store::Batch;

use crate::Relay;

/// How long a schedule that Scheduler rejects is retried before it is dropped, in milliseconds. The
/// digest then covers its message or snooze; later records of the stream must not wait longer.
const DROP_AFTER_MS: i64 = 3_600_000;

/// How long before a meeting its people are reminded, in milliseconds.
const REMINDED_BEFORE_MS: i64 = 3_600_000;
/// How far ahead a meeting of staff may be for a reminder, in milliseconds: a year.
const STAFF_AHEAD_MS: i64 = 366 * 24 * 3_600_000;
/// The same for a meeting of a customer or guest: a week. Each reminder is a schedule that waits,
/// and an account has a million.
const MEMBER_AHEAD_MS: i64 = 7 * 24 * 3_600_000;

/// A call to schedule. The earliest sorts first, and equal ones are scheduled once.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: Timestamp,
    call: Call,
    /// When its entry was appended.
    since: Timestamp,
}

impl Relay {
    /// Schedules the calls of `notice` that a batch asks for.
    pub(crate) async fn schedule_calls(&self, batch: &Batch) -> Result<(), Error> {
        let Some(schedules) = &self.schedules else { return Ok(()) };
        let now = self.app.clock.now();
        let mut calls = self.of_staff_log(batch, now).await?;
        if self.app.config.sends_mails() {
            calls.extend(self.notices(batch, now).await?);
            calls.extend(self.reminders(batch, now).await?);
            calls.extend(transcripts(batch));
        }
        let mut dropped = 0;
        for Due { at, call, since } in calls {
            let is_late = now.since(since) > DROP_AFTER_MS;
            // After one rejection the other late ones are dropped without a call each.
            if is_late && dropped > 0 {
                dropped += 1;
                continue;
            }
            match schedules.schedule(&call, Check::First, at, now).await {
                Ok(()) => {}
                // The batch is retried until Scheduler works, but not until its records expire.
                Err(error) if is_late => {
                    tracing::error!(error.kind = "schedule", "schedules are dropped: {error}");
                    dropped += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.app.count(&[("NoticesGivenUp", dropped)]);
        Ok(())
    }

    /// A check for each channel with a new entry that may be mailed, whose recipient can get mail
    /// and was not notified in this episode.
    async fn notices(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Due>, Error> {
        let (config, store) = (&self.app.config, &self.app.store);
        let mut found = Vec::new();
        for (before, channel) in &batch.heads {
            let Some(before) = before else { continue };
            let entries = store.appended(batch, before, channel, |facts| facts.may_mail).await?;
            // The newest entry to a side dates its check.
            for side in [Side::Member, Side::Staff] {
                let is_mailed = |entry: &&Entry| entry.meaning().mailed_to() == Some(side);
                let Some(newest) = entries.iter().rfind(is_mailed) else { continue };
                let addressee = Addressee::of(channel, side, &config.default_admin);
                if !channel.was_notified(&addressee) {
                    found.push((channel, addressee, newest.ts));
                }
            }
        }
        let with_address = self.guests_with_address(found.iter().map(|(_, of, _)| of)).await?;
        // Whether a customer or an admin has an address is known to the check only.
        found.retain(|(_, addressee, _)| match addressee {
            Addressee::Shop(_) => config.mail.inbox.is_some(),
            Addressee::Guest(id) => with_address.contains(id),
            Addressee::Customer(_) | Addressee::Admin(_) => true,
        });
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let after_ms = store.settings(now).await.notify_after_ms();
        let due = found.iter().map(|(channel, addressee, since)| {
            let episode = channel.episode(addressee);
            let call = Notice::new(&channel.key(), addressee.side(), episode).into();
            Due { at: notice_due(*since, now, after_ms), call, since: *since }
        });
        Ok(due.collect())
    }

    /// Those guests among these addressees who left an address, by one read for each guest.
    async fn guests_with_address<'a>(
        &self,
        addressees: impl Iterator<Item = &'a Addressee>,
    ) -> Result<BTreeSet<ActorId>, Error> {
        let guests = addressees.filter_map(|addressee| match addressee {
            Addressee::Guest(id) if self.app.config.mail.to_guests => Some(id),
            _ => None,
        });
        let guests: BTreeSet<_> = guests.collect();
        let guests = try_join_all(guests.into_iter().map(|id| self.app.store.person(id))).await?;
        let mailable = guests.into_iter().filter(|guest| guest.address().is_some());
        Ok(mailable.map(|guest| guest.id).collect())
    }

    /// The reminders of each meeting that is new or was changed.
    async fn reminders(&self, batch: &Batch, now: Timestamp) -> Result<Vec<Due>, Error> {
        let mut reminders = Vec::new();
        for (key, rows) in &batch.entries {
            let rows: Vec<_> = rows.iter().filter(|row| row.has_meeting()).cloned().collect();
            if rows.is_empty() {
                continue;
            }
            let entries = self.app.store.entries(key, rows).await?;
            reminders.extend(entries.iter().flat_map(|entry| reminders_of(key, entry, now)));
        }
        Ok(reminders)
    }

    /// The end of each new snooze, and while the chat is on a check for each mention in a new or
    /// edited note.
    async fn of_staff_log(&self, batch: &Batch, now: Timestamp) -> Result<BTreeSet<Due>, Error> {
        let is_on = self.app.config.enabled;
        let mut calls = BTreeSet::new();
        for (key, rows) in &batch.entries {
            let is_wanted = |kind| match kind {
                Kind::StatusChanged => true,
                Kind::NoteAdded | Kind::NoteEdited => is_on,
                _ => false,
            };
            let rows = rows.iter().filter(|row| row.kind().is_some_and(is_wanted));
            for entry in self.app.store.entries(key, rows.cloned().collect()).await? {
                let since = entry.ts;
                match entry.what {
                    What::StatusChanged { status: Status::Snoozed { until: at }, .. } => {
                        calls.insert(Due { at, call: SnoozeEnd::new(key, at).into(), since });
                    }
                    What::NoteAdded(note) | What::NoteEdited(note) => {
                        let (id, at) =
                            (note.id(key.clone()), notice_due(since, now, NOTICE_AFTER_MS));
                        let called = note.mentions.iter().filter(|admin| note.calls(admin));
                        calls.extend(called.map(|admin| {
                            let call = Mention::new(&id, admin.clone()).into();
                            Due { at, call, since }
                        }));
                    }
                    _ => {}
                }
            }
        }
        Ok(calls)
    }
}

/// The transcripts that people asked for.
fn transcripts(batch: &Batch) -> Vec<Due> {
    let asked = batch.people.iter().filter_map(|person| {
        let request = person.transcript.as_ref()?;
        let side = if request.is_staff { Side::Staff } else { Side::Member };
        let call = Transcript::new(&request.id, &request.channel, person.id.clone(), side).into();
        Some(Due { at: request.at, call, since: request.at })
    });
    asked.collect()
}

/// The reminders that an entry asks for, one to each side. A message within the hour before its
/// meeting asks for none: the notice of the message itself has the time. A change within that hour
/// has no notice, so it asks for them at once.
fn reminders_of(key: &ChannelKey, entry: &Entry, now: Timestamp) -> Vec<Due> {
    let (What::MessageSent(message) | What::MessageEdited(message)) = &entry.what else {
        return Vec::new();
    };
    let Some(meeting) = message.meeting.as_ref().filter(|_| message.deleted_at.is_none()) else {
        return Vec::new();
    };
    let starts_at = meeting.starts_at;
    let at = starts_at.plus_millis(-REMINDED_BEFORE_MS);
    let ahead = match message.sender_role.side() {
        Side::Staff => STAFF_AHEAD_MS,
        Side::Member => MEMBER_AHEAD_MS,
    };
    let is_within_the_hour = matches!(entry.what, What::MessageSent(_)) && at < entry.ts;
    if starts_at <= now || starts_at.since(now) > ahead || is_within_the_hour {
        return Vec::new();
    }
    let id = MessageId { channel: key.clone(), seq: message.seq };
    let due = |side| Due { at, call: Reminder::new(&id, side, starts_at).into(), since: entry.ts };
    [Side::Member, Side::Staff].map(due).into()
}
