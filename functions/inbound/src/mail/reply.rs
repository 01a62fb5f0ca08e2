//! Cuts quotes and signatures off a text.
//!
//! Our own mails make this sure where a general rule would guess: they begin with a marker line,
//! and mail programs repeat our address above a quote, in every language. Where neither is found,
//! a quote must have a usual form. In doubt a line stays: words must not be lost.

use app::{has_guest_link, unsubscribe};
use templates::is_marker;

/// Most lines that are read.
const MAX_LINES: usize = 20_000;
/// Most lines of a signature below `--`.
const MAX_SIGNATURE: usize = 15;
/// Longest line above a quote, in characters, when its lines are joined.
const MAX_ATTRIBUTION: usize = 400;
/// Most lines of the head of a quoted mail.
const MAX_LABELS: usize = 12;

/// What our own mails show.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// Addresses, domains and names, in lower case.
    pub words: Vec<String>,
}

impl Own {
    /// Whether a text names us.
    fn is_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.words.iter().any(|word| text.contains(word))
    }
}

#[derive(Clone, Debug)]
struct Line {
    /// Number of `>` before it.
    depth: usize,
    text: String,
}

impl Line {
    fn new(line: &str) -> Self {
        let line: String = line
            .chars()
            .filter(|c| !matches!(c, '\u{200b}' | '\u{feff}' | '\u{2060}' | '\u{ad}' | '\0'))
            .map(|c| if c == '\u{a0}' { ' ' } else { c })
            .collect();
        let mut rest = line.trim_end();
        let mut depth = 0;
        while let Some(after) = rest.strip_prefix("> ").or_else(|| rest.strip_prefix('>')) {
            depth += 1;
            rest = after;
        }
        Self { depth, text: rest.to_owned() }
    }

    fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Whether it has text that is not quoted.
    fn is_own(&self) -> bool {
        self.depth == 0 && !self.is_blank()
    }
}

/// The text without quotes and signature. Empty if nothing else is left.
pub(super) fn cut(text: &str, own: &Own) -> String {
    let mut lines: Vec<Line> = text.lines().take(MAX_LINES).map(Line::new).collect();
    lines.retain(|line| !has_guest_link(&line.text));
    cut_at_marker(&mut lines, own);
    cut_attributions(&mut lines, own);
    cut_signature(&mut lines);
    cut_quotes(&mut lines);
    cut_signature(&mut lines);
    written(&lines)
}

/// Cuts where our own mail begins. If answers follow between quoted lines, only its beginning
/// goes.
fn cut_at_marker(lines: &mut Vec<Line>, own: &Own) {
    let Some(at) = lines.iter().position(|line| is_marker(&line.text)) else { return };
    let begin = begin_of_quote(lines, at, own);
    let has_text_above = lines.iter().take(begin).any(Line::is_own);
    let is_quoted = lines.get(at).is_some_and(|line| line.depth > 0);
    let goes_on = lines.iter().skip(at).any(Line::is_own);
    if is_quoted && goes_on {
        lines.drain(begin..=at);
    } else if has_text_above || is_quoted {
        lines.truncate(begin);
    } else {
        // An unmarked quote above the answer: our mail ends with the link that ends mails.
        let end = lines.iter().rposition(|line| line.text.contains(unsubscribe::PATH));
        lines.drain(..end.map_or(lines.len(), |end| end + 1));
    }
    // Our older mails in the same quote.
    lines.retain(|line| !is_marker(&line.text));
}

/// Where a quote begins whose text begins at a line: with what a mail program wrote above it.
fn begin_of_quote(lines: &[Line], at: usize, own: &Own) -> usize {
    let blank_above = |mut at: usize| {
        while at > 0 && lines.get(at - 1).is_some_and(Line::is_blank) {
            at -= 1;
        }
        at
    };
    // The quoted lines directly above, which may hold the attribution.
    let mut begin = at;
    while begin > 0 && lines.get(begin - 1).is_some_and(|line| line.depth > 0) {
        begin -= 1;
    }
    let end = blank_above(begin);
    if end == 0 {
        return begin;
    }
    for size in 1..=3.min(end) {
        if is_attribution(lines.get(end - size..end).unwrap_or_default(), own, true) {
            return end - size;
        }
    }
    if lines.get(end - 1).is_some_and(|line| is_head_in_a_line(line, own)) {
        return end - 1;
    }
    let labels = (1..=MAX_LABELS.min(end))
        .take_while(|size| lines.get(end - size).is_some_and(|line| label(line).is_some()))
        .last();
    let end = labels.map_or(end, |size| end - size);
    let above = blank_above(end);
    if above > 0 && lines.get(above - 1).is_some_and(is_divider) {
        return above - 1;
    }
    if labels.is_some() { end } else { begin }
}

