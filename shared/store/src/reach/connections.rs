//! Open connections.
//!
//! A connection has two rows: one in its room, for pushes, and one by its id (the *way back*), for
//! `$disconnect` and for each frame. In a room a person's connections are next to each other,
//! oldest first.
//!
//! The number of a person's connections is limited without a lock. A new connection is written
//! first, then all of the person's are read consistently, and those beyond the newest are removed.
//! Of connections that open concurrently, the last to read sees all others, so at most the allowed
//! number stays. All reads have the same order, so none of the newest is removed.

use domain::{ActorId, Principal, Timestamp};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::table::error::{Error, Failure};
use crate::table::item::{self, item};
use crate::table::keys::{self, Key};
use crate::table::query::Consistency;
use crate::table::retry::Tries;
use crate::table::update::Expression;

/// Longest life of a connection, in milliseconds: the gateway's limit.
pub const LIFETIME_MS: i64 = 2 * 3_600_000;
/// How long a connection's rows are valid, in milliseconds: slightly longer than a connection. They
/// expire because `$disconnect` may never come.
const ROW_LIFETIME_MS: i64 = LIFETIME_MS + 600_000;
/// Least age of a connection that the gateway reports as gone to be removed, in milliseconds:
/// during `$connect` the gateway reports it as gone too.
const MIN_GONE_AGE_MS: i64 = 10_000;
/// Concurrent removals: a lowered limit may leave a person with hundreds beyond it.
const REMOVALS_AT_ONCE: usize = 25;

/// The result of storing a new connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is one of the person's newest.
    Admitted {
        /// The new connection.
        own: Connection,
        /// The rows of these older ones were removed to make room: the caller closes them.
        evicted: Vec<Connection>,
        /// For a member: the connections of staff.
        staff: Vec<Connection>,
    },
    /// The allowed number of newer ones opened concurrently: its rows were removed.
    Displaced,
    /// The guest was claimed: its rows were removed.
    Claimed,
}

/// The caller who holds a ticket or a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the name says it")]
pub struct Session {
    pub principal: Principal,
    /// When the caller's token expires; a guest's secret does not.
    pub expires: Option<Timestamp>,
}

/// An open connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Connection {
    /// The gateway's id.
    pub id: String,
    pub session: Session,
    pub connected_at: Timestamp,
    /// The page is hidden.
    pub is_away: bool,
    /// How often `is_away` changed lately; none if it never did.
    pub changes: Option<Changes>,
    /// The conversation on the screen; for staff only.
    pub looking: Option<Looking>,
}

/// How often a connection changed between away and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Changes {
    /// The time of the newest change, as the gateway received its frame.
    pub last: Timestamp,
    /// The changes since `since`, which is less than a minute before `last`.
    pub count: u32,
    pub since: Timestamp,
}

/// The conversation that a connection of staff has on the screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the name says it")]
pub struct Looking {
    pub channel_hash: String,
    /// The channel's customer or guest.
    pub member_id: ActorId,
}

impl Connection {
    /// Whether the caller's token has expired.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.session.expires.is_some_and(|expires| expires <= now)
    }

    pub(super) fn room_key(&self) -> Key {
        keys::in_room(&self.session.principal, self.connected_at, &self.id)
    }
}

/// A ticket or connection as stored.
#[derive(Serialize, Deserialize)]
pub(super) struct Row {
    connection_id: String,
    role: String,
    user_id: ActorId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auth_exp: Option<Timestamp>,
    connected_at: Timestamp,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_away: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changed_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changes: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changes_since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    looking: Option<Looking>,
    pub(super) expires_at: i64,
}

impl Row {
    pub(super) fn of(id: &str, session: &Session, at: Timestamp, expires_at: i64) -> Self {
        let (role, user_id) =
            (session.principal.role().as_str().to_owned(), session.principal.id().clone());
        Self {
            connection_id: id.to_owned(),
            role,
            user_id,
            auth_exp: session.expires,
            connected_at: at,
            is_away: false,
            changed_at: None,
            changes: None,
            changes_since: None,
            looking: None,
            expires_at,
        }
    }

    /// A connection's row, with what the connection shows.
    fn of_connection(connection: &Connection) -> Self {
        let Connection { id, session, connected_at, is_away, changes, looking } = connection;
        let expires_at = connected_at.plus_millis(ROW_LIFETIME_MS).seconds();
        Self {
            is_away: *is_away,
            changed_at: changes.map(|changes| changes.last),
            changes: changes.map(|changes| changes.count),
            changes_since: changes.map(|changes| changes.since),
            looking: looking.clone(),
            ..Self::of(id, session, *connected_at, expires_at)
        }
    }

