//! Mail through SES, by one raw call. A call is tried once: one whose response is lost may have
//! sent the mail. Only a refusal for going too fast is retried. Each call has a connection of its
//! own, see [`Aws::mail_client`].
//!
//! A refusal is final only if SES says that it is about this mail or this recipient. A refusal
//! about the account, its sender or its rights is temporary: the owner fixes it, and the next run
//! sends.
//!
//! [`Aws::mail_client`]: app::aws::Aws::mail_client

use std::time::Duration;

use app::{App, aws};
use aws_sdk_ses::Client;
use aws_sdk_ses::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_ses::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_ses::error::{BoxError, ConnectorError, ProvideErrorMetadata, SdkError};
use aws_sdk_ses::primitives::Blob;
use aws_sdk_ses::types::RawMessage;
use domain::{EmailAddress, Timestamp};

use crate::{Mail, message};

/// Most calls while SES refuses them for going too fast.
const MAX_CALLS: u32 = 4;
/// First pause between them; each next one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The client, and what all mails have in common.
#[derive(Clone, Debug)]
pub(crate) struct Ses {
    client: Client,
    from: EmailAddress,
    shop: String,
    configuration_set: Option<String>,
}

/// The result of an attempt to send a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// SES has accepted it.
    Accepted,
    /// SES may or may not have accepted it.
    Unsure,
    /// SES never accepts it.
    Rejected,
    /// SES does not accept it now, for a reason other than this mail.
    NotNow,
    /// SES accepts no mail to this recipient yet: the account is in the sandbox.
    NotVerified,
}

/// Closes each connection after its response. The header is set after signing, because it is for
/// the connection and not for SES.
#[derive(Debug)]
struct CloseConnection;

impl Intercept for CloseConnection {
    fn name(&self) -> &'static str {
        "CloseConnection"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        context.request_mut().headers_mut().insert("connection", "close");
        Ok(())
    }
}

impl Ses {
    /// The client with this application's configuration, if it sends mail.
    pub(crate) fn of(app: &App) -> Option<Self> {
        let (mail, aws) = (&app.config.mail, &app.config.aws);
        let mut client =
            aws_sdk_ses::config::Builder::from(&aws.sdk(aws.endpoints.ses.as_deref(), aws::MAIL))
                .interceptor(CloseConnection);
        client.set_http_client(aws.mail_client());
        let client = Client::from_conf(client.build());
        let (shop, configuration_set) = (mail.shop.clone(), mail.configuration_set.clone());
        Some(Self { client, from: mail.from.clone()?, shop, configuration_set })
    }

    /// Sends one mail. `id` names it: no other mail has it.
    pub(crate) async fn send(&self, mail: &Mail<'_>, id: &str, now: Timestamp) -> Attempt {
        let raw = match message::raw(mail, id, &self.from, &self.shop, now) {
            Ok(raw) => Blob::new(raw),
            Err(error) => {
                tracing::error!(error.kind = "mime", "a mail cannot be encoded: {error}");
                return Attempt::Rejected;
            }
        };
        let mut pause = FIRST_PAUSE;
        for number in 1.. {
            let Ok(message) = RawMessage::builder().data(raw.clone()).build() else {
                return Attempt::Rejected;
            };
            let request = self
                .client
                .send_raw_email()
                .source(self.from.as_str())
                .destinations(mail.recipient.address.as_str())
                .raw_message(message)
                .set_configuration_set_name(self.configuration_set.clone());
            let Err(error) = request.send().await else { return Attempt::Accepted };
            let refused = error.as_service_error();
            let code = refused.and_then(ProvideErrorMetadata::code).unwrap_or("none").to_owned();
            let text = refused
                .and_then(ProvideErrorMetadata::message)
                .unwrap_or_default()
                .to_ascii_lowercase();
            let attempt = classify(&error, &code, &text, &self.from, &mail.recipient.address);
            // Not the text of SES's error: it contains the address.
            tracing::warn!(
                error.kind = "ses",
                error.code = code,
                mail.attempt = ?attempt,
                "SES did not accept a mail"
            );
            if !is_too_fast(&code) || number == MAX_CALLS {
                return attempt;
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Attempt::NotNow
    }
}

fn classify<E>(
    error: &SdkError<E, aws_sdk_ses::config::http::HttpResponse>,
    code: &str,
    text: &str,
    from: &EmailAddress,
    to: &EmailAddress,
) -> Attempt {
    match error {
        // The endpoint or the credentials are wrong.
        SdkError::ConstructionFailure(_) => Attempt::NotNow,
        SdkError::DispatchFailure(failure)
            if failure.as_connector_error().is_some_and(never_connected) =>
        {
            Attempt::NotNow
        }
        SdkError::ServiceError(_) if is_too_fast(code) => Attempt::NotNow,
        SdkError::ServiceError(service) if service.raw().status().is_client_error() => {
            classify_refusal(code, text, from, to)
        }
        _ => Attempt::Unsure,
    }
}

/// Classifies a refusal. SES uses the same codes for a bad mail, an unverified sender and a
/// suspended account; only the text, here in lower case, distinguishes them.
fn classify_refusal(code: &str, text: &str, from: &EmailAddress, to: &EmailAddress) -> Attempt {
    let has = |address: &EmailAddress| text.contains(&address.as_str().to_ascii_lowercase());
    let is_unverified =
        ["not verified", "unverified", "failed the check"].iter().any(|words| text.contains(words));
    match code {
        "MessageRejected" if is_unverified => {
            if has(to) && !has(from) {
                Attempt::NotVerified
            } else {
                Attempt::NotNow
            }
        }
        "MessageRejected" if ACCOUNT.iter().any(|words| text.contains(words)) => Attempt::NotNow,
        "InvalidParameterValue" | "ValidationError" => {
            let about = text.replace(&to.as_str().to_ascii_lowercase(), "");
            let is_ours = has(from) || PARAMETERS.iter().any(|words| about.contains(words));
            if is_ours { Attempt::NotNow } else { Attempt::Rejected }
        }
        "MessageRejected" => Attempt::Rejected,
        // The account, its sender, its configuration set or our rights: every mail would fail.
        _ => Attempt::NotNow,
    }
}

/// Words in a rejection that is about the account: "Sending suspended for this account.", "Sending
/// paused …".
const ACCOUNT: [&str; 6] = ["account", "suspended", "paused", "sandbox", "quota", "sending rate"];
/// Words about parameters that are the same in all mails.
const PARAMETERS: [&str; 6] =
    ["configurationset", "configuration set", "source", "sender", "'from'", "from header"];

/// Whether there was no connection at all, so that nothing was sent.
fn never_connected(error: &ConnectorError) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if error
            .downcast_ref::<hyper_util::client::legacy::Error>()
            .is_some_and(hyper_util::client::legacy::Error::is_connect)
        {
            return true;
        }
        cause = error.source();
    }
    false
}

