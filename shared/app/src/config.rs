//! Configuration: every variable that a function reads, once, at start. A wrong one fails the start
//! and names itself.

use domain::{
    ActorId, ChannelHash, EmailAddress, MAX_NAME, MediaType, OpensLimit, RenamesLimit, SendLimit,
    one_line,
};
use secrecy::SecretString;
use store::{Layout, MAX_OWN_CHANNELS};
use templates::Language;

use crate::aws::{Aws, Endpoints};
use crate::guest_links::CHAT_HASH;
use crate::origins::{AllowedOrigin, OriginError, page_origins};
use crate::unsubscribe::digest_of_address;

/// A function's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// `CHAT_V1_ENABLED`: off when exactly `false`, on otherwise.
    pub enabled: bool,
    /// `CHAT_TABLE`, `EPHEMERAL_TABLE`, `ACTIVITY_SHARDS` (1).
    pub layout: Layout,
    /// How Medusa's tokens are checked.
    pub token_key: TokenKey,
    /// `MASTER_KEY_PARAMETER`: the parameter of SSM from which our own keys are derived; only in
    /// functions that need one.
    pub master_key_parameter: Option<String>,
    /// `ALLOWED_ORIGINS`: exact origins and `/expressions/flags` over them, separated by commas.
    pub allowed_origins: Vec<AllowedOrigin>,
    /// `PUBLIC_URL`: where browsers reach this API; its origin is allowed too.
    pub public_url: Option<String>,
    /// `SOCKETS_URL`: where browsers open WebSockets, `wss://…`.
    pub sockets_url: String,
    /// `DEFAULT_ADMIN_KEY` (`admin`): the admin of a customer's channel that names none.
    pub default_admin: ActorId,
    /// `STORE_SENDS_PER_MINUTE` (20), `STORE_SEND_BURST` (10): messages, edits and deletes of the
    /// store side, per channel.
    pub send_limit: SendLimit,
    /// `GUEST_OPENS_PER_HOUR` (5), `STORE_CHANNELS_MAX` (20): channels that a guest may open.
    pub guest_opens: OpensLimit,
    /// `CUSTOMER_OPENS_PER_HOUR` (20), `STORE_CHANNELS_MAX` (20): channels that a customer may
    /// open.
    pub customer_opens: OpensLimit,
    /// `GUEST_RENAMES_PER_HOUR` (5): changes of a guest's profile.
    pub guest_renames: RenamesLimit,
    /// `CHANNELS_HELD_MAX` (200, at most 1,000): channels that belong to one customer or guest,
    /// also those that an admin opened.
    pub channels_held: u32,
    /// `GUESTS_PER_HOUR` (300): new guests from one source address; offices share one.
    pub guests_per_hour: u32,
    /// `EMBED_ORIGINS`, else the origin of `MEDUSA_URL`: the origins of pages that may embed the
    /// inbox and hand it a token.
    pub embed_origins: Vec<String>,
    /// `METRICS_NAMESPACE`: the namespace of the metrics; without one there are none.
    pub metrics_namespace: Option<String>,
    /// Mail.
    pub mail: MailConfig,
    /// `INBOUND_DOMAIN`: the domain that receives replies; without one mails have no reply address.
    pub inbound_domain: Option<String>,
    /// Other systems.
    pub outside: OutsideConfig,
    /// Files.
    pub files: FilesConfig,
    /// How the AWS SDK reaches AWS.
    pub aws: Aws,
}

