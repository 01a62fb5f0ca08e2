//! Language tags, and texts in several languages.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest tag, in characters.
const MAX_TAG: usize = 35;
/// Most languages of one reader that are kept.
const MAX_LANGUAGES: usize = 3;
/// Most entries of a list of languages that are read.
const MAX_LISTED: usize = 32;

/// A language as BCP 47 writes it, such as `de` or `pt-BR`, in the case in which it came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LanguageTag(String);

impl LanguageTag {
    /// Parses a tag: two to eight letters, then any number of parts of one to eight letters and
    /// digits; 35 characters in all.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let language = parts.next()?;
        let is_language =
            (2..=8).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_alphabetic());
        let is_part = |part: &str| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        (text.len() <= MAX_TAG && is_language && parts.all(is_part)).then(|| Self(text.to_owned()))
    }

    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both are the same language in the same form, in whatever case.
    pub fn is_same(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }

    /// The language without region and script.
    fn language(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }

    fn has_language_of(&self, other: &Self) -> bool {
        self.language().eq_ignore_ascii_case(other.language())
    }
}

/// The languages that a person reads, the best one first: at most three. Stored as one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Languages(Vec<LanguageTag>);

impl Languages {
    /// One language, if this is a tag.
    pub fn of_tag(text: &str) -> Option<Self> {
        LanguageTag::parse(text.trim()).map(|tag| Self(vec![tag]))
    }

    /// The best languages of an `Accept-Language` header; `None` if it names none. What is not a
    /// tag is skipped, like `*`.
    pub fn of_header(text: &str) -> Option<Self> {
        let entries = text.split(',').take(MAX_LISTED);
        let weighed = entries.filter_map(|entry| {
            let mut parts = entry.split(';');
            let tag = LanguageTag::parse(parts.next()?.trim())?;
            let weight = parts.find_map(|part| part.trim().strip_prefix("q="));
            let weight = weight.map_or(1.0, |text| text.trim().parse().unwrap_or(0.0_f64));
            (weight > 0.0).then_some((weight.min(1.0), tag))
        });
        let mut weighed: Vec<_> = weighed.collect();
        // The order of equal ones stays.
        weighed.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        let mut all: Vec<LanguageTag> = Vec::new();
        for (_, tag) in weighed {
            // `fr` after `fr-CH` says nothing new: a text in `fr` is found for `fr-CH`.
            if all.len() < MAX_LANGUAGES && !all.iter().any(|kept| kept.has_language_of(&tag)) {
                all.push(tag);
            }
        }
        (!all.is_empty()).then_some(Self(all))
    }
}

impl fmt::Display for Languages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, tag) in self.0.iter().enumerate() {
            write!(f, "{}{}", if index == 0 { "" } else { "," }, tag.as_str())?;
        }
        Ok(())
    }
}

impl Serialize for Languages {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Languages {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // A tag that only a newer version knows is skipped.
        Ok(Self(text.split(',').filter_map(LanguageTag::parse).take(MAX_LANGUAGES).collect()))
    }
}

/// Something in several languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Localized<T>(BTreeMap<LanguageTag, T>);

impl<T> Default for Localized<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Localized<T> {
    /// Adds one language. Returns `false` if it is there already, in whatever case.
    pub(crate) fn add(&mut self, tag: LanguageTag, what: T) -> bool {
        let is_new = !self.0.keys().any(|known| known.is_same(&tag));
        if is_new {
            self.0.insert(tag, what);
        }
        is_new
    }

    /// All of them, by language.
    pub fn iter(&self) -> impl Iterator<Item = (&LanguageTag, &T)> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a reader of `wanted` gets: for each of those languages in turn the same tag, else one
    /// of the same language; then the same for the shop's language; then English; then the first.
    pub fn pick(&self, wanted: Option<&Languages>, shop: &str) -> Option<&T> {
        let wanted = wanted.into_iter().flat_map(|all| all.0.iter().cloned());
        let others = [shop, "en"].into_iter().filter_map(LanguageTag::parse);
        let found = wanted.chain(others).find_map(|tag| self.of(&tag));
        found.or_else(|| self.0.values().next())
    }

    fn of(&self, tag: &LanguageTag) -> Option<&T> {
        let same = self.0.iter().find(|(known, _)| known.is_same(tag));
        let plain =
            || self.0.iter().find(|(known, _)| known.as_str().eq_ignore_ascii_case(tag.language()));
        let related = || self.0.iter().find(|(known, _)| known.has_language_of(tag));
        same.or_else(plain).or_else(related).map(|(_, what)| what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_the_form_of_bcp_47() {
        for tag in ["en", "de-AT", "zh-Hant-TW", "sr-Latn", "es-419", "EN", "gsw"] {
            assert!(LanguageTag::parse(tag).is_some(), "{tag}");
        }
        for wrong in [
            "",
            "e",
            "*",
            "de_AT",
            "de-",
            "-de",
            "12",
            "dé",
            "de AT",
            &"en-x".repeat(12),
            "__proto__",
        ] {
            assert_eq!(LanguageTag::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_header_names_the_best_languages_first() {
        let read = |text: &str| Languages::of_header(text).map(|all| all.to_string());
        let header = "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5";
        assert_eq!(read(header).as_deref(), Some("fr-CH,en,de"));
        assert_eq!(read("en;q=0.1,de").as_deref(), Some("de,en"));
        assert_eq!(read("de;q=0,ja;q=x,it").as_deref(), Some("it"));
        assert_eq!(read("nl,de,it,fr").as_deref(), Some("nl,de,it"));
        for none in ["", "*", ";;,", "de_AT", "en;q=-1", "en;q=NaN"] {
            assert_eq!(read(none), None, "{none:?}");
        }
        assert_eq!(read(&"xx,".repeat(10_000)).as_deref(), Some("xx"));
    }

    #[test]
    fn a_reader_gets_the_nearest_language() {
        let all = |tags: &[&str]| {
            let mut all = Localized::default();
            for tag in tags {
                assert!(all.add(LanguageTag::parse(tag).expect("a tag"), (*tag).to_owned()));
            }
            all
        };
        let pick = |tags: &[&str], wanted: &str, shop: &str| {
            let wanted = Languages::of_header(wanted);
            all(tags).pick(wanted.as_ref(), shop).cloned().unwrap_or_default()
        };
        assert_eq!(pick(&["en", "de", "de-AT"], "de-at", "en"), "de-AT");
        assert_eq!(pick(&["en", "de-AT", "de"], "de-CH", "en"), "de");
        assert_eq!(pick(&["en", "pt-BR"], "pt", "en"), "pt-BR");
        assert_eq!(pick(&["en", "de"], "nl,de;q=0.1", "en"), "de");
        assert_eq!(pick(&["en", "de"], "ja", "de"), "de", "the shop's");
        assert_eq!(pick(&["en", "fr"], "ja", "de"), "en");
        assert_eq!(pick(&["fr", "it"], "ja", "de"), "fr");
        assert_eq!(all(&["fr"]).pick(None, "?"), Some(&"fr".to_owned()));
        assert_eq!(all(&[]).pick(None, "en"), None);
        let mut twice = all(&["de"]);
        assert!(!twice.add(LanguageTag::parse("DE").expect("a tag"), String::new()));
    }
}
