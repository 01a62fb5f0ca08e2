//! The text of an HTML page, as a mail program would write it in plain text: quotes with `> `, so
//! that the same rules cut both.

use std::collections::BTreeMap;

use html5gum::{HtmlString, Spanned, StartTag, Token, Tokenizer};
use templates::marker;

/// Deepest quote that is shown.
const MAX_DEPTH: usize = 20;
/// Longest page that is read, in bytes.
const MAX_PAGE: usize = 4 * 1024 * 1024;

/// A page as text.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) text: String,
    /// The content ids of the pictures in its quotes and signatures.
    pub(super) hidden: Vec<String>,
}

/// Elements with a line of their own.
const BLOCKS: [&str; 24] = [
    "address",
    "article",
    "blockquote",
    "body",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "header",
    "hr",
    "li",
    "ol",
    "pre",
    "section",
    "table",
    "tr",
    "ul",
];
/// Elements without content.
const VOID: [&str; 9] = ["br", "hr", "img", "input", "link", "meta", "wbr", "col", "area"];
/// Elements whose content no one reads.
const UNREAD: [&str; 7] = ["head", "style", "script", "title", "template", "noscript", "object"];
/// By their class, id or name: signatures that mail programs mark.
const SIGNATURES: [&str; 7] = [
    "signature",
    "gmail_signature",
    "moz-signature",
    "ms-outlook-mobile-signature",
    "applemailsignature",
    "protonmail_signature_block",
    "gmail_signature_prefix",
];
/// By their class, id or name: where the quoted mail begins, without a `blockquote` around it.
const QUOTES: [&str; 8] = [
    "yahoo_quoted",
    "divrplyfwdmsg",
    "mail-editor-reference-message-container",
    "appendonsend",
    "outlookmessageheader",
    "protonmail_quote",
    "tutanota_quote",
    "olk_src_body_section",
];

