//! One-time schedules: EventBridge Scheduler calls a function once, within 60 seconds after an
//! instant and never before it, and then deletes the schedule. Nothing polls, so an idle chat costs
//! nothing.

use std::collections::BTreeSet;

use app::unsubscribe::digest_of_person;
use app::{App, ScheduleConfig, aws};
use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::operation::create_schedule::CreateScheduleError;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode,
    RetryPolicy, Target,
};
use domain::{ActorId, ChannelKey, Episode, MessageId, NoteId, Side, Timestamp};
use serde::{Deserialize, Serialize};

/// Least time from now to a schedule's instant, in milliseconds: a schedule in the past never runs,
/// and an attempt of the SDK may take two seconds.
const MIN_AHEAD_MS: i64 = 10_000;
/// How often Scheduler retries to hand a call to Lambda. After that the call goes to the queue
/// `SCHEDULE_FAILURES`. Lambda itself retries a function that fails.
const DELIVERY_RETRIES: i32 = 20;
/// How long Scheduler retries, in seconds: a later notice is useless, and the digest reports the
/// message.
const DELIVERY_AGE_S: i32 = 3_600;
/// Retries of events run at multiples of this, in seconds.
const RETRY_EVERY_S: i64 = 600;
/// Least time from now to a retry of events, in milliseconds.
const RETRY_AHEAD_MS: i64 = 60_000;
/// When to retry what a push service did not take, in milliseconds after each attempt. After the
/// last one the mail is enough.
const PUSH_RETRIES_MS: [i64; 3] = [60_000, 5 * 60_000, 15 * 60_000];
/// Longest pause that a push service may ask for, in seconds: a later push is useless.
const MAX_PUSH_PAUSE_S: u32 = 3_600;

/// Characters of an admin's digest in a schedule's name, which has at most 64: they tell the admins
/// of one note apart.
const ADMIN_CHARS: usize = 12;
/// Characters of a browser's digest in the name of a push's schedule.
const BROWSER_CHARS: usize = 8;

/// The input of the `notice` function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Call {
    /// Checks whether to notify the addressee of a message.
    Notice(Notice),
    /// Ends a snooze.
    SnoozeEnd(SnoozeEnd),
    /// Checks whether to notify an admin of a mention in a note.
    Mention(Mention),
    /// Checks whether to remind one side of a meeting.
    Reminder(Reminder),
    /// Sends a push again that its service did not take.
    Push(PushRetry),
    /// Mails a conversation to a person who asked for it.
    Transcript(Transcript),
}

impl From<Transcript> for Call {
    fn from(transcript: Transcript) -> Self {
        Self::Transcript(transcript)
    }
}

impl From<Notice> for Call {
    fn from(notice: Notice) -> Self {
        Self::Notice(notice)
    }
}

impl From<SnoozeEnd> for Call {
    fn from(end: SnoozeEnd) -> Self {
        Self::SnoozeEnd(end)
    }
}

impl From<Mention> for Call {
    fn from(mention: Mention) -> Self {
        Self::Mention(mention)
    }
}

impl From<Reminder> for Call {
    fn from(reminder: Reminder) -> Self {
        Self::Reminder(reminder)
    }
}

impl From<PushRetry> for Call {
    fn from(retry: PushRetry) -> Self {
        Self::Push(retry)
    }
}

impl Call {
    /// The name of its schedule. See [`Schedules::schedule`].
    fn name(&self, time: &str) -> String {
        match self {
            Self::Notice(notice) => notice.name(time),
            // The time at which it ends is enough: another snooze until then ends with it.
            Self::SnoozeEnd(SnoozeEnd { channel, snoozed_until }) => {
                format!("{channel}-z-{}", snoozed_until.millis())
            }
            Self::Mention(Mention { note, admin }) => {
                let note = note.strip_prefix("chatnote_").unwrap_or(note);
                let admin = digest_of_person(admin);
                format!("{note}-{}-{time}", admin.get(..ADMIN_CHARS).unwrap_or(&admin))
            }
            Self::Transcript(Transcript { transcript, .. }) => format!("{transcript}-t-{time}"),
            Self::Reminder(Reminder { message, side, starts_at }) => {
                let message = message.strip_prefix("chatmsg_").unwrap_or(message);
                let side = side.get(..1).unwrap_or_default();
                // The start is enough, except for a repeated call.
                let time = if time.starts_with('s') {
                    time.to_owned()
                } else {
                    starts_at.millis().to_string()
                };
                format!("{message}-{side}-{time}")
            }
            Self::Push(PushRetry { entry, to, attempts }) => {
                let entry = entry.strip_prefix("chat").unwrap_or(entry).replace('_', "-");
                // Each admin whom a note mentions has pushes of their own.
                let first = to.first().map_or("", String::as_str);
                format!("{entry}-p{attempts}-{}", first.get(..BROWSER_CHARS).unwrap_or(first))
            }
        }
    }
}

