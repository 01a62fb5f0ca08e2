//! `GET /admin/chat/profile`

use app::unsubscribe::digest_of_person;
use axum::Json;
use http::guard::Agent;
use http::views::{self, AdminProfileAnswer};
use http::{ApiError, AppState, Refusals};

/// Shows who the caller is: what they have entered themselves, and else what the shop says.
#[utoipa::path(
    get, path = "/admin/chat/profile", tag = "admin", operation_id = "admin_get_profile",
    responses((status = 200, body = AdminProfileAnswer), Refusals)
)]
pub async fn get_profile(
    app: AppState,
    Agent(caller): Agent,
) -> Result<Json<AdminProfileAnswer>, ApiError> {
    let mut person = app.store.person(caller.id()).await?;
    app.want(&[&person]).await;
    // Who has ended all mail by a link gets no digest either.
    person.digest &= !app.store.has_opted_out(&digest_of_person(caller.id())).await?;
    Ok(views::admin_profile(&person))
}
