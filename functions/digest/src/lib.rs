//! The daily digest: one mail to each customer with unnotified messages, and to each admin whom
//! conversations wait for. Each run also ends the snoozes that are overdue, and closes the channels
//! that are idle.
//!
//! Customers come from the index of those who wait, which a mail removes them from. So a repeated
//! run continues where the last one stopped, and a run costs as much as there are people who wait.
//! Each mail is claimed before it is sent, so runs may overlap. A failure for one person does not
//! stop the others.

mod compose;
mod customers;
mod pace;
mod staff;
mod upkeep;

use std::time::Duration;

use app::{App, Error};
use domain::{ActorId, Channel};
use mail::{Delivery, Mailer};
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use pace::Circuit;
pub use pace::Pace;

/// How long a run sends. Lambda ends it after 15 minutes.
const TIME_LIMIT: Duration = Duration::from_mins(13);
/// First pause before a retry of the people whose mail another run has claimed. Each next pause is
/// twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Most conversations that a mail lists. It only counts the others.
const MAX_LISTED: usize = 5;

/// What the handler needs, made once at start. Cheap to clone.
#[derive(Clone)]
pub struct Digest {
    mailer: Mailer,
}

/// The result of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Mails that were sent.
    pub sent: u64,
    /// People whose mail failed for good.
    pub failed: u64,
    /// Mails that may or may not have been sent.
    pub unsure: u64,
    /// People who already got a mail in this period.
    pub done: u64,
    /// People who get no mail, or have no address.
    pub unwanted: u64,
    /// People, snoozes and idle channels left for the next call, after a failure or at the end of
    /// the time.
    pub left: u64,
}

/// The counts of a run, and the people whose mail another run has claimed: they are retried at the
/// end.
#[derive(Default)]
struct Tally {
    summary: Summary,
    busy: Vec<Waiting>,
}

/// A person who may get a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Waiting {
    /// The customer of this channel.
    Customer(Box<Channel>),
    /// An admin, and the conversations that wait for them.
    Admin(ActorId, Vec<Channel>),
}

/// One run.
struct Run {
    mailer: Mailer,
    pace: Pace,
    circuit: Circuit,
    ends: Instant,
    /// The day, which names the mail.
    day: String,
}

impl Digest {
    /// The handler's needs for this application.
    pub fn new(app: &App) -> Self {
        Self { mailer: Mailer::new(app) }
    }
}

/// Handles one call of the schedule; its input does not matter. Fails at the end if people are
/// left, so that Lambda retries.
pub async fn handle(digest: Digest, _: Value) -> Result<Summary, Error> {
    let pace = Pace::new(digest.mailer.app.config.mail.per_second);
    run(digest, pace).await
}

/// One run at this pace. Fails as [`handle`] does.
pub async fn run(digest: Digest, pace: Pace) -> Result<Summary, Error> {
    let app = &digest.mailer.app;
    let mut tally = Tally::default();
    let mut is_refused = false;
    let ends = Instant::now() + TIME_LIMIT;
    // First, so that what comes back is in the digests, and what is closed is not.
    if app.config.enabled {
        // On the heap: both hold a whole command of the log.
        tally.summary.left += Box::pin(upkeep::end_overdue_snoozes(app, ends)).await;
        tally.summary.left += Box::pin(upkeep::close_idle(app, ends)).await;
    }
    if digest.mailer.is_on() {
        let day = app.clock.now().to_string();
        let day = day.split('T').next().unwrap_or_default().to_owned();
        let (mailer, circuit) = (digest.mailer.clone(), Circuit::default());
        let run = Run { mailer, pace, circuit, ends, day };
        // A failure of one side does not stop the other.
        for failed in [run.customers(&mut tally).await, run.staff(&mut tally).await]
            .into_iter()
            .filter_map(Result::err)
        {
            tracing::error!(error.kind = "digest", "a digest stopped early: {failed}");
            tally.summary.left += 1;
        }
        run.retry_busy(&mut tally).await;
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
        (_, false) => Err(format!("{left} are left").into()),
        (_, true) => {
            tracing::error!(
                error.kind = "ses",
                "the digest stopped early: SES took none of several mails in a row"
            );
            Err(format!("{left} are left: SES takes no mail").into())
        }
    }
}

impl Run {
    /// Serves one person. After the end of the run, leaves them for the next call.
    async fn serve(&self, waiting: &Waiting) -> Result<Served, Error> {
        match waiting {
            _ if self.is_over() => Ok(Served::Left),
            Waiting::Customer(channel) => self.serve_customer(channel).await,
            Waiting::Admin(id, theirs) => self.serve_admin(id, theirs).await,
        }
    }

    /// Retries the people whose mail another run has claimed: it finishes soon, or has died and its
    /// leases end.
    async fn retry_busy(&self, tally: &mut Tally) {
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
    /// Counts one person. After an error they are left for the next call.
    fn count(&mut self, served: Result<Served, Error>, waiting: Waiting) {
        match served {
            Ok(Served::UpToDate) => {}
            Ok(Served::Left) => self.summary.left += 1,
            Ok(Served::Unwanted) => self.summary.unwanted += 1,
            Ok(Served::Mail(delivery)) => match delivery {
                Delivery::Sent => self.summary.sent += 1,
                Delivery::Done | Delivery::NotDue | Delivery::Wait(_) => self.summary.done += 1,
                Delivery::Busy(_) => self.busy.push(waiting),
                Delivery::Blocked => self.summary.unwanted += 1,
                Delivery::Unsure => self.summary.unsure += 1,
                Delivery::Failed => self.summary.failed += 1,
                Delivery::NotNow | Delivery::NotVerified => self.summary.left += 1,
            },
            Err(error) => {
                tracing::error!(error.kind = "digest", "a person could not be served: {error}");
                self.summary.left += 1;
            }
        }
    }
}

/// The result of serving one person.
enum Served {
    /// They have no unnotified messages.
    UpToDate,
    /// They cannot get a mail now.
    Left,
    /// They get no mail.
    Unwanted,
    /// A mail was delivered, with this result.
    Mail(Delivery),
}
