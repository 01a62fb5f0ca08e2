//! `cargo run -p local`: the whole system on this machine.

use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::*;
use local::{Data, Options, SocketLimits, people};

const DEFAULT_PORT: u16 = 9100;
const DEFAULT_FOLDER: &str = ".chat";
const USAGE: &str = "\
Usage: local [--port N] [--data DIR | --memory] [--demo] [--socket-idle S] [--socket-life S]

  --port N      listen on 127.0.0.1:N (default 9100)
  --data DIR    keep the data in DIR, and start empty (default: .chat, with a small demo shop)
  --memory      keep the data in memory, and start empty
  --demo        start with the small demo shop in any case
  --socket-idle S, --socket-life S
                close sockets after S idle seconds (600), and after S seconds in all (7200)
";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Some(options) = options()? else {
        print!("{USAGE}");
        return Ok(());
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("CHAT_LOG").unwrap_or_else(|_| "warn,dynoxide=error".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_target(false).init();
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

/// What was asked for; nothing when it was help.
fn options() -> anyhow::Result<Option<Options>> {
    let (mut port, mut data, mut demo) = (DEFAULT_PORT, None, None);
    let mut limits = SocketLimits::default();
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("port") => port = arguments.value()?.parse()?,
            Long("data") => data = Some(Data::Folder(PathBuf::from(arguments.value()?))),
            Long("memory") => data = Some(Data::Memory),
            Long("socket-idle") => limits.idle = Duration::from_secs(arguments.value()?.parse()?),
            Long("socket-life") => limits.life = Duration::from_secs(arguments.value()?.parse()?),
            Long("demo") => demo = Some(true),
            Long("help") | Short('h') => return Ok(None),
            _ => return Err(argument.unexpected().into()),
        }
    }
    let demo = demo.unwrap_or(data.is_none());
    let data = data.unwrap_or_else(|| Data::Folder(PathBuf::from(DEFAULT_FOLDER)));
    Ok(Some(Options { port, data, demo, socket_limits: limits, ..Options::in_memory() }))
}

/// What to try next. Each line works as printed.
fn greeting(running: &local::Running, data: &str) -> String {
    let url = &running.url;
    let [ada, _, mia, _] = people().map(|person| person.token(running.app.clock.now()));
    format!(
        "
  Live chat runs at {url}   (data {data}; Ctrl-C ends it)

  {url}/both    the shop and its staff's inbox, side by side: write, and see it cross
  {url}/        the shop alone · /desk the inbox · /app/chat the inbox as deployed (user_mia@staff.example, teapot)

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
