//! `POST /admin/chat/channels`

use axum::Json;
use domain::Pair;
use http::guard::Agent;
use http::request::{Address, Json as Body, OpenChannel};
use http::views::{self, ChannelAnswer};
use http::{ApiError, AppState, Refusals};

/// Opens the channel of a customer or guest with an admin (the caller unless named), or answers
/// with the one that exists.
#[utoipa::path(
    post, path = "/admin/chat/channels", tag = "admin", operation_id = "admin_open_channel",
    request_body = OpenChannel,
    responses((status = 200, body = ChannelAnswer), Refusals)
)]
pub async fn open_channel(
    app: AppState,
    Agent(caller): Agent,
    Address(address): Address,
    Body(request): Body<OpenChannel>,
) -> Result<Json<ChannelAnswer>, ApiError> {
    let admin = request.admin_id.unwrap_or_else(|| caller.id().clone());
    let pair = Pair::new(request.customer_id, admin, &app.config.default_admin)?;
    let channel =
        app.store.open(&pair, &caller, &app.terms(&caller, &address), app.clock.now()).await?;
    Ok(views::channel(&app.present_one(channel, &caller).await?, &caller))
}
