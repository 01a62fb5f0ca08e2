//! Replies automatically while the shop is closed.
//!
//! The transaction writes the reply's client id, which names case and closed period, together with
//! the message. So however often and wherever a trigger arrives, there is one reply of each name.

use domain::{
    Asked, Channel, ChannelKey, Decision, EventId, QUIET_MS, Refusal, ReplyAway, Role, Timestamp,
};

use crate::Store;
use crate::channel::head;
use crate::log::commit::{Command, Done};
use crate::log::row::known_message;
use crate::table::error::Error;
use crate::table::item::Item;
use crate::table::keys;
use crate::table::query::Consistency;

/// Most messages of the member that one call looks at: the newest.
const MAX_QUESTIONS: usize = 10;
/// Most messages that are read to find out whether staff writes. Beyond them it does not.
const MAX_READ: usize = 200;
/// Messages of the first read.
const FIRST_READ: usize = 20;

impl Store {
    /// Replies to the member's messages at these seqs, in order, if one of them is not deleted and
    /// the member waits. `case` is the channel's case as far as the caller knows. Returns `None` if
    /// there is no such channel.
    pub async fn reply_away(
        &self,
        channel: &ChannelKey,
        case: u64,
        questions: &[u64],
        command: ReplyAway<'_>,
        now: Timestamp,
    ) -> Result<Option<Done<()>>, Error> {
        let first = questions.len().saturating_sub(MAX_QUESTIONS);
        let questions = questions.get(first..).unwrap_or_default();
        match self.commit(&Reply { channel, case, questions, command, now }).await {
            Err(Error::Refused(Refusal::NoChannel(_))) => Ok(None),
            done => done.map(Some),
        }
    }

    /// Whether a person of the staff wrote later than `after`. Reads backwards, and stops at the
    /// first message that is not later.
    async fn staff_wrote_after(&self, channel: &Channel, after: Timestamp) -> Result<bool, Error> {
        if channel.sent().staff <= channel.automatic {
            return Ok(false);
        }
        let (mut to, mut limit, mut read) = (channel.last_seq, FIRST_READ, 0);
        while to > 0 && read < MAX_READ {
            let messages = self.messages_between(&channel.key(), 1, to, false, limit).await?;
            for message in &messages {
                if message.created_at <= after {
                    return Ok(false);
                }
                if message.sender_role == Role::Admin {
                    return Ok(true);
                }
            }
            read += messages.len();
            match messages.last() {
                Some(oldest) if messages.len() == limit => to = oldest.seq - 1,
                _ => return Ok(false),
            }
            limit = MAX_READ;
        }
        Ok(false)
    }
}

struct Reply<'a> {
    channel: &'a ChannelKey,
    case: u64,
    questions: &'a [u64],
    command: ReplyAway<'a>,
    now: Timestamp,
}

impl Command for Reply<'_> {
    type Rows = Asked;
    type Subject = ();

    fn event_id(&self) -> &EventId {
        self.command.event_id
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    async fn read(&self, store: &Store) -> Result<(Channel, Asked), Error> {
        let rows = self.questions.iter().map(|seq| keys::message(self.channel, *seq));
        let name = self.command.client_id(self.case);
        let name = name.map(|id| keys::shop_client_id(self.channel, &id));
        let all: Vec<_> = rows.chain(name).chain([keys::head(self.channel)]).collect();
        let found = store.get_all(&all, Consistency::Strong).await?;
        let is_head = |item: &Item| keys::written_head(item).is_some();
        let (heads, rows): (Vec<_>, Vec<_>) = found.into_iter().partition(is_head);
        let missing = || Refusal::NoChannel(self.channel.channel_id());
        let channel = heads.into_iter().next().map(head::from_item).transpose()?;
        let channel = channel.ok_or_else(missing)?;
        let (messages, names): (Vec<_>, Vec<_>) = rows.into_iter().partition(keys::is_message);
        let live = messages.into_iter().filter_map(known_message);
        let live = live.filter(|message| message.deleted_at.is_none());
        let case = channel.work.case;
        let has_reply = if case == self.case {
            !names.is_empty()
        } else {
            match self.command.client_id(case) {
                Some(id) => store.get(&keys::shop_client_id(self.channel, &id)).await?.is_some(),
                None => false,
            }
        };
        let question = live.max_by_key(|message| message.seq);
        let mut asked = Asked { question, has_reply, staff_writes: false };
        if let Some(question) = asked.question.as_ref().filter(|_| !asked.has_reply) {
            let quiet_since = question.created_at.plus_millis(-QUIET_MS);
            asked.staff_writes = store.staff_wrote_after(&channel, quiet_since).await?;
        }
        Ok((channel, asked))
    }

    fn decide(&self, channel: &Channel, asked: &Asked) -> Result<Decision<()>, Refusal> {
        Ok(self.command.decide(channel, asked, self.now))
    }
}
