//! Sends each mail once, to one recipient.
//!
//! Every mail goes through [`Mailer::deliver`], which checks that the recipient may get mail,
//! claims the mail, sends it and records it. The functions `notice` and `digest` decide the content
//! and the recipient.

mod message;
mod ses;

use app::unsubscribe::{digest_of_address, digest_of_recipient};
use app::{App, AppError};
use directory::Directory;
use domain::{
    ActorId, Channel, ChannelKey, EmailAddress, Message, Side, Timestamp, preview, quote,
};
use store::{Claim, ClaimTerms, Claimed, Notification};
use templates::{Carried, Frame, Letter, Zone};

use ses::{Attempt, Ses};

/// Sends mails. Cheap to clone.
#[derive(Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Mailer {
    pub app: App,
    pub directory: Directory,
    /// The zone of the times in mails: the shop's, else UTC.
    pub zone: Zone,
    ses: Option<Ses>,
}

/// The recipient of a mail.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the name says it")]
pub struct Recipient {
    /// The person, or the shop's default key for its inbox.
    pub id: ActorId,
    pub address: EmailAddress,
    /// The digest under which an opt-out is stored.
    pub digest: String,
    /// Whether the address is known to be theirs. Only a guest's may not be: anyone could have
    /// typed it.
    pub is_verified: bool,
    /// Whether it is the shop's inbox. Only the configuration ends its mails: one admin's click or
    /// complaint must not silence the shop.
    pub is_inbox: bool,
}

/// A mail that is ready to be sent.
#[expect(missing_docs, reason = "the names say it")]
pub struct Mail<'a> {
    pub recipient: &'a Recipient,
    pub letter: Letter,
    pub links: Links,
    /// A meeting as a file for calendar programs.
    pub calendar: Option<String>,
    /// The conversation that it is about: mail programs show all mails about one together.
    pub channel: Option<ChannelKey>,
    /// The mail as other systems receive it; `None` if it is for its recipient alone.
    pub notification: Option<Notification>,
    /// For a digest: when the state that it reports was read. The next one begins there.
    pub digested_at: Option<Timestamp>,
}

/// Where the links of a mail lead, and an answer to it.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Links {
    pub chat_url: String,
    /// The link that ends such mails; the shop's inbox has none.
    pub unsubscribe_url: Option<String>,
    /// Where an answer goes; without one, to the sender.
    pub reply_to: Option<EmailAddress>,
}

impl<'a> Mail<'a> {
    /// A mail without the parts that not every mail has.
    pub fn new(recipient: &'a Recipient, letter: Letter, links: Links) -> Self {
        let (calendar, channel, notification, digested_at) = (None, None, None, None);
        Self { recipient, letter, links, calendar, channel, notification, digested_at }
    }
}

impl Recipient {
    /// The notification of a mail to this recipient: about a resource (its kind and id), and with a
    /// key that no other mail of this template has.
    pub fn notification(
        &self,
        template: &str,
        trigger: &str,
        (kind, id): (&str, &str),
        key: &str,
        data: &serde_json::Value,
    ) -> Notification {
        Notification {
            to: self.address.as_str().to_owned(),
            channel: "email".to_owned(),
            template: template.to_owned(),
            data: data.to_string(),
            trigger_type: trigger.to_owned(),
            resource_id: id.to_owned(),
            resource_type: kind.to_owned(),
            receiver_id: self.id.to_string(),
            idempotency_key: format!("{template}:{key}"),
        }
    }
}

/// The claim that a mail needs.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the name says it")]
pub struct Slot<'a> {
    /// One kind of mail to one recipient: at most one mail at a time, and a least time between two.
    pub name: &'a str,
    /// The name of this mail within the slot.
    pub mail: &'a str,
    pub terms: ClaimTerms,
}

/// The result of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It was sent.
    Sent,
    /// It was sent before, or had failed for good.
    Done,
    /// It has nothing left to report: its messages were read or notified meanwhile.
    NotDue,
    /// The recipient opted out, or the address is suppressed.
    Blocked,
    /// The last mail was sent too recently: try again at this instant.
    Wait(Timestamp),
    /// Another sender has a claim until this instant.
    Busy(Timestamp),
    /// It may have been sent, and is not repeated.
    Unsure,
    /// It failed for good.
    Failed,
    /// SES takes no mail now. It was not sent.
    NotNow,
    /// SES takes no mail to this address yet: the account is in the sandbox, and the address is not
    /// verified. It was not sent.
    NotVerified,
}

impl Mailer {
    /// A mailer with this application's configuration.
    pub fn new(app: &App) -> Self {
        let zone = app.config.mail.time_zone.as_deref().and_then(|name| {
            let zone = Zone::parse(name);
            if zone.is_none() {
                tracing::warn!(error.kind = "config", "TIME_ZONE is unknown: mails say UTC");
            }
            zone
        });
        Self {
            app: app.clone(),
            directory: Directory::new(app),
            zone: zone.unwrap_or_else(Zone::utc),
            ses: Ses::of(app),
        }
    }

