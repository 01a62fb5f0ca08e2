//! Bounces and complaints that SES reports.

use app::unsubscribe::{digest_of_address, digest_of_person};
use domain::EmailAddress;
use harness::Shop;
use serde_json::{Value, json};

use super::{A_MINUTE, Summary, actor, run_digest, ses_reports};

#[tokio::test]
async fn addresses_that_bounce_or_complain_get_no_more_mail() {
    let shop = Shop::open().await;
    for name in ["ada", "ben", "cleo", "dora"] {
        let hash = shop.customer(&format!("cus_{name}")).open().await;
        shop.admin("user_mia").answer(&hash, "It is in stock.").await;
    }
    let bounce = |kind: &str, name: &str| {
        let recipients =
            json!([{ "emailAddress": format!("cus_{name}@customers.example"), "status": "5.1.1" }]);
        json!({ "eventType": "Bounce", "bounce": {
            "bounceType": kind, "bounceSubType": "General", "bouncedRecipients": recipients,
        } })
    };
    let complaint = json!({
        "notificationType": "Complaint", "mail": { "messageId": "1" },
        "complaint": {
            "complainedRecipients": [{ "emailAddress": "Cleo <CUS_CLEO@customers.example>" }],
        },
    });
    let dora = json!([{ "emailAddress": "cus_dora@customers.example" }]);
    let odd = [
        json!({ "eventType": "Delivery",
            "delivery": { "recipients": ["cus_dora@customers.example"] } }),
        json!({ "eventType": "Reject", "bounce": { "bounceType": "Permanent",
            "bouncedRecipients": dora } }),
        json!({ "eventType": "Open", "complaint": { "complainedRecipients": dora } }),
        json!({ "eventType": "Bounce" }),
        json!({ "eventType": "Bounce", "bounce": { "bounceType": "Permanent",
            "bouncedRecipients": [{ "emailAddress": "no address" }] } }),
        json!(["cus_dora@customers.example"]),
    ];
    let mut messages = vec![
        bounce("Permanent", "ada").to_string(),
        bounce("Transient", "ben").to_string(),
        complaint.to_string(),
    ];
    messages.extend(odd.iter().map(Value::to_string));
    messages.push("Successfully validated SNS topic for Amazon SES event publishing.".to_owned());
    ses_reports(&shop, &messages).await;

    shop.advance(A_MINUTE).await;
    let mut mailed: Vec<String> = shop.mails().into_iter().flat_map(|mail| mail.to).collect();
    mailed.sort();
    assert_eq!(mailed, ["cus_ben@customers.example", "cus_dora@customers.example"]);
    assert_eq!(run_digest(&shop).await, Summary { unwanted: 2, ..Summary::default() });
    assert_eq!(shop.mails().len(), 2);
}

#[tokio::test]
async fn only_permanent_bounces_and_real_complaints_end_the_mails() {
    let shop = Shop::open().await;
    let app = &shop.running.app;
    let recipient =
        |name: &str| json!([{ "emailAddress": format!("cus_{name}@customers.example") }]);
    let bounce = |kind: &str, sub: &str, name: &str| {
        json!({ "eventType": "Bounce", "bounce": {
            "bounceType": kind, "bounceSubType": sub, "bouncedRecipients": recipient(name),
        } })
    };
    let complaint = |kind: Value, sub: Value, name: &str| {
        json!({ "eventType": "Complaint", "complaint": {
            "complaintSubType": sub, "complaintFeedbackType": kind,
            "complainedRecipients": recipient(name),
        } })
    };
    let none = || Value::Null;
    let spares = [
        complaint(json!("not-spam"), none(), "a"),
        complaint(json!("Not-Spam"), none(), "b"),
        complaint(json!("auth-failure"), none(), "c"),
        bounce("Transient", "General", "d"),
        bounce("Transient", "MailboxFull", "e"),
        bounce("Transient", "MessageTooLarge", "f"),
        bounce("Transient", "ContentRejected", "g"),
        bounce("Transient", "AttachmentRejected", "h"),
        bounce("Undetermined", "Undetermined", "i"),
    ];
    let ends = [
        complaint(json!("abuse"), none(), "m"),
        complaint(json!("fraud"), none(), "n"),
        complaint(json!("virus"), none(), "o"),
        complaint(json!("other"), none(), "p"),
        complaint(none(), none(), "q"),
        complaint(none(), json!("OnAccountSuppressionList"), "r"),
        bounce("Permanent", "General", "s"),
        bounce("Permanent", "NoEmail", "t"),
        bounce("Permanent", "Suppressed", "u"),
        bounce("Permanent", "OnAccountSuppressionList", "v"),
    ];
    ses_reports(&shop, &spares.iter().chain(&ends).map(Value::to_string).collect::<Vec<_>>()).await;
    let may_mail = async |name: char| {
        let (id, address) = (format!("cus_{name}"), format!("cus_{name}@customers.example"));
        app.store
            .may_mail(
                &digest_of_person(&actor(&id)),
                &digest_of_address(&EmailAddress::parse(&address).unwrap()),
            )
            .await
            .unwrap()
    };
    for name in 'a'..='i' {
        assert!(may_mail(name).await, "{name}");
    }
    for name in 'm'..='v' {
        assert!(!may_mail(name).await, "{name}");
    }
    // The operator lifts the suppression, until the next bounce.
    let address = EmailAddress::parse("cus_s@customers.example").unwrap();
    local::operate::run(local::operate::Task::MailAgain(address), &app.store, None)
        .await
        .expect("done");
    assert!(may_mail('s').await && !may_mail('t').await);
    ses_reports(&shop, &[bounce("Permanent", "General", "s").to_string()]).await;
    assert!(!may_mail('s').await);
}