/// Mail: its sender, its links, its words.
#[derive(Clone, Debug)]
pub struct MailConfig {
    /// `MAIL_FROM`: the address that sends; without one we send no mail.
    pub from: Option<EmailAddress>,
    /// `SHOP_NAME` (`Shop`): what the shop is called in mails.
    pub shop: String,
    /// `INBOX_ADDRESS`: where notices of messages to the shop's default key go.
    pub inbox: Option<EmailAddress>,
    /// `INBOX_MAILS_PER_HOUR` (20): mails to that address; one more mail counts the other
    /// conversations.
    pub inbox_per_hour: u32,
    /// `CHAT_GUEST_MAIL`: whether guests who left an address are mailed; not when exactly `false`.
    pub to_guests: bool,
    /// `MAIL_LANGUAGE` (`en`): the language of mails and of the unsubscribe page.
    pub language: Language,
    /// `TIME_ZONE`: the zone of the times in mails, such as `Europe/Berlin`; without one, UTC.
    pub time_zone: Option<String>,
    /// `MAILS_PER_SECOND` (1): below what SES lets the account send.
    pub per_second: u32,
    /// `SES_CONFIGURATION_SET`: reports bounces and complaints.
    pub configuration_set: Option<String>,
    /// Where customers find the chat: `STOREFRONT_URL`, else the first plain origin of
    /// `ALLOWED_ORIGINS`, with the hash that opens the panel.
    pub storefront_url: String,
    /// `ADMIN_URL`, else `/app/chat` below `PUBLIC_URL`: where staff finds it.
    pub admin_url: String,
}

/// Files that people send.
#[derive(Clone, Debug)]
pub struct FilesConfig {
    /// `FILES_BUCKET`: the bucket of S3 that holds them; only in functions that call S3.
    pub bucket: Option<String>,
    /// `FILES_ORIGIN`: the origin of the bucket, which the inbox's policy allows; only in `web`.
    pub origin: Option<String>,
    /// `FILE_MAX_BYTES` (10,485,760): the largest file, in bytes.
    pub max_bytes: u64,
    /// `FILES_PER_MESSAGE` (5): most files of a message.
    pub per_message: u32,
    /// `FILE_TYPES` (all that are known), separated by commas: the types of files that are
    /// accepted.
    pub types: Vec<MediaType>,
    /// `STORE_FILES_PER_HOUR` (20): uploads of the store side, per person.
    pub store_per_hour: u32,
}

/// What is published to other systems, and asked of them.
#[derive(Clone, Debug)]
pub struct OutsideConfig {
    /// `EVENT_BUS`: the bus for changes; without one nothing is published.
    pub bus: Option<String>,
    /// `EVENT_QUEUE`: the URL of the queue for events that the bus refused.
    pub event_queue: Option<String>,
    /// `SCHEDULE_GROUP`, `SCHEDULE_ROLE`, `NOTICE_FUNCTION`, `RELAY_FUNCTION`: how a mail or
    /// a retry is scheduled; without them there are none. `SCHEDULE_FAILURES`: the queue of calls
    /// that could not be delivered.
    pub schedules: Option<ScheduleConfig>,
    /// `MEDUSA_URL`: the Medusa server that knows who people are.
    pub medusa_url: Option<String>,
    /// `MEDUSA_API_KEY_PARAMETER`: the parameter of SSM that holds a secret API key of it.
    pub medusa_key_parameter: Option<String>,
    /// `ALLOW_LOCAL_PUSH_SERVICES`: whether browsers may subscribe at a push service of this
    /// machine, beside the known ones. Only in the local system.
    pub local_push_services: bool,
}

/// Where one-time schedules are, and what they call.
#[derive(Clone, Debug)]
pub struct ScheduleConfig {
    /// The group's name.
    pub group: String,
    /// The role in which Scheduler calls.
    pub role: String,
    /// The function that sends notices, by its ARN.
    pub notice: String,
    /// The function that publishes events, by its ARN.
    pub relay: String,
    /// The queue of calls that could not be delivered, by its ARN; without one they are lost.
    pub failures: Option<String>,
}

/// The key that Medusa's tokens are checked with, and thereby the algorithm: a token never chooses
/// it.
#[derive(Clone, Debug)]
pub enum TokenKey {
    /// A secret: HS256.
    Secret {
        /// `JWT_SECRET_PARAMETER`: the parameter of SSM that holds it; only in functions that check
        /// tokens.
        parameter: Option<String>,
        /// `ALLOW_INSECURE_JWT_SECRET`: whether a short or well-known one is accepted.
        insecure: bool,
    },
    /// `JWT_PUBLIC_KEY`, a PEM, which wins over a secret: RS256 for an RSA key, ES256 for an
    /// elliptic one.
    PublicKey(String),
}

