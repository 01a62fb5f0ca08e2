//! `GET /admin/chat/channels`

use axum::Json;
use runtime::guard::Agent;
use runtime::request::{ListChannels, Query};
use runtime::views::{self, ChannelsAnswer};
use runtime::{ApiError, App, Refusals};

/// Lists all channels of the shop, newest activity first; those never used last.
#[utoipa::path(
    get, path = "/admin/chat/channels", tag = "admin", operation_id = "admin_list_channels",
    params(ListChannels),
    responses((status = 200, body = ChannelsAnswer), Refusals)
)]
pub async fn list_channels(
    app: App,
    Agent(caller): Agent,
    Query(query): Query<ListChannels>,
) -> Result<Json<ChannelsAnswer>, ApiError> {
    let listing = query.listing()?;
    let page = app.store.list_all(caller.id(), &listing).await?;
    Ok(views::channels(&app.present_page(page, &caller).await?, &caller, &listing))
}
