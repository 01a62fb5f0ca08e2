//! Signature Version 4 of presigned requests, checked as S3 does. Written without the crate that
//! signs ours, so that the two do not agree on a mistake.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aws_lc_rs::{constant_time, hmac};
use axum::http::{HeaderMap, Method, Uri};
use data_encoding::HEXLOWER;
use domain::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};

use super::api::Refused;

/// Longest validity, in seconds: a week.
const MAX_EXPIRES_S: i64 = 604_800;
/// How far a client's clock may be ahead, in milliseconds.
const MAX_SKEW_MS: i64 = 15 * 60 * 1_000;
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SIGNATURE: &str = "X-Amz-Signature";
const NAMES: [&str; 6] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    SIGNATURE,
];
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: &AsciiSet = &NAME.remove(b'/');

/// The only ones that this bucket accepts.
pub(super) struct Credentials {
    pub(super) id: String,
    pub(super) secret: SecretString,
    pub(super) region: String,
}

/// The parameters of a query, decoded, in their order.
pub(super) fn parameters(uri: &Uri) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// Refuses a request that is not signed, or signed for something else or another time.
pub(super) fn check(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    credentials: &Credentials,
    now: Timestamp,
) -> Result<(), Refused> {
    let query = parameters(uri);
    let given: BTreeMap<&str, &str> =
        query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    if !NAMES.iter().any(|name| given.contains_key(name)) {
        return Err(Refused::denied("Access Denied"));
    }
    let [algorithm, credential, date, expires, signed_headers, signature] =
        NAMES.map(|name| given.get(name).copied().unwrap_or_default());
    if [credential, date, expires, signed_headers, signature].contains(&"") {
        return Err(wrong(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, \
             X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and \
             X-Amz-Expires parameters.",
        ));
    }
    if algorithm != ALGORITHM {
        return Err(wrong(
            "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"",
        ));
    }
    let expires_s: i64 = expires.parse().map_err(|_| wrong("X-Amz-Expires should be a number"))?;
    if expires_s < 0 {
        return Err(wrong("X-Amz-Expires must be non-negative"));
    }
    if expires_s > MAX_EXPIRES_S {
        return Err(wrong(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given \
             X-Amz-Expires must be less than 604800 seconds",
        ));
    }
    let parts: Vec<&str> = credential.split('/').collect();
    let [id, day, region, "s3", "aws4_request"] = parts.as_slice() else {
        return Err(wrong("Error parsing the X-Amz-Credential parameter"));
    };
    if *id != credentials.id {
        return Err(Refused::forbidden(
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
        ));
    }
    if *region != credentials.region {
        return Err(wrong("Error parsing the X-Amz-Credential parameter; the region is wrong"));
    }
    let at = instant(date).filter(|_| date.get(..8) == Some(*day)).ok_or_else(|| {
        wrong("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
    })?;
    if now < at.plus_millis(-MAX_SKEW_MS) {
        return Err(Refused::denied("Request is not valid yet"));
    }
    if now.seconds() > at.seconds() + expires_s {
        return Err(Refused::denied("Request has expired"));
    }
    if given.contains_key("X-Amz-Security-Token") {
        return Err(Refused::forbidden(
            "InvalidToken",
            "The provided token is malformed or otherwise invalid.",
        ));
    }
    let signed: Vec<&str> = signed_headers.split(';').collect();
    let is_signed = |name: &str| signed.contains(&name);
    let mut names = headers.keys().map(axum::http::HeaderName::as_str);
    if !is_signed("host") || names.any(|name| name.starts_with("x-amz-") && !is_signed(name)) {
        return Err(Refused::denied(
            "There were headers present in the request which were not signed",
        ));
    }
    let request = canonical(method, uri, &query, headers, &signed);
    let scope = format!("{day}/{region}/s3/aws4_request");
    let request = HEXLOWER.encode(&Sha256::digest(request.as_bytes()));
    let text = format!("{ALGORITHM}\n{date}\n{scope}\n{request}");
    let secret = format!("AWS4{}", credentials.secret.expose_secret());
    let key = [*day, *region, "s3", "aws4_request"]
        .into_iter()
        .fold(secret.into_bytes(), |key, part| mac(&key, part));
    let expected = HEXLOWER.encode(&mac(&key, &text));
    constant_time::verify_slices_are_equal(expected.as_bytes(), signature.as_bytes()).map_err(
        |_| {
            Refused::forbidden(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. \
             Check your key and signing method.",
            )
        },
    )
}

/// The canonical request: what a signature covers.
fn canonical(
    method: &Method,
    uri: &Uri,
    query: &[(String, String)],
    headers: &HeaderMap,
    signed: &[&str],
) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NAME).to_string();
    let path: Vec<u8> = percent_decode_str(uri.path()).collect();
    let path = percent_encoding::percent_encode(&path, PATH);
    let mut query: Vec<_> = query
        .iter()
        .filter(|(name, _)| name != SIGNATURE)
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    query.sort();
    let mut request = format!("{method}\n{path}\n{}\n", query.join("&"));
    for name in signed {
        let values = headers.get_all(*name).iter().map(|value| {
            String::from_utf8_lossy(value.as_bytes())
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        });
        let _ = writeln!(request, "{name}:{}", values.collect::<Vec<_>>().join(","));
    }
    let payload = headers.get("x-amz-content-sha256").and_then(|value| value.to_str().ok());
    let _ = write!(request, "\n{}\n{}", signed.join(";"), payload.unwrap_or("UNSIGNED-PAYLOAD"));
    request
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

