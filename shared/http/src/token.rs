//! Medusa's tokens: signature, expiry, and whether they are a login.

use domain::{ActorId, Profile, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use app::lines;

/// Shortest acceptable secret, in bytes: the length of HS256's hash.
const MIN_SECRET_BYTES: usize = 32;
/// Medusa's default secret. It is public, so it protects nothing.
const MEDUSA_DEFAULT_SECRET: &str = "supersecret";
/// Longest token, in bytes.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Checks tokens with the configured key and algorithm.
pub struct Verifier {
    algorithm: Algorithm,
    keys: Vec<DecodingKey>,
}

/// The owner of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The claim `actor_id`.
    pub id: ActorId,
    /// The claim `actor_type`: `user`, `customer` or another.
    pub kind: String,
    /// When the token expires.
    pub expires: Timestamp,
    /// What the token says of its owner, in claims besides Medusa's own.
    pub profile: Profile,
}

#[derive(Deserialize)]
struct Claims {
    actor_id: String,
    actor_type: String,
    /// Seconds; required, so that no token lives for ever.
    exp: i64,
    nbf: Option<i64>,
    /// Set on tokens for one purpose only, as resetting a password.
    #[serde(default, deserialize_with = "is_there")]
    purpose: bool,
    #[serde(default)]
    mfa_enabled: Value,
    #[serde(default)]
    mfa_challenge_completed_at: Value,
    #[serde(default)]
    app_metadata: Value,
    /// Names and address, if the signer adds them. At the top only, because people fill in
    /// `user_metadata` themselves.
    #[serde(default)]
    email: Value,
    #[serde(default)]
    first_name: Value,
    #[serde(default)]
    last_name: Value,
    #[serde(default)]
    name: Value,
    #[serde(default)]
    avatar_url: Value,
}

impl Verifier {
    /// A verifier for secrets: the current one, and on further lines older ones that are still
    /// accepted. Returns what is wrong with them otherwise.
    pub fn of_secrets(value: &str, insecure: bool) -> Result<Self, String> {
        let secrets = lines(value);
        if secrets.is_empty() {
            return Err("is empty".to_owned());
        }
        if !insecure
            && secrets
                .iter()
                .any(|secret| secret.len() < MIN_SECRET_BYTES || *secret == MEDUSA_DEFAULT_SECRET)
        {
            return Err("must hold at least 32 bytes, and no known default".to_owned());
        }
        let keys =
            secrets.into_iter().map(|secret| DecodingKey::from_secret(secret.as_bytes())).collect();
        Ok(Self { algorithm: Algorithm::HS256, keys })
    }

    /// A verifier for a public key in PEM.
    pub fn of_public_key(pem: &str) -> Result<Self, jsonwebtoken::errors::Error> {
        match DecodingKey::from_rsa_pem(pem.as_bytes()) {
            Ok(key) => Ok(Self { algorithm: Algorithm::RS256, keys: vec![key] }),
            Err(_) => Ok(Self {
                algorithm: Algorithm::ES256,
                keys: vec![DecodingKey::from_ec_pem(pem.as_bytes())?],
            }),
        }
    }

    /// The owner of a valid token. It does not say why a token is refused.
    ///
    /// With the same secret Medusa signs tokens for one purpose, and tokens with an empty
    /// `actor_id` for people who have only begun to register: neither is a login.
    pub fn actor(&self, token: &str, now: Timestamp) -> Option<Actor> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let header = decode_header(token).ok()?;
        if header.alg != self.algorithm || header.crit.is_some() {
            return None;
        }
        let claims = self
            .keys
            .iter()
            .find_map(|key| decode::<Claims>(token, key, &self.signature_only()).ok())?
            .claims;
        let seconds = now.seconds();
        let in_time = claims.exp > seconds && claims.nbf.is_none_or(|nbf| nbf <= seconds);
        let is_login = !claims.purpose && !claims.second_factor_is_missing();
        let id = ActorId::parse(&claims.actor_id).filter(|id| !id.is_guest())?;
        let expires = Timestamp::from_millis(claims.exp.saturating_mul(1000));
        let profile = claims.profile();
        (in_time && is_login).then_some(Actor { id, kind: claims.actor_type, expires, profile })
    }

    /// Times are checked here, against our own clock and without leeway; the library checks
    /// algorithm and signature.
    fn signature_only(&self) -> Validation {
        let mut validation = Validation::new(self.algorithm);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation
    }
}

