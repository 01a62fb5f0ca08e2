//! Create a guest.

use app::random;
use axum::Json;
use domain::GuestSecret;
use http::{Address, ApiError, AppState, Refusals};
use serde::Serialize;
use utoipa::ToSchema;

/// `{guest_id, id}`
#[derive(Serialize, ToSchema)]
pub struct GuestAnswer {
    /// The secret: send it as the header `guest_id_for_live_chat`, and keep it secret.
    pub(super) guest_id: String,
    /// The public id that stands for this guest everywhere.
    pub(super) id: String,
}

/// Creates a guest id that cannot be guessed. Nothing is stored until the guest opens a channel.
#[utoipa::path(
    post, path = "", operation_id = "create_guest",
    responses((status = 200, body = GuestAnswer), Refusals)
)]
pub async fn create(
    app: AppState,
    Address(address): Address,
) -> Result<Json<GuestAnswer>, ApiError> {
    let (limit, now) = (app.config.guests_per_hour, app.clock.now());
    app.store.count_new_guest("mint", &address, limit, now).await?;
    let secret = GuestSecret::from_random(random()?);
    Ok(Json(GuestAnswer {
        id: secret.public_id().to_string(),
        guest_id: secret.reveal().to_owned(),
    }))
}
