//! What an operator does with a deployment, from their own machine and with their own rights:
//! `docs/operations.md`.

pub mod doctor;

use anyhow::{Context as _, bail, ensure};
use app::unsubscribe::digest_of_address;
use app::{Clock, Config};
use domain::{ActorId, EmailAddress};
use store::{Erased, Store};

use crate::environment;

/// The tables that a command works on.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// The chat table: the stack's output `ChatTableName`.
    pub chat: Option<String>,
    /// The table of what expires: the stack's output `EphemeralTableName`.
    pub ephemeral: Option<String>,
}

/// What to do with the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Write out everything that is kept about somebody.
    Export(Subject),
    /// Remove it; without the confirmation say what would be removed.
    Erase(Subject, bool),
    /// Send mail again to an address that bounced or complained.
    MailAgain(EmailAddress),
    /// Bring sums and search words up to date.
    Repair,
    /// Bring back what is missing, from another table; only with the confirmation that nobody
    /// writes meanwhile.
    Restore(String, bool),
}

/// Whose data it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Their id.
    pub id: ActorId,
    /// Whether they are of the staff.
    pub is_staff: bool,
}

impl Subject {
    /// Medusa's ids say who is of the staff; other ids need to be told.
    pub fn parse(id: &str, is_staff: bool) -> anyhow::Result<Self> {
        let is_staff = is_staff || id.starts_with("user_");
        Ok(Self { id: ActorId::parse(id).with_context(|| format!("{id:?} is no id"))?, is_staff })
    }
}

/// Does it, and answers what there is to say.
pub async fn run(task: Task, store: &Store) -> anyhow::Result<String> {
    match task {
        Task::Export(Subject { id, is_staff }) => {
            Ok(serde_json::to_string_pretty(&store.export(&id, is_staff).await?)?)
        }
        Task::Erase(Subject { id, is_staff }, false) => {
            let kept = store.export(&id, is_staff).await?;
            let count = |name: &str| kept[name].as_array().map_or(0, Vec::len);
            let profile = if kept["profile"].is_null() { "no profile" } else { "a profile" };
            let what = format!(
                "{profile}, {} conversations, {} guests they have been",
                count("conversations"),
                count("guests")
            );
            bail!("{id} has {what}. With --yes they are gone for good.")
        }
        Task::Erase(Subject { id, is_staff }, true) => {
            let Erased { channels, items, left } = store.erase(&id, is_staff).await?;
            let list = left.join("\n  ");
            ensure!(
                left.is_empty(),
                "{id} is still named: do it again, for somebody may have written meanwhile. Is this somebody of the staff? Then --staff.\n  {list}"
            );
            Ok(format!(
                "{id} is erased: {channels} conversations, {items} items in all. Both tables were read: nothing names them."
            ))
        }
        Task::MailAgain(address) => {
            store.lift_suppression(&digest_of_address(&address), Clock::default().now()).await?;
            Ok("Mail goes to this address again, unless the person unsubscribed: that is undone on the page of the link.".to_owned())
        }
        Task::Repair => {
            let repaired = store.repair().await?;
            let channels = repaired.channels;
            ensure!(
                !repaired.is_uncertain,
                "{channels} channels are up to date, but too much was written to compare the sums: try again at a quiet hour"
            );
            Ok(format!(
                "{channels} channels are up to date; {} sums were corrected.",
                repaired.sums
            ))
        }
        Task::Restore(_, false) => {
            bail!(
                "Nobody may write meanwhile: deploy ChatEnabled=false, wait a minute, and say --yes."
            )
        }
        Task::Restore(from, true) => {
            let restored = store.restore(&from).await?;
            let (items, kept) = (restored.items, restored.kept);
            let channels = restored.channels_kept;
            Ok(format!(
                "{items} items are back; {kept} were there, among them {channels} channels as a whole. Now `repair`."
            ))
        }
    }
}

/// The tables, by region and credentials of the environment.
pub fn open(tables: &Tables) -> anyhow::Result<Store> {
    let chat = tables
        .chat
        .as_deref()
        .context("--chat-table is needed: the stack's output ChatTableName")?;
    let config = Config::read(|name| match name {
        "CHAT_TABLE" => Some(chat.to_owned()),
        "EPHEMERAL_TABLE" => Some(tables.ephemeral.as_deref().unwrap_or("-").to_owned()),
        "SOCKETS_URL" | "SOCKETS_ENDPOINT" => Some("https://unused.invalid".to_owned()),
        "AWS_REGION" => environment("AWS_REGION").or_else(|| environment("AWS_DEFAULT_REGION")),
        name if name.starts_with("AWS_") => environment(name),
        _ => None,
    })?;
    let sdk = config.aws.sdk(config.aws.endpoints.dynamodb.as_deref(), app::aws::UPKEEP);
    Ok(Store::new(aws_sdk_dynamodb::Client::new(&sdk), config.layout))
}
