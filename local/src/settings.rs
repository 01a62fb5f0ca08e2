//! Configuration of the local system: every variable that a deployed function reads from Lambda's
//! environment, and the secrets that it reads from SSM.

use std::collections::HashMap;

use app::Config;

use crate::dev::parameters::{self, Parameters};
use crate::dev::{medusa, queue, s3};

/// Medusa's default secret, with which an unchanged development server signs its tokens. For this
/// machine only.
pub const JWT_SECRET: &str = "supersecret";
/// The master key of the demo. For this machine only.
const MASTER_KEY: &str = "for this machine only, and for nothing else";

/// The ARN under which schedules invoke `relay`.
pub(crate) const RELAY_ARN: &str = "arn:aws:lambda:local-1:000000000000:function:relay";

/// The environment of a function that runs against this system: where its tables and endpoints
/// are.
pub fn variables(url: &str, database: &str) -> Vec<(&'static str, String)> {
    let to = |path: &str| format!("{url}{path}");
    vec![
        ("CHAT_TABLE", "chat".to_owned()),
        ("EPHEMERAL_TABLE", "ephemeral".to_owned()),
        ("PUBLIC_URL", url.to_owned()),
        ("SOCKETS_URL", to("/ws").replacen("http", "ws", 1)),
        ("SOCKETS_ENDPOINT", url.to_owned()),
        ("AWS_REGION", "local-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", database.to_owned()),
        ("AWS_ENDPOINT_URL_SES", to("/dev/aws/ses")),
        ("AWS_ENDPOINT_URL_EVENTBRIDGE", to("/dev/aws/events")),
        ("AWS_ENDPOINT_URL_SCHEDULER", to("/dev/aws/scheduler")),
        ("AWS_ENDPOINT_URL_SQS", to("/dev/aws/sqs")),
        ("AWS_ENDPOINT_URL_SSM", to("/dev/aws/ssm")),
        ("AWS_ENDPOINT_URL_S3", to("/dev/s3")),
        ("FILES_BUCKET", s3::BUCKET.to_owned()),
        ("EVENT_BUS", "live-chat".to_owned()),
        ("SCHEDULE_GROUP", "live-chat".to_owned()),
        ("SCHEDULE_ROLE", "arn:aws:iam::000000000000:role/local".to_owned()),
        ("SCHEDULE_FAILURES", "arn:aws:sqs:local-1:000000000000:mail-failures".to_owned()),
        ("NOTICE_FUNCTION", "arn:aws:lambda:local-1:000000000000:function:notice".to_owned()),
        ("RELAY_FUNCTION", RELAY_ARN.to_owned()),
        ("EVENT_QUEUE", queue::URL.to_owned()),
        ("JWT_SECRET_PARAMETER", parameters::JWT_SECRET.to_owned()),
        ("MASTER_KEY_PARAMETER", parameters::MASTER_KEY.to_owned()),
        ("MEDUSA_API_KEY_PARAMETER", parameters::MEDUSA_KEY.to_owned()),
        ("ALLOW_LOCAL_PUSH_SERVICES", "true".to_owned()),
    ]
}

/// The URL of the demo Medusa.
pub(crate) fn demo_medusa(url: &str) -> String {
    format!("{url}/dev/medusa")
}

/// The configuration: the caller's settings, else the environment, else defaults for one machine.
pub(crate) fn config(
    settings: &HashMap<String, String>,
    url: &str,
    database: &str,
) -> anyhow::Result<Config> {
    let fixed = variables(url, database);
    let default = [
        // The demo directory, unless the environment names a real Medusa.
        ("MEDUSA_URL", &demo_medusa(url) as &str),
        // The demo desk embeds the inbox, as Medusa's dashboard does.
        ("EMBED_ORIGINS", &format!("{url},http://localhost:9000") as &str),
        ("SHOP_NAME", "The Teapot Shop"),
        ("MAIL_FROM", "chat@shop.example"),
        ("INBOX_ADDRESS", "inbox@shop.example"),
        ("STOREFRONT_URL", url),
        ("INBOUND_DOMAIN", "reply.localhost"),
        // The local outbox has no quota.
        ("MAILS_PER_SECOND", "1000"),
        ("ALLOW_INSECURE_JWT_SECRET", "true"),
        // The default addresses of Medusa's storefront and admin in development.
        (
            "ALLOWED_ORIGINS",
            "http://localhost:8000,http://localhost:9000,http://localhost:5173,\
             http://localhost:7000",
        ),
    ];
    let default = |name: &str| {
        default.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    };
    Ok(Config::read(|name| {
        fixed
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.clone())
            .or_else(|| settings.get(name).cloned())
            .or_else(|| environment(name))
            .or_else(|| default(name))
    })?)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the local server reads what Lambda's environment holds in a deployment"
)]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The secrets, stored as SSM parameters: the caller's settings, else the environment, else the
/// demo's.
pub(crate) fn secrets(settings: &HashMap<String, String>) -> Parameters {
    let parameters = Parameters::default();
    for (parameter, name, demo) in [
        (parameters::JWT_SECRET, "JWT_SECRET", JWT_SECRET),
        (parameters::MASTER_KEY, "MASTER_KEY", MASTER_KEY),
        (parameters::MEDUSA_KEY, "MEDUSA_API_KEY", medusa::API_KEY),
    ] {
        let value = settings
            .get(name)
            .cloned()
            .or_else(|| environment(name).filter(|value| !value.is_empty()))
            .unwrap_or_else(|| demo.to_owned());
        parameters.set(parameter, Some(&value));
    }
    parameters
}
