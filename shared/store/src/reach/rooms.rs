//! Rooms: which connections a channel's events go to. A member has a room of their own; all staff
//! share one.

use domain::{Channel, Principal, Side, Timestamp};

use super::connections::{Connection, Row};
use crate::Store;
use crate::table::error::Error;
use crate::table::item;
use crate::table::keys;
use crate::table::query::{Consistency, Query};

impl Store {
    /// The connections that receive a channel's events: those of its member and of all staff. A
    /// delay of the reads does no harm, because a new connection reads the log.
    pub async fn audience(
        &self,
        channel: &Channel,
        now: Timestamp,
    ) -> Result<Vec<Connection>, Error> {
        let member = keys::member_room(&channel.member_id);
        let (member, staff) = tokio::try_join!(
            self.room(&member, None, Consistency::Eventual, now),
            self.room(keys::STAFF_ROOM, None, Consistency::Eventual, now)
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
        let start = format!("{}#", person.id());
        self.room(&keys::room(person), Some(&start), Consistency::Strong, now).await
    }

    /// All connections of staff, read consistently: who looks at a conversation decides who gets
    /// the presence of its member.
    pub async fn connections_of_staff(&self, now: Timestamp) -> Result<Vec<Connection>, Error> {
        self.room(keys::STAFF_ROOM, None, Consistency::Strong, now).await
    }

    /// The connections of staff for a member; none for an admin, whose presence is not pushed.
    pub async fn staff_for(
        &self,
        person: &Principal,
        now: Timestamp,
    ) -> Result<Vec<Connection>, Error> {
        match person.side() {
            Side::Member => self.connections_of_staff(now).await,
            Side::Staff => Ok(Vec::new()),
        }
    }

    /// The connections in a room whose sort keys begin with `start`, if there is one.
    async fn room(
        &self,
        room: &str,
        start: Option<&str>,
        consistency: Consistency,
        now: Timestamp,
    ) -> Result<Vec<Connection>, Error> {
        let query = Query::partition(self.ephemeral(), room);
        let query = if let Some(start) = start { query.starting_with(start) } else { query };
        let query = match consistency {
            Consistency::Strong => query,
            Consistency::Eventual => query.eventually(),
        };
        let rows = self.query_all(query, usize::MAX).await?.items.into_iter();
        let rows = rows.filter_map(|row| item::readable("connection", item::read::<Row>(row)));
        // DynamoDB deletes expired rows with a delay.
        let live = rows.filter(|row| row.expires_at > now.seconds());
        Ok(live.filter_map(Row::into_connection).collect())
    }
}
