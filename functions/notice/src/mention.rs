//! The mail and the push about a mention in a note: one for each note and mentioned admin.
//!
//! It is sent to who is away a minute after the note, or after the edit that added the mention. The
//! note records each checked mention, so neither an edit nor a repeated call begins a second check.
//! The digest reports no mentions.

use app::Error;
use domain::{Addressee, Channel, Note, NoteId, Person, Side, preview, without_links};
use mail::{Links, Mail, Recipient, Slot};
use schedule::Mention;
use serde_json::json;
use store::{ClaimTerms, MENTION_TEMPLATE};
use templates::{NoteMention, Sender, note_mention, sender_name};

use crate::authors::author_name;
use crate::{Notices, Outcome, TERMS};

impl Notices {
    pub(crate) async fn check_mention(&self, mention: &Mention) -> Result<Outcome, Error> {
        let (app, admin) = (&self.mailer.app, &mention.admin);
        let id = NoteId::parse(&mention.note).ok_or("an invalid mention")?;
        if !app.config.enabled {
            return Ok(Outcome::Off);
        }
        let found = app.store.note(&id).await?;
        let Some((channel, note)) = found.filter(|(_, note)| note.mentions.contains(admin)) else {
            return Ok(Outcome::Withdrawn);
        };
        if !note.calls(admin) {
            return Ok(Outcome::Notified);
        }
        let outcome = self.notify_of_mention(mention, &id, &channel, &note).await?;
        if !matches!(outcome, Outcome::Postponed | Outcome::Withdrawn) {
            if outcome != Outcome::Online {
                self.push_mention(&channel, note, admin).await;
            }
            app.store.mark_mention_checked(&id, admin).await?;
        }
        Ok(outcome)
    }

    async fn notify_of_mention(
        &self,
        mention: &Mention,
        id: &NoteId,
        channel: &Channel,
        note: &Note,
    ) -> Result<Outcome, Error> {
        let (app, admin) = (&self.mailer.app, &mention.admin);
        let addressee = Addressee::Admin(admin.clone());
        if self.is_present(&addressee).await? {
            return Ok(Outcome::Online);
        }
        if !self.mailer.is_on() {
            return Ok(Outcome::NoRecipient);
        }
        let person = self.mailer.directory.refreshed(admin, app.clock.now()).await?;
        let Some(recipient) = self.recipient(&person)? else {
            return Ok(Outcome::NoRecipient);
        };
        let mail = self.compose_mention(id, channel, note, &person, &recipient).await?;
        let slot = format!("mention#{id}#{admin}");
        // One mail in all, so there is no time between two.
        let slot =
            Slot { name: &slot, mail: "mention", terms: ClaimTerms { interval_ms: 0, ..TERMS } };
        let is_due = async || {
            let now = app.store.note(id).await?;
            Ok(now.is_some_and(|(_, note)| note.calls(admin)))
        };
        let delivery = self.mailer.deliver(slot, &mail, is_due, async || Ok(())).await?;
        self.outcome_of_single(delivery, mention.clone()).await
    }

    async fn compose_mention<'a>(
        &self,
        id: &NoteId,
        channel: &Channel,
        note: &Note,
        person: &Person,
        recipient: &'a Recipient,
    ) -> Result<Mail<'a>, Error> {
        let app = &self.mailer.app;
        let config = &app.config.mail;
        let author = self.mailer.directory.person(&note.author_id, app.clock.now()).await?;
        let name = author_name(&author.profile(), Side::Staff, Side::Staff);
        let name = name.as_deref();
        let profile = person.profile();
        let first_name = profile.first_name.as_deref().map(without_links);
        let preview = preview(&note.body);
        // An answer would reach the member, who must not see the note.
        let links = self.mailer.links(channel, Side::Staff, recipient).await?;
        let links = Links { reply_to: None, ..links };
        let letter = note_mention(
            &self.mailer.frame(&links, recipient),
            &NoteMention { recipient: first_name.as_deref(), author: name, preview: &preview },
        )?;
        let id = id.to_string();
        let data = json!({
            "recipient_name": profile.full_name(),
            "sender_name": sender_name(config.language, &config.shop, &Sender::Staff(name)),
            "channel_id": channel.key().channel_id(),
            "channel_hash": channel.hash.as_str(),
            "note_id": id,
            "preview": preview,
            "chat_url": links.chat_url,
            "unsubscribe_url": links.unsubscribe_url,
            "sent_at": note.created_at.to_string(),
        });
        let notification = recipient.notification(
            MENTION_TEMPLATE,
            "chat.note.created",
            ("chat_note", &id),
            &format!("{id}:{}", recipient.id),
            &data,
        );
        let (channel, notification) = (Some(channel.key()), Some(notification));
        Ok(Mail { channel, notification, ..Mail::new(recipient, letter, links) })
    }
}
