//! The mails.

use askama::Template;

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
}

/// The mail about an unread message: `chat_unread_message`.
#[derive(Clone, Copy, Debug)]
pub struct UnreadMessage<'a> {
    /// The name in the greeting.
    pub recipient: Option<&'a str>,
    /// Staff in a mail to a customer; a customer or guest in a mail to the staff.
    pub sender: Sender<'a>,
    /// The start of the message.
    pub preview: &'a str,
    /// The number of unread messages, this one included.
    pub unread: u64,
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
    /// One line with counts, the shop's name and, in a mail to staff, the customer's, for which the
    /// shop vouches.
    pub subject: String,
    /// The plain part, with the same content as the HTML part.
    pub text: String,
    /// The HTML part, without images, scripts and external resources.
    pub html: String,
}

/// Renders the mail about an unread message.
pub fn unread_message(frame: &Frame, mail: &UnreadMessage) -> Result<Letter, Error> {
    let texts = frame.language.texts();
    let customer = match mail.sender {
        Sender::Customer(name) => visible(name),
        // Anybody may have typed a guest's name.
        Sender::Staff(_) | Sender::Guest(_) => None,
    };
    let waiting_subject = match customer {
        Some(_) => texts.waiting_subject_named.clone(),
        None => texts.waiting_subject.clone(),
    };
    let (subject, line, button) = match mail.sender {
        Sender::Staff(_) => (
            counted(mail.unread, &texts.unread_subject_one, &texts.unread_subject_other),
            counted(mail.unread, &texts.unread_line_one, &texts.unread_line_other),
            &texts.open_chat,
        ),
        Sender::Customer(_) | Sender::Guest(_) => (
            waiting_subject,
            counted(mail.unread, &texts.waiting_line_one, &texts.waiting_line_other),
            &texts.answer,
        ),
    };
    let mut shared =
        Shared::new(frame, mail.recipient, &subject, line, &texts.unread_reason, button);
    if let Some(name) = customer {
        shared.subject = shared.subject.replace("{name}", &in_subject(&name));
    }
    quoting(frame, shared, &mail.sender, mail.preview, None)
}

/// Renders the mail an hour before a meeting.
pub fn meeting_reminder(frame: &Frame, mail: &MeetingReminder) -> Result<Letter, Error> {
    let (texts, (from, to)) = (frame.language.texts(), mail.time);
    let subject = texts.reminder_subject.replace("{time}", &mail.zone.hour(from));
    let line = texts.reminder_line.replace("{time}", &frame.language.span(mail.zone, from, to));
    let button = match mail.sender {
        Sender::Staff(_) => &texts.open_chat,
        Sender::Customer(_) | Sender::Guest(_) => &texts.open_conversation,
    };
    let shared = Shared::new(frame, mail.recipient, &subject, line, &texts.reminder_reason, button);
    quoting(frame, shared, &mail.sender, mail.preview, mail.url)
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
    quoting(frame, shared, &Sender::Staff(mail.author), mail.preview, None)
}

/// The mail that quotes what a sender wrote, with a link of the sender.
fn quoting(
    frame: &Frame,
    shared: Shared,
    sender: &Sender,
    preview: &str,
    url: Option<&str>,
) -> Result<Letter, Error> {
    let (sender, preview) = (sender_name(frame.language, frame.shop, sender), one_line(preview));
    let html = QuoteHtml { shared: &shared, sender: &sender, preview: &preview, url }.render()?;
    let wrote = &frame.language.texts().wrote.replace("{name}", &sender);
    let text = QuoteText { shared: &shared, wrote, preview: &preview, url }.render()?;
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
    shop: String,
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
        Self {
            language: frame.language.tag(),
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
    sender: &'a str,
    preview: &'a str,
    url: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "quote.txt")]
struct QuoteText<'a> {
    shared: &'a Shared<'a>,
    wrote: &'a str,
    preview: &'a str,
    url: Option<&'a str>,
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
