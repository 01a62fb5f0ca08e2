//! Claim a guest's channels.

use axum::Json;
use domain::{Principal, Refusal};
use http::{ApiError, AppState, Caller, GuestProof, Refusals};
use serde::Serialize;
use utoipa::ToSchema;

use crate::channels::{present, views};

/// `{channels}`
#[derive(Serialize, ToSchema)]
pub struct ClaimAnswer {
    channels: Vec<wire::Channel>,
}

/// Hands a guest's channels to the customer who sends both proofs in one request: their own token
/// and the guest's secret. The secret is dead afterwards; the same customer may claim again. A
/// claim by which the customer would hold too many channels is refused and changes nothing.
#[utoipa::path(
    post, path = "", operation_id = "claim_guest",
    params((
        "guest_id_for_live_chat" = String, Header, description = "The guest's secret",
        pattern = "^[A-Za-z0-9._-]{21,128}$"
    )),
    responses((status = 200, body = ClaimAnswer), Refusals)
)]
pub async fn claim(
    app: AppState,
    Caller(caller): Caller,
    proof: Result<GuestProof, ApiError>,
) -> Result<Json<ClaimAnswer>, ApiError> {
    let Principal::Customer(customer) = &caller else {
        return Err(Refusal::Unauthorized.into());
    };
    let guest = proof?.0;
    let (most, now) = (app.config.channels_held, app.clock.now());
    let (channels, roster) =
        tokio::join!(app.store.claim(&guest, customer, most, now), app.store.roster(now));
    let channels = channels?;
    app.close_connections_of(&Principal::Guest(guest)).await;
    let listed = present(&app, channels, &caller).await?;
    let channels = views(&app, &listed, &caller, &roster).await;
    Ok(Json(ClaimAnswer { channels }))
}
