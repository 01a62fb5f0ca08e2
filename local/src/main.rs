//! `cargo run -p local`: the whole system on this machine, and an operator's commands for a
//! deployment.

mod arguments;
mod greeting;

use std::process::ExitCode;

use app::Clock;
use local::operate::doctor::{STREAM_PATIENCE, Target, Tokens, examine};
use local::{Data, Options, operate};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use arguments::Command;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let command = arguments::parse()?;
    let quiet =
        Targets::new().with_default(LevelFilter::WARN).with_target("dynoxide", LevelFilter::ERROR);
    let filter = variable("CHAT_LOG").and_then(|list| list.parse().ok()).unwrap_or(quiet);
    let lines = tracing_subscriber::fmt::layer()
        .with_target(false)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(std::io::stderr);
    tracing_subscriber::registry().with(lines.with_filter(filter)).init();
    match command {
        Command::Help => print!("{}", arguments::USAGE),
        Command::Serve(options) => serve(options).await?,
        Command::Doctor { url, origin } => return doctor(url, origin).await,
        Command::Tables(task, tables) => {
            let (store, files) = operate::open(&tables)?;
            println!("{}", operate::run(task, &store, files.as_ref()).await?);
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
    print!("{}", greeting::text(&running, &data));
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
        Ok(detail) => println!("  ok     {}: {detail}", finding.check),
        Err(failure) => println!("  FAILED {}: {failure}", finding.check),
    });
    let passed = findings.await.iter().all(|finding| finding.outcome.is_ok());
    println!("{}", if passed { "\nAll checks passed." } else { "\nSome checks failed." });
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[expect(
    clippy::disallowed_methods,
    reason = "secrets come from the environment: other users can see a command line"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