/// A push that its service did not take.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PushRetry {
    /// The public id of the message or note.
    pub entry: String,
    /// The digests of the browsers' addresses.
    pub to: BTreeSet<String>,
    /// How often it was sent.
    pub attempts: u8,
}

impl PushRetry {
    /// When to send it again; `None` after the last attempt, or without a browser.
    fn due(&self, pause_s: u32, now: Timestamp) -> Option<Timestamp> {
        let number = usize::from(self.attempts).checked_sub(1).filter(|_| !self.to.is_empty())?;
        let pause = *PUSH_RETRIES_MS.get(number)?;
        let asked = i64::from(pause_s.min(MAX_PUSH_PAUSE_S)) * 1_000;
        Some(now.plus_millis(pause.max(asked)))
    }
}

/// The end of a channel's snooze.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SnoozeEnd {
    /// The channel's key.
    pub channel: String,
    /// The time at which it ends. A channel that is snoozed until another time stays so.
    pub snoozed_until: Timestamp,
}

impl SnoozeEnd {
    /// The end of a channel's snooze at this time.
    pub fn new(channel: &ChannelKey, snoozed_until: Timestamp) -> Self {
        Self { channel: channel.as_str().to_owned(), snoozed_until }
    }
}

/// The mention of an admin in a note.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mention {
    /// The note's public id.
    pub note: String,
    /// The mentioned admin.
    pub admin: ActorId,
}

impl Mention {
    /// The mention of this admin in a note.
    pub fn new(note: &NoteId, admin: ActorId) -> Self {
        Self { note: note.to_string(), admin }
    }
}

/// The reminder of a meeting, to one of its two sides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reminder {
    /// The public id of the message that proposes the meeting.
    pub message: String,
    /// `member` or `staff`.
    pub side: String,
    /// The start of the meeting. One that begins at another time has other reminders.
    pub starts_at: Timestamp,
}

impl Reminder {
    /// The reminder of a message's meeting at this time, to that side.
    pub fn new(message: &MessageId, side: Side, starts_at: Timestamp) -> Self {
        Self { message: message.to_string(), side: side_name(side).to_owned(), starts_at }
    }

    /// Its message and side; `None` if [`Reminder::new`] did not make it.
    pub fn parse(&self) -> Option<(MessageId, Side)> {
        Some((MessageId::parse(&self.message)?, side_of(&self.side)?))
    }
}

/// A person's request to be mailed a conversation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Transcript {
    /// The id of the request: no other has it.
    pub transcript: String,
    /// The channel's key.
    pub channel: String,
    /// The person.
    pub person: ActorId,
    /// The person's side, `member` or `staff`.
    pub side: String,
}

impl Transcript {
    /// The request of this id, for a channel's conversation, by a person on that side.
    pub fn new(id: &str, channel: &str, person: ActorId, side: Side) -> Self {
        let (transcript, channel, side) =
            (id.to_owned(), channel.to_owned(), side_name(side).to_owned());
        Self { transcript, channel, person, side }
    }

    /// Its channel and side; `None` if [`Transcript::new`] did not make it.
    pub fn parse(&self) -> Option<(ChannelKey, Side)> {
        Some((ChannelKey::parse(&self.channel)?, side_of(&self.side)?))
    }
}

const fn side_name(side: Side) -> &'static str {
    match side {
        Side::Member => "member",
        Side::Staff => "staff",
    }
}

fn side_of(name: &str) -> Option<Side> {
    [Side::Member, Side::Staff].into_iter().find(|side| side_name(*side) == name)
}

/// A notice: the check whether to notify the addressee of a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Notice {
    /// The channel's key.
    pub channel: String,
    /// The addressee's side, `member` or `staff`; `inbox` for the summary to the shop's inbox.
    pub side: String,
    /// The addressee's [`Episode`]; followed by `+n` once `n` checks found the addressee online.
    pub episode: String,
}

/// The side of the notice for the summary to the shop's inbox.
const INBOX: &str = "inbox";

