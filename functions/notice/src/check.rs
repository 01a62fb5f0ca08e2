//! The check of one channel and side.

use app::Error;
use domain::{Addressee, Channel, Person, Principal, Side, Timestamp, next_check, notice_due};
use mail::{Delivery, Recipient};
use schedule::Notice;

use crate::send::Sending;
use crate::{Notices, Outcome};

/// How often a guest who stays online is checked in all. No digest reports the message.
const MAX_GUEST_CHECKS: u8 = 12;
/// How long an answer to an unverified address may wait for its limit, in milliseconds: two days.
/// A flood to one address must not last longer.
const DEFERRED_MS: i64 = 2 * 24 * 3_600_000;
/// How long after the first hour's checks the next ones are, in milliseconds.
const GUEST_CHECK_MS: i64 = 3_600_000;

impl Notices {
    pub(crate) async fn check(&self, notice: &Notice) -> Result<Outcome, Error> {
        let (app, now) = (&self.mailer.app, self.mailer.app.clock.now());
        let (key, side, episode) = notice.parse().ok_or("an invalid notice")?;
        if !self.mailer.is_on() {
            return Ok(Outcome::NoRecipient);
        }
        let Some(channel) = app.store.channel_of_key(&key).await? else {
            return Ok(Outcome::NoRecipient);
        };
        let addressee = Addressee::of(&channel, side, &app.config.default_admin);
        // A close ends the member's wait.
        let is_closed = side == Side::Staff && channel.waits_since().is_none();
        if is_closed || channel.unread_by(&addressee) == 0 {
            return Ok(Outcome::Read);
        }
        if channel.was_notified(&addressee) {
            return Ok(Outcome::Notified);
        }
        let Some(newest) = app.store.newest_unnotified(&channel, &addressee).await? else {
            return Ok(Outcome::Read);
        };
        if newest.is_answered {
            // The addressee's side wrote, so it has seen the message.
            return Ok(Outcome::Read);
        }
        let message = newest.message;
        // A message dated in the future has no age. This check runs a minute after some message, so
        // the notice counts as due.
        let after_ms = app.store.settings(now).await.notify_after_ms();
        let due = if message.created_at > now {
            now
        } else {
            notice_due(message.created_at, now, after_ms)
        };
        if channel.episode(&addressee) != episode && due > now {
            // The addressee has looked since the schedule was created, and a new message came.
            return self.postpone(&channel, &addressee, due).await;
        }
        if self.is_present(&addressee).await? {
            if due > now {
                // The newest message has its minute too, and they may leave before it is over.
                return self.postpone(&channel, &addressee, due).await;
            }
            let next = next_check(message.created_at, now, notice.checks()).or_else(|| {
                let has_no_digest = matches!(addressee, Addressee::Guest(_));
                (has_no_digest && notice.checks() < MAX_GUEST_CHECKS)
                    .then(|| now.plus_millis(GUEST_CHECK_MS))
            });
            if let Some(at) = next {
                let again = Notice::new(&key, side, channel.episode(&addressee))
                    .after_checks(notice.checks().saturating_add(1));
                self.schedule(again, at).await?;
            }
            return Ok(Outcome::Online);
        }
        let person = self.mailer.directory.refreshed(addressee.id(), now).await?;
        let recipient = match addressee {
            Addressee::Shop(_) => self.mailer.inbox(),
            _ => self.recipient(&person)?,
        };
        let Some(recipient) = recipient else { return Ok(Outcome::NoRecipient) };
        let delivery = match self.send(&channel, &addressee, &person, &recipient, &message).await? {
            Sending::Delivery(delivery) => delivery,
            Sending::InboxIsFull(free_at) => return self.defer(&key, free_at).await,
            Sending::AddressIsFull(free_at) if free_at.since(message.created_at) > DEFERRED_MS => {
                return Ok(Outcome::TooManyAddresses);
            }
            Sending::AddressIsFull(free_at) => {
                return self.postpone(&channel, &addressee, free_at).await;
            }
            Sending::SourceIsFull => return Ok(Outcome::TooManyAddresses),
        };
        if matches!(delivery, Delivery::Done | Delivery::Unsure) {
            // They may have been notified without a record: not again in this episode. The digest
            // reports the message.
            let seq = channel.known_to(&addressee);
            app.store
                .mark_notified(&key, &addressee, channel.episode(&addressee), seq, now)
                .await?;
        }
        match delivery {
            Delivery::Sent => Ok(Outcome::Sent),
            Delivery::Done | Delivery::NotDue => Ok(Outcome::Notified),
            Delivery::Blocked => Ok(Outcome::NoRecipient),
            Delivery::Wait(at) | Delivery::Busy(at) => {
                self.postpone(&channel, &addressee, at).await
            }
            Delivery::Unsure | Delivery::Failed => Ok(Outcome::Failed),
            // Lambda retries twice, and then puts the call into the queue of failed ones.
            Delivery::NotNow => Err("SES takes no mail at the moment".into()),
            Delivery::NotVerified => Err("SES takes no mail to this recipient before the address \
                is verified, or the sandbox left"
                .into()),
        }
    }

    /// Whether the addressee has a present connection. While the gateway does not say, the call
    /// fails, and Lambda retries it in a minute.
    pub(crate) async fn is_present(&self, addressee: &Addressee) -> Result<bool, Error> {
        let app = &self.mailer.app;
        match addressee {
            Addressee::Customer(id) => app.is_present(&Principal::Customer(id.clone())).await,
            Addressee::Guest(id) => app.is_present(&Principal::Guest(id.clone())).await,
            Addressee::Admin(id) => app.is_present(&Principal::Admin(id.clone())).await,
            Addressee::Shop(_) => app.is_staff_present().await,
        }
    }

    /// A person as a recipient; `None` without an address. While the shop may still name one, the
    /// call fails, and Lambda retries it in a minute.
    pub(crate) fn recipient(&self, person: &Person) -> Result<Option<Recipient>, Error> {
        let recipient = self.mailer.recipient(person);
        if recipient.is_none() && self.mailer.directory.is_pending(person) {
            return Err("the directory does not answer".into());
        }
        Ok(recipient)
    }

    async fn postpone(
        &self,
        channel: &Channel,
        addressee: &Addressee,
        at: Timestamp,
    ) -> Result<Outcome, Error> {
        let episode = channel.episode(addressee);
        self.schedule(Notice::new(&channel.key(), addressee.side(), episode), at).await?;
        Ok(Outcome::Postponed)
    }
}
