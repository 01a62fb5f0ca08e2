//! Folding for comparison: texts that look alike, or differ only in case and accents, fold to the
//! same text.
//!
//! Folding decomposes by compatibility (full-width letters, ligatures), drops marks, folds case and
//! composes again. Some marks make another letter and stay: vowel signs and viramas of Indic
//! scripts, vowels and tones of Thai and Lao, voicing marks of Japanese. Composing keeps a Korean
//! syllable one letter. Letters with a stroke, ligatures that Unicode does not decompose, and
//! typographic apostrophes and dashes become what a keyboard has.

use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use unicase::UniCase;

use crate::text::body::is_blank;

/// Folds a text. Each run of white space becomes one space; leading and trailing ones go.
pub fn fold(text: &str) -> String {
    let decomposer = DecomposingNormalizerBorrowed::new_nfkd();
    let bare: String =
        decomposer.normalize_iter(text.chars()).filter(|c| !is_dropped(*c)).collect();
    let lower = UniCase::new(bare).to_folded_case();
    let mut plain = String::with_capacity(lower.len());
    for c in decomposer.normalize_iter(lower.chars()).filter(|c| !is_dropped(*c)) {
        match typed_as(c) {
            Some(typed) => plain.push_str(typed),
            None => plain.push(c),
        }
    }
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(&plain);
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The number of visible letters: marks do not count, and a ligature is one.
pub fn letters(text: &str) -> usize {
    let bare = DecomposingNormalizerBorrowed::new_nfd()
        .normalize_iter(text.chars())
        .filter(|c| !is_dropped(*c));
    ComposingNormalizerBorrowed::new_nfc().normalize_iter(bare).count()
}

/// Whether a folded character is part of a word: a letter, a digit, or a mark that folding keeps.
pub fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || combining_class(c) != 0
}

/// Whether folding drops a character: it is invisible, or an accent, point or vowel mark above or
/// below a letter.
fn is_dropped(c: char) -> bool {
    // Overlays; the points of Hebrew, Arabic and Syriac; marks attached to, above and below a
    // letter.
    let is_mark = matches!(combining_class(c), 1 | 10..=36 | 200..=255);
    // The tatweel only stretches a word.
    is_mark || c == '\u{640}' || (is_blank(c) && !c.is_whitespace() && !c.is_control())
}

fn combining_class(c: char) -> u8 {
    CanonicalCombiningClassMapBorrowed::new().get_u8(c)
}

/// The keyboard spelling of a character that Unicode does not decompose.
const fn typed_as(c: char) -> Option<&'static str> {
    Some(match c {
        'ı' => "i",
        'ł' => "l",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ŧ' => "t",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2bc}' | '\u{2b9}' | '\u{2032}' | '`' => "'",
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "-",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_folds_alike() {
        for alike in [
            &["José", "Jose\u{301}", "JOSE\u{301}", "jose"][..],
            &["Straße", "STRASSE", "STRAẞE", "strasse"],
            &["Ёлкина", "ёлкина", "Е\u{308}лкина", "елкина"],
            &["İpek", "I\u{307}pek", "ipek", "IPEK"],
            &["Işık", "ışık", "isik", "ISIK"],
            &["Ａｎｎａ", "anna"],
            &["ﬁnn", "Finn"],
            &["D’Arcy", "D'Arcy", "d\u{2bc}arcy"],
            &["Anne‑Marie", "Anne-Marie", "anne–marie"],
            &["Łódź", "lodz"],
            &["Søren", "SOREN"],
            &["Æsir", "aesir"],
            &["ΟΔΥΣΣΕΥΣ", "οδυσσεύς"],
            &["שָׁלוֹם", "שלום", "\u{fb2a}לום"],
            &["مُحَمَّد", "محمد", "محـــمد"],
            &["ﾔﾏﾀﾞ", "ヤマダ"],
            &["한국", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}"],
            &["so\u{ad}ft", "so\u{200d}ft", "soft"],
            &["  Ada \u{a0} Lovelace ", "ada lovelace"],
        ] {
            for text in alike {
                assert_eq!(fold(text), fold(alike[0]), "{text:?}");
                assert_eq!(fold(&fold(text)), fold(text), "folding {text:?} again changes nothing");
            }
        }
    }

    #[test]
    fn other_letters_stay_other_letters() {
        for (one, other) in
            [("タ", "ダ"), ("นิด", "นด"), ("मी", "म"), ("김", "기"), ("क्", "क"), ("ab", "a b")]
        {
            assert_ne!(fold(one), fold(other), "{one} {other}");
        }
    }

    #[test]
    fn letters_are_what_is_seen() {
        for (text, seen) in [
            ("José", 4),
            ("Jose\u{301}", 4),
            ("ﬁn", 2),
            ("ß", 1),
            ("김철", 2),
            ("ＡＢ", 2),
            ("e\u{301}e\u{301}", 2),
            ("\u{301}", 0),
        ] {
            assert_eq!(letters(text), seen, "{text:?}");
        }
    }
}
