//! What SES found out about a mail. It writes its results above everything that the sender wrote,
//! and `X-SES-RECEIPT` below them. A sender may write headers with the same names: they are further
//! down.

use domain::EmailAddress;

use super::Aside;
use super::headers::{Header, first};

/// The headers that SES writes above its receipt.
const OF_SES: [&str; 6] = [
    "return-path",
    "received",
    "x-ses-spam-verdict",
    "x-ses-virus-verdict",
    "received-spf",
    "authentication-results",
];

/// The headers of SES: those above its receipt, as far as no other header is between them. `None`
/// without a receipt: the mail did not come through SES.
pub(super) fn block(all: &[Header]) -> Option<&[Header]> {
    let receipt = all.iter().position(|header| header.name == "x-ses-receipt")?;
    let above = all.get(..receipt)?;
    let foreign = above.iter().position(|header| !OF_SES.contains(&header.name.as_str()));
    above.get(..foreign.unwrap_or(receipt))
}

/// Refuses spam, viruses, and a mail without a verdict on either.
pub(super) fn check_content(ses: &[Header]) -> Result<(), Aside> {
    let verdict = |name| first(ses, name).ok_or(Aside::Unreadable);
    if verdict("x-ses-virus-verdict")?.eq_ignore_ascii_case("fail") {
        return Err(Aside::Virus);
    }
    if verdict("x-ses-spam-verdict")?.eq_ignore_ascii_case("fail") {
        return Err(Aside::Spam);
    }
    Ok(())
}

/// Refuses a mail that may not come from the domain in `From`. DMARC must have passed. For a domain
/// without a policy, a signature of exactly this domain must be valid.
pub(super) fn check_sender(ses: &[Header], from: &EmailAddress) -> Result<(), Aside> {
    let results = first(ses, "authentication-results").ok_or(Aside::NotAuthentic)?;
    is_authentic(results, from).then_some(()).ok_or(Aside::NotAuthentic)
}

fn is_authentic(results: &str, from: &EmailAddress) -> bool {
    // SES repeats the envelope's sender. Only a quoted one could pretend to be a result.
    if results.contains(['"', '\\']) {
        return false;
    }
    let results = without_comments(results);
    let mut results = results.split(';').map(str::trim);
    if !results.next().is_some_and(|server| server.eq_ignore_ascii_case("amazonses.com")) {
        return false;
    }
    let results: Vec<&str> = results.collect();
    let of = |method: &str| -> Vec<(&str, &str)> {
        let values = results.iter().filter_map(|result| {
            let (name, rest) = result.split_once('=')?;
            name.trim().eq_ignore_ascii_case(method).then_some(rest.trim())
        });
        values.map(|value| value.split_once(' ').unwrap_or((value, ""))).collect()
    };
    let domain = domain(from.as_str());
    let is_of = |properties: &str, names: &[&str]| {
        properties.split_whitespace().filter_map(|property| property.split_once('=')).any(
            |(name, value)| {
                names.iter().any(|known| name.eq_ignore_ascii_case(known))
                    && ascii_domain(value) == domain
            },
        )
    };
    match of("dmarc").as_slice() {
        // There is one `From`, so a result without its domain is about the same.
        [("pass", properties)] => {
            !properties.contains("header.from") || is_of(properties, &["header.from"])
        }
        [("none", _)] => of("dkim").iter().any(|(result, properties)| {
            *result == "pass" && is_of(properties, &["header.i", "header.d"])
        }),
        _ => false,
    }
}

/// The domain of an address, or of what stands for one, as DNS compares it.
fn domain(text: &str) -> Option<String> {
    let domain = text.rsplit('@').next()?.trim_end_matches('.');
    Some(domain.to_ascii_lowercase()).filter(|domain| !domain.is_empty())
}

/// The same for a domain that may have letters beyond ASCII.
fn ascii_domain(text: &str) -> Option<String> {
    let address = EmailAddress::parse(&format!("x@{}", domain(text)?))?;
    domain(address.as_str())
}

/// A header's value without what is in parentheses.
pub(super) fn without_comments(value: &str) -> String {
    let mut depth = 0_u32;
    let mut rest = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => rest.push(c),
            _ => {}
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_of_from_is_proven() {
        let from = EmailAddress::parse("Ada@Münch.example").expect("an address");
        for (results, is_proof) in [
            ("spf=fail; dkim=fail; dmarc=pass header.from=xn--mnch-0ra.example;", true),
            ("dmarc=pass header.from=MÜNCH.example", true),
            ("dmarc=pass header.from=evil.example", false),
            ("dmarc=pass", true),
            (
                "dmarc=fail header.from=xn--mnch-0ra.example; dkim=pass header.i=@münch.example",
                false,
            ),
            ("dmarc=none; dkim=pass header.i=@xn--mnch-0ra.example", true),
            ("dmarc=none; dkim=fail header.i=@a; dkim=pass header.d=xn--mnch-0ra.example", true),
            ("dmarc=none; dkim=pass header.i=@mail.xn--mnch-0ra.example", false),
            ("dmarc=none; dkim=fail header.i=@xn--mnch-0ra.example", false),
            ("dmarc=none; spf=pass", false),
            ("spf=pass", false),
            ("dmarc=pass header.from=münch.example; dmarc=fail header.from=münch.example", false),
            ("spf=pass envelope-from=\"; dmarc=pass header.from=münch.example;\"@evil", false),
            ("spf=pass (; dmarc=pass header.from=münch.example;)", false),
            ("dmarc=temperror header.from=münch.example", false),
        ] {
            assert_eq!(
                is_authentic(&format!("amazonses.com; {results}"), &from),
                is_proof,
                "{results}"
            );
        }
        let foreign = "evil.example; dmarc=pass header.from=münch.example";
        assert!(!is_authentic(foreign, &from), "another server's results");
    }
}
