//! Guests, and what the store side opens.
//!
//! A guest's item lists the guest's channels itself. The index by member would do, but it is a
//! moment behind: a channel opened just before a claim would stay with a guest who no longer
//! exists.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use domain::{
    ActorId, Channel, ChannelKey, Opens, OpensLimit, Pair, Principal, Refusal, RenamesLimit, Side,
    Timestamp,
};
use serde::Deserialize;

use crate::Store;
use crate::table::db::{self, Consistency, Item, Outcome, Tries, number, text, unbuilt};
use crate::table::error::{Error, Failure, classify};
use crate::table::keys::{self, Key};

/// Most channels that change hands in one transaction, with the guest and the customer (DynamoDB's
/// limit is 100 items).
const CLAIM_AT_ONCE: usize = 98;
/// How long a counter of new guests is kept beyond its hour, in seconds.
const COUNTER_KEPT_S: i64 = 3600;
const HOUR_MS: i64 = 3_600_000;

/// The terms on which the store side opens channels.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// How many channels the caller may open.
    pub opens: OpensLimit,
    /// How many new guests one address may bring within an hour.
    pub guests_per_hour: u32,
    /// How often a guest may change name or address.
    pub renames: RenamesLimit,
    /// How many channels may belong to one person, whoever opened them.
    pub held: u32,
    /// A digest of the caller's address.
    pub address: &'a str,
}

/// Seconds until the next hour of the counters begins.
fn seconds_left(now: Timestamp) -> u32 {
    u32::try_from((HOUR_MS - now.millis().rem_euclid(HOUR_MS)) / 1000 + 1).unwrap_or(1)
}

/// The refusal of one guest too many from an address.
pub(crate) fn too_many_guests(now: Timestamp) -> Error {
    Refusal::TooManyGuests(seconds_left(now)).into()
}

impl Opener {
    /// What a refused opening showed of the opener; a guest who was claimed is nobody.
    pub(crate) fn seen(item: Item, caller: &Principal) -> Result<Self, Error> {
        let opener: Self = db::read(item)?;
        if opener.claimed_by.is_some() && matches!(caller, Principal::Guest(_)) {
            return Err(Refusal::Unauthorized.into());
        }
        Ok(opener)
    }

    /// How many channels belong to this customer, or were opened with this guest.
    fn holds(&self) -> u32 {
        self.held.max(u32::try_from(self.channels.len()).unwrap_or(u32::MAX))
    }
}

/// What is known of somebody who opens channels.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Opener {
    #[serde(default)]
    opens: Vec<Timestamp>,
    #[serde(default)]
    opened: Option<u32>,
    #[serde(default)]
    pub(crate) claimed_by: Option<ActorId>,
    #[serde(default)]
    channels: Vec<String>,
    /// How many channels belong to a customer. A guest's are listed.
    #[serde(default)]
    held: u32,
}

/// The counter of new guests of an address, for one hour.
#[derive(Deserialize)]
struct Counted {
    #[serde(default)]
    guests: u32,
}

impl Store {
    /// Whether this guest's secret still counts: it does until a customer claims the guest.
    pub async fn guest_is_live(&self, guest: &ActorId) -> Result<bool, Error> {
        Ok(self.guest(guest).await?.claimed_by.is_none())
    }

    /// Whether anything is stored of this guest: they opened a channel, gave a name, or staff
    /// opened a channel with them.
    pub async fn guest_is_known(&self, guest: &ActorId) -> Result<bool, Error> {
        Ok(self.get(&keys::guest(guest)).await?.is_some())
    }

    /// Counts a ticket of a guest of whom nothing is stored, or refuses it. Such guests cost
    /// nothing to invent. An address that opened channels for as many guests as it may gets no more
    /// tickets for new ones either: they could open no channel.
    pub async fn count_unknown_ticket(
        &self,
        address: &str,
        most: u32,
        now: Timestamp,
    ) -> Result<(), Error> {
        let opened = address_count("open", address, most, now);
        let request = self
            .db()
            .get_item()
            .table_name(&self.layout().ephemeral_table)
            .set_key(Some(opened.key.item()));
        let counted: Option<Counted> =
            request.send().await.map_err(classify)?.item.map(db::read).transpose()?;
        if counted.is_some_and(|counted| counted.guests >= most) {
            return Err(too_many_guests(now));
        }
        self.count_new_guest("ticket", address, most, now).await
    }

