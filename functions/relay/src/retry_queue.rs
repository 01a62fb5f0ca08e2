//! The queue of events that the bus rejected.
//!
//! A message holds a whole event. `template.yaml` sets the rest: a message that was received but
//! not deleted is visible again before the next run, and after a day of attempts SQS moves it to
//! the dead-letter queue.

use std::collections::BTreeSet;
use std::time::Duration;

use app::{App, Error, aws};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, SendMessageBatchRequestEntry};
use tokio::time::Instant;

use crate::Relay;
use crate::bus::{Event, chunks};

/// Most messages of one call (SQS's limit).
const MAX_MESSAGES: i32 = 10;
/// How long SQS waits for messages, in seconds.
const WAIT_S: i32 = 1;
/// Longest run: the function's timeout is a minute. The next run takes what is left.
const MAX_RUN: Duration = Duration::from_secs(40);

/// A client of the queue.
#[derive(Clone, Debug)]
pub(crate) struct RetryQueue {
    client: Client,
    queue: String,
}

impl RetryQueue {
    /// The queue of this application; `None` if it has none.
    pub(crate) fn of(app: &App) -> Option<Self> {
        let aws = &app.config.aws;
        let client = Client::new(&aws.sdk(aws.endpoints.sqs.as_deref(), aws::SERVICE));
        app.config.outside.event_queue.clone().map(|queue| Self { client, queue })
    }

    async fn put(&self, events: Vec<Event>) -> Result<(), Error> {
        let bodies: Vec<String> =
            events.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        for chunk in chunks(bodies, String::len) {
            let entry = |(number, body): (usize, String)| {
                SendMessageBatchRequestEntry::builder()
                    .id(number.to_string())
                    .message_body(body)
                    .build()
            };
            let entries: Vec<_> =
                chunk.into_iter().enumerate().map(entry).collect::<Result<_, _>>()?;
            let send = self.client.send_message_batch().queue_url(&self.queue);
            let answer = send.set_entries(Some(entries)).send().await?;
            if !answer.failed.is_empty() {
                return Err("the queue rejected events".into());
            }
        }
        Ok(())
    }

    /// Receives some events; `None` when the queue is empty. A message that is no event stays
    /// there until SQS moves it to the dead-letter queue.
    async fn receive(&self) -> Result<Option<Vec<Event>>, Error> {
        let request = self.client.receive_message().queue_url(&self.queue);
        // A short poll asks only some of SQS's servers and may miss messages.
        let request = request.wait_time_seconds(WAIT_S).max_number_of_messages(MAX_MESSAGES);
        let messages = request.send().await?.messages.unwrap_or_default();
        if messages.is_empty() {
            return Ok(None);
        }
        let event = |message: Message| {
            let event: Event = serde_json::from_str(message.body()?).ok()?;
            Some(Event { receipt: message.receipt_handle?, ..event })
        };
        Ok(Some(messages.into_iter().filter_map(event).collect()))
    }

    async fn delete(&self, receipts: BTreeSet<String>) -> Result<(), Error> {
        let entry = |(number, receipt): (usize, String)| {
            DeleteMessageBatchRequestEntry::builder()
                .id(number.to_string())
                .receipt_handle(receipt)
                .build()
        };
        let entries: Vec<_> =
            receipts.into_iter().enumerate().map(entry).collect::<Result<_, _>>()?;
        if !entries.is_empty() {
            let delete = self.client.delete_message_batch().queue_url(&self.queue);
            delete.set_entries(Some(entries)).send().await?;
        }
        Ok(())
    }
}

impl Relay {
    /// Queues events and schedules the run that retries them. Fails without a queue, or if the
    /// queue rejects them: the batch is then redelivered.
    pub(crate) async fn enqueue(&self, events: Vec<Event>) -> Result<(), Error> {
        let Some(queue) = &self.queue else { return Err("the bus rejected events".into()) };
        let count = u64::try_from(events.len()).unwrap_or(u64::MAX);
        queue.put(events).await?;
        tracing::warn!(bus.queued = count, "events are queued");
        self.app.count(&[("EventsQueued", count)]);
        self.schedule_retry().await;
        Ok(())
    }

    /// Publishes the queued events until the queue is empty or the bus rejects a whole chunk.
    ///
    /// It schedules the next run before it publishes, so that one follows even if this one is cut
    /// off.
    pub(crate) async fn retry_queued(&self) -> Result<(), Error> {
        let (Some(bus), Some(queue)) = (&self.bus, &self.queue) else { return Ok(()) };
        let started = Instant::now();
        let mut is_scheduled = false;
        while started.elapsed() < MAX_RUN {
            let Some(events) = queue.receive().await? else { return Ok(()) };
            if !is_scheduled {
                self.schedule_retry().await;
                is_scheduled = true;
            }
            let mut published: BTreeSet<_> =
                events.iter().map(|event| event.receipt.clone()).collect();
            let count = events.len();
            let rejected = bus.put(events).await;
            // An event that the bus always rejects must not hold up the others.
            for event in &rejected {
                published.remove(&event.receipt);
            }
            queue.delete(published).await?;
            if count > 0 && rejected.len() == count {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Schedules a run of this function in a few minutes. If that fails, the next rejected event
    /// or the daily run does it.
    async fn schedule_retry(&self) {
        let now = self.app.clock.now();
        let Some(schedules) = &self.schedules else { return };
        if let Err(error) = schedules.schedule_retry(now).await {
            tracing::error!(error.kind = "schedule", "the retry could not be scheduled: {error}");
        }
    }
}
