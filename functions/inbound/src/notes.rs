//! What a message says about the mail that it was, in the language of the shop's mails.

use domain::{MAX_BODY_BYTES, MAX_BODY_CHARS};
use templates::Language;

/// The body of the message: the text, and what is missing. Empty if there is neither.
pub(crate) fn body(text: &str, dropped: usize, language: Language) -> String {
    let files = language.files_left_out(dropped);
    let with = |text: &str, note: &str| match (text, note) {
        (text, "") | ("", text) => text.to_owned(),
        (text, note) => format!("{text}\n\n{note}"),
    };
    let whole = with(text, &files);
    if fits(&whole) {
        return whole;
    }
    let end = with(language.rest_was_cut(), &files);
    let mut length = 0;
    let rest = MAX_BODY_BYTES - end.len() - 2;
    let most = MAX_BODY_CHARS - end.chars().count() - 2;
    let kept: String = text
        .chars()
        .take(most)
        .take_while(|c| {
            length += c.len_utf8();
            length <= rest
        })
        .collect();
    with(kept.trim_end(), &end)
}

fn fits(body: &str) -> bool {
    body.len() <= MAX_BODY_BYTES && body.chars().count() <= MAX_BODY_CHARS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_and_say_so() {
        assert_eq!(body("Yes", 0, Language::En), "Yes");
        assert_eq!(body("", 1, Language::En), "[A file of this mail was left out.]");
        assert_eq!(
            body("Ja", 2, Language::De),
            "Ja\n\n[2 Dateien dieser Mail wurden weggelassen.]"
        );
        for text in ["a".repeat(5_001), "𝕏".repeat(6_000), "é".repeat(5_000)] {
            for language in [Language::En, Language::Ja, Language::Pl, Language::Ar] {
                let body = body(&text, 3, language);
                assert!(fits(&body) && body.ends_with(']'), "{}", body.len());
            }
        }
    }
}
