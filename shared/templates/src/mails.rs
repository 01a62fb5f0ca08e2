//! The mails.

use askama::Template;

use crate::marker::marker;
use crate::text::{counted, in_subject, one_line, visible};
use crate::{Error, Language, Zone};

/// What all mails to a recipient have in common.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Frame<'a> {
    pub language: Language,
    /// The shop's name, from the configuration.
    pub shop: &'a str,
    /// The link of the button.
    pub chat_url: &'a str,
    /// The link in the footer; a mail to the shop's inbox has none.
    pub unsubscribe_url: Option<&'a str>,
    /// Whether the mail can be answered: then a line says where the answer ends.
    pub can_reply: bool,
    /// Whether the link alone opens the conversation. If so, a line warns of it.
    pub is_secret: bool,
}

/// The mail about an unread message: `chat_unread_message`.
#[derive(Clone, Copy, Debug)]
pub struct UnreadMessage<'a> {
    /// The name in the greeting.
    pub recipient: Option<&'a str>,
    /// Staff in a mail to a customer; a customer or guest in a mail to the staff.
    pub sender: Sender<'a>,
    /// A few characters that tell nameless senders apart in the subjects of mails to the staff.
    pub code: &'a str,
    /// The conversation's last messages, the oldest first.
    pub quotes: &'a [Quoted<'a>],
    /// The number of unread messages.
    pub unread: u64,
}

/// A message that a mail quotes.
#[derive(Clone, Debug)]
pub struct Quoted<'a> {
    /// The author.
    pub sender: Sender<'a>,
    /// The URL of the author's picture, `https` only.
    pub picture_url: Option<&'a str>,
    /// The start of the message.
    pub text: String,
}

/// The mail with a whole conversation.
#[derive(Clone, Copy, Debug)]
pub struct Transcript<'a> {
    /// The name in the greeting.
    pub recipient: Option<&'a str>,
    /// The messages, the oldest first.
    pub messages: &'a [Said<'a>],
    /// Whether older messages are left out.
    pub is_cut: bool,
    /// The zone of the times.
    pub zone: &'a Zone,
}

/// A message of a transcript.
#[derive(Clone, Debug)]
pub struct Said<'a> {
    /// The author.
    pub sender: Sender<'a>,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// The whole text, whose lines are kept.
    pub text: String,
    /// What comes with it, such as the names of files.
    pub carried: Vec<String>,
}

/// The mail about a mention in a note: `chat_note_mention`.
#[derive(Clone, Copy, Debug)]
pub struct NoteMention<'a> {
    /// The name in the greeting.
    pub recipient: Option<&'a str>,
    /// The name of the admin who wrote the note. Without one, the shop's name is shown.
    pub author: Option<&'a str>,
    /// The start of the note.
    pub preview: &'a str,
}

/// The mail an hour before a meeting: `chat_meeting_reminder`.
#[derive(Clone, Copy, Debug)]
pub struct MeetingReminder<'a> {
    /// The name in the greeting.
    pub recipient: Option<&'a str>,
    /// The sender of the meeting.
    pub sender: Sender<'a>,
    /// The start of its message.
    pub preview: &'a str,
    /// When it begins and ends, in milliseconds since 1970.
    pub time: (i64, i64),
    /// The zone of the times.
    pub zone: &'a Zone,
    /// Where it takes place. Only for a link of staff: people trust the shop's mail.
    pub url: Option<&'a str>,
}

/// The sender of a message, with their name if it is known.
#[derive(Clone, Copy, Debug)]
pub enum Sender<'a> {
    /// An admin. Without a name, the shop's name is shown.
    Staff(Option<&'a str>),
    /// A customer, with the name in the shop's records.
    Customer(Option<&'a str>),
    /// A guest, with a name that anybody could have typed: it is shown as not verified.
    Guest(Option<&'a str>),
    /// The recipient.
    You,
}

/// The mail about all unread messages: `chat_daily_digest`.
#[derive(Clone, Copy, Debug)]
pub struct DailyDigest<'a> {
    /// The name in the greeting.
    pub recipient: Option<&'a str>,
    /// The number of unread messages: at least one.
    pub unread: u64,
    /// The conversations to list.
    pub conversations: &'a [Conversation],
    /// The number of conversations that are not listed.
    pub more: u64,
}

/// A conversation with unread messages.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// The other side's name from [`sender_name`].
    pub name: String,
    /// The number of unread messages.
    pub unread: u64,
    /// The start of the newest of them.
    pub preview: Option<String>,
    /// Its link, where it has one of its own.
    pub url: Option<String>,
}

