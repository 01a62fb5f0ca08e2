//! What every handler needs, made once at start.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::{EventId, GuestSecret, OpensLimit, Principal};
use push::Push;
use secrecy::ExposeSecret;
use store::{Store, Terms};

use crate::clock::Clock;
use crate::config::{Aws, Config};
use crate::error::ApiError;
use crate::token::Verifier;

/// Longest wait for one attempt of a DynamoDB call. The API's timeout is 10 s: three attempts fit.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest wait for a DynamoDB call with all its attempts.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(7);
/// Longest wait for one push to one connection.
const PUSH_TIMEOUT: Duration = Duration::from_secs(1);
/// Attempts of one DynamoDB call: throttles, lost connections, server errors.
const ATTEMPTS: u32 = 3;

/// The application: configuration, data, clock. Cheap to clone; a handler takes it as an argument.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// What an [`App`] shares.
pub struct Shared {
    /// The configuration.
    pub config: Config,
    /// The data.
    pub store: Store,
    /// The open connections.
    pub push: Push,
    /// The clock.
    pub clock: Clock,
    pub(crate) verifier: Verifier,
}

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    /// The application as the process's environment describes it.
    pub fn from_env() -> Result<Self, crate::Error> {
        let config = Config::from_env()?;
        let db = aws_sdk_dynamodb::Client::from_conf(dynamodb_config(&config.aws).build());
        let sockets = aws_sdk_apigatewaymanagement::Client::from_conf(sockets_config(&config.aws).build());
        Self::new(config, db, sockets, Clock::default())
    }

    /// An application on this database, this management API of sockets, and this clock.
    pub fn new(
        config: Config,
        db: aws_sdk_dynamodb::Client,
        sockets: aws_sdk_apigatewaymanagement::Client,
        clock: Clock,
    ) -> Result<Self, crate::Error> {
        let verifier = Verifier::new(&config.token_key).map_err(|error| format!("JWT_PUBLIC_KEY is no RSA or EC public key: {error}"))?;
        let store = Store::new(db, config.layout.clone());
        let push = Push::new(sockets, store.clone());
        Ok(Self(Arc::new(Shared { config, store, push, clock, verifier })))
    }

    /// A new event id.
    pub fn event_id(&self) -> Result<EventId, ApiError> {
        Ok(EventId::from_random(random()?))
    }

    /// A new guest's secret.
    pub fn guest_secret(&self) -> Result<GuestSecret, ApiError> {
        Ok(GuestSecret::from_random(random()?))
    }

    /// The terms on which `caller` opens channels; `address` is a digest of where the request came from.
    pub fn terms<'a>(&self, caller: &Principal, address: &'a str) -> Terms<'a> {
        let opens = match caller {
            Principal::Guest(_) => self.config.guest_opens,
            Principal::Customer(_) => self.config.customer_opens,
            Principal::Admin(_) => OpensLimit { per_hour: u32::MAX, ever: u32::MAX },
        };
        Terms { opens, guests_per_hour: self.config.guests_per_hour, address }
    }
}

/// How a DynamoDB client is set up: few attempts, each with a limit, all within the API's timeout.
pub fn dynamodb_config(aws: &Aws) -> aws_sdk_dynamodb::config::Builder {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).operation_timeout(OPERATION_TIMEOUT).build();
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(aws.region.clone()))
        .credentials_provider(credentials(aws))
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(timeouts);
    match &aws.dynamodb_endpoint {
        Some(url) => config.endpoint_url(url),
        None => config,
    }
}

/// How a client of the sockets' management API is set up: one attempt, since a push is a hint.
pub fn sockets_config(aws: &Aws) -> aws_sdk_apigatewaymanagement::config::Builder {
    aws_sdk_apigatewaymanagement::Config::builder()
        .behavior_version(aws_sdk_apigatewaymanagement::config::BehaviorVersion::latest())
        .region(Region::new(aws.region.clone()))
        .credentials_provider(credentials(aws))
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().operation_timeout(PUSH_TIMEOUT).build())
        .endpoint_url(&aws.sockets_endpoint)
}

fn credentials(aws: &Aws) -> Credentials {
    let session = aws.session_token.as_ref().map(|token| token.expose_secret().to_owned());
    Credentials::new(&aws.access_key_id, aws.secret_access_key.expose_secret(), session, None, "environment")
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], ApiError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| ApiError::defect("the system gives no random numbers"))?;
    Ok(bytes)
}

impl<S: Sync> FromRequestParts<S> for App {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| ApiError::defect("a request without its application"))
    }
}