impl Notice {
    /// A notice to the addressee on that side of the channel.
    pub fn new(channel: &ChannelKey, side: Side, episode: Episode) -> Self {
        Self {
            channel: channel.as_str().to_owned(),
            side: side_name(side).to_owned(),
            episode: episode.to_string(),
        }
    }

    /// The notice for the summary to the shop's inbox.
    pub fn inbox() -> Self {
        Self { channel: String::new(), side: INBOX.to_owned(), episode: String::new() }
    }

    /// This notice after so many checks that found the addressee online.
    #[must_use]
    pub fn after_checks(self, checks: u8) -> Self {
        Self { episode: format!("{}+{checks}", self.episode_and_checks().0), ..self }
    }

    /// How many checks have found the addressee online.
    pub fn checks(&self) -> u8 {
        self.episode_and_checks().1
    }

    fn episode_and_checks(&self) -> (&str, u8) {
        let (episode, checks) = self.episode.split_once('+').unwrap_or((&self.episode, "0"));
        (episode, checks.parse().unwrap_or(u8::MAX))
    }

    /// Whether it is for the summary to the shop's inbox.
    pub fn is_for_inbox(&self) -> bool {
        self.side == INBOX
    }

    /// The name of its schedule, which ends in `time`.
    fn name(&self, time: &str) -> String {
        if self.is_for_inbox() {
            return format!("{INBOX}-{time}");
        }
        let side = self.side.get(..1).unwrap_or_default();
        format!("{}-{side}-{}-{time}", self.channel, self.episode_and_checks().0)
    }

    /// Its channel, side and episode; `None` if [`Notice::new`] did not make it.
    pub fn parse(&self) -> Option<(ChannelKey, Side, Episode)> {
        Some((
            ChannelKey::parse(&self.channel)?,
            side_of(&self.side)?,
            Episode::parse(self.episode_and_checks().0)?,
        ))
    }
}

/// Which check of a message, mention or meeting a schedule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The first one, a minute after the entry was stored, or at the end of a snooze, or an hour
    /// before a meeting.
    First,
    /// One that an earlier check asks for.
    Repeated,
}

/// A schedule could not be created.
#[derive(Debug, thiserror::Error)]
#[error("a schedule could not be created: {0}")]
pub struct Error(String);

/// Creates schedules. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Schedules {
    client: Client,
    config: ScheduleConfig,
}

impl Schedules {
    /// The client with this application's configuration, if it has schedules.
    pub fn of(app: &App) -> Option<Self> {
        let aws = &app.config.aws;
        let client = Client::new(&aws.sdk(aws.endpoints.scheduler.as_deref(), aws::SERVICE));
        app.config.outside.schedules.clone().map(|config| Self { client, config })
    }

    /// Schedules a call of `notice` at an instant, or very soon if it is past.
    ///
    /// First checks of one side and episode, or of one mention, in one minute share a name (late
    /// ones another), so a repeated batch of the stream makes no second schedule. Repeated checks
    /// are named by their second: Scheduler keeps the name of a schedule that has run for a while,
    /// and a new one of that name would be dropped.
    pub async fn schedule(
        &self,
        call: &Call,
        check: Check,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        let soonest = now.plus_millis(MIN_AHEAD_MS);
        // Whole seconds, rounded up: never early.
        let seconds = at.max(soonest).plus_millis(999).seconds();
        let minute = at.millis().div_euclid(60_000);
        let time = match check {
            Check::First if at >= soonest => format!("{minute}"),
            Check::First => format!("l{minute}"),
            Check::Repeated => format!("s{seconds}"),
        };
        let name = call.name(&time);
        let input = serde_json::to_string(call).map_err(|error| Error(error.to_string()))?;
        self.create(name, &self.config.notice, input, seconds).await
    }

    /// Schedules the next attempt of a push, if there is one, and not before `pause_s` seconds are
    /// over: the longest pause that its services ask for. Each attempt has a name of its own.
    pub async fn retry_push(
        &self,
        push: PushRetry,
        pause_s: u32,
        now: Timestamp,
    ) -> Result<(), Error> {
        let Some(at) = push.due(pause_s, now) else { return Ok(()) };
        self.schedule(&push.into(), Check::First, at, now).await
    }

