//! How the AWS SDK reaches AWS: one place for region, credentials, attempts, time limits, and the
//! HTTP client that all of a function's clients share.

use std::time::Duration;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, tls};
use aws_types::SdkConfig;
use aws_types::sdk_config::{
    RetryConfig, SharedCredentialsProvider, SharedHttpClient, TimeoutConfig,
};
use secrecy::{ExposeSecret, SecretString};

/// The roots of Amazon's authority, as <https://www.amazontrust.com/repository/> lists them; the
/// first expires in 2037.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon-roots.pem");

/// What a Lambda's environment says about AWS.
#[derive(Clone, Debug)]
pub struct Aws {
    /// `AWS_REGION`.
    pub region: String,
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`: they outlive the
    /// execution environment.
    pub access_key_id: String,
    /// See `access_key_id`.
    pub secret_access_key: SecretString,
    /// See `access_key_id`.
    pub session_token: Option<SecretString>,
    /// `AWS_ENDPOINT_URL_<service>`, else `AWS_ENDPOINT_URL`: an emulator.
    pub endpoints: Endpoints,
    /// `SOCKETS_ENDPOINT`: the management API of the WebSocket API's stage, `https://…`.
    pub sockets_endpoint: String,
    /// The HTTP client of all SDK clients; without one each makes its own.
    pub http_client: Option<SharedHttpClient>,
    /// Longest pause between two attempts, where it is not the SDK's own.
    pub longest_pause: Option<Duration>,
}

/// Endpoints of services that are replaced, as by an emulator.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "each is the service of its name")]
pub struct Endpoints {
    pub dynamodb: Option<String>,
    pub ses: Option<String>,
    pub eventbridge: Option<String>,
    pub scheduler: Option<String>,
    pub sqs: Option<String>,
    pub ssm: Option<String>,
    pub s3: Option<String>,
}

/// How often a call is attempted, and how long one may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Attempts: throttles, lost connections, server errors.
    pub attempts: u32,
    /// Longest wait for one attempt.
    pub attempt: Duration,
    /// Longest wait for all of them.
    pub call: Duration,
}

/// DynamoDB, EventBridge, Scheduler, SSM, S3: the API's timeout is 10 s, and three attempts fit.
pub const SERVICE: Limits =
    Limits { attempts: 3, attempt: Duration::from_secs(2), call: Duration::from_secs(7) };
/// Whole objects of S3 of some ten megabytes: the function that needs them has a minute.
pub const BULK: Limits =
    Limits { attempts: 3, attempt: Duration::from_secs(15), call: Duration::from_secs(40) };
/// An operator's commands over whole tables: a page of a megabyte takes longer.
pub const UPKEEP: Limits =
    Limits { attempts: 10, attempt: Duration::from_secs(30), call: Duration::from_mins(3) };
/// A push to one connection: a hint, tried once.
pub const PUSH: Limits =
    Limits { attempts: 1, attempt: Duration::from_secs(1), call: Duration::from_secs(1) };
/// A mail: tried once, since an attempt whose answer is lost may have sent it.
pub const MAIL: Limits =
    Limits { attempts: 1, attempt: Duration::from_secs(10), call: Duration::from_secs(10) };

impl Aws {
    /// One HTTP client for all of a function's SDK clients.
    ///
    /// It trusts only the roots of Amazon's own authority, which signs every endpoint of AWS. To
    /// read all roots of the system takes three fifths of a cold start, so it does that only where
    /// an endpoint is replaced.
    pub(crate) fn shared_http_client(&self) -> SharedHttpClient {
        self.http_client_of(Builder::new())
    }

    /// The HTTP client for mails. It keeps no idle connection: one that died while the function was
    /// frozen would fail the next mail, and it would be unknown whether that was sent. Where
    /// another endpoint replaces SES, it is the shared client, and each request asks to close its
    /// connection.
    pub fn mail_client(&self) -> Option<SharedHttpClient> {
        match (&self.endpoints.ses, &self.http_client) {
            (None, Some(_)) => Some(self.http_client_of(Builder::new().pool_max_idle_per_host(0))),
            (_, common) => common.clone(),
        }
    }

    fn http_client_of(&self, builder: Builder) -> SharedHttpClient {
        let trusted = if self.is_elsewhere() {
            TrustStore::default()
        } else {
            TrustStore::empty().with_pem_certificate(AMAZON_ROOTS)
        };
        let builder = builder.tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc));
        match TlsContext::builder().with_trust_store(trusted).build() {
            Ok(context) => builder.tls_context(context).build_https(),
            Err(_) => builder.build_https(),
        }
    }

    /// Whether an HTTPS endpoint replaces AWS, or the region's partition has authorities of its
    /// own.
    fn is_elsewhere(&self) -> bool {
        let Endpoints { dynamodb, ses, eventbridge, scheduler, sqs, ssm, s3 } = &self.endpoints;
        let mut endpoints =
            [dynamodb, ses, eventbridge, scheduler, sqs, ssm, s3].into_iter().flatten();
        let is_replaced = endpoints.any(|endpoint| endpoint.starts_with("https:"));
        is_replaced
            || ["cn-", "us-iso", "eu-iso", "eusc-"]
                .iter()
                .any(|partition| self.region.starts_with(partition))
    }

    /// The credentials of the function's role.
    pub fn credentials(&self) -> Credentials {
        let session = self.session_token.as_ref().map(|token| token.expose_secret().to_owned());
        Credentials::new(
            &self.access_key_id,
            self.secret_access_key.expose_secret(),
            session,
            None,
            "environment",
        )
    }

    /// The configuration of an SDK client, for `endpoint` or else AWS's own.
    pub fn sdk(&self, endpoint: Option<&str>, limits: Limits) -> SdkConfig {
        let mut retry = RetryConfig::standard().with_max_attempts(limits.attempts);
        if let Some(pause) = self.longest_pause {
            retry = retry
                .with_initial_backoff(pause.min(Duration::from_millis(1)))
                .with_max_backoff(pause);
        }
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(self.credentials()))
            .retry_config(retry)
            .timeout_config(
                TimeoutConfig::builder()
                    .operation_attempt_timeout(limits.attempt)
                    .operation_timeout(limits.call)
                    .build(),
            );
        config
            .set_endpoint_url(endpoint.map(str::to_owned))
            .set_http_client(self.http_client.clone());
        config.build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roots_can_be_read() {
        let text = String::from_utf8_lossy(AMAZON_ROOTS);
        assert_eq!(text.matches("-----BEGIN CERTIFICATE-----").count(), 5);
        let trusted = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
        let context = TlsContext::builder().with_trust_store(trusted).build().expect("a context");
        // It reads them, and would panic.
        Builder::new()
            .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(context)
            .build_https();
    }
}
