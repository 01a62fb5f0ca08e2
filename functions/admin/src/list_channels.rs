//! `GET /admin/chat/channels`

use axum::Json;
use http::guard::Agent;
use http::request::{ListChannels, Query};
use http::views::{self, ChannelsAnswer};
use http::{ApiError, AppState, Refusals};

/// Lists all channels of the shop, newest activity first; those never used last.
#[utoipa::path(
    get, path = "/admin/chat/channels", tag = "admin", operation_id = "admin_list_channels",
    params(ListChannels),
    responses((status = 200, body = ChannelsAnswer), Refusals)
)]
pub async fn list_channels(
    app: AppState,
    Agent(caller): Agent,
    Query(query): Query<ListChannels>,
) -> Result<Json<ChannelsAnswer>, ApiError> {
    let listing = query.listing()?;
    let page = app.store.list_all(caller.id(), &listing).await?;
    Ok(views::channels(&app.present_page(page, &caller).await?, &caller, &listing))
}
