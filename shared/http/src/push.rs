//! Pushes of messages whose send was repeated.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::{Entry, EventId, Roster};
use store::Done;

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
    /// Pushes a sent message, also one that was stored before under the same client id.
    ///
    /// The first attempt may have died between commit and push, and then only the retry reaches the
    /// others before their next ping. Receivers know a message by its event id, so a second push
    /// does no harm; [`REPLAY_PUSHED_MS`] and [`Replays`] bound it.
    pub async fn push_sent(&self, sent: &Done, roster: &Roster) {
        if !sent.entries.is_empty() {
            return self.push_entries(sent, roster).await;
        }
        let message = &sent.subject;
        let now = self.clock.now();
        let is_recent = now.since(message.created_at) <= REPLAY_PUSHED_MS;
        if message.deleted_at.is_some() || !is_recent || !self.replays().allow(&message.event_id) {
            return;
        }
        let connections = self.store.audience_if_known(&sent.channel, now).await;
        let entries = vec![Entry::sent(message.clone())];
        self.push_entries(&Done { entries, connections, ..sent.clone() }, roster).await;
    }
}
