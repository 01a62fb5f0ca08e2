//! What SES says became of mails: an address that does not exist, or whose owner calls our mail
//! spam, gets no more of it. Sending on would cost the shop its good name with every mail provider.

use app::unsubscribe::digest_of_address;
use app::{App, Error};
use aws_lambda_events::sns::SnsEvent;
use domain::EmailAddress;
use serde::Deserialize;

/// SES's own word for what it tells: `eventType` through a configuration set, `notificationType`
/// through an identity.
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
    /// Only where the mail provider reports by RFC 5965.
    complaint_feedback_type: Option<String>,
}

impl Complaint {
    /// Whether the reader wants no more mail. `not-spam` takes an earlier complaint back, and
    /// `auth-failure` says that our domain's records are wrong; every other type, and none, is a
    /// complaint.
    fn is_about_us(&self) -> bool {
        let kind = self.complaint_feedback_type.as_deref().unwrap_or_default().to_ascii_lowercase();
        !matches!(kind.as_str(), "not-spam" | "auth-failure")
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Address {
    email_address: String,
}

/// Handles what SES tells through SNS. Only a database that fails makes it come again: what cannot
/// be read is counted.
pub async fn heed(app: App, event: SnsEvent) -> Result<(), Error> {
    let (mut bounces, mut complaints, mut unknown) = (0, 0, 0);
    let inbox = app.config.mail.inbox.as_ref().map(digest_of_address);
    for record in event.records {
        let addresses = match serde_json::from_str::<Feedback>(&record.sns.message) {
            Ok(Feedback { kind, bounce: Some(bounce), .. }) if kind == "Bounce" => {
                // A full mailbox is full today only, and so with every other `Transient` and with
                // `Undetermined`. All subtypes of `Permanent` are final, those of SES's and the
                // account's suppression lists too.
                let is_final = bounce.bounce_type.eq_ignore_ascii_case("Permanent");
                bounces += u64::from(is_final);
                if is_final { bounce.bounced_recipients } else { Vec::new() }
            }
            Ok(Feedback { kind, complaint: Some(complaint), .. }) if kind == "Complaint" => {
                let is_about_us = complaint.is_about_us();
                complaints += u64::from(is_about_us);
                if is_about_us { complaint.complained_recipients } else { Vec::new() }
            }
            Ok(_) | Err(_) => {
                unknown += 1;
                Vec::new()
            }
        };
        for address in addresses.iter().filter_map(|address| plain(&address.email_address)) {
            let digest = digest_of_address(&address);
            if inbox.as_ref() == Some(&digest) {
                // One colleague's "report spam", or a mailbox that was away, must not silence the
                // shop: the owner looks.
                tracing::error!(
                    error.kind = "inbox",
                    "a mail to the shop's inbox bounced or was called spam: is InboxAddress right?"
                );
                continue;
            }
            app.store.suppress(&digest, app.clock.now()).await?;
        }
    }
    tracing::info!(
        feedback.bounces = bounces,
        feedback.complaints = complaints,
        feedback.unknown = unknown,
        "feedback"
    );
    app.count(&[("Bounces", bounces), ("Complaints", complaints), ("FeedbackUnknown", unknown)]);
    Ok(())
}

/// The address itself, where it comes with a name.
fn plain(text: &str) -> Option<EmailAddress> {
    let inner = text.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>')).unwrap_or(text);
    EmailAddress::parse(inner.trim())
}
