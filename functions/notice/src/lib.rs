//! Looks whether a message is still unread a minute after it was sent, by somebody who is not
//! there: then they get one mail.
//!
//! Called by a one-time schedule, which `relay` sets when the message is stored. Everything is
//! looked at anew; so it may be called late, twice, or for nothing.
//!
//! An open tab is not a person: a look that finds the addressee online looks again 5, 15 and 60
//! minutes after the message, while it is unread. After that the digest tells of it. The shop's
//! inbox has no digest: while a staff member has had the inbox open for that hour, the conversation
//! stands in it as unanswered, and no mail is sent.

mod inbox;

use app::{App, Error};
use domain::{
    Addressee, Channel, Message, NOTICE_APART_MS, Person, Principal, Role, Timestamp, look_again,
    notice_due, preview, without_links,
};
use mail::{Delivery, Mail, Mailer, Recipient, Slot};
use schedule::{Look, Notice, Schedules};
use serde_json::json;
use store::{ClaimTerms, Notification, Turn, UNREAD_TEMPLATE};
use templates::{Sender, UnreadMessage, sender_name, unread_message};

/// How a mail is claimed. The lease outlasts the function's own time limit of 30 s and is over when
/// Lambda calls again, a minute after a call that failed.
const TERMS: ClaimTerms = ClaimTerms { lease_ms: 45_000, apart_ms: NOTICE_APART_MS };

/// What the handler needs, made once. Cheap to clone.
#[derive(Clone)]
pub struct Notices {
    mailer: Mailer,
    schedules: Option<Schedules>,
}

/// What became of a notice: for the log, and for who calls it by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A mail was sent.
    Sent,
    /// It is read, or gone.
    Read,
    /// They were told of it, or of an earlier one since they last looked.
    Told,
    /// They are there: it comes again 5, 15 and 60 minutes after the message.
    Online,
    /// There is no recipient: a guest, somebody without an address, or who wants no mail.
    Nobody,
    /// Looked at too early, or too soon after another mail: it comes again.
    Later,
    /// The shop's inbox has had its mails for this hour: one more will say how many conversations
    /// wait.
    Deferred,
    /// It was refused for good, or nobody knows whether it was sent.
    Failed,
}

/// What became of a mail that was ready to be sent.
enum Sending {
    /// This.
    Delivery(Delivery),
    /// The shop's inbox has had its mails for this hour; the next may go at this instant.
    InboxIsFull(Timestamp),
}

impl Notices {
    /// What this application's handler needs.
    pub fn new(app: &App) -> Self {
        Self { mailer: Mailer::new(app), schedules: Schedules::of(app) }
    }
}

/// Handles one notice.
pub async fn tell(notices: Notices, notice: Notice) -> Result<Outcome, Error> {
    let outcome = if notice.is_for_inbox() {
        notices.tell_inbox(&notice).await?
    } else {
        notices.look(&notice).await?
    };
    tracing::info!(notice.outcome = ?outcome, "notice");
    let counts =
        [("NoticesSent", outcome == Outcome::Sent), ("NoticesFailed", outcome == Outcome::Failed)];
    notices.mailer.app.count(&counts.map(|(name, is)| (name, u64::from(is))));
    Ok(outcome)
}

