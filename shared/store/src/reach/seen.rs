//! Who of the staff was seen present, as this instance last found out: an answer of the public
//! availability must not ask the gateway each time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{ActorId, Side, Timestamp};

use super::connections::Session;
use crate::Store;

/// How long one instance of a function uses what it has found out, in milliseconds.
const FRESH_MS: i64 = 10_000;

/// The staff that is present.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenStaff {
    /// Whether one of them has a connection that the gateway says is open.
    pub is_online: bool,
    /// Who has a connection that is not away, the newest first. Some may be closed by now.
    pub admins: Vec<ActorId>,
}

/// What this instance last found out, and when.
pub(crate) type Cached = Arc<Mutex<Option<(Timestamp, SeenStaff)>>>;

impl Store {
    /// What this instance found out within [`FRESH_MS`].
    pub fn seen_staff(&self, now: Timestamp) -> Option<SeenStaff> {
        let seen = self.cached_seen().clone();
        seen.filter(|(at, _)| (0..FRESH_MS).contains(&now.since(*at))).map(|(_, seen)| seen)
    }

    /// Keeps what this instance has found out.
    pub fn put_seen_staff(&self, seen: &SeenStaff, now: Timestamp) {
        *self.cached_seen() = Some((now, seen.clone()));
    }

    /// Forgets it, since this instance itself changes a connection of staff.
    pub(super) fn forget_seen_staff(&self, changed: &Session) {
        if changed.principal.side() == Side::Staff {
            *self.cached_seen() = None;
        }
    }

    fn cached_seen(&self) -> MutexGuard<'_, Option<(Timestamp, SeenStaff)>> {
        self.seen_staff.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
