//! Who is present: who has an open connection whose page is not hidden.
//!
//! The rows say which connections there were and which pages are hidden. The gateway says which
//! connections are still open: rows of closed ones may remain.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::{ChannelHash, Principal, Timestamp};
use futures_util::stream::{self, StreamExt};
use store::{Connection, TURN_MS, Turn};
use tokio::time::{Instant, sleep, timeout};
use wire::{presence_frame, staff_presence_frame};

use crate::Error;
use crate::app::App;

/// Connections that the gateway is asked about concurrently.
const AT_ONCE: usize = 8;
/// Most connections that it is asked about: the newest.
const MAX_ASKED: usize = 100;
/// Attempts per connection while the gateway does not answer.
const ATTEMPTS: u32 = 3;
/// The pause before the second attempt; the next one is twice as long.
const PAUSE: Duration = Duration::from_millis(100);
/// Longest wait until the gateway knows a new connection.
const OPENING_TIME_LIMIT: Duration = Duration::from_secs(1);
/// The pause before it is asked a second time; each further one is twice as long.
const OPENING_PAUSE: Duration = Duration::from_millis(50);
/// Longest time for all questions together.
const TIME_LIMIT: Duration = Duration::from_secs(3);

/// How long a departure waits before it is pushed, in milliseconds: a page that follows another
/// one, or another tab, is there by then.
const DEPARTURE_MS: i64 = 1_500;
/// Most turns of one push. Each further one means that the gateway took longer than a turn to say
/// who is present.
const MAX_TURNS: u32 = 2;
/// Longest time for a push of presence, the wait for its turn included: a function has 10 s.
const PUSH_TIME_LIMIT: Duration = Duration::from_secs(6);

/// Why a member's presence is pushed.
#[derive(Clone, Debug)]
pub enum Cause {
    /// A connection opened, or its page is visible again: it is present.
    Arrival(Connection),
    /// A connection closed, or its page is hidden. Pushed a little later, if still so.
    Departure,
    /// This connection of staff looks at the member's channel.
    Look(Connection),
}

/// Those of these connections of staff that look at a channel of this member.
pub fn lookers<'a>(
    staff: &'a [Connection],
    member: &'a Principal,
) -> impl Iterator<Item = &'a Connection> {
    staff.iter().filter(move |connection| {
        let looking = connection.looking.as_ref();
        looking.is_some_and(|looking| looking.member_id == *member.id())
    })
}

impl App {
    /// Pushes a member's presence to the staff who look at their channel. At most one push a second
    /// and person: what changes within the second is pushed at its end. A failure is logged: the
    /// next look corrects what staff sees.
    pub async fn push_presence(&self, member: &Principal, cause: Cause) {
        let pushed = timeout(PUSH_TIME_LIMIT, self.push_presence_in_turn(member, cause)).await;
        if let Err(error) = pushed.unwrap_or_else(|elapsed| Err(elapsed.into())) {
            tracing::warn!(error.kind = "presence", "presence could not be pushed: {error}");
        }
    }

    async fn push_presence_in_turn(&self, member: &Principal, cause: Cause) -> Result<(), Error> {
        for _ in 0..MAX_TURNS {
            let now = self.clock.now();
            let earliest = match cause {
                Cause::Departure => now.plus_millis(DEPARTURE_MS),
                Cause::Arrival(_) | Cause::Look(_) => now,
            };
            let turn = self.store.take_presence_turn(member.id(), earliest, now).await?;
            let Turn::Own(turn) = turn else { return Ok(()) };
            let wait = u64::try_from(turn.since(now)).unwrap_or_default();
            sleep(Duration::from_millis(wait)).await;
            let began = Instant::now();
            // Read within the turn: a later change takes a later turn.
            let now = self.clock.now();
            let (own, staff) = tokio::try_join!(
                self.store.connections_of(member, now),
                self.store.connections_of_staff(now)
            )?;
            let is_online = self.shows_presence(&own, &cause).await;
            if began.elapsed() >= Duration::from_millis(TURN_MS.unsigned_abs()) {
                // Another turn may have begun, and its push must not come first.
                continue;
            }
            // A turn that was waited for has the changes of others in it.
            let only = match &cause {
                Cause::Look(connection) if wait == 0 => Some(&connection.id),
                _ => None,
            };
            let audience = lookers(&staff, member)
                .filter(|connection| only.is_none_or(|id| *id == connection.id));
            self.push_presence_to(audience, member, is_online, turn).await;
            return Ok(());
        }
        Err("the gateway takes too long to say who is present".into())
    }

