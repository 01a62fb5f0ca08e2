//! The queue of events that the bus did not take.
//!
//! The queue keeps them with their content. Its settings in `template.yaml` say the rest: a message
//! that was received and not deleted is visible again before the next call, and after a day of such
//! tries SQS moves it to the queue of the dead.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, SendMessageBatchRequestEntry};
use runtime::{App, Error, aws};

use crate::Relay;
use crate::bus::{Event, portions};

/// Most messages of one call (SQS's limit).
const AT_ONCE: i32 = 10;
/// How long SQS looks for messages, in seconds.
const WAIT_S: i32 = 1;
/// Most calls for messages in one run: bounds its time. What is left has its turn in the next one.
const CALLS: u32 = 100;

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
        for some in portions(events) {
            let mut entries = Vec::new();
            for (number, event) in some.iter().enumerate() {
                let entry = SendMessageBatchRequestEntry::builder().id(number.to_string());
                entries.push(entry.message_body(serde_json::to_string(event)?).build()?);
            }
            let send = self.client.send_message_batch().queue_url(&self.queue);
            let answer = send.set_entries(Some(entries)).send().await?;
            if !answer.failed.is_empty() {
                return Err("the queue does not take all events".into());
            }
        }
        Ok(())
    }

    async fn take(&self) -> Result<Vec<Message>, Error> {
        let receive = self.client.receive_message().queue_url(&self.queue);
        // Without waiting SQS asks a few of its servers only, and may miss what is there.
        let receive = receive.wait_time_seconds(WAIT_S).max_number_of_messages(AT_ONCE);
        let answer = receive.send().await?;
        Ok(answer.messages.unwrap_or_default())
    }

    async fn delete(&self, messages: &[Message]) -> Result<(), Error> {
        let handles = messages.iter().filter_map(Message::receipt_handle).enumerate();
        let entries = handles.map(|(number, handle)| {
            let entry = DeleteMessageBatchRequestEntry::builder().id(number.to_string());
            entry.receipt_handle(handle).build()
        });
        let entries: Vec<_> = entries.collect::<Result<_, _>>()?;
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
    pub(crate) async fn try_again(&self) -> Result<(), Error> {
        let (Some(bus), Some(retries)) = (&self.bus, &self.retries) else { return Ok(()) };
        for _ in 0..CALLS {
            let messages = retries.take().await?;
            if messages.is_empty() {
                return Ok(());
            }
            let mut events = Vec::new();
            for message in &messages {
                // What is no event of ours stays, and ends among the dead.
                let event = message.body().and_then(|body| serde_json::from_str(body).ok());
                events.push(event);
            }
            let (whole, events): (Vec<_>, Vec<Event>) = messages.into_iter().zip(events).filter_map(|(m, e)| Some((m, e?))).unzip();
            // All or none of ten: of a part that was taken the rest is published twice, with the
            // same ids.
            if !bus.put(events).await.is_empty() {
                self.call_again().await;
                return Ok(());
            }
            retries.delete(&whole).await?;
        }
        self.call_again().await;
        Ok(())
    }

    /// Has this function called again in a few minutes. Where that fails, the next failure or the
    /// daily call does it.
    async fn call_again(&self) {
        let now = self.app.clock.now();
        let Some(schedules) = &self.schedules else { return };
        if let Err(error) = schedules.retry(now).await {
            tracing::error!(error.kind = "schedule", "no call to try events again: {error}");
        }
    }
}
