//! `cargo run -p local`: the whole system on this machine; and what an operator does with one
//! elsewhere.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use app::Clock;
use lexopt::prelude::*;
use local::operate::doctor::{STREAM_PATIENCE, Target, Tokens, examine};
use local::operate::{self, Subject, Tables, Task};
use local::{Data, Options, SocketLimits, people};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

const DEFAULT_PORT: u16 = 9100;
const DEFAULT_FOLDER: &str = ".chat";
const USAGE: &str = "\
Usage: local [--port N] [--data DIR | --memory] [--demo] [--socket-idle S] [--socket-life S]
         the whole system on this machine

  --port N      listen on 127.0.0.1:N (default 9100)
  --data DIR    keep the data in DIR, and start empty (default: .chat, with a small demo shop)
  --memory      keep the data in memory, and start empty
  --demo        start with the small demo shop in any case
  --socket-idle S, --socket-life S
                close sockets after S idle seconds (600), and after S seconds in all (7200)

       local doctor --url URL [--origin ORIGIN]
         use a deployment as a customer and an admin would, and say what is wrong
         environment: JWT_SECRET, or CUSTOMER_TOKEN and ADMIN_TOKEN

       local export ID [--staff] TABLES          write out all that is kept about somebody, as JSON
       local erase ID [--staff] [--yes] TABLES   remove it
       local mail-again ADDRESS TABLES           send mail again to an address that bounced or complained
       local repair TABLES                       bring unread totals and search words up to date
       local restore --from TABLE [--yes] TABLES bring back what is missing, while nobody writes

  TABLES        --chat-table NAME --ephemeral-table NAME, the stack's outputs
                environment: AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN

docs/operations.md says more.
";

