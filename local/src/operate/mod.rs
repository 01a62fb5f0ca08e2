//! The commands that an operator runs against a deployment, with their own rights:
//! `docs/operations.md`.

pub mod doctor;
mod files;

use anyhow::{Context as _, bail, ensure};
use app::unsubscribe::digest_of_address;
use app::{App, Clock, Config};
use blobs::Blobs;
use domain::{ActorId, EmailAddress};
use store::{Erased, Store};

use crate::settings::environment;

/// The tables of a command.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// The chat table: the stack's output `ChatTableName`.
    pub chat: Option<String>,
    /// The table of expiring items: the stack's output `EphemeralTableName`.
    pub ephemeral: Option<String>,
    /// The bucket of files, for `repair`: the stack's output `FilesBucketName`.
    pub files: Option<String>,
}

/// A command on the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Export a person's data.
    Export(Subject),
    /// Erase a person's data. Without the confirmation it only says what it would erase.
    Erase(Subject, bool),
    /// Send mail again to an address that bounced or complained.
    MailAgain(EmailAddress),
    /// Update totals and search words, and with a bucket compare its bytes with the files.
    Repair,
    /// Copy missing items from another table. It needs the confirmation that the chat is switched
    /// off.
    Restore(String, bool),
}

/// The person of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The id.
    pub id: ActorId,
    /// Whether the person is an admin.
    pub is_staff: bool,
}

impl Subject {
    /// Reads an id. Medusa's ids show whether they are an admin's; other ids need `is_staff`.
    pub fn parse(id: &str, is_staff: bool) -> anyhow::Result<Self> {
        let is_staff = is_staff || id.starts_with("user_");
        Ok(Self { id: ActorId::parse(id).with_context(|| format!("{id:?} is no id"))?, is_staff })
    }
}

/// Runs a command and returns its output.
pub async fn run(task: Task, store: &Store, files: Option<&Blobs>) -> anyhow::Result<String> {
    match task {
        Task::Export(subject) => {
            let data = store.export(&subject.id, subject.is_staff).await?;
            Ok(serde_json::to_string_pretty(&data)?)
        }
        Task::Erase(subject, false) => preview_erasure(store, subject).await,
        Task::Erase(subject, true) => erase(store, subject).await,
        Task::MailAgain(address) => {
            store.lift_suppression(&digest_of_address(&address), Clock::default().now()).await?;
            Ok("Mail goes to this address again, unless the person unsubscribed: only the page of \
                the unsubscribe link undoes that."
                .to_owned())
        }
        Task::Repair => repair(store, files).await,
        Task::Restore(_, false) => bail!(
            "The chat must be off: deploy ChatEnabled=false, wait a minute, and confirm with --yes."
        ),
        Task::Restore(from, true) => {
            let restored = store.restore(&from).await?;
            Ok(format!(
                "{} items restored; {} existed and were kept, {} channels among them as a whole. \
                 Now run `repair`.",
                restored.items, restored.kept, restored.channels_kept
            ))
        }
    }
}

/// Fails with what an erasure would remove.
async fn preview_erasure(
    store: &Store,
    Subject { id, is_staff }: Subject,
) -> anyhow::Result<String> {
    let data = store.export(&id, is_staff).await?;
    let count = |name: &str| data[name].as_array().map_or(0, Vec::len);
    let profile = if data["profile"].is_null() { "no profile" } else { "a profile" };
    bail!(
        "{id} has {profile}, {} conversations and {} guest identities. --yes erases them for good.",
        count("conversations"),
        count("guests")
    )
}

async fn erase(store: &Store, Subject { id, is_staff }: Subject) -> anyhow::Result<String> {
    let Erased { channels, items, left } = store.erase(&id, is_staff).await?;
    ensure!(
        left.is_empty(),
        "{id} is still named, perhaps by a message that was sent meanwhile: run it again. For an \
         admin add --staff.\n  {}",
        left.join("\n  ")
    );
    Ok(format!(
        "{id} is erased: {channels} conversations, {items} items in total. Neither table names \
         this id any more."
    ))
}

async fn repair(store: &Store, files: Option<&Blobs>) -> anyhow::Result<String> {
    let repaired = store.repair().await?;
    let channels = repaired.channels;
    ensure!(
        !repaired.is_uncertain,
        "{channels} channels are up to date, but too many writes came in to compare the sums: run \
         it again at a quiet hour"
    );
    let sums =
        format!("{channels} channels are up to date; {} sums were corrected.", repaired.sums);
    let Some(blobs) = files else { return Ok(sums) };
    let files::Repaired { kept, deleted, lost } = files::repair(store, blobs).await?;
    Ok(format!(
        "{sums} The bytes of {kept} sent files are kept, those of {lost} are missing; {deleted} \
         objects belonged to no file and were deleted."
    ))
}

/// Opens the tables, and the bucket if one is named, with the environment's region and credentials.
pub fn open(tables: &Tables) -> anyhow::Result<(Store, Option<Blobs>)> {
    let chat = tables
        .chat
        .as_deref()
        .context("--chat-table is needed: the stack's output ChatTableName")?;
    let config = Config::read(|name| match name {
        "CHAT_TABLE" => Some(chat.to_owned()),
        "FILES_BUCKET" => tables.files.clone(),
        "EPHEMERAL_TABLE" => Some(tables.ephemeral.as_deref().unwrap_or("-").to_owned()),
        "SOCKETS_URL" | "SOCKETS_ENDPOINT" => Some("https://unused.invalid".to_owned()),
        "AWS_REGION" => environment("AWS_REGION").or_else(|| environment("AWS_DEFAULT_REGION")),
        name if name.starts_with("AWS_") => environment(name),
        _ => None,
    })?;
    let sdk = config.aws.sdk(config.aws.endpoints.dynamodb.as_deref(), app::aws::UPKEEP);
    let store = Store::new(aws_sdk_dynamodb::Client::new(&sdk), config.layout.clone());
    Ok((store, Blobs::of(&App::new(config, Clock::default()))))
}
