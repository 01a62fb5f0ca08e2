//! Update expressions: what turns one item into another, and nothing more.
//!
//! An item that several versions of this program write must not lose what only the newer one knows.
//! So an item is never replaced as a whole: the writer compares how it would have stored the item
//! before and how it would store it now, and sets or removes only what differs. Attributes that it
//! does not know are in neither, and stay.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;

use crate::table::db::Item;

/// A `SET … REMOVE …` expression with its names and values.
#[derive(Default)]
pub(crate) struct Expression {
    set: Vec<String>,
    remove: Vec<String>,
    names: HashMap<String, String>,
    values: Item,
}

impl Expression {
    /// What turns `before` into `next`. Maps are compared entry by entry.
    pub(crate) fn difference(before: &Item, next: &Item) -> Self {
        let mut difference = Self::default();
        difference.compare(&[], before, next);
        difference
    }

    fn compare(&mut self, path: &[&str], before: &Item, next: &Item) {
        // In the order of the names, so that the same change is always the same expression.
        let names: BTreeSet<&String> = before.keys().chain(next.keys()).collect();
        for name in names {
            let path = [path, &[name.as_str()]].concat();
            match (before.get(name), next.get(name)) {
                (Some(before), Some(next)) if before == next => {}
                (Some(AttributeValue::M(before)), Some(AttributeValue::M(next))) => {
                    self.compare(&path, before, next);
                }
                (_, Some(next)) => self.set(&path, next.clone()),
                (Some(_), None) => self.remove(&path),
                (None, None) => {}
            }
        }
    }

    /// Sets what stands at `path`.
    pub(crate) fn set(&mut self, path: &[&str], value: AttributeValue) {
        let (path, value) = (self.path(path), self.value(value));
        self.set.push(format!("{path} = {value}"));
    }

    /// Sets what stands at `path`, unless something stands there already.
    pub(crate) fn set_if_absent(&mut self, path: &[&str], value: AttributeValue) {
        let (path, value) = (self.path(path), self.value(value));
        self.set.push(format!("{path} = if_not_exists({path}, {value})"));
    }

    /// Adds to the number that stands at `path`.
    pub(crate) fn add(&mut self, path: &[&str], value: AttributeValue) {
        let (path, value) = (self.path(path), self.value(value));
        self.set.push(format!("{path} = {path} + {value}"));
    }

    /// Removes what stands at `path`; nothing happens where nothing does.
    pub(crate) fn remove(&mut self, path: &[&str]) {
        let path = self.path(path);
        self.remove.push(path);
    }

    /// Names a value for use in a condition.
    pub(crate) fn value(&mut self, value: AttributeValue) -> String {
        let name = format!(":{}", self.values.len());
        self.values.insert(name.clone(), value);
        name
    }

    fn path(&mut self, path: &[&str]) -> String {
        let alias = |name: &&str| {
            let known = self.names.iter().find(|(_, full)| full == name);
            let known = known.map(|(alias, _)| alias.clone());
            known.unwrap_or_else(|| {
                let alias = format!("#{}", self.names.len());
                self.names.insert(alias.clone(), (*name).to_owned());
                alias
            })
        };
        path.iter().map(alias).collect::<Vec<_>>().join(".")
    }

    /// The expression, its names and its values.
    pub(crate) fn into_parts(self) -> (String, HashMap<String, String>, Item) {
        let clause = |word: &str, parts: &[String]| {
            if parts.is_empty() { String::new() } else { format!("{word} {}", parts.join(", ")) }
        };
        let text = [clause("SET", &self.set), clause("REMOVE", &self.remove)];
        (text.join(" ").trim().to_owned(), self.names, self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::db::{number, text};

    fn map(entries: &[(&str, AttributeValue)]) -> Item {
        entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn only_what_differs_is_written() {
        let marks = |entries: &[(&str, AttributeValue)]| AttributeValue::M(map(entries));
        let before = map(&[
            ("same", text("x")),
            ("gone", text("y")),
            ("marks", marks(&[("a", number(1)), ("b", number(2))])),
        ]);
        let next = map(&[
            ("same", text("x")),
            ("new", number(3)),
            ("marks", marks(&[("a", number(1)), ("b", number(5)), ("c", number(6))])),
        ]);
        let (expression, names, values) = Expression::difference(&before, &next).into_parts();
        assert_eq!(expression, "SET #1.#2 = :0, #1.#3 = :1, #4 = :2 REMOVE #0");
        let name = |alias: &str| names.get(alias).map(String::as_str);
        assert_eq!(
            ["#0", "#1", "#2", "#3", "#4"].map(name),
            ["gone", "marks", "b", "c", "new"].map(Some)
        );
        assert_eq!(values, map(&[(":0", number(5)), (":1", number(6)), (":2", number(3))]));
    }

    #[test]
    fn nothing_is_written_where_nothing_differs() {
        let item = map(&[("a", number(1))]);
        assert_eq!(Expression::difference(&item, &item).into_parts().0, "");
    }
}
