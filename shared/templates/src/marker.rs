//! The line above which the recipient of a mail answers. It begins a mail that can be answered, and
//! with it the text that an answer quotes. What frames the words is the same in every language.

const OPEN: &str = "##-";
const CLOSE: &str = "-##";

/// The marker with the words "Write your answer above this line" in the mail's language.
pub fn marker(words: &str) -> String {
    format!("{OPEN} {words} {CLOSE}")
}

/// Whether a line is a marker, whatever the mail program wrote around it.
pub fn is_marker(line: &str) -> bool {
    line.split_once(OPEN).is_some_and(|(_, rest)| rest.contains(CLOSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_found_in_a_quote() {
        let line = marker("Bitte oberhalb dieser Zeile antworten");
        for quoted in [line.clone(), format!("> > {line}"), format!("    {line} Am 3.4. schrieb")] {
            assert!(is_marker(&quoted), "{quoted}");
        }
        for other in ["## -", "-## ##-", "", "# Title #", "--"] {
            assert!(!is_marker(other), "{other}");
        }
    }
}
