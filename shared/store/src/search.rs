//! Search words as items: one partition for each first three characters, so that a search is one sorted read.

use std::collections::BTreeSet;

use domain::{Channel, ChannelKey, SearchTerm, word_prefix, words};

use crate::Store;
use crate::db::{Item, text};
use crate::error::{Error, classify};
use crate::head::DIRECT;
use crate::keys;
use crate::schema::HASH_INDEX;

/// Longest word, in bytes: DynamoDB allows 1,024 in a sort key, and the channel's key follows.
const MAX_WORD_BYTES: usize = 900;
/// Most channels that a search finds (contract section 4).
const MAX_FOUND: usize = 200;

impl Store {
    /// Writes the words under which these channels are found. Writing them again changes nothing.
    pub(crate) async fn put_words(&self, channels: &[&Channel]) -> Result<(), Error> {
        let item = |word: &String, key: &ChannelKey| {
            let pk = keys::word_partition(word_prefix(word)?);
            Some(Item::from([("pk".to_owned(), text(&pk)), ("sk".to_owned(), text(&keys::word_sk(word, key)))]))
        };
        let of_channel = |channel: &&Channel| words(channel).iter().filter_map(|word| item(word, &channel.key())).collect::<Vec<_>>();
        self.put_all(channels.iter().flat_map(of_channel).collect()).await
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
                    // No word holds a `#`: it ends a word in the sort key. Nor is one longer than a sort key may be.
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
