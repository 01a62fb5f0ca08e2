//! Guests: whether one is known and not claimed, and how many new ones an address brings.

use domain::{ActorId, Refusal, Timestamp};
use serde::Deserialize;

use crate::Store;
use crate::channel::open::Opener;
use crate::table::error::Error;
use crate::table::item::{self, number};
use crate::table::keys::{self, Key};
use crate::table::query::Consistency;
use crate::table::update::Expression;
use crate::table::write::Outcome;

/// How long a counter of new guests is kept beyond its hour, in seconds.
const COUNTER_KEPT_S: i64 = 3600;
const HOUR_MS: i64 = 3_600_000;

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

    /// Counts a ticket of a guest without a stored item, or refuses it: such guests cost nothing to
    /// invent. An address that has reached its limit of new guests gets no tickets for further
    /// ones: they could open no channel.
    pub async fn count_unknown_ticket(
        &self,
        address: &str,
        most: u32,
        now: Timestamp,
    ) -> Result<(), Error> {
        let (opened, _) = one_more("open", address, most, now);
        let table = &self.layout().ephemeral_table;
        let counted = self.get_from(table, &opened, Consistency::Eventual).await?;
        let counted: Option<Counted> = counted.map(item::read).transpose()?;
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
        let (key, count) = one_more(what, address, most, now);
        match self.update_item(&self.layout().ephemeral_table, &key, count).await? {
            Outcome::Committed => Ok(()),
            Outcome::Refused(_) => Err(too_many_guests(now)),
        }
    }

    pub(crate) async fn guest(&self, guest: &ActorId) -> Result<Opener, Error> {
        let item = self.get(&keys::guest(guest)).await?;
        Ok(item.map(item::read).transpose()?.unwrap_or_default())
    }
}

/// The refusal of one guest too many from an address, until the next hour of the counters begins.
pub(crate) fn too_many_guests(now: Timestamp) -> Error {
    let left_s = (HOUR_MS - now.millis().rem_euclid(HOUR_MS)) / 1000 + 1;
    Refusal::TooManyGuests(u32::try_from(left_s).unwrap_or(1)).into()
}

/// The counter of an address and hour, and what adds one to it while it is below the limit.
pub(crate) fn one_more(what: &str, address: &str, most: u32, now: Timestamp) -> (Key, Expression) {
    let hour = now.millis().div_euclid(HOUR_MS);
    let mut update = Expression::default();
    update.add("guests", number(1));
    update.set(&["expires_at"], number((hour + 1) * HOUR_MS / 1000 + COUNTER_KEPT_S));
    update.only_if_below("guests", number(most));
    (keys::address_hour(what, address, hour), update)
}
