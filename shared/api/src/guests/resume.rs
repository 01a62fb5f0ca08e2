//! Resume a guest's conversation from a mail.

use axum::Json;
use domain::{GuestSecret, Refusal, Validation};
use http::{Address, ApiError, AppState, Body, Fields, FromFields, Refusals};
use utoipa::ToSchema;

use super::GuestAnswer;

/// The token in the link of a mail.
#[derive(ToSchema)]
pub struct ResumeGuest {
    /// What follows `#live-chat=` in the link.
    token: String,
}

impl FromFields for ResumeGuest {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        Ok(Self { token: fields.text("token")?.ok_or(Validation::Required("token"))? })
    }
}

/// Returns a secret of the guest for the token in the link of a guest's mail. The guest's other
/// browsers keep theirs. It also verifies the guest's address. The link counts for 30 days, any
/// number of times, and only while the guest still has the address that got it.
#[utoipa::path(
    post, path = "", operation_id = "resume_guest",
    request_body = ResumeGuest,
    responses((status = 200, body = GuestAnswer), Refusals)
)]
pub async fn resume(
    app: AppState,
    Address(address): Address,
    Body(request): Body<ResumeGuest>,
) -> Result<Json<GuestAnswer>, ApiError> {
    let (limit, now) = (app.config.guests_per_hour, app.clock.now());
    app.store.count_new_guest("resume", &address, limit, now).await?;
    let keys = app.keys.get(now).await?;
    let link = keys.guests.read(&request.token, now).ok_or(Refusal::BadLink)?;
    let guest = app.store.live_guest(&link.guest).await?.ok_or(Refusal::Unauthorized)?;
    let email = guest.own.email.as_ref().filter(|email| link.is_for(email));
    let email = email.ok_or(Refusal::BadLink)?;
    if !guest.is_verified() && !app.store.prove_guest_email(&guest.id, email, now).await? {
        return Err(Refusal::BadLink.into());
    }
    let secret = GuestSecret::signed(&guest.id, &keys.guests.sign_secret(&guest.id));
    Ok(Json(GuestAnswer { id: guest.id.to_string(), guest_id: secret.reveal().to_owned() }))
}
