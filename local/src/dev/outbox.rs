//! What SES does here: it keeps the mails, and shows them to a person at `/dev/outbox` and to a
//! program at `/dev/outbox.json`. It refuses what SES refuses, in SES's words.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::Clock;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use data_encoding::BASE64;
use domain::Timestamp;
use mail_parser::{Addr, Address, MessageParser, PartType};
use serde::Serialize;

use super::html;

/// Most destinations of a mail.
const MAX_DESTINATIONS: usize = 50;
/// Longest part of an address before the `@`, in bytes.
const MAX_LOCAL_PART: usize = 64;
/// Longest line of a message, in bytes, without its end.
const MAX_LINE: usize = 998;
const NAMESPACE: &str = "http://ses.amazonaws.com/doc/2010-12-01/";

/// The mails that were accepted. Clones are the same outbox.
#[derive(Clone)]
pub struct Outbox {
    clock: Clock,
    mails: Arc<Mutex<Vec<Mail>>>,
    received: Arc<AtomicU64>,
}

/// A mail as its reader has it.
#[derive(Clone, Debug, Serialize)]
pub struct Mail {
    /// The id that the sender was told.
    pub id: String,
    /// The address in `From`, without the name.
    pub from: String,
    /// Where it goes: the destinations of the call, else everyone in `To`, `Cc` and `Bcc`.
    pub to: Vec<String>,
    /// The subject, decoded.
    pub subject: String,
    /// The message's own headers by their names as sent; the values raw, but unfolded.
    pub headers: BTreeMap<String, String>,
    /// The first text part, decoded; empty without one.
    pub text: String,
    /// The first HTML part, decoded; empty without one.
    pub html: String,
    /// When it came.
    #[serde(skip)]
    pub at: Timestamp,
}

/// Why a mail is not accepted.
struct Refused {
    code: &'static str,
    message: String,
}

impl Outbox {
    /// An empty outbox that dates mails by this clock.
    pub fn new(clock: Clock) -> Self {
        Self { clock, mails: Arc::default(), received: Arc::default() }
    }

    /// All mails, the newest last.
    pub fn mails(&self) -> Vec<Mail> {
        self.lock().clone()
    }

