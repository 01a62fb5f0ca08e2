//! Links to files: `/chat/files/{id}/{signature}/{name}`. They need no login, because pictures load
//! without one, and they expire.
//!
//! A link expires at the end of the next full hour, so it is valid for one to two hours. Within an
//! hour it stays the same, and browsers show a picture again without loading it.

use std::fmt;
use std::sync::Arc;

use domain::{FileId, Message, Timestamp};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use wire::FileLink;

use crate::app::App;
use crate::keys::{KeyRing, Keys};

const HOUR_MS: i64 = 3_600_000;
/// What to escape in a path: all but what every client leaves as it is.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The keys that sign links to files.
pub struct FileKeys(pub(crate) KeyRing);

impl FileKeys {
    /// The signature of a link that expires at this time, in seconds.
    fn signature(&self, id: &FileId, name: &str, expires_at: i64) -> String {
        format!("{expires_at}-{}", self.0.sign(&signed(id, name, expires_at)))
    }

    /// Whether this is the signature of a link to the file of this id and name that has not
    /// expired.
    pub fn accept(&self, id: &FileId, name: &str, signature: &str, now: Timestamp) -> bool {
        let Some((time, given)) = signature.split_once('-') else { return false };
        let expires_at: Option<i64> = time.parse().ok();
        let Some(expires_at) = expires_at.filter(|at| at.to_string() == time) else { return false };
        now.seconds() < expires_at && self.0.signer(&signed(id, name, expires_at), given).is_some()
    }
}

/// A name has no line breaks, so no two files have the same text.
fn signed(id: &FileId, name: &str, expires_at: i64) -> String {
    format!("{id}\n{expires_at}\n{name}")
}

/// Makes the links that are valid now.
pub struct FileLinks {
    keys: Arc<Keys>,
    /// Where browsers reach this API.
    base: String,
    /// In seconds.
    expires_at: i64,
}

impl fmt::Debug for FileLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileLinks")
    }
}

impl wire::FileLinks for FileLinks {
    fn link(&self, id: &FileId, name: &str) -> FileLink {
        let signature = self.keys.files.signature(id, name, self.expires_at);
        let (base, name) = (&self.base, utf8_percent_encode(name, PATH));
        FileLink {
            url: format!("{base}/chat/files/{id}/{signature}/{name}"),
            expires_at: Timestamp::from_millis(self.expires_at * 1_000).into(),
        }
    }
}

impl App {
    /// What makes the links to the files of these messages. `None` if they have no files, or while
    /// the key cannot be read: a message without links is better than none.
    pub async fn file_links<'a>(
        &self,
        messages: impl IntoIterator<Item = &'a Message>,
    ) -> Option<FileLinks> {
        if messages.into_iter().all(|message| message.attachments.is_empty()) {
            return None;
        }
        self.links_to_files().await
    }

    /// What makes links to files; `None` while the key cannot be read.
    pub async fn links_to_files(&self) -> Option<FileLinks> {
        let now = self.clock.now();
        let keys = self.keys.get(now).await.ok()?;
        let base = self.config.public_url.clone().unwrap_or_default();
        let expires_at = (now.millis().div_euclid(HOUR_MS) + 2) * HOUR_MS / 1_000;
        Some(FileLinks { keys, base, expires_at })
    }
}

#[cfg(test)]
mod tests {
    use domain::ChannelHash;

    use super::*;

    fn at(hours: i64, millis: i64) -> Timestamp {
        Timestamp::from_millis(hours * HOUR_MS + millis)
    }

    fn id(number: u8) -> FileId {
        let key = ChannelHash::parse("direct:admin:cus_1").expect("a hash").key();
        FileId::from_random(key, [number; 16])
    }

    #[test]
    fn a_signature_is_of_one_file_one_name_and_one_time() {
        let links = Keys::new(&"1".repeat(32)).expect("keys");
        let signature = links.files.signature(&id(1), "a.png", 7_200);
        let accept =
            |id, name: &str, signature: &str, now| links.files.accept(&id, name, signature, now);
        assert!(accept(id(1), "a.png", &signature, at(0, 0)));
        assert!(accept(id(1), "a.png", &signature, at(2, -1)));
        assert!(!accept(id(1), "a.png", &signature, at(2, 0)), "expired");
        assert!(!accept(id(2), "a.png", &signature, at(0, 0)), "another file");
        assert!(!accept(id(1), "b.png", &signature, at(0, 0)), "another name");
        for wrong in [
            "",
            "-",
            &signature.replace("7200", "7201"),
            &signature.replace("7200", "07200"),
            &signature.replace("7200", "+7200"),
            &signature.to_uppercase(),
            &format!("{signature}a"),
            &signature[..signature.len() - 1],
            &signature.replace('-', "--"),
        ] {
            assert!(!accept(id(1), "a.png", wrong, at(0, 0)), "{wrong}");
        }
        let other = Keys::new(&"2".repeat(32)).expect("keys");
        assert!(!other.files.accept(&id(1), "a.png", &signature, at(0, 0)), "another key");
        let both = format!("{}\n{}", "2".repeat(32), "1".repeat(32));
        let both = Keys::new(&both).expect("keys");
        assert!(both.files.accept(&id(1), "a.png", &signature, at(0, 0)), "an older key");
    }
}