/// A finished mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// One line with the shop's name and, in a mail to staff, the customer's, for which the shop
    /// vouches. All notices about a conversation have the same, so that mail programs show them
    /// together.
    pub subject: String,
    /// The plain part, with the same content as the HTML part.
    pub text: String,
    /// The HTML part, without images, scripts and external resources.
    pub html: String,
}

/// Renders the mail about an unread message.
pub fn unread_message(frame: &Frame, mail: &UnreadMessage) -> Result<Letter, Error> {
    let texts = frame.language.texts();
    let name = match mail.sender {
        Sender::Customer(name) => {
            Some(visible(name).unwrap_or_else(|| texts.customer_coded.replace("{name}", mail.code)))
        }
        // Anybody may have typed a guest's name.
        Sender::Guest(_) => Some(texts.guest_coded.replace("{name}", mail.code)),
        Sender::Staff(_) | Sender::You => None,
    };
    let (subject, line, button) = match name {
        None => (
            &texts.unread_subject,
            counted(mail.unread, &texts.unread_line_one, &texts.unread_line_other),
            &texts.open_chat,
        ),
        Some(_) => (
            &texts.waiting_subject_named,
            counted(mail.unread, &texts.waiting_line_one, &texts.waiting_line_other),
            &texts.answer,
        ),
    };
    let mut shared =
        Shared::new(frame, mail.recipient, subject, line, &texts.unread_reason, button);
    if let Some(name) = name {
        shared.subject = shared.subject.replace("{name}", &in_subject(&name));
    }
    quoting(frame, shared, mail.quotes, None)
}

/// Renders the mail an hour before a meeting.
pub fn meeting_reminder(frame: &Frame, mail: &MeetingReminder) -> Result<Letter, Error> {
    let (texts, (from, to)) = (frame.language.texts(), mail.time);
    let subject = texts.reminder_subject.replace("{time}", &mail.zone.hour(from));
    let line = texts.reminder_line.replace("{time}", &frame.language.span(mail.zone, from, to));
    let button = match mail.sender {
        Sender::Staff(_) | Sender::You => &texts.open_chat,
        Sender::Customer(_) | Sender::Guest(_) => &texts.open_conversation,
    };
    let shared = Shared::new(frame, mail.recipient, &subject, line, &texts.reminder_reason, button);
    let text = mail.preview.to_owned();
    let quote = Quoted { sender: mail.sender, picture_url: None, text };
    quoting(frame, shared, &[quote], mail.url)
}

/// Renders the mail about a mention in a note.
pub fn note_mention(frame: &Frame, mail: &NoteMention) -> Result<Letter, Error> {
    let texts = frame.language.texts();
    let author = visible(mail.author);
    let subject =
        if author.is_some() { &texts.mention_subject_named } else { &texts.mention_subject };
    let line = texts.mention_line.clone();
    let mut shared = Shared::new(
        frame,
        mail.recipient,
        subject,
        line,
        &texts.mention_reason,
        &texts.open_conversation,
    );
    if let Some(name) = author {
        shared.subject = shared.subject.replace("{name}", &in_subject(&name));
    }
    let (sender, text) = (Sender::Staff(mail.author), mail.preview.to_owned());
    quoting(frame, shared, &[Quoted { sender, picture_url: None, text }], None)
}

