//! People: what the shop vouches for, and what they enter about themselves.
//!
//! Mail goes to an address that the shop vouches for, that an admin entered for themselves, or that
//! a guest left. The guest's is unverified until a link that was mailed there is followed, and gets
//! few mails until then: anyone could have typed it.

use crate::ids::ActorId;
use crate::people::email::EmailAddress;
use crate::people::profile::Profile;
use crate::time::Timestamp;

/// How long a vouched profile is fresh, in milliseconds. At half an hour, a name that is viewed at
/// least twice an hour follows a change within the hour.
const FRESH_MS: i64 = 30 * 60_000;
/// How long a refresh request counts as pending, in milliseconds.
const REFRESH_PENDING_MS: i64 = 5 * 60_000;

/// What the shop says about a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// Empty if the shop knows no person with this id.
    pub profile: Profile,
    /// When the shop was asked.
    pub at: Timestamp,
}

/// A person and the two sources of their profile.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Person {
    pub id: ActorId,
    /// What the shop says; `None` until it has answered once.
    pub vouched: Option<Vouched>,
    /// An admin's own entry, or what a guest typed.
    pub own: Profile,
    /// A guest's address that a mailed link proved. It counts while it is the present one.
    pub proven_email: Option<EmailAddress>,
    /// A digest of where a guest's present address was left from, until a mail went there.
    pub email_source: Option<String>,
    /// Whether an admin gets the digest.
    pub digest: bool,
    /// The last digest reported their channels as of this time.
    pub digested_at: Option<Timestamp>,
    /// When a refresh of the vouched profile was last requested.
    pub refresh_requested_at: Option<Timestamp>,
    /// When they asked for transcripts, within the last hour.
    pub transcripts: Vec<Timestamp>,
}

impl Person {
    /// A person without a stored profile.
    pub fn unknown(id: ActorId) -> Self {
        Self {
            id,
            vouched: None,
            own: Profile::default(),
            proven_email: None,
            email_source: None,
            digest: true,
            digested_at: None,
            refresh_requested_at: None,
            transcripts: Vec::new(),
        }
    }

    /// The profile to show. Admin: their own entry, completed by what the shop says. Guest: what
    /// the guest typed. Customer: what the shop says.
    pub fn profile(&self) -> Profile {
        match &self.vouched {
            _ if self.id.is_guest() => self.own.clone(),
            None => self.own.clone(),
            Some(vouched) => self.own.or(&vouched.profile),
        }
    }

    /// The address for mail; `None` if it cannot be mailed.
    pub fn address(&self) -> Option<EmailAddress> {
        self.profile().email.filter(EmailAddress::can_be_mailed)
    }

    /// Whether the known address is the person's: the shop or an admin says so, or a guest proved
    /// it.
    pub fn is_verified(&self) -> bool {
        !self.id.is_guest() || (self.own.email.is_some() && self.proven_email == self.own.email)
    }

    /// Whether the known address cannot be mailed.
    pub fn has_unmailable_address(&self) -> bool {
        self.profile().email.is_some_and(|email| !email.can_be_mailed())
    }

    /// Whether to request a profile refresh: the profile is stale and no request is pending.
    pub fn needs_refresh(&self, now: Timestamp) -> bool {
        self.is_stale(now)
            && self.refresh_requested_at.is_none_or(|at| now.since(at) >= REFRESH_PENDING_MS)
    }

    /// Whether the shop was never asked, or too long ago. False for guests: the shop does not know
    /// them.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        !self.id.is_guest()
            && self.vouched.as_ref().is_none_or(|vouched| now.since(vouched.at) >= FRESH_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_cannot_be_mailed_is_shown_and_not_mailed() {
        for odd in
            ["jörg@shop.example", "\"a b\"@shop.example", "a@[127.0.0.1]", "用户@例え.テスト"]
        {
            let vouched = Some(Vouched {
                profile: Profile::lenient(None, None, Some(odd), None),
                at: Timestamp::default(),
            });
            let person =
                Person { vouched, ..Person::unknown(ActorId::parse("cus_1").expect("an id")) };
            assert_eq!(person.profile().email.expect("an address").as_str(), odd);
            assert_eq!((person.address(), person.has_unmailable_address()), (None, true), "{odd}");
        }
    }

    #[test]
    fn a_guests_address_is_verified_while_it_is_the_proven_one() {
        let typed = Profile::lenient(Some("Eve"), None, Some("victim@shop.example"), None);
        let mut guest = Person {
            own: typed.clone(),
            ..Person::unknown(ActorId::parse("guest_1").expect("an id"))
        };
        assert_eq!(
            (guest.profile(), guest.address(), guest.is_stale(Timestamp::default())),
            (typed.clone(), typed.email.clone(), false)
        );
        assert!(!guest.is_verified());
        guest.proven_email.clone_from(&typed.email);
        assert!(guest.is_verified());
        guest.own.email = EmailAddress::parse("other@shop.example");
        assert!(!guest.is_verified());
        (guest.own.email, guest.proven_email) = (None, None);
        assert!(!guest.is_verified(), "there is no address");
        let admin =
            Person { own: typed, ..Person::unknown(ActorId::parse("user_1").expect("an id")) };
        assert_eq!(admin.address(), EmailAddress::parse("victim@shop.example"));
    }

    #[test]
    fn an_own_entry_wins_part_by_part() {
        let shop = Profile::lenient(
            Some("Mia"),
            Some("Meyer"),
            Some("mia@shop.example"),
            Some("https://shop.example/mia.png"),
        );
        let own = Profile::lenient(Some("Mimi"), None, None, Some("javascript:alert(1)"));
        let vouched = Some(Vouched { profile: shop, at: Timestamp::from_millis(5) });
        let person =
            Person { vouched, own, ..Person::unknown(ActorId::parse("user_1").expect("an id")) };
        let shown = person.profile();
        assert_eq!(shown.full_name().as_deref(), Some("Mimi Meyer"));
        assert_eq!(shown.avatar_url.as_deref(), Some("https://shop.example/mia.png"));
        assert!(
            !person.is_stale(Timestamp::from_millis(6))
                && person.is_stale(Timestamp::from_millis(5 + FRESH_MS))
        );
    }
}
