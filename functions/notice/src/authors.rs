//! The messages that a mail quotes, and how it names their authors.

use std::collections::BTreeMap;

use app::Error;
use domain::{ActorId, Channel, Message, Profile, Role, Side, one_line, without_links};
use mail::Recipient;
use templates::Sender;

use crate::Notices;

/// Longest name of a person in a subject, in characters: what mail programs show of a subject.
const MAX_SUBJECT_NAME: usize = 60;
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

struct Name {
    name: Option<String>,
    picture_url: Option<String>,
}

impl Authors {
    /// The author of one of the messages, with the picture of staff. A claimed guest's message is
    /// the customer's.
    pub(crate) fn of(&self, message: &Message) -> (Sender<'_>, Option<&str>) {
        let (by, role) = (message.sender_role.side(), message.sender_role);
        let id = if by == Side::Member { &self.member_id } else { &message.sender_id };
        let known = self.names.get(id);
        let name = known.and_then(|known| known.name.as_deref());
        match (by, self.to) {
            (Side::Member, Side::Member) => (Sender::You, None),
            (Side::Member, Side::Staff) if self.member == Role::Guest => {
                (Sender::Guest(name), None)
            }
            (Side::Member, Side::Staff) => (Sender::Customer(name), None),
            (Side::Staff, _) if role == Role::Admin => {
                (Sender::Staff(name), known.and_then(|known| known.picture_url.as_deref()))
            }
            (Side::Staff, _) => (Sender::Staff(None), None),
        }
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
            let by = if id == channel.member_id { Side::Member } else { Side::Staff };
            let profile = person.profile();
            let name = author_name(&profile, by, to);
            (id, Name { name, picture_url: profile.avatar_url })
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

/// The name of a message's author as this side sees it, for a mail: one line without links.
pub(crate) fn author_name(author: &Profile, by: Side, to: Side) -> Option<String> {
    let name = match by {
        Side::Member => author.full_name(),
        Side::Staff => author.staff_name(to),
    };
    name.map(|name| one_line(&without_links(&name), MAX_SUBJECT_NAME))
}

/// Four characters of an id, which tell nameless people apart: the inbox shows the same.
pub(crate) fn code_of(id: &ActorId) -> &str {
    let id = id.as_str();
    let start = id.find('_').map_or(0, |at| at + 1);
    id.get(start..(start + 4).min(id.len())).unwrap_or(id)
}
