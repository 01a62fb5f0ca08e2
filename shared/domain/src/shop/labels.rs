//! Labels: one list for all of the shop's staff. A channel holds their slugs.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::refusal::Validation;

/// Most labels of a shop.
pub const MAX_LABELS: usize = 100;
/// Longest slug, in characters.
const MAX_SLUG: usize = 32;
/// Longest name, in characters.
const MAX_LABEL_NAME: usize = 40;

/// The name of a label in channels and filters: 1 to 32 of `[a-z0-9-]`. It never changes, though
/// the label's shown name may.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LabelSlug(String);

impl LabelSlug {
    /// Parses a slug.
    pub fn parse(text: &str) -> Option<Self> {
        let legal = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-');
        ((1..=MAX_SLUG).contains(&text.len()) && text.bytes().all(legal))
            .then(|| Self(text.to_owned()))
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A label of the shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    slug: LabelSlug,
    name: String,
    color: String,
}

impl Label {
    /// Parses a label: its name has 1 to 40 characters and is not blank, its color is `#rrggbb`.
    pub fn parse(slug: &str, name: String, color: &str) -> Result<Self, Validation> {
        let slug =
            LabelSlug::parse(slug).ok_or(Validation::Form("slug", "1 to 32 of [a-z0-9-]"))?;
        if name.trim().is_empty() {
            return Err(Validation::TooSmall("name", 1));
        }
        if name.chars().count() > MAX_LABEL_NAME {
            return Err(Validation::TooBig("name", MAX_LABEL_NAME as u64));
        }
        let is_color = color.strip_prefix('#').is_some_and(|digits| {
            digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit())
        });
        if !is_color {
            return Err(Validation::Form("color", "#rrggbb"));
        }
        Ok(Self { slug, name, color: color.to_ascii_lowercase() })
    }

    /// Its name in channels and filters.
    pub const fn slug(&self) -> &LabelSlug {
        &self.slug
    }

    /// The name that staff sees.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its color, `#rrggbb` in lower case.
    pub fn color(&self) -> &str {
        &self.color
    }
}

/// A shop's labels, in the order of the request: at most 100, each slug once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelList(Vec<Label>);

impl LabelList {
    /// The stored list, which was checked before it was stored.
    pub const fn stored(all: Vec<Label>) -> Self {
        Self(all)
    }

    /// Checks a list.
    pub fn new(all: Vec<Label>) -> Result<Self, Validation> {
        if all.len() > MAX_LABELS {
            return Err(Validation::TooBig("labels", MAX_LABELS as u64));
        }
        let mut seen = BTreeSet::new();
        match all.iter().position(|label| !seen.insert(&label.slug)) {
            Some(index) => Err(Validation::Entry {
                list: "labels",
                index,
                error: Box::new(Validation::Form("slug", "used only once")),
            }),
            None => Ok(Self(all)),
        }
    }

    /// The labels in order.
    pub fn iter(&self) -> impl Iterator<Item = &Label> {
        self.0.iter()
    }

    /// Whether the shop has a label of this slug.
    pub fn has(&self, slug: &LabelSlug) -> bool {
        self.0.iter().any(|label| label.slug == *slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(slug: &str) -> Label {
        Label::parse(slug, "Return".to_owned(), "#Aa00ff").expect(slug)
    }

    #[test]
    fn a_label_has_a_slug_a_name_and_a_color() {
        assert_eq!(label("return-2").color(), "#aa00ff");
        for wrong in ["", "A", "a b", "ä", "a_b", &"x".repeat(33)] {
            assert_eq!(LabelSlug::parse(wrong), None, "{wrong:?}");
        }
        let parse = |name: &str, color| Label::parse("a", name.to_owned(), color);
        assert_eq!(parse(" ", "#000000"), Err(Validation::TooSmall("name", 1)));
        assert!(parse(&"ä".repeat(40), "#000000").is_ok());
        assert_eq!(parse(&"ä".repeat(41), "#000000"), Err(Validation::TooBig("name", 40)));
        for wrong in ["000000", "#000", "#00000g", "#0000000", "red", ""] {
            assert_eq!(parse("x", wrong), Err(Validation::Form("color", "#rrggbb")), "{wrong}");
        }
    }

    #[test]
    fn a_list_has_each_slug_once() {
        let list = |slugs: &[&str]| LabelList::new(slugs.iter().map(|slug| label(slug)).collect());
        assert!(list(&["b", "a"]).is_ok_and(|list| list.has(&LabelSlug("a".to_owned()))));
        assert!(list(&["a", "a"]).is_err());
        let many: Vec<String> = (0..=MAX_LABELS).map(|n| format!("s{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(list(&many), Err(Validation::TooBig("labels", 100)));
        assert!(list(&many[1..]).is_ok());
    }
}
