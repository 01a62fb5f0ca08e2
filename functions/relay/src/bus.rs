//! Publishes to EventBridge: every change of a channel as the envelope that browsers get, and every
//! mail with the fields of Medusa's `createNotifications`.
//!
//! Delivery is at least once, even if the bus is down for a day: rejected events are queued, see
//! `retry_queue`. A redelivered batch is published again. Consumers deduplicate events by
//! `event_id` and mails by `idempotency_key`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use app::aws::Limits;
use app::{App, Error};
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use domain::{Channel, ChannelKey, Roster, Side};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Batch, Notification};
use wire::{Envelope, Known};

use crate::Relay;

/// The `source` of every event.
const SOURCE: &str = "live-chat";
/// The `detail-type` of a mail.
const NOTIFICATION: &str = "chat.notification";
/// Most events of one call (EventBridge's limit).
const MAX_EVENTS: usize = 10;
/// Most bytes of one call: below EventBridge's 256 KB.
const MAX_BYTES: usize = 240_000;
/// What the names of an event add at most, in bytes.
const NAMES_BYTES: usize = 200;
/// Attempts for events that EventBridge rejects. After the last one they are queued.
const ATTEMPTS: u32 = 3;
/// A call that takes longer than two seconds counts as failed: its events are queued.
const LIMITS: Limits =
    Limits { attempts: 2, attempt: Duration::from_secs(1), call: Duration::from_secs(2) };
/// Longest pause before the second attempt, in milliseconds; it doubles with each further one.
const FIRST_PAUSE_MS: u64 = 50;

/// A client of the bus.
#[derive(Clone, Debug)]
pub(crate) struct Bus {
    client: Client,
    name: String,
}

/// An event as it is published, and as it is queued.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) detail: String,
    /// The queue's receipt handle; empty if the event does not come from there.
    #[serde(skip)]
    pub(crate) receipt: String,
}

impl Bus {
    /// The bus of this application; `None` if it has none.
    pub(crate) fn of(app: &App) -> Option<Self> {
        let aws = &app.config.aws;
        let client = Client::new(&aws.sdk(aws.endpoints.eventbridge.as_deref(), LIMITS));
        app.config.outside.bus.clone().map(|name| Self { client, name })
    }

    /// Publishes events and returns the rejected ones: after [`ATTEMPTS`], or at once when a call
    /// fails.
    pub(crate) async fn put(&self, events: Vec<Event>) -> Vec<Event> {
        let mut waiting = events;
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                let pause = fastrand::u64(0..=FIRST_PAUSE_MS << attempt);
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            let mut failed = Vec::new();
            let mut is_up = true;
            for chunk in chunks(waiting, |event| event.detail.len()) {
                if !is_up {
                    failed.extend(chunk);
                    continue;
                }
                let entries = chunk.iter().map(|event| self.entry(event)).collect();
                match self.client.put_events().set_entries(Some(entries)).send().await {
                    Ok(answer) => {
                        let results = answer.entries.unwrap_or_default();
                        let accepted =
                            |n: usize| results.get(n).is_some_and(|it| it.error_code.is_none());
                        let rejected = chunk.into_iter().enumerate().filter(|(n, _)| !accepted(*n));
                        failed.extend(rejected.map(|(_, event)| event));
                    }
                    Err(error) => {
                        let cause = error.into_service_error();
                        tracing::warn!(error.kind = "bus", "the bus cannot be reached: {cause}");
                        failed.extend(chunk);
                        is_up = false;
                    }
                }
            }
            waiting = failed;
            if waiting.is_empty() || !is_up {
                break;
            }
            tracing::warn!(
                bus.failed = waiting.len(),
                bus.attempt = attempt,
                "the bus rejected events"
            );
        }
        waiting
    }

    fn entry(&self, event: &Event) -> PutEventsRequestEntry {
        let entry = PutEventsRequestEntry::builder().event_bus_name(&self.name).source(SOURCE);
        entry.detail_type(&event.name).detail(&event.detail).build()
    }
}

