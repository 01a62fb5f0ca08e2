//! Looks whether a message is still unread a minute after it was sent, by somebody who is not there: then they get one mail.
//!
//! Called by a one-time schedule, which `activity` sets when the message is stored. Everything is looked at anew; so it may be
//! called late, twice, or for nothing.

use domain::{Addressee, Channel, Message, NOTICE_AFTER_MS, NOTICE_APART_MS, Person, Principal, Role, Timestamp, preview, without_links};
use mail::{Delivery, Mail, Mailer, Recipient, Slot};
use runtime::{App, Error};
use schedule::{Look, Notice, Schedules};
use serde_json::json;
use store::{ClaimTerms, Notification, UNREAD_TEMPLATE};
use templates::{Sender, UnreadMessage, sender_name, unread_message};

/// How a mail is claimed. The lease outlasts the function's own time limit of 30 s and is over when Lambda calls again, a minute
/// after a call that failed.
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
    /// They are there.
    Online,
    /// Nobody could be told: a guest, somebody without an address, or who wants no mail.
    Nobody,
    /// Looked at too early, or too soon after another mail: it comes again.
    Later,
    /// It was refused for good, or nobody knows whether it was sent.
    Failed,
}

impl Notices {
    /// What this application's handler needs.
    pub fn new(app: &App) -> Self {
        Self { mailer: Mailer::new(app), schedules: Schedules::of(app) }
    }
}

/// Handles one notice.
pub async fn tell(notices: Notices, notice: Notice) -> Result<Outcome, Error> {
    let outcome = notices.look(&notice).await?;
    tracing::info!(notice.outcome = ?outcome, "notice");
    let counts = [("NoticesSent", outcome == Outcome::Sent), ("NoticesFailed", outcome == Outcome::Failed)];
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
        let Some(channel) = app.store.channel_of_key(&key).await? else { return Ok(Outcome::Nobody) };
        let Some(addressee) = Addressee::of(&channel, side, &app.config.default_admin) else { return Ok(Outcome::Nobody) };
        if channel.unread_by(&addressee) == 0 {
            return Ok(Outcome::Read);
        }
        if channel.was_told(&addressee) {
            return Ok(Outcome::Told);
        }
        let Some(news) = app.store.news_for(&channel, &addressee).await? else { return Ok(Outcome::Read) };
        if channel.newest.as_ref().is_some_and(|newest| newest.seq() > news.seq) {
            // Whatever came after the newest message to them is their own: who writes has looked.
            return Ok(Outcome::Read);
        }
        let due = news.created_at.plus_millis(NOTICE_AFTER_MS);
        if channel.episode(&addressee) != armed && due > now {
            // They have looked meanwhile, and something came after that.
            return self.later(&channel, &addressee, due).await;
        }
        if self.is_there(&addressee).await? {
            // The newest has its minute too, and they may be gone by then.
            return if due > now { self.later(&channel, &addressee, due).await } else { Ok(Outcome::Online) };
        }
        let person = self.mailer.directory.person(addressee.id(), now).await?;
        let Some(recipient) = self.recipient(&addressee, &person)? else { return Ok(Outcome::Nobody) };
        let delivery = self.send(&channel, &addressee, &person, &recipient, &news).await?;
        if matches!(delivery, Delivery::Done | Delivery::Unsure) {
            // They may have been told, and nothing noted it: not again in this episode. The digest tells of it.
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
        }
    }

    /// Whether the addressee has an open connection. Rows of connections that are long gone do not count: the gateway is asked.
    async fn is_there(&self, addressee: &Addressee) -> Result<bool, Error> {
        let (app, now) = (&self.mailer.app, self.mailer.app.clock.now());
        let connections = match addressee {
            Addressee::Customer(id) => app.store.connections_of(&Principal::Customer(id.clone()), now).await?,
            Addressee::Admin(id) => app.store.connections_of(&Principal::Admin(id.clone()), now).await?,
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

    fn recipient(&self, addressee: &Addressee, person: &Person) -> Result<Option<Recipient>, Error> {
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
    ) -> Result<Delivery, Error> {
        let app = &self.mailer.app;
        let (config, as_of, episode) = (&app.config.mail, app.clock.now(), channel.episode(addressee));
        let called = person.profile();
        let written_by = self.mailer.directory.person(&news.sender_id, as_of).await?.profile().full_name();
        let written_by = written_by.as_deref().map(without_links);
        let sender = match news.sender_role {
            Role::Customer => Sender::Customer(written_by.as_deref()),
            Role::Guest => Sender::Guest(written_by.as_deref()),
            Role::Admin | Role::System | Role::Unknown => Sender::Staff(written_by.as_deref()),
        };
        let (first, preview) = (called.first_name.as_deref().map(without_links), preview(&news.body));
        let unread = channel.unread_by(addressee);
        let chat_url = if let Addressee::Customer(_) = addressee { &config.storefront_url } else { &config.admin_url };
        let unsubscribe_url = app.unsubscribe_url(&recipient.digest).await?;
        let frame = self.mailer.frame(chat_url, &unsubscribe_url);
        let letter = unread_message(&frame, &UnreadMessage { recipient: first.as_deref(), sender, preview: &preview, unread })?;
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
        let mail = Mail { recipient, letter, unsubscribe_url: unsubscribe_url.clone(), notification, as_of };
        // A person gets one mail at a time. The inbox is nobody's: each conversation in it has its own.
        let slot = match addressee {
            Addressee::Shop(_) => format!("notice#~#{}", channel.key().as_str()),
            Addressee::Customer(id) | Addressee::Admin(id) => format!("notice#{id}"),
        };
        let name = format!("{}#{episode}", channel.key().as_str());
        let slot = Slot { name: &slot, mail: &name, terms: TERMS };
        let is_due = async || Ok(app.store.channel_of_key(&channel.key()).await?.is_some_and(|now| now.known_to(addressee) < news.seq));
        let remember = async || app.store.tell(&channel.key(), addressee, episode, channel.last_seq, app.clock.now()).await;
        Ok(self.mailer.deliver(slot, &mail, is_due, remember).await?)
    }

    async fn later(&self, channel: &Channel, addressee: &Addressee, at: Timestamp) -> Result<Outcome, Error> {
        if let Some(schedules) = &self.schedules {
            let notice = Notice::new(&channel.key(), addressee.side(), channel.episode(addressee));
            schedules.notice(&notice, Look::Again, at, self.mailer.app.clock.now()).await?;
        }
        Ok(Outcome::Later)
    }
}
