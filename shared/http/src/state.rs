//! What functions that face clients need besides the application.

use std::ops::Deref;
use std::sync::Arc;

use app::{App, Error, Secret, TokenKey};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::error::ApiError;
use crate::push::Replays;
use crate::token::Verifier;

/// The [`App`], and what only functions that face clients need. Cheap to clone. A handler takes it
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
