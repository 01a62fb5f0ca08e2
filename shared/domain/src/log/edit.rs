//! Edits a message.

use crate::channel::head::{Channel, Newest};
use crate::channel::limits::SendLimit;
use crate::ids::EventId;
use crate::log::decision::{Decision, Guard};
use crate::log::entry::{Entry, Place, What};
use crate::log::kind::Kind;
use crate::log::message::{Message, MessageType};
use crate::people::principal::Principal;
use crate::refusal::Refusal;
use crate::text::body::MessageBody;
use crate::time::Timestamp;

/// The command to give a message another body.
#[derive(Clone, Copy, Debug)]
pub struct EditMessage<'a> {
    /// Who edits.
    pub caller: &'a Principal,
    /// The new body.
    pub body: &'a MessageBody,
    /// The id of the event, drawn beforehand.
    pub event_id: &'a EventId,
    /// The pace of the member's side.
    pub limit: SendLimit,
}

impl EditMessage<'_> {
    /// Changes the body of one of the channel's messages. The same body appends no entry.
    pub fn decide(
        &self,
        channel: &Channel,
        message: &Message,
        now: Timestamp,
    ) -> Result<Decision, Refusal> {
        if message.deleted_at.is_some() {
            return Err(channel.no_message(message));
        }
        if !message.is_own(self.caller) {
            return Err(Refusal::NotAuthorToEdit);
        }
        if message.message_type == MessageType::System {
            return Err(Refusal::SystemMessage);
        }
        if message.body == self.body.as_str() {
            return Ok(Decision::unchanged(message));
        }
        let kind = Kind::MessageEdited;
        let mut next = channel.with_place_for(kind, self.caller, now, self.limit)?;
        let body = self.body.as_str().to_owned();
        let edited = Message { body, edited_at: Some(now), ..message.clone() };
        if channel.is_newest(message) {
            next.newest = Some(Newest::of(&edited));
        }
        let (place, id) = (Place::Public(next.last_seq), self.event_id.clone());
        let entry = Entry::about(edited.clone(), What::MessageEdited, place, id, now);
        Ok(Decision::append(next, edited, entry, Guard::Log))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::fixtures::{UNLIMITED, admin, at, channel, customer, send};

    #[test]
    fn refusals_come_in_the_documented_order() {
        let (channel, message) = send(&channel(), &admin(), 5_000);
        let system = Message { message_type: MessageType::System, ..message.clone() };
        let gone = Message { deleted_at: Some(at(6_000)), ..system.clone() };
        let edit = |message: &Message, caller: &Principal| {
            let body = &MessageBody::parse("new".into()).expect("a body");
            let event_id = &EventId::from_random([2; 16]);
            let command = EditMessage { caller, body, event_id, limit: UNLIMITED };
            command.decide(&channel, message, at(7_000))
        };

        assert!(matches!(edit(&gone, &admin()), Err(Refusal::NoMessage(_))));
        assert_eq!(edit(&system, &customer()), Err(Refusal::NotAuthorToEdit));
        assert_eq!(edit(&system, &admin()), Err(Refusal::SystemMessage));
        let same = Message { body: "new".into(), ..message };
        assert_eq!(edit(&same, &admin()), Ok(Decision::unchanged(&same)));
    }
}
