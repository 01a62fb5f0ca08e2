//! Subscriptions to web push: where a browser gets notifications while the inbox is closed.
//!
//! A browser chooses the address, and our functions send requests there. So only addresses of the
//! browsers' own push services are accepted, in one exact form.

use data_encoding::{BASE64URL, BASE64URL_NOPAD};
use serde::{Deserialize, Serialize};

use crate::ids::{ActorId, digest};
use crate::text::url::web_origin;
use crate::time::Timestamp;

/// Longest address, in bytes. All subscriptions of a shop share one item of the table.
const MAX_ENDPOINT: usize = 1_000;
/// The push services of Chrome and of browsers made from it.
const HOSTS: [&str; 1] = ["fcm.googleapis.com"];
/// Those of Firefox, Edge and Safari, which have many hosts.
const DOMAINS: [&str; 3] = [".push.services.mozilla.com", ".notify.windows.com", ".push.apple.com"];
/// Hosts of this machine.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];
/// Bytes of a browser's public key: an uncompressed point of P-256.
const PUBLIC_KEY_LEN: usize = 65;
/// Bytes of a browser's secret.
const AUTH_LEN: usize = 16;

/// The address at which a push service takes notifications for one browser. Who knows it can use
/// up the browser's patience, but not its notifications: those are signed and encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PushEndpoint(String);

impl PushEndpoint {
    /// Accepts an address of a known push service: `https`, without credentials, port and fragment.
    /// With `allow_loopback` it also accepts `http` to this machine.
    pub fn parse(text: &str, allow_loopback: bool) -> Option<Self> {
        let origin = web_origin(text)?;
        let rest = text.strip_prefix(&origin)?;
        if text.len() > MAX_ENDPOINT || !rest.starts_with('/') || rest.contains('#') {
            return None;
        }
        let is_known = match origin.split_once("://")? {
            ("https", host) => {
                HOSTS.contains(&host) || DOMAINS.iter().any(|domain| host.ends_with(domain))
            }
            (_, host) => {
                let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
                allow_loopback && (LOOPBACK.contains(&host) || LOOPBACK.contains(&name))
            }
        };
        is_known.then(|| Self(text.to_owned()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The push service: scheme, host and port.
    pub fn service(&self) -> String {
        web_origin(&self.0).unwrap_or_default()
    }

    /// A short name of this address that does not reveal it.
    pub fn digest(&self) -> String {
        digest(&[self.0.as_bytes()])
    }
}

/// The keys that a browser made for its subscription. Only it can decrypt what is encrypted with
/// them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushKeys {
    p256dh: String,
    auth: String,
}

impl PushKeys {
    /// The names of the two fields.
    pub const NAMES: [&str; 2] = ["p256dh", "auth"];

    /// Reads both from base64url. `Err` has the name of the wrong one.
    pub fn parse(p256dh: &str, auth: &str) -> Result<Self, &'static str> {
        let [name_of_key, name_of_auth] = Self::NAMES;
        let key =
            bytes(p256dh).filter(|key| key.len() == PUBLIC_KEY_LEN && key.first() == Some(&4));
        let auth = bytes(auth).filter(|auth| auth.len() == AUTH_LEN);
        Ok(Self {
            p256dh: BASE64URL_NOPAD.encode(&key.ok_or(name_of_key)?),
            auth: BASE64URL_NOPAD.encode(&auth.ok_or(name_of_auth)?),
        })
    }

    /// The browser's public key.
    pub fn public_key(&self) -> Vec<u8> {
        bytes(&self.p256dh).unwrap_or_default()
    }

    /// The browser's secret.
    pub fn auth(&self) -> Vec<u8> {
        bytes(&self.auth).unwrap_or_default()
    }
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text.as_bytes()).or_else(|_| BASE64URL.decode(text.as_bytes())).ok()
}

/// A browser in which an admin gets notifications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct PushSubscription {
    pub admin_id: ActorId,
    pub endpoint: PushEndpoint,
    #[serde(flatten)]
    pub keys: PushKeys,
    /// Whether notifications show what was written.
    pub with_text: bool,
    /// When the browser last confirmed it.
    pub renewed_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_push_services_are_called() {
        for good in [
            "https://fcm.googleapis.com/fcm/send/abc:def-_",
            "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
            "https://db5p.notify.windows.com/w/?token=BQ%3d",
            "https://web.push.apple.com/QAbc",
        ] {
            assert!(PushEndpoint::parse(good, false).is_some(), "{good}");
        }
        for bad in [
            "http://fcm.googleapis.com/fcm/send/x",
            "https://fcm.googleapis.com:443/fcm/send/x",
            "https://fcm.googleapis.com:8443/fcm/send/x",
            "https://fcm.googleapis.com",
            "https://fcm.googleapis.com/x#y",
            "https://FCM.googleapis.com/x",
            "https://fcm.googleapis.com./x",
            "https://a.fcm.googleapis.com/x",
            "https://fcm.googleapis.com.evil.example/x",
            "https://user@fcm.googleapis.com/x",
            "https://evil.example@fcm.googleapis.com/x",
            "https://fcm.googleapis.com@evil.example/x",
            "https://fcm.googleapis.com\\@evil.example/x",
            "https://evil.example/fcm.googleapis.com/x",
            "https://push.apple.com/x",
            "https://evilpush.apple.com.example/x",
            "https://notify.windows.com/x",
            "https://169.254.169.254/latest/meta-data",
            "https://127.0.0.1/x",
            "http://127.0.0.1:9100/dev/push/1",
            "https:/fcm.googleapis.com/x",
            "//fcm.googleapis.com/x",
            "",
            "x",
        ] {
            assert_eq!(PushEndpoint::parse(bad, false), None, "{bad}");
        }
        let long = format!("https://fcm.googleapis.com/{}", "x".repeat(MAX_ENDPOINT));
        assert_eq!(PushEndpoint::parse(&long, false), None);
    }

    #[test]
    fn this_machine_is_one_only_where_it_is_allowed() {
        for good in ["http://127.0.0.1:9100/x", "http://localhost:1/x", "http://[::1]:9100/x"] {
            assert!(PushEndpoint::parse(good, true).is_some(), "{good}");
            assert_eq!(PushEndpoint::parse(good, false), None, "{good}");
        }
        for bad in
            ["https://127.0.0.1:9100/x", "http://127.0.0.1.evil.example/x", "http://10.0.0.1/x"]
        {
            assert_eq!(PushEndpoint::parse(bad, true), None, "{bad}");
        }
    }

    #[test]
    fn keys_have_their_lengths() {
        let key = format!("BA{}", "A".repeat(85));
        let auth = "A".repeat(22);
        assert!(PushKeys::parse(&key, &auth).is_ok());
        assert_eq!(PushKeys::parse(&key[1..], &auth), Err("p256dh"));
        assert_eq!(PushKeys::parse(&"A".repeat(87), &auth), Err("p256dh"));
        assert_eq!(PushKeys::parse(&key, "AAAA"), Err("auth"));
        assert_eq!(PushKeys::parse(&key, "~"), Err("auth"));
        let padded = PushKeys::parse(&format!("{key}="), &format!("{auth}==")).expect("keys");
        assert_eq!(padded, PushKeys::parse(&key, &auth).expect("keys"));
    }
}
