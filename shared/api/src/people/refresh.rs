//! Requests to ask Medusa about people.

use std::collections::BTreeSet;

use domain::{ActorId, Person};
use http::AppState;

/// Requests a profile refresh for those of these people whose record is stale. `relay` asks Medusa.
///
/// A failure is logged only: the people are shown as they are known, and the next list requests
/// again.
pub(crate) async fn request_profile_refresh(app: &AppState, people: &[&Person]) {
    if app.config.outside.medusa_url.is_none() {
        return;
    }
    let now = app.clock.now();
    let stale = people.iter().filter(|person| person.needs_refresh(now));
    let ids: BTreeSet<ActorId> = stale.map(|person| person.id.clone()).collect();
    if let Err(error) =
        app.store.request_profile_refresh(&ids.into_iter().collect::<Vec<_>>(), now).await
    {
        tracing::warn!(error.kind = "refresh", "no profile refresh was requested: {error}");
    }
}
