//! Get an admin's own profile.

use app::unsubscribe::digest_of_person;
use axum::Json;
use http::{Admin, ApiError, AppState, Refusals};

use super::{AdminProfileAnswer, request_profile_refresh};

/// Returns the caller's profile: what they have entered themselves, and else what the shop says.
#[utoipa::path(
    get, path = "", operation_id = "get_profile",
    responses((status = 200, body = AdminProfileAnswer), Refusals)
)]
pub async fn get_profile(
    app: AppState,
    Admin(id): Admin,
) -> Result<Json<AdminProfileAnswer>, ApiError> {
    let mut person = app.store.person(&id).await?;
    request_profile_refresh(&app, &[&person]).await;
    // An admin who has ended all mail by a link gets no digest either.
    person.digest &= !app.store.has_opted_out(&digest_of_person(&id)).await?;
    Ok(Json(AdminProfileAnswer { profile: wire::AdminProfile::new(&person) }))
}
