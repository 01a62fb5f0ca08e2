//! Open a channel, or get the one that exists.

use axum::Json;
use domain::{ActorId, Pair, Principal, Validation};
use http::{Address, ApiError, AppState, Body, Caller, Fields, FromFields, Identity, Refusals};
use store::With;
use utoipa::ToSchema;

use super::{ChannelAnswer, present_one};
use crate::people::store_token_profile;
use crate::terms;

/// The admin of a new channel of the caller's.
#[derive(Debug, ToSchema)]
pub struct OpenOwnChannel {
    /// The admin; the shop's default key when absent.
    #[schema(value_type = Option<String>, example = "user_01JABC")]
    admin_id: Option<ActorId>,
}

/// The pair of a new channel.
#[derive(Debug, ToSchema)]
pub struct OpenChannel {
    /// The customer's or guest's id.
    #[schema(value_type = String, example = "cus_01JABC")]
    customer_id: ActorId,
    /// The admin of the pair: an id, or `me` for the caller; the shop's default key when absent.
    #[schema(value_type = Option<String>)]
    admin_id: Option<ActorId>,
}

impl FromFields for OpenOwnChannel {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        Ok(Self { admin_id: fields.actor("admin_id")? })
    }
}

impl FromFields for OpenChannel {
    fn from_fields(fields: &Fields) -> Result<Self, Validation> {
        let customer_id =
            fields.actor("customer_id")?.ok_or(Validation::Required("customer_id"))?;
        Ok(Self { customer_id, admin_id: fields.actor("admin_id")? })
    }
}

/// Opens the caller's channel with an admin, or returns the one that exists.
#[utoipa::path(
    post, path = "", operation_id = "open_channel",
    request_body(content = OpenOwnChannel, description = "May be empty"),
    responses((status = 200, body = ChannelAnswer), Refusals)
)]
pub async fn open_own(
    app: AppState,
    identity: Identity,
    Address(address): Address,
    Body(request): Body<OpenOwnChannel>,
) -> Result<Json<ChannelAnswer>, ApiError> {
    store_token_profile(&app, &identity).await;
    let caller = identity.session.principal;
    let default = &app.config.default_admin;
    let admin = request.admin_id.unwrap_or_else(|| default.clone());
    let pair = Pair::new(caller.id().clone(), admin, default)?;
    open_pair(&app, &pair, With::Admin, &caller, &address).await
}

/// Opens the channel of a customer or guest with the shop, or with an admin if one is named, or
/// returns the one that exists. With the shop, that may be the channel of a guest whom the customer
/// has claimed.
#[utoipa::path(
    post, path = "", operation_id = "open_channel",
    request_body = OpenChannel,
    responses((status = 200, body = ChannelAnswer), Refusals)
)]
pub async fn open(
    app: AppState,
    Caller(caller): Caller,
    Address(address): Address,
    Body(request): Body<OpenChannel>,
) -> Result<Json<ChannelAnswer>, ApiError> {
    let default = &app.config.default_admin;
    let (admin, with) = match request.admin_id {
        None => (default.clone(), With::Shop),
        Some(me) if me.as_str() == "me" => (caller.id().clone(), With::Admin),
        Some(admin) => (admin, With::Admin),
    };
    let pair = Pair::new(request.customer_id, admin, default)?;
    open_pair(&app, &pair, with, &caller, &address).await
}

async fn open_pair(
    app: &AppState,
    pair: &Pair,
    with: With,
    caller: &Principal,
    address: &str,
) -> Result<Json<ChannelAnswer>, ApiError> {
    let (terms, now) = (terms(app, caller, address), app.clock.now());
    let (channel, roster) =
        tokio::join!(app.store.open(pair, with, caller, &terms, now), app.store.roster(now));
    Ok(Json(ChannelAnswer { channel: present_one(app, channel?, caller, &roster).await? }))
}