impl Notices {
    async fn look(&self, notice: &Notice) -> Result<Outcome, Error> {
        let (app, now) = (&self.mailer.app, self.mailer.app.clock.now());
        let (key, side, armed) = notice.parse().ok_or("a notice that is none")?;
        if !self.mailer.is_on() {
            return Ok(Outcome::Nobody);
        }
        let Some(channel) = app.store.channel_of_key(&key).await? else {
            return Ok(Outcome::Nobody);
        };
        let Some(addressee) = Addressee::of(&channel, side, &app.config.default_admin) else {
            return Ok(Outcome::Nobody);
        };
        if channel.unread_by(&addressee) == 0 {
            return Ok(Outcome::Read);
        }
        if channel.was_told(&addressee) {
            return Ok(Outcome::Told);
        }
        let Some(unheard) = app.store.unheard(&channel, &addressee).await? else {
            return Ok(Outcome::Read);
        };
        if unheard.is_answered {
            // Who writes has looked.
            return Ok(Outcome::Read);
        }
        let news = unheard.message;
        // A message that a clock dated ahead has no age: this look came a minute after some
        // message, which must do.
        let due = if news.created_at > now { now } else { notice_due(news.created_at, now) };
        if channel.episode(&addressee) != armed && due > now {
            // They have looked meanwhile, and something came after that.
            return self.later(&channel, &addressee, due).await;
        }
        if self.is_there(&addressee).await? {
            if due > now {
                // The newest has its minute too, and they may be gone by then.
                return self.later(&channel, &addressee, due).await;
            }
            if let Some(at) = look_again(news.created_at, now, notice.looks()) {
                let again = Notice::new(&key, side, channel.episode(&addressee))
                    .after_looks(notice.looks().saturating_add(1));
                self.set(&again, at).await?;
            }
            return Ok(Outcome::Online);
        }
        let person = self.mailer.directory.current(addressee.id(), now).await?;
        let Some(recipient) = self.recipient(&addressee, &person)? else {
            return Ok(Outcome::Nobody);
        };
        let delivery = match self.send(&channel, &addressee, &person, &recipient, &news).await? {
            Sending::Delivery(delivery) => delivery,
            Sending::InboxIsFull(free_at) => return self.defer(&key, free_at).await,
        };
        if matches!(delivery, Delivery::Done | Delivery::Unsure) {
            // They may have been told, and nothing noted it: not again in this episode. The digest
            // tells of it.
            let known = channel.known_to(&addressee);
            app.store.tell(&key, &addressee, channel.episode(&addressee), known, now).await?;
        }
        match delivery {
            Delivery::Sent => Ok(Outcome::Sent),
            Delivery::Done | Delivery::Late => Ok(Outcome::Told),
            Delivery::Unwanted => Ok(Outcome::Nobody),
            Delivery::Wait(at) | Delivery::Busy(at) => self.later(&channel, &addressee, at).await,
            Delivery::Unsure | Delivery::Failed => Ok(Outcome::Failed),
            // Lambda calls again, twice, and then sets the call aside.
            Delivery::Refused => Err("SES takes no mail at the moment".into()),
            Delivery::NotYet => Err("SES takes no mail to this recipient before the address is verified, or the sandbox left".into()),
        }
    }

    /// Whether the addressee has an open connection. Rows of connections that are long gone do not
    /// count: the gateway is asked.
    pub(crate) async fn is_there(&self, addressee: &Addressee) -> Result<bool, Error> {
        let (app, now) = (&self.mailer.app, self.mailer.app.clock.now());
        let connections = match addressee {
            Addressee::Customer(id) => {
                app.store.connections_of(&Principal::Customer(id.clone()), now).await?
            }
            Addressee::Admin(id) => {
                app.store.connections_of(&Principal::Admin(id.clone()), now).await?
            }
            Addressee::Shop(_) => app.store.connections_of_staff(now).await?,
        };
        let mut unknown = false;
        for connection in &connections {
            match app.push.is_open(connection, now).await {
                Some(true) => return Ok(true),
                Some(false) => {}
                None => unknown = true,
            }
        }
        // Lambda calls again in a minute.
        if unknown { Err("the gateway does not say who is there".into()) } else { Ok(false) }
    }

    fn recipient(
        &self,
        addressee: &Addressee,
        person: &Person,
    ) -> Result<Option<Recipient>, Error> {
        if let Addressee::Shop(_) = addressee {
            return Ok(self.mailer.inbox());
        }
        let recipient = self.mailer.recipient(person);
        if recipient.is_none() && self.mailer.directory.may_learn_of(person) {
            return Err("the directory does not answer".into());
        }
        Ok(recipient)
    }

