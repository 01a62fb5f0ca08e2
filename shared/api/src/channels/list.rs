//! List channels, newest activity first.

use axum::Json;
use domain::{ActorId, LabelSlug, Person, Principal, Queue, Roster, SearchTerm, Validation};
use http::{ApiError, AppState, Caller, FromQuery, Params, Query, Refusals, page_size};
use serde::Serialize;
use store::{Assignee, ChannelPage, Cursor, Filter, Listing, Order};
use utoipa::{IntoParams, ToSchema};

use super::{Counts, present, views};
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
    /// How many there are in all; null for a combination of filters that is not counted.
    count: Option<u64>,
    /// There, and `true`, when a search found more than `count`.
    #[serde(skip_serializing_if = "Option::is_none")]
    count_capped: Option<bool>,
    /// Staff only, and only without a search: messages of customers and guests, in all channels,
    /// that the caller has not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    unread_count: Option<u64>,
    /// Staff only, and only without a search: how many conversations are in each queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<Counts>,
    offset: usize,
    limit: usize,
    /// Where the next part begins; null at the end.
    next_cursor: Option<String>,
}

/// Which channels of the shop, and in which order.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FilterChannels {
    /// Only of this status, and only with a message: `open`, `snoozed` or `closed`; `all` for every
    /// channel. `open` unless given, if one of the following is.
    #[param(value_type = Option<String>, pattern = "^(open|snoozed|closed|all)$")]
    status: Option<Shown>,
    /// Only those that this admin has: an id, `me` for the caller, `none` for nobody.
    assignee: Option<String>,
    /// Only with this label, by slug.
    #[param(value_type = Option<String>, pattern = "^[a-z0-9-]{1,32}$")]
    label: Option<LabelSlug>,
    /// `activity`, the newest first, unless given; `waiting`: only open channels that wait for an
    /// answer, the longest first.
    #[param(value_type = Option<String>, pattern = "^(activity|waiting)$")]
    order: Option<Order>,
}

/// The channels of which status are shown; `None` for all.
type Shown = Option<Queue>;

impl FromQuery for FilterChannels {
    fn from_query(query: &Params) -> Result<Self, Validation> {
        let given = |name| query.text(name).filter(|text| !text.is_empty());
        let status = |name: &str| match (name, Queue::parse("status", name)) {
            ("all", _) => Ok(None),
            (_, Ok(queue)) => Ok(Some(queue)),
            (got, Err(_)) => Err(Validation::OneOf {
                field: "status",
                allowed: "open, snoozed, closed, all",
                got: got.to_owned(),
            }),
        };
        let order = |name: &str| match name {
            "activity" => Ok(Order::Activity),
            "waiting" => Ok(Order::Waiting),
            got => Err(Validation::OneOf {
                field: "order",
                allowed: "activity, waiting",
                got: got.to_owned(),
            }),
        };
        let label = |text: &str| {
            LabelSlug::parse(text).ok_or(Validation::Form("label", "1 to 32 of [a-z0-9-]"))
        };
        Ok(Self {
            status: given("status").map(status).transpose()?,
            assignee: given("assignee").map(str::to_owned),
            label: given("label").map(label).transpose()?,
            order: given("order").map(order).transpose()?,
        })
    }
}

impl FilterChannels {
    /// Narrows a listing for this admin.
    fn apply(self, listing: &mut Listing, admin: &ActorId) -> Result<(), Validation> {
        let Self { status, assignee, label, order } = self;
        if status.is_none() && assignee.is_none() && label.is_none() && order.is_none() {
            return Ok(());
        }
        if listing.offset > 0 && listing.cursor.is_none() {
            return Err(Validation::Both("offset", "filter"));
        }
        let queue = status.unwrap_or(Some(Queue::Open));
        let order = order.unwrap_or_default();
        if order == Order::Waiting && queue != Some(Queue::Open) {
            return Err(Validation::Form("status", "open, if the order is waiting"));
        }
        let assignee = match assignee.as_deref() {
            None => None,
            Some("none") => Some(Assignee::Nobody),
            Some("me") => Some(Assignee::Admin(admin.clone())),
            Some(id) => {
                let id = ActorId::parse(id);
                let id = id.ok_or(Validation::Form("assignee", "me, none or the id of an admin"));
                Some(Assignee::Admin(id?))
            }
        };
        listing.order = order;
        listing.filter = Some(Filter { queue, assignee, label });
        Ok(())
    }
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
            filter: None,
            order: Order::Activity,
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

/// Lists all channels of the shop, newest activity first; those without a message last. With a
/// filter a part may be shorter than `limit` although there are more.
#[utoipa::path(
    get, path = "", operation_id = "list_channels",
    params(ListChannels, FilterChannels),
    responses((status = 200, body = ChannelsAnswer), Refusals)
)]
pub async fn list_all(
    app: AppState,
    Caller(caller): Caller,
    Query(query): Query<ListChannels>,
    Query(filter): Query<FilterChannels>,
) -> Result<Json<ChannelsAnswer>, ApiError> {
    let mut listing = query.listing()?;
    filter.apply(&mut listing, caller.id())?;
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
    let ChannelPage { channels, count, counts, capped, unread, next } = page;
    let listed = present(app, channels, caller).await?;
    let people: Vec<&Person> = listed
        .iter()
        .flat_map(|listed| [&listed.admin, &listed.customer].into_iter().flatten())
        .collect();
    request_profile_refresh(app, &people).await;
    Ok(Json(ChannelsAnswer {
        channels: views(app, &listed, caller, roster).await,
        count,
        count_capped: capped.then_some(true),
        unread_count: unread,
        counts: counts.map(|counts| Counts::new(counts, caller.id())),
        offset: listing.offset,
        limit: listing.limit,
        next_cursor: next.as_ref().map(Cursor::encode),
    }))
}
