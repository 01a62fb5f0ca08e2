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
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether a browser is of those who are to know of a member's message: of the channel's assignee,
/// or of everybody.
pub fn is_addressed(channel: &Channel, browser: &PushSubscription) -> bool {
    channel.work.assignee_id.as_ref().is_none_or(|assignee| *assignee == browser.admin_id)
}

impl WebPush {
    /// The browsers of those who are to know of messages in these channels and are away, by one
    /// read for all of them. See [`is_addressed`].
    pub async fn addressed(&self, channels: &[&Channel]) -> Result<Vec<PushSubscription>, Error> {
        let mut found = self.subscriptions().await?;
        found.retain(|it| channels.iter().any(|channel| is_addressed(channel, it)));
        self.without_present(found).await
    }

    /// The browsers of an admin; none if they are here.
    pub async fn of_admin(&self, admin: &ActorId) -> Result<Vec<PushSubscription>, Error> {
        let mut found = self.subscriptions().await?;
        found.retain(|it| it.admin_id == *admin);
        self.without_present(found).await
    }

    async fn subscriptions(&self) -> Result<Vec<PushSubscription>, Error> {
        self.0.app.store.push_subscriptions(self.0.app.clock.now()).await
    }

    async fn without_present(
        &self,
        mut found: Vec<PushSubscription>,
    ) -> Result<Vec<PushSubscription>, Error> {
        if found.is_empty() {
            return Ok(found);
        }
        let admins: BTreeSet<_> = found.iter().map(|it| it.admin_id.clone()).collect();
        let present = self.present(&admins, self.0.app.clock.now()).await?;
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
            let answer = timeout(PATIENCE, app.any_present(&connections)).await;
            matches!(answer, Ok(Ok(true))).then_some(admin)
        });
        let questions: Vec<_> = questions.collect();
        let present: Vec<Option<ActorId>> =
            stream::iter(questions).buffer_unordered(QUESTIONS_AT_ONCE).collect().await;
        Ok(present.into_iter().flatten().collect())
    }
}