fn is_too_fast(code: &str) -> bool {
    matches!(
        code,
        "Throttling"
            | "ThrottlingException"
            | "TooManyRequestsException"
            | "LimitExceededException"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_about_this_mail_is_refused_for_good() {
        let address = |text: &str| EmailAddress::parse(text).expect("an address");
        let (from, to) = (address("chat@shop.example"), address("Ada@Customers.example"));
        let check = "Email address is not verified. \
            The following identities failed the check in region EU-WEST-1: ";
        for (code, text, expected) in [
            ("MessageRejected", format!("{check}chat@shop.example"), Attempt::NotNow),
            ("MessageRejected", format!("{check}shop.example"), Attempt::NotNow),
            (
                "MessageRejected",
                format!("{check}ada@customers.example, chat@shop.example"),
                Attempt::NotNow,
            ),
            ("MessageRejected", format!("{check}ada@customers.example"), Attempt::NotVerified),
            (
                "MessageRejected",
                "Email address not verified \"chat@shop.example\"".to_owned(),
                Attempt::NotNow,
            ),
            ("MessageRejected", "Sending suspended for this account.".to_owned(), Attempt::NotNow),
            ("MessageRejected", "Sending paused for this account.".to_owned(), Attempt::NotNow),
            ("MessageRejected", "Address blacklisted.".to_owned(), Attempt::Rejected),
            ("MessageRejected", "Message contains a virus.".to_owned(), Attempt::Rejected),
            (
                "InvalidParameterValue",
                "Domain contains illegal character".to_owned(),
                Attempt::Rejected,
            ),
            (
                "InvalidParameterValue",
                "Missing required header 'From'.".to_owned(),
                Attempt::NotNow,
            ),
            (
                "ValidationError",
                "Value at 'configurationSetName' failed to satisfy constraint".to_owned(),
                Attempt::NotNow,
            ),
            ("MailFromDomainNotVerifiedException", String::new(), Attempt::NotNow),
            ("ConfigurationSetDoesNotExist", String::new(), Attempt::NotNow),
            ("ConfigurationSetSendingPausedException", String::new(), Attempt::NotNow),
            ("AccountSendingPausedException", String::new(), Attempt::NotNow),
            (
                "AccessDenied",
                "User is not authorized to perform ses:SendRawEmail".to_owned(),
                Attempt::NotNow,
            ),
            ("SignatureDoesNotMatch", String::new(), Attempt::NotNow),
            ("OptInRequired", String::new(), Attempt::NotNow),
        ] {
            assert_eq!(
                classify_refusal(code, &text.to_ascii_lowercase(), &from, &to),
                expected,
                "{code} {text}"
            );
        }
        let source = address("opensource@customers.example");
        let text = "missing final '@domain' in opensource@customers.example";
        assert_eq!(
            classify_refusal("InvalidParameterValue", text, &from, &source),
            Attempt::Rejected,
            "the word is in the recipient's address"
        );
    }
}
