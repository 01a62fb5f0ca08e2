//! Replies automatically while the shop is closed.

use crate::channel::head::{Channel, Newest};
use crate::ids::{ActorId, ClientMessageId, EventId};
use crate::log::decision::{Decision, Guard};
use crate::log::entry::Entry;
use crate::log::message::{Message, MessageType};
use crate::people::principal::{Role, Side};
use crate::shop::settings::Settings;
use crate::time::Timestamp;

/// How long no staff may have written before a message that gets an automatic reply, in
/// milliseconds.
pub const QUIET_MS: i64 = 10 * 60_000;

/// The command to reply to a member who writes while the shop is closed.
#[derive(Clone, Copy, Debug)]
pub struct ReplyAway<'a> {
    /// The shop's settings: its texts.
    pub settings: &'a Settings,
    /// The shop's language, for a reader of none of the texts.
    pub shop_language: &'a str,
    /// The start of the closed period.
    pub period: Timestamp,
    /// The id of the event, drawn beforehand.
    pub event_id: &'a EventId,
}

/// What the command looks at, apart from the head.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The newest of the member's messages that may get a reply, if one is not deleted.
    pub question: Option<Message>,
    /// Whether this case has its reply in this period.
    pub has_reply: bool,
    /// Whether a person of the staff wrote within [`QUIET_MS`] before the question, or after it.
    pub staff_writes: bool,
}

impl ReplyAway<'_> {
    /// The name of the reply in a case and period: there is one message of each name.
    pub fn client_id(&self, case: u64) -> Option<ClientMessageId> {
        ClientMessageId::parse(&format!("away.{case}.{}", self.period.millis()))
    }

    /// Appends the reply, unless the member waits for none.
    pub fn decide(&self, channel: &Channel, asked: &Asked, now: Timestamp) -> Decision<()> {
        let question = asked.question.as_ref();
        let is_due = !asked.has_reply && !asked.staff_writes && channel.waits_since().is_some();
        let Some(question) = question.filter(|_| is_due) else { return Decision::unchanged(&()) };
        let texts = &self.settings.away_message;
        let Some(text) = texts.pick(question.lang.as_ref(), self.shop_language) else {
            return Decision::unchanged(&());
        };
        let mut next = channel.next_version();
        next.last_seq += 1;
        next.updated_at = channel.updated_at.max(now);
        let created_at = channel.last_message_at.map_or(now, |last| now.max(last.plus_millis(1)));
        let message = Message {
            seq: next.last_seq,
            sender_id: ActorId::shop(),
            sender_role: Role::System,
            body: text.clone(),
            message_type: MessageType::System,
            attachments: Vec::new(),
            card: None,
            meeting: None,
            page: None,
            lang: None,
            sent: channel.sent().one_more(Side::Staff),
            client_message_id: self.client_id(channel.work.case),
            event_id: self.event_id.clone(),
            created_at,
            edited_at: None,
            deleted_at: None,
        };
        next.last_message_at = Some(created_at);
        next.newest = Some(Newest::of(&message));
        let appended = Decision::append(next, message.clone(), Entry::sent(message), Guard::Log);
        Decision { subject: (), append: appended.append }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::head::Reader;
    use crate::channel::notice::Addressee;
    use crate::channel::status::Status;
    use crate::log::decision::Append;
    use crate::log::fixtures::{admin, at, channel, customer, delete, send};

    fn settings() -> Settings {
        let mut settings = Settings::default();
        let texts = [("en", "We are closed."), ("de", "Wir haben zu.")];
        let texts = texts.map(|(tag, text)| (tag.to_owned(), text.to_owned()));
        settings.set_away_message(texts.to_vec()).expect("texts");
        settings
    }

    fn reply(channel: &Channel, asked: &Asked) -> Option<Append> {
        let event_id = EventId::from_random([6; 16]);
        let (settings, period) = (settings(), at(1_000));
        let command =
            ReplyAway { settings: &settings, shop_language: "de", period, event_id: &event_id };
        command.decide(channel, asked, at(9_000)).append
    }

    #[test]
    fn a_reply_changes_nothing_but_what_the_member_reads() {
        let (asking, question) = send(&channel(), &customer(), 5_000);
        let asked = Asked { question: Some(question), ..Asked::default() };
        let replied = reply(&asking, &asked).expect("a reply");
        let message = replied.entries.first().and_then(Entry::message).expect("a message").clone();
        assert_eq!((replied.entries.len(), message.body.as_str()), (1, "Wir haben zu."));
        assert_eq!(message.client_message_id.expect("a name").as_str(), "away.1.1000");
        let next = replied.next;
        assert_eq!((next.unread(&Reader::Member), next.automatic), (1, 1));
        assert_eq!(next.work, asking.work);
        assert_eq!((next.unanswered_since, next.waiting_since), (asking.unanswered_since, None));
        assert_eq!(next.paced, asking.paced);
        // It begins no episode of the staff, and is no answer of theirs.
        let staff = Addressee::of(&next, Side::Staff, &next.admin_id);
        assert_eq!(next.episode(&staff), asking.episode(&staff));
        let question = asked.question.expect("a question");
        assert!(!next.has_written_since(&question, &staff));
        let (answered, _) = send(&next, &admin(), 20_000);
        assert!(answered.has_written_since(&question, &staff));
        assert_eq!(answered.episode(&staff).sent, 1);
    }

    #[test]
    fn a_member_who_does_not_wait_gets_none() {
        let (asking, question) = send(&channel(), &customer(), 5_000);
        let asked = Asked { question: Some(question.clone()), ..Asked::default() };
        assert!(reply(&asking, &Asked { has_reply: true, ..asked.clone() }).is_none());
        assert!(reply(&asking, &Asked { staff_writes: true, ..asked.clone() }).is_none());
        assert!(reply(&asking, &Asked::default()).is_none(), "no question is left");
        assert!(reply(&send(&asking, &admin(), 6_000).0, &asked).is_none(), "answered");
        assert!(reply(&delete(&asking, &question, &customer(), &[]), &asked).is_none());
        let mut closed = asking;
        closed.work.status = Status::Closed;
        assert!(reply(&closed, &asked).is_none(), "done");
    }
}
