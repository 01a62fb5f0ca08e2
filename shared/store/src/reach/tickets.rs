//! Tickets: a client exchanges one for a connection.

use domain::Timestamp;

use super::connections::{Row, Session};
use crate::Store;
use crate::table::error::Error;
use crate::table::item::{self, item};
use crate::table::keys;
use crate::table::update::Expression;

/// How long a ticket is valid, in seconds.
pub const TICKET_S: i64 = 60;

impl Store {
    /// Stores a ticket under its digest.
    pub async fn put_ticket(
        &self,
        digest: &str,
        session: &Session,
        now: Timestamp,
    ) -> Result<(), Error> {
        let row = Row::of("", session, now, now.seconds() + TICKET_S);
        let row = item(&keys::ticket(digest), &row)?;
        self.put_item(self.ephemeral(), row, Expression::default()).await?;
        Ok(())
    }

    /// Redeems a ticket. Of several callers one gets its session; an expired or unknown ticket has
    /// none.
    pub async fn redeem_ticket(
        &self,
        digest: &str,
        now: Timestamp,
    ) -> Result<Option<Session>, Error> {
        let row = self.take_item(self.ephemeral(), &keys::ticket(digest)).await?;
        let row: Option<Row> = row.map(item::read).transpose()?;
        Ok(row
            .filter(|row| row.expires_at > now.seconds())
            .and_then(Row::into_connection)
            .map(|connection| connection.session))
    }
}