    /// Counts one more new guest from this address, or refuses it: `most` within an hour, for each
    /// way (`what`) of becoming one.
    pub async fn count_new_guest(
        &self,
        what: &str,
        address: &str,
        most: u32,
        now: Timestamp,
    ) -> Result<(), Error> {
        let update = address_count(what, address, most, now);
        let request = self
            .db()
            .update_item()
            .table_name(&self.layout().ephemeral_table)
            .set_key(Some(update.key.item()))
            .update_expression(update.expression)
            .condition_expression(update.condition)
            .set_expression_attribute_values(Some(update.values));
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Err(too_many_guests(now))
            }
            Err(error) => Err(classify(error).into()),
        }
    }

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
                // The rest, or once more: the guest may open, the staff may write or another may
                // claim in between.
                Ok(_) | Err(Failure::Contended | Failure::Unknown(_)) => tries.again().await?,
                Err(failure @ Failure::Final(_)) => return Err(failure.into()),
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
        let set_owner = Update::builder()
            .table_name(&self.layout().chat_table)
            .set_key(Some(keys::guest(guest).item()))
            .update_expression(
                "SET claimed_by = :customer, claimed_at = if_not_exists(claimed_at, :now)",
            )
            .expression_attribute_values(":customer", text(customer.as_str()))
            .expression_attribute_values(":now", number(now.millis()));
        // The channels must be those that were read: one opened since would be left behind.
        let set_owner = if known.channels.is_empty() {
            set_owner
                .condition_expression("(attribute_not_exists(claimed_by) OR claimed_by = :customer) AND attribute_not_exists(channels)")
        } else {
            set_owner
                .condition_expression("(attribute_not_exists(claimed_by) OR claimed_by = :customer) AND channels = :channels")
                .expression_attribute_values(":channels", AttributeValue::Ss(known.channels.clone()))
        };
        let set_owner = set_owner.build().map_err(|error| Failure::Final(unbuilt(error)))?;
        let mut actions = vec![TransactWriteItem::builder().update(set_owner).build()];
        actions.extend(hold);
        for (claimed, before) in claimed {
            actions.push(self.replace_head(before, claimed).map_err(Failure::Final)?);
        }
        self.transact(actions).await
    }

    /// Counts channels that will belong to a customer, where they may hold so many more.
    fn hold(
        &self,
        customer: &ActorId,
        count: usize,
        most: u32,
    ) -> Result<TransactWriteItem, Error> {
        let room = u32::try_from(count)
            .ok()
            .and_then(|count| most.checked_sub(count))
            .ok_or(Refusal::HeldCap(most))?;
        let update = Update::builder()
            .table_name(&self.layout().chat_table)
            .set_key(Some(keys::person(customer).item()))
            .update_expression("ADD held :count")
            .condition_expression("attribute_not_exists(held) OR held <= :room")
            .expression_attribute_values(":count", number(count as u64))
            .expression_attribute_values(":room", number(room))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().update(update.build().map_err(unbuilt)?).build())
    }

    async fn guest(&self, guest: &ActorId) -> Result<Opener, Error> {
        Ok(self.get(&keys::guest(guest)).await?.map(db::read).transpose()?.unwrap_or_default())
    }

    /// The actions that an opening by `caller` needs beside the channel itself. `seen` is what an
    /// earlier attempt met.
    pub(crate) fn count_opening(
        &self,
        pair: &Pair,
        caller: &Principal,
        seen: Option<&Opener>,
        terms: &Terms<'_>,
        now: Timestamp,
    ) -> Result<Vec<TransactWriteItem>, Error> {
        let mut actions = Vec::new();
        if seen.is_some_and(|opener| opener.holds() >= terms.held) {
            return Err(Refusal::HeldCap(terms.held).into());
        }
        match caller.side() {
            Side::Member => {
                actions.push(self.count_own_opening(pair, caller, seen, terms, now)?);
                if matches!(caller, Principal::Guest(_)) && seen.is_none() {
                    let count = address_count("open", terms.address, terms.guests_per_hour, now);
                    actions.push(count.into_action(&self.layout().ephemeral_table)?);
                }
            }
            Side::Staff if pair.member.is_guest() => {
                actions.push(self.note_for_guest(pair, seen, terms)?);
                let owner = seen.and_then(|guest| guest.claimed_by.as_ref());
                actions.extend(owner.map(|owner| self.hold(owner, 1, terms.held)).transpose()?);
            }
            Side::Staff => actions.push(self.hold(&pair.member, 1, terms.held)?),
        }
        Ok(actions)
    }

    fn count_own_opening(
        &self,
        pair: &Pair,
        caller: &Principal,
        seen: Option<&Opener>,
        terms: &Terms<'_>,
        now: Timestamp,
    ) -> Result<TransactWriteItem, Error> {
        let before = seen.and_then(|opener| opener.opened);
        let opens = Opens {
            recent: seen.map(|opener| opener.opens.clone()).unwrap_or_default(),
            ever: before.unwrap_or_default(),
        };
        let opens = opens.add(terms.opens, now)?;
        let recent = opens.recent.iter().map(|at| number(at.millis())).collect();
        let (is_guest, set) = match caller {
            Principal::Guest(_) => {
                (true, "SET opens = :opens, opened = :opened ADD channels :channel")
            }
            _ => (false, "SET opens = :opens, opened = :opened ADD held :one"),
        };
        let has_room =
            if is_guest { GUEST_HAS_ROOM } else { "(attribute_not_exists(held) OR held < :held)" };
        let update = Update::builder()
            .table_name(&self.layout().chat_table)
            .set_key(Some(keys::person(caller.id()).item()))
            .update_expression(set)
            .expression_attribute_values(":opens", AttributeValue::L(recent))
            .expression_attribute_values(":opened", number(opens.ever))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let update = if is_guest {
            update.expression_attribute_values(":channel", channel_set(pair))
        } else {
            update.expression_attribute_values(":one", number(1))
        };
        let update = update.expression_attribute_values(":held", number(terms.held));
        let update = match before {
            Some(count) => update
                .condition_expression(format!(
                    "opened = :before AND attribute_not_exists(claimed_by) AND {has_room}"
                ))
                .expression_attribute_values(":before", number(count)),
            None => update.condition_expression(format!(
                "attribute_not_exists(opened) AND attribute_not_exists(claimed_by) AND {has_room}"
            )),
        };
        Ok(TransactWriteItem::builder().update(update.build().map_err(unbuilt)?).build())
    }

    /// An admin opens a channel with a guest: the guest's item must know of it, for the day it is
    /// claimed.
    fn note_for_guest(
        &self,
        pair: &Pair,
        seen: Option<&Opener>,
        terms: &Terms<'_>,
    ) -> Result<TransactWriteItem, Error> {
        let update = Update::builder()
            .table_name(&self.layout().chat_table)
            .set_key(Some(keys::guest(&pair.member).item()))
            .update_expression("ADD channels :channel")
            .expression_attribute_values(":channel", channel_set(pair))
            .expression_attribute_values(":held", number(terms.held))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let update = match seen.and_then(|guest| guest.claimed_by.as_ref()) {
            Some(owner) => update
                .condition_expression(format!("claimed_by = :owner AND {GUEST_HAS_ROOM}"))
                .expression_attribute_values(":owner", text(owner.as_str())),
            None => update.condition_expression(format!(
                "attribute_not_exists(claimed_by) AND {GUEST_HAS_ROOM}"
            )),
        };
        Ok(TransactWriteItem::builder().update(update.build().map_err(unbuilt)?).build())
    }
}

