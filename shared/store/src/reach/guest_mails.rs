//! The limits on mails to guests whose address is not verified: anyone could have typed it.
//!
//! Mails are counted per address, so guests who give the same one share its limit; new addresses
//! are counted per source, by the first mail to each. Both are kept as digests.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{NEW_ADDRESSES_PER_DAY, Timestamp, count_unverified_mail};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{self, attribute, number, text};
use crate::table::keys;
use crate::table::query::Consistency;
use crate::table::retry::Tries;
use crate::table::update::Expression;

const DAY_MS: i64 = 24 * 3_600_000;
/// How long a count is kept beyond its day, in milliseconds.
const KEPT_MS: i64 = 3_600_000;

/// The result of an attempt to take a permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuestPermit {
    /// One mail may be sent.
    Granted,
    /// The address gets no mail until this instant.
    Exhausted(Timestamp),
    /// The source has brought too many new addresses today.
    SourceExhausted,
}

/// The mails to one address within the last day. Each is named, so that a repeated attempt to send
/// one takes no second permit.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Row {
    #[serde(default)]
    mails: Vec<Sent>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Sent {
    at: Timestamp,
    mail: String,
}

impl Store {
    /// Takes a permit for a mail of this name to an unverified address. `source` is where the
    /// address was left from, if no mail has gone there yet.
    pub async fn take_guest_permit(
        &self,
        address_digest: &str,
        source: Option<&str>,
        mail: &str,
        now: Timestamp,
    ) -> Result<GuestPermit, Error> {
        if let Some(source) = source
            && !self.count_new_address(source, address_digest, now).await?
        {
            return Ok(GuestPermit::SourceExhausted);
        }
        let mut tries = Tries::start();
        loop {
            let before = self.guest_mails(address_digest).await?;
            let mut mails = before.mails.clone();
            mails.retain(|sent| sent.mail != mail);
            let instants: Vec<_> = mails.iter().map(|sent| sent.at).collect();
            let counted = match count_unverified_mail(&instants, now) {
                Ok(counted) => counted,
                Err(free_at) => return Ok(GuestPermit::Exhausted(free_at)),
            };
            mails.retain(|sent| counted.contains(&sent.at.min(now)));
            mails.push(Sent { at: now, mail: mail.to_owned() });
            if self.put_guest_mails(address_digest, &before, &Row { mails }, now).await? {
                return Ok(GuestPermit::Granted);
            }
            tries.again().await?;
        }
    }

    /// Returns the permit of a mail that was not sent.
    pub async fn return_guest_permit(
        &self,
        address_digest: &str,
        mail: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut tries = Tries::start();
        loop {
            let before = self.guest_mails(address_digest).await?;
            let mut mails = before.mails.clone();
            mails.retain(|sent| sent.mail != mail);
            let is_there = mails.len() < before.mails.len();
            if !is_there
                || self.put_guest_mails(address_digest, &before, &Row { mails }, now).await?
            {
                return Ok(());
            }
            tries.again().await?;
        }
    }

    /// Counts a new address of a source, or returns `false`. An address counts once a day.
    async fn count_new_address(
        &self,
        source: &str,
        address_digest: &str,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let day = now.millis().div_euclid(DAY_MS);
        let mut update = Expression::default();
        update.add("addresses", AttributeValue::Ss(vec![address_digest.to_owned()]));
        update.set(&["expires_at"], number(((day + 1) * DAY_MS + KEPT_MS) / 1000));
        let (most, new) =
            (update.value(number(NEW_ADDRESSES_PER_DAY)), update.value(text(address_digest)));
        update.only_if(format!(
            "attribute_not_exists(addresses) OR contains(addresses, {new}) \
             OR size(addresses) < {most}"
        ));
        let (table, key) = (&self.layout().ephemeral_table, keys::source_day(source, day));
        Ok(self.update_item(table, &key, update).await?.is_committed())
    }

    async fn guest_mails(&self, address_digest: &str) -> Result<Row, Error> {
        let (table, key) = (&self.layout().ephemeral_table, keys::guest_mails(address_digest));
        let row = self.get_from(table, &key, Consistency::Strong).await?;
        Ok(row.map(item::read).transpose()?.unwrap_or_default())
    }

    /// Writes the mails to an address. Returns `false` if others were counted since `before`.
    async fn put_guest_mails(
        &self,
        address_digest: &str,
        before: &Row,
        next: &Row,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut update = Expression::default();
        let next = attribute(&next.mails)?;
        update.set(&["mails"], next.clone());
        update.set(&["expires_at"], number(now.plus_millis(DAY_MS + KEPT_MS).seconds()));
        // The SDK repeats a call whose response is lost: the list is then the new one.
        let (mails, next) = (update.path(&["mails"]), update.value(next));
        let before = update.value(attribute(&before.mails)?);
        let is_absent = format!("attribute_not_exists({mails})");
        update.only_if(format!("{mails} IN ({before}, {next}) OR {is_absent}"));
        let (table, key) = (&self.layout().ephemeral_table, keys::guest_mails(address_digest));
        Ok(self.update_item(table, &key, update).await?.is_committed())
    }
}