/// Whether a claim is present, whatever its value.
fn is_there<'de, D: Deserializer<'de>>(claim: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(claim).map(|_| true)
}

impl Claims {
    fn profile(&self) -> Profile {
        let first = self.first_name.as_str().or(self.name.as_str());
        Profile::lenient(
            first,
            self.last_name.as_str(),
            self.email.as_str(),
            self.avatar_url.as_str(),
        )
    }

    fn second_factor_is_missing(&self) -> bool {
        let claim = |name: &str, top: &Value| {
            if top.is_null() {
                self.app_metadata.get(name).cloned().unwrap_or_default()
            } else {
                top.clone()
            }
        };
        let completed = claim("mfa_challenge_completed_at", &self.mfa_challenge_completed_at);
        let enabled = claim("mfa_enabled", &self.mfa_enabled);
        let off = enabled.is_null() || enabled == Value::Bool(false);
        !off && matches!(completed, Value::Null | Value::Bool(false))
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::json;

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);

    fn verifier(previous: Option<&str>) -> Verifier {
        Verifier::of_secrets(&[SECRET, previous.unwrap_or_default()].join("\n"), false)
            .expect("a verifier")
    }

    fn claims() -> Value {
        json!({
            "actor_id": "cus_1", "actor_type": "customer", "auth_identity_id": "authid_1",
            "app_metadata": {}, "user_metadata": {},
            "iat": 900_000, "exp": 1_000_001, "roles": [],
        })
    }

    fn with(changes: &Value) -> Value {
        let mut all = claims();
        for (name, value) in changes.as_object().expect("an object") {
            all[name] = value.clone();
        }
        all
    }

