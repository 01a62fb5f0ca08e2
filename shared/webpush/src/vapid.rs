//! Identification to push services: RFC 8292.
//!
//! A browser subscribes with our public key, and its push service then takes notifications only
//! with a signature of that key. The keys are derived from the master keys, so nothing else has to
//! be made or kept. See `docs/deploy.md`.

use app::PushSeed;
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use data_encoding::BASE64URL_NOPAD;
use serde_json::json;

/// How long a signature is valid, in seconds. Push services accept a day at most.
const VALID_S: i64 = 12 * 3_600;
/// Seeds that are tried. One in four billion is no key of the curve.
const ATTEMPTS: u8 = 8;

/// A key that identifies this shop to push services.
pub struct VapidKey {
    pair: EcdsaKeyPair,
    public: String,
}

impl VapidKey {
    /// Derives the key from a seed: the same one each time.
    pub fn derive(seed: &PushSeed) -> Option<Self> {
        (0..ATTEMPTS).find_map(|attempt| Self::from_private(&seed.bytes(attempt)))
    }

    fn from_private(bytes: &[u8; 32]) -> Option<Self> {
        let private = PrivateKey::from_private_key(&ECDH_P256, bytes).ok()?;
        let public = private.compute_public_key().ok()?;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            bytes,
            public.as_ref(),
        );
        Some(Self { pair: pair.ok()?, public: BASE64URL_NOPAD.encode(public.as_ref()) })
    }

    /// The public key, as browsers take it: base64url of an uncompressed point.
    pub fn public_key(&self) -> &str {
        &self.public
    }

    /// The header `Authorization` for the push service `audience`, an origin. `subject` is a URL at
    /// which the service reaches the shop. `now_s` is in seconds.
    pub fn authorization(&self, audience: &str, subject: &str, now_s: i64) -> Option<String> {
        let claims = json!({ "aud": audience, "exp": now_s + VALID_S, "sub": subject });
        let encode = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
        let signed =
            format!("{}.{}", encode(r#"{"typ":"JWT","alg":"ES256"}"#), encode(&claims.to_string()));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).ok()?;
        let signature = BASE64URL_NOPAD.encode(signature.as_ref());
        Some(format!("vapid t={signed}.{signature}, k={}", self.public))
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;

    fn decoded(text: &str) -> Vec<u8> {
        BASE64URL_NOPAD.decode(text.as_bytes()).expect("base64url")
    }

    /// Checks a header as a push service does; returns the claims.
    fn verified(header: &str) -> Value {
        let (token, key) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decoded(key))
            .verify(signed.as_bytes(), &decoded(signature))
            .expect("a valid signature");
        serde_json::from_slice(&decoded(signed.split_once('.').unwrap().1)).expect("claims")
    }

    #[test]
    fn the_example_of_rfc_8292_is_verified_and_ours_is_as_it() {
        let claims = verified(
            "vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZ\
             S5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t\
             4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA, k\
             =BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2E\
             mClBPs",
        );
        let expected = json!({
            "aud": "https://push.example.net", "exp": 1_453_523_768,
            "sub": "mailto:push@example.com",
        });
        assert_eq!(claims, expected);
        let key = VapidKey::derive(&PushSeed::new([7; 32])).expect("a key");
        let header = key
            .authorization(
                "https://push.example.net",
                "mailto:push@example.com",
                1_453_523_768 - VALID_S,
            )
            .expect("a header");
        assert_eq!(verified(&header), expected);
        assert!(header.ends_with(key.public_key()));
    }

    #[test]
    fn a_seed_makes_one_key_even_if_it_is_none_itself() {
        let derive = |byte| VapidKey::derive(&PushSeed::new([byte; 32])).expect("a key").public;
        assert_eq!(derive(1), derive(1));
        assert_ne!(derive(1), derive(2));
        assert_eq!(decoded(&derive(1)).len(), 65);
        assert!(VapidKey::from_private(&[0xff; 32]).is_none(), "beyond the order of the curve");
        assert_eq!(derive(0xff), derive(0xff));
    }
}
