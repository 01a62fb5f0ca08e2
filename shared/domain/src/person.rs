//! Who somebody is: what the shop vouches for, and what they say of themselves.
//!
//! Only what the shop vouches for, or an admin's own entry, is ever an address to which mail goes. What a guest typed is
//! shown as unverified and goes nowhere: otherwise anybody could have us write to anybody.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ids::ActorId;
use crate::text::one_line;
use crate::time::Timestamp;

/// Longest first or last name, in characters.
pub const MAX_NAME: usize = 100;
/// Longest URL of a picture, in bytes.
pub const MAX_URL: usize = 2_048;
/// Longest e-mail address, in bytes (RFC 5321, as amended).
const MAX_ADDRESS: usize = 254;
/// Longest part before the `@`, in bytes.
const MAX_LOCAL_PART: usize = 64;

/// An e-mail address. One that [`EmailAddress::parse`] returns has the form that browsers accept
/// (the HTML standard's rule): ASCII, no spaces, no quotes. So it can stand in a mail's header as
/// it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address, or nothing when it has another form. A domain with letters beyond ASCII is
    /// converted (IDNA): `ana@münchen.example` is kept as `ana@xn--mnchen-3ya.example`.
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = text.split_once('@')?;
        let domain = if domain.is_ascii() { domain.to_owned() } else { idna::domain_to_ascii_strict(domain).ok()? };
        let in_local = |b: u8| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b);
        let is_label = |label: &str| {
            let ends = !label.starts_with('-') && !label.ends_with('-');
            (1..=63).contains(&label.len()) && ends && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let address = format!("{local}@{domain}");
        let fits = address.len() <= MAX_ADDRESS && (1..=MAX_LOCAL_PART).contains(&local.len());
        (fits && local.bytes().all(in_local) && domain.split('.').all(is_label)).then_some(Self(address))
    }

    /// Reads an address that another system has. One that cannot be mailed is kept as one line of
    /// text, for staff to see; text without an `@` is no address.
    pub fn lenient(text: &str) -> Option<Self> {
        Self::parse(text.trim()).or_else(|| {
            let line = one_line(text, MAX_ADDRESS);
            line.contains('@').then_some(Self(line))
        })
    }

    /// Whether mail can go there. SES's API takes no letters beyond ASCII before the `@`, and no
    /// quoted part.
    pub fn can_be_mailed(&self) -> bool {
        self.0.is_ascii() && Self::parse(&self.0).is_some()
    }

    /// The address as text, the domain as DNS has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address as people read it: the domain in its own letters.
    pub fn readable(&self) -> String {
        match self.0.rsplit_once('@') {
            Some((local, domain)) if domain.contains("xn--") => match idna::domain_to_unicode(domain) {
                (domain, Ok(())) => format!("{local}@{domain}"),
                (_, Err(_)) => self.0.clone(),
            },
            _ => self.0.clone(),
        }
    }
}

/// What is known of a person; each part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// First name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
    /// An `https` URL of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
}

impl Profile {
    /// A profile of what another system says: parts that have no acceptable form are left out.
    pub fn lenient(first_name: Option<&str>, last_name: Option<&str>, email: Option<&str>, avatar_url: Option<&str>) -> Self {
        Self {
            first_name: first_name.and_then(name),
            last_name: last_name.and_then(name),
            email: email.and_then(EmailAddress::lenient),
            avatar_url: avatar_url.filter(|url| is_picture_url(url)).map(str::to_owned),
        }
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// First and last name, as far as there are.
    pub fn full_name(&self) -> Option<String> {
        let parts: Vec<&str> = [&self.first_name, &self.last_name].into_iter().flatten().map(String::as_str).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// The words under which somebody is found: each word of the name, the whole name, the address and its words.
    pub fn words(&self) -> BTreeSet<String> {
        let name = self.full_name().unwrap_or_default().to_lowercase();
        let email = self.email.as_ref().map(|email| email.as_str().to_lowercase()).unwrap_or_default();
        let readable = self.email.as_ref().map(|email| email.readable().to_lowercase()).unwrap_or_default();
        let parts = |text: &str| text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect::<Vec<_>>();
        let by_space = name.split_whitespace().map(str::to_owned);
        let all = by_space.chain(parts(&name)).chain(parts(&email)).chain(parts(&readable));
        let all = all.chain([name.clone(), email.clone(), readable.clone()]);
        all.filter(|word| !word.is_empty()).collect()
    }

    /// This profile with what it lacks from `other`.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            first_name: self.first_name.clone().or_else(|| other.first_name.clone()),
            last_name: self.last_name.clone().or_else(|| other.last_name.clone()),
            email: self.email.clone().or_else(|| other.email.clone()),
            avatar_url: self.avatar_url.clone().or_else(|| other.avatar_url.clone()),
        }
    }
}

