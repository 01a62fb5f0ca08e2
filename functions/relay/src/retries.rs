//! The queue of events that the bus did not take.
//!
//! The queue keeps them with their content. Its settings in `template.yaml` say the rest: a message
//! that was received and not deleted is visible again before the next call, and after a day of such
//! tries SQS moves it to the queue of the dead.

use std::collections::BTreeSet;
use std::time::Duration;

use app::{App, Error, aws};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, SendMessageBatchRequestEntry};
use tokio::time::Instant;

use crate::Relay;
use crate::bus::{Event, portions};

/// Most messages of one call (SQS's limit).
const AT_ONCE: i32 = 10;
/// How long SQS looks for messages, in seconds.
const WAIT_S: i32 = 1;
/// Longest run: the function may take a minute. What is left has its turn in the next call.
const LONGEST_RUN: Duration = Duration::from_secs(40);

/// The queue.
#[derive(Clone, Debug)]
pub(crate) struct Retries {
    client: Client,
    queue: String,
}

impl Retries {
    /// The queue of this application, where it has one.
    pub(crate) fn of(app: &App) -> Option<Self> {
        let aws = &app.config.aws;
        let client = Client::new(&aws.sdk(aws.endpoints.sqs.as_deref(), aws::SERVICE));
        app.config.outside.event_queue.clone().map(|queue| Self { client, queue })
    }

    async fn put(&self, events: Vec<Event>) -> Result<(), Error> {
        let bodies: Vec<String> =
            events.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        for some in portions(bodies, String::len) {
            let entry = |(number, body): (usize, String)| {
                SendMessageBatchRequestEntry::builder()
                    .id(number.to_string())
                    .message_body(body)
                    .build()
            };
            let entries: Vec<_> =
                some.into_iter().enumerate().map(entry).collect::<Result<_, _>>()?;
            let send = self.client.send_message_batch().queue_url(&self.queue);
            let answer = send.set_entries(Some(entries)).send().await?;
            if !answer.failed.is_empty() {
                return Err("the queue does not take all events".into());
            }
        }
        Ok(())
    }

    /// Some events of the queue; nothing when it is empty. A message that is no event of ours stays
    /// there, and ends among the dead.
    async fn take(&self) -> Result<Option<Vec<Event>>, Error> {
        let receive = self.client.receive_message().queue_url(&self.queue);
        // Without waiting SQS asks a few of its servers only, and may miss what is there.
        let receive = receive.wait_time_seconds(WAIT_S).max_number_of_messages(AT_ONCE);
        let messages = receive.send().await?.messages.unwrap_or_default();
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
    /// Queues events, and has this function called when it is time to try them again. Without a
    /// queue, or if it takes them not, the batch has to come again.
    pub(crate) async fn queue(&self, events: Vec<Event>) -> Result<(), Error> {
        let Some(retries) = &self.retries else { return Err("events are not taken".into()) };
        let count = u64::try_from(events.len()).unwrap_or(u64::MAX);
        retries.put(events).await?;
        tracing::warn!(bus.queued = count, "events are queued");
        self.app.count(&[("EventsQueued", count)]);
        self.call_again().await;
        Ok(())
    }

    /// Publishes what is in the queue, as far as the bus takes it.
    ///
    /// The next call is asked for first, so that it comes even if this one is cut off.
    pub(crate) async fn try_again(&self) -> Result<(), Error> {
        let (Some(bus), Some(retries)) = (&self.bus, &self.retries) else { return Ok(()) };
        let started = Instant::now();
        let mut is_asked = false;
        while started.elapsed() < LONGEST_RUN {
            let Some(events) = retries.take().await? else { return Ok(()) };
            if !is_asked {
                self.call_again().await;
                is_asked = true;
            }
            let mut taken: BTreeSet<_> = events.iter().map(|event| event.receipt.clone()).collect();
            let count = events.len();
            let refused = bus.put(events).await;
            // One event that the bus never takes must not hold the others.
            for event in &refused {
                taken.remove(&event.receipt);
            }
            retries.delete(taken).await?;
            if count > 0 && refused.len() == count {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Has this function called again in a few minutes. Where that fails, the next failure or the
    /// daily call does it.
    async fn call_again(&self) {
        let now = self.app.clock.now();
        let Some(schedules) = &self.schedules else { return };
        if let Err(error) = schedules.schedule_retry(now).await {
            tracing::error!(error.kind = "schedule", "no call to try events again: {error}");
        }
    }
}
