//! Texts that go into a template.

/// A name on one line; `None` if it has no visible character.
pub(crate) fn visible(name: Option<&str>) -> Option<String> {
    name.map(one_line).filter(|name| !name.is_empty())
}

/// Puts a text on one line. Line breaks and control characters become spaces, and
/// direction-changing characters go.
pub(crate) fn one_line(text: &str) -> String {
    let changes_direction = |c: char| {
        matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let breaks_line = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let line: String = text
        .chars()
        .filter(|c| !changes_direction(*c))
        .map(|c| if breaks_line(c) { ' ' } else { c })
        .collect();
    line.trim().to_owned()
}

/// A name for a subject. Mail programs decode what looks like an encoded word (RFC 2047), so its
/// beginning is broken up.
pub(crate) fn in_subject(name: &str) -> String {
    name.replace("=?", "= ?")
}

/// The singular or plural form, with the number in it. Counts are at least one. In a language with
/// more forms the texts are such that one fits every number.
pub(crate) fn counted(count: u64, one: &str, other: &str) -> String {
    let form = if count == 1 { one } else { other };
    form.replace("{count}", &count.to_string())
}
