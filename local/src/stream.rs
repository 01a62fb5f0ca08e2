//! The embedded table's stream, delivered to the `activity` handler in the form of Lambda's own events.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use activity::Activity;
use anyhow::Context as _;
use dynoxide::Database;
use dynoxide::actions::describe_stream::DescribeStreamRequest;
use dynoxide::actions::get_records::GetRecordsRequest;
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::actions::list_streams::ListStreamsRequest;
use runtime::App;
use serde_json::{Value, json};

use crate::Data;

/// Pause between looks at an empty stream.
const IDLE: Duration = Duration::from_millis(15);
/// Pause before a batch that failed is delivered again.
const AGAIN: Duration = Duration::from_millis(500);
/// Most records of a batch, as `template.yaml` sets it.
const BATCH: usize = 100;

/// The stream of the chat table.
#[derive(Clone)]
pub struct Stream {
    db: Database,
    activity: Activity,
    arn: String,
    shard: String,
    /// The last record that was handled.
    position: Arc<Mutex<Option<String>>>,
    /// Where the position is kept over restarts. Losing it does no harm: all is done again, and published again.
    bookmark: Option<PathBuf>,
}

impl Stream {
    pub(crate) fn open(db: Database, app: &App, data: &Data) -> anyhow::Result<Self> {
        let table = app.config.layout.chat_table.clone();
        let streams = db.list_streams(ListStreamsRequest { table_name: Some(table), ..Default::default() })?;
        let arn = streams.streams.into_iter().next().context("the chat table has no stream")?.stream_arn;
        let described = db.describe_stream(DescribeStreamRequest { stream_arn: arn.clone(), ..Default::default() })?;
        let shard = described.stream_description.shards.into_iter().next().context("the stream has no shard")?.shard_id;
        let bookmark = data.file("stream-position");
        let kept = bookmark.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
        Ok(Self { db, activity: Activity::new(app), arn, shard, position: Arc::new(Mutex::new(kept)), bookmark })
    }

    /// Delivers every batch, again and again until it is handled.
    pub(crate) async fn follow(self) {
        loop {
            match self.batch_after(self.position(), BATCH).await {
                Ok((_, None)) => tokio::time::sleep(IDLE).await,
                Ok((batch, Some(last))) => {
                    if let Err(error) = self.deliver(batch).await {
                        tracing::warn!("activity failed, its batch comes again: {error}");
                        tokio::time::sleep(AGAIN).await;
                        continue;
                    }
                    if let Some(file) = &self.bookmark {
                        // Renamed into place: a process that is killed in between leaves the one before.
                        let new = file.with_extension("new");
                        let _ = std::fs::write(&new, &last).and_then(|()| std::fs::rename(&new, file));
                    }
                    *self.position.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
                }
                Err(error) => {
                    tracing::warn!("the stream cannot be read: {error}");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    /// Whether everything that was written has been handled.
    pub async fn is_drained(&self) -> anyhow::Result<bool> {
        Ok(self.batch_after(self.position(), 1).await?.1.is_none())
    }

    fn position(&self) -> Option<String> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hands a batch to the `activity` handler.
    pub async fn deliver(&self, batch: Value) -> anyhow::Result<()> {
        activity::follow(self.activity.clone(), serde_json::from_value(batch)?).await.map_err(anyhow::Error::from_boxed)
    }

    /// The records after a position, as the event that Lambda would deliver, and the position of the last one.
    pub async fn batch_after(&self, position: Option<String>, most: usize) -> anyhow::Result<(Value, Option<String>)> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || {
            let request = GetShardIteratorRequest {
                stream_arn: this.arn.clone(),
                shard_id: this.shard.clone(),
                shard_iterator_type: if position.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" }.to_owned(),
                sequence_number: position,
            };
            let iterator = this.db.get_shard_iterator(request)?.shard_iterator.context("no shard iterator")?;
            let records = this.db.get_records(GetRecordsRequest { shard_iterator: iterator, limit: Some(most) })?.records;
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
