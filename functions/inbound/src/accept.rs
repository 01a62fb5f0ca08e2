//! Who may reply to what, and the message that a reply becomes.

use std::collections::BTreeMap;

use app::{AppError, Error, ReplyTo};
use data_encoding::BASE32_NOPAD;
use domain::{
    ActorId, Channel, ClientMessageId, Draft, EmailAddress, Message, MessageBody, Person,
    Principal, Refusal, Side, Timestamp,
};
use store::{Direction, PageQuery};

use crate::mail::Mail;
use crate::{Inbound, Outcome, notes};

/// Messages of a conversation that are compared with a reply.
const COMPARED: usize = 50;
/// Most mails of a sender in an hour and conversation: more come from a machine.
const MAX_PER_HOUR: usize = 20;
/// Letters from which on a text that is sent twice comes from a machine.
const MIN_REPEATED: usize = 20;
/// How often a shorter one may come, such as "Yes, please".
const MAX_SHORT: usize = 3;
/// How long a text counts as sent, in milliseconds.
const REPEATED_MS: i64 = 24 * 3_600_000;
const HOUR_MS: i64 = 3_600_000;
/// What client message ids of mails begin with.
const MAIL_ID: &str = "mail.";

const SENT: Outcome = Outcome { accepted: true, reason: "sent" };
/// An earlier event of the same mail was sent.
const REPEATED: Outcome = Outcome { accepted: true, reason: "repeated" };

