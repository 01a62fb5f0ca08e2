//! What every handler needs, made once at start.

use std::sync::Arc;

use domain::EventId;
use push::Push;
use secrecy::SecretString;
use store::Store;

use crate::aws;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::AppError;
use crate::keys::Keys;
use crate::secrets::{Secret, lines};

/// The application: configuration, data, clock. Cheap to clone.
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
    /// The keys that are derived from the master keys.
    pub keys: Secret<Keys>,
    /// The key of Medusa's admin API.
    pub medusa_key: Secret<SecretString>,
    parameters: aws_sdk_ssm::Client,
}

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    /// The application that the process's environment configures.
    pub fn from_env() -> Result<Self, crate::Error> {
        let mut config = Config::from_env()?;
        config.aws.http_client = Some(config.aws.shared_http_client());
        Ok(Self::new(config, Clock::default()))
    }

    /// An application with this configuration and this clock.
    pub fn new(config: Config, clock: Clock) -> Self {
        for warning in config.warnings() {
            tracing::warn!(error.kind = "config", "{warning}");
        }
        let aws = &config.aws;
        let parameters =
            aws_sdk_ssm::Client::new(&aws.sdk(aws.endpoints.ssm.as_deref(), aws::SERVICE));
        let keys = Secret::new(&parameters, config.master_key_parameter.as_deref(), Keys::new);
        let medusa_key =
            Secret::new(&parameters, config.outside.medusa_key_parameter.as_deref(), |key| {
                lines(key)
                    .first()
                    .map(|key| SecretString::from(*key))
                    .ok_or_else(|| "is empty".to_owned())
            });
        let db = aws_sdk_dynamodb::Client::new(
            &aws.sdk(aws.endpoints.dynamodb.as_deref(), aws::SERVICE),
        );
        let sockets = aws_sdk_apigatewaymanagement::Client::new(
            &aws.sdk(Some(&aws.sockets_endpoint), aws::PUSH),
        );
        let store = Store::new(db, config.layout.clone());
        let push = Push::new(sockets, store.clone());
        Self(Arc::new(Shared { config, store, push, clock, keys, medusa_key, parameters }))
    }

    /// Reads the secrets that this function may read.
    pub async fn read_secrets(&self) {
        let now = self.clock.now();
        tokio::join!(self.keys.read_ahead(now), self.medusa_key.read_ahead(now));
    }

    /// A secret in this parameter of SSM, parsed by `make`. Without a parameter every read fails.
    pub fn secret<T>(
        &self,
        parameter: Option<&str>,
        make: impl Fn(&str) -> Result<T, String> + Send + Sync + 'static,
    ) -> Secret<T> {
        Secret::new(&self.parameters, parameter, make)
    }

    /// Opens the connections to the database and to the sockets early. Errors are ignored: the
    /// first real call reports them.
    pub async fn connect(&self) {
        tokio::join!(self.store.connect(), self.push.connect());
    }

    /// A new event id.
    pub fn event_id(&self) -> Result<EventId, AppError> {
        Ok(EventId::from_random(random()?))
    }
}

/// Random bytes from the operating system.
pub fn random<const N: usize>() -> Result<[u8; N], AppError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|_| AppError::Defect("the system gives no random numbers"))?;
    Ok(bytes)
}
