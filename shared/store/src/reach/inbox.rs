//! How many mails an hour go to the shop's inbox, and which conversations wait for the one mail
//! that tells of the rest.
//!
//! Each mail takes one of as many *turns* as the limit allows, and a turn is free again an hour
//! later. So the limit holds in every hour, not only from full hour to full hour, and however many
//! notices run at once. A counter per hour would let twice the limit through around its end.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{ChannelKey, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{self, Item, item, number, text};
use crate::table::keys::{self, Key};
use crate::table::query::Query;
use crate::table::retry::Tries;
use crate::table::update::Expression;

/// For how long a turn is taken, in milliseconds.
pub const INBOX_TURN_MS: i64 = 3_600_000;
/// How long a conversation that waits is remembered, in milliseconds: the mail that tells of it is
/// due within hours.
const WAITING_KEPT_MS: i64 = 7 * 24 * 3_600_000;

/// A try to take a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// One mail may be sent.
    Ours(InboxTurn),
    /// All are taken until this instant.
    Full(Timestamp),
}

/// A turn that is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxTurn {
    place: u32,
    token: String,
}

/// A conversation that waits for the mail that tells of the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxWaiting {
    /// The channel.
    pub channel: ChannelKey,
    since: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct TurnRow {
    taken_at: Timestamp,
    token: String,
    expires_at: i64,
}

#[derive(Serialize, Deserialize)]
struct WaitingRow {
    since: Timestamp,
    expires_at: i64,
}

impl Store {
    /// Takes one of `per_hour` turns; `token` is a name that nobody else has.
    pub async fn take_inbox_turn(
        &self,
        per_hour: u32,
        token: &str,
        now: Timestamp,
    ) -> Result<Turn, Error> {
        let free_since = now.plus_millis(-INBOX_TURN_MS);
        let mut tries = Tries::start();
        loop {
            let rows = self.inbox_rows(keys::INBOX_TURNS, usize::MAX).await?;
            let mut taken: BTreeMap<u32, Timestamp> = BTreeMap::new();
            for row in rows {
                let Some(place) = keys::inbox_turn_number(&row) else { continue };
                // One that cannot be read counts as taken now: rather a mail too few.
                let taken_at = item::readable("inbox turn", item::read::<TurnRow>(row))
                    .map_or(now, |row| row.taken_at);
                taken.extend((taken_at > free_since).then_some((place, taken_at)));
            }
            let free: Vec<u32> = (0..per_hour).filter(|place| !taken.contains_key(place)).collect();
            // Any of them, so that notices that run at once seldom want the same.
            let Some(place) = free.get(fastrand::usize(0..free.len().max(1))).copied() else {
                let first = taken.into_values().min().unwrap_or(now);
                return Ok(Turn::Full(first.plus_millis(INBOX_TURN_MS)));
            };
            if self.put_inbox_turn(place, token, now).await? {
                return Ok(Turn::Ours(InboxTurn { place, token: token.to_owned() }));
            }
            tries.again().await?;
        }
    }

    async fn put_inbox_turn(&self, place: u32, token: &str, now: Timestamp) -> Result<bool, Error> {
        let expires_at = now.plus_millis(INBOX_TURN_MS).seconds();
        let row = TurnRow { taken_at: now, token: token.to_owned(), expires_at };
        let row = item(&keys::inbox_turn(place), &row)?;
        let mut free = Expression::default();
        let since = free.value(number(now.plus_millis(-INBOX_TURN_MS).millis()));
        // The SDK repeats a call whose answer is lost: the token tells ours.
        let (own, token) = (free.path(&["token"]), free.value(text(token)));
        free.only_if(format!("attribute_not_exists(pk) OR taken_at <= {since} OR {own} = {token}"));
        Ok(self.put_item(&self.layout().ephemeral_table, row, free).await?.is_committed())
    }

    /// Gives a turn back: no mail was sent.
    pub async fn give_inbox_turn_back(&self, turn: &InboxTurn) -> Result<(), Error> {
        self.delete_if(&keys::inbox_turn(turn.place), "token", text(&turn.token)).await
    }

    /// Notes that a conversation waits for the mail that tells of the rest.
    pub async fn wait_for_inbox(&self, channel: &ChannelKey, now: Timestamp) -> Result<(), Error> {
        let row = WaitingRow { since: now, expires_at: now.plus_millis(WAITING_KEPT_MS).seconds() };
        let row = item(&keys::inbox_waiting(channel), &row)?;
        self.put_item(&self.layout().ephemeral_table, row, Expression::default()).await?;
        Ok(())
    }

    /// The conversations that wait, at most `most` of them.
    pub async fn waiting_for_inbox(&self, most: usize) -> Result<Vec<InboxWaiting>, Error> {
        let mut waiting = Vec::new();
        for row in self.inbox_rows(keys::INBOX_WAITING, most).await? {
            let Some(channel) = keys::inbox_waiting_channel(&row) else { continue };
            let Some(WaitingRow { since, .. }) = item::readable("inbox waiting", item::read(row))
            else {
                continue;
            };
            waiting.push(InboxWaiting { channel, since });
        }
        Ok(waiting)
    }

    /// Notes that a conversation waits no more, unless it was noted anew meanwhile.
    pub async fn inbox_was_told(&self, waiting: &InboxWaiting) -> Result<(), Error> {
        let since = number(waiting.since.millis());
        self.delete_if(&keys::inbox_waiting(&waiting.channel), "since", since).await
    }

    /// The rows of the inbox with this kind of sort key, as they are now.
    async fn inbox_rows(&self, kind: &str, most: usize) -> Result<Vec<Item>, Error> {
        let query = Query::partition(&self.layout().ephemeral_table, keys::INBOX);
        Ok(self.query_all(query.starting_with(kind), most).await?.items)
    }

    /// Deletes a row of what expires, where this attribute has this value.
    pub(crate) async fn delete_if(
        &self,
        key: &Key,
        attribute: &str,
        value: AttributeValue,
    ) -> Result<(), Error> {
        let mut condition = Expression::default();
        condition.only_if_is(&[attribute], Some(value));
        self.delete_item(&self.layout().ephemeral_table, key, condition).await?;
        Ok(())
    }
}
