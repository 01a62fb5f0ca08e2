//! Tells other systems of what happens, through EventBridge: every change of a channel as the envelope that browsers get, and
//! every mail with the fields of Medusa's `createNotifications`.
//!
//! At least once: a batch that comes again is published again. An event has the same `event_id`, a mail the same
//! `idempotency_key`, so whoever listens can tell.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use domain::{Channel, ChannelKey};
use runtime::views::Envelope;
use runtime::{App, Error, aws};
use serde_json::{Value, json};
use store::Notification;

use crate::{Activity, Batch};

/// Who publishes.
const SOURCE: &str = "live-chat";
/// What a mail is called.
const NOTIFICATION: &str = "chat.notification";
/// Most events of one call (EventBridge's limit).
const AT_ONCE: usize = 10;
/// Most bytes of one call: below EventBridge's 256 KB, which count the names too.
const BYTES_AT_ONCE: usize = 240_000;
/// Tries for events that EventBridge did not take. After that the batch comes again.
const TRIES: u32 = 5;
/// Longest pause before the second try, in milliseconds; later ones are twice as long.
const FIRST_PAUSE_MS: u64 = 50;

/// The bus.
#[derive(Clone, Debug)]
pub(crate) struct Bus {
    client: Client,
    name: String,
}

/// An event as it is published.
struct Event {
    name: &'static str,
    detail: String,
}

impl Bus {
    /// The bus of this application, where it has one.
    pub(crate) fn of(app: &App) -> Option<Self> {
        let aws = &app.config.aws;
        let client = Client::new(&aws.sdk(aws.endpoints.eventbridge.as_deref(), aws::SERVICE));
        app.config.outside.bus.clone().map(|name| Self { client, name })
    }

    async fn put(&self, events: Vec<Event>) -> Result<(), Error> {
        let mut waiting = Vec::new();
        for event in events {
            let entry = PutEventsRequestEntry::builder().event_bus_name(&self.name).source(SOURCE);
            waiting.push(entry.detail_type(event.name).detail(event.detail).build());
        }
        for attempt in 0..TRIES {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=FIRST_PAUSE_MS << attempt))).await;
            }
            let mut failed = Vec::new();
            for some in portions(waiting) {
                let answer = self.client.put_events().set_entries(Some(some.clone())).send().await?;
                let results = answer.entries.unwrap_or_default();
                let is_taken = |n: usize| results.get(n).is_some_and(|result| result.error_code.is_none());
                failed.extend(some.into_iter().enumerate().filter(|(n, _)| !is_taken(*n)).map(|(_, entry)| entry));
            }
            if failed.is_empty() {
                return Ok(());
            }
            tracing::warn!(bus.failed = failed.len(), bus.attempt = attempt, "events were not taken");
            waiting = failed;
        }
        Err("events are not taken".into())
    }
}

/// Events in portions that one call may have.
fn portions(entries: Vec<PutEventsRequestEntry>) -> Vec<Vec<PutEventsRequestEntry>> {
    let mut portions: Vec<Vec<PutEventsRequestEntry>> = Vec::new();
    let mut bytes = 0;
    for entry in entries {
        let size = entry.detail().map_or(0, str::len) + 200;
        match portions.last_mut() {
            Some(last) if last.len() < AT_ONCE && bytes + size <= BYTES_AT_ONCE => {
                bytes += size;
                last.push(entry);
            }
            _ => {
                bytes = size;
                portions.push(vec![entry]);
            }
        }
    }
    portions
}

impl Activity {
    /// Publishes what a batch says.
    pub(crate) async fn publish(&self, batch: Batch, channels: &BTreeMap<ChannelKey, Channel>) -> Result<(), Error> {
        let Some(bus) = &self.bus else { return Ok(()) };
        let mut events = Vec::new();
        for (key, entries) in batch.entries {
            let Some(channel) = channels.get(&key) else { continue };
            for change in self.app.store.changes(&key, entries).await? {
                events.push(Event::of(&Envelope::of(channel, &change))?);
            }
        }
        for (before, now) in &batch.heads {
            let reads = now.read_since(before.as_ref()).into_iter().filter_map(|reader| Envelope::of_read(now, &reader));
            for envelope in reads {
                events.push(Event::of(&envelope)?);
            }
        }
        let mails: Vec<_> = batch.people.into_iter().filter_map(|person| Some((person.notification?, person.id))).collect();
        for (notification, _) in &mails {
            events.push(Event { name: NOTIFICATION, detail: detail(notification)? });
        }
        bus.put(events).await?;
        for (notification, receiver) in mails {
            self.app.store.drop_notification(&receiver, &notification.idempotency_key).await?;
        }
        Ok(())
    }
}

impl Event {
    fn of(envelope: &Envelope) -> Result<Self, Error> {
        Ok(Self { name: envelope.name(), detail: serde_json::to_string(envelope)? })
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
        let entry = |size: usize| PutEventsRequestEntry::builder().detail("x".repeat(size)).build();
        let sizes = |entries: Vec<PutEventsRequestEntry>| portions(entries).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(vec![]), [0; 0]);
        assert_eq!(sizes((0..23).map(|_| entry(100)).collect()), [10, 10, 3]);
        assert_eq!(sizes((0..5).map(|_| entry(100_000)).collect()), [2, 2, 1]);
    }
}