    fn sign(claims: &Value, algorithm: Algorithm, secret: &str) -> String {
        encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(secret.as_bytes()))
            .expect("a token")
    }

    #[test]
    fn a_medusa_token_is_read() {
        let token = sign(&claims(), Algorithm::HS256, SECRET);
        let actor = verifier(None).actor(&token, NOW).expect("accepted");
        assert_eq!((actor.id.as_str(), actor.kind.as_str()), ("cus_1", "customer"));
    }

    #[test]
    fn odd_tokens_are_refused() {
        let refused = [
            json!({ "actor_id": "" }),
            json!({ "actor_id": null }),
            json!({ "actor_id": 7 }),
            json!({ "actor_id": "cus 1" }),
            json!({ "actor_id": "guest_1" }),
            json!({ "actor_id": "a".repeat(129) }),
            json!({ "actor_type": null }),
            json!({ "exp": 1_000_000 }),
            json!({ "exp": null }),
            json!({ "exp": "never" }),
            json!({ "exp": 1e300 }),
            json!({ "exp": -1 }),
            json!({ "exp": 1_000_001.5 }),
            json!({ "nbf": 1_000_001 }),
            json!({ "nbf": "soon" }),
            json!({ "purpose": "reset-password" }),
            json!({ "purpose": "" }),
            json!({ "purpose": null }),
            json!({ "mfa_enabled": true }),
            json!({ "mfa_enabled": "true" }),
            json!({ "app_metadata": { "mfa_enabled": true } }),
        ];
        for changes in &refused {
            let token = sign(&with(changes), Algorithm::HS256, SECRET);
            assert_eq!(verifier(None).actor(&token, NOW), None, "{changes}");
        }
        let accepted = [
            json!({ "mfa_enabled": false }),
            json!({ "mfa_enabled": true, "mfa_challenge_completed_at": 1_000_000 }),
            json!({
                "app_metadata": {
                    "mfa_enabled": true, "mfa_challenge_completed_at": "2026-01-01",
                },
            }),
            json!({ "nbf": 1_000_000 }),
            json!({ "aud": "anything", "iss": "anyone" }),
        ];
        for changes in &accepted {
            let token = sign(&with(changes), Algorithm::HS256, SECRET);
            assert!(verifier(None).actor(&token, NOW).is_some(), "{changes}");
        }
    }

    #[test]
    fn the_token_does_not_choose_its_algorithm() {
        for algorithm in [Algorithm::HS384, Algorithm::HS512] {
            assert_eq!(verifier(None).actor(&sign(&claims(), algorithm, SECRET), NOW), None);
        }
        let good = sign(&claims(), Algorithm::HS256, SECRET);
        let (_, body_and_signature) = good.split_once('.').expect("three parts");
        let (body, _) = body_and_signature.split_once('.').expect("two parts");
        for header in [
            r#"{"alg":"none"}"#,
            r#"{"alg":"None","typ":"JWT"}"#,
            r#"{"alg":"HS256","crit":["exp"]}"#,
            "{}",
            "null",
        ] {
            let header = data_encoding::BASE64URL_NOPAD.encode(header.as_bytes());
            for forged in [
                format!("{header}.{body}."),
                format!("{header}.{body_and_signature}"),
                format!("{header}.{body}"),
            ] {
                assert_eq!(verifier(None).actor(&forged, NOW), None, "{forged}");
            }
        }
        for garbage in ["", ".", "..", "a.b.c", &"x".repeat(9_000)] {
            assert_eq!(verifier(None).actor(garbage, NOW), None);
        }
    }

    #[test]
    fn tokens_of_the_previous_secret_stay_valid() {
        let old = "fedcba9876543210fedcba9876543210";
        let token = sign(&claims(), Algorithm::HS256, old);
        assert!(verifier(Some(old)).actor(&token, NOW).is_some());
        assert!(verifier(None).actor(&token, NOW).is_none());
    }

    #[test]
    fn weak_secrets_are_refused() {
        for weak in [
            "",
            " \n",
            "supersecret",
            "0123456789abcdef0123456789abcde",
            &format!("{SECRET}\nshort"),
        ] {
            let problem = Verifier::of_secrets(weak, false).err().expect("refused");
            assert!(
                weak.trim().is_empty() || !problem.contains(weak),
                "the error shows the secret"
            );
        }
        assert!(Verifier::of_secrets("supersecret", true).is_ok());
        assert!(Verifier::of_secrets("", true).is_err());
    }

    #[test]
    fn public_keys_check_their_own_algorithm_only() {
        let (rsa_private, rsa_public) = rsa_pair();
        let (ec_private, ec_public) = ec_pair();
        let rsa = Verifier::of_public_key(&rsa_public).expect("a verifier");
        let ec = Verifier::of_public_key(&ec_public).expect("a verifier");
        let rsa_private = EncodingKey::from_rsa_pem(rsa_private.as_bytes()).expect("a key");
        let ec_private = EncodingKey::from_ec_pem(ec_private.as_bytes()).expect("a key");
        let rs256 =
            encode(&Header::new(Algorithm::RS256), &claims(), &rsa_private).expect("a token");
        let es256 =
            encode(&Header::new(Algorithm::ES256), &claims(), &ec_private).expect("a token");
        assert!(rsa.actor(&rs256, NOW).is_some() && ec.actor(&es256, NOW).is_some());
        assert!(rsa.actor(&es256, NOW).is_none() && ec.actor(&rs256, NOW).is_none());
        // The classic confusion: the public key used as an HS256 secret.
        assert!(rsa.actor(&sign(&claims(), Algorithm::HS256, &rsa_public), NOW).is_none());
        assert!(Verifier::of_public_key("no key").is_err());
    }

    fn rsa_pair() -> (String, String) {
        let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048)
            .expect("a key pair");
        let private: Pkcs8V1Der<'_> = pair.as_der().expect("private part");
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("public part");
        (pem("PRIVATE KEY", private.as_ref()), pem("PUBLIC KEY", public.as_ref()))
    }

    fn ec_pair() -> (String, String) {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key pair");
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("public part");
        (
            pem("PRIVATE KEY", pair.to_pkcs8v1().expect("private part").as_ref()),
            pem("PUBLIC KEY", public.as_ref()),
        )
    }

    fn pem(label: &str, der: &[u8]) -> String {
        format!(
            "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
            data_encoding::BASE64.encode(der)
        )
    }
}
