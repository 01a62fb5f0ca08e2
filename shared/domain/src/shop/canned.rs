//! Canned answers: one list for all of the shop's staff.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::refusal::Validation;
use crate::text::body::MessageBody;

/// Most canned answers of a shop: a list that a person can still search by eye.
pub const MAX_CANNED: usize = 100;
/// Longest shortcut, in characters.
const MAX_SHORTCUT: usize = 32;
/// Most bytes of all shortcuts and texts together. One request, whose body has at most 64 KB, holds
/// the list: this leaves room for the JSON around a hundred entries.
const MAX_CANNED_BYTES: usize = 60 * 1024;

/// A canned answer and its shortcut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canned {
    shortcut: String,
    text: String,
}

impl Canned {
    /// Parses a shortcut, 1 to 32 of `[a-z0-9_-]` in lower or upper case, and a text that is valid
    /// as a message. The shortcut is stored in lower case.
    pub fn parse(shortcut: &str, text: String) -> Result<Self, Validation> {
        let shortcut = shortcut.to_ascii_lowercase();
        let fits = (1..=MAX_SHORTCUT).contains(&shortcut.len());
        if !fits || !shortcut.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
        {
            return Err(Validation::Form("shortcut", "1 to 32 of [a-z0-9_-]"));
        }
        Ok(Self { shortcut, text: MessageBody::of_field("text", text)?.into_string() })
    }

    /// What an admin types to insert the text.
    pub fn shortcut(&self) -> &str {
        &self.shortcut
    }

    /// The text to send.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A shop's canned answers, in the order of the request: at most 100, at most 60 KB, each shortcut
/// once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CannedList(Vec<Canned>);

impl CannedList {
    /// The stored list, which was checked before it was stored.
    pub const fn stored(all: Vec<Canned>) -> Self {
        Self(all)
    }

    /// Checks a list.
    pub fn new(all: Vec<Canned>) -> Result<Self, Validation> {
        let bytes: usize = all.iter().map(|canned| canned.shortcut.len() + canned.text.len()).sum();
        if all.len() > MAX_CANNED {
            return Err(Validation::TooBig("canned", MAX_CANNED as u64));
        }
        if bytes > MAX_CANNED_BYTES {
            return Err(Validation::Form("canned", "at most 60 KB"));
        }
        let mut seen = BTreeSet::new();
        match all.iter().position(|canned| !seen.insert(&canned.shortcut)) {
            Some(index) => Err(Validation::Entry {
                list: "canned",
                index,
                error: Box::new(Validation::Form("shortcut", "used only once")),
            }),
            None => Ok(Self(all)),
        }
    }

    /// The answers in order.
    pub fn iter(&self) -> impl Iterator<Item = &Canned> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canned(shortcut: &str, text: &str) -> Canned {
        Canned::parse(shortcut, text.to_owned()).expect(shortcut)
    }

    #[test]
    fn shortcuts_are_short_and_in_lower_case() {
        assert_eq!(canned("Hours_2-b", "9 to 5").shortcut(), "hours_2-b");
        assert!(Canned::parse(&"x".repeat(32), "9 to 5".to_owned()).is_ok());
        for wrong in ["", " ", "a b", "/hi", "ä", "É", &"x".repeat(33)] {
            let refused = Canned::parse(wrong, "9 to 5".to_owned());
            assert_eq!(
                refused,
                Err(Validation::Form("shortcut", "1 to 32 of [a-z0-9_-]")),
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn texts_are_what_may_be_sent() {
        assert_eq!(canned("a", " as it comes\n").text(), " as it comes\n");
        assert_eq!(
            Canned::parse("a", "\u{200b} ".to_owned()),
            Err(Validation::TooSmall("text", 1))
        );
        assert_eq!(Canned::parse("a", "x".repeat(5_001)), Err(Validation::TooBig("text", 5_000)));
    }

    #[test]
    fn a_list_keeps_its_order_and_has_limits() {
        let list = CannedList::new(vec![canned("b", "1"), canned("a", "2")]).expect("a list");
        assert_eq!(list.iter().map(Canned::shortcut).collect::<Vec<_>>(), ["b", "a"]);
        let many = |count: usize, text: &str| {
            CannedList::new((0..count).map(|n| canned(&format!("s{n}"), text)).collect())
        };
        assert!(many(100, "x").is_ok());
        assert_eq!(many(101, "x"), Err(Validation::TooBig("canned", 100)));
        assert!(many(12, &"x".repeat(5_000)).is_ok());
        assert_eq!(many(13, &"x".repeat(5_000)), Err(Validation::Form("canned", "at most 60 KB")));
        let twice = CannedList::new(vec![canned("a", "1"), canned("b", "2"), canned("A", "3")])
            .expect_err("twice")
            .to_string();
        assert_eq!(
            twice,
            "Invalid request: Value for field 'canned, 2, shortcut' must be used only once"
        );
    }
}
