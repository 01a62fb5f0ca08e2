//! Lets a channel count as unread again for one admin: a reminder to oneself.

use domain::{Channel, ChannelHash, Newest, Principal, Reader, Side, Validation};

use crate::Store;
use crate::channel::reads::ReadOutcome;
use crate::log::live::Wanted;
use crate::table::error::Error;
use crate::table::keys;
use crate::table::retry::Tries;

impl Store {
    /// Lets the channel count as unread from `seq` on, until this admin reads it again. Without
    /// `seq` it is the member's newest message. The read mark stays. A reader without a mark has
    /// everything unread already.
    pub async fn count_as_unread(
        &self,
        hash: &ChannelHash,
        caller: &Principal,
        seq: Option<u64>,
    ) -> Result<ReadOutcome, Error> {
        let reader = Reader::of(caller);
        let mut tries = Tries::start();
        loop {
            let channel = self.channel(hash, caller).await?;
            if seq.is_some_and(|seq| seq > channel.last_seq) {
                return Err(Validation::TooBig("seq", channel.last_seq).into());
            }
            if !channel.marks.contains_key(&reader) {
                return Ok(ReadOutcome::Unmoved(channel));
            }
            let (seq, before) = if let Some(seq) = seq {
                (Some(seq), self.live_before(&channel, Side::Member, seq).await?)
            } else {
                // All other live messages of the member come before the newest one.
                let before = channel.live_customer.saturating_sub(1);
                (self.newest_of_member(&channel).await?, Some(before))
            };
            let Some(seq) = seq else { return Ok(ReadOutcome::Unmoved(channel)) };
            // If the reads did not show the whole log, they are repeated.
            let Some(before) = before else {
                tries.again().await?;
                continue;
            };
            let Some(next) = channel.count_as_unread(&reader, seq, before) else {
                return Ok(ReadOutcome::Unmoved(channel));
            };
            let replacement = self.replacement(&channel, &next)?;
            let (table, key) = (&self.layout().chat_table, keys::head(&channel.key()));
            let written = self.update_item(table, &key, replacement).await;
            if tries.committed(written).await? {
                return Ok(ReadOutcome::Counted(next));
            }
        }
    }

    /// The seq of the member's newest live message. The head often has it.
    async fn newest_of_member(&self, channel: &Channel) -> Result<Option<u64>, Error> {
        if let Some(Newest::Inline(message)) = &channel.newest
            && message.sender_role.side() == Side::Member
        {
            return Ok(Some(message.seq));
        }
        let newest = Wanted { side: Some(Side::Member), is_forward: false, count: 1 };
        let rows = self.live_rows(&channel.key(), 1, channel.last_seq, newest).await?;
        Ok(rows.first().map(keys::seq_of))
    }
}
