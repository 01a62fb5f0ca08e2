//! E-mail addresses.

use serde::{Deserialize, Serialize};

use crate::text::body::one_line;

/// Longest e-mail address, in bytes (RFC 5321, as amended).
const MAX_ADDRESS: usize = 254;
/// Longest part before the `@`, in bytes.
const MAX_LOCAL_PART: usize = 64;

/// An e-mail address. One that [`EmailAddress::parse`] returns has the form that browsers accept
/// (the HTML standard's rule): ASCII, no spaces, no quotes. So it needs no quoting in a mail
/// header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Parses an address, or returns `None`. A domain with letters beyond ASCII is converted
    /// (IDNA): `ana@münchen.example` is stored as `ana@xn--mnchen-3ya.example`.
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

    /// Parses an address from another system. An address that cannot be mailed becomes one line of
    /// text, so that admins can see it. Returns `None` for text without an `@`.
    pub fn lenient(text: &str) -> Option<Self> {
        Self::parse(text.trim()).or_else(|| {
            let line = one_line(text, MAX_ADDRESS);
            line.contains('@').then_some(Self(line))
        })
    }

    /// Whether SES can send mail to it: SES accepts neither letters beyond ASCII before the `@` nor
    /// a quoted part.
    pub fn can_be_mailed(&self) -> bool {
        self.0.is_ascii() && Self::parse(&self.0).is_some()
    }

    /// The address with its domain as DNS spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address with its domain in Unicode, for people to read.
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
    fn a_unicode_domain_is_stored_as_dns_spells_it() {
        for (typed, stored, readable) in [
            ("ana@münchen.example", "ana@xn--mnchen-3ya.example", "ana@münchen.example"),
            ("Ana@MÜNCHEN.Example", "Ana@xn--mnchen-3ya.example", "Ana@münchen.example"),
            ("a@例え。テスト", "a@xn--r8jz45g.xn--zckzah", "a@例え.テスト"),
            ("a@mu\u{308}nchen.example", "a@xn--mnchen-3ya.example", "a@münchen.example"),
            ("a@xn--mnchen-3ya.example", "a@xn--mnchen-3ya.example", "a@münchen.example"),
            ("a@xn--a.example", "a@xn--a.example", "a@xn--a.example"),
            ("a@shop.example", "a@shop.example", "a@shop.example"),
        ] {
            let address = EmailAddress::parse(typed).unwrap_or_else(|| panic!("{typed}"));
            assert_eq!(
                (address.as_str(), address.readable().as_str()),
                (stored, readable),
                "{typed}"
            );
            assert!(address.can_be_mailed());
        }
        let long = format!("a@{}.example", "ü".repeat(63));
        assert!(EmailAddress::parse(&long).is_none(), "too long once converted");
    }

    #[test]
    fn a_lenient_address_is_one_line_with_an_at_sign() {
        let shown = |text| EmailAddress::lenient(text).map(|email| email.as_str().to_owned());
        assert_eq!(
            shown(" jörg@shop.example\r\nBcc: eve\u{202e} "),
            Some("jörg@shop.example Bcc: eve".to_owned())
        );
        assert_eq!(shown("nothing"), None);
    }
}
