//! One mail, to one person, once.
//!
//! [`Mailer::deliver`] is the only way out: it asks whether mail may go there, claims it, sends it,
//! remembers it. What the mail says, and to whom, is decided by the functions `notice` and
//! `digest`.

mod message;
mod ses;

use app::unsubscribe::{digest_of_address, digest_of_person};
use app::{App, AppError};
use directory::Directory;
use domain::{ActorId, EmailAddress, Timestamp};
use store::{Claim, ClaimTerms, Claimed, Notification};
use templates::{Frame, Letter};

use ses::{Sent, Ses};

/// Sends mails. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    /// The application.
    pub app: App,
    /// Who people are.
    pub directory: Directory,
    ses: Option<Ses>,
}

/// Who gets a mail.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The person, or the shop's default key for its inbox.
    pub id: ActorId,
    /// Where it goes.
    pub address: EmailAddress,
    /// A digest of who: under it the wish for no more mail is kept.
    pub digest: String,
    /// Whether it is the shop's own inbox. Its mails are ended by the configuration only: one click
    /// of one colleague, or one mail that was called spam, must not silence the shop.
    pub is_inbox: bool,
}

/// A mail that is ready but for being sent.
pub struct Mail<'a> {
    /// Who gets it.
    pub recipient: &'a Recipient,
    /// What it says.
    pub letter: Letter,
    /// Where it can be ended; nothing for the shop's inbox.
    pub unsubscribe_url: Option<String>,
    /// What other systems hear of it.
    pub notification: Notification,
    /// When it was looked what there is to tell.
    pub as_of: Timestamp,
}

/// Which mail it is, and when there may be one.
#[derive(Clone, Copy, Debug)]
pub struct Slot<'a> {
    /// Mails of one kind to one person: one at a time, and apart.
    pub name: &'a str,
    /// Which of them this is.
    pub mail: &'a str,
    /// How it is claimed.
    pub terms: ClaimTerms,
}

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It was sent.
    Sent,
    /// It was sent before, or had failed for good.
    Done,
    /// What it would have told was read or told a moment ago.
    Late,
    /// No mail may go there.
    Unwanted,
    /// Another one was sent a short while ago: not before this instant.
    Wait(Timestamp),
    /// Somebody else is at it until this instant.
    Busy(Timestamp),
    /// It may have been sent, and is not sent again.
    Unsure,
    /// It was refused for good.
    Failed,
    /// Not now: SES takes no more at the moment, or none at all. Nothing was sent.
    Refused,
    /// Not to this address yet: the account is in SES's sandbox, and the address is not verified.
    /// Nothing was sent.
    NotYet,
}

impl Mailer {
    /// The mailer of this application.
    pub fn new(app: &App) -> Self {
        Self { app: app.clone(), directory: Directory::new(app), ses: Ses::of(app) }
    }

    /// Whether anything becomes of mails: they are sent by us, or other systems hear of them. Not
    /// while the chat is off.
    pub fn is_on(&self) -> bool {
        self.app.config.tells_by_mail()
    }

    /// A person as a recipient; nothing without an address to which mail can go.
    pub fn recipient(&self, person: &domain::Person) -> Option<Recipient> {
        if person.has_unmailable_address() {
            tracing::warn!(
                error.kind = "address",
                "somebody has an address that cannot be mailed: staff sees it in the conversation"
            );
        }
        let address = person.address()?;
        Some(Recipient {
            id: person.id.clone(),
            address,
            digest: digest_of_person(&person.id),
            is_inbox: false,
        })
    }

    /// The shop's inbox as a recipient; nothing where it has none.
    pub fn inbox(&self) -> Option<Recipient> {
        let address = self.app.config.mail.inbox.clone()?;
        let digest = digest_of_address(&address);
        Some(Recipient {
            id: self.app.config.default_admin.clone(),
            address,
            digest,
            is_inbox: true,
        })
    }

    /// Where a recipient ends mails with one click; nothing for the shop's inbox.
    pub async fn unsubscribe_url(&self, recipient: &Recipient) -> Result<Option<String>, AppError> {
        if recipient.is_inbox {
            Ok(None)
        } else {
            self.app.unsubscribe_url(&recipient.digest).await.map(Some)
        }
    }

    /// Whether mail may go to a recipient. It always may to the shop's inbox.
    pub async fn may_mail(&self, recipient: &Recipient) -> Result<bool, AppError> {
        if recipient.is_inbox {
            return Ok(true);
        }
        let address = digest_of_address(&recipient.address);
        Ok(self.app.store.may_mail(&recipient.digest, &address).await?)
    }

