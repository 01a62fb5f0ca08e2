//! Writes: batches, single items on a condition, and transactions whose failure says what to do.

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    ConditionCheck, Delete, DeleteRequest, Put, PutRequest, ReturnValue,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update, WriteRequest,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use tracing::Instrument as _;

use crate::Store;
use crate::table::error::{Error, Failure, classify, unbuilt};
use crate::table::item::Item;
use crate::table::keys::Key;
use crate::table::retry::Tries;
use crate::table::span::span;
use crate::table::update::Expression;

/// Most items of one `BatchWriteItem` (DynamoDB's limit).
const BATCH_WRITE: usize = 25;
/// Concurrent `BatchWriteItem` calls: fast, and leaves capacity for others.
const BATCH_WRITES_AT_ONCE: usize = 8;
/// The condition that no item has this key.
pub(crate) const ABSENT: &str = "attribute_not_exists(pk)";
/// A refused write returns the item that failed its condition, at no charge.
const SHOW: ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure::AllOld;

/// Gives a write the condition of an expression. The SDK's builders share no trait.
macro_rules! on_condition {
    ($write:expr, $parts:expr) => {
        $write
            .set_condition_expression($parts.condition)
            .set_expression_attribute_names($parts.names)
            .set_expression_attribute_values($parts.values)
            .return_values_on_condition_check_failure(SHOW)
    };
}

/// The outcome of the write of one item. The SDK's errors share no trait either.
macro_rules! outcome {
    ($sent:expr, $error:ident) => {
        match $sent {
            Ok(_) => Ok(Outcome::Committed),
            Err(error) => match error.as_service_error() {
                Some($error::ConditionalCheckFailedException(refused)) => {
                    Ok(Outcome::Refused(vec![Some(refused.item.clone().unwrap_or_default())]))
                }
                _ => Err(classify(error)),
            },
        }
    };
}

/// How a write ended, where that is known.
pub(crate) enum Outcome {
    Committed,
    /// Nothing was written: for each action in its order, the item that failed its condition (empty
    /// when there is none). A write of one item has one action.
    Refused(Vec<Option<Item>>),
}

/// How the update of one item ended, with the item.
pub(crate) enum Updated {
    /// As the update left it.
    Committed(Item),
    /// Nothing was written: the item failed the condition (empty when there is none).
    Refused(Item),
}

impl Outcome {
    pub(crate) const fn is_committed(&self) -> bool {
        matches!(self, Self::Committed)
    }
}

