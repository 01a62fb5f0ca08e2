//! List channels, newest activity first.

use axum::Json;
use domain::{Person, Principal, Roster, SearchTerm, Validation};
use http::{ApiError, AppState, Caller, FromQuery, Params, Query, Refusals, page_size};
use serde::Serialize;
use store::{ChannelPage, Cursor, Listing};
use utoipa::{IntoParams, ToSchema};

use super::{present, view};
use crate::people::request_profile_refresh;

/// Greatest offset: beyond it, a cursor is the way.
const MAX_OFFSET: u64 = 10_000;

/// Which part of a list of channels.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListChannels {
    /// The start of an id, of a word of a name or e-mail address, or of a channel hash, at least 3
    /// characters; `q` is another name for it.
    search: Option<String>,
    /// At most this many; more than 100 is 100.
    #[param(minimum = 1, default = 20)]
    limit: Option<u64>,
    /// How many to skip.
    #[param(maximum = 10000, default = 0)]
    offset: Option<u64>,
    /// `next_cursor` of the part before; `offset` is ignored then.
    cursor: Option<String>,
}

/// `{channels, count, offset, limit, next_cursor}`
#[derive(Serialize, ToSchema)]
pub struct ChannelsAnswer {
    channels: Vec<wire::Channel>,
    /// How many there are in all.
    count: u64,
    /// There, and `true`, when a search found more than `count`.
    #[serde(skip_serializing_if = "Option::is_none")]
    count_capped: Option<bool>,
    /// Staff only, and only without a search: messages of customers and guests, in all channels,
    /// that the caller has not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    unread_count: Option<u64>,
    offset: usize,
    limit: usize,
    /// Where the next part begins; null at the end.
    next_cursor: Option<String>,
}

impl FromQuery for ListChannels {
    fn from_query(query: &Params) -> Result<Self, Validation> {
        Ok(Self {
            search: query
                .text("search")
                .filter(|text| !text.is_empty())
                .or_else(|| query.text("q"))
                .map(str::to_owned),
            limit: query.whole("limit", 1)?,
            offset: query.whole("offset", 0)?,
            cursor: query.text("cursor").map(str::to_owned),
        })
    }
}

impl ListChannels {
    fn listing(&self) -> Result<Listing, Validation> {
        let offset = self.offset.unwrap_or(0);
        let cursor = self.cursor.as_deref().filter(|text| !text.is_empty());
        if offset > MAX_OFFSET && cursor.is_none() {
            return Err(Validation::TooBig("offset", MAX_OFFSET));
        }
        let parse = |text: &str| {
            Cursor::parse(text).ok_or(Validation::Form("cursor", "a next_cursor of this list"))
        };
        Ok(Listing {
            search: self.search.as_deref().map_or(Ok(None), SearchTerm::parse)?,
            limit: page_size(self.limit, 20),
            offset: usize::try_from(offset).unwrap_or_default(),
            cursor: cursor.map(parse).transpose()?,
        })
    }
}

/// Lists the caller's own channels, newest activity first.
#[utoipa::path(
    get, path = "", operation_id = "list_channels",
    params(ListChannels),
    responses((status = 200, body = ChannelsAnswer), Refusals)
)]
pub async fn list_own(
    app: AppState,
    Caller(caller): Caller,
    Query(query): Query<ListChannels>,
) -> Result<Json<ChannelsAnswer>, ApiError> {
    let listing = query.listing()?;
    let (page, roster) =
        tokio::join!(app.store.list_own(caller.id(), &listing), app.store.roster(app.clock.now()));
    respond(&app, page?, &caller, &listing, &roster).await
}

/// Lists all channels of the shop, newest activity first; those without a message last.
#[utoipa::path(
    get, path = "", operation_id = "list_channels",
    params(ListChannels),
    responses((status = 200, body = ChannelsAnswer), Refusals)
)]
pub async fn list_all(
    app: AppState,
    Caller(caller): Caller,
    Query(query): Query<ListChannels>,
) -> Result<Json<ChannelsAnswer>, ApiError> {
    let listing = query.listing()?;
    let (page, roster) =
        tokio::join!(app.store.list_all(caller.id(), &listing), app.store.roster(app.clock.now()));
    respond(&app, page?, &caller, &listing, &roster).await
}

async fn respond(
    app: &AppState,
    page: ChannelPage,
    caller: &Principal,
    listing: &Listing,
    roster: &Roster,
) -> Result<Json<ChannelsAnswer>, ApiError> {
    let ChannelPage { channels, count, capped, unread, next } = page;
    let listed = present(app, channels, caller).await?;
    let people: Vec<&Person> = listed
        .iter()
        .flat_map(|listed| [&listed.admin, &listed.customer].into_iter().flatten())
        .collect();
    request_profile_refresh(app, &people).await;
    Ok(Json(ChannelsAnswer {
        channels: listed.iter().map(|listed| view(listed, caller, roster)).collect(),
        count,
        count_capped: capped.then_some(true),
        unread_count: unread,
        offset: listing.offset,
        limit: listing.limit,
        next_cursor: next.as_ref().map(Cursor::encode),
    }))
}
