//! The languages: each is a file with the same texts under the same keys.

use std::sync::LazyLock;

use serde::Deserialize;

/// A language of mails and pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are language tags")]
pub enum Language {
    En,
    De,
    Fr,
    Es,
    It,
    Nl,
    Pt,
    Pl,
    Ja,
    Ar,
}

impl Language {
    pub(crate) const ALL: [Self; 10] = [
        Self::En,
        Self::De,
        Self::Fr,
        Self::Es,
        Self::It,
        Self::Nl,
        Self::Pt,
        Self::Pl,
        Self::Ja,
        Self::Ar,
    ];

    /// Parses a language tag in any case. Ignores what follows the language, as in `de-AT`.
    pub fn parse(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|known| known.tag().eq_ignore_ascii_case(language))
    }

    /// The tag for HTML's `lang`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
            Self::It => "it",
            Self::Nl => "nl",
            Self::Pt => "pt",
            Self::Pl => "pl",
            Self::Ja => "ja",
            Self::Ar => "ar",
        }
    }

    /// The direction of its text, for HTML's `dir`.
    pub fn dir(self) -> &'static str {
        if self == Self::Ar { "rtl" } else { "ltr" }
    }

    /// The sides of a page where its lines start and end.
    pub(crate) fn sides(self) -> (&'static str, &'static str) {
        if self == Self::Ar { ("right", "left") } else { ("left", "right") }
    }

    /// What a meeting without a title is called.
    pub fn meeting(self) -> &'static str {
        &self.texts().meeting
    }

    /// What a message says of a mail whose text was too long.
    pub fn rest_was_cut(self) -> &'static str {
        &self.texts().reply_cut
    }

    /// What a message says of the files of its mail that were left out; empty if there are none.
    pub fn files_left_out(self, count: usize) -> String {
        let texts = self.texts();
        match count {
            0 => String::new(),
            1 => texts.reply_file_one.clone(),
            _ => texts.reply_file_other.replace("{count}", &count.to_string()),
        }
    }

    pub(crate) fn texts(self) -> &'static Texts {
        static TEXTS: [LazyLock<Texts>; 10] = [
            LazyLock::new(|| Language::En.read()),
            LazyLock::new(|| Language::De.read()),
            LazyLock::new(|| Language::Fr.read()),
            LazyLock::new(|| Language::Es.read()),
            LazyLock::new(|| Language::It.read()),
            LazyLock::new(|| Language::Nl.read()),
            LazyLock::new(|| Language::Pt.read()),
            LazyLock::new(|| Language::Pl.read()),
            LazyLock::new(|| Language::Ja.read()),
            LazyLock::new(|| Language::Ar.read()),
        ];
        let [en, de, fr, es, it, nl, pt, pl, ja, ar] = &TEXTS;
        match self {
            Self::En => en,
            Self::De => de,
            Self::Fr => fr,
            Self::Es => es,
            Self::It => it,
            Self::Nl => nl,
            Self::Pt => pt,
            Self::Pl => pl,
            Self::Ja => ja,
            Self::Ar => ar,
        }
    }

    fn read(self) -> Texts {
        // It cannot fail: the file is part of the program, and a test parses it.
        serde_json::from_str(self.file()).unwrap_or_default()
    }

    fn file(self) -> &'static str {
        match self {
            Self::En => include_str!("../languages/en.json"),
            Self::De => include_str!("../languages/de.json"),
            Self::Fr => include_str!("../languages/fr.json"),
            Self::Es => include_str!("../languages/es.json"),
            Self::It => include_str!("../languages/it.json"),
            Self::Nl => include_str!("../languages/nl.json"),
            Self::Pt => include_str!("../languages/pt.json"),
            Self::Pl => include_str!("../languages/pl.json"),
            Self::Ja => include_str!("../languages/ja.json"),
            Self::Ar => include_str!("../languages/ar.json"),
        }
    }
}

/// The texts. `{name}`, `{shop}` and `{count}` are placeholders; `_one` is for a count of one,
/// `_other` for more. Names of days and
/// months are separated by spaces.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Texts {
    pub greeting: String,
    pub greeting_nameless: String,
    pub customer: String,
    pub guest: String,
    pub not_verified: String,
    pub wrote: String,
    pub unread_subject: String,
    pub unread_line_one: String,
    pub unread_line_other: String,
    pub unread_reason: String,
    pub mention_subject: String,
    pub mention_subject_named: String,
    pub mention_line: String,
    pub mention_reason: String,
    pub waiting_subject_named: String,
    pub waiting_line_one: String,
    pub waiting_line_other: String,
    pub digest_subject_one: String,
    pub digest_subject_other: String,
    pub digest_line_one: String,
    pub digest_line_other: String,
    pub digest_unread_one: String,
    pub digest_unread_other: String,
    pub digest_more_one: String,
    pub digest_more_other: String,
    pub digest_reason: String,
    pub open_chat: String,
    pub open_conversation: String,
    pub answer: String,
    pub unsubscribe: String,
    pub unsubscribe_question: String,
    pub unsubscribe_done: String,
    pub more_subject_one: String,
    pub more_subject_other: String,
    pub more_line_one: String,
    pub more_line_other: String,
    pub more_reason: String,
    pub unsubscribe_back: String,
    pub unsubscribe_inbox: String,
    pub resubscribe: String,
    pub resubscribe_question: String,
    pub resubscribe_done: String,
    pub photo_one: String,
    pub photo_other: String,
    pub file_one: String,
    pub file_other: String,
    pub reminder_subject: String,
    pub reminder_line: String,
    pub reminder_reason: String,
    pub meeting: String,
    pub date: String,
    pub weekdays: String,
    pub months: String,
    pub you: String,
    pub guest_coded: String,
    pub customer_coded: String,
    pub reply_above: String,
    pub reply_hint: String,
    pub reply_cut: String,
    pub reply_file_one: String,
    pub reply_file_other: String,
    pub transcript_subject: String,
    pub transcript_line: String,
    pub transcript_cut: String,
    pub transcript_reason: String,
    pub proof: String,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// A text's placeholders, sorted.
    fn placeholders(text: &str) -> Vec<&str> {
        let mut names: Vec<&str> =
            text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn tags() {
        for language in Language::ALL {
            assert_eq!(Language::parse(language.tag()), Some(language));
        }
        for (tag, language) in [
            ("de-AT", Language::De),
            ("FR_ca", Language::Fr),
            ("es-419", Language::Es),
            ("EN-Latn-GB", Language::En),
        ] {
            assert_eq!(Language::parse(tag), Some(language), "{tag}");
        }
        for tag in ["", "sv", "deu", "-de", " en", "english"] {
            assert_eq!(Language::parse(tag), None, "{tag:?}");
        }
    }

    #[test]
    fn every_language_has_the_same_texts_and_placeholders() {
        let texts = |language: Language| {
            serde_json::from_str::<BTreeMap<String, String>>(language.file())
                .unwrap_or_else(|error| panic!("{}: {error}", language.tag()))
        };
        let english = texts(Language::En);
        for language in Language::ALL {
            serde_json::from_str::<Texts>(language.file())
                .unwrap_or_else(|error| panic!("{}: {error}", language.tag()));
            let texts = texts(language);
            assert!(texts.keys().eq(english.keys()), "{language:?}");
            for (key, text) in &texts {
                assert!(!text.trim().is_empty(), "{language:?} {key}");
                // Some languages need no number for one.
                let is_one = key.ends_with("_one");
                let same = placeholders(text) == placeholders(&english[key]);
                assert!(same || is_one, "{language:?} {key}");
            }
        }
    }
}
