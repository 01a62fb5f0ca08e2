//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use lexopt::prelude::*;
use local::operate::{Subject, Tables, Task};
use local::{Data, Options, SocketLimits};

const DEFAULT_PORT: u16 = 9100;
const DEFAULT_FOLDER: &str = ".chat";
pub(super) const USAGE: &str = "\
Usage: local [--port N] [--data DIR | --memory] [--demo] [--socket-idle S] [--socket-life S]
         the whole system on this machine

  --port N      listen on 127.0.0.1:N (default 9100)
  --data DIR    keep the data in DIR, and start empty (default: .chat, with a small demo shop)
  --memory      keep the data in memory, and start empty
  --demo        start with the small demo shop in any case
  --socket-idle S, --socket-life S
                close sockets after S idle seconds (600), and after S seconds in total (7200)

       local doctor --url URL [--origin ORIGIN]
         use a deployment as a customer and an admin would, and report what fails
         environment: JWT_SECRET, or CUSTOMER_TOKEN and ADMIN_TOKEN

       local export ID [--staff] TABLES          print a person's data as JSON
       local erase ID [--staff] [--yes] TABLES   erase a person's data
       local mail-again ADDRESS TABLES           send mail again to an address that bounced
                                                 or complained
       local repair [--files-bucket NAME] TABLES update unread totals and search words, and
                                                 compare the bucket with the files
       local restore --from TABLE [--yes] TABLES copy missing items, while the chat is off

  TABLES        --chat-table NAME --ephemeral-table NAME, the stack's outputs
                environment: AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
                AWS_SESSION_TOKEN

See docs/operations.md.
";

pub(super) enum Command {
    Help,
    Serve(Options),
    Doctor { url: String, origin: Option<String> },
    Tables(Task, Tables),
}

/// The options as given, before it is known which command they belong to.
#[derive(Default)]
struct Given {
    words: Vec<String>,
    port: Option<u16>,
    data: Option<Data>,
    is_demo: bool,
    socket_limits: SocketLimits,
    url: Option<String>,
    origin: Option<String>,
    tables: Tables,
    from: Option<String>,
    is_staff: bool,
    is_confirmed: bool,
}

pub(super) fn parse() -> anyhow::Result<Command> {
    let mut given = Given::default();
    let mut arguments = lexopt::Parser::from_env();
    let seconds = |value: std::ffi::OsString| anyhow::Ok(Duration::from_secs(value.parse()?));
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("port") => given.port = Some(arguments.value()?.parse()?),
            Long("data") => given.data = Some(Data::Folder(PathBuf::from(arguments.value()?))),
            Long("memory") => given.data = Some(Data::Memory),
            Long("socket-idle") => given.socket_limits.idle = seconds(arguments.value()?)?,
            Long("socket-life") => given.socket_limits.life = seconds(arguments.value()?)?,
            Long("demo") => given.is_demo = true,
            Long("url") => {
                let url = arguments.value()?.string()?;
                given.url = Some(url.trim_end_matches('/').to_owned());
            }
            Long("origin") => given.origin = Some(arguments.value()?.string()?),
            Long("chat-table") => given.tables.chat = Some(arguments.value()?.string()?),
            Long("ephemeral-table") => given.tables.ephemeral = Some(arguments.value()?.string()?),
            Long("files-bucket") => given.tables.files = Some(arguments.value()?.string()?),
            Long("from") => given.from = Some(arguments.value()?.string()?),
            Long("staff") => given.is_staff = true,
            Long("yes") => given.is_confirmed = true,
            Long("help") | Short('h') => return Ok(Command::Help),
            Value(word) => given.words.push(word.string()?),
            _ => return Err(argument.unexpected().into()),
        }
    }
    given.command()
}

impl Given {
    fn command(mut self) -> anyhow::Result<Command> {
        let words = std::mem::take(&mut self.words);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let task = match words.as_slice() {
            [] => return Ok(Command::Serve(self.options())),
            ["doctor"] => {
                let url = self.url.context("--url is needed: the stack's output ApiUrl")?;
                return Ok(Command::Doctor { url, origin: self.origin });
            }
            ["export", id] => Task::Export(self.subject(id)?),
            ["erase", id] => Task::Erase(self.subject(id)?, self.is_confirmed),
            ["mail-again", address] => Task::MailAgain(
                domain::EmailAddress::parse(address)
                    .with_context(|| format!("{address:?} is no e-mail address"))?,
            ),
            ["repair"] => Task::Repair,
            ["restore"] => Task::Restore(
                self.from.context("--from is needed: the table to read")?,
                self.is_confirmed,
            ),
            _ => anyhow::bail!("there is no such command: local --help"),
        };
        Ok(Command::Tables(task, self.tables))
    }

    fn options(self) -> Options {
        Options {
            port: self.port.unwrap_or(DEFAULT_PORT),
            demo: self.is_demo || self.data.is_none(),
            data: self.data.unwrap_or_else(|| Data::Folder(PathBuf::from(DEFAULT_FOLDER))),
            socket_limits: self.socket_limits,
            ..Options::in_memory()
        }
    }

    /// The person of `export` and `erase`, which need both tables.
    fn subject(&self, id: &str) -> anyhow::Result<Subject> {
        self.tables
            .ephemeral
            .as_ref()
            .context("--ephemeral-table is needed: the stack's output EphemeralTableName")?;
        Subject::parse(id, self.is_staff)
    }
}
