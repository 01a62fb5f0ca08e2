//! `ALLOWED_ORIGINS` and `EMBED_ORIGINS`: lists of origins that fail closed.
//!
//! An entry is an exact origin (`scheme://host[:port]`) or an expression in JavaScript's form
//! (`/…/flags`), as Medusa's `STORE_CORS` has it. Everything else stops the start: an entry that is
//! read otherwise than it was meant could let every page in.

use std::fmt;
use std::net::Ipv6Addr;

use regex_lite::Regex;

/// Longest list, in bytes. Lambda takes 4 KB of environment variables in all.
const MAX_LIST_BYTES: usize = 4 * 1024;
/// Longest host name, in bytes (DNS).
const MAX_HOST_BYTES: usize = 253;

/// Origins that no list means to allow.
const STRANGERS: [&str; 4] = ["", "null", "https://qzj7wk.invalid", "http://qzj7wk.invalid:59213"];

/// One entry of the allowed origins.
#[derive(Clone, Debug)]
pub enum AllowedOrigin {
    /// Exactly this origin.
    Exact(String),
    /// Every origin that the expression matches.
    Matching(Expression),
}

/// An expression over origins.
#[derive(Clone, Debug)]
pub struct Expression {
    /// As the list has it, with its slashes and flags.
    source: String,
    regex: Regex,
    is_anchored: bool,
}

/// Why a list is refused: the entry and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("has the entry `{entry}`, which {problem}")]
pub struct OriginError {
    entry: String,
    problem: String,
}

impl AllowedOrigin {
    /// Reads a list. Commas separate entries, except inside an expression.
    pub fn parse_list(list: &str) -> Result<Vec<Self>, OriginError> {
        let entries = entries(list)?;
        entries.into_iter().map(Self::parse).collect()
    }

    fn parse(entry: Entry<'_>) -> Result<Self, OriginError> {
        match entry {
            Entry::Plain(text) => exact_origin(text).map(Self::Exact),
            Entry::Expression { source, body, flags } => {
                Expression::parse(source, body, flags).map(Self::Matching)
            }
        }
    }

    /// Whether a page of this origin is allowed.
    pub fn allows(&self, origin: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == origin,
            Self::Matching(expression) => expression.regex.is_match(origin),
        }
    }

    /// What an operator has to know about this entry, if anything: an expression without `^` and
    /// `$` matches inside longer origins too.
    pub fn warning(&self) -> Option<String> {
        match self {
            Self::Matching(expression) if !expression.is_anchored => Some(format!(
                "the entry `{expression}` is not anchored by `^` and `$`: it also allows \
                 longer origins that contain a match, such as https://shop.example.evil.example"
            )),
            _ => None,
        }
    }
}