/// Reads a page.
pub(super) fn page(html: &str) -> Page {
    let html = super::cut_at(html.to_owned(), MAX_PAGE);
    let mut reader = Reader::default();
    for token in Tokenizer::new(html.as_str()) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => reader.start(&tag),
            Token::EndTag(tag) => reader.end(&String::from_utf8_lossy(&tag.name)),
            Token::String(text) => reader.text(&String::from_utf8_lossy(&text)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    reader.break_line();
    reader.page
}

#[derive(Default)]
struct Reader {
    page: Page,
    line: String,
    /// For each open `blockquote`, whether it quotes.
    quotes: Vec<bool>,
    /// How many of them quote.
    depth: usize,
    /// The element that is skipped, and how many of its name are open.
    skipped: Option<(String, usize)>,
    /// Open `pre`s.
    pres: usize,
    /// Whether the quoted mail began, without a `blockquote` around it.
    is_quoted: bool,
    /// Whether an empty line comes before the next text.
    has_gap: bool,
}

impl Reader {
    fn start(&mut self, tag: &StartTag<()>) {
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        let attributes = Attributes(&tag.attributes);
        if name == "img" {
            self.picture(&attributes);
        }
        let is_void = VOID.contains(&name.as_str()) || tag.self_closing;
        if let Some((skipped, open)) = &mut self.skipped {
            *open += usize::from(*skipped == name && !is_void);
            return;
        }
        let is_hidden = attributes.get("style").replace(' ', "").contains("display:none");
        if UNREAD.contains(&name.as_str()) || is_hidden || attributes.names(&SIGNATURES) {
            if !is_void {
                self.skipped = Some((name, 1));
            }
            return;
        }
        match name.as_str() {
            "br" => self.end_line(),
            "p" => {
                self.break_line();
                // Outlook's paragraphs are lines.
                self.has_gap |= !attributes.get("class").contains("mso");
            }
            "td" | "th" if !self.line.is_empty() => self.line.push(' '),
            "blockquote" => {
                self.break_line();
                // What people indent is no quote.
                let style = attributes.get("style").replace(' ', "");
                let is_indent = style.contains("border:none") && attributes.get("type").is_empty();
                self.quotes.push(!is_indent);
                self.depth += usize::from(!is_indent);
            }
            block if BLOCKS.contains(&block) => self.break_line(),
            _ => {}
        }
        match name.as_str() {
            "li" => self.line.push_str("- "),
            "pre" => self.pres += 1,
            _ => {}
        }
        let is_quote = attributes.names(&QUOTES) || attributes.get("name") == "quote";
        if is_quote && !self.is_quoted {
            self.break_line();
            self.line.push_str(&marker(""));
            self.break_line();
            self.is_quoted = true;
        }
    }

    fn end(&mut self, name: &str) {
        if let Some((skipped, open)) = &mut self.skipped {
            if skipped == name {
                *open -= 1;
                if *open == 0 {
                    self.skipped = None;
                }
            }
            // A page without an end of its head has no text otherwise.
            return;
        }
        match name {
            "p" => {
                self.break_line();
                self.has_gap = true;
            }
            "blockquote" => {
                self.break_line();
                let quotes = self.quotes.pop().unwrap_or_default();
                self.depth -= usize::from(quotes);
            }
            "pre" => {
                self.break_line();
                self.pres = self.pres.saturating_sub(1);
            }
            block if BLOCKS.contains(&block) => self.break_line(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.skipped.is_some() {
            return;
        }
        if self.pres > 0 {
            let mut lines = text.split('\n');
            self.line.push_str(lines.next().unwrap_or_default());
            for line in lines {
                self.end_line();
                self.line.push_str(line);
            }
            return;
        }
        for c in text.chars() {
            if c.is_ascii_whitespace() {
                if !self.line.is_empty() && !self.line.ends_with(' ') {
                    self.line.push(' ');
                }
            } else {
                self.line.push(c);
            }
        }
    }

    /// Remembers a picture that is not the writer's.
    fn picture(&mut self, attributes: &Attributes<'_>) {
        let source = attributes.get("src");
        let is_hidden = self.depth > 0 || self.is_quoted || self.skipped.is_some();
        if let Some(id) = source.strip_prefix("cid:").filter(|_| is_hidden) {
            self.page.hidden.push(id.to_owned());
        }
    }

    /// Ends the line, if there is one.
    fn break_line(&mut self) {
        // A space that does not break is how editors write an empty line.
        if self.line.trim_ascii().is_empty() {
            self.line.clear();
        } else {
            self.end_line();
        }
    }

    /// Ends the line, also an empty one.
    fn end_line(&mut self) {
        let quote = "> ".repeat(self.depth.min(MAX_DEPTH));
        if std::mem::take(&mut self.has_gap) && !self.page.text.is_empty() {
            self.page.text.push_str(quote.trim_end());
            self.page.text.push('\n');
        }
        self.page.text.push_str(&quote);
        self.page.text.push_str(self.line.trim_end());
        self.page.text.push('\n');
        self.line.clear();
    }
}

struct Attributes<'a>(&'a BTreeMap<HtmlString, Spanned<HtmlString, ()>>);

impl Attributes<'_> {
    /// An attribute's value; in lower case, except where it is a content id.
    fn get(&self, name: &str) -> String {
        let value = self.0.get(name.as_bytes());
        let value = value.map(|value| String::from_utf8_lossy(value).into_owned());
        let value = value.unwrap_or_default();
        if name == "src" { value } else { value.to_ascii_lowercase() }
    }

    /// Whether the class, id or name is one of these. Mail programs of recipients put `x_` before.
    fn names(&self, known: &[&str]) -> bool {
        ["class", "id"].iter().any(|attribute| {
            let value = self.get(attribute);
            value.split_whitespace().any(|word| {
                let word = word.trim_start_matches("x_");
                known.contains(&word)
            })
        })
    }
}