/// Why a mail becomes no message.
pub(crate) enum Refused {
    /// It is set aside, for this reason.
    Aside(&'static str),
    /// A later attempt may succeed.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Inbound {
    /// Sends the message of a mail, unless an earlier event did.
    pub(crate) async fn accept(&self, mail: Mail) -> Result<Outcome, Refused> {
        let (app, now) = (&self.app, self.app.clock.now());
        if !app.config.enabled {
            return Err(Refused::Aside("off"));
        }
        let to = self.addressed(&mail, now).await?;
        let channel = app.store.channel_of_key(&to.channel).await?;
        let channel = channel.ok_or(Refused::Aside("no_conversation"))?;
        let sender = match to.side {
            // A customer who claimed the mailed guest is that person.
            Side::Member => Principal::member(&channel.member_id),
            Side::Staff => self.admin(&mail.from, &channel, now).await?,
        };
        let id = message_id(&mail.digest)?;
        if self.was_sent(&channel, &sender, &id, &mail.text, now).await? {
            return Ok(REPEATED);
        }
        let message = self.compose(mail, &channel, &sender, now).await?;
        let draft = Draft { client_message_id: Some(id), ..message };
        let sent = app.store.send(&channel.hash, &draft, now, app.config.send_limit).await;
        match sent {
            Ok(sent) => {
                let roster = app.store.roster(now).await;
                app.push_entries(&sent, &roster).await;
                Ok(if sent.entries.is_empty() { REPEATED } else { SENT })
            }
            // The same mail, read by another version or under other settings.
            Err(store::Error::Refused(Refusal::ClientIdReused)) => Ok(REPEATED),
            Err(store::Error::Refused(Refusal::TooManySends(_))) => Err(Refused::Aside("too_many")),
            Err(store::Error::Refused(_)) => Err(Refused::Aside("refused")),
            Err(error) => Err(Refused::Failed(error.into())),
        }
    }

    /// What the reply address says to which the mail was sent: exactly one of ours.
    async fn addressed(&self, mail: &Mail, now: Timestamp) -> Result<ReplyTo, Refused> {
        let domain = self.app.config.inbound_domain.as_deref();
        let domain = domain.ok_or(Refused::Aside("off"))?;
        let keys = self.app.keys.get(now).await?;
        let mut found: Option<ReplyTo> = None;
        let mut is_ours = false;
        for address in &mail.recipients {
            let Some((local, at)) = address.rsplit_once('@') else { continue };
            if !at.eq_ignore_ascii_case(domain) {
                continue;
            }
            is_ours = true;
            let Some(to) = keys.replies.read(local) else { continue };
            match &found {
                Some(other) if *other != to => return Err(Refused::Aside("several_addresses")),
                _ => found = Some(to),
            }
        }
        let Some(to) = found else {
            return Err(Refused::Aside(if is_ours { "token" } else { "no_address" }));
        };
        // Any admin may answer for the staff, from the address that the chat knows.
        if to.side == Side::Member && !keys.replies.is_mailed(&to, &mail.from) {
            return Err(Refused::Aside("other_address"));
        }
        Ok(to)
    }

    /// The one admin with this address. Who has it from the shop comes before who entered it. If
    /// nobody is known to have it, the shop is asked about those whose record is stale.
    async fn admin(
        &self,
        from: &EmailAddress,
        channel: &Channel,
        now: Timestamp,
    ) -> Result<Principal, Refused> {
        let staff = self.app.store.staff().await?;
        let mut admins = with_address(&self.app.store.people(&staff).await?, from);
        if admins.is_empty() {
            admins = with_address(&self.directory.people(&staff, now).await?, from);
        }
        let assignee = channel.work.assignee_id.as_ref();
        let admin = match admins.as_slice() {
            [admin] => Some(admin),
            several => several.iter().find(|admin| Some(*admin) == assignee),
        };
        let admin = admin.ok_or(Refused::Aside("not_staff"))?;
        Ok(Principal::Admin(admin.clone()))
    }

    /// Whether this mail was sent before. Refuses what only machines send: the same text again, and
    /// more mails than people write.
    async fn was_sent(
        &self,
        channel: &Channel,
        sender: &Principal,
        id: &ClientMessageId,
        text: &str,
        now: Timestamp,
    ) -> Result<bool, Refused> {
        let query = PageQuery {
            direction: Direction::Before,
            cursor: None,
            limit: COMPARED,
            with_deleted: true,
        };
        let page = self.app.store.page(&channel.hash, sender, query).await?;
        let is_theirs = |message: &&Message| {
            message.sender_id == *sender.id() && message.sender_role == sender.role()
        };
        let theirs: Vec<&Message> = page.messages.iter().filter(is_theirs).collect();
        let is_mail = |message: &&&Message| {
            message.client_message_id.as_ref().is_some_and(|id| id.as_str().starts_with(MAIL_ID))
        };
        if theirs.iter().any(|message| message.client_message_id.as_ref() == Some(id)) {
            return Ok(true);
        }
        let within = |message: &&&Message, ms: i64| now.since(message.created_at) < ms;
        let mails = || theirs.iter().filter(is_mail);
        if mails().filter(|message| within(message, HOUR_MS)).count() >= MAX_PER_HOUR {
            return Err(Refused::Aside("too_many"));
        }
        let letters = letters(text);
        let same = mails()
            .filter(|message| within(message, REPEATED_MS))
            .filter(|message| self::letters(&message.body) == letters);
        let most = if letters.chars().count() < MIN_REPEATED { MAX_SHORT } else { 1 };
        // A mail of files only has no text.
        let is_repeated = !letters.is_empty() && same.count() >= most;
        if is_repeated { Err(Refused::Aside("same_text")) } else { Ok(false) }
    }

    /// The message of a mail, without a client message id. Stores its files.
    async fn compose(
        &self,
        mail: Mail,
        channel: &Channel,
        sender: &Principal,
        now: Timestamp,
    ) -> Result<Draft, Refused> {
        let Mail { text, files, digest, .. } = mail;
        let stored = self.store_files(files, &digest, channel, sender, now).await?;
        let language = self.app.config.mail.language;
        let body = notes::body(&text, stored.dropped, language);
        let body = if body.is_empty() && !stored.ids.is_empty() {
            MessageBody::none()
        } else {
            MessageBody::parse(body).map_err(|_| Refused::Aside("empty"))?
        };
        let event_id = self.app.event_id()?;
        Ok(Draft { files: stored.ids, ..Draft::text(sender.clone(), body, event_id) })
    }
}

/// Who has this address: those who have it from the shop, else those who entered it.
fn with_address(people: &BTreeMap<ActorId, Person>, address: &EmailAddress) -> Vec<ActorId> {
    let is_it = |email: &EmailAddress| email.as_str().eq_ignore_ascii_case(address.as_str());
    let ids = |has_it: &dyn Fn(&Person) -> bool| -> Vec<ActorId> {
        let theirs = people.values().filter(|person| has_it(person));
        theirs.map(|person| person.id.clone()).collect()
    };
    let vouched = ids(&|person| {
        let profile = person.vouched.as_ref().map(|vouched| &vouched.profile);
        profile.and_then(|profile| profile.email.as_ref()).is_some_and(is_it)
    });
    if vouched.is_empty() {
        ids(&|person| person.address().as_ref().is_some_and(is_it))
    } else {
        vouched
    }
}

/// The client message id of a mail.
fn message_id(digest: &[u8; 32]) -> Result<ClientMessageId, AppError> {
    let mut name = BASE32_NOPAD.encode(digest).to_ascii_lowercase();
    name.truncate(26);
    ClientMessageId::parse(&format!("{MAIL_ID}{name}")).ok_or(AppError::Defect("a mail's id"))
}

/// A text without what machines change from mail to mail: numbers and spaces.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
}
