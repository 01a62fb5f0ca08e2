//! The mail about an unread message.

use app::Error;
use app::unsubscribe::digest_of_address;
use domain::{
    Addressee, Channel, EmailAddress, Message, MessageId, Person, Profile, Timestamp, without_links,
};
use mail::{Delivery, Mail, Recipient, Slot};
use serde_json::json;
use store::{GuestPermit, InboxPermit, UNREAD_TEMPLATE};
use templates::{Quoted, UnreadMessage, sender_name, unread_message};

use crate::authors::code_of;
use crate::{Notices, TERMS};

/// The result of sending a mail.
pub(crate) enum Sending {
    Delivery(Delivery),
    /// The shop's inbox has reached its hourly limit until this instant.
    InboxIsFull(Timestamp),
    /// The guest's address, which is not verified, has reached its limit until this instant.
    AddressIsFull(Timestamp),
    /// The source of the guest's address has brought too many new ones today.
    SourceIsFull,
}

/// What a mail has taken from a limit.
enum Permit {
    None,
    Inbox(store::Permit),
    Guest,
}

/// The digest under which an unverified address is counted, whatever tag follows a `+` in it.
fn guest_digest(recipient: &Recipient) -> String {
    let address = recipient.address.as_str();
    let untagged = address.split_once('@').and_then(|(local, domain)| {
        let local = local.split('+').next()?;
        EmailAddress::parse(&format!("{local}@{domain}"))
    });
    digest_of_address(untagged.as_ref().unwrap_or(&recipient.address))
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
            Addressee::Customer(id) | Addressee::Guest(id) | Addressee::Admin(id) => {
                format!("notice#{id}")
            }
        };
        let name = format!("{}#{episode}", channel.key().as_str());
        let slot = Slot { name: &slot, mail: &name, terms: TERMS };
        let token = app.event_id()?.as_str().to_owned();
        let (mut permit, mut refused) = (Permit::None, None);
        let counted = guest_digest(recipient);
        let is_due = async || {
            let now = app.store.channel_of_key(&channel.key()).await?;
            if now.is_none_or(|now| now.known_to(addressee) >= message.seq) {
                return Ok(false);
            }
            if recipient.is_inbox {
                let (limit, now) = (app.config.mail.inbox_per_hour, app.clock.now());
                match app.store.take_inbox_permit(limit, &token, now).await? {
                    InboxPermit::Granted(granted) => permit = Permit::Inbox(granted),
                    InboxPermit::Exhausted(until) => refused = Some(Sending::InboxIsFull(until)),
                }
            } else if !recipient.is_verified {
                let (source, now) = (person.email_source.as_deref(), app.clock.now());
                match app.store.take_guest_permit(&counted, source, &name, now).await? {
                    GuestPermit::Granted => permit = Permit::Guest,
                    GuestPermit::Exhausted(until) => refused = Some(Sending::AddressIsFull(until)),
                    GuestPermit::SourceExhausted => refused = Some(Sending::SourceIsFull),
                }
            }
            Ok(refused.is_none())
        };
        let record = async || {
            let now = app.clock.now();
            app.store
                .mark_notified(&channel.key(), addressee, episode, channel.last_seq, now)
                .await?;
            app.store.forget_email_source(person).await
        };
        let delivery = self.mailer.deliver(slot, &mail, is_due, record).await?;
        let was_sent = matches!(delivery, Delivery::Sent | Delivery::Unsure);
        match permit {
            _ if was_sent => {}
            Permit::Inbox(permit) => app.store.return_inbox_permit(&permit).await?,
            Permit::Guest => {
                app.store.return_guest_permit(&counted, &name, app.clock.now()).await?;
            }
            Permit::None => {}
        }
        Ok(refused.unwrap_or(Sending::Delivery(delivery)))
    }

    async fn compose<'a>(
        &self,
        channel: &Channel,
        addressee: &Addressee,
        person: &Person,
        recipient: &'a Recipient,
        message: &Message,
    ) -> Result<Mail<'a>, Error> {
        let config = &self.mailer.app.config.mail;
        let side = addressee.side();
        let authors = self.authors(channel, side, recipient, message).await?;
        let (sender, _) = authors.of(message);
        // Anyone could have typed a guest's name, and send it to an address by us.
        let profile = if recipient.is_verified { person.profile() } else { Profile::default() };
        let first_name = profile.first_name.as_deref().map(without_links);
        let preview = self.mailer.preview(message);
        let unread = channel.unread_by(addressee);
        let links = self.mailer.links(channel, side, recipient).await?;
        let quotes: Vec<_> = authors
            .messages
            .iter()
            .map(|message| {
                let (sender, picture_url) = authors.of(message);
                Quoted { sender, picture_url, text: self.mailer.quote(message) }
            })
            .collect();
        let letter = unread_message(
            &self.mailer.frame(&links, recipient),
            &UnreadMessage {
                recipient: first_name.as_deref(),
                sender,
                code: code_of(&channel.member_id),
                quotes: &quotes,
                unread,
            },
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
            "chat_url": self.mailer.published_url(&links, recipient),
            "unsubscribe_url": links.unsubscribe_url,
            "sent_at": message.created_at.to_string(),
        });
        let notification = recipient.notification(
            UNREAD_TEMPLATE,
            "chat.message.created",
            ("chat_message", &message_id),
            &format!("{message_id}:{}", recipient.id),
            &data,
        );
        let (channel, notification) = (Some(channel.key()), Some(notification));
        Ok(Mail { channel, notification, ..Mail::new(recipient, letter, links) })
    }
}
