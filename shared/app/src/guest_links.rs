//! Links in mails to guests, and the secrets that they give.
//!
//! `STOREFRONT_URL#live-chat=<token>`: the token names a guest and an address, and expires. Its
//! bearer reads mail at that address. `POST /store/chat/guest/resume` gives a signed secret of the
//! same guest for it, so the guest's other browsers keep theirs. Tokens and secrets have keys of
//! their own, derived from the master keys.

use domain::{ActorId, EmailAddress, GUEST_PREFIX, Timestamp};

use crate::app::App;
use crate::error::AppError;
use crate::keys::{KeyRing, LEN};
use crate::unsubscribe::digest_of_address;

/// How long a link counts, in seconds: 30 days.
const LINK_VALID_S: i64 = 30 * 24 * 3_600;
/// Digits of the time at which it expires, in seconds: enough until the year 2286.
const TIME_LEN: usize = 10;
/// The hash of the link to the chat: on it a page of the shop opens the panel.
pub(crate) const CHAT_HASH: &str = "live-chat";

/// The keys of guests' links and secrets.
pub struct GuestKeys {
    pub(crate) links: KeyRing,
    pub(crate) secrets: KeyRing,
}

/// What a link says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestLink {
    /// The guest who got it by mail.
    pub guest: ActorId,
    address_digest: String,
}

impl GuestLink {
    /// Whether it was mailed to this address.
    pub fn is_for(&self, address: &EmailAddress) -> bool {
        self.address_digest == digest_of_address(address)
    }
}

impl GuestKeys {
    /// The token of a mail to this guest at this address. A guest of another system's id has none.
    pub fn token(&self, guest: &ActorId, address: &EmailAddress, now: Timestamp) -> Option<String> {
        let id = guest.as_str().strip_prefix(GUEST_PREFIX).filter(|id| id.len() == LEN)?;
        let expires_at = now.seconds() + LINK_VALID_S;
        let content = format!("{id}{}{expires_at:0TIME_LEN$}", digest_of_address(address));
        let signature = self.links.sign(&signed_link(&content));
        Some(format!("{content}{signature}"))
    }

    /// What a token says; `None` if the signature is not ours, or it has expired.
    pub fn read(&self, token: &str, now: Timestamp) -> Option<GuestLink> {
        let (content, signature) = token.split_at_checked(2 * LEN + TIME_LEN)?;
        self.links.signer(&signed_link(content), signature)?;
        let (id, rest) = content.split_at_checked(LEN)?;
        let (address, expires_at) = rest.split_at_checked(LEN)?;
        let expires_at: i64 = expires_at.parse().ok()?;
        let guest = ActorId::parse(&format!("{GUEST_PREFIX}{id}"))?;
        let address_digest = address.to_owned();
        (now.seconds() < expires_at).then_some(GuestLink { guest, address_digest })
    }

    /// The signature of a secret that names this guest.
    pub fn sign_secret(&self, guest: &ActorId) -> String {
        self.secrets.sign(&signed_secret(guest))
    }

    /// Whether this is the signature of a secret that names this guest.
    pub fn accept_secret(&self, guest: &ActorId, signature: &str) -> bool {
        self.secrets.signer(&signed_secret(guest), signature).is_some()
    }
}

/// Whether a text has a link with a guest's token: its bearer can act as the guest.
pub fn has_guest_link(text: &str) -> bool {
    let mut hashes = text.split('#').skip(1).filter_map(|hash| hash.strip_prefix(CHAT_HASH));
    hashes.any(|rest| rest.starts_with('='))
}

fn signed_link(content: &str) -> String {
    format!("guest link\n{content}")
}

fn signed_secret(guest: &ActorId) -> String {
    format!("guest secret\n{guest}")
}

impl App {
    /// The link in a mail to a guest: opens the chat, and resumes the conversation there.
    pub async fn guest_url(
        &self,
        guest: &ActorId,
        address: &EmailAddress,
    ) -> Result<String, AppError> {
        let now = self.clock.now();
        let url = &self.config.mail.storefront_url;
        let token = self.keys.get(now).await?.guests.token(guest, address, now);
        Ok(token.map_or_else(|| url.clone(), |token| format!("{url}={token}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Keys;

    fn keys(masters: &[&str]) -> GuestKeys {
        let masters: Vec<_> = masters.iter().map(|master| master.repeat(32)).collect();
        Keys::new(&masters.join("\n")).expect("keys").guests
    }

    fn guest(letter: &str) -> ActorId {
        ActorId::parse(&format!("guest_{}", letter.repeat(26))).expect("an id")
    }

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).expect("an address")
    }

    #[test]
    fn only_own_tokens_are_read_and_for_thirty_days() {
        let (ours, theirs) = (keys(&["1"]), keys(&["2"]));
        let (now, eve) = (Timestamp::from_millis(1_800_000_000_000), address("Eve@shop.example"));
        let token = ours.token(&guest("a"), &eve, now).expect("a token");
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric()) && !token.contains("Eve"));
        let link = ours.read(&token, now).expect("a link");
        assert_eq!(link.guest, guest("a"));
        assert!(link.is_for(&address("eve@shop.example")) && !link.is_for(&address("a@b.example")));
        let day = |n: i64| now.plus_millis(n * 24 * 3_600_000);
        assert!(ours.read(&token, day(30).plus_millis(-1_000)).is_some());
        assert!(ours.read(&token, day(30)).is_none(), "expired");
        let older = keys(&["3", "1"]);
        assert!(older.read(&token, now).is_some() && keys(&["3"]).read(&token, now).is_none());
        for n in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[n] = if forged[n] == b'2' { b'3' } else { b'2' };
            assert!(ours.read(&String::from_utf8(forged).expect("text"), now).is_none(), "{n}");
        }
        for wrong in [
            "",
            "é",
            &theirs.token(&guest("a"), &eve, now).expect("a token"),
            &token[1..],
            &token[..token.len() - 1],
            &format!("{token}a"),
            &token.to_uppercase(),
            &"é".repeat(44),
        ] {
            assert!(ours.read(wrong, now).is_none(), "{wrong}");
        }
        assert!(has_guest_link(&format!("> https://shop.example/#{CHAT_HASH}={token}")));
        assert!(!has_guest_link(&format!("https://shop.example/#{CHAT_HASH} = {token}")));
        let odd = ActorId::parse("guest_1").expect("an id");
        assert!(ours.token(&odd, &eve, now).is_none());
    }

    #[test]
    fn a_secret_is_for_one_guest_and_no_token_is_one() {
        let (ours, now) = (keys(&["1"]), Timestamp::from_millis(0));
        let signature = ours.sign_secret(&guest("a"));
        assert!(ours.accept_secret(&guest("a"), &signature));
        assert!(!ours.accept_secret(&guest("b"), &signature));
        assert!(!keys(&["2"]).accept_secret(&guest("a"), &signature));
        assert!(keys(&["2", "1"]).accept_secret(&guest("a"), &signature));
        let token = ours.token(&guest("a"), &address("a@b.example"), now).expect("a token");
        assert!(!ours.accept_secret(&guest("a"), &token[token.len() - 26..]));
        assert!(!ours.accept_secret(&guest("a"), ""));
    }
}
