//! Sends a message.

use crate::channel::head::{Channel, Newest};
use crate::channel::limits::SendLimit;
use crate::log::attachment::Attachment;
use crate::log::decision::{Decision, Guard};
use crate::log::entry::Entry;
use crate::log::kind::Kind;
use crate::log::message::{Draft, MessageType};
use crate::people::principal::Side;
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// The command to send a message.
#[derive(Clone, Copy, Debug)]
pub struct SendMessage<'a> {
    /// What to send.
    pub draft: &'a Draft,
    /// The pace of the member's side.
    pub limit: SendLimit,
    /// Whether a reply of staff in a channel without an assignee assigns its sender.
    pub assigns: bool,
}

impl SendMessage<'_> {
    /// Appends the message. Its `created_at` is later than that of every message before, whatever
    /// the clock says: that keeps read marks by time exact.
    ///
    /// The same commit sets the status that a staff message asks for. Without one, a message opens
    /// the channel. A reply of staff takes a channel that no admin has.
    ///
    /// `attachments` are the draft's files, all of them and in its order.
    pub fn decide(
        &self,
        channel: &Channel,
        attachments: &[Attachment],
        now: Timestamp,
    ) -> Result<Decision, Refusal> {
        let Self { draft, limit, assigns } = *self;
        let mut next = channel.with_place_for(Kind::MessageSent, &draft.sender, now, limit)?;
        let created_at = channel.last_message_at.map_or(now, |last| now.max(last.plus_millis(1)));
        let sent = channel.sent().one_more(draft.sender.side());
        let message = draft.message(next.last_seq, attachments, sent, created_at);
        next.last_message_at = Some(created_at);
        next.newest = Some(Newest::of(&message));
        let mut decision =
            Decision::append(next, message.clone(), Entry::sent(message), Guard::Log);
        if let Some(append) = &mut decision.append {
            let (by, id) = (&draft.sender, &draft.event_id);
            match draft.status {
                Some(status) => append.set_status(status, Some(by), id, now)?,
                None => append.reopen(by, id, now),
            }
            let is_reply = by.side() == Side::Staff && draft.message_type != MessageType::System;
            if assigns && is_reply && append.next.work.assignee_id.is_none() {
                append.assign(Some(by.id()), Some(by), id, now);
            }
        }
        Ok(decision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::head::{Marked, Reader};
    use crate::channel::status::Status;
    use crate::log::decision::Append;
    use crate::log::entry::Place;
    use crate::log::fixtures::{
        UNLIMITED, actor, admin, at, channel, customer, delete, guest, send,
    };
    use crate::log::message::Tally;

    #[test]
    fn created_at_rises_though_the_clock_goes_back() {
        let (channel, first) = send(&channel(), &customer(), 5_000);
        let (channel, second) = send(&channel, &customer(), 4_000);
        assert_eq!((first.seq, second.seq), (1, 2));
        assert_eq!((first.created_at, second.created_at), (at(5_000), at(5_001)));
        assert_eq!(channel.last_message_at, Some(at(5_001)));
    }

    #[test]
    fn times_rise_though_a_clock_once_ran_ahead() {
        let (ahead, _) = send(&channel(), &customer(), 90_000_000);
        let (_, message) = send(&ahead, &admin(), 5_000);
        assert_eq!(message.created_at, at(90_000_001), "times rise strictly");
    }

    #[test]
    fn a_question_is_unanswered_from_the_first_message_to_the_next_answer() {
        let quiet = Channel { member_id: actor("guest_1"), ..channel() };
        let (asked, _) = send(&quiet, &guest(), 5_000);
        let (insists, _) = send(&asked, &guest(), 6_000);
        assert_eq!(
            (quiet.unanswered_since, asked.unanswered_since, insists.unanswered_since),
            (None, Some(at(5_000)), Some(at(5_000)))
        );
        assert_eq!(
            insists.claim(&actor("cus_9"), at(7_000)).unanswered_since,
            Some(at(5_000)),
            "a claim answers nothing"
        );
        let Marked::Moved(read) =
            insists.mark(&Reader::Admin(actor("user_1")), 2, Some(at(6_000)), 0)
        else {
            panic!("moves")
        };
        assert_eq!(read.unanswered_since, Some(at(5_000)), "nor does a read");

        let (answered, answer) = send(&insists, &admin(), 8_000);
        let (adds, _) = send(&answered, &admin(), 9_000);
        assert_eq!((answered.unanswered_since, adds.unanswered_since), (None, None));
        let taken_back = delete(&answered, &answer, &admin(), &[]);
        assert_eq!(taken_back.unanswered_since, None, "an answer stays an answer");
        // A clock that goes back moves nothing back.
        assert_eq!(send(&adds, &guest(), 4_000).0.unanswered_since, Some(at(9_001)));
    }

    #[test]
    fn an_answer_makes_a_customer_wait_and_a_guest_not() {
        let (waiting, _) = send(&channel(), &admin(), 5_000);
        let (waiting, _) = send(&waiting, &admin(), 6_000);
        assert_eq!(waiting.waiting_since, Some(at(5_000)));
        let Marked::Moved(read) = waiting.mark(&Reader::Member, 2, Some(at(6_000)), 0) else {
            panic!("moves")
        };
        assert_eq!(read.waiting_since, None);

        let guest = Channel { member_id: actor("guest_1"), ..channel() };
        assert_eq!(send(&guest, &admin(), 5_000).0.waiting_since, None);
        assert_eq!(
            send(&guest, &admin(), 5_000).0.claim(&actor("cus_9"), at(8_000)).waiting_since,
            Some(at(8_000))
        );
    }

    #[test]
    fn a_reply_takes_a_channel_that_no_admin_has_and_may_close_it() {
        let (asked, _) = send(&channel(), &customer(), 2_000);
        let reply = |channel: &Channel, message_type, status, assigns| {
            let body = crate::text::body::MessageBody::parse("Yes".into()).expect("a body");
            let event_id = crate::ids::EventId::from_random([4; 16]);
            let draft = Draft { message_type, status, ..Draft::text(admin(), body, event_id) };
            let command = SendMessage { draft: &draft, limit: UNLIMITED, assigns };
            command.decide(channel, &[], at(3_000)).expect("sent").append.expect("entries")
        };
        let kinds = |append: &Append| {
            let kinds = append.entries.iter().filter_map(|entry| entry.what.kind());
            kinds.map(Kind::name).collect::<Vec<_>>()
        };
        let text = MessageType::Text;
        let done = reply(&asked, text, Some(Status::Closed), true);
        assert_eq!(kinds(&done), ["message.created", "status", "assignee"]);
        assert_eq!(done.next.work.assignee_id, Some(actor("user_1")));
        assert!(
            done.entries
                .iter()
                .skip(1)
                .all(|entry| matches!(entry.place, Place::Staff { after: 2, .. }))
        );
        assert_eq!(kinds(&reply(&asked, text, None, false)), ["message.created"]);
        assert_eq!(kinds(&reply(&asked, MessageType::System, None, true)), ["message.created"]);
        let again = reply(&done.next, text, None, true);
        assert_eq!(kinds(&again), ["message.created", "status"], "the assignee stays");
        assert_eq!(
            kinds(&reply(&done.next, text, Some(Status::Closed), true)),
            ["message.created"]
        );
    }

    #[test]
    fn a_message_knows_how_many_were_sent_before_whatever_is_deleted() {
        let (channel, first) = send(&channel(), &customer(), 5_000);
        let (channel, second) = send(&channel, &admin(), 6_000);
        let channel = delete(&channel, &first, &customer(), &[]);
        let (channel, third) = send(&channel, &customer(), 95_000);
        let tally = |customer, staff| Tally { customer, staff };
        assert_eq!([first.sent, second.sent, third.sent], [tally(1, 0), tally(1, 1), tally(2, 1)]);
        assert_eq!((channel.sent(), channel.deleted), (tally(2, 1), tally(1, 0)));
    }
}
