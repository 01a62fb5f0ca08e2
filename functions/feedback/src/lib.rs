//! SES's feedback about mails: suppresses an address that does not exist or whose owner reports
//! spam. Further mail to it would cost the shop its reputation with mail providers.

use app::unsubscribe::digest_of_address;
use app::{App, Error};
use aws_lambda_events::sns::SnsEvent;
use domain::EmailAddress;
use serde::Deserialize;

/// The kind is `eventType` through a configuration set, and `notificationType` through an identity.
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
    /// Present only if the mail provider reports by RFC 5965.
    complaint_feedback_type: Option<String>,
}

impl Complaint {
    /// Whether the recipient asks for no more mail. `not-spam` withdraws an earlier complaint, and
    /// `auth-failure` means that our domain's records are wrong. Every other type, or none, is a
    /// complaint.
    fn is_real(&self) -> bool {
        let kind = self.complaint_feedback_type.as_deref().unwrap_or_default().to_ascii_lowercase();
        !matches!(kind.as_str(), "not-spam" | "auth-failure")
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Address {
    email_address: String,
}

/// Handles feedback from SNS. Only a failure of the database asks for a retry; unreadable feedback
/// is counted.
pub async fn handle(app: App, event: SnsEvent) -> Result<(), Error> {
    let (mut bounces, mut complaints, mut unknown) = (0, 0, 0);
    let inbox = app.config.mail.inbox.as_ref().map(digest_of_address);
    for record in event.records {
        let addresses = match serde_json::from_str::<Feedback>(&record.sns.message) {
            Ok(Feedback { kind, bounce: Some(bounce), .. }) if kind == "Bounce" => {
                // `Transient` (a full mailbox, for example) and `Undetermined` pass. All subtypes
                // of `Permanent` are final, including those of SES's and the account's suppression
                // lists.
                let is_final = bounce.bounce_type.eq_ignore_ascii_case("Permanent");
                bounces += u64::from(is_final);
                if is_final { bounce.bounced_recipients } else { Vec::new() }
            }
            Ok(Feedback { kind, complaint: Some(complaint), .. }) if kind == "Complaint" => {
                let is_real = complaint.is_real();
                complaints += u64::from(is_real);
                if is_real { complaint.complained_recipients } else { Vec::new() }
            }
            Ok(_) | Err(_) => {
                unknown += 1;
                Vec::new()
            }
        };
        for address in addresses.iter().filter_map(|address| address_of(&address.email_address)) {
            let digest = digest_of_address(&address);
            if inbox.as_ref() == Some(&digest) {
                // One admin's spam report, or a mailbox that was away, must not silence the shop:
                // the owner checks it.
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

/// The address, without a name in front of it.
fn address_of(text: &str) -> Option<EmailAddress> {
    let inner = text.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>')).unwrap_or(text);
    EmailAddress::parse(inner.trim())
}