/// Whether these lines say who wrote the quote below: `On 3 May, Shop <a@shop.example> wrote:`.
fn is_attribution(lines: &[Line], own: &Own, is_above_quote: bool) -> bool {
    if lines.is_empty() || lines.iter().any(|line| !line.is_own()) {
        return false;
    }
    let words: Vec<&str> = lines.iter().map(|line| line.text.trim()).collect();
    let joined = words.join(" ");
    // Marks of the direction of text.
    let bidi = |c| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}');
    let has_end = joined.trim_end_matches(bidi).ends_with([':', '：']);
    let has_digit =
        outside_address(&joined).any(|c| c.is_ascii_digit() || ('０'..='９').contains(&c));
    has_end
        && has_digit
        && joined.chars().count() <= MAX_ATTRIBUTION
        && (is_above_quote && has_date(&joined) || own.is_in(&joined) || is_usual(&joined))
}

/// Whether a text has a time, a year, or two numbers of a date.
fn has_date(text: &str) -> bool {
    let text: Vec<char> = outside_address(text).collect();
    text.windows(4).any(|four| {
        let digits = four.iter().all(char::is_ascii_digit) && four.starts_with(&['2', '0']);
        let is_time = matches!(four, [a, ':' | '.' | '/' | '-', b, _]
            if a.is_ascii_digit() && b.is_ascii_digit());
        digits || is_time
    })
}

/// A text without the addresses in angle brackets, whose digits are no date.
fn outside_address(text: &str) -> impl Iterator<Item = char> {
    let mut is_inside = false;
    text.chars().filter(move |c| {
        match c {
            '<' => is_inside = true,
            '>' => is_inside = false,
            _ => {}
        }
        !is_inside
    })
}

/// Whether an attribution has the form that a mail program gives it in the usual languages.
fn is_usual(text: &str) -> bool {
    const BEGINS: [&str; 16] = [
        "On ", "Am ", "Le ", "El ", "Il ", "Em ", "Op ", "Den ", "W dniu ", "Dne ", "A ", "pt.",
        "В ", "于", "在", "2",
    ];
    const ENDS: [&str; 15] = [
        "wrote:",
        "schrieb:",
        "a écrit :",
        "a écrit:",
        "escribió:",
        "ha scritto:",
        "escreveu:",
        "schreef:",
        "napisał(a):",
        "skrev:",
        "napsal(a):",
        "のメール:",
        "写道：",
        "写道:",
        "пишет:",
    ];
    let is_about_us = text.contains('@');
    let text = text.replace('\u{202f}', " ");
    is_about_us
        && BEGINS.iter().any(|begin| text.starts_with(begin))
        && ENDS.iter().any(|end| text.ends_with(end))
}

/// Cuts below the words that a mail program writes above a quote, or only these words if the quote
/// is marked line by line.
fn cut_attributions(lines: &mut Vec<Line>, own: &Own) {
    let mut at = 0;
    while at < lines.len() {
        let Some((begin, end)) = attribution_at(lines, at, own) else {
            at += 1;
            continue;
        };
        let next = lines.iter().skip(end).find(|line| !line.is_blank());
        let has_text_above = lines.iter().take(begin).any(Line::is_own);
        match next {
            Some(line) if line.depth > 0 => {
                lines.drain(begin..end);
                at = begin;
            }
            _ if has_text_above => lines.truncate(begin),
            // Nothing but a quote.
            _ => lines.clear(),
        }
    }
}

