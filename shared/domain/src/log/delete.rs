//! Deletes a message. A tombstone stays, and every count that held the message loses it.

use crate::channel::head::{Channel, Newest};
use crate::channel::limits::SendLimit;
use crate::ids::EventId;
use crate::log::decision::{Decision, Guard};
use crate::log::entry::{Entry, Place, What};
use crate::log::kind::Kind;
use crate::log::message::Message;
use crate::people::principal::{Principal, Side};
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// The command to delete a message.
#[derive(Clone, Copy, Debug)]
pub struct DeleteMessage<'a> {
    /// Who deletes.
    pub caller: &'a Principal,
    /// The id of the event, drawn beforehand.
    pub event_id: &'a EventId,
    /// The pace of the member's side.
    pub limit: SendLimit,
}

/// A message, and the part of the log around it that its delete needs.
#[derive(Clone, Debug)]
pub struct Surrounded {
    /// The message.
    pub message: Message,
    /// The newest live message before it; needed only if it is the head's newest.
    pub before: Option<Newest>,
    /// The messages after it, oldest first, up to the first live one or further; needed only if the
    /// member waits for an answer to it. All are the member's: an answer would have ended the wait.
    pub after: Vec<Message>,
}

impl DeleteMessage<'_> {
    /// Deletes one of the channel's messages. Deleting it again appends no entry.
    pub fn decide(
        &self,
        channel: &Channel,
        around: &Surrounded,
        now: Timestamp,
    ) -> Result<Decision, Refusal> {
        let message = &around.message;
        let Some(mut next) = self.begin(channel, message, now)? else {
            return Ok(Decision::unchanged(message));
        };
        let deleted = message.tombstone(now);
        if channel.is_newest(message) {
            next.newest.clone_from(&around.before);
        }
        if channel.asks_by(message) {
            let asks =
                |message: &&Message| message.deleted_at.is_none() && message.meaning().asks();
            let question = around.after.iter().find(asks);
            next.unanswered_since = question.map(|message| message.created_at);
        }
        next.uncount(message);
        let (place, id) = (Place::Public(next.last_seq), self.event_id.clone());
        let entry = Entry::about(deleted.clone(), What::MessageDeleted, place, id, now);
        // The read counts of all marks change, so no mark may move meanwhile.
        let mut decision = Decision::append(next, deleted, entry, Guard::Head);
        if let Some(append) = &mut decision.append {
            append.dropped = message.attachments.iter().map(|file| file.id.clone()).collect();
        }
        Ok(decision)
    }

    /// Whether the delete writes anything. If not, the log around the message is not read.
    pub fn writes(&self, channel: &Channel, message: &Message, now: Timestamp) -> bool {
        matches!(self.begin(channel, message, now), Ok(Some(_)))
    }

    /// The head with room for the entry; `None` if the message is deleted already.
    fn begin(
        &self,
        channel: &Channel,
        message: &Message,
        now: Timestamp,
    ) -> Result<Option<Channel>, Refusal> {
        match (message.deleted_at, message.is_own(self.caller)) {
            (Some(_), true) => Ok(None),
            (Some(_), false) => Err(channel.no_message(message)),
            (None, false) => Err(Refusal::NotAuthorToDelete),
            (None, true) => {
                let kind = Kind::MessageDeleted;
                channel.with_place_for(kind, self.caller, now, self.limit).map(Some)
            }
        }
    }
}

