//! `GET /store/chat/channels`

use axum::Json;
use http::guard::Visitor;
use http::request::{ListChannels, Query};
use http::views::{self, ChannelsAnswer};
use http::{ApiError, AppState, Refusals};

/// Lists the caller's own channels, newest activity first.
#[utoipa::path(
    get, path = "/store/chat/channels", tag = "store", operation_id = "store_list_channels",
    params(ListChannels),
    responses((status = 200, body = ChannelsAnswer), Refusals)
)]
pub async fn list_channels(
    app: AppState,
    Visitor(caller): Visitor,
    Query(query): Query<ListChannels>,
) -> Result<Json<ChannelsAnswer>, ApiError> {
    let listing = query.listing()?;
    let page = app.store.list_own(caller.id(), &listing).await?;
    Ok(views::channels(&app.present_page(page, &caller).await?, &caller, &listing))
}
