//! Seeds of the keys by which push services know this shop.

use sha2::{Digest, Sha256};

/// Secret bytes from which `webpush` derives a key. Derived from a master key.
#[derive(Clone)]
pub struct PushSeed([u8; 32]);

impl PushSeed {
    /// A seed of these bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Bytes for this attempt to make a key, always the same.
    pub fn bytes(&self, attempt: u8) -> [u8; 32] {
        if attempt == 0 {
            return self.0;
        }
        let mut digest = Sha256::new();
        digest.update(self.0);
        digest.update([attempt]);
        digest.finalize().into()
    }
}
