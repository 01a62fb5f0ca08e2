//! The keys that are derived from the master keys, and short signatures by them.

use aws_lc_rs::{constant_time, hmac};
use data_encoding::BASE32_NOPAD;

use crate::file_links::FileKeys;
use crate::guest_links::GuestKeys;
use crate::push_seed::PushSeed;
use crate::reply_address::ReplyKeys;
use crate::secrets::lines;
use crate::unsubscribe::UnsubscribeKeys;

/// Characters of a digest, and of a signature: 130 bits each.
pub(crate) const LEN: usize = 26;
/// Shortest acceptable master key, in bytes of its text.
const MIN_MASTER_BYTES: usize = 32;

/// The keys of each purpose.
pub struct Keys {
    /// For links that end mails.
    pub unsubscribe: UnsubscribeKeys,
    /// For links to files.
    pub files: FileKeys,
    /// For links that bring guests back, and for their secrets.
    pub guests: GuestKeys,
    /// For reply addresses.
    pub replies: ReplyKeys,
    /// For the keys by which push services know the shop.
    pub push: Vec<PushSeed>,
}

impl Keys {
    /// Derives the keys from the master keys: the current one, and older ones on further lines.
    /// Returns what is wrong with them otherwise.
    pub fn new(masters: &str) -> Result<Self, String> {
        let masters = lines(masters);
        if masters.is_empty() || masters.iter().any(|master| master.len() < MIN_MASTER_BYTES) {
            return Err("must hold at least 32 bytes".to_owned());
        }
        let derived = |purpose: &str| -> Vec<hmac::Tag> {
            let derive = |master: &&str| hmac::sign(&key(master.as_bytes()), purpose.as_bytes());
            masters.iter().map(derive).collect()
        };
        let ring =
            |purpose| KeyRing(derived(purpose).iter().map(|secret| key(secret.as_ref())).collect());
        let seed = |secret: &hmac::Tag| secret.as_ref().try_into().map(PushSeed::new).ok();
        Ok(Self {
            unsubscribe: UnsubscribeKeys(ring("unsubscribe")),
            files: FileKeys(ring("files")),
            guests: GuestKeys { links: ring("guest mail"), secrets: ring("guest secret") },
            replies: ReplyKeys(ring("replies")),
            push: derived("web push").iter().filter_map(seed).collect(),
        })
    }
}

fn key(secret: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret)
}

/// The keys of one purpose: the current one first, then the older ones that signed before.
pub(crate) struct KeyRing(Vec<hmac::Key>);

impl KeyRing {
    /// A signature by the current key.
    pub(crate) fn sign(&self, text: &str) -> String {
        self.sign_by(0, text).unwrap_or_default()
    }

    /// A signature by the key of this number.
    pub(crate) fn sign_by(&self, number: usize, text: &str) -> Option<String> {
        self.0.get(number).map(|key| short(hmac::sign(key, text.as_bytes()).as_ref()))
    }

    /// The number of the key that signed; `None` if the signature is not ours.
    pub(crate) fn signer(&self, text: &str, signature: &str) -> Option<usize> {
        (0..self.0.len()).find(|number| {
            self.sign_by(*number, text).is_some_and(|ours| is_same(&ours, signature))
        })
    }
}

/// Whether two texts are the same, in a time that does not depend on where they differ.
pub(crate) fn is_same(ours: &str, given: &str) -> bool {
    constant_time::verify_slices_are_equal(ours.as_bytes(), given.as_bytes()).is_ok()
}

pub(crate) fn short(hash: &[u8]) -> String {
    let mut text = BASE32_NOPAD.encode(hash).to_ascii_lowercase();
    text.truncate(LEN);
    text
}