/// The attribution or the head of a quoted mail whose last line is this one, or that begins here:
/// its first line, and the line after it.
fn attribution_at(lines: &[Line], at: usize, own: &Own) -> Option<(usize, usize)> {
    let next = lines.iter().skip(at + 1).find(|line| !line.is_blank());
    let is_above_quote = next.is_some_and(|line| line.depth > 0);
    let by_words = (0..3.min(at + 1)).find(|more| {
        let block = lines.get(at - more..=at).unwrap_or_default();
        is_attribution(block, own, is_above_quote)
    });
    if let Some(more) = by_words {
        return Some((at - more, at + 1));
    }
    head_at(lines, at, own)
}

/// The head of a quoted mail: `From: …`, `Sent: …` and so on, with the line above that divides it.
fn head_at(lines: &[Line], at: usize, own: &Own) -> Option<(usize, usize)> {
    if lines.get(at).is_some_and(|line| is_head_in_a_line(line, own)) {
        return Some((at, at + 1));
    }
    let divider = lines.get(at).is_some_and(is_divider);
    let mut begin = at + usize::from(divider);
    while divider && begin < at + 3 && lines.get(begin).is_some_and(Line::is_blank) {
        begin += 1;
    }
    let rows = lines.iter().skip(begin).take(MAX_LABELS);
    let rows: Vec<&Line> = rows.take_while(|line| label(line).is_some()).collect();
    if rows.len() < if divider { 2 } else { 3 } {
        return None;
    }
    let first = rows.first().and_then(|line| label(line)).unwrap_or_default();
    let names_us = rows.iter().any(|line| own.is_in(&line.text));
    let is_head = is_sender_label(&first) && rows.iter().any(|line| line.text.contains('@'));
    let is_forwarded = lines.iter().take(at + 1).rev().take(3).any(|line| is_forward(&line.text));
    // A mail of somebody else that the writer passes on is what they write about.
    (names_us || is_head && !is_forwarded).then_some((at, begin + rows.len()))
}

/// What a line `Label: value` begins with, in lower case.
fn label(line: &Line) -> Option<String> {
    if line.depth > 0 {
        return None;
    }
    let text = line.text.trim().trim_start_matches('*');
    let (label, _) = text.split_once([':', '：'])?;
    let label = label.trim_end_matches('*').trim().to_lowercase();
    let is_label = (1..=24).contains(&label.chars().count())
        && label.split_whitespace().count() <= 3
        && label.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '’'));
    is_label.then_some(label)
}

/// `From` in the usual languages.
fn is_sender_label(label: &str) -> bool {
    [
        "from",
        "von",
        "de",
        "da",
        "van",
        "från",
        "fra",
        "od",
        "от",
        "lähettäjä",
        "kimden",
        "gönderen",
        "feladó",
        "差出人",
        "送信者",
        "发件人",
        "寄件者",
        "寄件人",
        "보낸 사람",
        "보낸사람",
        "expéditeur",
        "remitente",
        "mittente",
        "afzender",
        "absender",
        "από",
    ]
    .contains(&label)
}

/// A line that mail programs put between an answer and a quoted mail.
fn is_divider(line: &Line) -> bool {
    let text = line.text.trim();
    let dashes = |text: &str| text.chars().take_while(|c| matches!(c, '-' | '_' | '=')).count();
    let reversed: String = text.chars().rev().collect();
    line.depth == 0 && text.chars().count() >= 6 && dashes(text) >= 3 && dashes(&reversed) >= 3
}

/// The same with the head of the quoted mail after it, as telephones write it.
fn is_head_in_a_line(line: &Line, own: &Own) -> bool {
    line.depth == 0
        && line.text.trim_start().starts_with("---")
        && line.text.contains(':')
        && own.is_in(&line.text)
}

