//! SES's `SendRawEmail`.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use domain::Timestamp;
use mail_parser::{Addr, Address, MessageParser, MimeHeaders, PartType};

use super::{Mail, Outbox};
use crate::dev::html;

/// Most destinations of a mail.
const MAX_DESTINATIONS: usize = 50;
/// Longest part of an address before the `@`, in bytes.
const MAX_LOCAL_PART: usize = 64;
/// Longest line of a message without its end, in bytes.
const MAX_LINE: usize = 998;
const NAMESPACE: &str = "http://ses.amazonaws.com/doc/2010-12-01/";

/// An error response of SES.
struct Refused {
    code: &'static str,
    message: String,
}

/// `SendRawEmail`
pub(super) async fn send(State(outbox): State<Outbox>, body: Bytes) -> Response {
    let (status, response) = match receive(&outbox, &body) {
        Ok(id) => (
            StatusCode::OK,
            format!(
                "<SendRawEmailResponse xmlns=\"{NAMESPACE}\"><SendRawEmailResult>\
                 <MessageId>{id}</MessageId></SendRawEmailResult><ResponseMetadata>\
                 <RequestId>{id}</RequestId></ResponseMetadata></SendRawEmailResponse>"
            ),
        ),
        Err(Refused { code, message }) => (
            StatusCode::BAD_REQUEST,
            format!(
                "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>Sender</Type>\
                 <Code>{code}</Code><Message>{}</Message></Error></ErrorResponse>",
                html::escape(&message)
            ),
        ),
    };
    (status, [(CONTENT_TYPE, "text/xml")], response).into_response()
}

/// Stores the mail of a call, as the SDK encodes it; returns the mail's id.
fn receive(outbox: &Outbox, form: &[u8]) -> Result<String, Refused> {
    let (mut action, mut data, mut source, mut to) =
        (String::new(), String::new(), None, Vec::new());
    for (name, value) in form_urlencoded::parse(form) {
        match &*name {
            "Action" => action = value.into_owned(),
            "RawMessage.Data" => data = value.into_owned(),
            "Source" => source = Some(value.into_owned()),
            name if name.starts_with("Destinations.member.") => to.push(value.into_owned()),
            _ => {}
        }
    }
    if action != "SendRawEmail" {
        return Err(Refused {
            code: "InvalidAction",
            message: format!("Could not find operation {action} for version 2010-12-01"),
        });
    }
    let raw =
        BASE64.decode(data.as_bytes()).map_err(|_| invalid("RawMessage.Data is no base64."))?;
    let (id, at) = outbox.next_id();
    let mail = read(&raw, source.as_deref(), to, id.clone(), at)?;
    outbox.lock().push(mail);
    Ok(id)
}

/// Reads a raw message, as strictly as SES.
fn read(
    raw: &[u8],
    source: Option<&str>,
    mut to: Vec<String>,
    id: String,
    at: Timestamp,
) -> Result<Mail, Refused> {
    let headers = headers(raw)?;
    let message = MessageParser::default()
        .parse(raw)
        .ok_or_else(|| invalid("The message cannot be read."))?;
    let Some(from) = message.from().and_then(Address::first).and_then(Addr::address) else {
        return Err(invalid("Missing required header 'From'."));
    };
    if to.is_empty() {
        let named = [message.to(), message.cc(), message.bcc()]
            .into_iter()
            .flatten()
            .flat_map(Address::iter);
        to = named.filter_map(Addr::address).map(str::to_owned).collect();
    }
    if to.is_empty() {
        return Err(invalid("Missing required destination."));
    }
    if to.len() > MAX_DESTINATIONS {
        return Err(invalid("Recipient count exceeds 50."));
    }
    let senders = [source.unwrap_or(from), from];
    for address in senders.into_iter().chain(to.iter().map(String::as_str)) {
        check_address(address)?;
    }
    check_identities(senders, &to)?;
    let text = message.text_bodies().find_map(|part| match &part.body {
        PartType::Text(text) => Some(text.to_string()),
        _ => None,
    });
    let html = message.html_bodies().find_map(|part| match &part.body {
        PartType::Html(html) => Some(html.to_string()),
        _ => None,
    });
    let attachments = message.attachments().filter_map(|part| match &part.body {
        PartType::Text(text) => {
            Some((part.attachment_name().unwrap_or_default().to_owned(), text.to_string()))
        }
        _ => None,
    });
    let attachments = attachments.collect();
    Ok(Mail {
        id,
        from: from.to_owned(),
        to,
        subject: message.subject().unwrap_or_default().to_owned(),
        headers,
        text: text.unwrap_or_default(),
        html: html.unwrap_or_default(),
        attachments,
        at,
    })
}