/// A variable that is missing or wrong.
#[derive(Debug, thiserror::Error)]
#[error("{variable} {problem}")]
pub struct ConfigError {
    variable: &'static str,
    problem: String,
}

/// Most mails an hour to the shop's inbox: each is a row that every such mail reads.
const MAX_INBOX_MAILS: u32 = 1_000;

/// The largest file that any shop may accept, in bytes: a function reads a text whole to check it.
const MOST_FILE_BYTES: u32 = 50 * 1024 * 1024;
/// Most files of a message in any shop: each is an action of the message's transaction.
const MOST_FILES: u32 = 20;

impl Config {
    /// Reads the process's environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that reads the environment"
        )]
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads the variables through `get`. An empty variable counts as absent, except the flag.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let vars = Variables(&get);
        let ever = vars.count("STORE_CHANNELS_MAX", 20)?;
        let allowed_origins = match vars.value("ALLOWED_ORIGINS") {
            None => Vec::new(),
            Some(list) => AllowedOrigin::parse_list(&list).map_err(refused("ALLOWED_ORIGINS"))?,
        };
        let public_url = vars.value("PUBLIC_URL").map(|url| url.trim_end_matches('/').to_owned());
        let mail = MailConfig::read(&vars, &allowed_origins, public_url.as_deref())?;
        let outside = OutsideConfig::read(&vars)?;
        let embed_origins = match vars.value("EMBED_ORIGINS") {
            None => outside.medusa_url.iter().map(|url| origin_of(url).to_owned()).collect(),
            Some(list) => page_origins(&list).map_err(refused("EMBED_ORIGINS"))?,
        };
        let default_admin = vars.value("DEFAULT_ADMIN_KEY").unwrap_or_else(|| "admin".to_owned());
        Ok(Self {
            enabled: get("CHAT_V1_ENABLED").as_deref() != Some("false"),
            layout: Layout {
                chat_table: vars.required("CHAT_TABLE")?,
                ephemeral_table: vars.required("EPHEMERAL_TABLE")?,
                activity_shards: vars.count("ACTIVITY_SHARDS", 1)?.max(1),
            },
            token_key: match vars.value("JWT_PUBLIC_KEY") {
                Some(pem) => TokenKey::PublicKey(pem),
                None => TokenKey::Secret {
                    parameter: vars.value("JWT_SECRET_PARAMETER"),
                    insecure: vars.value("ALLOW_INSECURE_JWT_SECRET").as_deref() == Some("true"),
                },
            },
            master_key_parameter: vars.value("MASTER_KEY_PARAMETER"),
            sockets_url: vars.required("SOCKETS_URL")?,
            default_admin: ActorId::parse(&default_admin)
                .ok_or_else(|| wrong("DEFAULT_ADMIN_KEY", "must match [A-Za-z0-9_-]{1,128}"))?,
            send_limit: SendLimit {
                per_minute: vars.count("STORE_SENDS_PER_MINUTE", 20)?,
                burst: vars.count("STORE_SEND_BURST", 10)?,
            },
            guest_opens: OpensLimit { per_hour: vars.count("GUEST_OPENS_PER_HOUR", 5)?, ever },
            customer_opens: OpensLimit {
                per_hour: vars.count("CUSTOMER_OPENS_PER_HOUR", 20)?,
                ever,
            },
            guest_renames: RenamesLimit { per_hour: vars.count("GUEST_RENAMES_PER_HOUR", 5)? },
            channels_held: match vars.count("CHANNELS_HELD_MAX", 200)? {
                most @ 1..=MAX_OWN_CHANNELS => most,
                _ => return Err(wrong("CHANNELS_HELD_MAX", "must be a number from 1 to 1000")),
            },
            guests_per_hour: vars.count("GUESTS_PER_HOUR", 300)?,
            metrics_namespace: vars.value("METRICS_NAMESPACE"),
            mail,
            inbound_domain: vars.domain("INBOUND_DOMAIN")?,
            outside,
            files: FilesConfig::read(&vars)?,
            embed_origins,
            allowed_origins,
            public_url,
            aws: Aws {
                region: vars.required("AWS_REGION")?,
                access_key_id: vars.required("AWS_ACCESS_KEY_ID")?,
                secret_access_key: vars.required("AWS_SECRET_ACCESS_KEY")?.into(),
                session_token: vars.value("AWS_SESSION_TOKEN").map(SecretString::from),
                sockets_endpoint: vars.required("SOCKETS_ENDPOINT")?,
                endpoints: Endpoints {
                    dynamodb: vars.endpoint("DYNAMODB"),
                    ses: vars.endpoint("SES"),
                    eventbridge: vars.endpoint("EVENTBRIDGE"),
                    scheduler: vars.endpoint("SCHEDULER"),
                    sqs: vars.endpoint("SQS"),
                    ssm: vars.endpoint("SSM"),
                    s3: vars.endpoint("S3"),
                },
                http_client: None,
                longest_pause: None,
            },
        })
    }

    /// Whether mails are sent: by us, or by another system that reads the bus.
    pub fn sends_mails(&self) -> bool {
        self.enabled && (self.mail.from.is_some() || self.outside.bus.is_some())
    }

    /// Whether guests at this address are mailed: never our own addresses, whose mails would come
    /// back.
    pub fn mails_guests_at(&self, address: &EmailAddress) -> bool {
        let is = |own: &Option<EmailAddress>| {
            own.as_ref().is_some_and(|own| digest_of_address(own) == digest_of_address(address))
        };
        let domain = address.as_str().rsplit('@').next().unwrap_or_default();
        let inbound = self.inbound_domain.as_deref();
        let is_inbound = inbound.is_some_and(|own| own.eq_ignore_ascii_case(domain));
        self.mail.to_guests && !is_inbound && !is(&self.mail.from) && !is(&self.mail.inbox)
    }

    /// Whether a browser page of this origin may read our responses.
    pub fn allows_origin(&self, origin: &str) -> bool {
        let own = self.public_url.as_deref().is_some_and(|url| origin_of(url) == origin);
        own || self.allowed_origins.iter().any(|allowed| allowed.allows(origin))
    }

    /// The origins that may read our responses, if each is exact: other systems know no patterns.
    pub fn exact_origins(&self) -> Option<Vec<&str>> {
        let own = self.public_url.as_deref().map(|url| Some(origin_of(url)));
        let allowed = self.allowed_origins.iter().map(|allowed| match allowed {
            AllowedOrigin::Exact(origin) => Some(origin.as_str()),
            AllowedOrigin::Matching(_) => None,
        });
        own.into_iter().chain(allowed).collect()
    }

    /// Settings that are valid, but probably a mistake.
    pub fn warnings(&self) -> Vec<String> {
        let of_origins = self.allowed_origins.iter().filter_map(AllowedOrigin::warning);
        of_origins.map(|warning| format!("ALLOWED_ORIGINS: {warning}")).collect()
    }
}