/// The mail that quotes messages, the oldest first, with a link of the last one's author.
fn quoting(
    frame: &Frame,
    shared: Shared,
    quotes: &[Quoted],
    url: Option<&str>,
) -> Result<Letter, Error> {
    let mut groups: Vec<Group> = Vec::new();
    for quote in quotes {
        let sender = sender_name(frame.language, frame.shop, &quote.sender);
        let line = one_line(&quote.text);
        match groups.last_mut() {
            Some(last) if last.sender == sender => last.lines.push(line),
            _ => groups.push(Group {
                wrote: frame.language.texts().wrote.replace("{name}", &sender),
                sender,
                picture_url: quote.picture_url.filter(|url| url.starts_with("https://")),
                lines: vec![line],
                is_last: false,
            }),
        }
    }
    if let Some(last) = groups.last_mut() {
        last.is_last = true;
    }
    let newest = groups.last().and_then(|group| group.lines.last()).map_or("", String::as_str);
    let html = QuoteHtml { shared: &shared, groups: &groups, newest, url }.render()?;
    let text = QuoteText { shared: &shared, groups: &groups, url }.render()?;
    Ok(Letter { subject: shared.subject, text, html })
}

/// Renders the mail with a whole conversation.
pub fn transcript(frame: &Frame, mail: &Transcript) -> Result<Letter, Error> {
    let (texts, language) = (frame.language.texts(), frame.language);
    let shared = Shared::new(
        frame,
        mail.recipient,
        &texts.transcript_subject,
        texts.transcript_line.clone(),
        &texts.transcript_reason,
        &texts.open_chat,
    );
    let entries: Vec<Spoken> = mail
        .messages
        .iter()
        .map(|said| Spoken {
            sender: sender_name(language, frame.shop, &said.sender),
            at: language.instant(mail.zone, said.at),
            lines: said.text.lines().map(one_line).collect(),
            carried: said.carried.iter().map(|name| one_line(name)).collect(),
        })
        .collect();
    let count = entries.len().to_string();
    let cut = mail.is_cut.then(|| texts.transcript_cut.replace("{count}", &count));
    let cut = cut.as_deref();
    let html = TranscriptHtml { shared: &shared, entries: &entries, cut }.render()?;
    let text = TranscriptText { shared: &shared, entries: &entries, cut }.render()?;
    Ok(Letter { subject: shared.subject, text, html })
}

/// Renders the mail about all unread messages.
pub fn daily_digest(frame: &Frame, mail: &DailyDigest) -> Result<Letter, Error> {
    let texts = frame.language.texts();
    let subject = counted(mail.unread, &texts.digest_subject_one, &texts.digest_subject_other);
    let line = counted(mail.unread, &texts.digest_line_one, &texts.digest_line_other);
    let shared =
        Shared::new(frame, mail.recipient, &subject, line, &texts.digest_reason, &texts.open_chat);
    let row = |conversation: &Conversation| Row {
        name: one_line(&conversation.name),
        unread: counted(conversation.unread, &texts.digest_unread_one, &texts.digest_unread_other),
        preview: conversation.preview.as_deref().map(one_line),
        url: conversation.url.clone(),
    };
    let conversations: Vec<Row> = mail.conversations.iter().map(row).collect();
    let rest = (mail.more > 0)
        .then(|| counted(mail.more, &texts.digest_more_one, &texts.digest_more_other));
    let html =
        DailyDigestHtml { shared: &shared, conversations: &conversations, rest: rest.as_deref() }
            .render()?;
    let text =
        DailyDigestText { shared: &shared, conversations: &conversations, rest: rest.as_deref() }
            .render()?;
    Ok(Letter { subject: shared.subject, text, html })
}

/// Renders the mail to the shop's inbox about `count` more waiting conversations.
pub fn inbox_summary(frame: &Frame, count: u64) -> Result<Letter, Error> {
    let texts = frame.language.texts();
    let subject = counted(count, &texts.more_subject_one, &texts.more_subject_other);
    let line = counted(count, &texts.more_line_one, &texts.more_line_other);
    let shared = Shared::new(frame, None, &subject, line, &texts.more_reason, &texts.open_chat);
    let html = InboxSummaryHtml { shared: &shared }.render()?;
    let text = InboxSummaryText { shared: &shared }.render()?;
    Ok(Letter { subject: shared.subject, text, html })
}

