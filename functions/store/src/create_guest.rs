//! `POST /store/chat/guest`

use axum::Json;
use http::request::Address;
use http::{ApiError, AppState, Refusals};
use serde::Serialize;
use utoipa::ToSchema;

/// `{guest_id, id}`
#[derive(Serialize, ToSchema)]
pub struct GuestAnswer {
    /// The secret: send it as the header `guest_id_for_live_chat`, and show it to nobody.
    guest_id: String,
    /// The public id that stands for this guest everywhere.
    id: String,
}

/// Makes a guest id that cannot be guessed. Nothing is stored until the guest opens a channel.
#[utoipa::path(
    post, path = "/store/chat/guest", tag = "store", operation_id = "store_create_guest",
    responses((status = 200, body = GuestAnswer), Refusals)
)]
pub async fn create_guest(
    app: AppState,
    Address(address): Address,
) -> Result<Json<GuestAnswer>, ApiError> {
    app.store
        .count_new_guest("mint", &address, app.config.guests_per_hour, app.clock.now())
        .await?;
    let secret = app.guest_secret()?;
    Ok(Json(GuestAnswer {
        id: secret.public_id().to_string(),
        guest_id: secret.reveal().to_owned(),
    }))
}
