//! A reply to a mail of the outbox, as a mail program writes it and SES stores it.

use domain::Timestamp;
use mail_builder::MessageBuilder;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;
use mail_parser::{MessageParser, MimeHeaders, PartType};

use super::Mail;

/// What the recipient writes.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    text: String,
    file: Option<File>,
}

#[derive(Debug)]
struct File {
    name: String,
    content_type: String,
    bytes: Vec<u8>,
}

impl Reply {
    /// Reads the form of the page: `multipart/form-data` is MIME.
    pub(crate) fn of_form(content_type: &str, body: &[u8]) -> Option<Self> {
        let raw = [format!("Content-Type: {content_type}\r\n\r\n").as_bytes(), body].concat();
        let form = MessageParser::default().parse(&raw)?;
        let mut reply = Self::default();
        for part in &form.parts {
            let field = part.content_disposition().and_then(|field| field.attribute("name"));
            match (field, part.attachment_name()) {
                (Some("text"), _) => {
                    if let PartType::Text(text) = &part.body {
                        text.trim_end().clone_into(&mut reply.text);
                    }
                }
                (Some("file"), Some(name)) if !name.is_empty() => {
                    let kind = part.content_type();
                    let kind = kind.map(|kind| {
                        format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default())
                    });
                    reply.file = Some(File {
                        name: name.to_owned(),
                        content_type: kind.unwrap_or_default(),
                        bytes: part.contents().to_vec(),
                    });
                }
                _ => {}
            }
        }
        Some(reply)
    }
}

impl Mail {
    /// Where answers go.
    pub(crate) fn reply_to(&self) -> Option<&str> {
        let value = self.headers.get("Reply-To")?;
        let address = value.rsplit_once('<').map_or(value.as_str(), |(_, address)| address);
        Some(address.trim_end_matches('>').trim())
    }

    /// The raw mail by which its recipient answers, with the results that SES writes above it.
    pub(crate) fn reply(&self, reply: &Reply, id: &str, now: Timestamp) -> Option<Vec<u8>> {
        let (from, to) = (self.to.first()?, self.reply_to()?);
        let domain = from.rsplit('@').next()?;
        let date = jiff::Timestamp::from_millisecond(self.at.millis()).unwrap_or_default();
        let date = date.strftime("%a, %b %-d, %Y at %H:%M");
        let quote: Vec<_> = self.text.lines().map(|line| format!("> {line}\r\n")).collect();
        let quote = quote.concat();
        let text = reply.text.replace("\r\n", "\n").replace('\n', "\r\n");
        let body = format!("{text}\r\n\r\nOn {date} <{}> wrote:\r\n\r\n{quote}", self.from);
        let mut message = MessageBuilder::new()
            .from(from.as_str())
            .to(to)
            .subject(format!("Re: {}", self.subject))
            .date(Date::new(now.seconds()))
            .message_id(format!("{id}@{domain}"))
            .text_body(body);
        if let Some(answered) = self.headers.get("Message-ID") {
            message =
                message.in_reply_to(MessageId::new(answered.trim_matches(['<', '>']).to_owned()));
        }
        if let Some(File { name, content_type, bytes }) = &reply.file {
            message = message.attachment(content_type.as_str(), name.as_str(), bytes.as_slice());
        }
        let head = format!(
            "Return-Path: <{from}>\r\n\
             Received: from mail.{domain} (mail.{domain} [192.0.2.1])\r\n \
             by inbound-smtp.eu-west-1.amazonaws.com with SMTP id {id}\r\n for {to};\r\n \
             {}\r\n\
             X-SES-Spam-Verdict: PASS\r\n\
             X-SES-Virus-Verdict: PASS\r\n\
             Received-SPF: pass (spfCheck: domain of {domain} designates 192.0.2.1 as permitted \
             sender) client-ip=192.0.2.1; envelope-from={from}; helo=mail.{domain};\r\n\
             Authentication-Results: amazonses.com;\r\n spf=pass;\r\n \
             dkim=pass header.i=@{domain};\r\n \
             dmarc=pass header.from={domain};\r\n\
             X-SES-RECEIPT: AEFBQUFBQUFBQUFF\r\n",
            Date::new(now.seconds()).to_rfc822(),
        );
        let mut raw = head.into_bytes();
        message.write_to(&mut raw).ok()?;
        Some(raw)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use inbound::mail::{Own, read};

    use super::*;

    #[test]
    fn the_form_becomes_a_mail_that_is_read_as_it_was_written() {
        let form = "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n\
                    Über Freitag:\r\npasst.\r\n\
                    --x\r\nContent-Disposition: form-data; name=\"file\"; \
                    filename=\"lid.png\"\r\nContent-Type: image/png\r\n\r\n\
                    \x7fPNG\r\n\n\0\r\n--x--\r\n";
        let kind = "multipart/form-data; boundary=x";
        let reply = Reply::of_form(kind, form.as_bytes()).expect("a form");
        let headers = BTreeMap::from([
            ("Reply-To".to_owned(), "<r+token@reply.localhost>".to_owned()),
            ("Message-ID".to_owned(), "<1@shop.example>".to_owned()),
        ]);
        let mail = Mail {
            id: "1".to_owned(),
            from: "chat@shop.example".to_owned(),
            to: vec!["ada@customers.example".to_owned()],
            subject: "A message".to_owned(),
            headers,
            text: "Hello Ada,\n\nMia wrote:\n> Friday?\n".to_owned(),
            html: String::new(),
            attachments: BTreeMap::new(),
            at: Timestamp::from_millis(1_795_000_000_000),
        };
        let raw = mail.reply(&reply, "2", mail.at).expect("a reply");
        let own = Own { words: vec!["chat@shop.example".to_owned()] };
        let read = read(&raw, &own).expect("a mail that is accepted");
        assert_eq!(read.from.as_str(), "ada@customers.example");
        assert_eq!(read.recipients.first().map(String::as_str), Some("r+token@reply.localhost"));
        assert_eq!(read.text, "Über Freitag:\npasst.");
        let [file] = read.files.as_slice() else { panic!("one file") };
        assert_eq!(file.name.as_deref(), Some("lid.png"));
        assert_eq!(file.bytes, b"\x7fPNG\r\n\n\0");
        let empty = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\
                     Content-Type: application/octet-stream\r\n\r\n\r\n--x--\r\n";
        let empty = Reply::of_form(kind, empty.as_bytes()).expect("a form");
        assert!(empty.file.is_none() && empty.text.is_empty());
    }
}
