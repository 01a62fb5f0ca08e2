//! Tickets and connections, in the table of what expires.
//!
//! A connection is two rows: one in its room, found by whoever pushes, and its way back, found by
//! connection id on `$disconnect` and on every frame. A room is a member's own, or the one of all
//! staff; inside it a person's connections stand together, oldest first.
//!
//! A person may have so many connections. Nothing is locked for that: a new connection is written
//! first, then all of the person's are read consistently, and those beyond the newest ones are
//! removed. Of connections that open at once, the one that reads last sees all others, so at most
//! the allowed number stays. Each read looks at the same order, so none of the newest is removed.

use domain::{ActorId, Channel, Principal, Timestamp};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::table::error::{Error, Failure};
use crate::table::item::{self, item};
use crate::table::keys::{self, Key};
use crate::table::query::{Consistency, Query};
use crate::table::retry::Tries;
use crate::table::update::Expression;

/// How long a ticket counts, in seconds.
pub const TICKET_S: i64 = 60;
/// How long a connection can live: the gateway's limit, in milliseconds.
pub const LIFETIME_MS: i64 = 2 * 3_600_000;
/// How long a connection's rows are believed, in milliseconds: a little longer, since `$disconnect`
/// may never come.
const ROW_LIFETIME_MS: i64 = LIFETIME_MS + 600_000;
/// Age below which a connection that is said to be gone is kept, in milliseconds: during `$connect`
/// the gateway says so too.
const TOO_YOUNG_TO_BE_GONE_MS: i64 = 10_000;

/// Connections that are removed at the same time: a lowered limit may leave a person with hundreds
/// beyond it.
const REMOVED_AT_ONCE: usize = 25;

/// What became of a new connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is one of the person's newest. These older ones made room for it: their rows are removed,
    /// and the caller closes them.
    Admitted(Vec<Connection>),
    /// As many newer ones were opened at the same moment: its rows are removed.
    Displaced,
    /// The guest was claimed: its rows are removed.
    Claimed,
}

/// Who holds a ticket or stands behind a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The person.
    pub principal: Principal,
    /// When the token behind it expires; a guest's secret does not.
    pub expires: Option<Timestamp>,
}

/// An open connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The gateway's id of it.
    pub id: String,
    /// Who is behind it, and until when.
    pub session: Session,
    /// When it was opened.
    pub connected_at: Timestamp,
}

impl Connection {
    /// Whether the token behind it has expired.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.session.expires.is_some_and(|expires| expires <= now)
    }

    fn room_key(&self) -> Key {
        keys::in_room(&self.session.principal, self.connected_at, &self.id)
    }
}

#[derive(Serialize, Deserialize)]
struct Row {
    connection_id: String,
    role: String,
    user_id: ActorId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auth_exp: Option<Timestamp>,
    connected_at: Timestamp,
    expires_at: i64,
}

impl Row {
    fn of(id: &str, session: &Session, at: Timestamp, expires_at: i64) -> Self {
        let (role, user_id) =
            (session.principal.role().as_str().to_owned(), session.principal.id().clone());
        Self {
            connection_id: id.to_owned(),
            role,
            user_id,
            auth_exp: session.expires,
            connected_at: at,
            expires_at,
        }
    }

    fn into_connection(self) -> Option<Connection> {
        let principal = match self.role.as_str() {
            "customer" => Principal::Customer(self.user_id),
            "guest" => Principal::Guest(self.user_id),
            "admin" => Principal::Admin(self.user_id),
            _ => return None,
        };
        let session = Session { principal, expires: self.auth_exp };
        Some(Connection { id: self.connection_id, session, connected_at: self.connected_at })
    }
}

impl Store {
    /// Keeps a ticket, by its digest only.
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

    /// Takes a ticket: the first who does gets who holds it, nobody gets it twice, and not after
    /// its time.
    pub async fn take_ticket(
        &self,
        digest: &str,
        now: Timestamp,
    ) -> Result<Option<Session>, Error> {
        let taken = self.take_item(self.ephemeral(), &keys::ticket(digest)).await?;
        let row: Option<Row> = taken.map(item::read).transpose()?;
        Ok(row
            .filter(|row| row.expires_at > now.seconds())
            .and_then(Row::into_connection)
            .map(|connection| connection.session))
    }