/// A name as it is kept: one line without characters that show nothing or turn the text around; nothing when that leaves
/// nothing. Cut at [`MAX_NAME`].
pub fn name(text: &str) -> Option<String> {
    Some(one_line(text, MAX_NAME)).filter(|name| !name.is_empty())
}

/// Whether a text may be the URL of a picture.
pub fn is_picture_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://");
    text.len() <= MAX_URL
        && rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'<'))
}

/// What the shop says of a person, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// What it says; empty when it knows nobody of that id.
    pub profile: Profile,
    /// When it was asked.
    pub at: Timestamp,
}

/// A person, as the directory knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: ActorId,
    /// What the shop says; nothing while it was never asked, or did not answer yet.
    pub vouched: Option<Vouched>,
    /// What they say of themselves: an admin's own entry, or what a guest typed.
    pub own: Profile,
    /// Whether an admin wants the digest.
    pub digest: bool,
    /// As of when they were last sent a digest.
    pub digested_at: Option<Timestamp>,
    /// When somebody last wanted to know more of them.
    pub wanted_at: Option<Timestamp>,
}

/// After how long the shop is asked again, in milliseconds. Half an hour: a name that is looked at
/// in the second half of an hour is asked for, so it follows a change within the hour.
const VOUCHED_FOR_MS: i64 = 30 * 60_000;
/// How long somebody who is wanted is not wanted again, in milliseconds.
const WANTED_FOR_MS: i64 = 5 * 60_000;

impl Person {
    /// Somebody of whom nothing is known.
    pub fn unknown(id: ActorId) -> Self {
        Self { id, vouched: None, own: Profile::default(), digest: true, digested_at: None, wanted_at: None }
    }

    /// What is shown: an admin's own entry before what the shop says; of a guest what the guest typed; of a customer what
    /// the shop says.
    pub fn profile(&self) -> Profile {
        match &self.vouched {
            _ if self.id.is_guest() => self.own.clone(),
            None => self.own.clone(),
            Some(vouched) => self.own.or(&vouched.profile),
        }
    }

    /// The address to which mail goes; none where it cannot be mailed. A guest has none, whatever
    /// was typed.
    pub fn address(&self) -> Option<EmailAddress> {
        if self.id.is_guest() { None } else { self.profile().email.filter(EmailAddress::can_be_mailed) }
    }

    /// Whether the shop has an address of them to which no mail can go.
    pub fn has_unmailable_address(&self) -> bool {
        !self.id.is_guest() && self.profile().email.is_some_and(|email| !email.can_be_mailed())
    }

    /// Whether it is to be noted that more should be known of them: the shop has to be asked, and nobody noted it a moment ago.
    pub fn is_to_be_wanted(&self, now: Timestamp) -> bool {
        self.is_stale(now) && self.wanted_at.is_none_or(|at| now.since(at) >= WANTED_FOR_MS)
    }

