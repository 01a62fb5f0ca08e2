//! How many mails an hour go to the shop's inbox, and which conversations wait for the one mail
//! that tells of the rest.
//!
//! Each mail takes one of as many *turns* as the limit allows, and a turn is free again an hour
//! later. So the limit holds in every hour, not only from full hour to full hour, and however many
//! notices run at once. A counter per hour would let twice the limit through around its end.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{ChannelKey, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::table::db::{self, Item, Tries, item, number, text};
use crate::table::error::{Error, classify};
use crate::table::keys::{self, Key};

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
            let rows = self.inbox_rows(keys::INBOX_TURNS, None).await?;
            let mut taken: BTreeMap<u32, Timestamp> = BTreeMap::new();
            for row in rows {
                let Some(place) = keys::inbox_turn_number(&row) else { continue };
                // One that cannot be read counts as taken now: rather a mail too few.
                let taken_at = db::readable("inbox turn", db::read::<TurnRow>(row))
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
        let put = self
            .db()
            .put_item()
            .table_name(&self.layout().ephemeral_table)
            .set_item(Some(item(&keys::inbox_turn(place), &row)?))
            // The SDK repeats a call whose answer is lost: the token tells ours.
            .condition_expression(
                "attribute_not_exists(pk) OR taken_at <= :free OR #token = :token",
            )
            .expression_attribute_names("#token", "token")
            .expression_attribute_values(":free", number(now.plus_millis(-INBOX_TURN_MS).millis()))
            .expression_attribute_values(":token", text(token));
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(classify(error).into()),
        }
    }

    /// Gives a turn back: no mail was sent.
    pub async fn give_inbox_turn_back(&self, turn: &InboxTurn) -> Result<(), Error> {
        self.delete_if(&keys::inbox_turn(turn.place), "token", text(&turn.token)).await
    }

    /// Notes that a conversation waits for the mail that tells of the rest.
    pub async fn wait_for_inbox(&self, channel: &ChannelKey, now: Timestamp) -> Result<(), Error> {
        let row = WaitingRow { since: now, expires_at: now.plus_millis(WAITING_KEPT_MS).seconds() };
        let put = self.db().put_item().table_name(&self.layout().ephemeral_table);
        put.set_item(Some(item(&keys::inbox_waiting(channel), &row)?))
            .send()
            .await
            .map_err(classify)?;
        Ok(())
    }

    /// The conversations that wait, at most `most` of them.
    pub async fn waiting_for_inbox(&self, most: usize) -> Result<Vec<InboxWaiting>, Error> {
        let mut waiting = Vec::new();
        for row in self.inbox_rows(keys::INBOX_WAITING, Some(most)).await? {
            let Some(channel) = keys::inbox_waiting_channel(&row) else { continue };
            let Some(WaitingRow { since, .. }) = db::readable("inbox waiting", db::read(row))
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
    async fn inbox_rows(&self, kind: &str, most: Option<usize>) -> Result<Vec<Item>, Error> {
        let mut found = Vec::new();
        let mut from = None;
        loop {
            let request = self
                .db()
                .query()
                .table_name(&self.layout().ephemeral_table)
                .key_condition_expression("pk = :pk AND begins_with(sk, :kind)")
                .expression_attribute_values(":pk", text(keys::INBOX))
                .expression_attribute_values(":kind", text(kind))
                .consistent_read(true)
                .set_exclusive_start_key(from);
            let request = match most {
                Some(most) => request.set_limit(i32::try_from(most - found.len()).ok()),
                None => request,
            };
            let page = request.send().await.map_err(classify)?;
            found.extend(page.items.into_iter().flatten());
            from = page.last_evaluated_key;
            if from.is_none() || most.is_some_and(|most| found.len() >= most) {
                return Ok(found);
            }
        }
    }

    /// Deletes a row of what expires, where this attribute has this value.
    async fn delete_if(
        &self,
        key: &Key,
        attribute: &str,
        value: AttributeValue,
    ) -> Result<(), Error> {
        let delete = self
            .db()
            .delete_item()
            .table_name(&self.layout().ephemeral_table)
            .set_key(Some(key.item()))
            .condition_expression("#value = :value")
            .expression_attribute_names("#value", attribute)
            .expression_attribute_values(":value", value);
        match delete.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(classify(error).into()),
        }
    }
}
