//! The shop's settings: one item, which admins replace as a whole.

use serde::{Deserialize, Serialize};

use crate::refusal::Validation;
use crate::shop::hours::Hours;
use crate::text::body::MessageBody;
use crate::text::language::{LanguageTag, Localized};
use crate::time::Timestamp;

/// Most languages of one text.
pub const MAX_SETTINGS_LANGUAGES: usize = 20;
/// Most quick replies in one language.
pub const MAX_QUICK_REPLIES: usize = 5;
/// Longest away message, in characters.
const MAX_AWAY: usize = 2_000;
/// Longest greeting, in characters.
const MAX_GREETING: usize = 1_000;
/// Longest quick reply, in characters.
const MAX_QUICK_REPLY: usize = 200;
/// Most bytes of all texts together: each function reads them every ten seconds while it works.
const MAX_TEXT_BYTES: usize = 32 * 1024;
/// Longest time without a message that closes a channel, in days.
const MAX_CLOSE_DAYS: u64 = 3_650;
/// Least and most seconds before a notice of a message.
const NOTIFY_SECONDS: std::ops::RangeInclusive<u64> = 10..=3_600;

/// When the widget asks a guest for an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AskEmail {
    /// Never.
    Never,
    /// Always.
    Always,
    /// While the shop is closed or no staff is there. Also what a newer version wrote.
    #[default]
    #[serde(other)]
    Away,
}

impl AskEmail {
    /// Parses the API's word.
    pub fn parse(text: &str) -> Result<Self, Validation> {
        let all = [Self::Never, Self::Away, Self::Always];
        all.into_iter().find(|known| known.as_str() == text).ok_or_else(|| Validation::OneOf {
            field: "ask_email",
            allowed: "never, away, always",
            got: text.to_owned(),
        })
    }

    /// The word as the API spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Away => "away",
            Self::Always => "always",
        }
    }
}

/// The shop's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// When the shop is open; `None` for always.
    pub hours: Option<Hours>,
    /// What the automatic reply says while the shop is closed. Without one there is no reply.
    pub away_message: Localized<String>,
    /// What the widget says at first.
    pub greeting: Localized<String>,
    /// Questions that the widget offers, at most [`MAX_QUICK_REPLIES`] in each language.
    pub quick_replies: Localized<Vec<String>>,
    /// When the widget asks a guest for an address.
    pub ask_email: AskEmail,
    /// Whether a reply of staff in a channel without an assignee assigns its sender.
    pub assign_on_reply: bool,
    /// Whether the widget asks for a rating after a close.
    pub rating: bool,
    /// Days without a message that close a channel; `None` for never.
    pub close_after_days: Option<u64>,
    /// Seconds that a person has to read a message before a notice.
    pub notify_after_seconds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hours: None,
            away_message: Localized::default(),
            greeting: Localized::default(),
            quick_replies: Localized::default(),
            ask_email: AskEmail::default(),
            assign_on_reply: true,
            rating: true,
            close_after_days: None,
            notify_after_seconds: 60,
        }
    }
}

impl Settings {
    /// Sets the away message, by language.
    pub fn set_away_message(&mut self, texts: Vec<(String, String)>) -> Result<(), Validation> {
        self.away_message = localized("away_message", texts, MAX_AWAY)?;
        Ok(())
    }

    /// Sets the greeting, by language.
    pub fn set_greeting(&mut self, texts: Vec<(String, String)>) -> Result<(), Validation> {
        self.greeting = localized("greeting", texts, MAX_GREETING)?;
        Ok(())
    }

    /// Sets the quick replies, by language.
    pub fn set_quick_replies(
        &mut self,
        lists: Vec<(String, Vec<String>)>,
    ) -> Result<(), Validation> {
        const FIELD: &str = "quick_replies";
        let check = |list: Vec<String>| {
            if list.len() > MAX_QUICK_REPLIES {
                return Err(Validation::TooBig(FIELD, MAX_QUICK_REPLIES as u64));
            }
            let texts = list.into_iter().filter(|text| !MessageBody::is_blank(text));
            let texts: Vec<_> = texts
                .map(|text| checked(FIELD, text, MAX_QUICK_REPLY))
                .collect::<Result<_, _>>()?;
            Ok(Some(texts).filter(|texts| !texts.is_empty()))
        };
        self.quick_replies = by_language(FIELD, lists, check)?;
        Ok(())
    }

    /// Checks what no single field shows: the numbers, and the size of all texts.
    pub fn check(self) -> Result<Self, Validation> {
        if let Some(days) = self.close_after_days {
            in_range("close_after_days", days, &(1..=MAX_CLOSE_DAYS))?;
        }
        in_range("notify_after_seconds", self.notify_after_seconds, &NOTIFY_SECONDS)?;
        let texts = self.away_message.iter().chain(self.greeting.iter()).map(|(_, text)| text);
        let texts = texts.chain(self.quick_replies.iter().flat_map(|(_, list)| list));
        if texts.map(String::len).sum::<usize>() > MAX_TEXT_BYTES {
            return Err(Validation::Form("settings", "texts of at most 32 KB in all"));
        }
        Ok(self)
    }

