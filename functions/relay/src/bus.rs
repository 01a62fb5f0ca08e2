//! Tells other systems of what happens, through EventBridge: every change of a channel as the
//! envelope that browsers get, and every mail with the fields of Medusa's `createNotifications`.
//!
//! At least once, also when the bus is away for a day: what it does not take is queued, see
//! `retries`. A batch that comes again is published again. An event has the same `event_id`, a mail
//! the same `idempotency_key`, so whoever listens can tell.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use app::aws::Limits;
use app::{App, Error};
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use domain::{Channel, ChannelKey, Side};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Batch, Notification};
use wire::Envelope;

use crate::Relay;

/// Who publishes.
const SOURCE: &str = "live-chat";
/// What a mail is called.
const NOTIFICATION: &str = "chat.notification";
/// Most events of one call (EventBridge's limit).
const AT_ONCE: usize = 10;
/// Most bytes of one call: below EventBridge's 256 KB, which count the names too.
const BYTES_AT_ONCE: usize = 240_000;
/// Tries for events that EventBridge answers it did not take. After that they are queued.
const TRIES: u32 = 3;
/// A bus that is slow for two seconds counts as away: the queue is there for that.
const LIMITS: Limits =
    Limits { attempts: 2, attempt: Duration::from_secs(1), call: Duration::from_secs(2) };
/// Longest pause before the second try, in milliseconds; later ones are twice as long.
const FIRST_PAUSE_MS: u64 = 50;

/// The bus.
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
    /// By what the queue knows it, if it comes from there.
    #[serde(skip)]
    pub(crate) receipt: String,
}

impl Bus {
    /// The bus of this application, where it has one.
    pub(crate) fn of(app: &App) -> Option<Self> {
        let aws = &app.config.aws;
        let client = Client::new(&aws.sdk(aws.endpoints.eventbridge.as_deref(), LIMITS));
        app.config.outside.bus.clone().map(|name| Self { client, name })
    }

    /// Publishes these events, and returns those that the bus did not take: after a few tries, or
    /// at once when it does not answer.
    pub(crate) async fn put(&self, events: Vec<Event>) -> Vec<Event> {
        let mut waiting = events;
        for attempt in 0..TRIES {
            if attempt > 0 {
                let pause = fastrand::u64(0..=FIRST_PAUSE_MS << attempt);
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            let mut failed = Vec::new();
            let mut answers = true;
            for some in portions(waiting, |event| event.detail.len()) {
                if !answers {
                    failed.extend(some);
                    continue;
                }
                let entries = some.iter().map(|event| self.entry(event)).collect();
                match self.client.put_events().set_entries(Some(entries)).send().await {
                    Ok(answer) => {
                        let results = answer.entries.unwrap_or_default();
                        let taken =
                            |n: usize| results.get(n).is_some_and(|it| it.error_code.is_none());
                        let refused = some.into_iter().enumerate().filter(|(n, _)| !taken(*n));
                        failed.extend(refused.map(|(_, event)| event));
                    }
                    Err(error) => {
                        let cause = error.into_service_error();
                        tracing::warn!(error.kind = "bus", "the bus does not answer: {cause}");
                        failed.extend(some);
                        answers = false;
                    }
                }
            }
            waiting = failed;
            if waiting.is_empty() || !answers {
                break;
            }
            tracing::warn!(
                bus.failed = waiting.len(),
                bus.attempt = attempt,
                "events were not taken"
            );
        }
        waiting
    }

    fn entry(&self, event: &Event) -> PutEventsRequestEntry {
        let entry = PutEventsRequestEntry::builder().event_bus_name(&self.name).source(SOURCE);
        entry.detail_type(&event.name).detail(&event.detail).build()
    }
}

/// Items in portions that one call may have, `size` bytes each.
pub(crate) fn portions<T>(items: Vec<T>, size: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut portions: Vec<Vec<T>> = Vec::new();
    let mut bytes = 0;
    for item in items {
        let size = size(&item) + 200;
        match portions.last_mut() {
            Some(last) if last.len() < AT_ONCE && bytes + size <= BYTES_AT_ONCE => {
                bytes += size;
                last.push(item);
            }
            _ => {
                bytes = size;
                portions.push(vec![item]);
            }
        }
    }
    portions
}

impl Relay {
    /// Publishes what a batch says; what the bus does not take is queued.
    pub(crate) async fn publish(&self, batch: Batch) -> Result<(), Error> {
        let Some(bus) = &self.bus else { return Ok(()) };
        let channels = self.channels_of(&batch).await?;
        let mut events = Vec::new();
        for (key, entries) in batch.entries {
            let Some(channel) = channels.get(&key) else { continue };
            let mut entries = self.app.store.entries(&key, entries).await?;
            // The bus belongs to the shop.
            entries.retain(|entry| entry.facts().audience.includes(Side::Staff));
            for envelope in entries.iter().filter_map(|entry| Envelope::of(channel, entry)) {
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
        let refused = bus.put(events).await;
        if !refused.is_empty() {
            self.queue(refused).await?;
        }
        for (notification, receiver) in mails {
            let key = &notification.idempotency_key;
            self.app.store.drop_notification(&receiver, key).await?;
        }
        Ok(())
    }

    /// The channels whose entries a batch has. The heads that it has too are new enough: an
    /// envelope shows nothing of a channel that changes.
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

/// A mail as Medusa's `createNotifications` takes it.
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
    fn portions_are_small_enough_in_number_and_size() {
        let entry = |size: usize| "x".repeat(size);
        let sizes = |texts: Vec<String>| {
            portions(texts, String::len).iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!(sizes(vec![]), [0; 0]);
        assert_eq!(sizes((0..23).map(|_| entry(100)).collect()), [10, 10, 3]);
        assert_eq!(sizes((0..5).map(|_| entry(100_000)).collect()), [2, 2, 1]);
    }
}
