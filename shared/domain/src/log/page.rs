//! The page of the shop from which a message was sent.

use serde::{Deserialize, Serialize};

use crate::refusal::Validation;
use crate::text::url::web_origin;

/// Longest title, in characters.
const MAX_TITLE: usize = 200;

/// A page of the shop, for staff only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Page {
    pub url: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
}

impl Page {
    /// Checks a page. `None` if its URL is on no origin of the shop.
    pub fn parse(
        url: String,
        title: String,
        is_allowed: impl Fn(&str) -> bool,
    ) -> Result<Option<Self>, Validation> {
        if title.chars().count() > MAX_TITLE {
            return Err(Validation::TooBig("title", MAX_TITLE as u64));
        }
        let is_allowed = web_origin(&url).is_some_and(|origin| is_allowed(&origin));
        Ok(is_allowed.then_some(Self { url, title }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_elsewhere_is_dropped() {
        let parse = |url: &str, title: &str| {
            Page::parse(url.to_owned(), title.to_owned(), |origin| origin == "https://shop.example")
        };
        assert!(parse("https://shop.example/p", "Mug").is_ok_and(|page| page.is_some()));
        assert_eq!(parse("https://evil.example/p", "Mug"), Ok(None));
        assert_eq!(parse("javascript:alert(1)", ""), Ok(None));
        let long = "x".repeat(201);
        assert_eq!(parse("https://shop.example/p", &long), Err(Validation::TooBig("title", 200)));
    }
}
