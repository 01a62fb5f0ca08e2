//! What somebody has not heard of: neither read, nor been told by mail.

use domain::{Addressee, Channel, ChannelKey, Entry, Episode, Message, Tally, Timestamp};

use crate::Store;
use crate::log::live::{MOST_PASSED_BY_READING, Wanted};
use crate::log::row::message_of;
use crate::table::error::Error;

/// Channels looked at before a search for news gives up.
const MOST_LOOKED_AT: usize = 2_000;
/// Channels read at a time by it.
const AT_ONCE: usize = 25;

/// A message that its addressee has neither read nor been told of.
#[derive(Clone, Debug)]
pub struct Unheard {
    /// The message.
    pub message: Message,
    /// Whether the addressee's side wrote after it.
    pub is_answered: bool,
}

impl Store {
    /// The newest live message to the addressee which they have neither read nor been told of.
    pub async fn news_for(
        &self,
        channel: &Channel,
        addressee: &Addressee,
    ) -> Result<Option<Message>, Error> {
        Ok(self.unheard(channel, addressee).await?.map(|unheard| unheard.message))
    }

    /// The same, and whether the addressee's own side wrote after it: who writes has been there,
    /// even if they deleted it.
    pub async fn unheard(
        &self,
        channel: &Channel,
        addressee: &Addressee,
    ) -> Result<Option<Unheard>, Error> {
        let mut is_answered = false;
        let (mut to, after) = (channel.last_seq, channel.known_to(addressee));
        let (mut asked, mut passed) = (4, 0);
        while to > after {
            if passed >= MOST_PASSED_BY_READING {
                let wanted =
                    Wanted { side: Some(addressee.side().other()), is_forward: false, count: 1 };
                let rows = self.live_rows(&channel.key(), after + 1, to, wanted).await?;
                // What was passed over is known from the counts: how many the addressee's side
                // sent.
                let sent = |tally: Tally| tally.of(addressee.side());
                return Ok(rows.into_iter().next().map(message_of).map(|message| {
                    let wrote_after =
                        !message.sent.is_empty() && sent(message.sent) < sent(channel.sent());
                    Unheard { message, is_answered: is_answered || wrote_after }
                }));
            }
            let rows = self.messages_between(&channel.key(), after + 1, to, false, asked).await?;
            let (oldest, exhausted) = (rows.last().map(|message| message.seq), rows.len() < asked);
            passed += rows.len();
            for message in rows {
                match Entry::sent(message.clone()).mailed_to() {
                    Some(side) if side != addressee.side() => is_answered = true,
                    Some(_) if message.deleted_at.is_none() => {
                        return Ok(Some(Unheard { message, is_answered }));
                    }
                    _ => {}
                }
            }
            match oldest {
                Some(oldest) if !exhausted => to = oldest - 1,
                _ => return Ok(None),
            }
            asked = 100;
        }
        Ok(None)
    }

    /// Notes in a channel's head that the addressee was sent a mail in this episode, which told of
    /// everything up to `seq`.
    pub async fn tell(
        &self,
        key: &ChannelKey,
        addressee: &Addressee,
        episode: Episode,
        seq: u64,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.change_head(key, |channel| channel.tell(addressee, episode, seq, now)).await
    }

    /// Channels with something that this admin has not read, written since `since`, the latest
    /// first: at most `most` of them.
    ///
    /// Only channels that were active since then are looked at, and none more once enough are
    /// found.
    pub async fn recent_unread(
        &self,
        admin: &Addressee,
        since: Option<Timestamp>,
        most: usize,
    ) -> Result<Vec<(Channel, Message)>, Error> {
        let (mut found, mut looked, mut cursor) = (Vec::new(), 0, None);
        loop {
            let (channels, next) = self.newest_channels_after(cursor, AT_ONCE).await?;
            looked += channels.len();
            for channel in channels {
                if channel.last_message_at.is_none_or(|at| since.is_some_and(|since| at <= since)) {
                    return Ok(found);
                }
                if channel.unread_by(admin) == 0 {
                    continue;
                }
                if let Some(news) = self
                    .news_for(&channel, admin)
                    .await?
                    .filter(|news| since.is_none_or(|since| news.created_at > since))
                {
                    found.push((channel, news));
                }
                if found.len() == most {
                    return Ok(found);
                }
            }
            match next {
                Some(next) if looked < MOST_LOOKED_AT => cursor = Some(next),
                _ => return Ok(found),
            }
        }
    }
}
