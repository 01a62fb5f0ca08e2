//! Expressions: what a write changes, and on which condition.
//!
//! An item that several versions of this program write must not lose what only the newer one knows.
//! So an item is never replaced as a whole: the writer compares how it would have stored the item
//! before and how it would store it now, and sets or removes only what differs. Attributes that it
//! does not know are in neither, and stay.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;

use crate::table::item::Item;

/// An update with its condition, names and values. Conditions name attributes as they are, unless
/// the name is a reserved word of DynamoDB: then [`Expression::path`] gives it an alias.
#[derive(Default)]
pub(crate) struct Expression {
    set: Vec<String>,
    remove: Vec<String>,
    add: Vec<String>,
    conditions: Vec<String>,
    names: HashMap<String, String>,
    values: Item,
}

/// An expression as requests take it; `None` for an empty part.
#[derive(Debug, PartialEq)]
pub(super) struct Parts {
    pub(super) update: Option<String>,
    pub(super) condition: Option<String>,
    pub(super) names: Option<HashMap<String, String>>,
    pub(super) values: Option<Item>,
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

    /// Sets the value at `path`.
    pub(crate) fn set(&mut self, path: &[&str], value: AttributeValue) {
        let (path, value) = (self.path(path), self.value(value));
        self.set.push(format!("{path} = {value}"));
    }

    /// Sets the value at `path` if there is none.
    pub(crate) fn set_if_absent(&mut self, path: &[&str], value: AttributeValue) {
        let (path, value) = (self.path(path), self.value(value));
        self.set.push(format!("{path} = if_not_exists({path}, {value})"));
    }

    /// Sets the value at `path` to the value at `from` as of the write.
    pub(crate) fn copy(&mut self, from: &[&str], path: &[&str]) {
        let (from, path) = (self.path(from), self.path(path));
        self.set.push(format!("{path} = {from}"));
    }

    /// Removes the value at `path`, if there is one.
    pub(crate) fn remove(&mut self, path: &[&str]) {
        let path = self.path(path);
        self.remove.push(path);
    }

    /// Adds to a number or to a set; one that is absent counts as zero or empty.
    pub(crate) fn add(&mut self, name: &str, value: AttributeValue) {
        let (name, value) = (self.path(&[name]), self.value(value));
        self.add.push(format!("{name} {value}"));
    }

    /// Adds a condition: all of them must hold.
    pub(crate) fn only_if(&mut self, condition: impl Into<String>) {
        self.conditions.push(condition.into());
    }

    /// Adds the condition that the value at `path` is `value`, or that there is none.
    pub(crate) fn only_if_is(&mut self, path: &[&str], value: Option<AttributeValue>) {
        let path = self.path(path);
        let condition = match value {
            Some(value) => format!("{path} = {}", self.value(value)),
            None => format!("attribute_not_exists({path})"),
        };
        self.only_if(condition);
    }

    /// Adds the condition that a number is below `limit`, or absent.
    pub(crate) fn only_if_below(&mut self, name: &str, limit: AttributeValue) {
        let (name, limit) = (self.path(&[name]), self.value(limit));
        self.only_if(format!("attribute_not_exists({name}) OR {name} < {limit}"));
    }

    /// Names a value for use in a condition.
    pub(crate) fn value(&mut self, value: AttributeValue) -> String {
        let name = format!(":{}", self.values.len());
        self.values.insert(name.clone(), value);
        name
    }

    /// Names a path for use in a condition.
    pub(crate) fn path(&mut self, path: &[&str]) -> String {
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

    /// The texts, names and values that a request takes.
    pub(super) fn into_parts(self) -> Parts {
        let clauses = [("SET", self.set), ("ADD", self.add), ("REMOVE", self.remove)];
        let clauses = clauses.iter().filter(|(_, parts)| !parts.is_empty());
        let update: Vec<_> =
            clauses.map(|(word, parts)| format!("{word} {}", parts.join(", "))).collect();
        let condition = match self.conditions.as_slice() {
            [one] => one.clone(),
            all => all.iter().map(|one| format!("({one})")).collect::<Vec<_>>().join(" AND "),
        };
        Parts {
            update: Some(update.join(" ")).filter(|text| !text.is_empty()),
            condition: Some(condition).filter(|text| !text.is_empty()),
            names: Some(self.names).filter(|names| !names.is_empty()),
            values: Some(self.values).filter(|values| !values.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::item::{number, text};

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
        let parts = Expression::difference(&before, &next).into_parts();
        assert_eq!(parts.update.as_deref(), Some("SET #1.#2 = :0, #1.#3 = :1, #4 = :2 REMOVE #0"));
        let names = parts.names.expect("names");
        let name = |alias: &str| names.get(alias).map(String::as_str);
        assert_eq!(
            ["#0", "#1", "#2", "#3", "#4"].map(name),
            ["gone", "marks", "b", "c", "new"].map(Some)
        );
        let values = map(&[(":0", number(5)), (":1", number(6)), (":2", number(3))]);
        assert_eq!((parts.values, parts.condition), (Some(values), None));
    }

    #[test]
    fn nothing_is_written_where_nothing_differs() {
        let item = map(&[("a", number(1))]);
        let nothing = Parts { update: None, condition: None, names: None, values: None };
        assert_eq!(Expression::difference(&item, &item).into_parts(), nothing);
    }

    #[test]
    fn all_conditions_must_hold() {
        let mut expression = Expression::default();
        expression.add("count", number(1));
        expression.only_if_is(&["token"], Some(text("x")));
        expression.only_if("a < b OR c < d");
        let parts = expression.into_parts();
        assert_eq!(parts.update.as_deref(), Some("ADD #0 :0"));
        assert_eq!(parts.condition.as_deref(), Some("(#1 = :1) AND (a < b OR c < d)"));
    }
}
