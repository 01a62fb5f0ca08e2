//! Pushes of what a handler has committed.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use ::push::Missed;
use domain::{Entry, EventId, Principal, Reader, Roster};
use store::{Connection, Done, ReadOutcome};
use wire::Envelope;

use crate::AppState;

/// Greatest age of a message whose repeated send is pushed again, in milliseconds. Clients ping
/// more often than that, and find an older message in the log.
const REPLAY_PUSHED_MS: i64 = 10 * 60_000;
/// How often one function instance pushes the same message again: a retry may come twice, and a
/// loop of retries must not become a loop of pushes.
const REPLAYS_PUSHED: u32 = 3;
/// Messages whose replays are counted at the same time. Beyond that the counts start anew.
const REPLAYS_COUNTED: usize = 1_000;

/// Counts repeated pushes, per function instance.
#[derive(Debug, Default)]
pub(crate) struct Replays(Mutex<HashMap<String, u32>>);

impl Replays {
    fn allow(&self, event: &EventId) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= REPLAYS_COUNTED && !counts.contains_key(event.as_str()) {
            counts.clear();
        }
        let count = counts.entry(event.as_str().to_owned()).or_default();
        *count += 1;
        *count <= REPLAYS_PUSHED
    }
}

impl AppState {
    /// Pushes new entries of the log, each to its audience, before their sender gets the response:
    /// so the changes of one sender arrive in order. A failed push changes nothing for the sender.
    pub async fn push_entries(&self, done: &Done, roster: &Roster) {
        for entry in &done.entries {
            let audience = done.audience(entry);
            let envelope =
                Envelope::of(&done.channel, entry, roster).filter(|_| !audience.is_empty());
            if let Some(envelope) = envelope {
                self.push_to(&audience, &envelope.into_frame()).await;
            }
        }
    }

    /// Pushes a sent message, also one that was stored before under the same client id.
    ///
    /// The first attempt may have died between commit and push, and then only the retry reaches the
    /// others before their next ping. Receivers know a message by its event id, so a second push
    /// does no harm; [`REPLAY_PUSHED_MS`] and [`Replays`] bound it.
    pub async fn push_sent(&self, sent: &Done, roster: &Roster) {
        if !sent.entries.is_empty() {
            return self.push_entries(sent, roster).await;
        }
        let message = &sent.message;
        let now = self.clock.now();
        let is_recent = now.since(message.created_at) <= REPLAY_PUSHED_MS;
        if message.deleted_at.is_some() || !is_recent || !self.replays().allow(&message.event_id) {
            return;
        }
        let connections = self.store.audience_if_known(&sent.channel, now).await;
        let entries = vec![Entry::sent(message.clone())];
        self.push_entries(&Done { entries, connections, ..sent.clone() }, roster).await;
    }

    /// Pushes a read marker that moved.
    pub async fn push_read(&self, read: &ReadOutcome, reader: &Principal) {
        if let ReadOutcome::Moved(channel) = read {
            let audience = self.store.audience_if_known(channel, self.clock.now()).await;
            if let Some(envelope) =
                Envelope::of_read(channel, &Reader::of(reader)).filter(|_| !audience.is_empty())
            {
                self.push_to(&audience, &envelope.into_frame()).await;
            }
        }
    }

    /// Pushes a frame to all of these connections.
    #[tracing::instrument(target = "calls", name = "push", skip_all)]
    pub async fn push_to(&self, audience: &[Connection], frame: &str) {
        let Missed { gone, failed } = self.push.send(audience, frame, self.clock.now()).await;
        self.count(&[("PushesGone", gone), ("PushesFailed", failed)]);
    }

    /// Closes every connection of a person whose credentials are no longer valid.
    pub async fn close_connections_of(&self, person: &Principal) {
        match self.store.connections_of(person, self.clock.now()).await {
            Ok(connections) => {
                for connection in &connections {
                    self.push.close(connection).await;
                }
            }
            Err(error) => {
                tracing::warn!(error.kind = "audience", "connections could not be closed: {error}");
            }
        }
    }
}
