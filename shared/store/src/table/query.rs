//! Reads: single items, batches, and sorted reads of one partition.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use futures_util::future::try_join_all;
use tracing::Instrument as _;

use crate::Store;
use crate::table::error::{Error, classify, unbuilt};
use crate::table::item::{Item, text};
use crate::table::keys::{self, Key};
use crate::table::retry::Tries;
use crate::table::schema::IndexSchema;
use crate::table::span::span;
use crate::table::update::Expression;

/// Most keys of one `BatchGetItem` (DynamoDB's limit).
const BATCH_GET: usize = 100;

/// Whether a read must see everything committed before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consistency {
    Strong,
    Eventual,
}

/// A sorted read of one partition of a table or of an index.
pub(crate) struct Query<'a> {
    table: &'a str,
    index: Option<&'static IndexSchema>,
    hash: AttributeValue,
    range: Range,
    is_forward: bool,
    consistency: Consistency,
    projection: Option<&'static str>,
    filter: Option<Expression>,
}

/// A part of a partition, by its sort keys.
enum Range {
    All,
    Between(AttributeValue, AttributeValue),
    StartingWith(AttributeValue),
    From(AttributeValue),
}

/// What a query found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) items: Vec<Item>,
    /// The key to continue after; `None` at the end.
    pub(crate) next: Option<Item>,
}

impl<'a> Query<'a> {
    /// Reads a partition of a table, consistently, in the order of its sort keys.
    pub(crate) fn partition(table: &'a str, pk: &str) -> Self {
        Self {
            table,
            index: None,
            hash: text(pk),
            range: Range::All,
            is_forward: true,
            consistency: Consistency::Strong,
            projection: None,
            filter: None,
        }
    }

    /// Reads a partition of an index. It may lag behind the table.
    pub(crate) fn index(table: &'a str, index: &'static IndexSchema, hash: AttributeValue) -> Self {
        let consistency = Consistency::Eventual;
        Self { index: Some(index), hash, consistency, ..Self::partition(table, "") }
    }

    /// Only sort keys from this one on.
    pub(crate) fn from(self, first: AttributeValue) -> Self {
        Self { range: Range::From(first), ..self }
    }

    /// Only sort keys from `from` to `to`, both included.
    pub(crate) fn between(self, from: &str, to: &str) -> Self {
        Self { range: Range::Between(text(from), text(to)), ..self }
    }

    /// Only sort keys with this start.
    pub(crate) fn starting_with(self, start: &str) -> Self {
        Self { range: Range::StartingWith(text(start)), ..self }
    }

    /// In the order of the sort keys, or against it.
    pub(crate) fn forward(self, is_forward: bool) -> Self {
        Self { is_forward, ..self }
    }

    /// Eventually consistent, for half the price.
    pub(crate) fn eventually(self) -> Self {
        Self { consistency: Consistency::Eventual, ..self }
    }

    /// Only items that meet the condition of `filter`. The others cost what these do, and count for
    /// the limit of a page.
    pub(crate) fn only_where(self, filter: Expression) -> Self {
        Self { filter: Some(filter), ..self }
    }

    /// Only these attributes. They cost what the whole items do.
    pub(crate) fn only(self, attributes: &'static str) -> Self {
        Self { projection: Some(attributes), ..self }
    }

