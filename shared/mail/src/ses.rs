//! Mail through SES, by one raw call. It is tried once: an attempt whose answer is lost may have sent the mail. Only what SES
//! refuses for going too fast is tried again.

use std::time::Duration;

use aws_sdk_ses::Client;
use aws_sdk_ses::error::{ConnectorError, ProvideErrorMetadata, SdkError};
use aws_sdk_ses::primitives::Blob;
use aws_sdk_ses::types::RawMessage;
use domain::{EmailAddress, Timestamp};
use runtime::{App, aws};

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
}

impl Ses {
    /// The SES of this application, where it sends mail.
    pub(crate) fn of(app: &App) -> Option<Self> {
        let (mail, aws) = (&app.config.mail, &app.config.aws);
        let client = Client::new(&aws.sdk(aws.endpoints.ses.as_deref(), aws::MAIL));
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
            let Ok(message) = RawMessage::builder().data(raw.clone()).build() else { return Sent::Never };
            let request = self
                .client
                .send_raw_email()
                .source(self.from.as_str())
                .destinations(mail.recipient.address.as_str())
                .raw_message(message)
                .set_configuration_set_name(self.configuration_set.clone());
            let Err(error) = request.send().await else { return Sent::Yes };
            let code = error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or("none").to_owned();
            let sent = meaning(&error, &code);
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

fn meaning<E>(error: &SdkError<E, aws_sdk_ses::config::http::HttpResponse>, code: &str) -> Sent {
    match error {
        SdkError::ConstructionFailure(_) => Sent::Never,
        SdkError::DispatchFailure(failure) if failure.as_connector_error().is_some_and(never_connected) => Sent::NotNow,
        SdkError::ServiceError(_) if is_too_fast(code) => Sent::NotNow,
        SdkError::ServiceError(service) if service.raw().status().is_client_error() => match code {
            "MessageRejected" | "InvalidParameterValue" | "ValidationError" => Sent::Never,
            // The account, its sender or our rights: every mail would fail alike.
            _ => Sent::NotNow,
        },
        _ => Sent::Unsure,
    }
}

/// Whether there was no connection at all: then nothing was sent.
fn never_connected(error: &ConnectorError) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(hyper_util::client::legacy::Error::is_connect) {
            return true;
        }
        cause = error.source();
    }
    false
}

fn is_too_fast(code: &str) -> bool {
    matches!(code, "Throttling" | "ThrottlingException" | "TooManyRequestsException" | "LimitExceededException")
}
