//! Heads: loading them, changing them, and opening a channel.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use domain::{Channel, ChannelHash, ChannelKey, Pair, Principal, Refusal, Side, Timestamp};

use crate::Store;
use crate::channel::guests::{self, Opener, Terms};
use crate::channel::head;
use crate::table::db::{Consistency, Outcome, Tries, unbuilt};
use crate::table::error::{Error, Failure, classify};
use crate::table::keys::{self, Key};

impl Store {
    /// The channel of `hash`, if there is one and `caller` may use it; one that is another's
    /// answers like none.
    pub async fn channel(&self, hash: &ChannelHash, caller: &Principal) -> Result<Channel, Error> {
        let found = self.head(&hash.key()).await?;
        found
            .filter(|channel| channel.admits(caller))
            .ok_or_else(|| Refusal::NoChannel(hash.to_string()).into())
    }

    /// Opens the channel of `pair`, or answers with the one that exists: one per pair, however many
    /// race.
    ///
    /// One read where it exists. Where it does not, the write assumes that the caller never opened
    /// one and that the guest is not claimed; a refused transaction shows what is there instead, so
    /// nothing of it need be read beforehand.
    pub async fn open(
        &self,
        pair: &Pair,
        caller: &Principal,
        terms: &Terms<'_>,
        now: Timestamp,
    ) -> Result<Channel, Error> {
        let hash = pair.hash();
        let admit = |channel: Channel| {
            if channel.admits(caller) {
                Ok(channel)
            } else {
                Err(Refusal::NoChannel(hash.to_string()).into())
            }
        };
        if let Some(channel) = self.head(&hash.key()).await? {
            return admit(channel);
        }
        let mut seen = None::<Opener>;
        let mut tries = Tries::start();
        loop {
            let member = seen
                .as_ref()
                .and_then(|guest| guest.claimed_by.clone())
                .unwrap_or_else(|| pair.member.clone());
            let channel = Channel::open(pair, member, now);
            let mut actions = vec![self.put_head_if_absent(&channel)?];
            actions.extend(self.count_opening(pair, caller, seen.as_ref(), terms, now)?);
            match self.transact(actions).await {
                Ok(Outcome::Committed) => return Ok(channel),
                Ok(Outcome::Refused(failed)) => {
                    let mut failed = failed.into_iter();
                    if let Some(existing) = failed.next().flatten() {
                        return admit(head::from_item(existing)?);
                    }
                    match failed.next().flatten() {
                        Some(opener) => seen = Some(Opener::seen(opener, caller)?),
                        None if caller.side() == Side::Staff => {
                            return Err(Refusal::HeldCap(terms.held).into());
                        }
                        None => return Err(guests::too_many_guests(now)),
                    }
                }
                // Whether or not it was carried out, the next attempt meets what is there.
                Err(Failure::Contended | Failure::Unknown(_)) => {}
                Err(failure @ Failure::Final(_)) => return Err(failure.into()),
            }
            tries.again().await?;
        }
    }

    /// The heads of these channels.
    pub async fn channels(&self, keys: &BTreeSet<ChannelKey>) -> Result<Vec<Channel>, Error> {
        self.heads(&keys.iter().cloned().collect::<Vec<_>>(), Consistency::Strong).await
    }

    /// The head of this channel.
    pub async fn channel_of_key(&self, key: &ChannelKey) -> Result<Option<Channel>, Error> {
        self.head(key).await
    }

    /// Writes what `change` makes of a head, as often as it takes; nothing where it makes nothing.
    pub(crate) async fn change_head(
        &self,
        key: &ChannelKey,
        change: impl Fn(&Channel) -> Option<Channel>,
    ) -> Result<(), Error> {
        let mut tries = Tries::start();
        loop {
            let Some(before) = self.head(key).await? else { return Ok(()) };
            let Some(next) = change(&before) else { return Ok(()) };
            match self.write_next_head(&before, &next).await {
                Ok(Outcome::Committed) => return Ok(()),
                Ok(Outcome::Refused(_)) | Err(Failure::Contended | Failure::Unknown(_)) => {
                    tries.again().await?
                }
                Err(failure @ Failure::Final(_)) => return Err(failure.into()),
            }
        }
    }

    /// The head of a channel.
    pub(crate) async fn head(&self, key: &ChannelKey) -> Result<Option<Channel>, Error> {
        self.get(&keys::head(key)).await?.map(head::from_item).transpose()
    }

    /// The heads of these channels, in no order.
    pub(crate) async fn heads(
        &self,
        keys: &[ChannelKey],
        consistency: Consistency,
    ) -> Result<Vec<Channel>, Error> {
        let keys: Vec<Key> = keys.iter().map(keys::head).collect();
        Ok(head::readable(self.get_all(&keys, consistency).await?))
    }

    fn put_head_if_absent(&self, channel: &Channel) -> Result<TransactWriteItem, Error> {
        let put = self.put_head(channel)?.condition_expression("attribute_not_exists(pk)");
        Ok(TransactWriteItem::builder().put(put.build().map_err(unbuilt)?).build())
    }

    /// Writes the next version of a head, unless somebody else did. A plain write: half of what a
    /// transaction costs.
    async fn write_next_head(&self, before: &Channel, next: &Channel) -> Result<Outcome, Failure> {
        let (update, condition) = self.replacement(before, next).map_err(Failure::Final)?;
        let (expression, names, values) = update.into_parts();
        let update = self
            .db()
            .update_item()
            .table_name(&self.layout().chat_table)
            .set_key(Some(keys::head(&before.key()).item()))
            .update_expression(expression)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values));
        match update.send().await {
            Ok(_) => Ok(Outcome::Committed),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(Outcome::Refused(Vec::new()))
            }
            Err(error) => Err(classify(error)),
        }
    }

    fn put_head(
        &self,
        channel: &Channel,
    ) -> Result<aws_sdk_dynamodb::types::builders::PutBuilder, Error> {
        let item = head::to_item(channel, self.layout().activity_shards)?;
        Ok(Put::builder()
            .table_name(&self.layout().chat_table)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld))
    }
}
