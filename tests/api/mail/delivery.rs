//! What SES rejects, and connections to it.

use harness::Shop;
use notice::{Notices, Outcome};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{A_MINUTE, Summary, due_calls, run_digest, ses_calls, with_sender};

#[tokio::test]
async fn mails_of_an_unverified_sender_wait_until_it_is_verified() {
    let shop = Shop::by_hand(&[("MAIL_FROM", "unverified@shop.example")]).await;
    for n in 0..3 {
        let hash = shop.customer(&format!("cus_{n}")).open().await;
        shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    }
    shop.deliver_all().await;
    shop.running.app.clock.advance(A_MINUTE * 1_000);
    let notices = due_calls(&shop);
    assert_eq!(notices.len(), 3);
    for notice in &notices {
        assert!(
            notice::handle(Notices::new(&shop.running.app), notice.clone()).await.is_err(),
            "Lambda retries"
        );
    }
    assert!(
        digest::handle(digest::Digest::new(&shop.running.app), Value::Null).await.is_err(),
        "Lambda retries"
    );
    assert!(shop.mails().is_empty());

    let verified = with_sender(&shop, "chat@shop.example");
    assert_eq!(
        notice::handle(Notices::new(&verified), notices[0].clone()).await.unwrap(),
        Outcome::Sent
    );
    let summary = digest::handle(digest::Digest::new(&verified), Value::Null).await.unwrap();
    assert_eq!(summary, Summary { sent: 2, ..Summary::default() });
}

#[tokio::test]
async fn unverified_recipients_wait_and_delay_no_others() {
    let shop = Shop::open().await;
    for n in 0..12 {
        if n < 11 {
            let address = format!("unverified{n}@customers.example");
            shop.running.dev.medusa.rename(&format!("cus_{n}"), "Eve", "Customer", Some(&address));
        }
        let hash = shop.customer(&format!("cus_{n}")).open().await;
        shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    }
    assert!(shop.running.background.digest().await.is_err(), "eleven are not delivered");
    assert_eq!(shop.mails().len(), 1, "the twelfth is");
    for n in 0..11 {
        shop.running.dev.medusa.rename(
            &format!("cus_{n}"),
            "Eve",
            "Customer",
            Some(&format!("eve{n}@customers.example")),
        );
    }
    assert_eq!(run_digest(&shop).await, Summary { sent: 11, ..Summary::default() });
}

#[tokio::test]
async fn a_digest_that_ses_rejects_stops_early_and_counts_as_unsent() {
    const CUSTOMERS: u64 = 30;
    let shop = Shop::by_hand(&[("MAIL_FROM", "unverified@shop.example")]).await;
    for n in 0..CUSTOMERS {
        let hash = shop.customer(&format!("cus_{n}")).open().await;
        shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    }
    shop.deliver_all().await;
    for _ in 0..3 {
        shop.wire.reset();
        let failed = digest::handle(digest::Digest::new(&shop.running.app), Value::Null)
            .await
            .expect_err("the digest fails");
        assert!(failed.to_string().contains("SES takes no mail"), "{failed}");
        // Five rejected in a row, and those sent concurrently with the fifth.
        assert!(ses_calls(&shop) < 10, "{} calls", ses_calls(&shop));
    }
    let verified = with_sender(&shop, "chat@shop.example");
    let summary = digest::handle(digest::Digest::new(&verified), Value::Null).await.unwrap();
    assert_eq!(summary, Summary { sent: CUSTOMERS, ..Summary::default() });
}

/// An SES that responds to one request on each connection and drops the connection at the second,
/// like one that died while the function was frozen. Returns its URL.
async fn ses_with_mortal_connections() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut request, mut part) = (Vec::new(), [0; 4096]);
                while !is_whole(&request) {
                    match stream.read(&mut part).await {
                        Ok(length @ 1..) => request.extend_from_slice(&part[..length]),
                        _ => return,
                    }
                }
                let body = "<SendRawEmailResponse \
                            xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\">\
                            <SendRawEmailResult><MessageId>1</MessageId></SendRawEmailResult>\
                            </SendRawEmailResponse>";
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
                // A second request gets no response.
                let _ = stream.read(&mut part).await;
            });
        }
    });
    url
}

/// Whether the request is complete.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
    body.len() >= length.unwrap_or(0)
}

#[tokio::test]
async fn no_mail_is_sent_over_a_dead_connection() {
    let shop = Shop::by_hand(&[]).await;
    let mut config = shop.running.app.config.clone();
    config.aws.endpoints.ses = Some(ses_with_mortal_connections().await);
    let app = app::App::new(config, shop.running.app.clock.clone());
    for n in 0..4 {
        let hash = shop.customer(&format!("cus_{n}")).open().await;
        shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    }
    shop.deliver_all().await;
    shop.running.app.clock.advance(A_MINUTE * 1_000);
    let notices = Notices::new(&app);
    for notice in due_calls(&shop) {
        assert_eq!(notice::handle(notices.clone(), notice).await.unwrap(), Outcome::Sent);
    }
}
