//! What one-time schedules call: notices of unread messages and of mentions, ends of snoozes,
//! reminders of meetings, transcripts, and pushes that a push service did not take.
//!
//! A notice: a minute after a message was sent, checks whether it is still unread and its addressee
//! is away. If so, they get one mail.
//!
//! A one-time schedule calls this function; `relay` creates it when the message is stored. Each
//! call reads the present state, so it may be late, repeated or needless.
//!
//! An open tab does not mean that the person is there: a check that finds the addressee online is
//! repeated 5, 15 and 60 minutes after the message, while it is unread. After that the digest
//! reports it. The shop's inbox has no digest: if an admin had the inbox open for that hour, the
//! conversation is listed there as unanswered, and no mail is sent.

mod authors;
mod check;
mod inbox;
mod mention;
mod reminder;
mod send;
mod snooze;
mod transcript;
mod web_push;

use app::{App, Error};
use domain::{NOTICE_INTERVAL_MS, Timestamp};
use mail::{Delivery, Mailer};
use schedule::{Call, Check, Schedules};
use store::ClaimTerms;
use webpush::WebPush;

/// How a notice is claimed. The lease is longer than the function's timeout of 30 s, and ends
/// before Lambda's retry, a minute after a failed call.
const TERMS: ClaimTerms = ClaimTerms { lease_ms: 45_000, interval_ms: NOTICE_INTERVAL_MS };

/// What the handler needs, made once at start. Cheap to clone.
#[derive(Clone)]
pub struct Notices {
    mailer: Mailer,
    schedules: Option<Schedules>,
    web_push: WebPush,
}

/// The result of a call, for the log and for a manual call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A mail was sent.
    Sent,
    /// A push was taken by its service.
    Pushed,
    /// The message is read or deleted.
    Read,
    /// The addressee was already notified in this episode, of this mention, or of this meeting.
    Notified,
    /// The addressee is online. The check of a message is repeated 5, 15 and 60 minutes after it.
    Online,
    /// There is no recipient: a person without an address, or one who gets no mail.
    NoRecipient,
    /// Too many guests gave this address, or too many new addresses came from its source today. The
    /// next answer is checked again.
    TooManyAddresses,
    /// The check was too early, or too soon after another mail. It is repeated.
    Postponed,
    /// The shop's inbox has reached its hourly limit. A summary will count the conversation.
    Deferred,
    /// The mail failed for good, or may or may not have been sent.
    Failed,
    /// The note was deleted, or mentions the admin no more. The meeting was deleted or moved, or it
    /// has begun. The conversation is empty, or another's.
    Withdrawn,
    /// The snooze ended: the channel is open.
    Reopened,
    /// The channel is no longer snoozed until that time.
    Unchanged,
    /// The chat is off. Once it is on again, the digest ends the snooze.
    Off,
}

/// Handles one call. An error makes Lambda retry it.
pub async fn handle(notices: Notices, call: Call) -> Result<Outcome, Error> {
    let outcome = match &call {
        Call::Notice(notice) if notice.is_for_inbox() => notices.summarize(notice).await?,
        Call::Notice(notice) => notices.check(notice).await?,
        Call::SnoozeEnd(end) => notices.end_snooze(end).await?,
        Call::Mention(mention) => notices.check_mention(mention).await?,
        Call::Reminder(reminder) => notices.remind(reminder).await?,
        Call::Push(retry) => notices.push_again(retry).await?,
        Call::Transcript(transcript) => notices.send_transcript(transcript).await?,
    };
    tracing::info!(notice.outcome = ?outcome, "notice");
    let counts =
        [("NoticesSent", outcome == Outcome::Sent), ("NoticesFailed", outcome == Outcome::Failed)];
    notices.mailer.app.count(&counts.map(|(name, is)| (name, u64::from(is))));
    Ok(outcome)
}

impl Notices {
    /// The handler's needs for this application.
    pub fn new(app: &App) -> Self {
        let (mailer, schedules) = (Mailer::new(app), Schedules::of(app));
        Self { mailer, schedules, web_push: WebPush::new(app) }
    }

    /// Schedules a repeated check.
    async fn schedule(&self, call: impl Into<Call>, at: Timestamp) -> Result<(), Error> {
        if let Some(schedules) = &self.schedules {
            let now = self.mailer.app.clock.now();
            schedules.schedule(&call.into(), Check::Repeated, at, now).await?;
        }
        Ok(())
    }

    /// The outcome of a mail that a person gets once for its cause. If it must wait, its call is
    /// repeated then.
    async fn outcome_of_single(
        &self,
        delivery: Delivery,
        call: impl Into<Call>,
    ) -> Result<Outcome, Error> {
        match delivery {
            Delivery::Sent => Ok(Outcome::Sent),
            Delivery::Done => Ok(Outcome::Notified),
            Delivery::Blocked => Ok(Outcome::NoRecipient),
            Delivery::Unsure | Delivery::Failed => Ok(Outcome::Failed),
            Delivery::NotDue => Ok(Outcome::Withdrawn),
            Delivery::Wait(at) | Delivery::Busy(at) => {
                self.schedule(call, at).await?;
                Ok(Outcome::Postponed)
            }
            Delivery::NotNow | Delivery::NotVerified => {
                Err("SES takes no mail to this recipient at the moment".into())
            }
        }
    }
}