    pub(super) fn into_connection(self) -> Option<Connection> {
        let principal = match self.role.as_str() {
            "customer" => Principal::Customer(self.user_id),
            "guest" => Principal::Guest(self.user_id),
            "admin" => Principal::Admin(self.user_id),
            _ => return None,
        };
        let session = Session { principal, expires: self.auth_exp };
        Some(Connection {
            id: self.connection_id,
            session,
            connected_at: self.connected_at,
            is_away: self.is_away,
            changes: self
                .changed_at
                .zip(self.changes)
                .zip(self.changes_since)
                .map(|((last, count), since)| Changes { last, count, since }),
            looking: self.looking,
        })
    }
}

impl Store {
    /// Stores a connection, and removes the person's oldest ones beyond `most`.
    pub async fn put_connection(
        &self,
        id: &str,
        session: &Session,
        most: usize,
        now: Timestamp,
    ) -> Result<Admission, Error> {
        let own = Connection {
            id: id.to_owned(),
            session: session.clone(),
            connected_at: now,
            is_away: false,
            changes: None,
            looking: None,
        };
        let row = Row::of_connection(&own);
        let (room, way_back) = (own.room_key(), keys::way_back(id));
        tokio::try_join!(self.write_row(&room, &row), self.write_row(&way_back, &row))?;
        self.forget_seen_staff(session);
        // Read after the rows are written: a claim that this read misses finds the rows and closes
        // the connection.
        let live = async {
            match &session.principal {
                Principal::Guest(guest) => self.guest_is_live(guest).await,
                _ => Ok(true),
            }
        };
        let (mut all, is_live, staff) = tokio::try_join!(
            self.connections_of(&session.principal, now),
            live,
            self.staff_for(&session.principal, now)
        )?;
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
            stream::iter(removals).buffer_unordered(REMOVALS_AT_ONCE).try_collect().await?;
        let evicted = evicted.into_iter().flatten().collect();
        Ok(Admission::Admitted { own, evicted, staff })
    }

    /// Removes a connection's rows. Returns it if its row in the room existed: of concurrent
    /// callers one closes it.
    async fn evict(&self, connection: Connection) -> Result<Option<Connection>, Error> {
        let (room, way_back) = (connection.room_key(), keys::way_back(&connection.id));
        let (room, ()) =
            tokio::try_join!(self.take_item(self.ephemeral(), &room), self.delete_row(&way_back))?;
        Ok(room.map(|_| connection))
    }

    /// Writes a row, retrying on contention: writing it again changes nothing.
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

    /// The connection with this id, read consistently.
    pub async fn connection(&self, id: &str, now: Timestamp) -> Result<Option<Connection>, Error> {
        let row = self.get_from(self.ephemeral(), &keys::way_back(id), Consistency::Strong).await?;
        let row: Option<Row> = row.map(item::read).transpose()?;
        Ok(row.filter(|row| row.expires_at > now.seconds()).and_then(Row::into_connection))
    }

    /// Restores a connection's row in its room if it is missing: the connection may have been
    /// removed as gone by mistake. The row shows what the way back shows, so a page that is hidden
    /// stays away.
    pub async fn restore_to_room(&self, connection: &Connection) -> Result<(), Error> {
        let key = connection.room_key();
        if self.get_from(self.ephemeral(), &key, Consistency::Eventual).await?.is_some() {
            return Ok(());
        }
        let row = Row::of_connection(connection);
        self.put_item(self.ephemeral(), item(&key, &row)?, Expression::default()).await?;
        Ok(())
    }

    /// Removes both rows of a connection.
    pub async fn remove_connection(&self, connection: &Connection) -> Result<(), Error> {
        // Not a transaction, which costs twice as much: a row that is left over expires.
        let (room, way_back) = (connection.room_key(), keys::way_back(&connection.id));
        tokio::try_join!(self.delete_row(&room), self.delete_row(&way_back))?;
        self.forget_seen_staff(&connection.session);
        Ok(())
    }

    /// Removes a connection that the gateway reports as gone from its room, unless it is so young
    /// that it may still be opening. The row's key holds the time of connecting, so no later
    /// connection is removed.
    pub async fn remove_gone(&self, connection: &Connection, now: Timestamp) -> Result<(), Error> {
        if now.since(connection.connected_at) < MIN_GONE_AGE_MS {
            return Ok(());
        }
        self.delete_row(&connection.room_key()).await
    }

    async fn delete_row(&self, key: &Key) -> Result<(), Error> {
        self.delete_item(self.ephemeral(), key, Expression::default()).await?;
        Ok(())
    }

    pub(super) fn ephemeral(&self) -> &str {
        &self.layout().ephemeral_table
    }
}