impl Store {
    /// Carries out puts and deletes in one table, each on its own. They are idempotent.
    pub(crate) async fn write_all(
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
            let request = self.db().batch_write_item().request_items(table, waiting);
            let answer =
                request.send().instrument(span("BatchWriteItem")).await.map_err(classify)?;
            waiting =
                answer.unprocessed_items.into_iter().flatten().flat_map(|(_, rest)| rest).collect();
            if !waiting.is_empty() {
                tries.again().await?;
            }
        }
        Ok(())
    }

    /// Changes one item of a table, if the condition of the change holds.
    pub(crate) async fn update_item(
        &self,
        table: &str,
        key: &Key,
        change: Expression,
    ) -> Result<Outcome, Failure> {
        let request = self.update_item_request(table, key, change);
        outcome!(request.send().instrument(span("UpdateItem")).await, UpdateItemError)
    }

    /// The same, and returns the item: it costs no more.
    pub(crate) async fn update_item_returning(
        &self,
        table: &str,
        key: &Key,
        change: Expression,
    ) -> Result<Updated, Failure> {
        let request = self.update_item_request(table, key, change);
        let request = request.return_values(ReturnValue::AllNew);
        match request.send().instrument(span("UpdateItem")).await {
            Ok(written) => Ok(Updated::Committed(written.attributes.unwrap_or_default())),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Updated::Refused(refused.item.clone().unwrap_or_default()))
                }
                _ => Err(classify(error)),
            },
        }
    }

    fn update_item_request(
        &self,
        table: &str,
        key: &Key,
        change: Expression,
    ) -> UpdateItemFluentBuilder {
        let parts = change.into_parts();
        let request = self.db().update_item().table_name(table).set_key(Some(key.item()));
        on_condition!(request.set_update_expression(parts.update), parts)
    }

    /// Puts one item into a table, replacing the present one, if the condition holds.
    pub(crate) async fn put_item(
        &self,
        table: &str,
        item: Item,
        condition: Expression,
    ) -> Result<Outcome, Failure> {
        let parts = condition.into_parts();
        let request = self.db().put_item().table_name(table).set_item(Some(item));
        let request = on_condition!(request, parts);
        outcome!(request.send().instrument(span("PutItem")).await, PutItemError)
    }

    /// Deletes one item of a table, if the condition holds.
    pub(crate) async fn delete_item(
        &self,
        table: &str,
        key: &Key,
        condition: Expression,
    ) -> Result<Outcome, Failure> {
        let parts = condition.into_parts();
        let request = self.db().delete_item().table_name(table).set_key(Some(key.item()));
        let request = on_condition!(request, parts);
        outcome!(request.send().instrument(span("DeleteItem")).await, DeleteItemError)
    }

    /// Deletes one item of a table and returns it; of concurrent callers one gets it.
    pub(crate) async fn take_item(&self, table: &str, key: &Key) -> Result<Option<Item>, Error> {
        let request = self.db().delete_item().table_name(table).set_key(Some(key.item()));
        let request = request.return_values(ReturnValue::AllOld);
        let taken = request.send().instrument(span("DeleteItem")).await.map_err(classify)?;
        Ok(taken.attributes)
    }

    /// Carries out all actions or none. The SDK repeats a lost call under the same token, so it
    /// happens once.
    pub(crate) async fn transact(
        &self,
        actions: Vec<TransactWriteItem>,
    ) -> Result<Outcome, Failure> {
        let request = self.db().transact_write_items().set_transact_items(Some(actions));
        let sent = request.send().instrument(span("TransactWriteItems")).await;
        let Err(error) = sent else { return Ok(Outcome::Committed) };
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
            error.as_service_error()
        else {
            return Err(classify(error));
        };
        let reasons = cancelled.cancellation_reasons().to_vec();
        let any = |codes: &[&str]| {
            reasons.iter().any(|reason| reason.code().is_some_and(|code| codes.contains(&code)))
        };
        if any(&["ValidationError", "ItemCollectionSizeLimitExceeded"]) {
            let what = "DynamoDB refuses a transaction of ours";
            Err(Failure::Final(Error::Defect(what, Box::new(error))))
        } else if any(&["ThrottlingError", "ProvisionedThroughputExceeded"]) {
            Err(Failure::Final(Error::Busy))
        } else if any(&[CONDITION_FAILED]) {
            let failed = reasons.into_iter().map(|reason| {
                (reason.code() == Some(CONDITION_FAILED)).then(|| reason.item.unwrap_or_default())
            });
            Ok(Outcome::Refused(failed.collect()))
        } else {
            Err(Failure::Contended)
        }
    }
}

const CONDITION_FAILED: &str = "ConditionalCheckFailed";

/// The action that changes an item of a table if the condition of the change holds.
pub(crate) fn update(
    table: &str,
    key: &Key,
    change: Expression,
) -> Result<TransactWriteItem, Error> {
    let parts = change.into_parts();
    let update = Update::builder().table_name(table).set_key(Some(key.item()));
    let update = on_condition!(update.set_update_expression(parts.update), parts);
    Ok(TransactWriteItem::builder().update(update.build().map_err(unbuilt)?).build())
}

/// The action that puts an item that must not exist yet; a refusal shows the one that does.
pub(crate) fn put_new(table: &str, item: Item) -> Result<TransactWriteItem, Error> {
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .condition_expression(ABSENT)
        .return_values_on_condition_check_failure(SHOW);
    Ok(TransactWriteItem::builder().put(put.build().map_err(unbuilt)?).build())
}

/// The action that deletes an item if the condition holds.
pub(crate) fn delete(
    table: &str,
    key: &Key,
    condition: Expression,
) -> Result<TransactWriteItem, Error> {
    let parts = condition.into_parts();
    let delete = Delete::builder().table_name(table).set_key(Some(key.item()));
    let delete = on_condition!(delete, parts);
    Ok(TransactWriteItem::builder().delete(delete.build().map_err(unbuilt)?).build())
}

/// The action that writes nothing, and refuses the transaction if the item exists.
pub(crate) fn still_absent(table: &str, key: &Key) -> Result<TransactWriteItem, Error> {
    let check = ConditionCheck::builder()
        .table_name(table)
        .set_key(Some(key.item()))
        .condition_expression(ABSENT);
    Ok(TransactWriteItem::builder().condition_check(check.build().map_err(unbuilt)?).build())
}

/// One put of a batch.
pub(crate) fn batch_put(item: Item) -> Result<WriteRequest, Error> {
    let put = PutRequest::builder().set_item(Some(item)).build().map_err(unbuilt)?;
    Ok(WriteRequest::builder().put_request(put).build())
}

/// One delete of a batch.
pub(crate) fn batch_delete(key: Item) -> Result<WriteRequest, Error> {
    let delete = DeleteRequest::builder().set_key(Some(key)).build().map_err(unbuilt)?;
    Ok(WriteRequest::builder().delete_request(delete).build())
}
