//! Who somebody is: what the shop vouches for, and what they say of themselves.
//!
//! Only what the shop vouches for, or an admin's own entry, is ever an address to which mail goes.
//! What a guest typed is shown as unverified and goes nowhere: otherwise anybody could have us
//! write to anybody.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ids::ActorId;
use crate::text::body::one_line;
use crate::text::fold::{fold, is_of_word};
use crate::text::search::word_prefix;
use crate::time::Timestamp;

/// Longest first or last name, in characters.
pub const MAX_NAME: usize = 100;
/// Longest URL of a picture, in bytes.
pub const MAX_URL: usize = 2_048;
/// Most words of one name under which somebody is found: each is a row, written again with each new
/// name. Longer names of people are rare, and their whole name finds them too.
const MAX_NAME_WORDS: usize = 8;
/// Most words of one e-mail address under which somebody is found, for the same reason.
const MAX_ADDRESS_WORDS: usize = 4;
/// How many of these the domain has: the company's, and the whole host where it is another.
const MAX_DOMAIN_WORDS: usize = 2;
/// Most words under which a person is found: those of name and address, the whole name, and the
/// whole address as it is stored and as it is shown.
pub const MAX_PERSON_WORDS: usize = MAX_NAME_WORDS + MAX_ADDRESS_WORDS + 3;
/// Labels under which countries register companies (`co.uk`, `com.au`): no words, nor do they name
/// a company.
const GENERIC_LABELS: [&str; 10] =
    ["ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"];
