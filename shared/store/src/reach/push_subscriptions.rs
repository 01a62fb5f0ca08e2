//! Subscriptions to web push: one item, with an attribute for each browser.
//!
//! A member's message may go to every admin, so all subscriptions are read by one `GetItem`. The
//! attribute is named by the browser's address: a browser that another admin uses moves to them.
//! Each write sets or removes single attributes, so concurrent ones lose nothing.

use std::collections::BTreeSet;

use domain::{ActorId, PushEndpoint, PushSubscription, Timestamp};
use serde_json::Value;

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{self, Item, attribute, text};
use crate::table::keys;
use crate::table::query::Consistency;
use crate::table::update::Expression;

/// Most browsers of one admin. With another one the oldest leaves.
const MAX_PER_ADMIN: usize = 10;
/// Most browsers in all: an item has 400 KB, and one with a long address takes 1.3.
const MAX_IN_ALL: usize = 280;
/// How long a browser that is not confirmed again gets notifications, in milliseconds. The inbox
/// confirms daily; an admin who has left the shop does not.
const LIFETIME_MS: i64 = 30 * 24 * 3_600_000;
/// Begins the name of a browser's attribute; the digest of its address follows.
const BROWSER: &str = "@";

impl Store {
    /// The subscriptions that still count, in no order. A new one may be missing for a moment.
    pub async fn push_subscriptions(&self, now: Timestamp) -> Result<Vec<PushSubscription>, Error> {
        let item = self.read_push_subscriptions(Consistency::Eventual).await?;
        Ok(item.into_iter().filter_map(read).filter(|it| is_alive(it, now)).collect())
    }

    /// The subscription of the address with this digest, if it still counts.
    pub async fn push_subscription(
        &self,
        digest: &str,
        now: Timestamp,
    ) -> Result<Option<PushSubscription>, Error> {
        let mut item = self.read_push_subscriptions(Consistency::Strong).await?;
        let found = item.remove_entry(&name_of(digest)).and_then(read);
        Ok(found.filter(|it| is_alive(it, now)))
    }

    /// Stores a subscription, instead of an earlier one of the same address. The oldest ones beyond
    /// the limits, and those that count no more, leave.
    pub async fn put_push_subscription(&self, new: &PushSubscription) -> Result<(), Error> {
        let item = self.read_push_subscriptions(Consistency::Strong).await?;
        let mut others: Vec<_> = item.into_iter().filter_map(read).collect();
        others.retain(|other| other.endpoint != new.endpoint);
        others.sort_by_key(|other| std::cmp::Reverse(other.renewed_at));
        let (mut of_admin, mut in_all) = (1, 1);
        let mut update = Expression::default();
        update.set(&[&name_of(&new.endpoint.digest())], attribute(new)?);
        for other in others {
            let is_same = other.admin_id == new.admin_id;
            let has_room = in_all < MAX_IN_ALL && !(is_same && of_admin >= MAX_PER_ADMIN);
            if has_room && is_alive(&other, new.renewed_at) {
                in_all += 1;
                of_admin += usize::from(is_same);
            } else {
                update.remove(&[&name_of(&other.endpoint.digest())]);
            }
        }
        self.update_push_subscriptions(update).await
    }

    /// Removes an admin's subscription of this address; another admin's stays.
    pub async fn remove_push_subscription(
        &self,
        admin: &ActorId,
        endpoint: &PushEndpoint,
    ) -> Result<(), Error> {
        let name = name_of(&endpoint.digest());
        let mut update = Expression::default();
        update.remove(&[&name]);
        update.only_if_is(&[&name, "admin_id"], Some(text(admin.as_str())));
        self.update_push_subscriptions(update).await
    }

    /// Removes the subscriptions of addresses that their push services know no more.
    pub async fn forget_push_subscriptions(
        &self,
        gone: impl IntoIterator<Item = &PushEndpoint>,
    ) -> Result<(), Error> {
        let mut update = Expression::default();
        let digests: BTreeSet<_> = gone.into_iter().map(PushEndpoint::digest).collect();
        for digest in &digests {
            update.remove(&[&name_of(digest)]);
        }
        if digests.is_empty() { Ok(()) } else { self.update_push_subscriptions(update).await }
    }

    /// Removes all subscriptions of an admin.
    pub(crate) async fn erase_push_subscriptions(&self, admin: &ActorId) -> Result<(), Error> {
        let item = self.read_push_subscriptions(Consistency::Strong).await?;
        let all: Vec<_> = item.into_iter().filter_map(read).collect();
        let theirs = all.iter().filter(|it| it.admin_id == *admin).map(|it| &it.endpoint);
        self.forget_push_subscriptions(theirs).await
    }

    /// What is stored of an admin's subscriptions.
    pub(crate) async fn export_push_subscriptions(
        &self,
        admin: &ActorId,
    ) -> Result<Vec<Value>, Error> {
        let stored = self.read_push_subscriptions(Consistency::Strong).await?;
        let theirs = stored.into_iter().filter(|(name, value)| {
            read((name.clone(), value.clone())).is_some_and(|it| it.admin_id == *admin)
        });
        let json = theirs.map(|(_, value)| Ok(serde_dynamo::from_attribute_value(value)?));
        json.collect()
    }

    async fn read_push_subscriptions(&self, consistency: Consistency) -> Result<Item, Error> {
        let key = keys::push_subscriptions();
        let found = self.get_from(&self.layout().chat_table, &key, consistency).await?;
        Ok(found.unwrap_or_default())
    }

    async fn update_push_subscriptions(&self, update: Expression) -> Result<(), Error> {
        let key = keys::push_subscriptions();
        self.update_item(&self.layout().chat_table, &key, update).await?;
        Ok(())
    }
}

fn name_of(digest: &str) -> String {
    format!("{BROWSER}{digest}")
}

/// Reads an attribute. One in a form that only a newer version knows is skipped.
fn read(
    (name, value): (String, aws_sdk_dynamodb::types::AttributeValue),
) -> Option<PushSubscription> {
    name.strip_prefix(BROWSER)?;
    item::readable("subscription", serde_dynamo::from_attribute_value(value).map_err(Error::from))
}

fn is_alive(subscription: &PushSubscription, now: Timestamp) -> bool {
    now.since(subscription.renewed_at) < LIFETIME_MS
}
