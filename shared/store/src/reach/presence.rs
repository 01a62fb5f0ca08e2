//! What a connection shows of its person, and whose turn it is to push that.
//!
//! Both rows of a connection carry it: the way back for the next frame, the room for everyone who
//! asks who is there. The writes are conditional, since the gateway's calls for two frames of one
//! connection may run concurrently, and the connection may close meanwhile.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{ActorId, Timestamp};

use super::connections::{Changes, Connection, Looking};
use crate::Store;
use crate::table::error::{Error, Failure};
use crate::table::item::{attribute, number, number_of};
use crate::table::keys::{self, Key};
use crate::table::query::Consistency;
use crate::table::retry::Tries;
use crate::table::update::Expression;
use crate::table::write::Outcome;

/// Most changes between away and back in [`CHANGES_IN_MS`], per connection.
const MAX_CHANGES: u32 = 60;
const CHANGES_IN_MS: i64 = 60_000;
/// Least time between two pushes of one person's presence, in milliseconds: more than a second also
/// where the first one was a little late.
pub const TURN_MS: i64 = 1_100;
/// A turn is left to the one who has it only if it begins later than this, in milliseconds: the
/// clocks of two functions differ.
const CLOCK_DIFFERENCE_MS: i64 = 200;
/// Longest time that a turn is taken ahead, in milliseconds. A later one is of a clock that was set
/// back.
const LONGEST_AHEAD_MS: i64 = 10_000;
/// How long the row of a turn is kept, in seconds.
const TURN_KEPT_S: i64 = 3_600;

/// The result of a frame `away` or `back`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The connection shows that already, or a later frame said otherwise.
    Unchanged,
    /// Stored.
    Stored,
    /// There were too many changes within a minute: nothing was stored.
    TooMany,
}

/// Whose turn it is to push a person's presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The caller's, at that time: it reads the presence then.
    Own(Timestamp),
    /// Another caller's, who reads the presence later than now.
    Others,
}

impl Changes {
    /// With one more change at `at`; `None` beyond the limit.
    fn and_one(before: Option<Self>, at: Timestamp) -> Option<Self> {
        match before {
            Some(Self { count, since, .. }) if at.since(since) < CHANGES_IN_MS => {
                (count < MAX_CHANGES).then_some(Self { last: at, count: count + 1, since })
            }
            _ => Some(Self { last: at, count: 1, since: at }),
        }
    }
}

impl Store {
    /// Stores whether a connection's page is hidden, if that changes it. `at` is when the gateway
    /// received the frame: of several frames the last one counts.
    pub async fn set_away(
        &self,
        connection: &Connection,
        is_away: bool,
        at: Timestamp,
    ) -> Result<Change, Error> {
        let mut tries = Tries::start();
        let mut known = connection.clone();
        loop {
            let is_superseded = known.changes.is_some_and(|changes| changes.last > at);
            if is_superseded || known.is_away == is_away {
                return Ok(Change::Unchanged);
            }
            let Some(changes) = Changes::and_one(known.changes, at) else {
                return Ok(Change::TooMany);
            };
            let mut way_back = shown(is_away, changes);
            let (count, since) = (known.changes.map(|c| c.count), known.changes.map(|c| c.since));
            way_back.only_if_is(&["changes"], count.map(number));
            way_back.only_if_is(&["changes_since"], since.map(|since| number(since.millis())));
            let mut room = shown(is_away, changes);
            let last = room.value(number(at.millis()));
            room.only_if(format!("attribute_not_exists(changed_at) OR changed_at <= {last}"));
            let (way_back_key, room_key) = (keys::way_back(&known.id), known.room_key());
            let (way_back, room) = tokio::join!(
                self.update_existing(&way_back_key, way_back),
                self.update_existing(&room_key, room)
            );
            if way_back?.is_committed() {
                room?;
                self.forget_seen_staff(&connection.session);
                return Ok(Change::Stored);
            }
            // Another frame's call was faster, or the connection was closed.
            tries.again().await?;
            let Some(now_known) = self.connection(&known.id, at).await? else {
                return Ok(Change::Unchanged);
            };
            known = now_known;
        }
    }

    /// Stores the conversation that a connection has on the screen, if that changes it.
    pub async fn set_looking(
        &self,
        connection: &Connection,
        looking: &Looking,
    ) -> Result<(), Error> {
        if connection.looking.as_ref() == Some(looking) {
            return Ok(());
        }
        let mut change = Expression::default();
        change.set(&["looking"], attribute(looking)?);
        let (room, way_back) = (connection.room_key(), keys::way_back(&connection.id));
        tokio::try_join!(
            self.update_existing(&room, change.clone()),
            self.update_existing(&way_back, change)
        )?;
        Ok(())
    }

    /// Changes a row, unless it does not exist. The same change again is harmless, so contention is
    /// retried.
    async fn update_existing(&self, key: &Key, mut change: Expression) -> Result<Outcome, Error> {
        change.only_if("attribute_exists(pk)");
        let mut tries = Tries::start();
        loop {
            match self.update_item(self.ephemeral(), key, change.clone()).await {
                Ok(outcome) => return Ok(outcome),
                Err(Failure::Contended) => tries.again().await?,
                Err(failure) => return Err(failure.into()),
            }
        }
    }

    /// Takes the next turn to push a person's presence, not before `earliest`, and [`TURN_MS`]
    /// after the turn before. Everything that changed before a turn is pushed in it, so a caller
    /// whose change precedes another's turn leaves it to them.
    pub async fn take_presence_turn(
        &self,
        person: &ActorId,
        earliest: Timestamp,
        now: Timestamp,
    ) -> Result<Turn, Error> {
        let key = keys::presence_turn(person);
        let mut tries = Tries::start();
        loop {
            let row = self.get_from(self.ephemeral(), &key, Consistency::Strong).await?;
            let before = row.as_ref().and_then(|row| number_of(row, "turn_at"));
            let last = before.and_then(|at| i64::try_from(at).ok()).map(Timestamp::from_millis);
            let last = last.filter(|last| last.since(now) <= LONGEST_AHEAD_MS);
            if last.is_some_and(|last| last.since(now) > CLOCK_DIFFERENCE_MS) {
                return Ok(Turn::Others);
            }
            let free = last.map_or(now, |last| last.plus_millis(TURN_MS));
            let turn = earliest.max(free);
            let mut take = Expression::default();
            take.set(&["turn_at"], number(turn.millis()));
            take.set(&["expires_at"], number(turn.seconds() + TURN_KEPT_S));
            take.only_if_is(&["turn_at"], before.map(number));
            let taken = self.update_item(self.ephemeral(), &key, take).await;
            if tries.committed(taken).await? {
                return Ok(Turn::Own(turn));
            }
        }
    }
}

fn shown(is_away: bool, changes: Changes) -> Expression {
    let mut shown = Expression::default();
    shown.set(&["is_away"], AttributeValue::Bool(is_away));
    shown.set(&["changed_at"], number(changes.last.millis()));
    shown.set(&["changes"], number(changes.count));
    shown.set(&["changes_since"], number(changes.since.millis()));
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + ms)
    }

    #[test]
    fn sixty_changes_a_minute_are_counted_and_no_more() {
        let mut changes = None;
        for n in 0..60 {
            changes = Changes::and_one(changes, at(n));
            assert!(changes.is_some(), "change {n}");
        }
        assert_eq!(Changes::and_one(changes, at(59_999)), None);
        let next = Changes::and_one(changes, at(60_000)).expect("a minute later");
        assert_eq!((next.count, next.since), (1, at(60_000)));
    }
}
