//! Changes the staff's work on a channel, and ends snoozes.

use domain::{
    ChangeWork, Channel, ChannelHash, ChannelKey, CloseIdle, Decision, EndSnooze, EventId,
    LabelList, Place, Refusal, Status, Timestamp, What,
};

use crate::Store;
use crate::log::commit::{Command, Done};
use crate::table::error::Error;

impl Store {
    /// Changes what the command gives. If that is so already, it stores nothing.
    pub async fn change_work(
        &self,
        hash: &ChannelHash,
        command: ChangeWork<'_>,
        now: Timestamp,
    ) -> Result<Done<()>, Error> {
        self.commit(&Change { hash, command, now }).await
    }

    /// Opens a channel if it is still snoozed until the command's time. Returns `None` if there is
    /// no such channel.
    pub async fn end_snooze(
        &self,
        channel: &ChannelKey,
        command: EndSnooze<'_>,
        now: Timestamp,
    ) -> Result<Option<Done<()>>, Error> {
        match self.commit(&End { channel, command, now }).await {
            Err(Error::Refused(Refusal::NoChannel(_))) => Ok(None),
            done => done.map(Some),
        }
    }

    /// Closes a channel if it is still open and idle. Returns `None` if there is no such channel.
    pub async fn close_idle(
        &self,
        channel: &ChannelKey,
        command: CloseIdle<'_>,
        now: Timestamp,
    ) -> Result<Option<Done<()>>, Error> {
        match self.commit(&Close { channel, command, now }).await {
            Err(Error::Refused(Refusal::NoChannel(_))) => Ok(None),
            done => done.map(Some),
        }
    }
}

struct Change<'a> {
    hash: &'a ChannelHash,
    command: ChangeWork<'a>,
    now: Timestamp,
}

impl Command for Change<'_> {
    /// The shop's labels, read only if the command gives some.
    type Rows = LabelList;
    type Subject = ();

    fn event_id(&self) -> &EventId {
        self.command.event_id
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    async fn read(&self, store: &Store) -> Result<(Channel, LabelList), Error> {
        let labels = async {
            match self.command.labels {
                Some(labels) if !labels.is_empty() => Ok(store.labels().await?.list),
                _ => Ok(LabelList::default()),
            }
        };
        tokio::try_join!(store.channel(self.hash, self.command.caller), labels)
    }

    fn decide(&self, channel: &Channel, labels: &LabelList) -> Result<Decision<()>, Refusal> {
        self.command.decide(channel, labels, self.now)
    }
}

struct End<'a> {
    channel: &'a ChannelKey,
    command: EndSnooze<'a>,
    now: Timestamp,
}

impl Command for End<'_> {
    type Rows = ();
    type Subject = ();

    fn event_id(&self) -> &EventId {
        self.command.event_id
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    async fn read(&self, store: &Store) -> Result<(Channel, ()), Error> {
        let channel = store.head(self.channel).await?;
        let missing = || Refusal::NoChannel(self.channel.channel_id());
        Ok((channel.ok_or_else(missing)?, ()))
    }

    fn decide(&self, channel: &Channel, (): &()) -> Result<Decision<()>, Refusal> {
        Ok(self.command.decide(channel, self.now))
    }
}

struct Close<'a> {
    channel: &'a ChannelKey,
    command: CloseIdle<'a>,
    now: Timestamp,
}

impl Command for Close<'_> {
    /// When the channel was opened, if that is the last entry of the staff's log.
    type Rows = Option<Timestamp>;
    type Subject = ();

    fn event_id(&self) -> &EventId {
        self.command.event_id
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    async fn read(&self, store: &Store) -> Result<(Channel, Self::Rows), Error> {
        let channel = store.head(self.channel).await?;
        let channel = channel.ok_or_else(|| Refusal::NoChannel(self.channel.channel_id()))?;
        let seq = channel.work.staff_seq;
        if seq == 0 {
            return Ok((channel, None));
        }
        let last = Place::Staff { seq, after: channel.last_seq };
        let rows = store.rows_at(self.channel, &[last]).await?;
        let entries = store.entries(self.channel, rows).await?;
        let opened = entries
            .iter()
            .find(|entry| matches!(entry.what, What::StatusChanged { status: Status::Open, .. }));
        Ok((channel, opened.map(|entry| entry.ts)))
    }

    fn decide(&self, channel: &Channel, opened_at: &Self::Rows) -> Result<Decision<()>, Refusal> {
        Ok(self.command.decide(channel, *opened_at, self.now))
    }
}