/// The environment, read by name.
struct Variables<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Variables<'_> {
    fn value(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.trim().is_empty())
    }

    fn required(&self, name: &'static str) -> Result<String, ConfigError> {
        self.value(name).ok_or_else(|| wrong(name, "is required"))
    }

    fn count(&self, name: &'static str, default: u32) -> Result<u32, ConfigError> {
        match self.value(name) {
            None => Ok(default),
            Some(text) => text.trim().parse().map_err(|_| wrong(name, "must be a whole number")),
        }
    }

    fn address(&self, name: &'static str) -> Result<Option<EmailAddress>, ConfigError> {
        match self.value(name) {
            None => Ok(None),
            Some(text) => EmailAddress::parse(text.trim())
                .map(Some)
                .ok_or_else(|| wrong(name, "must be an e-mail address")),
        }
    }

    /// A domain, in lower case.
    fn domain(&self, name: &'static str) -> Result<Option<String>, ConfigError> {
        let Some(text) = self.value(name) else { return Ok(None) };
        // A domain is what an address may have after its `@`, beside the longest local part.
        let address = EmailAddress::parse(&format!("{}@{}", "r".repeat(64), text.trim()));
        let address = address.ok_or_else(|| wrong(name, "must be a domain"))?;
        let domain = address.as_str().rsplit('@').next().unwrap_or_default();
        Ok(Some(domain.to_ascii_lowercase()))
    }

    fn endpoint(&self, service: &str) -> Option<String> {
        self.value(&format!("AWS_ENDPOINT_URL_{service}"))
            .or_else(|| self.value("AWS_ENDPOINT_URL"))
    }
}

