//! Letters as people see them, Unicode's grapheme clusters: several characters may be one emoji,
//! flag, syllable or accented letter.

use unicode_segmentation::UnicodeSegmentation as _;

/// The end of the last whole letter before `end`, which is between two characters. A letter that is
/// longer than all of that is cut.
pub(crate) fn letters_within(text: &str, end: usize) -> usize {
    let ends = text.grapheme_indices(true).map(|(at, letter)| at + letter.len());
    ends.take_while(|at| *at <= end).last().unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use crate::text::body::one_line;

    #[test]
    fn a_text_is_cut_between_letters() {
        for letter in [
            "👩\u{200d}🔬",
            "👨\u{200d}👩\u{200d}👧\u{200d}👦",
            "👋🏽",
            "❤\u{fe0f}\u{200d}🔥",
            "🇩🇪",
            "1\u{fe0f}\u{20e3}",
            "e\u{301}\u{323}",
            "\u{1112}\u{1161}\u{11ab}",
            "की",
            "क्ष",
            "ที่",
            "ம்",
        ] {
            let length = letter.chars().count();
            let text = letter.repeat(20);
            for most in length + 1..10 * length {
                let cut = one_line(&text, most);
                let kept = cut.strip_suffix('…').expect("an ellipsis");
                assert_eq!(kept, letter.repeat((most - 1) / length), "{letter} at {most}");
            }
            assert_eq!(one_line(&text, 20 * length), text);
        }
    }

    #[test]
    fn a_letter_that_is_longer_than_the_line_is_cut() {
        assert_eq!(one_line(&format!("e{}", "\u{301}".repeat(50)), 3), "e\u{301}…");
        assert_eq!(one_line(&format!("ab{}", "\u{301}".repeat(50)), 3), "a…");
    }
}