    /// Stores a connection, and removes the oldest ones of the same person beyond `most`.
    pub async fn put_connection(
        &self,
        id: &str,
        session: &Session,
        most: usize,
        now: Timestamp,
    ) -> Result<Admission, Error> {
        let own = Connection { id: id.to_owned(), session: session.clone(), connected_at: now };
        let row = Row::of(id, session, now, now.plus_millis(ROW_LIFETIME_MS).seconds());
        let (room, way_back) = (own.room_key(), keys::way_back(id));
        tokio::try_join!(self.write_row(&room, &row), self.write_row(&way_back, &row))?;
        // Read after the rows are written: a claim that this read does not see finds the rows, and
        // closes the connection.
        let live = async {
            match &session.principal {
                Principal::Guest(guest) => self.guest_is_live(guest).await,
                _ => Ok(true),
            }
        };
        let (mut all, is_live) =
            tokio::try_join!(self.connections_of(&session.principal, now), live)?;
        if !is_live {
            self.remove_connection(&own).await?;
            return Ok(Admission::Claimed);
        }
        // A connection that opened at the same moment may have removed this one already.
        let was_removed = !all.contains(&own);
        let surplus: Vec<_> = all.drain(..all.len().saturating_sub(most)).collect();
        if was_removed || surplus.contains(&own) {
            self.remove_connection(&own).await?;
            return Ok(Admission::Displaced);
        }
        let removals = surplus.into_iter().map(|connection| self.evict(connection));
        let evicted: Vec<_> =
            stream::iter(removals).buffer_unordered(REMOVED_AT_ONCE).try_collect().await?;
        Ok(Admission::Admitted(evicted.into_iter().flatten().collect()))
    }

    /// Removes a connection's rows. Returns it if it was there: of several that remove it at once,
    /// one closes it.
    async fn evict(&self, connection: Connection) -> Result<Option<Connection>, Error> {
        let way_back = keys::way_back(&connection.id);
        let room = connection.room_key();
        let (room, ()) =
            tokio::try_join!(self.take_item(self.ephemeral(), &room), self.forget_row(&way_back))?;
        Ok(room.map(|_| connection))
    }

    /// Writes a row of a connection, as often as contention wants it: writing it again changes
    /// nothing.
    async fn write_row(&self, key: &Key, row: &Row) -> Result<(), Error> {
        let mut tries = Tries::start();
        loop {
            match self.put_item(self.ephemeral(), item(key, row)?, Expression::default()).await {
                Ok(_) => return Ok(()),
                Err(Failure::Contended) => tries.again().await?,
                Err(failure) => return Err(failure.into()),
            }
        }
    }

    /// The connection with this id, as its way back has it.
    pub async fn connection(&self, id: &str, now: Timestamp) -> Result<Option<Connection>, Error> {
        let row = self.get_from(self.ephemeral(), &keys::way_back(id), Consistency::Strong).await?;
        let row: Option<Row> = row.map(item::read).transpose()?;
        Ok(row.filter(|row| row.expires_at > now.seconds()).and_then(Row::into_connection))
    }

    /// Makes sure that a connection stands in its room: one that was taken for gone comes back with
    /// its next sign of life.
    pub async fn keep_in_room(&self, connection: &Connection) -> Result<(), Error> {
        let key = connection.room_key();
        if self.get_from(self.ephemeral(), &key, Consistency::Eventual).await?.is_some() {
            return Ok(());
        }
        let expires_at = connection.connected_at.plus_millis(ROW_LIFETIME_MS).seconds();
        let row = Row::of(&connection.id, &connection.session, connection.connected_at, expires_at);
        self.put_item(self.ephemeral(), item(&key, &row)?, Expression::default()).await?;
        Ok(())
    }

    /// Forgets a connection: both of its rows.
    pub async fn remove_connection(&self, connection: &Connection) -> Result<(), Error> {
        // Each by itself: a row that is left alone expires, and costs half of what a transaction
        // does.
        let (room, way_back) = (connection.room_key(), keys::way_back(&connection.id));
        tokio::try_join!(self.forget_row(&room), self.forget_row(&way_back))?;
        Ok(())
    }

    /// Takes a connection out of its room that the gateway says is gone, unless it is so young that
    /// it may be just opening. The row's key has the time of connecting, so it is that very
    /// connection and no later one.
    pub async fn remove_gone(&self, connection: &Connection, now: Timestamp) -> Result<(), Error> {
        if now.since(connection.connected_at) < TOO_YOUNG_TO_BE_GONE_MS {
            return Ok(());
        }
        self.forget_row(&connection.room_key()).await
    }

    async fn forget_row(&self, key: &Key) -> Result<(), Error> {
        self.delete_item(self.ephemeral(), key, Expression::default()).await?;
        Ok(())
    }

    /// Whoever receives a channel's events: its member and all staff.
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

    /// The same, or nobody when it cannot be found out: a push is a hint, and never a reason to
    /// fail.
    pub async fn audience_if_known(&self, channel: &Channel, now: Timestamp) -> Vec<Connection> {
        self.audience(channel, now).await.unwrap_or_else(|error| {
            tracing::warn!(error.kind = "audience", "nobody hears of a change: {error}");
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

    /// The connections in a room. A moment's delay does no harm: whoever has just connected looks
    /// into the log.
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
        // Rows that have expired are there until DynamoDB gets round to them.
        let live = rows.filter(|row| row.expires_at > now.seconds());
        Ok(live.filter_map(Row::into_connection).collect())
    }

    fn ephemeral(&self) -> &str {
        &self.layout().ephemeral_table
    }
}
