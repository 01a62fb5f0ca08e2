//! Search words as items: one partition for each first three characters, so that a search is one sorted read.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, WriteRequest};
use domain::{Channel, ChannelKey, SearchTerm, word_prefix};

use crate::Store;
use crate::db::{Item, text, unbuilt};
use crate::error::{Error, classify};
use crate::head::DIRECT;
use crate::keys;
use crate::schema::HASH_INDEX;

/// Longest word, in bytes: DynamoDB allows 1,024 in a sort key, and the channel's key follows.
const MAX_WORD_BYTES: usize = 900;
/// Most channels that a search finds (contract section 4).
const MAX_FOUND: usize = 200;

/// Which words lead to a channel from now on, and which no longer.
pub(crate) struct WordChange<'a> {
    pub(crate) channel: &'a Channel,
    pub(crate) written: BTreeSet<String>,
    pub(crate) removed: BTreeSet<String>,
}

impl Store {
    /// Writes words under which channels are found, and removes others. Doing it again changes nothing.
    pub(crate) async fn write_words(&self, changes: &[WordChange<'_>]) -> Result<(), Error> {
        let key = |word: &String, channel: &ChannelKey| {
            // No word holds a `#`: it ends a word in the sort key. Nor is one longer than a sort key may be.
            let prefix = word_prefix(word).filter(|_| !word.contains('#') && word.len() <= MAX_WORD_BYTES)?;
            Some(Item::from([
                ("pk".to_owned(), text(&keys::word_partition(prefix))),
                ("sk".to_owned(), text(&keys::word_sk(word, channel))),
            ]))
        };
        let mut writes = Vec::new();
        for change in changes {
            let channel = change.channel.key();
            for item in change.written.iter().filter_map(|word| key(word, &channel)) {
                let put = PutRequest::builder().set_item(Some(item)).build().map_err(unbuilt)?;
                writes.push(WriteRequest::builder().put_request(put).build());
            }
            for item in change.removed.iter().filter_map(|word| key(word, &channel)) {
                let delete = DeleteRequest::builder().set_key(Some(item)).build().map_err(unbuilt)?;
                writes.push(WriteRequest::builder().delete_request(delete).build());
            }
        }
        self.write_all(writes).await
    }

    /// The channels that a term finds, at most 200, and whether there are more.
    pub(crate) async fn find(&self, term: &SearchTerm) -> Result<(Vec<ChannelKey>, bool), Error> {
        let mut found = BTreeSet::new();
        let mut from = None;
        loop {
            let request = self.db().query().table_name(&self.layout().chat_table).set_exclusive_start_key(from);
            let request = match term {
                SearchTerm::Hash(start) => request
                    .index_name(HASH_INDEX)
                    .key_condition_expression("#type = :type AND begins_with(channel_hash, :start)")
                    .expression_attribute_names("#type", "type")
                    .expression_attribute_values(":type", text(DIRECT))
                    .expression_attribute_values(":start", text(start)),
                SearchTerm::Word(start) => match word_prefix(start) {
                    Some(prefix) if !start.contains('#') && start.len() <= MAX_WORD_BYTES => request
                        .key_condition_expression("pk = :prefix AND begins_with(sk, :start)")
                        .expression_attribute_values(":prefix", text(&keys::word_partition(prefix)))
                        .expression_attribute_values(":start", text(start)),
                    _ => return Ok((Vec::new(), false)),
                },
            };
            let page = request.limit(i32::try_from(MAX_FOUND + 1).unwrap_or(i32::MAX)).send().await.map_err(classify)?;
            for item in page.items.into_iter().flatten() {
                let part = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
                let key = match term {
                    SearchTerm::Hash(_) => part("pk").and_then(|pk| keys::channel_of(pk)),
                    SearchTerm::Word(_) => part("sk").and_then(|sk| keys::word_channel(sk)),
                };
                found.extend(key);
            }
            from = page.last_evaluated_key;
            if from.is_none() || found.len() > MAX_FOUND {
                let capped = found.len() > MAX_FOUND;
                return Ok((found.into_iter().take(MAX_FOUND).collect(), capped));
            }
        }
    }
}
