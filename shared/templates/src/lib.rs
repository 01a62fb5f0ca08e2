//! The chat's mails and the page behind their unsubscribe link, pure: from plain data to finished
//! text, in four languages. Nothing here knows an address, a clock or AWS.
//!
//! What people wrote stays text, whatever it holds: it makes no tag, starts no line, turns no
//! direction around, and is in no subject.

mod language;
#[cfg(test)]
mod tests;

use askama::Template;

pub use askama::Error;
pub use language::Language;

/// Where a mail's links lead, and what it says of the shop.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// What the mail is written in.
    pub language: Language,
    /// The shop's name, from its own configuration.
    pub shop: &'a str,
    /// Where the button leads.
    pub chat_url: &'a str,
    /// Where the footer's link leads; a mail to the shop's inbox has none.
    pub unsubscribe_url: Option<&'a str>,
}

/// A new message, for somebody who was away: `chat_unread_message`.
#[derive(Clone, Copy, Debug)]
pub struct UnreadMessage<'a> {
    /// Whom the mail greets.
    pub recipient: Option<&'a str>,
    /// Who wrote: staff to a customer, a customer or guest to the staff.
    pub sender: Sender<'a>,
    /// How the message begins.
    pub preview: &'a str,
    /// Messages that the recipient has not read: at least this one.
    pub unread: u64,
}

/// Who wrote, with the name that is known.
#[derive(Clone, Copy, Debug)]
pub enum Sender<'a> {
    /// A member of the staff; without a name, the shop.
    Staff(Option<&'a str>),
    /// A customer, by the shop's own records.
    Customer(Option<&'a str>),
    /// A guest, by a name that anybody could have typed: shown as not verified.
    Guest(Option<&'a str>),
}

/// What is unread, all at once: `chat_daily_digest`.
#[derive(Clone, Copy, Debug)]
pub struct DailyDigest<'a> {
    /// Whom the mail greets.
    pub recipient: Option<&'a str>,
    /// Unread messages in all: at least one.
    pub unread: u64,
    /// The conversations that are listed.
    pub conversations: &'a [Conversation],
    /// Conversations that are not listed.
    pub more: u64,
}

/// A conversation with unread messages.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// The other side, as [`sender_name`] names it.
    pub name: String,
    /// Its unread messages.
    pub unread: u64,
    /// How the newest of them begins.
    pub preview: Option<String>,
}

/// A mail, finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// One line: counts and the shop's name, never what people wrote.
    pub subject: String,
    /// The plain part, with the same content as the other.
    pub text: String,
    /// The HTML part: no image, no script, nothing from elsewhere.
    pub html: String,
}

/// How far somebody is with unsubscribing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsubscribe {
    /// They followed the link: a button that POSTs to the same address. Merely looking changes
    /// nothing.
    Asked,
    /// They pressed the button. A link leads back to [`Unsubscribe::Ended`].
    Done,
    /// They followed the link, and get no mails: a button that POSTs the wish for mails.
    Ended,
    /// They pressed that one.
    Resumed,
    /// It is a link of the shop's inbox, from the time when such mails had one.
    Inbox,
}

/// A page, finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The page: no script, no `style` attribute, nothing from elsewhere.
    pub html: String,
    /// Exactly what stands between `<style>` and `</style>`, for the hash in a content security
    /// policy.
    pub style: &'static str,
}

/// Makes the mail of a new message.
pub fn unread_message(frame: &Frame, mail: &UnreadMessage) -> Result<Letter, Error> {
    let texts = frame.language.texts();
    let (subject, line, button) = match mail.sender {
        Sender::Staff(_) => (
            counted(mail.unread, &texts.unread_subject_one, &texts.unread_subject_other),
            counted(mail.unread, &texts.unread_line_one, &texts.unread_line_other),
            &texts.open_chat,
        ),
        Sender::Customer(_) | Sender::Guest(_) => (
            texts.waiting_subject.clone(),
            counted(mail.unread, &texts.waiting_line_one, &texts.waiting_line_other),
            &texts.answer,
        ),
    };
    let shared = Shared::new(frame, mail.recipient, &subject, line, &texts.unread_reason, button);
    let (sender, preview) =
        (sender_name(frame.language, frame.shop, &mail.sender), one_line(mail.preview));
    let html =
        UnreadMessageHtml { shared: &shared, sender: &sender, preview: &preview }.render()?;
    let text = UnreadMessageText {
        shared: &shared,
        wrote: &texts.wrote.replace("{name}", &sender),
        preview: &preview,
    }
    .render()?;
    Ok(Letter { subject: shared.subject, text, html })
}