    /// The start of a message, and what comes with it: one line in which no mail client finds a
    /// link.
    pub fn preview(&self, message: &Message) -> String {
        self.in_words(message, &preview(&message.body))
    }

    /// More of a message than [`Self::preview`] has, for a mail that quotes the conversation.
    pub fn quote(&self, message: &Message) -> String {
        self.in_words(message, &quote(&message.body))
    }

    fn in_words(&self, message: &Message, text: &str) -> String {
        let photos = message.attachments.iter().filter(|file| file.is_image()).count() as u64;
        let card = message.card.as_ref();
        let title = card.map(|card| preview(&card.title));
        let price = card.and_then(|card| card.price.as_ref());
        let meeting = message.meeting.as_ref();
        let carried = Carried {
            photos,
            files: message.attachments.len() as u64 - photos,
            card: title.as_deref(),
            price: price.map(|price| (price.amount.get(), price.currency_code.as_str())),
            meeting: meeting.map(|it| (it.starts_at.millis(), it.ends_at.millis())),
        };
        let language = self.app.config.mail.language;
        language.with_carried(&self.zone, text, &carried)
    }

    /// What comes with a message, each in words: the names of its files, its card, its meeting.
    pub fn carried(&self, message: &Message) -> Vec<String> {
        let mut carried: Vec<String> =
            message.attachments.iter().map(|file| file.name.clone()).collect();
        let bare = Message { attachments: Vec::new(), ..message.clone() };
        carried.extend(Some(self.in_words(&bare, "")).filter(|words| !words.is_empty()));
        carried
    }

    /// Whether mails are sent or published to other systems. False while the chat is off.
    pub fn is_on(&self) -> bool {
        self.app.config.sends_mails()
    }

    /// A person as a recipient; `None` without an address that can be mailed.
    pub fn recipient(&self, person: &domain::Person) -> Option<Recipient> {
        if person.has_unmailable_address() {
            tracing::warn!(
                error.kind = "address",
                "a person's address cannot be mailed: admins see it in the conversation"
            );
        }
        let address = person.address()?;
        let is_guest = person.id.is_guest();
        if is_guest && !self.app.config.mails_guests_at(&address) {
            return None;
        }
        let digest = digest_of_recipient(&person.id, &address);
        let is_verified = person.is_verified();
        Some(Recipient { id: person.id.clone(), address, digest, is_verified, is_inbox: false })
    }

    /// The shop's inbox as a recipient, if it has one.
    pub fn inbox(&self) -> Option<Recipient> {
        let address = self.app.config.mail.inbox.clone()?;
        let digest = digest_of_address(&address);
        Some(Recipient {
            id: self.app.config.default_admin.clone(),
            address,
            digest,
            is_verified: true,
            is_inbox: true,
        })
    }

    /// The link by which a recipient opts out; `None` for the shop's inbox.
    pub async fn unsubscribe_url(&self, recipient: &Recipient) -> Result<Option<String>, AppError> {
        if recipient.is_inbox {
            Ok(None)
        } else {
            self.app.unsubscribe_url(&recipient.digest).await.map(Some)
        }
    }

    /// Whether mail may go to a recipient. Always true for the shop's inbox.
    pub async fn may_mail(&self, recipient: &Recipient) -> Result<bool, AppError> {
        if recipient.is_inbox {
            return Ok(true);
        }
        let address = digest_of_address(&recipient.address);
        Ok(self.app.store.may_mail(&recipient.digest, &address).await?)
    }

    /// The links of a mail about a channel, to this side.
    pub async fn links(
        &self,
        channel: &Channel,
        side: Side,
        recipient: &Recipient,
    ) -> Result<Links, AppError> {
        let Recipient { id, address, .. } = recipient;
        let config = &self.app.config.mail;
        let chat_url = match side {
            Side::Staff => config.conversation_url(&channel.hash),
            Side::Member if id.is_guest() => self.app.guest_url(id, address).await?,
            Side::Member => config.storefront_url.clone(),
        };
        let unsubscribe_url = self.unsubscribe_url(recipient).await?;
        let reply_to = self.app.reply_address(&channel.key(), side, address).await?;
        Ok(Links { chat_url, unsubscribe_url, reply_to })
    }

    /// A mail's language, shop name and links.
    pub fn frame<'a>(&'a self, links: &'a Links, recipient: &Recipient) -> Frame<'a> {
        let mail = &self.app.config.mail;
        Frame {
            language: mail.language,
            shop: &mail.shop,
            chat_url: &links.chat_url,
            unsubscribe_url: links.unsubscribe_url.as_deref(),
            can_reply: links.reply_to.is_some(),
            is_secret: recipient.id.is_guest(),
        }
    }

