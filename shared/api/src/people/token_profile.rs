//! What tokens say of their owners.

use domain::{Principal, Profile};
use http::{AppState, Identity};

/// Stores what a token says of its owner: the signer of tokens knows its people.
///
/// A failure is logged only: the next token says it again.
pub(crate) async fn store_token_profile(app: &AppState, identity: &Identity) {
    let Identity { session, profile } = identity;
    let id = session.principal.id();
    // One id, one person: where a customer's id may look like an admin's, a token must not decide
    // where the admin's mail goes.
    let is_admin = matches!(session.principal, Principal::Admin(_));
    let is_own_kind = is_admin != id.as_str().starts_with("cus_");
    if profile.is_empty() || !is_own_kind {
        return;
    }
    if let Err(error) = merge(app, identity, profile).await {
        tracing::warn!(error.kind = "token_profile", "a token's profile was not stored: {error}");
    }
}

async fn merge(app: &AppState, identity: &Identity, said: &Profile) -> Result<(), store::Error> {
    let id = identity.session.principal.id();
    let before = app.store.person(id).await?.vouched;
    let (known, at) =
        before.map_or_else(Default::default, |before| (before.profile, Some(before.at)));
    let profile = said.or(&known);
    if profile == known {
        return Ok(());
    }
    // Medusa, where there is one, is still asked when the stored profile is stale.
    let has_medusa = app.config.outside.medusa_url.is_some();
    let at = if has_medusa { at.unwrap_or_default() } else { app.clock.now() };
    app.store.put_vouched_profile(id, &profile, at).await
}