    async fn send(
        &self,
        channel: &Channel,
        addressee: &Addressee,
        person: &Person,
        recipient: &Recipient,
        news: &Message,
    ) -> Result<Sending, Error> {
        let app = &self.mailer.app;
        let (config, as_of, episode) =
            (&app.config.mail, app.clock.now(), channel.episode(addressee));
        let called = person.profile();
        let written_by =
            self.mailer.directory.person(&news.sender_id, as_of).await?.profile().full_name();
        let written_by = written_by.as_deref().map(without_links);
        let sender = match news.sender_role {
            Role::Customer => Sender::Customer(written_by.as_deref()),
            Role::Guest => Sender::Guest(written_by.as_deref()),
            Role::Admin | Role::System | Role::Unknown => Sender::Staff(written_by.as_deref()),
        };
        let (first, preview) =
            (called.first_name.as_deref().map(without_links), preview(&news.body));
        let unread = channel.unread_by(addressee);
        let chat_url = if let Addressee::Customer(_) = addressee {
            &config.storefront_url
        } else {
            &config.admin_url
        };
        let unsubscribe_url = self.mailer.unsubscribe_url(recipient).await?;
        let frame = self.mailer.frame(chat_url, unsubscribe_url.as_deref());
        let letter = unread_message(
            &frame,
            &UnreadMessage { recipient: first.as_deref(), sender, preview: &preview, unread },
        )?;
        let message_id = domain::MessageId { channel: channel.key(), seq: news.seq }.to_string();
        let data = json!({
            "recipient_name": called.full_name(), "sender_name": sender_name(config.language, &config.shop, &sender),
            "channel_id": channel.key().channel_id(), "channel_hash": channel.hash.as_str(), "message_id": message_id,
            "preview": preview, "unread_count": unread, "chat_url": chat_url, "unsubscribe_url": unsubscribe_url, "sent_at": news.created_at.to_string(),
        });
        let notification = Notification {
            to: recipient.address.as_str().to_owned(),
            channel: "email".to_owned(),
            template: UNREAD_TEMPLATE.to_owned(),
            data: data.to_string(),
            trigger_type: "chat.message.created".to_owned(),
            idempotency_key: format!("{UNREAD_TEMPLATE}:{message_id}:{}", recipient.id),
            resource_id: message_id,
            resource_type: "chat_message".to_owned(),
            receiver_id: recipient.id.to_string(),
        };
        let mail = Mail {
            recipient,
            letter,
            unsubscribe_url: unsubscribe_url.clone(),
            notification,
            as_of,
        };
        // A person gets one mail at a time. In the inbox each conversation has its own, within the
        // inbox's hourly limit.
        let slot = match addressee {
            Addressee::Shop(_) => format!("notice#~#{}", channel.key().as_str()),
            Addressee::Customer(id) | Addressee::Admin(id) => format!("notice#{id}"),
        };
        let name = format!("{}#{episode}", channel.key().as_str());
        let slot = Slot { name: &slot, mail: &name, terms: TERMS };
        let token = app.event_id()?.as_str().to_owned();
        let (mut turn, mut full) = (None, None);
        let is_due = async || {
            if app
                .store
                .channel_of_key(&channel.key())
                .await?
                .is_none_or(|now| now.known_to(addressee) >= news.seq)
            {
                return Ok(false);
            }
            if recipient.is_inbox {
                match app
                    .store
                    .take_inbox_turn(config.inbox_per_hour, &token, app.clock.now())
                    .await?
                {
                    Turn::Ours(ours) => turn = Some(ours),
                    Turn::Full(free_at) => full = Some(free_at),
                }
            }
            Ok(full.is_none())
        };
        let remember = async || {
            app.store
                .tell(&channel.key(), addressee, episode, channel.last_seq, app.clock.now())
                .await
        };
        let delivery = self.mailer.deliver(slot, &mail, is_due, remember).await?;
        if let Some(turn) = turn.filter(|_| !matches!(delivery, Delivery::Sent | Delivery::Unsure))
        {
            app.store.give_inbox_turn_back(&turn).await?;
        }
        Ok(full.map_or(Sending::Delivery(delivery), Sending::InboxIsFull))
    }

    async fn later(
        &self,
        channel: &Channel,
        addressee: &Addressee,
        at: Timestamp,
    ) -> Result<Outcome, Error> {
        self.set(&Notice::new(&channel.key(), addressee.side(), channel.episode(addressee)), at)
            .await?;
        Ok(Outcome::Later)
    }

    /// Has this function called with a notice at an instant.
    pub(crate) async fn set(&self, notice: &Notice, at: Timestamp) -> Result<(), Error> {
        if let Some(schedules) = &self.schedules {
            schedules.notice(notice, Look::Again, at, self.mailer.app.clock.now()).await?;
        }
        Ok(())
    }
}