impl MailConfig {
    fn read(
        vars: &Variables<'_>,
        allowed_origins: &[AllowedOrigin],
        public_url: Option<&str>,
    ) -> Result<Self, ConfigError> {
        let language = vars.value("MAIL_LANGUAGE").unwrap_or_else(|| "en".to_owned());
        Ok(Self {
            from: vars.address("MAIL_FROM")?,
            shop: one_line(&vars.value("SHOP_NAME").unwrap_or_else(|| "Shop".to_owned()), MAX_NAME),
            inbox: vars.address("INBOX_ADDRESS")?,
            inbox_per_hour: vars.count("INBOX_MAILS_PER_HOUR", 20)?.clamp(1, MAX_INBOX_MAILS),
            to_guests: vars.value("CHAT_GUEST_MAIL").as_deref() != Some("false"),
            language: Language::parse(&language).ok_or_else(|| {
                wrong("MAIL_LANGUAGE", "must be en, de, fr, es, it, nl, pt, pl, ja or ar")
            })?,
            time_zone: vars.value("TIME_ZONE"),
            per_second: vars.count("MAILS_PER_SECOND", 1)?.max(1),
            configuration_set: vars.value("SES_CONFIGURATION_SET"),
            storefront_url: with_hash(
                &vars.value("STOREFRONT_URL").unwrap_or_else(|| first_plain(allowed_origins)),
                CHAT_HASH,
            ),
            admin_url: vars
                .value("ADMIN_URL")
                .unwrap_or_else(|| format!("{}/app/chat", public_url.unwrap_or_default())),
        })
    }

    /// Where staff finds a conversation: the inbox reads its channel hash from the address.
    pub fn conversation_url(&self, channel: &ChannelHash) -> String {
        with_hash(&self.admin_url, &channel.as_str().replace(':', "%3A"))
    }
}

/// A URL with this hash instead of its own.
fn with_hash(url: &str, hash: &str) -> String {
    format!("{}#{hash}", url.split('#').next().unwrap_or_default())
}

impl FilesConfig {
    fn read(vars: &Variables<'_>) -> Result<Self, ConfigError> {
        let types = match vars.value("FILE_TYPES") {
            None => MediaType::ALL.to_vec(),
            Some(list) => list
                .split(',')
                .map(|name| {
                    let name = name.trim();
                    MediaType::parse(name).ok_or_else(|| {
                        let known = MediaType::ALL.map(MediaType::as_str).join(", ");
                        wrong("FILE_TYPES", &format!("has `{name}` (known: {known})"))
                    })
                })
                .collect::<Result<_, _>>()?,
        };
        Ok(Self {
            bucket: vars.value("FILES_BUCKET"),
            origin: vars.value("FILES_ORIGIN"),
            max_bytes: match vars.count("FILE_MAX_BYTES", 10 * 1024 * 1024)? {
                most @ 1..=MOST_FILE_BYTES => most.into(),
                _ => return Err(wrong("FILE_MAX_BYTES", "must be a number from 1 to 52428800")),
            },
            per_message: match vars.count("FILES_PER_MESSAGE", 5)? {
                most @ 1..=MOST_FILES => most,
                _ => return Err(wrong("FILES_PER_MESSAGE", "must be a number from 1 to 20")),
            },
            types,
            store_per_hour: vars.count("STORE_FILES_PER_HOUR", 20)?,
        })
    }
}

