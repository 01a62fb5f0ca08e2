//! Claiming a guest: the guest's channels become a customer's.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::{ActorId, Channel, ChannelKey, Refusal, Timestamp};

use crate::Store;
use crate::channel::open::Opener;
use crate::table::error::{Error, Failure};
use crate::table::item::{number, text, texts};
use crate::table::keys;
use crate::table::query::Consistency;
use crate::table::retry::Tries;
use crate::table::update::Expression;
use crate::table::write::{self, Outcome};

/// Most channels that change hands in one transaction, with the guest and the customer (DynamoDB's
/// limit is 100 items).
const CLAIM_AT_ONCE: usize = 98;

impl Store {
    /// Hands all channels of `guest` to `customer`, and ends the guest. Claiming again by the same
    /// customer changes nothing.
    ///
    /// A customer who would hold more than `most` channels is refused before anything changes. The
    /// first transaction counts all of them on the customer's item and ends the guest, so a claim
    /// that needs several cannot fail half-way for this.
    pub async fn claim(
        &self,
        guest: &ActorId,
        customer: &ActorId,
        most: u32,
        now: Timestamp,
    ) -> Result<Vec<Channel>, Error> {
        let mut tries = Tries::start();
        loop {
            let known = self.guest(guest).await?;
            if known.claimed_by.as_ref().is_some_and(|owner| owner != customer) {
                return Err(Refusal::Unauthorized.into());
            }
            let keys: Vec<_> =
                known.channels.iter().filter_map(|key| ChannelKey::parse(key)).collect();
            let channels = self.heads(&keys, Consistency::Strong).await?;
            let (mut held, open): (Vec<_>, Vec<_>) =
                channels.into_iter().partition(|channel| channel.member_id == *customer);
            let claimed: Vec<_> =
                open.into_iter().map(|channel| (channel.claim(customer, now), channel)).collect();
            if claimed.is_empty() && known.claimed_by.is_some() {
                return Ok(held);
            }
            let held_now = match known.claimed_by {
                Some(_) => None,
                None => Some(self.hold(customer, claimed.len(), most)?),
            };
            let counts = held_now.is_some();
            match self
                .claim_some(
                    guest,
                    customer,
                    &known,
                    claimed.get(..CLAIM_AT_ONCE).unwrap_or(&claimed),
                    held_now,
                    now,
                )
                .await
            {
                Ok(Outcome::Refused(failed))
                    if counts
                        && failed.first().is_some_and(Option::is_none)
                        && failed.get(1).is_some_and(Option::is_some) =>
                {
                    return Err(Refusal::HeldCap(most).into());
                }
                Ok(Outcome::Committed) if claimed.len() <= CLAIM_AT_ONCE => {
                    held.extend(claimed.into_iter().map(|(claimed, _)| claimed));
                    return Ok(held);
                }
                // Claims the rest, or retries: meanwhile the guest may have opened a channel, staff
                // may have written, or another customer may have claimed.
                Ok(_) => tries.again().await?,
                Err(failure) => tries.again_after(failure).await?,
            }
        }
    }

    async fn claim_some(
        &self,
        guest: &ActorId,
        customer: &ActorId,
        known: &Opener,
        claimed: &[(Channel, Channel)],
        hold: Option<TransactWriteItem>,
        now: Timestamp,
    ) -> Result<Outcome, Failure> {
        let mut update = Expression::default();
        let owner = update.value(text(customer.as_str()));
        update.set(&["claimed_by"], text(customer.as_str()));
        update.set_if_absent(&["claimed_at"], number(now.millis()));
        update.only_if(format!("attribute_not_exists(claimed_by) OR claimed_by = {owner}"));
        // The channels must be those that were read: one opened since would not be claimed.
        let channels = Some(&known.channels).filter(|channels| !channels.is_empty());
        update.only_if_is(&["channels"], channels.map(texts));
        let table = &self.layout().chat_table;
        let update = write::update(table, &keys::guest(guest), update).map_err(Failure::Final)?;
        let mut actions = vec![update];
        actions.extend(hold);
        for (claimed, before) in claimed {
            actions.push(self.replace_head(before, claimed).map_err(Failure::Final)?);
        }
        self.transact(actions).await
    }
}
