//! Links in mails that end them, without login and without saying who it is: a keyed digest of the person, and a signature over
//! it. The digest is also under which the wish is kept, so nothing need be looked up, and nobody can be guessed.

use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use domain::{ActorId, EmailAddress};
use tokio::sync::OnceCell;

use crate::app::{App, random};
use crate::error::ApiError;

/// Characters of a digest, and of a signature: 130 bits each.
const LEN: usize = 26;

/// Makes and reads the tokens of unsubscribe links, and the digests under which wishes are kept.
pub struct Links(hmac::Key);

impl Links {
    /// Keyed by what is derived from the master key.
    pub fn new(master: &[u8]) -> Self {
        let derived = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, master), b"unsubscribe");
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }

    /// The digest of a person.
    pub fn person(&self, id: &ActorId) -> String {
        self.digest("person", id.as_str())
    }

    /// The digest of an address; upper and lower case are the same to every mail server that matters.
    pub fn address(&self, address: &EmailAddress) -> String {
        self.digest("address", &address.as_str().to_ascii_lowercase())
    }

    /// The token of the link of whom this digest means.
    pub fn token(&self, digest: &str) -> String {
        format!("{digest}{}", self.digest("link", digest))
    }

    /// The digest of whom this token means; nothing for one that we did not make.
    pub fn read(&self, token: &str) -> Option<String> {
        let (person, signature) = token.split_at_checked(LEN)?;
        let expected = self.digest("link", person);
        aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_bytes(), signature.as_bytes()).ok()?;
        Some(person.to_owned())
    }

    fn digest(&self, what: &str, of: &str) -> String {
        let mut text = BASE32_NOPAD.encode(hmac::sign(&self.0, format!("{what}\n{of}").as_bytes()).as_ref()).to_ascii_lowercase();
        text.truncate(LEN);
        text
    }
}

impl App {
    /// The links of this shop. The master key is read once in a process.
    pub async fn links(&self) -> Result<&Links, ApiError> {
        self.links_cell().get_or_try_init(async || Ok(Links::new(&self.store.master_key(random()?).await?))).await
    }

    /// Where the link leads of whom this digest means.
    pub async fn unsubscribe_url(&self, digest: &str) -> Result<String, ApiError> {
        let token = self.links().await?.token(digest);
        Ok(format!("{}/chat/unsubscribe/{token}", self.config.public_url.as_deref().unwrap_or_default()))
    }
}

/// Where an application keeps its links.
pub(crate) type LinksCell = OnceCell<Links>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_tokens_are_read() {
        let (ours, theirs) = (Links::new(&[1; 32]), Links::new(&[2; 32]));
        let id = ActorId::parse("cus_1").expect("an id");
        let token = ours.token(&ours.person(&id));
        assert_eq!(ours.read(&token), Some(ours.person(&id)));
        assert!(!token.contains("cus_1") && token.bytes().all(|b| b.is_ascii_alphanumeric()));
        let flipped = token.replacen(char::from(token.as_bytes()[3]), "~", 1);
        for wrong in [
            "",
            "x",
            &theirs.token(&theirs.person(&id)),
            &token.to_uppercase(),
            &token[..51],
            &format!("{token}a"),
            &flipped,
            &"é".repeat(26),
        ] {
            assert_eq!(ours.read(wrong), None, "{wrong}");
        }
    }
}