impl OutsideConfig {
    fn read(vars: &Variables<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            bus: vars.value("EVENT_BUS"),
            event_queue: vars.value("EVENT_QUEUE"),
            schedules: match (
                vars.value("SCHEDULE_GROUP"),
                vars.value("SCHEDULE_ROLE"),
                vars.value("NOTICE_FUNCTION"),
                vars.value("RELAY_FUNCTION"),
            ) {
                (Some(group), Some(role), Some(notice), Some(relay)) => {
                    let failures = vars.value("SCHEDULE_FAILURES");
                    Some(ScheduleConfig { group, role, notice, relay, failures })
                }
                _ => None,
            },
            medusa_url: match vars.value("MEDUSA_URL") {
                None => None,
                Some(url) => Some(
                    plain_url(&url)
                        .ok_or_else(|| wrong("MEDUSA_URL", "must be an http or https URL"))?,
                ),
            },
            medusa_key_parameter: vars.value("MEDUSA_API_KEY_PARAMETER"),
            local_push_services: vars.value("ALLOW_LOCAL_PUSH_SERVICES").as_deref() == Some("true"),
        })
    }
}

/// The first exact origin.
fn first_plain(origins: &[AllowedOrigin]) -> String {
    let plain = origins.iter().find_map(|origin| {
        if let AllowedOrigin::Exact(origin) = origin { Some(origin.clone()) } else { None }
    });
    plain.unwrap_or_default()
}

/// An http or https URL without its last slash. It is shown in a content security policy, so it has
/// no character that would begin something else there.
fn plain_url(url: &str) -> Option<String> {
    let url = url.trim().trim_end_matches('/');
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let is_plain = |c: char| {
        c.is_ascii_graphic() && !matches!(c, ';' | ',' | '"' | '\'' | '<' | '>' | '@' | '?' | '#')
    };
    (!rest.is_empty() && !rest.starts_with('/') && rest.chars().all(is_plain))
        .then(|| url.to_owned())
}

/// Scheme and authority of a URL.
pub fn origin_of(url: &str) -> &str {
    let authority = url.find("://").map_or(0, |at| at + 3);
    let end =
        url.get(authority..).and_then(|rest| rest.find('/')).map_or(url.len(), |at| authority + at);
    url.get(..end).unwrap_or(url)
}

fn refused(variable: &'static str) -> impl Fn(OriginError) -> ConfigError {
    move |error| wrong(variable, &error.to_string())
}

