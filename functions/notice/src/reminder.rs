//! The mail an hour before a meeting: one for each of its two people who is away.
//!
//! Each call reads the present state: a meeting that was moved or deleted has other calls, or none.
//! The claim of the mail names the start, so a repeated call sends nothing.

use app::Error;
use domain::{
    ActorId, Addressee, Channel, Meeting, Message, MessageId, Person, Role, Side, without_links,
};
use mail::{Mail, Recipient, Slot};
use schedule::Reminder;
use serde_json::json;
use store::{ClaimTerms, REMINDER_TEMPLATE};
use templates::{Event, MeetingReminder, Sender, calendar, meeting_reminder, sender_name};

use crate::authors::author_name;
use crate::{Notices, Outcome, TERMS};

impl Notices {
    pub(crate) async fn remind(&self, reminder: &Reminder) -> Result<Outcome, Error> {
        let (id, side) = reminder.parse().ok_or("an invalid reminder")?;
        if !self.mailer.is_on() {
            return Ok(Outcome::NoRecipient);
        }
        let Some((channel, message)) = self.planned(&id, reminder).await? else {
            return Ok(Outcome::Withdrawn);
        };
        let Some(addressee) = self.reminded(&channel, &message, side) else {
            return Ok(Outcome::NoRecipient);
        };
        if self.is_present(&addressee).await? {
            return Ok(Outcome::Online);
        }
        let now = self.mailer.app.clock.now();
        let person = self.mailer.directory.refreshed(addressee.id(), now).await?;
        let recipient = self.recipient(&person)?;
        // An unverified address gets only what its few mails are for: answers.
        let Some(recipient) = recipient.filter(|recipient| recipient.is_verified) else {
            return Ok(Outcome::NoRecipient);
        };
        let mail = self.compose_reminder(&channel, &message, side, &person, &recipient).await?;
        let slot = format!("meeting#{id}#{}", recipient.id);
        let name = reminder.starts_at.millis().to_string();
        // Another start is another mail, and may come at any time after this one.
        let terms = ClaimTerms { interval_ms: 0, ..TERMS };
        let slot = Slot { name: &slot, mail: &name, terms };
        let is_due = async || Ok(self.planned(&id, reminder).await?.is_some());
        let delivery = self.mailer.deliver(slot, &mail, is_due, async || Ok(())).await?;
        self.outcome_of_single(delivery, reminder.clone()).await
    }

    /// The message and its channel, if the meeting still begins at that time, and in the future.
    async fn planned(
        &self,
        id: &MessageId,
        reminder: &Reminder,
    ) -> Result<Option<(Channel, Message)>, store::Error> {
        let starts_at = reminder.starts_at;
        if starts_at <= self.mailer.app.clock.now() {
            return Ok(None);
        }
        let found = self.mailer.app.store.message(id).await?;
        Ok(found.filter(|(_, message)| {
            let meeting = message.meeting.as_ref().filter(|_| message.deleted_at.is_none());
            meeting.is_some_and(|meeting| meeting.starts_at == starts_at)
        }))
    }

    /// The person on that side who meets. On the staff's side the assignee, else the admin who
    /// proposed the meeting, else the admin of the pair; never the shop's inbox: an inbox meets
    /// with nobody.
    fn reminded(&self, channel: &Channel, message: &Message, side: Side) -> Option<Addressee> {
        let default = &self.mailer.app.config.default_admin;
        match Addressee::of(channel, side, default) {
            Addressee::Shop(_) if message.sender_role == Role::Admin => {
                Some(Addressee::Admin(message.sender_id.clone()))
            }
            Addressee::Shop(_) => None,
            Addressee::Admin(_)
                if channel.work.assignee_id.is_none() && message.sender_role == Role::Admin =>
            {
                Some(Addressee::Admin(message.sender_id.clone()))
            }
            person => Some(person),
        }
    }

    async fn compose_reminder<'a>(
        &self,
        channel: &Channel,
        message: &Message,
        to: Side,
        person: &Person,
        recipient: &'a Recipient,
    ) -> Result<Mail<'a>, Error> {
        let (app, meeting) = (&self.mailer.app, message.meeting.as_deref());
        let meeting: &Meeting = meeting.ok_or("a reminder of no meeting")?;
        let (config, now) = (&app.config.mail, app.clock.now());
        let by = message.sender_role.side();
        let by_staff = by == Side::Staff;
        // A claimed guest's message is the customer's.
        let author: &ActorId = if by_staff { &message.sender_id } else { &channel.member_id };
        let author = self.mailer.directory.person(author, now).await?;
        let name = author_name(&author.profile(), by, to);
        let sender = match channel.member_role() {
            _ if by_staff => Sender::Staff(name.as_deref()),
            Role::Guest => Sender::Guest(name.as_deref()),
            _ => Sender::Customer(name.as_deref()),
        };
        let profile = person.profile();
        let first_name = profile.first_name.as_deref().map(without_links);
        let preview = domain::preview(&message.body);
        // People trust a link in a mail of the shop, so it must be the shop's.
        let url = meeting.url.as_deref().filter(|_| by_staff);
        let time = (meeting.starts_at.millis(), meeting.ends_at.millis());
        let links = self.mailer.links(channel, to, recipient).await?;
        let letter = meeting_reminder(
            &self.mailer.frame(&links, recipient),
            &MeetingReminder {
                recipient: first_name.as_deref(),
                sender,
                preview: &preview,
                time,
                zone: &self.mailer.zone,
                url,
            },
        )?;
        let id = MessageId { channel: channel.key(), seq: message.seq }.to_string();
        let title = meeting.title.as_deref().map(domain::preview);
        let calendar = calendar(&Event {
            id: &id,
            version: message.updated_at().since(message.created_at) / 1_000,
            now: now.millis(),
            from: time.0,
            to: time.1,
            title: title.as_deref().unwrap_or_else(|| config.language.meeting()),
            url,
        });
        let data = json!({
            "recipient_name": profile.full_name(),
            "sender_name": sender_name(config.language, &config.shop, &sender),
            "channel_id": channel.key().channel_id(),
            "channel_hash": channel.hash.as_str(),
            "message_id": id,
            "preview": preview,
            "starts_at": meeting.starts_at.to_string(),
            "ends_at": meeting.ends_at.to_string(),
            "title": title,
            "url": url,
            "chat_url": self.mailer.published_url(&links, recipient),
            "unsubscribe_url": links.unsubscribe_url,
        });
        let notification = recipient.notification(
            REMINDER_TEMPLATE,
            "chat.message.created",
            ("chat_message", &id),
            &format!("{id}:{}:{}", time.0, recipient.id),
            &data,
        );
        let (calendar, notification) = (Some(calendar), Some(notification));
        let channel = Some(channel.key());
        Ok(Mail { calendar, channel, notification, ..Mail::new(recipient, letter, links) })
    }
}
