//! The parts of a mail. A walk of our own over what `mail-parser` reads of each part's head: its
//! depth and the number of parts are limited, and a mail inside the mail is a file, never opened.

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::{ContentType, MessageParser, MimeHeaders};

use super::headers::split;

/// Deepest nesting of parts. Mail programs make at most five.
const MAX_DEPTH: u8 = 12;
/// Most parts of a mail.
const MAX_PARTS: usize = 200;
/// Longest boundary between parts, in bytes (RFC 2046 says 70).
const MAX_BOUNDARY: usize = 200;

/// A part that has no parts.
#[derive(Debug, Default)]
pub(super) struct Leaf {
    /// `text/plain`, in lower case.
    kind: String,
    charset: Option<String>,
    /// Whether long lines are wrapped softly, and whether the space there goes (RFC 3676).
    is_flowed: bool,
    deletes_space: bool,
    /// Whether its head says that it is a file.
    pub(super) is_attached: bool,
    pub(super) name: Option<String>,
    /// Without its brackets.
    pub(super) content_id: Option<String>,
    /// The innermost part above it that has several versions of the same.
    pub(super) alternative: Option<usize>,
    /// Decoded.
    pub(super) bytes: Vec<u8>,
}

/// All leaves, in order; `None` if there are too many parts.
pub(super) fn leaves(raw: &[u8]) -> Option<Vec<Leaf>> {
    let mut walk = Walk::default();
    walk.part(raw, 0, None)?;
    Some(walk.leaves)
}

#[derive(Default)]
struct Walk {
    leaves: Vec<Leaf>,
    parts: usize,
}

impl Walk {
    fn part(&mut self, raw: &[u8], depth: u8, alternative: Option<usize>) -> Option<()> {
        self.parts += 1;
        if self.parts > MAX_PARTS || depth > MAX_DEPTH {
            return None;
        }
        let (head, body) = split(raw)?;
        // The end of the head, which the parser waits for.
        let head = [head, b"\r\n"].concat();
        let parsed = MessageParser::default().parse_headers(&head);
        let part = parsed.as_ref().and_then(|message| message.parts.first());
        let kind = part.and_then(|part| part.content_type());
        let boundary = kind.filter(|kind| is(kind, "multipart")).and_then(boundary);
        if let Some(boundary) = boundary {
            let is_choice = kind
                .and_then(|kind| kind.subtype())
                .is_some_and(|kind| kind.eq_ignore_ascii_case("alternative"));
            let alternative = if is_choice { Some(self.parts) } else { alternative };
            for part in Parts::new(body, boundary) {
                self.part(part, depth + 1, alternative)?;
            }
            return Some(());
        }
        let encoding = part.and_then(|part| part.content_transfer_encoding()).unwrap_or_default();
        let attribute = |name: &str| {
            kind.and_then(|kind| kind.attribute(name)).map(|value| value.trim().to_owned())
        };
        let says = |name, value| attribute(name).is_some_and(|it| it.eq_ignore_ascii_case(value));
        let disposition = part.and_then(|part| part.content_disposition());
        self.leaves.push(Leaf {
            kind: kind.map_or_else(|| "text/plain".to_owned(), name_of),
            charset: attribute("charset"),
            is_flowed: says("format", "flowed"),
            deletes_space: says("delsp", "yes"),
            is_attached: disposition.is_some_and(|kind| is(kind, "attachment")),
            name: part.and_then(|part| part.attachment_name()).map(str::to_owned),
            content_id: part
                .and_then(|part| part.content_id())
                .map(|id| id.trim_matches(['<', '>']).to_owned()),
            alternative,
            bytes: decode(encoding, body),
        });
        Some(())
    }
}

fn is(kind: &ContentType<'_>, name: &str) -> bool {
    kind.ctype().eq_ignore_ascii_case(name)
}

fn name_of(kind: &ContentType<'_>) -> String {
    let subtype = kind.subtype().unwrap_or("plain");
    format!("{}/{subtype}", kind.ctype()).to_ascii_lowercase()
}

fn boundary<'a>(kind: &'a ContentType<'_>) -> Option<&'a str> {
    let boundary = kind.attribute("boundary")?.trim_end();
    (1..=MAX_BOUNDARY).contains(&boundary.len()).then_some(boundary)
}

/// What stands between the boundaries of a body. What follows the last one does not count.
struct Parts<'a> {
    /// What comes after the last boundary that was found.
    rest: Option<&'a [u8]>,
    boundary: &'a str,
}

impl<'a> Parts<'a> {
    fn new(body: &'a [u8], boundary: &'a str) -> Self {
        let mut parts = Self { rest: Some(body), boundary };
        parts.next();
        parts
    }

