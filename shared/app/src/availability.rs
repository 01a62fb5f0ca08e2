//! Whether anybody of the staff is there, for pages that anybody may load.

use std::time::Duration;

use domain::{ActorId, Timestamp};
use store::SeenStaff;
use tokio::time::timeout;

use crate::app::App;

/// Longest wait for the gateway.
const TIME_LIMIT: Duration = Duration::from_secs(1);

impl App {
    /// Who of the staff is present. Asks the database and the gateway at most once in ten seconds
    /// and instance. What neither of them says is not there: online is only what is proven.
    pub async fn seen_staff(&self) -> SeenStaff {
        let now = self.clock.now();
        self.store.seen_staff(now, || self.look_for_staff(now)).await
    }

    async fn look_for_staff(&self, now: Timestamp) -> SeenStaff {
        let mut present = match self.store.connections_of_staff(now).await {
            Ok(connections) => connections,
            Err(error) => {
                tracing::warn!(error.kind = "presence", "staff is not shown: {error}");
                return SeenStaff::default();
            }
        };
        present.retain(|connection| !connection.is_away && !connection.has_expired(now));
        let asked = timeout(TIME_LIMIT, self.any_present(&present)).await;
        let is_online = matches!(asked, Ok(Ok(true)));
        present.sort_by_key(|connection| std::cmp::Reverse(connection.connected_at));
        let mut admins: Vec<ActorId> = Vec::new();
        for connection in present.iter().filter(|_| is_online) {
            let admin = connection.session.principal.id();
            if !admins.contains(admin) {
                admins.push(admin.clone());
            }
        }
        SeenStaff { is_online, admins }
    }
}
