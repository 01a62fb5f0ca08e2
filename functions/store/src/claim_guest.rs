//! `POST /store/chat/guest/claim`

use axum::Json;
use domain::{Principal, Refusal};
use http::guard::Visitor;
use http::request::GuestProof;
use http::views::{self, ClaimAnswer};
use http::{ApiError, AppState, Refusals};

/// Hands a guest's channels to the customer who shows both proofs in one request: their own token
/// and the guest's secret. The secret is dead afterwards; the same customer may claim again. A
/// claim by which the customer would hold too many channels is refused and changes nothing.
#[utoipa::path(
    post, path = "/store/chat/guest/claim", tag = "store", operation_id = "store_claim_guest",
    params(("guest_id_for_live_chat" = String, Header, description = "The guest's secret", pattern = "^[A-Za-z0-9._-]{21,128}$")),
    responses((status = 200, body = ClaimAnswer), Refusals)
)]
pub async fn claim_guest(
    app: AppState,
    Visitor(caller): Visitor,
    proof: Result<GuestProof, ApiError>,
) -> Result<Json<ClaimAnswer>, ApiError> {
    let Principal::Customer(customer) = &caller else {
        return Err(Refusal::Unauthorized.into());
    };
    let GuestProof(secret) = proof?;
    let channels = app
        .store
        .claim(&secret.public_id(), customer, app.config.channels_held, app.clock.now())
        .await?;
    app.close_all_of(&Principal::Guest(secret.public_id())).await;
    let channels = app.present(channels, &caller).await?;
    Ok(views::claimed(&channels, &caller))
}
