//! Signs tokens as Medusa does, for the demo and the tests.
//!
//! A server that was started with another `JWT_SECRET` accepts only tokens of [`Signer`].

use domain::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::Person;
use crate::dev::parameters::{self, Parameters};

/// How long a token is valid, in seconds: Medusa's default, one day.
const LIFETIME_S: i64 = 24 * 3600;

/// A customer's token, signed with the default secret.
pub fn customer_token(id: &str, now: Timestamp) -> String {
    sign(&claims(id, "customer", now), crate::JWT_SECRET)
}

/// An admin's token, signed with the default secret.
pub fn admin_token(id: &str, now: Timestamp) -> String {
    sign(&claims(id, "user", now), crate::JWT_SECRET)
}

/// Signs tokens that the running server accepts, with the current secret of its parameter.
#[derive(Clone)]
pub struct Signer(pub(crate) Parameters);

impl Signer {
    /// A person's token.
    pub fn token(&self, person: &Person, now: Timestamp) -> String {
        if person.is_staff {
            self.admin_token(person.id, now)
        } else {
            self.sign(&claims(person.id, "customer", now))
        }
    }

    /// An admin's token.
    pub(crate) fn admin_token(&self, id: &str, now: Timestamp) -> String {
        self.sign(&claims(id, "user", now))
    }

    fn sign(&self, claims: &Value) -> String {
        let parameter = self.0.value(parameters::JWT_SECRET).unwrap_or_default();
        // During a rotation the parameter has two lines, the new secret first.
        sign(
            claims,
            parameter.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default(),
        )
    }
}

/// Signs any claims with a secret.
pub fn sign(claims: &Value, secret: &str) -> String {
    // Signing text with a secret cannot fail.
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret.as_bytes()))
        .unwrap_or_default()
}

fn claims(id: &str, kind: &str, now: Timestamp) -> Value {
    let issued = now.seconds();
    json!({
        "actor_id": id, "actor_type": kind, "auth_identity_id": format!("authid_{id}"),
        "app_metadata": {}, "user_metadata": {}, "iat": issued, "exp": issued + LIFETIME_S,
    })
}
