//! Delivers the table's stream to its two consumers, `activity` and `relay`, as Lambda events.
//! Each has its own position, so neither waits for the other.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use activity::Activity;
use anyhow::Context as _;
use app::App;
use dynoxide::Database;
use dynoxide::actions::describe_stream::DescribeStreamRequest;
use dynoxide::actions::get_records::GetRecordsRequest;
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::actions::list_streams::ListStreamsRequest;
use relay::Relay;
use serde_json::{Value, json};

use crate::Data;
use crate::write_signal::WriteSignal;

/// Longest wait at the end of the stream. Writes are signalled; this covers those that bypass the
/// SDK.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Pause before a failed batch is redelivered.
const RETRY_PAUSE: Duration = Duration::from_millis(500);
/// Most records of a batch, as in `template.yaml`.
const BATCH_SIZE: usize = 100;

/// The stream of the chat table.
#[derive(Clone)]
pub struct Stream {
    db: Database,
    arn: String,
    shard: String,
    consumers: Arc<[Consumer; 2]>,
    writes: WriteSignal,
}

/// A function that reads the stream.
struct Consumer {
    handler: Handler,
    /// The sequence number of the last handled record.
    position: Mutex<Option<String>>,
    /// Where the position is stored over restarts. If it is lost, the stream is handled again from
    /// its beginning, which changes no result.
    checkpoint: Option<PathBuf>,
}

enum Handler {
    Activity(Activity),
    Relay(Relay),
}

impl Handler {
    fn name(&self) -> &'static str {
        match self {
            Self::Activity(_) => "activity",
            Self::Relay(_) => "relay",
        }
    }

    async fn handle(&self, batch: Value) -> anyhow::Result<()> {
        match self {
            Self::Activity(activity) => {
                Box::pin(activity::handle(activity.clone(), serde_json::from_value(batch)?)).await
            }
            Self::Relay(relay) => {
                Box::pin(relay::handle(relay.clone(), serde_json::from_value(batch)?)).await
            }
        }
        .map_err(anyhow::Error::from_boxed)
    }
}

impl Consumer {
    fn new(handler: Handler, data: &Data) -> Self {
        let checkpoint =
            data.file(&format!("stream-position-{}-{}", store::LAYOUT, handler.name()));
        let position = checkpoint.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
        Self { handler, position: Mutex::new(position), checkpoint }
    }

    fn position(&self) -> Option<String> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn advance_to(&self, position: String) {
        if let Some(file) = &self.checkpoint {
            // Renamed into place: a kill in between leaves the previous file.
            let new = file.with_extension("new");
            let written = std::fs::write(&new, &position);
            let _ = written.and_then(|()| std::fs::rename(&new, file));
        }
        *self.position.lock().unwrap_or_else(PoisonError::into_inner) = Some(position);
    }
}

impl Stream {
    pub(crate) fn open(
        db: Database,
        app: &App,
        relay: &Relay,
        data: &Data,
        writes: WriteSignal,
    ) -> anyhow::Result<Self> {
        let table = app.config.layout.chat_table.clone();
        let streams =
            db.list_streams(ListStreamsRequest { table_name: Some(table), ..Default::default() })?;
        let arn =
            streams.streams.into_iter().next().context("the chat table has no stream")?.stream_arn;
        let described = db.describe_stream(DescribeStreamRequest {
            stream_arn: arn.clone(),
            ..Default::default()
        })?;
        let shard = described
            .stream_description
            .shards
            .into_iter()
            .next()
            .context("the stream has no shard")?
            .shard_id;
        let consumers = [Handler::Activity(Activity::new(app)), Handler::Relay(relay.clone())];
        let consumers = Arc::new(consumers.map(|handler| Consumer::new(handler, data)));
        Ok(Self { db, arn, shard, consumers, writes })
    }

    /// Delivers every batch to both consumers, and redelivers it until it is handled.
    pub(crate) async fn run(self) {
        let [one, other] = &*self.consumers;
        tokio::join!(self.run_consumer(one), self.run_consumer(other));
    }

    async fn run_consumer(&self, consumer: &Consumer) {
        let mut writes = self.writes.clone();
        loop {
            match self.batch_after(consumer.position(), BATCH_SIZE).await {
                Ok((_, None)) => writes.wait(POLL_INTERVAL).await,
                Ok((batch, Some(last))) => match consumer.handler.handle(batch).await {
                    Ok(()) => consumer.advance_to(last),
                    Err(error) => {
                        let name = consumer.handler.name();
                        tracing::warn!("{name} failed, its batch is redelivered: {error}");
                        tokio::time::sleep(RETRY_PAUSE).await;
                    }
                },
                Err(error) => {
                    tracing::warn!("the stream cannot be read: {error}");
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
            }
        }
    }

    /// Whether both consumers have handled every record.
    pub async fn is_drained(&self) -> anyhow::Result<bool> {
        for consumer in &*self.consumers {
            if self.batch_after(consumer.position(), 1).await?.1.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Delivers a batch to both consumers.
    pub async fn deliver(&self, batch: Value) -> anyhow::Result<()> {
        let [one, other] = &*self.consumers;
        one.handler.handle(batch.clone()).await?;
        other.handler.handle(batch).await
    }

    /// The records after a position as Lambda's event, and the position of the last one; `None` at
    /// the end of the stream.
    pub async fn batch_after(
        &self,
        position: Option<String>,
        limit: usize,
    ) -> anyhow::Result<(Value, Option<String>)> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || {
            let request = GetShardIteratorRequest {
                stream_arn: this.arn.clone(),
                shard_id: this.shard.clone(),
                shard_iterator_type: if position.is_some() {
                    "AFTER_SEQUENCE_NUMBER"
                } else {
                    "TRIM_HORIZON"
                }
                .to_owned(),
                sequence_number: position,
            };
            let iterator =
                this.db.get_shard_iterator(request)?.shard_iterator.context("no shard iterator")?;
            let records = this
                .db
                .get_records(GetRecordsRequest { shard_iterator: iterator, limit: Some(limit) })?
                .records;
            let last = records.last().map(|record| record.dynamodb.sequence_number.clone());
            let mut records = serde_json::to_value(records)?;
            for record in records.as_array_mut().into_iter().flatten() {
                record["eventSourceARN"] = json!(this.arn);
            }
            Ok((json!({ "Records": records }), last))
        })
        .await?
    }
}
