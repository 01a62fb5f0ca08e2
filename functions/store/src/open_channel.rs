//! `POST /store/chat/channels`

use axum::Json;
use domain::Pair;
use http::guard::{TokenProfile, Visitor};
use http::request::{Address, Json as Body, OpenOwnChannel};
use http::views::{self, ChannelAnswer};
use http::{ApiError, AppState, Refusals};

/// Opens the caller's channel with an admin, or answers with the one that exists.
#[utoipa::path(
    post, path = "/store/chat/channels", tag = "store", operation_id = "store_open_channel",
    request_body(content = OpenOwnChannel, description = "May be empty"),
    responses((status = 200, body = ChannelAnswer), Refusals)
)]
pub async fn open_channel(
    app: AppState,
    Visitor(caller): Visitor,
    said: TokenProfile,
    Address(address): Address,
    Body(request): Body<OpenOwnChannel>,
) -> Result<Json<ChannelAnswer>, ApiError> {
    app.remember(&caller, &said).await;
    let default = &app.config.default_admin;
    let admin = request.admin_id.unwrap_or_else(|| default.clone());
    let pair = Pair::new(caller.id().clone(), admin, default)?;
    let channel =
        app.store.open(&pair, &caller, &app.terms(&caller, &address), app.clock.now()).await?;
    Ok(views::channel(&app.present_one(channel, &caller).await?, &caller))
}
