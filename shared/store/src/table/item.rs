//! Items and their attributes, and their conversion to Rust values and back.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};

use crate::table::error::Error;
use crate::table::keys::Key;

/// An item as the SDK has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// Reads an item as the type it is stored as.
pub(crate) fn read<T: DeserializeOwned>(item: Item) -> Result<T, Error> {
    Ok(serde_dynamo::from_item(item)?)
}

/// The value, if it could be read. An item that a newer version wrote in a form unknown here is
/// logged and skipped: it must not make a whole list, page or fold fail.
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
pub(crate) fn item<T: Serialize>(key: &Key, content: &T) -> Result<Item, Error> {
    let mut item: Item = serde_dynamo::to_item(content)?;
    item.extend(key.item());
    Ok(item)
}

/// A Rust value as an attribute.
pub(crate) fn attribute<T: Serialize>(content: &T) -> Result<AttributeValue, Error> {
    Ok(serde_dynamo::to_attribute_value(content)?)
}

/// A number as an attribute.
pub(crate) fn number(value: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// A text as an attribute.
pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// A set of texts as an attribute. DynamoDB has no empty sets.
pub(crate) fn texts(values: impl IntoIterator<Item = impl Into<String>>) -> AttributeValue {
    AttributeValue::Ss(values.into_iter().map(Into::into).collect())
}

/// The text that an item has under this name.
pub(crate) fn text_of<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// The bytes of an item, as DynamoDB counts and charges them.
pub(crate) fn item_size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + size(value)).sum()
}

/// The bytes of an attribute without its name, as DynamoDB counts and charges them.
pub(crate) fn size(value: &AttributeValue) -> usize {
    /// Of each list and map, and of each entry of one.
    const LIST: usize = 3;
    const ENTRY: usize = 1;
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number_size(number),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Ns(numbers) => numbers.iter().map(|number| number_size(number)).sum(),
        AttributeValue::Bs(all) => all.iter().map(|bytes| bytes.as_ref().len()).sum(),
        AttributeValue::L(list) => {
            LIST + list.iter().map(|value| ENTRY + size(value)).sum::<usize>()
        }
        AttributeValue::M(map) => {
            let entries = map.iter().map(|(name, value)| ENTRY + name.len() + size(value));
            LIST + entries.sum::<usize>()
        }
        // Null and truth values.
        _ => 1,
    }
}

/// One byte, and one for each two digits; zeros at either end cost nothing.
fn number_size(number: &str) -> usize {
    let digits = number.trim_start_matches('-');
    let digits = digits.trim_start_matches('0').trim_end_matches('0');
    1 + digits.len().div_ceil(2) + usize::from(number.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_dynamodb() {
        let map = HashMap::from([("a".to_owned(), number(1_795_770_000_123_i64))]);
        let item = Item::from([
            ("pk".to_owned(), text("C#1")),
            ("t".to_owned(), AttributeValue::M(map)),
            ("n".to_owned(), number(-1_200)),
            ("z".to_owned(), number(0)),
        ]);
        assert_eq!(item_size(&item), (2 + 3) + (1 + 3 + (1 + 1 + 8)) + (1 + 3) + (1 + 1));
    }
}
