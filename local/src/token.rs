//! Tokens as Medusa signs them, for the demo and the tests.

use domain::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

/// How long a token counts: Medusa's default, one day.
const LIFETIME_S: i64 = 24 * 3600;

/// A customer's token.
pub fn customer_token(id: &str, now: Timestamp) -> String {
    token(id, "customer", now)
}

/// An admin's token.
pub fn admin_token(id: &str, now: Timestamp) -> String {
    token(id, "user", now)
}

/// Signs any claims with the local secret.
pub fn sign(claims: &Value, secret: &str) -> String {
    // Signing text with a secret cannot fail.
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap_or_default()
}

fn token(id: &str, kind: &str, now: Timestamp) -> String {
    let issued = now.seconds();
    let claims = json!({
        "actor_id": id, "actor_type": kind, "auth_identity_id": format!("authid_{id}"),
        "app_metadata": {}, "user_metadata": {}, "iat": issued, "exp": issued + LIFETIME_S,
    });
    sign(&claims, crate::JWT_SECRET)
}
