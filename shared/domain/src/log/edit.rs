//! Edits a message.

use crate::channel::head::{Channel, Newest};
use crate::channel::limits::SendLimit;
use crate::ids::EventId;
use crate::log::decision::{Decision, Guard};
use crate::log::entry::{Entry, Place, What};
use crate::log::kind::Kind;
use crate::log::meeting::Meeting;
use crate::log::message::{Message, MessageType};
use crate::people::principal::Principal;
use crate::refusal::Refusal;
use crate::text::body::MessageBody;
use crate::time::Timestamp;

/// The command to give a message another body, and another meeting.
#[derive(Clone, Copy, Debug)]
pub struct EditMessage<'a> {
    /// Who edits.
    pub caller: &'a Principal,
    /// The new body; `None` leaves it as it is.
    pub body: Option<&'a MessageBody>,
    /// The new meeting, or none any more; `None` leaves it as it is.
    pub meeting: Option<Option<&'a Meeting>>,
    /// The id of the event, drawn beforehand.
    pub event_id: &'a EventId,
    /// The pace of the member's side.
    pub limit: SendLimit,
}

impl EditMessage<'_> {
    /// Changes the body and the meeting of one of the channel's messages. The same ones append no
    /// entry.
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
        let mut edited = message.clone();
        if let Some(body) = self.body {
            body.as_str().clone_into(&mut edited.body);
        }
        if let Some(meeting) = self.meeting {
            edited.message_type.may_hold(meeting)?;
            edited.meeting = meeting.cloned().map(Box::new);
        }
        if edited == *message {
            return Ok(Decision::unchanged(message));
        }
        edited.edited_at = Some(now);
        let kind = Kind::MessageEdited;
        let mut next = channel.with_place_for(kind, self.caller, now, self.limit)?;
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
        let body = MessageBody::parse("new".into()).expect("a body");
        let edit = |message: &Message, caller: &Principal| {
            let body = Some(&body);
            let event_id = &EventId::from_random([2; 16]);
            let command = EditMessage { caller, body, meeting: None, event_id, limit: UNLIMITED };
            command.decide(&channel, message, at(7_000))
        };

        assert!(matches!(edit(&gone, &admin()), Err(Refusal::NoMessage(_))));
        assert_eq!(edit(&system, &customer()), Err(Refusal::NotAuthorToEdit));
        assert_eq!(edit(&system, &admin()), Err(Refusal::SystemMessage));
        let same = Message { body: "new".into(), ..message };
        assert_eq!(edit(&same, &admin()), Ok(Decision::unchanged(&same)));
    }

    #[test]
    fn an_edit_moves_or_cancels_a_meeting() {
        let (channel, text) = send(&channel(), &admin(), 5_000);
        let meeting = |from| Meeting {
            starts_at: at(from),
            ends_at: at(from + 60_000),
            title: None,
            url: None,
        };
        let (first, later) = (meeting(1_000_000), meeting(2_000_000));
        let message = Message {
            message_type: MessageType::Meeting,
            meeting: Some(Box::new(first.clone())),
            ..text.clone()
        };
        let edit = |message: &Message, meeting| {
            let (caller, event_id) = (&admin(), &EventId::from_random([2; 16]));
            let command = EditMessage { caller, body: None, meeting, event_id, limit: UNLIMITED };
            command.decide(&channel, message, at(7_000))
        };
        assert_eq!(edit(&message, Some(Some(&first))), Ok(Decision::unchanged(&message)));
        let moved = edit(&message, Some(Some(&later))).expect("moved").subject;
        assert_eq!(
            (moved.meeting, moved.body),
            (Some(Box::new(later.clone())), message.body.clone())
        );
        let none = edit(&message, Some(None)).expect("without").subject;
        assert_eq!((none.meeting, none.edited_at), (None, Some(at(7_000))));
        assert!(matches!(edit(&text, Some(Some(&later))), Err(Refusal::Invalid(_))));
        assert_eq!(edit(&text, Some(None)), Ok(Decision::unchanged(&text)));
    }
}
