//! `PUT /admin/chat/profile`

use std::collections::BTreeSet;

use app::unsubscribe::digest_of_person;
use axum::Json;
use domain::Person;
use http::guard::Agent;
use http::request::{Json as Body, PutAdminProfile};
use http::views::{self, AdminProfileAnswer};
use http::{ApiError, AppState, Refusals};

/// Changes the caller's own entry: the name that customers see, and where mail goes. Asking for the
/// daily mail also takes back an earlier "no more mail".
#[utoipa::path(
    put, path = "/admin/chat/profile", tag = "admin", operation_id = "admin_put_profile",
    request_body = PutAdminProfile,
    responses((status = 200, body = AdminProfileAnswer), Refusals)
)]
pub async fn put_profile(
    app: AppState,
    Agent(caller): Agent,
    Body(request): Body<PutAdminProfile>,
) -> Result<Json<AdminProfileAnswer>, ApiError> {
    let (id, now) = (caller.id(), app.clock.now());
    let before = app.store.person(id).await?;
    let digest = request.digest;
    let own = request.change(&before.own);
    app.store.put_own_profile(id, &own, digest, now).await?;
    app.store.know_staff(&BTreeSet::from([id.clone()])).await?;
    let wish = digest_of_person(id);
    if digest == Some(true) {
        app.store.opt_in(&wish, now).await?;
    }
    let digest = digest.unwrap_or(before.digest) && !app.store.has_opted_out(&wish).await?;
    Ok(views::admin_profile(&Person { own, digest, ..before }))
}