impl fmt::Display for AllowedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(origin) => f.write_str(origin),
            Self::Matching(expression) => expression.fmt(f),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl Expression {
    /// Reads an expression. The flags are those that Medusa takes: `g`, `m`, `s` and `u` change
    /// nothing for an origin (one line of ASCII), `i` ignores case, and `y` anchors at the start.
    /// The regex engine has no look-around and no back-references: it refuses an expression that
    /// needs them.
    fn parse(source: &str, body: &str, flags: &str) -> Result<Self, OriginError> {
        let refuse = |problem: String| refused(source, problem);
        for (at, flag) in flags.char_indices() {
            if !"gimsuy".contains(flag) {
                return Err(refuse(format!(
                    "has the unknown flag `{flag}` (known: g, i, m, s, u, y)"
                )));
            }
            if flags.get(..at).is_some_and(|before| before.contains(flag)) {
                return Err(refuse(format!("has the flag `{flag}` twice")));
            }
        }
        if body.is_empty() {
            return Err(refuse("is an empty expression and would allow every origin".to_owned()));
        }
        if body.trim_end_matches('/').len() < body.len() && !is_escaped_at(body, body.len() - 1) {
            // `/^https://i` without its end would be read as `^https:/` with the flag `i`, and let
            // every https page in.
            return Err(refuse(
                "ends with a slash, as no origin does: is its end missing?".to_owned(),
            ));
        }
        // Alone first: inside the group below, an expression such as `a)|(b` would have another
        // meaning.
        Regex::new(body)
            .map_err(|error| refuse(format!("is no expression that can be used: {error}")))?;
        let sticky = flags.contains('y');
        let case = if flags.contains('i') { "i" } else { "" };
        let regex = Regex::new(&format!("{}(?{case}:{body})", if sticky { r"\A" } else { "" }));
        let regex =
            regex.map_err(|error| refuse(format!("is no expression that can be used: {error}")))?;
        // One that these match allows every origin: a stray `|` makes such an expression.
        if let Some(probe) = STRANGERS.iter().find(|probe| regex.is_match(probe)) {
            return Err(refuse(format!("would allow every origin: it matches `{probe}`")));
        }
        if let Some(at) = ends_early(body) {
            // The end of one expression that swallowed the next entry.
            return Err(refuse(format!(
                "has text after its `$`, at character {at}: is a slash missing?"
            )));
        }
        Ok(Self { source: source.to_owned(), regex, is_anchored: is_anchored(body, sticky) })
    }
}

/// Whether a backslash escapes the character at this place.
fn is_escaped_at(body: &str, at: usize) -> bool {
    let before = body.get(..at).unwrap_or_default();
    (before.len() - before.trim_end_matches('\\').len()) % 2 == 1
}

/// An entry of a list before it is read.
#[derive(Clone, Copy)]
enum Entry<'a> {
    Plain(&'a str),
    Expression { source: &'a str, body: &'a str, flags: &'a str },
}

/// Splits a list at the commas between entries.
fn entries(list: &str) -> Result<Vec<Entry<'_>>, OriginError> {
    if list.len() > MAX_LIST_BYTES {
        let start = list.chars().take(40).collect::<String>();
        return Err(refused(
            &format!("{start}…"),
            format!("begins a list of more than {MAX_LIST_BYTES} bytes"),
        ));
    }
    let mut found = Vec::new();
    let mut rest = list.trim();
    loop {
        let (entry, after) = if rest.starts_with('/') { expression(rest)? } else { plain(rest) };
        found.push(entry);
        match after {
            None => return Ok(found),
            Some(after) => rest = after.trim_start(),
        }
    }
}

/// The entry before the next comma, and what follows the comma.
fn plain(text: &str) -> (Entry<'_>, Option<&str>) {
    match text.split_once(',') {
        Some((entry, after)) => (Entry::Plain(entry.trim()), Some(after)),
        None => (Entry::Plain(text.trim()), None),
    }
}

/// The characters of an expression with a meaning: neither escaped nor inside a class.
fn syntax(expression: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut is_escaped, mut in_class) = (false, false);
    expression.char_indices().filter(move |(_, c)| {
        if is_escaped {
            is_escaped = false;
            return false;
        }
        match c {
            '\\' => is_escaped = true,
            ']' if in_class => in_class = false,
            _ if in_class => {}
            '[' => in_class = true,
            _ => return true,
        }
        false
    })
}