/// Splits items into chunks that fit into one call each; `size` returns an item's bytes.
pub(crate) fn chunks<T>(items: Vec<T>, size: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut chunks: Vec<Vec<T>> = Vec::new();
    let mut bytes = 0;
    for item in items {
        let size = size(&item) + NAMES_BYTES;
        match chunks.last_mut() {
            Some(last) if last.len() < MAX_EVENTS && bytes + size <= MAX_BYTES => {
                bytes += size;
                last.push(item);
            }
            _ => {
                bytes = size;
                chunks.push(vec![item]);
            }
        }
    }
    chunks
}

impl Relay {
    /// Publishes the changes and mails of a batch; rejected events are queued.
    pub(crate) async fn publish(&self, batch: Batch, roster: &Roster) -> Result<(), Error> {
        let Some(bus) = &self.bus else { return Ok(()) };
        let channels = self.channels_of(&batch).await?;
        let mut events = Vec::new();
        for (key, entries) in batch.entries {
            let Some(channel) = channels.get(&key) else { continue };
            let mut entries = self.app.store.entries(&key, entries).await?;
            // The bus belongs to the shop: it gets what staff may see.
            entries.retain(|entry| entry.facts().audience.includes(Side::Staff));
            let known = Known { channel, admin: None, customer: None, roster, links: None };
            let envelopes =
                entries.iter().filter_map(|entry| Envelope::of(&known, entry, Side::Staff));
            for envelope in envelopes {
                events.push(Event::of(&envelope)?);
            }
        }
        for (before, now) in &batch.heads {
            let reads = now.readers_since(before.as_ref()).into_iter();
            for envelope in reads.filter_map(|reader| Envelope::of_read(now, &reader)) {
                events.push(Event::of(&envelope)?);
            }
        }
        let mails = batch.people.into_iter();
        let mails: Vec<_> =
            mails.filter_map(|person| Some((person.notification?, person.id))).collect();
        for (notification, _) in &mails {
            events.push(Event::new(NOTIFICATION, detail(notification)?));
        }
        let rejected = bus.put(events).await;
        if !rejected.is_empty() {
            self.enqueue(rejected).await?;
        }
        for (notification, receiver) in mails {
            let key = &notification.idempotency_key;
            self.app.store.drop_notification(&receiver, key).await?;
        }
        Ok(())
    }

    /// The channels of the batch's entries. A head in the batch is recent enough: envelopes carry
    /// only fields of a channel that never change.
    async fn channels_of(&self, batch: &Batch) -> Result<BTreeMap<ChannelKey, Channel>, Error> {
        let heads = batch.heads.iter();
        let mut channels: BTreeMap<_, _> = heads.map(|(_, now)| (now.key(), now.clone())).collect();
        let missing: BTreeSet<_> =
            batch.entries.keys().filter(|key| !channels.contains_key(*key)).cloned().collect();
        if !missing.is_empty() {
            let read = self.app.store.channels(&missing).await?;
            channels.extend(read.into_iter().map(|channel| (channel.key(), channel)));
        }
        Ok(channels)
    }
}

impl Event {
    fn new(name: &str, detail: String) -> Self {
        Self { name: name.to_owned(), detail, receipt: String::new() }
    }

    fn of(envelope: &Envelope) -> Result<Self, Error> {
        Ok(Self::new(envelope.name(), serde_json::to_string(envelope)?))
    }
}

/// A mail in the form of Medusa's `createNotifications`.
fn detail(notification: &Notification) -> Result<String, Error> {
    let mut detail = serde_json::to_value(notification)?;
    let data: Value = serde_json::from_str(&notification.data)?;
    if let Some(fields) = detail.as_object_mut() {
        fields.insert("data".to_owned(), json!(data));
    }
    Ok(detail.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_stay_within_the_limits_of_a_call() {
        let entry = |size: usize| "x".repeat(size);
        let sizes = |texts: Vec<String>| {
            chunks(texts, String::len).iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!(sizes(vec![]), [0; 0]);
        assert_eq!(sizes((0..23).map(|_| entry(100)).collect()), [10, 10, 3]);
        assert_eq!(sizes((0..5).map(|_| entry(100_000)).collect()), [2, 2, 1]);
    }
}