/// Makes the mail of all that is unread.
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

/// Makes the mail to the shop's inbox that tells how many more conversations wait.
pub fn inbox_summary(frame: &Frame, count: u64) -> Result<Letter, Error> {
    let texts = frame.language.texts();
    let subject = counted(count, &texts.more_subject_one, &texts.more_subject_other);
    let line = counted(count, &texts.more_line_one, &texts.more_line_other);
    let shared = Shared::new(frame, None, &subject, line, &texts.more_reason, &texts.open_chat);
    let html = InboxSummaryHtml { shared: &shared }.render()?;
    let text = InboxSummaryText { shared: &shared }.render()?;
    Ok(Letter { subject: shared.subject, text, html })
}

/// Makes the page of a mail's unsubscribe link.
pub fn unsubscribe_page(language: Language, shop: &str, state: Unsubscribe) -> Result<Page, Error> {
    let texts = language.texts();
    let (sentence, offer) = match state {
        Unsubscribe::Asked => (&texts.unsubscribe_question, Offer::End(&texts.unsubscribe)),
        Unsubscribe::Done => (&texts.unsubscribe_done, Offer::GoBack(&texts.unsubscribe_back)),
        Unsubscribe::Ended => (&texts.resubscribe_question, Offer::Resume(&texts.resubscribe)),
        Unsubscribe::Resumed => (&texts.resubscribe_done, Offer::Nothing),
        Unsubscribe::Inbox => (&texts.unsubscribe_inbox, Offer::Nothing),
    };
    let sentence = &sentence.replace("{shop}", &one_line(shop));
    let html =
        UnsubscribeHtml { language: language.tag(), title: &texts.unsubscribe, sentence, offer }
            .render()?;
    Ok(Page { html, style: include_str!("../templates/unsubscribe.css") })
}

/// The name under which somebody appears, as a sender and as the other side of a conversation: one
/// line, never empty.
pub fn sender_name(language: Language, shop: &str, sender: &Sender) -> String {
    let texts = language.texts();
    match *sender {
        Sender::Staff(name) => known(name).unwrap_or_else(|| one_line(shop)),
        Sender::Customer(name) => known(name).unwrap_or_else(|| texts.customer.clone()),
        Sender::Guest(name) => known(name).map_or_else(
            || texts.guest.clone(),
            |name| texts.not_verified.replace("{name}", &name),
        ),
    }
}

/// A name that shows something.
fn known(name: Option<&str>) -> Option<String> {
    name.map(one_line).filter(|name| !name.is_empty())
}

/// The text as one line: what could break it becomes a space, and what could turn the direction of
/// its neighbours around goes.
fn one_line(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let line: String =
        text.chars().filter(|c| !turns(*c)).map(|c| if breaks(c) { ' ' } else { c }).collect();
    line.trim().to_owned()
}

/// The form for a number, with the number in it. No mail counts nothing, and about one the four
/// languages agree.
fn counted(count: u64, one: &str, other: &str) -> String {
    let form = if count == 1 { one } else { other };
    form.replace("{count}", &count.to_string())
}

/// What every mail has.
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
            greeting: known(recipient).map_or_else(
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
#[template(path = "unread_message.html")]
struct UnreadMessageHtml<'a> {
    shared: &'a Shared<'a>,
    sender: &'a str,
    preview: &'a str,
}

#[derive(Template)]
#[template(path = "unread_message.txt")]
struct UnreadMessageText<'a> {
    shared: &'a Shared<'a>,
    wrote: &'a str,
    preview: &'a str,
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

/// A conversation as the digest lists it.
struct Row {
    name: String,
    unread: String,
    preview: Option<String>,
}

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct UnsubscribeHtml<'a> {
    language: &'static str,
    title: &'a str,
    sentence: &'a str,
    offer: Offer<'a>,
}

/// What the page offers, with its words.
enum Offer<'a> {
    /// A button that ends the mails.
    End(&'a str),
    /// A link to the page that offers mails again. No form: a page that opens after a click must
    /// not hold the next one.
    GoBack(&'a str),
    /// A button that begins them again. It posts a field, which no mail client's one click has.
    Resume(&'a str),
    /// Nothing.
    Nothing,
}
