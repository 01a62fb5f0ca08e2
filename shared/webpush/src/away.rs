//! Who gets a push: staff without a present connection.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::{ActorId, Channel, PushSubscription, Timestamp};
use futures_util::{StreamExt, stream};
use store::{Connection, Error};
use tokio::time::timeout;

use crate::WebPush;

/// Admins whose presence is asked for at the same time.
const QUESTIONS_AT_ONCE: usize = 16;
/// Longest wait for the presence of one.
const PRESENCE_TIME_LIMIT: Duration = Duration::from_secs(1);

/// Whether a browser is of those who are to know of a member's message: of the channel's assignee,
/// or of everybody.
pub fn is_addressed(channel: &Channel, browser: &PushSubscription) -> bool {
    channel.work.assignee_id.as_ref().is_none_or(|assignee| *assignee == browser.admin_id)
}

impl WebPush {
    /// Those browsers that are meant and whose admin is away. Reads the subscriptions once, and the
    /// connections of staff once if any browser is meant.
    pub async fn away(
        &self,
        is_meant: impl Fn(&PushSubscription) -> bool,
    ) -> Result<Vec<PushSubscription>, Error> {
        let (app, now) = (&self.0.app, self.0.app.clock.now());
        let mut found = app.store.push_subscriptions(now).await?;
        found.retain(is_meant);
        if found.is_empty() {
            return Ok(found);
        }
        let admins: BTreeSet<_> = found.iter().map(|it| it.admin_id.clone()).collect();
        let present = self.present(&admins, now).await?;
        found.retain(|it| !present.contains(&it.admin_id));
        Ok(found)
    }

    /// Those of these admins who have a present connection. If the gateway does not say, an admin
    /// counts as away: a push too many does no harm.
    async fn present(
        &self,
        admins: &BTreeSet<ActorId>,
        now: Timestamp,
    ) -> Result<BTreeSet<ActorId>, Error> {
        let app = &self.0.app;
        let mut connections: BTreeMap<ActorId, Vec<Connection>> = BTreeMap::new();
        for connection in app.store.connections_of_staff(now).await? {
            let id = connection.session.principal.id();
            if admins.contains(id) {
                connections.entry(id.clone()).or_default().push(connection);
            }
        }
        let questions = connections.into_iter().map(|(admin, connections)| async move {
            let answer = timeout(PRESENCE_TIME_LIMIT, app.any_present(&connections)).await;
            matches!(answer, Ok(Ok(true))).then_some(admin)
        });
        let questions: Vec<_> = questions.collect();
        let present: Vec<Option<ActorId>> =
            stream::iter(questions).buffer_unordered(QUESTIONS_AT_ONCE).collect().await;
        Ok(present.into_iter().flatten().collect())
    }
}
