//! The ids of people.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{digest, lower_base32};

/// Longest id of a person, in characters.
const MAX_ACTOR_ID: usize = 128;
/// Begins every guest's public id, and no other id.
pub const GUEST_PREFIX: &str = "guest_";

/// The id of a customer, guest or admin: `[A-Za-z0-9_-]{1,128}`, as Medusa's `actor_id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActorId(String);

impl ActorId {
    /// Parses an id.
    pub fn parse(text: &str) -> Option<Self> {
        let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        ((1..=MAX_ACTOR_ID).contains(&text.len()) && text.bytes().all(legal))
            .then(|| Self(text.to_owned()))
    }

    /// Stands for the sender of an unreadable message. No caller has this id.
    pub(crate) fn unknown() -> Self {
        Self("-".to_owned())
    }

    /// Stands for the sender of the shop's automatic messages. No caller can have this id, and no
    /// client sees it.
    pub(crate) fn shop() -> Self {
        Self("*".to_owned())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a guest's public id: it starts with `guest_`.
    pub fn is_guest(&self) -> bool {
        self.0.starts_with(GUEST_PREFIX)
    }

    /// Whether an admin may have this id: it is neither a guest's nor a customer's by its form.
    pub fn may_be_admin(&self) -> bool {
        !self.is_guest() && !self.0.starts_with("cus_")
    }
}

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Begins the secrets that this server signed.
const SIGNED: &str = "gs1.";

/// The secret in a guest's browser that proves who the guest is. It never prints.
pub struct GuestSecret(String);

/// What a secret says of its guest.
#[derive(Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields' names say it")]
pub enum GuestClaim<'a> {
    /// The public id follows from the secret.
    Known(ActorId),
    /// The secret names this guest. It counts only with the server's signature.
    Signed { id: ActorId, signature: &'a str },
    /// It begins as a signed secret does, and names no guest.
    Malformed,
}

impl GuestSecret {
    /// Parses a secret: 21 (a default `nanoid`) to 128 of `[A-Za-z0-9._-]`, at least ten of them
    /// distinct, so that it cannot be guessed.
    pub fn parse(text: &str) -> Option<Self> {
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        let mut distinct: Vec<u8> = text.bytes().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let strong =
            (21..=128).contains(&text.len()) && text.bytes().all(legal) && distinct.len() >= 10;
        strong.then(|| Self(text.to_owned()))
    }

    /// A secret of 160 random bits.
    pub fn from_random(bytes: [u8; 20]) -> Self {
        Self(lower_base32(&bytes))
    }

    /// The secret of a guest whose id this server signed: `gs1.<id>.<signature>`.
    pub fn signed(id: &ActorId, signature: &str) -> Self {
        Self(format!("{SIGNED}{id}.{signature}"))
    }

    /// The public id of a guest whose secret is not signed: `guest_` and the start of the secret's
    /// SHA-256.
    pub fn public_id(&self) -> ActorId {
        ActorId(format!("{GUEST_PREFIX}{}", digest(&[self.0.as_bytes()])))
    }

    /// What the secret says of its guest.
    pub fn claim(&self) -> GuestClaim<'_> {
        match self.0.strip_prefix(SIGNED) {
            None => GuestClaim::Known(self.public_id()),
            Some(rest) => {
                let parts = rest.split_once('.').and_then(|(id, signature)| {
                    Some((ActorId::parse(id).filter(ActorId::is_guest)?, signature))
                });
                parts.map_or(GuestClaim::Malformed, |(id, signature)| GuestClaim::Signed {
                    id,
                    signature,
                })
            }
        }
    }

    /// The secret, for the one response that hands it to its owner.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for GuestSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GuestSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE32_NOPAD;
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn guest_secrets_must_be_hard_to_guess() {
        assert!(GuestSecret::parse("V1StGXR8_Z5jdHi6B-myT").is_some());
        assert!(GuestSecret::parse("8f14e45f-ceea-467f-a0e6-1f2b3c4d5e6f").is_some());
        for weak in [
            "short",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "V1StGXR8_Z5jdHi6B-my",
            "V1StGXR8_Z5jdHi6B-my,",
            "V1StGXR8 Z5jdHi6B-myT",
            "ababababababababababababab",
        ] {
            assert!(GuestSecret::parse(weak).is_none(), "{weak}");
        }
        assert!(GuestSecret::parse(&"abcdefghij".repeat(13)).is_none(), "longer than 128");
    }

    #[test]
    fn a_guests_public_id_is_the_digest_of_the_secret() {
        // `printf V1StGXR8_Z5jdHi6B-myT | sha256sum`, as base32.
        let id = GuestSecret::parse("V1StGXR8_Z5jdHi6B-myT").expect("a secret").public_id();
        let sha = Sha256::digest(b"V1StGXR8_Z5jdHi6B-myT");
        let expected = BASE32_NOPAD.encode(&sha).to_lowercase();
        assert_eq!(id.as_str(), format!("guest_{}", expected.get(..26).expect("long enough")));
        assert!(id.is_guest());
        assert_eq!(format!("{:?}", GuestSecret::from_random([7; 20])), "GuestSecret(…)");
    }

    #[test]
    fn a_signed_secret_names_its_guest() {
        let id = ActorId::parse(&format!("guest_{}", "a2".repeat(13))).expect("an id");
        let signed = GuestSecret::signed(&id, &"s4".repeat(13));
        let again = GuestSecret::parse(signed.reveal()).expect("a header takes it");
        assert_eq!(again.claim(), GuestClaim::Signed { id, signature: &"s4".repeat(13) });
        for odd in [
            "gs1.cus_abcdefghijkl.signature",
            "gs1.guest_abcdefghijklmnopq",
            "gs1..abcdefghijklmnopqrs",
        ] {
            let secret = GuestSecret::parse(odd).expect("a header takes it");
            assert_eq!(secret.claim(), GuestClaim::Malformed, "{odd}");
        }
    }
}