fn is_forward(text: &str) -> bool {
    let text = text.to_lowercase();
    [
        "forward",
        "weitergeleitete",
        "weiterleitung",
        "transféré",
        "reenviado",
        "inoltrato",
        "encaminhada",
        "doorgestuurd",
        "przekazana",
        "vidarebefordrat",
        "転送",
        "转发",
        "轉寄",
        "пересылаемое",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// Drops quotes at the end, and the only one if it is at the beginning. Answers between quotes keep
/// these, so that they can be read.
fn cut_quotes(lines: &mut Vec<Line>) {
    while lines.last().is_some_and(|line| line.depth > 0 || line.is_blank()) {
        lines.pop();
    }
    let quoted = |line: &Line| line.depth > 0;
    let Some(begin) = lines.iter().position(|line| !line.is_blank()) else { return };
    if !lines.get(begin).is_some_and(quoted) {
        return;
    }
    let is_end = |line: &&Line| line.is_own();
    let Some(end) = lines.iter().position(|line| is_end(&line)) else { return };
    if !lines.iter().skip(end).any(quoted) {
        lines.drain(..end);
    }
}

/// Cuts a signature: below `--`, and what a telephone adds.
fn cut_signature(lines: &mut Vec<Line>) {
    let delimiter = lines
        .iter()
        .rposition(|line| line.depth == 0 && matches!(line.text.trim(), "--" | "—" | "–"));
    if let Some(at) = delimiter {
        let below = lines.iter().skip(at + 1);
        let is_short = below.clone().filter(|line| !line.is_blank()).count() <= MAX_SIGNATURE;
        if is_short && !below.clone().any(|line| line.depth > 0) {
            lines.truncate(at);
        }
    }
    loop {
        // Above a quote at the end, too.
        let last = lines.iter().rposition(Line::is_own);
        let Some(at) =
            last.filter(|at| lines.get(*at).is_some_and(|line| is_of_device(line.text.trim())))
        else {
            return;
        };
        lines.remove(at);
    }
}

/// Whether a line is what a mail program adds by itself.
fn is_of_device(line: &str) -> bool {
    const BEGINS: [&str; 38] = [
        "sent from my ",
        "sent from outlook",
        "sent from yahoo",
        "sent from mail for",
        "sent from samsung",
        "sent from proton",
        "sent with proton",
        "get outlook for",
        "download outlook for",
        "von meinem ",
        "gesendet von meinem",
        "gesendet von outlook",
        "gesendet von mail",
        "gesendet mit der ",
        "diese nachricht wurde von meinem",
        "outlook für ",
        "holen sie sich outlook",
        "envoyé de mon",
        "envoyé depuis mon",
        "envoyé à partir d",
        "télécharger outlook",
        "obtenez outlook",
        "enviado desde mi",
        "enviado desde yahoo",
        "obtener outlook",
        "enviado do meu",
        "obter o outlook",
        "inviato da",
        "ottieni outlook",
        "verzonden vanaf mijn",
        "wysłane z ",
        "skickat från",
        "sendt fra min",
        "lähetetty ",
        "отправлено с ",
        "virus-free.",
        "virenfrei.",
        "yahoo mail: ",
    ];
    const ENDS: [&str; 4] = ["から送信", "から送信されました", "에서 보냄", "gönderildi"];
    // Words that people begin a line with, too, are a program's only before one of these.
    const DEVICES: [&str; 25] = [
        "iphone",
        "ipad",
        "ipod",
        "android",
        "samsung",
        "galaxy",
        "huawei",
        "xiaomi",
        "pixel",
        "outlook",
        "mail",
        "yahoo",
        "proton",
        "phone",
        "handy",
        "smartphone",
        "mobil",
        "móvil",
        "téléphone",
        "telefon",
        "teléfono",
        "blackberry",
        "tablet",
        "avast",
        "avg",
    ];
    let line = line.to_lowercase();
    let line = line.trim_matches(['*', '_', ' ', '(', ')']);
    // Outlook writes its link after it.
    let without_link = line.split(['<', '(']).next().unwrap_or(line).trim();
    without_link.chars().count() <= 90
        && (BEGINS.iter().any(|begin| line.starts_with(begin))
            || ENDS.iter().any(|end| without_link.ends_with(end)))
        && DEVICES.iter().any(|device| line.contains(device))
        && !line.contains('?')
}

/// The lines as text, without empty ones around and without more than one between.
fn written(lines: &[Line]) -> String {
    let mut text = String::new();
    let mut blanks = 0;
    for line in lines {
        if line.is_blank() {
            blanks += usize::from(!text.is_empty());
            continue;
        }
        if blanks > 0 {
            text.push('\n');
            blanks = 0;
        }
        if line.depth > 0 {
            text.push_str(&">".repeat(line.depth.min(20)));
            text.push(' ');
        }
        text.push_str(line.text.trim_end());
        text.push('\n');
    }
    text.trim().to_owned()
}