/// Refuses unverified senders and recipients, as SES's sandbox does, and the recipient `reject`,
/// which stands for an address that SES has blacklisted.
fn check_identities(senders: [&str; 2], to: &[String]) -> Result<(), Refused> {
    let rejected = |message: String| Refused { code: "MessageRejected", message };
    let mut unverified: Vec<&str> = senders
        .into_iter()
        .chain(to.iter().map(String::as_str))
        .filter(|address| local_part(address).starts_with("unverified"))
        .collect();
    unverified.sort_unstable();
    unverified.dedup();
    if !unverified.is_empty() {
        return Err(rejected(format!(
            "Email address is not verified. The following identities failed the check in region \
             LOCAL-1: {}",
            unverified.join(", ")
        )));
    }
    let is_blacklisted = |address: &String| {
        local_part(address) == "reject" || local_part(address).starts_with("reject+")
    };
    if to.iter().any(is_blacklisted) {
        return Err(rejected("Address blacklisted.".to_owned()));
    }
    Ok(())
}

fn local_part(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(local, _)| local)
}

/// Refuses an address that SES refuses: it accepts only ASCII, and other letters of a domain only
/// in their DNS form.
fn check_address(address: &str) -> Result<(), Refused> {
    let (local, domain) =
        address.rsplit_once('@').ok_or_else(|| invalid("Missing final '@domain'"))?;
    if local.is_empty() || local.len() > MAX_LOCAL_PART {
        return Err(invalid("Local part has a wrong length"));
    }
    if !local.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid("Local address contains control or whitespace"));
    }
    if domain.starts_with('.') || domain.ends_with('.') || domain.is_empty() {
        return Err(invalid("Domain starts or ends with dot"));
    }
    if !domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')) {
        return Err(invalid("Domain contains illegal character"));
    }
    Ok(())
}

/// The message's own headers. Refuses lines that mail does not allow, and duplicate headers.
fn headers(raw: &[u8]) -> Result<BTreeMap<String, String>, Refused> {
    if raw
        .split(|byte| *byte == b'\n')
        .any(|line| line.strip_suffix(b"\r").unwrap_or(line).len() > MAX_LINE)
    {
        return Err(invalid("A line is longer than 998 characters."));
    }
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(raw.len());
    let section = raw
        .get(..end)
        .and_then(|section| std::str::from_utf8(section).ok())
        .filter(|section| section.is_ascii());
    let section = section.ok_or_else(|| invalid("The headers are not 7-bit ASCII."))?;
    if section.replace("\r\n", "").contains(['\r', '\n']) {
        return Err(invalid("A header line does not end with CR LF."));
    }
    let unfolded = section.replace("\r\n ", " ").replace("\r\n\t", "\t");
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for line in unfolded.lines() {
        let (name, value) =
            line.split_once(':').ok_or_else(|| invalid("A header line has no name."))?;
        if headers.keys().any(|known| known.eq_ignore_ascii_case(name)) {
            return Err(invalid(&format!("Duplicate header '{name}'.")));
        }
        headers.insert(name.to_owned(), value.trim().to_owned());
    }
    Ok(headers)
}

fn invalid(message: &str) -> Refused {
    Refused { code: "InvalidParameterValue", message: message.to_owned() }
}