    fn request(&self, store: &Store) -> QueryFluentBuilder {
        let (hash, range) = self
            .index
            .map_or(("pk", Some("sk")), |index| (index.hash.0, index.range.map(|(name, _)| name)));
        let range = range.unwrap_or_default();
        let (part, values): (&str, [Option<&AttributeValue>; 2]) = match &self.range {
            Range::All => ("", [None, None]),
            Range::Between(from, to) => (" AND #range BETWEEN :k0 AND :k1", [Some(from), Some(to)]),
            Range::StartingWith(start) => (" AND begins_with(#range, :k0)", [Some(start), None]),
            Range::From(first) => (" AND #range >= :k0", [Some(first), None]),
        };
        let mut request = store
            .db()
            .query()
            .table_name(self.table)
            .set_index_name(self.index.map(|index| index.name.to_owned()))
            .key_condition_expression(format!("#hash = :hash{part}"))
            .expression_attribute_names("#hash", hash)
            .expression_attribute_values(":hash", self.hash.clone())
            .scan_index_forward(self.is_forward)
            .consistent_read(self.consistency == Consistency::Strong)
            .set_projection_expression(self.projection.map(str::to_owned));
        if !part.is_empty() {
            request = request.expression_attribute_names("#range", range);
        }
        for (n, value) in values.into_iter().flatten().enumerate() {
            request = request.expression_attribute_values(format!(":k{n}"), value.clone());
        }
        if let Some(filter) = &self.filter {
            let parts = filter.clone().into_parts();
            request = request.set_filter_expression(parts.condition);
            for (alias, name) in parts.names.into_iter().flatten() {
                request = request.expression_attribute_names(alias, name);
            }
            for (alias, value) in parts.values.into_iter().flatten() {
                request = request.expression_attribute_values(alias, value);
            }
        }
        request
    }
}

impl Store {
    /// Opens the connection early by reading a key that never exists (half a read unit). Errors are
    /// ignored: the first real call reports them.
    pub async fn connect(&self) {
        let request = self.db().get_item().table_name(&self.layout().chat_table);
        let _ = request.set_key(Some(keys::nothing().item())).send().await;
    }

    /// Reads one item of the chat table, consistently.
    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Item>, Error> {
        self.get_from(&self.layout().chat_table, key, Consistency::Strong).await
    }

    /// The same from any table.
    pub(crate) async fn get_from(
        &self,
        table: &str,
        key: &Key,
        consistency: Consistency,
    ) -> Result<Option<Item>, Error> {
        let request = self
            .db()
            .get_item()
            .table_name(table)
            .set_key(Some(key.item()))
            .consistent_read(consistency == Consistency::Strong);
        let found = request.send().instrument(span("GetItem")).await;
        Ok(found.map_err(classify)?.item)
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
        let mut missing: Vec<Item> = keys.iter().map(Key::item).collect();
        let mut found = Vec::with_capacity(missing.len());
        let mut tries = Tries::start();
        while !missing.is_empty() {
            let keys = KeysAndAttributes::builder()
                .set_keys(Some(missing))
                .consistent_read(strong)
                .build()
                .map_err(unbuilt)?;
            let request = self.db().batch_get_item().request_items(&self.layout().chat_table, keys);
            let answer = request.send().instrument(span("BatchGetItem")).await.map_err(classify)?;
            found.extend(answer.responses.into_iter().flatten().flat_map(|(_, items)| items));
            let unread = answer.unprocessed_keys.into_iter().flatten();
            missing = unread.flat_map(|(_, rest)| rest.keys).collect();
            if !missing.is_empty() {
                tries.again().await?;
            }
        }
        Ok(found)
    }

    /// Everything that a query finds, at most `most` items.
    pub(crate) async fn query_all(&self, query: Query<'_>, most: usize) -> Result<Found, Error> {
        let mut found = Found { items: Vec::new(), next: None };
        loop {
            let left = most - found.items.len();
            let page = self.query_page(&query, left, found.next).await?;
            found.items.extend(page.items);
            found.next = page.next;
            if found.next.is_none() || found.items.len() >= most {
                return Ok(found);
            }
        }
    }

    /// One page of a query after the key `from`: at most `most` items, and at most 1 MB.
    pub(crate) async fn query_page(
        &self,
        query: &Query<'_>,
        most: usize,
        from: Option<Item>,
    ) -> Result<Found, Error> {
        let request = query.request(self).set_exclusive_start_key(from);
        // A number beyond the range is no limit: a page then ends at 1 MB.
        let limit = i32::try_from(most).ok();
        let sent = request.set_limit(limit).send().instrument(span("Query")).await;
        let page = sent.map_err(classify)?;
        Ok(Found { items: page.items.unwrap_or_default(), next: page.last_evaluated_key })
    }
}
