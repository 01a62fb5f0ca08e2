//! Change the caller's profile: a guest's, or an admin's. A customer's comes from the shop.

use std::collections::BTreeSet;

use app::unsubscribe::digest_of_person;
use axum::Json;
use domain::{EmailAddress, Person, Principal, Profile, Refusal, Validation, is_picture_url};
use http::{Address, Admin, ApiError, AppState, Body, Caller, Fields, FromFields, Part, Refusals};
use serde::Serialize;
use utoipa::ToSchema;

use super::AdminProfileAnswer;
use crate::terms;

/// Who an admin is. What is left out stays, and `null` or an empty text takes away.
#[derive(Debug, ToSchema)]
pub struct PutAdminProfile {
    /// At most 100 characters.
    #[schema(value_type = Option<String>, max_length = 100)]
    first_name: Part<String>,
    /// At most 100 characters.
    #[schema(value_type = Option<String>, max_length = 100)]
    last_name: Part<String>,
    /// Where mail goes.
    #[schema(value_type = Option<String>)]
    email: Part<EmailAddress>,
    /// An `https` URL.
    #[schema(value_type = Option<String>, max_length = 2048)]
    avatar_url: Part<String>,
    /// Whether to send the daily mail.
    digest: Option<bool>,
}

/// Who a guest says to be. What is left out stays, and `null` or an empty text takes away.
#[derive(Clone, Debug, ToSchema)]
pub struct PutGuestProfile {
    /// At most 100 characters.
    #[schema(value_type = Option<String>, max_length = 100)]
    first_name: Part<String>,
    /// At most 100 characters.
    #[schema(value_type = Option<String>, max_length = 100)]
    last_name: Part<String>,
    /// Where answers are mailed. Unverified until a link in a mail is followed; a changed address
    /// is unverified again.
    #[schema(value_type = Option<String>)]
    email: Part<EmailAddress>,
}

/// `{profile}`
#[derive(Serialize, ToSchema)]
pub struct GuestProfileAnswer {
    profile: wire::GuestProfile,
}

impl FromFields for PutGuestProfile {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let (first_name, last_name) = (fields.name("first_name")?, fields.name("last_name")?);
        Ok(Self { first_name, last_name, email: fields.email("email")? })
    }
}

impl FromFields for PutAdminProfile {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let PutGuestProfile { first_name, last_name, email } =
            PutGuestProfile::from_fields(fields)?;
        Ok(Self {
            first_name,
            last_name,
            email,
            avatar_url: fields.part("avatar_url", |text| {
                is_picture_url(&text)
                    .then_some(Some(text))
                    .ok_or(Validation::Form("avatar_url", "an https URL"))
            })?,
            digest: fields.flag("digest")?,
        })
    }
}

impl PutGuestProfile {
    fn change(self, own: &Profile) -> Profile {
        let mut own = own.clone();
        self.first_name.apply(&mut own.first_name);
        self.last_name.apply(&mut own.last_name);
        self.email.apply(&mut own.email);
        own
    }
}

impl PutAdminProfile {
    fn change(self, own: &Profile) -> Profile {
        let Self { first_name, last_name, email, avatar_url, digest: _ } = self;
        let mut own = PutGuestProfile { first_name, last_name, email }.change(own);
        avatar_url.apply(&mut own.avatar_url);
        own
    }
}

/// Changes what the staff reads of a guest, and where answers are mailed. Nobody checks a name; an
/// address is verified once a link in a mail to it is followed, and gets few mails until then.
/// Customers are known to the shop.
#[utoipa::path(
    put, path = "", operation_id = "put_profile",
    request_body = PutGuestProfile,
    responses((status = 200, body = GuestProfileAnswer), Refusals)
)]
pub async fn put_guest_profile(
    app: AppState,
    Caller(caller): Caller,
    Address(address): Address,
    Body(request): Body<PutGuestProfile>,
) -> Result<Json<GuestProfileAnswer>, ApiError> {
    let Principal::Guest(id) = &caller else { return Err(Refusal::GuestsOnly.into()) };
    let change = |own: &Profile| request.clone().change(own);
    let terms = terms(&app, &caller, &address);
    let person = app.store.change_guest_profile(id, change, &terms, app.clock.now()).await?;
    Ok(Json(GuestProfileAnswer { profile: wire::GuestProfile::new(&person) }))
}

/// Changes the caller's own entry: the name that customers see, and where mail goes. `digest: true`
/// also takes back an earlier "no more mail".
#[utoipa::path(
    put, path = "", operation_id = "put_profile",
    request_body = PutAdminProfile,
    responses((status = 200, body = AdminProfileAnswer), Refusals)
)]
pub async fn put_admin_profile(
    app: AppState,
    Admin(id): Admin,
    Body(request): Body<PutAdminProfile>,
) -> Result<Json<AdminProfileAnswer>, ApiError> {
    let now = app.clock.now();
    let before = app.store.person(&id).await?;
    let digest = request.digest;
    let own = request.change(&before.own);
    app.store.put_own_profile(&id, &own, digest, now).await?;
    let changed = BTreeSet::from([id.clone()]);
    app.store.update_roster(&changed, &changed).await?;
    let opt_out = digest_of_person(&id);
    if digest == Some(true) {
        app.store.opt_in(&opt_out, now).await?;
    }
    let digest = digest.unwrap_or(before.digest) && !app.store.has_opted_out(&opt_out).await?;
    let person = Person { own, digest, ..before };
    Ok(Json(AdminProfileAnswer { profile: wire::AdminProfile::new(&person) }))
}
