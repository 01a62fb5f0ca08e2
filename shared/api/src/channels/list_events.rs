//! List the changes of a channel after a seq: how a client catches up.

use axum::Json;
use domain::{Entry, Validation};
use http::{
    ApiError, AppState, Caller, ChannelPath, FromQuery, Params, Query, Refusals, page_size,
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use wire::{Envelope, FileLinks, Known, members};

/// Which piece of the log.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListEvents {
    /// The last seq that the client has; 0 for the whole log.
    #[param(default = 0)]
    after: Option<u64>,
    /// At most this many; more than 100 is 100.
    #[param(minimum = 1, default = 100)]
    limit: Option<u64>,
}

/// `{events, last_seq, has_more, members}`
#[derive(Serialize, ToSchema)]
pub struct EventsAnswer {
    /// In order, without gaps.
    events: Vec<Envelope>,
    /// The seq of the log's last entry.
    last_seq: u64,
    has_more: bool,
    members: Vec<wire::Member>,
}

impl FromQuery for ListEvents {
    fn from_query(query: &Params) -> Result<Self, Validation> {
        Ok(Self { after: query.whole("after", 0)?, limit: query.whole("limit", 1)? })
    }
}

impl ListEvents {
    fn limit(&self) -> usize {
        page_size(self.limit, 100)
    }
}

/// Lists every message change after a seq, in order and without gaps: how a client catches up.
#[utoipa::path(
    get, path = "", operation_id = "list_events",
    params(("channel_hash" = String, Path), ListEvents),
    responses((status = 200, body = EventsAnswer), Refusals)
)]
pub async fn list_events(
    app: AppState,
    Caller(caller): Caller,
    ChannelPath(hash): ChannelPath,
    Query(query): Query<ListEvents>,
) -> Result<Json<EventsAnswer>, ApiError> {
    let (log, roster) = tokio::join!(
        app.store.log(&hash, &caller, query.after.unwrap_or(0), query.limit()),
        app.store.roster(app.clock.now())
    );
    let log = log?;
    let links = app.file_links(log.entries.iter().filter_map(Entry::message)).await;
    let links = links.as_ref().map(|links| links as &dyn FileLinks);
    let known =
        Known { channel: &log.channel, admin: None, customer: None, roster: &roster, links };
    let envelope = |entry| Envelope::of(&known, entry, caller.side());
    Ok(Json(EventsAnswer {
        events: log.entries.iter().filter_map(envelope).collect(),
        last_seq: log.last_seq,
        has_more: log.has_more,
        members: members(&log.channel, caller.side()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_whole_numbers_from_one_up() {
        let limit =
            |query: &str| ListEvents::from_query(&Params::parse(query)).map(|list| list.limit());
        assert_eq!(limit(""), Ok(100));
        assert_eq!(limit("limit=7"), Ok(7));
        assert_eq!(limit("limit=101"), Ok(100));
        assert_eq!(limit("limit=99999999999999999999999"), Ok(100));
        assert_eq!(limit("limit=5&limit=6"), Ok(5));
        for small in ["limit=0", "limit=-1", "limit=-99999999999999999999999"] {
            assert_eq!(limit(small), Err(Validation::TooSmall("limit", 1)), "{small}");
        }
        for wrong in ["limit=", "limit=x", "limit=1.5", "limit=1e3", "limit=+1", "limit=-"] {
            assert_eq!(
                limit(wrong),
                Err(Validation::Type { field: "limit", expected: "number", got: "string" }),
                "{wrong}"
            );
        }
    }
}
