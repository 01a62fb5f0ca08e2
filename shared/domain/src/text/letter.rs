//! Letters as people see them (Unicode's grapheme clusters): several characters may be one emoji,
//! flag, syllable or accented letter.
//!
//! The rules cover what people write. They are not Unicode's tables, which would be larger than the
//! rest of this crate.

use crate::text::body::is_blank;
use crate::text::fold::combining_class;

/// The end of the last whole letter before `end`, which is between two characters. A letter that is
/// longer than all of that is cut.
pub(crate) fn letters_within(text: &str, end: usize) -> usize {
    let is_inside = |at: usize| {
        let (before, after) = text.split_at(at);
        after.chars().next().is_some_and(|next| joins(before, next))
    };
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    ends.rev().find(|at| (1..=end).contains(at) && !is_inside(*at)).unwrap_or(end)
}

/// Whether a character belongs to the letter that `before` ends with.
fn joins(before: &str, next: char) -> bool {
    let Some(last) = before.chars().next_back() else { return false };
    let is_flag = |c: char| matches!(c, '\u{1f1e6}'..='\u{1f1ff}');
    let is_lead = |c: char| matches!(c, '\u{1100}'..='\u{115f}' | '\u{a960}'..='\u{a97c}');
    // In these scripts the sign joins two letters.
    let is_virama = |c: char| {
        matches!(c, '\u{94d}' | '\u{9cd}' | '\u{acd}' | '\u{b4d}' | '\u{c4d}' | '\u{d4d}')
    };
    extends(next)
        || last == '\u{200d}'
        || (is_virama(last) && next.is_alphabetic())
        || (is_lead(last) && (is_lead(next) || matches!(next, '\u{ac00}'..='\u{d7a3}')))
        // Flags are pairs.
        || (is_flag(next) && before.chars().rev().take_while(|c| is_flag(*c)).count() % 2 == 1)
}

/// Whether a character never begins a letter: a mark, a joiner, a variation, a skin tone, or the
/// vowel or last consonant of a Korean syllable.
fn extends(c: char) -> bool {
    let vowel_sign = || {
        matches!(c, '\u{900}'..='\u{d7f}')
            && matches!(u32::from(c) & 0x7f, 0x01..=0x03 | 0x3c | 0x3e..=0x4d | 0x55..=0x57)
    };
    combining_class(c) != 0
        || (is_blank(c) && !c.is_whitespace() && !c.is_control())
        || vowel_sign()
        || matches!(c,
            '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7fb}'
            | '\u{dca}'..='\u{ddf}' | '\u{e31}' | '\u{e33}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}'
            | '\u{eb1}' | '\u{eb3}'..='\u{ebc}' | '\u{ec8}'..='\u{ecd}'
            | '\u{102b}'..='\u{103e}' | '\u{17b4}'..='\u{17d3}' | '\u{20d0}'..='\u{20f0}'
            | '\u{ff9e}' | '\u{ff9f}' | '\u{1f3fb}'..='\u{1f3ff}')
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
