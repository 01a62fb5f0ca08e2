//! The hourly limit of mails to the shop's inbox, and the conversations that it defers to a summary
//! mail.
//!
//! Each mail takes one of as many *permits* as the limit allows, and a permit is free again an hour
//! later. So the limit holds within any hour, for any number of concurrent notices. A counter per
//! hour would allow twice the limit around the full hour.

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

/// How long a permit is taken, in milliseconds.
pub const INBOX_PERMIT_MS: i64 = 3_600_000;
/// How long a deferred conversation is kept, in milliseconds: its summary is due within hours.
const DEFERRED_KEPT_MS: i64 = 7 * 24 * 3_600_000;

/// The result of an attempt to take a permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InboxPermit {
    /// One mail may be sent.
    Granted(Permit),
    /// All permits are taken until this instant.
    Exhausted(Timestamp),
}

/// A permit to send one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    number: u32,
    token: String,
}

/// A conversation that waits for the summary mail.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the name says it")]
pub struct Deferred {
    pub channel: ChannelKey,
    since: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct PermitRow {
    taken_at: Timestamp,
    token: String,
    expires_at: i64,
}

#[derive(Serialize, Deserialize)]
struct DeferredRow {
    since: Timestamp,
    expires_at: i64,
}

impl Store {
    /// Takes one of `per_hour` permits. `token` is unique to this attempt.
    pub async fn take_inbox_permit(
        &self,
        per_hour: u32,
        token: &str,
        now: Timestamp,
    ) -> Result<InboxPermit, Error> {
        let free_since = now.plus_millis(-INBOX_PERMIT_MS);
        let mut tries = Tries::start();
        loop {
            let rows = self.inbox_rows(keys::INBOX_PERMITS, usize::MAX).await?;
            let mut taken: BTreeMap<u32, Timestamp> = BTreeMap::new();
            for row in rows {
                let Some(number) = keys::inbox_permit_number(&row) else { continue };
                // An unreadable permit counts as taken now: one mail too few is the lesser harm.
                let taken_at = item::readable("inbox permit", item::read::<PermitRow>(row))
                    .map_or(now, |row| row.taken_at);
                taken.extend((taken_at > free_since).then_some((number, taken_at)));
            }
            let free: Vec<u32> = (0..per_hour).filter(|n| !taken.contains_key(n)).collect();
            // A random one, so that concurrent notices seldom try the same.
            let Some(number) = free.get(fastrand::usize(0..free.len().max(1))).copied() else {
                let first = taken.into_values().min().unwrap_or(now);
                return Ok(InboxPermit::Exhausted(first.plus_millis(INBOX_PERMIT_MS)));
            };
            let permit = Permit { number, token: token.to_owned() };
            if self.put_inbox_permit(&permit, now).await? {
                return Ok(InboxPermit::Granted(permit));
            }
            tries.again().await?;
        }
    }

    /// Puts a permit. Returns `false` if it is taken.
    async fn put_inbox_permit(&self, permit: &Permit, now: Timestamp) -> Result<bool, Error> {
        let free_since = now.plus_millis(-INBOX_PERMIT_MS);
        let expires_at = now.plus_millis(INBOX_PERMIT_MS).seconds();
        let row = PermitRow { taken_at: now, token: permit.token.clone(), expires_at };
        let row = item(&keys::inbox_permit(permit.number), &row)?;
        let mut free = Expression::default();
        let (since, token) =
            (free.value(number(free_since.millis())), free.value(text(&permit.token)));
        // The SDK repeats a call whose response is lost: the token shows that the row is ours.
        let own = free.path(&["token"]);
        free.only_if(format!("attribute_not_exists(pk) OR taken_at <= {since} OR {own} = {token}"));
        Ok(self.put_item(&self.layout().ephemeral_table, row, free).await?.is_committed())
    }

    /// Returns a permit of a mail that was not sent.
    pub async fn return_inbox_permit(&self, permit: &Permit) -> Result<(), Error> {
        self.delete_if(&keys::inbox_permit(permit.number), "token", text(&permit.token)).await
    }

    /// Defers a conversation to the summary mail.
    pub async fn defer_to_summary(
        &self,
        channel: &ChannelKey,
        now: Timestamp,
    ) -> Result<(), Error> {
        let expires_at = now.plus_millis(DEFERRED_KEPT_MS).seconds();
        let row = DeferredRow { since: now, expires_at };
        let row = item(&keys::inbox_deferred(channel), &row)?;
        self.put_item(&self.layout().ephemeral_table, row, Expression::default()).await?;
        Ok(())
    }

    /// The deferred conversations, at most `most`.
    pub async fn deferred_conversations(&self, most: usize) -> Result<Vec<Deferred>, Error> {
        let mut deferred = Vec::new();
        for row in self.inbox_rows(keys::INBOX_DEFERRED, most).await? {
            let Some(channel) = keys::inbox_deferred_channel(&row) else { continue };
            if let Some(DeferredRow { since, .. }) =
                item::readable("inbox deferred", item::read(row))
            {
                deferred.push(Deferred { channel, since });
            }
        }
        Ok(deferred)
    }

    /// Removes a deferred conversation, unless it was deferred again since it was read.
    pub async fn remove_deferred(&self, deferred: &Deferred) -> Result<(), Error> {
        let since = number(deferred.since.millis());
        self.delete_if(&keys::inbox_deferred(&deferred.channel), "since", since).await
    }

    /// The rows of the inbox with this kind of sort key, read consistently.
    async fn inbox_rows(&self, kind: &str, most: usize) -> Result<Vec<Item>, Error> {
        let query = Query::partition(&self.layout().ephemeral_table, keys::INBOX);
        Ok(self.query_all(query.starting_with(kind), most).await?.items)
    }

    /// Deletes an ephemeral row if this attribute has this value.
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