fn wrong(variable: &'static str, problem: &str) -> ConfigError {
    ConfigError { variable, problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn read(changes: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let mut vars = HashMap::from([
            ("CHAT_TABLE", "chat"),
            ("EPHEMERAL_TABLE", "ephemeral"),
            ("SOCKETS_URL", "wss://sockets.example/v1"),
            ("SOCKETS_ENDPOINT", "https://sockets.example/v1"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "key"),
        ]);
        vars.extend(changes.iter().copied());
        Config::read(|name| vars.get(name).map(|value| (*value).to_owned()))
    }

    #[test]
    fn the_url_of_medusa_is_one() {
        for good in
            ["https://medusa.example", "http://localhost:9000/", "https://medusa.example/store"]
        {
            let config = read(&[("MEDUSA_URL", good)]).expect("config");
            assert_eq!(config.outside.medusa_url.as_deref(), Some(good.trim_end_matches('/')));
        }
        for bad in [
            "medusa.example",
            "https://m.example; script-src *",
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "https://a@b",
        ] {
            assert!(read(&[("MEDUSA_URL", bad)]).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_false_switches_the_chat_off() {
        assert!(!read(&[("CHAT_V1_ENABLED", "false")]).expect("config").enabled);
        for on in ["true", "False", "0", "no", "", " false"] {
            assert!(read(&[("CHAT_V1_ENABLED", on)]).expect("config").enabled, "{on:?}");
        }
    }

    #[test]
    fn origins_are_exact_or_patterns() {
        let config = read(&[
            ("ALLOWED_ORIGINS", "https://shop.example, /^https:\\/\\/[a-z]+\\.preview\\.example$/"),
            ("PUBLIC_URL", "https://chat.example/v1/"),
        ])
        .expect("config");
        for good in ["https://shop.example", "https://abc.preview.example", "https://chat.example"]
        {
            assert!(config.allows_origin(good), "{good}");
        }
        for bad in [
            "http://shop.example",
            "https://shop.example.evil",
            "https://shop.example:8443",
            "null",
            "",
            "https://preview.example",
        ] {
            assert!(!config.allows_origin(bad), "{bad}");
        }
        for (list, problem) in [
            (
                "*",
                "ALLOWED_ORIGINS has the entry `*`, which would let every page read the \
                 chat: list origins",
            ),
            (
                "https://shop.example,/^https://x$/x",
                "ALLOWED_ORIGINS has the entry `/^https://x$/x`, which has the unknown \
                 flag `x` (known: g, i, m, s, u, y)",
            ),
        ] {
            assert_eq!(
                read(&[("ALLOWED_ORIGINS", list)]).expect_err("refused").to_string(),
                problem
            );
        }
        let config = read(&[("ALLOWED_ORIGINS", "/^https://[a-z]{2,4}\\.shop\\.example$/,/shop/")])
            .expect("config");
        assert!(
            config.allows_origin("https://abc.shop.example")
                && !config.allows_origin("https://evil.example")
        );
        let [warning] = config.warnings().try_into().expect("one warning");
        assert!(
            warning.starts_with("ALLOWED_ORIGINS: the entry `/shop/` is not anchored"),
            "{warning}"
        );
    }

    #[test]
    fn the_inbox_is_shown_inside_medusa_or_where_the_list_says() {
        let origins = |changes: &[(&str, &str)]| read(changes).expect("config").embed_origins;
        assert!(origins(&[]).is_empty());
        assert_eq!(
            origins(&[("MEDUSA_URL", "https://medusa.example/base")]),
            ["https://medusa.example"]
        );
        assert_eq!(
            origins(&[("EMBED_ORIGINS", "https://a.example, http://localhost:9000")]),
            ["https://a.example", "http://localhost:9000"]
        );
        for bad in [
            "*",
            "a.example",
            "https://a.example/",
            "https://a.example/x",
            "/^https/",
            "https://a.example; script-src *",
            "https://a.example,,",
        ] {
            assert!(read(&[("EMBED_ORIGINS", bad)]).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_types_whose_content_is_checked_are_accepted() {
        let types = |list: &str| read(&[("FILE_TYPES", list)]).map(|config| config.files.types);
        assert_eq!(types("").expect("config"), MediaType::ALL);
        let two = types("image/png, application/pdf").expect("config");
        assert_eq!(two, [MediaType::Png, MediaType::Pdf]);
        for bad in ["text/html", "image/svg+xml", "image/*", "image/png,,", "PNG"] {
            assert!(types(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn replies_arrive_at_a_domain() {
        let domain = |text: &str| read(&[("INBOUND_DOMAIN", text)]).map(|it| it.inbound_domain);
        assert_eq!(domain("").expect("config"), None);
        assert_eq!(
            domain("Reply.Shop.example ").expect("config"),
            Some("reply.shop.example".into())
        );
        for bad in ["@shop.example", "shop..example", "https://shop.example", "a b"] {
            assert!(domain(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_wrong_variable_names_itself() {
        assert_eq!(
            read(&[("CHAT_TABLE", "")]).expect_err("refused").to_string(),
            "CHAT_TABLE is required"
        );
        let error = read(&[("STORE_SEND_BURST", "ten")]).expect_err("refused").to_string();
        assert_eq!(error, "STORE_SEND_BURST must be a whole number");
        let config = read(&[("AWS_SECRET_ACCESS_KEY", "0123456789abcdef")]).expect("config");
        assert!(!format!("{config:?}").contains("0123456789abcdef"), "debug output shows a secret");
    }
}
