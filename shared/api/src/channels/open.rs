//! Open a channel, or get the one that exists.

use axum::Json;
use domain::{ActorId, Pair, Principal, Validation};
use http::{Address, ApiError, AppState, Body, Caller, Fields, FromFields, Identity, Refusals};
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
    /// The admin of the pair; the caller when absent.
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
    open_pair(&app, &pair, &caller, &address).await
}

/// Opens the channel of a customer or guest with an admin (the caller unless named), or returns the
/// one that exists.
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
    let admin = request.admin_id.unwrap_or_else(|| caller.id().clone());
    let pair = Pair::new(request.customer_id, admin, &app.config.default_admin)?;
    open_pair(&app, &pair, &caller, &address).await
}

async fn open_pair(
    app: &AppState,
    pair: &Pair,
    caller: &Principal,
    address: &str,
) -> Result<Json<ChannelAnswer>, ApiError> {
    let terms = terms(app, caller, address);
    let channel = app.store.open(pair, caller, &terms, app.clock.now()).await?;
    Ok(Json(ChannelAnswer { channel: present_one(app, channel, caller).await? }))
}
