//! The headers of a mail, in order.

/// Longest head of a mail or of a part, in bytes.
pub(super) const MAX_HEAD: usize = 256 * 1024;

/// A header: its name in lower case, its value on one line.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) value: String,
}

/// The headers of a mail, and its body. `None` if its head is too long.
pub(super) fn headers(raw: &[u8]) -> Option<(Vec<Header>, &[u8])> {
    let (head, body) = split(raw)?;
    let mut headers: Vec<Header> = Vec::new();
    for line in head.split(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
        if line.starts_with([' ', '\t']) {
            if let Some(last) = headers.last_mut() {
                last.value.push(' ');
                last.value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().to_owned());
            headers.push(Header { name, value });
        }
    }
    Some((headers, body))
}

/// Splits a mail or a part into its head and its body.
pub(super) fn split(raw: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut at = 0;
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        if at > MAX_HEAD {
            return None;
        }
        let next = at + line.len();
        if matches!(line, b"\n" | b"\r\n") {
            return Some((raw.get(..at)?, raw.get(next..)?));
        }
        at = next;
    }
    (at <= MAX_HEAD).then_some((raw, &[]))
}

/// The value of the first header with this name.
pub(super) fn first<'a>(headers: &'a [Header], name: &str) -> Option<&'a str> {
    headers.iter().find(|header| header.name == name).map(|header| header.value.as_str())
}
