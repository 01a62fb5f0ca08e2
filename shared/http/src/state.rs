//! What functions that face clients have beside the application.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::Arc;

use app::{App, Error, Secret, TokenKey, random};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::{ActorId, Channel, GuestSecret, OpensLimit, Person, Principal};
use store::{ChannelPage, Listed, Terms};

use crate::error::ApiError;
use crate::push::Replays;
use crate::token::Verifier;

/// The [`App`], and what only functions that face clients need. Cheap to clone; a handler takes it
/// as an argument.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

struct Shared {
    app: App,
    verifier: Secret<Verifier>,
    replays: Replays,
}

impl Deref for AppState {
    type Target = App;

    fn deref(&self) -> &App {
        &self.0.app
    }
}

impl AppState {
    /// The state of a function with this application.
    pub fn new(app: App) -> Result<Self, Error> {
        let verifier = match &app.config.token_key {
            TokenKey::PublicKey(pem) => {
                Secret::known(Verifier::of_public_key(pem).map_err(|error| {
                    format!("JWT_PUBLIC_KEY is no RSA or EC public key: {error}")
                })?)
            }
            TokenKey::Secret { parameter, insecure } => {
                let insecure = *insecure;
                app.secret(parameter.as_deref(), move |value| Verifier::of_secrets(value, insecure))
            }
        };
        Ok(Self(Arc::new(Shared { app, verifier, replays: Replays::default() })))
    }

    /// Reads the secrets that this function may read.
    pub async fn read_secrets(&self) {
        let now = self.clock.now();
        tokio::join!(self.0.app.read_secrets(), self.0.verifier.read_ahead(now));
    }

    pub(crate) fn verifier(&self) -> &Secret<Verifier> {
        &self.0.verifier
    }

    pub(crate) fn replays(&self) -> &Replays {
        &self.0.replays
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

impl<S: Sync> FromRequestParts<S> for AppState {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| ApiError::Defect("a request without its application"))
    }
}
