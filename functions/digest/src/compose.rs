//! The digest as a mail to a customer or admin.

use app::Error;
use domain::{Addressee, Channel, Message, Person, Side, Timestamp, without_links};
use mail::{Delivery, Links, Mail, Recipient, Slot};
use serde_json::{Value, json};
use store::{ClaimTerms, DIGEST_TEMPLATE};
use templates::{Conversation, DailyDigest, Sender, daily_digest, sender_name};

use crate::{MAX_LISTED, Run};

/// How a digest is claimed. The interval is a day, less what summer time and a late start take off.
const TERMS: ClaimTerms = ClaimTerms { lease_ms: 5 * 60_000, interval_ms: 22 * 3_600_000 };

/// What a digest reports.
pub(crate) struct Report {
    /// The number of unread messages.
    pub(crate) unread: u64,
    /// The conversations, of which the mail lists the first.
    pub(crate) entries: Vec<Entry>,
    /// The number of conversations that have no entry.
    pub(crate) more: u64,
}

/// A conversation in a digest.
pub(crate) struct Entry {
    /// For the mail.
    pub(crate) conversation: Conversation,
    /// For other systems.
    data: Value,
}

impl Run {
    /// The entry of a channel. `newest` is its newest message to the addressee, and `name` the
    /// other side's name, which `sender` turns into a sender.
    pub(crate) fn entry<'a>(
        &self,
        channel: &Channel,
        addressee: &Addressee,
        newest: &Message,
        sender: impl FnOnce(Option<&'a str>) -> Sender<'a>,
        name: Option<&'a str>,
    ) -> Entry {
        let config = &self.mailer.app.config.mail;
        let name = without_links(&sender_name(config.language, &config.shop, &sender(name)));
        let unread = channel.unread_by(addressee);
        // A customer's link opens the panel, whatever the conversation.
        let url = (addressee.side() == Side::Staff).then(|| config.conversation_url(&channel.hash));
        let data = json!({
            "channel_id": channel.key().channel_id(),
            "channel_hash": channel.hash.as_str(),
            "name": name,
            "unread_count": unread,
            "chat_url": url.as_ref().unwrap_or(&config.storefront_url),
            "last_message_at": channel.last_message_at.map(|at| at.to_string()),
        });
        let preview = Some(self.mailer.preview(newest));
        Entry { conversation: Conversation { name, unread, preview, url }, data }
    }

    /// The mail with this report.
    pub(crate) async fn compose<'a>(
        &self,
        recipient: &'a Recipient,
        person: &Person,
        Report { unread, entries, more }: Report,
        chat_url: &str,
        as_of: Timestamp,
    ) -> Result<Mail<'a>, Error> {
        let profile = person.profile();
        let unsubscribe_url = self.mailer.unsubscribe_url(recipient).await?;
        let links = Links { chat_url: chat_url.to_owned(), unsubscribe_url, reply_to: None };
        let data = json!({
            "recipient_name": profile.full_name(),
            "unread_count": unread,
            "chat_url": links.chat_url,
            "unsubscribe_url": links.unsubscribe_url,
            "channels": entries.iter().map(|entry| &entry.data).collect::<Vec<_>>(),
        });
        let more = more + entries.len().saturating_sub(MAX_LISTED) as u64;
        let conversations: Vec<_> =
            entries.into_iter().take(MAX_LISTED).map(|entry| entry.conversation).collect();
        let first_name = profile.first_name.as_deref().map(without_links);
        let digest = DailyDigest {
            recipient: first_name.as_deref(),
            unread,
            conversations: &conversations,
            more,
        };
        let letter = daily_digest(&self.mailer.frame(&links, recipient), &digest)?;
        let notification = recipient.notification(
            DIGEST_TEMPLATE,
            "chat-unread-digest",
            ("chat_member", recipient.id.as_str()),
            &format!("{}:{}", recipient.id, self.day),
            &data,
        );
        let (notification, digested_at) = (Some(notification), Some(as_of));
        Ok(Mail { notification, digested_at, ..Mail::new(recipient, letter, links) })
    }

    /// Sends a digest, at most one a day to each recipient. After the claim it waits for the rate
    /// limit, and then checks that it is due.
    pub(crate) async fn deliver(
        &self,
        mail: &Mail<'_>,
        is_due: impl AsyncFnOnce() -> Result<bool, store::Error>,
        record: impl AsyncFnOnce() -> Result<(), store::Error>,
    ) -> Result<Delivery, Error> {
        let slot = format!("digest#{}", mail.recipient.id);
        let slot = Slot { name: &slot, mail: &self.day, terms: TERMS };
        let is_due = async || {
            self.pace.wait().await;
            // SES may have refused the others during the wait.
            if self.is_over() { Ok(false) } else { is_due().await }
        };
        let delivery = self.mailer.deliver(slot, mail, is_due, record).await?;
        self.circuit.count(delivery);
        Ok(if delivery == Delivery::NotDue && self.is_over() { Delivery::NotNow } else { delivery })
    }
}