    /// Whether the member is proven to be present. A doubt counts as no.
    async fn shows_presence(&self, own: &[Connection], cause: &Cause) -> bool {
        if let Cause::Arrival(arrived) = cause
            && own.iter().any(|connection| connection.id == arrived.id && !connection.is_away)
        {
            return true;
        }
        self.any_present(own).await.unwrap_or(false)
    }

    async fn push_presence_to<'a>(
        &self,
        audience: impl Iterator<Item = &'a Connection>,
        member: &Principal,
        is_online: bool,
        at: Timestamp,
    ) {
        let Ok(event) = self.event_id() else { return };
        // A member may have several channels.
        let mut channels: BTreeMap<&str, Vec<&Connection>> = BTreeMap::new();
        for connection in audience {
            if let Some(looking) = &connection.looking {
                channels.entry(&looking.channel_hash).or_default().push(connection);
            }
        }
        for (hash, audience) in channels {
            let Some(hash) = ChannelHash::parse(hash) else { continue };
            let frame = presence_frame(&hash, member, is_online, &event, at);
            self.push_to(audience.into_iter(), &frame).await;
        }
    }

    /// Pushes to a member's connection whether any of these connections of staff is present. Names
    /// no admin.
    pub async fn push_staff_presence(&self, member: &Connection, staff: &[Connection]) {
        let is_online = self.any_present(staff).await.unwrap_or(false);
        let Ok(event) = self.event_id() else { return };
        let frame = staff_presence_frame(is_online, &event, self.clock.now());
        self.push_to([member].into_iter(), &frame).await;
    }

    /// Waits until the gateway knows a new connection, which it does only after the response to
    /// `$connect`. Returns whether it does in time.
    pub async fn is_opened(&self, connection: &Connection) -> bool {
        let opened = async {
            let mut pause = OPENING_PAUSE;
            while self.push.is_open(connection, self.clock.now()).await != Some(true) {
                sleep(pause).await;
                pause *= 2;
            }
        };
        timeout(OPENING_TIME_LIMIT, opened).await.is_ok()
    }

    /// Whether a person has a present connection. Fails if the gateway does not say.
    pub async fn is_present(&self, person: &Principal) -> Result<bool, Error> {
        let connections = self.store.connections_of(person, self.clock.now()).await?;
        self.any_present(&connections).await
    }

    /// Whether any admin has a present connection. Fails if the gateway does not say.
    pub async fn is_staff_present(&self) -> Result<bool, Error> {
        let connections = self.store.connections_of_staff(self.clock.now()).await?;
        self.any_present(&connections).await
    }

    /// Whether one of these connections is present. Fails if the gateway does not say.
    pub async fn any_present(&self, connections: &[Connection]) -> Result<bool, Error> {
        let mut present: Vec<_> =
            connections.iter().filter(|connection| !connection.is_away).collect();
        present.sort_by_key(|connection| std::cmp::Reverse(connection.connected_at));
        let mut is_unknown = present.len() > MAX_ASKED;
        present.truncate(MAX_ASKED);
        let questions: Vec<_> =
            present.into_iter().map(|connection| self.is_open(connection)).collect();
        let mut answers = stream::iter(questions).buffer_unordered(AT_ONCE);
        let any_open = async {
            while let Some(answer) = answers.next().await {
                match answer {
                    Some(true) => return true,
                    Some(false) => {}
                    None => is_unknown = true,
                }
            }
            false
        };
        match timeout(TIME_LIMIT, any_open).await {
            Ok(true) => Ok(true),
            Ok(false) if !is_unknown => Ok(false),
            _ => Err("the gateway does not say who is present".into()),
        }
    }

    async fn is_open(&self, connection: &Connection) -> Option<bool> {
        let mut pause = PAUSE;
        for _ in 1..ATTEMPTS {
            let answer = self.push.is_open(connection, self.clock.now()).await;
            if answer.is_some() {
                return answer;
            }
            sleep(pause).await;
            pause *= 2;
        }
        self.push.is_open(connection, self.clock.now()).await
    }
}