    /// Forgets all mails.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Takes a `SendRawEmail` call as the SDK encodes it; answers the mail's id.
    fn receive(&self, form: &[u8]) -> Result<String, Refused> {
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
        let at = self.clock.now();
        let id =
            format!("{:016x}-{:06}", at.millis(), self.received.fetch_add(1, Ordering::Relaxed));
        let mail = read(&raw, source.as_deref(), to, id.clone(), at)?;
        self.lock().push(mail);
        Ok(id)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Mail>> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// SES's API, and the two views of what it received.
pub(crate) fn router(outbox: Outbox) -> Router {
    Router::new()
        .route("/dev/aws/ses", post(send))
        .route("/dev/aws/ses/", post(send))
        .route("/dev/outbox", get(show))
        .route("/dev/outbox.json", get(list))
        .with_state(outbox)
}

/// `SendRawEmail`
async fn send(State(outbox): State<Outbox>, body: Bytes) -> Response {
    let (status, answer) = match outbox.receive(&body) {
        Ok(id) => (
            StatusCode::OK,
            format!(
                "<SendRawEmailResponse xmlns=\"{NAMESPACE}\"><SendRawEmailResult><MessageId>{id}</MessageId></SendRawEmailResult>\
                 <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></SendRawEmailResponse>"
            ),
        ),
        Err(Refused { code, message }) => (
            StatusCode::BAD_REQUEST,
            format!(
                "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{}</Message></Error>\
                 </ErrorResponse>",
                html::escape(&message)
            ),
        ),
    };
    (status, [(CONTENT_TYPE, "text/xml")], answer).into_response()
}

async fn list(State(outbox): State<Outbox>) -> Json<Vec<Mail>> {
    Json(outbox.mails())
}

async fn show(
    State(outbox): State<Outbox>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Html<String> {
    let (id, part) = (query.get("id"), query.get("show"));
    let mails = outbox.mails();
    let body = match mails.iter().find(|mail| Some(&mail.id) == id).or(mails.last()) {
        Some(chosen) => {
            let entries: Vec<_> =
                mails.iter().rev().map(|mail| entry(mail, mail.id == chosen.id)).collect();
            format!(
                "<main><nav class=list>{}</nav>{}</main>",
                entries.concat(),
                article(chosen, part.map(String::as_str))
            )
        }
        None => "<p>No mail yet. It appears here as soon as the system sends one.</p>".to_owned(),
    };
    html::page("Outbox", id.is_none(), &body)
}

/// A mail in the list.
fn entry(mail: &Mail, chosen: bool) -> String {
    format!(
        "<a href=\"/dev/outbox?id={}\"{}><b>{}</b><time>{}</time><span>{}</span></a>",
        mail.id,
        current(chosen),
        html::escape(&mail.to.join(", ")),
        time(mail.at),
        html::escape(&mail.subject)
    )
}

/// A mail with one of its parts: `html`, `text` or `headers`.
fn article(mail: &Mail, part: Option<&str>) -> String {
    let part = part.unwrap_or(if mail.html.is_empty() { "text" } else { "html" });
    let tabs = [("html", "HTML"), ("text", "Text"), ("headers", "Headers")].map(|(name, title)| {
        format!(
            "<a href=\"/dev/outbox?id={}&amp;show={name}\"{}>{title}</a>",
            mail.id,
            current(name == part)
        )
    });
    let content = match part {
        "headers" => {
            let row = |(name, value): (&String, &String)| {
                format!("<tr><th>{}<td>{}", html::escape(name), html::escape(value))
            };
            let rows: Vec<_> = mail.headers.iter().map(row).collect();
            format!("<div class=part><table>{}</table></div>", rows.concat())
        }
        "text" => format!("<div class=part><pre>{}</pre></div>", html::escape(&mail.text)),
        // As in a mail program: no script runs, and links open in a new tab.
        _ => format!(
            "<iframe title=Mail sandbox=\"allow-popups allow-popups-to-escape-sandbox\" srcdoc=\"&lt;base target=_blank&gt;{}\"></iframe>",
            html::escape(&mail.html)
        ),
    };
    format!(
        "<article><div class=top><h2>{}</h2><p>{} → {}<p><small>{} UTC</small></div><nav class=tabs>{}</nav>{content}</article>",
        html::escape(&mail.subject),
        html::escape(&mail.from),
        html::escape(&mail.to.join(", ")),
        time(mail.at),
        tabs.concat()
    )
}

/// Marks the link to what is shown.
fn current(is_current: bool) -> &'static str {
    if is_current { " aria-current=page" } else { "" }
}

fn time(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.millis())
        .unwrap_or_default()
        .strftime("%-d %b %H:%M")
        .to_string()
}

/// Reads a raw message to these destinations, as strictly as SES.
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
    // Senders that nobody verified, and recipients as in the sandbox.
    let mut unverified: Vec<&str> = senders
        .into_iter()
        .chain(to.iter().map(String::as_str))
        .filter(|it| is_unverified(it))
        .collect();
    unverified.sort_unstable();
    unverified.dedup();
    if !unverified.is_empty() {
        let message = format!(
            "Email address is not verified. The following identities failed the check in region LOCAL-1: {}",
            unverified.join(", ")
        );
        return Err(Refused { code: "MessageRejected", message });
    }
    // The one recipient who always fails.
    if to.iter().any(|address| {
        local_part(address) == "reject" || local_part(address).starts_with("reject+")
    }) {
        return Err(Refused {
            code: "MessageRejected",
            message: "Address blacklisted.".to_owned(),
        });
    }
    let text = message.text_bodies().find_map(|part| match &part.body {
        PartType::Text(text) => Some(text.to_string()),
        _ => None,
    });
    let html = message.html_bodies().find_map(|part| match &part.body {
        PartType::Html(html) => Some(html.to_string()),
        _ => None,
    });
    Ok(Mail {
        id,
        from: from.to_owned(),
        to,
        subject: message.subject().unwrap_or_default().to_owned(),
        headers,
        text: text.unwrap_or_default(),
        html: html.unwrap_or_default(),
        at,
    })
}

fn local_part(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(local, _)| local)
}

fn is_unverified(address: &str) -> bool {
    local_part(address).starts_with("unverified")
}

/// Refuses an address that SES does not take: its API knows ASCII only, and a domain in other
/// letters as DNS has it.
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

/// The message's own headers. Refuses lines that mail does not allow, and a header that stands
/// there twice.
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

#[cfg(test)]
mod tests {
    use app::Clock;
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use data_encoding::BASE64;
    use serde_json::Value;

    use super::{Outbox, router};
    use crate::dev::calls::{call, get};

    const RAW: &str = "From: \"Tea & Co\" <shop@example.com>\r\nTo: ada@customers.example\r\n\
                       Subject: =?utf-8?q?Hello_=3CAda=3E_=E2=9C=93?=\r\nX-Long: one,\r\n two\r\nMIME-Version: 1.0\r\n\
                       Content-Type: multipart/alternative; boundary=b\r\n\r\n\
                       --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello <Ada>\r\n\
                       --b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p class=\"a\">Hello &lt;Ada&gt;</p>\r\n--b--\r\n";

