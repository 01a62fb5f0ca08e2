//! Web push to staff about members' messages, within two seconds of the message.
//!
//! A push is a hint, and the mail of the notice follows: a failure here fails no batch. A batch
//! that is delivered again pushes nothing twice, as far as this instance remembers; the browser
//! shows a notification that it shows already without a sound.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use app::Error;
use domain::{Channel, ChannelKey, Entry, Message, MessageId, PushSubscription, Side, What};
use futures_util::future::join_all;
use schedule::PushRetry;
use store::Batch;
use webpush::{Notification, Unsent, is_addressed};

use crate::Relay;

/// How old a message may be, in milliseconds. Its mail is due after a minute already.
const MAX_AGE_MS: i64 = 10 * 60_000;
/// Most conversations of a batch that are pushed: the newest.
const MAX_CHANNELS: usize = 20;
/// Most conversations whose last push is remembered.
const MAX_PUSHED: usize = 1_000;

/// The seq of the last message of each conversation that this instance has pushed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pushed(Arc<Mutex<HashMap<ChannelKey, u64>>>);

impl Pushed {
    /// Whether the message is new here; then it counts as pushed.
    fn take(&self, channel: ChannelKey, seq: u64) -> bool {
        let mut pushed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pushed.len() >= MAX_PUSHED {
            pushed.clear();
        }
        let last = pushed.entry(channel).or_default();
        let is_new = *last < seq;
        *last = seq.max(*last);
        is_new
    }
}

impl Relay {
    /// Pushes the newest message of each member in a batch, and the trials that it requests.
    pub(crate) async fn push_to_browsers(&self, batch: &Batch) {
        if !self.app.config.enabled {
            return;
        }
        if let Err(error) = self.push_batch(batch).await {
            tracing::warn!(error.kind = "web_push", "members' messages are not pushed: {error}");
        }
    }

    async fn push_batch(&self, batch: &Batch) -> Result<(), Error> {
        let now = self.app.clock.now();
        let mut newest: HashMap<ChannelKey, (Channel, Message)> = HashMap::new();
        for (before, channel) in &batch.heads {
            let Some(before) = before else { continue };
            let store = &self.app.store;
            let entries = store.appended(batch, before, channel, |facts| facts.may_mail).await?;
            for entry in entries {
                if let Some(message) = to_staff(&entry)
                    && now.since(message.created_at) < MAX_AGE_MS
                {
                    newest.insert(channel.key(), (channel.clone(), message));
                }
            }
        }
        let mut newest: Vec<_> = newest.into_values().collect();
        newest.sort_by_key(|(_, message)| std::cmp::Reverse(message.created_at));
        newest.truncate(MAX_CHANNELS);
        newest.retain(|(channel, message)| self.pushed.take(channel.key(), message.seq));
        let tests = batch.people.iter().filter_map(|person| person.tests_push.as_deref());
        let tests = join_all(tests.map(|digest| self.push_test(digest)));
        // A push that fails ends no other one.
        let (newest, tests) = tokio::join!(self.push_newest(&newest), tests);
        tests.into_iter().chain([newest]).collect()
    }

    /// Pushes each message to those of its addressees who are away.
    async fn push_newest(&self, newest: &[(Channel, Message)]) -> Result<(), Error> {
        if newest.is_empty() {
            return Ok(());
        }
        let is_meant =
            |it: &PushSubscription| newest.iter().any(|(channel, _)| is_addressed(channel, it));
        let away = self.web_push.away(is_meant).await?;
        let due = newest.iter().map(|(channel, message)| {
            let to = away.iter().filter(|it| is_addressed(channel, it)).cloned();
            (channel, message, to.collect::<Vec<_>>())
        });
        let due: Vec<_> = due.filter(|(_, _, to)| !to.is_empty()).collect();
        let members = due.iter().map(|(channel, _, _)| &channel.member_id);
        let people = self.app.store.people(members).await?;
        let pushes = due.iter().map(|(channel, message, to)| {
            let person = people.get(&channel.member_id);
            self.push(channel, message, person.and_then(|it| it.profile().full_name()), to)
        });
        let pushes: Vec<_> = pushes.collect();
        join_all(pushes).await.into_iter().collect()
    }

    /// Sends a notification on trial. It is not retried: the admin waits for it.
    async fn push_test(&self, digest: &str) -> Result<(), Error> {
        let found = self.app.store.push_subscription(digest, self.app.clock.now()).await?;
        self.web_push.send(&Notification::test(), found.as_slice()).await;
        Ok(())
    }

    async fn push(
        &self,
        channel: &Channel,
        message: &Message,
        name: Option<String>,
        to: &[PushSubscription],
    ) -> Result<(), Error> {
        let notification = Notification::of_message(channel, message, name.as_deref());
        let Unsent { browsers, pause_s } = self.web_push.send(&notification, to).await;
        let Some(schedules) = &self.schedules else { return Ok(()) };
        let entry = MessageId { channel: channel.key(), seq: message.seq }.to_string();
        let retry = PushRetry { entry, to: browsers, attempts: 1 };
        Ok(schedules.retry_push(retry, pause_s, self.app.clock.now()).await?)
    }
}

/// The message of a member, if that is what an entry is.
fn to_staff(entry: &Entry) -> Option<Message> {
    let What::MessageSent(message) = &entry.what else { return None };
    (entry.meaning().mailed_to() == Some(Side::Staff)).then(|| message.clone())
}
