//! A mail as MIME. No header contains text that people wrote, except the name of a customer in the
//! subject of a mail to staff, on one line. The shop's name comes from the configuration, and
//! addresses need no quoting.

use domain::{EmailAddress, Timestamp};
use mail_builder::MessageBuilder;
use mail_builder::headers::date::Date;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::url::URL;

use crate::Mail;

/// The whole message, for `SendRawEmail`. `id` names it: no other mail has it.
pub(crate) fn raw(
    mail: &Mail<'_>,
    id: &str,
    from: &EmailAddress,
    shop: &str,
    now: Timestamp,
) -> std::io::Result<Vec<u8>> {
    let domain = from.as_str().rsplit('@').next().unwrap_or_default();
    let message = MessageBuilder::new()
        .from((shop.to_owned(), from.as_str().to_owned()))
        .to(mail.recipient.address.as_str().to_owned())
        .subject(mail.letter.subject.clone())
        .date(Date::new(now.seconds()))
        .message_id(format!("{id}@{domain}"))
        // RFC 3834: automatic responders do not reply.
        .header("Auto-Submitted", Raw::new("auto-generated"))
        .text_body(mail.letter.text.clone())
        .html_body(mail.letter.html.clone());
    let message = match &mail.channel {
        // Mails about one conversation answer one made-up mail, which was never sent: SES replaces
        // the ids of those that were.
        Some(channel) => {
            let root = format!("{}.conversation@{domain}", channel.as_str());
            message.in_reply_to(root.clone()).references(root)
        }
        None => message,
    };
    let message = match &mail.links.reply_to {
        Some(address) => message.reply_to(address.as_str().to_owned()),
        None => message,
    };
    let message = match &mail.links.unsubscribe_url {
        // RFC 8058: one click in the mail client, without a login.
        Some(url) => message
            .header("List-Unsubscribe", URL::new(url.clone()))
            .header("List-Unsubscribe-Post", Raw::new("List-Unsubscribe=One-Click")),
        None => message,
    };
    let message = match &mail.calendar {
        Some(calendar) => message.attachment(
            "text/calendar; charset=utf-8; method=PUBLISH",
            "meeting.ics",
            calendar.as_bytes(),
        ),
        None => message,
    };
    message.write_to_vec()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::{ActorId, preview};
    use html5gum::{Token, Tokenizer};
    use mail_parser::MessageParser;
    use proptest::prelude::*;
    use proptest::test_runner::TestRunner;
    use templates::{
        Conversation, DailyDigest, Frame, Language, Letter, Quoted, Sender, UnreadMessage,
        daily_digest, unread_message,
    };

    use super::*;
    use crate::{Links, Recipient};

    /// Pieces of hostile names and messages.
    const PIECES: &[&str] = &[
        "<script>alert(1)</script>",
        "</td></table>",
        "<img src=x onerror=alert(1)>",
        "\"><b>",
        "'",
        "&lt;",
        "&#x0;",
        "<!--",
        "-->",
        "]]>",
        "</style>",
        "<style>*{display:none}</style>",
        "\r\nBcc: victim@shop.example\r\n",
        "\n\n<html>",
        "\r",
        "\0",
        "\u{1b}[31m",
        "=?utf-8?Q?x?=",
        "\u{202e}txt.exe",
        "\u{2066}",
        "\u{200b}",
        "\u{feff}",
        "\u{200d}",
        "\u{e0041}",
        "👩\u{200d}🔬",
        "𝕏",
        "ﷺ",
        "https://evil.example/?a=b",
        "www.evil.example",
        "eve@evil.example",
        "javascript:alert(1)",
        "{{ shop }}",
        "{% raw %}",
        "%s%n",
        "--\r\n",
        "Content-Type: text/html",
        "\u{2028}",
        "\u{85}",
        "\u{fffd}",
        "a",
        " ",
        "Ada",
        "é",
    ];

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            3 => prop::collection::vec(prop::sample::select(PIECES), 0..12)
                .prop_map(|pieces| pieces.concat()),
            1 => any::<String>(),
        ]
    }

    fn letters(name: &str, body: &str) -> [Letter; 2] {
        let frame = Frame {
            language: Language::En,
            shop: "Shop",
            chat_url: "https://shop.example",
            unsubscribe_url: Some("https://chat.example/u/t"),
            can_reply: true,
            is_secret: false,
        };
        let (name, preview) =
            (domain::name(name).unwrap_or_else(|| "Ada".to_owned()), preview(body));
        let sender = Sender::Customer(Some(&name));
        let quotes = [Quoted { sender, picture_url: None, text: preview.clone() }];
        let unread = UnreadMessage {
            recipient: Some(&name),
            sender,
            code: "1234",
            quotes: &quotes,
            unread: 2,
        };
        let conversations = [Conversation {
            name: name.clone(),
            unread: 2,
            preview: Some(preview.clone()),
            url: Some("https://shop.example/#c".to_owned()),
        }];
        let digest = DailyDigest {
            recipient: Some(&name),
            unread: 2,
            conversations: &conversations,
            more: 0,
        };
        [
            unread_message(&frame, &unread).expect("a letter"),
            daily_digest(&frame, &digest).expect("a letter"),
        ]
    }

    /// The parts of a mail that people's text must not change: headers, MIME parts, and elements
    /// with their attributes.
    #[derive(Debug, PartialEq)]
    struct Shape {
        headers: BTreeMap<String, String>,
        parts: Vec<String>,
        elements: Vec<String>,
        lines: usize,
    }

    fn shape(letter: Letter) -> Shape {
        let recipient = Recipient {
            id: ActorId::parse("cus_1").expect("an id"),
            address: EmailAddress::parse("ada@shop.example").expect("an address"),
            digest: "d".to_owned(),
            is_verified: true,
            is_inbox: false,
        };
        let links = Links {
            chat_url: "https://shop.example".to_owned(),
            unsubscribe_url: Some("https://chat.example/u/t".to_owned()),
            reply_to: None,
        };
        let mail = Mail::new(&recipient, letter, links);
        let from = EmailAddress::parse("chat@shop.example").expect("an address");
        let raw = raw(&mail, "id", &from, "Shop", Timestamp::from_millis(0)).expect("a message");
        let parsed = MessageParser::default().parse(&raw).expect("a message");
        // As a mail program shows it.
        assert_eq!(parsed.subject().map(str::trim_end), Some(mail.letter.subject.trim_end()));
        let headers = parsed.headers_raw().map(|(name, value)| {
            let value = if name == "Subject" { "" } else { value.trim() };
            (name.to_owned(), value.to_owned())
        });
        let boundary =
            |value: String| value.split("boundary").next().unwrap_or_default().to_owned();
        let html = parsed.body_html(0).expect("HTML").into_owned();
        let elements = Tokenizer::new(html.as_str()).flatten().filter_map(|token| match token {
            Token::StartTag(tag) => Some(format!("<{:?} {:?}>", tag.name, tag.attributes)),
            Token::EndTag(tag) => Some(format!("</{:?}>", tag.name)),
            Token::Comment(comment) => Some(format!("comment {comment:?}")),
            Token::Doctype(_) => Some("doctype".to_owned()),
            _ => None,
        });
        Shape {
            headers: headers.map(|(name, value)| (name, boundary(value))).collect(),
            parts: parsed
                .parts
                .iter()
                .map(|part| {
                    format!("{:?}", part.body).split('(').next().unwrap_or_default().to_owned()
                })
                .collect(),
            elements: elements.collect(),
            lines: parsed.body_text(0).expect("text").lines().count(),
        }
    }

    /// Checks this many mails with hostile texts against the shape of a harmless one.
    fn hostile_text_changes_no_header_and_no_element(cases: u32) {
        let harmless = letters("Ada", "Is it in stock?").map(shape);
        let config =
            ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) };
        let checked = TestRunner::new(config).run(&(text(), text()), |(name, body)| {
            // Not blank: a blank message is never stored, and has no preview.
            let body = format!("x{body}");
            for (hostile, harmless) in letters(&name, &body).into_iter().zip(&harmless) {
                prop_assert_eq!(&shape(hostile), harmless);
            }
            Ok(())
        });
        if let Err(failure) = checked {
            panic!("{failure}");
        }
    }

    // Two halves, with other random texts each, so that two cores share the work.
    #[test]
    fn five_thousand_hostile_texts_change_no_header_and_no_element() {
        hostile_text_changes_no_header_and_no_element(5_000);
    }

    #[test]
    fn five_thousand_other_hostile_texts_change_no_header_and_no_element() {
        hostile_text_changes_no_header_and_no_element(5_000);
    }
}