/// That a guest's item may list one more channel.
const GUEST_HAS_ROOM: &str = "(attribute_not_exists(channels) OR size(channels) < :held)";

fn channel_set(pair: &Pair) -> AttributeValue {
    AttributeValue::Ss(vec![pair.hash().key().as_str().to_owned()])
}

/// Adds one to the counter of an address and hour, while it is below the limit.
struct AddressCount {
    key: Key,
    expression: &'static str,
    condition: &'static str,
    values: Item,
}

fn address_count(what: &str, address: &str, most: u32, now: Timestamp) -> AddressCount {
    let hour = now.millis().div_euclid(HOUR_MS);
    AddressCount {
        key: keys::address_hour(what, address, hour),
        expression: "ADD guests :one SET expires_at = :expires",
        condition: "attribute_not_exists(guests) OR guests < :most",
        values: Item::from([
            (":one".to_owned(), number(1)),
            (":most".to_owned(), number(most)),
            (":expires".to_owned(), number((hour + 1) * HOUR_MS / 1000 + COUNTER_KEPT_S)),
        ]),
    }
}

impl AddressCount {
    fn into_action(self, table: &str) -> Result<TransactWriteItem, Error> {
        let update = Update::builder()
            .table_name(table)
            .set_key(Some(self.key.item()))
            .update_expression(self.expression)
            .condition_expression(self.condition)
            .set_expression_attribute_values(Some(self.values));
        Ok(TransactWriteItem::builder().update(update.build().map_err(unbuilt)?).build())
    }
}