/// Large mail providers: a search for one would find everybody. Whoever misses in this list costs a
/// word that finds many.
const MAIL_PROVIDERS: [&str; 55] = [
    "126",
    "163",
    "aol",
    "att",
    "bigpond",
    "bluewin",
    "btinternet",
    "comcast",
    "daum",
    "duck",
    "fastmail",
    "foxmail",
    "free",
    "freenet",
    "gmail",
    "gmx",
    "googlemail",
    "hanmail",
    "hotmail",
    "icloud",
    "laposte",
    "libero",
    "live",
    "mac",
    "mail",
    "mailbox",
    "me",
    "msn",
    "naver",
    "orange",
    "outlook",
    "pm",
    "posteo",
    "proton",
    "protonmail",
    "qq",
    "rambler",
    "rediffmail",
    "rocketmail",
    "seznam",
    "sfr",
    "sina",
    "t-online",
    "tuta",
    "tutanota",
    "uol",
    "verizon",
    "virginmedia",
    "wanadoo",
    "web",
    "yahoo",
    "yandex",
    "ymail",
    "ziggo",
    "zoho",
];
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
        let domain = if domain.is_ascii() {
            domain.to_owned()
        } else {
            idna::domain_to_ascii_strict(domain).ok()?
        };
        let in_local = |b: u8| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b);
        let is_label = |label: &str| {
            let ends = !label.starts_with('-') && !label.ends_with('-');
            (1..=63).contains(&label.len())
                && ends
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let address = format!("{local}@{domain}");
        let fits = address.len() <= MAX_ADDRESS && (1..=MAX_LOCAL_PART).contains(&local.len());
        (fits && local.bytes().all(in_local) && domain.split('.').all(is_label))
            .then_some(Self(address))
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
            Some((local, domain)) if domain.contains("xn--") => {
                match idna::domain_to_unicode(domain) {
                    (domain, Ok(())) => format!("{local}@{domain}"),
                    (_, Err(_)) => self.0.clone(),
                }
            }
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
    pub fn lenient(
        first_name: Option<&str>,
        last_name: Option<&str>,
        email: Option<&str>,
        avatar_url: Option<&str>,
    ) -> Self {
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
        let parts: Vec<&str> =
            [&self.first_name, &self.last_name].into_iter().flatten().map(String::as_str).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// The words under which somebody is found, folded: each word of the name, the whole name, the
    /// address, the words of its local part, and its domain where that names a company. At most
    /// [`MAX_PERSON_WORDS`], each long enough to be looked for.
    pub fn words(&self) -> BTreeSet<String> {
        let names = [&self.last_name, &self.first_name]
            .map(|name| fold(name.as_deref().unwrap_or_default()));
        let by_space = names.iter().flat_map(|name| name.split(' ')).map(str::to_owned);
        let inside = names.iter().flat_map(|name| parts(name));
        let mut words = some_of(by_space.chain(inside), MAX_NAME_WORDS);
        let mut whole = vec![fold(&self.full_name().unwrap_or_default())];
        if let Some(email) = &self.email {
            let address = fold(email.as_str());
            let readable = fold(&email.readable());
            let (local, domain) = address.split_once('@').unwrap_or((&address, ""));
            let shown = readable.split_once('@').map_or("", |(_, domain)| domain);
            // Found as it is shown and as it is stored.
            let domains = domain_words(shown).into_iter().chain(domain_words(domain));
            words.extend(some_of(domains.chain(parts(local)), MAX_ADDRESS_WORDS));
            whole.extend([readable, address]);
        }
        words.extend(whole.into_iter().filter(|word| word_prefix(word).is_some()));
        words
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

/// The words inside a folded text, separated by whatever is no letter and no digit.
fn parts(text: &str) -> Vec<String> {
    text.split(|c| !is_of_word(c)).map(str::to_owned).collect()
}

/// The first `most` different words that are long enough to be looked for.
fn some_of(words: impl Iterator<Item = String>, most: usize) -> BTreeSet<String> {
    let mut some = BTreeSet::new();
    for word in words.filter(|word| word_prefix(word).is_some()) {
        if some.len() == most {
            break;
        }
        some.insert(word);
    }
    some
}

/// The domain of a company, by whose start it is found, then that with the host's name:
/// `customers.example` for `mail.customers.example`. Nothing for a mail provider.
fn domain_words(domain: &str) -> Vec<String> {
    let labels: Vec<&str> = domain.split('.').collect();
    let generic = |at: usize| labels.get(at).is_some_and(|label| GENERIC_LABELS.contains(label));
    let company = match labels.len() {
        0 | 1 => 0,
        many if many > 2 && generic(many - 2) => many - 3,
        many => many - 2,
    };
    if generic(company) || labels.get(company).is_some_and(|label| MAIL_PROVIDERS.contains(label)) {
        return Vec::new();
    }
    (0..=company)
        .rev()
        .filter_map(|from| Some(labels.get(from..)?.join(".")))
        .take(MAX_DOMAIN_WORDS)
        .collect()
}

/// A name as it is kept: one line without characters that show nothing or turn the text around;
/// nothing when that leaves nothing. Cut at [`MAX_NAME`].
pub fn name(text: &str) -> Option<String> {
    Some(one_line(text, MAX_NAME)).filter(|name| !name.is_empty())
}

/// Whether a text may be the URL of a picture.
pub fn is_picture_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://");
    text.len() <= MAX_URL
        && rest.is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'<')
        })
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
        Self {
            id,
            vouched: None,
            own: Profile::default(),
            digest: true,
            digested_at: None,
            wanted_at: None,
        }
    }

    /// What is shown: an admin's own entry before what the shop says; of a guest what the guest
    /// typed; of a customer what the shop says.
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
        if self.id.is_guest() {
            None
        } else {
            self.profile().email.filter(EmailAddress::can_be_mailed)
        }
    }

    /// Whether the shop has an address of them to which no mail can go.
    pub fn has_unmailable_address(&self) -> bool {
        !self.id.is_guest() && self.profile().email.is_some_and(|email| !email.can_be_mailed())
    }

    /// Whether it is to be noted that more should be known of them: the shop has to be asked, and
    /// nobody noted it a moment ago.
    pub fn is_to_be_wanted(&self, now: Timestamp) -> bool {
        self.is_stale(now) && self.wanted_at.is_none_or(|at| now.since(at) >= WANTED_FOR_MS)
    }

    /// Whether the shop has to be asked about them: it was never asked, or long ago. Of guests it
    /// knows nothing.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        !self.id.is_guest()
            && self.vouched.as_ref().is_none_or(|vouched| now.since(vouched.at) >= VOUCHED_FOR_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_that_browsers_accept() {
        for good in
            ["a@b", "ada@shop.example", "o'brien+chat@mail.shop.example", "x.y_z-1@a-b.example"]
        {
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
        for word in ["munchen.example", "ana@munchen.example", "ana@xn--mnchen-3ya.example"] {
            assert!(words.contains(word), "{word} is not in {words:?}");
        }
    }

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
        let shown = |text| EmailAddress::lenient(text).map(|email| email.as_str().to_owned());
        assert_eq!(
            shown(" jörg@shop.example\r\nBcc: eve\u{202e} "),
            Some("jörg@shop.example Bcc: eve".to_owned())
        );
        assert_eq!(shown("nothing"), None);
    }

    #[test]
    fn people_are_found_by_every_word_of_name_and_address() {
        let profile = Profile::lenient(
            Some("Ada Anne-Marie"),
            Some("O'Neill"),
            Some("Ada.L@shop.example"),
            None,
        );
        let words = profile.words();
        for word in [
            "ada",
            "anne-marie",
            "marie",
            "o'neill",
            "neill",
            "ada.l@shop.example",
            "shop.example",
            "ada anne-marie o'neill",
        ] {
            assert!(words.contains(word), "{word} is not in {words:?}");
        }
        assert!(Profile::default().words().is_empty());
    }

    #[test]
    fn a_domain_is_a_word_where_it_names_a_company() {
        for (address, expected) in [
            ("ada@customers.example", &["customers.example"][..]),
            ("ada@mail.customers.example", &["customers.example", "mail.customers.example"]),
            ("ada@a.b.customers.co.uk", &["customers.co.uk", "b.customers.co.uk"]),
            ("ada@gmail.com", &[]),
            ("ada@yahoo.co.uk", &[]),
            ("ada@hotmail.fr", &[]),
            ("ada@com", &[]),
            ("ada@com.au", &[]),
            ("ada@intranet", &["intranet"]),
        ] {
            let (_, domain) = address.split_once('@').expect("an address");
            assert_eq!(domain_words(domain), expected, "{address}");
            let words = Profile::lenient(None, None, Some(address), None).words();
            assert!(words.contains(address) && words.contains("ada"), "{words:?}");
            for nothing in ["com", "uk", "gmail", "example"] {
                assert!(!words.contains(nothing), "{nothing} is in {words:?}");
            }
        }
    }

    #[test]
    fn nobody_has_more_words_than_their_rows_may_cost() {
        let name =
            |from: u32| (from..from + 25).map(|n| format!("{n:03}")).collect::<Vec<_>>().join(" ");
        let address = format!(
            "{}@{}example",
            (100..115).map(|n| n.to_string()).collect::<Vec<_>>().join("."),
            "abc.".repeat(40)
        );
        let profile =
            Profile::lenient(Some(&name(200)), Some(&name(300)), Some(address.trim()), None);
        assert_eq!(
            profile.words().len(),
            MAX_PERSON_WORDS - 1 - usize::from(profile.email.is_none()) * (MAX_ADDRESS_WORDS + 1)
        );
    }

    #[test]
    fn a_guest_has_no_address_whatever_was_typed() {
        let typed = Profile::lenient(Some("Eve"), None, Some("victim@shop.example"), None);
        let guest = Person {
            own: typed.clone(),
            ..Person::unknown(ActorId::parse("guest_1").expect("an id"))
        };
        assert_eq!(
            (guest.profile(), guest.address(), guest.is_stale(Timestamp::default())),
            (typed.clone(), None, false)
        );
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
                && person.is_stale(Timestamp::from_millis(5 + VOUCHED_FOR_MS))
        );
    }
}
