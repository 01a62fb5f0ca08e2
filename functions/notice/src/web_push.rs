//! Web push: about mentions, and what a push service did not take at first.

use app::Error;
use domain::{ActorId, Channel, MessageId, Note, NoteId, PushSubscription, Reader};
use schedule::{Check, PushRetry};
use webpush::{Notification, Unsent, retry_at};

use crate::{Notices, Outcome};

/// What a push is about.
enum About {
    Message(Notification),
    /// A note, and those whom it mentions.
    Note(Notification, Vec<ActorId>),
}

impl Notices {
    /// Pushes a mention to the browsers of the mentioned admin, who is away. A failure fails
    /// nothing: the mail is sent already.
    pub(crate) async fn push_mention(
        &self,
        id: &NoteId,
        channel: &Channel,
        note: &Note,
        admin: &ActorId,
    ) {
        if let Err(error) = self.try_push_mention(id, channel, note, admin).await {
            tracing::warn!(error.kind = "web_push", "a mention is not pushed: {error}");
        }
    }

    async fn try_push_mention(
        &self,
        id: &NoteId,
        channel: &Channel,
        note: &Note,
        admin: &ActorId,
    ) -> Result<(), Error> {
        let to = self.web_push.of_admin(admin).await?;
        if to.is_empty() {
            return Ok(());
        }
        let what = self.mention(channel, note).await?;
        let unsent = self.web_push.send(&what, &to).await;
        self.retry_push(id.to_string(), &unsent, 1).await
    }

    /// Sends a push again that its service did not take, if it still tells something new.
    pub(crate) async fn push_again(&self, retry: &PushRetry) -> Result<Outcome, Error> {
        let app = &self.mailer.app;
        if !app.config.enabled {
            return Ok(Outcome::Off);
        }
        let (what, to) = match self.still_new(&retry.entry).await? {
            None => return Ok(Outcome::Read),
            Some((channel, About::Message(what), seq)) => {
                let mut to = self.web_push.addressed(&[&channel]).await?;
                let seen = |it: &PushSubscription| {
                    let mark = channel.marks.get(&Reader::Admin(it.admin_id.clone()));
                    mark.is_some_and(|mark| mark.seq >= seq)
                };
                to.retain(|it| !seen(it));
                (what, to)
            }
            Some((_, About::Note(what, mentions), _)) => {
                let mut to = Vec::new();
                for admin in &mentions {
                    to.extend(self.web_push.of_admin(admin).await?);
                }
                (what, to)
            }
        };
        let is_unsent = |it: &PushSubscription| retry.to.contains(&it.endpoint.digest());
        let to: Vec<_> = to.into_iter().filter(is_unsent).collect();
        if to.is_empty() {
            return Ok(Outcome::Online);
        }
        let unsent = self.web_push.send(&what, &to).await;
        self.retry_push(retry.entry.clone(), &unsent, retry.attempts.saturating_add(1)).await?;
        Ok(if unsent.is_empty() { Outcome::Pushed } else { Outcome::Postponed })
    }

    /// What a push is about, and the message's seq; `None` if the message was answered or deleted,
    /// or the note deleted.
    async fn still_new(&self, entry: &str) -> Result<Option<(Channel, About, u64)>, Error> {
        let app = &self.mailer.app;
        if let Some(id) = MessageId::parse(entry) {
            let found = app.store.message(&id).await?;
            let Some((channel, message)) = found.filter(|(channel, message)| {
                message.deleted_at.is_none() && channel.waits_since().is_some()
            }) else {
                return Ok(None);
            };
            let name = self.name_of(&channel.member_id).await?;
            let what = Notification::of_message(&channel, &message, name.as_deref());
            return Ok(Some((channel, About::Message(what), message.seq)));
        }
        let id = NoteId::parse(entry).ok_or("an invalid retry of a push")?;
        let found = app.store.note(&id).await?;
        let Some((channel, note)) = found.filter(|(_, note)| note.deleted_at.is_none()) else {
            return Ok(None);
        };
        let what = self.mention(&channel, &note).await?;
        Ok(Some((channel, About::Note(what, note.mentions.into_iter().collect()), 0)))
    }

    async fn mention(&self, channel: &Channel, note: &Note) -> Result<Notification, Error> {
        let name = self.name_of(&note.author_id).await?;
        Ok(Notification::of_mention(channel, note, name.as_deref()))
    }

    async fn name_of(&self, person: &ActorId) -> Result<Option<String>, Error> {
        let people = self.mailer.app.store.people([person]).await?;
        Ok(people.get(person).and_then(|person| person.profile().full_name()))
    }

    /// Schedules another attempt after so many.
    async fn retry_push(
        &self,
        entry: String,
        unsent: &[Unsent],
        attempts: u8,
    ) -> Result<(), Error> {
        let now = self.mailer.app.clock.now();
        let (Some(schedules), Some(at)) = (&self.schedules, retry_at(attempts, unsent, now)) else {
            return Ok(());
        };
        let to = unsent.iter().map(|it| it.subscription.clone()).collect();
        let call = PushRetry { entry, to, attempts }.into();
        Ok(schedules.schedule(&call, Check::Repeated, at, now).await?)
    }
}
