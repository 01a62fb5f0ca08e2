//! Search for channels by the start of a word of an id, a name or an e-mail address, folded on both
//! sides.
//!
//! Words match from their first letter, because a sorted key finds these in one read. A match
//! inside a word would cost some thirty stored rows per channel.

use std::collections::BTreeSet;

use crate::channel::head::Channel;
use crate::ids::{ActorId, ChannelHash};
use crate::people::profile::Profile;
use crate::refusal::Validation;
use crate::text::fold::{fold, letters};

/// Fewest characters of a search, and the length of the key under which words are stored.
const MIN_CHARS: usize = 3;
/// Most characters of a search: a whole hash fits.
const MAX_CHARS: usize = 300;

/// A parsed search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SearchTerm {
    /// The start of a channel hash, not folded.
    Hash(String),
    /// The start of a word, folded.
    Word(String),
}

impl SearchTerm {
    /// Parses a search; returns `None` for an empty one. Both the visible letters (a combining
    /// accent does not count, a ligature is one) and the folded characters must reach the least
    /// length.
    pub fn parse(text: &str) -> Result<Option<Self>, Validation> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        if text.chars().count() > MAX_CHARS {
            return Err(Validation::TooBig("search", MAX_CHARS as u64));
        }
        if text.starts_with(ChannelHash::PREFIX) {
            return Ok(Some(Self::Hash(text.to_owned())));
        }
        let word = fold(text);
        if letters(text) < MIN_CHARS || word.chars().count() < MIN_CHARS {
            return Err(Validation::ShortSearch);
        }
        Ok(Some(Self::Word(word)))
    }

    /// Whether the term matches a channel whose member has this profile.
    pub fn matches(&self, channel: &Channel, member: &Profile) -> bool {
        match self {
            Self::Hash(start) => channel.hash.as_str().starts_with(start),
            Self::Word(start) => {
                words(channel).iter().chain(&member.words()).any(|word| word.starts_with(start))
            }
        }
    }
}

/// The search words of a channel: the ids of both sides, in lower case, with and without their
/// prefix. A claimed channel keeps the words of its guest, whose id is still in its hash. The words
/// of its people are separate.
pub fn words(channel: &Channel) -> BTreeSet<String> {
    let opened_by = channel.hash.other_than(&channel.admin_id);
    [Some(&channel.member_id), Some(&channel.admin_id), opened_by.as_ref()]
        .into_iter()
        .flatten()
        .flat_map(id_words)
        .collect()
}

/// The first three characters of a word: the key under which it is stored. `None` for a word too
/// short for a search.
pub fn word_prefix(word: &str) -> Option<&str> {
    let (end, last) = word.char_indices().nth(MIN_CHARS - 1)?;
    word.get(..end + last.len_utf8())
}

fn id_words(id: &ActorId) -> Vec<String> {
    let whole = id.as_str().to_lowercase();
    let bare = whole.split_once('_').map(|(_, bare)| bare.to_owned());
    [Some(whole), bare].into_iter().flatten().filter(|word| word_prefix(word).is_some()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms() {
        assert_eq!(SearchTerm::parse("  "), Ok(None));
        assert_eq!(SearchTerm::parse(" ab "), Err(Validation::ShortSearch));
        for short in [
            "éé",
            "e\u{301}e\u{301}",
            "ßß",
            "ﬁx",
            "김철",
            "\u{200b}ab\u{200b}",
            "\u{301}\u{301}\u{301}",
        ] {
            assert_eq!(SearchTerm::parse(short), Err(Validation::ShortSearch), "{short:?}");
        }
        assert_eq!(SearchTerm::parse("ÉÉÉ"), Ok(Some(SearchTerm::Word("eee".into()))));
        assert_eq!(SearchTerm::parse(" CUS_01 "), Ok(Some(SearchTerm::Word("cus_01".into()))));
        assert_eq!(SearchTerm::parse("direct:B"), Ok(Some(SearchTerm::Hash("direct:B".into()))));
        assert!(SearchTerm::parse(&"x".repeat(301)).is_err());
    }

    #[test]
    fn ids_are_words_with_and_without_prefix() {
        let id = ActorId::parse("cus_01ABC_x").expect("an id");
        assert_eq!(id_words(&id), ["cus_01abc_x", "01abc_x"]);
        assert_eq!(id_words(&ActorId::parse("ab").expect("an id")), [""; 0]);
        assert_eq!(word_prefix("éàü-x"), Some("éàü"));
    }
}
