//! Recipients and addresses that get no mail.
//!
//! A person opts out; an address is suppressed after a bounce or a complaint. Both are rows under a
//! digest, and both can be lifted again.

use domain::Timestamp;
use serde::Deserialize;

use crate::Store;
use crate::table::error::Error;
use crate::table::item::{self, number};
use crate::table::keys::{self, Key};
use crate::table::query::Consistency;
use crate::table::update::Expression;

impl Store {
    /// Whether mail may go to a person at an address: the person has not opted out, and the address
    /// is not suppressed.
    pub async fn may_mail(&self, person_digest: &str, address_digest: &str) -> Result<bool, Error> {
        self.none_blocks(&[keys::opt_out(person_digest), keys::suppressed(address_digest)]).await
    }

    /// Whether a person has opted out of mail.
    pub async fn has_opted_out(&self, person_digest: &str) -> Result<bool, Error> {
        Ok(!self.none_blocks(&[keys::opt_out(person_digest)]).await?)
    }

    /// Opts a person out of mail. Doing it again changes nothing.
    pub async fn opt_out(&self, person_digest: &str, now: Timestamp) -> Result<(), Error> {
        self.block(&keys::opt_out(person_digest), now).await
    }

    /// Opts a person in to mail again.
    pub async fn opt_in(&self, person_digest: &str, now: Timestamp) -> Result<(), Error> {
        self.lift(&keys::opt_out(person_digest), now).await
    }

    /// Stops all mail to an address. Doing it again changes nothing.
    pub async fn suppress(&self, address_digest: &str, now: Timestamp) -> Result<(), Error> {
        self.block(&keys::suppressed(address_digest), now).await
    }

    /// Allows mail to an address again.
    pub async fn lift_suppression(
        &self,
        address_digest: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.lift(&keys::suppressed(address_digest), now).await
    }

    async fn none_blocks(&self, keys: &[Key]) -> Result<bool, Error> {
        #[derive(Deserialize)]
        struct Block {
            #[serde(default)]
            lifted_at: Option<Timestamp>,
        }
        let found = self.get_all(keys, Consistency::Strong).await?;
        let blocks: Vec<Block> = found.into_iter().map(item::read).collect::<Result<_, _>>()?;
        Ok(blocks.iter().all(|block| block.lifted_at.is_some()))
    }

    async fn block(&self, key: &Key, now: Timestamp) -> Result<(), Error> {
        let mut update = Expression::default();
        update.remove(&["lifted_at"]);
        update.set_if_absent(&["said_at"], number(now.millis()));
        self.update_item(&self.layout().chat_table, key, update).await?;
        Ok(())
    }

    async fn lift(&self, key: &Key, now: Timestamp) -> Result<(), Error> {
        let mut update = Expression::default();
        update.set(&["lifted_at"], number(now.millis()));
        self.update_item(&self.layout().chat_table, key, update).await?;
        Ok(())
    }
}
