//! List the staff's log of a channel.

use axum::Json;
use domain::{Principal, Validation};
use http::{Admin, ApiError, AppState, ChannelPath, FromQuery, Params, Query, Refusals, page_size};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use wire::StaffEntry;

/// Which piece of the staff's log.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListStaffLog {
    /// The last `staff_seq` that the client has; 0 for the whole log.
    #[param(default = 0)]
    after: Option<u64>,
    /// At most this many; more than 100 is 100.
    #[param(minimum = 1, default = 100)]
    limit: Option<u64>,
}

/// `{entries, staff_seq, has_more}`
#[derive(Serialize, ToSchema)]
pub struct StaffLogAnswer {
    /// In order, without gaps.
    entries: Vec<StaffEntry>,
    /// The `staff_seq` of the log's last entry.
    staff_seq: u64,
    has_more: bool,
}

impl FromQuery for ListStaffLog {
    fn from_query(query: &Params) -> Result<Self, Validation> {
        Ok(Self { after: query.whole("after", 0)?, limit: query.whole("limit", 1)? })
    }
}

/// Lists what only staff sees of a channel: notes, and changes of status, assignee and labels. In
/// order and without gaps: how a client of the staff catches up.
#[utoipa::path(
    get, path = "", operation_id = "list_staff_log",
    params(("channel_hash" = String, Path), ListStaffLog),
    responses((status = 200, body = StaffLogAnswer), Refusals)
)]
pub async fn list_staff_log(
    app: AppState,
    Admin(admin): Admin,
    ChannelPath(hash): ChannelPath,
    Query(query): Query<ListStaffLog>,
) -> Result<Json<StaffLogAnswer>, ApiError> {
    let (caller, limit) = (Principal::Admin(admin), page_size(query.limit, 100));
    let after = query.after.unwrap_or(0);
    let (log, roster) = tokio::join!(
        app.store.staff_log(&hash, &caller, after, limit),
        app.store.roster(app.clock.now())
    );
    let log = log?;
    let entries = log.entries.iter();
    Ok(Json(StaffLogAnswer {
        entries: entries
            .filter_map(|entry| StaffEntry::new(&log.channel, entry, &roster))
            .collect(),
        staff_seq: log.staff_seq,
        has_more: log.has_more,
    }))
}
