//! Who sent a mail: exactly one header `From` with exactly one address. Every mail program shows
//! another part of what is longer, so nothing else is guessed.

use domain::EmailAddress;

use super::headers::Header;

/// The sender's address.
pub(super) fn sender(all: &[Header]) -> Option<EmailAddress> {
    let mut values = all.iter().filter(|header| header.name == "from");
    let (Some(only), None) = (values.next(), values.next()) else { return None };
    address(&only.value)
}

/// The one address of a value such as `"Ada" <ada@shop.example>`.
fn address(value: &str) -> Option<EmailAddress> {
    let plain = without_words(value)?;
    // A list, or a group.
    if plain.contains([',', ';', ':']) {
        return None;
    }
    let address = match plain.split_once('<') {
        None => plain.trim(),
        Some((_, rest)) => {
            let (address, after) = rest.split_once('>')?;
            if !after.trim().is_empty() || address.contains('<') {
                return None;
            }
            address.trim()
        }
    };
    EmailAddress::parse(address)
}

/// A value without quoted words and comments. `None` if one of them does not end.
fn without_words(value: &str) -> Option<String> {
    let (mut plain, mut is_quoted, mut depth) = (String::new(), false, 0_u32);
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if is_quoted || depth > 0 => {
                chars.next()?;
            }
            '"' if depth == 0 => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted && depth > 0 => depth -= 1,
            c if !is_quoted && depth == 0 => plain.push(c),
            _ => {}
        }
    }
    (!is_quoted && depth == 0).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_is_one_address() {
        for (value, address) in [
            ("ada@shop.example", Some("ada@shop.example")),
            ("<ada@shop.example>", Some("ada@shop.example")),
            ("Ada Lovelace <Ada@Shop.example>", Some("Ada@Shop.example")),
            ("\"Lovelace, Ada\" <ada@shop.example>", Some("ada@shop.example")),
            ("\"Ada \\\" <eve@evil.example>\" <ada@shop.example>", Some("ada@shop.example")),
            (
                "=?utf-8?Q?Ada=20=3Ceve=40evil=2Eexample=3E?= <ada@shop.example>",
                Some("ada@shop.example"),
            ),
            ("ada@shop.example <eve@evil.example>", Some("eve@evil.example")),
            ("\"ada@shop.example\" <eve@evil.example>", Some("eve@evil.example")),
            ("eve@evil.example (ada@shop.example)", Some("eve@evil.example")),
            ("ada@bücher.example", Some("ada@xn--bcher-kva.example")),
            ("ada@shop.example, eve@evil.example", None),
            ("Ada <ada@shop.example>, Eve <eve@evil.example>", None),
            ("<ada@shop.example> <eve@evil.example>", None),
            ("<ada@shop.example> eve@evil.example", None),
            ("Team: ada@shop.example;", None),
            ("\"Ada <ada@shop.example>", None),
            ("Ada", None),
            ("<>", None),
            ("", None),
        ] {
            let found = super::address(value);
            assert_eq!(found.as_ref().map(EmailAddress::as_str), address, "{value}");
        }
    }
}
