//! One-time schedules: EventBridge Scheduler calls the `notice` function at a moment, once, and
//! forgets about it. Nothing polls, and nothing is paid for while nobody waits. Scheduler calls
//! within 60 seconds after that moment, never before it.

use app::{App, ScheduleConfig, aws};
use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::operation::create_schedule::CreateScheduleError;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode,
    RetryPolicy, Target,
};
use domain::{ChannelKey, Episode, Side, Timestamp};
use serde::{Deserialize, Serialize};

/// Least time from now to the moment of a schedule, in milliseconds: one in the past would never
/// come, and an attempt of the SDK may take two seconds.
const LEAST_AHEAD_MS: i64 = 10_000;
/// How often Scheduler tries to hand a call to Lambda. After that the call goes to the queue
/// `SCHEDULE_FAILURES`. Lambda itself retries a function that fails.
const DELIVERY_RETRIES: i32 = 20;
/// For how long it tries, in seconds: later nobody would want the mail, and the digest tells of the
/// message.
const DELIVERY_AGE_S: i32 = 3_600;

/// Calls of `relay` to try events again come at multiples of this, in seconds.
const RETRY_EVERY_S: i64 = 600;
/// Least time from now to such a call, in milliseconds.
const RETRY_AHEAD_MS: i64 = 60_000;

/// What the `notice` function is called with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Notice {
    /// The channel's key.
    pub channel: String,
    /// Whose messages are meant to be read: `member` or `staff`.
    pub side: String,
    /// The episode in which they were not read, see [`Episode`]; with `+n` after it, once `n` looks
    /// found the addressee online.
    pub episode: String,
}

/// What stands for the side in the notice that tells the shop's inbox how many conversations wait.
const INBOX: &str = "inbox";

impl Notice {
    /// A notice to whoever stands on that side of the channel.
    pub fn new(channel: &ChannelKey, side: Side, episode: Episode) -> Self {
        let side = if side == Side::Member { "member" } else { "staff" };
        Self {
            channel: channel.as_str().to_owned(),
            side: side.to_owned(),
            episode: episode.to_string(),
        }
    }

    /// The notice that tells the shop's inbox how many conversations wait.
    pub fn inbox() -> Self {
        Self { channel: String::new(), side: INBOX.to_owned(), episode: String::new() }
    }

    /// The same notice after so many looks that found the addressee online.
    #[must_use]
    pub fn after_looks(self, looks: u8) -> Self {
        Self { episode: format!("{}+{looks}", self.episode_and_looks().0), ..self }
    }

    /// How many looks found the addressee online so far.
    pub fn looks(&self) -> u8 {
        self.episode_and_looks().1
    }

    fn episode_and_looks(&self) -> (&str, u8) {
        let (episode, looks) = self.episode.split_once('+').unwrap_or((&self.episode, "0"));
        (episode, looks.parse().unwrap_or(u8::MAX))
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
        format!("{}-{side}-{}-{place}", self.channel, self.episode_and_looks().0)
    }

    /// What it is about; nothing for one that we did not make.
    pub fn parse(&self) -> Option<(ChannelKey, Side, Episode)> {
        let side = match self.side.as_str() {
            "member" => Side::Member,
            "staff" => Side::Staff,
            _ => return None,
        };
        Some((ChannelKey::parse(&self.channel)?, side, Episode::parse(self.episode_and_looks().0)?))
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
    /// There is one first look for a side, episode and minute, and one that is late: asking for it
    /// again, as a batch of the stream that is repeated does, makes no other. Every later look is
    /// named by its second: Scheduler deletes a schedule only a while after it has called, so the
    /// name of one that has called may still be taken, and nothing would come of it.
    pub async fn notice(
        &self,
        notice: &Notice,
        look: Look,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        let soonest = now.plus_millis(LEAST_AHEAD_MS);
        // Whole seconds, rounded up: never early.
        let seconds = at.max(soonest).plus_millis(999).seconds();
        let minute = at.millis().div_euclid(60_000);
        let place = match look {
            Look::First if at >= soonest => format!("{minute}"),
            Look::First => format!("l{minute}"),
            Look::Again => format!("s{seconds}"),
        };
        let name = notice.name(&place);
        let input = serde_json::to_string(notice).map_err(|error| Error(error.to_string()))?;
        self.create(name, &self.config.notice, input, seconds).await
    }

    /// Has `relay` called within the next eleven minutes, to publish what the bus did not take.
    ///
    /// Calls come at whole ten minutes, so one serves everybody who asks meanwhile. A call that
    /// asks for the next one never meets its own name, which Scheduler keeps for a while.
    pub async fn retry(&self, now: Timestamp) -> Result<(), Error> {
        let soonest = now.plus_millis(RETRY_AHEAD_MS).seconds();
        let number = soonest.div_euclid(RETRY_EVERY_S) + 1;
        let input = r#"{"retry":"events"}"#.to_owned();
        let (name, seconds) = (format!("retry-{number}"), number * RETRY_EVERY_S);
        self.create(name, &self.config.relay, input, seconds).await
    }

    /// Makes a schedule that calls a function once; one of the same name is as good.
    async fn create(
        &self,
        name: String,
        function: &str,
        input: String,
        seconds: i64,
    ) -> Result<(), Error> {
        let at = Timestamp::from_millis(seconds * 1000).to_string();
        let at = at.split('.').next().unwrap_or_default();
        let built = |error: aws_sdk_scheduler::error::BuildError| Error(error.to_string());
        let retry = RetryPolicy::builder()
            .maximum_retry_attempts(DELIVERY_RETRIES)
            .maximum_event_age_in_seconds(DELIVERY_AGE_S)
            .build();
        let failures = self
            .config
            .failures
            .as_ref()
            .map(|queue| DeadLetterConfig::builder().arn(queue).build());
        let target = Target::builder()
            .arn(function)
            .role_arn(&self.config.role)
            .input(input)
            .retry_policy(retry)
            .set_dead_letter_config(failures)
            .build();
        let window = FlexibleTimeWindow::builder()
            .mode(FlexibleTimeWindowMode::Off)
            .build()
            .map_err(built)?;
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
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(CreateScheduleError::is_conflict_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(Error(error.into_service_error().to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_counts_looks_and_its_name_does_not() {
        let key = domain::ChannelHash::parse("direct:admin:cus_1").expect("a hash").key();
        let episode = Episode { mark: 3, own: 1 };
        let notice = Notice::new(&key, Side::Member, episode);
        let again = notice.clone().after_looks(1).after_looks(2);
        assert_eq!((notice.looks(), again.looks()), (0, 2));
        assert_eq!(again.parse(), Some((key, Side::Member, episode)));
        assert_eq!(again.name("s1"), notice.name("s1"));
        assert_eq!(
            (Notice::inbox().after_looks(1).looks(), Notice::inbox().name("s1").as_str()),
            (1, "inbox-s1")
        );
        assert!(Notice::inbox().parse().is_none() && !notice.is_for_inbox());
    }
}
