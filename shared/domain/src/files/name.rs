//! The name of a file, as its sender has it.

use serde::{Deserialize, Serialize};

/// Most characters of a file's name.
pub const MAX_FILE_NAME: usize = 255;

/// A name that a file can have in any folder: 1 to 255 characters without slashes, control and
/// bidirectional characters. Those would make `cod\u{202e}gpj.exe` look like a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileName(String);

impl FileName {
    /// Parses a name.
    pub fn parse(text: &str) -> Option<Self> {
        let length = text.chars().take(MAX_FILE_NAME + 1).count();
        let is_name = (1..=MAX_FILE_NAME).contains(&length)
            && !matches!(text, "." | "..")
            && text.chars().all(is_legal);
        is_name.then(|| Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_legal(c: char) -> bool {
    let is_line_end = matches!(c, '\u{2028}' | '\u{2029}');
    let is_bidirectional = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    !matches!(c, '/' | '\\') && !c.is_control() && !is_line_end && !is_bidirectional
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_and_shows_what_it_is() {
        for name in ["teapot.jpg", "Größe 2.PDF", "茶壺.png", "...", ".profile", &"é".repeat(255)]
        {
            assert!(FileName::parse(name).is_some(), "{name}");
        }
        for name in [
            "",
            ".",
            "..",
            "../teapot.jpg",
            "a/b",
            "a\\b",
            "a\0b",
            "a\nb",
            "a\u{7f}b",
            "a\u{85}b",
            "cod\u{202e}gpj.exe",
            "\u{2066}a",
            "a\u{200f}",
            "a\u{2028}b",
            &"é".repeat(256),
        ] {
            assert!(FileName::parse(name).is_none(), "{name:?}");
        }
    }
}
