//! The messages that a mail quotes, and how it names their authors.

use std::collections::BTreeMap;

use app::Error;
use domain::{ActorId, Channel, Message, Person, Role, Side, one_line, without_links};
use mail::Recipient;
use templates::Sender;

use crate::Notices;

/// Longest name of a person in a subject, in characters: what mail programs show of a subject.
pub(crate) const MAX_SUBJECT_NAME: usize = 60;
/// Most messages that a notice quotes.
const MAX_QUOTED: usize = 5;
/// Rows that are read for them: some may be deleted, or of the other side.
const ROWS: usize = 12;

/// Messages, the oldest first, and their authors' names as one side may see them.
pub(crate) struct Authors {
    pub(crate) messages: Vec<Message>,
    names: BTreeMap<ActorId, Name>,
    member: Role,
    to: Side,
    member_id: ActorId,
}

#[derive(Default)]
struct Name {
    name: Option<String>,
    picture_url: Option<String>,
}

/// The author of a message.
pub(crate) struct Author<'a> {
    role: AuthorRole,
    name: Option<&'a Name>,
}

#[derive(Clone, Copy)]
enum AuthorRole {
    You,
    Staff,
    Shop,
    Customer,
    Guest,
}

impl<'a> Author<'a> {
    pub(crate) fn sender(&self) -> Sender<'a> {
        let name = self.name.and_then(|known| known.name.as_deref());
        match self.role {
            AuthorRole::You => Sender::You,
            AuthorRole::Shop => Sender::Staff(None),
            AuthorRole::Staff => Sender::Staff(name),
            AuthorRole::Customer => Sender::Customer(name),
            AuthorRole::Guest => Sender::Guest(name),
        }
    }

    /// The picture of staff.
    pub(crate) fn picture_url(&self) -> Option<&'a str> {
        match self.role {
            AuthorRole::Staff => self.name.and_then(|known| known.picture_url.as_deref()),
            _ => None,
        }
    }
}

impl Authors {
    /// The author of one of the messages. A claimed guest's message is the customer's.
    pub(crate) fn of(&self, message: &Message) -> Author<'_> {
        let role = match (message.sender_role.side(), self.to) {
            (Side::Member, Side::Member) => AuthorRole::You,
            (Side::Member, Side::Staff) if self.member == Role::Guest => AuthorRole::Guest,
            (Side::Member, Side::Staff) => AuthorRole::Customer,
            (Side::Staff, _) if message.sender_role == Role::System => AuthorRole::Shop,
            (Side::Staff, _) => AuthorRole::Staff,
        };
        let id = match role {
            AuthorRole::Customer | AuthorRole::Guest => &self.member_id,
            _ => &message.sender_id,
        };
        Author { role, name: self.names.get(id) }
    }
}

impl Notices {
    /// The last messages of a channel for a mail to this side, `newest` among them. An unverified
    /// address gets only what staff wrote.
    pub(crate) async fn authors(
        &self,
        channel: &Channel,
        to: Side,
        recipient: &Recipient,
        newest: &Message,
    ) -> Result<Authors, Error> {
        let mut messages = self.mailer.app.store.last_messages(channel, ROWS).await?;
        messages
            .retain(|message| recipient.is_verified || message.sender_role.side() == Side::Staff);
        messages.drain(..messages.len().saturating_sub(MAX_QUOTED));
        if !messages.iter().any(|message| message.seq == newest.seq) {
            messages.insert(0, newest.clone());
        }
        self.named(channel, to, messages).await
    }

    /// These messages with their authors' names.
    pub(crate) async fn named(
        &self,
        channel: &Channel,
        to: Side,
        messages: Vec<Message>,
    ) -> Result<Authors, Error> {
        let now = self.mailer.app.clock.now();
        let staff = messages.iter().filter(|message| message.sender_role == Role::Admin);
        let ids = staff.map(|message| &message.sender_id).chain([&channel.member_id]);
        let people = self.mailer.directory.people(ids, now).await?;
        let names = people.into_iter().map(|(id, person)| {
            let is_member = id == channel.member_id;
            let name = name_of(&person, to, is_member);
            (id, name)
        });
        Ok(Authors {
            names: names.collect(),
            member: channel.member_role(),
            member_id: channel.member_id.clone(),
            to,
            messages,
        })
    }
}

/// A person's name as this side may see it: members see no last names of staff.
fn name_of(person: &Person, to: Side, is_member: bool) -> Name {
    let profile = person.profile();
    let name =
        if to == Side::Staff || is_member { profile.full_name() } else { profile.first_name };
    Name {
        name: name.map(|name| one_line(&without_links(&name), MAX_SUBJECT_NAME)),
        picture_url: profile.avatar_url,
    }
}

/// Four characters of an id, which tell nameless people apart: the inbox shows the same.
pub(crate) fn code_of(id: &ActorId) -> &str {
    let id = id.as_str();
    let start = id.find('_').map_or(0, |at| at + 1);
    id.get(start..(start + 4).min(id.len())).unwrap_or(id)
}