/// What was asked for.
enum Command {
    Help,
    Serve(Options),
    Doctor { url: String, origin: Option<String> },
    Tables(Task, Tables),
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let command = command()?;
    let quiet =
        Targets::new().with_default(LevelFilter::WARN).with_target("dynoxide", LevelFilter::ERROR);
    let filter = variable("CHAT_LOG").and_then(|list| list.parse().ok()).unwrap_or(quiet);
    let lines = tracing_subscriber::fmt::layer().with_target(false).with_writer(std::io::stderr);
    tracing_subscriber::registry().with(lines.with_filter(filter)).init();
    match command {
        Command::Help => print!("{USAGE}"),
        Command::Serve(options) => serve(options).await?,
        Command::Doctor { url, origin } => return doctor(url, origin).await,
        Command::Tables(task, tables) => {
            println!("{}", operate::run(task, &operate::open(&tables)?).await?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn serve(options: Options) -> anyhow::Result<()> {
    let data = match &options.data {
        Data::Memory => "in memory".to_owned(),
        Data::Folder(folder) => format!("in {}", folder.display()),
    };
    let running = local::start(options).await?;
    print!("{}", greeting(&running, &data));
    tokio::select! {
        () = running.wait() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}

async fn doctor(url: String, origin: Option<String>) -> anyhow::Result<ExitCode> {
    let tokens = match (variable("CUSTOMER_TOKEN"), variable("ADMIN_TOKEN"), variable("JWT_SECRET"))
    {
        (Some(customer), Some(admin), _) => Tokens::given(customer, admin),
        (_, _, Some(secret)) => Tokens::signed_with(&secret, Clock::default().now()),
        _ => anyhow::bail!(
            "JWT_SECRET is needed in the environment, or CUSTOMER_TOKEN and ADMIN_TOKEN"
        ),
    };
    let target = Target { url, origin, tokens, stream_patience: STREAM_PATIENCE };
    let findings = examine(&target, |finding| match &finding.outcome {
        Ok(detail) => println!("  ok     {}: {detail}", finding.what),
        Err(problem) => println!("  WRONG  {}: {problem}", finding.what),
    });
    let is_well = findings.await.iter().all(|finding| finding.outcome.is_ok());
    println!("{}", if is_well { "\nAll is well." } else { "\nSomething is wrong." });
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[expect(
    clippy::disallowed_methods,
    reason = "secrets come by the environment: others can see a command line"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn command() -> anyhow::Result<Command> {
    let mut options = Options::in_memory();
    let (mut data, mut demo) = (None, None);
    options.port = DEFAULT_PORT;
    let (mut words, mut tables): (Vec<String>, Tables) = (Vec::new(), Tables::default());
    let (mut url, mut origin, mut from, mut is_staff, mut is_sure) =
        (None, None, None, false, false);
    let mut arguments = lexopt::Parser::from_env();
    let seconds = |value: std::ffi::OsString| anyhow::Ok(Duration::from_secs(value.parse()?));
    let mut limits = SocketLimits::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("port") => options.port = arguments.value()?.parse()?,
            Long("data") => data = Some(Data::Folder(PathBuf::from(arguments.value()?))),
            Long("memory") => data = Some(Data::Memory),
            Long("socket-idle") => limits.idle = seconds(arguments.value()?)?,
            Long("socket-life") => limits.life = seconds(arguments.value()?)?,
            Long("demo") => demo = Some(true),
            Long("url") => {
                url = Some(arguments.value()?.string()?.trim_end_matches('/').to_owned());
            }
            Long("origin") => origin = Some(arguments.value()?.string()?),
            Long("chat-table") => tables.chat = Some(arguments.value()?.string()?),
            Long("ephemeral-table") => tables.ephemeral = Some(arguments.value()?.string()?),
            Long("from") => from = Some(arguments.value()?.string()?),
            Long("staff") => is_staff = true,
            Long("yes") => is_sure = true,
            Long("help") | Short('h') => return Ok(Command::Help),
            Value(word) => words.push(word.string()?),
            _ => return Err(argument.unexpected().into()),
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let both = || {
        tables
            .ephemeral
            .as_ref()
            .map(|_| ())
            .context("--ephemeral-table is needed: the stack's output EphemeralTableName")
    };
    Ok(match words.as_slice() {
        [] => {
            options.demo = demo.unwrap_or(data.is_none());
            options.data = data.unwrap_or_else(|| Data::Folder(PathBuf::from(DEFAULT_FOLDER)));
            Command::Serve(Options { socket_limits: limits, ..options })
        }
        ["doctor"] => Command::Doctor {
            url: url.context("--url is needed: the stack's output ApiUrl")?,
            origin,
        },
        ["export", id] => both().and_then(|()| {
            Ok(Command::Tables(Task::Export(Subject::parse(id, is_staff)?), tables.clone()))
        })?,
        ["erase", id] => both().and_then(|()| {
            Ok(Command::Tables(Task::Erase(Subject::parse(id, is_staff)?, is_sure), tables.clone()))
        })?,
        ["mail-again", address] => {
            let address = domain::EmailAddress::parse(address)
                .with_context(|| format!("{address:?} is no e-mail address"))?;
            Command::Tables(Task::MailAgain(address), tables)
        }
        ["repair"] => Command::Tables(Task::Repair, tables),
        ["restore"] => Command::Tables(
            Task::Restore(from.context("--from is needed: the table to read")?, is_sure),
            tables,
        ),
        _ => anyhow::bail!("there is no such command: local --help"),
    })
}

/// What to try next. Each line works as printed, if with a real Medusa's tokens where only that can
/// sign them.
fn greeting(running: &local::Running, data: &str) -> String {
    let url = &running.url;
    let now = running.app.clock.now();
    let [ada, _, mia, _] = people().map(|person| match running.signer() {
        Some(signer) => signer.token(&person, now),
        None => format!(
            "'<a token of {} from the Medusa of JWT_PUBLIC_KEY>'",
            if person.is_staff { "an admin" } else { "a customer" }
        ),
    });
    let login = if running.is_demo_medusa() { " (user_mia@staff.example, teapot)" } else { "" };
    format!(
        "
  Live chat runs at {url}   (data {data}; Ctrl-C ends it)

  {url}/both    the shop and its staff's inbox, side by side: write, and see it cross
  {url}/        the shop alone · /desk the inbox · /app/chat the inbox as deployed{login}

  Or paste these lines into another terminal:

  CUSTOMER={ada}
  STAFF={mia}

  # A customer opens a channel and writes.
  curl -sX POST {url}/store/chat/channels -H \"Authorization: Bearer $CUSTOMER\"
  curl -sX POST {url}/store/chat/messages/direct:admin:cus_ada -H \"Authorization: Bearer $CUSTOMER\" -d '{{\"body\":\"Do you ship to Norway?\"}}'

  # The shop reads it, sees how much is unread in all, and answers.
  curl -s {url}/admin/chat/messages/direct:admin:cus_ada -H \"Authorization: Bearer $STAFF\"
  curl -s {url}/admin/chat/messages/unread-count -H \"Authorization: Bearer $STAFF\"
  curl -sX POST {url}/admin/chat/messages/direct:admin:cus_ada -H \"Authorization: Bearer $STAFF\" -d '{{\"body\":\"We do, in three days.\"}}'

  # Whoever is away is told by mail a minute later. Nobody need wait: this moves the clock. The mails are at {url}/dev/outbox
  curl -sX POST {url}/dev/clock -d '{{\"advance_seconds\": 61}}'

"
    )
}