    /// Schedules a call of `relay` within eleven minutes, to retry the events that the bus did not
    /// take.
    ///
    /// Calls run at multiples of ten minutes, so all requests before one share it. A call that
    /// schedules the next one never uses its own name, which Scheduler keeps for a while.
    pub async fn schedule_retry(&self, now: Timestamp) -> Result<(), Error> {
        let soonest = now.plus_millis(RETRY_AHEAD_MS).seconds();
        let number = soonest.div_euclid(RETRY_EVERY_S) + 1;
        let input = r#"{"retry":"events"}"#.to_owned();
        let (name, seconds) = (format!("retry-{number}"), number * RETRY_EVERY_S);
        self.create(name, &self.config.relay, input, seconds).await
    }

    /// Creates a schedule that calls a function once, unless one of this name exists.
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

    fn push(entry: String, browsers: &[&str], attempts: u8) -> PushRetry {
        PushRetry {
            entry,
            to: browsers.iter().map(|browser| browser.repeat(26)).collect(),
            attempts,
        }
    }

    #[test]
    fn a_push_is_retried_three_times_and_never_before_its_service_asks_for_it() {
        let now = Timestamp::from_millis(0);
        let due = |attempts, pause_s| {
            let at = push("chatmsg_1".to_owned(), &["a"], attempts).due(pause_s, now);
            at.map(|at| at.millis() / 1_000)
        };
        assert_eq!([1, 2, 3, 4].map(|n| due(n, 0)), [Some(60), Some(300), Some(900), None]);
        assert_eq!([due(1, 120), due(1, u32::MAX)], [Some(120), Some(3_600)]);
        assert_eq!(push("chatmsg_1".to_owned(), &[], 1).due(0, now), None);
    }

    #[test]
    fn calls_keep_their_kind_and_have_legal_names() {
        let channel = domain::ChannelHash::parse("direct:admin:cus_1").expect("a hash").key();
        let admin = |id: &str| ActorId::parse(id).expect("an id");
        let note = NoteId { channel: channel.clone(), staff_seq: domain::MAX_SEQ };
        let ends = |until| SnoozeEnd::new(&channel, Timestamp::from_millis(until));
        let message = MessageId { channel: channel.clone(), seq: domain::MAX_SEQ };
        let remind = |side, at| Reminder::new(&message, side, Timestamp::from_millis(at));
        let calls = [
            Notice::new(&channel, Side::Staff, Episode::default()).into(),
            Call::SnoozeEnd(ends(9_999_999_999_999)),
            Call::SnoozeEnd(ends(1)),
            Call::Mention(Mention::new(&note, admin("user_1"))),
            Call::Mention(Mention::new(&note, admin(&"x".repeat(128)))),
            Call::Reminder(remind(Side::Staff, 253_402_300_799_999)),
            Call::Reminder(remind(Side::Member, 1)),
            Call::Push(push(message.to_string(), &["a"], 1)),
            Call::Push(push(message.to_string(), &["a"], 2)),
            Call::Push(push(note.to_string(), &["a", "b"], 1)),
            Call::Push(push(note.to_string(), &["b"], 1)),
            Call::Transcript(Transcript::new(
                &"r".repeat(26),
                channel.as_str(),
                admin("user_1"),
                Side::Staff,
            )),
        ];
        let names: std::collections::BTreeSet<_> =
            calls.iter().map(|call| call.name("s9999999999")).collect();
        assert_eq!(names.len(), calls.len(), "{names:?}");
        let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        assert!(
            names.iter().all(|name| name.len() <= 64 && name.chars().all(is_legal)),
            "{names:?}"
        );
        for call in calls {
            let text = serde_json::to_string(&call).expect("text");
            assert_eq!(serde_json::from_str::<Call>(&text).expect("a call"), call);
        }
    }

    #[test]
    fn a_notice_counts_checks_and_its_name_does_not() {
        let key = domain::ChannelHash::parse("direct:admin:cus_1").expect("a hash").key();
        let episode = Episode { mark: 3, sent: 1 };
        let notice = Notice::new(&key, Side::Member, episode);
        let again = notice.clone().after_checks(1).after_checks(2);
        assert_eq!((notice.checks(), again.checks()), (0, 2));
        assert_eq!(again.parse(), Some((key, Side::Member, episode)));
        assert_eq!(again.name("s1"), notice.name("s1"));
        assert_eq!(
            (Notice::inbox().after_checks(1).checks(), Notice::inbox().name("s1").as_str()),
            (1, "inbox-s1")
        );
        assert!(Notice::inbox().parse().is_none() && !notice.is_for_inbox());
    }
}
