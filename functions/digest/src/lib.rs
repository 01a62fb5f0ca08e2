//! The daily mail: one to everybody for whom something is unread of which no mail has told.
//!
//! Customers come from the index of those who wait, which holds nobody else; a mail takes them out
//! of it. So a run that stops half-way goes on where it stopped when it is called again, and a run
//! costs what there is to do. Each mail is claimed before it is sent, so that runs may overlap, and
//! whoever fails stops nobody else.

mod compose;
mod customers;
mod pace;
mod staff;

use std::time::Duration;

use app::{App, Error};
use domain::{ActorId, Channel};
use mail::{Delivery, Mailer};
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use pace::Circuit;
pub use pace::Pace;

/// For how long a run sends: Lambda ends it after 15 minutes.
const TIME_LIMIT: Duration = Duration::from_mins(13);
/// First pause before somebody is looked at again whom another run was serving; the next ones are
/// twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Conversations that a mail names; of the others it tells the number.
const MOST_NAMED: usize = 5;

/// What the handler needs, made once. Cheap to clone.
#[derive(Clone)]
pub struct Digest {
    mailer: Mailer,
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Mails that were sent.
    pub sent: u64,
    /// People whose mail was refused for good.
    pub failed: u64,
    /// Mails of which nobody knows whether they were sent.
    pub unsure: u64,
    /// People who had one already, in this period.
    pub done: u64,
    /// People to whom no mail may go, or who have no address.
    pub unwanted: u64,
    /// People who are left for the next call: something failed, or time is over.
    pub left: u64,
}

/// What a run has done so far, and whom somebody else was serving: they are looked at again at the
/// end.
#[derive(Default)]
struct Tally {
    summary: Summary,
    busy: Vec<Waiting>,
}

/// Somebody to serve.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Waiting {
    /// The customer of this channel.
    Customer(Box<Channel>),
    /// This admin, with so many unread messages.
    Admin(ActorId, u64),
}

/// One run: what it may still do, and what it did.
struct Run {
    mailer: Mailer,
    pace: Pace,
    circuit: Circuit,
    ends: Instant,
    /// The mail's name: the day.
    day: String,
}

impl Digest {
    /// What this application's handler needs.
    pub fn new(app: &App) -> Self {
        Self { mailer: Mailer::new(app) }
    }
}

/// Handles one call of the schedule, whatever it carries. Where somebody is left, it fails at the
/// end, so that Lambda calls again.
pub async fn run(digest: Digest, _: Value) -> Result<Summary, Error> {
    let pace = Pace::new(digest.mailer.app.config.mail.per_second);
    run_at(digest, pace).await
}

/// The same at this pace.
pub async fn run_at(digest: Digest, pace: Pace) -> Result<Summary, Error> {
    let app = &digest.mailer.app;
    let mut tally = Tally::default();
    let mut is_refused = false;
    if digest.mailer.is_on() {
        let day = app.clock.now().to_string();
        let day = day.split('T').next().unwrap_or_default().to_owned();
        let (mailer, circuit) = (digest.mailer.clone(), Circuit::default());
        let run = Run { mailer, pace, circuit, ends: Instant::now() + TIME_LIMIT, day };
        // What fails as a whole fails for its own people only.
        for failed in [run.customers(&mut tally).await, run.staff(&mut tally).await]
            .into_iter()
            .filter_map(Result::err)
        {
            tracing::error!(error.kind = "digest", "a digest stopped early: {failed}");
            tally.summary.left += 1;
        }
        run.busy(&mut tally).await;
        is_refused = run.circuit.is_open();
    }
    let Summary { sent, failed, unsure, done, unwanted, left } = tally.summary;
    tracing::info!(
        digest.sent = sent,
        digest.failed = failed,
        digest.unsure = unsure,
        digest.done = done,
        digest.unwanted = unwanted,
        digest.left = left,
        "digest"
    );
    let counts = [
        ("DigestsSent", sent),
        ("DigestsFailed", failed),
        ("DigestsUnsure", unsure),
        ("DigestsLeft", left),
    ];
    app.count(&counts);
    match (left, is_refused) {
        (0, _) => Ok(tally.summary),
        (_, false) => Err(format!("{left} people are left").into()),
        (_, true) => {
            tracing::error!(
                error.kind = "ses",
                "the digest stopped early: SES took none of several mails in a row"
            );
            Err(format!("{left} people are left: SES takes no mail").into())
        }
    }
}

impl Run {
    /// Serves one person; whoever comes after the end is left for the next call.
    async fn serve(&self, waiting: &Waiting) -> Result<Served, Error> {
        match waiting {
            _ if self.is_over() => Ok(Served::Left),
            Waiting::Customer(channel) => self.serve_customer(channel).await,
            Waiting::Admin(id, unread) => self.serve_admin(id, *unread).await,
        }
    }

    /// Looks again at those whom somebody else was serving: another run, which is done in a moment,
    /// or one that has died, whose leases end.
    async fn busy(&self, tally: &mut Tally) {
        let mut pause = FIRST_PAUSE;
        while !tally.busy.is_empty() && !self.is_over() {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            for waiting in std::mem::take(&mut tally.busy) {
                let served = self.serve(&waiting).await;
                tally.count(served, waiting);
            }
        }
        tally.summary.left += tally.busy.len() as u64;
    }

    fn is_over(&self) -> bool {
        self.circuit.is_open() || Instant::now() >= self.ends
    }
}

impl Tally {
    /// Counts what became of one person. An error is theirs alone: they are left for the next call.
    fn count(&mut self, served: Result<Served, Error>, waiting: Waiting) {
        match served {
            Ok(Served::Nothing) => {}
            Ok(Served::Left) => self.summary.left += 1,
            Ok(Served::Unwanted) => self.summary.unwanted += 1,
            Ok(Served::Mail(delivery)) => match delivery {
                Delivery::Sent => self.summary.sent += 1,
                Delivery::Done | Delivery::Late | Delivery::Wait(_) => self.summary.done += 1,
                Delivery::Busy(_) => self.busy.push(waiting),
                Delivery::Unwanted => self.summary.unwanted += 1,
                Delivery::Unsure => self.summary.unsure += 1,
                Delivery::Failed => self.summary.failed += 1,
                Delivery::Refused | Delivery::NotYet => self.summary.left += 1,
            },
            Err(error) => {
                tracing::error!(error.kind = "digest", "somebody could not be served: {error}");
                self.summary.left += 1;
            }
        }
    }
}

/// What became of one person.
enum Served {
    /// There was nothing to tell.
    Nothing,
    /// They cannot be told now.
    Left,
    /// They cannot be told at all.
    Unwanted,
    /// A mail, and what became of it.
    Mail(Delivery),
}
