//! `PUT /store/chat/profile`

use axum::Json;
use domain::{Principal, Profile, Refusal};
use http::guard::Visitor;
use http::request::{Address, Json as Body, PutGuestProfile};
use http::views::{self, GuestProfileAnswer};
use http::{ApiError, AppState, Refusals};

/// Tells the staff who a guest says to be. It is shown as unverified, and no mail ever goes there.
/// Who customers are, the shop knows.
#[utoipa::path(
    put, path = "/store/chat/profile", tag = "store", operation_id = "store_put_profile",
    request_body = PutGuestProfile,
    responses((status = 200, body = GuestProfileAnswer), Refusals)
)]
pub async fn put_profile(
    app: AppState,
    Visitor(caller): Visitor,
    Address(address): Address,
    Body(request): Body<PutGuestProfile>,
) -> Result<Json<GuestProfileAnswer>, ApiError> {
    let Principal::Guest(id) = &caller else { return Err(Refusal::GuestsOnly.into()) };
    let change = |own: &Profile| request.clone().change(own);
    let person = app
        .store
        .change_guest_profile(id, change, &app.terms(&caller, &address), app.clock.now())
        .await?;
    Ok(views::guest_profile(&person))
}