    /// Where a mail's links lead.
    pub fn frame<'a>(&'a self, chat_url: &'a str, unsubscribe_url: Option<&'a str>) -> Frame<'a> {
        let mail = &self.app.config.mail;
        Frame { language: mail.language, shop: &mail.shop, chat_url, unsubscribe_url }
    }

    /// Sends a mail, if it may be sent and nobody else does or did. Once it is claimed, `is_due`
    /// looks whether there is still something to tell: a mail of another kind may have told it.
    /// `remember` notes that it was sent, before the claim is closed.
    ///
    /// Whatever dies or fails in between, it is sent once at most. A mail of which nobody knows
    /// whether it was sent counts as sent for this claim, and is not remembered: what it told of is
    /// told again in its time.
    pub async fn deliver(
        &self,
        slot: Slot<'_>,
        mail: &Mail<'_>,
        is_due: impl AsyncFnOnce() -> Result<bool, store::Error>,
        remember: impl AsyncFnOnce() -> Result<(), store::Error>,
    ) -> Result<Delivery, AppError> {
        let (store, clock) = (&self.app.store, &self.app.clock);
        if !self.may_mail(mail.recipient).await? {
            return Ok(Delivery::Unwanted);
        }
        let claimed = match self.claim(slot).await? {
            Ok(claimed) => claimed,
            Err(delivery) => return Ok(delivery),
        };
        if !is_due().await? {
            store.release_mail(&claimed).await?;
            return Ok(Delivery::Late);
        }
        if !store.mail_is_sending(&claimed).await? {
            // Somebody took over while we were slow.
            return Ok(Delivery::Busy(clock.now()));
        }
        let sent = match &self.ses {
            Some(ses) => ses.send(mail, clock.now()).await,
            // Telling other systems of it is sending it.
            None => self.tell_others(mail).await.map_or(Sent::NotNow, |()| Sent::Yes),
        };
        match sent {
            Sent::Yes => {
                // The mail is out: whatever fails now is logged, and the rest is done all the same.
                let noted = |error: &dyn std::error::Error| {
                    tracing::error!(error.kind = "remember", "a mail was sent: {error}")
                };
                let _ = remember().await.inspect_err(|error| noted(error));
                if self.ses.is_some() {
                    let _ = self.tell_others(mail).await.inspect_err(|error| noted(error));
                }
                let _ = store.mail_is_sent(&claimed).await.inspect_err(|error| noted(error));
                Ok(Delivery::Sent)
            }
            Sent::Unsure => {
                store.mail_is_unsure(&claimed).await?;
                Ok(Delivery::Unsure)
            }
            Sent::Never => {
                store.mail_has_failed(&claimed).await?;
                Ok(Delivery::Failed)
            }
            Sent::NotNow | Sent::NotYet => {
                store.release_mail(&claimed).await?;
                Ok(if sent == Sent::NotYet { Delivery::NotYet } else { Delivery::Refused })
            }
        }
    }

    /// Claims a mail, or says what stands in its way. The mail of a sender who died in the middle
    /// is counted here, whichever it was.
    async fn claim(&self, slot: Slot<'_>) -> Result<Result<Claimed, Delivery>, AppError> {
        let (store, clock) = (&self.app.store, &self.app.clock);
        loop {
            let token = self.app.event_id()?.as_str().to_owned();
            return Ok(
                match store.claim_mail(slot.name, slot.mail, slot.terms, token, clock.now()).await?
                {
                    Claim::Ours(claimed) => Ok(claimed),
                    Claim::Done => Err(Delivery::Done),
                    Claim::Wait(at) => Err(Delivery::Wait(at)),
                    Claim::Busy(until) => Err(Delivery::Busy(until)),
                    Claim::Unsure(other) => {
                        tracing::error!(
                            error.kind = "unsure",
                            "nobody knows whether a mail was sent: its sender died"
                        );
                        self.app.count(&[("MailsUnsure", 1)]);
                        match other {
                            // It was another mail, long enough ago.
                            Some(at) if at <= clock.now() => continue,
                            Some(at) => Err(Delivery::Wait(at)),
                            None => Err(Delivery::Unsure),
                        }
                    }
                },
            );
        }
    }

    /// Notes the mail where the stream finds it for other systems.
    async fn tell_others(&self, mail: &Mail<'_>) -> Result<(), store::Error> {
        let tell = self.app.config.outside.bus.is_some();
        self.app
            .store
            .put_notification(&mail.recipient.id, &mail.notification, mail.as_of, tell)
            .await
    }
}