    /// Whether a line is the boundary, and if so whether it is the last one.
    fn is_boundary(&self, line: &[u8]) -> Option<bool> {
        let rest = line.strip_prefix(b"--")?.strip_prefix(self.boundary.as_bytes())?;
        match rest.trim_ascii_end() {
            b"" => Some(false),
            rest => rest.starts_with(b"--").then_some(true),
        }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest.take()?;
        let mut at = 0;
        for line in rest.split_inclusive(|byte| *byte == b'\n') {
            if let Some(is_last) = self.is_boundary(line) {
                if !is_last {
                    self.rest = rest.get(at + line.len()..);
                }
                // The line's end before a boundary belongs to the boundary.
                let part = rest.get(..at)?;
                let part = part.strip_suffix(b"\n").unwrap_or(part);
                return Some(part.strip_suffix(b"\r").unwrap_or(part));
            }
            at += line.len();
        }
        // Cut on its way: the last part goes to the end.
        Some(rest)
    }
}

/// Decodes a body. What is no code is left out or stays as it is.
fn decode(encoding: &str, body: &[u8]) -> Vec<u8> {
    if encoding.eq_ignore_ascii_case("base64") {
        let is_code = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
        let code: Vec<u8> = body.iter().filter(is_code).copied().collect();
        base64_decode(&code).unwrap_or_default()
    } else if encoding.eq_ignore_ascii_case("quoted-printable") {
        quoted_printable(body)
    } else {
        body.to_vec()
    }
}

fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(body.len());
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let mut rest = line.trim_ascii_end();
        let end = line.get(rest.len()..).unwrap_or_default();
        let is_soft = rest.ends_with(b"=");
        if is_soft {
            rest = rest.get(..rest.len() - 1).unwrap_or_default();
        }
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            let hex = |at: usize| after.get(at).and_then(|byte| char::from(*byte).to_digit(16));
            match (first, hex(0), hex(1)) {
                (b'=', Some(high), Some(low)) => {
                    decoded.extend(u8::try_from(high * 16 + low));
                    rest = after.get(2..).unwrap_or_default();
                }
                _ => decoded.push(*first),
            }
        }
        if !is_soft && end.contains(&b'\n') {
            decoded.push(b'\n');
        }
    }
    decoded
}

impl Leaf {
    pub(super) fn is_text(&self) -> bool {
        self.kind == "text/plain"
    }

    pub(super) fn is_html(&self) -> bool {
        self.kind == "text/html"
    }

    pub(super) fn is_image(&self) -> bool {
        self.kind.starts_with("image/")
    }

    /// Whether it is shown as text. A text with a name is a file.
    pub(super) fn is_body(&self) -> bool {
        (self.is_text() || self.is_html()) && !self.is_attached && self.name.is_none()
    }

    /// Whether it is a signature of the mail, which only mail programs need.
    pub(super) fn is_seal(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "application/pgp-signature"
                | "application/pkcs7-signature"
                | "application/x-pkcs7-signature"
                | "application/pgp-keys"
        )
    }

    /// Its text, in the charset that it names. A wrong or unknown one does not lose the rest.
    pub(super) fn text(&self) -> String {
        let named = self.charset.as_deref().filter(|name| !name.is_empty());
        let is_utf8 = named.is_none_or(|name| {
            matches!(name.to_ascii_lowercase().as_str(), "utf-8" | "utf8" | "us-ascii" | "ascii")
        });
        match (std::str::from_utf8(&self.bytes), named) {
            // ISO-2022-JP is ASCII, byte by byte, so only a name that says so makes UTF-8.
            (Ok(text), _) if is_utf8 => text.to_owned(),
            (_, name) => {
                let name = name.filter(|_| !is_utf8).unwrap_or("windows-1252");
                let decoder = charset_decoder(name.as_bytes());
                decoder.map_or_else(
                    || String::from_utf8_lossy(&self.bytes).into_owned(),
                    |decode| decode(&self.bytes),
                )
            }
        }
    }

    /// Its text with the lines that its writer made.
    pub(super) fn plain_text(&self) -> String {
        if self.is_flowed { unflowed(&self.text(), self.deletes_space) } else { self.text() }
    }
}

/// Joins lines that end with a space to the next one of the same depth (RFC 3676).
fn unflowed(text: &str, deletes_space: bool) -> String {
    let mut joined = String::with_capacity(text.len());
    // The depth of a line that goes on.
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        // A space that only keeps a line from being taken for a quote or for `From`.
        let content = content.strip_prefix(' ').unwrap_or(content);
        let is_delimiter = content == "-- ";
        match open {
            Some(before) if before == depth && !is_delimiter => {}
            before => {
                if before.is_some() {
                    joined.push('\n');
                }
                if depth > 0 {
                    joined.push_str(&">".repeat(depth));
                    joined.push(' ');
                }
            }
        }
        let is_soft = content.ends_with(' ') && !is_delimiter;
        joined.push_str(if is_soft && deletes_space { content.trim_end() } else { content });
        open = is_soft.then_some(depth);
        if !is_soft {
            joined.push('\n');
        }
    }
    joined
}
