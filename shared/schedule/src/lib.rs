//! One-time schedules: EventBridge Scheduler calls the `notice` function at a moment, once, and forgets about it. Nothing polls, and
//! nothing is paid for while nobody waits.

use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::operation::create_schedule::CreateScheduleError;
use aws_sdk_scheduler::types::{ActionAfterCompletion, FlexibleTimeWindow, FlexibleTimeWindowMode, RetryPolicy, Target};
use domain::{ChannelKey, Episode, Side, Timestamp};
use runtime::{App, ScheduleConfig, aws};
use serde::{Deserialize, Serialize};

/// Least time from now to the moment of a schedule, in milliseconds: one in the past would never come, and an attempt of the SDK
/// may take two seconds.
const LEAST_AHEAD_MS: i64 = 10_000;
/// How often Scheduler tries to hand a call to Lambda. What Lambda makes of it is retried by Lambda.
const DELIVERY_RETRIES: i32 = 20;
/// For how long it tries, in seconds: later nobody would want the mail, and the digest tells of the message.
const DELIVERY_AGE_S: i32 = 3_600;

/// What the `notice` function is called with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Notice {
    /// The channel's key.
    pub channel: String,
    /// Whose messages are meant to be read: `member` or `staff`.
    pub side: String,
    /// The episode in which they were not read, see [`Episode`].
    pub episode: String,
    /// How many looks found the addressee online so far.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub looks: u8,
}

/// What stands for the side in the notice that tells the shop's inbox how many conversations wait.
const INBOX: &str = "inbox";

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(count: &u8) -> bool {
    *count == 0
}

impl Notice {
    /// A notice to whoever stands on that side of the channel.
    pub fn new(channel: &ChannelKey, side: Side, episode: Episode) -> Self {
        let side = if side == Side::Member { "member" } else { "staff" };
        Self { channel: channel.as_str().to_owned(), side: side.to_owned(), episode: episode.to_string(), looks: 0 }
    }

    /// The notice that tells the shop's inbox how many conversations wait.
    pub fn inbox() -> Self {
        Self { channel: String::new(), side: INBOX.to_owned(), episode: String::new(), looks: 0 }
    }

    /// The same notice after so many looks that found the addressee online.
    #[must_use]
    pub fn after_looks(self, looks: u8) -> Self {
        Self { looks, ..self }
    }

    /// Whether it is about the shop's inbox as a whole.
    pub fn is_for_inbox(&self) -> bool {
        self.side == INBOX
    }

    /// The name of its schedule, see [`Schedules::notice`].
    fn name(&self, place: &str) -> String {
        if self.is_for_inbox() {
            return format!("{INBOX}-{place}");
        }
        let side = self.side.get(..1).unwrap_or_default();
        format!("{}-{side}-{}-{place}", self.channel, self.episode)
    }

    /// What it is about; nothing for one that we did not make.
    pub fn parse(&self) -> Option<(ChannelKey, Side, Episode)> {
        let side = match self.side.as_str() {
            "member" => Side::Member,
            "staff" => Side::Staff,
            _ => return None,
        };
        Some((ChannelKey::parse(&self.channel)?, side, Episode::parse(&self.episode)?))
    }
}

/// Which look at a message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// The one that is due a minute after it was stored.
    First,
    /// One that a look asks for.
    Again,
}

/// A schedule could not be made.
#[derive(Debug, thiserror::Error)]
#[error("a schedule could not be made: {0}")]
pub struct Error(String);

/// Makes schedules. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Schedules {
    client: Client,
    config: ScheduleConfig,
}

impl Schedules {
    /// The schedules of this application, where it has any.
    pub fn of(app: &App) -> Option<Self> {
        let aws = &app.config.aws;
        let client = Client::new(&aws.sdk(aws.endpoints.scheduler.as_deref(), aws::SERVICE));
        app.config.outside.schedules.clone().map(|config| Self { client, config })
    }

    /// Has `notice` called at an instant, or very soon where that is past.
    ///
    /// There is one first look for a side, episode and minute: whoever asks for another is content with it. Every other look is
    /// named by its second: Scheduler deletes a schedule only a while after it has called, so the name of one that has called may
    /// still be taken, and nothing would come of it.
    pub async fn notice(&self, notice: &Notice, look: Look, at: Timestamp, now: Timestamp) -> Result<(), Error> {
        let soonest = now.plus_millis(LEAST_AHEAD_MS);
        // Whole seconds, rounded up: never early.
        let seconds = at.max(soonest).plus_millis(999).seconds();
        let place = match look {
            Look::First if at >= soonest => format!("{}", at.millis().div_euclid(60_000)),
            Look::First | Look::Again => format!("s{seconds}"),
        };
        let at = Timestamp::from_millis(seconds * 1000).to_string();
        let at = at.split('.').next().unwrap_or_default();
        let name = notice.name(&place);
        let built = |error: aws_sdk_scheduler::error::BuildError| Error(error.to_string());
        let input = serde_json::to_string(notice).map_err(|error| Error(error.to_string()))?;
        let retry = RetryPolicy::builder().maximum_retry_attempts(DELIVERY_RETRIES).maximum_event_age_in_seconds(DELIVERY_AGE_S).build();
        let target = Target::builder().arn(&self.config.notice).role_arn(&self.config.role).input(input).retry_policy(retry).build();
        let window = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build().map_err(built)?;
        let request = self
            .client
            .create_schedule()
            .name(name)
            .group_name(&self.config.group)
            .schedule_expression(format!("at({at})"))
            .schedule_expression_timezone("UTC")
            .flexible_time_window(window)
            .target(target.map_err(built)?)
            .action_after_completion(ActionAfterCompletion::Delete);
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(CreateScheduleError::is_conflict_exception) => Ok(()),
            Err(error) => Err(Error(error.into_service_error().to_string())),
        }
    }
}
