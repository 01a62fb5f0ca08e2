//! The few DynamoDB calls that all item families share: consistent reads, whole batches,
//! transactions whose failure says what to do, and the one retry policy.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, TransactWriteItem, WriteRequest};
use futures_util::future::try_join_all;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};
use tokio::time::{Instant, sleep};

use crate::table::error::{Error, Failure, classify};
use crate::table::keys::{self, Key};
use crate::{Layout, Store};

/// An item as DynamoDB gives it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// Most keys of one `BatchGetItem` (DynamoDB's limit).
const BATCH_GET: usize = 100;
/// Most items of one `BatchWriteItem` (DynamoDB's limit).
const BATCH_WRITE: usize = 25;
/// `BatchWriteItem` calls at the same time: much work is done soon, and leaves room for others.
const BATCH_WRITES_AT_ONCE: usize = 8;

/// Whether a read must see everything committed before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consistency {
    Strong,
    Eventual,
}

/// How a transaction ended, where that is known.
pub(crate) enum Outcome {
    Committed,
    /// Nothing was written: for each action in its order, the item that failed its condition (empty
    /// when there is none).
    Refused(Vec<Option<Item>>),
}

impl Store {
    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(crate) fn db(&self) -> &aws_sdk_dynamodb::Client {
        &self.db
    }

    /// Connects to the database ahead of the first call: reads what is never there, for half a read
    /// unit. Whether that works is for the first call to find out.
    pub async fn connect(&self) {
        let _ = self
            .db
            .get_item()
            .table_name(&self.layout.chat_table)
            .set_key(Some(keys::nothing().item()))
            .send()
            .await;
    }

    /// Reads one item of the chat table, consistently.
    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Item>, Error> {
        let request = self
            .db
            .get_item()
            .table_name(&self.layout.chat_table)
            .set_key(Some(key.item()))
            .consistent_read(true);
        Ok(request.send().await.map_err(classify)?.item)
    }

    /// Reads all these items of the chat table, in no order; those that do not exist are left out.
    /// Any number of keys.
    pub(crate) async fn get_all(
        &self,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Item>, Error> {
        let chunks = keys.chunks(BATCH_GET).map(|chunk| self.get_chunk(chunk, consistency));
        Ok(try_join_all(chunks).await?.into_iter().flatten().collect())
    }

    async fn get_chunk(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, Error> {
        let strong = consistency == Consistency::Strong;
        let mut wanted: Vec<Item> = keys.iter().map(Key::item).collect();
        let mut found = Vec::with_capacity(wanted.len());
        let mut tries = Tries::start();
        while !wanted.is_empty() {
            let keys = KeysAndAttributes::builder()
                .set_keys(Some(wanted))
                .consistent_read(strong)
                .build()
                .map_err(unbuilt)?;
            let answer = self
                .db
                .batch_get_item()
                .request_items(&self.layout.chat_table, keys)
                .send()
                .await
                .map_err(classify)?;
            found.extend(answer.responses.into_iter().flatten().flat_map(|(_, items)| items));
            wanted = answer
                .unprocessed_keys
                .into_iter()
                .flatten()
                .flat_map(|(_, rest)| rest.keys)
                .collect();
            if !wanted.is_empty() {
                tries.again().await?;
            }
        }
        Ok(found)
    }

    /// Carries out all these puts and deletes in the chat table, each by itself; doing one again
    /// changes nothing.
    pub(crate) async fn write_all(&self, writes: Vec<WriteRequest>) -> Result<(), Error> {
        self.write_all_to(&self.layout.chat_table, writes).await
    }

    /// The same in any table.
    pub(crate) async fn write_all_to(
        &self,
        table: &str,
        writes: Vec<WriteRequest>,
    ) -> Result<(), Error> {
        let calls: Vec<_> = writes
            .chunks(BATCH_WRITE)
            .map(|chunk| self.write_chunk(table, chunk.to_vec()))
            .collect();
        stream::iter(calls).buffer_unordered(BATCH_WRITES_AT_ONCE).try_collect().await
    }

    async fn write_chunk(&self, table: &str, mut waiting: Vec<WriteRequest>) -> Result<(), Error> {
        let mut tries = Tries::start();
        while !waiting.is_empty() {
            let request = self.db.batch_write_item().request_items(table, waiting);
            let answer = request.send().await.map_err(classify)?;
            waiting =
                answer.unprocessed_items.into_iter().flatten().flat_map(|(_, rest)| rest).collect();
            if !waiting.is_empty() {
                tries.again().await?;
            }
        }
        Ok(())
    }

    /// Carries out all actions or none. The SDK repeats a lost call under the same token, so it
    /// happens once.
    pub(crate) async fn transact(
        &self,
        actions: Vec<TransactWriteItem>,
    ) -> Result<Outcome, Failure> {
        match self.db.transact_write_items().set_transact_items(Some(actions)).send().await {
            Ok(_) => Ok(Outcome::Committed),
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    let reasons = cancelled.cancellation_reasons().to_vec();
                    let code = |n: usize| {
                        reasons.get(n).and_then(|reason| reason.code()).unwrap_or("None")
                    };
                    let any =
                        |wanted: &[&str]| (0..reasons.len()).any(|n| wanted.contains(&code(n)));
                    if any(&["ValidationError", "ItemCollectionSizeLimitExceeded"]) {
                        Err(Failure::Final(Error::Defect(
                            "DynamoDB refuses a transaction of ours",
                            Box::new(error),
                        )))
                    } else if any(&["ThrottlingError", "ProvisionedThroughputExceeded"]) {
                        Err(Failure::Final(Error::Busy))
                    } else if any(&["ConditionalCheckFailed"]) {
                        let failed = reasons.into_iter().map(|reason| {
                            (reason.code() == Some("ConditionalCheckFailed"))
                                .then(|| reason.item.unwrap_or_default())
                        });
                        Ok(Outcome::Refused(failed.collect()))
                    } else {
                        Err(Failure::Contended)
                    }
                }
                _ => Err(classify(error)),
            },
        }
    }
}

