//! What every handler needs, made once at start.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::{ActorId, Channel, EventId, GuestSecret, OpensLimit, Person, Principal};
use push::Push;
use secrecy::SecretString;
use store::{ChannelPage, Listed, Store, Terms};

use crate::aws;
use crate::clock::Clock;
use crate::config::{Config, TokenKey};
use crate::error::ApiError;
use crate::pace::Pace;
use crate::secrets::{Secret, lines};
use crate::tell::Replays;
use crate::token::Verifier;
use crate::unsubscribe::Links;

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
    /// The links that end mails.
    pub links: Secret<Links>,
    /// The key of Medusa's admin API.
    pub medusa_key: Secret<SecretString>,
    /// The pace of hints, per connection.
    pub hints: Pace,
    pub(crate) verifier: Secret<Verifier>,
    pub(crate) replays: Replays,
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
        let mut config = Config::from_env()?;
        config.aws.http_client = Some(config.aws.shared_http_client());
        Self::new(config, Clock::default())
    }

    /// An application with this configuration and this clock.
    pub fn new(config: Config, clock: Clock) -> Result<Self, crate::Error> {
        for warning in config.warnings() {
            tracing::warn!(error.kind = "config", "{warning}");
        }
        let aws = &config.aws;
        let parameters =
            aws_sdk_ssm::Client::new(&aws.sdk(aws.endpoints.ssm.as_deref(), aws::SERVICE));
        let verifier = match &config.token_key {
            TokenKey::PublicKey(pem) => {
                let verifier = Verifier::of_public_key(pem);
                Secret::known(
                    &parameters,
                    verifier.map_err(|error| {
                        format!("JWT_PUBLIC_KEY is no RSA or EC public key: {error}")
                    })?,
                )
            }
            TokenKey::Secret { parameter, insecure } => {
                let insecure = *insecure;
                Secret::new(&parameters, parameter.as_deref(), move |value| {
                    Verifier::of_secrets(value, insecure)
                })
            }
        };
        let links = Secret::new(&parameters, config.master_key_parameter.as_deref(), Links::new);
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
        let (replays, hints) = (Replays::default(), Pace::default());
        Ok(Self(Arc::new(Shared {
            config,
            store,
            push,
            clock,
            links,
            medusa_key,
            hints,
            verifier,
            replays,
        })))
    }

    /// Reads the secrets that this function may read.
    pub async fn read_secrets(&self) {
        let now = self.clock.now();
        tokio::join!(
            self.verifier.read_ahead(now),
            self.links.read_ahead(now),
            self.medusa_key.read_ahead(now)
        );
    }

    /// Connects to the database and to the sockets, so that the first client does not wait for
    /// that.
    pub async fn connect(&self) {
        tokio::join!(self.store.connect(), self.push.connect());
    }

    /// A new event id.
    pub fn event_id(&self) -> Result<EventId, ApiError> {
        Ok(EventId::from_random(random()?))
    }

    /// A new guest's secret.
    pub fn guest_secret(&self) -> Result<GuestSecret, ApiError> {
        Ok(GuestSecret::from_random(random()?))
    }

    /// Adds to channels what `caller` is shown with them.
    pub async fn present(
        &self,
        channels: Vec<Channel>,
        caller: &Principal,
    ) -> Result<Vec<Listed>, ApiError> {
        Ok(self.store.with_details(channels, caller.side(), &self.config.default_admin).await?)
    }

    /// The same for a part of a list; and sees to it that people of whom too little is known become
    /// known.
    pub async fn present_page(
        &self,
        page: ChannelPage,
        caller: &Principal,
    ) -> Result<ChannelPage<Listed>, ApiError> {
        let ChannelPage { channels, count, capped, unread, next } = page;
        let listed = self.present(channels, caller).await?;
        let mut people: Vec<&Person> = Vec::new();
        for listed in &listed {
            people.extend([&listed.admin, &listed.customer].into_iter().flatten());
        }
        self.want(&people).await;
        Ok(ChannelPage { channels: listed, count, capped, unread, next })
    }

    /// Sees to it that more becomes known of those of these people of whom too little is known.
    pub async fn want(&self, people: &[&Person]) {
        if self.config.outside.medusa_url.is_none() {
            return;
        }
        let now = self.clock.now();
        let wanted: BTreeSet<ActorId> = people
            .iter()
            .filter(|person| person.is_to_be_wanted(now))
            .map(|person| person.id.clone())
            .collect();
        // Who is shown without a name is shown with it the next time; failing here would show
        // nothing at all.
        if let Err(error) = self.store.want(&wanted.into_iter().collect::<Vec<_>>(), now).await {
            tracing::warn!(error.kind = "want", "people could not be asked for: {error}");
        }
    }

    /// The same for one channel.
    pub async fn present_one(
        &self,
        channel: Channel,
        caller: &Principal,
    ) -> Result<Listed, ApiError> {
        let listed = self.present(vec![channel], caller).await?;
        listed.into_iter().next().ok_or_else(|| ApiError::Defect("a channel was lost"))
    }

    /// The terms on which `caller` opens channels; `address` is a digest of where the request came
    /// from.
    pub fn terms<'a>(&self, caller: &Principal, address: &'a str) -> Terms<'a> {
        let opens = match caller {
            Principal::Guest(_) => self.config.guest_opens,
            Principal::Customer(_) => self.config.customer_opens,
            Principal::Admin(_) => OpensLimit { per_hour: u32::MAX, ever: u32::MAX },
        };
        let (guests_per_hour, renames, held) =
            (self.config.guests_per_hour, self.config.guest_renames, self.config.channels_held);
        Terms { opens, guests_per_hour, renames, held, address }
    }
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], ApiError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|_| ApiError::Defect("the system gives no random numbers"))?;
    Ok(bytes)
}

impl<S: Sync> FromRequestParts<S> for App {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| ApiError::Defect("a request without its application"))
    }
}