impl Channel {
    /// Takes a deleted message out of every count that held it.
    fn uncount(&mut self, message: &Message) {
        self.deleted = self.deleted.one_more(message.sender_role.side());
        let unread_for = message.meaning().unread_for();
        match unread_for {
            Some(Side::Staff) => self.live_customer = self.live_customer.saturating_sub(1),
            Some(Side::Member) => self.live_staff = self.live_staff.saturating_sub(1),
            None => {}
        }
        for (reader, mark) in &mut self.marks {
            if Some(reader.side()) == unread_for {
                mark.uncount(message.seq);
            }
        }
        self.stop_waiting_if_read();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::head::{Marked, Reader, Sum};
    use crate::log::fixtures::{UNLIMITED, actor, admin, at, channel, customer, delete, send};

    #[test]
    fn deleting_the_question_leaves_the_next_one() {
        let (channel, old) = send(&channel(), &customer(), 2_000);
        let (channel, answer) = send(&channel, &admin(), 3_000);
        let (channel, one) = send(&channel, &customer(), 4_000);
        assert_eq!(delete(&channel, &one, &customer(), &[]).unanswered_since, None, "the only one");
        assert_eq!(
            delete(&channel, &old, &customer(), std::slice::from_ref(&one)).unanswered_since,
            Some(at(4_000)),
            "one that was answered"
        );
        let (channel, two) = send(&channel, &customer(), 5_000);
        let (channel, three) = send(&channel, &customer(), 6_000);
        let log = [old, answer, one.clone(), two.clone(), three.clone()];
        assert_eq!(delete(&channel, &one, &customer(), &log).unanswered_since, Some(at(5_000)));
        let gone = Message { deleted_at: Some(at(7_000)), ..two.clone() };
        let log = [one.clone(), gone, three.clone()];
        assert_eq!(
            delete(&channel, &one, &customer(), &log).unanswered_since,
            Some(at(6_000)),
            "a tombstone asks nothing"
        );
        for later in [two, three] {
            assert_eq!(
                delete(&channel, &later, &customer(), &log).unanswered_since,
                Some(at(4_000)),
                "the first stands"
            );
        }
    }

    #[test]
    fn a_delete_leaves_every_count_that_held_the_message() {
        let (reader, late) = (Reader::of(&admin()), Reader::Admin(actor("user_2")));
        let (channel, first) = send(&channel(), &customer(), 5_000);
        let Marked::Moved(channel) = channel.mark(&reader, 1, Some(at(5_000)), 0) else {
            panic!("moves")
        };
        let (channel, second) = send(&channel, &customer(), 6_000);
        assert_eq!((channel.unread(&reader), channel.unread(&late)), (1, 2));

        let channel = delete(&channel, &first, &customer(), std::slice::from_ref(&second));
        assert_eq!(
            (channel.unread(&reader), channel.unread(&late)),
            (1, 1),
            "read before: only the late reader loses one"
        );
        let channel = delete(&channel, &second, &customer(), &[]);
        assert_eq!((channel.unread(&reader), channel.unread(&late)), (0, 0));
        assert_eq!((channel.last_seq, channel.newest.clone()), (4, None));
        assert!(!channel.contribution().contains_key(&Sum::Live));
    }

    #[test]
    fn refusals_come_in_the_documented_order() {
        let (channel, message) = send(&channel(), &admin(), 5_000);
        let gone = Message { deleted_at: Some(at(6_000)), ..message.clone() };
        let delete = |message: &Message, caller: &Principal| {
            let event_id = &EventId::from_random([2; 16]);
            let command = DeleteMessage { caller, event_id, limit: UNLIMITED };
            let around = Surrounded { message: message.clone(), before: None, after: Vec::new() };
            let decision = command.decide(&channel, &around, at(7_000));
            let appends = matches!(&decision, Ok(Decision { append: Some(_), .. }));
            assert_eq!(command.writes(&channel, message, at(7_000)), appends);
            decision
        };

        assert_eq!(delete(&gone, &admin()), Ok(Decision::unchanged(&gone)));
        assert!(matches!(delete(&gone, &customer()), Err(Refusal::NoMessage(_))));
        assert_eq!(delete(&message, &customer()), Err(Refusal::NotAuthorToDelete));
        assert!(delete(&message, &admin()).is_ok_and(|decision| decision.append.is_some()));
    }
}
