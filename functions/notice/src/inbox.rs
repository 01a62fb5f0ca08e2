//! The mail to the shop's inbox that tells of what its hourly limit kept back: "12 more
//! conversations wait".
//!
//! A conversation for which no turn is free is noted, and one call of this function is scheduled
//! for when the first turn is free again: then the hour is over, and the number is known. Each
//! schedule is named by its second, and every conversation that waits computes the same one, so
//! there is one call. The mail is claimed like any other, one an hour; it takes no turn, so that a
//! flood cannot keep it back.

use std::collections::BTreeSet;

use app::Error;
use domain::{Addressee, Channel, ChannelKey, Side, Timestamp, look_again};
use futures_util::{StreamExt, TryStreamExt, stream};
use mail::{Delivery, Mail, Slot};
use schedule::Notice;
use serde_json::json;
use store::{ClaimTerms, INBOX_TEMPLATE, INBOX_TURN_MS, InboxWaiting, Notification};
use templates::inbox_summary;

use crate::{Notices, Outcome, TERMS};

/// Conversations of which one such mail tells: reading and noting them fits the function's 30 s.
/// More are told of an hour later.
const MOST_AT_A_TIME: usize = 1_000;
/// Conversations noted as told at the same time.
const AT_ONCE: usize = 16;

impl Notices {
    /// Notes that a conversation waits, and sees to it that the inbox is told once the hour is
    /// over.
    pub(crate) async fn defer(
        &self,
        channel: &ChannelKey,
        free_at: Timestamp,
    ) -> Result<Outcome, Error> {
        self.mailer.app.store.wait_for_inbox(channel, self.mailer.app.clock.now()).await?;
        self.set(&Notice::inbox(), free_at).await?;
        Ok(Outcome::Deferred)
    }

    /// Tells the inbox how many conversations wait.
    pub(crate) async fn tell_inbox(&self, notice: &Notice) -> Result<Outcome, Error> {
        let (app, now) = (&self.mailer.app, self.mailer.app.clock.now());
        if !self.mailer.is_on() {
            return Ok(Outcome::Nobody);
        }
        let Some(recipient) = self.mailer.inbox() else { return Ok(Outcome::Nobody) };
        let noted = app.store.waiting_for_inbox(MOST_AT_A_TIME).await?;
        let is_full = noted.len() == MOST_AT_A_TIME;
        let keys: BTreeSet<ChannelKey> =
            noted.iter().map(|waiting| waiting.channel.clone()).collect();
        let mut waiting: Vec<(Addressee, Channel)> = Vec::new();
        for channel in app.store.channels(&keys).await? {
            match Addressee::of(&channel, Side::Staff, &app.config.default_admin) {
                Some(shop @ Addressee::Shop(_)) if waits(&channel, &shop) => {
                    waiting.push((shop, channel))
                }
                _ => {}
            }
        }
        let Some((shop, _)) = waiting.first() else {
            self.forget(&noted).await?;
            return Ok(Outcome::Read);
        };
        if self.is_there(shop).await? {
            // As with a single message: three more looks, and what waits stands in the inbox that
            // is open.
            if let Some(at) = look_again(now.plus_millis(1), now, notice.looks()) {
                self.set(&Notice::inbox().after_looks(notice.looks().saturating_add(1)), at)
                    .await?;
            }
            return Ok(Outcome::Online);
        }
        let (config, count) = (&app.config.mail, waiting.len() as u64);
        let letter = inbox_summary(&self.mailer.frame(&config.admin_url, None), count)?;
        let notification = Notification {
            to: recipient.address.as_str().to_owned(),
            channel: "email".to_owned(),
            template: INBOX_TEMPLATE.to_owned(),
            data: json!({ "conversations": count, "chat_url": config.admin_url }).to_string(),
            trigger_type: "chat.message.created".to_owned(),
            resource_id: recipient.id.to_string(),
            resource_type: "chat_member".to_owned(),
            receiver_id: recipient.id.to_string(),
            idempotency_key: format!("{INBOX_TEMPLATE}:{}:{}", recipient.id, now.millis()),
        };
        let mail =
            Mail { recipient: &recipient, letter, unsubscribe_url: None, notification, as_of: now };
        let name = now.millis().to_string();
        let slot = Slot {
            name: "notice#~",
            mail: &name,
            terms: ClaimTerms { apart_ms: INBOX_TURN_MS, ..TERMS },
        };
        let remember = async || {
            let told = waiting.iter().map(|(shop, channel)| async move {
                app.store
                    .tell(
                        &channel.key(),
                        shop,
                        channel.episode(shop),
                        channel.last_seq,
                        app.clock.now(),
                    )
                    .await
            });
            stream::iter(told.collect::<Vec<_>>())
                .buffer_unordered(AT_ONCE)
                .try_collect::<Vec<()>>()
                .await?;
            self.forget(&noted).await
        };
        match self.mailer.deliver(slot, &mail, async || Ok(true), remember).await? {
            Delivery::Sent => {
                if is_full {
                    self.set(&Notice::inbox(), now.plus_millis(INBOX_TURN_MS)).await?;
                }
                Ok(Outcome::Sent)
            }
            Delivery::Done | Delivery::Late => Ok(Outcome::Told),
            Delivery::Unwanted => Ok(Outcome::Nobody),
            Delivery::Wait(at) | Delivery::Busy(at) => {
                self.set(&Notice::inbox(), at).await?;
                Ok(Outcome::Later)
            }
            // There is no digest to the inbox: what may not have been told is told an hour later.
            Delivery::Unsure | Delivery::Failed => {
                self.set(&Notice::inbox(), now.plus_millis(INBOX_TURN_MS)).await?;
                Ok(Outcome::Failed)
            }
            Delivery::Refused | Delivery::NotYet => {
                Err("SES takes no mail to the inbox at the moment".into())
            }
        }
    }

    async fn forget(&self, noted: &[InboxWaiting]) -> Result<(), store::Error> {
        let forgotten: Vec<_> =
            noted.iter().map(|waiting| self.mailer.app.store.inbox_was_told(waiting)).collect();
        stream::iter(forgotten).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
        Ok(())
    }
}

/// Whether a conversation still waits, by its head alone: no member of staff has read it, answered
/// it or got a mail about it.
fn waits(channel: &Channel, shop: &Addressee) -> bool {
    channel.unread_by(shop) > 0 && !channel.was_told(shop) && channel.unanswered_since.is_some()
}
