//! Rooms: which connections a channel's events go to. A member has a room of their own; all staff
//! share one.

use domain::{Channel, Principal, Timestamp};

use super::connections::{Connection, Row};
use crate::Store;
use crate::table::db::{self, text};
use crate::table::error::{Error, classify};
use crate::table::keys;

impl Store {
    /// The connections that receive a channel's events: those of its member and of all staff.
    pub async fn audience(
        &self,
        channel: &Channel,
        now: Timestamp,
    ) -> Result<Vec<Connection>, Error> {
        let member = keys::member_room(&channel.member_id);
        let (member, staff) = tokio::try_join!(
            self.room(&member, None, now),
            self.room(keys::STAFF_ROOM, None, now)
        )?;
        Ok(member.into_iter().chain(staff).collect())
    }

    /// The same, or none if the reads fail: a push is only a hint, so it is no reason to fail.
    pub async fn audience_if_known(&self, channel: &Channel, now: Timestamp) -> Vec<Connection> {
        self.audience(channel, now).await.unwrap_or_else(|error| {
            tracing::warn!(error.kind = "audience", "a change is pushed to no connection: {error}");
            Vec::new()
        })
    }

    /// A person's connections, oldest first.
    pub async fn connections_of(
        &self,
        person: &Principal,
        now: Timestamp,
    ) -> Result<Vec<Connection>, Error> {
        self.room(&keys::room(person), Some(&format!("{}#", person.id())), now).await
    }

    /// All connections of staff.
    pub async fn connections_of_staff(&self, now: Timestamp) -> Result<Vec<Connection>, Error> {
        self.room(keys::STAFF_ROOM, None, now).await
    }

    /// The connections in a room whose sort keys begin with `start`. Reads consistently only with
    /// `start`: for a push a delay does no harm, because a new connection reads the log.
    async fn room(
        &self,
        room: &str,
        start: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<Connection>, Error> {
        let mut found = Vec::new();
        let mut from = None;
        loop {
            let request = self
                .db()
                .query()
                .table_name(self.ephemeral())
                .expression_attribute_values(":room", text(room));
            let request = match start {
                Some(start) => request
                    .key_condition_expression("pk = :room AND begins_with(sk, :start)")
                    .expression_attribute_values(":start", text(start))
                    .consistent_read(true),
                None => request.key_condition_expression("pk = :room"),
            };
            let page = request.set_exclusive_start_key(from).send().await.map_err(classify)?;
            for row in page.items.into_iter().flatten() {
                let Some(row) = db::readable("connection", db::read::<Row>(row)) else { continue };
                // DynamoDB deletes expired rows with a delay.
                found.extend(
                    Some(row)
                        .filter(|row| row.expires_at > now.seconds())
                        .and_then(Row::into_connection),
                );
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(found);
            }
        }
    }
}
