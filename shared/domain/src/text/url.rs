//! Addresses of web pages and pictures.

use crate::people::profile::MAX_URL;

/// The origin of a web page's absolute URL, as browsers send it: scheme, host and, unless it is the
/// scheme's own, port.
///
/// `None` for a text that browsers may read otherwise than this function does: with credentials, a
/// backslash, white space, or letters beyond ASCII.
pub fn web_origin(url: &str) -> Option<String> {
    let is_plain = |b: u8| b.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&b);
    if url.len() > MAX_URL || !url.bytes().all(is_plain) {
        return None;
    }
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let own_port = match scheme.as_str() {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let after_host = authority.find(']').map_or(0, |at| at + 1);
    let colon = authority.get(after_host..)?.find(':').map(|at| after_host + at);
    let (host, port) = match colon {
        Some(at) => (authority.get(..at)?, Some(authority.get(at + 1..)?)),
        None => (authority, None),
    };
    let host = host.to_ascii_lowercase();
    if !is_host(&host) {
        return None;
    }
    let port = match port {
        None => None,
        Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => {
            Some(port.parse::<u16>().ok().filter(|port| *port > 0)?)
        }
        Some(_) => return None,
    };
    Some(match port.filter(|port| *port != own_port) {
        None => format!("{scheme}://{host}"),
        Some(port) => format!("{scheme}://{host}:{port}"),
    })
}

/// Whether a text is an `https` URL that browsers read in one way.
pub fn is_https(url: &str) -> bool {
    web_origin(url).is_some_and(|origin| origin.starts_with("https:"))
}

fn is_host(host: &str) -> bool {
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    let in_brackets = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    match in_brackets {
        Some(ip) => ip.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(is_name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_as_browsers_send_it() {
        for (url, origin) in [
            ("https://shop.example", "https://shop.example"),
            ("https://shop.example/p/mug?size=l#top", "https://shop.example"),
            ("HTTPS://Shop.Example:443/", "https://shop.example"),
            ("https://shop.example:8443?x", "https://shop.example:8443"),
            ("http://127.0.0.1:9100/a%20b", "http://127.0.0.1:9100"),
            ("http://[::1]:9100/", "http://[::1]:9100"),
        ] {
            assert_eq!(web_origin(url).as_deref(), Some(origin), "{url}");
        }
    }

    #[test]
    fn what_browsers_may_read_otherwise_is_no_url() {
        for url in [
            "",
            "shop.example",
            "/p/mug",
            "//shop.example/",
            "javascript:alert(1)",
            "javascript://shop.example/%0aalert(1)",
            "data:text/html,x",
            "ftp://shop.example/",
            "https://",
            "https:///shop.example",
            "https://shop.example@evil.example/",
            "https://shop.example:x@evil.example/",
            "https://shop.example\\.evil.example/",
            "https://evil.example\\@shop.example/",
            "https://shop.example /",
            " https://shop.example",
            "https://shop.example/\n",
            "https://shop\t.example/",
            "https://shöp.example/",
            "https://shop.example:/",
            "https://shop.example:0/",
            "https://shop.example:99999/",
            "https://shop%2eexample/",
            "https://[::1/",
            "https://shop.example/\u{202e}",
        ] {
            assert_eq!(web_origin(url), None, "{url}");
        }
        assert_eq!(web_origin(&format!("https://shop.example/{}", "x".repeat(MAX_URL))), None);
        assert!(is_https("https://cdn.example/a.jpg") && !is_https("http://cdn.example/a.jpg"));
    }
}
