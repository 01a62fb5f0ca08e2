//! A small demo shop: a team of two and a dozen conversations, created through the API.

use anyhow::ensure;
use app::App;
use axum::body::{Bytes, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use domain::Timestamp;
use serde_json::{Value, json};

use crate::Gateway;
use crate::token::Signer;

/// A person of the demo shop.
pub struct Person {
    /// The id in Medusa.
    pub id: &'static str,
    /// The first name.
    pub name: &'static str,
    /// Whether the person is an admin.
    pub is_staff: bool,
}

/// The people of the demo shop.
pub const fn people() -> [Person; 4] {
    [
        Person { id: "cus_ada", name: "Ada", is_staff: false },
        Person { id: "cus_ben", name: "Ben", is_staff: false },
        Person { id: "user_mia", name: "Mia", is_staff: true },
        Person { id: "user_tom", name: "Tom", is_staff: true },
    ]
}

/// What happens in the demo shop. People are named by their ids.
enum Step {
    /// A customer writes to the shop.
    Write(&'static str, &'static str),
    /// An admin answers a customer.
    Answer(&'static str, &'static str, &'static str),
    /// An admin changes status, assignee or labels.
    Change(&'static str, &'static str, Value),
    /// An admin writes more than a text.
    Send(&'static str, &'static str, Value),
    /// An admin writes a note and mentions others.
    Note(&'static str, &'static str, &'static str, &'static [&'static str]),
    /// An admin reads.
    Read(&'static str, &'static str),
}

const DAY_MS: i64 = 86_400_000;
const MIA: &str = "user_mia";
const TOM: &str = "user_tom";

/// A dozen conversations in all states, so that each queue of the inbox has some. Ada's and Ben's
/// are the newest.
fn steps(now: Timestamp) -> Vec<Step> {
    use Step::{Answer, Change, Note, Read, Send, Write};
    let tomorrow = now.plus_millis(DAY_MS).to_string();
    let tea = json!({
        "kind": "product", "title": "Sencha, spring picking", "subtitle": "100 g",
        "price": { "amount": 14.5, "currency_code": "eur" },
    });
    let call = json!({
        "starts_at": now.plus_millis(2 * DAY_MS).to_string(),
        "ends_at": now.plus_millis(2 * DAY_MS + 1_800_000).to_string(),
        "title": "The glaze of the two bowls", "url": "https://meet.example/bowls",
    });
    vec![
        Write("cus_tess", "Can I pay by invoice?"),
        Change(MIA, "cus_tess", json!({ "labels": ["wholesale"] })),
        Write("cus_lukas", "Are you there? My parcel is stuck in customs and it is urgent."),
        Change(TOM, "cus_lukas", json!({ "assignee_id": TOM, "labels": ["shipping"] })),
        Write("cus_sofia", "I need an invoice with a VAT number for order #1066."),
        Answer(TOM, "cus_sofia", "It is in your inbox now."),
        Change(TOM, "cus_sofia", json!({ "status": "closed" })),
        Write("cus_sofia", "The lid of the clay pot arrived broken. What do I need to do?"),
        Change(MIA, "cus_sofia", json!({ "assignee_id": MIA, "labels": ["return"] })),
        Note(MIA, "cus_sofia", "Third broken lid from batch 12. @Tom can we add foam?", &[TOM]),
        Write("cus_emma", "Do the Fjord cups use the same glaze as the pot?"),
        Write("cus_james", "Hello? Is anybody there?"),
        Write("cus_noor", "Which tea goes with the moss bowl?"),
        Send(MIA, "cus_noor", json!({ "body": "A green one: it shows the glaze.", "card": tea })),
        Change(MIA, "cus_noor", json!({ "status": "closed" })),
        Write("cus_paul", "Is the black kettle coming back?"),
        Answer(TOM, "cus_paul", "I ask the potter on Thursday and write to you then."),
        Change(TOM, "cus_paul", json!({ "status": "snoozed", "snoozed_until": tomorrow })),
        Write("cus_rosa", "Please send the two bowls back to me."),
        Answer(MIA, "cus_rosa", "They leave tomorrow."),
        Send(
            MIA,
            "cus_rosa",
            json!({
                "body": "Shall we talk about the glaze in two days?", "type": "meeting",
                "meeting": call,
            }),
        ),
        Change(MIA, "cus_rosa", json!({ "labels": ["return", "shipping"] })),
        Change(MIA, "cus_rosa", json!({ "status": "snoozed", "snoozed_until": tomorrow })),
        Write("cus_yuki", "Thank you, it arrived in one piece!"),
        Answer(TOM, "cus_yuki", "Good to hear. Enjoy your tea."),
        Change(TOM, "cus_yuki", json!({ "status": "closed" })),
        Write("cus_olga", "We run a café and need sixty cups. Is there a price for that?"),
        Change(MIA, "cus_olga", json!({ "assignee_id": TOM, "labels": ["wholesale"] })),
        Write("cus_ada", "Hi! Is the green teapot coming back in stock?"),
        Write("cus_ben", "My order #1042 says delivered, but nothing arrived."),
        Answer(
            MIA,
            "cus_ada",
            "Hello Ada, yes: forty of them arrive on Thursday. Shall I keep one for you?",
        ),
        Read(MIA, "cus_ada"),
    ]
}

/// Fills an empty shop. A shop with channels is left unchanged.
pub(crate) async fn seed(app: &App, gateway: &Gateway, signer: &Signer) -> anyhow::Result<()> {
    let now = app.clock.now();
    let token = |id: &'static str| {
        signer.token(&Person { id, name: "", is_staff: id.starts_with("user_") }, now)
    };
    let call = async |id: &'static str, method: Method, path: &str, body: Value| {
        call(gateway, &token(id), method, path, &body).await
    };
    let own = call("cus_ada", Method::GET, "/store/chat/channels", Value::Null).await?;
    if own["count"] != 0 {
        return Ok(());
    }
    for id in [MIA, TOM] {
        call(id, Method::PUT, "/admin/chat/profile", json!({})).await?;
    }
    let labels = json!([
        { "slug": "return", "name": "Return", "color": "#d97706" },
        { "slug": "shipping", "name": "Shipping", "color": "#2563eb" },
        { "slug": "wholesale", "name": "Wholesale", "color": "#7c3aed" },
    ]);
    let labels = json!({ "labels": labels, "version": 0 });
    call(MIA, Method::PUT, "/admin/chat/labels", labels).await?;
    for step in steps(now) {
        let channel = |id| format!("/admin/chat/channels/direct:admin:{id}");
        let messages = |side, id| format!("/{side}/chat/messages/direct:admin:{id}");
        match step {
            Step::Write(id, body) => {
                call(id, Method::POST, "/store/chat/channels", json!({})).await?;
                call(id, Method::POST, &messages("store", id), json!({ "body": body })).await?;
            }
            Step::Answer(by, id, body) => {
                call(by, Method::POST, &messages("admin", id), json!({ "body": body })).await?;
            }
            Step::Send(by, id, fields) => {
                call(by, Method::POST, &messages("admin", id), fields).await?;
            }
            Step::Change(by, id, fields) => {
                call(by, Method::PUT, &channel(id), fields).await?;
            }
            Step::Note(by, id, body, mentions) => {
                let note = json!({ "body": body, "mentions": mentions });
                call(by, Method::POST, &format!("{}/notes", channel(id)), note).await?;
            }
            Step::Read(by, id) => {
                call(by, Method::PUT, &format!("{}/read", channel(id)), json!({})).await?;
            }
        }
    }
    Ok(())
}

async fn call(
    gateway: &Gateway,
    token: &str,
    method: Method,
    path: &str,
    body: &Value,
) -> anyhow::Result<Value> {
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}"))?);
    headers.insert(header::HOST, HeaderValue::from_static("127.0.0.1"));
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let response = gateway.respond(method, path, &headers, body, "127.0.0.1").await;
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await?;
    ensure!(status.is_success(), "{path} returned {status}: {}", String::from_utf8_lossy(&body));
    Ok(serde_json::from_slice(&body)?)
}
