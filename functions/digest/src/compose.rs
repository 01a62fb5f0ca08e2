//! A digest as a mail, whoever gets it.

use app::Error;
use domain::{Addressee, Channel, Message, Person, Timestamp, preview, without_links};
use mail::{Delivery, Mail, Recipient, Slot};
use serde_json::{Value, json};
use store::{ClaimTerms, DIGEST_TEMPLATE, Notification};
use templates::{Conversation, DailyDigest, Sender, daily_digest, sender_name};

use crate::{MOST_NAMED, Run};

/// How a mail is claimed. A day less what summer time and a late start take from it.
const TERMS: ClaimTerms = ClaimTerms { lease_ms: 5 * 60_000, apart_ms: 22 * 3_600_000 };

/// A conversation of which a digest tells.
pub(crate) struct News {
    /// As the mail shows it.
    pub(crate) conversation: Conversation,
    /// As other systems hear of it.
    data: Value,
}

impl Run {
    /// What a digest tells of a channel: its newest message to the addressee, and the other side,
    /// who is called so.
    pub(crate) fn news<'a>(
        &self,
        channel: &Channel,
        addressee: &Addressee,
        newest: &Message,
        other_side: impl FnOnce(Option<&'a str>) -> Sender<'a>,
        called: Option<&'a str>,
    ) -> News {
        let config = &self.mailer.app.config.mail;
        let name = without_links(&sender_name(config.language, &config.shop, &other_side(called)));
        let unread = channel.unread_by(addressee);
        let data = json!({
            "channel_id": channel.key().channel_id(), "channel_hash": channel.hash.as_str(), "name": name,
            "unread_count": unread, "last_message_at": channel.last_message_at.map(|at| at.to_string()),
        });
        News {
            conversation: Conversation { name, unread, preview: Some(preview(&newest.body)) },
            data,
        }
    }

    /// The mail that tells somebody of these.
    pub(crate) async fn compose<'a>(
        &self,
        recipient: &'a Recipient,
        person: &Person,
        unread: u64,
        news: Vec<News>,
        chat_url: &str,
        as_of: Timestamp,
    ) -> Result<Mail<'a>, Error> {
        let profile = person.profile();
        let unsubscribe_url = self.mailer.unsubscribe_url(recipient).await?;
        let data = json!({
            "recipient_name": profile.full_name(), "unread_count": unread, "chat_url": chat_url, "unsubscribe_url": unsubscribe_url,
            "channels": news.iter().map(|news| &news.data).collect::<Vec<_>>(),
        });
        let more = news.len().saturating_sub(MOST_NAMED) as u64;
        let conversations: Vec<_> =
            news.into_iter().take(MOST_NAMED).map(|news| news.conversation).collect();
        let first = profile.first_name.as_deref().map(without_links);
        let digest = DailyDigest {
            recipient: first.as_deref(),
            unread,
            conversations: &conversations,
            more,
        };
        let letter =
            daily_digest(&self.mailer.frame(chat_url, unsubscribe_url.as_deref()), &digest)?;
        let notification = Notification {
            to: recipient.address.as_str().to_owned(),
            channel: "email".to_owned(),
            template: DIGEST_TEMPLATE.to_owned(),
            data: data.to_string(),
            trigger_type: "chat-unread-digest".to_owned(),
            resource_id: recipient.id.to_string(),
            resource_type: "chat_member".to_owned(),
            receiver_id: recipient.id.to_string(),
            idempotency_key: format!("{DIGEST_TEMPLATE}:{}:{}", recipient.id, self.day),
        };
        Ok(Mail { recipient, letter, unsubscribe_url, notification, as_of })
    }

    /// Sends a digest: one a day to each. It waits for its turn once it is claimed, and looks after
    /// that whether it is due.
    pub(crate) async fn deliver(
        &self,
        mail: &Mail<'_>,
        is_due: impl AsyncFnOnce() -> Result<bool, store::Error>,
        remember: impl AsyncFnOnce() -> Result<(), store::Error>,
    ) -> Result<Delivery, Error> {
        let slot = format!("digest#{}", mail.recipient.id);
        let slot = Slot { name: &slot, mail: &self.day, terms: TERMS };
        let is_due = async || {
            self.pace.turn().await;
            // While this one waited, SES may have refused the others.
            if self.is_over() { Ok(false) } else { is_due().await }
        };
        let delivery = self.mailer.deliver(slot, mail, is_due, remember).await?;
        self.circuit.note(delivery);
        Ok(if delivery == Delivery::Late && self.is_over() { Delivery::Refused } else { delivery })
    }
}
