//! The mail about an unread message.

use app::Error;
use domain::{
    Addressee, Channel, Message, MessageId, Person, Role, Side, Timestamp, one_line, without_links,
};
use mail::{Delivery, Mail, Recipient, Slot};
use serde_json::json;
use store::{InboxPermit, UNREAD_TEMPLATE};
use templates::{Sender, UnreadMessage, sender_name, unread_message};

use crate::{Notices, TERMS};

/// Longest name of a person in a subject, in characters: what mail programs show of a subject.
pub(crate) const MAX_SUBJECT_NAME: usize = 60;

/// The result of sending a mail.
pub(crate) enum Sending {
    Delivery(Delivery),
    /// The shop's inbox has reached its hourly limit until this instant.
    InboxIsFull(Timestamp),
}

impl Notices {
    /// Sends the mail, within the inbox's hourly limit if it goes there.
    pub(crate) async fn send(
        &self,
        channel: &Channel,
        addressee: &Addressee,
        person: &Person,
        recipient: &Recipient,
        message: &Message,
    ) -> Result<Sending, Error> {
        let app = &self.mailer.app;
        let mail = self.compose(channel, addressee, person, recipient, message).await?;
        let episode = channel.episode(addressee);
        // A person gets one mail at a time. In the inbox each conversation has its own mails,
        // within the hourly limit.
        let slot = match addressee {
            Addressee::Shop(_) => format!("notice#~#{}", channel.key().as_str()),
            Addressee::Customer(id) | Addressee::Admin(id) => format!("notice#{id}"),
        };
        let name = format!("{}#{episode}", channel.key().as_str());
        let slot = Slot { name: &slot, mail: &name, terms: TERMS };
        let token = app.event_id()?.as_str().to_owned();
        let (mut permit, mut full_until) = (None, None);
        let is_due = async || {
            let now = app.store.channel_of_key(&channel.key()).await?;
            if now.is_none_or(|now| now.known_to(addressee) >= message.seq) {
                return Ok(false);
            }
            if recipient.is_inbox {
                let (limit, now) = (app.config.mail.inbox_per_hour, app.clock.now());
                match app.store.take_inbox_permit(limit, &token, now).await? {
                    InboxPermit::Granted(granted) => permit = Some(granted),
                    InboxPermit::Exhausted(until) => full_until = Some(until),
                }
            }
            Ok(full_until.is_none())
        };
        let record = async || {
            let now = app.clock.now();
            app.store.mark_notified(&channel.key(), addressee, episode, channel.last_seq, now).await
        };
        let delivery = self.mailer.deliver(slot, &mail, is_due, record).await?;
        let was_sent = matches!(delivery, Delivery::Sent | Delivery::Unsure);
        if let Some(permit) = permit.filter(|_| !was_sent) {
            app.store.return_inbox_permit(&permit).await?;
        }
        Ok(full_until.map_or(Sending::Delivery(delivery), Sending::InboxIsFull))
    }

    async fn compose<'a>(
        &self,
        channel: &Channel,
        addressee: &Addressee,
        person: &Person,
        recipient: &'a Recipient,
        message: &Message,
    ) -> Result<Mail<'a>, Error> {
        let app = &self.mailer.app;
        let config = &app.config.mail;
        let to_staff = addressee.side() == Side::Staff;
        // A claimed guest's message is the customer's.
        let author = if to_staff { &channel.member_id } else { &message.sender_id };
        let author = self.mailer.directory.person(author, app.clock.now()).await?;
        let name = author.profile().full_name();
        let name = name.map(|name| one_line(&without_links(&name), MAX_SUBJECT_NAME));
        let name = name.as_deref();
        let sender = match channel.member_role() {
            _ if !to_staff => Sender::Staff(name),
            Role::Guest => Sender::Guest(name),
            _ => Sender::Customer(name),
        };
        let profile = person.profile();
        let first_name = profile.first_name.as_deref().map(without_links);
        let preview = self.mailer.preview(message);
        let unread = channel.unread_by(addressee);
        let chat_url = if to_staff {
            config.conversation_url(&channel.hash)
        } else {
            config.storefront_url.clone()
        };
        let unsubscribe_url = self.mailer.unsubscribe_url(recipient).await?;
        let letter = unread_message(
            &self.mailer.frame(&chat_url, unsubscribe_url.as_deref()),
            &UnreadMessage { recipient: first_name.as_deref(), sender, preview: &preview, unread },
        )?;
        let message_id = MessageId { channel: channel.key(), seq: message.seq }.to_string();
        let data = json!({
            "recipient_name": profile.full_name(),
            "sender_name": sender_name(config.language, &config.shop, &sender),
            "channel_id": channel.key().channel_id(),
            "channel_hash": channel.hash.as_str(),
            "message_id": message_id,
            "preview": preview,
            "unread_count": unread,
            "chat_url": chat_url,
            "unsubscribe_url": unsubscribe_url,
            "sent_at": message.created_at.to_string(),
        });
        let notification = recipient.notification(
            UNREAD_TEMPLATE,
            "chat.message.created",
            ("chat_message", &message_id),
            &format!("{message_id}:{}", recipient.id),
            &data,
        );
        Ok(Mail {
            recipient,
            letter,
            calendar: None,
            unsubscribe_url,
            notification,
            digested_at: None,
        })
    }
}
