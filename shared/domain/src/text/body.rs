//! Text that people write. A message is stored unchanged: its length is checked, and it is neither
//! trimmed nor rewritten. A mail gets a preview of it: one line without links.

use crate::refusal::Validation;
use crate::text::letter::letters_within;

/// Longest message, in characters (Unicode scalar values).
pub const MAX_BODY_CHARS: usize = 5_000;
/// Longest message, in bytes of UTF-8: it keeps an item and an event small.
pub const MAX_BODY_BYTES: usize = 20 * 1024;

/// A message's text: 1 to 5,000 characters, at most 20 KB, not blank. Empty only for a message that
/// carries something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageBody(String);

impl MessageBody {
    /// Checks a body. White space and invisible characters alone are no text.
    pub fn parse(text: String) -> Result<Self, Validation> {
        Self::of_field("body", text)
    }

    /// Whether a text has nothing to see.
    pub(crate) fn is_blank(text: &str) -> bool {
        text.chars().all(is_blank)
    }

    /// Checks a text of another field that may become a body.
    pub fn of_field(field: &'static str, text: String) -> Result<Self, Validation> {
        if Self::is_blank(&text) {
            return Err(Validation::TooSmall(field, 1));
        }
        if text.len() > MAX_BODY_BYTES || text.chars().count() > MAX_BODY_CHARS {
            return Err(Validation::TooBig(field, MAX_BODY_CHARS as u64));
        }
        Ok(Self(text))
    }

    /// No text: for a message that carries something else.
    pub const fn none() -> Self {
        Self(String::new())
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text as it was written.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Longest preview of a message in a mail, in characters: what fits a phone's notification.
const MAX_PREVIEW: usize = 140;
/// Longest quoted message, in characters.
const MAX_QUOTE: usize = 600;

/// Puts a text on one line. White space becomes single spaces, invisible and direction-changing
/// characters go, and a text longer than `most` characters is cut between letters as people see
/// them and ends in `…`.
pub fn one_line(text: &str, most: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    let mut space = false;
    for c in text.chars() {
        if c.is_whitespace() || matches!(c, '\u{2800}' | '\u{3164}' | '\u{ffa0}') {
            space = true;
            continue;
        }
        // Joiners and variation selectors hold emoji and some scripts together; a line that only
        // has these is cleared below.
        if is_blank(c) && !matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0e}' | '\u{fe0f}') {
            continue;
        }
        let needed = 1 + usize::from(space && length > 0);
        if length + needed > most {
            let end = line.char_indices().nth(most.saturating_sub(1));
            line.truncate(letters_within(&line, end.map_or(line.len(), |(at, _)| at)));
            line.truncate(line.trim_end().len());
            line.push('…');
            break;
        }
        if space && length > 0 {
            line.push(' ');
        }
        space = false;
        line.push(c);
        length += needed;
    }
    if line.chars().all(is_blank) { String::new() } else { line }
}

/// The start of a message, for a mail: one line of at most 140 characters in which no mail client
/// finds a link.
pub fn preview(text: &str) -> String {
    one_line(&without_links(text), MAX_PREVIEW)
}

/// The same with at most 600 characters, for a mail that quotes a conversation.
pub fn quote(text: &str) -> String {
    one_line(&without_links(text), MAX_QUOTE)
}

/// Puts a text on one line in which no mail client finds a link. Spaces break up what looks like a
/// link, so that it stays readable.
pub fn without_links(text: &str) -> String {
    let line = one_line(text, MAX_BODY_CHARS);
    let mut apart = String::with_capacity(line.len() + 16);
    let mut chars = line.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        apart.push(c);
        let is_dot = is_dot(c);
        // Not only letters before the dot: a letter may carry combining marks.
        let name_goes_on =
            is_dot && before != ' ' && !crate::text::body::is_dot(before) && next.is_alphabetic();
        let scheme_goes_on =
            c == ':' && before.is_alphanumeric() && !next.is_numeric() && next != ' ';
        if (name_goes_on || scheme_goes_on || is_at(c) || is_at(next)) && next != ' ' && c != ' ' {
            apart.push(' ');
        }
        before = c;
    }
    apart
}