    /// The link to the chat as other systems get it. A guest's is a credential: they get it only if
    /// they send the mail.
    pub fn published_url<'a>(&'a self, links: &'a Links, recipient: &Recipient) -> &'a str {
        let is_secret = recipient.id.is_guest() && self.ses.is_some();
        if is_secret { &self.app.config.mail.storefront_url } else { &links.chat_url }
    }

    /// Sends a mail, unless it is blocked, not due, or claimed elsewhere. After the claim, `is_due`
    /// decides whether the mail still has something to report: another kind of mail may have done
    /// so. `record` records what the mail reported, before the claim is closed.
    ///
    /// The mail is sent at most once, whatever fails in between. A mail that may or may not have
    /// been sent counts as sent for this claim but is not recorded: a later mail reports its
    /// messages again.
    pub async fn deliver(
        &self,
        slot: Slot<'_>,
        mail: &Mail<'_>,
        is_due: impl AsyncFnOnce() -> Result<bool, store::Error>,
        record: impl AsyncFnOnce() -> Result<(), store::Error>,
    ) -> Result<Delivery, AppError> {
        let (store, clock) = (&self.app.store, &self.app.clock);
        if !self.may_mail(mail.recipient).await? {
            return Ok(Delivery::Blocked);
        }
        let claimed = match self.claim(slot).await? {
            Ok(claimed) => claimed,
            Err(delivery) => return Ok(delivery),
        };
        if !is_due().await? {
            store.release_mail(&claimed).await?;
            return Ok(Delivery::NotDue);
        }
        if !store.mark_mail_sending(&claimed).await? {
            // Another sender took over after the lease ended.
            return Ok(Delivery::Busy(clock.now()));
        }
        let attempt = match &self.ses {
            Some(ses) => ses.send(mail, claimed.token(), clock.now()).await,
            None if mail.notification.is_none() => Attempt::Rejected,
            // Without SES, publishing the mail to other systems is sending it.
            None => self.publish(mail).await.map_or(Attempt::NotNow, |()| Attempt::Accepted),
        };
        match attempt {
            Attempt::Accepted => {
                // The mail is out: each further step is tried, and its failure only logged.
                let log = |error: &dyn std::error::Error| {
                    tracing::error!(error.kind = "remember", "a mail was sent: {error}");
                };
                let _ = record().await.inspect_err(|error| log(error));
                if self.ses.is_some() {
                    let _ = self.publish(mail).await.inspect_err(|error| log(error));
                }
                let _ = store.mark_mail_sent(&claimed).await.inspect_err(|error| log(error));
                Ok(Delivery::Sent)
            }
            Attempt::Unsure => {
                store.mark_mail_unsure(&claimed).await?;
                Ok(Delivery::Unsure)
            }
            Attempt::Rejected => {
                store.mark_mail_failed(&claimed).await?;
                Ok(Delivery::Failed)
            }
            Attempt::NotNow => {
                store.release_mail(&claimed).await?;
                Ok(Delivery::NotNow)
            }
            Attempt::NotVerified => {
                store.release_mail(&claimed).await?;
                Ok(Delivery::NotVerified)
            }
        }
    }

    /// Claims a mail, or returns the delivery that its claim decides. Counts the mail of a sender
    /// who died while sending.
    async fn claim(&self, slot: Slot<'_>) -> Result<Result<Claimed, Delivery>, AppError> {
        let (store, clock) = (&self.app.store, &self.app.clock);
        loop {
            let token = self.app.event_id()?.as_str().to_owned();
            let claim =
                store.claim_mail(slot.name, slot.mail, slot.terms, token, clock.now()).await?;
            return Ok(match claim {
                Claim::Acquired(claimed) => Ok(claimed),
                Claim::Done => Err(Delivery::Done),
                Claim::Wait(at) => Err(Delivery::Wait(at)),
                Claim::Busy(until) => Err(Delivery::Busy(until)),
                Claim::Unsure(other) => {
                    tracing::error!(
                        error.kind = "unsure",
                        "a mail may or may not have been sent: its sender died"
                    );
                    self.app.count(&[("MailsUnsure", 1)]);
                    match other {
                        // It was another mail, and long enough ago.
                        Some(at) if at <= clock.now() => continue,
                        Some(at) => Err(Delivery::Wait(at)),
                        None => Err(Delivery::Unsure),
                    }
                }
            });
        }
    }

    /// Records the mail on the person's item, from where the stream publishes it if there is a bus.
    async fn publish(&self, mail: &Mail<'_>) -> Result<(), store::Error> {
        let Mail { recipient, notification: Some(notification), digested_at, .. } = mail else {
            return Ok(());
        };
        let (has_bus, now) = (self.app.config.outside.bus.is_some(), self.app.clock.now());
        self.app
            .store
            .record_notification(&recipient.id, notification, *digested_at, has_bus, now)
            .await
    }
}
