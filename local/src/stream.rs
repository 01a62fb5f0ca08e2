//! The embedded table's stream, delivered to its two followers, `activity` and `relay`, in the form
//! of Lambda's own events. Each has a position of its own, so neither waits for the other.

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
use crate::wake::Writes;

/// Longest pause between looks at an empty stream: writes wake the followers, so this is for those
/// that pass the SDK by.
const IDLE: Duration = Duration::from_secs(1);
/// Pause before a batch that failed is delivered again.
const AGAIN: Duration = Duration::from_millis(500);
/// Most records of a batch, as `template.yaml` sets it.
const BATCH: usize = 100;

/// The stream of the chat table.
#[derive(Clone)]
pub struct Stream {
    db: Database,
    arn: String,
    shard: String,
    followers: Arc<[Follower; 2]>,
    writes: Writes,
}

/// A function that follows the stream.
struct Follower {
    handler: Handler,
    /// The last record that was handled.
    position: Mutex<Option<String>>,
    /// Where the position is kept over restarts. Losing it does no harm: all is done again.
    bookmark: Option<PathBuf>,
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
                activity::handle(activity.clone(), serde_json::from_value(batch)?).await
            }
            Self::Relay(relay) => {
                relay::handle(relay.clone(), serde_json::from_value(batch)?).await
            }
        }
        .map_err(anyhow::Error::from_boxed)
    }
}

impl Follower {
    fn new(handler: Handler, data: &Data) -> Self {
        let bookmark = data.file(&format!("stream-position-{}", handler.name()));
        let kept = bookmark.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
        Self { handler, position: Mutex::new(kept), bookmark }
    }

    fn position(&self) -> Option<String> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn move_to(&self, position: String) {
        if let Some(file) = &self.bookmark {
            // Renamed into place: a process that is killed in between leaves the one before.
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
        writes: Writes,
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
        let followers = [Handler::Activity(Activity::new(app)), Handler::Relay(relay.clone())];
        let followers = Arc::new(followers.map(|handler| Follower::new(handler, data)));
        Ok(Self { db, arn, shard, followers, writes })
    }

    /// Delivers every batch to both followers, again and again until it is handled.
    pub(crate) async fn follow(self) {
        let [one, other] = &*self.followers;
        tokio::join!(self.follow_as(one), self.follow_as(other));
    }

    async fn follow_as(&self, follower: &Follower) {
        let mut writes = self.writes.clone();
        loop {
            match self.batch_after(follower.position(), BATCH).await {
                Ok((_, None)) => writes.next(IDLE).await,
                Ok((batch, Some(last))) => match follower.handler.handle(batch).await {
                    Ok(()) => follower.move_to(last),
                    Err(error) => {
                        let name = follower.handler.name();
                        tracing::warn!("{name} failed, its batch comes again: {error}");
                        tokio::time::sleep(AGAIN).await;
                    }
                },
                Err(error) => {
                    tracing::warn!("the stream cannot be read: {error}");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    /// Whether everything that was written has been handled by both followers.
    pub async fn is_drained(&self) -> anyhow::Result<bool> {
        for follower in &*self.followers {
            if self.batch_after(follower.position(), 1).await?.1.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Hands a batch to both followers.
    pub async fn deliver(&self, batch: Value) -> anyhow::Result<()> {
        let [one, other] = &*self.followers;
        one.handler.handle(batch.clone()).await?;
        other.handler.handle(batch).await
    }

    /// The records after a position, as the event that Lambda would deliver, and the position of
    /// the last one.
    pub async fn batch_after(
        &self,
        position: Option<String>,
        most: usize,
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
                .get_records(GetRecordsRequest { shard_iterator: iterator, limit: Some(most) })?
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
