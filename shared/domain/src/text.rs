//! Text that people write to each other. It is stored as it comes: never trimmed, never rewritten, only measured.

use crate::refusal::Validation;

/// Longest message, in characters (Unicode scalar values).
pub const MAX_BODY_CHARS: usize = 5_000;
/// Longest message, in bytes of UTF-8: what keeps an item and an event small.
pub const MAX_BODY_BYTES: usize = 20 * 1024;

/// A message's text: 1 to 5,000 characters, at most 20 KB, not blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageBody(String);

impl MessageBody {
    /// Reads a body; white space and invisible characters alone are no text.
    pub fn parse(text: String) -> Result<Self, Validation> {
        if text.chars().all(is_blank) {
            return Err(Validation::TooSmall("body", 1));
        }
        if text.len() > MAX_BODY_BYTES || text.chars().count() > MAX_BODY_CHARS {
            return Err(Validation::TooBig("body", MAX_BODY_CHARS as u64));
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text itself.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Whether a character shows nothing: white space, controls, and what Unicode calls default-ignorable.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_as_it_comes() {
        for text in [" hi ", "👍", "\u{200b}x", "a\nb", "\u{202e}abc", "x\u{0}"] {
            assert_eq!(MessageBody::parse(text.to_owned()).expect(text).as_str(), text);
        }
    }

    #[test]
    fn what_shows_nothing_is_no_text() {
        for text in ["", " ", "\t\r\n", "\u{200b}\u{200d}", "\u{feff}", "\u{3000}", "\u{2060} \u{ad}", "\u{0}", "\u{3164}"] {
            assert_eq!(MessageBody::parse(text.to_owned()), Err(Validation::TooSmall("body", 1)), "{text:?}");
        }
    }

    #[test]
    fn five_thousand_characters_fit_and_one_more_does_not() {
        assert!(MessageBody::parse("x".repeat(5_000)).is_ok());
        assert!(MessageBody::parse("👍".repeat(5_000)).is_ok());
        assert_eq!(MessageBody::parse("x".repeat(5_001)), Err(Validation::TooBig("body", 5_000)));
    }
}
