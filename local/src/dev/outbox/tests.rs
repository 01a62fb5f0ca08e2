use app::Clock;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use data_encoding::BASE64;
use serde_json::Value;

use super::{Outbox, router};
use crate::dev::calls::{call, get};

const RAW: &str = "From: \"Tea & Co\" <shop@example.com>\r\nTo: ada@customers.example\r\n\
                   Subject: =?utf-8?q?Hello_=3CAda=3E_=E2=9C=93?=\r\nX-Long: one,\r\n two\r\n\
                   MIME-Version: 1.0\r\n\
                   Content-Type: multipart/alternative; boundary=b\r\n\r\n\
                   --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello <Ada>\r\n\
                   --b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
                   <p class=\"a\">Hello &lt;Ada&gt;</p>\r\n--b--\r\n";

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
async fn a_mail_is_stored_as_its_recipient_sees_it() {
    let outbox = Outbox::new(Clock::default());
    let (status, answer) =
        send(&outbox, RAW, &["ben@customers.example", "eve@customers.example"]).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let mails = outbox.mails();
    let mail = &mails[0];
    assert!(answer.contains(&format!("<MessageId>{}</MessageId>", mail.id)), "{answer}");
    assert_eq!((mail.from.as_str(), mail.subject.as_str()), ("shop@example.com", "Hello <Ada> ✓"));
    assert_eq!(mail.to, ["ben@customers.example", "eve@customers.example"]);
    assert_eq!(mail.headers["X-Long"], "one, two");
    assert_eq!(
        (mail.text.trim(), mail.html.trim()),
        ("Hello <Ada>", "<p class=\"a\">Hello &lt;Ada&gt;</p>")
    );

    let (_, json) = get(router(outbox.clone()), "/dev/outbox.json").await;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["headers"]["From"], "\"Tea & Co\" <shop@example.com>");
    assert_eq!(json[0].as_object().unwrap().len(), 8);
    outbox.clear();
    assert!(outbox.mails().is_empty());
}

#[tokio::test]
async fn without_destinations_the_headers_name_the_recipients() {
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
        (&RAW.replace("shop@example.com", "unverified-shop@example.com"), &ada, "MessageRejected"),
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
async fn the_page_escapes_the_mail() {
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
