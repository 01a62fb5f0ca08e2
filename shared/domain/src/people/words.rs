//! The search words of a person: each is a row in the table, so their number is limited.

use std::collections::BTreeSet;

use crate::people::profile::Profile;
use crate::text::fold::{fold, is_of_word};
use crate::text::search::word_prefix;

/// Most words of a name. Longer names are rare, and the whole name is a word too.
const MAX_NAME_WORDS: usize = 8;
/// Most words of an e-mail address.
const MAX_ADDRESS_WORDS: usize = 4;
/// Most of these that come from the domain: the company's, and the host's if it differs.
const MAX_DOMAIN_WORDS: usize = 2;
/// Most search words of a person: those of name and address, the whole name, and the whole address
/// as stored and as shown.
pub const MAX_PERSON_WORDS: usize = MAX_NAME_WORDS + MAX_ADDRESS_WORDS + 3;
/// Labels under which countries register companies (`co.uk`, `com.au`). They are neither words nor
/// company names.
const GENERIC_LABELS: [&str; 10] =
    ["ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"];
/// Large mail providers: a search for one would find most people. A provider that is missing here
/// costs one word that finds many people.
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

impl Profile {
    /// The folded search words: each word of the name, the whole name, the address, the words of
    /// its local part, and its domain if that names a company. At most [`MAX_PERSON_WORDS`], each
    /// long enough for a search.
    pub fn words(&self) -> BTreeSet<String> {
        let names = [&self.last_name, &self.first_name]
            .map(|name| fold(name.as_deref().unwrap_or_default()));
        let by_space = names.iter().flat_map(|name| name.split(' ')).map(str::to_owned);
        let inside = names.iter().flat_map(|name| parts(name));
        let mut words = searchable(by_space.chain(inside), MAX_NAME_WORDS);
        let mut whole = vec![fold(&self.full_name().unwrap_or_default())];
        if let Some(email) = &self.email {
            let address = fold(email.as_str());
            let readable = fold(&email.readable());
            let (local, domain) = address.split_once('@').unwrap_or((&address, ""));
            let shown = readable.split_once('@').map_or("", |(_, domain)| domain);
            // Both spellings: as shown and as stored.
            let domains = domain_words(shown).into_iter().chain(domain_words(domain));
            words.extend(searchable(domains.chain(parts(local)), MAX_ADDRESS_WORDS));
            whole.extend([readable, address]);
        }
        words.extend(whole.into_iter().filter(|word| word_prefix(word).is_some()));
        words
    }
}

/// Splits a folded text at everything that is neither a letter nor a digit.
fn parts(text: &str) -> Vec<String> {
    text.split(|c| !is_of_word(c)).map(str::to_owned).collect()
}

/// The first `most` different words that are long enough for a search.
fn searchable(words: impl Iterator<Item = String>, most: usize) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for word in words.filter(|word| word_prefix(word).is_some()) {
        if found.len() == most {
            break;
        }
        found.insert(word);
    }
    found
}

/// The company's domain, then the same with the host's name: `customers.example` and
/// `mail.customers.example`. Empty for a mail provider.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_name_and_address_is_a_search_word() {
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
            for no_word in ["com", "uk", "gmail", "example"] {
                assert!(!words.contains(no_word), "{no_word} is in {words:?}");
            }
        }
    }

    #[test]
    fn the_number_of_words_is_limited() {
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
    fn a_unicode_domain_is_a_word_in_both_spellings() {
        let words = Profile::lenient(None, None, Some("ana@münchen.example"), None).words();
        for word in ["munchen.example", "ana@munchen.example", "ana@xn--mnchen-3ya.example"] {
            assert!(words.contains(word), "{word} is not in {words:?}");
        }
    }
}