/// Reads an item as the type it is stored as.
pub(crate) fn read<T: DeserializeOwned>(item: Item) -> Result<T, Error> {
    Ok(serde_dynamo::from_item(item)?)
}

/// What could be read. Something that a newer version wrote in a form unknown here is skipped and
/// logged, since one such item must not make a list, a page or a fold fail for everybody.
pub(crate) fn readable<T>(what: &'static str, read: Result<T, Error>) -> Option<T> {
    match read {
        Ok(read) => Some(read),
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::warn!(error.kind = "unreadable", error.causes = cause, item = what, "skipped");
            None
        }
    }
}

/// A part of an item; `None` if it has a form that is unknown here.
pub(crate) fn lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Lenient::deserialize(deserializer)?.known())
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Lenient<T> {
    Known(T),
    Unknown(IgnoredAny),
}

impl<T> Lenient<T> {
    fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(IgnoredAny) => None,
        }
    }
}

/// An item of `key` with the attributes of `content`.
pub(crate) fn item<T: serde::Serialize>(key: &Key, content: &T) -> Result<Item, Error> {
    let mut item: Item = serde_dynamo::to_item(content)?;
    item.extend(key.item());
    Ok(item)
}

/// A value as an attribute.
pub(crate) fn attribute<T: serde::Serialize>(value: &T) -> Result<AttributeValue, Error> {
    Ok(serde_dynamo::to_attribute_value(value)?)
}

/// A number as an attribute.
pub(crate) fn number(value: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// A text as an attribute.
pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(crate) fn unbuilt(error: aws_sdk_dynamodb::error::BuildError) -> Error {
    Error::Defect("a request could not be built", Box::new(error))
}

/// The one policy for contention: full jitter from 10 ms doubling to 400 ms, at most 16 tries or 2
/// s. Throttles, lost connections and server errors are the SDK's to retry, three attempts each.
pub(crate) struct Tries {
    made: u32,
    started: Instant,
}

impl Tries {
    const MOST: u32 = 16;
    const LONGEST: Duration = Duration::from_secs(2);
    const FIRST_PAUSE_MS: u64 = 10;
    const LONGEST_PAUSE_MS: u64 = 400;

    pub(crate) fn start() -> Self {
        Self { made: 1, started: Instant::now() }
    }

    /// Pauses before one more try, or gives up.
    pub(crate) async fn again(&mut self) -> Result<(), Error> {
        if self.made >= Self::MOST || self.started.elapsed() >= Self::LONGEST {
            return Err(Error::Busy);
        }
        let ceiling = (Self::FIRST_PAUSE_MS << (self.made - 1).min(10)).min(Self::LONGEST_PAUSE_MS);
        self.made += 1;
        sleep(Duration::from_millis(fastrand::u64(0..=ceiling))).await;
        Ok(())
    }
}
