//! Search for an id in items of any form.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::table::item::Item;

/// Whether an id occurs anywhere in an item, in any case: in a key, an attribute or an attribute's
/// name. An id that is part of a longer id does not count.
pub(super) fn mentions(item: &Item, id: &str) -> bool {
    let id = &id.to_lowercase();
    let is_of_id = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let in_text = |text: &str| {
        let text = text.to_lowercase();
        text.match_indices(id).any(|(at, _)| {
            let before = text.get(..at).and_then(|rest| rest.chars().next_back());
            let after = text.get(at + id.len()..).and_then(|rest| rest.chars().next());
            !before.is_some_and(is_of_id) && !after.is_some_and(is_of_id)
        })
    };
    item.iter().any(|(name, value)| in_text(name) || any_text(value, &in_text))
}

/// Whether `found` accepts any text in a value, or the name of a part of it.
fn any_text(value: &AttributeValue, found: &impl Fn(&str) -> bool) -> bool {
    match value {
        AttributeValue::S(text) => found(text),
        AttributeValue::Ss(list) => list.iter().any(|text| found(text)),
        AttributeValue::L(list) => list.iter().any(|value| any_text(value, found)),
        AttributeValue::M(map) => {
            map.iter().any(|(name, value)| found(name) || any_text(value, found))
        }
        _ => false,
    }
}