/// The name to show for a sender or for the other side of a conversation: one line, never empty.
pub fn sender_name(language: Language, shop: &str, sender: &Sender) -> String {
    let texts = language.texts();
    match *sender {
        Sender::You => texts.you.clone(),
        Sender::Staff(name) => visible(name).unwrap_or_else(|| one_line(shop)),
        Sender::Customer(name) => visible(name).unwrap_or_else(|| texts.customer.clone()),
        Sender::Guest(name) => visible(name).map_or_else(
            || texts.guest.clone(),
            |name| texts.not_verified.replace("{name}", &name),
        ),
    }
}

/// The texts of every mail.
struct Shared<'a> {
    language: &'static str,
    dir: &'static str,
    start: &'static str,
    end: &'static str,
    shop: String,
    marker: Option<String>,
    hints: Vec<&'static str>,
    subject: String,
    greeting: String,
    line: String,
    button: &'static str,
    chat_url: &'a str,
    reason: String,
    unsubscribe: &'static str,
    unsubscribe_url: Option<&'a str>,
}

impl<'a> Shared<'a> {
    fn new(
        frame: &Frame<'a>,
        recipient: Option<&str>,
        subject: &str,
        line: String,
        reason: &str,
        button: &'static str,
    ) -> Self {
        let (texts, shop) = (frame.language.texts(), one_line(frame.shop));
        let (start, end) = frame.language.sides();
        Self {
            language: frame.language.tag(),
            dir: frame.language.dir(),
            start,
            end,
            marker: frame.can_reply.then(|| marker(&texts.reply_above)),
            hints: [(frame.is_secret, &texts.proof), (frame.can_reply, &texts.reply_hint)]
                .into_iter()
                .filter_map(|(is_shown, hint)| is_shown.then_some(hint.as_str()))
                .collect(),
            subject: subject.replace("{shop}", &shop),
            greeting: visible(recipient).map_or_else(
                || texts.greeting_nameless.clone(),
                |name| texts.greeting.replace("{name}", &name),
            ),
            line,
            button,
            chat_url: frame.chat_url,
            reason: reason.replace("{shop}", &shop),
            unsubscribe: &texts.unsubscribe,
            unsubscribe_url: frame.unsubscribe_url,
            shop,
        }
    }
}

#[derive(Template)]
#[template(path = "quote.html")]
struct QuoteHtml<'a> {
    shared: &'a Shared<'a>,
    groups: &'a [Group<'a>],
    newest: &'a str,
    url: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "quote.txt")]
struct QuoteText<'a> {
    shared: &'a Shared<'a>,
    groups: &'a [Group<'a>],
    url: Option<&'a str>,
}

/// Successive messages of one author.
struct Group<'a> {
    sender: String,
    wrote: String,
    picture_url: Option<&'a str>,
    lines: Vec<String>,
    is_last: bool,
}

#[derive(Template)]
#[template(path = "transcript.html")]
struct TranscriptHtml<'a> {
    shared: &'a Shared<'a>,
    entries: &'a [Spoken],
    cut: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "transcript.txt")]
struct TranscriptText<'a> {
    shared: &'a Shared<'a>,
    entries: &'a [Spoken],
    cut: Option<&'a str>,
}

/// A message of a transcript, in words.
struct Spoken {
    sender: String,
    at: String,
    lines: Vec<String>,
    carried: Vec<String>,
}

#[derive(Template)]
#[template(path = "daily_digest.html")]
struct DailyDigestHtml<'a> {
    shared: &'a Shared<'a>,
    conversations: &'a [Row],
    rest: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "daily_digest.txt")]
struct DailyDigestText<'a> {
    shared: &'a Shared<'a>,
    conversations: &'a [Row],
    rest: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "inbox_summary.html")]
struct InboxSummaryHtml<'a> {
    shared: &'a Shared<'a>,
}

#[derive(Template)]
#[template(path = "inbox_summary.txt")]
struct InboxSummaryText<'a> {
    shared: &'a Shared<'a>,
}

/// A conversation in the digest's list.
struct Row {
    name: String,
    unread: String,
    preview: Option<String>,
    url: Option<String>,
}
