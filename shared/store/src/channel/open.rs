//! Opening a channel, and the limits on it.
//!
//! A guest's item lists the guest's channels. By the index of members, which may lag, a claim could
//! miss a channel that was just opened: it would stay with a guest who no longer exists.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::{
    ActorId, Channel, Opens, OpensLimit, Pair, Principal, Refusal, RenamesLimit, Side, Timestamp,
};
use serde::Deserialize;

use crate::Store;
use crate::channel::guests::{self, too_many_guests};
use crate::channel::head;
use crate::table::error::Error;
use crate::table::item::{self, Item, number, text, texts};
use crate::table::keys;
use crate::table::query::Consistency;
use crate::table::retry::Tries;
use crate::table::update::Expression;
use crate::table::write::{self, Outcome};

/// The limits on opening channels and on changing a guest's name.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// How many channels the caller may open.
    pub opens: OpensLimit,
    /// How many new guests one address may bring within an hour.
    pub guests_per_hour: u32,
    /// How often a guest may change name or address.
    pub renames: RenamesLimit,
    /// How many channels may belong to one person, no matter which side opened them.
    pub held: u32,
    /// A digest of the caller's address.
    pub address: &'a str,
}

/// What a caller asks to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum With {
    /// The channel of the pair and no other.
    Admin,
    /// The member's channel with the shop, whose key is the pair's admin: it may have been opened
    /// by a guest whom the member has claimed.
    Shop,
}

/// The item of a customer or guest, as far as opening a channel needs it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Opener {
    #[serde(default)]
    opens: Vec<Timestamp>,
    #[serde(default)]
    opened: Option<u32>,
    #[serde(default)]
    pub(crate) claimed_by: Option<ActorId>,
    #[serde(default)]
    pub(crate) channels: Vec<String>,
    /// How many channels belong to a customer. A guest's are listed.
    #[serde(default)]
    held: u32,
}

impl Opener {
    /// The opener's item, as a refused transaction returns it. Fails for a claimed guest, whose
    /// credentials are no longer valid.
    fn seen(item: Item, caller: &Principal) -> Result<Self, Error> {
        let opener: Self = item::read(item)?;
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

impl Store {
    /// Opens the channel of `pair`, or returns the one that exists: one per pair, however many
    /// race.
    ///
    /// An existing channel costs one read. For a new one, the write assumes that the caller never
    /// opened any and that the guest is not claimed. A refused transaction returns the actual item,
    /// so neither is read beforehand.
    pub async fn open(
        &self,
        pair: &Pair,
        with: With,
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
        if let Some(channel) = self.existing(pair, with).await? {
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
            let head = head::to_item(&channel, self.layout().activity_shards)?;
            let mut actions = vec![write::put_new(&self.layout().chat_table, head)?];
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
                        None => return Err(too_many_guests(now)),
                    }
                    tries.again().await?;
                }
                // Whether or not it was carried out, the next attempt finds the present state.
                Err(failure) => tries.again_after(failure).await?,
            }
        }
    }

    /// The channel that exists already. Other channels of the member are looked up concurrently
    /// with the pair's, and count only without it.
    async fn existing(&self, pair: &Pair, with: With) -> Result<Option<Channel>, Error> {
        let key = pair.hash().key();
        if with == With::Admin {
            return self.head(&key).await;
        }
        let (found, others) =
            tokio::try_join!(self.head(&key), self.own_channel_keys(&pair.member))?;
        if found.is_some() || others.is_empty() {
            return Ok(found);
        }
        let others = self.heads(&others, Consistency::Strong).await?.into_iter();
        let of_shop =
            others.filter(|other| other.member_id == pair.member && other.admin_id == pair.admin);
        Ok(of_shop.max_by_key(Channel::activity))
    }

    /// The actions that an opening by `caller` needs apart from the head. `seen` is the item that
    /// an earlier attempt found.
    fn count_opening(
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
                    let (key, count) =
                        guests::one_more("open", terms.address, terms.guests_per_hour, now);
                    actions.push(write::update(&self.layout().ephemeral_table, &key, count)?);
                }
            }
            Side::Staff if pair.member.is_guest() => {
                actions.push(self.list_for_guest(pair, seen, terms)?);
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
        let mut update = Expression::default();
        update.set(&["opens"], AttributeValue::L(recent));
        update.set(&["opened"], number(opens.ever));
        update.only_if_is(&["opened"], before.map(number));
        update.only_if_is(&["claimed_by"], None);
        if let Principal::Guest(_) = caller {
            list_channel(&mut update, pair, terms);
        } else {
            update.add("held", number(1));
            update.only_if_below("held", number(terms.held));
        }
        write::update(&self.layout().chat_table, &keys::person(caller.id()), update)
    }

    /// Lists a channel that an admin opens with a guest on the guest's item, where a claim finds
    /// it.
    fn list_for_guest(
        &self,
        pair: &Pair,
        seen: Option<&Opener>,
        terms: &Terms<'_>,
    ) -> Result<TransactWriteItem, Error> {
        let mut update = Expression::default();
        let owner = seen.and_then(|guest| guest.claimed_by.as_ref());
        update.only_if_is(&["claimed_by"], owner.map(|owner| text(owner.as_str())));
        list_channel(&mut update, pair, terms);
        write::update(&self.layout().chat_table, &keys::guest(&pair.member), update)
    }

    /// Counts channels that will belong to a customer, unless they would hold too many.
    pub(crate) fn hold(
        &self,
        customer: &ActorId,
        count: usize,
        most: u32,
    ) -> Result<TransactWriteItem, Error> {
        let room = u32::try_from(count)
            .ok()
            .and_then(|count| most.checked_sub(count))
            .ok_or(Refusal::HeldCap(most))?;
        let mut update = Expression::default();
        update.add("held", number(count as u64));
        update.only_if_below("held", number(u64::from(room) + 1));
        write::update(&self.layout().chat_table, &keys::person(customer), update)
    }
}

/// Lists one more channel on a guest's item, where there is room.
fn list_channel(update: &mut Expression, pair: &Pair, terms: &Terms<'_>) {
    update.add("channels", texts([pair.hash().key().as_str()]));
    let most = update.value(number(terms.held));
    update.only_if(format!("attribute_not_exists(channels) OR size(channels) < {most}"));
}
