//! Reads a mail as SES stores it. Pure: from bytes to what the sender wrote, without a clock or
//! AWS. Whatever the bytes are, reading ends, in time and memory that grow with their number only.

mod automatic;
mod from;
mod headers;
mod html;
mod mime;
mod reply;
mod verdicts;

use std::collections::BTreeSet;

use domain::EmailAddress;
use sha2::{Digest as _, Sha256};

use headers::{Header, headers};
use mime::Leaf;
pub use reply::Own;

/// Longest text of a mail that is read, in bytes: a hundred times a message.
const MAX_TEXT: usize = 512 * 1024;
/// A picture that is shown inside the text and is smaller belongs to a signature, in bytes.
const MIN_INLINE_PICTURE: usize = 12 * 1024;

/// A mail.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Mail {
    pub from: EmailAddress,
    /// The addresses that received it, as far as it names them: first the one that SES names.
    pub recipients: Vec<String>,
    /// The same for each delivery of the mail.
    pub digest: [u8; 32],
    /// What the sender wrote, without quotes and signature. Empty if that is nothing.
    pub text: String,
    pub files: Vec<MailFile>,
}

/// A file that a mail carries.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct MailFile {
    pub name: Option<String>,
    /// Whether the sender announces plain text, which no beginning shows.
    pub is_text: bool,
    pub bytes: Vec<u8>,
}

/// Why a mail is set aside, as far as the mail itself shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aside {
    /// SES did not write its head, or the mail cannot be read.
    Unreadable,
    /// SES takes it for spam.
    Spam,
    /// SES found a virus.
    Virus,
    /// `From` is not exactly one address.
    From,
    /// Nothing proves that it comes from the domain in `From`.
    NotAuthentic,
    /// A machine sent it.
    Automatic,
}

/// Reads a mail. Its text is cut for a chat whose own mails `own` describes.
pub fn read(raw: &[u8], own: &Own) -> Result<Mail, Aside> {
    let (all, body) = headers(raw).ok_or(Aside::Unreadable)?;
    let ses = verdicts::block(&all).ok_or(Aside::Unreadable)?;
    verdicts::check_content(ses)?;
    let from = from::sender(&all).ok_or(Aside::From)?;
    verdicts::check_sender(ses, &from)?;
    if automatic::is_automatic(ses, &all) {
        return Err(Aside::Automatic);
    }
    let leaves = mime::leaves(raw).ok_or(Aside::Unreadable)?;
    let (text, hidden) = text(&leaves);
    let text = reply::cut(&text, own);
    let files = leaves.into_iter().filter(|leaf| is_file(leaf, &hidden)).map(|leaf| MailFile {
        is_text: leaf.is_text(),
        name: leaf.name,
        bytes: leaf.bytes,
    });
    Ok(Mail {
        from,
        recipients: recipients(ses, &all),
        digest: digest(&all, body),
        text,
        files: files.collect(),
    })
}

/// The whole text, and the content ids of the pictures in quotes and signatures.
///
/// Of a plain and an HTML version of the same text the plain one counts, unless it is blank.
fn text(leaves: &[Leaf]) -> (String, Vec<String>) {
    let (mut text, mut hidden) = (String::new(), Vec::new());
    let texts = || leaves.iter().filter(|leaf| leaf.is_body());
    let plain = texts().filter(|leaf| !leaf.is_html() && !leaf.text().trim().is_empty());
    let have_plain: BTreeSet<usize> = plain.filter_map(|leaf| leaf.alternative).collect();
    for leaf in texts() {
        let part = if leaf.is_html() {
            let page = html::page(&leaf.text());
            hidden.extend(page.hidden);
            if leaf.alternative.is_some_and(|alternative| have_plain.contains(&alternative)) {
                continue;
            }
            page.text
        } else {
            leaf.plain_text()
        };
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&part);
    }
    (cut_at(text, MAX_TEXT), hidden)
}

/// Whether a part is a file, and not what belongs to the text, a quote or a signature.
fn is_file(leaf: &Leaf, hidden: &[String]) -> bool {
    if leaf.is_body() || leaf.is_seal() {
        return false;
    }
    match &leaf.content_id {
        Some(id) if leaf.is_image() && !leaf.is_attached => {
            !hidden.contains(id) && leaf.bytes.len() >= MIN_INLINE_PICTURE
        }
        _ => true,
    }
}

/// The addresses that a mail was sent to: the one that SES names, then those in its own head.
fn recipients(ses: &[Header], all: &[Header]) -> Vec<String> {
    let received = headers::first(ses, "received");
    let by_ses = received.and_then(|value| {
        let (_, rest) = value.rsplit_once(" for ")?;
        Some(rest.split([';', ' ']).next()?.trim_matches(['<', '>']).to_owned())
    });
    let named = all.iter().filter(|header| {
        matches!(header.name.as_str(), "to" | "cc" | "delivered-to" | "x-original-to")
    });
    let separators = |c: char| c.is_whitespace() || "<>,;\"()".contains(c);
    let named = named.flat_map(|header| header.value.split(separators));
    let named = named.filter(|word| word.contains('@')).map(str::to_owned);
    by_ses.into_iter().chain(named).collect()
}

/// Names a mail by its `Message-ID`, or else by what a second delivery does not change.
fn digest(all: &[Header], body: &[u8]) -> [u8; 32] {
    let value = |name| headers::first(all, name).map(str::trim).unwrap_or_default();
    let mut hash = Sha256::new();
    match value("message-id") {
        "" => {
            for name in ["from", "date", "subject"] {
                hash.update(value(name).as_bytes());
                hash.update(b"\n");
            }
            hash.update(body);
        }
        id => hash.update(id.as_bytes()),
    }
    hash.finalize().into()
}

/// The text up to so many bytes.
fn cut_at(mut text: String, most: usize) -> String {
    if text.len() > most {
        let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests;
