//! Rooms: which connections a channel's events go to. A member has a room of their own; all staff
//! share one.

use domain::{Channel, Principal, Timestamp};

use super::connections::{Connection, Row};
use crate::Store;
use crate::table::error::Error;
use crate::table::item;
use crate::table::keys;
use crate::table::query::Query;

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
        let query = Query::partition(self.ephemeral(), room);
        let query = match start {
            Some(start) => query.starting_with(start),
            None => query.eventually(),
        };
        let rows = self.query_all(query, usize::MAX).await?.items.into_iter();
        let rows = rows.filter_map(|row| item::readable("connection", item::read::<Row>(row)));
        // DynamoDB deletes expired rows with a delay.
        let live = rows.filter(|row| row.expires_at > now.seconds());
        Ok(live.filter_map(Row::into_connection).collect())
    }
}