/// Whether mail clients and browsers read a character as the dot of a domain.
fn is_dot(c: char) -> bool {
    matches!(c, '.' | '。' | '．' | '｡' | '\u{2024}' | '\u{fe52}')
}

fn is_at(c: char) -> bool {
    matches!(c, '@' | '\u{fe6b}' | '\u{ff20}')
}

/// Whether a character is invisible: white space, a control character, or default-ignorable in
/// Unicode's terms.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_stored_unchanged() {
        for text in [" hi ", "👍", "\u{200b}x", "a\nb", "\u{202e}abc", "x\u{0}"] {
            assert_eq!(MessageBody::parse(text.to_owned()).expect(text).as_str(), text);
        }
    }

    #[test]
    fn one_line_is_one_line() {
        assert_eq!(one_line("  a\r\n\tb\u{202e}c \u{200b}\u{2028}d  ", 20), "a bc d");
        assert_eq!(one_line("Ada Lovelace", 5), "Ada…");
        assert_eq!(one_line("Ada Lovelace", 12), "Ada Lovelace");
        assert_eq!(one_line("👩\u{200d}🔬", 5), "👩\u{200d}🔬");
        for nothing in ["", " ", "\u{200d}", "\u{feff}\u{2066}", "\u{0}\u{7}"] {
            assert_eq!(one_line(nothing, 10), "", "{nothing:?}");
        }
        for most in 1..12 {
            assert!(one_line("aa bb cc dd", most).chars().count() <= most);
        }
    }

    #[test]
    fn no_mail_client_finds_a_link_in_a_preview() {
        for (text, expected) in [
            (
                "Look at https://evil.example/a.b?c=d now",
                "Look at https: //evil. example/a. b?c=d now",
            ),
            ("www.evil.example", "www. evil. example"),
            ("mail me: eve@evil.example", "mail me: eve @ evil. example"),
            ("javascript:alert(1)", "javascript: alert(1)"),
            ("at 10:30 for 12.50, ok?", "at 10:30 for 12.50, ok?"),
            ("Hi. There: yes", "Hi. There: yes"),
            ("xn--a.рф и пример。рф", "xn--a. рф и пример。 рф"),
            ("evi\u{301}.example and so on...and on", "evi\u{301}. example and so on...and on"),
            // Direction-changing and invisible characters go first: they can neither hide nor split
            // a link.
            ("https:/\u{202e}/elpmaxe.live\u{202c}", "https: //elpmaxe. live"),
            ("shop.example\u{2066}.evil\u{2069}.example", "shop. example. evil. example"),
            (
                "\u{200f}evil\u{200e}.\u{61c}example\u{202a}\u{202b}\u{202d}\u{2067}\u{2068}",
                "evil. example",
            ),
            ("eve\u{ff20}evil.example", "eve \u{ff20} evil. example"),
            ("שלום, המחיר 12.50", "שלום, המחיר 12.50"),
        ] {
            assert_eq!(preview(text), expected);
        }
        assert_eq!(preview(&"x".repeat(200)).chars().count(), MAX_PREVIEW);
        assert!(preview(&"x.y".repeat(200)).chars().count() <= MAX_PREVIEW);
    }

    #[test]
    fn invisible_text_is_no_text() {
        for text in [
            "",
            " ",
            "\t\r\n",
            "\u{200b}\u{200d}",
            "\u{feff}",
            "\u{3000}",
            "\u{2060} \u{ad}",
            "\u{0}",
            "\u{3164}",
        ] {
            assert_eq!(
                MessageBody::parse(text.to_owned()),
                Err(Validation::TooSmall("body", 1)),
                "{text:?}"
            );
        }
    }

    #[test]
    fn five_thousand_characters_fit_and_one_more_does_not() {
        assert!(MessageBody::parse("x".repeat(5_000)).is_ok());
        assert!(MessageBody::parse("👍".repeat(5_000)).is_ok());
        assert_eq!(MessageBody::parse("x".repeat(5_001)), Err(Validation::TooBig("body", 5_000)));
    }
}
