//! Unsubscribe links: a digest of the person, and a signature over it. They need no login and show
//! no name. The opt-out is stored under the same digest, so nothing is looked up. The digest
//! contains no key: an opt-out outlives every key.

use domain::{ActorId, EmailAddress};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::error::AppError;
use crate::keys::{KeyRing, LEN, short};

/// What stands before the token in a link.
pub const PATH: &str = "/chat/unsubscribe/";

/// The digest of a person.
pub fn digest_of_person(id: &ActorId) -> String {
    digest("person", id.as_str())
}

/// The digest of an address. Upper and lower case count as the same, as in practice they are.
pub fn digest_of_address(address: &EmailAddress) -> String {
    digest("address", &address.as_str().to_ascii_lowercase())
}

/// The digest under which the opt-out of a person at an address is stored. Who opts out of a
/// guest's mails opts out for every guest who gives that address.
pub fn digest_of_recipient(id: &ActorId, address: &EmailAddress) -> String {
    if id.is_guest() { digest_of_address(address) } else { digest_of_person(id) }
}

fn digest(what: &str, of: &str) -> String {
    short(&Sha256::digest(format!("live-chat\n{what}\n{of}").as_bytes()))
}

/// The keys of unsubscribe links.
pub struct UnsubscribeKeys(pub(crate) KeyRing);

impl UnsubscribeKeys {
    /// The token for the person with this digest.
    pub fn token(&self, digest: &str) -> String {
        format!("{digest}{}", self.0.sign(&signed(digest)))
    }

    /// The digest in a token; none if the signature is not ours.
    pub fn read(&self, token: &str) -> Option<String> {
        let (digest, signature) = token.split_at_checked(LEN)?;
        self.0.signer(&signed(digest), signature).map(|_| digest.to_owned())
    }
}

fn signed(digest: &str) -> String {
    format!("link\n{digest}")
}

impl App {
    /// The unsubscribe link for the person with this digest.
    pub async fn unsubscribe_url(&self, digest: &str) -> Result<String, AppError> {
        let token = self.keys.get(self.clock.now()).await?.unsubscribe.token(digest);
        Ok(format!("{}{PATH}{token}", self.config.public_url.as_deref().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Keys;

    fn links(masters: &[&str]) -> UnsubscribeKeys {
        Keys::new(&masters.iter().map(|master| master.repeat(32)).collect::<Vec<_>>().join("\n"))
            .expect("keys")
            .unsubscribe
    }

    #[test]
    fn only_own_tokens_are_read() {
        let (ours, theirs) = (links(&["1"]), links(&["2"]));
        let id = ActorId::parse("cus_1").expect("an id");
        let person = digest_of_person(&id);
        let token = ours.token(&person);
        assert_eq!(ours.read(&token), Some(person.clone()));
        assert!(!token.contains("cus_1") && token.bytes().all(|b| b.is_ascii_alphanumeric()));
        let flipped = token.replacen(char::from(token.as_bytes()[3]), "~", 1);
        for wrong in [
            "",
            "x",
            &theirs.token(&person),
            &token.to_uppercase(),
            &token[..51],
            &format!("{token}a"),
            &flipped,
            &"é".repeat(26),
        ] {
            assert_eq!(ours.read(wrong), None, "{wrong}");
        }
        assert!(Keys::new("").is_err() && Keys::new("short").is_err());
    }

    #[test]
    fn links_in_older_mails_outlive_a_change_of_the_key() {
        let digest =
            digest_of_address(&EmailAddress::parse("Ada@Customers.example").expect("an address"));
        assert_eq!(
            digest,
            digest_of_address(&EmailAddress::parse("ada@customers.example").expect("an address"))
        );
        let (before, during, after) = (links(&["1"]), links(&["2", "1"]), links(&["2"]));
        assert!(
            during.read(&before.token(&digest)).is_some()
                && after.read(&before.token(&digest)).is_none()
        );
        assert!(after.read(&during.token(&digest)).is_some(), "new links are by the new key");
    }
}
