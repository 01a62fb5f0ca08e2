//! The summary mail to the shop's inbox, about the conversations that its hourly limit deferred:
//! "12 more conversations wait".
//!
//! A conversation that gets no permit is stored as deferred, and a call of this function is
//! scheduled for the instant at which the next permit is free: then the hour is over, and the
//! number is known. All deferred conversations compute the same instant, and the schedule is named
//! by its second, so there is one call. The summary is claimed like any other mail, once an hour.
//! It takes no permit, so that a flood cannot hold it back.

use std::collections::BTreeSet;

use app::Error;
use domain::{Addressee, Channel, ChannelKey, Side, Timestamp, next_check};
use futures_util::{StreamExt, TryStreamExt, stream};
use mail::{Delivery, Links, Mail, Slot};
use schedule::Notice;
use serde_json::json;
use store::{ClaimTerms, Deferred, INBOX_PERMIT_MS, INBOX_TEMPLATE};
use templates::inbox_summary;

use crate::{Notices, Outcome, TERMS};

/// Most conversations in one summary: reading and recording them fits the function's 30 s. The
/// others wait an hour for the next one.
const MAX_CONVERSATIONS: usize = 1_000;
/// Concurrent writes.
const AT_ONCE: usize = 16;

impl Notices {
    /// Defers a conversation to the summary, and schedules the summary.
    pub(crate) async fn defer(
        &self,
        channel: &ChannelKey,
        free_at: Timestamp,
    ) -> Result<Outcome, Error> {
        let app = &self.mailer.app;
        app.store.defer_to_summary(channel, app.clock.now()).await?;
        self.schedule(Notice::inbox(), free_at).await?;
        Ok(Outcome::Deferred)
    }

    /// Sends the summary.
    pub(crate) async fn summarize(&self, notice: &Notice) -> Result<Outcome, Error> {
        let (app, now) = (&self.mailer.app, self.mailer.app.clock.now());
        if !self.mailer.is_on() {
            return Ok(Outcome::NoRecipient);
        }
        let Some(recipient) = self.mailer.inbox() else { return Ok(Outcome::NoRecipient) };
        let deferred = app.store.deferred_conversations(MAX_CONVERSATIONS).await?;
        let is_full = deferred.len() == MAX_CONVERSATIONS;
        let keys: BTreeSet<ChannelKey> =
            deferred.iter().map(|deferred| deferred.channel.clone()).collect();
        let mut waiting: Vec<(Addressee, Channel)> = Vec::new();
        for channel in app.store.channels(&keys).await? {
            match Addressee::of(&channel, Side::Staff, &app.config.default_admin) {
                shop @ Addressee::Shop(_) if waits(&channel, &shop) => {
                    waiting.push((shop, channel));
                }
                _ => {}
            }
        }
        let Some((shop, _)) = waiting.first() else {
            self.remove_deferred(&deferred).await?;
            return Ok(Outcome::Read);
        };
        if self.is_present(shop).await? {
            // As with a single message, three more checks follow. The open inbox lists the waiting
            // conversations.
            if let Some(at) = next_check(now.plus_millis(1), now, notice.checks()) {
                let again = Notice::inbox().after_checks(notice.checks().saturating_add(1));
                self.schedule(again, at).await?;
            }
            return Ok(Outcome::Online);
        }
        let (config, count) = (&app.config.mail, waiting.len() as u64);
        let chat_url = config.admin_url.clone();
        let links = Links { chat_url, unsubscribe_url: None, reply_to: None };
        let letter = inbox_summary(&self.mailer.frame(&links, &recipient), count)?;
        let notification = recipient.notification(
            INBOX_TEMPLATE,
            "chat.message.created",
            ("chat_member", recipient.id.as_str()),
            &format!("{}:{}", recipient.id, now.millis()),
            &json!({ "conversations": count, "chat_url": config.admin_url }),
        );
        let mail =
            Mail { notification: Some(notification), ..Mail::new(&recipient, letter, links) };
        let name = now.millis().to_string();
        let slot = Slot {
            name: "notice#~",
            mail: &name,
            terms: ClaimTerms { interval_ms: INBOX_PERMIT_MS, ..TERMS },
        };
        let record = async || {
            let marks = waiting.iter().map(|(shop, channel)| async move {
                let (key, episode) = (channel.key(), channel.episode(shop));
                app.store
                    .mark_notified(&key, shop, episode, channel.last_seq, app.clock.now())
                    .await
            });
            stream::iter(marks.collect::<Vec<_>>())
                .buffer_unordered(AT_ONCE)
                .try_collect::<Vec<()>>()
                .await?;
            self.remove_deferred(&deferred).await
        };
        match self.mailer.deliver(slot, &mail, async || Ok(true), record).await? {
            Delivery::Sent => {
                if is_full {
                    self.schedule(Notice::inbox(), now.plus_millis(INBOX_PERMIT_MS)).await?;
                }
                Ok(Outcome::Sent)
            }
            Delivery::Done | Delivery::NotDue => Ok(Outcome::Notified),
            Delivery::Blocked => Ok(Outcome::NoRecipient),
            Delivery::Wait(at) | Delivery::Busy(at) => {
                self.schedule(Notice::inbox(), at).await?;
                Ok(Outcome::Postponed)
            }
            // The inbox gets no digest: the next summary reports what this one may not have.
            Delivery::Unsure | Delivery::Failed => {
                self.schedule(Notice::inbox(), now.plus_millis(INBOX_PERMIT_MS)).await?;
                Ok(Outcome::Failed)
            }
            Delivery::NotNow | Delivery::NotVerified => {
                Err("SES takes no mail to the inbox at the moment".into())
            }
        }
    }

    async fn remove_deferred(&self, deferred: &[Deferred]) -> Result<(), store::Error> {
        let store = &self.mailer.app.store;
        let removals: Vec<_> =
            deferred.iter().map(|deferred| store.remove_deferred(deferred)).collect();
        stream::iter(removals).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
        Ok(())
    }
}

/// Whether a conversation still waits, by its head alone: no admin has read, answered or closed it,
/// and the inbox got no mail about it.
fn waits(channel: &Channel, shop: &Addressee) -> bool {
    channel.unread_by(shop) > 0 && !channel.was_notified(shop) && channel.waits_since().is_some()
}