/// The instant of a text such as `20130524T000000Z`.
fn instant(text: &str) -> Option<Timestamp> {
    let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
    let part = |text: &str, from: usize, to: usize| text.get(from..to).map(str::to_owned);
    let is_whole = day.len() == 8 && time.len() == 6;
    let day = [part(day, 0, 4)?, part(day, 4, 6)?, part(day, 6, 8)?].join("-");
    let time = [part(time, 0, 2)?, part(time, 2, 4)?, part(time, 4, 6)?].join(":");
    Timestamp::parse(&format!("{day}T{time}Z")).filter(|_| is_whole)
}

fn wrong(message: &str) -> Refused {
    Refused::bad("AuthorizationQueryParametersError", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials() -> Credentials {
        Credentials {
            id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            region: "us-east-1".to_owned(),
        }
    }

    /// The example in the documents of S3, with changes.
    fn example(method: &str, change: impl Fn(&str) -> String, at: &str) -> Result<(), Refused> {
        let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256\
                     &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F\
                     aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400\
                     &X-Amz-SignedHeaders=host&X-Amz-Signature=\
                     aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
        let uri = change(&format!("/test.txt?{query}")).parse().expect("a URI");
        let mut headers = HeaderMap::new();
        headers.insert("host", "examplebucket.s3.amazonaws.com".parse().expect("a host"));
        let method = method.parse().expect("a method");
        let now = Timestamp::parse(at).expect("an instant");
        check(&method, &uri, &headers, &credentials(), now)
    }

    #[test]
    fn the_example_in_the_documents_of_s3_is_accepted_and_no_change_of_it() {
        let noon = "2013-05-24T12:00:00Z";
        let same = |uri: &str| uri.to_owned();
        example("GET", same, noon).expect("accepted");
        // Encoded otherwise and in another order it is the same request.
        example("GET", |uri| uri.replace("/test.txt", "/%74est.txt"), noon).expect("accepted");
        let code = |method, change: &dyn Fn(&str) -> String, at| {
            example(method, change, at).expect_err("refused").code
        };
        let replaced = |from: &'static str, to: &'static str| {
            move |uri: &str| {
                assert!(uri.contains(from), "{from}");
                uri.replace(from, to)
            }
        };
        let other = "SignatureDoesNotMatch";
        assert_eq!(code("PUT", &same, noon), other);
        assert_eq!(code("GET", &replaced("test.txt", "other.txt"), noon), other);
        assert_eq!(code("GET", &replaced("604d404", "604d405"), noon), other);
        assert_eq!(code("GET", &replaced("=86400", "=86401"), noon), other);
        assert_eq!(code("GET", &replaced("?X", "?tagging=&X"), noon), other);
        assert_eq!(code("GET", &replaced("=host", "=host%3Brange"), noon), other);
        assert_eq!(code("GET", &|_: &str| "/test.txt".to_owned(), noon), "AccessDenied");
        assert_eq!(code("GET", &replaced("=host&", "=range&"), noon), "AccessDenied");
        assert_eq!(code("GET", &same, "2013-05-25T00:00:01Z"), "AccessDenied");
        assert_eq!(code("GET", &same, "2013-05-23T23:44:59Z"), "AccessDenied");
        assert_eq!(code("GET", &replaced("AKIA", "AKIB"), noon), "InvalidAccessKeyId");
        let malformed = "AuthorizationQueryParametersError";
        for (from, to) in [
            ("=86400", "=604801"),
            ("=86400", "=-1"),
            ("=86400", "=x"),
            ("us-east-1", "us-east-2"),
            ("%2Fs3%2F", "%2Fsts%2F"),
            ("20130524T", "20130525T"),
            ("&X-Amz-Date=20130524T000000Z", ""),
            ("&X-Amz-SignedHeaders=host", ""),
            ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
        ] {
            assert_eq!(code("GET", &replaced(from, to), noon), malformed, "{from} {to}");
        }
    }
}
