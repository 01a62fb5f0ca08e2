//! Tickets: a client exchanges one for a connection.

use aws_sdk_dynamodb::types::ReturnValue;
use domain::Timestamp;

use super::connections::{Row, Session};
use crate::Store;
use crate::table::db::{self, item};
use crate::table::error::{Error, classify};
use crate::table::keys;

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
        let request = self
            .db()
            .put_item()
            .table_name(self.ephemeral())
            .set_item(Some(item(&keys::ticket(digest), &row)?));
        request.send().await.map_err(classify)?;
        Ok(())
    }

    /// Redeems a ticket. Of several callers one gets its session; an expired or unknown ticket has
    /// none.
    pub async fn redeem_ticket(
        &self,
        digest: &str,
        now: Timestamp,
    ) -> Result<Option<Session>, Error> {
        let request = self
            .db()
            .delete_item()
            .table_name(self.ephemeral())
            .set_key(Some(keys::ticket(digest).item()));
        let taken =
            request.return_values(ReturnValue::AllOld).send().await.map_err(classify)?.attributes;
        let row: Option<Row> = taken.map(db::read).transpose()?;
        Ok(row
            .filter(|row| row.expires_at > now.seconds())
            .and_then(Row::into_connection)
            .map(|connection| connection.session))
    }
}
