//! Web push: about mentions, and what a push service did not take at first.

use app::Error;
use domain::{
    ActorId, Channel, ChannelKey, Message, MessageId, Note, NoteId, PushSubscription, Reader,
};
use schedule::PushRetry;
use webpush::{Notification, Unsent, is_addressed};

use crate::{Notices, Outcome};

/// What a push is about.
enum News {
    Message(Message),
    Note(Note),
}

impl News {
    /// Whether it is news to the admin of this browser.
    fn concerns(&self, channel: &Channel, browser: &PushSubscription) -> bool {
        match self {
            Self::Message(message) => {
                let mark = channel.marks.get(&Reader::Admin(browser.admin_id.clone()));
                let is_seen = mark.is_some_and(|mark| mark.seq >= message.seq);
                is_addressed(channel, browser) && !is_seen
            }
            Self::Note(note) => note.mentions.contains(&browser.admin_id),
        }
    }

    /// Who wrote it.
    fn author<'a>(&'a self, channel: &'a Channel) -> &'a ActorId {
        match self {
            Self::Message(_) => &channel.member_id,
            Self::Note(note) => &note.author_id,
        }
    }

    /// Its public id.
    fn id(&self, channel: ChannelKey) -> String {
        match self {
            Self::Message(message) => MessageId { channel, seq: message.seq }.to_string(),
            Self::Note(note) => note.id(channel).to_string(),
        }
    }

    fn notification(&self, channel: &Channel, author: Option<&str>) -> Notification {
        match self {
            Self::Message(message) => Notification::of_message(channel, message, author),
            Self::Note(note) => Notification::of_mention(channel, note, author),
        }
    }
}

impl Notices {
    /// Pushes a mention to the browsers of the mentioned admin, whom the caller has found away. A
    /// failure is logged: the mail is sent already.
    pub(crate) async fn push_mention(&self, channel: &Channel, note: Note, admin: &ActorId) {
        let pushed = async {
            let app = &self.mailer.app;
            let mut to = app.store.push_subscriptions(app.clock.now()).await?;
            to.retain(|it| it.admin_id == *admin);
            self.push(channel, &News::Note(note), &to, 1).await
        };
        if let Err(error) = pushed.await {
            tracing::warn!(error.kind = "web_push", "a mention is not pushed: {error}");
        }
    }

    /// Sends a push again that its service did not take, if it is still news to an admin who is
    /// away.
    pub(crate) async fn push_again(&self, retry: &PushRetry) -> Result<Outcome, Error> {
        if !self.mailer.app.config.enabled {
            return Ok(Outcome::Off);
        }
        let Some((channel, news)) = self.still_news(&retry.entry).await? else {
            return Ok(Outcome::Read);
        };
        let is_meant = |it: &PushSubscription| {
            retry.to.contains(&it.endpoint.digest()) && news.concerns(&channel, it)
        };
        let to = self.web_push.away(is_meant).await?;
        self.push(&channel, &news, &to, retry.attempts.saturating_add(1)).await
    }

    /// The message or note with this public id, and its channel; `None` if the message was answered
    /// or deleted, or the note deleted.
    async fn still_news(&self, entry: &str) -> Result<Option<(Channel, News)>, Error> {
        let store = &self.mailer.app.store;
        if let Some(id) = MessageId::parse(entry) {
            let found = store.message(&id).await?.filter(|(channel, message)| {
                message.deleted_at.is_none() && channel.waits_since().is_some()
            });
            return Ok(found.map(|(channel, message)| (channel, News::Message(message))));
        }
        let id = NoteId::parse(entry).ok_or("an invalid retry of a push")?;
        let found = store.note(&id).await?.filter(|(_, note)| note.deleted_at.is_none());
        Ok(found.map(|(channel, note)| (channel, News::Note(note))))
    }

    /// Pushes to these browsers, and schedules a retry of what their services did not take. This is
    /// attempt number `attempts`.
    async fn push(
        &self,
        channel: &Channel,
        news: &News,
        to: &[PushSubscription],
        attempts: u8,
    ) -> Result<Outcome, Error> {
        if to.is_empty() {
            return Ok(Outcome::Online);
        }
        let (app, author) = (&self.mailer.app, news.author(channel));
        let people = app.store.people([author]).await?;
        let name = people.get(author).and_then(|person| person.profile().full_name());
        let notification = news.notification(channel, name.as_deref());
        let Unsent { browsers, pause_s } = self.web_push.send(&notification, to).await;
        let outcome = if browsers.is_empty() { Outcome::Pushed } else { Outcome::Postponed };
        if let Some(schedules) = &self.schedules {
            let retry = PushRetry { entry: news.id(channel.key()), to: browsers, attempts };
            schedules.retry_push(retry, pause_s, app.clock.now()).await?;
        }
        Ok(outcome)
    }
}
