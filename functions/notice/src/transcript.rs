//! The mail with a whole conversation, to a person who asked for it: one for each request.
//!
//! It goes to their own verified address, has no notes, and names files without links: a link would
//! outlive the mail's purpose, or expire before it is read. No other system receives it.

use app::Error;
use domain::{Channel, Message, Side};
use mail::{Mail, Recipient, Slot};
use schedule::Transcript;
use store::ClaimTerms;
use templates::{Said, transcript};

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
        let recipient = self.recipient(&person)?;
        let Some(recipient) = recipient.filter(|recipient| recipient.is_verified) else {
            return Ok(Outcome::NoRecipient);
        };
        let name = person.profile().first_name;
        let mail = self.compose_transcript(&channel, side, name.as_deref(), &recipient);
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
    ) -> Result<Option<Mail<'a>>, Error> {
        let messages = newest(self.mailer.app.store.last_messages(channel, MAX_MESSAGES).await?);
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
        let mut links = self.mailer.links(channel, side, recipient).await?;
        if side == Side::Staff {
            // An admin who answers their own transcript hardly means to write to the member.
            links.reply_to = None;
        }
        let letter = transcript(
            &self.mailer.frame(&links, recipient),
            &templates::Transcript {
                recipient: first_name.map(domain::without_links).as_deref(),
                messages: &said,
                is_cut: all > count,
                zone: &self.mailer.zone,
            },
        )?;
        Ok(Some(Mail { channel: Some(channel.key()), ..Mail::new(recipient, letter, links) }))
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
