//! Unnotified messages: their addressee has neither read them nor got a mail about them.

use domain::{Addressee, Channel, ChannelKey, Episode, Message, Timestamp};

use crate::Store;
use crate::log::live::{MOST_PASSED_BY_READING, Wanted};
use crate::log::row::message_of;
use crate::table::error::Error;

/// A message that its addressee has neither read nor got a mail about.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the name says it")]
pub struct Unnotified {
    pub message: Message,
    /// Whether the addressee's side wrote after it: then they were there, even if they deleted what
    /// they wrote.
    pub is_answered: bool,
}

impl Store {
    /// The newest live message to the addressee that is unnotified. The number of rows read is
    /// bounded, no matter how many were deleted.
    pub async fn newest_unnotified(
        &self,
        channel: &Channel,
        addressee: &Addressee,
    ) -> Result<Option<Unnotified>, Error> {
        let side = addressee.side();
        let (mut to, after) = (channel.last_seq, channel.known_to(addressee));
        let (mut limit, mut passed) = (4, 0);
        while to > after {
            let (messages, exhausted) = if passed < MOST_PASSED_BY_READING {
                let read =
                    self.messages_between(&channel.key(), after + 1, to, false, limit).await?;
                let exhausted = read.len() < limit;
                (read, exhausted)
            } else {
                let wanted = Wanted { side: Some(side.other()), is_forward: false, count: 1 };
                let rows = self.live_rows(&channel.key(), after + 1, to, wanted).await?;
                (rows.into_iter().map(message_of).collect(), false)
            };
            passed += messages.len();
            let oldest = messages.last().map(|message| message.seq);
            let is_to_side = |message: &Message| {
                message.deleted_at.is_none() && message.meaning().mailed_to() == Some(side)
            };
            if let Some(message) = messages.into_iter().find(is_to_side) {
                let is_answered = channel.has_written_since(&message, addressee);
                return Ok(Some(Unnotified { message, is_answered }));
            }
            match oldest {
                Some(oldest) if !exhausted => to = oldest - 1,
                _ => return Ok(None),
            }
            limit = 100;
        }
        Ok(None)
    }

    /// The last live messages of a channel, the oldest first: of the newest `rows` as many as count
    /// in the channel.
    pub async fn last_messages(
        &self,
        channel: &Channel,
        rows: usize,
    ) -> Result<Vec<Message>, Error> {
        let (key, last) = (channel.key(), channel.last_seq);
        let mut messages = self.messages_between(&key, 1, last, false, rows).await?;
        messages.retain(|message| {
            message.deleted_at.is_none() && message.meaning().unread_for().is_some()
        });
        messages.reverse();
        Ok(messages)
    }

    /// Records in a channel's head that the addressee was notified of everything up to `seq` in
    /// this episode.
    pub async fn mark_notified(
        &self,
        key: &ChannelKey,
        addressee: &Addressee,
        episode: Episode,
        seq: u64,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.change_head(key, |channel| channel.mark_notified(addressee, episode, seq, now)).await
    }
}
