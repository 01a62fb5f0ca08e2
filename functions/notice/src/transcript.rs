//! The mail with a whole conversation, to a person who asked for it: one for each request.
//!
//! It goes to their own verified address, has no notes, and names files without links: a link would
//! outlive the mail's purpose, or expire before it is read.

use app::Error;
use domain::{Channel, Message, Side};
use mail::{Mail, Recipient, Slot};
use schedule::Transcript;
use serde_json::json;
use store::{ClaimTerms, TRANSCRIPT_TEMPLATE};
use templates::{Frame, Said, transcript};

use crate::{Notices, Outcome, TERMS};

/// Most messages of a transcript: the newest.
const MAX_MESSAGES: usize = 200;
/// Most characters of their texts together. Older messages are left out.
const MAX_CHARS: usize = 100_000;

impl Notices {
    pub(crate) async fn send_transcript(&self, asked: &Transcript) -> Result<Outcome, Error> {
        let (app, now) = (&self.mailer.app, self.mailer.app.clock.now());
        let (key, side) = asked.parse().ok_or("an invalid transcript")?;
        if !self.mailer.is_on() {
            return Ok(Outcome::NoRecipient);
        }
        let channel = app.store.channel_of_key(&key).await?;
        let is_theirs =
            |channel: &Channel| side == Side::Staff || channel.member_id == asked.person;
        let Some(channel) = channel.filter(is_theirs) else { return Ok(Outcome::Withdrawn) };
        let person = self.mailer.directory.refreshed(&asked.person, now).await?;
        let recipient = self.mailer.recipient(&person);
        if recipient.is_none() && self.mailer.directory.is_pending(&person) {
            return Err("the directory does not answer".into());
        }
        let Some(recipient) = recipient.filter(|recipient| recipient.is_verified) else {
            return Ok(Outcome::NoRecipient);
        };
        let name = person.profile().first_name;
        let mail = self.compose_transcript(&channel, side, name.as_deref(), &recipient, asked);
        let Some(mail) = mail.await? else { return Ok(Outcome::Withdrawn) };
        let slot = format!("transcript#{}#{}", asked.transcript, asked.person);
        // One mail in all, so there is no time between two.
        let terms = ClaimTerms { interval_ms: 0, ..TERMS };
        let slot = Slot { name: &slot, mail: "transcript", terms };
        let delivery = self.mailer.deliver(slot, &mail, async || Ok(true), async || Ok(())).await?;
        self.outcome_of_single(delivery, asked.clone()).await
    }

    /// The mail; `None` without a message.
    async fn compose_transcript<'a>(
        &self,
        channel: &Channel,
        side: Side,
        first_name: Option<&str>,
        recipient: &'a Recipient,
        asked: &Transcript,
    ) -> Result<Option<Mail<'a>>, Error> {
        let (app, key) = (&self.mailer.app, channel.key());
        let messages = newest(app.store.last_messages(channel, MAX_MESSAGES).await?);
        let (count, all) = (messages.len() as u64, channel.live_customer + channel.live_staff);
        let authors = self.named(channel, side, messages).await?;
        if authors.messages.is_empty() {
            return Ok(None);
        }
        let said: Vec<Said> = authors
            .messages
            .iter()
            .map(|message| {
                // What the other side's people wrote could lead anywhere.
                let is_trusted = side == Side::Member || message.sender_role.side() == Side::Staff;
                let lines = message.body.lines();
                let text: Vec<String> = if is_trusted {
                    lines.map(str::to_owned).collect()
                } else {
                    lines.map(domain::without_links).collect()
                };
                Said {
                    sender: authors.of(message).0,
                    at: message.created_at.millis(),
                    text: text.join("\n"),
                    carried: self.mailer.carried(message),
                }
            })
            .collect();
        let config = &app.config.mail;
        let chat_url = match side {
            Side::Staff => config.conversation_url(&channel.hash),
            Side::Member if recipient.id.is_guest() => {
                app.guest_url(&recipient.id, &recipient.address).await?
            }
            Side::Member => config.storefront_url.clone(),
        };
        let unsubscribe_url = self.mailer.unsubscribe_url(recipient).await?;
        // An admin who answers their own transcript hardly means to write to the customer.
        let reply_to = match side {
            Side::Member => self.mailer.reply_to(&key, side, recipient).await?,
            Side::Staff => None,
        };
        let frame = self.mailer.frame(&chat_url, unsubscribe_url.as_deref());
        let letter = transcript(
            &Frame { can_reply: reply_to.is_some(), is_secret: recipient.id.is_guest(), ..frame },
            &templates::Transcript {
                recipient: first_name.map(domain::without_links).as_deref(),
                messages: &said,
                is_cut: all > count,
                zone: &self.mailer.zone,
            },
        )?;
        let data = json!({
            "recipient_name": first_name,
            "channel_id": key.channel_id(),
            "channel_hash": channel.hash.as_str(),
            "message_count": count,
            "chat_url": self.mailer.published_url(&chat_url, recipient),
            "unsubscribe_url": unsubscribe_url,
        });
        let notification = recipient.notification(
            TRANSCRIPT_TEMPLATE,
            "chat-transcript",
            ("chat_channel", &key.channel_id()),
            &asked.transcript,
            &data,
        );
        Ok(Some(Mail {
            recipient,
            letter,
            calendar: None,
            channel: Some(key),
            reply_to,
            unsubscribe_url,
            notification,
            digested_at: None,
        }))
    }
}

/// The newest of these messages whose texts are not too long together. There is always one.
fn newest(mut messages: Vec<Message>) -> Vec<Message> {
    let mut chars = 0;
    let is_in = |message: &&Message| {
        chars += message.body.chars().count();
        chars <= MAX_CHARS
    };
    let fitting = messages.iter().rev().take_while(is_in).count();
    messages.drain(..messages.len() - fitting);
    messages
}
