//! What SES says became of mails: an address that does not exist, or whose owner calls our mail spam, gets no more of it. Sending on
//! would cost the shop its good name with every mail provider.

use aws_lambda_events::sns::SnsEvent;
use domain::EmailAddress;
use runtime::unsubscribe::digest_of_address;
use runtime::{App, Error};
use serde::Deserialize;

/// SES's own word for what it tells: `eventType` through a configuration set, `notificationType` through an identity.
#[derive(Debug, Deserialize)]
struct Feedback {
    #[serde(rename = "eventType", alias = "notificationType")]
    kind: String,
    bounce: Option<Bounce>,
    complaint: Option<Complaint>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
    bounced_recipients: Vec<Address>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    complained_recipients: Vec<Address>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Address {
    email_address: String,
}

/// Handles what SES tells through SNS. Only a database that fails makes it come again: what cannot be read is counted.
pub async fn heed(app: App, event: SnsEvent) -> Result<(), Error> {
    let (mut bounces, mut complaints, mut unknown) = (0, 0, 0);
    for record in event.records {
        let addresses = match serde_json::from_str::<Feedback>(&record.sns.message) {
            Ok(Feedback { kind, bounce: Some(bounce), .. }) if kind == "Bounce" => {
                // A full mailbox is full today only.
                let is_final = bounce.bounce_type == "Permanent";
                bounces += u64::from(is_final);
                if is_final { bounce.bounced_recipients } else { Vec::new() }
            }
            Ok(Feedback { kind, complaint: Some(complaint), .. }) if kind == "Complaint" => {
                complaints += 1;
                complaint.complained_recipients
            }
            Ok(_) | Err(_) => {
                unknown += 1;
                Vec::new()
            }
        };
        for address in addresses.iter().filter_map(|address| plain(&address.email_address)) {
            app.store.suppress(&digest_of_address(&address), app.clock.now()).await?;
        }
    }
    tracing::info!(feedback.bounces = bounces, feedback.complaints = complaints, feedback.unknown = unknown, "feedback");
    app.count(&[("Bounces", bounces), ("Complaints", complaints), ("FeedbackUnknown", unknown)]);
    Ok(())
}

/// The address itself, where it comes with a name.
fn plain(text: &str) -> Option<EmailAddress> {
    let inner = text.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>')).unwrap_or(text);
    EmailAddress::parse(inner.trim())
}
