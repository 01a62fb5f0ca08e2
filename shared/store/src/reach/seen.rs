//! Who of the staff was seen present, as this instance last found out: an answer of the public
//! availability must not ask the gateway each time.

use domain::{ActorId, Side, Timestamp};

use super::connections::Session;
use crate::Store;

/// The staff that is present.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenStaff {
    /// Whether one of them has a connection that the gateway says is open.
    pub is_online: bool,
    /// Who has a connection that is not away, the newest first. Some may be closed by now.
    pub admins: Vec<ActorId>,
}

impl Store {
    /// What this instance found out within ten seconds. `look` is called only if that is nothing.
    pub async fn seen_staff<F>(&self, now: Timestamp, look: impl FnOnce() -> F) -> SeenStaff
    where
        F: Future<Output = SeenStaff>,
    {
        let seen = self.seen_staff.get(now, async || Some(look().await));
        seen.await.unwrap_or_default()
    }

    /// Forgets it, since this instance itself changes a connection of staff.
    pub(super) fn forget_seen_staff(&self, changed: &Session) {
        if changed.principal.side() == Side::Staff {
            self.seen_staff.forget();
        }
    }
}