    async fn send(outbox: &Outbox, raw: &str, to: &[&str]) -> (StatusCode, String) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", "SendRawEmail")
            .append_pair("RawMessage.Data", &BASE64.encode(raw.as_bytes()));
        for (index, to) in to.iter().enumerate() {
            form.append_pair(&format!("Destinations.member.{}", index + 1), to);
        }
        let request = Request::post("/dev/aws/ses/").body(Body::from(form.finish())).unwrap();
        call(router(outbox.clone()), request).await
    }

    #[tokio::test]
    async fn a_mail_is_kept_as_its_reader_has_it() {
        let outbox = Outbox::new(Clock::default());
        let (status, answer) =
            send(&outbox, RAW, &["ben@customers.example", "eve@customers.example"]).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let mails = outbox.mails();
        let mail = &mails[0];
        assert!(answer.contains(&format!("<MessageId>{}</MessageId>", mail.id)), "{answer}");
        assert_eq!(
            (mail.from.as_str(), mail.subject.as_str()),
            ("shop@example.com", "Hello <Ada> ✓")
        );
        assert_eq!(mail.to, ["ben@customers.example", "eve@customers.example"]);
        assert_eq!(mail.headers["X-Long"], "one, two");
        assert_eq!(
            (mail.text.trim(), mail.html.trim()),
            ("Hello <Ada>", "<p class=\"a\">Hello &lt;Ada&gt;</p>")
        );

        let (_, json) = get(router(outbox.clone()), "/dev/outbox.json").await;
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json[0]["headers"]["From"], "\"Tea & Co\" <shop@example.com>");
        assert_eq!(json[0].as_object().unwrap().len(), 7);
        outbox.clear();
        assert!(outbox.mails().is_empty());
    }

    #[tokio::test]
    async fn without_destinations_the_headers_say_where_it_goes() {
        let outbox = Outbox::new(Clock::default());
        assert_eq!(send(&outbox, RAW, &[]).await.0, StatusCode::OK);
        assert_eq!(outbox.mails()[0].to, ["ada@customers.example"]);
    }

    #[tokio::test]
    async fn refuses_what_ses_refuses() {
        let outbox = Outbox::new(Clock::default());
        let (many, long) =
            (vec!["ada@customers.example"; 51], format!("X-Other: {}\r\n{RAW}", "x".repeat(990)));
        let ada = ["ada@customers.example"];
        for (raw, to, code) in [
            ("To: ada@customers.example\r\n\r\nHello", &ada[..], "InvalidParameterValue"),
            ("From: shop@example.com\r\n\r\nHello", &[], "InvalidParameterValue"),
            (RAW, &many, "InvalidParameterValue"),
            (RAW, &["ada"], "InvalidParameterValue"),
            (&RAW.replace("\r\nX-Long", "\nX-Long"), &ada, "InvalidParameterValue"),
            (&RAW.replace("\r\nX-Long", "\rX-Long"), &ada, "InvalidParameterValue"),
            (&RAW.replace("X-Long", "subject"), &ada, "InvalidParameterValue"),
            (&RAW.replace("one", "zwölf"), &ada, "InvalidParameterValue"),
            (&long, &ada, "InvalidParameterValue"),
            (RAW, &["ada@customers.example", "reject@customers.example"], "MessageRejected"),
            (RAW, &["reject+2@customers.example"], "MessageRejected"),
            (RAW, &["ada@customers.example", "unverified@customers.example"], "MessageRejected"),
            (
                &RAW.replace("shop@example.com", "unverified-shop@example.com"),
                &ada,
                "MessageRejected",
            ),
            (RAW, &["ädä@customers.example"], "InvalidParameterValue"),
            (RAW, &["ada@münchen.example"], "InvalidParameterValue"),
            (RAW, &["a da@customers.example"], "InvalidParameterValue"),
            (RAW, &["ada@.example"], "InvalidParameterValue"),
            (RAW, &["@customers.example"], "InvalidParameterValue"),
        ] {
            let (status, answer) = send(&outbox, raw, to).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{raw}");
            assert!(
                answer.contains(&format!("<Type>Sender</Type><Code>{code}</Code><Message>")),
                "{answer}"
            );
        }
        assert!(outbox.mails().is_empty());
    }

    #[tokio::test]
    async fn the_page_shows_text_as_text() {
        let outbox = Outbox::new(Clock::default());
        let page =
            async |query: &str| get(router(outbox.clone()), &format!("/dev/outbox{query}")).await.1;
        assert!(page("").await.contains("No mail yet"));
        send(&outbox, RAW, &[]).await;
        let newest = page("").await;
        assert!(
            newest.contains("http-equiv=\"refresh\"")
                && newest.contains("<h2>Hello &lt;Ada&gt; ✓</h2>"),
            "{newest}"
        );
        assert!(
            newest.contains("&lt;p class=&quot;a&quot;&gt;Hello &amp;lt;Ada&amp;gt;&lt;/p&gt;"),
            "{newest}"
        );
        let id = outbox.mails()[0].id.clone();
        let text = page(&format!("?id={id}&show=text")).await;
        assert!(
            !text.contains("http-equiv=\"refresh\"") && text.contains("<pre>Hello &lt;Ada&gt;"),
            "{text}"
        );
        let headers = page(&format!("?id={id}&show=headers")).await;
        assert!(
            headers.contains("<th>From<td>&quot;Tea &amp; Co&quot; &lt;shop@example.com&gt;"),
            "{headers}"
        );
    }
}
