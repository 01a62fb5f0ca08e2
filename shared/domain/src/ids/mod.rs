//! Every id is a type of its own and parses text in one place only.
//!
//! A channel's database key *is* the digest of its hash, so the table's own uniqueness makes one
//! channel per pair, without a lookup table. A message id carries that key and the message's seq,
//! so an edit by id needs no index. Ids grant no rights: every write checks the caller.

mod actor;
mod channel;
mod file;
mod message;

use data_encoding::BASE32_NOPAD;
use sha2::{Digest as _, Sha256};

pub use actor::{ActorId, GUEST_PREFIX, GuestClaim, GuestSecret};
pub use channel::{ChannelHash, ChannelKey, member_row_id};
pub use file::FileId;
pub use message::{ClientMessageId, EventId, MAX_SEQ, MessageId, NoteId};

/// Length of a digest: 26 base32 characters hold 130 bits.
const DIGEST_LEN: usize = 26;

/// The first 26 lower-case base32 characters of SHA-256 over the parts.
pub(crate) fn digest(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    let mut text = lower_base32(&hasher.finalize());
    text.truncate(DIGEST_LEN);
    text
}

fn lower_base32(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}