    /// Whether the shop is open.
    pub fn is_open_at(&self, now: Timestamp) -> bool {
        self.hours.as_ref().is_none_or(|hours| hours.is_open_at(now))
    }

    /// How long a person has to read a message before a notice, in milliseconds.
    pub fn notify_after_ms(&self) -> i64 {
        i64::try_from(self.notify_after_seconds.min(*NOTIFY_SECONDS.end())).unwrap_or_default()
            * 1_000
    }
}

/// The settings as stored, and how often they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredSettings {
    /// The settings; the defaults before the first write.
    pub settings: Settings,
    /// 0 before the first write.
    pub version: u64,
}

fn in_range(
    field: &'static str,
    number: u64,
    range: &std::ops::RangeInclusive<u64>,
) -> Result<(), Validation> {
    if number < *range.start() {
        return Err(Validation::TooSmall(field, *range.start()));
    }
    if number > *range.end() {
        return Err(Validation::TooBig(field, *range.end()));
    }
    Ok(())
}

fn localized(
    field: &'static str,
    texts: Vec<(String, String)>,
    most: usize,
) -> Result<Localized<String>, Validation> {
    let check = |text: String| {
        let text = Some(text).filter(|text| !MessageBody::is_blank(text));
        text.map(|text| checked(field, text, most)).transpose()
    };
    by_language(field, texts, check)
}

/// Entries by language. An entry that `check` finds blank is left out.
fn by_language<T>(
    field: &'static str,
    entries: Vec<(String, T)>,
    check: impl Fn(T) -> Result<Option<T>, Validation>,
) -> Result<Localized<T>, Validation> {
    if entries.len() > MAX_SETTINGS_LANGUAGES {
        return Err(Validation::TooBig(field, MAX_SETTINGS_LANGUAGES as u64));
    }
    let mut all = Localized::default();
    for (tag, what) in entries {
        let tag = LanguageTag::parse(&tag)
            .ok_or(Validation::Form(field, "keyed by languages such as 'en' or 'pt-BR'"))?;
        if let Some(what) = check(what)?
            && !all.add(tag, what)
        {
            return Err(Validation::Form(field, "keyed by languages, each used only once"));
        }
    }
    Ok(all)
}

/// A text that may be sent as a message, of at most `most` characters.
fn checked(field: &'static str, text: String, most: usize) -> Result<String, Validation> {
    if text.chars().count() > most {
        return Err(Validation::TooBig(field, most as u64));
    }
    Ok(MessageBody::of_field(field, text)?.into_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(tag, text)| ((*tag).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn texts_are_keyed_by_languages() {
        let mut settings = Settings::default();
        let good = texts(&[("en", "We are closed."), ("pt-BR", "Estamos fechados.")]);
        settings.set_away_message(good).expect("texts");
        assert_eq!(settings.away_message.iter().count(), 2);
        for wrong in [
            texts(&[("", "x")]),
            texts(&[("en_US", "x")]),
            texts(&[("en", "x"), ("EN", "y")]),
            texts(&[("en", &"x".repeat(2_001))]),
        ] {
            assert!(settings.set_away_message(wrong.clone()).is_err(), "{wrong:?}");
        }
        assert_eq!(settings.away_message.iter().count(), 2, "a refused one changes nothing");
        settings.set_away_message(texts(&[("en", " \u{200b}")])).expect("no text");
        assert!(settings.away_message.is_empty(), "a blank text is none");
        let many: Vec<_> = (0..21).map(|n| (format!("en-{n}"), "x".to_owned())).collect();
        assert!(settings.set_greeting(many.get(1..).expect("20").to_vec()).is_ok());
        assert_eq!(settings.set_greeting(many), Err(Validation::TooBig("greeting", 20)));
        let list = |count| vec![("en".to_owned(), vec!["Where is my order?".to_owned(); count])];
        assert!(settings.set_quick_replies(list(5)).is_ok());
        assert_eq!(
            settings.set_quick_replies(list(6)),
            Err(Validation::TooBig("quick_replies", 5))
        );
    }

    #[test]
    fn numbers_and_sizes_have_limits() {
        let with = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.check()
        };
        assert!(with(|_| {}).is_ok());
        assert!(with(|it| it.close_after_days = Some(3_650)).is_ok());
        assert!(with(|it| it.close_after_days = Some(0)).is_err());
        assert!(with(|it| it.close_after_days = Some(u64::MAX)).is_err());
        assert!(with(|it| it.notify_after_seconds = 9).is_err());
        assert!(with(|it| it.notify_after_seconds = 3_600).is_ok());
        assert!(with(|it| it.notify_after_seconds = 3_601).is_err());
        let big = (10..19).map(|n| (format!("en-{n}"), "ä".repeat(2_000))).collect();
        let mut settings = Settings::default();
        settings.set_away_message(big).expect("each text fits");
        let refused = Validation::Form("settings", "texts of at most 32 KB in all");
        assert_eq!(settings.check(), Err(refused));
    }
}
