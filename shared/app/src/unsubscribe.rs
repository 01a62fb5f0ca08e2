//! Unsubscribe links: a digest of the person, and a signature over it. They need no login and show
//! no name. The opt-out is stored under the same digest, so nothing is looked up. The digest
//! contains no key: an opt-out outlives every key.

use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use domain::{ActorId, EmailAddress};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::error::AppError;
use crate::file_links::FileKeys;
use crate::guest_links::GuestKeys;
use crate::push_seed::PushSeed;
use crate::reply_address::ReplyKeys;
use crate::secrets::lines;

/// Characters of a digest, and of a signature: 130 bits each.
pub(crate) const LEN: usize = 26;
/// Shortest acceptable master key, in bytes of its text.
const MIN_MASTER_BYTES: usize = 32;

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

/// Makes and reads the tokens of unsubscribe links, the signatures of links to files, and reply
/// addresses.
pub struct Links {
    /// The current key first, then the older ones that signed links in older mails.
    keys: Vec<hmac::Key>,
    /// For links to files.
    pub files: FileKeys,
    /// For the keys by which push services know the shop.
    pub push: Vec<PushSeed>,
    /// For links that bring guests back, and for their secrets.
    pub guests: GuestKeys,
    /// For reply addresses.
    pub replies: ReplyKeys,
}

impl Links {
    /// Derives the keys from the master keys: the current one, and older ones on further lines.
    /// Returns what is wrong with them otherwise.
    pub fn new(master: &str) -> Result<Self, String> {
        let masters = lines(master);
        if masters.is_empty() || masters.iter().any(|master| master.len() < MIN_MASTER_BYTES) {
            return Err("must hold at least 32 bytes".to_owned());
        }
        let derive = |purpose: &[u8]| -> Vec<hmac::Key> {
            let key = |secret: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, secret);
            let derived = masters.iter().map(|master| hmac::sign(&key(master.as_bytes()), purpose));
            derived.map(|secret| key(secret.as_ref())).collect()
        };
        let seed = |master: &&str| {
            let master = hmac::Key::new(hmac::HMAC_SHA256, master.as_bytes());
            let secret = hmac::sign(&master, b"web push");
            secret.as_ref().try_into().map(PushSeed::new).ok()
        };
        Ok(Self {
            keys: derive(b"unsubscribe"),
            files: FileKeys::new(derive(b"files")),
            push: masters.iter().filter_map(seed).collect(),
            guests: GuestKeys::new(derive(b"guest mail"), derive(b"guest secret")),
            replies: ReplyKeys::new(derive(b"replies")),
        })
    }

    /// The token for the person with this digest.
    pub fn token(&self, digest: &str) -> String {
        let signature = self.keys.first().map(|key| sign(key, digest)).unwrap_or_default();
        format!("{digest}{signature}")
    }

    /// The digest in a token; none if the signature is not ours.
    pub fn read(&self, token: &str) -> Option<String> {
        let (digest, signature) = token.split_at_checked(LEN)?;
        let is_by = |key: &hmac::Key| {
            aws_lc_rs::constant_time::verify_slices_are_equal(
                sign(key, digest).as_bytes(),
                signature.as_bytes(),
            )
            .is_ok()
        };
        self.keys.iter().any(is_by).then(|| digest.to_owned())
    }
}

fn sign(key: &hmac::Key, digest: &str) -> String {
    short(hmac::sign(key, format!("link\n{digest}").as_bytes()).as_ref())
}

pub(crate) fn short(hash: &[u8]) -> String {
    let mut text = BASE32_NOPAD.encode(hash).to_ascii_lowercase();
    text.truncate(LEN);
    text
}

impl App {
    /// The unsubscribe link for the person with this digest.
    pub async fn unsubscribe_url(&self, digest: &str) -> Result<String, AppError> {
        let token = self.links.get(self.clock.now()).await?.token(digest);
        Ok(format!(
            "{}/chat/unsubscribe/{token}",
            self.config.public_url.as_deref().unwrap_or_default()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(masters: &[&str]) -> Links {
        Links::new(&masters.iter().map(|master| master.repeat(32)).collect::<Vec<_>>().join("\n"))
            .expect("links")
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
        assert!(Links::new("").is_err() && Links::new("short").is_err());
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
