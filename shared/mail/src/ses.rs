//! Mail through SES, by one raw call. It is tried once: an attempt whose answer is lost may have
//! sent the mail. Only what SES refuses for going too fast is tried again. Each call has a
//! connection of its own, see [`Aws::mail_client`].
//!
//! A refusal counts for good only where SES says that it is about this mail or this recipient.
//! Everything that is about our account, its sender or its rights is refused for now: the owner
//! mends it, and the next run sends.
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

/// Attempts while SES says that we go too fast.
const ATTEMPTS: u32 = 4;
/// First pause between them; the next ones are twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// SES.
#[derive(Clone, Debug)]
pub(crate) struct Ses {
    client: Client,
    from: EmailAddress,
    shop: String,
    configuration_set: Option<String>,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// SES has it.
    Yes,
    /// Nobody knows.
    Unsure,
    /// SES will not have it.
    Never,
    /// SES does not take it at the moment, for a reason that has nothing to do with this mail.
    NotNow,
    /// SES does not take mail to this recipient yet: the account is in the sandbox.
    NotYet,
}

/// Has each connection closed after its answer. The header is set after the request is signed: it
/// is not for SES but for the connection.
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
    /// The SES of this application, where it sends mail.
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

    /// Sends one mail.
    pub(crate) async fn send(&self, mail: &Mail<'_>, now: Timestamp) -> Sent {
        let raw = match message::raw(mail, &self.from, &self.shop, now) {
            Ok(raw) => Blob::new(raw),
            Err(error) => {
                tracing::error!(error.kind = "mime", "a mail cannot be written: {error}");
                return Sent::Never;
            }
        };
        let mut pause = FIRST_PAUSE;
        for attempt in 1.. {
            let Ok(message) = RawMessage::builder().data(raw.clone()).build() else {
                return Sent::Never;
            };
            let request = self
                .client
                .send_raw_email()
                .source(self.from.as_str())
                .destinations(mail.recipient.address.as_str())
                .raw_message(message)
                .set_configuration_set_name(self.configuration_set.clone());
            let Err(error) = request.send().await else { return Sent::Yes };
            let said = error.as_service_error();
            let code = said.and_then(ProvideErrorMetadata::code).unwrap_or("none").to_owned();
            let text = said
                .and_then(ProvideErrorMetadata::message)
                .unwrap_or_default()
                .to_ascii_lowercase();
            let sent = meaning(&error, &code, &text, &self.from, &mail.recipient.address);
            // The text of SES's errors has the address in it.
            tracing::warn!(error.kind = "ses", error.code = code, mail.sent = ?sent, "SES did not take a mail");
            if !is_too_fast(&code) || attempt == ATTEMPTS {
                return sent;
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Sent::NotNow
    }
}

fn meaning<E>(
    error: &SdkError<E, aws_sdk_ses::config::http::HttpResponse>,
    code: &str,
    text: &str,
    from: &EmailAddress,
    to: &EmailAddress,
) -> Sent {
    match error {
        // Our endpoint or credentials.
        SdkError::ConstructionFailure(_) => Sent::NotNow,
        SdkError::DispatchFailure(failure)
            if failure.as_connector_error().is_some_and(never_connected) =>
        {
            Sent::NotNow
        }
        SdkError::ServiceError(_) if is_too_fast(code) => Sent::NotNow,
        SdkError::ServiceError(service) if service.raw().status().is_client_error() => {
            refusal(code, text, from, to)
        }
        _ => Sent::Unsure,
    }
}

/// What a refusal means: SES uses the same codes for a bad mail and for a sender that is not
/// verified or an account that is suspended, and only the text tells them apart. `text` is in lower
/// case.
fn refusal(code: &str, text: &str, from: &EmailAddress, to: &EmailAddress) -> Sent {
    let has = |address: &EmailAddress| text.contains(&address.as_str().to_ascii_lowercase());
    let is_unverified =
        ["not verified", "unverified", "failed the check"].iter().any(|words| text.contains(words));
    match code {
        "MessageRejected" if is_unverified => {
            if has(to) && !has(from) {
                Sent::NotYet
            } else {
                Sent::NotNow
            }
        }
        "MessageRejected" if OURS.iter().any(|words| text.contains(words)) => Sent::NotNow,
        "InvalidParameterValue" | "ValidationError" => {
            let about = text.replace(&to.as_str().to_ascii_lowercase(), "");
            let is_ours = has(from) || PARAMETERS.iter().any(|words| about.contains(words));
            if is_ours { Sent::NotNow } else { Sent::Never }
        }
        "MessageRejected" => Sent::Never,
        // The account, its sender, its configuration set or our rights: every mail would fail
        // alike.
        _ => Sent::NotNow,
    }
}

/// What SES says in a rejection that is about our account: "Sending suspended for this account.",
/// "Sending paused …".
const OURS: [&str; 6] = ["account", "suspended", "paused", "sandbox", "quota", "sending rate"];
/// What it says of parameters that are the same in all of our mails.
const PARAMETERS: [&str; 6] =
    ["configurationset", "configuration set", "source", "sender", "'from'", "from header"];

/// Whether there was no connection at all: then nothing was sent.
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
        let check = "Email address is not verified. The following identities failed the check in region EU-WEST-1: ";
        for (code, text, sent) in [
            ("MessageRejected", format!("{check}chat@shop.example"), Sent::NotNow),
            ("MessageRejected", format!("{check}shop.example"), Sent::NotNow),
            (
                "MessageRejected",
                format!("{check}ada@customers.example, chat@shop.example"),
                Sent::NotNow,
            ),
            ("MessageRejected", format!("{check}ada@customers.example"), Sent::NotYet),
            (
                "MessageRejected",
                "Email address not verified \"chat@shop.example\"".to_owned(),
                Sent::NotNow,
            ),
            ("MessageRejected", "Sending suspended for this account.".to_owned(), Sent::NotNow),
            ("MessageRejected", "Sending paused for this account.".to_owned(), Sent::NotNow),
            ("MessageRejected", "Address blacklisted.".to_owned(), Sent::Never),
            ("MessageRejected", "Message contains a virus.".to_owned(), Sent::Never),
            ("InvalidParameterValue", "Domain contains illegal character".to_owned(), Sent::Never),
            ("InvalidParameterValue", "Missing required header 'From'.".to_owned(), Sent::NotNow),
            (
                "ValidationError",
                "Value at 'configurationSetName' failed to satisfy constraint".to_owned(),
                Sent::NotNow,
            ),
            ("MailFromDomainNotVerifiedException", String::new(), Sent::NotNow),
            ("ConfigurationSetDoesNotExist", String::new(), Sent::NotNow),
            ("ConfigurationSetSendingPausedException", String::new(), Sent::NotNow),
            ("AccountSendingPausedException", String::new(), Sent::NotNow),
            (
                "AccessDenied",
                "User is not authorized to perform ses:SendRawEmail".to_owned(),
                Sent::NotNow,
            ),
            ("SignatureDoesNotMatch", String::new(), Sent::NotNow),
            ("OptInRequired", String::new(), Sent::NotNow),
        ] {
            assert_eq!(
                refusal(code, &text.to_ascii_lowercase(), &from, &to),
                sent,
                "{code} {text}"
            );
        }
        let source = address("opensource@customers.example");
        let text = "missing final '@domain' in opensource@customers.example";
        assert_eq!(
            refusal("InvalidParameterValue", text, &from, &source),
            Sent::Never,
            "the word is the recipient's own"
        );
    }
}