/// The expression at the start of `text`, and what follows the comma after it.
///
/// A slash ends the expression if it stands outside classes, groups and counts, is not escaped, and
/// letters alone (flags) separate it from the next comma or the end. Every other slash belongs to
/// the expression, because Medusa takes `/^https://shop.example$/` too.
fn expression(text: &str) -> Result<(Entry<'_>, Option<&str>), OriginError> {
    let (mut groups, mut in_count) = (0_usize, false);
    for (at, c) in syntax(text).skip(1) {
        match c {
            '(' => groups += 1,
            ')' => {
                groups = groups.checked_sub(1).ok_or_else(|| {
                    refused(text, "closes a group that it does not open".to_owned())
                })?;
            }
            '{' => in_count = true,
            '}' => in_count = false,
            '/' if groups == 0 && !in_count => {
                let (body, after) =
                    (text.get(1..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
                let flags_end =
                    after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
                let (flags, after) = after.split_at(flags_end);
                let source = text.get(..=at + flags_end).unwrap_or_default();
                let after = after.trim_start();
                if after.is_empty() {
                    return Ok((Entry::Expression { source, body, flags }, None));
                }
                if let Some(after) = after.strip_prefix(',') {
                    return Ok((Entry::Expression { source, body, flags }, Some(after)));
                }
            }
            _ => {}
        }
    }
    Err(refused(text, "begins an expression that does not end: write /expression/flags".to_owned()))
}

/// Where an unescaped `$` stands outside classes, and neither the expression nor an alternative or
/// group ends there: nothing can match it.
fn ends_early(body: &str) -> Option<usize> {
    let next = |end: usize| body.get(end..).and_then(|rest| rest.chars().next());
    let mut ends = syntax(body).filter(|(_, c)| *c == '$').map(|(at, _)| at + 1);
    ends.find(|end| next(*end).is_some_and(|next| !matches!(next, '|' | ')' | '$')))
}

/// Whether every alternative of an expression begins with `^` and ends with `$`.
fn is_anchored(body: &str, sticky: bool) -> bool {
    let (mut groups, mut start) = (0_usize, 0);
    let mut alternatives = Vec::new();
    // Where an unescaped `$` stands outside classes.
    let mut ends = Vec::new();
    for (at, c) in syntax(body) {
        match c {
            '(' => groups += 1,
            ')' => groups = groups.saturating_sub(1),
            '$' => ends.push(at + 1),
            '|' if groups == 0 => {
                alternatives.push((start, at));
                start = at + 1;
            }
            _ => {}
        }
    }
    alternatives.push((start, body.len()));
    let is_whole = |(from, to): (usize, usize)| {
        let begins = sticky || body.get(from..to).is_some_and(|one| one.starts_with('^'));
        begins && ends.contains(&to)
    };
    alternatives.into_iter().all(is_whole)
}

/// Reads an exact origin, as browsers send it: scheme, host and, unless it is the scheme's own,
/// port.
pub fn exact_origin(entry: &str) -> Result<String, OriginError> {
    let refuse = |problem: &str| refused(entry, problem.to_owned());
    if entry.is_empty() {
        return Err(refuse("is empty: is there one comma too many?"));
    }
    if entry == "*" {
        return Err(refuse("would let every page read the chat: list origins"));
    }
    if entry.contains('*') {
        return Err(refuse(
            "has a `*`: write an expression, such as /^https:\\/\\/[a-z]+\\.shop\\.example$/",
        ));
    }
    let (scheme, authority) = entry
        .split_once("://")
        .ok_or_else(|| refuse("is no origin: write scheme://host[:port]"))?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    if !is_scheme {
        return Err(refuse("is no origin: write scheme://host[:port]"));
    }
    if authority.contains(['/', '?', '#']) {
        return Err(refuse("has more than scheme://host[:port]: leave out the path and its slash"));
    }
    let (host, port) = split_port(authority);
    if !is_host(host) {
        return Err(refuse("has no host name in ASCII letters, digits, dots and hyphens"));
    }
    let scheme = scheme.to_ascii_lowercase();
    let origin = format!("{scheme}://{}", host.to_ascii_lowercase());
    match port {
        None => Ok(origin),
        Some(port) => {
            let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
            let port = port.parse::<u16>().ok().filter(|port| digits && *port > 0);
            let port = port.ok_or_else(|| refuse("has a port that is not 1 to 65535"))?;
            // Browsers leave the scheme's own port out.
            let is_own = matches!((scheme.as_str(), port), ("https", 443) | ("http", 80));
            Ok(if is_own { origin } else { format!("{origin}:{port}") })
        }
    }
}

/// Reads a list of exact origins of web pages: what a content security policy may name.
pub fn page_origins(list: &str) -> Result<Vec<String>, OriginError> {
    let of_page = |entry: &str| {
        let origin = exact_origin(entry.trim())?;
        let is_page = origin.starts_with("https://") || origin.starts_with("http://");
        if is_page {
            Ok(origin)
        } else {
            Err(refused(entry.trim(), "is no http or https origin".to_owned()))
        }
    };
    list.split(',').map(of_page).collect()
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    // The colons of an IPv6 address stand in brackets.
    let from = authority.find(']').map_or(0, |at| at + 1);
    match authority.get(from..).and_then(|rest| rest.find(':')) {
        Some(colon) => {
            (authority.get(..from + colon).unwrap_or_default(), authority.get(from + colon + 1..))
        }
        None => (authority, None),
    }
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        return address
            .strip_suffix(']')
            .is_some_and(|address| address.parse::<Ipv6Addr>().is_ok());
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    host.len() <= MAX_HOST_BYTES && host.split('.').all(is_label)
}

fn refused(entry: &str, problem: String) -> OriginError {
    OriginError { entry: entry.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origins that no list below means to allow.
    const FOREIGN: [&str; 9] = [
        "https://evil.example",
        "http://evil.example",
        "https://shop.example.evil.example",
        "https://evilshop.example",
        "https://evil.example:8443",
        "https:/",
        "null",
        "",
        "*",
    ];

    fn allowed(list: &str, origin: &str) -> bool {
        AllowedOrigin::parse_list(list).expect("a list").iter().any(|entry| entry.allows(origin))
    }

    fn shown(list: &str) -> Vec<String> {
        AllowedOrigin::parse_list(list).expect("a list").iter().map(ToString::to_string).collect()
    }

    /// A stray `|` or a missing slash is an easy slip.
    #[test]
    fn an_expression_that_allows_everybody_or_nobody_stops_the_start() {
        for list in [
            "/^https://a.example$|/",
            "/|^https://a.example$/",
            "/()/",
            "/(^https://a.example$)?/",
            "/.*/",
            "/./",
            "/^/",
            "/$/",
            "/^https?:/",
            "/https/",
            "/^https://(?:.*)$/",
            "/^https?://[^/]+$/",
            "/^https://shop.example$,https://b.example/",
            r"/^https:\/\/shop.example$,https://b.example/",
            "/^https://shop.example$/i/",
        ] {
            let refused = AllowedOrigin::parse_list(list);
            assert!(refused.is_err(), "{list}: {refused:?}");
            assert!(
                AllowedOrigin::parse_list(&format!("https://good.example,{list}")).is_err(),
                "{list}"
            );
        }
        for list in [
            "/^https://(a|b)[.]example$/",
            "/^(https://a.example$|https://b.example$)/",
            r"/^https://a\$b.example$/",
            "/^https://[$]a.example$/",
        ] {
            assert!(
                AllowedOrigin::parse_list(list).is_ok(),
                "{list}: {:?}",
                AllowedOrigin::parse_list(list)
            );
        }
    }

    #[test]
    fn commas_inside_an_expression_separate_nothing() {
        for (list, good, bad) in [
            (
                r"/^https://[a-z]{2,4}\.shop\.example$/",
                "https://abc.shop.example",
                "https://abcde.shop.example",
            ),
            (
                r"/^https:\/\/[a-z]{2,4}\.shop\.example$/",
                "https://ab.shop.example",
                "https://a.shop.example",
            ),
            (
                r"/^https://[a,b/]\.shop\.example$/",
                "https://a.shop.example",
                "https://c.shop.example",
            ),
            (
                r"/^https://(a{1,2}|/,|b)\.shop\.example$/i",
                "https://AA.shop.example",
                "https://aaa.shop.example",
            ),
            (
                r"/^https://[\]/,]*x\.shop\.example$/",
                "https://x.shop.example",
                "https://y.shop.example",
            ),
            (
                r"/^https://x\.shop\.example(:\d{2,5})?$/gimsu",
                "https://x.shop.example:8443",
                "https://x.shop.example:1",
            ),
        ] {
            for list in [
                list.to_owned(),
                format!(" {list} , https://other.example"),
                format!("https://other.example,{list}"),
            ] {
                assert!(allowed(&list, good), "{list} {good}");
                assert!(!allowed(&list, bad), "{list} {bad}");
                for foreign in FOREIGN {
                    assert!(!allowed(&list, foreign), "{list} {foreign}");
                }
            }
        }
        assert_eq!(
            shown(r"/^https://a[,]b$/i, /x{1,2}/ ,https://c.example,/^y[/,]$/"),
            [r"/^https://a[,]b$/i", "/x{1,2}/", "https://c.example", "/^y[/,]$/"]
        );
    }

    #[test]
    fn what_is_no_entry_is_refused_with_its_name() {
        for (list, entry) in [
            ("*", "*"),
            ("https://shop.example,*", "*"),
            ("", ""),
            (",", ""),
            ("https://shop.example,,https://b.example", ""),
            ("https://shop.example,", ""),
            ("null", "null"),
            ("shop.example", "shop.example"),
            ("//shop.example", "//shop.example"),
            ("https:shop.example", "https:shop.example"),
            ("https://", "https://"),
            ("://shop.example", "://shop.example"),
            ("https://shop.example/", "https://shop.example/"),
            ("https://shop.example/path", "https://shop.example/path"),
            ("https://shop.example?x", "https://shop.example?x"),
            ("https://shop.example#x", "https://shop.example#x"),
            ("https://user@shop.example", "https://user@shop.example"),
            ("https://*.shop.example", "https://*.shop.example"),
            ("https://shop.example https://b.example", "https://shop.example https://b.example"),
            ("https://shop.example;https://b.example", "https://shop.example;https://b.example"),
            ("\"https://shop.example\"", "\"https://shop.example\""),
            ("https://shop..example", "https://shop..example"),
            ("https://.example", "https://.example"),
            ("https://-shop.example", "https://-shop.example"),
            ("https://schön.example", "https://schön.example"),
            ("https://shop.example:", "https://shop.example:"),
            ("https://shop.example:0", "https://shop.example:0"),
            ("https://shop.example:65536", "https://shop.example:65536"),
            ("https://shop.example:+80", "https://shop.example:+80"),
            ("https://shop.example:8x", "https://shop.example:8x"),
            ("https://[::1", "https://[::1"),
            ("https://[x]", "https://[x]"),
            ("^https://shop.example$", "^https://shop.example$"),
            ("~^https://shop.example$~", "~^https://shop.example$~"),
            ("/", "/"),
            ("//", "//"),
            ("//i", "//i"),
            ("/^https://shop.example$", "/^https://shop.example$"),
            ("/^https://shop.example$/x", "/^https://shop.example$/x"),
            ("/^https://shop.example$/ii", "/^https://shop.example$/ii"),
            ("/^https://shop.example$/I", "/^https://shop.example$/I"),
            ("/^https://shop.example$/v", "/^https://shop.example$/v"),
            ("/^https://shop.example$/i x", "/^https://shop.example$/i x"),
            ("/^https://shop.example$/1", "/^https://shop.example$/1"),
            (r"/^https://[a-z]{2", r"/^https://[a-z]{2"),
            (r"/^https://[a-z/i", r"/^https://[a-z/i"),
            (r"/^https://shop.example$\/", r"/^https://shop.example$\/"),
            ("/^https://i", "/^https://i"),
            ("/^https://g,https://b.example", "/^https://g"),
            ("/^https://a,b$/", "/^https://a"),
            ("/(/", "/(/"),
            ("/a)|(b/", "/a)|(b/"),
            ("/*/", "/*/"),
            (r"/^https://(?!evil).*$/", r"/^https://(?!evil).*$/"),
            (r"/^https://(?<=x)y$/", r"/^https://(?<=x)y$/"),
            (r"/^(a)\1$/", r"/^(a)\1$/"),
        ] {
            let error = AllowedOrigin::parse_list(list).expect_err(list).to_string();
            assert!(
                error.starts_with(&format!("has the entry `{entry}`, which ")),
                "{list}: {error}"
            );
            // Beside a good entry as well: none is skipped.
            assert!(
                AllowedOrigin::parse_list(&format!("https://shop.example,{list}")).is_err(),
                "{list}"
            );
        }
        assert!(AllowedOrigin::parse_list(&"https://a.example,".repeat(300)).is_err(), "too long");
    }

    #[test]
    fn exact_origins_are_compared_as_browsers_send_them() {
        for (entry, origin) in [
            ("https://shop.example", "https://shop.example"),
            ("HTTPS://Shop.Example", "https://shop.example"),
            ("https://shop.example:443", "https://shop.example"),
            ("http://localhost:8000", "http://localhost:8000"),
            ("http://localhost:80", "http://localhost"),
            ("http://[::1]:8000", "http://[::1]:8000"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("https://xn--schn-7qa.example", "https://xn--schn-7qa.example"),
        ] {
            assert_eq!(exact_origin(entry).as_deref(), Ok(origin));
            for foreign in FOREIGN {
                assert!(!allowed(entry, foreign), "{entry} {foreign}");
            }
        }
    }

    #[test]
    fn flags_mean_what_javascript_means() {
        assert!(allowed(r"/^https://shop\.example$/i", "https://SHOP.example"));
        assert!(!allowed(r"/^https://shop\.example$/", "https://SHOP.example"));
        assert!(allowed(r"/https://shop\.example$/y", "https://shop.example"));
        assert!(!allowed(
            r"/https://shop\.example$/y",
            "https://evil.example/https://shop.example"
        ));
        // `y` holds for each alternative.
        assert!(!allowed(
            r"/a|https://shop\.example/y",
            "https://evil.example/https://shop.example"
        ));
    }

    #[test]
    fn an_expression_without_anchors_is_named() {
        let is_warned = |list: &str| {
            AllowedOrigin::parse_list(list)
                .expect("a list")
                .iter()
                .any(|entry| entry.warning().is_some())
        };
        for anchored in [
            r"/^https://shop\.example$/",
            r"/^https://(a|b)\.shop\.example$/",
            r"/^https://a\.example$|^https://b\.example$/",
            r"/https://shop\.example$/y",
            "https://shop.example",
        ] {
            assert!(!is_warned(anchored), "{anchored}");
        }
        for open in [
            r"/https://shop\.example/",
            r"/^https://shop\.example/",
            r"/https://shop\.example$/",
            r"/^https://shop\.example\$/",
            r"/^https://shop\.example[$]/",
            r"/^https://a\.example|https://b\.example$/",
            r"/\^https://shop\.example$/",
        ] {
            assert!(is_warned(open), "{open}");
        }
        let warning = AllowedOrigin::parse_list(r"/vercel\.app$/")
            .expect("a list")
            .first()
            .and_then(AllowedOrigin::warning);
        assert!(warning.is_some_and(|text| text.contains(r"/vercel\.app$/")));
    }

    #[test]
    fn embedding_pages_are_exact_origins() {
        assert_eq!(
            page_origins("https://a.example, http://localhost:9000"),
            Ok(vec!["https://a.example".into(), "http://localhost:9000".into()])
        );
        for bad in [
            "*",
            "",
            "a.example",
            "https://a.example/x",
            "https://a.example; script-src *",
            "https://a.example,,",
            "/^https/",
            "data://x",
        ] {
            assert!(page_origins(bad).is_err(), "{bad}");
        }
    }
}
