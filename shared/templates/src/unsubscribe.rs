//! The page of a mail's unsubscribe link.

use askama::Template;

use crate::text::one_line;
use crate::{Error, Language};

/// What the page is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsubscribe {
    /// The recipient followed the link: a button POSTs to the same address. Opening the page
    /// changes nothing.
    Asked,
    /// They pressed the button. A link leads to [`Unsubscribe::Ended`].
    Done,
    /// They followed the link after opting out: a button POSTs that they want mails again.
    Ended,
    /// They pressed that button.
    Resumed,
    /// The link belongs to the shop's inbox. Only old mails to it have one.
    Inbox,
}

/// A finished page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Without scripts, `style` attributes and external resources.
    pub html: String,
    /// The exact content of `<style>`, for the hash in a content security policy.
    pub style: &'static str,
}

/// Renders the page.
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
    let html = UnsubscribeHtml {
        language: language.tag(),
        dir: language.dir(),
        title: &texts.unsubscribe,
        sentence,
        offer,
    }
    .render()?;
    Ok(Page { html, style: include_str!("../templates/unsubscribe.css") })
}

#[derive(Template)]
#[template(path = "unsubscribe.html")]
struct UnsubscribeHtml<'a> {
    language: &'static str,
    dir: &'static str,
    title: &'a str,
    sentence: &'a str,
    offer: Offer<'a>,
}

/// What the page offers, with its label.
enum Offer<'a> {
    /// A button that ends the mails.
    End(&'a str),
    /// A link to the page that offers mails again. Not a form: the page that follows a click must
    /// not hold the opposite button.
    GoBack(&'a str),
    /// A button that resumes them. It posts a field, which no mail client's one click does.
    Resume(&'a str),
    Nothing,
}
