//! Mails to people who are away: the notice, the digest, and how they end.

mod address;
mod assignee;
mod content;
mod delivery;
mod digest;
mod feedback;
mod guest;
mod inbox;
mod meeting;
mod mention;
mod notice;
mod transcript;
mod unsubscribe;

use ::digest::Summary;
use axum::http::{HeaderMap, Method};
use domain::{ActorId, EmailAddress, Principal};
use harness::Shop;
use local::dev::outbox::Mail;
use schedule::Call;
use serde_json::json;

const MINUTE: i64 = 60;
/// A little more than the minute after which a notice is due.
const A_MINUTE: i64 = MINUTE + 1;
const DAY: i64 = 24 * 3_600;
const ADA: &str = "cus_ada@customers.example";
const MIA: &str = "user_mia@staff.example";
const INBOX: &str = "inbox@shop.example";

/// Runs the digest. It must not fail.
async fn run_digest(shop: &Shop) -> Summary {
    shop.running.background.digest().await.expect("a run")
}

/// Waits until the last socket of a person is closed.
async fn until_disconnected(shop: &Shop, person: &Principal) {
    let app = &shop.running.app;
    let is_disconnected =
        async || app.store.connections_of(person, app.clock.now()).await.unwrap().is_empty();
    harness::until("no socket is left", is_disconnected).await;
}

fn actor(id: &str) -> ActorId {
    ActorId::parse(id).expect("an id")
}

/// A page as a browser gets it.
struct Page {
    status: u16,
    headers: HeaderMap,
    html: String,
}

/// Opens the link of a mail by `GET`, or by `POST` as mail clients do for one click; without any
/// credentials.
async fn visit(shop: &Shop, method: Method, path: &str) -> Page {
    let body = if method == Method::POST { "List-Unsubscribe=One-Click" } else { "" };
    let reply = shop
        .nobody()
        .with("content-type", "application/x-www-form-urlencoded")
        .send_raw(method.as_str(), path, body)
        .await;
    Page { status: reply.status, headers: reply.headers, html: reply.text }
}

/// The path of a mail's unsubscribe link.
fn link(mail: &Mail) -> String {
    let url = mail.headers["List-Unsubscribe"].trim_matches(['<', '>']);
    url[url.find("/chat/").expect("a link")..].to_owned()
}

/// Delivers reports of SES, as SNS does.
async fn ses_reports(shop: &Shop, messages: &[String]) {
    const TOPIC: &str = "arn:aws:sns:local-1:000000000000:feedback";
    let record = |message: &String| {
        json!({
            "EventSource": "aws:sns", "EventVersion": "1.0",
            "EventSubscriptionArn": format!("{TOPIC}:1"),
            "Sns": {
                "Type": "Notification", "MessageId": "1", "TopicArn": TOPIC, "Subject": null,
                "Message": message, "Timestamp": "2026-03-26T12:00:00.000Z",
                "SignatureVersion": "1", "Signature": "x",
                "SigningCertUrl": "https://sns.example/x.pem",
                "UnsubscribeUrl": "https://sns.example/", "MessageAttributes": {},
            },
        })
    };
    let event = json!({ "Records": messages.iter().map(record).collect::<Vec<_>>() });
    let event = serde_json::from_value(event).expect("an event of SNS");
    ::feedback::handle(shop.running.app.clone(), event).await.expect("handled");
}

/// The same application with another sender.
fn with_sender(shop: &Shop, address: &str) -> app::App {
    let mut config = shop.running.app.config.clone();
    config.mail.from = EmailAddress::parse(address);
    app::App::new(config, shop.running.app.clock.clone())
}

/// How often SES was called.
fn ses_calls(shop: &Shop) -> usize {
    shop.wire.calls().iter().filter(|call| call.operation == "SendRawEmail").count()
}

/// Takes the calls that are due now out of the schedules.
fn due_calls(shop: &Shop) -> Vec<Call> {
    let due = shop.running.dev.scheduler.take_due(shop.running.app.clock.now());
    due.into_iter().map(|due| serde_json::from_value(due.input).expect("a call")).collect()
}