    /// Whether the shop has to be asked about them: it was never asked, or long ago. Of guests it knows nothing.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        !self.id.is_guest() && self.vouched.as_ref().is_none_or(|vouched| now.since(vouched.at) >= VOUCHED_FOR_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_that_browsers_accept() {
        for good in ["a@b", "ada@shop.example", "o'brien+chat@mail.shop.example", "x.y_z-1@a-b.example"] {
            assert!(EmailAddress::parse(good).is_some(), "{good}");
        }
        let long = format!("{}@shop.example", "a".repeat(65));
        for bad in [
            "",
            "@",
            "a@",
            "@b",
            "a b@c",
            "a@b@c",
            "a@b..c",
            "a@-b",
            "\"a\"@b",
            "a@b\r\nBcc: c@d",
            "é@b",
            "a@bü .example",
            "a@\u{200b}",
            "a@bü..example",
            "a@x＠ü.example",
            "a@[127.0.0.1]",
            "A <a@b>",
            "a,b@c",
            &long,
        ] {
            assert!(EmailAddress::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_domain_in_its_own_letters_is_kept_as_dns_has_it() {
        for (typed, kept, read) in [
            ("ana@münchen.example", "ana@xn--mnchen-3ya.example", "ana@münchen.example"),
            ("Ana@MÜNCHEN.Example", "Ana@xn--mnchen-3ya.example", "Ana@münchen.example"),
            ("a@例え。テスト", "a@xn--r8jz45g.xn--zckzah", "a@例え.テスト"),
            ("a@mu\u{308}nchen.example", "a@xn--mnchen-3ya.example", "a@münchen.example"),
            ("a@xn--mnchen-3ya.example", "a@xn--mnchen-3ya.example", "a@münchen.example"),
            ("a@xn--a.example", "a@xn--a.example", "a@xn--a.example"),
            ("a@shop.example", "a@shop.example", "a@shop.example"),
        ] {
            let address = EmailAddress::parse(typed).unwrap_or_else(|| panic!("{typed}"));
            assert_eq!((address.as_str(), address.readable().as_str()), (kept, read), "{typed}");
            assert!(address.can_be_mailed());
        }
        let long = format!("a@{}.example", "ü".repeat(63));
        assert!(EmailAddress::parse(&long).is_none(), "too long once converted");
        let words = Profile::lenient(None, None, Some("ana@münchen.example"), None).words();
        for word in ["münchen", "ana@münchen.example", "ana@xn--mnchen-3ya.example"] {
            assert!(words.contains(word), "{word} is not in {words:?}");
        }
    }

    #[test]
    fn an_address_that_cannot_be_mailed_is_shown_and_not_mailed() {
        for odd in ["jörg@shop.example", "\"a b\"@shop.example", "a@[127.0.0.1]", "用户@例え.テスト"] {
            let vouched = Some(Vouched { profile: Profile::lenient(None, None, Some(odd), None), at: Timestamp::default() });
            let person = Person { vouched, ..Person::unknown(ActorId::parse("cus_1").expect("an id")) };
            assert_eq!(person.profile().email.expect("an address").as_str(), odd);
            assert_eq!((person.address(), person.has_unmailable_address()), (None, true), "{odd}");
        }
        let shown = |text| EmailAddress::lenient(text).map(|email| email.as_str().to_owned());
        assert_eq!(shown(" jörg@shop.example\r\nBcc: eve\u{202e} "), Some("jörg@shop.example Bcc: eve".to_owned()));
        assert_eq!(shown("nothing"), None);
    }

    #[test]
    fn people_are_found_by_every_word_of_name_and_address() {
        let profile = Profile::lenient(Some("Ada Anne-Marie"), Some("O'Neill"), Some("Ada.L@shop.example"), None);
        let words = profile.words();
        for word in ["ada", "anne-marie", "marie", "o'neill", "neill", "ada.l@shop.example", "shop", "example", "ada anne-marie o'neill"] {
            assert!(words.contains(word), "{word} is not in {words:?}");
        }
        assert!(Profile::default().words().is_empty());
    }

    #[test]
    fn a_guest_has_no_address_whatever_was_typed() {
        let typed = Profile::lenient(Some("Eve"), None, Some("victim@shop.example"), None);
        let guest = Person { own: typed.clone(), ..Person::unknown(ActorId::parse("guest_1").expect("an id")) };
        assert_eq!((guest.profile(), guest.address(), guest.is_stale(Timestamp::default())), (typed.clone(), None, false));
        let admin = Person { own: typed, ..Person::unknown(ActorId::parse("user_1").expect("an id")) };
        assert_eq!(admin.address(), EmailAddress::parse("victim@shop.example"));
    }

    #[test]
    fn an_own_entry_wins_part_by_part() {
        let shop = Profile::lenient(Some("Mia"), Some("Meyer"), Some("mia@shop.example"), Some("https://shop.example/mia.png"));
        let own = Profile::lenient(Some("Mimi"), None, None, Some("javascript:alert(1)"));
        let vouched = Some(Vouched { profile: shop, at: Timestamp::from_millis(5) });
        let person = Person { vouched, own, ..Person::unknown(ActorId::parse("user_1").expect("an id")) };
        let shown = person.profile();
        assert_eq!(shown.full_name().as_deref(), Some("Mimi Meyer"));
        assert_eq!(shown.avatar_url.as_deref(), Some("https://shop.example/mia.png"));
        assert!(!person.is_stale(Timestamp::from_millis(6)) && person.is_stale(Timestamp::from_millis(5 + VOUCHED_FOR_MS)));
    }
}
