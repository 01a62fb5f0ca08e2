//! The page of the outbox: a list of mails, and one of them with its HTML, text or headers.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Html;

use super::{Mail, Outbox};
use crate::dev::{html, time};

pub(super) async fn show(
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
            "<iframe title=Mail sandbox=\"allow-popups allow-popups-to-escape-sandbox\" \
             srcdoc=\"&lt;base target=_blank&gt;{}\"></iframe>",
            html::escape(&mail.html)
        ),
    };
    format!(
        "<article><div class=top><h2>{}</h2><p>{} → {}<p><small>{} UTC</small>{}</div>\
         <nav class=tabs>{}</nav>{content}</article>",
        html::escape(&mail.subject),
        html::escape(&mail.from),
        html::escape(&mail.to.join(", ")),
        time(mail.at),
        reply_form(mail),
        tabs.concat()
    )
}

/// The form by which its recipient answers, if the mail has a reply address.
fn reply_form(mail: &Mail) -> String {
    if mail.reply_to().is_none() {
        return String::new();
    }
    format!(
        "<details class=reply><summary>Reply</summary>\
         <form method=post action=\"/dev/outbox/reply?id={}\" enctype=multipart/form-data>\
         <textarea name=text rows=4 aria-label=\"Your reply\" required></textarea>\
         <input type=file name=file aria-label=\"A file\"><button>Send</button></form></details>",
        mail.id
    )
}

/// The attribute that marks the selected link.
fn current(is_current: bool) -> &'static str {
    if is_current { " aria-current=page" } else { "" }
}
